//! Withdrawals of the in-process L2 through the contracts on the in-process L1: the whole life with real proofs, re-proving, and the matrix
//! of what the guardian does × where the game is × where the withdrawal is.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, U256};
use chain::abi::{AnchorStateRegistry, DisputeGameFactory, FaultDisputeGame, OptimismPortal2, SuperchainConfig};
use chain::client::view;
use chain::deploy::{Config, Plan, run};
use chain::games::{created_game, extra_data};
use chain::{Call, ClientError, L1Client, Receipt, Wallet, revert, send};
use devnet::l1::{L1, L1Config, State};
use devnet::l2::L2Ledger;
use devnet::own_chain::OwnChain;
use std::sync::{Arc, OnceLock};
use withdrawals::{ActError, Contracts, Flaw, Obstacle, Stage, Withdrawal, build, finalize, prove, status};

const CLOCK: u64 = 1_000;
const AIRGAP: u64 = 500;
const MATURITY: u64 = 700;
const BOND: u64 = 1_000;
/// The withdrawal's block, and the block that games are about.
const SINCE: u64 = 3;
const CLAIMED: u64 = 5;

struct Shared {
    l2: Arc<L2Ledger>,
    roots: Vec<B256>,
    genesis_root: B256,
    after: u64,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let chain = OwnChain::make().unwrap();
        let (roots, genesis_root) = (chain.roots.clone(), chain.genesis_root);
        let after = chain.headers.last().unwrap().timestamp + 100;
        Shared { l2: Arc::new(L2Ledger::new(chain).unwrap()), roots, genesis_root, after }
    })
}

fn owner() -> Wallet {
    Wallet::from_label("withdrawals owner")
}

fn user() -> Wallet {
    Wallet::from_label("withdrawals user")
}

fn other() -> Wallet {
    Wallet::from_label("withdrawals other")
}

/// A world: L1 with everything deployed, where the owner is guardian too.
#[derive(Clone)]
struct World {
    l1: L1,
    plan: Plan,
    contracts: Contracts,
}

fn world() -> World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(make_world).clone()
}

fn make_world() -> World {
    let shared = shared();
    let mut state = State::default();
    for wallet in [owner(), user(), other()] {
        state.fund(wallet.address(), U256::from(10u64.pow(18)) * U256::from(1000));
    }
    let config = L1Config { chain_id: 31337, ..L1Config::default() };
    let mut l1 = L1::genesis(config, shared.after, state);
    let mut config = Config::parse(include_str!("../../../docs/deploy.toml")).unwrap();
    config.deployer = owner().address();
    config.roles = None;
    let mut over_super_roots = config.games[0].clone();
    over_super_roots.kind = 9;
    config.games.push(over_super_roots);
    (config.anchor.root, config.anchor.block) = (shared.genesis_root, 0);
    (config.delays.finality, config.delays.proof_maturity) = (AIRGAP, MATURITY);
    config.oracle.challenge_period = 100;
    for game in &mut config.games {
        (game.clock_extension, game.max_clock_duration) = (10, CLOCK);
        game.init_bond = U256::from(BOND);
        if game.is_permissioned() {
            (game.proposer, game.challenger) = (Some(owner().address()), Some(other().address()));
        }
    }
    let plan = run(&mut l1, &owner(), config, &mut |_| {}).unwrap();
    let portal = plan.addresses.optimism_portal;
    send(&mut l1, &owner(), &Call::new(portal, &OptimismPortal2::donateETHCall {}).with_value(U256::from(1_000_000)))
        .unwrap();
    let contracts = Contracts::read(&l1, portal).unwrap();
    assert_eq!((contracts.maturity, contracts.airgap), (MATURITY, AIRGAP));
    World { l1, plan, contracts }
}

fn withdrawal(i: usize) -> (Withdrawal, u64) {
    let receipt = &shared().l2.withdrawals()[i];
    (Withdrawal::from_log(&receipt.logs[0]).unwrap(), receipt.block_number)
}

impl World {
    fn call(&mut self, wallet: &Wallet, call: &Call) -> Result<Receipt, ClientError> {
        send(&mut self.l1, wallet, call)
    }

    fn now(&self) -> u64 {
        self.l1.head_info().header.timestamp
    }

