//! Programs of others, served by `tribunal host`: op-program's client and kona's, built apart, where `TRIBUNAL_PEER_OP_PROGRAM` and
//! `TRIBUNAL_PEER_KONA_CLIENT` name their executables (see docs/clients.md). Every recorded claim has to end as the recording
//! says, from witnesses, and from nodes on loopback. And the call that op-challenger makes to kona-host, as `cannon` makes it.
#![allow(clippy::unwrap_used)]

#[path = "../../crates/host/tests/nodes/mod.rs"]
mod nodes;

use alloy_primitives::{B256, hex, keccak256};
use nodes::{Chain, Manner, Server, answers::Part};
use preimage::PreimageKey;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

const TRIBUNAL: &str = env!("CARGO_BIN_EXE_tribunal");

fn real_data(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("TRIBUNAL_REAL_DATA").map(PathBuf::from).filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA names no folder; {test} tested nothing");
    }
    found
}

/// A client: its executable, how it numbers local inputs, and the names under which the recordings tell its exit codes.
struct Client {
    path: PathBuf,
    numbering: &'static str,
    names: &'static [&'static str],
}

fn clients() -> Vec<Client> {
    let named = [
        ("TRIBUNAL_PEER_OP_PROGRAM", "op-program", &["op-program-v1.19.0"][..]),
        ("TRIBUNAL_PEER_KONA_CLIENT", "kona", &["kona"][..]),
    ];
    let found = named.into_iter().filter_map(|(variable, numbering, names)| {
        let path = std::env::var_os(variable).map(PathBuf::from);
        if path.is_none() {
            eprintln!("SKIPPED: {variable} names no executable; the clients of {numbering} were not served");
        }
        Some(Client { path: path?, numbering, names })
    });
    found.collect()
}

