//! From instructions to compiled code: one block at a time, as data, without running anything.
//!
//! A block is a straight run of instructions in one page: it goes on where a forward branch is not taken, and ends behind a
//! jump, a backward branch, the end of the page, or before an instruction that is left to the interpreter. At its entry it
//! takes all its steps from the budget; whoever leaves it early gives the rest back. Registers stand in the words of a
//! [`jit::Frame`]; what an instruction computes is said in [`crate::instr`], and every row of the table is lowered in
//! [`alu`], [`access`], [`flow`] or listed in [`class`] as the interpreter's.
//!
//! Each way out is an [`Exit`]: the state there is the one before a step, to the bit, so that the interpreter can take it
//! from there.

mod access;
mod alu;
mod flow;
mod groups;
mod plan;
mod scan;

use crate::decode::{Op, SINK};
pub(crate) use flow::target_entry;
use groups::Groups;
use jit::PAGE_BITS;
use jit::asm::{Assembler, Cond, Label, Mem, Operand, Reg, Shift, Width};
use jit::memory::{BUDGET, CodeMemory, place};
use plan::Plan;
pub(crate) use scan::{Block, scan};
use scan::{Class, class};

/// Word of each register; register 0 has none. The first ten stand in registers of the host.
const WORD: [u8; 32] = {
    const ORDER: [u8; 31] = [
        1, 2, 3, 4, 5, 6, 8, 9, 26, 29, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27, 28, 30,
        31,
    ];
    let mut words = [u8::MAX; 32];
    let mut i = 0;
    while i < ORDER.len() {
        words[ORDER[i] as usize] = i as u8;
        i += 1;
    }
    words
};

/// Words beyond the registers.
pub(crate) mod word {
    /// HI.
    pub(crate) const HI: usize = 31;
    /// LO.
    pub(crate) const LO: usize = 32;
    /// Target of a jump whose delay slot is being executed, or that found no code.
    pub(crate) const TARGET: usize = 33;
    /// Whether a branch is taken whose delay slot is being executed.
    pub(crate) const TAKEN: usize = 34;
    /// Address of an access for which the lines have no page.
    pub(crate) const ADDRESS: usize = 35;
    /// Address in the host of the next byte of the preimage.
    pub(crate) const STREAM: usize = 36;
    /// Bytes of the preimage from there on.
    pub(crate) const STREAM_LEFT: usize = 37;
    /// First of the four words of the preimage's key, each with its bytes in their order.
    pub(crate) const KEY: usize = 38;
    /// Whether the key was written: not 0 if so.
    pub(crate) const KEY_WRITTEN: usize = 42;
}

/// The word that holds a register, for registers 1 to 31.
pub(crate) const fn word_of(register: usize) -> usize {
    WORD[register] as usize
}

/// Where the thread goes on behind the instruction at an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// At the next word.
    Sequential,
    /// At this address: the instruction is in a delay slot.
    At(u64),
    /// At the address in [`word::TARGET`].
    Target,
    /// At this address if [`word::TAKEN`] is not 0.
    IfTaken(u64),
}

/// Why compiled code is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The block at the exit's address is not linked to this slot yet.
    Link(u32),
    /// Like `Link`, to the block at the exit's address in which each access is checked by itself.
    Apart(u32),
    /// A jump to [`word::TARGET`], for which the table of targets has no entry.
    Jump,
    /// The budget does not cover the block.
    Budget,
    /// The interpreter has to take the next step.
    Interpret,
    /// The thread stands at a call.
    Call,
    /// No line for the access at [`word::ADDRESS`]. Once there is one, the code at `resume` goes on, if it is not 0; 0
    /// means that the block holds on to pages which opening another might move.
    Access {
        /// Offset of the code that tries again, from the start of the block.
        resume: u32,
        /// Whether the access is a store.
        store: bool,
        /// The access lies at a multiple of this, or it is the interpreter's.
        align: u8,
        /// Distance of another address that must lie in the same page.
        span: u16,
        /// Whether the check is one for several accesses: a block with one for each may pass.
        together: bool,
    },
}

/// One way out of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit {
    pub(crate) reason: Reason,
    /// Address of the instruction to go on with.
    pub(crate) pc: u64,
    pub(crate) next: Next,
    /// Steps that were taken from the budget and not executed.
    pub(crate) unspent: u32,
}

