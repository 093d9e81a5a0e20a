//! State files, images and symbols that somebody damaged or made up: an error, or a machine that runs; never a panic, never
//! memory that the bytes did not pay for. `TRIBUNAL_FILES` sets the number of files (20,000 without it).
#![allow(clippy::unwrap_used)]

mod support;

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use mips64::decode::Instruction as I;
use mips64::{Engine, Mips64, Reservation, ReservationKind, State, Thread, abi};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::io::{Read, Write};
use support::{CODE, DATA, Program, elf, i_type};
use vm::{ElfImage, Machine, NoSource};

/// Compiled code at once, or where it pays, or none.
const ENGINES: [Engine; 3] = [Engine::Eager, Engine::Compiled, Engine::Interpreter];

/// Most memory that the whole test may take: a state that is read may hold 4 GiB of pages, but only if its file does.
const MOST_MEMORY: u64 = 256 << 20;

fn rounds() -> u64 {
    std::env::var("TRIBUNAL_FILES").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20_000)
}

/// Most memory that this process ever took, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

fn program() -> Program {
    let mut program = Program::default();
    program.constant(8, DATA).push(i_type(I::Sd, 8, 8, 16)).push(i_type(I::Ld, 8, 9, 16));
    program.call(abi::sys::CLONE, &[abi::CLONE_FLAGS, DATA]).call(abi::sys::WRITE, &[abi::fd::STDOUT, DATA, 8]);
    program.call(abi::sys::GETRANDOM, &[DATA + 32, 8]).call(abi::sys::EXIT_GROUP, &[3]);
    program
}

fn state() -> Vec<u8> {
    let mut state = State::new(CODE);
    state.write_memory(CODE, &program().bytes());
    state.write_memory(DATA, &[7; 64]);
    state.reservation = Reservation::new(ReservationKind::Word, DATA, 0);
    state.right = vec![Thread { id: 4, pc: CODE, next_pc: CODE + 4, ..Thread::default() }; 2];
    state.hint_buffer = b"\0\0\0\x09inco".to_vec();
    let mut bytes = Vec::new();
    state.write(&mut bytes).unwrap();
    bytes
}

/// Damages bytes, mostly where `focus` is: headers and tables, not contents.
fn damage(rng: &mut SmallRng, bytes: &mut Vec<u8>, focus: &[core::ops::Range<usize>]) {
    for _ in 0..rng.random_range(1..4) {
        if bytes.len() < 16 {
            return;
        }
        let range = match focus {
            [] => 0..bytes.len(),
            focus if rng.random_range(0..4) > 0 => focus[rng.random_range(0..focus.len())].clone(),
            _ => 0..bytes.len(),
        };
        let at = rng.random_range(range.start.min(bytes.len() - 9)..range.end.min(bytes.len() - 8));
        let edges = [0, 1, 7, 8, 0xff, 0x1000, 0x7fff_ffff, 0xffff_ffff, 1 << 32, 1 << 52, i64::MAX as u64, u64::MAX];
        match rng.random_range(0..9) {
            0 => bytes.truncate(at),
            1..4 => bytes[at] ^= 1 << rng.random_range(0..8),
            4 => bytes[at] = rng.random(),
            5 => bytes[at..at + 8].copy_from_slice(&edges[rng.random_range(0..edges.len())].to_be_bytes()),
            6 => bytes[at..at + 4].copy_from_slice(&(edges[rng.random_range(0..edges.len())] as u32).to_be_bytes()),
            7 => {
                let length = rng.random_range(1..64.min(bytes.len() - at));
                bytes.drain(at..at + length);
            }
            _ => {
                let more: Vec<u8> = (0..rng.random_range(1..40)).map(|_| rng.random()).collect();
                bytes.splice(at..at, more);
            }
        }
    }
}

/// What can be made of a state: steps, a proof, a file again.
fn use_it(state: State, engine: Engine) {
    let mut machine = Mips64::new(state).with_engine(engine);
    let until = machine.step().saturating_add(300);
    let ended = machine.run(until, &mut NoSource, None);
    if ended.is_ok() {
        // The next step may be a fault; it may not be anything else.
        let _ = machine.prove_step(&mut NoSource);
    }
    let mut state = machine.into_state();
    let mut bytes = Vec::new();
    state.write(&mut bytes).unwrap();
    assert_eq!(State::read(&mut bytes.as_slice()).unwrap().hash(), state.hash());
}

