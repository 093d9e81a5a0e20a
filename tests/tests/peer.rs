//! Made-up states side by side with Go Cannon, where `TRIBUNAL_PEER_CANNON` names its executable: short programs of random
//! instructions and calls, many threads on both sides, live reservations, turns about to end, addresses at every edge,
//! preimages read at odd offsets. Every proof, every state in between and the end are compared, faults too. What whole
//! guests do is compared in the tests of the command (`bin/tests/peer.rs`).
//!
//! `TRIBUNAL_PEER_STATES` sets the number of states (40 without it).
#![allow(clippy::unwrap_used)]

use alloy_primitives::{B256, Bytes, hex, keccak256};
use conformance::states::{DATA, encode, pick, random, set_call};
use mips64::abi::{CLONE_FLAGS, QUANTUM, sys};
use mips64::decode::{Encoding, Instruction as I, Operands, TABLE};
use mips64::json::ProofJson;
use mips64::{Engine, Mips64, State, UnusedSlots};
use preimage::Channel;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use vm::{Machine, PreimageSource, RunStop, SourceError};

/// Says to this program that it was started as a host.
const SERVE: &str = "TRIBUNAL_TEST_SERVE_ANYTHING";
/// Most steps of a state.
const STEPS: u64 = 64;
/// Where programs lie.
const CODE: u64 = 0x12_0000;

/// The value of a key, whatever it is: both sides' hosts say so.
fn value(key: B256) -> Bytes {
    let length = usize::from(key[31]) % 67;
    let blocks = (0..3u8).flat_map(|block| keccak256([key.as_slice(), &[block]].concat()));
    blocks.take(length).collect::<Vec<_>>().into()
}

/// Answers every key, and remembers hints.
#[derive(Default)]
struct Anything {
    hints: Vec<Vec<u8>>,
}

impl PreimageSource for Anything {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        Ok(value(key))
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        self.hints.push(hint.to_vec());
        Ok(())
    }
}

/// Not a test of its own: the host that Go Cannon starts. Hints are written to the file that the variable names.
#[test]
fn serves_anything() {
    let Some(path) = std::env::var_os(SERVE) else { return };
    let (mut preimages, mut hints) = host::descriptors::inherited().unwrap();
    let mut heard = fs::File::create(path).unwrap();
    std::thread::spawn(move || {
        let mut length = [0; 4];
        while hints.read_exact(&mut length).is_ok() {
            let mut hint = vec![0; u32::from_be_bytes(length) as usize];
            hints.read_exact(&mut hint).unwrap();
            heard.write_all(format!("{}\n", hex::encode(&hint)).as_bytes()).unwrap();
            hints.write_all(&[0]).unwrap();
        }
        std::process::exit(0);
    });
    let mut key = [0; 32];
    while preimages.read_exact(&mut key).is_ok() {
        let value = value(key.into());
        preimages.write_all(&[&(value.len() as u64).to_be_bytes()[..], &value].concat()).unwrap();
    }
    std::process::exit(0);
}

fn i_type(instruction: I, rs: u32, rt: u32, immediate: u16) -> u32 {
    let Encoding::Major(code) = TABLE[instruction as usize].encoding else { panic!("no opcode of its own") };
    u32::from(code) << 26 | rs << 21 | rt << 16 | u32::from(immediate)
}

/// Register that holds the address of the data; random instructions may change it, which leads to other addresses.
const BASE: u32 = 16;

fn program(rng: &mut SmallRng) -> Vec<u32> {
    let mut words = Vec::new();
    while words.len() < 100 {
        match rng.random_range(0..20) {
            0..8 => {
                let row = &TABLE[rng.random_range(0..TABLE.len())];
                let jumps = matches!(
                    row.operands,
                    Operands::Branch | Operands::BranchLink | Operands::BranchPair | Operands::Jump
                ) || matches!(row.instruction, I::Jr | I::Jalr | I::Syscall);
                if row.encoding != Encoding::Nothing && !jumps {
                    words.push(encode(rng, row.instruction));
                }
            }
            8..13 => {
                let memory = TABLE.iter().filter(|row| matches!(row.operands, Operands::Load | Operands::Store));
                let rows: Vec<_> = memory.collect();
                let instruction = rows[rng.random_range(0..rows.len())].instruction;
                words.push(i_type(instruction, BASE, rng.random_range(0..16), rng.random_range(0..48)));
            }
            13..15 => {
                // Linked and conditional, of the same width and address or not.
                let (offset, register) = (rng.random_range(0..24), rng.random_range(8..12));
                words.push(i_type(pick(rng, &[I::Ll, I::Lld]), BASE, register, offset));
                if rng.random_range(0..3) == 0 {
                    words.push(i_type(pick(rng, &[I::Sb, I::Sd, I::Sdl, I::Swr]), BASE, 9, rng.random_range(0..24)));
                }
                let other = if rng.random_range(0..4) == 0 { offset ^ 1 } else { offset };
                words.push(i_type(pick(rng, &[I::Sc, I::Scd]), BASE, register, other));
            }
            15..17 => {
                // Forward, with something in the delay slot.
                words.push(i_type(pick(rng, &[I::Beq, I::Bne, I::Blez, I::Bgtz]), 8, 0, rng.random_range(1..4)));
                words.push(i_type(I::Daddiu, 9, 9, 1));
            }
            _ => call(rng, &mut words),
        }
    }
    words
}

