//! `tribunal program` as a user runs it: output and exit codes. Data: see `TRIBUNAL_REAL_DATA`.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

fn tribunal(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tribunal")).args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn op_sepolia(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("TRIBUNAL_REAL_DATA").map(PathBuf::from).filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA names no folder; {test} tested nothing");
    }
    found.map(|data| data.join("op-sepolia-16491249"))
}

#[test]
fn errors_of_the_command_are_no_verdicts() {
    assert_eq!(code(&tribunal(&["--version"])), 0);
    for wrong in [&["program"][..], &["program", "decide"], &["program", "run"], &["program", "run", "--witness"]] {
        assert_eq!(code(&tribunal(wrong)), 64, "{wrong:?}");
    }
    let claim = tribunal(&["program", "run", "--witness", "x", "--claim", "0x12"]);
    assert_eq!(code(&claim), 64);
    assert!(stderr(&claim).contains("--claim"));

    let absent = tribunal(&["program", "run", "--witness", "/nonexistent"]);
    assert_eq!(code(&absent), 65);
    assert!(stderr(&absent).contains("/nonexistent/boot.json"), "{}", stderr(&absent));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    fs::write(folder.path().join("boot.json"), r#"{"l1_head": "0x00"}"#).unwrap();
    assert!(stderr(&tribunal(&["program", "run", "--witness", path])).contains("field `l1_head`"));
    fs::write(folder.path().join("boot.json"), "{}").unwrap();
    let missing = tribunal(&["program", "inspect", "--witness", path]);
    assert_eq!(code(&missing), 65);
    assert!(stderr(&missing).contains("field `l1_head` is missing"));
}

#[test]
fn verdicts_are_told_by_code_and_words() {
    let Some(folder) = op_sepolia("verdicts_are_told") else { return };
    let folder = folder.to_str().unwrap();
    let root = "0x82da7204148ba4d8d59e587b6b3fdde5561dc31d9e726220f7974bf9f2158d75";
    let valid = tribunal(&["program", "run", "--witness", folder]);
    assert_eq!((code(&valid), stderr(&valid)), (0, String::new()));
    assert!(String::from_utf8(valid.stdout).unwrap().starts_with("valid: output root 0x82da7204"));

    let other = root.replace("8d75", "8d74");
    let invalid = tribunal(&["program", "run", "--witness", folder, "--claim", &other, "--json"]);
    assert_eq!(code(&invalid), 1);
    let report: serde_json::Value = serde_json::from_slice(&invalid.stdout).unwrap();
    assert_eq!((report["verdict"].as_str(), report["computed_l2_output_root"].as_str()), (Some("invalid"), Some(root)));

    // The right root for a block below the agreed one.
    let below = tribunal(&["program", "run", "--witness", folder, "--block", "16491247"]);
    assert_eq!(code(&below), 1);
    assert!(String::from_utf8(below.stdout).unwrap().contains("below the agreed one"));

    let inspected = tribunal(&["program", "inspect", "--witness", folder, "--json"]);
    assert_eq!(code(&inspected), 0);
    let report: serde_json::Value = serde_json::from_slice(&inspected.stdout).unwrap();
    assert_eq!(report["preimages"]["keccak256"], 35_905);
    assert_eq!(report["l1_headers"]["last"], 6_582_975);
}

#[test]
fn an_undecided_claim_names_the_key_and_a_damaged_witness_the_file() {
    let Some(folder) = op_sepolia("an_undecided_claim") else { return };
    let copy = tempfile::tempdir().unwrap();
    fs::copy(folder.join("boot.json"), copy.path().join("boot.json")).unwrap();
    // The state root of the agreed block is the first node that execution reads.
    let gone = "0x02a3bea05d49ee3fc9a3fc0650f5166464768841a14bffff685e394e3458ffbe";
    let mut key = [0; 32];
    hex_decode(gone, &mut key);
    let mut records = host::flat::read_records::<32>(&folder.join("preimages.kv.zst")).unwrap();
    let write = |records: &[([u8; 32], alloy_primitives::Bytes)]| {
        let file = fs::File::create(copy.path().join("preimages.kv")).unwrap();
        let file = std::io::BufWriter::new(file);
        host::flat::write_records(file, records.iter().map(|(key, value)| (key, value.as_ref()))).unwrap();
    };
    records.retain(|(k, _)| *k != key);
    write(&records);
    let path = copy.path().to_str().unwrap();
    let undecided = tribunal(&["program", "run", "--witness", path, "--json"]);
    assert_eq!(code(&undecided), 2);
    let report: serde_json::Value = serde_json::from_slice(&undecided.stdout).unwrap();
    assert_eq!((report["verdict"].as_str(), report["missing_preimage"].as_str()), (Some("unknown"), Some(gone)));

    let last = records.last().unwrap().0;
    records.last_mut().unwrap().1 = vec![1; 33].into();
    write(&records);
    let damaged = tribunal(&["program", "run", "--witness", path]);
    assert_eq!(code(&damaged), 65);
    let text = stderr(&damaged);
    assert!(text.contains("preimages.kv") && text.contains(&alloy_primitives::hex::encode(last)), "{text}");
}

fn hex_decode(text: &str, into: &mut [u8]) {
    into.copy_from_slice(&alloy_primitives::hex::decode(text).unwrap());
}
