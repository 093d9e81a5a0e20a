//! `tribunal deploy`, `guardian` and `withdraw` as a user runs them: anvil is L1, the L2 is the one made in process, over loopback.
//! Needs anvil (`contracts/node_modules`, or the path in `ANVIL`); says so where it is missing.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue, sol};
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

/// A chain on anvil: everything deployed by the command, the L2 made in process behind it.
struct Stand {
    anvil: Anvil,
    l2: Arc<L2Ledger>,
    l2_url: String,
    roots: Vec<B256>,
    wallet: Wallet,
    portal: Address,
    factory: Address,
    l1: NodeLedger,
    _folder: tempfile::TempDir,
}

fn stand() -> Option<Stand> {
    let Some(path) = anvil_path() else {
        eprintln!("SKIPPED: no anvil; run `npm ci --ignore-scripts` in contracts/ or set ANVIL");
        return None;
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
    let mut l1 = NodeLedger::connect(l1_url, Duration::from_secs(30)).unwrap();
    let donate = Call::new(portal, &OptimismPortal2::donateETHCall {}).with_value(U256::from(1_000));
    send(&mut l1, &wallet, &donate).unwrap();
    warp(&l1, 2);
    Some(Stand { l2, l2_url, roots, wallet, portal, factory, l1, _folder: folder, anvil })
}

impl Stand {
    fn propose(&mut self, block: u64) -> Address {
        let create = DisputeGameFactory::createCall {
            gameType: 8,
            rootClaim: self.roots[block as usize - 1],
            extraData: extra_data(block),
        };
        let call = Call::new(self.factory, &create).with_value(U256::from(1_000));
        created_game(&send(&mut self.l1, &self.wallet, &call).unwrap(), self.factory).unwrap()
    }

    fn resolve(&mut self, game: Address) {
        let claim = FaultDisputeGame::resolveClaimCall { claimIndex: U256::ZERO, numToResolve: U256::ZERO };
        send(&mut self.l1, &self.wallet, &Call::new(game, &claim)).unwrap();
        send(&mut self.l1, &self.wallet, &Call::new(game, &FaultDisputeGame::resolveCall {})).unwrap();
    }
}

#[test]
fn deployed_proven_and_finalized_on_anvil() {
    let Some(mut stand) = stand() else { return };
    let (l1_url, portal) = (stand.anvil.url.clone(), stand.portal);
    let (l1_url, l2_url, portal_text) = (l1_url.as_str(), stand.l2_url.clone(), portal.to_string());
    let l2 = Arc::clone(&stand.l2);
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

    let first = stand.propose(5);
    warp(&stand.l1, 2);
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
    let status = withdraw("status", &["--account", &stand.wallet.address().to_string()]);
    assert_eq!(lines_of(&status)[0]["status"]["again"], json!("blacklisted"));
    assert!(guardian(&["pause", "--send"]).status.success());
    assert_eq!(lines_of(&withdraw("status", &[]))[0]["status"]["obstacles"][0], json!({"why": "paused"}));
    assert!(guardian(&["unpause", "--send"]).status.success());
    let second = stand.propose(6);
    warp(&stand.l1, 2);
    assert!(withdraw("prove", &[]).status.success());

    warp(&stand.l1, CLOCK + 10);
    stand.resolve(second);
    let waiting = lines_of(&withdraw("status", &["--account", &stand.wallet.address().to_string()]));
    assert_eq!(waiting[0]["status"]["obstacles"][0]["why"], json!("airgap"));
    warp(&stand.l1, AIRGAP + 10);

    // What is left is done by watching.
    let watched = withdraw("watch", &["--interval", "1"]);
    assert!(watched.status.success(), "{}", String::from_utf8_lossy(&watched.stderr));
    assert_eq!(lines_of(&watched).iter().filter(|line| line["did"] == "finalized").count(), 2);
    let status = withdraw("status", &[]);
    assert_eq!(status.status.code(), Some(0));
    for receipt in &l2.withdrawals()[2..4] {
        let withdrawal = withdrawals::Withdrawal::from_log(&receipt.logs[0]).unwrap();
        assert_eq!(stand.l1.balance(withdrawal.target).unwrap(), withdrawal.value);
        let call = OptimismPortal2::finalizedWithdrawalsCall { withdrawalHash: withdrawal.hash() };
        assert!(view(&stand.l1, portal, &call).unwrap());
    }
}

/// A withdrawal by another client, from L2 to its end: viem, where `TRIBUNAL_VIEM` names the folder whose node_modules has it.
#[test]
fn another_client_proves_and_finalizes() {
    let Some(folder) = std::env::var_os("TRIBUNAL_VIEM").map(PathBuf::from) else {
        eprintln!("SKIPPED: TRIBUNAL_VIEM names no folder where viem is installed; no other client was tried");
        return;
    };
    let Some(mut stand) = stand() else { return };
    // What viem asks many games by, from viem itself.
    let bytecode = "require('./node_modules/viem/_cjs/constants/contracts.js').multicall3Bytecode";
    let bytecode = Command::new("node").current_dir(&folder).args(["-p", bytecode]).output().unwrap();
    let bytecode = String::from_utf8(bytecode.stdout).unwrap();
    assert!(bytecode.len() > 1_000, "viem has its contracts elsewhere");
    let create = Call::create(bytecode.trim().parse().unwrap());
    let multicall = send(&mut stand.l1, &stand.wallet, &create).unwrap().contract_address.unwrap();
    let receipt = stand.l2.withdrawals()[1].clone();
    let given = json!({
        "l1": stand.anvil.url, "l2": stand.l2_url, "portal": stand.portal, "factory": stand.factory, "key": format!("0x{KEY}"),
        "multicall": multicall, "transaction": receipt.transaction_hash,
    });
    let viem = |step: &str| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/viem.mjs");
        let mut node = Command::new("node");
        let out = node.arg(script).args([step, &given.to_string()]).env("TRIBUNAL_VIEM", &folder).output().unwrap();
        assert!(out.status.success(), "{step}: {}", String::from_utf8_lossy(&out.stderr));
        json_of(&out)
    };
    let deposit = viem("deposit");
    assert_eq!(
        (&deposit["status"], deposit["onL2"].as_array().map(Vec::len)),
        (&json!("success"), Some(1)),
        "{deposit}"
    );
    assert_eq!(viem("status")["status"], "waiting-to-prove");
    let game = stand.propose(5);
    warp(&stand.l1, 2);
    assert_eq!(viem("games")["games"], json!([{"index": "0", "l2BlockNumber": "5"}]));
    assert_eq!(viem("status")["status"], "ready-to-prove");
    let proven = viem("prove");
    assert_eq!((&proven["status"], &proven["game"]), (&json!("success"), &json!("0")), "{proven}");
    assert_eq!((&proven["version"]["major"], &proven["version"]["minor"]), (&json!(5), &json!(6)), "{proven}");
    assert_eq!(proven["output"], json!(stand.roots[4]));
    assert_eq!(viem("status")["status"], "waiting-to-finalize");
    assert_eq!(viem("wait")["period"], json!(MATURITY));
    warp(&stand.l1, CLOCK + 10);
    stand.resolve(game);
    assert_eq!(viem("status")["status"], "waiting-to-finalize", "the airgap");
    warp(&stand.l1, AIRGAP + 10);
    assert_eq!(viem("status")["status"], "ready-to-finalize");
    let withdrawal = withdrawals::Withdrawal::from_log(&receipt.logs[0]).unwrap();
    let before = stand.l1.balance(withdrawal.target).unwrap();
    assert_eq!(viem("finalize")["status"], "success");
    assert_eq!(viem("status")["status"], "finalized");
    assert_eq!(stand.l1.balance(withdrawal.target).unwrap() - before, withdrawal.value);
}