/// A call with arguments that mean something to it.
fn call(rng: &mut SmallRng, words: &mut Vec<u32>) {
    let number = match rng.random_range(0..16) {
        0..3 => sys::READ,
        3..6 => sys::WRITE,
        6 => sys::FUTEX,
        7 => sys::CLONE,
        8 => sys::CLOCK_GETTIME,
        9 => sys::GETRANDOM,
        10 => pick(rng, &[sys::SCHED_YIELD, sys::NANOSLEEP]),
        11 => pick(rng, &[sys::EXIT, sys::MMAP, sys::BRK, sys::OPEN, sys::EVENTFD2]),
        12 => pick(rng, &[sys::FCNTL, sys::GETTID, sys::GETPID]),
        13 => sys::MMAP,
        _ => pick(rng, &sys::NO_OPS),
    };
    let first = match number {
        sys::READ => pick(rng, &[5, 5, 5, 3, 0, 100, 1]),
        sys::WRITE => pick(rng, &[6, 6, 6, 4, 1, 2, 5]),
        _ => rng.random_range(0..8),
    };
    words.push(i_type(I::Addiu, 0, 4, first));
    match number {
        sys::CLONE => {
            words.push(i_type(I::Lui, 0, 4, (CLONE_FLAGS >> 16) as u16));
            let flags = if rng.random_range(0..10) == 0 { 1 } else { CLONE_FLAGS as u16 };
            words.push(i_type(I::Ori, 4, 4, flags));
            words.push(i_type(I::Daddiu, BASE, 5, 64));
        }
        sys::FUTEX | sys::GETRANDOM => {
            words.push(i_type(I::Daddiu, BASE, 4, rng.random_range(0..24)));
            words.push(i_type(I::Addiu, 0, 5, pick(rng, &[128, 128, 129, 0, 3, 8])));
            words.push(i_type(I::Lw, 4, 6, pick(rng, &[0, 0, 4])));
        }
        _ => words.push(i_type(I::Daddiu, BASE, 5, rng.random_range(0..24))),
    }
    if number != sys::FUTEX {
        // Hints are small here: longer than a machine may remember, each side gives up in its own way.
        words.push(i_type(I::Addiu, 0, 6, rng.random_range(0..12)));
    }
    words.push(i_type(I::Addiu, 0, 2, number as u16));
    words.push(0x0c);
}

fn made_up(rng: &mut SmallRng) -> State {
    let word = 0x25;
    let mut state = random(rng, word, &[]);
    let words: Vec<u8> = program(rng).iter().flat_map(|word| word.to_be_bytes()).collect();
    state.write_memory(CODE, &words);
    // Hints that are complete soon: of nothing, or of one byte.
    let hints: [u8; 48] = if rng.random() { [0; 48] } else { core::array::from_fn(|at| u8::from(at % 4 == 3)) };
    state.write_memory(DATA, &hints);
    if rng.random_range(0..3) == 0 {
        state.hint_buffer = pick(rng, &[&[0, 0][..], &[0, 0, 0, 5, 1], &[0, 0, 0]]).to_vec();
    }
    state.exited = rng.random_range(0..100) == 0;
    state.step = state.step.min(u64::MAX - 1_000);
    if rng.random_range(0..4) == 0 {
        state.steps_since_switch = QUANTUM - rng.random_range(0..20);
    }
    if rng.random_range(0..8) == 0 {
        let number = pick(rng, &[sys::READ, sys::WRITE, sys::CLOCK_GETTIME, sys::GETRANDOM]);
        set_call(rng, &mut state, number);
        state.write_memory(CODE, &0x0cu32.to_be_bytes());
    }
    let mut place = |thread: &mut mips64::Thread| {
        thread.pc = CODE + 4 * rng.random_range(0..40);
        thread.next_pc = thread.pc + 4;
        if rng.random_range(0..12) != 0 {
            thread.registers[BASE as usize] = DATA + rng.random_range(0..16);
        }
    };
    state.left.iter_mut().for_each(&mut place);
    state.right.iter_mut().for_each(&mut place);
    if rng.random_range(0..8) != 0 {
        state.set_pc(CODE);
    }
    state
}

#[derive(Debug, Default)]
struct Seen {
    states: u64,
    proofs: u64,
    faults: u64,
    exits: u64,
    preimages: u64,
    hints: usize,
}

