//! Recorded withdrawals through the portal, each with the proof that an execution client gave: those of devnet-901901 and whatever public
//! chains' files lie in `withdrawals/`. Each is proven against a game about its output root; with one bit of its proof flipped it is not.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, Bytes, U256};
use chain::abi::{DisputeGameFactory, FaultDisputeGame, OptimismPortal2, OutputRootProof, WithdrawalTransaction};
use chain::client::view;
use chain::deploy::{Config, run};
use chain::games::{created_game, extra_data};
use chain::{Call, Wallet, send};
use devnet::l1::{L1, L1Config, State};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::io::Read;

const CLOCK: u64 = 1_000;
const AIRGAP: u64 = 500;
const MATURITY: u64 = 700;
const BOND: u64 = 1_000;
/// Withdrawals whose games are resolved, of the first ones.
const RESOLVED: usize = 12;

fn recorded() -> Option<Vec<Value>> {
    let Ok(folder) = std::env::var("TRIBUNAL_REAL_DATA") else {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA is not set");
        return None;
    };
    let path = std::path::Path::new(&folder).join("devnet-901901/chain/withdrawal-proofs.json.zst");
    let packed = std::fs::read(path).unwrap();
    let mut text = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(packed.as_slice()).unwrap().read_to_end(&mut text).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

fn field<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value, name: &str) -> T {
    value[name].as_str().unwrap().parse().unwrap()
}

fn transaction(value: &Value) -> WithdrawalTransaction {
    WithdrawalTransaction {
        nonce: field(value, "nonce"),
        sender: field(value, "sender"),
        target: field(value, "target"),
        value: field(value, "value"),
        gasLimit: field(value, "gasLimit"),
        data: field(value, "data"),
    }
}

fn output(value: &Value) -> OutputRootProof {
    OutputRootProof {
        version: field(value, "version"),
        stateRoot: field(value, "stateRoot"),
        messagePasserStorageRoot: field(value, "messagePasserStorageRoot"),
        latestBlockhash: field(value, "latestBlockhash"),
    }
}

/// L1 with everything deployed and ether in the portal.
struct World {
    l1: L1,
    owner: Wallet,
    user: Wallet,
    portal: Address,
    factory: Address,
}

fn world() -> World {
    let (owner, user) = (Wallet::from_label("recorded owner"), Wallet::from_label("recorded user"));
    let mut state = State::default();
    for wallet in [&owner, &user] {
        state.fund(wallet.address(), U256::from(10u64.pow(18)) * U256::from(1000));
    }
    let mut l1 = L1::genesis(L1Config { chain_id: 31337, ..L1Config::default() }, 1_800_000_000, state);
    let mut config = Config::parse(include_str!("../../../docs/deploy.toml")).unwrap();
    config.deployer = owner.address();
    config.roles = None;
    (config.anchor.root, config.anchor.block) = (B256::repeat_byte(1), 0);
    (config.delays.finality, config.delays.proof_maturity) = (AIRGAP, MATURITY);
    config.oracle.challenge_period = 100;
    for game in &mut config.games {
        (game.clock_extension, game.max_clock_duration) = (10, CLOCK);
        game.init_bond = U256::from(BOND);
    }
    let plan = run(&mut l1, &owner, config, &mut |_| {}).unwrap();
    let portal = plan.addresses.optimism_portal;
    let factory = view(&l1, portal, &OptimismPortal2::disputeGameFactoryCall {}).unwrap();
    let funds =
        Call::new(portal, &OptimismPortal2::donateETHCall {}).with_value(U256::from(10u64.pow(18)) * U256::from(100));
    send(&mut l1, &owner, &funds).unwrap();
    l1.warp(12).unwrap();
    World { l1, owner, user, portal, factory }
}

/// A number, written as JSON has it or in hex.
fn number(value: &Value) -> U256 {
    value.as_u64().map_or_else(|| value.as_str().unwrap().parse().unwrap(), U256::from)
}

/// Files of public chains: one withdrawal each, of any nonce version, with the nodes of its proof in the state of the day.
#[test]
fn withdrawals_of_public_chains() {
    let Ok(folder) = std::env::var("TRIBUNAL_REAL_DATA") else {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA is not set");
        return;
    };
    let mut files = 0;
    let World { mut l1, owner, user, portal, factory } = world();
    for file in std::fs::read_dir(std::path::Path::new(&folder).join("withdrawals")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.display().to_string();
        let entry: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let w = &entry["withdrawal"];
        let withdrawal = WithdrawalTransaction {
            nonce: number(&w["nonce"]),
            sender: field(w, "sender"),
            target: field(w, "target"),
            value: number(&w["value"]),
            gasLimit: number(&w["gasLimit"]),
            data: field(w, "data"),
        };
        let proof = output(&entry["outputRootProof"]);
        let root: B256 = field(&entry["expected"], "outputRoot");
        let parts = [proof.version, proof.stateRoot, proof.messagePasserStorageRoot, proof.latestBlockhash];
        assert_eq!(alloy_primitives::keccak256(parts.concat()), root, "{name}");
        let nodes = entry["withdrawalProof"].as_array().unwrap();
        let nodes: Vec<Bytes> = nodes.iter().map(|node| node.as_str().unwrap().parse().unwrap()).collect();
        let index = view(&l1, factory, &DisputeGameFactory::gameCountCall {}).unwrap();
        let create = DisputeGameFactory::createCall { gameType: 8, rootClaim: root, extraData: extra_data(files + 1) };
        send(&mut l1, &owner, &Call::new(factory, &create).with_value(U256::from(BOND))).unwrap();
        l1.warp(12).unwrap();
        let mut call = OptimismPortal2::proveWithdrawalTransactionCall {
            withdrawal,
            disputeGameIndex: index,
            outputRootProof: proof,
            withdrawalProof: nodes,
        };
        for node in 0..call.withdrawalProof.len() {
            let honest = call.withdrawalProof[node].clone();
            for byte in (0..honest.len()).step_by(41) {
                let mut bytes = honest.to_vec();
                bytes[byte] ^= 1 << (byte % 8);
                call.withdrawalProof[node] = bytes.into();
                assert!(send(&mut l1, &user, &Call::new(portal, &call)).is_err(), "{name}: byte {byte} of node {node}");
            }
            call.withdrawalProof[node] = honest;
        }
        let honest = call.withdrawal.clone();
        for change in [
            |w: &mut WithdrawalTransaction| w.nonce ^= U256::ONE << 240,
            |w: &mut WithdrawalTransaction| w.value += U256::ONE,
            |w: &mut WithdrawalTransaction| w.gasLimit += U256::ONE,
            |w: &mut WithdrawalTransaction| w.target = Address::repeat_byte(1),
        ] {
            change(&mut call.withdrawal);
            assert!(send(&mut l1, &user, &Call::new(portal, &call)).is_err(), "{name}");
            call.withdrawal = honest.clone();
        }
        send(&mut l1, &user, &Call::new(portal, &call)).unwrap();
        let proven = OptimismPortal2::provenWithdrawalsCall {
            withdrawalHash: field(&entry["expected"], "withdrawalHash"),
            proofSubmitter: user.address(),
        };
        assert_ne!(view(&l1, portal, &proven).unwrap().timestamp, 0, "{name}");
        files += 1;
    }
    assert!(files > 0);
}

