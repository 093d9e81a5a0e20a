//! Random games in the model and in the compiled contract at once: honest play, adversaries and senseless calls. Both
//! have to agree on every single call, on the reason of every refusal and on everything stored, and on the contract too
//! the root claim ends as it deserves.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use chain::artifacts::Artifact;
use conformance::court::{Court, PERMISSIONS, implementation, same_refusal};
use conformance::twin::{GameCall, Guardian, Twin};
use game::simulate::Player;
use game::simulate::Solver;
use game::simulate::adversary::Dice;
use game::simulate::machine::root_with_header;
use game::simulate::scenario::{DEPTHS, HONEST, PROPOSER, Scenario, TURN, params};
use game::solver::{Action, Answer, Provider};
use game::{BondCurve, ExecutionSubgame, GameConfig, GameParams, GameView, instructions_before};
use primitives::{Claim, Duration, GameStatus, GameType, Position};

fn accounts() -> Vec<Address> {
    let others = (0x10..0x14).map(Address::repeat_byte);
    [HONEST, PROPOSER, CHAOS].into_iter().chain(others).collect()
}

/// The account that makes senseless calls.
const CHAOS: Address = Address::repeat_byte(0xcc);

fn courts() -> BTreeMap<u32, Court> {
    DEPTHS.iter().map(|&depths| (depths.0, Court::open(&params(depths)))).collect()
}

/// Bytes that the machine does not take for a state.
const NO_STATE: [u8; 3] = [7; 3];

/// A call with arguments that are often wrong in one respect.
fn chaos(dice: &mut Dice, game: &GameView, scenario: &Scenario) -> GameCall {
    let claims = u64::from(game.tree.len());
    let index = (if dice.one_in(20) { claims + dice.below(3) } else { dice.below(claims) }) as u32;
    let claim = game.tree.get(index).copied().unwrap_or(*game.tree.root());
    match dice.below(10) {
        0..=2 => {
            let is_attack = dice.one_in(2);
            let curve = BondCurve::new(game.config.params.max_depth).unwrap();
            let next = claim.position.moved(is_attack).unwrap();
            let value = curve.required(next).unwrap_or(1).saturating_add(u128::from(dice.one_in(8)));
            let mut value_claimed = Claim(B256::from(U256::from(dice.below(3))));
            if claim.position.depth() + 1 == game.config.params.max_depth && dice.one_in(2) {
                value_claimed = Claim(keccak256(NO_STATE));
            }
            value_claimed.0[0] = dice.below(5) as u8;
            let disputed = if dice.one_in(10) { Claim::default() } else { claim.claim };
            GameCall::Move { value, disputed, index, claim: value_claimed, is_attack, by_name: dice.one_in(2) }
        }
        3 | 4 => {
            let leaves: Vec<u32> = (0..game.tree.len())
                .filter(|&index| game.tree.get(index).unwrap().position.depth() == game.config.params.max_depth)
                .collect();
            let index = leaves.get(dice.below(leaves.len() as u64) as usize).copied().unwrap_or(index);
            let subgame = ExecutionSubgame::of_claim(&game.config, &game.tree, index);
            let position = game.tree.get(index).map(|claim| claim.position);
            let mut state = vec![0; dice.below(60) as usize];
            if let (Ok(subgame), Ok(position)) = (subgame, position) {
                let after = instructions_before(&game.config, position).unwrap();
                let before = after.saturating_sub(u128::from(dice.below(2) as u32));
                let mut belief = if dice.one_in(2) { scenario.truth.clone() } else { scenario.lie.clone() };
                if dice.one_in(4) {
                    state = NO_STATE.to_vec();
                } else if let Ok(Answer::Known(data)) = belief.step(&subgame, before) {
                    state = data.state;
                }
            }
            GameCall::Step { index, is_attack: dice.one_in(2), state, proof: vec![1, 2, 3] }
        }
        5 => GameCall::AddLocalData { ident: dice.below(8), index, offset: dice.below(2) * 8 },
        6 => {
            let (mut proof, mut header_rlp) = root_with_header(
                scenario.truth.chain.root(scenario.truth.chain.last().saturating_sub(1)),
                scenario.truth.chain.last(),
            );
            match dice.below(4) {
                0 => proof.state_root = B256::ZERO,
                1 => header_rlp.push(0),
                _ => {}
            }
            GameCall::ChallengeRootL2Block { proof, header_rlp }
        }
        7 | 8 => GameCall::ResolveClaim { index, count: dice.below(4) },
        _ => match dice.below(3) {
            0 => GameCall::Resolve,
            1 => GameCall::CloseGame,
            _ => GameCall::ClaimCredit { recipient: accounts()[dice.below(5) as usize] },
        },
    }
}

