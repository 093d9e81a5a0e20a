//! The group `program`: the native verdict over a witness that was imported once, and the steps of the same claim in the machine.
//!
//! The native figures are those of whole processes, from their start to their exit, as a service would start them. The peer is
//! kona's client, run natively and served by this process from the same store; what it ends with has to be the same verdict.

use crate::measure::{children_seconds, wall};
use crate::peer::PeerError;
use crate::vm::{data, failed, program};
use crate::{BenchError, Figure, Group, Setting};
use host::{LocalKeyNumbering, OfflineHost, Witness, image::IMAGE_FILE, serve_client};
use mips64::Mips64;
use serde::Deserialize;
use std::path::Path;
use std::process::{Command, Stdio};
use vm::Machine;

/// Verdicts whose CPU time is taken together: the system counts in hundredths of a second.
const BATCH: u32 = 10;

/// Kona's steps for the claim of op-sepolia-16491249, as published with that witness.
const KONA_STEPS: f64 = 2_186_070_223.0;
/// The L1 head of that claim.
const OP_SEPOLIA_BLOCK: (u64, u64) = (11_155_420, 16_491_249);

/// What `tribunal program run --json` says about itself.
#[derive(Deserialize)]
struct Report {
    verdict: String,
    memory: Option<Memory>,
}

#[derive(Deserialize)]
struct Memory {
    peak: u64,
    mapped: u64,
}

/// All figures that the setting asks for and allows.
pub(crate) fn measure(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Figure>, BenchError> {
    let wanted = |names: &[&str]| names.iter().any(|name| setting.wants(Group::Program, name));
    let Some(folder) = &setting.witness else { return Ok(Vec::new()) };
    let mut figures = Vec::new();
    if !wanted(&["program-native", "program-native-cpu", "program-memory", "program-import", "program-steps"]) {
        return Ok(figures);
    }
    progress("program: import of the witness");
    let (import, witness) = wall(|| Witness::load_with_upgrades(folder, setting.upgrades.as_deref()));
    let witness = witness.map_err(|error| data(folder, error))?;
    let published = (witness.boot.l2_chain_id, witness.boot.claimed_l2_block_number) == OP_SEPOLIA_BLOCK;
    if wanted(&["program-native", "program-native-cpu", "program-memory", "program-import"]) {
        figures.extend(native(setting, &witness, import, published, progress)?);
    }
    if wanted(&["program-steps"]) {
        figures.extend(steps(&witness, published, progress)?);
    }
    figures.retain(|figure| setting.wants(Group::Program, &figure.name));
    Ok(figures)
}

/// Seconds of the wall and of processors of one process, and its output.
fn timed(mut command: Command) -> Result<(f64, Vec<u8>), BenchError> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let name = command.get_program().to_string_lossy().into_owned();
    let (seconds, output) = wall(|| command.output());
    let output = output.map_err(|error| BenchError::Run(format!("{name}: {error}")))?;
    Ok((seconds, output.stdout))
}

