//! Random programs in the machine and its slow twin, in lock step: sequences of instructions, calls of all kinds, threads,
//! code that writes code, reads of preimages. And the scheduler's order as the rules state it.
#![allow(clippy::unwrap_used)]

mod support;

use alloy_primitives::B256;
use mips64::decode::{Encoding, Instruction as I, Operands, TABLE};
use mips64::slow::Slow;
use mips64::{Mips64, State, Thread, abi};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use support::{CODE, DATA, EDGES, base, i_type};
use vm::{LockStepError, Machine, MapSource, RunStop, lock_step};

const INSTRUCTIONS: u32 = 256;

/// A program of random instructions: results go to registers 1 to 15, addresses come from 16 to 23.
fn program(rng: &mut SmallRng) -> Vec<u32> {
    let rows: Vec<_> = TABLE.iter().filter(|row| row.encoding != Encoding::Nothing).collect();
    let mut words = Vec::new();
    while words.len() < INSTRUCTIONS as usize {
        if rng.random_range(0..8) == 0 {
            push_call(rng, &mut words);
            continue;
        }
        let row = rows[rng.random_range(0..rows.len())];
        let (s, t, d) = (rng.random_range(1..24u32), rng.random_range(1..24u32), rng.random_range(0..16u32));
        let pointer = rng.random_range(16..24u32);
        let near = rng.random_range(-64..64i32) as u32 & 0xffff;
        let branch = rng.random_range(-20..20i32) as u32 & 0xffff;
        use Operands as O;
        words.push(
            base(row.instruction)
                | match row.operands {
                    O::ShiftAmount => t << 16 | d << 11 | rng.random_range(0..32) << 6,
                    O::ShiftRegister | O::Three | O::Two | O::Destination | O::Pair | O::Source => {
                        s << 21 | t << 16 | d << 11
                    }
                    O::Signed | O::Unsigned | O::Upper => s << 21 | d << 16 | rng.random_range(0..0x1_0000),
                    O::Load => pointer << 21 | d << 16 | near,
                    O::Store => pointer << 21 | t << 16 | near,
                    O::BranchPair => s << 21 | t << 16 | branch,
                    O::Branch | O::BranchLink => s << 21 | branch,
                    // Jumps by register would leave the program; a few do.
                    O::JumpRegister | O::JumpRegisterLink if rng.random_range(0..20) > 0 => {
                        words.push(0);
                        continue;
                    }
                    O::JumpRegister | O::JumpRegisterLink => s << 21 | d << 11,
                    O::Jump | O::JumpLink => (CODE >> 2) as u32 + rng.random_range(0..INSTRUCTIONS),
                    O::None => {
                        words.pop();
                        push_call(rng, &mut words);
                        continue;
                    }
                },
        );
        let branches = !matches!(
            row.operands,
            O::ShiftAmount
                | O::ShiftRegister
                | O::Three
                | O::Two
                | O::Destination
                | O::Pair
                | O::Source
                | O::Signed
                | O::Unsigned
                | O::Upper
                | O::Load
                | O::Store
        );
        if branches && rng.random_range(0..30) > 0 {
            words.push(i_type(I::Daddiu, 4, 5, near as u16));
        }
    }
    words
}