/// Every reason that a running game has to refuse something.
const REASONS: [&str; 28] = [
    "BlockNumberMatches",
    "CannotDefendRootClaim",
    "ClaimAboveSplit",
    "ClaimAlreadyExists",
    "ClaimAlreadyResolved",
    "ClaimIndexOutOfBounds",
    "ClockNotExpired",
    "ClockTimeExceeded",
    "DelayedWeth",
    "DuplicateStep",
    "GameDepthExceeded",
    "GameNotFinalized",
    "GameNotInProgress",
    "GameNotResolved",
    "GamePaused",
    "IncorrectBondAmount",
    "InvalidDisputedClaimIndex",
    "InvalidHeaderRlp",
    "InvalidLocalIdent",
    "InvalidOutputRootProof",
    "InvalidParent",
    "InvalidPrestate",
    "L2BlockNumberChallenged",
    "NoCreditToClaim",
    "OutOfOrderResolution",
    "UnexpectedRootClaim",
    "ValidStep",
    "VmReverted",
];

/// How a game went.
#[derive(Default)]
struct Record {
    calls: u64,
    refused: u64,
    claims: u32,
    steps: u64,
    refunded: bool,
    status: u8,
    refusals: BTreeMap<String, u64>,
}

/// Plays one game in both places; `distort` changes the configuration of the model first.
fn play(courts: &BTreeMap<u32, Court>, seed: u64, distort: impl Fn(&mut GameConfig)) -> Result<Record, String> {
    let mut scenario = Scenario::new(seed);
    let court = &courts[&scenario.config().params.max_depth];
    let mut now = court.opening;
    let mut config = scenario.config().clone();
    distort(&mut config);
    let mut twin = Twin::create(court, &config, scenario.truth.machine, &accounts(), now)?;
    let mut honest = Solver::new(HONEST, scenario.truth.clone());
    // What the honest player knows of the chain must not depend on how the model is distorted.
    honest.config.resolution_page = 2;
    let mut others = scenario.adversaries();
    let mut dice = Dice(seed ^ 0xc0ffee);
    // Chaos also refutes block numbers and steps for nobody, so only some games are judged by their result.
    let disturbed = dice.one_in(2);
    let mut record = Record::default();

    for turn in 0.. {
        if twin.model.status() != GameStatus::InProgress {
            break;
        }
        if turn == 400 {
            return Err("the game is never decided".into());
        }
        let view = twin.model.view();
        let mut planned: Vec<(Address, Action)> =
            honest.act(&view, now).into_iter().map(|action| (HONEST, action)).collect();
        for other in &mut others {
            let account = other.account();
            planned.extend(other.act(&view, now).into_iter().map(|action| (account, action)));
        }
        let pending: Vec<Action> = planned.iter().map(|(_, action)| action.clone()).collect();
        let mut calls = Vec::new();
        for other in &mut others {
            let account = other.account();
            calls.extend(other.front_run(&view, now, &pending).into_iter().map(|action| (account, action)));
        }
        calls.extend(planned);
        for (sender, action) in &calls {
            let Some(call) = GameCall::of_action(action) else { continue };
            let accepted = twin.call(*sender, now, &call)?;
            record.calls += 1;
            record.refused += u64::from(!accepted);
            record.steps += u64::from(accepted && matches!(call, GameCall::Step { .. }));
        }
        if disturbed {
            for _ in 0..dice.below(3) {
                let call = chaos(&mut dice, &twin.model.view(), &scenario);
                let accepted = twin.call(CHAOS, now, &call)?;
                record.calls += 1;
                record.refused += u64::from(!accepted);
            }
        }
        if dice.one_in(40) {
            twin.compare(&accounts(), now)?;
        }
        now = now.saturating_add(TURN);
    }
    twin.compare(&accounts(), now)?;
    let view = twin.model.view();
    let true_wins = (view.status == GameStatus::DefenderWins) == scenario.root_is_true;
    if !disturbed && !true_wins {
        return Err(format!("ends with {:?}", view.status));
    }
    if view.tree.iter().any(|(_, claim)| claim.claimant == HONEST && claim.countered_by.is_some()) && !disturbed {
        return Err("an honest claim is countered".into());
    }

    // The payout, with a guardian who interferes.
    let events = [Guardian::Pause, Guardian::Unpause, Guardian::Blacklist, Guardian::Retire];
    for turn in 0..80u64 {
        if dice.one_in(25) {
            twin.guard(events[dice.below(4) as usize], now)?;
        } else if turn == 60 {
            twin.guard(Guardian::Unpause, now)?;
        }
        for &recipient in &accounts() {
            if dice.one_in(4) {
                let call = if dice.one_in(10) { GameCall::CloseGame } else { GameCall::ClaimCredit { recipient } };
                record.calls += 1;
                record.refused += u64::from(!twin.call(CHAOS, now, &call)?);
            }
        }
        now = now.saturating_add(TURN);
    }
    twin.compare(&accounts(), now)?;
    record.claims = view.tree.len();
    record.refunded = twin.model.bond_distribution_mode() == primitives::BondDistributionMode::Refund;
    record.refusals = twin.refusals;
    record.status = view.status.into();
    Ok(record)
}

