//! Branches and jumps with their delay slots, and calls.
//!
//! Where the delay slot does not touch what the branch looks at, it comes first: if it has to be left to the interpreter, the
//! branch is taken again, for nothing has happened yet. Otherwise what the branch decided is kept in a word meanwhile.

use super::{A, C, D, Here, Lowering, Next, Reason, word};
use crate::abi::{A0, A1, A2, A3, RA, V0, fd, sys};
use crate::decode::{Instruction as I, Op, SINK};
use crate::instr::branch;
use jit::asm::Width::Q as W64;
use jit::asm::{Alu, Cond, Mem};
use jit::memory::{TARGET_SIZE, TARGETS};

impl Lowering<'_> {
    /// Lowers the branch at `index` and its delay slot. Returns whether the block ends with them.
    pub(super) fn flow(&mut self, index: usize, op: Op) -> bool {
        self.settle();
        let pc = self.here.pc;
        let delayed = self.block.ops[index + 1];
        let behind = Here { pc: pc.wrapping_add(8), next: Next::Sequential, executed: self.here.executed + 2 };
        let target = match op.instruction {
            I::J | I::Jal => branch::jump_target(pc.wrapping_add(4), op.immediate),
            _ => branch::branch_target(pc, op.immediate),
        };
        match op.instruction {
            I::Jr | I::Jalr => {
                self.jump_register(index, op, delayed);
                return true;
            }
            I::J => {
                self.delayed(index, delayed);
                self.here = behind;
                self.link(target);
                return true;
            }
            I::Jal => {
                self.set_constant(RA as u8, branch::link(pc));
                self.delay_slot(index, delayed, Next::At(target));
                self.here = behind;
                self.link(target);
                return true;
            }
            _ => {}
        }
        let always = op.instruction == I::Beq && op.s == op.t;
        let links = matches!(op.instruction, I::Bltzal | I::Bgezal);
        if op.instruction == I::BranchNever || (target == behind.pc && !links) {
            // It decides nothing, and what follows it is in no delay slot.
            self.delay_slot(index, delayed, Next::Sequential);
            self.here = behind;
        } else if always {
            self.delayed(index, delayed);
            self.here = behind;
            self.link(target);
            return true;
        } else if !links && delayed.d != op.s && delayed.d != op.t {
            self.delayed(index, delayed);
            self.here = behind;
            let cond = self.condition(op);
            let taken = self.link_aside(target);
            self.asm.jump_if(cond, taken);
        } else {
            let cond = self.condition(op);
            self.asm.set(cond, C);
            self.asm.zero_extend8(C, C);
            self.set_word(word::TAKEN, C);
            if links {
                self.set_constant(RA as u8, branch::link(pc));
            }
            self.delay_slot(index, delayed, Next::IfTaken(target));
            self.here = behind;
            self.asm.alu_immediate(W64, Alu::Cmp, Self::word(word::TAKEN), 0);
            let taken = self.link_aside(target);
            self.asm.jump_if(Cond::Ne, taken);
        }
        false
    }

    /// The instruction behind the branch at `index`, before the branch is done.
    fn delayed(&mut self, index: usize, delayed: Op) {
        self.plain(index + 1, delayed);
        self.settle();
    }

    /// The instruction behind the branch at `index`, with the branch done.
    fn delay_slot(&mut self, index: usize, delayed: Op, next: Next) {
        let Here { pc, executed, .. } = self.here;
        self.here = Here { pc: pc.wrapping_add(4), next, executed: executed + 1 };
        self.delayed(index, delayed);
    }

    /// Compares, and says when the branch is taken.
    fn condition(&mut self, op: Op) -> Cond {
        let zero = op.t == 0 || !matches!(op.instruction, I::Beq | I::Bne);
        match (op.s, zero) {
            (0, true) => {
                self.asm.constant(A, 0);
                self.asm.alu_immediate(W64, Alu::Cmp, A, 0);
            }
            (s, true) => self.asm.alu_immediate(W64, Alu::Cmp, Self::operand(s), 0),
            (s, false) => {
                let first = self.value(s, A);
                self.asm.alu(W64, Alu::Cmp, first, Self::operand(op.t));
            }
        }
        match op.instruction {
            I::Beq => Cond::E,
            I::Bne => Cond::Ne,
            I::Blez => Cond::Le,
            I::Bgtz => Cond::G,
            I::Bltz | I::Bltzal => Cond::L,
            _ => Cond::Ge,
        }
    }

    fn jump_register(&mut self, index: usize, op: Op, delayed: Op) {
        let Here { pc, executed, .. } = self.here;
        if op.instruction == I::Jr && delayed.d != op.s {
            self.delayed(index, delayed);
            self.copy(A, op.s);
        } else {
            let target = self.value(op.s, A);
            self.set_word(word::TARGET, target);
            if op.d != SINK {
                self.set_constant(op.d, branch::link(pc));
            }
            self.delay_slot(index, delayed, Next::Target);
            self.asm.mov(W64, A, Self::word(word::TARGET));
        }
        self.here = Here { pc: 0, next: Next::Target, executed: executed + 2 };
        // The table of targets, by the low bits of the address.
        const SHIFT: u8 = TARGET_SIZE.trailing_zeros() as u8 - 2;
        self.asm.mov(W64, C, A);
        self.asm.shift(W64, jit::asm::Shift::Shl, C, SHIFT);
        self.asm.alu_immediate(W64, Alu::And, C, ((TARGETS - 1) * TARGET_SIZE) as i32);
        self.asm.lea(W64, D, self.memory.targets());
        self.asm.alu(W64, Alu::Cmp, A, Mem::indexed(D, C, 0));
        let unknown = self.asm.label();
        self.asm.jump_if(Cond::Ne, unknown);
        self.asm.jump_to(Mem::indexed(D, C, 8));
        self.asm.bind(unknown);
        self.set_word(word::TARGET, A);
        let exit = self.exit(Reason::Jump);
        self.leave(exit);
    }

    /// A call: what moves 8 bytes of a preimage that the machine has at hand, or of its key, is done here, the rest outside.
    pub(super) fn call(&mut self) {
        let outside = self.leave_aside(Reason::Call);
        let (key, done) = (self.asm.label(), self.asm.label());
        let operand = |register: usize| Self::operand(register as u8);
        let left = Self::word(word::STREAM_LEFT);
        self.asm.alu_immediate(W64, Alu::Cmp, operand(A2), 8);
        self.asm.jump_if(Cond::B, outside);
        self.copy(A, A1 as u8);
        self.asm.alu_immediate(W64, Alu::Cmp, operand(V0), sys::READ as i32);
        self.asm.jump_if(Cond::Ne, key);
        self.asm.alu_immediate(W64, Alu::Cmp, operand(A0), fd::PREIMAGE_READ as i32);
        self.asm.jump_if(Cond::Ne, outside);
        self.asm.alu_immediate(W64, Alu::Cmp, left, 8);
        self.asm.jump_if(Cond::B, outside);
        self.line_for_call(true, outside);
        self.asm.mov(W64, C, Self::word(word::STREAM));
        self.asm.mov(W64, C, Mem::at(C, 0));
        self.asm.store(W64, Mem::indexed(D, A, 0), C);
        self.asm.alu_immediate(W64, Alu::Add, Self::word(word::STREAM), 8);
        self.asm.alu_immediate(W64, Alu::Sub, left, 8);
        self.asm.jump(done);

        self.asm.bind(key);
        self.asm.alu_immediate(W64, Alu::Cmp, operand(V0), sys::WRITE as i32);
        self.asm.jump_if(Cond::Ne, outside);
        self.asm.alu_immediate(W64, Alu::Cmp, operand(A0), fd::PREIMAGE_WRITE as i32);
        self.asm.jump_if(Cond::Ne, outside);
        self.line_for_call(false, outside);
        for word in word::KEY..word::KEY + 3 {
            self.asm.mov(W64, C, Self::word(word + 1));
            self.set_word(word, C);
        }
        self.asm.mov(W64, C, Mem::indexed(D, A, 0));
        self.set_word(word::KEY + 3, C);
        self.asm.constant(C, 0);
        self.set_word(word::STREAM_LEFT, C);
        self.asm.constant(C, 1);
        self.set_word(word::KEY_WRITTEN, C);

        self.asm.bind(done);
        self.set_constant(V0 as u8, 8);
        self.set_constant(A3 as u8, 0);
    }
}

/// The slot of the table of targets for an address: as the code above computes it.
pub(crate) const fn target_entry(address: u64) -> usize {
    (address >> 2) as usize % TARGETS
}