fn push_call(rng: &mut SmallRng, words: &mut Vec<u32>) {
    use abi::sys::*;
    let known = [
        READ,
        WRITE,
        OPEN,
        MMAP,
        BRK,
        SCHED_YIELD,
        NANOSLEEP,
        GETPID,
        CLONE,
        EXIT,
        FCNTL,
        GETTID,
        FUTEX,
        CLOCK_GETTIME,
        EVENTFD2,
        GETRANDOM,
        READ,
        WRITE,
        READ,
    ];
    let number = match rng.random_range(0..100) {
        0 => rng.random_range(4990..5400),
        1 => EXIT_GROUP,
        2..20 => NO_OPS[rng.random_range(0..NO_OPS.len())],
        _ => known[rng.random_range(0..known.len())],
    };
    let set = |register, value: u64| i_type(I::Ori, 0, register, value as u16);
    let pick = |rng: &mut SmallRng, values: &[u64]| values[rng.random_range(0..values.len())];
    match number {
        READ | WRITE => {
            words.push(set(4, pick(rng, &[0, 1, 2, 3, 4, 5, 5, 5, 6, 6, 6, 7, 100])));
            words.push(set(6, pick(rng, &[0, 1, 3, 7, 8, 9, 32, 40, 200])));
            words.push(i_type(I::Daddiu, rng.random_range(16..24), 5, rng.random_range(0..32)));
        }
        CLONE => {
            words.push(i_type(I::Lui, 0, 4, 5));
            words.push(i_type(I::Ori, 4, 4, if rng.random_range(0..20) == 0 { 0xf01 } else { 0x0f00 }));
        }
        MMAP => {
            words.push(set(4, pick(rng, &[0, 0, 0, 0x7000])));
            words.push(set(5, pick(rng, &[0, 1, 4095, 4096, 4097, 0xffff])));
            if rng.random_range(0..4) == 0 {
                words.push(i_type(I::Lui, 0, 5, rng.random()));
                words.push(support::r_type(I::Dsll, 0, 5, 5, rng.random_range(0..32)));
            }
        }
        FUTEX => {
            words.push(i_type(I::Daddiu, rng.random_range(16..24), 4, rng.random_range(0..32)));
            words.push(set(5, pick(rng, &[128, 128, 129, 0, 1])));
            words.push(i_type(I::Lw, 4, 6, rng.random_range(0..2) * 4));
        }
        CLOCK_GETTIME => {
            words.push(set(4, pick(rng, &[0, 1, 1, 2])));
            words.push(i_type(I::Daddiu, rng.random_range(16..24), 5, rng.random_range(0..32)));
        }
        GETRANDOM => {
            words.push(i_type(I::Daddiu, rng.random_range(16..24), 4, rng.random_range(0..32)));
            words.push(set(5, pick(rng, &[0, 1, 5, 8, 100])));
        }
        _ => {
            words.push(set(4, pick(rng, &[0, 1, 2, 3, 4, 5, 6, 7, 100])));
            words.push(set(5, pick(rng, &[0, 1, 2, 3, 0x80])));
        }
    }
    words.push(set(2, number));
    words.push(base(I::Syscall));
}

