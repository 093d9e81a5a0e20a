//! A trace over a store on disk: the pass leaves snapshots there, and a later one goes on from them.

use super::{Ladder, Trace, TraceError, TraceOptions};
use crate::snapshots::{Folder, Persist, SnapshotError, SnapshotStore};
use crate::source::PreimageSource;
use alloy_primitives::B256;
use std::collections::HashMap;
use std::sync::Mutex;

impl<M: Persist> Trace<M> {
    /// The trace of a run whose snapshots are kept in `store` under the name `run`: the same name for the same prestate and
    /// inputs. What an earlier process left there is used: a run that it finished is not run again, one that it did not
    /// finish goes on from the last whole snapshot.
    ///
    /// `source` is kept, for questions about what an earlier process ran. A store that fails while it is written does not
    /// stop the pass: [`Trace::unsaved`] tells.
    ///
    /// # Errors
    /// As [`Trace::record_with`], and [`TraceError::Snapshots`] if the store cannot be read, or what it holds under that
    /// name comes from another prestate.
    pub fn record_in<F: Folder>(
        store: &SnapshotStore<F>,
        run: B256,
        mut start: M,
        mut source: Box<dyn PreimageSource + Send>,
        options: TraceOptions,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Self, TraceError<M::Fault>> {
        let mut ladder = Ladder::new();
        ladder.push(&mut start, true);
        let mut machine = start.snapshot();
        for step in store.steps(run)? {
            match store.load(run, step, &mut start) {
                Ok(mut saved) if saved.step() > machine.step() => {
                    ladder.push(&mut saved, false);
                    machine = saved;
                }
                Ok(_) | Err(SnapshotError::Damaged { .. } | SnapshotError::Missing(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let steps = store.steps(run)?;
        let mut keeper = Keeper { store, run, start, spacing: options.disk_spacing.max(1), steps, failure: None };
        let limit = options.max_on_disk.max(2);
        let mut save = |machine: &mut M| keeper.at(machine, limit);
        let known = HashMap::new();
        let recorded = Self::continue_with(machine, &mut *source, options, progress, ladder, known, &mut save);
        let mut trace = recorded?;
        trace.unsaved = keeper.failure;
        trace.source = Some(Mutex::new(source));
        Ok(trace)
    }
}

/// Writes snapshots of a pass now and then, and keeps their number in bounds.
struct Keeper<'a, M, F> {
    store: &'a SnapshotStore<F>,
    run: B256,
    start: M,
    spacing: u64,
    /// Of the snapshots that are there.
    steps: Vec<u64>,
    failure: Option<SnapshotError>,
}

impl<M: Persist, F: Folder> Keeper<'_, M, F> {
    fn at(&mut self, machine: &mut M, limit: usize) {
        let step = machine.step();
        let last = self.steps.last().copied().unwrap_or(self.start.step());
        let due = step >= last.saturating_add(self.spacing) || (machine.exit_code().is_some() && step > last);
        if due && self.failure.is_none() {
            self.failure = self.save(machine, limit).err();
        }
    }

    fn save(&mut self, machine: &mut M, limit: usize) -> Result<(), SnapshotError> {
        self.store.put(self.run, &mut self.start, machine)?;
        self.steps.push(machine.step());
        if self.steps.len() > limit {
            // Every second one, never the last.
            let mut index = self.steps.len();
            let (kept, gone): (Vec<u64>, Vec<u64>) = self.steps.iter().partition(|_| {
                index -= 1;
                index.is_multiple_of(2)
            });
            self.store.remove(self.run, &gone)?;
            (self.steps, self.spacing) = (kept, self.spacing.saturating_mul(2));
        }
        Ok(())
    }
}