/// How many games to play: more in campaigns, by `TRIBUNAL_GAMES`.
fn games() -> u64 {
    std::env::var("TRIBUNAL_GAMES").ok().and_then(|games| games.parse().ok()).unwrap_or(1_000)
}

#[test]
fn model_and_contract_agree_on_random_games() {
    let courts = courts();
    let mut total = Record::default();
    let (mut defended, mut refunded) = (0, 0);
    for seed in 0..games() {
        let record = play(&courts, seed, |_| {}).unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
        total.calls += record.calls;
        total.refused += record.refused;
        total.steps += record.steps;
        total.claims = total.claims.max(record.claims);
        defended += u64::from(record.status == 2);
        refunded += u64::from(record.refunded);
        for (reason, times) in record.refusals {
            *total.refusals.entry(reason).or_default() += times;
        }
    }
    eprintln!(
        "{} games, {defended} defended, {refunded} refunded: {} calls, {} refused, {} steps, up to {} claims",
        games(),
        total.calls,
        total.refused,
        total.steps,
        total.claims
    );
    eprintln!("{:?}", total.refusals);
    for reason in REASONS {
        assert!(total.refusals.contains_key(reason), "no game was refused anything for {reason}");
    }
    assert!(total.refused > total.calls / 10 && total.steps > games() / 4, "the games have become too tame");
    assert!(defended > games() / 10 && refunded > games() / 20, "the games have become too tame");
}

/// Games of one proposer and one challenger, with everybody else trying to play, too.
#[test]
fn model_and_contract_agree_on_permissioned_games() {
    let courts = courts();
    let mut refusals = BTreeMap::new();
    let mut claims = 0;
    for seed in 0..games() / 5 {
        let restrict = |config: &mut GameConfig| {
            config.permissions = Some(PERMISSIONS);
            config.game_type = GameType::PERMISSIONED_CANNON;
            config.creator = PERMISSIONS.proposer;
        };
        let record = play(&courts, seed, restrict).unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
        for (reason, times) in record.refusals {
            *refusals.entry(reason).or_default() += times;
        }
        claims += record.claims;
    }
    eprintln!("{claims} claims, {refusals:?}");
    assert!(refusals.get("BadAuth").is_some_and(|&times: &u64| times > 1_000));
    assert!(u64::from(claims) > games(), "nobody plays");

    // Others cannot even create them.
    let config = Scenario::new(0).config().clone();
    let config = GameConfig {
        permissions: Some(PERMISSIONS),
        game_type: GameType::PERMISSIONED_CANNON,
        creator: PROPOSER,
        ..config
    };
    let court = &courts[&config.params.max_depth];
    let refused = Twin::create(court, &config, Scenario::new(0).truth.machine, &accounts(), court.opening);
    assert_eq!(refused.err().as_deref(), Some("both refuse the game: the sender is not permitted to play"));
}

