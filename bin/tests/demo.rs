//! `tribunal demo` as a user runs it: two games over the chain made in process, report, page, exit codes.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tribunal")).arg("demo").args(arguments).output().unwrap()
}

#[test]
fn both_games_end_as_the_truth_demands() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report");
    let run = demo(&["--json", "--seed", "42", "--lie-at-block", "6", "--out", out.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let games = report["games"].as_array().unwrap();
    assert_eq!(games[0]["verdict"], "CHALLENGER_WINS");
    assert_eq!(games[1]["verdict"], "DEFENDER_WINS");
    for game in games {
        let steps = game["final_steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["l2_block"] == 6 && step["function"].is_string()), "{steps:?}");
        let moves = game["moves"].as_array().unwrap();
        let deepest = moves.iter().filter_map(|m| m["depth"].as_u64()).max();
        assert_eq!(deepest, Some(73));
        assert!(moves.iter().any(|m| m["kind"] == "step" && m["party"] == "honest"));
    }
    assert_eq!(report["accounts"].as_array().unwrap().len(), 6);
    let page = std::fs::read_to_string(out.join("demo.html")).unwrap();
    assert_eq!(page.matches("<svg").count(), 2);
    assert!(!page.contains("src=") && !page.contains("href="), "the page refers to something else");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("demo.json")).unwrap()).unwrap();
    assert_eq!(json["games"][0]["verdict"], "CHALLENGER_WINS");
}

#[test]
fn bad_arguments_end_with_64() {
    for wrong in [
        &["--lie-at-block", "0"][..],
        &["--lie-at-block", "11"],
        &["--lie-at-block", "six"],
        &["--lie-at-step", "first"],
        &["--lie-at-step", "99999999999999"],
        &["--seed", "-1"],
        &["--unknown"],
    ] {
        let run = demo(wrong);
        assert_eq!(run.status.code(), Some(64), "{wrong:?}: {}", String::from_utf8_lossy(&run.stderr));
        assert!(!run.stderr.is_empty());
    }
}

#[test]
fn damaged_input_is_named() {
    let absent = demo(&["--witness", "/nonexistent"]);
    assert_eq!(absent.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&absent.stderr).contains("/nonexistent"));
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program.elf");
    std::fs::write(&program, b"\x7fELF and nothing more").unwrap();
    let cut = demo(&["--prestate", program.to_str().unwrap()]);
    assert_eq!(cut.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&cut.stderr).contains("program.elf"));
}
