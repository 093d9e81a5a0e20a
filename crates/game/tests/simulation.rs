//! Thousands of small games between an honest player and others, judged by the published properties of the honest
//! challenger: the root claim ends as it deserves, honest claims are never countered and earn the bonds that they
//! answer, and no honest call fails. Players that break one rule each show that the properties can fail.

use alloy_primitives::{Address, B256, U256};
use game::payout::{DelayedWeth, Registry};
use game::simulate::adversary::{Dice, Habit, Late, Nuisance};
use game::simulate::machine::{Belief, Chain, CountingMachine, CountingState, Lie};
use game::simulate::{Player, Simulation, Solver};
use game::solver::{Action, Answer, Provider};
use game::{BondCurve, Call, GameConfig, GameParams, GameState, GameView, resolution};
use primitives::{Claim, Duration, GameStatus, GameType, Proposal, Timestamp};

const HONEST: Address = Address::repeat_byte(0xaa);
const START: u64 = 1_000;
const TURN: Duration = Duration(3);

/// A game, and what is true about it.
struct Case {
    truth: Belief,
    lie: Belief,
    creator: Address,
    root_is_true: bool,
    dice: Dice,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let anchor = 100;
        let claimed = anchor + 1 + dice.below(8);
        // Sometimes the claim lies beyond what L1 supports.
        let last = if dice.one_in(6) { anchor + 1 + dice.below(8) } else { claimed + dice.below(3) };
        let chain = Chain::new(anchor, B256::repeat_byte(0x11), last - anchor + 1);
        let machine = CountingMachine { length: 1 + dice.below(16), last_block: last };
        let mut config = GameConfig {
            params: GameParams {
                max_depth: 8,
                split_depth: 3,
                clock_extension: Duration(10),
                max_clock_duration: Duration(100),
            },
            game_type: GameType::CANNON_KONA,
            creator: if dice.one_in(2) { HONEST } else { Address::repeat_byte(1) },
            root_claim: Claim::default(),
            l2_block_number: U256::from(claimed),
            l1_head: B256::repeat_byte(9),
            starting: Proposal { root: chain.root(anchor), l2_sequence_number: U256::from(anchor) },
            absolute_prestate: CountingState::START.claim(),
            l2_chain_id: 10,
            oracle_challenge_period: Duration(5),
            permissions: None,
        };
        let lie = Lie {
            block: anchor + 1 + dice.below(claimed.min(last) - anchor),
            instructions: 1 + dice.below(machine.length),
            noise: 1 + dice.below(1 << 20),
        };
        let belief = |config: &GameConfig, lie| Belief { config: config.clone(), chain: chain.clone(), machine, lie };
        let kind = dice.below(4);
        config.root_claim = match kind {
            0 | 1 => Claim(chain.root(claimed)),
            2 => belief(&config, Some(lie)).root(claimed),
            _ => Claim(B256::repeat_byte(dice.roll() as u8)),
        };
        let root_is_true = config.root_claim == Claim(chain.root(claimed)) && claimed <= last;
        if config.creator == HONEST && !root_is_true {
            config.creator = Address::repeat_byte(1);
        }
        Self {
            truth: belief(&config, None),
            lie: belief(&config, Some(lie)),
            creator: config.creator,
            root_is_true,
            dice,
        }
    }

    fn start(&self) -> Simulation {
        let config = self.truth.config.clone();
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
        let bond = BondCurve::new(8).unwrap().required(primitives::Position::ROOT).unwrap();
        let call = Call { sender: self.creator, value: bond, now: Timestamp(START) };
        let state = GameState::initialize(config, registry, weth, &call).unwrap();
        Simulation::new(state, self.truth.machine, Timestamp(START))
    }

    fn adversaries(&mut self) -> Vec<Box<dyn Player>> {
        let mut players: Vec<Box<dyn Player>> = Vec::new();
        let habits = [Habit::Random, Habit::Freeloading, Habit::Mirroring, Habit::FrontRunning];
        for number in 0..1 + self.dice.below(3) {
            let account = Address::repeat_byte(0x10 + number as u8);
            let late = self.dice.one_in(3);
            let margin = 1 + self.dice.below(TURN.0);
            if self.dice.one_in(3) {
                let mut inner = Solver::new(account, self.lie.clone());
                inner.config.resolve = false;
                inner.config.claimants.clear();
                players.push(if late { Box::new(Late { inner, margin }) } else { Box::new(inner) });
                continue;
            }
            let inner = Nuisance {
                account,
                habit: habits[self.dice.below(4) as usize],
                truth: self.truth.clone(),
                lie: self.lie.clone(),
                dice: Dice(self.dice.roll()),
                budget: 12,
            };
            players.push(if late { Box::new(Late { inner, margin }) } else { Box::new(inner) });
        }
        players
    }
}

/// Plays a game and names the property that it breaks, if it does.
fn judge(seed: u64, honest: impl FnOnce(&Case) -> Box<dyn Player>) -> Result<(GameStatus, u32), String> {
    let mut case = Case::new(seed);
    let mut simulation = case.start();
    let mut honest = honest(&case);
    let mut others = case.adversaries();
    let front_run = true;
    let first = case.dice.one_in(2);
    let mut players: Vec<&mut dyn Player> =
        others.iter_mut().map(|player| player.as_mut() as &mut dyn Player).collect();
    players.insert(if first { 0 } else { players.len() }, honest.as_mut());
    if !simulation.play(&mut players, TURN, 400) {
        return Err("the game is never decided".into());
    }
    let view = simulation.state.view();
    let status = view.status;
    let expected = if case.root_is_true { GameStatus::DefenderWins } else { GameStatus::ChallengerWins };
    if status != expected {
        return Err(format!("ends with {status:?}"));
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
    let failed = |event: &game::simulate::Event| event.sender == HONEST && event.result.is_err();
    if let Some(event) = simulation.events.iter().find(|event| failed(event)) {
        use game::RuleError::{ClaimAlreadyExists, DuplicateStep};
        if !(front_run && matches!(event.result, Err(ClaimAlreadyExists | DuplicateStep))) {
            return Err(format!("an honest call fails: {event:?}"));
        }
    }
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

fn honest(case: &Case) -> Box<dyn Player> {
    Box::new(Solver::new(HONEST, case.truth.clone()))
}

/// How many games to play: more in campaigns, by `TRIBUNAL_GAMES`.
fn games() -> u64 {
    std::env::var("TRIBUNAL_GAMES").ok().and_then(|games| games.parse().ok()).unwrap_or(3_000)
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

/// How many of 300 games a player with this change loses or breaks a promise in.
fn failures(change: impl FnMut(&GameView, &mut Belief, Vec<Action>) -> Vec<Action> + Copy + 'static) -> usize {
    (0..300)
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
                let bond = BondCurve::new(8).unwrap().required(position).unwrap();
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
        (0..300).filter(|&seed| judge(seed, |case| Box::new(Solver::new(HONEST, case.lie.clone()))).is_err()).count();
    assert!(failures > 100, "{failures}");
}
