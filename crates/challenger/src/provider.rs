//! What is true at each position of a game: output roots above the split, states of the machine's runs below it.

use crate::outputs::OutputRoots;
use crate::runs::{RunFailure, RunInputs, Runs};
use game::solver::{Answer, PreimagePart, Provider, StepData};
use game::{ExecutionSubgame, GameConfig};
use primitives::{Claim, Position, PositionError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use vm::{Machine, TraceError};

/// Why the provider cannot say what is true.
#[derive(Debug, Error)]
pub enum ProviderError<F: core::error::Error + 'static> {
    /// The program of the game is not the one that is loaded.
    #[error("the game's absolute prestate is {game}, the loaded program's is {loaded}")]
    Prestate {
        /// The game's.
        game: Claim,
        /// Ours.
        loaded: Claim,
    },
    /// The game starts from another root than the output roots that were computed.
    #[error("the game starts after block {game}, the output roots after block {computed}")]
    Anchor {
        /// The game's block.
        game: alloy_primitives::U256,
        /// Ours.
        computed: u64,
    },
    /// The position does not belong to a game of these depths.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// The run of the program failed.
    #[error(transparent)]
    Run(#[from] RunFailure<F>),
    /// The trace does not answer.
    #[error(transparent)]
    Trace(#[from] TraceError<F>),
}

/// Truth from a witness: output roots computed beforehand, and runs that several games may share.
pub struct TraceProvider<M: Machine> {
    config: GameConfig,
    outputs: Arc<OutputRoots>,
    runs: Arc<Mutex<Runs<M>>>,
}

impl<M: Machine> TraceProvider<M> {
    /// The provider for one game. Fails when the game is not about the loaded program or the computed span.
    pub fn new(
        config: GameConfig,
        outputs: Arc<OutputRoots>,
        runs: Arc<Mutex<Runs<M>>>,
    ) -> Result<Self, ProviderError<M::Fault>> {
        let loaded = Claim(lock(&runs).prestate_hash());
        if config.absolute_prestate != loaded {
            return Err(ProviderError::Prestate { game: config.absolute_prestate, loaded });
        }
        if config.starting.l2_sequence_number != alloy_primitives::U256::from(outputs.agreed_block()) {
            return Err(ProviderError::Anchor {
                game: config.starting.l2_sequence_number,
                computed: outputs.agreed_block(),
            });
        }
        Ok(Self { config, outputs, runs })
    }

    /// The game's fixed part.
    pub const fn config(&self) -> &GameConfig {
        &self.config
    }

    /// The runs behind the lower half.
    pub fn runs(&self) -> MutexGuard<'_, Runs<M>> {
        lock(&self.runs)
    }

    /// Local inputs of a sub-game's run.
    pub fn inputs(&self, subgame: &ExecutionSubgame) -> RunInputs {
        RunInputs {
            l1_head: self.config.l1_head,
            agreed: subgame.agreed.0,
            claimed: subgame.disputed.0,
            claimed_block: subgame.disputed_l2_block,
            chain_id: self.config.l2_chain_id,
        }
    }

    /// The trace of a sub-game's run.
    pub fn trace(&self, subgame: &ExecutionSubgame) -> Result<Arc<vm::Trace<M>>, ProviderError<M::Fault>> {
        Ok(self.runs().trace(&self.inputs(subgame))?)
    }
}

/// A panic elsewhere leaves no run half-recorded, so a poisoned lock is usable.
fn lock<M: Machine>(runs: &Mutex<Runs<M>>) -> MutexGuard<'_, Runs<M>> {
    runs.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Claim for the state after `instructions` (at least 1) of a trace.
pub fn claim_after<M: Machine>(trace: &vm::Trace<M>, instructions: u128) -> Result<Claim, TraceError<M::Fault>> {
    Ok(Claim(trace.hash_at(index(instructions.saturating_sub(1)))?))
}

/// Arguments of the step after `instructions` of a trace.
pub fn step_after<M: Machine>(trace: &vm::Trace<M>, instructions: u128) -> Result<StepData, TraceError<M::Fault>> {
    let witness = trace.step_witness(index(instructions))?;
    let preimage = witness.preimage.map(|read| PreimagePart { key: read.key, offset: read.offset });
    Ok(StepData { state: witness.state, proof: witness.proof_data, preimage })
}

/// The machine counts in 64 bits; whatever is past that is past the exit.
fn index(instructions: u128) -> u64 {
    u64::try_from(instructions).unwrap_or(u64::MAX - 1)
}

impl<M: Machine> Provider for TraceProvider<M> {
    type Error = ProviderError<M::Fault>;

    fn output_root(&mut self, position: Position) -> Result<Answer<Claim>, Self::Error> {
        let index = position.trace_index(self.config.params.split_depth)?;
        Ok(self.outputs.at(self.config.l2_block_at(index)).map_or(Answer::Unknown, Answer::Known))
    }

    fn state_after(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<Claim>, Self::Error> {
        Ok(Answer::Known(claim_after(&*self.trace(subgame)?, instructions)?))
    }

    fn step(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<StepData>, Self::Error> {
        Ok(Answer::Known(step_after(&*self.trace(subgame)?, instructions)?))
    }
}
