//! The whole council on the real Safe: pause by the deputy, the deputy's removal, fallback to the permissioned game and back, shutdown for
//! want of liveness, cancellation in the timelock; and the printed transactions are the ones that work.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use chain::abi::safe::{DeputyGuardianModule, DeputyPauseModule, Safe, SaferSafes};
use chain::abi::{AnchorStateRegistry, DisputeGameFactory, ProxyAdmin, SuperchainConfig, SystemConfig};
use chain::client::view;
use chain::deploy::{Config, DeployError, PauseDeputy, Plan, deputy_auth_digest, deputy_pause_digest, run};
use chain::games::extra_data;
use chain::safe::{Operation, Prepared, SENTINEL, SafeContracts, SafeTransaction, Signatures, prepare};
use chain::{Call, ClientError, L1Client, Receipt, Wallet, revert, send};
use devnet::l1::{L1, L1Config, State};

struct World {
    l1: L1,
    plan: Plan,
}

fn keys(role: &str, n: usize) -> Vec<Wallet> {
    (0..n).map(|i| Wallet::from_label(&format!("tribunal {role} {i}"))).collect()
}

fn wallet(role: &str) -> Wallet {
    Wallet::from_label(&format!("tribunal {role}"))
}

fn world() -> World {
    let mut state = State::default();
    let single = ["deployer", "deputy", "deputy guardian", "proposer", "anyone", "next deputy"].map(wallet).to_vec();
    for wallet in [single, keys("council", 13), keys("foundation", 7)].concat() {
        state.fund(wallet.address(), U256::from(10u64.pow(18)) * U256::from(1000));
    }
    let mut l1 = L1::genesis(L1Config { chain_id: 31337, ..L1Config::default() }, 1_767_225_600, state);
    let mut config = Config::parse(include_str!("../../../docs/deploy.toml")).unwrap();
    config.deployer = wallet("deployer").address();
    for game in &mut config.games {
        if game.is_permissioned() {
            (game.proposer, game.challenger) = (Some(wallet("proposer").address()), Some(wallet("anyone").address()));
        }
    }
    let roles = config.roles.as_mut().unwrap();
    let addresses = |keys: Vec<Wallet>| keys.iter().map(Wallet::address).collect();
    roles.council.owners = addresses(keys("council", 13));
    roles.foundation.owners = addresses(keys("foundation", 7));
    roles.deputy_guardian = Some(wallet("deputy guardian").address());
    roles.pause_deputy = Some(PauseDeputy { address: wallet("deputy").address(), signature: None });
    let refused = Plan::new(config.clone(), SafeContracts::own().unwrap()).unwrap_err();
    let DeployError::DeputySignature { digest, .. } = refused else { panic!("{refused}") };
    let signature = wallet("deputy").sign_hash(digest).unwrap().as_bytes();
    config.roles.as_mut().unwrap().pause_deputy.as_mut().unwrap().signature = Some(signature.to_vec().into());
    let plan = run(&mut l1, &wallet("deployer"), config, &mut |_| {}).unwrap();
    World { l1, plan }
}

impl World {
    fn roles(&self) -> &chain::deploy::RoleAddresses {
        self.plan.addresses.roles.as_ref().unwrap()
    }

    fn call(&mut self, by: &str, call: &Call) -> Result<Receipt, ClientError> {
        send(&mut self.l1, &wallet(by), call)
    }

    fn signers(&self, safe: Address) -> Vec<Wallet> {
        if safe == self.roles().council { keys("council", 13) } else { keys("foundation", 7) }
    }

    /// What keys sign and anyone sends.
    fn by_keys(&mut self, transaction: &SafeTransaction, signers: &[Wallet]) -> Result<Receipt, ClientError> {
        let hash = transaction.hash(31337);
        let signatures = signers.iter().try_fold(Signatures::new(), |all, key| all.sign(key, hash)).unwrap();
        // The first signer brings it, as a timelock guard demands.
        send(&mut self.l1, &signers[0], &transaction.execute(signatures.bytes()))
    }

