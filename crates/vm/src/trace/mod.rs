//! The trace of a run: the states after each step, answered from snapshots that one pass leaves behind.
//!
//! Indices are those of a claim's trace: **index i is the state after the step that the step counter i numbers**, so its own
//! counter is i + 1. Index i and everything past the exit is the final state. A query replays from the nearest snapshot
//! and leaves a snapshot itself, since the next query of a bisection is near; no query runs from the start again.
//!
//! Snapshots share the pages that did not change between them. When they become too many or too large, every second one
//! is dropped and the spacing doubles. The pass hashes what it wrote before that becomes much, so that a query has little
//! to hash. The preimages of the run are kept (by reference, where the source shares them), so queries need no host.
//! Many queries at once are answered in the order of their steps, in one sweep. With a store on disk, a pass can be
//! resumed: [`Trace::record_in`].

mod ladder;
mod saved;

use crate::machine::{Machine, RunError, RunStop, StepWitness};
use crate::snapshots::SnapshotError;
use crate::source::{OutputStream, PreimageSource, SourceError};
use alloy_primitives::{B256, Bytes};
use ladder::Ladder;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of changed pages after which the pass hashes them: some milliseconds of work.
const HASH_AFTER: u64 = 8 << 20;

/// Limits of a trace.
#[derive(Clone, Copy, Debug)]
pub struct TraceOptions {
    /// Snapshots of the run that are kept, at least 2.
    pub max_snapshots: usize,
    /// Bytes of memory that the snapshots may hold together, beyond which they are thinned out.
    pub max_bytes: u64,
    /// Step counter at which a run that has not exited is given up.
    pub max_steps: u64,
    /// Steps between the first snapshots on disk, for a trace with a store. It doubles when there are too many.
    pub disk_spacing: u64,
    /// Snapshots of the run that are kept on disk, at least 2. They are for going on after the process has ended: half of a
    /// run is run again within seconds, and each of them takes megabytes of every game.
    pub max_on_disk: usize,
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self { max_snapshots: 1024, max_bytes: 1 << 30, max_steps: u64::MAX, disk_spacing: 1 << 30, max_on_disk: 2 }
    }
}

