//! Everything that a configuration describes, deployed on the in-process L1: read back without a difference, resumed wherever it stops,
//! and each change of a parameter or a role noticed.
#![allow(clippy::unwrap_used)]

#[path = "support/watched.rs"]
mod watched;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use chain::abi::{AnchorStateRegistry, DisputeGameFactory, ProxyAdmin, SuperchainConfig, SystemConfig};
use chain::client::SignedTransaction;
use chain::deploy::{
    Config, ConfigError, DeployError, GameUpgrade, PauseDeputy, Plan, UpgradeError, run, upgrade_game, validate,
};
use chain::safe::{Operation, SafeContracts, Signatures, prepare};
use chain::{Call, ClientError, L1Client, Receipt, Wallet, send};
use devnet::l1::{L1, L1Config, State};
use watched::{Submit, Watched};

fn keys(role: &str, n: usize) -> Vec<Wallet> {
    (0..n).map(|i| Wallet::from_label(&format!("tribunal {role} {i}"))).collect()
}

fn deployer() -> Wallet {
    Wallet::from_label("tribunal deployer")
}

fn deputy() -> Wallet {
    Wallet::from_label("tribunal deputy")
}

fn chain() -> L1 {
    let mut state = State::default();
    for wallet in [vec![deployer(), deputy()], keys("council", 13), keys("foundation", 7)].concat() {
        state.fund(wallet.address(), U256::from(10u64.pow(18)) * U256::from(1000));
    }
    L1::genesis(L1Config { chain_id: 31337, ..L1Config::default() }, 1_767_225_600, state)
}

/// The example of the documentation, with keys that this test has.
fn config() -> Config {
    let mut config = Config::parse(include_str!("../../../docs/deploy.toml")).unwrap();
    config.deployer = deployer().address();
    let roles = config.roles.as_mut().unwrap();
    let addresses = |keys: Vec<Wallet>| keys.iter().map(Wallet::address).collect();
    roles.council.owners = addresses(keys("council", 13));
    roles.foundation.owners = addresses(keys("foundation", 7));
    roles.pause_deputy = Some(PauseDeputy { address: deputy().address(), signature: None });
    let refused = Plan::new(config.clone(), SafeContracts::own().unwrap()).unwrap_err();
    let DeployError::DeputySignature { digest, .. } = refused else { panic!("{refused}") };
    let signature = deputy().sign_hash(digest).unwrap().as_bytes();
    let roles = config.roles.as_mut().unwrap();
    roles.pause_deputy.as_mut().unwrap().signature = Some(Bytes::copy_from_slice(&signature));
    config
}

/// Breaks off after a number of transactions.
struct Breaking {
    left: usize,
}

impl Submit for Breaking {
    fn submit(&mut self, l1: &mut L1, transaction: SignedTransaction) -> Result<Receipt, ClientError> {
        if self.left == 0 {
            return Err(ClientError::Transport("broke off".into()));
        }
        self.left -= 1;
        l1.submit(transaction)
    }
}

#[test]
fn everything_is_as_configured_and_running_again_sends_nothing() {
    for lockbox in [false, true] {
        let mut l1 = chain();
        let mut config = config();
        config.chain.eth_lockbox = lockbox;
        let mut steps = 0;
        let plan = run(&mut l1, &deployer(), config.clone(), &mut |_| steps += 1).unwrap();
        assert!(steps > 40, "{steps}");
        let (differences, compared) = validate(&l1, &plan).unwrap();
        assert!(differences.is_empty(), "{differences:#?}");
        assert!(compared > 150, "{compared}");
        let again = run(&mut l1, &deployer(), config, &mut |step| panic!("{step} was done")).unwrap();
        assert_eq!(again.addresses, plan.addresses);
    }
}

