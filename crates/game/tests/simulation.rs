//! Thousands of small games between an honest player and others, judged by the published properties of the honest
//! challenger: the root claim ends as it deserves, honest claims are never countered and earn the bonds that they
//! answer, and no honest call fails. Players that break one rule each show that the properties can fail.
#![allow(clippy::unwrap_used, reason = "tests")]

use alloy_primitives::{Address, U256};
use game::payout::{DelayedWeth, Registry};
use game::rules::check_position;
use game::simulate::adversary::with_fitting_status;
use game::simulate::machine::Belief;
use game::simulate::scenario::{HONEST, Scenario, TURN};
use game::simulate::{Event, Player, Simulation, Solver};
use game::solver::{Action, Answer, Provider};
use game::{BondCurve, Call, GameState, GameView, RuleError, resolution};
use primitives::{Duration, GameStatus, GameType, Position, Timestamp};

const START: Timestamp = Timestamp(1_000);

/// The scenario's game with its root claim made.
fn start(scenario: &Scenario) -> Simulation {
    let config = scenario.config().clone();
    let registry = Registry {
        paused: false,
        registered: true,
        blacklisted: false,
        retirement_timestamp: Timestamp(0),
        respected_game_type: GameType::CANNON_KONA,
        finality_delay: Duration(50),
        anchor: config.starting,
    };
    let weth = DelayedWeth { delay: Duration(70), ..Default::default() };
    let bond = BondCurve::new(config.params.max_depth).unwrap().required(Position::ROOT).unwrap();
    let call = Call { sender: config.creator, value: bond, now: START };
    let state = GameState::initialize(config, registry, weth, &call).unwrap();
    Simulation::new(state, scenario.truth.machine, START)
}

/// The promises, for a game that is decided; names the one that is broken.
fn check_promises(simulation: &Simulation, root_is_true: bool) -> Result<(), String> {
    let view = simulation.state.view();
    let expected = if root_is_true { GameStatus::DefenderWins } else { GameStatus::ChallengerWins };
    if view.status != expected {
        return Err(format!("ends with {:?}", view.status));
    }
    for (index, claim) in view.tree.iter().filter(|(_, claim)| claim.claimant == HONEST) {
        if let Some(by) = claim.countered_by {
            return Err(format!("honest claim {index} is countered by {by}"));
        }
        let Some(parent) = claim.parent_index.map(|parent| *view.tree.get(parent).unwrap()) else { continue };
        if parent.claimant == HONEST {
            return Err(format!("honest claim {index} counters an honest claim"));
        }
        if parent.countered_by != Some(HONEST) {
            return Err(format!("honest claim {index} does not earn the bond it answers"));
        }
    }
    let forecast = resolution::forecast(&view);
    let actual: Vec<_> = view.tree.iter().map(|(_, claim)| claim.countered_by).collect();
    assert_eq!(forecast.countered_by, actual, "the forecast of a decided game is its outcome");

    // Money: what was deposited is what is paid, and the honest side has lost nothing.
    let deposited: U256 = view.tree.iter().map(|(_, claim)| U256::from(claim.bond)).sum();
    let won: U256 = view.payout.credits.values().map(|credit| credit.normal).sum();
    assert_eq!(deposited, won);
    assert_eq!(forecast.credits.values().copied().sum::<U256>(), deposited);
    let own = view.payout.credits.get(&HONEST).copied().unwrap_or_default();
    if own.normal < own.refund {
        return Err(format!("the honest side loses {} wei", own.refund - own.normal));
    }
    // Only being late by a moment is no fault.
    let at_fault =
        |event: &Event| !matches!(event.result, Ok(()) | Err(RuleError::ClaimAlreadyExists | RuleError::DuplicateStep));
    if let Some(event) = simulation.events.iter().find(|event| event.sender == HONEST && at_fault(event)) {
        return Err(format!("an honest call fails: {event:?}"));
    }
    Ok(())
}

/// Plays a game and names the property that it breaks, if it does.
fn judge(seed: u64, honest: impl FnOnce(&Scenario) -> Box<dyn Player>) -> Result<(GameStatus, u32), String> {
    let mut case = Scenario::new(seed);
    let mut simulation = start(&case);
    let mut honest = honest(&case);
    let mut others = case.adversaries();
    let first = case.dice.one_in(2);
    let mut players: Vec<&mut dyn Player> =
        others.iter_mut().map(|player| player.as_mut() as &mut dyn Player).collect();
    players.insert(if first { 0 } else { players.len() }, honest.as_mut());
    if !simulation.play(&mut players, TURN, 400) {
        return Err("the game is never decided".into());
    }
    check_promises(&simulation, case.root_is_true)?;
    let view = simulation.state.view();
    let (status, own) = (view.status, view.payout.credits.get(&HONEST).copied().unwrap_or_default());
    if own.normal > U256::ZERO {
        let mut players: Vec<&mut dyn Player> = vec![honest.as_mut()];
        for _ in 0..60 {
            simulation.turn(&mut players, TURN);
        }
        if !simulation.state.normal_mode_credit(HONEST).is_zero() {
            return Err("the honest side never gets its money".into());
        }
    }
    Ok((status, view.tree.len()))
}

fn honest(case: &Scenario) -> Box<dyn Player> {
    Box::new(Solver::new(HONEST, case.truth.clone()))
}

/// How many games to play: more in campaigns, by `TRIBUNAL_GAMES`.
fn games() -> u64 {
    std::env::var("TRIBUNAL_GAMES").ok().and_then(|games| games.parse().ok()).unwrap_or(1_500)
}

