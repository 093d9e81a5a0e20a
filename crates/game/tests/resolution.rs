//! Who is paid when several counter the same claim, by the rules of bond incentives: the left-most, and of several at
//! one place the first.
#![allow(clippy::unwrap_used, reason = "tests")]

use alloy_primitives::{Address, B256, U256};
use game::payout::{DelayedWeth, Registry};
use game::resolution::forecast;
use game::simulate::machine::root_with_header;
use game::simulate::scenario::Scenario;
use game::{Call, GameConfig, GameState, RuleError};
use primitives::{Claim, Duration, GameStatus, GameType, Timestamp};

const CREATOR: Address = Address::repeat_byte(1);
const FIRST: Address = Address::repeat_byte(0xa);
const SECOND: Address = Address::repeat_byte(0xb);
const THIRD: Address = Address::repeat_byte(0xc);
const END: Timestamp = Timestamp(2_000);

/// A game of depth 8 over a root that commits to the header of block 7.
fn game() -> GameState {
    let root = root_with_header(B256::ZERO, 7).0.hash();
    let config =
        GameConfig { creator: CREATOR, root_claim: Claim(root), ..Scenario::at_depths(1, (8, 3)).config().clone() };
    let registry = Registry {
        paused: false,
        registered: true,
        blacklisted: false,
        retirement_timestamp: Timestamp(0),
        respected_game_type: GameType::CANNON_KONA,
        finality_delay: Duration(50),
        anchor: config.starting,
    };
    let call = Call { sender: CREATOR, value: 1_000, now: Timestamp(1_000) };
    GameState::initialize(config, registry, DelayedWeth::default(), &call).unwrap()
}

fn answer(game: &mut GameState, sender: Address, parent: u32, is_attack: bool, value: u8) -> u128 {
    let challenged = *game.tree().get(parent).unwrap();
    let bond = game.bonds().required(challenged.position.moved(is_attack).unwrap()).unwrap();
    let call = Call { sender, value: bond, now: Timestamp(1_001) };
    game.make_move(&call, challenged.claim, parent, Claim(B256::repeat_byte(value)), is_attack).unwrap();
    bond
}

fn resolve(game: &mut GameState, claims: u32) -> GameStatus {
    let expected = forecast(&game.view());
    let call = Call { sender: THIRD, value: 0, now: END };
    for claim in (0..claims).rev() {
        game.resolve_claim(&call, claim, 0).unwrap();
    }
    let status = game.resolve(&call).unwrap();
    assert_eq!(status, expected.status);
    for (account, wei) in expected.credits {
        assert_eq!(game.normal_mode_credit(account), wei);
    }
    status
}

#[test]
fn of_two_at_one_place_the_first_is_paid() {
    let mut game = game();
    let bond = answer(&mut game, FIRST, 0, true, 1);
    assert_eq!(answer(&mut game, SECOND, 0, true, 2), bond);
    assert_eq!(resolve(&mut game, 3), GameStatus::ChallengerWins);
    assert_eq!(game.normal_mode_credit(FIRST), U256::from(bond + 1_000));
    assert_eq!(game.normal_mode_credit(SECOND), U256::from(bond));
    assert_eq!(game.tree().root().countered_by, Some(FIRST));
}

#[test]
fn the_left_most_is_paid_however_late() {
    let mut game = game();
    let attacked = answer(&mut game, FIRST, 0, true, 1);
    let right = answer(&mut game, SECOND, 1, false, 2);
    let left = answer(&mut game, THIRD, 1, true, 3);
    assert_eq!(resolve(&mut game, 4), GameStatus::DefenderWins);
    assert_eq!(game.normal_mode_credit(THIRD), U256::from(left + attacked));
    assert_eq!(game.normal_mode_credit(SECOND), U256::from(right));
    assert_eq!(game.normal_mode_credit(FIRST), U256::ZERO);
    assert_eq!(game.normal_mode_credit(CREATOR), U256::from(1_000));
}

#[test]
fn a_countered_claim_counters_nothing() {
    let mut game = game();
    answer(&mut game, FIRST, 0, true, 1);
    answer(&mut game, SECOND, 1, true, 2);
    answer(&mut game, THIRD, 0, true, 3);
    assert_eq!(resolve(&mut game, 4), GameStatus::ChallengerWins);
    assert_eq!(game.tree().root().countered_by, Some(THIRD), "the first attack was countered itself");
}

/// Refuting the block number wins the root's bond, and no other.
#[test]
fn a_refuted_block_number_takes_the_bond_of_the_root_alone() {
    let mut game = game();
    let bond = answer(&mut game, FIRST, 0, true, 1);
    let (proof, header) = root_with_header(B256::ZERO, 7);
    let call = Call { sender: SECOND, value: 0, now: Timestamp(1_002) };
    game.challenge_root_l2_block(&call, &proof, &header).unwrap();
    let again = game.challenge_root_l2_block(&call, &proof, &header);
    assert_eq!(again, Err(RuleError::L2BlockNumberChallenged));
    assert_eq!(resolve(&mut game, 2), GameStatus::ChallengerWins);
    assert_eq!(game.normal_mode_credit(SECOND), U256::from(1_000));
    assert_eq!(game.normal_mode_credit(FIRST), U256::from(bond));
    assert_eq!(game.tree().root().countered_by, Some(SECOND));
}

#[test]
fn resolution_goes_upwards_and_once() {
    let mut game = game();
    answer(&mut game, FIRST, 0, true, 1);
    let at = |now| Call { sender: THIRD, value: 0, now: Timestamp(now) };
    assert_eq!(game.resolve_claim(&at(1_099), 0, 0), Err(RuleError::ClockNotExpired));
    assert_eq!(game.resolve_claim(&at(2_000), 0, 0), Err(RuleError::OutOfOrderResolution));
    assert_eq!(game.resolve(&at(2_000)), Err(RuleError::OutOfOrderResolution));
    assert_eq!(game.resolve_claim(&at(2_000), 9, 0), Err(RuleError::ClaimIndexOutOfBounds));
    game.resolve_claim(&at(2_000), 1, 0).unwrap();
    assert_eq!(game.resolve_claim(&at(2_000), 1, 0), Err(RuleError::ClaimAlreadyResolved));
    game.resolve_claim(&at(2_000), 0, 1).unwrap();
    assert_eq!(game.resolve(&at(2_000)), Ok(GameStatus::ChallengerWins));
    assert_eq!(game.resolve(&at(2_000)), Err(RuleError::GameNotInProgress));
}
