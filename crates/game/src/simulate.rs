//! Whole games in memory: players with their own ideas of the truth act in turns on the rule model.
//!
//! It is made for tests, of this crate and of the contracts: everything follows from its arguments. Randomness comes as
//! the seeds of players, time as the length of a turn, the virtual machine as [`machine::CountingMachine`].

pub mod adversary;
pub mod machine;
pub mod scenario;

use alloy_primitives::Address;
use primitives::{Duration, GameStatus, Timestamp};

use crate::solver::{Action, Plan, Provider, SolverConfig, next_actions};
use crate::{Call, GameState, GameView, RuleError};
use machine::CountingMachine;

/// A party of a game.
pub trait Player {
    /// The account that it acts from.
    fn account(&self) -> Address;

    /// What it does in a turn, seeing the game as it stands when the turn begins.
    fn act(&mut self, game: &GameView, now: Timestamp) -> Vec<Action>;

    /// What it does before the others, seeing what they are about to do.
    fn front_run(&mut self, game: &GameView, now: Timestamp, pending: &[Action]) -> Vec<Action> {
        let _ = (game, now, pending);
        Vec::new()
    }
}

/// A player that follows the solver; honest if its provider tells the truth.
pub struct Solver<P> {
    /// The account that it acts from.
    pub account: Address,
    /// What it believes.
    pub provider: P,
    /// What it does besides moving.
    pub config: SolverConfig,
}

impl<P: Provider> Solver<P> {
    /// A player that moves, resolves everything and claims its own credit.
    pub fn new(account: Address, provider: P) -> Self {
        Self { account, provider, config: SolverConfig { claimants: vec![account], ..Default::default() } }
    }
}

impl<P: Provider> Player for Solver<P> {
    fn account(&self) -> Address {
        self.account
    }

    fn act(&mut self, game: &GameView, now: Timestamp) -> Vec<Action> {
        let Plan { actions, .. } = next_actions(game, now, &mut self.provider, &self.config);
        actions
    }
}

/// A call that was tried, and what became of it.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub now: Timestamp,
    /// Who called.
    pub sender: Address,
    /// What.
    pub action: Action,
    /// Whether the contract accepts it.
    pub result: Result<(), RuleError>,
}

/// A game between players.
pub struct Simulation {
    /// The game.
    pub state: GameState,
    /// The machine that decides steps.
    pub machine: CountingMachine,
    /// The time of the next turn.
    pub now: Timestamp,
    /// Everything that was tried.
    pub events: Vec<Event>,
}

impl Simulation {
    /// A game that is about to be played.
    pub fn new(state: GameState, machine: CountingMachine, now: Timestamp) -> Self {
        Self { state, machine, now, events: Vec::new() }
    }

    /// Lets every player act once, in their order, those who front-run before the others; then time moves on.
    pub fn turn(&mut self, players: &mut [&mut dyn Player], length: Duration) {
        let view = self.state.view();
        let planned: Vec<Vec<Action>> = players.iter_mut().map(|player| player.act(&view, self.now)).collect();
        let pending: Vec<Action> = planned.iter().flatten().cloned().collect();
        for player in players.iter_mut() {
            let first = player.front_run(&view, self.now, &pending);
            self.carry_out(player.account(), first);
        }
        for (player, actions) in players.iter().zip(planned) {
            self.carry_out(player.account(), actions);
        }
        self.now = self.now.saturating_add(length);
    }

    /// Plays until the game is decided; `false` when it is not after `turns` turns.
    pub fn play(&mut self, players: &mut [&mut dyn Player], length: Duration, turns: u32) -> bool {
        for _ in 0..turns {
            if self.state.status() != GameStatus::InProgress {
                return true;
            }
            self.turn(players, length);
        }
        self.state.status() != GameStatus::InProgress
    }

    fn carry_out(&mut self, sender: Address, actions: Vec<Action>) {
        for action in actions {
            let result = apply(&mut self.state, &self.machine, sender, self.now, &action);
            self.events.push(Event { now: self.now, sender, action, result });
        }
    }
}

/// Makes the call that an action stands for.
pub fn apply(
    state: &mut GameState,
    machine: &CountingMachine,
    sender: Address,
    now: Timestamp,
    action: &Action,
) -> Result<(), RuleError> {
    let call = Call { sender, value: 0, now };
    match action {
        Action::Move { parent, disputed, is_attack, claim, bond, .. } => {
            let call = Call { value: *bond, ..call };
            state.make_move(&call, *disputed, *parent, *claim, *is_attack).map(drop)
        }
        Action::Step { claim, is_attack, data } => {
            state.step(&call, *claim, *is_attack, &data.state, &data.proof, |call| machine.step(&call))
        }
        Action::AddLocalData { ident, claim, .. } => state.local_data(*ident, *claim).map(drop),
        Action::LoadPreimage { .. } => Ok(()),
        Action::ChallengeL2BlockNumber(challenge) => {
            state.challenge_root_l2_block(&call, &challenge.output_root_proof, &challenge.header_rlp)
        }
        Action::ResolveClaim { claim, count } => state.resolve_claim(&call, *claim, *count),
        Action::Resolve => state.resolve(&call).map(drop),
        Action::CloseGame => state.close_game(&call).map(drop),
        Action::ClaimCredit { recipient } => state.claim_credit(&call, *recipient).map(drop),
    }
}