/// Watching ends in the middle of everything and begins again: nothing is done twice, nothing is left undone.
#[test]
fn watching_survives_being_killed() {
    use std::io::{BufRead, BufReader};
    let Some(mut stand) = stand() else { return };
    let receipts = stand.l2.withdrawals()[..4].to_vec();
    let mut arguments: Vec<String> =
        ["withdraw", "watch", "--json", "--interval", "1", "--l1", &stand.anvil.url, "--l2", &stand.l2_url]
            .map(str::to_owned)
            .to_vec();
    arguments.extend(["--portal".into(), stand.portal.to_string()]);
    arguments.extend(receipts.iter().flat_map(|r| ["--tx".to_owned(), r.transaction_hash.to_string()]));
    let watch = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tribunal"));
        command.args(&arguments).env("TRIBUNAL_KEY", KEY).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut game = stand.propose(5);
    warp(&stand.l1, 2);
    // Killed after each thing that it did.
    let mut done = Vec::new();
    for round in 0.. {
        assert!(round < 20, "{done:?}");
        let mut child = watch();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = if done.len() == 4 { None } else { lines.next() };
        if let Some(line) = line {
            done.push(serde_json::from_str::<Value>(&line.unwrap()).unwrap()["did"].as_str().unwrap().to_owned());
            child.kill().unwrap();
            child.wait().unwrap();
            continue;
        }
        // All are proven: the guardian throws the game away, another one is proposed, and watching goes on by itself to the end.
        let portal = stand.portal.to_string();
        let blacklist = game.to_string();
        let guardian = ["guardian", "--l1", &stand.anvil.url, "--portal", &portal, "blacklist", &blacklist, "--send"];
        assert!(tribunal(&guardian).status.success());
        game = stand.propose(6);
        warp(&stand.l1, 2);
        for _ in 0..4 {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            assert_eq!(line["did"], "proven", "{line}");
        }
        warp(&stand.l1, CLOCK + 10);
        stand.resolve(game);
        warp(&stand.l1, AIRGAP + 10);
        let rest: Vec<Value> = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        assert!(rest.len() == 4 && rest.iter().all(|line| line["did"] == "finalized"), "{rest:?}");
        assert!(child.wait().unwrap().success());
        break;
    }
    assert_eq!(done, ["proven"; 4]);
    for receipt in &receipts {
        let withdrawal = withdrawals::Withdrawal::from_log(&receipt.logs[0]).unwrap();
        let call = numProofSubmittersCall { withdrawalHash: withdrawal.hash() };
        assert_eq!(view(&stand.l1, stand.portal, &call).unwrap(), U256::from(2), "proven once by each game");
        assert_eq!(stand.l1.balance(withdrawal.target).unwrap(), withdrawal.value);
    }
}

