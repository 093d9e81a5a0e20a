//! Which instructions make a block.

use crate::decode::{Instruction as I, Op};
use crate::instr::branch;

/// Most instructions of a block: up to as many steps before the end of a budget are left to the interpreter.
const MAX: usize = 256;
/// Most calls of a block: the code of one is long.
const MAX_CALLS: usize = 8;

/// How an instruction is lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Registers alone.
    Alu,
    /// Reads memory.
    Load,
    /// Writes memory.
    Store,
    /// A branch or jump, with its delay slot.
    Branch,
    /// A call: reads of preimages are lowered, the others leave.
    Call,
    /// Left to the interpreter.
    Interpreted,
}

/// The class of an instruction. Exhaustive, so that a new row has to be given one.
pub(crate) fn class(op: Op) -> Class {
    match op.instruction {
        I::Sll | I::Srl | I::Sra | I::Sllv | I::Srlv | I::Srav => Class::Alu,
        I::Dsll | I::Dsrl | I::Dsra | I::Dsll32 | I::Dsrl32 | I::Dsra32 | I::Dsllv | I::Dsrlv | I::Dsrav => Class::Alu,
        I::Add | I::Addu | I::Sub | I::Subu | I::Dadd | I::Daddu | I::Dsub | I::Dsubu => Class::Alu,
        I::And | I::Or | I::Xor | I::Nor | I::Slt | I::Sltu => Class::Alu,
        I::Addi | I::Addiu | I::Daddi | I::Daddiu | I::Slti | I::Sltiu | I::Andi | I::Ori | I::Xori => Class::Alu,
        I::Lui | I::Clz | I::Clo | I::Dclz | I::Dclo | I::Movz | I::Movn | I::Sync => Class::Alu,
        I::Mfhi | I::Mflo | I::Mthi | I::Mtlo | I::Mul | I::Mult | I::Multu | I::Dmult | I::Dmultu => Class::Alu,
        I::Div | I::Divu | I::Ddiv | I::Ddivu => Class::Alu,

        I::Lb | I::Lbu | I::Lh | I::Lhu | I::Lw | I::Lwu | I::Ld | I::Ldl | I::Ldr | I::Lwl | I::Lwr => Class::Load,
        I::Sb | I::Sh | I::Sw | I::Sd | I::Sdl | I::Sdr | I::Swl | I::Swr => Class::Store,

        I::J | I::Jal | I::Jr | I::Jalr => Class::Branch,
        I::Beq | I::Bne | I::Blez | I::Bgtz | I::Bltz | I::Bgez | I::Bltzal | I::Bgezal | I::BranchNever => {
            Class::Branch
        }

        I::Syscall => Class::Call,
        I::Ll | I::Lld | I::Sc | I::Scd | I::Invalid | I::Undecoded => Class::Interpreted,
    }
}

/// Neighbours in one page.
#[derive(Debug)]
pub(crate) struct Block {
    /// Address of the first.
    pub(crate) start: u64,
    /// The instructions; a delay slot follows its branch.
    pub(crate) ops: Vec<Op>,
    /// Whether the next one is the interpreter's.
    pub(crate) stopped: bool,
}

/// The block that begins with the first of `words`, which stands at `start`, and ends before the last of them at the latest.
/// `None` if the interpreter has to take the first step.
pub(crate) fn scan(start: u64, words: impl Iterator<Item = u32>) -> Option<Block> {
    let mut ops = Vec::new();
    let mut words = words.map(Op::decode).peekable();
    let (mut stopped, mut calls) = (false, 0);
    while let Some(op) = words.next() {
        match class(op) {
            Class::Interpreted => stopped = true,
            Class::Call if calls == MAX_CALLS => stopped = true,
            Class::Branch => match words.peek().copied() {
                Some(delayed) if matches!(class(delayed), Class::Alu | Class::Load | Class::Store) => {
                    let pc = start.wrapping_add(4 * ops.len() as u64);
                    ops.extend([op, delayed]);
                    words.next();
                    if ends(op, pc) {
                        break;
                    }
                }
                // In the next page, or something special.
                _ => stopped = true,
            },
            class => {
                calls += usize::from(class == Class::Call);
                ops.push(op);
            }
        }
        if stopped || ops.len() >= MAX {
            break;
        }
    }
    (!ops.is_empty()).then_some(Block { start, ops, stopped })
}

/// Whether a block ends behind this branch: it is always taken, or taken more often than not.
fn ends(op: Op, pc: u64) -> bool {
    match op.instruction {
        I::J | I::Jal | I::Jr | I::Jalr => true,
        I::BranchNever => false,
        I::Beq if op.s == op.t => true,
        _ => branch::branch_target(pc, op.immediate) <= pc,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(words: &[u32]) -> Option<(usize, bool)> {
        scan(0x1000, words.iter().copied()).map(|block| (block.ops.len(), block.stopped))
    }

    #[test]
    fn blocks_end_where_they_should() {
        let (nop, jump, call, linked, ahead, back) = (0, 0x0800_0000, 0x0c, 0xc000_0000, 0x1420_0005, 0x1420_ffff);
        assert_eq!(length(&[nop; 5]), Some((5, false)));
        assert_eq!(length(&[nop; 500]), Some((MAX, false)));
        assert_eq!(length(&[nop, jump, nop, nop]), Some((3, false)));
        assert_eq!(length(&[nop, ahead, nop, nop]), Some((4, false)));
        assert_eq!(length(&[nop, back, nop, nop]), Some((3, false)));
        assert_eq!(length(&[linked, nop]), None);
        assert_eq!(length(&[nop, linked, nop]), Some((1, true)));
        // A branch whose delay slot is in the next page, or holds what the interpreter has to see.
        assert_eq!(length(&[nop, jump]), Some((1, true)));
        assert_eq!(length(&[nop, jump, jump]), Some((1, true)));
        assert_eq!(length(&[nop, ahead, call]), Some((1, true)));
        assert_eq!(length(&[call; 20]), Some((MAX_CALLS, true)));
        assert_eq!(length(&[]), None);
    }
}