fn native(
    setting: &Setting,
    witness: &Witness,
    checked: f64,
    published: bool,
    progress: &mut dyn FnMut(&str),
) -> Result<Vec<Figure>, BenchError> {
    let scratch = tempfile::tempdir().map_err(|error| BenchError::Data(error.to_string()))?;
    let (written, imported) = wall(|| witness.import(scratch.path()));
    imported.map_err(|error| data(scratch.path(), error))?;
    let size = std::fs::metadata(scratch.path().join(IMAGE_FILE)).map_or(0, |file| file.len());
    let (mut walls, mut cpus, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    let (mut peer_walls, mut peer_cpus) = (Vec::new(), Vec::new());
    // Once for the caches, then in turns.
    let verdict = run_once(setting, scratch.path())?.1.verdict;
    for run in 0..setting.runs {
        progress(&format!("program-native: ours, {} of {}", run + 1, setting.runs));
        let before = children_seconds();
        for _ in 0..BATCH {
            let (seconds, report) = run_once(setting, scratch.path())?;
            walls.push(seconds);
            if let Some(Memory { peak, mapped }) = report.memory {
                peaks.push(peak.saturating_sub(mapped) as f64 / f64::from(1 << 20));
            }
        }
        let cpu = before.zip(children_seconds()).map(|(before, after)| after - before);
        cpus.extend(cpu.map(|cpu| cpu / f64::from(BATCH)));
        if let Some(kona) = &setting.peer_kona {
            progress(&format!("program-native: kona, {} of {}", run + 1, setting.runs));
            let before = children_seconds();
            for _ in 0..BATCH {
                peer_walls.push(kona_once(kona, witness, &verdict)?);
            }
            let cpu = before.zip(children_seconds()).map(|(before, after)| after - before);
            peer_cpus.extend(cpu.map(|cpu| cpu / f64::from(BATCH)));
        }
    }
    let apart = match (published, &setting.peer_kona) {
        (true, None) => {
            "; kona's published figures for this claim: 0.45 s wall, 0.2 s CPU, 38 to 48 MB, client over pipes"
        }
        (_, Some(_)) => "; the peer is kona's client over pipes, served by this process from the same store",
        _ => "",
    };
    let note = |what: &str| format!("{what} of `tribunal program run` from its start to the verdict {verdict}{apart}");
    let memory = format!("most memory of the process beyond the mapped store of {} MiB", size >> 20);
    Ok(vec![
        Figure::less("program-native", "s", &walls, &peer_walls, &note("time on the wall")),
        Figure::less("program-native-cpu", "s", &cpus, &peer_cpus, &note(&format!("CPU time, mean of {BATCH},"))),
        Figure::less("program-memory", "MiB", &peaks, &[], &memory),
        Figure::less(
            "program-import",
            "s",
            &[checked + written],
            &[],
            "the witness checked, expanded and written, once",
        ),
    ])
}

fn run_once(setting: &Setting, folder: &Path) -> Result<(f64, Report), BenchError> {
    let mut command = Command::new(&setting.command);
    command.args(["program", "run", "--json", "--witness"]).arg(folder);
    let (seconds, output) = timed(command)?;
    let report: Report = serde_json::from_slice(&output).map_err(|error| BenchError::Run(error.to_string()))?;
    match report.verdict.as_str() {
        "valid" | "invalid" => Ok((seconds, report)),
        other => Err(BenchError::Run(format!("the verdict is {other}"))),
    }
}

/// One run of kona's client.
fn kona_once(kona: &Path, witness: &Witness, verdict: &str) -> Result<f64, BenchError> {
    let host = OfflineHost::new(witness.store.clone(), witness.boot.clone()).with_numbering(LocalKeyNumbering::Kona);
    let mut command = Command::new(kona);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (seconds, ended) = wall(|| serve_client(&host, command));
    let ended = ended.map_err(|error| PeerError::Start { path: kona.to_owned(), error })?;
    let theirs = match (&ended.error, ended.status.code()) {
        (None, Some(0)) => "valid".to_owned(),
        (None, Some(1)) => "invalid".to_owned(),
        (Some(error), _) => return Err(BenchError::Run(format!("{}: {error}", kona.display()))),
        (None, _) => ended.status.to_string(),
    };
    crate::peer::same("verdict", verdict, &theirs)?;
    Ok(seconds)
}

fn steps(witness: &Witness, published: bool, progress: &mut dyn FnMut(&str)) -> Result<Option<Figure>, BenchError> {
    if witness.boot.rollup_config.is_some() {
        // The committed prestate knows the chains of the registry alone.
        return Ok(None);
    }
    progress("program-steps");
    let mut machine = Mips64::new(program()?);
    let mut host = OfflineHost::new(witness.store.clone(), witness.boot.clone());
    machine.run(u64::MAX, &mut host, None).map_err(failed)?;
    let code = machine.exit_code().unwrap_or_default();
    let peer = if published { &[KONA_STEPS][..] } else { &[] };
    let apart =
        if published { "; the peer's figure is the published one of kona for this claim, on Cannon" } else { "" };
    let note = format!("steps of the machine from the prestate to exit {code}{apart}");
    Ok(Some(Figure::less("program-steps", "steps", &[machine.step() as f64], peer, &note)))
}
