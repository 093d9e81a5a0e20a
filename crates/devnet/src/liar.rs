//! The adversary: an agent whose provider lies, consistently, from one block and one machine step onward.
//!
//! Above the split its output roots are false from [`Lie::from_block`] on. Below it, it runs the machine itself: the true run up to the first wrong state, which it gets by changing
//! memory so that the program will exit with the verdict that its own roots need; from there the changed machine runs on. Its claims therefore equal the truth before that step and
//! differ from it ever after, and the status bytes of its execution roots fit. It knows the witness and the chain, as the honest side does, and no more.

use alloy_primitives::{B256, U256, keccak256};
use challenger::{OutputRoots, ProviderError, RunInputs, TraceProvider, claim_after, step_after};
use game::solver::{Answer, Provider, StepData};
use game::{ExecutionSubgame, GameConfig};
use mips64::{Mips64, State};
use primitives::{Claim, Position};
use std::collections::BTreeMap;
use std::sync::Arc;
use thiserror::Error;
use vm::{Machine, Trace, TraceError};

/// `addiu $a0, $zero, 0`: the exit code goes into the low half.
const LOAD_EXIT_CODE: u32 = 0x2404_0000;
/// `syscall`.
const SYSCALL: u32 = 0x0000_000c;

/// Where in a run of the machine the liar begins to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LieStep {
    /// The state with this trace index (after `index + 1` steps) is the first wrong one.
    Index(u64),
    /// Only the final state is wrong: it has the other exit code.
    Last,
    /// A state that this seed chooses, in each run anew.
    Anywhere(u64),
}

impl core::fmt::Display for LieStep {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Last => f.write_str("last"),
            Self::Anywhere(_) => f.write_str("chosen by the seed"),
        }
    }
}

/// What the liar lies about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lie {
    /// The first block with a false output root.
    pub from_block: u64,
    /// The first wrong state of its runs.
    pub from_step: LieStep,
    /// Chooses the false values.
    pub seed: u64,
}

impl Lie {
    /// The false output root of a block.
    pub fn false_root(&self, block: U256) -> Claim {
        let mut bytes = b"tribunal lie".to_vec();
        bytes.extend_from_slice(&self.seed.to_be_bytes());
        bytes.extend_from_slice(&block.to_be_bytes::<32>());
        Claim(keccak256(bytes))
    }

    /// What the liar says is the output root of a block.
    pub fn root(&self, outputs: &OutputRoots, block: U256) -> Option<Claim> {
        if block < U256::from(self.from_block) {
            outputs.at(block)
        } else {
            // Beyond the data on L1 the last root stands for every block, in a lie as well.
            Some(self.false_root(block.min(U256::from(outputs.last_block()))))
        }
    }
}

