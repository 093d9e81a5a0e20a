//! The contract between a machine and everything above it: run to a step, show the state as bytes, prove one step.
//!
//! A second instruction set is a second implementation of [`Machine`]; callers never learn how large a witness is.

use crate::{PreimageSource, PreimageStop, SourceError};
use alloy_primitives::{B256, Bytes};

/// A virtual machine in one of its states: deterministic, advancing one instruction at a time.
///
/// A step on an exited state changes nothing: neither the state nor its step counter.
pub trait Machine: Sized + Send {
    /// Why there is no next state: what makes the interpreter stop with an error and the contract revert.
    type Fault: core::error::Error + Send + Sync + 'static;

    /// Name of the machine and its state version, for people.
    const NAME: &'static str;

    /// A copy that runs independently. Shares all memory with `self` until one of them writes; costs what changed since
    /// the previous snapshot, not what the memory holds.
    fn snapshot(&mut self) -> Self;

    /// Steps executed so far (the step counter of the state).
    fn step(&self) -> u64;

    /// Exit code of the guest, `None` while it runs.
    fn exit_code(&self) -> Option<u8>;

    /// Verdict that the state stands for.
    fn status(&self) -> Status {
        Status::of_exit_code(self.exit_code())
    }

    /// The state as the bytes that the contract takes; brings the memory root up to date.
    fn witness(&mut self) -> Vec<u8>;

    /// Hash that a claim commits to: of the witness, with the first byte replaced by the status.
    fn state_hash(&mut self) -> B256;

    /// Executes until the step counter is `until`, the guest exits, or a preimage is read that `stop` asks for.
    ///
    /// # Errors
    /// A fault of the guest or a failure of the source, with the step at which it happened. The state is then the one
    /// before that step, except for memory that a half-done step may have left; it must not be used further.
    fn run(
        &mut self,
        until: u64,
        source: &mut dyn PreimageSource,
        stop: Option<&PreimageStop>,
    ) -> Result<RunStop, RunError<Self::Fault>>;

    /// Executes one step and returns what the contract needs to execute the same one.
    ///
    /// On an exited state: the state's witness with empty `proof_data`.
    ///
    /// # Errors
    /// As [`Machine::run`].
    fn prove_step(&mut self, source: &mut dyn PreimageSource) -> Result<StepWitness, RunError<Self::Fault>>;

    /// The instruction that the next step executes, for people.
    fn describe_step(&self) -> StepDescription;

    /// Bytes of memory that this state holds and `earlier` does not share: the cost of keeping both.
    fn bytes_beyond(&self, earlier: &Self) -> u64;
}

/// First byte of a state hash: what the state means for the claim that was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    /// Exited with code 0: the claim is true.
    Valid = 0,
    /// Exited with code 1: the claim is false.
    Invalid = 1,
    /// Exited with another code: no verdict.
    Panic = 2,
    /// Still running.
    Unfinished = 3,
}

impl Status {
    /// Status of a state with this exit code (`None`: not exited).
    pub const fn of_exit_code(code: Option<u8>) -> Self {
        match code {
            None => Self::Unfinished,
            Some(0) => Self::Valid,
            Some(1) => Self::Invalid,
            Some(_) => Self::Panic,
        }
    }
}

/// Why [`Machine::run`] came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStop {
    /// The step counter is the one asked for (or was already past it).
    Step,
    /// The guest exited.
    Exited,
    /// A preimage was read that the [`PreimageStop`] asks for; the reading step has been executed.
    Preimage,
}

/// A machine could not take its next step.
#[derive(Debug, thiserror::Error)]
pub enum RunError<F: core::error::Error + 'static> {
    /// The guest reached a state without successor.
    #[error("fault at step {step}: {fault}")]
    Fault {
        /// Step counter before the step that faulted.
        step: u64,
        /// What happened.
        #[source]
        fault: F,
    },
    /// The source could not serve a preimage or take a hint.
    #[error("no answer from the host at step {step}: {error}")]
    Source {
        /// Step counter before the step that asked.
        step: u64,
        /// What the source said.
        #[source]
        error: SourceError,
    },
}

/// Everything that the contract needs to execute one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepWitness {
    /// State before the step.
    pub state: Vec<u8>,
    /// Proofs of the parts of the state that the step touches, in the layout of the machine's contract.
    pub proof_data: Vec<u8>,
    /// Preimage that the step reads, if it does.
    pub preimage: Option<PreimageRead>,
}

/// One read of the preimage oracle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreimageRead {
    /// Key as the guest wrote it (a local key is not localised).
    pub key: B256,
    /// Value **with** its 8-byte big-endian length in front.
    pub value: Bytes,
    /// Offset of the read into `value`.
    pub offset: u64,
}

/// What the next step of a machine does, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepDescription {
    /// Program counter of the running thread.
    pub pc: u64,
    /// The instruction word at `pc`.
    pub word: u32,
    /// Disassembled instruction, or what the machine does instead of executing one.
    pub text: String,
}
