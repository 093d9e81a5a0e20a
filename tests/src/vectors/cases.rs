//! The cases of the vector set: chosen where machines go wrong, the operands from seeds, so that the same set comes out
//! everywhere.

use super::{Class, Vector, host};
use crate::states::{EDGES, encode, pick};
use host::OfflineHost;
use mips64::abi::{self, QUANTUM, fd, sys};
use mips64::decode::{Encoding, Instruction as I, Operands, TABLE};
use mips64::{Reservation, ReservationKind, State, Thread};
use preimage::{KeyType, PreimageKey};
use rand::SeedableRng;
use rand::rngs::SmallRng;

const CODE: u64 = 0x12_0000;
const DATA: u64 = 0x20_0000;
/// Cases of an instruction.
const CASES: u32 = 5;

/// A state that executes one word next, with some data, on the left stack.
fn plain(word: u32) -> State {
    let mut state = State::new(CODE);
    state.write_memory(CODE, &word.to_be_bytes());
    state.write_memory(DATA, &core::array::from_fn::<u8, 32, _>(|i| (i as u8).wrapping_mul(37) ^ 0x81));
    state.step = 77;
    state.steps_since_switch = 7;
    state
}

fn call(number: u64, arguments: &[u64]) -> State {
    let mut state = plain(0x0c);
    state.set_register(abi::V0, number);
    for (register, argument) in (abi::A0..).zip(arguments) {
        state.set_register(register, *argument);
    }
    state
}

struct Builder {
    host: OfflineHost,
    keys: Vec<PreimageKey>,
    classes: Vec<Class>,
}

impl Builder {
    fn class(&mut self, name: &str, about: &str, cases: Vec<(String, State)>) {
        let vectors = cases.into_iter().map(|(name, state)| Vector::record(name, state, &mut self.host)).collect();
        self.classes.push(Class { name: name.to_owned(), about: about.to_owned(), vectors });
    }
}

/// The whole set.
pub fn all() -> Vec<Class> {
    let (host, keys) = host();
    let mut builder = Builder { host, keys, classes: Vec::new() };
    instructions(&mut builder);
    calls(&mut builder);
    scheduling(&mut builder);
    memory(&mut builder);
    preimages(&mut builder);
    builder.classes
}

/// The class of an instruction.
fn group(operands: Operands, instruction: I) -> &'static str {
    use Operands as O;
    match (operands, instruction) {
        (_, I::Ll | I::Lld | I::Sc | I::Scd) => "linked",
        (_, I::Lwl | I::Lwr | I::Ldl | I::Ldr) => "partial-loads",
        (_, I::Swl | I::Swr | I::Sdl | I::Sdr) => "partial-stores",
        (O::Load, _) => "loads",
        (O::Store, _) => "stores",
        (O::BranchPair | O::Branch | O::BranchLink, _) => "branches",
        (O::Jump | O::JumpLink | O::JumpRegister | O::JumpRegisterLink, _) => "jumps",
        (O::ShiftAmount | O::ShiftRegister, _) => "shifts",
        (O::Pair | O::Source | O::Destination, _) => "multiply-divide",
        (O::Signed | O::Unsigned | O::Upper, _) => "immediates",
        _ => "registers",
    }
}

