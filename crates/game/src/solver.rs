//! The honest player: which moves, steps and resolutions a game needs, given what is true.
//!
//! It follows the published rules of the honest challenger (specification, fault proof, "Honest Challenger"): it keeps
//! the set of honest answers to the claims, answers every claim that contradicts one of them, and leaves alone what
//! cannot do harm. What is true it asks of a [`Provider`], only for the claims that it has to judge. It decides nothing
//! about money or transactions: whoever carries the actions out pays, orders and repeats.

mod answers;
mod endgame;

use alloy_primitives::{Address, B256};
use primitives::{Claim, Position, Timestamp};
use thiserror::Error;

use crate::rules::OutputRootProof;
use crate::{ExecutionSubgame, GameView, RuleError};

/// What a provider says: data may be missing, and what is missing never becomes a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// This is so.
    Known(T),
    /// It cannot be said (yet).
    Unknown,
}

/// The source of truth about what is disputed. Its answers may be expensive; the solver asks for no more than it needs
/// and may ask for the same thing again.
pub trait Provider {
    /// Why it could not answer at all. The claim in question is left alone as for [`Answer::Unknown`].
    type Error;

    /// The root that should stand at `position`, at or above the split depth: that of block
    /// [`GameConfig::l2_block_at`](crate::GameConfig::l2_block_at) the position's trace index, or of the last block that
    /// the game's L1 head supports.
    fn output_root(&mut self, position: Position) -> Result<Answer<Claim>, Self::Error>;

    /// The hash, with its status byte, of the machine's state after `instructions` (at least 1) of the sub-game's run;
    /// of the last state for any number beyond its end.
    fn state_after(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<Claim>, Self::Error>;

    /// What the contract needs to execute the instruction after the first `instructions` of the run.
    fn step(&mut self, subgame: &ExecutionSubgame, instructions: u128) -> Result<Answer<StepData>, Self::Error>;

    /// Asked only when the root claim's value is right: a proof that its block number is not, or `None` when that is
    /// right too.
    fn l2_block_number_challenge(&mut self) -> Result<Answer<Option<L2BlockNumberChallenge>>, Self::Error> {
        Ok(Answer::Known(None))
    }
}

/// The arguments of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepData {
    /// The encoded state before the instruction.
    pub state: Vec<u8>,
    /// The proof of what the instruction reads.
    pub proof: Vec<u8>,
    /// The part of a preimage that the instruction reads, if it does.
    pub preimage: Option<PreimagePart>,
}

/// A part of a preimage that the oracle contract has to hold before the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreimagePart {
    /// The typed key as the program uses it; a local key without the sub-game's context.
    pub key: B256,
    /// Offset of the part in the preimage with its 8 bytes of length before it.
    pub offset: u64,
}

impl PreimagePart {
    /// The number of the local input, when the key is a local one (type 1).
    pub fn local_ident(&self) -> Option<u64> {
        let (head, ident) = self.key.split_at(24);
        let ident = u64::from_be_bytes(ident.try_into().ok()?);
        (head[0] == 1 && head[1..].iter().all(|&byte| byte == 0)).then_some(ident)
    }
}

/// The arguments of `challengeRootL2Block`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L2BlockNumberChallenge {
    /// The preimage of the root claim.
    pub output_root_proof: OutputRootProof,
    /// The header of its block.
    pub header_rlp: Vec<u8>,
}

/// One call that the game needs. Actions come in an order in which each can succeed after those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Answer a claim by an attack (its value is wrong) or a defence (its value is right, but it contradicts what is).
    Move {
        /// The claim that is answered.
        parent: u32,
        /// The value of that claim.
        disputed: Claim,
        /// Attack or defend.
        is_attack: bool,
        /// Where the new claim stands.
        position: Position,
        /// The new claim's value.
        claim: Claim,
        /// The wei that it needs.
        bond: u128,
    },
    /// Have the game put a local input into the preimage oracle for a step that follows.
    AddLocalData {
        /// The number of the input, 1 to 5.
        ident: u64,
        /// The claim that will be stepped on.
        claim: u32,
        /// Offset of the part.
        offset: u64,
    },
    /// Bring a part of a global preimage into the oracle for a step that follows.
    LoadPreimage {
        /// The claim that will be stepped on.
        claim: u32,
        /// What is needed.
        part: PreimagePart,
    },
    /// Refute a claim at the maximum depth.
    Step {
        /// The claim that is refuted.
        claim: u32,
        /// Whether the claim is the state after the instruction (attack) or before it (defence).
        is_attack: bool,
        /// State, proof and preimage.
        data: StepData,
    },
    /// Refute the block number of the root claim.
    ChallengeL2BlockNumber(L2BlockNumberChallenge),
    /// Resolve the sub-game of a claim.
    ResolveClaim {
        /// The claim.
        claim: u32,
        /// How many of its children to look at in this call; 0 for all.
        count: u64,
    },
    /// Decide the game.
    Resolve,
    /// Decide how its bonds are paid.
    CloseGame,
    /// Unlock or withdraw a credit.
    ClaimCredit {
        /// Whose.
        recipient: Address,
    },
}

/// What the solver is asked to do besides moving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SolverConfig {
    /// Whether to resolve claims and the game.
    pub resolve: bool,
    /// Most children to look at in one call of `resolveClaim`, so that it fits into a block.
    pub resolution_page: u32,
    /// Whose credits to claim once the game is decided; the game is closed for them.
    pub claimants: Vec<Address>,
}

impl Default for SolverConfig {
    fn default() -> Self {
        Self { resolve: true, resolution_page: 512, claimants: Vec::new() }
    }
}

/// Why a claim that may need an answer got none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unanswered<E> {
    /// The provider does not know what is true.
    #[error("what is true is not known")]
    Unknown,
    /// The provider failed.
    #[error("the provider failed: {0}")]
    Provider(E),
    /// The contract would refuse the right answer: what the provider says does not fit the game.
    #[error("the contract would refuse the answer: {0}")]
    Refused(RuleError),
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan<E> {
    /// The calls to make, in this order.
    pub actions: Vec<Action>,
    /// Claims that got no answer although they may need one, and why. The actions are right without them.
    pub unanswered: Vec<(u32, Unanswered<E>)>,
}

/// The honest actions for a game as it stands at `now`, the time of the block in which they would be carried out.
pub fn next_actions<P: Provider>(
    game: &GameView,
    now: Timestamp,
    provider: &mut P,
    config: &SolverConfig,
) -> Plan<P::Error> {
    let mut plan = answers::plan(game, now, provider);
    endgame::add(game, now, config, &mut plan);
    plan
}