    fn create(&mut self, wallet: &Wallet, kind: u32, root: B256, block: u64) -> Address {
        let factory = self.contracts.factory;
        let call = DisputeGameFactory::createCall { gameType: kind, rootClaim: root, extraData: extra_data(block) };
        let receipt = self.call(wallet, &Call::new(factory, &call).with_value(U256::from(BOND))).unwrap();
        created_game(&receipt, factory).unwrap()
    }

    /// A true claim.
    fn propose(&mut self, kind: u32, block: u64) -> Address {
        self.create(&owner(), kind, shared().roots[block as usize - 1], block)
    }

    fn resolve(&mut self, game: Address) {
        let claim = FaultDisputeGame::resolveClaimCall { claimIndex: U256::ZERO, numToResolve: U256::ZERO };
        self.call(&other(), &Call::new(game, &claim)).unwrap();
        self.call(&other(), &Call::new(game, &FaultDisputeGame::resolveCall {})).unwrap();
    }

    fn warp(&mut self, seconds: u64) {
        self.l1.warp(seconds).unwrap();
    }

    fn guardian<C: alloy_sol_types::SolCall>(&mut self, to: Address, call: &C) {
        self.call(&owner(), &Call::new(to, call)).unwrap();
    }

    fn prove(&mut self, i: usize, wallet: &Wallet) -> Result<Receipt, ActError> {
        let (withdrawal, since) = withdrawal(i);
        prove(&mut self.l1, &*shared().l2, &self.contracts, &withdrawal, since, wallet)
    }

    fn finalize(&mut self, i: usize, wallet: &Wallet) -> Result<Receipt, ActError> {
        let (withdrawal, since) = withdrawal(i);
        finalize(&mut self.l1, &*shared().l2, &self.contracts, &withdrawal, since, wallet)
    }

    fn status(&self, i: usize, account: Address) -> withdrawals::Status {
        let (withdrawal, since) = withdrawal(i);
        status(&self.l1, &*shared().l2, &self.contracts, &withdrawal, since, account).unwrap()
    }
}

