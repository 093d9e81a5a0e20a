//! Random states around one instruction: edge operands, addresses that hit words which matter, one to three threads on
//! either side, reservations, clocks and turns about to end.

use mips64::abi::{CLONE_FLAGS, EFD_NONBLOCK, HEAP_END, HEAP_START, QUANTUM, sys};
use mips64::decode::{Encoding, Instruction, Operands, TABLE};
use mips64::{Reservation, ReservationKind, State, Thread};
use preimage::PreimageKey;
use rand::Rng;
use rand::rngs::SmallRng;

/// Where most states have their data.
pub const DATA: u64 = 0x20_0000;

/// Values at which arithmetic changes its mind.
pub const EDGES: [u64; 20] = [
    0,
    1,
    2,
    7,
    8,
    31,
    63,
    0x7f,
    0x80,
    0x7fff,
    0x8000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x0123_4567_89ab_cdef,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_8000_0000,
    u64::MAX,
];

/// One of some values.
pub fn pick<T: Copy>(rng: &mut SmallRng, values: &[T]) -> T {
    values[rng.random_range(0..values.len())]
}

/// An operand: an edge, an address of the data, or anything.
fn operand(rng: &mut SmallRng) -> u64 {
    match rng.random_range(0..8) {
        0..4 => pick(rng, &EDGES),
        4..6 => DATA + rng.random_range(0..64),
        6 => rng.random::<u32>() as i32 as u64,
        _ => rng.random(),
    }
}

/// An encoding of an instruction with random fields; reserved ones too.
pub fn encode(rng: &mut SmallRng, instruction: Instruction) -> u32 {
    let any: u32 = rng.random();
    match TABLE[instruction as usize].encoding {
        Encoding::Major(code) => u32::from(code) << 26 | any & 0x03ff_ffff,
        Encoding::Special(code) => u32::from(code) | any & 0x03ff_ffc0,
        Encoding::Special2(code) => 0x1c << 26 | u32::from(code) | any & 0x03ff_ffc0,
        Encoding::Regimm(code) => 1 << 26 | u32::from(code) << 16 | any & 0x03e0_ffff,
        Encoding::OtherRegimm => 1 << 26 | pick(rng, &[2, 3, 8, 14, 18, 19, 31]) << 16 | any & 0x03e0_ffff,
        Encoding::Nothing => panic!("no encoding"),
    }
}

/// A state whose next instruction is `word`. Most such states execute it; some give the turn away, remove a thread, stand in
/// a delay slot or have exited.
pub fn random(rng: &mut SmallRng, word: u32, keys: &[PreimageKey]) -> State {
    let pc = match rng.random_range(0..16) {
        0 => rng.random::<u64>() & !3,
        1 => pick(rng, &[0, u64::MAX - 3, DATA, DATA + 12, 0x0fff_fffc, 0x1_0fff_fffc]),
        _ => 0x12_0000 + 4 * rng.random_range(0..64),
    };
    let mut state = State::new(pc);
    let mut data = [0; 256];
    rng.fill(&mut data[..]);
    state.write_memory(DATA - 96, &data);
    state.write_memory((pc & !31).wrapping_sub(32), &data[..96]);

    let mut threads: Vec<Thread> = (0..rng.random_range(1..=3)).map(|_| thread(rng)).collect();
    let mut running = threads.pop().expect("there is at least one");
    running.exited = rng.random_range(0..40) == 0;
    (running.pc, running.next_pc) = (pc, pc.wrapping_add(4));
    if rng.random_range(0..12) == 0 {
        let any: u64 = rng.random();
        running.next_pc = pick(rng, &[pc, pc.wrapping_add(8), pc ^ 2, any, any & !3]);
    }
    aim(rng, word, &mut running, &mut state);
    state.next_thread_id = pick(rng, &[1, 3, 17, u64::MAX]);
    state.left.clear();
    for thread in threads {
        if rng.random() { state.left.push(thread) } else { state.right.push(thread) }
    }
    state.traverse_right = rng.random();
    if state.traverse_right {
        state.right.push(running)
    } else {
        state.left.push(running)
    }

    let any = rng.random::<u64>() >> 1;
    state.step = pick(rng, &[0, 1, 9_999_999, 10_000_000, 123_456_789, 1 << 40, u64::MAX - 1, any]);
    state.steps_since_switch = match rng.random_range(0..40) {
        0 => QUANTUM,
        1 => pick(rng, &[QUANTUM + 1, u64::MAX]),
        2..10 => pick(rng, &[0, 1, QUANTUM - 1]),
        _ => rng.random_range(0..QUANTUM),
    };
    state.heap = pick(rng, &[HEAP_START, HEAP_END - 4096, HEAP_END - 4095, HEAP_END, u64::MAX - 100, 0x1234_5678_9000]);
    state.exited = rng.random_range(0..60) == 0;
    state.exit_code = if rng.random() { 0 } else { rng.random() };
    state.preimage_key = match keys {
        [] => rng.random::<[u8; 32]>().into(),
        keys => pick(rng, keys).as_word(),
    };
    let any = rng.random_range(0..48);
    state.preimage_offset = pick(rng, &[any, any, any, any, any, any, 48, u64::MAX]);
    state
}

