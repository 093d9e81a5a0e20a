//! Long streams of steps in the machine, its slow twin and the compiled contract: every opcode on edge operands, every call
//! with addresses that wrap, threads that come and go, reservations that live through it all, and words that are no
//! instructions. And the whole space of encodings, accepted and refused alike by all three.
//!
//! `TRIBUNAL_STEPS` sets the number of steps (300,000 without it; a campaign takes 10,000,000).
#![allow(clippy::unwrap_used)]

use alloy_primitives::B256;
use conformance::evidence::every_kind;
use conformance::judge::Judge;
use conformance::states::{EFFECTIVE_CALLS, UNKNOWN_CALLS, encode, pick, random, set_call};
use conformance::step::{Agreed, compare, text};
use mips64::abi::sys;
use mips64::decode::{Encoding, Instruction as I, Op, TABLE};
use mips64::slow::Slow;
use mips64::{Fault, Mips64, State};
use preimage::PreimageKey;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use vm::{Machine, NoSource, RunError};

const CONTEXT: B256 = B256::repeat_byte(0xc0);
/// Steps of one state before another is made.
const STREAM: u32 = 48;

/// What was seen, by kind.
#[derive(Debug, Default)]
struct Seen {
    steps: u64,
    faults: BTreeMap<String, u64>,
    instructions: BTreeMap<&'static str, u64>,
    calls: BTreeMap<u64, u64>,
    preemptions: u64,
    most_threads: usize,
    reads: u64,
    exits: u64,
}

impl Seen {
    fn merge(&mut self, other: Self) {
        self.steps += other.steps;
        other.faults.into_iter().for_each(|(name, count)| *self.faults.entry(name).or_default() += count);
        other.instructions.into_iter().for_each(|(name, count)| *self.instructions.entry(name).or_default() += count);
        other.calls.into_iter().for_each(|(number, count)| *self.calls.entry(number).or_default() += count);
        self.preemptions += other.preemptions;
        self.most_threads = self.most_threads.max(other.most_threads);
        self.reads += other.reads;
        self.exits += other.exits;
    }
}

/// The word of the next step: an instruction, a call, or anything.
fn next_word(rng: &mut SmallRng) -> u32 {
    match rng.random_range(0..20) {
        0..12 => loop {
            let row = &TABLE[rng.random_range(0..TABLE.len())];
            if row.encoding != Encoding::Nothing && row.instruction != I::Syscall {
                break encode(rng, row.instruction);
            }
        },
        12..18 => 0x0c | rng.random::<u32>() & 0x03ff_ffc0,
        _ => rng.random(),
    }
}

fn call_number(rng: &mut SmallRng) -> u64 {
    match rng.random_range(0..20) {
        // Reads and writes do the most.
        0..2 => pick(rng, &[sys::READ, sys::WRITE]),
        2..15 => pick(rng, &EFFECTIVE_CALLS),
        15..19 => pick(rng, &sys::NO_OPS),
        _ => pick(rng, &UNKNOWN_CALLS),
    }
}

/// Offsets of preimages at which the oracle has parts.
const LOADED: u64 = 49;

/// Gives the running thread its next instruction, where it stands, with operands that mean something to it.
fn place(rng: &mut SmallRng, state: &mut State, word: u32, keys: &[PreimageKey]) {
    // Operands of this step come from a state made for it; threads, memory and reservations are those of the stream.
    let fresh = random(rng, word, keys);
    let Some(pc) = state.thread().map(|thread| thread.pc & !3) else { return };
    if let (Some(thread), Some(donor)) = (state.thread_mut(), fresh.thread()) {
        thread.pc = pc;
        if rng.random_range(0..3) > 0 {
            thread.registers = donor.registers;
        }
        if rng.random_range(0..4) > 0 {
            thread.next_pc = pc.wrapping_add(4);
        }
    }
    if rng.random_range(0..6) == 0 {
        state.reservation = fresh.reservation;
    }
    if rng.random_range(0..6) == 0 {
        (state.preimage_key, state.preimage_offset) = (fresh.preimage_key, fresh.preimage_offset);
    }
    // Reads that follow each other come further than the parts that the oracle was given.
    if (LOADED..1 << 32).contains(&state.preimage_offset) {
        state.preimage_offset = rng.random_range(0..LOADED);
    }
    if rng.random_range(0..24) == 0 {
        state.steps_since_switch = fresh.steps_since_switch;
    }
    if word & 0xfc00_003f == 0x0c {
        let number = call_number(rng);
        set_call(rng, state, number);
    }
    state.write_memory(pc, &word.to_be_bytes());
}