#[test]
fn the_whole_life() {
    let mut w = world();
    let i = SINCE as usize - 1;
    let (withdrawal, since) = withdrawal(i);
    assert_eq!(since, SINCE);
    let user_address = user().address();
    assert_eq!(w.status(i, user_address).obstacles, [Obstacle::NoGame]);
    assert!(matches!(w.prove(i, &user()), Err(ActError::NotNow(_))));

    // A game about an older block and a lie about a newer one do not serve.
    w.propose(8, SINCE - 1);
    let lie = w.create(&other(), 8, B256::repeat_byte(0xbb), CLAIMED);
    assert_eq!(w.status(i, user_address).obstacles, [Obstacle::NoGame]);
    let game = w.propose(8, CLAIMED);
    let Stage::Prove { game: Some(candidate), again: None } = w.status(i, user_address).stage else { panic!() };
    assert_eq!((candidate.game, candidate.l2_block), (game, CLAIMED));
    // In the second of the creation it is too early.
    assert!(matches!(w.status(i, user_address).obstacles[..], [Obstacle::TooFresh { .. }]));
    w.warp(12);
    w.prove(i, &user()).unwrap();
    let proven_at = w.now();
    let waiting = w.status(i, user_address);
    assert_eq!(
        waiting.obstacles.iter().map(std::mem::discriminant).collect::<Vec<_>>(),
        [Obstacle::Maturity { from: 0 }, Obstacle::Unresolved { earliest: 0 }]
            .iter()
            .map(std::mem::discriminant)
            .collect::<Vec<_>>()
    );
    assert!(matches!(w.finalize(i, &user()), Err(ActError::NotNow(_))));
    assert!(matches!(w.prove(i, &user()), Err(ActError::Stage { .. })), "another proof would start the waiting anew");

    // The lie is attacked and falls; the truth stands.
    let disputed = view(&w.l1, lie, &FaultDisputeGame::claimDataCall { index: U256::ZERO }).unwrap();
    let bond = view(&w.l1, lie, &FaultDisputeGame::getRequiredBondCall { position: 2 }).unwrap();
    let attack = FaultDisputeGame::attackCall {
        disputed: disputed.claim,
        parentIndex: U256::ZERO,
        claim: shared().roots[CLAIMED as usize - 1],
    };
    w.call(&user(), &Call::new(lie, &attack).with_value(bond)).unwrap();
    w.warp(CLOCK + 100);
    let claim = FaultDisputeGame::resolveClaimCall { claimIndex: U256::from(1), numToResolve: U256::ZERO };
    w.call(&other(), &Call::new(lie, &claim)).unwrap();
    w.resolve(lie);
    assert_eq!(view(&w.l1, lie, &FaultDisputeGame::statusCall {}).unwrap(), 1);
    w.resolve(game);
    let resolved_at = w.now();

    let waiting = w.status(i, user_address);
    assert!(w.now() > proven_at + MATURITY);
    assert_eq!(waiting.obstacles, [Obstacle::Airgap { from: resolved_at + AIRGAP + 1 }]);
    // One second before, and then.
    w.l1.delay_next_block(AIRGAP);
    w.l1.mine().unwrap();
    assert_eq!(w.now(), resolved_at + AIRGAP);
    assert!(matches!(w.finalize(i, &user()), Err(ActError::NotNow(_))));
    w.l1.delay_next_block(1);
    w.l1.mine().unwrap();
    let before = w.l1.balance(withdrawal.target).unwrap();
    w.finalize(i, &user()).unwrap();
    assert_eq!(w.l1.balance(withdrawal.target).unwrap() - before, withdrawal.value);
    assert_eq!(w.status(i, user_address).stage, Stage::Finalized);
    assert!(matches!(w.finalize(i, &user()), Err(ActError::Stage { .. })));
    assert!(matches!(w.prove(i, &user()), Err(ActError::Stage { .. })));

    // Withdrawals that share the game need no other one; somebody else's proof serves as well as one's own.
    let next = i + 1;
    w.prove(next, &other()).unwrap();
    w.warp(MATURITY + 1);
    let Stage::Finalize { proof } = w.status(next, user_address).stage else { panic!() };
    assert_eq!(proof.submitter, other().address());
    w.finalize(next, &user()).unwrap();
    // The anchor moves on, and a game after it still proves.
    w.call(&other(), &Call::new(w.contracts.registry, &AnchorStateRegistry::setAnchorStateCall { game })).unwrap();
    w.propose(8, 10);
    w.warp(12);
    w.prove(8, &user()).unwrap();
}

/// Games over super roots: the block is that of the game's time, the output root that of this chain among others.
#[test]
fn the_whole_life_by_a_super_game() {
    use primitives::{ChainOutput, SuperRoot};
    let mut w = world();
    let registry = w.contracts.registry;
    w.guardian(registry, &AnchorStateRegistry::setRespectedGameTypeCall { gameType: 9 });
    let i = SINCE as usize - 1;
    let header = |block: u64| L1Client::block(&*shared().l2, block).unwrap().unwrap().header;
    let other_chain = ChainOutput { chain_id: U256::from(902), output_root: B256::repeat_byte(2) };
    let create = |w: &mut World, time: u64, root: B256| {
        let ours = ChainOutput { chain_id: U256::from(901), output_root: root };
        let super_root = SuperRoot::new(time, vec![ours, other_chain]).unwrap();
        let factory = w.contracts.factory;
        let (root, extra) = (super_root.hash(), super_root.encode().into());
        let call = DisputeGameFactory::createCall { gameType: 9, rootClaim: root, extraData: extra };
        let receipt = w.call(&owner(), &Call::new(factory, &call).with_value(U256::from(BOND))).unwrap();
        created_game(&receipt, factory).unwrap()
    };
    let root = |block: u64| shared().roots[block as usize - 1];
    // Too early, of the future, and a lie about this chain.
    create(&mut w, header(SINCE).timestamp - 1, root(SINCE - 1));
    create(&mut w, header(shared().roots.len() as u64).timestamp + 1_000, root(CLAIMED));
    create(&mut w, header(CLAIMED).timestamp, B256::repeat_byte(0xbb));
    assert_eq!(w.status(i, user().address()).obstacles, [Obstacle::NoGame]);
    // A second after the block is still its time.
    let game = create(&mut w, header(CLAIMED).timestamp + 1, root(CLAIMED));
    w.warp(12);
    let Stage::Prove { game: Some(candidate), .. } = w.status(i, user().address()).stage else { panic!() };
    assert_eq!((candidate.game, candidate.l2_block, candidate.claim), (game, CLAIMED, root(CLAIMED)));
    w.prove(i, &user()).unwrap();
    w.warp(CLOCK + 1);
    w.resolve(game);
    w.warp(AIRGAP + MATURITY);
    w.finalize(i, &user()).unwrap();
    assert_eq!(w.status(i, user().address()).stage, Stage::Finalized);
}

