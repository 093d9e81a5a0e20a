//! How claims are decided once clocks have run out: sub-games from the leaves to the root, a page of children at a time.
//!
//! Also the forecast: how a game would end, and who would be paid what, if nobody moved again.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use primitives::{GameStatus, Position};

use crate::rules::Call;
use crate::{GameState, GameView, RuleError, clock};

/// How far the children of a claim have been looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Children looked at.
    pub cursor: u32,
    /// The left-most uncountered child among them: where it stands and whose it is.
    pub leftmost: Option<(Position, Address)>,
}

impl Checkpoint {
    /// Takes an uncountered child into account: the left-most counts, the earliest of several at one position.
    fn see(&mut self, position: Position, claimant: Address) {
        if self.leftmost.is_none_or(|(leftmost, _)| position < leftmost) {
            self.leftmost = Some((position, claimant));
        }
    }
}

impl GameState {
    /// Resolves the sub-game of claim `index`, looking at the next `count` of its children; 0 means all of them in the
    /// first call, and none later.
    pub fn resolve_claim(&mut self, call: &Call, index: u32, count: u64) -> Result<(), RuleError> {
        self.check_in_progress()?;
        let GameView { config, tree, resolved, .. } = &self.view;
        let claim = *tree.get(index)?;
        let used = clock::challenger_duration(config, tree, index, call.now)?;
        if used < config.params.max_clock_duration {
            return Err(RuleError::ClockNotExpired);
        }
        if resolved.contains(&index) {
            return Err(RuleError::ClaimAlreadyResolved);
        }
        let children = tree.children(index);
        if children.is_empty() && index != 0 {
            self.pay(claim.countered_by.unwrap_or(claim.claimant), claim.bond);
            self.view.resolved.insert(index);
            return Ok(());
        }

        let (mut checkpoint, count) = match self.checkpoints.get(&index) {
            Some(checkpoint) => (*checkpoint, count),
            None => (Checkpoint::default(), if count == 0 { children.len() as u64 } else { count }),
        };
        let remaining = children.get(checkpoint.cursor as usize..).unwrap_or_default();
        let page = remaining.len().min(usize::try_from(count).unwrap_or(usize::MAX));
        for &child in &remaining[..page] {
            if !resolved.contains(&child) {
                return Err(RuleError::OutOfOrderResolution);
            }
            let child = tree.get(child)?;
            if child.countered_by.is_none() {
                checkpoint.see(child.position, child.claimant);
            }
        }
        checkpoint.cursor += page as u32;
        let done = page == remaining.len();
        self.checkpoints.insert(index, checkpoint);
        if done {
            let countered_by = match self.view.l2_block_number_challenger {
                Some(challenger) if index == 0 => Some(challenger),
                _ => checkpoint.leftmost.map(|(_, claimant)| claimant),
            };
            self.pay(countered_by.unwrap_or(claim.claimant), claim.bond);
            self.view.tree.get_mut(index)?.countered_by = countered_by;
            self.view.resolved.insert(index);
        }
        Ok(())
    }

    /// Decides the game once its root's sub-game is resolved.
    pub fn resolve(&mut self, call: &Call) -> Result<GameStatus, RuleError> {
        self.check_in_progress()?;
        if !self.view.resolved.contains(&0) {
            return Err(RuleError::OutOfOrderResolution);
        }
        self.view.status = match self.view.tree.root().countered_by {
            None => GameStatus::DefenderWins,
            Some(_) => GameStatus::ChallengerWins,
        };
        self.view.resolved_at = Some(call.now);
        Ok(self.view.status)
    }

    fn pay(&mut self, winner: Address, bond: u128) {
        *self.normal_credit.entry(winner).or_default() += U256::from(bond);
    }
}

/// How a game ends if nobody moves or steps again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Who counters each claim, in the order of claims.
    pub countered_by: Vec<Option<Address>>,
    /// Who wins: never `InProgress`.
    pub status: GameStatus,
    /// Wei that each account is paid in the normal mode.
    pub credits: BTreeMap<Address, U256>,
}

/// Resolves the claims as they stand, whatever the clocks say.
pub fn forecast(game: &GameView) -> Forecast {
    let tree = &game.tree;
    let mut countered_by = vec![None; tree.len() as usize];
    let mut credits: BTreeMap<Address, U256> = BTreeMap::new();
    // Children come after their parents, so the way back meets them first.
    for (index, claim) in tree.iter().rev() {
        let children = tree.children(index);
        let countered = if index == 0 && game.l2_block_number_challenger.is_some() {
            game.l2_block_number_challenger
        } else if game.resolved.contains(&index) || children.is_empty() {
            claim.countered_by
        } else {
            let mut checkpoint = Checkpoint::default();
            for &child in children.iter().filter(|&&child| countered_by[child as usize].is_none()) {
                if let Ok(child) = tree.get(child) {
                    checkpoint.see(child.position, child.claimant);
                }
            }
            checkpoint.leftmost.map(|(_, claimant)| claimant)
        };
        countered_by[index as usize] = countered;
        *credits.entry(countered.unwrap_or(claim.claimant)).or_default() += U256::from(claim.bond);
    }
    let status = if countered_by[0].is_none() { GameStatus::DefenderWins } else { GameStatus::ChallengerWins };
    Forecast { countered_by, status, credits }
}
