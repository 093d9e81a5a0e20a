//! Faults: there is no next state. The interpreter stops with an error where the contract reverts.

/// Why a step cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The program counter is not a multiple of four.
    #[error("program counter {0:#x} is not aligned")]
    UnalignedPc(u64),
    /// No such instruction.
    #[error("instruction {word:#010x} at {pc:#x} is not implemented")]
    InvalidInstruction {
        /// Address of the instruction.
        pc: u64,
        /// The instruction.
        word: u32,
    },
    /// A branch in the delay slot of a taken branch or jump.
    #[error("branch in a delay slot at {0:#x}")]
    BranchInDelaySlot(u64),
    /// A jump in the delay slot of a taken branch or jump.
    #[error("jump in a delay slot at {0:#x}")]
    JumpInDelaySlot(u64),
    /// Division by zero.
    #[error("division by zero at {0:#x}")]
    DivisionByZero(u64),
    /// A call that is neither implemented nor one of the calls that do nothing.
    #[error("syscall {0} is not implemented")]
    UnknownSyscall(u64),
    /// A read at or behind the end of a preimage.
    #[error("read at offset {offset} of a preimage of {length} bytes (with its length prefix)")]
    PreimageOffset {
        /// Offset of the read.
        offset: u64,
        /// Bytes of the preimage and its length prefix.
        length: u64,
    },
    /// The stack of threads that is being run is empty before or after the step.
    #[error("the active stack of threads is empty")]
    NoThread,
}
