//! Closing a decided game and paying its bonds: `closeGame`, `claimCredit`, and what they ask of the anchor state
//! registry and of DelayedWETH, as far as one game sees them.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use primitives::{BondDistributionMode, Duration, GameStatus, GameType, Proposal, Timestamp};

use crate::rules::Call;
use crate::view::{Credit, Payout};
use crate::{GameState, RuleError};

/// The anchor state registry, as far as one game depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// Whether the system is paused for this game.
    pub paused: bool,
    /// Whether the factory knows the game under its own data.
    pub registered: bool,
    /// Whether the guardian has blacklisted the game.
    pub blacklisted: bool,
    /// Games created at or before this time are retired.
    pub retirement_timestamp: Timestamp,
    /// The type that withdrawals rely on.
    pub respected_game_type: GameType,
    /// The time from a game's resolution to its closing (the airgap).
    pub finality_delay: Duration,
    /// The newest root known to be valid.
    pub anchor: Proposal,
}

/// The keeper of the bonds, as far as one game depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DelayedWeth {
    /// Whether withdrawals are paused.
    pub paused: bool,
    /// The time from unlocking to withdrawal.
    pub delay: Duration,
    /// Wei that the game has there.
    pub balance: U256,
    /// Amount and time of what was unlocked for each account.
    pub requests: BTreeMap<Address, (U256, Timestamp)>,
}

impl DelayedWeth {
    fn unlock(&mut self, account: Address, amount: U256, now: Timestamp) {
        let request = self.requests.entry(account).or_default();
        *request = (request.0.saturating_add(amount), now);
    }

    fn withdraw(&mut self, account: Address, amount: U256, now: Timestamp) -> Result<(), RuleError> {
        if self.paused {
            return Err(RuleError::DelayedWeth("DelayedWETH: contract is paused"));
        }
        let (unlocked, since) = self.requests.get(&account).copied().unwrap_or_default();
        if unlocked < amount {
            return Err(RuleError::DelayedWeth("DelayedWETH: insufficient unlocked withdrawal"));
        }
        if since.0 == 0 {
            return Err(RuleError::DelayedWeth("DelayedWETH: withdrawal not unlocked"));
        }
        if since.saturating_add(self.delay) > now {
            return Err(RuleError::DelayedWeth("DelayedWETH: withdrawal delay not met"));
        }
        // WETH reverts without data when the balance is short; bonds are never paid twice, so that does not occur here.
        self.balance = self.balance.checked_sub(amount).ok_or(RuleError::ArithmeticPanic)?;
        self.requests.insert(account, (unlocked - amount, since));
        Ok(())
    }
}

/// What a call of `claimCredit` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The first call: this credit was unlocked, maybe 0.
    Unlocked(U256),
    /// The second call: this much was paid to the recipient.
    Paid(U256),
}

impl GameState {
    /// Decides how bonds are paid, and offers the game to the registry as new anchor; silent once that is decided.
    pub fn close_game(&mut self, call: &Call) -> Result<BondDistributionMode, RuleError> {
        if self.view.bond_distribution_mode != BondDistributionMode::Undecided {
            return Ok(self.view.bond_distribution_mode);
        }
        if self.registry.paused {
            return Err(RuleError::GamePaused);
        }
        let resolved_at = self.view.resolved_at.filter(|time| time.0 != 0).ok_or(RuleError::GameNotResolved)?;
        let elapsed = call.now.since(resolved_at).ok_or(RuleError::ArithmeticPanic)?;
        if elapsed <= self.registry.finality_delay {
            return Err(RuleError::GameNotFinalized);
        }
        let retired = self.view.created_at <= self.registry.retirement_timestamp;
        let proper = self.registry.registered && !self.registry.blacklisted && !retired;
        let config = &self.view.config;
        if proper
            && self.was_respected
            && self.view.status == GameStatus::DefenderWins
            && config.l2_block_number > self.registry.anchor.l2_sequence_number
        {
            self.registry.anchor = Proposal { root: config.root_claim.0, l2_sequence_number: config.l2_block_number };
        }
        self.view.bond_distribution_mode =
            if proper { BondDistributionMode::Normal } else { BondDistributionMode::Refund };
        Ok(self.view.bond_distribution_mode)
    }

    /// Unlocks, and in a second call pays, the credit of an account. That the account can refuse a payment
    /// (`BondTransferFailed`) is outside of the model.
    pub fn claim_credit(&mut self, call: &Call, recipient: Address) -> Result<Claimed, RuleError> {
        // A call that reverts also takes back the closing that it began with.
        let before = (self.view.bond_distribution_mode, self.registry.anchor);
        let mode = self.close_game(call)?;
        let credits = if mode == BondDistributionMode::Refund { &self.refund_credit } else { &self.normal_credit };
        let credit = credits.get(&recipient).copied().unwrap_or_default();
        if self.unlocked.insert(recipient) {
            self.weth.unlock(recipient, credit, call.now);
            return Ok(Claimed::Unlocked(credit));
        }
        let paid = if credit.is_zero() {
            Err(RuleError::NoCreditToClaim)
        } else {
            self.weth.withdraw(recipient, credit, call.now)
        };
        if let Err(error) = paid {
            (self.view.bond_distribution_mode, self.registry.anchor) = before;
            return Err(error);
        }
        self.refund_credit.remove(&recipient);
        self.normal_credit.remove(&recipient);
        Ok(Claimed::Paid(credit))
    }

    /// Wei that an account has won.
    pub fn normal_mode_credit(&self, account: Address) -> U256 {
        self.normal_credit.get(&account).copied().unwrap_or_default()
    }

    /// Wei that an account gets back if the game is invalidated.
    pub fn refund_mode_credit(&self, account: Address) -> U256 {
        self.refund_credit.get(&account).copied().unwrap_or_default()
    }

    /// Whether the first call of `claim_credit` for an account was made.
    pub fn has_unlocked_credit(&self, account: Address) -> bool {
        self.unlocked.contains(&account)
    }

    /// How the bonds are paid out.
    pub fn bond_distribution_mode(&self) -> BondDistributionMode {
        self.view.bond_distribution_mode
    }

    pub(crate) fn payout(&self) -> Payout {
        let accounts = self.normal_credit.keys().chain(self.refund_credit.keys()).copied();
        let credit = |account: Address| Credit {
            normal: self.normal_mode_credit(account),
            refund: self.refund_mode_credit(account),
            unlocked_at: self
                .has_unlocked_credit(account)
                .then(|| self.weth.requests.get(&account).map_or(Timestamp(0), |&(_, since)| since)),
        };
        Payout {
            paused: self.registry.paused || self.weth.paused,
            finality_delay: self.registry.finality_delay,
            weth_delay: self.weth.delay,
            credits: accounts.map(|account| (account, credit(account))).collect(),
        }
    }
}
