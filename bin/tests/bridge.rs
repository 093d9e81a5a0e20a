//! `tribunal deploy`, `guardian` and `withdraw` as a user runs them: anvil is L1, the L2 is the one made in process, over loopback.
//! Needs anvil (`contracts/node_modules`, or the path in `ANVIL`); says so where it is missing.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, U256};
use chain::abi::{DisputeGameFactory, FaultDisputeGame, OptimismPortal2};
use chain::client::view;
use chain::games::{created_game, extra_data};
use chain::node::NodeLedger;
use chain::{Call, L1Client, Wallet, send};
use devnet::l2::L2Ledger;
use devnet::own_chain::OwnChain;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// First account of every development node.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const CLOCK: u64 = 1_000;
const AIRGAP: u64 = 500;
const MATURITY: u64 = 700;

fn anvil_path() -> Option<PathBuf> {
    let own =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
    std::env::var_os("ANVIL").map(PathBuf::from).or_else(|| own.exists().then_some(own))
}

struct Anvil {
    process: Child,
    url: String,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn anvil(path: &Path, timestamp: u64) -> Anvil {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Command::new(path)
        .args(["--silent", "--port", &port.to_string(), "--timestamp", &timestamp.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let anvil = Anvil { process, url: format!("http://127.0.0.1:{port}") };
    for _ in 0..100 {
        if NodeLedger::connect(&anvil.url, Duration::from_secs(10)).is_ok() {
            return anvil;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("anvil does not answer");
}

fn tribunal(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tribunal")).args(arguments).env("TRIBUNAL_KEY", KEY).output().unwrap()
}

fn json_of(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

fn lines_of(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn warp(l1: &NodeLedger, seconds: u64) {
    l1.request::<Value>("evm_increaseTime", json!([seconds])).unwrap();
    let _ = l1.request::<Value>("evm_mine", json!([]));
}

#[test]
fn deployed_proven_and_finalized_on_anvil() {
    let Some(path) = anvil_path() else {
        eprintln!("SKIPPED: no anvil; run `npm ci --ignore-scripts` in contracts/ or set ANVIL");
        return;
    };
    let chain = OwnChain::make().unwrap();
    let (roots, genesis) = (chain.roots.clone(), chain.genesis_root);
    let after = chain.headers.last().unwrap().timestamp + 100;
    let l2 = Arc::new(L2Ledger::new(chain).unwrap());
    let l2_url = format!("http://{}", Arc::clone(&l2).serve().unwrap());
    let anvil = anvil(&path, after);
    let l1_url = anvil.url.as_str();
    let folder = tempfile::tempdir().unwrap();
    let wallet = Wallet::from_secret(KEY.parse::<B256>().unwrap()).unwrap();

    // The example of the documentation, with short clocks; the deployer keeps the roles.
    let text = include_str!("../../docs/deploy.toml");
    let text = text.split("# Without [roles]").next().unwrap();
    let short = format!("type = 8\nmax_clock_duration = {CLOCK}\nclock_extension = 10\ninit_bond = \"1000\" #");
    let text = text
        .replacen("0x00000000000000000000000000000000000000000000000000000000000a11c0", &genesis.to_string(), 1)
        .replacen(
            "# [delays]                       # seconds",
            &format!("[delays]\nproof_maturity = {MATURITY}\nfinality = {AIRGAP}"),
            1,
        )
        .replacen("# [oracle]", "[oracle]\nchallenge_period = 100", 1)
        .replacen("\ntype = 8", &format!("\n{short}"), 1);
    let config = folder.path().join("deploy.toml");
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    let deployed = tribunal(&["deploy", "--config", config, "--l1", l1_url, "--json"]);
    assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
    let report = json_of(&deployed);
    assert_eq!(report["differences"], json!([]));
    let again = tribunal(&["deploy", "--config", config, "--l1", l1_url]);
    assert!(again.status.success() && again.stderr.is_empty(), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(tribunal(&["deploy", "validate", "--config", config, "--l1", l1_url]).status.success());

    let portal: Address = report["addresses"]["optimism_portal"].as_str().unwrap().parse().unwrap();
    let factory: Address = report["addresses"]["dispute_game_factory"].as_str().unwrap().parse().unwrap();
    let portal_text = portal.to_string();
    let mut l1 = NodeLedger::connect(l1_url, Duration::from_secs(30)).unwrap();
    let donate = Call::new(portal, &OptimismPortal2::donateETHCall {}).with_value(U256::from(1_000));
    send(&mut l1, &wallet, &donate).unwrap();

    // Two withdrawals at once.
    let hashes: Vec<String> = l2.withdrawals()[2..4].iter().map(|r| r.transaction_hash.to_string()).collect();
    let withdraw = |step: &str, more: &[&str]| {
        let mut arguments = vec!["withdraw", step, "--l1", l1_url, "--l2", &l2_url, "--portal", &portal_text, "--json"];
        for hash in &hashes {
            arguments.extend(["--tx", hash]);
        }
        arguments.extend(more);
        tribunal(&arguments)
    };
    let status = withdraw("status", &[]);
    assert_eq!(status.status.code(), Some(1));
    assert_eq!(lines_of(&status)[0]["status"]["obstacles"], json!([{"why": "no_game"}]));

    let propose = |l1: &mut NodeLedger, block: u64| {
        let create = DisputeGameFactory::createCall {
            gameType: 8,
            rootClaim: roots[block as usize - 1],
            extraData: extra_data(block),
        };
        let receipt = send(l1, &wallet, &Call::new(factory, &create).with_value(U256::from(1_000))).unwrap();
        created_game(&receipt, factory).unwrap()
    };
    warp(&l1, 2);
    let first = propose(&mut l1, 5);
    warp(&l1, 2);
    let proven = withdraw("prove", &[]);
    assert!(proven.status.success(), "{}", String::from_utf8_lossy(&proven.stdout));
    assert_eq!(lines_of(&proven).len(), 2);
    let early = withdraw("finalize", &[]);
    assert_eq!(early.status.code(), Some(1));
    assert!(lines_of(&early)[0]["error"].as_str().unwrap().contains("not old enough"), "{early:?}");

    // The guardian takes the game out of account: the withdrawals have to be proven again, and are.
    let guardian = |more: &[&str]| {
        let mut arguments = vec!["guardian", "--l1", l1_url, "--portal", &portal_text];
        arguments.extend(more);
        tribunal(&arguments)
    };
    assert_eq!(guardian(&["blacklist", &Address::repeat_byte(9).to_string(), "--send"]).status.code(), Some(65));
    let done = guardian(&["blacklist", &first.to_string(), "--send"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let status = withdraw("status", &["--account", &wallet.address().to_string()]);
    assert_eq!(lines_of(&status)[0]["status"]["again"], json!("blacklisted"));
    assert!(guardian(&["pause", "--send"]).status.success());
    assert_eq!(lines_of(&withdraw("status", &[]))[0]["status"]["obstacles"][0], json!({"why": "paused"}));
    assert!(guardian(&["unpause", "--send"]).status.success());
    let second = propose(&mut l1, 6);
    warp(&l1, 2);
    assert!(withdraw("prove", &[]).status.success());

    warp(&l1, CLOCK + 10);
    let claim = FaultDisputeGame::resolveClaimCall { claimIndex: U256::ZERO, numToResolve: U256::ZERO };
    send(&mut l1, &wallet, &Call::new(second, &claim)).unwrap();
    send(&mut l1, &wallet, &Call::new(second, &FaultDisputeGame::resolveCall {})).unwrap();
    let waiting = lines_of(&withdraw("status", &["--account", &wallet.address().to_string()]));
    assert_eq!(waiting[0]["status"]["obstacles"][0]["why"], json!("airgap"));
    warp(&l1, AIRGAP + 10);

    // What is left is done by watching.
    let watched = withdraw("watch", &["--interval", "1"]);
    assert!(watched.status.success(), "{}", String::from_utf8_lossy(&watched.stderr));
    assert_eq!(lines_of(&watched).iter().filter(|line| line["did"] == "finalized").count(), 2);
    let status = withdraw("status", &[]);
    assert_eq!(status.status.code(), Some(0));
    for receipt in &l2.withdrawals()[2..4] {
        let withdrawal = withdrawals::Withdrawal::from_log(&receipt.logs[0]).unwrap();
        assert_eq!(l1.balance(withdrawal.target).unwrap(), withdrawal.value);
        let call = OptimismPortal2::finalizedWithdrawalsCall { withdrawalHash: withdrawal.hash() };
        assert!(view(&l1, portal, &call).unwrap());
    }
}

#[test]
fn keys_are_taken_from_files_and_the_environment_alone() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_tribunal")).args(arguments).env_remove("TRIBUNAL_KEY").output().unwrap()
    };
    let help = String::from_utf8(run(&["withdraw", "init", "--help"]).stdout).unwrap();
    assert!(help.contains("--key-file") && !help.contains("--key <") && !help.contains("--private-key"), "{help}");
    let init = [
        "withdraw",
        "init",
        "--l2",
        "http://127.0.0.1:1",
        "--to",
        "0x0000000000000000000000000000000000000001",
        "--amount",
        "1",
    ];
    let none = run(&init);
    assert_eq!(none.status.code(), Some(64));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for bad in ["", "12", "zz", "0000000000000000000000000000000000000000000000000000000000000000"] {
        std::fs::write(&path, bad).unwrap();
        let out = run(&[&init[..], &["--key-file", path.to_str().unwrap()]].concat());
        assert_eq!(out.status.code(), Some(65), "{bad}");
    }
    // A key never comes back in a message.
    std::fs::write(&path, format!("{KEY}ff")).unwrap();
    let out = run(&[&init[..], &["--key-file", path.to_str().unwrap()]].concat());
    assert!(!String::from_utf8_lossy(&out.stderr).contains(&KEY[..16]));
}
