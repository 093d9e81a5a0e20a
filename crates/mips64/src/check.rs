//! The checking mode: a machine runs with its engine, a copy runs beside it with the interpreter, and every so many steps
//! the two are compared. The first difference is looked for in the compiled code that made it, and named.

use crate::interp::{Engine, Mips64, describe};
use crate::state::State;
use crate::{Fault, Thread, abi};
use alloy_primitives::{B256, Bytes};
use std::collections::HashMap;
use vm::{
    Machine, OutputStream, PAGE_SIZE, PreimageSource, PreimageStop, RunError, RunStop, SourceError, StepDescription,
};

/// Steps between two comparisons.
const EVERY: u64 = 50_000;

/// The engine and the interpreter disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Step counter before the instruction to which the difference is traced back.
    pub step: u64,
    /// That instruction: the last one that, as the interpreter has it, made what differs; if none did, the last before the
    /// difference shows.
    pub instruction: StepDescription,
    /// Step counter at which the difference shows: the end of the block that made it.
    pub shows_at: u64,
    /// What differs: a register, a word of memory, a field of the state, or how the run ended.
    pub what: String,
    /// As the interpreter has it.
    pub expected: String,
    /// As the engine has it.
    pub found: String,
}

/// Why a checked run did not go on.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The engine and the interpreter disagree.
    #[error(
        "the engines differ at step {}, pc {:#x}, {}: {} should be {} and is {} (shows at step {})",
        .0.step, .0.instruction.pc, .0.instruction.text, .0.what, .0.expected, .0.found, .0.shows_at
    )]
    Different(Box<Difference>),
    /// The run failed, for both alike.
    #[error(transparent)]
    Run(#[from] RunError<Fault>),
}

/// Runs as [`Machine::run`] does, and compares with the interpreter all along.
///
/// # Errors
/// [`CheckError`].
pub fn run(
    machine: &mut Mips64,
    until: u64,
    source: &mut dyn PreimageSource,
    stop: Option<&PreimageStop>,
) -> Result<RunStop, CheckError> {
    let mut seen = Seen { source, values: HashMap::new() };
    let mut plain = machine.snapshot().with_engine(Engine::Interpreter);
    loop {
        let mut before = machine.snapshot();
        let target = machine.step().saturating_add(EVERY).min(until);
        let end = machine.run(target, &mut seen, stop);
        if let Err(RunError::Source { .. }) = &end {
            return Ok(end?);
        }
        let expected = plain.run(target, &mut Again(&seen.values), stop);
        let texts = [&expected, &end].map(|end| end.as_ref().map_err(ToString::to_string).cloned());
        let differs = texts[0] != texts[1] || differences(&mut plain.state, &mut machine.state).is_some();
        if differs {
            let limit = machine.step().max(plain.step());
            return Err(CheckError::Different(Box::new(trace(machine, &mut before, limit, &seen.values))));
        }
        match end {
            Ok(RunStop::Step) if machine.step() < until => {}
            end => return Ok(end?),
        }
    }
}

/// Narrows a difference between `before` and step `limit` down. The machine's compiled code is run again.
fn trace(machine: &mut Mips64, before: &mut Mips64, limit: u64, values: &HashMap<B256, Bytes>) -> Difference {
    let from = before.step();
    let mut differs_after = |step: u64, before: &mut Mips64| {
        let (mut one, mut other) = (before.snapshot(), before.snapshot().with_engine(Engine::Interpreter));
        one.take_compiled(machine);
        let end = one.run(step, &mut Again(values), None).map_err(|error| error.to_string());
        machine.take_compiled(&mut one);
        let expected = other.run(step, &mut Again(values), None).map_err(|error| error.to_string());
        let ends =
            (expected != end).then(|| ("the end of the run".to_owned(), format!("{expected:?}"), format!("{end:?}")));
        ends.or_else(|| differences(&mut other.state, &mut one.state))
    };
    let (mut same, mut different) = (from, limit);
    let mut found = differs_after(limit, before);
    while different - same > 1 {
        let middle = same + (different - same) / 2;
        match differs_after(middle, before) {
            None => same = middle,
            some => (different, found) = (middle, some),
        }
    }
    let unrepeatable = || ("a run that, repeated, does not differ".to_owned(), String::new(), String::new());
    let (what, expected, value) = found.unwrap_or_else(unrepeatable);
    // Step by step up to there: who made it?
    let mut plain = before.snapshot().with_engine(Engine::Interpreter);
    let late = different.saturating_sub(2000).max(from);
    // A fault is at the end, where there is no step to be taken any more.
    let mut going = late == from || plain.run(late, &mut Again(values), None).is_ok();
    let (mut step, mut instruction) = (plain.step(), describe(&plain.state));
    let (mut last_step, mut last) = (step, instruction.clone());
    let mut made = false;
    let mut value_before = field(&plain.state, &what);
    while going && plain.step() < different {
        (last_step, last) = (plain.step(), describe(&plain.state));
        going = plain.run(plain.step() + 1, &mut Again(values), None).is_ok();
        let value_after = field(&plain.state, &what);
        if value_after != value_before {
            (step, instruction, made) = (last_step, last.clone(), true);
            value_before = value_after;
        }
    }
    if !made {
        (step, instruction) = (last_step, last);
    }
    Difference { step, instruction, shows_at: different, what, expected, found: value }
}