/// Sabotaged proofs: whatever byte is changed, neither the check here nor the portal lets it pass.
#[test]
fn a_changed_proof_is_refused_here_and_by_the_portal() {
    let mut w = world();
    let game = w.propose(8, CLAIMED);
    w.warp(12);
    let l2 = &*shared().l2;
    let (withdrawal, _) = withdrawal(2);
    let good = build(l2, &withdrawal, CLAIMED).unwrap();
    let index = view(&w.l1, w.contracts.factory, &DisputeGameFactory::gameCountCall {}).unwrap() - U256::from(1);
    assert_eq!(view(&w.l1, w.contracts.factory, &DisputeGameFactory::gameAtIndexCall { index }).unwrap().proxy_, game);
    let call = |proof: &withdrawals::WithdrawalProof, withdrawal: &Withdrawal| {
        Call::new(
            w.contracts.portal,
            &OptimismPortal2::proveWithdrawalTransactionCall {
                withdrawal: withdrawal.to_abi(),
                disputeGameIndex: index,
                outputRootProof: proof.output_root_proof(),
                withdrawalProof: proof.nodes.clone(),
            },
        )
    };
    let attempt = |call: &Call| {
        let request = chain::client::CallRequest {
            from: user().address(),
            to: call.to,
            data: call.data.clone(),
            ..Default::default()
        };
        w.l1.call(&request)
    };
    attempt(&call(&good, &withdrawal)).unwrap();
    let mut refused = 0;
    for node in 0..good.nodes.len() {
        for byte in (0..good.nodes[node].len()).step_by(7) {
            let mut bad = good.clone();
            let mut bytes = bad.nodes[node].to_vec();
            bytes[byte] ^= 1;
            bad.nodes[node] = bytes.into();
            assert!(attempt(&call(&bad, &withdrawal)).is_err(), "node {node} byte {byte}");
            refused += 1;
        }
    }
    assert!(refused > 20, "{refused}");
    let mut short = good.clone();
    short.nodes.pop();
    assert!(attempt(&call(&short, &withdrawal)).is_err());
    let mut root = good.clone();
    root.output.block_hash = B256::repeat_byte(1);
    let reason = attempt(&call(&root, &withdrawal)).unwrap_err();
    assert!(
        matches!(&reason, ClientError::Reverted(data) if revert::is::<OptimismPortal2::OptimismPortal_InvalidOutputRootProof>(data)),
        "{reason}"
    );
    // Another withdrawal with the same proof; and one that was never sent is not provable here either.
    let forged = Withdrawal { value: withdrawal.value + U256::from(1), ..withdrawal.clone() };
    assert!(attempt(&call(&good, &forged)).is_err());
    assert!(matches!(build(l2, &forged, CLAIMED), Err(withdrawals::ProofError::Absent { .. })));
    // A withdrawal of a later block is not in the state of an earlier one.
    assert!(matches!(build(l2, &withdrawal, SINCE - 1), Err(withdrawals::ProofError::Absent { .. })));
    assert!(build(l2, &withdrawal, SINCE).is_ok());
}

/// An L2 node that lies.
struct Lying(fn(&mut chain::node::AccountProof));

impl chain::node::ProofSource for Lying {
    fn proof(&self, address: Address, slot: B256, block: u64) -> Result<chain::node::AccountProof, ClientError> {
        let mut proof = shared().l2.proof(address, slot, block)?;
        (self.0)(&mut proof);
        Ok(proof)
    }
    fn receipt(&self, hash: B256) -> Result<Option<Receipt>, ClientError> {
        shared().l2.receipt(hash)
    }
}

