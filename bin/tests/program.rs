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

/// The figures that do not depend on the clock: a verdict in little memory, and a third of kona's steps at most.
#[test]
fn figures_of_the_program() {
    let Some(folder) = op_sepolia("figures_of_the_program") else { return };
    let witness = folder.to_str().unwrap();
    let measured = tribunal(&["bench", "--only", "program", "--runs", "1", "--json", "--witness", witness]);
    assert_eq!(code(&measured), 0, "{}", stderr(&measured));
    let report: serde_json::Value = serde_json::from_slice(&measured.stdout).unwrap();
    let figure = |name: &str| {
        let all = report["results"].as_array().unwrap();
        all.iter().find(|figure| figure["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    for name in ["program-native", "program-native-cpu", "program-import"] {
        assert!(figure(name)["ours"].as_f64().unwrap() > 0.0, "{name}");
    }
    let native = figure("program-native");
    assert!(native["peer"].is_null() && native["note"].as_str().unwrap().contains("0.45 s wall"), "{native}");
    assert!(figure("program-memory")["ours"].as_f64().unwrap() < 64.0);
    assert!(figure("program-steps")["ratio"].as_f64().unwrap() > 3.0);

    // A peer that comes to another verdict is no peer to be measured with.
    let other = tribunal(&[
        "bench",
        "--only",
        "program-native",
        "--runs",
        "1",
        "--peer-kona",
        "/bin/false",
        "--witness",
        witness,
    ]);
    assert_eq!(code(&other), 69, "{}", stderr(&other));
    assert!(stderr(&other).contains("verdict: ours is valid, the peer's invalid"), "{}", stderr(&other));
}

/// What is missing is named with what it was wanted for; a store that is damaged, cut or no store at all is no reason to panic.
#[test]
fn inspect_lists_what_is_missing() {
    let Some(folder) = op_sepolia("inspect_lists") else { return };
    let witnesses = folder.parent().unwrap().join("devnet-901901/witnesses");
    let upgrades = folder.parent().unwrap().join("upgrades");
    let inspect = |folder: &std::path::Path, more: &[&str]| {
        tribunal(&[&["program", "inspect", "--witness", folder.to_str().unwrap()][..], more].concat())
    };
    let json = |output: &Output| serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();

    // A fork's activation block needs transactions that are not in the witness.
    let activation = witnesses.join("ecotone-activation-10");
    let without = inspect(&activation, &["--json"]);
    let report = json(&without);
    assert_eq!((code(&without), &report["complete"], &report["verdict"]), (0, &false.into(), &"unknown".into()));
    assert_eq!(report["missing"]["upgrade"], "ecotone");
    let text = String::from_utf8(inspect(&activation, &[]).stdout).unwrap();
    assert!(text.contains("a transaction of the ecotone upgrade: --upgrades DIR gives it"), "{text}");
    let whole = json(&inspect(&activation, &["--json", "--upgrades", upgrades.to_str().unwrap()]));
    assert_eq!((&whole["complete"], &whole["missing"]), (&true.into(), &serde_json::Value::Null));

    // Each block of a span alone.
    let span = witnesses.join("range-100-120");
    let report = json(&inspect(&span, &["--json", "--each-block", "--upgrades", upgrades.to_str().unwrap()]));
    assert_eq!(report["blocks"].as_array().unwrap().len(), 20);
    assert_eq!(report["blocks"][0]["number"], 101);

    // A preimage, and an element of a blob, taken away.
    let source = witnesses.join("jovian-125-139");
    let copy = tempfile::tempdir().unwrap();
    let mut boot: serde_json::Value = serde_json::from_slice(&fs::read(source.join("boot.json")).unwrap()).unwrap();
    for config in ["rollup_config", "l1_chain_config", "l2_chain_config"] {
        let name = boot[config].as_str().unwrap().to_owned();
        boot[config] = source.join(name).to_str().unwrap().into();
    }
    fs::write(copy.path().join("boot.json"), boot.to_string()).unwrap();
    let records = host::flat::read_records::<32>(&source.join("preimages.kv.zst")).unwrap();
    let write = |records: &[([u8; 32], alloy_primitives::Bytes)]| {
        let file = fs::File::create(copy.path().join("preimages.kv")).unwrap();
        let file = std::io::BufWriter::new(file);
        host::flat::write_records(file, records.iter().map(|(key, value)| (key, value.as_ref()))).unwrap();
    };
    let l1_head: [u8; 32] =
        alloy_primitives::hex::decode(boot["l1_head"].as_str().unwrap()).unwrap().try_into().unwrap();
    let without_head: Vec<_> = records.iter().filter(|(key, _)| key[1..] != l1_head[1..]).cloned().collect();
    assert_eq!(without_head.len() + 1, records.len());
    write(&without_head);
    let report = json(&inspect(copy.path(), &["--json"]));
    assert_eq!(report["l1_headers"], serde_json::Value::Null);
    assert_eq!(report["missing"]["wanted_for"], format!("l1-block-header {}", boot["l1_head"].as_str().unwrap()));
    assert_eq!(report["missing"]["key"].as_str().unwrap()[4..], boot["l1_head"].as_str().unwrap()[4..]);
    // All of it, but the blobs are not beside this copy.
    write(&records);
    let report = json(&inspect(copy.path(), &["--json"]));
    assert!(!report["absent_blobs"].as_array().unwrap().is_empty());
    assert!(report["missing"]["wanted_for"].as_str().unwrap().starts_with("l1-blob 0x"), "{report}");
    let listed = inspect(copy.path(), &["--holdings-only", "--json"]);
    assert!(code(&listed) == 0 && json(&listed).get("complete").is_none());

    // Hostile stores.
    for bytes in [&[0xff; 40][..], &[2; 36], b"", &[0; 5000]] {
        fs::write(copy.path().join("preimages.kv"), bytes).unwrap();
        let told = inspect(copy.path(), &[]);
        assert!([0, 65].contains(&code(&told)), "{}: {}", code(&told), stderr(&told));
        assert!(code(&told) == 0 || stderr(&told).contains("preimages.kv"), "{}", stderr(&told));
    }
    for (name, bytes) in [("preimages.redb", &[7; 9000][..]), ("kvformat", b"rocks"), ("preimages.kv", &[1; 99])] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        let told = inspect(folder.path(), &[]);
        assert_eq!(code(&told), 65, "{name}: {}", stderr(&told));
        assert!(stderr(&told).contains("unfinished recording"), "{name}: {}", stderr(&told));
    }
}

fn hex_decode(text: &str, into: &mut [u8]) {
    into.copy_from_slice(&alloy_primitives::hex::decode(text).unwrap());
}
