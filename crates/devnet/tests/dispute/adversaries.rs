//! What an adversary can do beside lying: nothing at all, copying and front-running every move, repeating, noise. The honest side wins and loses no bond.

use crate::watched::{Submit, Watched};
use crate::{AGREED, BLOCKS, input};
use alloy_consensus::Transaction;
use alloy_consensus::transaction::SignerRecoverable;
use alloy_primitives::{Address, B256, U256};
use chain::abi::{DisputeGameFactory, FaultDisputeGame};
use chain::client::{ClientError, L1Client, Receipt, SignedTransaction};
use chain::deploy::{Parameters, deploy};
use chain::games::{created_game, extra_data};
use chain::{Call, GameReader, Wallet, send};
use challenger::{Agent, RunInputs, Runs, TraceProvider};
use devnet::l1::{L1, L1Config};
use devnet::liar::{LiarProvider, Lie, LieStep};
use devnet::parties::Parties;
use game::solver::{Action, SolverConfig};
use host::OfflineHost;
use mips64::Mips64;
use primitives::GameStatus;
use std::sync::{Arc, Mutex};
use vm::Machine;

/// A game about the toy chain with a false root, and both sides.
struct Table {
    l1: L1,
    parties: Parties,
    honest: Agent,
    liar: Agent,
    truth: TraceProvider<Mips64>,
    lies: LiarProvider,
}

fn table(lie: Lie) -> Table {
    let mut input = input();
    let parties = Parties::default();
    let mut l1 = L1::genesis(L1Config::default(), 1_750_000_000, parties.genesis_state());
    let prestate = input.prestate.state_hash();
    let parameters =
        Parameters::mainnet(prestate, input.agreed_root, AGREED, input.chain_id, parties.guardian.address());
    let deployment = deploy(&mut l1, &parties.deployer, &parameters).unwrap();
    let end = AGREED + BLOCKS as u64;
    let root = lie.root(&input.outputs, U256::from(end)).unwrap().0;
    let create = DisputeGameFactory::createCall { gameType: 8, rootClaim: root, extraData: extra_data(end) };
    let call = Call::new(deployment.dispute_game_factory, &create).with_value(parameters.init_bond);
    let receipt = send(&mut l1, &parties.liar, &call).unwrap();
    let game = GameReader::open(&l1, created_game(&receipt, deployment.dispute_game_factory).unwrap()).unwrap();
    let runs = Arc::new(Mutex::new(Runs::new(input.prestate, input.store.clone())));
    let truth = || TraceProvider::new(game.config.clone(), input.outputs.clone(), runs.clone()).unwrap();
    let agent = |wallet: &Wallet, resolve| Agent {
        wallet: wallet.clone(),
        game: game.clone(),
        solver: SolverConfig { resolve, claimants: vec![wallet.address()], ..Default::default() },
        host: OfflineHost::new(input.store.clone(), RunInputs::default().boot()),
    };
    Table {
        honest: agent(&parties.honest, true),
        liar: agent(&parties.liar, false),
        truth: truth(),
        lies: LiarProvider::new(truth(), input.outputs.clone(), lie),
        parties,
        l1,
    }
}

const LIE: Lie = Lie { from_block: AGREED + 2, from_step: LieStep::Index(1_500), seed: 5 };

fn status(table: &Table) -> GameStatus {
    table.honest.game.status(&table.l1).unwrap()
}

/// The twin of all other tests: where nobody contradicts, the lie stands. It is the honest side that defeats it.
#[test]
fn an_unanswered_lie_stands() {
    let mut table = table(LIE);
    table.l1.warp(302_400).unwrap();
    let mut nobody = table.liar.clone();
    nobody.solver.resolve = true;
    nobody.act(&mut table.l1, &mut table.lies).unwrap();
    assert_eq!(status(&table), GameStatus::DefenderWins);
}

/// Sees every move of the honest side before it is included, and gets the same one in first.
struct FrontRun {
    thief: Wallet,
    victim: Address,
    stolen: u32,
}

impl Submit for FrontRun {
    fn submit(&mut self, l1: &mut L1, transaction: SignedTransaction) -> Result<Receipt, ClientError> {
        let by_victim = transaction.recover_signer().is_ok_and(|signer| signer == self.victim);
        if by_victim && !transaction.value().is_zero() {
            let copy = Call { to: transaction.to(), value: transaction.value(), data: transaction.input().clone() };
            if send(l1, &self.thief, &copy).is_ok() {
                self.stolen += 1;
            }
        }
        l1.submit(transaction)
    }
}