/// Why the liar cannot lie.
#[derive(Debug, Error)]
pub enum LiarError {
    /// The true run is not known.
    #[error(transparent)]
    Truth(#[from] ProviderError<<Mips64 as Machine>::Fault>),
    /// The changed run failed.
    #[error(transparent)]
    Trace(#[from] TraceError<<Mips64 as Machine>::Fault>),
    /// The run ends before the step at which the lie shall begin.
    #[error("the run has {steps} steps, a lie cannot begin at step {index} (0 to {}, or `last`)", steps.saturating_sub(1))]
    PastExit {
        /// Trace index asked for.
        index: u64,
        /// Steps of the run.
        steps: u64,
    },
    /// The changed run did not exit as it should.
    #[error("the corrupted run exits with {found} instead of {wanted}")]
    WrongExit {
        /// Exit code of the changed run.
        found: u8,
        /// Exit code that the lie needs.
        wanted: u8,
    },
}

/// The liar's view of what is true.
pub struct LiarProvider {
    truth: TraceProvider<Mips64>,
    outputs: Arc<OutputRoots>,
    lie: Lie,
    corrupted: BTreeMap<RunInputs, Arc<Trace<Mips64>>>,
}

impl LiarProvider {
    /// A liar who knows the same as `truth`.
    pub const fn new(truth: TraceProvider<Mips64>, outputs: Arc<OutputRoots>, lie: Lie) -> Self {
        Self { truth, outputs, lie, corrupted: BTreeMap::new() }
    }

    /// What it lies about.
    pub const fn lie(&self) -> &Lie {
        &self.lie
    }

    fn config(&self) -> &GameConfig {
        self.truth.config()
    }

    /// The run as the liar tells it: corrupted where the true verdict contradicts its own output roots.
    pub fn run(&mut self, subgame: &ExecutionSubgame) -> Result<Arc<Trace<Mips64>>, LiarError> {
        let truth = self.truth.trace(subgame)?;
        let claimed = self.lie.root(&self.outputs, U256::from(subgame.disputed_l2_block));
        let wanted = u8::from(claimed != Some(subgame.disputed));
        if truth.exit_code() == wanted {
            return Ok(truth);
        }
        let inputs = self.truth.inputs(subgame);
        if let Some(trace) = self.corrupted.get(&inputs) {
            return Ok(trace.clone());
        }
        let trace = Arc::new(corrupt(&truth, self.lie.from_step, wanted, &mut self.truth.runs().host(&inputs))?);
        self.corrupted.insert(inputs, trace.clone());
        Ok(trace)
    }
}

/// The run that equals `truth` before the given step and differs from it ever after, and exits with `code`.
pub fn corrupt(
    truth: &Trace<Mips64>,
    from: LieStep,
    code: u8,
    source: &mut dyn vm::PreimageSource,
) -> Result<Trace<Mips64>, LiarError> {
    let last = truth.end().saturating_sub(1);
    let index = match from {
        LieStep::Index(index) if index > last => return Err(LiarError::PastExit { index, steps: truth.end() }),
        LieStep::Index(index) => index,
        LieStep::Last => last,
        LieStep::Anywhere(seed) => {
            let draw = keccak256([seed.to_be_bytes(), truth.end().to_be_bytes()].concat());
            u64::from_be_bytes(draw[..8].try_into().expect("a hash has 8 bytes")) % truth.end().max(1)
        }
    };
    let trace = if index == last {
        truth.fork(index, |machine| machine.edit(|state| state.set_exit(code)), source)?
    } else {
        // The step that exits: where the program makes its last call.
        let exit_pc = truth.state_before(last)?.describe_step().pc;
        truth.fork(index, |machine| machine.edit(|state| patch_exit(state, exit_pc, code)), source)?
    };
    if trace.exit_code() != code {
        return Err(LiarError::WrongExit { found: trace.exit_code(), wanted: code });
    }
    Ok(trace)
}

/// Puts `addiu $a0, $zero, code` in place of the last call and the call behind it. The number of the call is already in its register when the program gets there.
fn patch_exit(state: &mut State, exit_pc: u64, code: u8) {
    let mut words = [0; 8];
    words[..4].copy_from_slice(&(LOAD_EXIT_CODE | u32::from(code)).to_be_bytes());
    words[4..].copy_from_slice(&SYSCALL.to_be_bytes());
    state.write_memory(exit_pc, &words);
}

impl Provider for LiarProvider {
    type Error = LiarError;

    fn output_root(&mut self, position: Position) -> Result<Answer<Claim>, LiarError> {
        let index = position.trace_index(self.config().params.split_depth).map_err(ProviderError::Position)?;
        Ok(self.lie.root(&self.outputs, self.config().l2_block_at(index)).map_or(Answer::Unknown, Answer::Known))
    }

    fn state_after(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<Claim>, LiarError> {
        Ok(Answer::Known(claim_after(&*self.run(subgame)?, instructions)?))
    }

    fn step(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<StepData>, LiarError> {
        Ok(Answer::Known(step_after(&*self.run(subgame)?, instructions)?))
    }
}

/// A value that nobody holds for true, for moves outside the lie.
pub fn noise(seed: u64, nonce: u64) -> B256 {
    keccak256([&seed.to_be_bytes()[..], &nonce.to_be_bytes(), b"noise"].concat())
}
