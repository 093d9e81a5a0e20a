//! Findings of audits of machines like this one, each as a test with a sabotaged twin: of the reference. What is
//! expected comes from the rules or from plain arithmetic, never from the machine; the contract is asked as well.
#![allow(clippy::unwrap_used)]

use alloy_primitives::B256;
use conformance::evidence::every_kind;
use conformance::judge::Judge;
use conformance::step::{Agreed, compare, contract_agrees, text};
use host::OfflineHost;
use mips64::abi::{self, fd, sys};
use mips64::decode::{Instruction as I, Op};
use mips64::{Mips64, Reservation, ReservationKind, State, Thread};
use preimage::PreimageKey;
use vm::{Machine, NoSource};

const CODE: u64 = 0x12_0000;
const DATA: u64 = 0x20_0000;
const CONTEXT: B256 = B256::repeat_byte(0xc0);

struct Bench {
    judge: Judge,
    host: OfflineHost,
    keys: Vec<PreimageKey>,
}

impl Bench {
    fn new() -> Self {
        let (host, keys) = every_kind();
        Self { judge: Judge::informed(&host, &keys, 9, CONTEXT), host, keys }
    }

    /// The thread after a step on which machine, twin and contract agree.
    fn step(&mut self, state: State) -> Result<State, String> {
        let mut machine = Mips64::new(state);
        match compare(&mut self.judge, &mut machine, &mut self.host, CONTEXT, false).unwrap() {
            Agreed::Step(_) => Ok(machine.into_state()),
            Agreed::Fault(data) => Err(text(&data)),
        }
    }

    /// Register `d` after an instruction on registers 8, 9 and 10.
    fn result(&mut self, word: u32, s: u64, t: u64, d: usize) -> u64 {
        self.step(on(word, s, t)).unwrap().thread().unwrap().registers[d]
    }

    /// Whether the contract notices a machine that does something else in this step.
    fn notices(&mut self, state: State, sabotage: impl FnOnce(&mut State)) -> bool {
        let mut machine = Mips64::new(state);
        let witness = machine.prove_step(&mut self.host).unwrap();
        machine.edit(sabotage);
        contract_agrees(&mut self.judge, &mut machine, &witness, &self.host, CONTEXT, false).is_err()
    }
}

fn on(word: u32, s: u64, t: u64) -> State {
    let mut state = State::new(CODE);
    state.write_memory(CODE, &word.to_be_bytes());
    state.write_memory(DATA, &0x8182_8384_8586_8788u64.to_be_bytes());
    for (register, value) in [(8, s), (9, t), (10, 0x5555)] {
        state.set_register(register, value);
    }
    state
}

fn call(number: u64, arguments: &[u64]) -> State {
    let mut state = on(0x0c, 0, 0);
    state.set_register(abi::V0, number);
    for (register, argument) in (abi::A0..).zip(arguments) {
        state.set_register(register, *argument);
    }
    state
}

/// `op rd=10, rs=8, rt=9` under opcode 0.
const fn special(function: u32) -> u32 {
    8 << 21 | 9 << 16 | 10 << 11 | function
}

const fn immediate(opcode: u32, value: u16) -> u32 {
    opcode << 26 | 8 << 21 | 10 << 16 | value as u32
}

