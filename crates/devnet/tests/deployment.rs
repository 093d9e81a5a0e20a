//! The deployment on the in-process L1: every parameter reads back as contracts.md 1.4 lists it, and a game can be made.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{B256, U256, b256};
use chain::abi::{AnchorStateRegistry, DelayedWETH, DisputeGameFactory, PreimageOracle};
use chain::client::{L1Client, view};
use chain::deploy::{Parameters, deploy};
use chain::games::{created_game, extra_data};
use chain::{Call, GameReader, send};
use devnet::l1::{L1, L1Config};
use devnet::parties::Parties;

const PRESTATE: B256 = b256!("0337ecb3604c0b40c352e0c7711beb17a212d583f4fe956fd8d66e29ad5f9025");

#[test]
fn deployed_with_mainnet_values() {
    let parties = Parties::default();
    let mut l1 = L1::genesis(L1Config::default(), 1_700_000_000, parties.genesis_state());
    let anchor = B256::repeat_byte(0xaa);
    let parameters = Parameters::mainnet(PRESTATE, anchor, 100, 901, parties.guardian.address());
    let d = deploy(&mut l1, &parties.deployer, &parameters).unwrap();

    let registry = d.anchor_state_registry;
    let root = view(&l1, registry, &AnchorStateRegistry::getAnchorRootCall {}).unwrap();
    assert_eq!((root.root, root.l2SequenceNumber), (anchor, U256::from(100)));
    assert_eq!(view(&l1, registry, &AnchorStateRegistry::respectedGameTypeCall {}).unwrap(), 8);
    assert_eq!(view(&l1, d.delayed_weth, &DelayedWETH::delayCall {}).unwrap(), U256::from(604_800));
    assert_eq!(view(&l1, d.preimage_oracle, &PreimageOracle::minProposalSizeCall {}).unwrap(), U256::from(126_000));
    let factory = d.dispute_game_factory;
    let bond = view(&l1, factory, &DisputeGameFactory::initBondsCall { gameType: 8 }).unwrap();
    assert_eq!(bond, U256::from(80_000_000_000_000_000u64));

    l1.mine().unwrap();
    let parent = l1.head_info().hash;
    let claim = B256::repeat_byte(0x77);
    let create = DisputeGameFactory::createCall { gameType: 8, rootClaim: claim, extraData: extra_data(108) };
    let receipt = send(&mut l1, &parties.proposer, &Call::new(factory, &create).with_value(bond)).unwrap();
    let game = GameReader::open(&l1, created_game(&receipt, factory).unwrap()).unwrap();
    assert_eq!(game.config.l1_head, parent);
    assert_eq!(game.config.absolute_prestate.0, PRESTATE);
    assert_eq!((game.config.params.max_depth, game.config.params.split_depth), (73, 30));
    assert_eq!((game.config.params.clock_extension.0, game.config.params.max_clock_duration.0), (10_800, 302_400));
    assert_eq!(game.config.oracle_challenge_period.0, 86_400);
    assert_eq!(game.config.root_claim.0, claim);
    assert_eq!(game.config.l2_chain_id, 901);
    let seen = game.view(&l1, &[parties.proposer.address()]).unwrap();
    assert_eq!(seen.tree.len(), 1);
    assert_eq!(seen.tree.root().claimant, parties.proposer.address());
    assert_eq!(seen.tree.root().bond, 80_000_000_000_000_000);
    assert_eq!(seen.payout.finality_delay.0, 302_400);
    // A second game with the same data is refused, and so is another bond.
    assert!(send(&mut l1, &parties.liar, &Call::new(factory, &create).with_value(bond)).is_err());
    let other = DisputeGameFactory::createCall { gameType: 8, rootClaim: B256::ZERO, extraData: extra_data(108) };
    assert!(send(&mut l1, &parties.liar, &Call::new(factory, &other).with_value(bond + U256::ONE)).is_err());
    assert!(l1.nonce(parties.liar.address()).unwrap() == 0, "refused calls are not sent");
}