#[test]
fn an_interrupted_deployment_goes_on_where_it_stopped() {
    let mut broken = Watched { l1: chain(), watcher: Breaking { left: 0 } };
    let mut attempts = 0;
    let plan = loop {
        // Each attempt gets three transactions further.
        broken.watcher.left = 3;
        match run(&mut broken, &deployer(), config(), &mut |_| {}) {
            Ok(plan) => break plan,
            Err(DeployError::Transaction { source: ClientError::Transport(_), .. }) => attempts += 1,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(attempts > 10, "{attempts}");
    let (differences, _) = validate(&broken.l1, &plan).unwrap();
    assert!(differences.is_empty(), "{differences:#?}");
    let mut straight = chain();
    let whole = run(&mut straight, &deployer(), config(), &mut |_| {}).unwrap();
    assert_eq!(whole.addresses, plan.addresses);
}

/// Sabotage of the validator's subject: every value of the configuration is changed after the deployment, and the validator must say so.
#[test]
fn every_changed_parameter_is_named() {
    let mut l1 = chain();
    let plan = run(&mut l1, &deployer(), config(), &mut |_| {}).unwrap();
    let a = Address::repeat_byte(0xab);
    type Change = (&'static str, fn(&mut Plan, Address));
    let changes: Vec<Change> = vec![
        ("batcherHash", |p, a| p.config.chain.batcher = a),
        ("batchInbox", |p, a| p.config.chain.batch_inbox = a),
        ("unsafeBlockSigner", |p, a| p.config.chain.unsafe_block_signer = a),
        ("owner", |p, a| p.config.chain.system_config_owner = Some(a)),
        ("gasLimit", |p, _| p.config.chain.gas_limit += 1),
        ("basefeeScalar", |p, _| p.config.chain.basefee_scalar += 1),
        ("blobbasefeeScalar", |p, _| p.config.chain.blobbasefee_scalar += 1),
        ("resourceConfig", |p, _| p.config.chain.resources.minimum_base_fee += 1),
        ("l2ChainId", |p, _| p.config.chain.id += 1),
        ("proofMaturityDelaySeconds", |p, _| p.config.delays.proof_maturity += 1),
        ("disputeGameFinalityDelaySeconds", |p, _| p.config.delays.finality += 1),
        ("delay", |p, _| p.config.delays.weth += 1),
        ("getStartingAnchorRoot", |p, _| p.config.anchor.block += 1),
        ("getStartingAnchorRoot", |p, _| p.config.anchor.root = B256::repeat_byte(1)),
        ("respectedGameType", |p, _| p.config.respected_game_type = 1),
        ("minProposalSize", |p, _| p.config.oracle.min_proposal_size += 1),
        ("challengePeriod", |p, _| p.config.oracle.challenge_period += 1),
        ("gameArgs", |p, _| p.config.games[0].prestate = B256::repeat_byte(3)),
        ("gameArgs", |p, a| p.config.games[1].proposer = Some(a)),
        ("gameArgs", |p, a| p.config.games[1].challenger = Some(a)),
        ("initBonds", |p, _| p.config.games[0].init_bond += U256::from(1)),
        ("maxGameDepth", |p, _| p.config.games[0].max_depth += 1),
        ("splitDepth", |p, _| p.config.games[0].split_depth += 1),
        ("clockExtension", |p, _| p.config.games[0].clock_extension += 1),
        ("maxClockDuration", |p, _| p.config.games[1].max_clock_duration += 1),
        ("gameImpls", |p, _| p.addresses.games.retain(|kind, _| *kind != 1)),
        ("getOwners", |p, a| p.safes[1].owners[12] = a),
        ("getThreshold", |p, _| p.safes[2].threshold += 1),
        ("modules", |p, _| p.safes[0].modules.clear()),
        ("guard", |p, _| p.safes[3].guard = Address::ZERO),
        ("timelockDelay", |p, _| p.safes[3].timelock = None),
        ("liveness", |p, a| p.safes[1].liveness = Some((1_209_600, a))),
        ("deputy", |p, a| p.config.roles.as_mut().unwrap().pause_deputy.as_mut().unwrap().address = a),
        ("deputyGuardian", |p, a| p.config.roles.as_mut().unwrap().deputy_guardian = Some(a)),
        ("guardian", |p, a| p.addresses.roles.as_mut().unwrap().guardian = a),
        ("owner", |p, a| p.addresses.roles.as_mut().unwrap().proxy_admin_owner = a),
        ("getProxyImplementation", |p, a| p.initializations[4].implementation = a),
        ("singleton", |p, a| p.safe_contracts.singleton = a),
        ("fallback handler", |p, a| p.safe_contracts.fallback_handler = a),
    ];
    for (what, change) in changes {
        let mut other = plan.clone();
        change(&mut other, a);
        let (differences, _) = validate(&l1, &other).unwrap();
        assert!(differences.iter().any(|d| d.what.starts_with(what)), "{what} was not noticed: {differences:?}");
        assert!(differences.len() <= 12, "{what}: {differences:?}");
    }
    // And the other way round: what the owner of a role changes on chain is found.
    let config = Call::new(plan.addresses.system_config, &SystemConfig::setMinBaseFeeCall { minBaseFee: 1 });
    assert!(send(&mut l1, &deployer(), &config).is_err(), "the deployer keeps no role");
}

#[test]
fn hostile_configurations_are_refused_with_the_reason() {
    let text = include_str!("../../../docs/deploy.toml");
    assert!(Config::parse(text).is_ok());
    let cases: &[(&str, &str, &str)] = &[
        ("l1_chain_id = 31337", "l1_chain_id = 0", "l1_chain_id"),
        ("id = 901", "id = 31337", "chain.id"),
        ("id = 901", "id = 901\nsurprise = 1", "surprise"),
        ("id = 901", "id = 99999999999999999999999", "u64"),
        (
            "batcher = \"0x1000000000000000000000000000000000000001\"",
            "batcher = \"0x0000000000000000000000000000000000000000\"",
            "chain.batcher",
        ),
        ("batcher = \"0x1000000000000000000000000000000000000001\"", "batcher = \"0x10\"", "batcher"),
        ("respected_game_type = 8", "respected_game_type = 0", "respected_game_type"),
        ("\ntype = 8", "\ntype = 2", "game.type"),
        ("\ntype = 1", "\ntype = 8", "stands twice"),
        ("prestate = \"0x03", "prestate = \"0x01", "prestate"),
        (
            "root = \"0x00000000000000000000000000000000000000000000000000000000000a11c0\"",
            "root = \"0x0000000000000000000000000000000000000000000000000000000000000000\"",
            "anchor.root",
        ),
        ("threshold = 10", "threshold = 9", "75%"),
        ("threshold = 10", "threshold = 14", "roles.council.threshold"),
        ("threshold = 5", "threshold = 0", "roles.foundation.threshold"),
        ("0x200000000000000000000000000000000000000d", "0x200000000000000000000000000000000000000c", "stands twice"),
        ("0x200000000000000000000000000000000000000d", "0x0000000000000000000000000000000000000001", "cannot own"),
        ("0x200000000000000000000000000000000000000d", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "keeps no role"),
        ("upgrade_timelock = 86400", "upgrade_timelock = 31536001", "upgrade_timelock"),
        ("liveness_response = 1209600", "liveness_response = 0", "liveness_response"),
        ("liveness_response = 1209600", "liveness_response = 100\ntimelock = 51", "twice"),
        (
            "liveness_response = 1209600",
            "fallback_owner = \"0x1000000000000000000000000000000000000009\"",
            "fallback_owner",
        ),
        ("proposer = \"0x1000000000000000000000000000000000000004\"", "", "proposer"),
        ("# init_bond = \"80000000000000000\"", "init_bond = \"0\"", "init_bond"),
        ("# max_depth = 73", "max_depth = 126", "max_depth"),
        ("# split_depth = 30", "split_depth = 72", "split_depth"),
        ("# split_depth = 30", "split_depth = 1", "split_depth"),
        ("# clock_extension = 10800", "clock_extension = 216001", "max_clock_duration"),
        ("# clock_extension = 10800", "clock_extension = 18446744073709551615", "max_clock_duration"),
        ("# gas_limit = 60000000", "gas_limit = 20999999", "gas_limit"),
        ("# gas_limit = 60000000", "gas_limit = 500000001", "gas_limit"),
        ("# [delays]                       # seconds", "[delays]\nweth = 0", "delays.weth"),
        ("# [delays]                       # seconds", "[delays]\nfinality = 315360001", "delays.finality"),
        (
            "# [chain.resources]              # the deposit market",
            "[chain.resources]\nelasticity_multiplier = 3",
            "elasticity",
        ),
        (
            "# [chain.resources]              # the deposit market",
            "[chain.resources]\nbase_fee_max_change_denominator = 1",
            "denominator",
        ),
        (
            "# [chain.resources]              # the deposit market",
            "[chain.resources]\nmaximum_base_fee = \"999999999\"",
            "maximum_base_fee",
        ),
        ("# [oracle]", "[oracle]\nchallenge_period = 302400", "max_clock_duration"),
        ("[anchor] ", "[[anchor", "TOML"),
    ];
    for (from, to, reason) in cases {
        assert!(text.contains(from), "{from}");
        let error = Config::parse(&text.replacen(from, to, 1)).expect_err(to).to_string();
        assert!(error.contains(reason), "{to}: {error}");
    }
    assert!(matches!(Config::parse(&" ".repeat(1 << 21)), Err(ConfigError::Parse(_))));
    // Another key, another chain.
    let mut l1 = chain();
    let error = run(&mut l1, &deputy(), config(), &mut |_| {}).unwrap_err();
    assert!(matches!(error, DeployError::Deployer { .. }), "{error}");
    let error = run(&mut l1, &deployer(), Config { l1_chain_id: 1, ..config() }, &mut |_| {}).unwrap_err();
    assert!(matches!(error, DeployError::Chain { .. }), "{error}");
    // A signature of another key does not make a deputy.
    let mut forged = config();
    let digest = Plan::new(forged.clone(), SafeContracts::own().unwrap()).unwrap().deputy_digest().unwrap();
    let signature = deployer().sign_hash(digest).unwrap().as_bytes();
    forged.roles.as_mut().unwrap().pause_deputy.as_mut().unwrap().signature = Some(signature.to_vec().into());
    let error = run(&mut l1, &deployer(), forged, &mut |_| {}).unwrap_err();
    assert!(matches!(error, DeployError::DeputySignature { .. }), "{error}");
    assert_eq!(l1.head_info().header.number, 0, "nothing was sent");
}

/// An upgrade of a game goes through both Safes: council and foundation approve, the timelock passes, the owner's Safe executes.
#[test]
fn an_upgrade_is_prepared_for_both_safes_and_waits_for_the_timelock() {
    let mut l1 = chain();
    let plan = run(&mut l1, &deployer(), config(), &mut |_| {}).unwrap();
    let factory = plan.addresses.dispute_game_factory;
    let prestate = B256::repeat_byte(3);
    let upgrade = GameUpgrade { game_type: 8, prestate: Some(prestate), ..Default::default() };
    let prepared = upgrade_game(&l1, factory, &upgrade).unwrap();
    assert_eq!(prepared.safe, plan.owner());
    assert_eq!(prepared.safe_tx_hash, prepared.transaction().hash_on_chain(&l1).unwrap());
    assert_eq!(prepared.approvals.len(), 2);
    assert_eq!(prepared.builder_json()["transactions"][0]["to"], factory.to_checksum(None));

    for approval in &prepared.approvals {
        let signers = if approval.safe == plan.safes[1].address { keys("council", 13) } else { keys("foundation", 7) };
        let transaction = approval.transaction();
        // One signature too few is refused.
        let few = signed(&signers[..approval.threshold as usize - 1], approval.safe_tx_hash);
        assert!(send(&mut l1, &deployer(), &transaction.execute(few)).is_err());
        let enough = signed(&signers[..approval.threshold as usize], approval.safe_tx_hash);
        send(&mut l1, &deployer(), &transaction.execute(enough)).unwrap();
    }
    let timelock = prepared.timelock.clone().unwrap();
    assert_eq!(timelock.delay, 86_400);
    let schedule = Call { to: Some(timelock.guard), value: U256::ZERO, data: timelock.schedule.unwrap() };
    send(&mut l1, &deployer(), &schedule).unwrap();

    // Only an owner may bring it: the council's Safe does.
    let bring = |l1: &mut L1| {
        let data = prepared.execute.clone().unwrap();
        let p = prepare(l1, "bring", plan.safes[1].address, prepared.safe, data, Operation::Call).unwrap();
        let signatures = signed(&keys("council", 13)[..10], p.safe_tx_hash);
        send(l1, &deployer(), &p.transaction().execute(signatures))
    };
    assert!(bring(&mut l1).is_err(), "before the delay has passed");
    l1.warp(86_401).unwrap();
    let direct = Call { to: Some(prepared.safe), value: U256::ZERO, data: prepared.execute.clone().unwrap() };
    assert!(send(&mut l1, &deployer(), &direct).is_err(), "not an owner");
    bring(&mut l1).unwrap();
    let args = chain::client::view(&l1, factory, &DisputeGameFactory::gameArgsCall { gameType: 8 }).unwrap();
    assert_eq!(args, plan.game_args_with(&plan.config.games[0], prestate));
    let (differences, _) = validate(&l1, &plan).unwrap();
    assert_eq!(differences.iter().map(|d| d.what.as_str()).collect::<Vec<_>>(), ["gameArgs()"]);

    // What makes no sense is not prepared.
    let nothing = upgrade_game(&l1, factory, &upgrade).unwrap_err();
    assert!(matches!(nothing, UpgradeError::Nothing(8)), "{nothing}");
    let finished = GameUpgrade { prestate: Some(B256::repeat_byte(1)), ..upgrade.clone() };
    assert!(matches!(upgrade_game(&l1, factory, &finished), Err(UpgradeError::Prestate(_))));
    let empty = GameUpgrade { implementation: Some(Address::repeat_byte(7)), ..upgrade.clone() };
    assert!(matches!(upgrade_game(&l1, factory, &empty), Err(UpgradeError::Implementation(..))));
    let unknown = GameUpgrade { game_type: 3, ..upgrade };
    assert!(matches!(upgrade_game(&l1, factory, &unknown), Err(UpgradeError::Arguments { .. })));
}

fn signed(keys: &[Wallet], hash: B256) -> Bytes {
    keys.iter().try_fold(Signatures::new(), |all, key| all.sign(key, hash)).unwrap().bytes()
}

/// Without roles the deployer keeps everything, and the stranger has nothing.
#[test]
fn roles_are_where_they_should_be() {
    let mut l1 = chain();
    let plan = run(&mut l1, &deployer(), Config { roles: None, ..config() }, &mut |_| {}).unwrap();
    let (differences, _) = validate(&l1, &plan).unwrap();
    assert!(differences.is_empty(), "{differences:#?}");
    let pause = SuperchainConfig::pauseCall { identifier: Address::ZERO };
    let pause = Call::new(plan.addresses.superchain_config, &pause);
    assert!(send(&mut l1, &deputy(), &pause).is_err());
    send(&mut l1, &deployer(), &pause).unwrap();

    let mut l1 = chain();
    let plan = run(&mut l1, &deployer(), config(), &mut |_| {}).unwrap();
    let a = &plan.addresses;
    let calls = [
        Call::new(a.superchain_config, &SuperchainConfig::pauseCall { identifier: Address::ZERO }),
        Call::new(a.proxy_admin, &ProxyAdmin::transferOwnershipCall { newOwner: deployer().address() }),
        Call::new(a.dispute_game_factory, &DisputeGameFactory::setInitBondCall { gameType: 8, initBond: U256::ZERO }),
        Call::new(a.anchor_state_registry, &AnchorStateRegistry::updateRetirementTimestampCall {}),
        Call::new(a.system_config, &SystemConfig::setMinBaseFeeCall { minBaseFee: 1 }),
    ];
    for call in calls {
        assert!(send(&mut l1, &deployer(), &call).is_err(), "{call:?}");
    }
    // The council can, through the guardian.
    let guardian = plan.guardian();
    let retire = AnchorStateRegistry::updateRetirementTimestampCall {}.abi_encode();
    let p = prepare(&l1, "retire", guardian, a.anchor_state_registry, retire.into(), Operation::Call).unwrap();
    let council = &p.approvals[0];
    let signatures = signed(&keys("council", 13)[3..], council.safe_tx_hash);
    send(&mut l1, &deputy(), &council.transaction().execute(signatures)).unwrap();
    send(&mut l1, &deputy(), &Call { to: Some(guardian), value: U256::ZERO, data: p.execute.unwrap() }).unwrap();
    let retired = AnchorStateRegistry::retirementTimestampCall {};
    let at = chain::client::view(&l1, a.anchor_state_registry, &retired).unwrap();
    assert_eq!(at, l1.head_info().header.timestamp);
}