/// memory that wraps into code, calls that succeed though unknown, arithmetic that should not trap, shifts that are not
/// masked, destinations that are overwritten, regions of jumps, branches that are missing, delay slots.
#[test]
fn r21_the_classes_of_the_32_bit_machine() {
    let mut bench = Bench::new();
    // mmap never hands out an address below its start, and stops at its end.
    let heap_end = 0x6000_0000_0000u64;
    for (heap, length, expected) in [
        (0x1000_0000_0000, 4096, Ok(0x1000_0000_0000u64)),
        (heap_end - 4096, 4096, Ok(heap_end - 4096)),
        (heap_end - 4096, 4097, Err(22)),
        (heap_end, u64::MAX - 4094, Err(22)),
        (0x1000_0000_0000, u64::MAX, Err(22)),
        (u64::MAX - 4095, 4096, Err(22)),
    ] {
        let mut state = call(sys::MMAP, &[0, length]);
        state.heap = heap;
        let after = bench.step(state.snapshot()).unwrap();
        let registers = after.thread().unwrap().registers;
        match expected {
            Ok(address) => assert_eq!((registers[2], registers[7], after.heap), (address, 0, address + 4096)),
            Err(number) => assert_eq!((registers[2], registers[7], after.heap), (number, u64::MAX, heap)),
        }
        assert!(bench.notices(state, |state| state.heap = 0x40_0000), "a heap inside the code");
    }
    // Unknown calls have no successor.
    for number in [0, 4003, 5018, 5999, u64::MAX] {
        assert_eq!(bench.step(call(number, &[])).unwrap_err(), "MIPS64: unimplemented syscall");
    }
    // Overflow wraps, in 32 and in 64 bits.
    for (word, s, t, expected) in [
        (special(0x20), 0x7fff_ffff, 1, 0xffff_ffff_8000_0000),
        (special(0x22), 0xffff_ffff_8000_0000, 1, 0x7fff_ffff),
        (immediate(0x08, 1), 0x7fff_ffff, 0, 0xffff_ffff_8000_0000),
        (special(0x2c), u64::MAX >> 1, 1, 1 << 63),
        (special(0x2e), 1 << 63, 1, u64::MAX >> 1),
        (immediate(0x18, 0xffff), 1 << 63, 0, u64::MAX >> 1),
        // Shifts take five bits of the amount, or six.
        (special(0x07), 0xffff_ffe4, 0xffff_ffff_8000_0000, 0xffff_ffff_f800_0000),
        (special(0x04), 33, 3, 6),
        (special(0x06), 32, 0x8000_0000, 0xffff_ffff_8000_0000),
        (special(0x17), 0x44, 1 << 63, 0xf8 << 56),
        // Reserved destinations are cleared, conditional moves leave them.
        (special(0x18), 3, 5, 0),
        (special(0x0a), 7, 1, 0x5555),
        (special(0x0b), 7, 0, 0x5555),
        // Misaligned accesses drop the low bits, and nothing else.
        (immediate(0x23, 3), DATA, 0, 0xffff_ffff_8182_8384),
        (immediate(0x25, 7), DATA, 0, 0x8788),
    ] {
        assert_eq!(bench.result(word, s, t, 10), expected, "{word:#010x}");
        assert!(bench.notices(on(word, s, t), |state| state.set_register(10, expected ^ 1)), "{word:#010x}");
    }
    // Jumps stay in the region of their delay slot.
    for (pc, region) in [(0x0fff_fffcu64, 0x1000_0000u64), (0x1_2000_0000, 0x1_2000_0000), (u64::MAX - 3, 0)] {
        for word in [0x0800_0010u32, 0x0c00_0010] {
            let mut state = State::new(pc);
            state.write_memory(pc, &word.to_be_bytes());
            let after = bench.step(state).unwrap();
            let thread = after.thread().unwrap();
            assert_eq!((thread.pc, thread.next_pc), (pc.wrapping_add(4), region + 0x40), "{pc:#x}");
        }
    }
    // Branches that link do so taken or not; any jump or branch in a delay slot is a fault.
    for (rt, s, taken) in [(0x10, u64::MAX, true), (0x10, 0, false), (0x11, 0, true), (0x11, u64::MAX, false)] {
        let word = 1 << 26 | 8 << 21 | rt << 16 | 0x10;
        let after = bench.step(on(word, s, 0)).unwrap();
        let thread = after.thread().unwrap();
        assert_eq!(thread.registers[31], CODE + 8);
        assert_eq!(thread.next_pc, if taken { CODE + 4 + 0x40 } else { CODE + 8 });
        assert!(bench.notices(on(word, s, 0), |state| state.set_register(31, 0)));
    }
    for word in [0x0800_0010, 0x0c00_0010, special(0x08), special(0x09), 4 << 26, 5 << 26, 6 << 26, 7 << 26, 1 << 26] {
        for next_pc in [CODE, CODE + 8, CODE + 5, 0] {
            let mut state = on(word, CODE, 0);
            state.thread_mut().unwrap().next_pc = next_pc;
            assert!(bench.step(state).unwrap_err().ends_with("delay slot"), "{word:#010x}");
        }
    }
}

