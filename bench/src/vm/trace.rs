//! A finished trace: the hash at a random step, and everything that one bisection asks for.

use super::{data, failed, program, program_file, scratch, witness};
use crate::measure::wall;
use crate::peer::Peer;
use crate::{BenchError, Figure, Setting};
use host::OfflineHost;
use mips64::Mips64;
use vm::Trace;

/// Levels of the execution half of a game of depth 73 with its split at 30.
const LEVELS: u32 = 43;
/// Random steps that are asked for.
const QUESTIONS: u64 = 500;

pub(super) fn measure(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Figure>, BenchError> {
    let Some(folder) = &setting.witness else { return Ok(Vec::new()) };
    let (boot, store) = witness(folder)?;
    let record = || -> Result<(f64, Trace<Mips64>), BenchError> {
        let machine = Mips64::new(program()?);
        let mut host = OfflineHost::new(store.clone(), boot.clone());
        let (seconds, trace) = wall(|| Trace::record_from(machine, &mut host));
        Ok((seconds, trace.map_err(failed)?))
    };
    progress("random-state: the pass");
    let (pass, trace) = record()?;
    let mut numbers = Numbers(1);
    let mut times = Vec::new();
    for question in 0..QUESTIONS {
        if question % 20 == 0 {
            progress(&format!("random-state: {question} of {QUESTIONS}"));
        }
        let index = numbers.below(trace.end());
        let (seconds, hash) = wall(|| trace.hash_at(index));
        hash.map_err(failed)?;
        times.push(seconds * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let p99 = times[times.len() * 99 / 100];

    let mut peers = Vec::new();
    if let Some(cannon) = setting.peer_cannon.as_deref().map(Peer::new) {
        let scratch = scratch()?;
        let file = program_file(scratch.path())?;
        let mut host_command = setting.host.clone();
        host_command.push(folder.as_os_str().to_owned());
        for run in 0..setting.runs {
            progress(&format!("random-state: cannon, {} of {}", run + 1, setting.runs));
            let index = numbers.below(trace.end());
            let (at, stop) = (format!("={index}"), format!("={}", index + 1));
            // Cannon wants a place for the step in the name.
            let format = scratch.path().join("proof-%d.json");
            let flags = ["--proof-at", &at, "--stop-at", &stop, "--proof-fmt", &format.to_string_lossy()];
            let call = cannon.run(&file, &flags, &host_command)?;
            let written = scratch.path().join(format!("proof-{index}.json"));
            let proof = std::fs::read_to_string(&written).map_err(|error| data(&written, error))?;
            let ours = trace.hash_at(index).map_err(failed)?.to_string();
            if !proof.contains(&ours) {
                crate::peer::same("state hash at a random step", &ours, &proof.chars().take(400).collect::<String>())?;
            }
            peers.push(call.wall * 1e3);
        }
    }
    let (rungs, bytes) = trace.footprint();
    let note = format!(
        "99th of 100, of {QUESTIONS} random steps; median {:.2} ms; {rungs} snapshots in {} MiB; the pass took {pass:.2} s; cannon: median of its calls",
        times[times.len() / 2],
        bytes >> 20
    );
    let mut random = Figure::less("random-state", "ms", &[p99], &peers, &note);
    random.spread = [times[0], times[times.len() - 1]];
    drop(trace);

    let mut totals = Vec::new();
    for run in 0..setting.runs {
        progress(&format!("bisection: {} of {}", run + 1, setting.runs));
        // A fresh trace: nothing was asked before.
        let (_, trace) = record()?;
        let target = numbers.below(trace.end());
        let (seconds, answered) = wall(|| bisect(&trace, target));
        answered?;
        totals.push(seconds);
    }
    let note = format!(
        "state hashes at {LEVELS} levels, each chosen by the answer before, and the proof of the step; after the pass"
    );
    Ok(vec![random, Figure::less("bisection", "s", &totals, &[], &note)])
}

/// What an honest side computes on the way to a step that is disputed.
fn bisect(trace: &Trace<Mips64>, target: u64) -> Result<(), BenchError> {
    let (mut low, mut high) = (0u64, 1u64 << LEVELS);
    for _ in 0..LEVELS {
        let middle = low + (high - low) / 2;
        trace.hash_at(middle - 1).map_err(failed)?;
        if target < middle { high = middle } else { low = middle }
    }
    trace.step_witness(low).map_err(failed)?;
    Ok(())
}

/// Numbers without a pattern, the same in each call.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((u128::from(self.0) * u128::from(end)) >> 64) as u64
    }
}