    fn prepared<C: SolCall>(&self, safe: Address, to: Address, call: &C) -> Prepared {
        let data: Bytes = call.abi_encode().into();
        let p = prepare(&self.l1, C::SIGNATURE, safe, to, data, Operation::Call).unwrap();
        assert_eq!(p.safe_tx_hash, p.transaction().hash_on_chain(&self.l1).unwrap());
        p
    }

    /// The Safe of keys executes a call.
    fn order<C: SolCall>(&mut self, safe: Address, to: Address, call: &C) -> Result<Receipt, ClientError> {
        let p = self.prepared(safe, to, call);
        let signers = self.signers(safe);
        self.by_keys(&p.transaction(), &signers[..p.threshold as usize])
    }

    /// The guardian's Safe executes a call that the council approved.
    fn guardian<C: SolCall>(&mut self, to: Address, call: &C) -> Result<Receipt, ClientError> {
        let p = self.prepared(self.roles().guardian, to, call);
        let council = &p.approvals[0];
        let signers = self.signers(council.safe);
        self.by_keys(&council.transaction(), &signers[..council.threshold as usize])?;
        let execute = Call { to: Some(p.safe), value: U256::ZERO, data: p.execute.unwrap() };
        self.call("anyone", &execute)
    }

    fn paused(&self) -> bool {
        view(&self.l1, self.plan.addresses.system_config, &SystemConfig::pausedCall {}).unwrap()
    }

    fn pause_call(&self, by: &Wallet, nonce: B256, identifier: Address) -> Call {
        let module = self.roles().deputy_pause_module.unwrap();
        let digest = deputy_pause_digest(31337, module, nonce, identifier);
        let signature = by.sign_hash(digest).unwrap().as_bytes().to_vec().into();
        Call::new(module, &DeputyPauseModule::pauseCall { nonce, identifier, signature })
    }

    fn create(&mut self, by: &str, kind: u32, block: u64) -> Result<Receipt, ClientError> {
        let factory = self.plan.addresses.dispute_game_factory;
        let bond = view(&self.l1, factory, &DisputeGameFactory::initBondsCall { gameType: kind }).unwrap();
        let call = DisputeGameFactory::createCall {
            gameType: kind,
            rootClaim: B256::repeat_byte(block as u8),
            extraData: extra_data(block),
        };
        self.call(by, &Call::new(factory, &call).with_value(bond))
    }
}

