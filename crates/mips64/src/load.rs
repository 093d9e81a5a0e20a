//! The first state of a guest: its image, its stack, its registers.

use crate::abi::{ELF_ABI_FLAGS, ELF_MACHINE, HEAP_START, SP, STACK_TOP};
use crate::state::State;
use vm::{ElfError, ElfImage, PAGE_SIZE};

/// Pages below the top of the stack that exist from the start.
const STACK_PAGES: u64 = 4;

impl State {
    /// The state in which a guest starts.
    ///
    /// # Errors
    /// [`ElfError`] if the image is not for this machine or cannot be loaded.
    pub fn from_elf(image: &ElfImage<'_>) -> Result<Self, ElfError> {
        if image.machine != ELF_MACHINE || !image.big_endian {
            let order = if image.big_endian { "big" } else { "little" };
            let found = format!("{} ({order}-endian)", image.machine);
            return Err(ElfError::WrongMachine { found, wanted: "MIPS (8, big-endian)" });
        }
        let mut state = Self::new(image.entry);
        image.load(&mut state.memory, Some(ELF_ABI_FLAGS), HEAP_START)?;
        state.set_up_stack();
        Ok(state)
    }

    /// Arguments, environment and auxiliary vector as Linux leaves them at the top of the stack.
    pub(crate) fn set_up_stack(&mut self) {
        const PAGE: u64 = PAGE_SIZE as u64;
        const PAGE_SIZE_ENTRY: u64 = 6;
        const RANDOM_ENTRY: u64 = 25;
        let (random, environment, name) = (STACK_TOP + 80, STACK_TOP + 96, STACK_TOP + 128);
        self.memory.write_zeros(STACK_TOP - STACK_PAGES * PAGE, (STACK_PAGES + 1) * PAGE);
        let words = [1, name, 0, environment, 0, PAGE_SIZE_ENTRY, PAGE, RANDOM_ENTRY, random, 0];
        let words: Vec<u8> = words.into_iter().flat_map(u64::to_be_bytes).collect();
        self.memory.write(STACK_TOP, &words);
        self.memory.write(random, b"4;byfairdiceroll");
        self.memory.write(environment, b"GODEBUG=memprofilerate=0\0");
        self.memory.write(name, b"op-program\0");
        self.set_register(SP, STACK_TOP);
    }
}
