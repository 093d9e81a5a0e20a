//! Memory for compiled code, and the way into it and out again.
//!
//! One reservation of addresses holds the code and, right behind it, the data that code refers to (link slots, the table of
//! jump targets). The code's pages exist twice: readable and executable there, readable and writable elsewhere. So no
//! address is ever writable and executable, and adding code changes no protection. Code that stands is never changed: what
//! changes is the slot through which it jumps.
//!
//! Compiled code runs on a frame of [`WORDS`] words. The first [`HELD`] stand in registers while it runs, the others on the
//! stack, where a signal handler leaves them alone. [`FRAME`] is the register that they are addressed by, [`LINES_BASE`]
//! holds the address of the tables of [`crate::Pages`], [`BUDGET`] counts down.
#![allow(unsafe_code)]

use crate::Line;
use crate::asm::{Assembler, Mem, Operand, Reg, Width};
use core::ffi::c_void;
use core::fmt;
use core::ptr::{self, NonNull};

/// Words of a frame.
pub const WORDS: usize = 48;
/// Registers that hold the first words.
pub const HELD: [Reg; 10] =
    [Reg::RBX, Reg::RSI, Reg::RDI, Reg::R8, Reg::R9, Reg::R10, Reg::R11, Reg::R12, Reg::R13, Reg::R15];
/// Base of the words that are not held, and of the locals behind them.
pub const FRAME: Reg = Reg::RSP;
/// Words behind those of the frame, of no value at the entry and lost at the exit.
pub const LOCALS: usize = 32;
/// Base of the tables of lines.
pub const LINES_BASE: Reg = Reg::RBP;
/// What is left of the budget.
pub const BUDGET: Reg = Reg::R14;

/// Bytes of code.
const CODE_SIZE: usize = 32 << 20;
/// Link slots.
const SLOTS: usize = 1 << 19;
/// Entries of the table of jump targets.
pub const TARGETS: usize = 1 << 12;
/// Bytes of an entry: the guest's address, the code's.
pub const TARGET_SIZE: usize = 16;
const DATA_SIZE: usize = SLOTS * 8 + TARGETS * TARGET_SIZE;
/// Bytes of the stack below the saved registers.
const STACK: usize = (WORDS - HELD.len() + LOCALS) * 8;

/// What compiled code works on: read at the entry, written back at the exit.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Frame {
    /// Whatever the lowering keeps there.
    pub words: [u64; WORDS],
    /// What may be spent. Compiled code leaves when it does not suffice.
    pub budget: i64,
}

impl Default for Frame {
    fn default() -> Self {
        Self { words: [0; WORDS], budget: 0 }
    }
}

/// Where a word is while compiled code runs.
#[inline]
pub const fn place(word: usize) -> Result<Reg, Mem> {
    assert!(word < WORDS);
    if word < HELD.len() { Ok(HELD[word]) } else { Err(Mem::at(FRAME, ((word - HELD.len()) * 8) as i32)) }
}

/// A local.
pub const fn local(index: usize) -> Mem {
    assert!(index < LOCALS);
    Mem::at(FRAME, ((WORDS - HELD.len() + index) * 8) as i32)
}

/// Code and its data. See the module's text.
pub struct CodeMemory {
    /// Code as it is executed, then the data.
    executed: NonNull<u8>,
    /// The code once more, writable.
    written: NonNull<u8>,
    used: usize,
    slots: usize,
    /// Length of the way in and out, with which the code begins.
    preamble: usize,
    exit: usize,
}

// SAFETY: the mappings belong to this value alone, and nothing depends on the thread.
unsafe impl Send for CodeMemory {}
// SAFETY: a shared value is only read.
unsafe impl Sync for CodeMemory {}

impl CodeMemory {
    /// Empty memory; `None` where the system gives none, or the processor lacks an instruction that lowerings use (`movbe`,
    /// `lzcnt`, BMI1, BMI2).
    pub fn new() -> Option<Self> {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if std::arch::is_x86_feature_detected!("movbe")
            && std::arch::is_x86_feature_detected!("lzcnt")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2")
        {
            let (executed, written) = system::map(CODE_SIZE, DATA_SIZE)?;
            let mut memory = Self { executed, written, used: 0, slots: 0, preamble: 0, exit: 0 };
            let (code, exit) = preamble();
            memory.append(&code)?;
            (memory.preamble, memory.exit) = (memory.used, exit);
            return Some(memory);
        }
        None
    }

    /// Forgets all code and all slots.
    pub fn clear(&mut self) {
        (self.used, self.slots) = (self.preamble, 0);
        self.clear_targets();
    }

    /// Offset at which the next code will stand.
    pub fn here(&self) -> usize {
        self.used
    }

