//! Loads and stores: through the lines, which have the page or not.
//!
//! One comparison sees that the line has the page and that the address is aligned: what is compared keeps the address's low
//! bits, which a line's tag does not have. `rax` is the address, `rdx` leads to the host.

use super::groups::{Group, extent};
use super::{A, Aside, C, D, Lowering, Next, Reason};
use crate::decode::{Instruction as I, Op, SINK};
use jit::LINES;
use jit::PAGE_BITS;
use jit::asm::Width::{D as W32, Q as W64};
use jit::asm::{Alu, Cond, Label, Mem, Shift};
use jit::memory::{LINES_BASE, LOCALS, local};

/// Offset of the lines for stores behind those for loads.
const STORES: i32 = (LINES * LINE) as i32;
const LINE: usize = size_of::<jit::Line>();
/// The number of a page becomes the offset of its line.
const LINE_SHIFT: u8 = (PAGE_BITS - LINE.trailing_zeros()) as u8;
const LINE_MASK: i32 = ((LINES - 1) * LINE) as i32;
const _: () = assert!(LINE.is_power_of_two() && LINES.is_power_of_two() && core::mem::offset_of!(jit::Line, host) == 8);

/// What a check asks.
struct Check {
    low: i32,
    /// Distance of the other address that must lie in the same page.
    span: i32,
    align: i32,
    store: bool,
    together: bool,
}