fn told(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    text[text.len().saturating_sub(1500)..].to_owned()
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn clients_of_others_are_served_from_witnesses() {
    let Some(data) = real_data("clients_of_others_are_served_from_witnesses") else { return };
    for client in clients() {
        let mut claims = 0;
        let mut folders: Vec<PathBuf> =
            fs::read_dir(data.join("devnet-901901/witnesses")).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        for folder in folders.into_iter().filter(|folder| folder.join("boot.json").is_file()) {
            let boot = json_of(&folder.join("boot.json"));
            for claim in boot["expected"].as_array().unwrap() {
                let kind = claim["kind"].as_str().unwrap();
                let recorded =
                    client.names.iter().find_map(|name| boot["exit_codes"][format!("{name} offline {kind}")].as_i64());
                // Forks that this client does not know were judged by another version of it.
                let Some(expected) = recorded else { continue };
                let block = claim.get("claimed_l2_block_number").unwrap_or(&boot["claimed_l2_block_number"]);
                let served = Command::new(TRIBUNAL)
                    .args(["host", "--numbering", client.numbering, "--block", &block.to_string()])
                    .args(["--claim", claim["claimed_l2_output_root"].as_str().unwrap(), "--witness"])
                    .arg(&folder)
                    .arg("--upgrades")
                    .arg(data.join("upgrades"))
                    .arg("--")
                    .arg(&client.path)
                    .output()
                    .unwrap();
                let name = folder.file_name().unwrap().to_string_lossy().into_owned();
                let code = served.status.code().map(i64::from);
                assert_eq!(code, Some(expected), "{} {name} {kind}: {}", client.numbering, told(&served));
                claims += 1;
            }
        }
        eprintln!("{}: {claims} claims as recorded", client.numbering);
        assert!(claims > 10, "{claims}");
    }
}

/// A network of honest nodes that may lack some methods.
fn network(chain: &Arc<Chain>, lacks: &[&'static str]) -> [Server; 3] {
    let manner = Manner { lacks: lacks.to_vec(), ..Manner::default() };
    [Part::L1, Part::Beacon, Part::L2].map(|part| Server::start(chain, part, manner.clone()))
}

#[test]
fn clients_of_others_are_served_from_nodes() {
    let Some(data) = real_data("clients_of_others_are_served_from_nodes") else { return };
    let chain = Chain::load(&data);
    for client in clients() {
        for (name, lacks) in [("granite-44", &[][..]), ("isthmus-86", &[]), ("isthmus-86", &["executionWitness"])] {
            let [l1, beacon, l2] = network(&chain, lacks);
            let folder = data.join("devnet-901901/witnesses").join(name);
            let agreed = json_of(&folder.join("boot.json"))["agreed_l2_block_hash"].as_str().unwrap().to_owned();
            let place = tempfile::tempdir().unwrap();
            for (claim, expected) in [(None, 0), (Some(B256::repeat_byte(1).to_string()), 1)] {
                let mut command = Command::new(TRIBUNAL);
                command.args(["host", "--numbering", client.numbering, "--agreed-hash", &agreed, "--boot"]);
                command.arg(folder.join("boot.json")).args(["--l1", &l1.url, "--beacon", &beacon.url, "--l2", &l2.url]);
                command.args(["--store", "directory", "--data-dir"]).arg(place.path());
                if let Some(claim) = claim {
                    command.args(["--claim", &claim]);
                }
                let served = command.arg("--").arg(&client.path).output().unwrap();
                assert_eq!(served.status.code(), Some(expected), "{} {name}: {}", client.numbering, told(&served));
            }
        }
    }
}

/// A link to the command under another name.
fn link(place: &Path, name: &str) -> PathBuf {
    let path = place.join(name);
    std::os::unix::fs::symlink(TRIBUNAL, &path).unwrap();
    path
}

/// What op-challenger calls: `cannon run … -- kona-host single … --server --data-dir DIR`, with the flags that it writes.
fn run_as_op_challenger(data: &Path, place: &Path, urls: [&str; 3], boot: &Value, claim: &str) -> Output {
    let chain = data.join("devnet-901901/chain");
    let text = |name: &str| boot[name].as_str().unwrap().to_owned();
    let (cannon, host) = (place.join("cannon"), place.join("kona-host"));
    Command::new(cannon)
        .current_dir(place)
        .args(["run", "--input", "prestate.bin.gz", "--output", "final.bin.gz", "--meta", ""])
        .args(["--proof-at", "=1000000", "--proof-fmt", "%d.json.gz", "--snapshot-at", "%1000000000"])
        .args(["--snapshot-fmt", "%d.bin.gz", "--"])
        .arg(host)
        .args(["single", "--l1-node-address", urls[0], "--l1-beacon-address", urls[1], "--l2-node-address", urls[2]])
        .args(["--l1-head", &text("l1_head"), "--agreed-l2-head-hash", &text("agreed_l2_block_hash")])
        .args(["--agreed-l2-output-root", &text("agreed_l2_output_root"), "--claimed-l2-output-root", claim])
        .args(["--claimed-l2-block-number", &boot["claimed_l2_block_number"].to_string()])
        .args(["--server", "--data-dir"])
        .arg(place.join("preimages"))
        .arg("--rollup-config-path")
        .arg(chain.join("rollup.json"))
        .arg("--l1-config-path")
        .arg(chain.join("l1-chain-config.json"))
        .output()
        .unwrap()
}

/// Reads a value as op-challenger's key-value store does: `kvformat` names the layout, values are hex text.
fn stored(folder: &Path, key: &PreimageKey) -> Option<Vec<u8>> {
    assert_eq!(fs::read_to_string(folder.join("kvformat")).unwrap(), "directory");
    let digits = hex::encode(key.as_bytes());
    let text = fs::read_to_string(folder.join(&digits[..4]).join(format!("{}.txt", &digits[4..]))).ok()?;
    Some(hex::decode(text).unwrap())
}

#[test]
fn the_name_kona_host_does_what_op_challenger_expects() {
    let Some(data) = real_data("the_name_kona_host") else { return };
    let chain = Chain::load(&data);
    let place = tempfile::tempdir().unwrap();
    let (cannon, _) = (link(place.path(), "cannon"), link(place.path(), "kona-host"));
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/prestates/program.mips64.elf");
    let configs = data.join("devnet-901901/chain");
    let loaded = Command::new(TRIBUNAL)
        .args(["vm", "load-elf", "--meta", "", "--path"])
        .arg(image)
        .arg("--chain-config")
        .arg(configs.join("rollup.json"))
        .arg("--l1-chain-config")
        .arg(configs.join("l1-chain-config.json"))
        .arg("--out")
        .arg(place.path().join("prestate.bin.gz"))
        .output()
        .unwrap();
    assert!(loaded.status.success(), "{}", told(&loaded));
    let mut boot = json_of(&data.join("devnet-901901/witnesses/isthmus-86/boot.json"));
    boot["claimed_l2_block_number"] = json!(86);
    let right = boot["claimed_l2_output_root"].as_str().unwrap().to_owned();
    let wrong = B256::repeat_byte(2).to_string();
    // A program in the machine does not say which account comes next, so that nodes have to know state by its hashes.
    let [l1, beacon, l2] = network(&chain, &[]);
    let dead = "http://127.0.0.1:9";
    let whole = [l1.url.as_str(), beacon.url.as_str(), l2.url.as_str()];
    // From nodes; the other claim; and again with nodes that are gone, from what the first run stored.
    for (urls, claim, exit) in [(whole, &right, 0), (whole, &wrong, 1), ([dead; 3], &right, 0)] {
        let ran = run_as_op_challenger(&data, place.path(), urls, &boot, claim);
        assert!(ran.status.success(), "{}", told(&ran));
        let end = Command::new(&cannon)
            .current_dir(place.path())
            .args(["witness", "--input", "final.bin.gz"])
            .output()
            .unwrap();
        let end: Value = serde_json::from_slice(&end.stdout).unwrap();
        assert_eq!((&end["exited"], &end["exitCode"]), (&json!(true), &json!(exit)), "{}", told(&ran));
        assert!(place.path().join("1000000.json.gz").is_file());
    }

    // What op-challenger reads to load a blob's element on L1: commitment and point under the key's hash, the commitment under
    // the versioned hash, and all elements; for a precompile's result: address, gas and input.
    let preimages = place.path().join("preimages");
    let blob = chain.blobs.iter().find(|blob| stored(&preimages, &PreimageKey::sha256(blob.versioned_hash)).is_some());
    let blob = blob.unwrap();
    let commitment: [u8; 48] =
        stored(&preimages, &PreimageKey::sha256(blob.versioned_hash)).unwrap().try_into().unwrap();
    for index in [0, 1, 4095] {
        let key = PreimageKey::blob_element(&commitment, index).unwrap();
        let origin = stored(&preimages, &key.with_type(preimage::KeyType::Keccak256)).unwrap();
        assert_eq!((origin.len(), &origin[..48]), (80, commitment.as_slice()));
        assert_eq!(keccak256(&origin)[1..], key.as_bytes()[1..]);
        assert_eq!(stored(&preimages, &key).unwrap(), blob.bytes[32 * index..32 * (index + 1)]);
    }
    let mut calls = 0;
    for folder in fs::read_dir(&preimages).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let prefix = folder.file_name().unwrap().to_string_lossy().into_owned();
        if !prefix.starts_with("06") {
            continue;
        }
        for file in fs::read_dir(&folder).unwrap() {
            let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
            let key: [u8; 32] = hex::decode(prefix.clone() + &name).unwrap().try_into().unwrap();
            let key = PreimageKey::from_bytes(key).unwrap();
            let origin = stored(&preimages, &key.with_type(preimage::KeyType::Keccak256)).unwrap();
            assert!(origin.len() >= 28 && origin[..19].iter().all(|byte| *byte == 0), "{key}");
            calls += 1;
        }
    }
    assert!(calls > 1, "{calls} results of precompiles");

    // Flags that kona-host does not know, and stores of other forms, are refused as there, and never as a verdict.
    let refuse = |more: &[&str]| {
        Command::new(place.path().join("kona-host"))
            .args(["single"])
            .args(more)
            .output()
            .unwrap()
            .status
            .code()
            .unwrap()
    };
    assert!(refuse(&["--server", "--frobnicate"]) > 2 && refuse(&[]) > 2);
}
