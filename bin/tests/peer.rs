//! The same command by others: Go Cannon, where `TRIBUNAL_PEER_CANNON` names its executable. Prestates, final states, snapshots,
//! proofs, witnesses and figures of a run are compared, each written by one side and read by the other; on the committed
//! guests and on every `.elf` in the folder that `TRIBUNAL_PEER_GUESTS` names (programs of Go with many threads, foreign
//! clients). Nothing here is needed to build, test or use Tribunal.
#![allow(clippy::unwrap_used)]

use host::{LocalKeyNumbering, OfflineHost, Witness};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Names the witness folder that this program serves when it is started as a host.
const SERVE: &str = "TRIBUNAL_TEST_SERVE";
/// Is set if it serves kona's client.
const KONA: &str = "TRIBUNAL_TEST_KONA";
/// Proofs that are compared of each guest's run.
const PROOFS: u64 = 150;
/// Steps up to which figures of a run are compared, which takes a look at every step.
const COUNTED: u64 = 50_000_000;

/// Not a test of its own: the host that the tests below start.
#[test]
fn serves_as_host() {
    let Some(folder) = std::env::var_os(SERVE) else { return };
    let witness = Witness::load(Path::new(&folder)).unwrap();
    let (preimages, hints) = host::descriptors::inherited().unwrap();
    let kona = std::env::var_os(KONA).is_some();
    let numbering = if kona { LocalKeyNumbering::Kona } else { LocalKeyNumbering::Tribunal };
    let host = OfflineHost::new(witness.store, witness.boot).with_numbering(numbering);
    host::serve(&host, preimages, hints).unwrap();
}

/// What a guest is served, and whether it is kona's client.
#[derive(Clone)]
struct Served {
    witness: PathBuf,
    kona: bool,
}

struct Side {
    name: &'static str,
    command: PathBuf,
    folder: PathBuf,
    served: Option<Served>,
}

impl Side {
    fn call(&self, line: &str) -> Output {
        let mut command = Command::new(&self.command);
        command.args(line.split_whitespace()).current_dir(&self.folder);
        if line.starts_with("run")
            && let Some(Served { witness, kona }) = &self.served
        {
            command
                .envs(kona.then_some((KONA, "1")))
                .env(SERVE, witness)
                .arg("--")
                .arg(std::env::current_exe().unwrap());
            command.args(["serves_as_host", "--exact", "--nocapture"]);
        }
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{} {line}: {}", self.name, &errors[errors.len().saturating_sub(2000)..]);
        output
    }

    fn read(&self, name: &str) -> Vec<u8> {
        let bytes = fs::read(self.folder.join(name)).unwrap_or_else(|error| panic!("{} {name}: {error}", self.name));
        if !name.ends_with(".gz") {
            return bytes;
        }
        let mut whole = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut whole).unwrap();
        whole
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).unwrap()
    }
}

#[derive(Debug, Default)]
struct Compared {
    states: u32,
    proofs: u32,
    preimages: u32,
    steps: u64,
}

fn compare(elf: &Path, served: Option<&Served>, peer: &Path, compared: &mut Compared) {
    let place = tempfile::tempdir().unwrap();
    let side = |name: &'static str, command: PathBuf| {
        let folder = place.path().join(name);
        fs::create_dir(&folder).unwrap();
        Side { name, command, folder, served: served.cloned() }
    };
    let link = place.path().join("cannon");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tribunal"), &link).unwrap();
    let (ours, theirs) = (side("ours", link), side("theirs", peer.to_owned()));
    let both = [&ours, &theirs];
    let same = |name: &str| assert!(ours.read(name) == theirs.read(name), "{}: {name}", elf.display());
    for side in both {
        side.call(&format!("load-elf --type multithreaded64-5 --path {} --out state.bin.gz", elf.display()));
    }
    same("state.bin.gz");
    let symbols = |side: &Side| {
        let mut lines: Vec<String> =
            side.json("meta.json")["symbols"].as_array().unwrap().iter().map(Value::to_string).collect();
        lines.sort();
        lines
    };
    assert_eq!(symbols(&ours), symbols(&theirs));
    ours.call("run --input state.bin.gz --output end.bin.gz --meta=");
    let end: Value = serde_json::from_slice(&ours.call("witness --input end.bin.gz").stdout).unwrap();
    let steps = end["step"].as_u64().unwrap();
    // Odd, so that proofs fall on steps of all kinds.
    let stride = (steps / PROOFS) | 1;
    // Each begins with the other's state.
    let (other_ours, other_theirs) = ("../theirs/state.bin.gz", "../ours/state.bin.gz");
    let figures = if steps > COUNTED { "" } else { "--debug-info figures.json" };
    for (side, input) in [(&ours, other_ours), (&theirs, other_theirs)] {
        side.call(&format!(
            "run --input {input} --output end.bin.gz --meta= --proof-at %{stride} --snapshot-at %{} {figures}",
            stride * 40
        ));
    }
    same("end.bin.gz");
    if !figures.is_empty() {
        same("figures.json");
    }
    let ours_end = ours.call("witness --input ../theirs/end.bin.gz").stdout;
    assert_eq!(ours_end, theirs.call("witness --input ../ours/end.bin.gz").stdout);
    let end: Value = serde_json::from_slice(&ours_end).unwrap();
    compared.steps += end["step"].as_u64().unwrap();
    let mut last_snapshot = None;
    let files = |side: &Side| -> BTreeMap<String, ()> {
        let names = fs::read_dir(&side.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.map(|name| (name, ())).collect()
    };
    assert_eq!(files(&ours), files(&theirs));
    for name in files(&ours).into_keys() {
        if name.starts_with("proof-") {
            same(&name);
            compared.proofs += 1;
            compared.preimages += u32::from(ours.json(&name)["oracle-key"].is_string());
        } else if name.ends_with(".bin.gz") {
            same(&name);
            compared.states += 1;
            last_snapshot = name.starts_with("state-").then_some(name).or(last_snapshot);
        }
    }
    // One proof from a snapshot of the other side, as op-challenger asks for it.
    if let Some(snapshot) = last_snapshot {
        let step: u64 = snapshot["state-".len()..].strip_suffix(".bin.gz").unwrap().parse().unwrap();
        let line = |from: &str| {
            format!(
                "run --input ../{from}/{snapshot} --output one.bin.gz --meta= --proof-at ={} --proof-fmt one-%d.json.gz --stop-at ={}",
                step + 5_000,
                step + 5_001
            )
        };
        ours.call(&line("theirs"));
        theirs.call(&line("ours"));
        same("one.bin.gz");
        let name = format!("one-{}.json.gz", step + 5_000);
        if files(&ours).contains_key(&name) {
            same(&name);
            compared.proofs += 1;
        }
    }
    eprintln!("{}: {compared:?}", elf.display());
}