/// a futex is 32 bits wide, at both halves of an aligned word, whatever the other half holds.
#[test]
fn r22_futex_compares_32_bits() {
    let mut bench = Bench::new();
    let [low, high] = [0x8586_8788u64, 0x8182_8384];
    for (address, value, equal) in [
        (DATA, high, true),
        (DATA + 4, low, true),
        (DATA + 3, high, true),
        (DATA + 7, low, true),
        (DATA, high << 32 | low, false),
        (DATA, low, false),
        (DATA + 4, high, false),
        (DATA + 4, 0xffff_ffff_0000_0000 | low, true),
        (DATA, 7 << 32 | high, true),
        (DATA + 4, low ^ 1, false),
    ] {
        let mut state = call(sys::FUTEX, &[address, abi::FUTEX_WAIT_PRIVATE, value]);
        state.right = vec![Thread { id: 9, ..Thread::default() }];
        let after = bench.step(state.snapshot()).unwrap();
        // One who waits gives the turn away; one who need not is told so.
        assert_eq!(after.left.is_empty(), equal, "{address:#x} {value:#x}");
        let thread = if equal { after.right.last() } else { after.left.last() }.unwrap();
        assert_eq!((thread.registers[2], thread.registers[7]), if equal { (0, 0) } else { (11, u64::MAX) });
        assert!(bench.notices(state, |state| state.next_thread_id ^= 1));
    }
}

/// Two threads that count under a lock of 4 bytes at an odd half of a word, with LL/SC and futex, until both are done: every
/// step of the contended part is judged.
#[test]
fn r22_a_contended_futex_at_a_four_byte_offset() {
    let mut bench = Bench::new();
    let mut state = contended(20);
    let mut machine = Mips64::new(state.snapshot());
    machine.run(u64::MAX, &mut NoSource, None).unwrap();
    let mut counter = [0; 8];
    machine.state().memory.read(DATA + 16, &mut counter);
    assert_eq!((machine.exit_code(), u64::from_be_bytes(counter)), (Some(0), 40));
    let mut machine = Mips64::new(state);
    let mut judged = 0;
    while machine.exit_code().is_none() {
        let agreed = compare(&mut bench.judge, &mut machine, &mut bench.host, CONTEXT, false).unwrap();
        assert!(matches!(agreed, Agreed::Step(_)));
        judged += 1;
    }
    assert!(judged > 500, "{judged}");
}

/// Each of two threads adds one to a counter, so many times, holding the lock at `DATA + 4`, and yields inside it.
fn contended(rounds: u16) -> State {
    let r = |function: u32, rs: u32, rt: u32, rd: u32| rs << 21 | rt << 16 | rd << 11 | function;
    let i = |opcode: u32, rs: u32, rt: u32, value: i32| opcode << 26 | rs << 21 | rt << 16 | value as u32 & 0xffff;
    let li = |register: u32, value: u64| i(0x0d, 0, register, value as i32);
    let mut code: Vec<u32> = vec![
        i(0x0f, 0, 16, (DATA >> 16) as i32),
        i(0x0f, 0, 4, 5),
        i(0x0d, 4, 4, 0x0f00),
        i(0x0f, 0, 5, 0x30),
        li(2, sys::CLONE),
        0x0c,
        li(17, rounds.into()),
    ];
    let lock = code.len() as i32;
    code.extend([
        i(0x30, 16, 8, 4), // ll t, 4(base)
        i(0x05, 8, 0, 6),  // taken: wait
        li(9, 1),          //   (delay slot)
        i(0x38, 16, 9, 4), // sc
        i(0x04, 9, 0, -5), // lost: again
        0,
        i(0x04, 0, 0, 9), // got it
        0,
        i(0x18, 16, 4, 4), // wait: futex(base + 4, WAIT_PRIVATE, 1)
        li(5, abi::FUTEX_WAIT_PRIVATE),
        li(6, 1),
        li(2, sys::FUTEX),
        0x0c,
    ]);
    let back = lock - code.len() as i32 - 1;
    code.extend([i(0x04, 0, 0, back), 0]);
    // Critical: the counter is read, the turn given away, the counter written.
    let critical = code.len() as i32;
    code[(lock + 6) as usize] = i(0x04, 0, 0, critical - (lock + 6) - 1);
    code[(lock + 1) as usize] = i(0x05, 8, 0, 8 - 2);
    code.extend([
        i(0x37, 16, 18, 16),
        li(2, sys::SCHED_YIELD),
        0x0c,
        i(0x18, 18, 18, 1),
        i(0x3f, 16, 18, 16),
        i(0x2b, 16, 0, 4), // sw zero: unlock
        i(0x18, 16, 4, 4),
        li(5, abi::FUTEX_WAKE_PRIVATE),
        li(2, sys::FUTEX),
        0x0c,
        i(0x18, 17, 17, -1),
    ]);
    let back = lock - code.len() as i32 - 1;
    code.extend([i(0x05, 17, 0, back), 0]);
    code.extend([r(0x25, 0, 0, 4), li(2, sys::EXIT), 0x0c]);
    let mut state = State::new(CODE);
    let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_be_bytes()).collect();
    state.write_memory(CODE, &bytes);
    state
}

