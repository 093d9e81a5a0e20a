//! What is compiled when, what is kept for a copy, and what happens where nothing can be compiled.

use super::*;
use crate::{Engine, Mips64, State};
use vm::{Machine, NoSource};

const CODE: u64 = 0x12_0000;
const FUNCTION: u64 = CODE + PAGE_SIZE as u64;

/// A loop of `rounds` rounds that calls a function in the next page, which adds `addend` to register 2; then an exit.
fn guest(rounds: u16, addend: u16) -> State {
    let words: [u32; 9] = [
        0x3410_0000 | u32::from(rounds), // ori    $s0, $zero, rounds
        0x0c04_8400,                     // 1: jal FUNCTION
        0x0000_0000,                     // nop
        0x6610_ffff,                     // daddiu $s0, $s0, -1
        0x1600_fffc,                     // bnez   $s0, 1b
        0x0000_0000,                     // nop
        0x3402_1455,                     // ori    $v0, $zero, 5205 (exit_group)
        0x3404_0000,                     // ori    $a0, $zero, 0
        0x0000_000c,                     // syscall
    ];
    let function: [u32; 3] = [
        0x6463_0000 | u32::from(addend), // daddiu $v1, $v1, addend
        0x03e0_0008,                     // jr     $ra
        0x0000_0000,                     // nop
    ];
    let bytes = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
    let mut state = State::new(CODE);
    state.write_memory(CODE, &bytes(&words));
    state.write_memory(FUNCTION, &bytes(&function));
    state
}

/// Runs to the end, and says what register 3 holds there.
fn result(machine: &mut Mips64) -> u64 {
    machine.run(u64::MAX, &mut NoSource, None).unwrap();
    assert_eq!(machine.exit_code(), Some(0));
    machine.state().thread().unwrap().registers[3]
}

/// Bytes of code that a machine has compiled.
fn compiled_bytes(machine: &mut Mips64) -> Option<usize> {
    machine.compiled().held().map(|compiled| compiled.code.here())
}

/// Whether this host compiles at all: the other tests say nothing where it does not.
fn compiles() -> bool {
    Compiled::new(HOT).is_some()
}

#[test]
fn what_runs_rarely_is_left_to_the_interpreter() {
    let bytes_after = |rounds: u16, engine: Engine| {
        let mut machine = Mips64::new(guest(rounds, 7)).with_engine(engine);
        assert_eq!(result(&mut machine), 7 * u64::from(rounds));
        compiled_bytes(&mut machine)
    };
    if !compiles() {
        return;
    }
    // Nothing but the way in and out, however often the interpreter was asked.
    let empty = Compiled::new(HOT).map(|compiled| compiled.code.here());
    assert_eq!(bytes_after(u16::from(HOT) - 1, Engine::Compiled), empty);
    assert!(bytes_after(4 * u16::from(HOT), Engine::Compiled) > empty);
    // The eager engine compiles at the first step.
    assert!(bytes_after(1, Engine::Eager) > empty);
    // The interpreter does not even make a cache.
    assert_eq!(bytes_after(4 * u16::from(HOT), Engine::Interpreter), None);
}

#[test]
fn a_copy_takes_over_what_was_made_from_pages_like_its_own() {
    if !compiles() {
        return;
    }
    let mut first = Mips64::new(guest(500, 7));
    let mut copies = [0, 1].map(|_| first.snapshot());
    assert_eq!(result(&mut first), 3500);
    let bytes = compiled_bytes(&mut first);
    drop(first);
    // The same pages: nothing is compiled again.
    let [same, other] = &mut copies;
    assert_eq!(result(same), 3500);
    assert_eq!(compiled_bytes(same), bytes);
    // One page differs: its blocks are made anew, those of the other page are not.
    let offset = |machine: &mut Mips64, pc: u64| {
        let entry = machine.compiled().held().and_then(|compiled| compiled.blocks.get(&(pc, true)).copied());
        match entry {
            Some(Entry::Code(offset)) => offset,
            entry => panic!("{entry:?} at {pc:#x}"),
        }
    };
    let places = [CODE + 4, FUNCTION].map(|pc| offset(same, pc));
    let waiting = std::mem::replace(same, Mips64::new(State::default()));
    drop(waiting);
    other.edit(|state| state.write_memory(FUNCTION, &0x6463_0009u32.to_be_bytes()));
    assert_eq!(result(other), 4500);
    assert_eq!(offset(other, CODE + 4), places[0]);
    assert_ne!(offset(other, FUNCTION), places[1]);
}

/// The sabotaged twin of the test above: a cache whose pages are not compared executes what is not there.
#[test]
fn without_the_comparison_of_pages_a_copy_goes_wrong() {
    if !compiles() {
        return;
    }
    let mut first = Mips64::new(guest(500, 7));
    let mut copy = first.snapshot();
    assert_eq!(result(&mut first), 3500);
    copy.edit(|state| state.write_memory(FUNCTION, &0x6463_0009u32.to_be_bytes()));
    std::mem::swap(&mut copy.compiled().held, &mut first.compiled().held);
    assert_ne!(result(&mut copy), 4500);
}

#[test]
fn where_nothing_can_be_compiled_the_interpreter_runs() {
    let mut plain = Mips64::new(guest(500, 7)).with_engine(Engine::Interpreter);
    let expected = (result(&mut plain), plain.step(), plain.state_hash());
    for engine in [Engine::Compiled, Engine::Eager] {
        let mut machine = Mips64::new(guest(500, 7)).with_engine(engine);
        machine.compiled().forbid();
        // A copy need not find out by itself.
        for mut machine in [machine.snapshot(), machine] {
            assert_eq!((result(&mut machine), machine.step(), machine.state_hash()), expected);
            assert_eq!(compiled_bytes(&mut machine), None);
        }
    }
    // Where something can be compiled, it is: the above says something.
    let mut machine = Mips64::new(guest(500, 7));
    assert_eq!(result(&mut machine), expected.0);
    assert_eq!(compiled_bytes(&mut machine).is_some(), compiles());
}
