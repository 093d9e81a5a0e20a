//! Two machines run side by side: a second opinion on an interpreter, or on a run of somebody else's.

use crate::machine::{Machine, RunError, RunStop};
use crate::source::{PreimageSource, SourceError};

/// The first step at which two machines differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Step counter before the step that they execute differently.
    pub step: u64,
    /// The instruction there, as the first machine reads it.
    pub instruction: String,
    /// What the first machine did: its state bytes, or its fault.
    pub first: Result<Vec<u8>, String>,
    /// What the second machine did.
    pub second: Result<Vec<u8>, String>,
}

/// Two machines did not run alike.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockStepError {
    /// They differ.
    #[error("the machines differ after step {} ({}): {:02x?} and {:02x?}", .0.step, .0.instruction, .0.first, .0.second)]
    Diverged(Box<Divergence>),
    /// A source failed, which says nothing about the machines.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Runs two machines until their step counter is `until`, they exit or they fault, and compares their state bytes every
/// `every` steps (at least 1) and at the end. A difference is narrowed down to the step that makes it.
///
/// Returns how the common run ended: `Ok` as [`Machine::run`], `Err` with the text of the fault that both report.
///
/// # Errors
/// [`LockStepError`].
pub fn lock_step<A: Machine, B: Machine>(
    first: &mut A,
    second: &mut B,
    sources: (&mut dyn PreimageSource, &mut dyn PreimageSource),
    every: u64,
    until: u64,
) -> Result<Result<RunStop, String>, LockStepError> {
    let (first_source, second_source) = sources;
    loop {
        let (mut before_first, mut before_second) = (first.snapshot(), second.snapshot());
        let from = first.step();
        let target = from.saturating_add(every.max(1)).min(until);
        let one = outcome(first, target, first_source)?;
        let other = outcome(second, target, second_source)?;
        if one == other {
            match one {
                Ok((RunStop::Step, _)) if first.step() < until => continue,
                Ok((stop, _)) => return Ok(Ok(stop)),
                Err(fault) => return Ok(Err(fault)),
            }
        }
        if every <= 1 {
            return Err(LockStepError::Diverged(Box::new(Divergence {
                step: from,
                instruction: before_first.describe_step().text,
                first: one.map(|(_, state)| state),
                second: other.map(|(_, state)| state),
            })));
        }
        // Somewhere since the last comparison: again from there, looking at each step.
        return lock_step(&mut before_first, &mut before_second, (first_source, second_source), 1, target);
    }
}

type Outcome = Result<(RunStop, Vec<u8>), String>;

fn outcome<M: Machine>(machine: &mut M, until: u64, source: &mut dyn PreimageSource) -> Result<Outcome, LockStepError> {
    match machine.run(until, source, None) {
        Ok(stop) => Ok(Ok((stop, machine.witness()))),
        Err(RunError::Fault { step, fault }) => Ok(Err(format!("step {step}: {fault}"))),
        Err(RunError::Source { error, .. }) => Err(error.into()),
    }
}
