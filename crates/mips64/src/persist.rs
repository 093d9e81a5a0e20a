//! The machine in parts, for snapshots on disk: memory, and the rest as a state file has it behind its pages.

use crate::interp::Mips64;
use crate::state::State;
use vm::{Memory, Persist};

impl Persist for Mips64 {
    fn registers(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.state.write_registers(&mut bytes).expect("writing to memory does not fail");
        bytes
    }

    fn memory(&mut self) -> &mut Memory {
        &mut self.state.memory
    }

    fn from_parts(memory: Memory, registers: &[u8]) -> Option<Self> {
        State::with_registers(memory, registers).ok().map(Self::new)
    }
}
