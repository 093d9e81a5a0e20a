//! The snapshots of a run in memory: where a question's replay starts.

use crate::machine::Machine;
use std::collections::VecDeque;

/// Snapshots left by questions.
const RECENT: usize = 16;
/// Steps between the first snapshots.
pub(super) const FIRST_SPACING: u64 = 1 << 20;

/// Snapshots, ascending by step: the start, the run, the exit.
pub(super) struct Ladder<M> {
    rungs: Vec<Rung<M>>,
    recent: VecDeque<(u64, M)>,
    /// Steps between two rungs of the run.
    pub(super) spacing: u64,
}

struct Rung<M> {
    step: u64,
    machine: M,
    /// Never dropped: start, edited state, exit.
    pinned: bool,
    /// Bytes that the rung before does not share.
    bytes: u64,
}

impl<M: Machine> Ladder<M> {
    pub(super) const fn new() -> Self {
        Self { rungs: Vec::new(), recent: VecDeque::new(), spacing: FIRST_SPACING }
    }

    /// The part of a ladder up to a step.
    pub(super) fn up_to(&mut self, step: u64) -> Self {
        let rungs = self.rungs.iter_mut().take_while(|rung| rung.step <= step);
        let copy = |rung: &mut Rung<M>| Rung { machine: rung.machine.snapshot(), ..*rung };
        Self { rungs: rungs.map(copy).collect(), recent: VecDeque::new(), spacing: self.spacing }
    }

    pub(super) fn first_step(&self) -> Option<u64> {
        self.rungs.first().map(|rung| rung.step)
    }

    pub(super) fn len(&self) -> usize {
        self.rungs.len()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.rungs.iter().map(|rung| rung.bytes).sum()
    }

    /// Puts a snapshot on top, in place of one of the same step. Returns the bytes that it costs.
    pub(super) fn push(&mut self, machine: &mut M, pinned: bool) -> u64 {
        let step = machine.step();
        // The exit may coincide with the last snapshot; a pinned one replaces what it repeats.
        self.rungs.pop_if(|last| last.step >= step);
        self.rungs.push(Rung { step, machine: machine.snapshot(), pinned, bytes: 0 });
        self.weigh(self.rungs.len() - 1)
    }

    /// Puts a snapshot where there is none near, if the limits leave room.
    pub(super) fn fill_in(&mut self, machine: &mut M, max_rungs: usize, max_bytes: u64) {
        let step = machine.step();
        let at = self.rungs.partition_point(|rung| rung.step <= step);
        let near = |rung: Option<&Rung<M>>| rung.is_some_and(|rung| rung.step.abs_diff(step) < self.spacing);
        let full = self.rungs.len() >= max_rungs || self.bytes() >= max_bytes;
        if full || near(at.checked_sub(1).and_then(|before| self.rungs.get(before))) || near(self.rungs.get(at)) {
            return;
        }
        self.rungs.insert(at, Rung { step, machine: machine.snapshot(), pinned: false, bytes: 0 });
        self.weigh(at);
        if at + 1 < self.rungs.len() {
            self.weigh(at + 1);
        }
    }

    /// Drops every second rung, as often as the limits ask for it.
    pub(super) fn thin_out(&mut self, max_rungs: usize, max_bytes: u64) {
        while self.rungs.len() > max_rungs.max(2) || self.bytes() > max_bytes {
            let before = self.rungs.len();
            let mut index = 0;
            self.rungs.retain(|rung| {
                index += 1;
                rung.pinned || index % 2 == 1 || index == before
            });
            self.spacing = self.spacing.saturating_mul(2);
            if self.rungs.len() == before {
                break;
            }
            for at in 0..self.rungs.len() {
                self.weigh(at);
            }
        }
    }

    /// A copy of the last state known up to a step; none before the first rung.
    pub(super) fn nearest(&mut self, step: u64) -> Option<M> {
        let of_run = self.rungs.partition_point(|rung| rung.step <= step).checked_sub(1)?;
        let best = self.rungs[of_run].step;
        let recent = self.recent.iter_mut().filter(|(at, _)| *at <= step && *at > best).max_by_key(|(at, _)| *at);
        Some(match recent {
            Some((_, machine)) => machine.snapshot(),
            None => self.rungs[of_run].machine.snapshot(),
        })
    }

    /// Step of the last state known up to a step.
    pub(super) fn nearest_step(&self, step: u64) -> Option<u64> {
        let of_run = self.rungs.partition_point(|rung| rung.step <= step).checked_sub(1)?;
        let recent = self.recent.iter().map(|(at, _)| *at).filter(|at| *at <= step).max().unwrap_or_default();
        Some(self.rungs[of_run].step.max(recent))
    }

    /// Keeps the state that a question ended with: the next one of a bisection is near.
    pub(super) fn remember(&mut self, machine: &mut M) {
        let step = machine.step();
        if self.nearest_step(step) == Some(step) {
            return;
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((step, machine.snapshot()));
    }

    fn weigh(&mut self, at: usize) -> u64 {
        let bytes = match at.checked_sub(1) {
            Some(before) => self.rungs[at].machine.bytes_beyond(&self.rungs[before].machine),
            None => 0,
        };
        self.rungs[at].bytes = bytes;
        bytes
    }
}