impl L1Client for Lying {
    fn chain_id(&self) -> u64 {
        901
    }
    fn head(&self) -> Result<chain::BlockInfo, ClientError> {
        shared().l2.head()
    }
    fn block(&self, number: u64) -> Result<Option<chain::BlockInfo>, ClientError> {
        shared().l2.block(number)
    }
    fn balance(&self, _: Address) -> Result<U256, ClientError> {
        unreachable!()
    }
    fn nonce(&self, _: Address) -> Result<u64, ClientError> {
        unreachable!()
    }
    fn code(&self, _: Address) -> Result<alloy_primitives::Bytes, ClientError> {
        unreachable!()
    }
    fn call(&self, _: &chain::client::CallRequest) -> Result<alloy_primitives::Bytes, ClientError> {
        unreachable!()
    }
    fn estimate_gas(&self, _: &chain::client::CallRequest) -> Result<u64, ClientError> {
        unreachable!()
    }
    fn submit(&mut self, _: chain::client::SignedTransaction) -> Result<Receipt, ClientError> {
        unreachable!()
    }
    fn logs(&self, _: &chain::client::LogFilter) -> Result<Vec<chain::client::LogEntry>, ClientError> {
        unreachable!()
    }
}

#[test]
fn a_lying_node_is_caught_before_anything_is_sent() {
    let (withdrawal, _) = withdrawal(2);
    assert!(build(&Lying(|_| {}), &withdrawal, CLAIMED).is_ok());
    let lies: [fn(&mut chain::node::AccountProof); 6] = [
        |p| p.account_proof.clear(),
        |p| drop(p.account_proof.pop()),
        |p| p.account_proof[0] = alloy_primitives::Bytes::from_static(b"\xc0"),
        |p| drop(p.storage_proof.pop()),
        |p| p.storage_proof.clear(),
        |p| p.storage_proof.reverse(),
    ];
    for (i, lie) in lies.into_iter().enumerate() {
        let result = build(&Lying(lie), &withdrawal, CLAIMED);
        assert!(matches!(result, Err(withdrawals::ProofError::Wrong(_))), "lie {i}: {result:?}");
    }
    // What the node says about the storage root beside the proof is not used at all.
    assert!(build(&Lying(|p| p.storage_hash = B256::ZERO), &withdrawal, CLAIMED).is_ok());
}

#[test]
fn what_the_guardian_invalidates_is_proven_again() {
    let mut w = world();
    let registry = w.contracts.registry;
    let me = user().address();
    let first = w.propose(8, 4);
    w.warp(12);
    w.prove(1, &user()).unwrap();
    w.guardian(registry, &AnchorStateRegistry::blacklistDisputeGameCall { game: first });
    let Stage::Prove { game: None, again } = w.status(1, me).stage else { panic!() };
    assert_eq!(again, Some(Flaw::Blacklisted));
    let second = w.propose(8, 5);
    w.warp(12);
    let Stage::Prove { game: Some(candidate), .. } = w.status(1, me).stage else { panic!() };
    assert_eq!(candidate.game, second);
    w.prove(1, &user()).unwrap();
    w.guardian(registry, &AnchorStateRegistry::updateRetirementTimestampCall {});
    assert!(matches!(w.status(1, me).stage, Stage::Prove { game: None, again: Some(Flaw::Retired) }));
    // Fallback: only permissioned games count that are made from now on.
    w.guardian(registry, &AnchorStateRegistry::setRespectedGameTypeCall { gameType: 1 });
    w.propose(8, 6);
    w.warp(12);
    assert!(matches!(w.status(1, me).stage, Stage::Prove { game: None, .. }));
    // A permissioned game is the proposer's, by tx.origin.
    let third = w.propose(1, 6);
    w.warp(12);
    w.prove(1, &user()).unwrap();
    w.warp(CLOCK + 1);
    w.resolve(third);
    w.warp(AIRGAP + 1);
    w.finalize(1, &user()).unwrap();
    assert_eq!(w.status(1, me).stage, Stage::Finalized);
}

// ---- the matrix ----

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Game {
    InProgress,
    Airgap,
    Final,
    Lost,
    OtherType,
    Anchored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    None,
    Young,
    Mature,
    OfAnother,
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Nothing,
    PauseChain,
    PauseAll,
    PauseAndLift,
    PauseExpired,
    Blacklist,
    BlacklistOther,
    Retire,
    FallBack,
    ThereAndBack,
    PauseAndBlacklist,
    RetireAndFallBack,
    PauseExtended,
    LiftUnpaused,
}