fn instructions(builder: &mut Builder) {
    let mut groups: Vec<(&str, Vec<(String, State)>)> = Vec::new();
    for row in TABLE.iter().filter(|row| row.encoding != Encoding::Nothing && row.instruction != I::Syscall) {
        let mut rng = SmallRng::seed_from_u64(row.instruction as u64);
        let group = group(row.operands, row.instruction);
        let index = groups.iter().position(|(name, _)| *name == group).unwrap_or_else(|| {
            groups.push((group, Vec::new()));
            groups.len() - 1
        });
        for case in 0..CASES {
            let word = encode(&mut rng, row.instruction);
            let mut state = plain(word);
            for register in 1..32 {
                state.set_register(register, pick(&mut rng, &EDGES));
            }
            let base = (word >> 21 & 31) as usize;
            if matches!(row.operands, Operands::Load | Operands::Store) && base != 0 {
                state.set_register(base, (DATA + 8 + u64::from(case)).wrapping_sub(word as i16 as u64));
            }
            if let Some(thread) = state.thread_mut() {
                (thread.hi, thread.lo) = (0x1111_2222_3333_4444, 0x5555_6666_7777_8888);
                let address = thread.registers[base].wrapping_add(word as i16 as u64);
                if matches!(row.instruction, I::Sc | I::Scd) {
                    let kind = if row.instruction == I::Sc { ReservationKind::Word } else { ReservationKind::Double };
                    // Holds, another width, another address, another owner.
                    state.reservation = match case % 4 {
                        0 => Reservation::new(kind, address, 0),
                        1 => Reservation::new(ReservationKind::None, address, 0),
                        2 => Reservation::new(kind, address ^ 1, 0),
                        _ => Reservation::new(kind, address, 5),
                    };
                }
            }
            groups[index].1.push((format!("{} {word:#010x}", row.name), state));
        }
    }
    for (name, cases) in groups {
        builder.class(&format!("instruction-{name}"), "single instructions on edge operands", cases);
    }
    let mut invalid = Vec::new();
    for code in (0..64u32).flat_map(|code| [code << 26, code, 0x1c << 26 | code]) {
        let word = code | 8 << 21 | 9 << 16 | 10 << 11;
        if mips64::decode::Op::decode(word).instruction == I::Invalid {
            invalid.push((format!("{word:#010x}"), plain(word)));
        }
    }
    builder.class("instruction-invalid", "encodings without a meaning: a fault", invalid);
    let mut faults = Vec::new();
    for (name, word) in [("div", 0x1au32), ("divu", 0x1b), ("ddiv", 0x1e), ("ddivu", 0x1f)] {
        for (s, t) in [(7, 0), (7, 1 << 32), (1 << 63, u64::MAX), (0xffff_ffff_8000_0000, u64::MAX)] {
            let mut state = plain(word | 8 << 21 | 9 << 16);
            state.set_register(8, s);
            state.set_register(9, t);
            faults.push((format!("{name} {s:#x} by {t:#x}"), state));
        }
    }
    for row in TABLE.iter().filter(|row| {
        group(row.operands, row.instruction) == "branches" || group(row.operands, row.instruction) == "jumps"
    }) {
        let mut rng = SmallRng::seed_from_u64(1);
        let mut state = plain(encode(&mut rng, row.instruction));
        if let Some(thread) = state.thread_mut() {
            thread.next_pc = 0x4000;
        }
        faults.push((format!("{} in a delay slot", row.name), state));
    }
    let mut unaligned = plain(0);
    unaligned.set_pc(CODE + 2);
    faults.push(("program counter that is not aligned".to_owned(), unaligned));
    builder.class("instruction-faults", "division by zero, delay slots, program counters", faults);
}

/// Calls with an effect: name, number, arguments.
const CALLS: &[(&str, u64, &[&[u64]])] = &[
    (
        "read",
        sys::READ,
        &[
            &[fd::STDIN, DATA, 8],
            &[fd::STDOUT, DATA, 8],
            &[fd::HINT_READ, DATA, 8],
            &[fd::HINT_WRITE, DATA, 8],
            &[fd::EVENT, DATA, 8],
            &[7, DATA, 8],
        ],
    ),
    (
        "write",
        sys::WRITE,
        &[
            &[fd::STDIN, DATA, 8],
            &[fd::STDOUT, DATA, 40],
            &[fd::STDERR, DATA, 3],
            &[fd::HINT_READ, DATA, 8],
            &[fd::HINT_WRITE, DATA, 3],
            &[fd::PREIMAGE_READ, DATA, 8],
            &[fd::PREIMAGE_WRITE, DATA, 8],
            &[fd::PREIMAGE_WRITE, DATA + 5, 8],
            &[fd::PREIMAGE_WRITE, DATA + 2, 0],
            &[fd::EVENT, DATA, 8],
            &[7, DATA, 8],
        ],
    ),
    ("open", sys::OPEN, &[&[DATA, 0, 0]]),
    (
        "mmap",
        sys::MMAP,
        &[
            &[0, 4096],
            &[0, 1],
            &[0, 0],
            &[0x7000, 4096],
            &[0, 0x6000_0000_0000 - 0x1000_0000_0000],
            &[0, 0x6000_0000_0001 - 0x1000_0000_0000],
            &[0, u64::MAX],
            &[0, u64::MAX - 4095],
        ],
    ),
    ("brk", sys::BRK, &[&[0], &[0x5000]]),
    ("sched-yield", sys::SCHED_YIELD, &[&[]]),
    ("nanosleep", sys::NANOSLEEP, &[&[DATA, 0]]),
    ("getpid", sys::GETPID, &[&[]]),
    (
        "clone",
        sys::CLONE,
        &[&[abi::CLONE_FLAGS, 0x7000], &[abi::CLONE_FLAGS | 1, 0x7000], &[0, 0], &[abi::CLONE_FLAGS | 1 << 32, 0]],
    ),
    ("exit", sys::EXIT, &[&[0], &[1], &[2], &[0x1ff]]),
    (
        "fcntl",
        sys::FCNTL,
        &[
            &[0, 1],
            &[6, 1],
            &[7, 1],
            &[100, 1],
            &[0, 3],
            &[1, 3],
            &[3, 3],
            &[4, 3],
            &[6, 3],
            &[7, 3],
            &[0, 2],
            &[99, 4],
        ],
    ),
    ("gettid", sys::GETTID, &[&[]]),
    (
        "futex",
        sys::FUTEX,
        &[
            &[DATA, 128, 0x81a4_cbee],
            &[DATA, 128, 0x81a4_cbef],
            &[DATA + 4, 128, 0x1538_5f82],
            &[DATA + 4, 128, 0xffff_ffff_1538_5f82],
            &[DATA + 7, 128, 0x1538_5f82],
            &[DATA, 129, 1],
            &[DATA, 0, 0],
            &[DATA, 1, 0],
        ],
    ),
    ("exit-group", sys::EXIT_GROUP, &[&[0], &[1], &[2], &[255], &[256]]),
    (
        "clock-gettime",
        sys::CLOCK_GETTIME,
        &[&[0, DATA], &[1, DATA], &[1, DATA + 5], &[1, DATA + 24], &[1, u64::MAX], &[2, DATA]],
    ),
    ("eventfd2", sys::EVENTFD2, &[&[0, 0x80], &[0, 0], &[5, 0x880]]),
    (
        "getrandom",
        sys::GETRANDOM,
        &[&[DATA, 8], &[DATA, 0], &[DATA + 3, 2], &[DATA + 3, 100], &[DATA + 7, 1], &[u64::MAX, 9]],
    ),
];