/// every operation on 32 bits sign-extends its result, at the edges of bit 31, whatever stands above its operands.
#[test]
fn r23_32_bit_results_are_sign_extended() {
    let mut bench = Bench::new();
    let edges = [0u32, 1, 0x4000_0000, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xc000_0000, 0xffff_ffff];
    let extend = |value: u32| value as i32 as u64;
    type Operation = fn(u32, u32) -> u32;
    let operations: [(u32, Operation); 9] = [
        (special(0x20), |s, t| s.wrapping_add(t)),
        (special(0x21), |s, t| s.wrapping_add(t)),
        (special(0x22), |s, t| s.wrapping_sub(t)),
        (special(0x23), |s, t| s.wrapping_sub(t)),
        (special(0x04), |s, t| t << (s & 31)),
        (special(0x06), |s, t| t >> (s & 31)),
        (special(0x07), |s, t| ((t as i32) >> (s & 31)) as u32),
        (special(0x00) | 1 << 6, |_, t| t << 1),
        (0x1c << 26 | special(0x02), |s, t| s.wrapping_mul(t)),
    ];
    for (word, operation) in operations {
        for (s, t) in edges.iter().flat_map(|s| edges.iter().map(move |t| (*s, *t))) {
            let garbage = 0xdead_0000_0000_0000u64;
            // Bit 6 of a shift amount in a register is no matter of 32 bits either.
            let expected = extend(operation(s, t));
            assert_eq!(
                bench.result(word, garbage | u64::from(s), garbage | u64::from(t), 10),
                expected,
                "{word:#010x}"
            );
            if expected >> 32 != 0 && s % 3 == 0 {
                let zero_extended = expected & 0xffff_ffff;
                assert!(bench.notices(on(word, s.into(), t.into()), |state| state.set_register(10, zero_extended)));
            }
        }
    }
    // Both halves of products and of quotients.
    for (s, t) in edges.iter().flat_map(|s| edges.iter().map(move |t| (*s, *t))) {
        let product = u64::from(s) * u64::from(t);
        let after = bench.step(on(special(0x19) & !(31 << 11), s.into(), t.into())).unwrap();
        let thread = after.thread().unwrap();
        assert_eq!((thread.lo, thread.hi), (extend(product as u32), extend((product >> 32) as u32)));
        if t != 0 {
            let after = bench.step(on(special(0x1b) & !(31 << 11), s.into(), t.into())).unwrap();
            let thread = after.thread().unwrap();
            assert_eq!((thread.lo, thread.hi), (extend(s / t), extend(s % t)));
        }
    }
}

/// what one side decodes, the other does: the whole space stands in the test `steps`; here is the case that was found.
#[test]
fn r24_bltzal_is_known_to_all() {
    let mut bench = Bench::new();
    for (rt, name) in [(0x10, I::Bltzal), (0x11, I::Bgezal)] {
        let word = 1 << 26 | 8 << 21 | rt << 16 | 4;
        assert!(Op::decode(word).instruction == name);
        assert!(bench.step(on(word, 1, 0)).is_ok() && bench.step(on(word, u64::MAX, 0)).is_ok());
        // A machine without it would not link.
        assert!(bench.notices(on(word, 1, 0), |state| state.set_register(31, 0)));
    }
    // A machine that refuses what the contract takes, or takes what it refuses, is found out by the comparison.
    let mut machine = Mips64::new(on(0x0000_0001, 0, 0));
    assert!(machine.prove_step(&mut NoSource).is_err(), "movci is none");
}

