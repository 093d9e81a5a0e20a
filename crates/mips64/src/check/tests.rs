//! Compiled code with a mistake in it: the check finds it and names it. Without one, it finds nothing.

use super::*;
use crate::decode::{Instruction as I, Op};
use crate::lower::Block;
use vm::NoSource;

const CODE: u64 = 0x12_0000;

/// A loop that changes registers and memory, some thousand times.
fn guest() -> State {
    let words: [u32; 9] = [
        0x3c08_0020, // lui   $a4, 0x20
        0x2404_6000, // addiu $a0, $zero, 0x6000
        0x0085_2826, // xor   $a1, $a0, $a1
        0x00a6_302d, // daddu $a2, $a1, $a2
        0xfd06_0008, // sd    $a2, 8($a4)
        0x6484_ffff, // daddiu $a0, $a0, -1
        0x1480_fffb, // bnez  $a0, -5
        0x00c8_382d, // daddu $a3, $a2, $a4
        0x0000_000d, // break
    ];
    let mut state = State::new(CODE);
    state.write_memory(CODE, &words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
    state
}

fn checked(twist: Option<fn(&mut Block)>) -> Result<RunStop, CheckError> {
    let mut machine = Mips64::new(guest());
    machine.twist(twist);
    run(&mut machine, u64::MAX, &mut NoSource, None)
}

#[track_caller]
fn difference(twist: fn(&mut Block)) -> Difference {
    match checked(Some(twist)) {
        Err(CheckError::Different(difference)) => *difference,
        other => panic!("{other:?}"),
    }
}

fn replace(block: &mut Block, from: I, to: fn(&mut Op)) {
    block.ops.iter_mut().filter(|op| op.instruction == from).for_each(to);
}

#[test]
fn without_a_mistake_there_is_no_difference() {
    // It ends with a fault, for both alike.
    let end = checked(None);
    let Err(CheckError::Run(RunError::Fault { fault: Fault::InvalidInstruction { pc, .. }, .. })) = end else {
        panic!("{end:?}")
    };
    assert_eq!(pc, CODE + 32);
}

#[test]
fn a_wrong_register_is_named() {
    let found = difference(|block| replace(block, I::Xor, |op| op.instruction = I::Or));
    assert_eq!((found.instruction.pc, found.what.as_str()), (CODE + 8, "$a1"));
    assert!(found.instruction.text.starts_with("xor"), "{found:?}");
    assert_ne!(found.expected, found.found);
    assert!(found.step < found.shows_at);
}

#[test]
fn a_wrong_word_of_memory_is_named() {
    let found = difference(|block| replace(block, I::Sd, |op| op.t = 7));
    assert_eq!((found.instruction.pc, found.what.as_str()), (CODE + 16, "memory at 0x200008"));
    assert!(
        CheckError::Different(Box::new(found)).to_string().contains("sd $a2, 8($a4): memory at 0x200008 should be 0x")
    );
}

#[test]
fn a_wrong_branch_is_named() {
    let found = difference(|block| replace(block, I::Bne, |op| op.instruction = I::Beq));
    // It shows in where the thread is, or by the fault behind the loop.
    assert!(["pc", "step", "the end of the run"].contains(&found.what.as_str()), "{found:?}");
    assert_eq!(found.instruction.pc, CODE + 24, "{found:?}");
}

/// A cache that starts anew all the time, with loops, calls and jumps through it: slots of dropped blocks are not taken for
/// those of new ones.
#[test]
fn a_cache_that_is_full_starts_anew() {
    let words: [u32; 17] = [
        0x2404_4000, // addiu $a0, $zero, 0x4000
        0x3084_ffff, // 1: andi $a0, $a0, 0xffff
        0x0c04_800a, // jal 2f
        0x6442_0003, // daddiu $v0, $v0, 3
        0x0c04_800d, // jal 3f
        0x6442_0005, // daddiu $v0, $v0, 5
        0x6484_ffff, // daddiu $a0, $a0, -1
        0x1480_fff9, // bnez $a0, 1b
        0x6442_0007, // daddiu $v0, $v0, 7
        0x0000_000d, // break
        0x3045_0001, // 2: andi $a1, $v0, 1
        0x14a0_0001, // bnez $a1, 3f
        0x6463_0001, // daddiu $v1, $v1, 1
        0x6463_0100, // 3: daddiu $v1, $v1, 0x100
        0x03e0_0008, // jr $ra
        0x0062_1826, // xor $v1, $v1, $v0
        0x0000_000d, // break
    ];
    for limit in 0..9 {
        let mut state = State::new(CODE);
        state.write_memory(CODE, &words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
        let mut machine = Mips64::new(state).with_engine(Engine::Eager);
        machine.limit_blocks(limit);
        let end = run(&mut machine, u64::MAX, &mut NoSource, None);
        let Err(CheckError::Run(RunError::Fault { fault: Fault::InvalidInstruction { pc, .. }, .. })) = end else {
            panic!("{limit}: {end:?}")
        };
        assert_eq!(pc, CODE + 36);
        assert!(machine.step() > 200_000);
    }
}