#[test]
fn damaged_states() {
    let whole = state();
    assert!(State::read(&mut whole.as_slice()).is_ok());
    let pages = u64::from_be_bytes(whole[1..9].try_into().unwrap()) as usize;
    let fields = 9 + pages * (8 + 4096);
    let mut rng = SmallRng::seed_from_u64(0xf11e);
    let (mut read, mut refused) = (0, 0);
    for round in 0..rounds() {
        let mut bytes = whole.clone();
        damage(&mut rng, &mut bytes, &[0..18, fields..whole.len(), fields..fields + 110]);
        match State::read(&mut bytes.as_slice()) {
            Ok(state) => {
                read += 1;
                // A state that a file pays for may have very many threads; the machine takes it as it is.
                use_it(state, ENGINES[round as usize % 3]);
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    eprintln!("{read} states read, {refused} refused, {} MiB at most", peak_memory() >> 20);
    assert!(read > rounds() / 20 && refused > rounds() / 20);
    assert!(peak_memory() < MOST_MEMORY);
}

#[test]
fn damaged_compressed_states() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.bin.gz");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&state()).unwrap();
    let whole = encoder.finish().unwrap();
    let mut rng = SmallRng::seed_from_u64(0x9219);
    let mut refused = 0;
    for _ in 0..rounds() / 20 {
        let mut bytes = whole.clone();
        damage(&mut rng, &mut bytes, &[]);
        std::fs::write(&path, &bytes).unwrap();
        refused += u64::from(State::load(&path).is_err());
    }
    assert!(refused > rounds() / 40, "{refused}");
    // A small file that promises much: a thousand times its size in pages of zeros that never end.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&[8]).unwrap();
    bomb.write_all(&u64::MAX.to_be_bytes()).unwrap();
    bomb.write_all(&vec![0; 64 << 20]).unwrap();
    std::fs::write(&path, bomb.finish().unwrap()).unwrap();
    assert!(State::load(&path).unwrap_err().to_string().contains("page count"));
    let mut endless = GzEncoder::new(Vec::new(), Compression::best());
    endless.write_all(&[8]).unwrap();
    endless.write_all(&(1u64 << 19).to_be_bytes()).unwrap();
    endless.write_all(&vec![0; 64 << 20]).unwrap();
    std::fs::write(&path, endless.finish().unwrap()).unwrap();
    assert!(State::load(&path).is_err(), "it ends before its pages");
    let mut whole_again = Vec::new();
    GzDecoder::new(&whole[..]).read_to_end(&mut whole_again).unwrap();
    assert!(whole_again == state());
    assert!(peak_memory() < MOST_MEMORY, "{} MiB", peak_memory() >> 20);
}

#[test]
fn damaged_images() {
    let made = elf(&program().bytes(), &[7; 512]);
    let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/prestates/selftest.mips64.elf");
    let committed = std::fs::read(committed).unwrap();
    let mut rng = SmallRng::seed_from_u64(0xe1f);
    let (mut loaded, mut refused) = (0, 0);
    for round in 0..rounds() {
        let (mut bytes, tables) = if round % 20 == 0 {
            let sections = u64::from_be_bytes(committed[40..48].try_into().unwrap()) as usize;
            (committed.clone(), vec![0..64, 64..400, sections..committed.len()])
        } else {
            (made.clone(), vec![0..64, 64..176, 0..200])
        };
        damage(&mut rng, &mut bytes, &tables);
        let state = ElfImage::parse(&bytes).and_then(|image| State::from_elf(&image));
        match state {
            Ok(state) => {
                loaded += 1;
                if round % 20 != 0 {
                    let mut machine = Mips64::new(state).with_engine(ENGINES[round as usize % 3]);
                    // Wherever it was told to begin.
                    let _ = machine.run(300, &mut NoSource, None);
                }
            }
            Err(_) => refused += 1,
        }
    }
    eprintln!("{loaded} images loaded, {refused} refused, {} MiB at most", peak_memory() >> 20);
    assert!(loaded > rounds() / 20 && refused > rounds() / 20);
    assert!(peak_memory() < MOST_MEMORY);
}

#[test]
fn damaged_symbols() {
    let whole = r#"{"symbols":[{"name":"a","start":4,"size":4},{"name":"b","start":8,"size":18446744073709551615}]}"#;
    let mut rng = SmallRng::seed_from_u64(5);
    for _ in 0..rounds() / 4 {
        let mut bytes = whole.as_bytes().to_vec();
        damage(&mut rng, &mut bytes, &[]);
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(symbols) = mips64::json::symbols_from_json(&text)
        {
            for address in [0, 4, 8, 9, u64::MAX] {
                let _ = symbols.lookup(address);
            }
        }
    }
}