/// A compiled block, before it is placed.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) code: Vec<u8>,
    /// Slots and the offsets in the code to which they lead at first.
    pub(crate) links: Vec<(u32, u32)>,
    /// Ways out; the first has the number that lowering started from.
    pub(crate) exits: Vec<Exit>,
}

/// Where an instruction stands while it is lowered: what an exit there says.
#[derive(Clone, Copy)]
struct Here {
    pc: u64,
    next: Next,
    /// Instructions of the block that precede the one at `pc`.
    executed: u32,
}

/// Code that stands behind the block, off the usual path.
enum Aside {
    /// Leaves with this exit.
    Exit(Label, u32),
    /// Remembers the address in `rax`, leaves with this exit.
    Access(Label, u32),
    /// Likewise for several accesses, with the distance of the last. If they lie in two pages, gives steps back and jumps
    /// through a slot, which leads to the exit at first.
    Accesses { label: Label, missing: u32, span: i32, unspent: u32, slot: u32, exit: u32 },
    /// Gives steps back and jumps through a slot, which leads to the exit at first.
    Link { label: Option<Label>, unspent: u32, slot: u32, exit: u32 },
    /// Gives steps back and starts the block again.
    Again { label: Label, unspent: u32 },
}

/// A block being lowered.
struct Lowering<'a> {
    asm: Assembler,
    memory: &'a mut CodeMemory,
    block: &'a Block,
    groups: Groups,
    plan: Vec<Plan>,
    together: bool,
    /// Register whose value is in `rax`, though its home is elsewhere; and whether it still has to be stored there.
    cached: Option<(u8, bool)>,
    /// Group to which `rdx` leads.
    found: Option<usize>,
    here: Here,
    first_exit: u32,
    exits: Vec<Exit>,
    asides: Vec<Aside>,
    /// Accesses whose code to try again begins at a label.
    retries: Vec<(u32, Label)>,
    entry: Label,
    full: bool,
}

/// Temporaries.
const A: Reg = Reg::RAX;
const C: Reg = Reg::RCX;
const D: Reg = Reg::RDX;

/// Lowers a block for the code memory's next place. `first_exit` is the number of its first exit, `together` whether
/// accesses by one register share a check. `None` if there are no more slots.
pub(crate) fn lower(block: &Block, memory: &mut CodeMemory, first_exit: u32, together: bool) -> Option<Lowered> {
    let groups = if together { groups::find(&block.ops) } else { Groups::default() };
    let plan = plan::plan(&block.ops, &groups, together);
    let mut asm = Assembler::with_capacity(32 * block.ops.len() + 256);
    let entry = asm.label();
    asm.bind(entry);
    let here = Here { pc: block.start, next: Next::Sequential, executed: 0 };
    let mut lowering = Lowering {
        asm,
        memory,
        block,
        groups,
        plan,
        together,
        cached: None,
        found: None,
        here,
        first_exit,
        exits: Vec::new(),
        asides: Vec::new(),
        retries: Vec::new(),
        entry,
        full: false,
    };
    lowering.block();
    let links = lowering.place_asides();
    if lowering.full {
        return None;
    }
    let Lowering { asm, mut exits, retries, .. } = lowering;
    for (exit, label) in retries {
        let offset = asm.offset(label).expect("bound before its access");
        if let Reason::Access { resume, .. } = &mut exits[(exit - first_exit) as usize].reason {
            *resume = offset;
        }
    }
    Some(Lowered { code: asm.finish(), links, exits })
}