fn calls(builder: &mut Builder) {
    for (name, number, cases) in CALLS {
        let mut states = Vec::new();
        for arguments in *cases {
            let name = format!("{name} {}", arguments.iter().map(|a| format!("{a:#x}")).collect::<Vec<_>>().join(" "));
            let mut state = call(*number, arguments);
            state.step = 123_456_789;
            states.push((name, state));
        }
        builder.class(&format!("call-{name}"), "a system call, its arguments in the name of the case", states);
    }
    let none = |number: u64| (format!("{number}"), call(number, &[DATA, 1, 2]));
    builder.class("call-no-ops", "calls that answer 0 and do nothing", sys::NO_OPS.into_iter().map(none).collect());
    let unknown =
        [0, 4004, 5017, 5018, 5211, 5999, 6000, 1 << 32 | sys::READ, u64::MAX].into_iter().map(none).collect();
    builder.class("call-unknown", "calls that there are not: a fault", unknown);
}

fn scheduling(builder: &mut Builder) {
    let thread = |id: u64| {
        let mut thread = Thread { id, pc: CODE + 64 * id, next_pc: CODE + 64 * id + 4, ..Thread::default() };
        thread.registers[8] = id;
        thread
    };
    let mut cases = Vec::new();
    // Who runs, how many stand below him, how many on the other side.
    for (below, beyond) in [(0, 0), (1, 0), (0, 1), (2, 1), (1, 2)] {
        for right in [false, true] {
            let stacks = |mut state: State| {
                let running = state.left.pop();
                let mut active: Vec<Thread> = (1..=below).map(thread).collect();
                active.extend(running);
                let other: Vec<Thread> = (10..10 + beyond).map(thread).collect();
                (state.left, state.right) = if right { (other, active) } else { (active, other) };
                state.traverse_right = right;
                state.next_thread_id = 20;
                state
            };
            let label = |what: &str| format!("{what}, {below} below, {beyond} beyond, right {right}");
            for (what, since) in
                [("turn not used up", QUANTUM - 1), ("turn used up", QUANTUM), ("turn more than used up", u64::MAX)]
            {
                let mut state = stacks(plain(0x0000_0025));
                state.steps_since_switch = since;
                cases.push((label(what), state));
            }
            cases.push((label("yield"), stacks(call(sys::SCHED_YIELD, &[]))));
            cases.push((label("futex wake"), stacks(call(sys::FUTEX, &[DATA, 129, 1]))));
            cases.push((label("clone"), stacks(call(sys::CLONE, &[abi::CLONE_FLAGS, 0x7000]))));
            cases.push((label("exit"), stacks(call(sys::EXIT, &[3]))));
            let mut gone = stacks(plain(0x0000_0025));
            if let Some(thread) = gone.thread_mut() {
                (thread.exited, thread.exit_code) = (true, 3);
            }
            cases.push((label("removal of a thread that has exited"), gone));
        }
    }
    let mut empty = plain(0);
    empty.right = core::mem::take(&mut empty.left);
    cases.push(("empty active stack".to_owned(), empty));
    for code in [0, 1, 2, 255] {
        let mut exited = plain(0);
        exited.set_exit(code);
        cases.push((format!("exited with {code}"), exited));
    }
    builder.class("scheduling", "turns, yields, threads that come and go, exits and their statuses", cases);
}