#[test]
fn every_recorded_withdrawal() {
    let Some(recorded) = recorded() else { return };
    assert!(recorded.len() > 100);
    let World { mut l1, owner, user, portal, factory } = world();

    // One game for each output root.
    let mut games: HashMap<B256, (U256, Address)> = HashMap::new();
    for entry in &recorded {
        let root: B256 = field(entry, "outputRoot");
        let index = U256::from(games.len());
        if games.contains_key(&root) {
            continue;
        }
        let block = entry["provenAtL2Block"].as_u64().unwrap();
        let create = DisputeGameFactory::createCall { gameType: 8, rootClaim: root, extraData: extra_data(block) };
        let receipt = send(&mut l1, &owner, &Call::new(factory, &create).with_value(U256::from(BOND))).unwrap();
        games.insert(root, (index, created_game(&receipt, factory).unwrap()));
    }
    l1.warp(12).unwrap();

    for (i, entry) in recorded.iter().enumerate() {
        let withdrawal = transaction(&entry["withdrawal"]);
        let hash: B256 = field(&entry["withdrawal"], "withdrawalHash");
        let (index, game) = games[&field::<B256>(entry, "outputRoot")];
        let nodes: Vec<Bytes> = entry["storageProof"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node.as_str().unwrap().parse().unwrap())
            .collect();
        let mut call = OptimismPortal2::proveWithdrawalTransactionCall {
            withdrawal,
            disputeGameIndex: index,
            outputRootProof: output(&entry["outputRootProof"]),
            withdrawalProof: nodes,
        };

        // The sabotaged twin first: another bit for every withdrawal.
        let (node, bit) = (i % call.withdrawalProof.len(), i * 37);
        let mut bytes = call.withdrawalProof[node].to_vec();
        let at = bit % (bytes.len() * 8);
        bytes[at / 8] ^= 1 << (at % 8);
        let honest = std::mem::replace(&mut call.withdrawalProof[node], bytes.into());
        assert!(send(&mut l1, &user, &Call::new(portal, &call)).is_err(), "withdrawal {i}: bit {at} of node {node}");
        call.withdrawalProof[node] = honest;

        send(&mut l1, &user, &Call::new(portal, &call)).unwrap();
        let submitter = OptimismPortal2::provenWithdrawalsCall { withdrawalHash: hash, proofSubmitter: user.address() };
        let proven = view(&l1, portal, &submitter).unwrap();
        assert_eq!(proven.game, game, "withdrawal {i} is known by the hash that was recorded");
    }

    l1.warp(CLOCK + 100).unwrap();
    let mut resolved = HashSet::new();
    for entry in &recorded[..RESOLVED] {
        let (_, game) = games[&field::<B256>(entry, "outputRoot")];
        let claim = FaultDisputeGame::resolveClaimCall { claimIndex: U256::ZERO, numToResolve: U256::ZERO };
        if resolved.insert(game) {
            send(&mut l1, &user, &Call::new(game, &claim)).unwrap();
            send(&mut l1, &user, &Call::new(game, &FaultDisputeGame::resolveCall {})).unwrap();
        }
    }
    l1.warp(AIRGAP + MATURITY).unwrap();
    let mut finalized = 0;
    for (i, entry) in recorded[..2 * RESOLVED].iter().enumerate() {
        let withdrawal = transaction(&entry["withdrawal"]);
        let hash: B256 = field(&entry["withdrawal"], "withdrawalHash");
        let allowed = resolved.contains(&games[&field::<B256>(entry, "outputRoot")].1);
        let call = Call::new(portal, &OptimismPortal2::finalizeWithdrawalTransactionCall { withdrawal });
        assert_eq!(send(&mut l1, &user, &call).is_ok(), allowed, "withdrawal {i}");
        let done = OptimismPortal2::finalizedWithdrawalsCall { withdrawalHash: hash };
        assert_eq!(view(&l1, portal, &done).unwrap(), allowed);
        finalized += usize::from(allowed);
    }
    assert!((RESOLVED..2 * RESOLVED).contains(&finalized));
}
