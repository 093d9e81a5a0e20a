//! Compiled code against the interpreter: every instruction inside a block, every number of steps, delay slots, reservations,
//! code that changes, pages that end, turns that end, copies in between. The interpreter's own tests are elsewhere.
#![allow(clippy::unwrap_used)]

mod support;

use alloy_primitives::B256;
use mips64::decode::{Encoding, Instruction as I, Operands, TABLE};
use mips64::{Engine, Mips64, Reservation, State, Thread, abi};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use support::{CODE, DATA, EDGES, Program, base, i_type, r_type};
use vm::{Machine, MapSource, NoSource, PAGE_SIZE, PreimageStop, RunStop};

/// What can be observed of a run: how it ended, the running thread, the witness.
type Outcome = (Result<RunStop, String>, Option<Thread>, Reservation, Vec<u8>);

fn outcome(machine: &mut Mips64, steps: u64, source: &mut MapSource) -> Outcome {
    let until = machine.step() + steps;
    let result = machine.run(until, source, None).map_err(|error| error.to_string());
    (result, machine.state().thread().cloned(), machine.state().reservation, machine.witness())
}

fn machine(state: State, engine: Engine) -> Mips64 {
    Mips64::new(state).with_engine(engine)
}

/// Runs both engines from the same state in these portions.
#[track_caller]
fn alike(make: &dyn Fn() -> State, portions: &[u64], label: &dyn Fn() -> String) {
    let (mut one, mut other) = (machine(make(), Engine::Eager), machine(make(), Engine::Interpreter));
    for steps in portions {
        let mut source = MapSource::default();
        let (first, second) = (outcome(&mut one, *steps, &mut source), outcome(&mut other, *steps, &mut source));
        assert_eq!(first, second, "{}", label());
        if first.0 != Ok(RunStop::Step) {
            break;
        }
    }
}