/// What our side makes of a state: proofs, the state after the last step, and the fault, if there was one.
fn ours(state: State, source: &mut Anything) -> (Vec<String>, State, Option<String>) {
    let last = state.step + STEPS;
    let mut machine = Mips64::new(state);
    let (mut proofs, mut slots) = (Vec::new(), UnusedSlots::default());
    while machine.step() < last && machine.exit_code().is_none() {
        let (step, pre) = (machine.step(), machine.state_hash());
        match machine.prove_step(source) {
            Ok(mut witness) => {
                slots.fill(&mut witness.proof_data);
                proofs.push(ProofJson::new(step, pre, machine.state_hash(), &witness).to_json());
            }
            Err(error) => return (proofs, machine.into_state(), Some(error.to_string())),
        }
    }
    (proofs, machine.into_state(), None)
}

#[test]
fn made_up_states_as_in_go_cannon() {
    let Some(peer) = std::env::var_os("TRIBUNAL_PEER_CANNON").map(PathBuf::from) else {
        eprintln!("SKIPPED: TRIBUNAL_PEER_CANNON names no executable; nothing was compared with Go Cannon");
        return;
    };
    let number =
        |name: &str, otherwise| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (states, seed) = (number("TRIBUNAL_PEER_STATES", 40u64), number("TRIBUNAL_SEED", 0x90u64));
    let mut seen = Seen::default();
    for case in seed..seed + states {
        let mut state = made_up(&mut SmallRng::seed_from_u64(case));
        compare(case, &mut state, &peer, &mut seen);
    }
    eprintln!("compared with Go Cannon: {seen:?}");
    assert!(seen.proofs > states * 5 && seen.faults < states);
    if states >= 100 {
        assert!(seen.preimages > 0 && seen.hints > 0 && seen.faults > 0 && seen.exits > 0);
    }
}

fn compare(case: u64, state: &mut State, peer: &Path, seen: &mut Seen) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("peer-{}-{case}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| folder.join(name);
    state.save(&file("in.bin")).unwrap();
    let (first, exited) = (state.step, state.exited);
    let mut source = Anything::default();
    let (proofs, mut end, fault) = ours(state.snapshot(), &mut source);
    let theirs = Command::new(peer)
        .current_dir(&folder)
        .env(SERVE, file("hints"))
        .args(["run", "--input", "in.bin", "--output", "out.bin", "--meta=", "--proof-at", "always"])
        .arg("--stop-at")
        .arg(format!("={}", first + STEPS))
        .arg("--")
        .arg(std::env::current_exe().unwrap())
        .args(["serves_anything", "--exact", "--nocapture"])
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&theirs.stderr);
    let label = format!("state {case}, kept in {}", folder.display());
    for (index, proof) in proofs.iter().enumerate() {
        let name = format!("proof-{}.json", first + index as u64);
        let other = fs::read_to_string(file(&name)).unwrap_or_else(|error| panic!("{label}: {name}: {error}\n{log}"));
        assert!(*proof == other, "{label}: {name}");
        seen.proofs += 1;
        seen.preimages += u64::from(other.contains("oracle-key"));
    }
    let next = file(&format!("proof-{}.json", first + proofs.len() as u64));
    assert!(!next.exists(), "{label}: they go on where we do not: {fault:?}");
    // A machine that cannot go on is a panic of theirs.
    let code = if fault.is_some() { 2 } else { 0 };
    assert_eq!(theirs.status.code(), Some(code), "{label}: {fault:?}, but they: {log}");
    if fault.is_none() {
        let mut bytes = Vec::new();
        end.write(&mut bytes).unwrap();
        assert!(bytes == fs::read(file("out.bin")).unwrap(), "{label}: the last state");
        let heard = match fs::read_to_string(file("hints")) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.unwrap(),
        };
        let heard: Vec<Vec<u8>> = heard.lines().map(|line| hex::decode(line).unwrap()).collect();
        assert_eq!(source.hints, heard, "{label}: hints");
    }
    // Without proofs, compiled and interpreted.
    for engine in [Engine::Compiled, Engine::Eager, Engine::Interpreter] {
        let mut machine = Mips64::new(state.snapshot()).with_engine(engine);
        let mut again = Anything::default();
        let stop = machine.run(first + STEPS, &mut again, None);
        assert_eq!(stop.as_ref().err().map(ToString::to_string), fault, "{label}: {engine:?}");
        assert!(machine.witness() == end.witness() && again.hints == source.hints, "{label}: {engine:?}");
        if let Ok(stop) = stop {
            assert_eq!(stop == RunStop::Exited, end.exited, "{label}: {engine:?}");
        }
    }
    seen.states += 1;
    seen.faults += u64::from(fault.is_some());
    seen.exits += u64::from(end.exited && !exited);
    seen.hints += source.hints.len();
    fs::remove_dir_all(&folder).unwrap();
}
