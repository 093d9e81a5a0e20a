//! Players that do harm: by consistent lies, by noise, by copying, by being first and by being last.
//!
//! Each is a function of its seed. They know the truth as well as the honest side does, and use it.

use alloy_primitives::{Address, B256, U256};
use primitives::{Claim, GameStatus, Timestamp, VmStatus};

use super::Player;
use super::machine::Belief;
use crate::rules::{check_execution_root, check_position};
use crate::solver::{Action, Answer, Provider};
use crate::{BondCurve, ClaimData, ExecutionSubgame, GameView, clock};

/// A small deterministic generator (splitmix64): the same seed gives the same game.
#[derive(Clone, Copy, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// How a [`Nuisance`] chooses what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Any move against any claim, with any kind of value.
    Random,
    /// True values in places where they are no answer: beside, below and against honest claims.
    Freeloading,
    /// The values of claims that exist, put at other places of the same depth.
    Mirroring,
    /// What others are about to do, done first: the same move, or another value at the same place; also their steps.
    FrontRunning,
}

/// A player that posts claims by a habit, as long as its budget of moves lasts.
pub struct Nuisance {
    /// The account that it acts from.
    pub account: Address,
    /// How it chooses.
    pub habit: Habit,
    /// What is true.
    pub truth: Belief,
    /// A consistent lie to take values from.
    pub lie: Belief,
    /// Its luck.
    pub dice: Dice,
    /// Moves that it can still make.
    pub budget: u32,
}

/// The claim, with another first byte where it opens an execution sub-game and the contract would refuse it.
pub fn with_fitting_status(game: &GameView, parent: u32, is_attack: bool, claim: Claim) -> Claim {
    let opens = game.tree.get(parent).is_ok_and(|leaf| leaf.position.depth() == game.config.params.split_depth);
    let fits = |claim: &Claim| check_execution_root(&game.config, &game.tree, parent, is_attack, *claim).is_ok();
    let with = |status: VmStatus| {
        let mut claim = claim;
        claim.0[0] = status.into();
        claim
    };
    if !opens || fits(&claim) {
        return claim;
    }
    let invalid = with(VmStatus::Invalid);
    if fits(&invalid) { invalid } else { with(VmStatus::Valid) }
}

impl Nuisance {
    fn value(&mut self, game: &GameView, parent: u32, is_attack: bool) -> Option<Claim> {
        let position = check_position(game, parent, is_attack).ok()?;
        let kind = match self.habit {
            Habit::Freeloading => 0,
            Habit::Mirroring => 2,
            _ => self.dice.below(4),
        };
        let (config, tree) = (&game.config, &game.tree);
        let claim = match kind {
            0 => self.truth.answer(config, tree, parent, is_attack)?,
            1 => self.lie.answer(config, tree, parent, is_attack)?,
            2 => {
                let same_depth = |claim: &ClaimData| claim.position.depth() == position.depth();
                let claims: Vec<Claim> =
                    tree.iter().filter(|(_, other)| same_depth(other)).map(|(_, other)| other.claim).collect();
                let copied = claims.get(self.dice.below(claims.len() as u64) as usize).copied();
                copied.unwrap_or(tree.root().claim)
            }
            _ => Claim(B256::from(U256::from(self.dice.roll()))),
        };
        Some(with_fitting_status(game, parent, is_attack, claim))
    }

    fn move_against(&mut self, game: &GameView, parent: u32, is_attack: bool, claim: Claim) -> Option<Action> {
        let position = check_position(game, parent, is_attack).ok()?;
        let bond = BondCurve::new(game.config.params.max_depth).ok()?.required(position).ok()?;
        self.budget = self.budget.checked_sub(1)?;
        let disputed = game.tree.get(parent).ok()?.claim;
        Some(Action::Move { parent, disputed, is_attack, position, claim, bond })
    }

    /// A step against any claim at the maximum depth, with the state of somebody's run.
    fn any_step(&mut self, game: &GameView) -> Option<Action> {
        let max = game.config.params.max_depth;
        let leaves: Vec<u32> =
            game.tree.iter().filter(|(_, claim)| claim.position.depth() == max).map(|(index, _)| index).collect();
        let claim = *leaves.get(self.dice.below(leaves.len() as u64) as usize)?;
        let is_attack = self.dice.one_in(2);
        let subgame = ExecutionSubgame::of_claim(&game.config, &game.tree, claim).ok()?;
        let after = crate::instructions_before(&game.config, game.tree.get(claim).ok()?.position).ok()?;
        let belief = if self.dice.one_in(2) { &mut self.truth } else { &mut self.lie };
        match belief.step(&subgame, after - u128::from(is_attack)) {
            Ok(Answer::Known(data)) => Some(Action::Step { claim, is_attack, data }),
            _ => None,
        }
    }
}

impl Player for Nuisance {
    fn account(&self) -> Address {
        self.account
    }

    fn act(&mut self, game: &GameView, _: Timestamp) -> Vec<Action> {
        let mut actions = Vec::new();
        if game.status != GameStatus::InProgress || self.habit == Habit::FrontRunning {
            return actions;
        }
        for _ in 0..self.dice.below(4) {
            let claims = u64::from(game.tree.len());
            // Newer claims are where the game is decided.
            let parent = claims - 1 - self.dice.below(claims).min(self.dice.below(claims));
            let is_attack = self.dice.one_in(2);
            if let Some(claim) = self.value(game, parent as u32, is_attack) {
                actions.extend(self.move_against(game, parent as u32, is_attack, claim));
            }
        }
        actions.extend(self.any_step(game));
        actions
    }

    fn front_run(&mut self, game: &GameView, _: Timestamp, pending: &[Action]) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.habit != Habit::FrontRunning {
            return actions;
        }
        for action in pending {
            match action {
                Action::Move { parent, is_attack, claim, .. } if self.dice.one_in(2) => {
                    let value = if self.dice.one_in(2) { Some(*claim) } else { self.value(game, *parent, *is_attack) };
                    let first = value.and_then(|value| self.move_against(game, *parent, *is_attack, value));
                    actions.extend(first);
                }
                Action::Step { .. } if self.dice.one_in(2) => actions.push(action.clone()),
                _ => {}
            }
        }
        actions
    }
}

/// A player that thinks as another, but moves only when the other side's time is nearly over.
pub struct Late<P> {
    /// Whose moves it makes.
    pub inner: P,
    /// How many seconds before the end of a clock it moves.
    pub margin: u64,
}

impl<P: Player> Player for Late<P> {
    fn account(&self) -> Address {
        self.inner.account()
    }

    fn act(&mut self, game: &GameView, now: Timestamp) -> Vec<Action> {
        let mut actions = self.inner.act(game, now);
        actions.retain(|action| match action {
            Action::Move { parent, .. } => clock::last_move_at(&game.config, &game.tree, *parent, now)
                .is_some_and(|last| last.0 - now.0 < self.margin),
            _ => true,
        });
        actions
    }
}
