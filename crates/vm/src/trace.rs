//! The trace of a run: the states after each step, answered from snapshots that one pass leaves behind.
//!
//! Indices are those of a claim's trace: **index i is the state after the step that the step counter i numbers**, so its own
//! counter is i + 1. Index i and everything past the exit is the final state. A query replays from the nearest snapshot
//! and leaves a snapshot itself, since the next query of a bisection is near; no query runs from the start again.
//!
//! Snapshots share the pages that did not change between them. When they become too many or too large, every second one
//! is dropped and the spacing doubles. The preimages of the run are kept (by reference, where the source shares them), so
//! queries need no host.

use crate::machine::{Machine, RunError, RunStop, StepWitness};
use crate::source::{OutputStream, PreimageSource, SourceError};
use alloy_primitives::{B256, Bytes};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Snapshots left by queries.
const RECENT: usize = 16;
/// Steps between the first snapshots.
const FIRST_SPACING: u64 = 1 << 20;

/// Limits of a trace.
#[derive(Clone, Copy, Debug)]
pub struct TraceOptions {
    /// Snapshots of the run that are kept, at least 2.
    pub max_snapshots: usize,
    /// Bytes of memory that the snapshots may hold together, beyond which they are thinned out.
    pub max_bytes: u64,
    /// Step counter at which a run that has not exited is given up.
    pub max_steps: u64,
}

impl Default for TraceOptions {
    fn default() -> Self {
        Self { max_snapshots: 128, max_bytes: 1 << 30, max_steps: u64::MAX }
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
    snapshots: Mutex<Snapshots<M>>,
}

struct Snapshots<M> {
    /// Ascending by step: the start, the run, the exit.
    run: Vec<Snapshot<M>>,
    recent: VecDeque<Snapshot<M>>,
    spacing: u64,
}

struct Snapshot<M> {
    step: u64,
    machine: M,
    /// Never dropped: start, edited state, exit.
    pinned: bool,
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
        let empty = Snapshots { run: Vec::new(), recent: VecDeque::new(), spacing: FIRST_SPACING };
        Self::continue_with(start, source, options, progress, empty, HashMap::new())
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
        let before = {
            let mut snapshots = self.lock();
            let spacing = snapshots.spacing;
            let before = snapshots.run.iter_mut().take_while(|s| s.step <= index);
            let run =
                before.map(|s| Snapshot { step: s.step, machine: s.machine.snapshot(), pinned: s.pinned }).collect();
            Snapshots { run, recent: VecDeque::new(), spacing }
        };
        let max_steps = self.options.max_steps.min(self.end.saturating_mul(4).max(1 << 26));
        let options = TraceOptions { max_steps, ..self.options };
        Self::continue_with(machine, source, options, &mut |_| (), before, self.preimages.clone())
    }

    fn continue_with(
        mut machine: M,
        source: &mut dyn PreimageSource,
        options: TraceOptions,
        progress: &mut dyn FnMut(u64),
        mut snapshots: Snapshots<M>,
        known: HashMap<B256, Bytes>,
    ) -> Result<Self, TraceError<M::Fault>> {
        let mut source = Recorder { source, known };
        let first = snapshots.run.first().map_or(machine.step(), |start| start.step);
        snapshots.push(&mut machine, true);
        loop {
            let target = machine.step().saturating_add(snapshots.spacing).min(options.max_steps);
            match machine.run(target, &mut source, None)? {
                RunStop::Exited => break,
                RunStop::Step | RunStop::Preimage if machine.step() >= options.max_steps => {
                    return Err(TraceError::TooLong(machine.step()));
                }
                RunStop::Step | RunStop::Preimage => {}
            }
            progress(machine.step());
            snapshots.push(&mut machine, false);
            snapshots.thin_out(&options);
        }
        snapshots.push(&mut machine, true);
        let (end, exit_code) = (machine.step(), machine.exit_code().unwrap_or_default());
        Ok(Self { first, end, exit_code, options, preimages: source.known, snapshots: Mutex::new(snapshots) })
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

    /// Preimages that the run read, by key, without length prefix.
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
        if step < self.first {
            return Err(TraceError::BeforeStart { first: self.first, index: step });
        }
        let mut machine = self.lock().nearest(step);
        if machine.step() < step && machine.exit_code().is_none() {
            machine.run(step, &mut Known(&self.preimages), None)?;
            self.lock().remember(&mut machine);
        }
        Ok(machine)
    }

    /// What the contract needs to make the state at `index` from the one before it. Past the exit: the final state and no
    /// proof.
    ///
    /// # Errors
    /// As [`Trace::state_before`].
    pub fn step_witness(&self, index: u64) -> Result<StepWitness, TraceError<M::Fault>> {
        let mut machine = self.state_before(index)?;
        Ok(machine.prove_step(&mut Known(&self.preimages))?)
    }

    /// Snapshots of the run and the bytes of memory that they hold together.
    pub fn footprint(&self) -> (usize, u64) {
        let snapshots = self.lock();
        (snapshots.run.len(), snapshots.bytes())
    }

    fn lock(&self) -> MutexGuard<'_, Snapshots<M>> {
        // A snapshot is put in whole or not at all: a panic elsewhere leaves nothing half-done.
        self.snapshots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Machine> core::fmt::Debug for Trace<M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Trace").field("first", &self.first).field("end", &self.end).finish_non_exhaustive()
    }
}

impl<M: Machine> Snapshots<M> {
    fn push(&mut self, machine: &mut M, pinned: bool) {
        let step = machine.step();
        // The exit may coincide with the last snapshot; a pinned one replaces what it repeats.
        self.run.pop_if(|last| last.step >= step);
        self.run.push(Snapshot { step, machine: machine.snapshot(), pinned });
    }

    fn thin_out(&mut self, options: &TraceOptions) {
        while self.run.len() > options.max_snapshots.max(2) || self.bytes() > options.max_bytes {
            let before = self.run.len();
            let last = before - 1;
            let mut index = 0;
            self.run.retain(|snapshot| {
                index += 1;
                snapshot.pinned || index % 2 == 1 || index == last + 1
            });
            self.spacing = self.spacing.saturating_mul(2);
            if self.run.len() == before {
                break;
            }
        }
    }

    fn bytes(&self) -> u64 {
        self.run.windows(2).map(|pair| pair[1].machine.bytes_beyond(&pair[0].machine)).sum()
    }

    fn nearest(&mut self, step: u64) -> M {
        let of_run = self.run.partition_point(|snapshot| snapshot.step <= step).saturating_sub(1);
        let best = self.run[of_run].step;
        let recent = self.recent.iter_mut().filter(|s| s.step <= step && s.step > best).max_by_key(|s| s.step);
        recent.unwrap_or(&mut self.run[of_run]).machine.snapshot()
    }

    fn remember(&mut self, machine: &mut M) {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Snapshot { step: machine.step(), machine: machine.snapshot(), pinned: false });
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

/// Serves what the run read, without a host.
struct Known<'a>(&'a HashMap<B256, Bytes>);

impl PreimageSource for Known<'_> {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        self.0.get(&key).cloned().ok_or(SourceError::Missing(key))
    }
}