const GAMES: [Game; 6] = [Game::InProgress, Game::Airgap, Game::Final, Game::Lost, Game::OtherType, Game::Anchored];
const PROOFS: [Proof; 5] = [Proof::None, Proof::Young, Proof::Mature, Proof::OfAnother, Proof::Done];
const ACTIONS: [Action; 14] = [
    Action::Nothing,
    Action::PauseChain,
    Action::PauseAll,
    Action::PauseAndLift,
    Action::PauseExpired,
    Action::Blacklist,
    Action::BlacklistOther,
    Action::Retire,
    Action::FallBack,
    Action::ThereAndBack,
    Action::PauseAndBlacklist,
    Action::RetireAndFallBack,
    Action::PauseExtended,
    Action::LiftUnpaused,
];

const EXPIRY: u64 = 7_884_000;

/// A world in which the game and the withdrawal of block 3 stand as asked; `None` where that cannot be.
fn stage(game: Game, proof: Proof) -> Option<(World, Address)> {
    let mut w = world();
    let i = SINCE as usize - 1;
    let kind = if game == Game::OtherType { 1 } else { 8 };
    let address = w.propose(kind, CLAIMED);
    w.warp(12);
    // A proof can be given while the game is young; whether it was a good idea shows later.
    let prover = if proof == Proof::OfAnother { other() } else { user() };
    if matches!(proof, Proof::Mature | Proof::OfAnother | Proof::Done) {
        if game == Game::OtherType {
            return None; // never provable
        }
        w.prove(i, &prover).unwrap();
    }
    match game {
        Game::InProgress | Game::OtherType if proof == Proof::Done => return None,
        Game::InProgress => {
            // Mature, but the game is still running: the clock is longer than the maturity.
            w.warp(MATURITY + 1);
        }
        Game::Lost => {
            if matches!(proof, Proof::Done) {
                return None;
            }
            let disputed = view(&w.l1, address, &FaultDisputeGame::claimDataCall { index: U256::ZERO }).unwrap().claim;
            let bond = view(&w.l1, address, &FaultDisputeGame::getRequiredBondCall { position: 2 }).unwrap();
            let attack =
                FaultDisputeGame::attackCall { disputed, parentIndex: U256::ZERO, claim: B256::repeat_byte(7) };
            w.call(&other(), &Call::new(address, &attack).with_value(bond)).unwrap();
            if proof == Proof::Young {
                w.prove(i, &user()).unwrap();
            }
            w.warp(CLOCK + 100);
            let claim = FaultDisputeGame::resolveClaimCall { claimIndex: U256::from(1), numToResolve: U256::ZERO };
            w.call(&other(), &Call::new(address, &claim)).unwrap();
            w.resolve(address);
            return Some((w, address));
        }
        _ => {
            w.warp(CLOCK + 1);
            w.resolve(address);
            if game != Game::Airgap {
                w.warp(AIRGAP + 1);
            }
            if game == Game::Anchored {
                let call = AnchorStateRegistry::setAnchorStateCall { game: address };
                w.call(&other(), &Call::new(w.contracts.registry, &call)).unwrap();
            }
        }
    }
    match proof {
        Proof::Young if game == Game::OtherType => return None,
        Proof::Young => drop(w.prove(i, &user()).unwrap()),
        Proof::Done if game == Game::Airgap => {
            // Finalized by way of a second game: the first one stays in its airgap only if time stands still, so this is no state.
            return None;
        }
        Proof::Done => drop(w.finalize(i, &user()).unwrap()),
        _ => {}
    }
    Some((w, address))
}

