//! What is fixed when a game is created: its depths and clocks, and what is claimed over what.

use alloy_primitives::{Address, B256, U256};
use primitives::{Claim, Duration, GameType, Proposal};

use crate::RuleError;

/// Depths and clocks, shared by all games of one implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GameParams {
    /// Depth of the claims that only a step can answer.
    pub max_depth: u32,
    /// Depth of the last claims about output roots.
    pub split_depth: u32,
    /// What a nearly empty clock is refilled to.
    pub clock_extension: Duration,
    /// What each side has in total.
    pub max_clock_duration: Duration,
}

impl GameParams {
    /// The standard parameters of Ethereum mainnet.
    pub const MAINNET: Self = Self {
        max_depth: 73,
        split_depth: 30,
        clock_extension: Duration(10_800),
        max_clock_duration: Duration(302_400),
    };

    /// The checks of the implementation's constructor.
    pub fn check(&self) -> Result<(), RuleError> {
        if self.max_depth > 125 {
            return Err(RuleError::MaxDepthTooLarge);
        }
        if self.split_depth.saturating_add(1) >= self.max_depth || self.split_depth < 2 {
            return Err(RuleError::InvalidSplitDepth);
        }
        match self.clock_extension.0.checked_mul(2) {
            Some(extension) if extension <= self.max_clock_duration.0 => Ok(()),
            _ => Err(RuleError::InvalidClockExtension),
        }
    }

    /// The depth of an execution sub-game below its root: its leaves are `2^this` instructions.
    pub fn execution_depth(&self) -> u32 {
        self.max_depth.saturating_sub(self.split_depth).saturating_sub(1)
    }
}

/// Who may play a permissioned game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// May create games and move in them.
    pub proposer: Address,
    /// May move in games.
    pub challenger: Address,
}

/// Everything about one game that never changes after its creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameConfig {
    /// Depths and clocks.
    pub params: GameParams,
    /// The game's type.
    pub game_type: GameType,
    /// Who created it and owns the root claim.
    pub creator: Address,
    /// The output root that is claimed.
    pub root_claim: Claim,
    /// The L2 block that it is claimed for. The contract keeps 256 bits; a game exists only if it fits 64.
    pub l2_block_number: U256,
    /// The parent of the L1 block in which the game was created: what the program may read.
    pub l1_head: B256,
    /// The anchor at creation: where the disputed span of blocks starts.
    pub starting: Proposal,
    /// The first state of every execution sub-game, with its status byte.
    pub absolute_prestate: Claim,
    /// The chain.
    pub l2_chain_id: u64,
    /// How long a large preimage can be challenged: a part of the clock extension of the last moves.
    pub oracle_challenge_period: Duration,
    /// Set for permissioned games only.
    pub permissions: Option<Permissions>,
}

impl GameConfig {
    /// The checks that `initialize` makes on it, in the contract's order, apart from that of the sender.
    pub fn check(&self) -> Result<(), RuleError> {
        if self.starting.root.is_zero() {
            return Err(RuleError::AnchorRootNotFound);
        }
        if self.l2_block_number <= self.starting.l2_sequence_number || self.l2_block_number > U256::from(u64::MAX) {
            return Err(RuleError::UnexpectedRootClaim(self.root_claim.0));
        }
        let extension = u128::from(self.params.clock_extension.0);
        let largest = (2 * extension).max(extension + u128::from(self.oracle_challenge_period.0));
        if largest > u128::from(self.params.max_clock_duration.0) {
            return Err(RuleError::InvalidClockExtension);
        }
        Ok(())
    }

    /// The L2 block that a claim at a trace index of the upper half is about: never after the claimed one.
    pub fn l2_block_at(&self, trace_index: u128) -> U256 {
        self.starting
            .l2_sequence_number
            .saturating_add(U256::from(trace_index))
            .saturating_add(U256::ONE)
            .min(self.l2_block_number)
    }
}