/// The first thing in which two states differ: its name, and its value in either.
fn differences(expected: &mut State, found: &mut State) -> Option<(String, String, String)> {
    if expected.witness() == found.witness() {
        return None;
    }
    let names = (0..32).map(|register| format!("${}", abi::REGISTER_NAMES[register]));
    let fields = ["step", "pc", "next pc", "hi", "lo", "reservation", "preimage", "heap", "exit", "turn"];
    for name in fields.map(str::to_owned).into_iter().chain(names) {
        let values = [&*expected, &*found].map(|state| field(state, &name));
        if values[0] != values[1] {
            let [expected, found] = values;
            return Some((name, expected, found));
        }
    }
    let mut pages = HashMap::new();
    expected.memory.for_each_page(|number, page| {
        pages.insert(number, *page);
    });
    let mut first = None;
    found.memory.for_each_page(|number, page| {
        let other = pages.remove(&number).unwrap_or([0; PAGE_SIZE]);
        if let Some(at) = page.iter().zip(other).position(|(one, other)| *one != other) {
            first.get_or_insert(number * PAGE_SIZE as u64 + at as u64);
        }
    });
    first = first.or_else(|| {
        let mut left = pages.iter().filter_map(|(number, page)| {
            page.iter().position(|byte| *byte != 0).map(|at| number * PAGE_SIZE as u64 + at as u64)
        });
        left.next()
    });
    let name = first.map_or_else(|| "other threads".to_owned(), |address| format!("memory at {:#x}", address & !7));
    Some((name.clone(), field(expected, &name), field(found, &name)))
}

/// A value by the name that [`differences`] gives it.
fn field(state: &State, name: &str) -> String {
    let thread =
        |show: fn(&Thread) -> u64| state.thread().map_or_else(String::new, |thread| format!("{:#x}", show(thread)));
    match name {
        "step" => state.step.to_string(),
        "pc" => thread(|thread| thread.pc),
        "next pc" => thread(|thread| thread.next_pc),
        "hi" => thread(|thread| thread.hi),
        "lo" => thread(|thread| thread.lo),
        "reservation" => format!("{:?}", state.reservation),
        "preimage" => format!("{} from {}", state.preimage_key, state.preimage_offset),
        "heap" => format!("{:#x}", state.heap),
        "exit" => format!("{:?}", state.exit_code()),
        "turn" => format!("{} steps, right {}", state.steps_since_switch, state.traverse_right),
        _ => {
            if let Some(register) =
                abi::REGISTER_NAMES.iter().position(|register| name.strip_prefix('$') == Some(register))
            {
                let value = state.thread().map(|thread| thread.registers[register]);
                return value.map_or_else(String::new, |value| format!("{value:#x}"));
            }
            let address = name.strip_prefix("memory at 0x").and_then(|text| u64::from_str_radix(text, 16).ok());
            let mut bytes = [0; 8];
            address.map_or_else(String::new, |address| {
                state.memory.read(address, &mut bytes);
                format!("{:#018x}", u64::from_be_bytes(bytes))
            })
        }
    }
}

/// Keeps what was read, for the second run.
struct Seen<'a> {
    source: &'a mut dyn PreimageSource,
    values: HashMap<B256, Bytes>,
}

impl PreimageSource for Seen<'_> {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        let value = self.source.preimage(key)?;
        self.values.insert(key, value.clone());
        Ok(value)
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        self.source.hint(hint)
    }

    fn output(&mut self, stream: OutputStream, bytes: &[u8]) {
        self.source.output(stream, bytes);
    }
}

/// Serves the second run, without a host.
struct Again<'a>(&'a HashMap<B256, Bytes>);

impl PreimageSource for Again<'_> {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        self.0.get(&key).cloned().ok_or(SourceError::Missing(key))
    }
}

#[cfg(test)]
mod tests;