fn stream(seed: u64, steps: u64) -> Seen {
    let mut rng = SmallRng::seed_from_u64(seed);
    let (mut host, mut keys) = every_kind();
    let mut judge = Judge::informed(&host, &keys, LOADED, CONTEXT);
    // One that nobody has.
    keys.push(PreimageKey::keccak256(B256::repeat_byte(0x77)));
    let mut seen = Seen::default();
    let mut machine = Mips64::default();
    let mut left = 0;
    for _ in 0..steps {
        let word = next_word(&mut rng);
        if left == 0 {
            let mut state = random(&mut rng, word, &keys);
            if rng.random_range(0..4) > 0 {
                state.exited = false;
            }
            machine = Mips64::new(state);
            left = STREAM;
        }
        left -= 1;
        machine.edit(|state| place(&mut rng, state, word, &keys));
        let state = machine.state();
        let row = &TABLE[Op::decode(word).instruction as usize];
        let runs = !state.exited && state.steps_since_switch < mips64::abi::QUANTUM;
        let (offset, sides) = (state.preimage_offset, (state.left.len(), state.right.len()));
        if runs && row.instruction == I::Syscall {
            *seen.calls.entry(state.thread().map_or(0, |thread| thread.registers[2])).or_default() += 1;
        }
        let agreed = compare(&mut judge, &mut machine, &mut host, CONTEXT, false);
        seen.steps += 1;
        match agreed.unwrap_or_else(|error| panic!("seed {seed}, step {}: {error}", seen.steps)) {
            Agreed::Fault(data) => {
                *seen.faults.entry(text(&data)).or_default() += 1;
                left = 0;
            }
            Agreed::Step(_) => {
                let after = machine.state();
                *seen.instructions.entry(row.name).or_default() += u64::from(runs);
                seen.preemptions += u64::from(!runs && !after.exited);
                seen.most_threads = seen.most_threads.max(after.left.len() + after.right.len());
                seen.reads += u64::from(after.preimage_offset > offset);
                seen.exits += u64::from(after.exited);
                // The counter of steps ends with its 64 bits.
                let last = after.step >= u64::MAX - 1;
                if last || after.exited || after.left.len() + after.right.len() > 12 || sides == (0, 0) {
                    left = 0;
                }
            }
        }
    }
    seen
}