fn thread(rng: &mut SmallRng) -> Thread {
    let mut registers = core::array::from_fn(|_| operand(rng));
    registers[0] = 0;
    Thread {
        id: rng.random_range(0..4),
        exit_code: rng.random(),
        exited: rng.random_range(0..8) == 0,
        pc: rng.random(),
        next_pc: rng.random(),
        lo: operand(rng),
        hi: operand(rng),
        registers,
    }
}

/// Lets memory instructions hit the data in most cases, and reservations fit to them.
fn aim(rng: &mut SmallRng, word: u32, thread: &mut Thread, state: &mut State) {
    let base = (word >> 21 & 31) as usize;
    let row = TABLE[mips64::decode::Op::decode(word).instruction as usize];
    if base != 0 && matches!(row.operands, Operands::Load | Operands::Store) && rng.random_range(0..8) != 0 {
        thread.registers[base] = (DATA + rng.random_range(0..64)).wrapping_sub(word as i16 as u64);
    }
    let address = thread.registers[base].wrapping_add(word as i16 as u64);
    // Where an access goes that does not hit the data, there is something to be found too.
    state.write_memory((address & !31).wrapping_sub(16), &rng.random::<[u8; 32]>());
    state.reservation = Reservation {
        kind: pick(rng, &[ReservationKind::None, ReservationKind::Word, ReservationKind::Double]),
        address: pick(rng, &[address, address, address & !7, address ^ 1, DATA, 0]),
        owner: if rng.random_range(0..4) == 0 { 7 } else { thread.id },
    };
    // The word at the program counter may have been hit.
    state.write_memory(thread.pc, &word.to_be_bytes());
}

/// Calls that do something, by number.
pub const EFFECTIVE_CALLS: [u64; 17] = [
    sys::READ,
    sys::WRITE,
    sys::OPEN,
    sys::MMAP,
    sys::BRK,
    sys::SCHED_YIELD,
    sys::NANOSLEEP,
    sys::GETPID,
    sys::CLONE,
    sys::EXIT,
    sys::FCNTL,
    sys::GETTID,
    sys::FUTEX,
    sys::EXIT_GROUP,
    sys::CLOCK_GETTIME,
    sys::EVENTFD2,
    sys::GETRANDOM,
];

/// Numbers that are no call's.
pub const UNKNOWN_CALLS: [u64; 8] = [0, 4004, 5018, 5211, 5999, 6000, 1 << 32 | sys::READ, u64::MAX];

/// Gives the running thread a call to make, with arguments that mean something to it.
pub fn set_call(rng: &mut SmallRng, state: &mut State, number: u64) {
    let address = DATA + rng.random_range(0..40);
    let small = rng.random_range(0..12);
    let other = operand(rng);
    let first = [0, 1, 2, 3, 4, 5, 5, 5, 6, 6, 7, 100, CLONE_FLAGS, CLONE_FLAGS, CLONE_FLAGS | 1, address, other];
    let second =
        [0, 1, 3, 128, 129, EFD_NONBLOCK, EFD_NONBLOCK | 8, 4095, 4096, 4097, address, address, address, other];
    let mut found = [0; 4];
    state.memory.read(address & !3, &mut found);
    let third = [small, small, small, u64::from(u32::from_be_bytes(found)), 1 << 40, other];
    let mut arguments = [pick(rng, &first), pick(rng, &second), pick(rng, &third)];
    if number == 5000 && rng.random() {
        arguments[0] = 5;
    }
    match number {
        // Reads, writes and clocks that reach memory; waits for the value that is there, or not.
        5000 | 5001 | 5222 if rng.random_range(0..8) != 0 => arguments[1] = address,
        5194 if rng.random_range(0..4) != 0 => {
            arguments[..2].copy_from_slice(&[address, pick(rng, &[128, 128, 128, 129])]);
            arguments[2] = pick(rng, &[third[3], third[3] | 7 << 32, other]);
        }
        5313 if rng.random_range(0..4) != 0 => arguments[..2].copy_from_slice(&[address, small]),
        _ => {}
    }
    if rng.random_range(0..4) == 0 {
        state.reservation.address = arguments[rng.random_range(0..2)].wrapping_add(pick(rng, &[0, 1, 8]));
    }
    state.set_register(2, number);
    for (register, argument) in (4..).zip(arguments) {
        state.set_register(register, argument);
    }
}
