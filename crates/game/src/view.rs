//! A game as a player sees it at one moment: what the solver needs of it, whether it comes from the model or from L1.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use primitives::{BondDistributionMode, Duration, GameStatus, Timestamp};

use crate::{ClaimTree, GameConfig};

/// The state of one game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameView {
    /// What was fixed at its creation.
    pub config: GameConfig,
    /// The claims.
    pub tree: ClaimTree,
    /// Who has won, if it is decided.
    pub status: GameStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was decided; `None` before (0 in the contract).
    pub resolved_at: Option<Timestamp>,
    /// Who refuted the block number of the root claim, if somebody did.
    pub l2_block_number_challenger: Option<Address>,
    /// The claims whose sub-games are resolved.
    pub resolved: BTreeSet<u32>,
    /// How many children of a claim have been looked at by resolutions that did not finish; absent is 0.
    pub resolution_cursors: BTreeMap<u32, u32>,
    /// How the bonds are paid out.
    pub bond_distribution_mode: BondDistributionMode,
    /// What is known of the payout of bonds; needed only once the game is decided.
    pub payout: Payout,
}

/// What decides when bonds can be claimed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payout {
    /// Whether closing and withdrawing are paused.
    pub paused: bool,
    /// The time from a game's resolution to its closing.
    pub finality_delay: Duration,
    /// The time from the unlocking of a credit to its withdrawal.
    pub weth_delay: Duration,
    /// The credits of the accounts that are of interest.
    pub credits: BTreeMap<Address, Credit>,
}

/// What one account can claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// Wei that it won.
    pub normal: U256,
    /// Wei that it deposited.
    pub refund: U256,
    /// When the credit was unlocked, if it was.
    pub unlocked_at: Option<Timestamp>,
}

impl GameView {
    /// The credit of an account in the game's mode of distribution; what it won, as long as the mode is undecided.
    pub fn credit(&self, account: Address) -> U256 {
        let credit = self.payout.credits.get(&account).copied().unwrap_or_default();
        if self.bond_distribution_mode == BondDistributionMode::Refund { credit.refund } else { credit.normal }
    }
}