fn act(w: &mut World, action: Action, game: Address, decoy: Address) {
    let (registry, portal) = (w.contracts.registry, w.contracts.portal);
    let superchain = w.plan.addresses.superchain_config;
    let pause = |identifier| SuperchainConfig::pauseCall { identifier };
    let set = |kind| AnchorStateRegistry::setRespectedGameTypeCall { gameType: kind };
    match action {
        Action::Nothing => {}
        Action::PauseChain => w.guardian(superchain, &pause(portal)),
        Action::PauseAll => w.guardian(superchain, &pause(Address::ZERO)),
        Action::LiftUnpaused => w.guardian(superchain, &SuperchainConfig::unpauseCall { identifier: portal }),
        Action::PauseExtended => {
            w.guardian(superchain, &pause(portal));
            w.warp(EXPIRY - 100);
            w.guardian(superchain, &SuperchainConfig::extendCall { identifier: portal });
            w.warp(200);
        }
        Action::PauseAndLift => {
            w.guardian(superchain, &pause(portal));
            w.guardian(superchain, &SuperchainConfig::unpauseCall { identifier: portal });
        }
        Action::PauseExpired => {
            w.guardian(superchain, &pause(portal));
            w.warp(EXPIRY);
        }
        Action::Blacklist => w.guardian(registry, &AnchorStateRegistry::blacklistDisputeGameCall { game }),
        Action::BlacklistOther => w.guardian(registry, &AnchorStateRegistry::blacklistDisputeGameCall { game: decoy }),
        Action::Retire => w.guardian(registry, &AnchorStateRegistry::updateRetirementTimestampCall {}),
        Action::FallBack => w.guardian(registry, &set(1)),
        Action::ThereAndBack => {
            w.guardian(registry, &set(1));
            w.guardian(registry, &set(8));
        }
        Action::PauseAndBlacklist => {
            w.guardian(superchain, &pause(portal));
            w.guardian(registry, &AnchorStateRegistry::blacklistDisputeGameCall { game });
        }
        Action::RetireAndFallBack => {
            w.guardian(registry, &AnchorStateRegistry::updateRetirementTimestampCall {});
            w.guardian(registry, &set(1));
        }
    }
}

/// What the specification says (optimism-portal.md, anchor-state-registry.md), from the names of the cell alone: may the withdrawal be
/// proven against this game, may it be finalized?
fn expected(action: Action, game: Game, proof: Proof) -> (bool, bool) {
    let paused =
        matches!(action, Action::PauseChain | Action::PauseAll | Action::PauseAndBlacklist | Action::PauseExtended);
    let taken_out =
        matches!(action, Action::Blacklist | Action::Retire | Action::PauseAndBlacklist | Action::RetireAndFallBack);
    let respected = game != Game::OtherType;
    let counts = respected && !taken_out && game != Game::Lost;
    // Waiting out a pause makes every proof mature and every resolved game final.
    let late = action == Action::PauseExpired;
    let mature = matches!(proof, Proof::Mature | Proof::OfAnother) || (late && proof == Proof::Young);
    let done = match game {
        Game::Final | Game::Anchored => true,
        Game::Airgap => late,
        _ => false,
    };
    let provable = !paused && counts;
    let finalizable = !paused && counts && mature && done && proof != Proof::Done;
    (provable, finalizable)
}

/// The portal itself is asked, not the checks of this crate.
fn ask(w: &World, data: Vec<u8>, from: Address) -> Result<(), ClientError> {
    let request =
        chain::client::CallRequest { from, to: Some(w.contracts.portal), data: data.into(), ..Default::default() };
    w.l1.call(&request).map(drop)
}