fn with_program(words: &[u32]) -> State {
    let mut state = State::new(CODE);
    state.write_memory(CODE, &words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
    state.write_memory(DATA - 64, &core::array::from_fn::<u8, 192, _>(|i| (i as u8).wrapping_mul(37) ^ 0x80));
    let thread = state.thread_mut().unwrap();
    thread.registers = core::array::from_fn(|i| 0x0101_0101_0101_0101u64.wrapping_mul(i as u64 * 5));
    (thread.hi, thread.lo) = (0x1111_2222_3333_4444, 0x5555_6666_7777_8888);
    state
}

/// Each instruction between two others, on all pairs of edge operands, with registers that are held in the host's and that
/// are not, with targets that are sources, that are register 0; and the same in the delay slot of each kind of branch.
#[test]
fn every_instruction_in_a_block() {
    let jump = base(I::J) | (CODE >> 2) as u32;
    let campaign = std::env::var_os("TRIBUNAL_CAMPAIGN").is_some();
    let mut compared = 0;
    for row in TABLE.iter().filter(|row| row.encoding != Encoding::Nothing && row.instruction != I::Syscall) {
        // Registers 4 and 8 are held, 16 and 17 are not.
        for (variant, (s, t, d)) in
            [(4, 8, 5), (16, 17, 18), (4, 17, 4), (16, 8, 8), (4, 4, 17), (0, 8, 16), (16, 0, 5), (4, 8, 0)]
                .into_iter()
                .enumerate()
        {
            let immediate = EDGES[(row.instruction as usize + 3 * variant) % EDGES.len()] as u32 & 0xffff;
            let word = base(row.instruction)
                | match row.operands {
                    Operands::ShiftAmount => t << 16 | d << 11 | (variant as u32 * 9 % 32) << 6,
                    Operands::Signed | Operands::Unsigned | Operands::Upper => s << 21 | d << 16 | immediate,
                    Operands::Load | Operands::Store => s << 21 | t << 16 | (variant as u32 * 3),
                    Operands::BranchPair => s << 21 | t << 16 | 2,
                    Operands::Branch | Operands::BranchLink => s << 21 | 2,
                    Operands::Jump | Operands::JumpLink => (CODE as u32 >> 2) + 4,
                    Operands::JumpRegister | Operands::JumpRegisterLink => s << 21 | d << 11,
                    _ => s << 21 | t << 16 | d << 11,
                };
            let memory = matches!(row.operands, Operands::Load | Operands::Store);
            let register = matches!(row.operands, Operands::JumpRegister | Operands::JumpRegisterLink);
            let step = i_type(I::Daddiu, 19, 19, 1);
            // Alone; behind a branch that is taken; behind one that looks at what the instruction writes.
            let programs = [
                vec![step, word, step, step, jump, 0],
                vec![step, base(I::Beq) | 2, word, step, jump, step],
                vec![step, base(I::Bgez) | d << 21 | 2, word, step, jump, step],
                vec![step, base(I::Jalr) | 20 << 21 | d << 11, word, step, jump, step],
            ];
            for (kind, words) in programs.iter().enumerate() {
                for &a in &EDGES {
                    for &b in &EDGES {
                        let a = if memory { DATA + (a & 15) } else { a };
                        let a = if register { CODE + 4 * (a & 3) + u64::from(a == 31) } else { a };
                        let make = || {
                            let mut state = with_program(words);
                            state.set_register(t as usize, b);
                            state.set_register(s as usize, a);
                            state.set_register(20, CODE + 12);
                            state
                        };
                        // All of them take minutes; the operands matter most in the first program.
                        compared += 1;
                        if !campaign && (compared + variant) % if kind == 0 { 9 } else { 61 } != 0 {
                            continue;
                        }
                        let label = || format!("{} {s} {t} {d} of {a:#x}, {b:#x}, program {kind}", row.name);
                        alike(&make, &[7], &label);
                    }
                }
            }
        }
    }
    assert!(compared > 100_000);
}

/// A function that is hard on a block: memory by several registers, loops, calls, branches both ways.
fn busy_program(rng: &mut SmallRng) -> Vec<u32> {
    let mut words = Vec::new();
    let pick = |rng: &mut SmallRng, values: &[u32]| values[rng.random_range(0..values.len())];
    let length = rng.random_range(20..200);
    while words.len() < length {
        let (s, t, d) = (rng.random_range(1..16), rng.random_range(1..16), rng.random_range(1..16));
        let pointer = pick(rng, &[16, 16, 17, 18, 19, 29]);
        let aligned = rng.random_range(-16..16i32) * 8;
        let offset = (aligned + if rng.random_range(0..12) == 0 { rng.random_range(0..8) } else { 0 }) as u16;
        match rng.random_range(0..100) {
            0..30 => {
                let row = [
                    I::Daddu,
                    I::Xor,
                    I::Or,
                    I::And,
                    I::Nor,
                    I::Addu,
                    I::Subu,
                    I::Dsubu,
                    I::Sltu,
                    I::Slt,
                    I::Movz,
                    I::Movn,
                ];
                words.push(r_type(row[rng.random_range(0..row.len())], s, t, d, 0));
            }
            30..40 => {
                let row = [I::Dsll, I::Dsrl, I::Dsra, I::Dsll32, I::Dsrl32, I::Sll, I::Srl, I::Sra];
                words.push(r_type(row[rng.random_range(0..row.len())], 0, t, d, rng.random_range(0..32)));
            }
            40..50 => {
                let row = [I::Daddiu, I::Addiu, I::Andi, I::Ori, I::Xori, I::Sltiu, I::Slti, I::Lui];
                words.push(i_type(row[rng.random_range(0..row.len())], s, d, rng.random()));
            }
            50..66 => {
                let row = [I::Ld, I::Ld, I::Lw, I::Lwu, I::Lh, I::Lhu, I::Lb, I::Lbu, I::Ldl, I::Ldr, I::Lwl, I::Lwr];
                words.push(i_type(row[rng.random_range(0..row.len())], pointer, d, offset));
            }
            66..80 => {
                let row = [I::Sd, I::Sd, I::Sw, I::Sh, I::Sb, I::Sdl, I::Sdr, I::Swl, I::Swr];
                words.push(i_type(row[rng.random_range(0..row.len())], pointer, t, offset));
            }
            80..83 => {
                let row = [I::Dmultu, I::Mult, I::Multu, I::Dmult];
                words.push(r_type(row[rng.random_range(0..row.len())], s, t, 0, 0));
                words.push(r_type(if rng.random() { I::Mflo } else { I::Mfhi }, 0, 0, d, 0));
            }
            83..85 => words.push(i_type(I::Daddiu, pointer, pointer, pick(rng, &[8, 0xfff8, 16, 4, 0xfffc]) as u16)),
            85..87 => words.push(r_type([I::Div, I::Divu, I::Ddiv, I::Ddivu][rng.random_range(0..4)], s, t, 0, 0)),
            87..89 => {
                words.push(i_type(if rng.random() { I::Lld } else { I::Ll }, pointer, d, aligned as u16));
                if rng.random() {
                    words.push(i_type(I::Sd, pick(rng, &[16, 17]), t, offset));
                }
                words.push(i_type(if rng.random() { I::Scd } else { I::Sc }, pointer, d, aligned as u16));
            }
            _ => {
                let row = [I::Beq, I::Bne, I::Bne, I::Blez, I::Bgtz, I::Bltz, I::Bgez, I::Bgezal, I::Bltzal];
                let row = row[rng.random_range(0..row.len())];
                let target = rng.random_range(-12..16i32) as u32 & 0xffff;
                let second = if matches!(row, I::Beq | I::Bne) { t << 16 } else { 0 };
                words.push(base(row) | s << 21 | second | target);
                words.push(match rng.random_range(0..3) {
                    0 => i_type(I::Ld, pointer, s, offset),
                    1 => r_type(I::Daddu, s, t, d, 0),
                    _ => 0,
                });
            }
        }
    }
    words.extend([base(I::J) | (CODE >> 2) as u32, 0]);
    words
}

fn busy_state(seed: u64) -> State {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut state = with_program(&busy_program(&mut rng));
    for register in 1..16 {
        state.set_register(register, if rng.random() { EDGES[rng.random_range(0..EDGES.len())] } else { rng.random() });
    }
    // In the middle of a page, at its end, at the end of the address space, in the code's own page.
    let places = [DATA + 0x800, DATA + PAGE_SIZE as u64, 0, DATA + 0x2400, CODE + 0xf00];
    for register in [16, 17, 18, 19, 29] {
        let place = places[if rng.random_range(0..40) == 0 { 4 } else { rng.random_range(0..4) }];
        let skew = if rng.random_range(0..6) == 0 { rng.random_range(0..8) } else { 0 };
        state.set_register(register, place.wrapping_add(skew));
    }
    if rng.random_range(0..3) == 0 {
        state.steps_since_switch = abi::QUANTUM - rng.random_range(0..3000);
    }
    state
}

#[test]
fn busy_programs_run_alike() {
    let rounds = if std::env::var_os("TRIBUNAL_CAMPAIGN").is_some() { 30_000 } else { 300 };
    for seed in 0..rounds {
        let mut rng = SmallRng::seed_from_u64(seed ^ 0xabcd);
        let sizes = [[1, 2, 3, 5], [40, 60, 100, 7], [300, 500, 1000, 2000]][seed as usize % 3];
        let portions: Vec<u64> = (0..30).map(|_| sizes[rng.random_range(0..4)]).collect();
        alike(&|| busy_state(seed), &portions, &|| format!("seed {seed}"));
    }
}

/// The state at every number of steps from the start, reached in one go.
#[test]
fn every_number_of_steps() {
    for seed in 1000..1006 {
        let mut plain = machine(busy_state(seed), Engine::Interpreter);
        for steps in 1..400 {
            let first = outcome(&mut plain, 1, &mut MapSource::default());
            let second = outcome(&mut machine(busy_state(seed), Engine::Eager), steps, &mut MapSource::default());
            assert_eq!(first, second, "seed {seed}, {steps} steps");
            if first.0.is_err() {
                break;
            }
        }
    }
}

/// Copies of a running machine go on as it does, and take its compiled code over when it is gone.
#[test]
fn copies_in_the_middle() {
    for seed in 2000..2030 {
        let mut plain = machine(busy_state(seed), Engine::Interpreter);
        let mut eager = machine(busy_state(seed), Engine::Eager);
        let mut copies = Vec::new();
        let mut failed = false;
        for _ in 0..6 {
            copies.push((plain.snapshot(), eager.snapshot()));
            let ends = (
                outcome(&mut plain, 700, &mut MapSource::default()),
                outcome(&mut eager, 700, &mut MapSource::default()),
            );
            assert_eq!(ends.0, ends.1, "seed {seed}");
            failed = ends.0.0.is_err();
            if failed {
                break;
            }
        }
        if !failed {
            drop(eager);
        }
        for (mut plain, mut eager) in copies.into_iter().rev() {
            let ends = (
                outcome(&mut plain, 900, &mut MapSource::default()),
                outcome(&mut eager, 900, &mut MapSource::default()),
            );
            assert_eq!(ends.0, ends.1, "seed {seed}");
        }
    }
}

/// A loop whose body is replaced while it runs, by itself and from outside; linked blocks in other pages see it.
#[test]
fn changed_code_is_executed() {
    let other = CODE + PAGE_SIZE as u64;
    let mut program = Program::default();
    // The loop calls a function in the next page and stores register 11 over the function's first instruction each round.
    program.constant(9, other).constant(16, 40);
    program.constant(11, u64::from(i_type(I::Daddiu, 10, 10, 1)));
    let start = program.words.len() as u32;
    program.push(base(I::Jal) | (other >> 2) as u32).push(0);
    program.push(i_type(I::Sw, 9, 11, 0)).push(i_type(I::Addiu, 11, 11, 1)).push(i_type(I::Daddiu, 16, 16, 0xffff));
    let back = start.wrapping_sub(program.words.len() as u32 + 1) & 0xffff;
    program.push(base(I::Bne) | 16 << 21 | back).push(0).call(abi::sys::EXIT_GROUP, &[0]);
    let make = || {
        let mut state = State::new(CODE);
        state.write_memory(CODE, &program.bytes());
        let function = [i_type(I::Daddiu, 10, 10, 100), base(I::Jr) | 31 << 21, 0];
        state.write_memory(other, &function.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
        state
    };
    let mut eager = machine(make(), Engine::Eager);
    assert_eq!(eager.run(u64::MAX, &mut NoSource, None).unwrap(), RunStop::Exited);
    assert_eq!(eager.state().thread().unwrap().registers[10], 100 + (1..40).sum::<u64>());
    alike(&make, &[3, 50, 20, 1000], &|| "replaced".to_owned());
    // From outside, between two runs.
    let mut eager = machine(make(), Engine::Eager);
    eager.run(40, &mut NoSource, None).unwrap();
    let mut plain = machine(eager.snapshot().into_state(), Engine::Interpreter);
    for machine in [&mut eager, &mut plain] {
        machine.edit(|state| state.write_memory(other + 8, &i_type(I::Daddiu, 10, 10, 1000).to_be_bytes()));
    }
    let ends =
        (outcome(&mut plain, 5000, &mut MapSource::default()), outcome(&mut eager, 5000, &mut MapSource::default()));
    assert_eq!(ends.0, ends.1);
    assert!(eager.state().thread().unwrap().registers[10] > 30_000);
}

/// A hostile guest: runs through memory that was never written, and changes its code at every turn.
#[test]
fn much_code_and_little_sense() {
    // Zeros are instructions that do nothing: straight on, through more pages than are kept.
    let make = || {
        let mut state = State::new(0x5000_0000);
        state.steps_since_switch = 7;
        state
    };
    let (mut one, mut other) = (machine(make(), Engine::Eager), machine(make(), Engine::Interpreter));
    let ends = (
        outcome(&mut one, 10_000_000, &mut MapSource::default()),
        outcome(&mut other, 10_000_000, &mut MapSource::default()),
    );
    assert_eq!(ends.0, ends.1);

    // A page that is data and code at once: after some changes, it is the interpreter's.
    let mut program = Program::default();
    program.constant(9, CODE + 0xff8).constant(16, 30_000);
    let start = program.words.len() as u32;
    program.push(i_type(I::Sd, 9, 16, 0)).push(i_type(I::Ld, 9, 10, 0)).push(i_type(I::Daddiu, 16, 16, 0xffff));
    let back = start.wrapping_sub(program.words.len() as u32 + 1) & 0xffff;
    program.push(base(I::Bne) | 16 << 21 | back).push(r_type(I::Daddu, 11, 10, 11, 0)).call(abi::sys::EXIT_GROUP, &[3]);
    let make = || with_program(&program.words);
    alike(&make, &[100, 1000, 10_000, 200_000], &|| "data in code".to_owned());
}

/// Every jump finds its own target, also when there are more of them than the table of targets holds.
#[test]
fn many_jump_targets() {
    let functions = 6000u64;
    let mut code = Vec::new();
    for number in 0..functions {
        code.extend([
            i_type(I::Daddiu, 10, 10, number as u16 & 0xff),
            base(I::Jr) | 31 << 21,
            i_type(I::Xori, 10, 10, 3),
        ]);
    }
    let place = CODE + 0x10_0000;
    let mut program = Program::default();
    program.constant(16, functions * 3).constant(9, place).constant(8, place + functions * 12);
    let start = program.words.len() as u32;
    program.push(base(I::Jalr) | 9 << 21 | 31 << 11).push(0);
    program
        .push(i_type(I::Daddiu, 9, 9, 12))
        .push(r_type(I::Sltu, 9, 8, 12, 0))
        .push(base(I::Bne) | 12 << 21 | 3)
        .push(0);
    program.constant(9, place);
    let end = program.words.len();
    program.words[end - 8] = base(I::Bne) | 12 << 21 | 7;
    program.push(i_type(I::Daddiu, 16, 16, 0xffff));
    let back = start.wrapping_sub(program.words.len() as u32 + 1) & 0xffff;
    program.push(base(I::Bne) | 16 << 21 | back).push(0).call(abi::sys::EXIT_GROUP, &[0]);
    let make = || {
        let mut state = State::new(CODE);
        state.write_memory(CODE, &program.bytes());
        state.write_memory(place, &code.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
        state
    };
    alike(&make, &[100_000, 300_000], &|| "targets".to_owned());
}

/// Preimages read 8 bytes a call by compiled code: the same bytes, offsets, stops and faults.
#[test]
fn preimages() {
    let key = B256::left_padding_from(&[2, 9]);
    let value: Vec<u8> = (0..1003u32).map(|i| (i * 7) as u8).collect();
    let source = || {
        let mut source = MapSource::default();
        source.preimages.insert(key, value.clone().into());
        source
    };
    let program = |offset: u64, count: u64| {
        let mut program = Program::default();
        program.constant(5, DATA + offset).constant(16, 130);
        program.push(i_type(I::Ori, 0, 4, 5)).push(i_type(I::Ori, 0, 6, count as u16));
        let start = program.words.len() as u32;
        program.push(i_type(I::Ori, 0, 2, 5000)).push(base(I::Syscall)).push(r_type(I::Daddu, 5, 2, 5, 0));
        program.push(i_type(I::Daddiu, 16, 16, 0xffff));
        let back = start.wrapping_sub(program.words.len() as u32 + 1) & 0xffff;
        program.push(base(I::Bne) | 16 << 21 | back).push(0).call(abi::sys::EXIT_GROUP, &[0]);
        let mut state = with_program(&program.words);
        state.preimage_key = key;
        state
    };
    for (offset, count) in [(0, 8), (0, 100), (3, 8), (0, 7), (0xfe0, 9), (8, 0)] {
        for steps in [60, 61, 62, 63, 700, 5000] {
            let (mut one, mut other) =
                (machine(program(offset, count), Engine::Eager), machine(program(offset, count), Engine::Interpreter));
            for _ in 0..2 {
                let ends = (outcome(&mut one, steps, &mut source()), outcome(&mut other, steps, &mut source()));
                assert_eq!(ends.0, ends.1, "{offset} {count} {steps}");
            }
        }
    }
    // A stop in the middle, and the read that a proven step made.
    let mut eager = machine(program(0, 8), Engine::Eager);
    eager.run(100, &mut source(), None).unwrap();
    let stop = PreimageStop::parse_key(&format!("{key}@808")).unwrap();
    assert_eq!(eager.run(u64::MAX, &mut source(), Some(&stop)).unwrap(), RunStop::Preimage);
    let at = eager.state().preimage_offset;
    assert_eq!(at, 816);
    let read = loop {
        if let Some(read) = eager.prove_step(&mut source()).unwrap().preimage {
            break read;
        }
    };
    assert_eq!((read.offset, read.key), (at, key));
}

/// The checks above can fail: a machine with one wrong instruction is not alike.
#[test]
fn a_difference_is_seen() {
    let mut right = machine(busy_state(3), Engine::Eager);
    let mut wrong = machine(busy_state(3), Engine::Interpreter);
    wrong.edit(|state| state.write_memory(CODE + 8, &i_type(I::Daddiu, 19, 19, 1).to_be_bytes()));
    assert_ne!(outcome(&mut right, 3, &mut MapSource::default()), outcome(&mut wrong, 3, &mut MapSource::default()));
}