/// every writer to memory ends a reservation of the word it writes, and no other; what writes nothing ends none.
#[test]
fn r25_every_writer_against_a_live_reservation() {
    let mut bench = Bench::new();
    let key = bench.keys[3].as_word();
    let store = |opcode: u32, offset: u64| on(opcode << 26 | 8 << 21 | 9 << 16, DATA + offset, 0x77);
    let read = |count: u64| {
        let mut state = call(sys::READ, &[fd::PREIMAGE_READ, DATA + 9, count]);
        state.preimage_key = key;
        state
    };
    // What it is, the state before it, the first words it writes.
    let mut cases: Vec<(String, State, Vec<u64>)> = Vec::new();
    for opcode in [0x28u32, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x3f] {
        for offset in [8, 11, 15] {
            cases.push((format!("store {opcode:#x} at {offset}"), store(opcode, offset), vec![DATA + 8]));
        }
    }
    cases.push(("read of a preimage".into(), read(8), vec![DATA + 8]));
    cases.push(("read of nothing".into(), read(0), vec![DATA + 8]));
    for (clock, words) in [(0, vec![DATA + 8, DATA + 16]), (1, vec![DATA + 8, DATA + 16]), (2, vec![])] {
        cases.push((format!("clock {clock}"), call(sys::CLOCK_GETTIME, &[clock, DATA + 8]), words));
    }
    for count in [0, 1, 8] {
        let state = call(sys::GETRANDOM, &[DATA + 10, count]);
        cases.push((format!("{count} random bytes"), state, vec![DATA + 8]));
    }
    // These write nothing.
    for opcode in [0x20u32, 0x23, 0x37, 0x22, 0x26, 0x1a, 0x1b] {
        cases.push((format!("load {opcode:#x}"), store(opcode, 8), vec![]));
    }
    for (name, number, arguments) in [
        ("write of a key", sys::WRITE, [fd::PREIMAGE_WRITE, DATA + 8, 8]),
        ("hint", sys::WRITE, [fd::HINT_WRITE, DATA + 8, 3]),
        ("output", sys::WRITE, [fd::STDOUT, DATA + 8, 8]),
        ("read of a hint", sys::READ, [fd::HINT_READ, DATA + 8, 8]),
        ("futex", sys::FUTEX, [DATA + 8, 128, 0]),
        ("yield", sys::SCHED_YIELD, [0; 3]),
        ("mmap", sys::MMAP, [0, 4096, 0]),
        ("exit", sys::EXIT, [0; 3]),
        ("clone", sys::CLONE, [abi::CLONE_FLAGS, 0, 0]),
    ] {
        cases.push((name.into(), call(number, &arguments), vec![]));
    }
    let mut cleared = 0;
    for (name, mut state, written) in cases {
        for reserved in (DATA..DATA + 32).step_by(4).chain([DATA + 9, DATA + 15, DATA + 17]) {
            for (kind, owner) in [(ReservationKind::Word, 0), (ReservationKind::Double, 7)] {
                let reservation = Reservation::new(kind, reserved, owner);
                let mut before = state.snapshot();
                before.reservation = reservation;
                let hit = written.contains(&(reserved & !7));
                let expected = if hit { Reservation::default() } else { reservation };
                let after = bench.step(before.snapshot()).unwrap();
                assert_eq!(after.reservation, expected, "{name}, {reserved:#x}");
                if hit {
                    cleared += 1;
                    assert!(bench.notices(before, |state| state.reservation = reservation), "{name}: kept");
                } else if reserved == DATA {
                    assert!(bench.notices(before, |state| state.reservation = Reservation::default()), "{name}: ended");
                }
            }
        }
    }
    assert!(cleared > 200, "{cleared}");
    // A store-conditional: success ends it and writes, failure leaves all as it was.
    for (opcode, kind) in [(0x38u32, ReservationKind::Word), (0x3c, ReservationKind::Double)] {
        for (reservation, succeeds) in [
            (Reservation::new(kind, DATA + 8, 0), true),
            (Reservation::new(kind, DATA + 8, 1), false),
            (Reservation::new(kind, DATA + 9, 0), false),
            (Reservation::new(kind, DATA, 0), false),
            (Reservation::new(ReservationKind::None, DATA + 8, 0), false),
            (
                Reservation::new(
                    if opcode == 0x38 { ReservationKind::Double } else { ReservationKind::Word },
                    DATA + 8,
                    0,
                ),
                false,
            ),
        ] {
            let mut before = store(opcode, 8);
            before.reservation = reservation;
            let root = before.memory.root();
            let mut after = bench.step(before.snapshot()).unwrap();
            assert_eq!(after.thread().unwrap().registers[9], u64::from(succeeds));
            assert_eq!(after.reservation, if succeeds { Reservation::default() } else { reservation });
            assert_eq!(after.memory.root() != root, succeeds);
            assert!(bench.notices(before, |state| state.reservation = Reservation::new(kind, 0x99, 3)));
        }
    }
    // A write to the first word of memory meets the address of no reservation: nothing changes by that.
    let after = bench.step(on(0x28 << 26 | 8 << 21 | 9 << 16, 3, 1)).unwrap();
    assert_eq!(after.reservation, Reservation::default());
}

