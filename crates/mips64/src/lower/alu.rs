//! Instructions that compute on registers alone.

use super::{A, C, D, Lowering, Reason, word};
use crate::decode::{Instruction as I, Op, SINK};
use crate::instr::alu;
use jit::asm::Width::{D as W32, Q as W64};
use jit::asm::{Alu, Cond, Operand, Reg, Shift, Wide, Width};

impl Lowering<'_> {
    pub(super) fn alu(&mut self, op: Op) {
        use Shift::{Sar, Shl, Shr};
        let Op { s, t, d, immediate, .. } = op;
        let amount = immediate as u8;
        match op.instruction {
            I::Dadd | I::Daddu => return self.three(Alu::Add, op),
            I::Dsub | I::Dsubu => return self.three(Alu::Sub, op),
            I::And => return self.three(Alu::And, op),
            I::Or => return self.three(Alu::Or, op),
            I::Xor => return self.three(Alu::Xor, op),
            _ => self.settle(),
        }
        match op.instruction {
            I::Sll => self.shift32(d, t, Shl, amount),
            I::Srl => self.shift32(d, t, Shr, amount),
            I::Sra => self.shift32(d, t, Sar, amount),
            I::Sllv => self.shift_by(W32, Shl, op),
            I::Srlv => self.shift_by(W32, Shr, op),
            I::Srav => self.shift_by(W32, Sar, op),
            I::Dsll => self.shift64(d, t, Shl, amount),
            I::Dsrl => self.shift64(d, t, Shr, amount),
            I::Dsra => self.shift64(d, t, Sar, amount),
            I::Dsll32 => self.shift64(d, t, Shl, amount + 32),
            I::Dsrl32 => self.shift64(d, t, Shr, amount + 32),
            I::Dsra32 => self.shift64(d, t, Sar, amount + 32),
            I::Dsllv => self.shift_by(W64, Shl, op),
            I::Dsrlv => self.shift_by(W64, Shr, op),
            I::Dsrav => self.shift_by(W64, Sar, op),

            I::Add | I::Addu => self.three32(Alu::Add, op),
            I::Sub | I::Subu => self.three32(Alu::Sub, op),
            I::Nor => self.nor(op),
            I::Slt => self.compare(Cond::L, op),
            I::Sltu => self.compare(Cond::B, op),
            I::Addi | I::Addiu => self.add_immediate32(op),
            I::Daddi | I::Daddiu => self.add_immediate(op),
            I::Slti => self.compare_immediate(Cond::L, op),
            I::Sltiu => self.compare_immediate(Cond::B, op),
            I::Andi => self.logic_immediate(Alu::And, op),
            I::Ori => self.logic_immediate(Alu::Or, op),
            I::Xori => self.logic_immediate(Alu::Xor, op),
            I::Lui => self.set_constant(d, alu::lui(immediate as u64)),
            I::Clz => self.leading(W32, false, op),
            I::Clo => self.leading(W32, true, op),
            I::Dclz => self.leading(W64, false, op),
            I::Dclo => self.leading(W64, true, op),
            I::Movz => self.conditional_move(Cond::E, op),
            I::Movn => self.conditional_move(Cond::Ne, op),
            I::Sync => self.move_register(d, s),

            I::Mfhi => self.read_word(d, word::HI),
            I::Mflo => self.read_word(d, word::LO),
            I::Mthi => self.write_word(op, word::HI),
            I::Mtlo => self.write_word(op, word::LO),
            I::Mul => {
                self.copy(A, s);
                self.multiply_low(W32, t);
                self.set_extended(d, A);
            }
            I::Mult => {
                self.extended(A, s);
                self.extended(C, t);
                self.product32(d);
            }
            I::Multu => {
                self.low_half(A, s);
                self.low_half(C, t);
                self.product32(d);
            }
            I::Dmult => self.product64(Wide::Imul, op),
            I::Dmultu => self.product64(Wide::Mul, op),
            I::Div | I::Divu | I::Ddiv | I::Ddivu => self.divide(op),
            _ => unreachable!("the class says that it is not of this kind"),
        }
    }

    fn move_register(&mut self, d: u8, s: u8) {
        if d == SINK || d == s {
            return;
        }
        if s == 0 {
            return self.set_constant(d, 0);
        }
        let value = self.value(s, Self::destination(d, A));
        self.set(d, value);
    }

    /// A register as an operand, from `rax` if its value is there.
    fn current(&self, register: u8) -> Operand {
        if self.cached.is_some_and(|(cached, _)| cached == register) { A.into() } else { Self::operand(register) }
    }

    /// 64-bit operations on two registers. A result whose home is in memory stays in `rax` until something else needs that.
    fn three(&mut self, alu: Alu, op: Op) {
        let Op { s, t, d, .. } = op;
        if d == SINK {
            return;
        }
        if s == 0 || t == 0 {
            self.settle();
            return self.three_with_zero(alu, op);
        }
        // Of two operands that may change places, the target comes first.
        let (s, t) = if t == d && alu != Alu::Sub { (t, s) } else { (s, t) };
        match Self::home(d) {
            Ok(to) if s == d => {
                let second = self.current(t);
                self.asm.alu(W64, alu, to, second);
            }
            Ok(to) if t == d => {
                let first = self.current(s);
                self.asm.mov(W64, C, first);
                self.asm.alu(W64, alu, C, to);
                self.asm.mov(W64, to, C);
            }
            Ok(to) => {
                let (first, second) = (self.current(s), self.current(t));
                self.asm.mov(W64, to, first);
                self.asm.alu(W64, alu, to, second);
            }
            Err(home) if s == d && t != d && self.cached.is_none_or(|(cached, _)| cached != d) => {
                // In place.
                let second = match self.current(t) {
                    Operand::Reg(reg) => reg,
                    other => {
                        self.settle();
                        self.asm.mov(W64, A, other);
                        self.cached = Some((t, false));
                        A
                    }
                };
                self.asm.alu_store(W64, alu, home, second);
            }
            Err(_) => {
                let (first, second) = (self.current(s), self.current(t));
                let own = self.cached.is_some_and(|(cached, _)| cached == d);
                if !own {
                    // What waits there is another register's; its value is still in `rax`.
                    self.settle();
                }
                if first == A.into() {
                    self.asm.alu(W64, alu, A, second);
                } else if second == A.into() && alu != Alu::Sub {
                    self.asm.alu(W64, alu, A, first);
                } else if second == A.into() {
                    self.asm.mov(W64, C, first);
                    self.asm.alu(W64, alu, C, A);
                    self.asm.mov(W64, A, C);
                } else {
                    self.asm.mov(W64, A, first);
                    self.asm.alu(W64, alu, A, second);
                }
                self.cached = Some((d, true));
            }
        }
    }

    fn three_with_zero(&mut self, alu: Alu, Op { s, t, d, .. }: Op) {
        match (alu, s, t) {
            (Alu::And, _, _) => self.set_constant(d, 0),
            (_, _, 0) => self.move_register(d, s),
            (Alu::Sub, _, _) => {
                self.copy(A, t);
                self.asm.wide(W64, Wide::Neg, A);
                self.set(d, A);
            }
            _ => self.move_register(d, t),
        }
    }

    /// A register becomes another, rotated right.
    pub(super) fn rotate(&mut self, d: u8, source: u8, amount: u8) {
        let from = self.current(source);
        match Self::home(d) {
            Ok(to) => self.asm.rorx(to, from, amount),
            Err(_) => {
                if self.cached.is_none_or(|(cached, _)| cached != d) {
                    self.settle();
                }
                self.asm.rorx(A, from, amount);
                self.cached = Some((d, true));
            }
        }
    }

    /// 32-bit additions and subtractions of two registers.
    fn three32(&mut self, alu: Alu, Op { s, t, d, .. }: Op) {
        if d == SINK {
            return;
        }
        self.copy(A, s);
        if t != 0 {
            self.asm.alu(W32, alu, A, Self::operand(t));
        }
        self.set_extended(d, A);
    }

    fn nor(&mut self, Op { s, t, d, .. }: Op) {
        if d == SINK {
            return;
        }
        let (s, t) = if s == 0 { (t, s) } else { (s, t) };
        if t == 0 {
            let to = Self::destination(d, A);
            if s != d || to == A {
                self.copy(to, s);
            }
            self.asm.wide(W64, Wide::Not, to);
            return self.set(d, to);
        }
        self.copy(A, s);
        self.asm.alu(W64, Alu::Or, A, Self::operand(t));
        self.asm.wide(W64, Wide::Not, A);
        self.set(d, A);
    }

    fn compare(&mut self, cond: Cond, Op { s, t, d, .. }: Op) {
        if d == SINK {
            return;
        }
        let first = self.value(s, A);
        self.asm.constant(C, 0);
        if t == 0 {
            self.asm.alu_immediate(W64, Alu::Cmp, first, 0);
        } else {
            self.asm.alu(W64, Alu::Cmp, first, Self::operand(t));
        }
        self.asm.set(cond, C);
        self.set(d, C);
    }

    fn compare_immediate(&mut self, cond: Cond, Op { s, d, immediate, .. }: Op) {
        if d == SINK {
            return;
        }
        let first: Operand = if s == 0 { self.value(0, A).into() } else { Self::operand(s) };
        self.asm.constant(C, 0);
        self.asm.alu_immediate(W64, Alu::Cmp, first, immediate);
        self.asm.set(cond, C);
        self.set(d, C);
    }

    fn add_immediate(&mut self, Op { s, d, immediate, .. }: Op) {
        if d == SINK {
            return;
        }
        if s == 0 {
            return self.set_constant(d, immediate as u64);
        }
        if immediate == 0 {
            return self.move_register(d, s);
        }
        if s == d {
            return self.asm.alu_immediate(W64, Alu::Add, Self::operand(d), immediate);
        }
        let (from, to) = (self.value(s, A), Self::destination(d, A));
        self.asm.lea(W64, to, jit::asm::Mem::at(from, immediate));
        self.set(d, to);
    }

    fn add_immediate32(&mut self, Op { s, d, immediate, .. }: Op) {
        if d == SINK {
            return;
        }
        if s == 0 {
            return self.set_constant(d, immediate as u64);
        }
        if immediate == 0 {
            return self.extend_to(d, s);
        }
        let from = self.value(s, A);
        self.asm.lea(W32, A, jit::asm::Mem::at(from, immediate));
        self.set_extended(d, A);
    }

    fn logic_immediate(&mut self, alu: Alu, Op { s, d, immediate, .. }: Op) {
        if d == SINK {
            return;
        }
        if s == 0 {
            return self.set_constant(d, if alu == Alu::And { 0 } else { immediate as u64 });
        }
        let to = Self::destination(d, A);
        if s != d || to == A {
            self.copy(to, s);
        }
        // The immediate has 16 bits: what lies above is cleared by `and`, and stays otherwise.
        let width = if alu == Alu::And { W32 } else { W64 };
        self.asm.alu_immediate(width, alu, to, immediate);
        self.set(d, to);
    }

    fn shift64(&mut self, d: u8, t: u8, shift: Shift, amount: u8) {
        if d == SINK {
            return;
        }
        if t == 0 {
            return self.set_constant(d, 0);
        }
        if amount == 0 {
            return self.move_register(d, t);
        }
        let to = Self::destination(d, A);
        if t != d || to == A {
            self.copy(to, t);
        }
        self.asm.shift(W64, shift, to, amount);
        self.set(d, to);
    }

    fn shift32(&mut self, d: u8, t: u8, shift: Shift, amount: u8) {
        if d == SINK {
            return;
        }
        if t == 0 {
            return self.set_constant(d, 0);
        }
        if amount == 0 {
            return self.extend_to(d, t);
        }
        self.copy(A, t);
        self.asm.shift(W32, shift, A, amount);
        self.set_extended(d, A);
    }

    fn shift_by(&mut self, width: Width, shift: Shift, Op { s, t, d, .. }: Op) {
        if d == SINK {
            return;
        }
        if t == 0 {
            return self.set_constant(d, 0);
        }
        let amount = self.value(s, C);
        let to = if width == W64 { Self::destination(d, A) } else { A };
        self.asm.shift_by(width, shift, to, Self::operand(t), amount);
        if width == W64 { self.set(d, to) } else { self.set_extended(d, A) }
    }

    fn leading(&mut self, width: Width, ones: bool, Op { s, d, .. }: Op) {
        if d == SINK {
            return;
        }
        self.copy(A, s);
        if ones {
            self.asm.wide(W64, Wide::Not, A);
        }
        self.asm.lzcnt(width, A, A);
        self.set(d, A);
    }

    fn conditional_move(&mut self, cond: Cond, Op { s, t, d, .. }: Op) {
        if d == SINK {
            return;
        }
        if t == 0 {
            if cond == Cond::E {
                self.move_register(d, s);
            }
            return;
        }
        let source = self.value(s, C);
        let to = Self::destination(d, A);
        if to == A {
            self.copy(A, d);
        }
        self.asm.alu_immediate(W64, Alu::Cmp, Self::operand(t), 0);
        self.asm.cmov(cond, to, source);
        self.set(d, to);
    }

    fn read_word(&mut self, d: u8, from: usize) {
        if d != SINK {
            let to = Self::destination(d, A);
            self.asm.mov(W64, to, Self::word(from));
            self.set(d, to);
        }
    }

    fn write_word(&mut self, Op { s, d, .. }: Op, to: usize) {
        let value = self.value(s, A);
        self.set_word(to, value);
        self.set_constant(d, 0);
    }

    // Products and quotients. The register in a reserved field becomes 0.

    fn multiply_low(&mut self, width: Width, t: u8) {
        if t == 0 {
            self.asm.constant(A, 0);
        } else {
            self.asm.imul(width, A, Self::operand(t));
        }
    }

    /// The product of `rax` and `rcx`, which fits: both halves sign-extended.
    fn product32(&mut self, d: u8) {
        self.asm.imul(W64, A, C);
        self.asm.movsxd(C, A);
        self.set_word(word::LO, C);
        self.asm.shift(W64, Shift::Sar, A, 32);
        self.set_word(word::HI, A);
        self.set_constant(d, 0);
    }

    fn product64(&mut self, wide: Wide, Op { s, t, d, .. }: Op) {
        self.found = None;
        self.copy(A, s);
        let factor = self.value(t, C);
        self.asm.wide(W64, wide, factor);
        self.set_word(word::LO, A);
        self.set_word(word::HI, D);
        self.set_constant(d, 0);
    }

    fn divide(&mut self, Op { instruction, s, t, d, .. }: Op) {
        self.found = None;
        let narrow = matches!(instruction, I::Div | I::Divu);
        match instruction {
            // As 64-bit numbers, so that the smallest divided by -1 is no exception.
            I::Div => self.extended(C, t),
            I::Divu => self.low_half(C, t),
            _ => self.copy(C, t),
        }
        self.asm.test(W64, C, C);
        let fault = self.leave_aside(Reason::Interpret);
        self.asm.jump_if(Cond::E, fault);
        match instruction {
            I::Div => {
                self.extended(A, s);
                self.asm.sign_into_rdx(W64);
                self.asm.wide(W64, Wide::Idiv, C);
            }
            I::Divu => {
                self.low_half(A, s);
                self.asm.constant(D, 0);
                self.asm.wide(W32, Wide::Div, C);
            }
            I::Ddiv => {
                let (negate, done) = (self.asm.label(), self.asm.label());
                self.copy(A, s);
                self.asm.alu_immediate(W64, Alu::Cmp, C, -1);
                self.asm.jump_if(Cond::E, negate);
                self.asm.sign_into_rdx(W64);
                self.asm.wide(W64, Wide::Idiv, C);
                self.asm.jump(done);
                self.asm.bind(negate);
                self.asm.wide(W64, Wide::Neg, A);
                self.asm.constant(D, 0);
                self.asm.bind(done);
            }
            _ => {
                self.copy(A, s);
                self.asm.constant(D, 0);
                self.asm.wide(W64, Wide::Div, C);
            }
        }
        if narrow {
            self.asm.movsxd(A, A);
            self.asm.movsxd(D, D);
        }
        self.set_word(word::LO, A);
        self.set_word(word::HI, D);
        self.set_constant(d, 0);
    }

    // Halves.

    /// The low half of a register, sign-extended.
    fn extended(&mut self, to: Reg, register: u8) {
        if register == 0 {
            self.asm.constant(to, 0);
        } else {
            self.asm.movsxd(to, Self::operand(register));
        }
    }

    /// The low half of a register, with zeros above.
    fn low_half(&mut self, to: Reg, register: u8) {
        if register == 0 {
            self.asm.constant(to, 0);
        } else {
            self.asm.mov(W32, to, Self::operand(register));
        }
    }

    /// The low half of `from`, sign-extended, into a register.
    pub(super) fn set_extended(&mut self, d: u8, from: Reg) {
        let to = Self::destination(d, A);
        self.asm.movsxd(to, from);
        self.set(d, to);
    }

    fn extend_to(&mut self, d: u8, s: u8) {
        let to = Self::destination(d, A);
        self.extended(to, s);
        self.set(d, to);
    }
}
