//! Snapshots of a long trace on disk: ours, and whole states every 10^9 steps as Cannon's challenger keeps them.

use super::{failed, program, scratch, witness};
use crate::{BenchError, Figure, Setting};
use alloy_primitives::B256;
use flate2::{Compression, write::GzEncoder};
use host::{Boot, OfflineHost, Store};
use mips64::{Mips64, State, abi};
use std::io::{self, Write};
use std::sync::Arc;
use vm::{Machine, SnapshotStore, Trace, TraceOptions};

/// Steps between the peer's states.
const PEER_SPACING: u64 = 1_000_000_000;
/// Where the instructions that begin the program anew are put, and the word that counts down.
const AGAIN: u64 = 0xff0_0000;

pub(super) fn measure(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Figure>, BenchError> {
    let Some(folder) = &setting.witness else { return Ok(Vec::new()) };
    let (boot, store) = witness(folder)?;
    progress("disk-per-game: one run");
    let start = repeated(&boot, &store, setting.long_trace)?;
    let scratch = scratch()?;
    let snapshots = SnapshotStore::open(scratch.path()).map_err(failed)?;
    let host = OfflineHost::new(store.clone(), boot.clone());
    let mut machine = Mips64::new(start);
    let copy = machine.snapshot();
    let options = TraceOptions::default();
    let trace = Trace::record_in(&snapshots, B256::ZERO, copy, Box::new(host.clone()), options, &mut |step| {
        progress(&format!("disk-per-game: ours, step {step}"));
    });
    let trace = trace.map_err(failed)?;
    if let Some(error) = trace.unsaved() {
        return Err(failed(error));
    }
    let ours = snapshots.bytes().map_err(failed)?;
    let count = snapshots.steps(B256::ZERO).map_err(failed)?.len();
    let (end, code) = (trace.end(), trace.exit_code());
    drop(trace);

    // As the peer writes them; what it would run is run here, for its states are the same.
    let mut peer = 0u64;
    let mut host = host;
    while machine.exit_code().is_none() {
        let next = machine.step() + PEER_SPACING;
        machine.run(next, &mut host, None).map_err(failed)?;
        if machine.exit_code().is_none() {
            progress(&format!("disk-per-game: whole states, step {}", machine.step()));
            let mut state = machine.snapshot().into_state();
            let mut encoder = GzEncoder::new(Counter(0), Compression::default());
            let counter = state.write(&mut encoder).and_then(|()| encoder.finish());
            peer += counter.map_err(failed)?.0;
        }
    }
    let note = format!(
        "{end} steps of the program, begun anew in its own memory again and again, exit {code}; ours: {count} snapshots; peer: whole gzip states every 10^9 steps, as cannon writes them"
    );
    Ok(vec![Figure::less("disk-per-game", "bytes", &[ours as f64], &[peer as f64], &note)])
}

/// The program's prestate, changed so that its exit begins it anew until it has taken some number of steps.
fn repeated(boot: &Boot, store: &Arc<Store>, steps: u64) -> Result<State, BenchError> {
    let mut once = Mips64::new(program()?);
    let mut host = OfflineHost::new(store.clone(), boot.clone());
    once.run(u64::MAX, &mut host, None).map_err(failed)?;
    let last = once.step() - 1;
    let mut before = Mips64::new(program()?);
    before.run(last, &mut host, None).map_err(failed)?;
    let exit_pc = before.state().thread().map_or(0, |thread| thread.pc);

    let mut state = program()?;
    let thread = state.thread().ok_or_else(|| failed("the prestate has no thread"))?;
    let (entry, stack) = (thread.pc, thread.registers[abi::SP]);
    let rounds = steps.div_ceil(last.max(1));
    let mut code = Vec::new();
    // Registers 26 and 27 are free for whoever interrupts a program.
    code.extend(constant(26, AGAIN + 0x800));
    code.extend([ld(27, 26), daddiu(27, -1), sd(27, 26)]);
    let branch = code.len();
    code.extend([0, 0]);
    code.extend(constant(29, stack));
    code.extend(constant(25, entry));
    code.extend([25 << 21 | 8, 0]);
    code[branch] = 27 << 16 | 4 << 26 | (code.len() - branch - 1) as u32;
    // exit_group(0)
    code.extend([0x3402_0000 | abi::sys::EXIT_GROUP as u32, 0x3404_0000, 12]);
    let bytes: Vec<u8> = code.into_iter().flat_map(u32::to_be_bytes).collect();
    state.write_memory(AGAIN, &bytes);
    state.write_memory(AGAIN + 0x800, &rounds.to_be_bytes());
    // A jump in place of the exit, and nothing in its delay slot. Both are in the first 256 MiB.
    if exit_pc >> 28 != AGAIN >> 28 {
        return Err(failed(format!("the exit of the program is at {exit_pc:#x}, too far away for a jump")));
    }
    let jump = 2u32 << 26 | (AGAIN >> 2) as u32;
    state.write_memory(exit_pc, &[jump.to_be_bytes(), [0; 4]].concat());
    Ok(state)
}

/// Instructions that load a number.
fn constant(register: u32, value: u64) -> [u32; 6] {
    let part = |shift: u32| (value >> shift) as u32 & 0xffff;
    let ori = |value: u32| 0x0d << 26 | register << 21 | register << 16 | value;
    let shift = register << 16 | register << 11 | 16 << 6 | 0x38;
    [0x0f << 26 | register << 16 | part(48), ori(part(32)), shift, ori(part(16)), shift, ori(part(0))]
}

fn ld(to: u32, at: u32) -> u32 {
    0x37 << 26 | at << 21 | to << 16
}

fn sd(from: u32, at: u32) -> u32 {
    0x3f << 26 | at << 21 | from << 16
}

fn daddiu(register: u32, value: i16) -> u32 {
    0x19 << 26 | register << 21 | register << 16 | u32::from(value.cast_unsigned())
}

/// Counts what is written.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