/// What qemu does otherwise by design, each case of the list in `crates/mips64/tests/qemu.rs` by the rules and in the contract.
/// Overflow, misaligned access and registers with upper halves stand in.
#[test]
fn where_an_emulator_differs_the_contract_decides() {
    let mut bench = Bench::new();
    let to_t = |opcode: u32, offset: u32| opcode << 26 | 8 << 21 | 9 << 16 | offset;
    const KEPT: u64 = 0x1122_3344_5566_7788;
    for (word, s, t, register, expected) in [
        // Rotates are shifts: rotr, rotrv, drotr, drotr32, drotrv.
        (1 << 21 | 9 << 16 | 10 << 11 | 4 << 6 | 2, 0, 0x1234_567f, 10, 0x0123_4567),
        (special(0x06) | 1 << 6, 4, 0x1234_567f, 10, 0x0123_4567),
        (1 << 21 | 9 << 16 | 10 << 11 | 4 << 6 | 0x3a, 0, 0xff, 10, 0xf),
        (1 << 21 | 9 << 16 | 10 << 11 | 4 << 6 | 0x3e, 0, KEPT, 10, 0x0112_2334),
        (special(0x16) | 1 << 6, 4, 0xff, 10, 0xf),
        // A partial lwr keeps the upper half; a whole one extends the sign.
        (to_t(0x26, 0), DATA, KEPT, 9, 0x1122_3344_5566_7781),
        (to_t(0x26, 1), DATA, KEPT, 9, 0x1122_3344_5566_8182),
        (to_t(0x26, 2), DATA, KEPT, 9, 0x1122_3344_5581_8283),
        (to_t(0x26, 3), DATA, KEPT, 9, 0xffff_ffff_8182_8384),
        // sync copies a register; a reserved destination of a product is cleared.
        (special(0x0f), 99, 0, 10, 99),
        (special(0x19), 3, 5, 10, 0),
        (special(0x1c), 3, 5, 10, 0),
        // Counting leading bits looks at 32 of them.
        (0x1c << 26 | special(0x20), 0xffff_ffff_0000_0001, 0, 10, 31),
        (0x1c << 26 | special(0x21), 0x0000_0000_ffff_fffe, 0, 10, 31),
    ] {
        assert_eq!(bench.result(word, s, t, register), expected, "{word:#010x}");
        assert!(bench.notices(on(word, s, t), |state| state.set_register(register, !expected)), "{word:#010x}");
    }
    // Division by zero is a fault, of the half that is divided by.
    for (function, divisor, faults) in [
        (0x1a, 0, true),
        (0x1b, 0, true),
        (0x1e, 0, true),
        (0x1f, 0, true),
        (0x1a, 1 << 32, true),
        (0x1b, 1 << 32, true),
        (0x1e, 1 << 32, false),
        (0x1f, 1 << 32, false),
    ] {
        let result = bench.step(on(8 << 21 | 9 << 16 | function, 7, divisor));
        assert_eq!(result.err().as_deref(), faults.then_some("MIPS64: division by zero"), "{function:#x} {divisor:#x}");
    }
    // REGIMM codes without a meaning are branches that are never taken.
    for rt in [0x02, 0x08, 0x0c, 0x12, 0x1f] {
        let after = bench.step(on(1 << 26 | 8 << 21 | rt << 16 | 0x40, 0, 0)).unwrap();
        let thread = after.thread().unwrap();
        assert_eq!((thread.pc, thread.next_pc, thread.registers[31]), (CODE + 4, CODE + 8, 0), "{rt:#x}");
    }
}