    /// Adds code and returns its offset; `None` if it does not fit any more.
    pub fn append(&mut self, code: &[u8]) -> Option<usize> {
        let start = self.used;
        let end = start.checked_add(code.len()).filter(|end| *end <= CODE_SIZE)?;
        // SAFETY: the range lies inside the writable mapping, which is this value's own; nobody executes these bytes yet.
        unsafe { ptr::copy_nonoverlapping(code.as_ptr(), self.written.as_ptr().add(start), code.len()) };
        // Code begins at multiples of 16; the bytes between stay zero and are not reached.
        self.used = end.next_multiple_of(16).min(CODE_SIZE);
        Some(start)
    }

    /// The place to jump to with the number of the exit in `ecx`, relative to the code that will be appended next.
    pub fn exit(&self) -> i64 {
        self.exit as i64 - self.used as i64
    }

    /// A new slot, for a jump through it; `None` if there are no more.
    pub fn new_slot(&mut self) -> Option<u32> {
        let slot = self.slots;
        (slot < SLOTS).then(|| {
            self.slots += 1;
            slot as u32
        })
    }

    /// A slot as an operand of the code that will be appended next.
    pub fn slot(&self, slot: u32) -> Operand {
        Operand::Near((CODE_SIZE + slot as usize * 8) as i64 - self.used as i64)
    }

    /// Directs a slot to the code at an offset.
    pub fn set_slot(&mut self, slot: u32, offset: usize) {
        assert!((slot as usize) < self.slots && offset < self.used);
        let address = self.executed.as_ptr() as u64 + offset as u64;
        self.write_data(slot as usize * 8, address);
    }

    /// The table of jump targets as an operand of the code that will be appended next. Entry `n` holds a guest address and
    /// the address of its code; an entry without code holds [`NO_TARGET`].
    pub fn targets(&self) -> Operand {
        Operand::Near((CODE_SIZE + SLOTS * 8) as i64 - self.used as i64)
    }

    /// Fills an entry of the table of jump targets.
    pub fn set_target(&mut self, entry: usize, guest: u64, offset: usize) {
        assert!(entry < TARGETS && offset < self.used);
        let address = self.executed.as_ptr() as u64 + offset as u64;
        self.write_data(SLOTS * 8 + entry * TARGET_SIZE, guest);
        self.write_data(SLOTS * 8 + entry * TARGET_SIZE + 8, address);
    }

    /// Empties the table of jump targets.
    pub fn clear_targets(&mut self) {
        for entry in 0..TARGETS {
            self.write_data(SLOTS * 8 + entry * TARGET_SIZE, NO_TARGET);
        }
    }

    fn write_data(&mut self, offset: usize, word: u64) {
        assert!(offset + 8 <= DATA_SIZE);
        // SAFETY: inside the data behind the code, which is writable, aligned to 8 bytes, and this value's own.
        unsafe { self.executed.as_ptr().add(CODE_SIZE + offset).cast::<u64>().write(word) };
    }

    /// Runs the code at an offset until it exits, and returns the number of the exit.
    ///
    /// # Safety
    /// `offset` is that of code which, from the words of `frame` on, jumps only to code of this memory and finally to
    /// [`CodeMemory::exit`], leaves the stack as it is but for the frame and its locals, and accesses host memory only by
    /// the frame, the slots, the targets and pages whose lines in `lines` allow it. `lines` is [`crate::Pages::tables`] of
    /// pages that nobody else uses meanwhile. Addresses in `frame.words` that the code accesses by itself are valid.
    #[inline]
    pub unsafe fn enter(&mut self, offset: usize, frame: &mut Frame, lines: *const Line) -> u32 {
        type Entry = unsafe extern "sysv64" fn(*mut Frame, *const c_void, *const Line) -> u32;
        assert!(offset >= self.preamble && offset < self.used);
        // SAFETY: the code begins with `preamble`, which is a function of this type.
        let entry = unsafe { core::mem::transmute::<*mut u8, Entry>(self.executed.as_ptr()) };
        // SAFETY: `offset` lies in the mapping; the rest is what the caller promises.
        unsafe { entry(frame, self.executed.as_ptr().add(offset).cast::<c_void>(), lines) }
    }
}

/// What stands in place of a guest address in an empty entry of the table of jump targets; code never runs there.
pub const NO_TARGET: u64 = u64::MAX;

impl Drop for CodeMemory {
    fn drop(&mut self) {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        system::unmap(self.executed, self.written, CODE_SIZE, DATA_SIZE);
    }
}

impl fmt::Debug for CodeMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeMemory").field("used", &self.used).field("slots", &self.slots).finish_non_exhaustive()
    }
}