#[test]
fn the_honest_player_keeps_every_promise() {
    let (mut defended, mut challenged, mut largest) = (0, 0, 0);
    for seed in 0..games() {
        let (status, claims) = judge(seed, honest).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
        *if status == GameStatus::DefenderWins { &mut defended } else { &mut challenged } += 1;
        largest = largest.max(claims);
    }
    eprintln!("{defended} defended, {challenged} challenged, up to {largest} claims");
    assert!(defended > games() / 5 && challenged > games() / 5 && largest > 20, "the games have become too tame");
}

/// Makes every move that the game allows, true and false, against every claim in every turn.
struct Everything {
    account: Address,
    truth: Belief,
    lie: Belief,
}

impl Player for Everything {
    fn account(&self) -> Address {
        self.account
    }

    fn act(&mut self, game: &GameView, _: Timestamp) -> Vec<Action> {
        let curve = BondCurve::new(game.config.params.max_depth).unwrap();
        let mut actions = Vec::new();
        for (parent, claim) in game.tree.iter() {
            for is_attack in [true, false] {
                let Ok(position) = check_position(game, parent, is_attack) else { continue };
                for belief in [&self.truth, &self.lie] {
                    let value = belief.answer(&game.config, &game.tree, parent, is_attack).unwrap();
                    let value = with_fitting_status(game, parent, is_attack, value);
                    if game.tree.find_answer(parent, position, value).is_none() {
                        let bond = curve.required(position).unwrap();
                        let disputed = claim.claim;
                        actions.push(Action::Move { parent, disputed, is_attack, position, claim: value, bond });
                    }
                }
            }
        }
        actions
    }
}

/// All games of depth 5 in one: whatever can be played stands in the tree, for every lie and both kinds of root.
#[test]
fn against_everything_at_once() {
    let (mut games, mut claims) = (0, 0);
    for seed in 0..40 {
        let mut scenario = Scenario::at_depths(seed, (5, 2));
        let mut simulation = start(&scenario);
        let mut honest = Solver::new(HONEST, scenario.truth.clone());
        let account = Address::repeat_byte(0x10);
        let mut all = Everything { account, truth: scenario.truth.clone(), lie: scenario.lie.clone() };
        let mut players: [&mut dyn Player; 2] = [&mut honest, &mut all];
        if scenario.dice.one_in(2) {
            players.reverse();
        }
        assert!(simulation.play(&mut players, TURN, 400));
        check_promises(&simulation, scenario.root_is_true).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
        games += 1;
        claims += simulation.state.tree().len();
    }
    eprintln!("{games} games, {claims} claims");
    assert!(claims / games > 100, "the games have become too tame");
}

/// Changes what the honest player does before it is carried out.
struct Twin<F> {
    inner: Solver<Belief>,
    change: F,
}

impl<F: FnMut(&GameView, &mut Belief, Vec<Action>) -> Vec<Action>> Player for Twin<F> {
    fn account(&self) -> Address {
        self.inner.account
    }

    fn act(&mut self, game: &GameView, now: Timestamp) -> Vec<Action> {
        let actions = self.inner.act(game, now);
        (self.change)(game, &mut self.inner.provider, actions)
    }
}

/// How many of 200 games a player with this change loses or breaks a promise in.
fn failures(change: impl FnMut(&GameView, &mut Belief, Vec<Action>) -> Vec<Action> + Copy + 'static) -> usize {
    (0..200)
        .filter(|&seed| {
            judge(seed, |case| Box::new(Twin { inner: Solver::new(HONEST, case.truth.clone()), change })).is_err()
        })
        .count()
}

#[test]
fn an_unchanged_twin_keeps_them_too() {
    assert_eq!(failures(|_, _, actions| actions), 0);
}

#[test]
fn a_twin_that_does_not_step_breaks_them() {
    let failures = failures(|_, _, mut actions| {
        actions.retain(|action| !matches!(action, Action::Step { .. }));
        actions
    });
    assert!(failures > 10, "{failures}");
}

#[test]
fn a_twin_that_ignores_freeloaders_breaks_them() {
    // It answers a claim only if no other answer to the same parent is its own.
    let failures = failures(|game, _, mut actions| {
        actions.retain(|action| match action {
            Action::Move { parent, .. } => {
                let above = game.tree.get(*parent).unwrap().parent_index;
                above.is_none_or(|above| {
                    game.tree.children(above).iter().all(|&sibling| game.tree.get(sibling).unwrap().claimant != HONEST)
                })
            }
            _ => true,
        });
        actions
    });
    assert!(failures > 10, "{failures}");
}

#[test]
fn a_twin_that_answers_everything_breaks_them() {
    let failures = failures(|game, truth, mut actions| {
        for (index, claim) in game.tree.iter().filter(|(_, claim)| claim.claimant != HONEST) {
            let depth = claim.position.depth();
            // Only above the split, where the truth is one lookup away.
            if depth >= game.config.params.split_depth || game.status != GameStatus::InProgress {
                continue;
            }
            let Ok(Answer::Known(right)) = truth.output_root(claim.position) else { continue };
            let is_attack = right != claim.claim;
            let Ok(position) = game::rules::check_position(game, index, is_attack) else { continue };
            let Ok(Answer::Known(value)) = truth.output_root(position) else { continue };
            if game.tree.find_answer(index, position, value).is_none() {
                let bond = BondCurve::new(game.config.params.max_depth).unwrap().required(position).unwrap();
                let disputed = claim.claim;
                actions.push(Action::Move { parent: index, disputed, is_attack, position, claim: value, bond });
            }
        }
        actions
    });
    assert!(failures > 10, "{failures}");
}

#[test]
fn a_twin_that_believes_a_lie_breaks_them() {
    let failures =
        (0..200).filter(|&seed| judge(seed, |case| Box::new(Solver::new(HONEST, case.lie.clone()))).is_err()).count();
    assert!(failures > 60, "{failures}");
}