impl Lowering<'_> {
    pub(super) fn access(&mut self, index: usize, op: Op) {
        let store = super::class(op) == super::Class::Store;
        if !store && op.d == SINK {
            return;
        }
        let at = match self.groups.of(index) {
            Some((number, first)) => self.in_group(op, number, first, store),
            None => {
                let (low, _, align) = extent(op);
                let resumable = !self.groups.held_across(index);
                self.check(op.s, &Check { low, span: 0, align, store, together: false }, resumable);
                Mem::indexed(D, A, 0)
            }
        };
        if store { self.store(op, at) } else { self.load(op, at) }
    }

    /// Two halves of an unaligned access, as the one access that they are. Where it lies in two pages, the block is left.
    pub(super) fn unaligned(&mut self, index: usize, op: Op, bytes: i32) {
        let store = super::class(op) == super::Class::Store;
        if !store && op.d == SINK {
            return;
        }
        let at = match self.groups.of(index) {
            Some((number, first)) => self.in_group(op, number, first, store),
            None => {
                let check = Check { low: op.immediate, span: bytes - 1, align: 1, store, together: true };
                self.check(op.s, &check, !self.groups.held_across(index));
                Mem::indexed(D, A, 0)
            }
        };
        let width = if bytes == 8 { W64 } else { W32 };
        if store {
            let value = self.value(op.t, C);
            return self.asm.store_be(width, at, value);
        }
        let to = Self::destination(op.d, A);
        self.asm.load_be(width, to, at);
        if bytes == 4 {
            self.asm.movsxd(to, to);
        }
        self.set(op.d, to);
    }

    /// The bytes of a member of a group.
    fn in_group(&mut self, op: Op, number: usize, first: bool, store: bool) -> Mem {
        if first {
            let Group { low, high, align, .. } = self.groups.groups[number];
            self.check(op.s, &Check { low, span: high - low, align, store, together: true }, false);
            // To where the register's value itself lies.
            let base = self.value(op.s, A);
            self.asm.alu(W64, Alu::Add, D, base);
            self.asm.store(W64, local(number), D);
        } else if self.found != Some(number) {
            self.asm.mov(W64, D, local(number));
        }
        self.found = Some(number);
        Mem::at(D, op.immediate)
    }

    /// Leaves the address in `rax` and the way to the host in `rdx`, or leaves.
    fn check(&mut self, base: u8, check: &Check, resumable: bool) {
        let again = self.asm.label();
        self.asm.bind(again);
        if base == 0 {
            self.asm.constant(A, check.low as u64);
        } else if check.low == 0 {
            self.copy(A, base);
        } else {
            let base = self.value(base, A);
            self.asm.lea(W64, A, Mem::at(base, check.low));
        }
        let missing = self.missing(check, resumable.then_some(again));
        self.find_line(check, missing);
    }

    /// From the address in `rax`: the way to the host in `rdx`, or to a label.
    fn find_line(&mut self, check: &Check, missing: Label) {
        let table = if check.store { STORES } else { 0 };
        self.found = None;
        self.asm.mov(W32, C, A);
        self.asm.shift(W32, Shift::Shr, C, LINE_SHIFT);
        self.asm.alu_immediate(W32, Alu::And, C, LINE_MASK);
        if check.span == 0 {
            self.asm.mov(W64, D, A);
        } else {
            self.asm.lea(W64, D, Mem::at(A, check.span));
        }
        self.asm.alu_immediate(W64, Alu::And, D, !((1 << PAGE_BITS) - 1) | (check.align - 1));
        self.asm.alu(W64, Alu::Cmp, D, Mem::indexed(LINES_BASE, C, table));
        self.asm.jump_if(Cond::Ne, missing);
        self.asm.mov(W64, D, Mem::indexed(LINES_BASE, C, table + 8));
    }

    fn missing(&mut self, check: &Check, again: Option<Label>) -> Label {
        let Check { store, together, .. } = *check;
        let (align, span) = (check.align as u8, check.span as u16);
        let exit = self.exit(Reason::Access { resume: 0, store, align, span, together });
        self.retries.extend(again.map(|again| (exit, again)));
        let label = self.asm.label();
        if together && self.here.next == Next::Sequential {
            let unspent = self.unspent();
            let (slot, apart) = self.new_link(self.here.pc, Reason::Apart);
            let span = i32::from(span);
            self.asides.push(Aside::Accesses { label, missing: exit, span, unspent, slot, exit: apart });
        } else {
            self.asides.push(Aside::Access(label, exit));
        }
        label
    }

    fn load(&mut self, op: Op, at: Mem) {
        let to = Self::destination(op.d, A);
        match op.instruction {
            I::Lb => self.asm.movsx8(to, at),
            I::Lbu => self.asm.movzx8(to, at),
            I::Lh => {
                self.asm.load_be16(A, at);
                self.asm.movsx16(to, A);
            }
            I::Lhu => {
                self.asm.load_be16(A, at);
                self.asm.movzx16(to, A);
            }
            I::Lw => {
                self.asm.load_be(W32, A, at);
                self.asm.movsxd(to, A);
            }
            I::Lwu => self.asm.load_be(W32, to, at),
            I::Ld => self.asm.load_be(W64, to, at),
            _ => return self.merging_load(op, at),
        }
        self.set(op.d, to);
    }

    fn store(&mut self, op: Op, at: Mem) {
        match (op.instruction, op.t) {
            (I::Sw, 0) => return self.asm.store_immediate(W32, at, 0),
            (I::Sd, 0) => return self.asm.store_immediate(W64, at, 0),
            (I::Sb | I::Sh | I::Sw | I::Sd, _) => {}
            _ => return self.merging_store(op, at),
        }
        let value = self.value(op.t, C);
        match op.instruction {
            I::Sb => self.asm.store_byte(at, value),
            I::Sh => self.asm.store_be16(at, value),
            I::Sw => self.asm.store_be(W32, at, value),
            _ => self.asm.store_be(W64, at, value),
        }
    }

    /// The aligned word around the address `at`, which leads there by `rdx`; `rax` becomes the number of bits by which the
    /// address lies behind its start.
    fn aligned_word(&mut self, op: Op, at: Mem, bytes: i32) -> Mem {
        self.found = None;
        let at = if at.index.is_some() {
            self.asm.alu(W64, Alu::Add, D, A);
            Mem::at(D, 0)
        } else {
            let base = self.value(op.s, C);
            self.asm.lea(W32, A, Mem::at(base, op.immediate));
            at
        };
        self.asm.alu_immediate(W32, Alu::And, A, bytes - 1);
        self.asm.alu(W64, Alu::Sub, D, A);
        self.asm.shift(W32, Shift::Shl, A, 3);
        at
    }

    /// `ldl`, `ldr`, `lwl`, `lwr`: as [`crate::instr::load_store`] has them.
    fn merging_load(&mut self, op: Op, at: Mem) {
        let narrow = matches!(op.instruction, I::Lwl | I::Lwr);
        let left = matches!(op.instruction, I::Ldl | I::Lwl);
        let width = if narrow { W32 } else { W64 };
        let at = self.aligned_word(op, at, if narrow { 4 } else { 8 });
        self.asm.load_be(width, C, at);
        if !left {
            self.asm.alu_immediate(W32, Alu::Xor, A, if narrow { 24 } else { 56 });
        }
        let shift = if left { Shift::Shl } else { Shift::Shr };
        self.asm.shift_by(width, shift, C, C, A);
        // The bits that stay: those that all ones, shifted alike, leave free.
        self.asm.constant(D, u64::MAX);
        self.asm.shift_by(width, shift, D, D, A);
        let kept = self.value(op.t, A);
        if op.instruction == I::Lwr {
            // The upper half stays too, unless the whole word is loaded.
            let (whole, done) = (self.asm.label(), self.asm.label());
            self.asm.alu_immediate(W32, Alu::Cmp, D, -1);
            self.asm.jump_if(Cond::E, whole);
            self.asm.andn(D, D, kept);
            self.asm.alu(W64, Alu::Or, C, D);
            self.asm.jump(done);
            self.asm.bind(whole);
            self.asm.movsxd(C, C);
            self.asm.bind(done);
        } else {
            self.asm.andn(D, D, kept);
            self.asm.alu(width, Alu::Or, C, D);
            if narrow {
                self.asm.movsxd(C, C);
            }
        }
        self.set(op.d, C);
    }

    /// `sdl`, `sdr`, `swl`, `swr`: likewise.
    fn merging_store(&mut self, op: Op, at: Mem) {
        let narrow = matches!(op.instruction, I::Swl | I::Swr);
        let left = matches!(op.instruction, I::Sdl | I::Swl);
        let width = if narrow { W32 } else { W64 };
        let at = self.aligned_word(op, at, if narrow { 4 } else { 8 });
        if !left {
            self.asm.alu_immediate(W32, Alu::Xor, A, if narrow { 24 } else { 56 });
        }
        let shift = if left { Shift::Shr } else { Shift::Shl };
        // The value where it belongs; then all ones, shifted alike: where the word is replaced.
        let value = local(LOCALS - 1);
        if op.t == 0 {
            self.asm.constant(C, 0);
        } else {
            self.asm.shift_by(width, shift, C, Self::operand(op.t), A);
        }
        self.asm.store(W64, value, C);
        self.asm.constant(C, u64::MAX);
        self.asm.shift_by(width, shift, C, C, A);
        self.asm.load_be(width, A, at);
        self.asm.andn(A, C, A);
        self.asm.alu(W64, Alu::Or, A, value);
        self.asm.store_be(width, at, A);
    }

    /// For calls: the way to the 8 bytes at the address in `rax`, or to a label.
    pub(super) fn line_for_call(&mut self, store: bool, missing: Label) {
        self.find_line(&Check { low: 0, span: 0, align: 8, store, together: false }, missing);
    }
}