fn cell(action: Action, game_state: Game, proof_state: Proof, base: &(World, Address)) {
    use alloy_sol_types::SolCall;
    let name = format!("{action:?} × {game_state:?} × {proof_state:?}");
    let (mut w, game) = base.clone();
    let decoy = w.create(&other(), 8, B256::repeat_byte(0xdd), 9);
    act(&mut w, action, game, decoy);
    let i = SINCE as usize - 1;
    let (withdrawal, since) = withdrawal(i);
    let me = user().address();
    let (provable, finalizable) = expected(action, game_state, proof_state);

    let proof = build(&*shared().l2, &withdrawal, CLAIMED).unwrap();
    let count: u64 = view(&w.l1, w.contracts.factory, &DisputeGameFactory::gameCountCall {}).unwrap().to();
    let index = (0..count).find(|&i| {
        let at = DisputeGameFactory::gameAtIndexCall { index: U256::from(i) };
        view(&w.l1, w.contracts.factory, &at).unwrap().proxy_ == game
    });
    let call = OptimismPortal2::proveWithdrawalTransactionCall {
        withdrawal: withdrawal.to_abi(),
        disputeGameIndex: U256::from(index.unwrap()),
        outputRootProof: proof.output_root_proof(),
        withdrawalProof: proof.nodes,
    };
    let proved = ask(&w, call.abi_encode(), me);
    assert_eq!(proved.is_ok(), provable, "{name}: prove: {proved:?}");
    let submitter = if proof_state == Proof::OfAnother { other().address() } else { me };
    let call = OptimismPortal2::finalizeWithdrawalTransactionExternalProofCall {
        withdrawal: withdrawal.to_abi(),
        proofSubmitter: submitter,
    };
    let finalized = ask(&w, call.abi_encode(), me);
    assert_eq!(finalized.is_ok(), finalizable, "{name}: finalize: {finalized:?}");

    // What this crate says agrees with what the portal does.
    let seen = w.status(i, me);
    match (&seen.stage, proof_state) {
        (Stage::Finalized, Proof::Done) => {}
        (Stage::Finalize { .. }, _) => assert_eq!(seen.is_possible(), finalizable, "{name}: {seen:?}"),
        (Stage::Prove { game: Some(_), .. }, _) => assert_eq!(seen.is_possible(), provable, "{name}: {seen:?}"),
        (Stage::Prove { game: None, .. }, _) => {
            let only_paused = matches!(action, Action::PauseChain | Action::PauseAll | Action::PauseExtended);
            assert!(
                !provable && (!only_paused || game_state == Game::Lost || game_state == Game::OtherType),
                "{name}: {seen:?}"
            );
        }
        other => panic!("{name}: {other:?}"),
    }

    // Liveness: the guardian lifts what can be lifted, a new true game is proposed, and a withdrawal goes all the way.
    let superchain = w.plan.addresses.superchain_config;
    for identifier in [Address::ZERO, w.contracts.portal] {
        w.guardian(superchain, &SuperchainConfig::unpauseCall { identifier });
    }
    w.guardian(w.contracts.registry, &AnchorStateRegistry::setRespectedGameTypeCall { gameType: 8 });
    w.warp(12);
    let fresh = w.propose(8, CLAIMED + 2);
    w.warp(12);
    let (target, since) = if proof_state == Proof::Done { (i + 1, since + 1) } else { (i, since) };
    assert!(since <= CLAIMED + 2);
    if matches!(w.status(target, me).stage, Stage::Prove { .. }) {
        w.prove(target, &user()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    w.warp(CLOCK + 1);
    for open in [fresh, game] {
        if view(&w.l1, open, &FaultDisputeGame::statusCall {}).unwrap() == 0 {
            w.resolve(open);
        }
    }
    w.warp(AIRGAP + MATURITY);
    w.finalize(target, &user()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let anchor = AnchorStateRegistry::setAnchorStateCall { game: fresh };
    w.call(&other(), &Call::new(w.contracts.registry, &anchor))
        .unwrap_or_else(|error| panic!("{name}: anchor: {error}"));
}

#[test]
fn guardian_by_game_by_withdrawal() {
    let bases: Vec<_> = GAMES
        .into_iter()
        .flat_map(|game| PROOFS.map(|proof| (game, proof)))
        .filter_map(|(game, proof)| Some((game, proof, stage(game, proof)?)))
        .collect();
    let cells: Vec<_> = bases.iter().flat_map(|base| ACTIONS.map(|action| (action, base))).collect();
    println!("{} cells", cells.len());
    assert!(cells.len() >= 300, "{} cells", cells.len());
    // The table must not be one-sided, or it would agree with a portal that lets nothing, or everything, pass.
    let all: Vec<_> = cells.iter().map(|(action, (game, proof, _))| expected(*action, *game, *proof)).collect();
    let count = |of: fn(&(bool, bool)) -> bool| all.iter().filter(|cell| of(cell)).count();
    assert!(count(|c| c.0) > 60 && count(|c| !c.0) > 60, "{} provable", count(|c| c.0));
    assert!(count(|c| c.1) > 20 && count(|c| c.0 && !c.1) > 20, "{} finalizable", count(|c| c.1));
    for (action, (game, proof, base)) in cells {
        cell(action, *game, *proof, base);
    }
}