fn memory(builder: &mut Builder) {
    let mut cases = Vec::new();
    let access = |instruction: I, address: u64| {
        let mut rng = SmallRng::seed_from_u64(0);
        // Base in register 8, value in register 9, no offset.
        let mut state = plain(encode(&mut rng, instruction) & 0xfc00_0000 | 8 << 21 | 9 << 16);
        state.set_register(8, address);
        state.set_register(9, 0x0123_4567_89ab_cdef);
        state
    };
    for address in [0, 7, 31, 32, 4095, 4096, CODE, CODE + 4, 1 << 63, u64::MAX - 8, u64::MAX] {
        cases.push((format!("ld at {address:#x}"), access(I::Ld, address)));
        cases.push((format!("sd at {address:#x}"), access(I::Sd, address)));
        cases.push((format!("sb at {address:#x}"), access(I::Sb, address)));
    }
    builder.class(
        "memory-addresses",
        "accesses at the ends of leaves, pages and the address space; of the code itself",
        cases,
    );
    let mut cases = Vec::new();
    let writers = [I::Sb, I::Sh, I::Sw, I::Sd, I::Swl, I::Swr, I::Sdl, I::Sdr];
    let others = [I::Lb, I::Ld, I::Lwl];
    for (what, reserved) in [("same word", DATA + 9), ("word before", DATA + 7), ("word behind", DATA + 16)] {
        for kind in [ReservationKind::None, ReservationKind::Word, ReservationKind::Double] {
            let mut add = |name: &str, mut state: State| {
                state.reservation = Reservation::new(kind, reserved, 3);
                cases.push((format!("{name}, reservation {kind:?} of the {what}"), state));
            };
            for instruction in writers.into_iter().chain(others) {
                add(TABLE[instruction as usize].name, access(instruction, DATA + 12));
            }
            add("clock_gettime", call(sys::CLOCK_GETTIME, &[1, DATA + 8]));
            add("clock_gettime, second word", call(sys::CLOCK_GETTIME, &[1, DATA]));
            add("getrandom", call(sys::GETRANDOM, &[DATA + 10, 2]));
            add("getrandom of nothing", call(sys::GETRANDOM, &[DATA + 10, 0]));
            add("write of a key", call(sys::WRITE, &[fd::PREIMAGE_WRITE, DATA + 8, 8]));
            add("futex", call(sys::FUTEX, &[DATA + 8, 128, 0]));
            for count in [8, 0] {
                let mut read = call(sys::READ, &[fd::PREIMAGE_READ, DATA + 8, count]);
                read.preimage_key = builder.keys[3].as_word();
                add(&format!("read of a preimage, {count}"), read);
            }
        }
    }
    builder.class(
        "memory-reservations",
        "every writer to memory, and some that are none, against a live reservation",
        cases,
    );
}

fn preimages(builder: &mut Builder) {
    let keys = builder.keys.clone();
    for (name, kind) in [
        ("local", KeyType::Local),
        ("keccak256", KeyType::Keccak256),
        ("sha256", KeyType::Sha256),
        ("blob", KeyType::Blob),
        ("precompile", KeyType::Precompile),
    ] {
        let mut cases = Vec::new();
        let of_kind: Vec<_> = keys.iter().filter(|key| key.key_type() == kind).collect();
        for key in of_kind.iter().rev().take(3) {
            let length = builder.host.lookup(key).map_or(0, |value| value.len() as u64 + 8);
            let mut offsets = vec![0, 1, 8, length - 1, length, length + 1, u64::MAX];
            offsets.dedup();
            for offset in offsets {
                for (address, count) in [(DATA, 8), (DATA + 5, 8), (DATA, 100), (DATA + 1, 2), (DATA, 0)] {
                    // All offsets aligned, the other shapes of a read at one.
                    if count == 8 && address == DATA || offset == 1 {
                        let mut state = call(sys::READ, &[fd::PREIMAGE_READ, address, count]);
                        (state.preimage_key, state.preimage_offset) = (key.as_word(), offset);
                        cases.push((format!("{count} bytes to {address:#x} at {offset} of {length}"), state));
                    }
                }
            }
        }
        builder.class(&format!("preimage-{name}"), "reads of preimages of one type of key", cases);
    }
}