fn random_state(seed: u64) -> State {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut state = State::new(CODE);
    let words = program(&mut rng);
    state.write_memory(CODE, &words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
    state.write_memory(DATA, &core::array::from_fn::<u8, 4096, _>(|_| rng.random::<u8>() & 0x83));
    let thread = |rng: &mut SmallRng, id| {
        let pc = CODE + 4 * rng.random_range(0..64);
        let mut thread = Thread { id, pc, next_pc: pc + 4, hi: rng.random(), lo: rng.random(), ..Thread::default() };
        for register in &mut thread.registers[1..] {
            *register = if rng.random() { EDGES[rng.random_range(0..EDGES.len())] } else { rng.random() };
        }
        for register in &mut thread.registers[16..24] {
            *register = DATA + 64 + rng.random_range(0..256);
        }
        // Programs that write into themselves, and across the end of the address space.
        thread.registers[23] = CODE + rng.random_range(0..1024);
        thread.registers[22] = 0u64.wrapping_sub(rng.random_range(0..16));
        thread.registers[29] = abi::STACK_TOP;
        thread
    };
    state.left = (0..rng.random_range(1..3)).map(|id| thread(&mut rng, id)).collect();
    state.right = (3..3 + rng.random_range(0..3)).map(|id| thread(&mut rng, id)).collect();
    if rng.random_range(0..8) == 0
        && let Some(thread) = state.left.first_mut()
    {
        thread.exited = true;
    }
    // An empty active stack is a fault before anything else: rarely.
    state.traverse_right = if rng.random_range(0..40) == 0 {
        rng.random()
    } else {
        state.left.is_empty() || (!state.right.is_empty() && rng.random())
    };
    state.next_thread_id = 6;
    state.step = rng.random_range(0..1 << 40);
    state.steps_since_switch = [0, abi::QUANTUM - 50, abi::QUANTUM, abi::QUANTUM + 5][rng.random_range(0..4)];
    state.preimage_key = key(rng.random_range(0..5));
    state.preimage_offset = rng.random_range(0..40);
    state
}

/// Never the key of zeros, which no oracle can hold (Go answers it from its empty cache).
fn key(number: u8) -> B256 {
    B256::left_padding_from(&[number + 1])
}

fn source() -> MapSource {
    let mut source = MapSource::default();
    for number in 0..4 {
        let value: Vec<u8> = (0..[0, 5, 32, 700][usize::from(number)]).map(|i| i as u8).collect();
        source.preimages.insert(key(number), value.into());
    }
    source
}

#[test]
fn random_programs_run_alike() {
    let (mut steps, mut faults, mut exits, mut missing) = (0, 0, 0, 0);
    let mut kinds = std::collections::BTreeMap::new();
    for seed in 0..1500 {
        let (mut fast, mut slow) = (Mips64::new(random_state(seed)), Slow::new(random_state(seed)));
        let start = fast.step();
        let (mut one, mut other) = (source(), source());
        let result = lock_step(&mut fast, &mut slow, (&mut one, &mut other), 300, start + 3000);
        match result {
            Ok(Ok(RunStop::Exited)) => exits += 1,
            Ok(Ok(_)) => {}
            Ok(Err(fault)) => {
                faults += 1;
                let kind: String = fault.split(": ").nth(1).unwrap().split([' ', '0']).next().unwrap().to_owned();
                *kinds.entry(kind).or_insert(0) += 1;
            }
            Err(LockStepError::Source(_)) => {
                // Only the first machine has run up to it.
                missing += 1;
                continue;
            }
            Err(diverged) => panic!("seed {seed}: {diverged}"),
        }
        steps += fast.step() - start;
        assert_eq!((one.stdout, one.stderr, one.hints), (other.stdout, other.stderr, other.hints), "seed {seed}");
        assert_eq!(fast.state().hint_buffer, slow.state.hint_buffer);
    }
    eprintln!("{steps} steps, {exits} exits, {faults} faults {kinds:?}, {missing} missing preimages");
    assert!(steps > 1_000_000 && exits > 20 && faults > 300 && missing > 3 && kinds.len() >= 7);
}

/// With `TRIBUNAL_VM_CORPUS` naming a folder, writes states of random programs and what becomes of them, so that other
/// implementations can be compared: `preimages.txt` (key, value), `expected.txt` (file, step counter, hash or `fault`).
#[test]
fn corpus_for_other_implementations() {
    let Some(folder) = std::env::var_os("TRIBUNAL_VM_CORPUS").map(std::path::PathBuf::from) else { return };
    let hex = |bytes: &[u8]| alloy_primitives::hex::encode(bytes);
    let preimages = source().preimages.into_iter().map(|(key, value)| format!("{} {}\n", hex(&key[..]), hex(&value)));
    std::fs::write(folder.join("preimages.txt"), preimages.collect::<String>()).unwrap();
    let mut expected = String::new();
    for seed in 0..3000 {
        let name = format!("{seed}.bin.gz");
        let mut state = random_state(seed);
        state.save(&folder.join(&name)).unwrap();
        let mut machine = Mips64::new(state);
        let until = machine.step() + 3000;
        let outcome = match machine.run(until, &mut source(), None) {
            Ok(_) => hex(&machine.state_hash()[..]),
            Err(_) => "fault".to_owned(),
        };
        expected.push_str(&format!("{name} {until} {outcome}\n"));
    }
    std::fs::write(folder.join("expected.txt"), expected).unwrap();
}

/// After an error, the machine stands before the step: with the preimage, it goes on as if nothing had happened.
#[test]
fn a_missing_preimage_can_be_supplied_later() {
    let mut program = support::Program::default();
    program.call(abi::sys::GETRANDOM, &[DATA, 3]).call(abi::sys::READ, &[5, DATA, 8]).call(abi::sys::EXIT_GROUP, &[0]);
    let make = || {
        let mut state = State::new(CODE);
        state.write_memory(CODE, &program.bytes());
        state.preimage_key = key(1);
        state
    };
    let (mut machine, mut whole) = (Mips64::new(make()), Mips64::new(make()));
    assert!(machine.run(u64::MAX, &mut MapSource::default(), None).is_err());
    assert_ne!(machine.step(), 0);
    assert_eq!(machine.run(u64::MAX, &mut source(), None).unwrap(), RunStop::Exited);
    assert_eq!(whole.run(u64::MAX, &mut source(), None).unwrap(), RunStop::Exited);
    assert_eq!(machine.state_hash(), whole.state_hash());
}

/// Threads that never yield: 0 1 2 3 3 2 1 0 0 1 …, each for exactly the quantum, then a step that executes nothing.
#[test]
fn threads_take_turns() {
    let mut state = State::new(CODE);
    state.write_memory(CODE, &[base(I::J) | (CODE >> 2) as u32, 0].map(u32::to_be_bytes).concat());
    let thread = |id| Thread { id, pc: CODE, next_pc: CODE + 4, ..Thread::default() };
    state.left = (0..4).rev().map(thread).collect();
    let mut machine = Mips64::new(state);
    let mut order = Vec::new();
    for turn in 0..12u64 {
        order.push(machine.state().thread().unwrap().id);
        let end = (turn + 1) * (abi::QUANTUM + 1);
        machine.run(end - 1, &mut MapSource::default(), None).unwrap();
        assert_eq!(machine.state().steps_since_switch, abi::QUANTUM);
        let before = machine.state().thread().unwrap().clone();
        machine.run(end, &mut MapSource::default(), None).unwrap();
        assert_eq!(machine.state().steps_since_switch, 0);
        let state = machine.state();
        assert!(state.left.iter().chain(&state.right).any(|thread| *thread == before), "unchanged by the switch");
    }
    assert_eq!(order, [0, 1, 2, 3, 3, 2, 1, 0, 0, 1, 2, 3]);
}

#[test]
fn a_lone_thread_changes_sides() {
    let mut state = State::new(CODE);
    state.write_memory(CODE, &[base(I::J) | (CODE >> 2) as u32, 0].map(u32::to_be_bytes).concat());
    state.steps_since_switch = abi::QUANTUM;
    let mut machine = Mips64::new(state);
    machine.run(1, &mut MapSource::default(), None).unwrap();
    let state = machine.state();
    assert!(state.traverse_right && state.left.is_empty() && state.right.len() == 1);
    assert_eq!((state.thread().unwrap().pc, state.step, state.steps_since_switch), (CODE, 1, 0));
}

/// A function that replaces one of its own instructions, in the page that is being executed, then runs it.
#[test]
fn written_code_is_executed() {
    let mut program = support::Program::default();
    let patched = i_type(I::Ori, 0, 10, 0x77);
    program.constant(8, u64::from(patched)).constant(9, CODE);
    let place = program.words.len() + 2;
    program.push(i_type(I::Sw, 9, 8, 4 * place as u16)).push(0);
    program.push(i_type(I::Ori, 0, 10, 0x11)).call(abi::sys::EXIT_GROUP, &[0]);
    let mut state = State::new(CODE);
    state.write_memory(CODE, &program.bytes());
    let mut machine = Mips64::new(state);
    machine.run(u64::MAX, &mut MapSource::default(), None).unwrap();
    assert_eq!(machine.state().thread().unwrap().registers[10], 0x77);
}
