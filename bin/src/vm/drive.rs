//! The loop of a run: patterns are compared with the step counter before the step, in Cannon's order: information, stop,
//! snapshot, proof or step, then the preimage stops.

use super::{
    calls::Calls,
    log::Line,
    output::{save_state, write_file},
    profile::{self, Profile},
    run::RunArgs,
    source::Observed,
    symbol_at,
};
use crate::{exit::CommandError, progress::Progress};
use mips64::{
    Mips64, UnusedSlots,
    json::ProofJson,
    statistics::{Statistics, Upcoming},
};
use std::time::Instant;
use vm::{Machine, PAGE_SIZE, PreimageStop, RunStop, Symbols};

/// Steps between two looks at the progress bar.
const STRIDE: u64 = 20_000_000;

/// What a run is asked to find out besides its end.
#[derive(Default)]
pub(super) struct Findings {
    /// Where the steps went.
    pub(super) profile: Option<Profile>,
    /// Counts.
    pub(super) statistics: Option<Statistics>,
    /// Calls that have not returned.
    pub(super) calls: Option<Calls>,
}

/// A run.
pub(super) struct Drive<'a> {
    args: &'a RunArgs,
    symbols: &'a Symbols,
    first: u64,
    begun: Instant,
    /// What was found out.
    pub(super) findings: Findings,
    slots: UnusedSlots,
}

impl<'a> Drive<'a> {
    /// A run that follows calls, or counts, where it is asked to.
    pub(super) fn new(args: &'a RunArgs, symbols: &'a Symbols, calls: bool, statistics: bool) -> Self {
        let findings = Findings {
            profile: args.profile.then(Profile::default),
            statistics: statistics.then(Statistics::default),
            calls: calls.then(Calls::default),
        };
        Self { args, symbols, first: 0, begun: Instant::now(), findings, slots: UnusedSlots::default() }
    }

    /// From event to event, and at least every so many steps.
    pub(super) fn run(
        &mut self,
        machine: &mut Mips64,
        source: &mut Observed<'_>,
        stop: Option<&PreimageStop>,
    ) -> Result<(), CommandError> {
        let args = self.args;
        (self.first, self.begun) = (machine.step(), Instant::now());
        let stride = if self.findings.profile.is_some() { profile::INTERVAL } else { STRIDE };
        let mut progress = Progress::steps();
        while machine.exit_code().is_none() {
            let step = machine.step();
            progress.update(step);
            if args.info_at.matches(step) {
                self.inform(machine);
            }
            if args.stop_at.matches(step) {
                Line::info("Reached stop at", "vm").print();
                break;
            }
            if let Some(profile) = &mut self.findings.profile {
                profile.sample(machine.describe_step().pc);
            }
            if args.snapshot_at.matches(step) {
                let mut snapshot = machine.snapshot().into_state();
                save_state(&mut snapshot, &args.snapshot_fmt.at(step))?;
            }
            let stopped = if args.proof_at.matches(step) {
                self.prove(machine, source, stop)?
            } else {
                let patterns = [args.stop_at, args.info_at, args.snapshot_at, args.proof_at];
                let next = patterns.iter().filter_map(|pattern| pattern.next_from(step + 1)).min();
                self.advance(machine, next.unwrap_or(u64::MAX).min(step.saturating_add(stride)), source, stop)?
            };
            if stopped {
                Line::info("Stopping at preimage read", "vm").with("step", machine.step().saturating_sub(1)).print();
                break;
            }
        }
        Ok(())
    }

    /// Runs to a step; whether a read of a preimage ended it before.
    fn advance(
        &mut self,
        machine: &mut Mips64,
        until: u64,
        source: &mut Observed<'_>,
        stop: Option<&PreimageStop>,
    ) -> Result<bool, CommandError> {
        let Findings { statistics, calls, .. } = &mut self.findings;
        if statistics.is_none() && calls.is_none() {
            let stop = if self.args.check {
                mips64::check::run(machine, until, source, stop).map_err(CommandError::check)?
            } else {
                machine.run(until, source, stop).map_err(CommandError::run)?
            };
            return Ok(stop == RunStop::Preimage);
        }
        while machine.step() < until && machine.exit_code().is_none() {
            let upcoming = Upcoming::of(machine.state());
            let call = calls.as_ref().map(|_| Calls::upcoming(machine.state()));
            let stopped = machine.run(machine.step() + 1, source, stop).map_err(CommandError::run)?;
            if let Some(statistics) = statistics {
                statistics.count(upcoming, machine.state());
            }
            if let (Some(calls), Some(call)) = (calls.as_mut(), call) {
                calls.follow(call, machine.state(), self.symbols);
            }
            if stopped == RunStop::Preimage {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes the proof of the next step; whether its read of a preimage asks to stop.
    fn prove(
        &mut self,
        machine: &mut Mips64,
        source: &mut Observed<'_>,
        stop: Option<&PreimageStop>,
    ) -> Result<bool, CommandError> {
        let step = machine.step();
        let pre = machine.state_hash();
        let (upcoming, call) = (Upcoming::of(machine.state()), Calls::upcoming(machine.state()));
        if let Some((address, mut memory)) = source.second_word.take() {
            self.slots.second_word(&memory.prove(address));
        }
        let mut witness = machine.prove_step(source).map_err(CommandError::run)?;
        self.slots.fill(&mut witness.proof_data);
        if let Some(statistics) = &mut self.findings.statistics {
            statistics.count(upcoming, machine.state());
        }
        if let Some(calls) = &mut self.findings.calls {
            calls.follow(call, machine.state(), self.symbols);
        }
        let proof = ProofJson::new(step, pre, machine.state_hash(), &witness).to_json();
        write_file(&self.args.proof_fmt.at(step), proof.as_bytes())?;
        let asks = |stop: &PreimageStop| {
            let read = witness.preimage.as_ref();
            read.is_some_and(|read| stop.matches(&read.key, read.value.len() as u64, read.offset, step))
        };
        Ok(stop.is_some_and(asks))
    }

    /// Where the machine is and how fast it got there.
    fn inform(&self, machine: &mut Mips64) {
        let at = machine.describe_step();
        let step = machine.step();
        let pages = machine.snapshot().into_state().memory.page_count();
        let speed = (step - self.first) as f64 / self.begun.elapsed().as_secs_f64();
        Line::info("processing", "vm")
            .with("step", step)
            .with("pc", format!("{:08x}", at.pc as u32))
            .with("insn", format!("{:08x}", at.word))
            .with("ips", speed)
            .with("pages", pages)
            .with("mem", size(pages * PAGE_SIZE as u64))
            .with("name", symbol_at(self.symbols, at.pc))
            .print();
    }
}

/// A number of bytes for people.
fn size(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, "");
    for larger in ["K", "M", "G", "T"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit.is_empty() { format!("{bytes} B") } else { format!("{size:.1} {unit}iB") }
}
