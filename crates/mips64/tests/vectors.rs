//! Values with known answers: section 13 of the machine's description, computed by others.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{B256, b256, keccak256};
use mips64::{State, Thread, abi};
use vm::Memory;

const EMPTY_MEMORY: B256 = b256!("14af5385bcbb1e4738bbae8106046e6e2fca42875aa5c000c582587742bcc748");

#[test]
fn empty_memory_and_empty_page() {
    let mut memory = Memory::new();
    assert_eq!(memory.root(), EMPTY_MEMORY);
    // A page of zeros that was written changes the page count, not the root.
    memory.write(0x7777_0000, &[0; 5000]);
    assert_eq!(memory.root(), EMPTY_MEMORY);
    assert_eq!(memory.page_count(), 2);
    // The sibling of a whole page is a page that nobody touched.
    let proof = memory.prove(0x1234_5678);
    assert_eq!(proof.words[8], b256!("ffd70157e48063fc33c97a050f7f640233bf646cc98d9524c6b92bcf3ab56f83"));
    assert_eq!(proof.root(0x1234_5678), EMPTY_MEMORY);
}

#[test]
fn thread_and_stacks() {
    let thread = Thread { next_pc: 4, ..Thread::default() };
    let hash = keccak256(thread.to_bytes());
    assert_eq!(hash, b256!("142eef1e422e67c394d8fab4a0ce5c04ee405cb059176f719d9c2efb8e28d3a0"));
    assert_eq!(Thread::from_bytes(&thread.to_bytes()), thread);
}

#[test]
fn state_without_memory() {
    let mut state = State::new(0);
    state.heap = 0;
    let witness = state.witness();
    assert_eq!(witness[..32], EMPTY_MEMORY[..]);
    assert_eq!(witness[116..148], b256!("505ea3064aed44444fa938e2d1385d799ec3b37386d433a611439aed796ea153")[..]);
    assert_eq!(state.hash(), b256!("035b096e17d7b97f6bbaa13d179958e729b70813e931dc90dbf4193372f3dc71"));
    state.step = 1;
    assert_ne!(state.hash(), b256!("035b096e17d7b97f6bbaa13d179958e729b70813e931dc90dbf4193372f3dc71"));
}

#[test]
fn state_with_the_initial_stack() {
    let mut state = elf_state();
    assert_eq!(state.memory.root(), b256!("6732d6b7b5f37a89690577724155612239a44c578b738650fe38560c71e4c4cc"));
    assert_eq!(state.hash(), b256!("03ce34fe7df81a3980e202b07c0132de5f33428ab044fd6fe938d7e16239edaf"));
    assert_eq!(state.memory.page_count(), 5);
    let thread = state.thread().unwrap();
    assert_eq!((thread.pc, thread.next_pc, thread.registers[abi::SP]), (0, 4, abi::STACK_TOP));
}

/// An ELF file without any segment: a header alone.
fn elf_state() -> State {
    let mut file = vec![0u8; 64];
    file[..7].copy_from_slice(b"\x7fELF\x02\x02\x01");
    file[16..20].copy_from_slice(&[0, 2, 0, 8]);
    file[20..24].copy_from_slice(&1u32.to_be_bytes());
    file[52..54].copy_from_slice(&64u16.to_be_bytes());
    State::from_elf(&vm::ElfImage::parse(&file).unwrap()).unwrap()
}

#[test]
fn random_numbers() {
    assert_eq!(abi::splitmix64(0), 0xe220_a839_7b1d_cdaf);
}