/// A model that is wrong in one number does not survive the comparison.
#[test]
fn a_distorted_model_is_found_out() {
    let courts = courts();
    type Distortion = fn(&mut GameConfig);
    let distortions: [(&str, Distortion); 5] = [
        ("clock extension", |config| config.params.clock_extension = Duration(9)),
        ("maximum clock", |config| config.params.max_clock_duration = Duration(101)),
        ("challenge period", |config| config.oracle_challenge_period = Duration(6)),
        ("prestate", |config| config.absolute_prestate = Claim::default()),
        ("chain", |config| config.l2_chain_id = 11),
    ];
    for (name, distort) in distortions {
        let found = (0..100).any(|seed| play(&courts, seed, distort).is_err());
        assert!(found, "nobody noticed another {name}");
    }
}

#[test]
fn constructors_accept_the_same_parameters() {
    let court = Court::open(&params(DEPTHS[0]));
    let mut session = court.session();
    let now = court.opening;
    let (mut accepted, mut refused) = (0, 0);
    for max_depth in [0, 1, 2, 3, 4, 5, 8, 124, 125, 126, 127, 200] {
        for split_depth in [0, 1, 2, 3, 4, 7, 123, 124, 125, 126, u32::MAX] {
            for (extension, clock) in [(0, 0), (5, 10), (5, 9), (6, 11), (1 << 63, u64::MAX), (u64::MAX, u64::MAX)] {
                let params = GameParams {
                    max_depth,
                    split_depth,
                    clock_extension: Duration(extension),
                    max_clock_duration: Duration(clock),
                };
                match (params.check(), session.create(CHAOS, implementation(Artifact::FaultDisputeGame, &params), now))
                {
                    (Ok(()), Ok(_)) => accepted += 1,
                    (Err(error), Err(data)) if same_refusal(&error, &data) => refused += 1,
                    (model, contract) => panic!("{params:?}: model {model:?}, contract {contract:?}"),
                }
            }
        }
    }
    assert!(accepted > 20 && refused > 500);
}

#[test]
fn bonds_are_the_contracts_to_the_wei() {
    use chain::abi::FaultDisputeGame::getRequiredBondCall;
    let court = Court::open(&params(DEPTHS[0]));
    let mut session = court.session();
    let now = court.opening;
    for max_depth in 4..=125 {
        let params = GameParams { max_depth, split_depth: 2, ..params(DEPTHS[0]) };
        let game = session.create(CHAOS, implementation(Artifact::FaultDisputeGame, &params), now).unwrap();
        let curve = BondCurve::new(max_depth).unwrap();
        for depth in 0..=max_depth {
            let position = Position::new(depth, 0).unwrap();
            let bond = session.read(game, &getRequiredBondCall { position: position.gindex() }, now);
            assert_eq!(U256::from(curve.required(position).unwrap()), bond, "depth {depth} of {max_depth}");
        }
    }
}

/// Games that the factory has to refuse, and the least that it has to accept.
#[test]
fn creations_are_refused_alike() {
    let court = Court::open(&params(DEPTHS[0]));
    let scenario = Scenario::new(0);
    let config = GameConfig { params: params(DEPTHS[0]), ..scenario.config().clone() };
    let machine = scenario.truth.machine;
    let mut outcomes = Vec::new();
    for block in [
        U256::ZERO,
        U256::from(99),
        U256::from(100),
        U256::from(101),
        U256::from(u64::MAX),
        U256::from(u64::MAX) + U256::ONE,
        U256::MAX,
    ] {
        let config = GameConfig { l2_block_number: block, ..config.clone() };
        match Twin::create(&court, &config, machine, &accounts(), court.opening) {
            Ok(mut twin) => {
                twin.compare(&accounts(), court.opening).unwrap();
                outcomes.push(true);
            }
            Err(reason) if reason.starts_with("both refuse") => outcomes.push(false),
            Err(difference) => panic!("block {block}: {difference}"),
        }
    }
    assert_eq!(outcomes, [false, false, false, true, true, false, false]);
}