/// Asks a node for something that it answers with nothing.
fn order(node: &NodeLedger, method: &str, parameters: Value) {
    match node.request::<Value>(method, parameters) {
        Ok(_) | Err(chain::ClientError::NotFound(_)) => {}
        Err(error) => panic!("{method}: {error}"),
    }
}

/// Code and slots of an L2's predeploys on a node that is started empty.
fn predeploy(l2: &NodeLedger, low: u16, name: &str, slots: &[(u64, Address)]) -> Address {
    let mut address = Address::ZERO;
    address.0[0] = 0x42;
    address.0[18..].copy_from_slice(&low.to_be_bytes());
    order(l2, "anvil_setCode", json!([address, artifact(name)["deployedBytecode"]]));
    for (slot, value) in slots {
        let (slot, value) = (B256::from(U256::from(*slot)), value.into_word());
        order(l2, "anvil_setStorageAt", json!([address, slot, value]));
    }
    address
}

fn artifact(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../contracts/artifacts/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

sol! {
    function numProofSubmitters(bytes32 withdrawalHash) external view returns (uint256);
    function mint(address to, uint256 amount) external;
    function balanceOf(address owner) external view returns (uint256);
    function sentMessages(bytes32 hash) external view returns (bool);
    function relayMessage(uint256 nonce, address sender, address target, uint256 value, uint256 minGasLimit, bytes message) external payable;
    function finalizeBridgeERC20(address localToken, address remoteToken, address from, address to, uint256 amount, bytes extraData) external;
}

/// Withdrawals of ether and of a token are started on an L2 whose node executes transactions; one is started, killed and lost, and sent
/// again as the same transaction.
#[test]
fn withdrawals_begin_on_l2() {
    let Some(stand) = stand() else { return };
    let node = anvil(&anvil_path().unwrap(), 1_900_000_000);
    let mut l2 = NodeLedger::connect(&node.url, Duration::from_secs(30)).unwrap();
    let (messenger_on_l1, bridge_on_l1) = (Address::repeat_byte(0x61), Address::repeat_byte(0x62));
    let remote = Address::repeat_byte(0x63);
    let dead = Address::from_word(B256::from(U256::from(0xdead)));
    let passer = predeploy(&l2, 0x16, "L2ToL1MessagePasser", &[]);
    let messenger = predeploy(&l2, 0x07, "L2CrossDomainMessenger", &[(204, dead), (207, messenger_on_l1)]);
    let bridge = predeploy(&l2, 0x10, "L2StandardBridge", &[(3, messenger), (4, bridge_on_l1)]);
    let code = artifact("OptimismMintableERC20")["bytecode"].as_str().unwrap().parse::<Bytes>().unwrap();
    let arguments = (bridge, remote, "Token".to_owned(), "TOK".to_owned(), U256::from(18)).abi_encode_params();
    let create = Call::create([code.as_ref(), &arguments].concat().into());
    let token = send(&mut l2, &stand.wallet, &create).unwrap().contract_address.unwrap();
    order(&l2, "anvil_setBalance", json!([bridge, "0xde0b6b3a7640000"]));
    order(&l2, "anvil_impersonateAccount", json!([bridge]));
    let me = stand.wallet.address();
    let mint = Bytes::from(mintCall { to: me, amount: U256::from(900) }.abi_encode());
    order(&l2, "eth_sendTransaction", json!([{"from": bridge, "to": token, "data": mint}]));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("w.json");
    let (file, to, token_text) = (file.to_str().unwrap(), Address::repeat_byte(0x64), token.to_string());
    let to_text = to.to_string();
    let base = ["withdraw", "init", "--l2", &node.url, "--to", &to_text, "--state", file, "--json", "--amount"];
    let init = |more: &[&str]| tribunal(&[&base[..], more].concat());
    let line = lines_of(&init(&["7"])).remove(0);
    let hash: B256 = line["hash"].as_str().unwrap().parse().unwrap();
    assert!(view(&l2, passer, &sentMessagesCall { hash }).unwrap());
    assert_eq!(line["withdrawal"]["target"], json!(to));

    let out = init(&["900", "--token", &token_text]);
    let line = lines_of(&out).remove(0);
    assert_eq!(view(&l2, token, &balanceOfCall { owner: me }).unwrap(), U256::ZERO, "{out:?}");
    assert_eq!(line["withdrawal"]["target"], json!(messenger_on_l1));
    let message: Bytes = line["withdrawal"]["data"].as_str().unwrap().parse().unwrap();
    let message = relayMessageCall::abi_decode(&message).unwrap();
    assert_eq!(message.target, bridge_on_l1);
    let bridged = finalizeBridgeERC20Call::abi_decode(&message.message).unwrap();
    assert_eq!((bridged.localToken, bridged.remoteToken, bridged.to), (remote, token, to));
    assert_eq!(bridged.amount, U256::from(900));
    // More than there is: nothing is sent, and the reason is told.
    let poor = init(&["1", "--token", &token_text]);
    assert_eq!(poor.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&poor.stderr).contains("exceeds balance"), "{poor:?}");

    // Killed while it waits; the node forgets the transaction.
    order(&l2, "evm_setAutomine", json!([false]));
    let mut child = Command::new(env!("CARGO_BIN_EXE_tribunal"))
        .args([&base[..], &["9"]].concat())
        .env("TRIBUNAL_KEY", KEY)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..200 {
        let text = std::fs::read_to_string(file).unwrap();
        if text.contains("signed") && l2.nonce(me).unwrap() > 3 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    order(&l2, "anvil_dropAllTransactions", json!([]));
    order(&l2, "evm_setAutomine", json!([true]));
    let portal = stand.portal.to_string();
    let status = [
        "withdraw",
        "status",
        "--l1",
        &stand.anvil.url,
        "--l2",
        &node.url,
        "--portal",
        &portal,
        "--state",
        file,
        "--json",
    ];
    for _ in 0..2 {
        let lines = lines_of(&tribunal(&status));
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines.iter().all(|line| line["status"]["obstacles"] == json!([{"why": "no_game"}])), "{lines:?}");
    }
    assert_eq!(l2.nonce(me).unwrap(), 4, "one token and three withdrawals");
    assert!(!std::fs::read_to_string(file).unwrap().contains("signed"));
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
