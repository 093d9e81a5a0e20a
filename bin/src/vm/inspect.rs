//! `tribunal vm inspect`: what a state holds, for people: where it is, its threads, its memory by regions, its hash.

use super::{load_state, read_file, symbol_at};
use crate::exit::CommandError;
use clap::Args;
use mips64::{Mips64, State, Thread, abi::REGISTER_NAMES};
use serde_json::{Value, json};
use std::{io::Write, path::PathBuf};
use vm::{Machine, PAGE_SIZE, Symbols};

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// State file, .bin or .bin.gz.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Symbols of the guest, to name functions.
    #[arg(long, value_name = "FILE")]
    meta: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &InspectArgs) -> Result<u8, CommandError> {
    let state = load_state(&args.input)?;
    let symbols = match &args.meta {
        None => Symbols::default(),
        Some(path) => {
            let in_file = |error: String| CommandError::data(format!("{}: {error}", path.display()));
            let text = String::from_utf8(read_file(path)?).map_err(|error| in_file(error.to_string()))?;
            mips64::json::symbols_from_json(&text).map_err(|error| in_file(error.to_string()))?
        }
    };
    let value = describe(state, &symbols);
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{value:#}")?;
    } else {
        print(&mut out, &value, 0)?;
    }
    Ok(0)
}

fn describe(state: State, symbols: &Symbols) -> Value {
    let mut machine = Mips64::new(state);
    let (hash, status) = (machine.state_hash(), machine.status());
    let next = machine.describe_step();
    let mut state = machine.into_state();
    let thread = |thread: &Thread| {
        let named = REGISTER_NAMES.iter().zip(thread.registers).filter(|(_, value)| *value != 0);
        let registers: serde_json::Map<_, _> =
            named.map(|(name, value)| ((*name).to_owned(), format!("{value:#x}").into())).collect();
        json!({
            "id": thread.id, "exited": thread.exited, "exitCode": thread.exit_code,
            "pc": format!("{:#x}", thread.pc), "function": symbol_at(symbols, thread.pc),
            "nextPc": format!("{:#x}", thread.next_pc),
            "hi": format!("{:#x}", thread.hi), "lo": format!("{:#x}", thread.lo), "registers": registers,
        })
    };
    let reservation = state.reservation;
    let regions = regions(&mut state);
    json!({
        "hash": hash, "status": format!("{status:?}").to_lowercase(), "step": state.step,
        "exited": state.exited, "exitCode": state.exit_code,
        "next": {"pc": format!("{:#x}", next.pc), "word": format!("{:#010x}", next.word), "instruction": next.text},
        "stepsSinceLastContextSwitch": state.steps_since_switch,
        "traverseRight": state.traverse_right, "nextThreadId": state.next_thread_id,
        "leftThreads": state.left.iter().map(thread).collect::<Vec<_>>(),
        "rightThreads": state.right.iter().map(thread).collect::<Vec<_>>(),
        "reservation": {
            "kind": format!("{:?}", reservation.kind).to_lowercase(),
            "address": format!("{:#x}", reservation.address), "owner": reservation.owner,
        },
        "preimageKey": state.preimage_key, "preimageOffset": state.preimage_offset,
        "heap": format!("{:#x}", state.heap), "undeliveredHintBytes": state.hint_buffer.len(),
        "memoryRoot": state.memory.root(), "pages": state.memory.page_count(), "regions": regions,
    })
}

/// Neighbouring pages, from and to which address.
fn regions(state: &mut State) -> Vec<Value> {
    let mut regions: Vec<(u64, u64)> = Vec::new();
    state.memory.for_each_page(|number, _| match regions.last_mut() {
        Some((_, last)) if *last + 1 == number => *last = number,
        _ => regions.push((number, number)),
    });
    let size = PAGE_SIZE as u64;
    let region = |(first, last): (u64, u64)| {
        json!({
            "from": format!("{:#x}", first * size), "to": format!("{:#x}", last * size + (size - 1)),
            "pages": last - first + 1,
        })
    };
    regions.into_iter().map(region).collect()
}

/// Prints a value as indented lines.
fn print(out: &mut dyn Write, value: &Value, depth: usize) -> std::io::Result<()> {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| match value {
            Value::Object(_) | Value::Array(_) => {
                writeln!(out, "{indent}{name}:")?;
                print(out, value, depth + 1)
            }
            Value::String(text) => writeln!(out, "{indent}{name}: {text}"),
            other => writeln!(out, "{indent}{name}: {other}"),
        }),
        Value::Array(values) => values.iter().try_for_each(|value| {
            writeln!(out, "{indent}-")?;
            print(out, value, depth + 1)
        }),
        other => writeln!(out, "{indent}{other}"),
    }
}