/// Plays until nobody moves, then resolves; returns what the honest side has afterwards and had before, gas left aside.
fn play_front_run(table: Table) -> (GameStatus, u32, U256, U256) {
    let Table { l1, parties, honest, liar, mut truth, mut lies } = table;
    let watcher = FrontRun { thief: parties.liar.clone(), victim: parties.honest.address(), stolen: 0 };
    let mut l1 = Watched { l1, watcher };
    for round in 0..200 {
        let stolen = l1.watcher.stolen;
        let done = honest.act(&mut l1, &mut truth).unwrap();
        let mut moved = !done.is_empty() || l1.watcher.stolen > stolen;
        for action in liar.plan(&l1, &mut lies).unwrap().actions {
            // What L1 refuses of the liar's is no move.
            if let Ok(Some(_)) = liar.perform::<devnet::liar::LiarError>(&mut l1, action) {
                moved = true;
            }
        }
        if !moved {
            break;
        }
        assert!(round < 199, "the game does not end");
    }
    l1.l1.warp(302_400).unwrap();
    while !honest.act(&mut l1, &mut truth).unwrap().is_empty() {}
    let view = honest.view(&l1).unwrap();
    let credit = view.payout.credits[&honest.address()];
    (view.status, l1.watcher.stolen, credit.normal, credit.refund)
}

/// All honest moves are the thief's now, with the thief's bonds: the lie falls all the same.
#[test]
fn front_run_moves_defeat_the_lie_all_the_same() {
    let (status, stolen, won, deposited) = play_front_run(table(LIE));
    assert_eq!(status, GameStatus::ChallengerWins);
    assert!(stolen > 30, "{stolen}");
    assert!(won >= deposited, "the honest side lost a bond: {won} of {deposited}");
}

/// The same move twice, a mirrored move, noise at every depth that the liar reaches.
#[test]
fn repeated_and_noisy_moves_are_refused_or_defeated() {
    let mut table = table(LIE);
    for round in 0..100 {
        let before = table.honest.game.claim_count(&table.l1).unwrap();
        let done = table.honest.act(&mut table.l1, &mut table.truth).unwrap();
        for performed in &done {
            let Action::Move { parent, disputed, is_attack, claim, bond, .. } = &performed.action else { continue };
            // Repeated by the other side: refused.
            let (disputed, index, value) = (disputed.0, U256::from(*parent), U256::from(*bond));
            let again = Call::new(
                table.honest.game.address,
                &FaultDisputeGame::moveCall { disputed, challengeIndex: index, claim: claim.0, isAttack: *is_attack },
            );
            let refused = send(&mut table.l1, &table.parties.liar, &again.clone().with_value(value)).unwrap_err();
            assert!(refused.to_string().contains("ClaimAlreadyExists"), "{refused}");
            // With another bond: refused.
            let cheap = send(&mut table.l1, &table.parties.liar, &again.with_value(value - U256::ONE)).unwrap_err();
            assert!(cheap.to_string().contains("IncorrectBondAmount"), "{cheap}");
            if round == 40 {
                // Noise beside an honest claim.
                let noise = FaultDisputeGame::moveCall {
                    disputed,
                    challengeIndex: index,
                    claim: B256::repeat_byte(3),
                    isAttack: *is_attack,
                };
                let call = Call::new(table.honest.game.address, &noise).with_value(value);
                send(&mut table.l1, &table.parties.liar, &call).unwrap();
            }
        }
        for action in table.liar.plan(&table.l1, &mut table.lies).unwrap().actions {
            let _ = table.liar.perform::<devnet::liar::LiarError>(&mut table.l1, action);
        }
        if done.is_empty() && table.honest.game.claim_count(&table.l1).unwrap() == before {
            break;
        }
    }
    table.l1.warp(302_400).unwrap();
    while !table.honest.act(&mut table.l1, &mut table.truth).unwrap().is_empty() {}
    assert_eq!(status(&table), GameStatus::ChallengerWins);
    let credit = table.honest.view(&table.l1).unwrap().payout.credits[&table.honest.address()];
    assert!(credit.normal >= credit.refund);
}

/// A program or a span that is not the game's is refused before anything is said about the game.
#[test]
fn another_program_or_span_is_refused() {
    let table = table(LIE);
    let config = table.truth.config().clone();
    let input = input();
    let other = crate::guest::machine(&[]);
    let runs = Arc::new(Mutex::new(Runs::new(other, input.store.clone())));
    let error = TraceProvider::new(config.clone(), input.outputs.clone(), runs).err().unwrap();
    assert!(error.to_string().contains("absolute prestate"), "{error}");
    let span = Arc::new(challenger::OutputRoots::new(AGREED + 1, vec![B256::ZERO]));
    let runs = Arc::new(Mutex::new(Runs::new(input.prestate, input.store.clone())));
    let error = TraceProvider::new(config, span, runs).err().unwrap();
    assert!(error.to_string().contains("starts after block"), "{error}");
}
