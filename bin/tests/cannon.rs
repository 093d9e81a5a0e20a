//! The machine on the command line as op-challenger calls it: under the name `cannon`, with a host in a process of its own, and
//! what happens when that host, the disk or the machine itself goes away.
#![allow(clippy::unwrap_used)]

#[path = "../../crates/mips64/tests/support/mod.rs"]
mod guest;

use guest::{DATA, Program, elf, i_type};
use mips64::{abi, decode::Instruction as I};
use serde_json::Value;
use std::{
    fs,
    io::Read,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A folder with a link named `cannon`.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tribunal"), folder.path().join("cannon")).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.path("cannon"));
        command.current_dir(self.0.path());
        command
    }

    fn cannon(&self, line: &str) -> Output {
        self.command().args(line.split_whitespace()).output().unwrap()
    }

    /// As `cannon`, with a host that is a script of the shell.
    fn with_host(&self, line: &str, host: &str) -> Output {
        self.command().args(line.split_whitespace()).args(["--", "sh", "-c", host]).output().unwrap()
    }

    fn load(&self, program: &Program, data: &[u8]) {
        fs::write(self.path("guest.elf"), elf(&program.bytes(), data)).unwrap();
        let loaded =
            self.cannon("load-elf --type multithreaded64-5 --path guest.elf --out state.bin.gz --meta meta.json");
        assert_eq!((code(&loaded), loaded.stdout.len(), text(&loaded.stderr)), (0, 0, String::new()));
    }

    fn json(&self, name: &str) -> Value {
        let bytes = fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut text = String::new();
        if name.ends_with(".gz") {
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        } else {
            text = String::from_utf8(bytes).unwrap();
        }
        assert!(text.ends_with("}\n\n"), "{name}");
        serde_json::from_str(&text).unwrap()
    }

    fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Nothing that was begun and not finished lies about.
    fn is_tidy(&self) -> bool {
        fs::read_dir(&self.0).unwrap().all(|entry| !entry.unwrap().path().to_string_lossy().contains("partial"))
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Gives a hint, asks for local input 1, reads its length and first bytes, exits with the first byte.
fn asking() -> (Program, Vec<u8>) {
    let mut data = b"\0\0\0\x05hello".to_vec();
    data.resize(32, 0);
    data.push(1);
    data.resize(63, 0);
    data.push(1);
    data.resize(256, 0);
    let mut program = Program::default();
    program.call(abi::sys::WRITE, &[abi::fd::HINT_WRITE, DATA, 9]);
    program.call(abi::sys::READ, &[abi::fd::HINT_READ, DATA + 128, 1]);
    for part in 0..4 {
        program.call(abi::sys::WRITE, &[abi::fd::PREIMAGE_WRITE, DATA + 32 + 8 * part, 8]);
    }
    program.call(abi::sys::READ, &[abi::fd::PREIMAGE_READ, DATA + 64, 8]);
    program.call(abi::sys::READ, &[abi::fd::PREIMAGE_READ, DATA + 72, 8]);
    program.call(abi::sys::WRITE, &[abi::fd::STDOUT, DATA + 4, 5]);
    program.constant(16, DATA).push(i_type(I::Lbu, 16, 4, 72));
    program.constant(2, abi::sys::EXIT_GROUP).push(guest::base(I::Syscall));
    (program, data)
}

/// A host that takes one hint and serves one value of 3 bytes, the first of which is 7.
const HOST: &str = r"head -c 9 <&3 | tail -c 5; printf '\000' >&4; head -c 32 <&5 >/dev/null; printf '\000\000\000\000\000\000\000\003\007xy' >&6; cat <&5 >/dev/null; echo bye >&2";

/// The steps at which the guest reads its preimage.
fn reads(place: &Place) -> Vec<u64> {
    let mut steps = Vec::new();
    for rest in ["0", "8"] {
        let run =
            place.with_host(&format!("run --input state.bin.gz --output at.bin.gz --stop-at-preimage 01@{rest}"), HOST);
        assert_eq!(code(&run), 0, "{}", text(&run.stderr));
        assert!(text(&run.stderr).contains(r#"msg="Stopping at preimage read" module=vm"#));
        let witness: Value = serde_json::from_slice(&place.cannon("witness --input at.bin.gz").stdout).unwrap();
        steps.push(witness["step"].as_u64().unwrap() - 1);
    }
    steps
}

#[test]
fn calls_of_op_challenger() {
    let place = Place::new();
    let (program, data) = asking();
    place.load(&program, &data);
    let steps = reads(&place);
    assert_eq!(steps[1] - steps[0], 25, "{steps:?}");
    for folder in ["snapshots", "proofs", "preimages"] {
        fs::create_dir(place.path(folder)).unwrap();
    }
    let step = steps[1];
    let run = place.with_host(
        &format!(
            "run --input state.bin.gz --output final.bin.gz --meta= --info-at %50 --proof-at ={step} --proof-fmt \
             proofs/%d.json.gz --snapshot-at %20 --snapshot-fmt snapshots/%d.bin.gz --stop-at ={} --debug-info \
             preimages/debug-info.json",
            step + 1
        ),
        HOST,
    );
    assert_eq!(code(&run), 0, "{}", text(&run.stderr));
    let log = text(&run.stderr);
    for line in [
        "level=INFO msg=processing module=vm step=0 pc=00120000 insn=",
        r#"level=INFO msg="Reached stop at" module=vm"#,
        r#"level=INFO msg="Execution stopped" module=vm exited=false code=0"#,
        r#"level=INFO msg="" module=host text="bye\n""#,
    ] {
        assert!(log.contains(line), "{line} in {log}");
    }
    assert_eq!(text(&run.stdout), "level=INFO msg=\"\" module=host text=hello\n");
    let proof = place.json(&format!("proofs/{step}.json.gz"));
    assert_eq!(proof["step"], step);
    assert_eq!(proof["oracle-key"], format!("0x01{}01", "00".repeat(30)));
    assert_eq!((&proof["oracle-value"], &proof["oracle-offset"]), (&"0x0000000000000003077879".into(), &8.into()));
    assert_eq!(proof["proof-data"].as_str().unwrap().len(), 2 + 2 * 6090);
    let witness: Value = serde_json::from_slice(&place.cannon("witness --input final.bin.gz").stdout).unwrap();
    assert_eq!((&witness["witnessHash"], &witness["step"]), (&proof["post"], &(step + 1).into()));
    let figures = place.json("preimages/debug-info.json");
    assert_eq!((&figures["num_preimage_requests"], &figures["total_preimage_size"]), (&1.into(), &3.into()));
    assert_eq!((&figures["total_steps"], &figures["pages"]), (&(step + 1).into(), &7.into()));
    // From a snapshot, with another host, to the end.
    let run = place.with_host("run --input snapshots/20.bin.gz --output final.bin.gz --stop-at never", HOST);
    assert_eq!(code(&run), 0);
    assert!(text(&run.stderr).contains(r#"msg="" module=guest stream=stdout text=hello"#));
    assert!(text(&run.stderr).contains("exited=true code=7"), "the guest's code is not the command's");
    assert!(place.is_tidy());
    // Behind the end: the final witness, as a challenger takes it for all later steps.
    let run = place.cannon("run --input final.bin.gz --output again.bin.gz --proof-at always");
    assert_eq!((code(&run), place.exists("proof-0.json")), (0, false));
    assert_eq!(place.cannon("witness --input final.bin.gz").stdout, place.cannon("witness -input again.bin.gz").stdout);
}

#[test]
fn exit_codes_under_both_names() {
    let place = Place::new();
    // A program that does what no machine can.
    let mut faulty = Program::default();
    faulty.push(0).push(0x7fff_ffff);
    place.load(&faulty, &[0; 8]);
    let tribunal = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tribunal"));
        command.arg("vm").args(line.split_whitespace()).current_dir(place.0.path()).output().unwrap()
    };
    let run = "run --input state.bin.gz --output out.bin.gz";
    for (output, name) in [(place.cannon(run), "cannon"), (tribunal(run), "tribunal")] {
        assert_eq!(code(&output), 2, "{name}");
        assert!(text(&output.stderr).contains("instruction 0x7fffffff at 0x120004"), "{}", text(&output.stderr));
    }
    assert!(!place.exists("out.bin.gz"), "no state of a run that failed");
    for (line, ours) in [
        ("run --input nowhere.bin", 65),
        ("run --input guest.elf", 65),
        ("run --input state.bin.gz --output out.json", 64),
        ("run --input state.bin.gz --snapshot-fmt s-%d.json", 64),
        ("run --input state.bin.gz --stop-at sometimes", 64),
        ("run --input state.bin.gz --stop-at-preimage-type md5", 64),
        ("run --input state.bin.gz --meta= --debug", 64),
        ("load-elf --type multithreaded64-4 --path guest.elf", 64),
        ("load-elf --type multithreaded64-5 --path state.bin.gz", 65),
        ("load-elf --type multithreaded64-5 --path guest.elf --out -", 64),
        ("witness --input nowhere.bin", 65),
        ("witness", 64),
        ("run --input state.bin.gz --output /nowhere/out.bin.gz --stop-at =1", 74),
        ("run --input state.bin.gz --stop-at =08", 64),
        ("run --input state.bin.gz --stop-at =18446744073709551616", 64),
        ("run --input state.bin.gz --proof-at =1 --proof-fmt p-%x.json", 64),
        ("run --input state.bin.gz --proof-at always --proof-fmt p.json", 64),
        ("run --input state.bin.gz --proof-at =1 --proof-fmt=", 64),
        ("run --input state.bin.gz --snapshot-at %2 --snapshot-fmt s.bin", 64),
        ("run --input state.bin.gz --snapshot-at =2 --snapshot-fmt=", 64),
        ("run --input state.bin.gz --stop-at-preimage 02@x", 64),
        ("run --input state.bin.gz --stop-at-preimage-larger-than -1", 64),
        ("run --input state.bin.gz --host-timeout 18446744073709551615 -- true", 64),
        ("run --input state.bin.gz --host-timeout 0 -- true", 64),
        ("run --input .", 65),
        ("run --input state.bin.gz --meta guest.elf", 65),
        ("run --input=", 64),
        ("load-elf --type multithreaded64-5 --path .", 65),
        ("load-elf --type multithreaded64-5 --path /dev/null", 65),
    ] {
        assert_eq!((code(&place.cannon(line)), code(&tribunal(line))), (1, ours), "{line}");
    }
    let unknown = place.cannon("load-elf --type multithreaded64-4 --path guest.elf");
    assert!(text(&unknown.stderr).contains("multithreaded64-4 is no longer supported"), "{}", text(&unknown.stderr));
    assert_eq!(code(&place.cannon("list")), 0);
}

/// Numbers and names in Cannon's notation; files of one name; places that are no files.
#[test]
fn numbers_and_names() {
    let place = Place::new();
    let mut program = Program::default();
    program.push(0).push(0).push(0).push(0).push(0).push(0).push(0).push(0).push(0).push(0).push(0).push(0);
    program.call(abi::sys::EXIT_GROUP, &[0]);
    place.load(&program, &[0; 8]);
    let step = |line: &str| -> Value {
        let run = place.cannon(&format!("run --input state.bin.gz --output at.bin {line}"));
        assert_eq!(code(&run), 0, "{line}: {}", text(&run.stderr));
        serde_json::from_slice::<Value>(&place.cannon("witness --input at.bin").stdout).unwrap()["step"].clone()
    };
    for (number, expected) in [("011", 9), ("0b11", 3), ("0o12", 10), ("0xA", 10), ("1_1", 11), ("0", 0), ("7", 7)] {
        assert_eq!(step(&format!("--stop-at ={number}")), expected, "{number}");
    }
    step("--stop-at =8 --proof-at %3 --proof-fmt %03d-%%-%d.json --snapshot-at =0x5 --snapshot-fmt one.bin.gz");
    for name in ["000-%-0.json", "003-%-3.json", "006-%-6.json", "one.bin.gz"] {
        assert!(place.exists(name), "{name}");
    }
    step("--stop-at =2 --proof-at =1 --proof-fmt /dev/null --debug-info /dev/null");
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let run = place.cannon("run --input state.bin.gz --output= --proof-at =1 --proof-fmt - --stop-at =2");
    assert!(text(&run.stdout).ends_with("}\n\n"), "a proof on standard output");
    // A witness is written as it is, whatever the file's name.
    for name in ["witness.gz", "-"] {
        let printed = place.cannon(&format!("witness --input at.bin --output ./{name}")).stdout;
        let value: Value = serde_json::from_slice(&printed).unwrap();
        assert_eq!(alloy_primitives::hex::encode_prefixed(fs::read(place.path(name)).unwrap()), value["witness"]);
    }
    assert!(place.is_tidy());
}

/// Two that write the same file at the same time do not mix.
#[test]
fn runs_beside_each_other() {
    let place = Place::new();
    let mut program = Program::default();
    program.call(abi::sys::EXIT_GROUP, &[0]);
    place.load(&program, &[9; 300_000]);
    let expected = place.cannon("run --input state.bin.gz --output expected.bin.gz --stop-at =3");
    assert_eq!(code(&expected), 0);
    let line = "run --input state.bin.gz --output shared.bin.gz --stop-at =3";
    let start = || place.command().args(line.split_whitespace()).stderr(Stdio::null()).spawn().unwrap();
    let mut runs: Vec<_> = (0..6).map(|_| start()).collect();
    assert!(runs.iter_mut().all(|run| run.wait().unwrap().success()));
    assert!(fs::read(place.path("shared.bin.gz")).unwrap() == fs::read(place.path("expected.bin.gz")).unwrap());
    assert!(place.is_tidy());
}

/// States of all other versions, refused by their names.
#[test]
fn other_versions() {
    let place = Place::new();
    for (version, name) in [
        (0u8, "singlethreaded"),
        (1, "multithreaded"),
        (2, "singlethreaded-2"),
        (3, "multithreaded64"),
        (4, "multithreaded64-2"),
        (5, "multithreaded-2"),
        (6, "multithreaded64-3"),
        (7, "multithreaded64-4"),
        (9, "unknown"),
    ] {
        fs::write(place.path("old.bin"), [&[version][..], &[0; 600]].concat()).unwrap();
        for line in ["run --input old.bin", "witness --input old.bin"] {
            let output = place.cannon(line);
            assert_eq!(code(&output), 1);
            let error = text(&output.stderr);
            assert!(error.contains(&format!("state version {version} ({name}) is not supported")), "{error}");
        }
    }
}

#[test]
fn hosts_that_fail() {
    let place = Place::new();
    let (program, data) = asking();
    place.load(&program, &data);
    let run = "run --input state.bin.gz --output out.bin.gz --host-timeout 1";
    let how = ["--proof-at always --proof-fmt p-%d.json", "--interpreter", "", "--check"];
    for (index, (host, expected)) in [
        ("exit 3", "without an answer"),
        (r"head -c 9 <&3 >/dev/null; kill -9 $$", "signal: 9"),
        (
            r"head -c 9 <&3 >/dev/null; printf '\000' >&4; head -c 32 <&5 >/dev/null; printf '\000\000\000' >&6",
            "without an answer",
        ),
        (r"head -c 9 <&3 >/dev/null; exec sleep 100", "did not answer within 1 seconds"),
        (r"head -c 9 <&3 >/dev/null; printf '\000' >&4; exec sleep 100", "did not answer within 1 seconds"),
        (r"head -c 9 <&3 >/dev/null; printf '\001' >&4; exec cat <&5", "byte 1 instead of 0"),
        (r"head -c 9 <&3 >/dev/null; printf '\000' >&4; head -c 32 <&5 >/dev/null; printf '\377\377\377\377\377\377\377\377' >&6; exec cat <&5", "more than"),
        (r"printf '\000' >&4; exec 3<&- 4>&- 5<&- 6>&-; exec sleep 100", "without an answer"),
    ]
    .into_iter()
    .enumerate()
    {
        let begun = Instant::now();
        let output = place.with_host(&format!("{run} {}", how[index % how.len()]), host);
        assert_eq!(code(&output), 1, "{host}");
        let error = text(&output.stderr);
        assert!(error.contains(expected) && error.contains("at step"), "{host}: {error}");
        assert!(!place.exists("out.bin.gz") && place.is_tidy());
        assert!(begun.elapsed() < Duration::from_secs(60), "a host that sleeps is interrupted: {host}");
    }
    let output = place.cannon("run --input state.bin.gz -- /nonexistent/host");
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("/nonexistent/host"));
    // Without any host the hint is dropped, and the preimage is missing.
    let output = place.cannon("run --input state.bin.gz");
    assert!(code(&output) == 1 && text(&output.stderr).contains("missing preimage 0x01"));
}

/// A limit on the size of files stands for a full disk: the write fails in the middle.
#[test]
fn a_full_disk_leaves_no_half_file() {
    let place = Place::new();
    let mut program = Program::default();
    program.call(abi::sys::EXIT_GROUP, &[0]);
    // Not to be compressed.
    let mut random = 1u64;
    let data: Vec<u8> = (0..400_000)
        .map(|_| {
            random = abi::splitmix64(random);
            random as u8
        })
        .collect();
    place.load(&program, &data);
    let limited = |blocks: u32, line: &str| {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec ./cannon {line}");
        Command::new("sh").args(["-c", &script]).current_dir(place.0.path()).output().unwrap()
    };
    for (line, file) in [
        ("run --input state.bin.gz --output out.bin", "out.bin"),
        ("run --input state.bin.gz --output out.bin.gz", "out.bin.gz"),
        ("run --input state.bin.gz --output= --snapshot-at =3 --snapshot-fmt s-%d.bin.gz", "s-3.bin.gz"),
        ("load-elf --type multithreaded64-5 --path guest.elf --out new.bin.gz --meta=", "new.bin.gz"),
    ] {
        let output = limited(100, line);
        assert_eq!(code(&output), 1, "{line}: {}", text(&output.stderr));
        let error = text(&output.stderr);
        assert!(error.contains("cannot write") && error.contains(file), "{error}");
        assert!(!place.exists(file) && place.is_tidy(), "{line}");
        assert_eq!(code(&limited(4_000, line)), 0, "{line}");
        assert!(place.exists(file), "with room it is written");
    }
    // What was there before stays as it was.
    let before = fs::read(place.path("out.bin")).unwrap();
    assert_eq!(code(&limited(100, "run --input state.bin.gz --output out.bin --stop-at =2")), 1);
    assert_eq!(fs::read(place.path("out.bin")).unwrap(), before);
    let output = limited(8, "run --input state.bin.gz --output= --proof-at always --proof-fmt p-%d.json");
    assert!(code(&output) == 1 && text(&output.stderr).contains("p-0.json"), "{}", text(&output.stderr));
    assert!(!place.exists("p-0.json"));
}

/// Killed without warning while it writes states: each that is there is whole, and the run goes on from the last.
#[test]
fn a_killed_run_goes_on_from_its_last_snapshot() {
    let place = Place::new();
    let mut program = Program::default();
    program.constant(8, 30_000_000).push(i_type(I::Daddiu, 8, 8, 0xffff)).push(i_type(I::Bgtz, 8, 0, 0xfffe)).push(0);
    program.call(abi::sys::EXIT_GROUP, &[5]);
    place.load(&program, &[7; 100_000]);
    let line = "run --input state.bin.gz --output end.bin --snapshot-at %500000 --snapshot-fmt s-%d.bin.gz";
    let mut child =
        place.command().args(line.split_whitespace()).stderr(Stdio::null()).process_group(0).spawn().unwrap();
    let snapshots = || -> Vec<u64> {
        let names = fs::read_dir(&place.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut steps: Vec<u64> =
            names.filter_map(|name| name.strip_prefix("s-")?.strip_suffix(".bin.gz")?.parse().ok()).collect();
        steps.sort_unstable();
        steps
    };
    while snapshots().len() < 8 {
        std::thread::sleep(Duration::from_millis(2));
        assert!(child.try_wait().unwrap().is_none() || snapshots().len() >= 8, "it ended early");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.exists("end.bin"));
    let steps = snapshots();
    for step in &steps {
        let witness = place.cannon(&format!("witness --input s-{step}.bin.gz"));
        let witness: Value = serde_json::from_slice(&witness.stdout).unwrap();
        assert_eq!(witness["step"], *step, "every snapshot is whole");
    }
    let stop = "--output end.bin --stop-at =9000000";
    let last = steps.last().unwrap();
    assert_eq!(code(&place.cannon(&format!("run --input s-{last}.bin.gz {stop}"))), 0);
    let resumed = fs::read(place.path("end.bin")).unwrap();
    assert_eq!(code(&place.cannon(&format!("run --input state.bin.gz {stop}"))), 0);
    assert!(resumed == fs::read(place.path("end.bin")).unwrap());
}

#[test]
fn inspect_and_traceback() {
    let place = Place::new();
    let (program, data) = asking();
    place.load(&program, &data);
    let output = Command::new(env!("CARGO_BIN_EXE_tribunal"))
        .args(["vm", "inspect", "--json", "--input"])
        .arg(place.path("state.bin.gz"))
        .output()
        .unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let witness: Value = serde_json::from_slice(&place.cannon("witness --input state.bin.gz").stdout).unwrap();
    assert_eq!(value["hash"], witness["witnessHash"]);
    assert_eq!((&value["status"], &value["pages"]), (&"unfinished".into(), &7.into()));
    assert_eq!(value["leftThreads"][0]["registers"]["sp"], "0x7ffffffff000");
    let symbols = r#"{"symbols":[{"name":"start","start":1179648,"size":4096}]}"#;
    fs::write(place.path("meta.json"), symbols).unwrap();
    let run = place.with_host("run --input state.bin.gz --debug --stop-at =9", HOST);
    assert_eq!(code(&run), 0, "{}", text(&run.stderr));
    assert!(text(&run.stdout).contains("traceback at pc=120024. step=9"), "{}", text(&run.stdout));
    assert!(Path::new(&place.path("out.bin.gz")).exists(), "the default name of the output");
}