#[test]
fn streams_of_steps() {
    let steps = std::env::var("TRIBUNAL_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(300_000u64);
    let seed = std::env::var("TRIBUNAL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x57e9u64);
    let workers = std::thread::available_parallelism().map_or(1, |workers| workers.get() as u64);
    let mut seen = Seen::default();
    // In rounds, so that a campaign tells how far it is.
    let round = 500_000.min(steps);
    let mut done = 0;
    while done < steps {
        let share = round.min(steps - done).div_ceil(workers);
        std::thread::scope(|scope| {
            let streams: Vec<_> =
                (0..workers).map(|worker| scope.spawn(move || stream(seed ^ (done + worker) << 16, share))).collect();
            streams.into_iter().for_each(|stream| seen.merge(stream.join().unwrap()));
        });
        done += share * workers;
        eprintln!("{done} steps, 0 differences");
    }
    eprintln!("{seen:?}");
    assert!(seen.steps >= steps);
    for row in TABLE.iter().filter(|row| row.encoding != Encoding::Nothing) {
        let taken = seen.instructions.get(row.name).copied().unwrap_or(0);
        assert!(taken > steps / 1_000, "{} was taken {taken} times", row.name);
    }
    for number in EFFECTIVE_CALLS.iter().chain(&sys::NO_OPS) {
        assert!(seen.calls.get(number).copied().unwrap_or(0) > steps / 5_000, "call {number}");
    }
    for fault in [
        "MIPS64: branch in delay slot",
        "MIPS64: jump in delay slot",
        "MIPS64: division by zero",
        "MIPS64: invalid instruction",
        "MIPS64: unimplemented syscall",
        "pre-image must exist",
    ] {
        assert!(seen.faults.contains_key(fault), "{fault} did not occur");
    }
    assert!(seen.most_threads > 3 && seen.preemptions > steps / 1_000 && seen.reads > steps / 1_000 && seen.exits > 0);
}

/// An instruction with opcode, function and `rt`; other fields are random.
fn class(rng: &mut SmallRng, opcode: u32, function: u32, rt: u32) -> u32 {
    opcode << 26 | rt << 16 | function | rng.random::<u32>() & 0x03e0_ffc0
}

/// A state in which nothing keeps the word from being looked at, and nothing but the word can fault.
fn plain(rng: &mut SmallRng, word: u32) -> State {
    let mut state = random(rng, word, &[]);
    (state.exited, state.steps_since_switch) = (false, 0);
    let thread = state.thread_mut().unwrap();
    thread.exited = false;
    thread.next_pc = thread.pc.wrapping_add(4);
    for value in &mut thread.registers[1..] {
        if *value as u32 == 0 {
            *value = 8;
        }
    }
    // A call that answers a number, whatever its arguments.
    thread.registers[2] = sys::GETPID;
    state
}

/// Whether the rules (section 6) give the encoding a meaning; written from the page, not from the table.
fn has_a_meaning(opcode: u32, function: u32) -> bool {
    match opcode {
        0x00 => matches!(
            function,
            0x00 | 0x02..=0x04 | 0x06..=0x0c | 0x0f..=0x14 | 0x16..=0x27 | 0x2a..=0x2f | 0x38 | 0x3a..=0x3c | 0x3e..=0x3f
        ),
        0x1c => matches!(function, 0x02 | 0x20 | 0x21 | 0x24 | 0x25),
        0x01..=0x0f | 0x18..=0x1b | 0x20..=0x2e | 0x30 | 0x34 | 0x37 | 0x38 | 0x3c | 0x3f => true,
        _ => false,
    }
}

/// Every (opcode, function, rt), 131,072 of them, in the machine and its twin.
#[test]
fn every_encoding_natively() {
    let mut rng = SmallRng::seed_from_u64(0xdec0);
    let (mut accepted, mut refused) = (0, 0);
    for (opcode, function) in (0..64).flat_map(|opcode| (0..64).map(move |function| (opcode, function))) {
        for rt in 0..32 {
            let word = class(&mut rng, opcode, function, rt);
            let mut state = plain(&mut rng, word);
            if word >> 26 == 0 && matches!(function, 0x1a..=0x1b | 0x1e..=0x1f) && rt == 0 {
                // A division by register 0 is a fault of its own.
                continue;
            }
            let until = state.step.saturating_add(1);
            let mut twin = Slow::new(state.snapshot());
            let mut machine = Mips64::new(state);
            let one = machine.run(until, &mut NoSource, None);
            let other = twin.run(until, &mut NoSource, None);
            let meaning = has_a_meaning(opcode, function);
            let invalid = |result: &Result<_, RunError<Fault>>| {
                matches!(result, Err(RunError::Fault { fault: Fault::InvalidInstruction { .. }, .. }))
            };
            assert_eq!((one.is_ok(), other.is_ok()), (meaning, meaning), "{word:#010x}: {one:?}, {other:?}");
            assert_eq!((invalid(&one), invalid(&other)), (!meaning, !meaning), "{word:#010x}");
            *(if meaning { &mut accepted } else { &mut refused }) += 1;
        }
    }
    eprintln!("{accepted} encodings accepted, {refused} refused");
    assert_eq!(accepted + refused, 64 * 64 * 32 - 4);
}

/// The same in the contract: all functions and `rt` of the opcodes that look at them, all functions of the others; with
/// `TRIBUNAL_CAMPAIGN` every (opcode, function, rt).
#[test]
fn every_encoding_in_the_contract() {
    let mut rng = SmallRng::seed_from_u64(0xdec1);
    let (mut host, _) = every_kind();
    let mut judge = Judge::appoint();
    let all = std::env::var_os("TRIBUNAL_CAMPAIGN").is_some();
    let (mut accepted, mut refused) = (0, 0);
    for (opcode, function) in (0..64).flat_map(|opcode| (0..64).map(move |function| (opcode, function))) {
        let any = rng.random_range(0..32);
        let rts = if all || matches!(opcode, 0 | 1) && function % 8 < 2 || matches!(opcode, 0x1c) {
            0..32
        } else {
            any..any + 1
        };
        for rt in rts {
            let word = class(&mut rng, opcode, function, rt);
            if opcode == 0 && matches!(function, 0x1a..=0x1b | 0x1e..=0x1f) && rt == 0 {
                continue;
            }
            let mut machine = Mips64::new(plain(&mut rng, word));
            let agreed = compare(&mut judge, &mut machine, &mut host, CONTEXT, false);
            let agreed = agreed.unwrap_or_else(|error| panic!("{word:#010x}: {error}"));
            let meaning = matches!(agreed, Agreed::Step(_));
            assert_eq!(meaning, has_a_meaning(opcode, function), "{word:#010x}");
            if let Agreed::Fault(data) = &agreed {
                assert_eq!(text(data), "MIPS64: invalid instruction", "{word:#010x}");
            }
            *(if meaning { &mut accepted } else { &mut refused }) += 1;
        }
    }
    eprintln!("{accepted} encodings accepted, {refused} refused");
    assert!(accepted > 2_000 && refused > 2_000);
}