/// The way in (a function of the System V convention: frame, code, lines) and, at the returned offset, the way out.
fn preamble() -> (Vec<u8>, usize) {
    const SAVED: [Reg; 6] = [Reg::RBX, Reg::RBP, Reg::R12, Reg::R13, Reg::R14, Reg::R15];
    const REST: usize = WORDS - HELD.len();
    const { assert!(REST.is_multiple_of(2) && STACK.is_multiple_of(16)) };
    let budget = core::mem::offset_of!(Frame, budget) as i32;
    let word = |base, index: usize| Mem::at(base, index as i32 * 8);
    let mut asm = Assembler::default();
    for reg in SAVED {
        asm.push(reg);
    }
    asm.push(Reg::RDI);
    asm.alu_immediate(Width::Q, crate::asm::Alu::Sub, Reg::RSP, STACK as i32);
    for index in (0..REST).step_by(2) {
        asm.load_xmm0(word(Reg::RDI, HELD.len() + index));
        asm.store_xmm0(word(FRAME, index));
    }
    asm.mov(Width::Q, Reg::RAX, Reg::RSI);
    asm.mov(Width::Q, LINES_BASE, Reg::RDX);
    asm.mov(Width::Q, BUDGET, Mem::at(Reg::RDI, budget));
    let (last, first): (Vec<_>, Vec<_>) = HELD.iter().enumerate().partition(|(_, reg)| **reg == Reg::RDI);
    for (index, reg) in first.into_iter().chain(last) {
        asm.mov(Width::Q, *reg, word(Reg::RDI, index));
    }
    asm.jump_to(Reg::RAX);
    let exit = asm.len();
    asm.mov(Width::Q, Reg::RAX, Mem::at(Reg::RSP, STACK as i32));
    for (index, reg) in HELD.iter().enumerate() {
        asm.store(Width::Q, word(Reg::RAX, index), *reg);
    }
    asm.store(Width::Q, Mem::at(Reg::RAX, budget), BUDGET);
    for index in (0..REST).step_by(2) {
        asm.load_xmm0(word(FRAME, index));
        asm.store_xmm0(word(Reg::RAX, HELD.len() + index));
    }
    asm.alu_immediate(Width::Q, crate::asm::Alu::Add, Reg::RSP, STACK as i32 + 8);
    for reg in SAVED.iter().rev() {
        asm.pop(*reg);
    }
    asm.mov(Width::D, Reg::RAX, Reg::RCX);
    asm.ret();
    (asm.finish(), exit)
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod system {
    //! The mappings.

    use core::ptr::{self, NonNull};
    use libc::{MAP_ANONYMOUS, MAP_FIXED, MAP_NORESERVE, MAP_PRIVATE, MAP_SHARED, PROT_EXEC, PROT_NONE, PROT_READ};
    use libc::{MAP_FAILED, MFD_CLOEXEC, PROT_WRITE, c_int, c_void};

    /// Code to be executed with data behind it, and the same code to be written.
    pub(super) fn map(code: usize, data: usize) -> Option<(NonNull<u8>, NonNull<u8>)> {
        let size = libc::off_t::try_from(code).ok()?;
        // SAFETY: the name is a C string; the call touches no memory of ours.
        let file = unsafe { libc::memfd_create(c"compiled".as_ptr(), MFD_CLOEXEC) };
        if file < 0 {
            return None;
        }
        // SAFETY: `file` was just opened and is nobody else's.
        let sized = unsafe { libc::ftruncate(file, size) } == 0;
        let mappings = if sized { map_file(file, code, data) } else { None };
        // SAFETY: as above; mappings outlive the descriptor.
        unsafe { libc::close(file) };
        mappings
    }

    fn map_file(file: c_int, code: usize, data: usize) -> Option<(NonNull<u8>, NonNull<u8>)> {
        let anonymous = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        // SAFETY: the system chooses the place.
        let base = ok(unsafe { libc::mmap(ptr::null_mut(), code + data, PROT_NONE, anonymous, -1, 0) })?;
        let at = |offset: usize| base.as_ptr().wrapping_add(offset).cast::<c_void>();
        let fixed = |offset, length, protection, flags, file| {
            // SAFETY: inside the reservation that was just made, which holds nothing yet.
            ok(unsafe { libc::mmap(at(offset), length, protection, flags | MAP_FIXED, file, 0) })
        };
        let executed = fixed(0, code, PROT_READ | PROT_EXEC, MAP_SHARED, file);
        let behind = fixed(code, data, PROT_READ | PROT_WRITE, anonymous, -1);
        // SAFETY: the system chooses the place.
        let written = ok(unsafe { libc::mmap(ptr::null_mut(), code, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) });
        match (executed, behind, written) {
            (Some(_), Some(_), Some(written)) => Some((base, written)),
            (_, _, written) => {
                // SAFETY: mapped above, used by nobody.
                unsafe { libc::munmap(base.as_ptr().cast(), code + data) };
                if let Some(written) = written {
                    // SAFETY: as above.
                    unsafe { libc::munmap(written.as_ptr().cast(), code) };
                }
                None
            }
        }
    }

    fn ok(mapping: *mut c_void) -> Option<NonNull<u8>> {
        if mapping == MAP_FAILED { None } else { NonNull::new(mapping.cast()) }
    }

    pub(super) fn unmap(executed: NonNull<u8>, written: NonNull<u8>, code: usize, data: usize) {
        // SAFETY: the mappings of `map`, whose owner is being dropped.
        unsafe {
            libc::munmap(executed.as_ptr().cast(), code + data);
            libc::munmap(written.as_ptr().cast(), code);
        }
    }
}

#[cfg(test)]
mod tests;