#[test]
fn as_go_cannon() {
    let Some(peer) = std::env::var_os("TRIBUNAL_PEER_CANNON").map(PathBuf::from) else {
        eprintln!("SKIPPED: TRIBUNAL_PEER_CANNON names no executable; nothing was compared with Go Cannon");
        return;
    };
    let data = std::env::var_os("TRIBUNAL_REAL_DATA").map(PathBuf::from).filter(|folder| folder.is_dir());
    let served = |folder: &str, kona| data.as_ref().map(|data| Served { witness: data.join(folder), kona });
    let (real, for_kona) = (served("op-sepolia-16491249", false), served("devnet-901901/witnesses/early-0-8", true));
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/prestates").canonicalize().unwrap();
    let mut compared = Compared::default();
    compare(&committed.join("selftest.mips64.elf"), None, &peer, &mut compared);
    match &real {
        // The configs of the chain are not in the bare image: the program says so and ends; the committed prestate has them.
        Some(served) => {
            compare(&committed.join("program.mips64.elf"), Some(served), &peer, &mut compared);
            compare_prestate(&committed.join("program.mips64.bin.gz"), served, &peer, &mut compared);
        }
        None => eprintln!("SKIPPED: TRIBUNAL_REAL_DATA names no folder"),
    }
    eprintln!("our guests, compared with Go Cannon: {compared:?}");
    assert!(compared.proofs > 10);
    let Some(folder) = std::env::var_os("TRIBUNAL_PEER_GUESTS") else {
        eprintln!("SKIPPED: TRIBUNAL_PEER_GUESTS names no folder of guests");
        return;
    };
    let mut compared = Compared::default();
    let mut guests: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    guests.retain(|path| path.extension().is_some_and(|extension| extension == "elf"));
    guests.sort();
    for guest in guests {
        // Those that ask for preimages say so by their names; others run without a host.
        let name = guest.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let asks = ["oracle", "kona"].into_iter().find(|word| name.contains(word));
        let served = if asks == Some("kona") { &for_kona } else { &real };
        match (asks, served) {
            (None, _) => compare(&guest, None, &peer, &mut compared),
            (Some(_), Some(served)) => compare(&guest, Some(served), &peer, &mut compared),
            (Some(_), None) => eprintln!("SKIPPED: {name} asks for preimages"),
        }
    }
    eprintln!("other guests, compared with Go Cannon: {compared:?}");
}

/// Steps between two proofs of the program's run; prime.
const PROGRAM_STRIDE: u64 = 3_015_019;

/// The whole program over the recorded witness, to its verdict.
fn compare_prestate(state: &Path, served: &Served, peer: &Path, compared: &mut Compared) {
    let place = tempfile::tempdir().unwrap();
    let link = place.path().join("cannon");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tribunal"), &link).unwrap();
    let sides = [("ours", link), ("theirs", peer.to_owned())].map(|(name, command)| {
        let folder = place.path().join(name);
        fs::create_dir(&folder).unwrap();
        Side { name, command, folder, served: Some(served.clone()) }
    });
    for side in &sides {
        side.call(&format!(
            "run --input {} --output end.bin.gz --meta= --proof-at %{} --snapshot-at =200000033",
            state.display(),
            PROGRAM_STRIDE
        ));
    }
    let [ours, theirs] = &sides;
    assert!(ours.read("end.bin.gz") == theirs.read("end.bin.gz"));
    let end: Value = serde_json::from_slice(&ours.call("witness --input end.bin.gz").stdout).unwrap();
    assert_eq!((&end["exited"], &end["exitCode"]), (&true.into(), &0.into()));
    let step = end["step"].as_u64().unwrap();
    compared.steps += step;
    compared.states += 1;
    for at in (0..step).step_by(PROGRAM_STRIDE as usize) {
        let name = format!("proof-{at}.json");
        assert!(ours.read(&name) == theirs.read(&name), "{name}");
        compared.proofs += 1;
    }
}