/// A trace could not be recorded, or does not answer.
#[derive(Debug, thiserror::Error)]
pub enum TraceError<F: core::error::Error + 'static> {
    /// The machine stopped without exiting.
    #[error(transparent)]
    Run(#[from] RunError<F>),
    /// The guest did not exit within [`TraceOptions::max_steps`].
    #[error("the guest has not exited after {0} steps")]
    TooLong(u64),
    /// The store of snapshots on disk cannot be read.
    #[error(transparent)]
    Snapshots(#[from] SnapshotError),
    /// An index before the first recorded step.
    #[error("the trace begins at step {first}, index {index} was asked for")]
    BeforeStart {
        /// First index of the trace.
        first: u64,
        /// The index in question.
        index: u64,
    },
    /// A fork of the trace behind its end, where there is no step to change.
    #[error("the trace ends with index {last}, index {index} cannot be changed")]
    PastExit {
        /// Last index at which a step happens.
        last: u64,
        /// The index in question.
        index: u64,
    },
    /// An edit changed the step counter, so that the state stands for another index.
    #[error("an edited state must keep its step counter {0}")]
    StepChanged(u64),
}

/// The recorded trace of one run. Queries take `&self`; they may come from several threads.
pub struct Trace<M: Machine> {
    first: u64,
    end: u64,
    exit_code: u8,
    options: TraceOptions,
    preimages: HashMap<B256, Bytes>,
    ladder: Mutex<Ladder<M>>,
    /// Serves what an earlier process had read, in a trace that was resumed.
    source: Option<Mutex<Box<dyn PreimageSource + Send>>>,
    unsaved: Option<SnapshotError>,
}

impl<M: Machine> Trace<M> {
    /// Runs `start` to its exit with the default limits.
    ///
    /// # Errors
    /// [`TraceError::Run`], [`TraceError::TooLong`].
    pub fn record_from(start: M, source: &mut dyn PreimageSource) -> Result<Self, TraceError<M::Fault>> {
        Self::record_with(start, source, TraceOptions::default(), &mut |_| ())
    }

    /// Runs `start` to its exit; `progress` is told the step counter from time to time.
    ///
    /// # Errors
    /// [`TraceError::Run`], [`TraceError::TooLong`].
    pub fn record_with(
        start: M,
        source: &mut dyn PreimageSource,
        options: TraceOptions,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Self, TraceError<M::Fault>> {
        Self::continue_with(start, source, options, progress, Ladder::new(), HashMap::new(), &mut |_| ())
    }

    /// The trace of an adversary: equal to this one before `index`, where `edit` changes the state after that step (memory,
    /// registers, program counter, exit; not the step counter), and what the machine makes of that from there on.
    ///
    /// `source` serves what the changed run asks for beyond the preimages of this one. A changed run that takes more than
    /// four times the steps of this one (or 2^26, if that is more) is given up.
    ///
    /// # Errors
    /// As [`Trace::record_with`], and [`TraceError::BeforeStart`], [`TraceError::PastExit`], [`TraceError::StepChanged`].
    pub fn fork(
        &self,
        index: u64,
        edit: impl FnOnce(&mut M),
        source: &mut dyn PreimageSource,
    ) -> Result<Self, TraceError<M::Fault>> {
        if index >= self.end {
            return Err(TraceError::PastExit { last: self.end.saturating_sub(1), index });
        }
        let mut machine = self.state_at(index)?;
        edit(&mut machine);
        if machine.step() != index + 1 {
            return Err(TraceError::StepChanged(index + 1));
        }
        let before = self.lock().up_to(index);
        let max_steps = self.options.max_steps.min(self.end.saturating_mul(4).max(1 << 26));
        let options = TraceOptions { max_steps, ..self.options };
        let known = self.preimages.clone();
        Self::continue_with(machine, source, options, &mut |_| (), before, known, &mut |_| ())
    }

    fn continue_with(
        mut machine: M,
        source: &mut dyn PreimageSource,
        options: TraceOptions,
        progress: &mut dyn FnMut(u64),
        mut ladder: Ladder<M>,
        known: HashMap<B256, Bytes>,
        save: &mut dyn FnMut(&mut M),
    ) -> Result<Self, TraceError<M::Fault>> {
        let mut source = Recorder { source, known };
        let first = ladder.first_step().unwrap_or(machine.step());
        ladder.push(&mut machine, true);
        let mut unhashed = 0;
        loop {
            let target = machine.step().saturating_add(ladder.spacing).min(options.max_steps);
            match machine.run(target, &mut source, None)? {
                RunStop::Exited => break,
                RunStop::Step | RunStop::Preimage if machine.step() >= options.max_steps => {
                    return Err(TraceError::TooLong(machine.step()));
                }
                RunStop::Step | RunStop::Preimage => {}
            }
            progress(machine.step());
            unhashed += ladder.push(&mut machine, false);
            if unhashed > HASH_AFTER {
                // The snapshot shares the pages, and so the hashes.
                machine.state_hash();
                unhashed = 0;
            }
            ladder.thin_out(options.max_snapshots, options.max_bytes);
            save(&mut machine);
        }
        machine.state_hash();
        ladder.push(&mut machine, true);
        save(&mut machine);
        let (end, exit_code) = (machine.step(), machine.exit_code().unwrap_or_default());
        Ok(Self {
            first,
            end,
            exit_code,
            options,
            preimages: source.known,
            ladder: Mutex::new(ladder),
            source: None,
            unsaved: None,
        })
    }

    /// Step counter of the first state: the first index that has a step of its own.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Step counter of the final state. Indices below have a step of their own; this one and all above are the final
    /// state.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Exit code of the guest.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// Why the store of snapshots does not have all of the run, if it has not.
    pub const fn unsaved(&self) -> Option<&SnapshotError> {
        self.unsaved.as_ref()
    }

    /// Preimages that this pass read, by key, without length prefix. A resumed pass has not read what came before.
    pub fn preimages(&self) -> &HashMap<B256, Bytes> {
        &self.preimages
    }

    /// The state before the first step: the prestate, for a trace from step 0.
    ///
    /// # Errors
    /// [`TraceError::Run`].
    pub fn prestate(&self) -> Result<M, TraceError<M::Fault>> {
        self.state_before(self.first)
    }

    /// State at an index: after the step that the counter `index` numbers.
    ///
    /// # Errors
    /// [`TraceError::BeforeStart`], [`TraceError::Run`].
    pub fn state_at(&self, index: u64) -> Result<M, TraceError<M::Fault>> {
        if index < self.first {
            return Err(TraceError::BeforeStart { first: self.first, index });
        }
        self.state_before(index.saturating_add(1))
    }

    /// Hash of the state at an index: the claim for it.
    ///
    /// # Errors
    /// As [`Trace::state_at`].
    pub fn hash_at(&self, index: u64) -> Result<B256, TraceError<M::Fault>> {
        Ok(self.state_at(index)?.state_hash())
    }

    /// State whose step counter is `step`, before the step of index `step`; past the exit, the final state.
    ///
    /// # Errors
    /// [`TraceError::BeforeStart`], [`TraceError::Run`].
    pub fn state_before(&self, step: u64) -> Result<M, TraceError<M::Fault>> {
        let mut answer = None;
        self.sweep(&[step], |_, machine| {
            answer = Some(machine.snapshot());
            Ok(())
        })?;
        Ok(answer.expect("a sweep that succeeds visits each step"))
    }

    /// Hashes of the states at many indices, in one sweep.
    ///
    /// # Errors
    /// As [`Trace::state_at`], for all of them.
    pub fn hashes_at(&self, indices: &[u64]) -> Result<Vec<B256>, TraceError<M::Fault>> {
        if let Some(index) = indices.iter().find(|index| **index < self.first) {
            return Err(TraceError::BeforeStart { first: self.first, index: *index });
        }
        let steps: Vec<u64> = indices.iter().map(|index| index.saturating_add(1)).collect();
        let mut hashes = vec![B256::ZERO; indices.len()];
        self.sweep(&steps, |at, machine| {
            hashes[at] = machine.state_hash();
            Ok(())
        })?;
        Ok(hashes)
    }

    /// What the contract needs for the steps at many indices, in one sweep. As [`Trace::step_witness`].
    ///
    /// # Errors
    /// As [`Trace::state_before`], for all of them.
    pub fn step_witnesses(&self, indices: &[u64]) -> Result<Vec<StepWitness>, TraceError<M::Fault>> {
        let mut witnesses = vec![None; indices.len()];
        self.sweep(indices, |at, machine| {
            witnesses[at] = Some(machine.prove_step(&mut self.known())?);
            Ok(())
        })?;
        Ok(witnesses.into_iter().map(|witness| witness.expect("a sweep that succeeds visits each step")).collect())
    }

    /// Calls `visit` with the place in `steps` and the state before that step, in the order of the steps: one machine goes
    /// from one to the next, unless a snapshot is nearer.
    fn sweep(
        &self,
        steps: &[u64],
        mut visit: impl FnMut(usize, &mut M) -> Result<(), TraceError<M::Fault>>,
    ) -> Result<(), TraceError<M::Fault>> {
        if let Some(step) = steps.iter().find(|step| **step < self.first) {
            return Err(TraceError::BeforeStart { first: self.first, index: *step });
        }
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_unstable_by_key(|at| steps[*at]);
        let mut machine: Option<M> = None;
        for at in order {
            let step = steps[at];
            let mut here = match machine.take() {
                Some(machine) if self.goes_on_to(&machine, step) => machine,
                _ => self.lock().nearest(step).expect("no step before the first was asked for"),
            };
            self.replay(&mut here, step)?;
            visit(at, &mut here)?;
            machine = Some(here);
        }
        Ok(())
    }

    /// Whether no snapshot is nearer to a step than a machine that stands before it.
    fn goes_on_to(&self, machine: &M, step: u64) -> bool {
        let nearest = self.lock().nearest_step(step).unwrap_or_default();
        machine.step() <= step && (machine.step() >= nearest || machine.exit_code().is_some())
    }

    /// Runs a machine of this trace to a step, and leaves snapshots where there are none near.
    fn replay(&self, machine: &mut M, step: u64) -> Result<(), TraceError<M::Fault>> {
        let start = machine.step();
        while machine.step() < step && machine.exit_code().is_none() {
            let spacing = self.lock().spacing;
            let target = step.min(machine.step().saturating_add(spacing));
            machine.run(target, &mut self.known(), None)?;
            if machine.step() < step && machine.exit_code().is_none() {
                self.lock().fill_in(machine, self.options.max_snapshots, self.options.max_bytes);
            }
        }
        if machine.step() > start {
            self.lock().remember(machine);
        }
        Ok(())
    }

    /// What the contract needs to make the state at `index` from the one before it. Past the exit: the final state and no
    /// proof.
    ///
    /// # Errors
    /// As [`Trace::state_before`].
    pub fn step_witness(&self, index: u64) -> Result<StepWitness, TraceError<M::Fault>> {
        let mut machine = self.state_before(index)?;
        Ok(machine.prove_step(&mut self.known())?)
    }

    /// Snapshots of the run and the bytes of memory that they hold together.
    pub fn footprint(&self) -> (usize, u64) {
        let ladder = self.lock();
        (ladder.len(), ladder.bytes())
    }

    fn known(&self) -> Known<'_> {
        Known { preimages: &self.preimages, source: self.source.as_ref() }
    }

    fn lock(&self) -> MutexGuard<'_, Ladder<M>> {
        // A snapshot is put in whole or not at all: a panic elsewhere leaves nothing half-done.
        self.ladder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Machine> core::fmt::Debug for Trace<M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Trace").field("first", &self.first).field("end", &self.end).finish_non_exhaustive()
    }
}

/// Keeps what the host served.
struct Recorder<'a> {
    source: &'a mut dyn PreimageSource,
    known: HashMap<B256, Bytes>,
}

impl PreimageSource for Recorder<'_> {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        if let Some(value) = self.known.get(&key) {
            return Ok(value.clone());
        }
        let value = self.source.preimage(key)?;
        self.known.insert(key, value.clone());
        Ok(value)
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        self.source.hint(hint)
    }

    fn output(&mut self, stream: OutputStream, bytes: &[u8]) {
        self.source.output(stream, bytes);
    }
}

/// Serves what the run read, without a host; in a trace that was resumed, the host serves the rest.
struct Known<'a> {
    preimages: &'a HashMap<B256, Bytes>,
    source: Option<&'a Mutex<Box<dyn PreimageSource + Send>>>,
}

impl PreimageSource for Known<'_> {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        match (self.preimages.get(&key), self.source) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(source)) => source.lock().unwrap_or_else(PoisonError::into_inner).preimage(key),
            (None, None) => Err(SourceError::Missing(key)),
        }
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        match self.source {
            Some(source) => source.lock().unwrap_or_else(PoisonError::into_inner).hint(hint),
            None => Ok(()),
        }
    }
}