fn reverted_with<E: alloy_sol_types::SolError>(result: Result<Receipt, ClientError>) {
    match result {
        Err(ClientError::Reverted(data)) => assert!(revert::is::<E>(&data), "{}", revert::describe(&data)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_deputy_pauses_and_is_removed() {
    let mut w = world();
    let portal = w.plan.addresses.optimism_portal;
    let deputy = wallet("deputy");
    let (first, second) = (B256::repeat_byte(1), B256::repeat_byte(2));
    // The deputy has no ether to spend and needs none: anyone brings the signature.
    let call = w.pause_call(&deputy, first, portal);
    w.call("anyone", &call).unwrap();
    assert!(w.paused());
    assert!(w.call("anyone", &call).is_err(), "once");
    let forged = w.pause_call(&wallet("anyone"), second, Address::ZERO);
    reverted_with::<DeputyPauseModule::DeputyPauseModule_Unauthorized>(w.call("anyone", &forged));

    let superchain = w.plan.addresses.superchain_config;
    w.guardian(superchain, &SuperchainConfig::unpauseCall { identifier: portal }).unwrap();
    assert!(!w.paused());
    reverted_with::<DeputyPauseModule::DeputyPauseModule_NonceAlreadyUsed>(w.call("anyone", &call));

    // The foundation appoints another deputy, who shows that the key is at hand.
    let module = w.roles().deputy_pause_module.unwrap();
    let next = wallet("next deputy");
    let digest = deputy_auth_digest(31337, module, next.address());
    let signature = next.sign_hash(digest).unwrap().as_bytes().to_vec().into();
    let set = DeputyPauseModule::setDeputyCall { deputy: next.address(), deputySignature: signature };
    let (council, foundation, guardian) = (w.roles().council, w.roles().foundation, w.roles().guardian);
    assert!(w.order(council, module, &set).is_err(), "not the council's to say");
    w.order(foundation, module, &set).unwrap();
    let old = w.pause_call(&deputy, second, portal);
    reverted_with::<DeputyPauseModule::DeputyPauseModule_Unauthorized>(w.call("anyone", &old));
    let new = w.pause_call(&next, second, portal);
    w.call("anyone", &new).unwrap();
    w.guardian(superchain, &SuperchainConfig::unpauseCall { identifier: portal }).unwrap();

    // The council removes the module: no key can pause any more, the guardian can.
    let modules = chain::safe::modules(&w.l1, guardian).unwrap();
    let at = modules.iter().position(|m| *m == module).unwrap();
    let previous = if at == 0 { SENTINEL } else { modules[at - 1] };
    w.guardian(guardian, &Safe::disableModuleCall { prevModule: previous, module }).unwrap();
    let third = w.pause_call(&next, B256::repeat_byte(3), portal);
    assert!(w.call("anyone", &third).is_err());
    w.guardian(superchain, &SuperchainConfig::pauseCall { identifier: Address::ZERO }).unwrap();
    assert!(w.paused());
}

#[test]
fn fallback_to_the_permissioned_game_and_back() {
    let mut w = world();
    w.l1.warp(12).unwrap();
    let registry = w.plan.addresses.anchor_state_registry;
    let module = w.roles().deputy_guardian_module.unwrap();
    w.create("anyone", 8, 1).unwrap();
    assert!(w.create("anyone", 1, 2).is_err(), "not the proposer");
    // The deputy guardian answers first.
    let fall_back = DeputyGuardianModule::setRespectedGameTypeCall { registry, gameType: 1 };
    reverted_with::<DeputyGuardianModule::DeputyGuardianModule_Unauthorized>(
        w.call("anyone", &Call::new(module, &fall_back)),
    );
    w.call("deputy guardian", &Call::new(module, &fall_back)).unwrap();
    let retire = DeputyGuardianModule::updateRetirementTimestampCall { registry };
    w.call("deputy guardian", &Call::new(module, &retire)).unwrap();
    assert_eq!(view(&w.l1, registry, &AnchorStateRegistry::respectedGameTypeCall {}).unwrap(), 1);
    let factory = w.plan.addresses.dispute_game_factory;
    let respected = |w: &World, receipt: &Receipt| {
        let game = chain::games::created_game(receipt, factory).unwrap();
        view(&w.l1, registry, &AnchorStateRegistry::isGameRespectedCall { game }).unwrap()
    };
    let permissioned = w.create("proposer", 1, 2).unwrap();
    assert!(respected(&w, &permissioned));
    let permissionless = w.create("anyone", 8, 3).unwrap();
    assert!(!respected(&w, &permissionless));
    // And back, by the council.
    w.guardian(registry, &AnchorStateRegistry::setRespectedGameTypeCall { gameType: 8 }).unwrap();
    let again = w.create("anyone", 8, 4).unwrap();
    assert!(respected(&w, &again));
    // The council takes the deputy's power; what the deputy did can be undone, nothing was lost.
    let guardian = w.roles().guardian;
    let modules = chain::safe::modules(&w.l1, guardian).unwrap();
    let at = modules.iter().position(|m| *m == module).unwrap();
    let previous = if at == 0 { SENTINEL } else { modules[at - 1] };
    w.guardian(guardian, &Safe::disableModuleCall { prevModule: previous, module }).unwrap();
    assert!(w.call("deputy guardian", &Call::new(module, &fall_back)).is_err());
}

#[test]
fn a_council_that_is_not_live_is_taken_over() {
    let mut w = world();
    let (council, foundation, extension) = (w.roles().council, w.roles().foundation, w.roles().safer_safes);
    let challenge = SaferSafes::challengeCall { safe: council };
    let take = SaferSafes::changeOwnershipToFallbackCall { safe: council };
    assert!(w.call("anyone", &Call::new(extension, &challenge)).is_err());
    w.order(foundation, extension, &challenge).unwrap();
    // The council answers: nothing can be taken.
    w.order(council, extension, &SaferSafes::respondCall {}).unwrap();
    w.l1.warp(1_209_600).unwrap();
    assert!(w.order(foundation, extension, &take).is_err());
    // It does not answer a second challenge; nine keys of ten are no answer.
    w.order(foundation, extension, &challenge).unwrap();
    let p = w.prepared(council, extension, &SaferSafes::respondCall {});
    assert!(w.by_keys(&p.transaction(), &keys("council", 13)[..9]).is_err());
    w.l1.delay_next_block(1_209_000);
    w.l1.mine().unwrap();
    assert!(w.order(foundation, extension, &take).is_err(), "before the end");
    w.l1.warp(1_000).unwrap();
    w.order(foundation, extension, &take).unwrap();
    assert_eq!(view(&w.l1, council, &Safe::getOwnersCall {}).unwrap(), [foundation]);
    // Guardian and upgrades live on, by the foundation.
    let superchain = w.plan.addresses.superchain_config;
    let pause = SuperchainConfig::pauseCall { identifier: Address::ZERO };
    let p = w.prepared(w.roles().guardian, superchain, &pause);
    let through = &p.approvals[0];
    assert_eq!((through.safe, through.approvals.len()), (council, 1));
    let inner = &through.approvals[0];
    w.by_keys(&inner.transaction(), &keys("foundation", 7)[..5]).unwrap();
    for p in [through, &p] {
        let execute = Call { to: Some(p.safe), value: U256::ZERO, data: p.execute.clone().unwrap() };
        w.call("anyone", &execute).unwrap();
    }
    assert!(w.paused());
}

/// An upgrade that waits in public is cancelled by one of the two Safes alone, and its signatures do not bring it back.
#[test]
fn a_scheduled_upgrade_is_cancelled() {
    let mut w = world();
    let (owner, admin) = (w.plan.owner(), w.plan.addresses.proxy_admin);
    let extension = w.roles().safer_safes;
    let thief = wallet("anyone").address();
    let p = w.prepared(owner, admin, &ProxyAdmin::transferOwnershipCall { newOwner: thief });
    for approval in &p.approvals {
        let signers = w.signers(approval.safe);
        w.by_keys(&approval.transaction(), &signers[..approval.threshold as usize]).unwrap();
    }
    let timelock = p.timelock.clone().unwrap();
    let schedule = Call { to: Some(extension), value: U256::ZERO, data: timelock.schedule.unwrap() };
    w.call("anyone", &schedule).unwrap();
    reverted_with::<SaferSafes::TimelockGuard_TransactionAlreadyScheduled>(w.call("anyone", &schedule));

    // Of the first cancellation one of the two Safes is enough: the council approves the hash of `signCancellation`.
    let nonce = p.nonce;
    let sign = SaferSafes::signCancellationCall { txHash: p.safe_tx_hash };
    let cancellation = SafeTransaction::call(owner, nonce, extension, &sign);
    let hash = cancellation.hash(31337);
    let council = w.roles().council;
    let signatures = Signatures::new().approved(council).bytes();
    let cancel = SaferSafes::cancelTransactionCall { safe: owner, txHash: p.safe_tx_hash, nonce, signatures };
    let cancel = Call::new(extension, &cancel);
    assert!(w.call("anyone", &cancel).is_err(), "not approved yet");
    w.order(council, owner, &Safe::approveHashCall { hashToApprove: hash }).unwrap();
    w.call("anyone", &cancel).unwrap();
    assert!(w.call("anyone", &schedule).is_err(), "cancelled stays cancelled");

    w.l1.warp(86_401).unwrap();
    let execute = Safe::execTransactionCall::abi_decode(p.execute.as_ref().unwrap()).unwrap();
    let bring = w.prepared(council, owner, &execute);
    assert!(w.by_keys(&bring.transaction(), &keys("council", 13)[..10]).is_err());
    assert_eq!(view(&w.l1, admin, &ProxyAdmin::ownerCall {}).unwrap(), owner);
    assert_eq!(w.l1.chain_id(), 31337);
}