impl Lowering<'_> {
    fn block(&mut self) {
        let length = self.block.ops.len() as i32;
        self.asm.alu_immediate(Width::Q, jit::asm::Alu::Sub, BUDGET, length);
        let short = self.leave_aside(Reason::Budget);
        self.asm.jump_if(Cond::S, short);
        let mut index = 0;
        while index < self.block.ops.len() {
            let op = self.block.ops[index];
            let pc = self.pc_of(index);
            self.here = Here { pc, next: Next::Sequential, executed: index as u32 };
            match class(op) {
                Class::Branch => {
                    if self.flow(index, op) {
                        return;
                    }
                    index += 2;
                }
                _ => match self.pair(index) {
                    Some(bytes) => {
                        self.settle();
                        self.unaligned(index, op, bytes);
                        index += 2;
                    }
                    None => {
                        self.plain(index, op);
                        index += 1;
                    }
                },
            }
        }
        // The end of the run.
        self.settle();
        let pc = self.pc_of(index);
        self.here = Here { pc, next: Next::Sequential, executed: index as u32 };
        if self.block.stopped {
            let exit = self.exit(Reason::Interpret);
            self.leave(exit);
        } else {
            self.link(pc);
        }
    }

    /// An instruction that is neither branch nor jump.
    fn plain(&mut self, index: usize, op: Op) {
        match (self.plan[index], class(op)) {
            (Plan::Nothing | Plan::Done, _) => return,
            (Plan::Rotate { source, amount }, _) => return self.rotate(op.d, source, amount),
            (_, Class::Alu) => return self.alu(op),
            _ => self.settle(),
        }
        match class(op) {
            Class::Load | Class::Store => self.access(index, op),
            Class::Call => self.call(),
            Class::Alu => self.alu(op),
            Class::Branch | Class::Interpreted => unreachable!("a block ends before"),
        }
    }

    /// Bytes of the access that two halves make, where those are lowered as one.
    fn pair(&self, index: usize) -> Option<i32> {
        groups::pair(&self.block.ops, index).filter(|_| self.together)
    }

    fn pc_of(&self, index: usize) -> u64 {
        self.block.start.wrapping_add(4 * index as u64)
    }

    // Registers.

    /// Stores the value that waits in `rax`. Everything but [`Lowering::three`] and [`Lowering::rotate`] starts so, and uses
    /// `rax` as it likes from there on.
    fn settle(&mut self) {
        if let Some((register, true)) = self.cached.take()
            && let Err(mem) = Self::home(register)
        {
            self.asm.store(Width::Q, mem, A);
        }
    }

    /// Where a register is, for registers other than 0.
    fn home(register: u8) -> Result<Reg, Mem> {
        place(word_of(register as usize))
    }

    /// A register as an operand, for registers other than 0.
    fn operand(register: u8) -> Operand {
        match Self::home(register) {
            Ok(reg) => reg.into(),
            Err(mem) => mem.into(),
        }
    }

    /// The value of a register, in `temporary` unless it is in a register of the host already.
    fn value(&mut self, register: u8, temporary: Reg) -> Reg {
        if register == 0 {
            self.asm.constant(temporary, 0);
            return temporary;
        }
        match Self::home(register) {
            Ok(reg) => reg,
            Err(mem) => {
                self.asm.mov(Width::Q, temporary, mem);
                temporary
            }
        }
    }

    /// The value of a register in `to`.
    fn copy(&mut self, to: Reg, register: u8) {
        if register == 0 {
            self.asm.constant(to, 0);
        } else {
            self.asm.mov(Width::Q, to, Self::operand(register));
        }
    }

    /// Where to compute the new value of a register: in place, or in `temporary`.
    fn destination(register: u8, temporary: Reg) -> Reg {
        if register == SINK { temporary } else { Self::home(register).unwrap_or(temporary) }
    }

    /// Puts what was computed in `from` into a register.
    fn set(&mut self, register: u8, from: Reg) {
        if register == SINK {
            return;
        }
        match Self::home(register) {
            Ok(reg) if reg == from => {}
            Ok(reg) => self.asm.mov(Width::Q, reg, from),
            Err(mem) => self.asm.store(Width::Q, mem, from),
        }
    }

    /// Puts a constant into a register.
    fn set_constant(&mut self, register: u8, value: u64) {
        if register == SINK {
            return;
        }
        match (Self::home(register), i32::try_from(value as i64)) {
            (Ok(reg), _) => self.asm.constant(reg, value),
            (Err(mem), Ok(value)) => self.asm.store_immediate(Width::Q, mem, value),
            (Err(mem), Err(_)) => {
                self.asm.constant(A, value);
                self.asm.store(Width::Q, mem, A);
            }
        }
    }

    fn set_word(&mut self, word: usize, from: Reg) {
        match place(word) {
            Ok(reg) => self.asm.mov(Width::Q, reg, from),
            Err(mem) => self.asm.store(Width::Q, mem, from),
        }
    }

    fn word(word: usize) -> Operand {
        match place(word) {
            Ok(reg) => reg.into(),
            Err(mem) => mem.into(),
        }
    }

    // Ways out.

    fn unspent(&self) -> u32 {
        self.block.ops.len() as u32 - self.here.executed
    }

    /// A new exit here.
    fn exit(&mut self, reason: Reason) -> u32 {
        let Here { pc, next, .. } = self.here;
        let unspent = self.unspent();
        self.exits.push(Exit { reason, pc, next, unspent });
        self.first_exit + self.exits.len() as u32 - 1
    }

    /// Leaves now.
    fn leave(&mut self, exit: u32) {
        self.asm.constant(C, u64::from(exit));
        self.asm.jump_near(self.memory.exit());
    }

    /// A label at which the code is left.
    fn leave_aside(&mut self, reason: Reason) -> Label {
        let (label, exit) = (self.asm.label(), self.exit(reason));
        self.asides.push(Aside::Exit(label, exit));
        label
    }

    /// A slot that leads to the block at `pc`, and its exit. The steps up to here are executed.
    fn new_link(&mut self, pc: u64, reason: fn(u32) -> Reason) -> (u32, u32) {
        let Some(slot) = self.memory.new_slot() else {
            self.full = true;
            return (0, 0);
        };
        // Whoever takes the slot has given steps back before.
        self.exits.push(Exit { reason: reason(slot), pc, next: Next::Sequential, unspent: 0 });
        (slot, self.first_exit + self.exits.len() as u32 - 1)
    }

    /// Goes on at the block at `pc`, with all steps executed.
    fn link(&mut self, pc: u64) {
        if pc == self.block.start && self.together {
            self.asm.jump(self.entry);
            return;
        }
        let (slot, exit) = self.new_link(pc, Reason::Link);
        self.asm.jump_to(self.memory.slot(slot));
        self.asides.push(Aside::Link { label: None, unspent: 0, slot, exit });
    }

    /// A label from which the block at `pc` is reached.
    fn link_aside(&mut self, pc: u64) -> Label {
        let unspent = self.unspent();
        if pc == self.block.start && self.together {
            if unspent == 0 {
                return self.entry;
            }
            let label = self.asm.label();
            self.asides.push(Aside::Again { label, unspent });
            return label;
        }
        let label = self.asm.label();
        let (slot, exit) = self.new_link(pc, Reason::Link);
        self.asides.push(Aside::Link { label: Some(label), unspent, slot, exit });
        label
    }

    /// Everything off the usual path; where slots lead at first.
    fn place_asides(&mut self) -> Vec<(u32, u32)> {
        let mut links = Vec::new();
        for aside in core::mem::take(&mut self.asides) {
            match aside {
                Aside::Exit(label, exit) => {
                    self.asm.bind(label);
                    self.leave(exit);
                }
                Aside::Access(label, exit) => {
                    self.asm.bind(label);
                    self.set_word(word::ADDRESS, A);
                    self.leave(exit);
                }
                Aside::Accesses { label, missing, span, unspent, slot, exit } => {
                    self.asm.bind(label);
                    self.asm.lea(Width::Q, D, Mem::at(A, span));
                    self.asm.alu(Width::Q, jit::asm::Alu::Xor, D, A);
                    self.asm.shift(Width::Q, Shift::Shr, D, PAGE_BITS as u8);
                    let apart = self.asm.label();
                    self.asm.jump_if(Cond::Ne, apart);
                    self.set_word(word::ADDRESS, A);
                    self.leave(missing);
                    self.asm.bind(apart);
                    self.give_back(unspent);
                    self.asm.jump_to(self.memory.slot(slot));
                    links.push((slot, self.asm.len() as u32));
                    self.leave(exit);
                }
                Aside::Link { label, unspent, slot, exit } => {
                    if let Some(label) = label {
                        self.asm.bind(label);
                        self.give_back(unspent);
                        self.asm.jump_to(self.memory.slot(slot));
                    }
                    links.push((slot, self.asm.len() as u32));
                    self.leave(exit);
                }
                Aside::Again { label, unspent } => {
                    self.asm.bind(label);
                    self.give_back(unspent);
                    self.asm.jump(self.entry);
                }
            }
        }
        links
    }

    fn give_back(&mut self, unspent: u32) {
        if unspent > 0 {
            self.asm.alu_immediate(Width::Q, jit::asm::Alu::Add, BUDGET, unspent as i32);
        }
    }
}
