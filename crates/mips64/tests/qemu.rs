//! A third opinion: `qemu-mips64` executes the same static executables, and must write the same results.
//!
//! Each program runs every instruction of one kind on operands with sharp edges and stores what it leaves behind: result,
//! HI, LO, whether a branch was taken. The programs end with `write(1, results)` and `exit_group(0)`, so they need nothing of
//! either side but the instructions in question.
//!
//! Left out, because qemu differs by design, and tested against the rules in `differs_from_qemu_by_design` instead:
//! overflow traps of add, addi, sub, dadd, daddi, dsub; division by zero; misaligned access of aligned loads and stores;
//! the upper half of a register after a partial lwr; rotates, which are shifts here; 32-bit operations on registers that hold
//! no sign-extended 32-bit value, which MIPS leaves undefined; `sync` with registers; REGIMM codes without meaning.
#![allow(clippy::unwrap_used)]

mod support;

use mips64::decode::{Instruction as I, Operands, TABLE};
use mips64::{Engine, Mips64, State, abi};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::process::Command;
use support::{CODE, DATA, EDGES, Program, base, elf, i_type, r_type};
use vm::{ElfImage, Machine, MapSource};

/// Results begin here, behind the operands.
const RESULTS: u64 = DATA + 0x1000;

/// Registers of the programs: operands, result, base of the data, next place for results.
const S: u32 = 8;
const T: u32 = 9;
const D: u32 = 10;
const BASE: u32 = 16;
const OUT: u32 = 17;

/// Operands whose upper half repeats bit 31, for instructions on 32 bits.
fn words() -> impl Iterator<Item = u64> + Clone {
    let values = EDGES.into_iter().chain([0x5555_5555, 0xaaaa_aaaa, 0x1234_5678, 0xfedc_ba98, 0x8000_0001]);
    values.filter(|value| *value <= u64::from(u32::MAX)).map(|value| value as i32 as u64)
}

/// All operands, for instructions on 64 bits.
fn doubles() -> impl Iterator<Item = u64> + Clone {
    EDGES.into_iter().chain([0x5555_5555_5555_5555, 0xfedc_ba98_7654_3210])
}

/// Random operand sets of each instruction, beside those with sharp edges: `TRIBUNAL_QEMU_OPERANDS`, 100 without it. A
/// campaign takes 10,000.
fn random_sets() -> usize {
    std::env::var("TRIBUNAL_QEMU_OPERANDS").ok().and_then(|sets| sets.parse().ok()).unwrap_or(100)
}

/// Random operands of an instruction that qemu treats as the machine does; those on 32 bits get sign-extended values.
fn random_pairs(instruction: I, narrow: bool) -> Vec<(u64, u64)> {
    let mut rng = SmallRng::seed_from_u64(0x9e37 ^ instruction as u64);
    let mut operand = move || {
        let any: u64 = rng.random();
        // Few bits set, few clear, small, or anything.
        let value = match rng.random_range(0..5) {
            0 => 1 << (any & 63),
            1 => !(1 << (any & 63)),
            2 => any >> (any & 63),
            _ => any,
        };
        if narrow { value as i32 as u64 } else { value }
    };
    let pairs = core::iter::repeat_with(|| (operand(), operand()));
    pairs.filter(|(s, t)| !excluded(instruction, *s, *t)).take(random_sets()).collect()
}

/// Whether qemu differs by design: a trap on overflow, where an immediate stands for `t` in those that have one; a division
/// by zero; a partial lwr.
fn excluded(instruction: I, s: u64, t: u64) -> bool {
    match instruction {
        I::Add | I::Sub | I::Dadd | I::Dsub => overflows(instruction, s, t),
        I::Addi | I::Daddi => overflows(instruction, s, t as i16 as u64),
        I::Div | I::Divu | I::Ddiv | I::Ddivu => t == 0,
        // The place stands for `s`.
        I::Lwr => s & 3 != 3,
        _ => false,
    }
}

/// Programs under construction: a new one is begun when it becomes long.
struct Suite {
    program: Program,
    results: u64,
    programs: Vec<Program>,
}

impl Suite {
    fn new() -> Self {
        Self { program: start(), results: 0, programs: Vec::new() }
    }

    /// Stores registers as results.
    fn store(&mut self, registers: &[u32]) {
        for register in registers {
            self.program.push(i_type(I::Sd, OUT, *register, 0)).push(i_type(I::Daddiu, OUT, OUT, 8));
            self.results += 8;
        }
        if self.program.words.len() > 30_000 {
            self.end_program();
        }
    }

    fn end_program(&mut self) {
        let program = core::mem::replace(&mut self.program, start());
        self.programs.push(end(program, core::mem::take(&mut self.results)));
    }

    fn operands(&mut self, s: u64, t: u64) {
        self.program.constant(S, s).constant(T, t);
    }
}

fn start() -> Program {
    let mut program = Program::default();
    program.constant(BASE, DATA).constant(OUT, RESULTS);
    program
}

fn end(mut program: Program, results: u64) -> Program {
    program.call(abi::sys::WRITE, &[abi::fd::STDOUT, RESULTS, results]).call(abi::sys::EXIT_GROUP, &[0]);
    program
}

fn data() -> Vec<u8> {
    let mut data: Vec<u8> =
        (0..0x1000u32).map(|i| (i.wrapping_mul(0x9d) >> 2 ^ i) as u8 | (i as u8 & 1) << 7).collect();
    data.resize(0x8_0000, 0);
    data
}

fn alu(suite: &mut Suite) {
    for row in TABLE {
        let narrow = row.name.starts_with(['a', 's', 'm', 'c'])
            && !matches!(
                row.instruction,
                I::And
                    | I::Andi
                    | I::Slt
                    | I::Sltu
                    | I::Slti
                    | I::Sltiu
                    | I::Movz
                    | I::Movn
                    | I::Mfhi
                    | I::Mflo
                    | I::Mthi
                    | I::Mtlo
            )
            || matches!(row.instruction, I::Div | I::Divu);
        let operands: Vec<u64> = if narrow { words().collect() } else { doubles().collect() };
        let random = random_pairs(row.instruction, narrow);
        let pairs = operands.iter().flat_map(|s| operands.iter().map(move |t| (*s, *t))).chain(random.iter().copied());
        let singles = operands.iter().copied().chain(random.iter().map(|(s, _)| *s));
        match row.operands {
            _ if matches!(row.instruction, I::Sync) => {}
            Operands::Three | Operands::ShiftRegister => {
                for (s, t) in pairs.filter(|(s, t)| !excluded(row.instruction, *s, *t)) {
                    suite.operands(s, t);
                    suite.program.constant(D, 0x7777);
                    suite.program.push(r_type(row.instruction, S, T, D, 0));
                    suite.store(&[D]);
                }
            }
            Operands::Two => {
                for s in singles {
                    suite.operands(s, 0);
                    // The encoding repeats the destination where MIPS asks for it.
                    suite.program.push(r_type(row.instruction, S, D, D, 0));
                    suite.store(&[D]);
                }
            }
            Operands::ShiftAmount => {
                let edges = operands.iter().flat_map(|t| [0, 1, 7, 8, 15, 16, 30, 31].map(|sa| (*t, sa)));
                for (t, sa) in edges.chain(random.iter().map(|(t, sa)| (*t, *sa as u32 & 31))) {
                    suite.operands(0, t);
                    suite.program.push(r_type(row.instruction, 0, T, D, sa));
                    suite.store(&[D]);
                }
            }
            Operands::Pair => {
                for (s, t) in pairs.filter(|(s, t)| !excluded(row.instruction, *s, *t)) {
                    suite.operands(s, t);
                    suite.program.push(r_type(row.instruction, S, T, 0, 0));
                    suite.program.push(r_type(I::Mfhi, 0, 0, D, 0)).push(r_type(I::Mflo, 0, 0, 11, 0));
                    suite.store(&[D, 11]);
                }
            }
            Operands::Source => {
                for s in singles {
                    suite.operands(s, 0);
                    suite.program.push(r_type(row.instruction, S, 0, 0, 0));
                    suite.program.push(r_type(I::Mfhi, 0, 0, D, 0)).push(r_type(I::Mflo, 0, 0, 11, 0));
                    suite.store(&[D, 11]);
                }
            }
            Operands::Signed | Operands::Unsigned | Operands::Upper => {
                let immediates = [0u16, 1, 0x7f, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff];
                let edges = operands.iter().flat_map(|s| immediates.map(|immediate| (*s, immediate)));
                for (s, immediate) in edges.chain(random.iter().map(|(s, immediate)| (*s, *immediate as u16))) {
                    if excluded(row.instruction, s, immediate.into()) {
                        continue;
                    }
                    suite.operands(if row.instruction == I::Lui { 0 } else { s }, 0);
                    let rs = if row.instruction == I::Lui { 0 } else { S };
                    suite.program.push(i_type(row.instruction, rs, D, immediate));
                    suite.store(&[D]);
                }
            }
            _ => {}
        }
    }
}

/// Whether a trapping instruction would trap.
fn overflows(instruction: I, s: u64, t: u64) -> bool {
    let (s, t, narrow) = match instruction {
        I::Add | I::Addi | I::Sub => (i128::from(s as i32), i128::from(t as i32), true),
        _ => (i128::from(s as i64), i128::from(t as i64), false),
    };
    let result = if matches!(instruction, I::Sub | I::Dsub) { s - t } else { s + t };
    if narrow { i32::try_from(result).is_err() } else { i64::try_from(result).is_err() }
}

fn memory(suite: &mut Suite) {
    let conditional = [I::Sc, I::Scd];
    for row in TABLE.iter().filter(|row| matches!(row.operands, Operands::Load | Operands::Store)) {
        let width = match row.instruction {
            I::Lh | I::Lhu | I::Sh => 2,
            I::Lw | I::Lwu | I::Sw | I::Ll | I::Sc => 4,
            I::Ld | I::Sd | I::Lld | I::Scd => 8,
            _ => 1,
        };
        // A sign-extended register, as partial 32-bit loads require.
        let edges = (0..48).step_by(width).flat_map(|offset| [0xffff_ffff_89ab_cdef, 0x0123_4567].map(|t| (offset, t)));
        let random = random_pairs(row.instruction, true).into_iter();
        let random = random.map(|(offset, t)| (offset as usize % 0xff0 / width * width, t));
        for (offset, t) in edges.chain(random) {
            if excluded(row.instruction, offset as u64, t) {
                continue;
            }
            suite.operands(0, t);
            if conditional.contains(&row.instruction) {
                let link = if row.instruction == I::Sc { I::Ll } else { I::Lld };
                suite.program.push(i_type(link, BASE, D, offset as u16));
                suite.store(&[D]);
            }
            suite.program.push(i_type(row.instruction, BASE, T, offset as u16));
            // What was read or written, and what memory holds around it.
            suite.program.push(i_type(I::Ld, BASE, D, offset as u16 & !7));
            suite.store(&[T, D]);
        }
    }
    // Without a reservation, a conditional store fails and memory stays.
    for (instruction, link) in [(I::Sc, I::Ll), (I::Scd, I::Lld)] {
        suite.operands(0, 0x1111);
        suite.program.push(i_type(link, BASE, D, 64)).push(i_type(instruction, BASE, T, 64));
        suite.operands(0, 0x2222);
        suite.program.push(i_type(instruction, BASE, T, 64)).push(i_type(I::Ld, BASE, D, 64));
        suite.store(&[T, D]);
    }
}

fn branches(suite: &mut Suite) {
    for row in TABLE {
        let pair = match row.operands {
            Operands::BranchPair => true,
            Operands::Branch | Operands::BranchLink if row.instruction != I::BranchNever => false,
            _ => continue,
        };
        let others: Vec<u64> = if pair { doubles().collect() } else { vec![0] };
        let random = random_pairs(row.instruction, false).into_iter();
        // Equal ones would be too rare.
        let random = random.map(|(s, t)| if pair && t % 4 == 0 { (s, s) } else { (s, t) });
        for (s, t) in doubles().flat_map(|s| others.iter().map(move |t| (s, *t))).chain(random) {
            suite.operands(s, t);
            let t = if pair { T << 16 } else { 0 };
            // Taken: only the delay slot counts. Not taken: both.
            suite.program.push(i_type(I::Ori, 0, D, 0)).push(i_type(I::Ori, 0, 31, 7));
            suite.program.push(base(row.instruction) | S << 21 | t | 2);
            suite.program.push(i_type(I::Ori, D, D, 1)).push(i_type(I::Ori, D, D, 2));
            suite.store(&[D, 31]);
        }
    }
    // Jumps: over some instructions, with and without link.
    for (instruction, link) in [(I::J, 31), (I::Jal, 31), (I::Jr, 31), (I::Jalr, 31), (I::Jalr, 12)] {
        for over in core::iter::once(1).chain(random_pairs(instruction, false).iter().map(|(s, _)| s % 12)) {
            suite.program.push(i_type(I::Ori, 0, D, 0)).push(i_type(I::Ori, 0, 31, 7)).push(i_type(I::Ori, 0, 12, 7));
            let target = |program: &Program, ahead: u64| CODE + 4 * (program.words.len() as u64 + ahead);
            match instruction {
                I::J | I::Jal => {
                    let to = target(&suite.program, 2 + over);
                    suite.program.push(base(instruction) | (to >> 2) as u32 & 0x03ff_ffff);
                }
                _ => {
                    let to = target(&suite.program, 6 + 2 + over);
                    suite.program.constant(S, to);
                    let rd = if instruction == I::Jr { 0 } else { link };
                    suite.program.push(r_type(instruction, S, 0, rd, 0));
                }
            }
            suite.program.push(i_type(I::Ori, D, D, 1));
            for _ in 0..over {
                suite.program.push(i_type(I::Ori, D, D, 2));
            }
            suite.store(&[D, 31, 12]);
        }
    }
}

/// The output of the interpreter, which compiled code has to repeat.
fn in_our_machine(file: &[u8]) -> Vec<u8> {
    let [interpreted, compiled] = [Engine::Interpreter, Engine::Eager].map(|engine| {
        let mut source = MapSource::default();
        let mut machine = Mips64::new(State::from_elf(&ElfImage::parse(file).unwrap()).unwrap()).with_engine(engine);
        machine.run(u64::MAX, &mut source, None).unwrap();
        assert_eq!(machine.exit_code(), Some(0));
        source.stdout
    });
    assert!(interpreted == compiled, "the compiled code writes something else");
    interpreted
}

fn in_qemu(file: &[u8]) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guest");
    std::fs::write(&path, file).unwrap();
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    std::fs::set_permissions(&path, permissions).unwrap();
    // The name in Debian's packages for user-mode emulation, big-endian, 64-bit.
    let output = Command::new("qemu-mips64").arg(&path).output().map_err(|error| error.to_string())?;
    assert!(output.status.success(), "qemu-mips64: {}", output.status);
    Ok(output.stdout)
}

fn compare(name: &str, fill: fn(&mut Suite)) {
    let mut suite = Suite::new();
    fill(&mut suite);
    suite.end_program();
    let mut compared = 0;
    for program in &suite.programs {
        let file = elf(&program.bytes(), &data());
        let ours = in_our_machine(&file);
        match in_qemu(&file) {
            Ok(theirs) => {
                let differing = ours.chunks(8).zip(theirs.chunks(8)).position(|(ours, theirs)| ours != theirs);
                assert_eq!(differing, None, "{name}: {}", context(program, differing.unwrap_or(0)));
                assert_eq!(ours.len(), theirs.len());
                compared += ours.len() / 8;
            }
            Err(error) => {
                eprintln!("SKIPPED: no comparison with qemu-mips64 (apt: qemu-user): {error}");
                return;
            }
        }
    }
    eprintln!("{name}: {compared} results, {} programs", suite.programs.len());
}

/// The instructions before the store of a result.
fn context(program: &Program, result: usize) -> String {
    let is_store = |word: &u32| *word >> 16 == base(I::Sd) >> 16 | OUT << 5 | *word >> 16 & 31 && *word & 0xffff == 0;
    let stores = program.words.iter().enumerate().filter(|(_, word)| is_store(word));
    let at = stores.map(|(at, _)| at).nth(result).unwrap_or(0);
    let lines =
        (at.saturating_sub(16)..=at).map(|i| mips64::decode::disassemble(CODE + 4 * i as u64, program.words[i]));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn arithmetic_as_in_qemu() {
    compare("arithmetic", alu);
}

#[test]
fn memory_as_in_qemu() {
    compare("memory", memory);
}

#[test]
fn branches_as_in_qemu() {
    compare("branches", branches);
}

/// Every instruction but calls and what is excluded by name occurs in some program, on as many operands as are asked for.
#[test]
fn every_instruction_is_compared() {
    let mut suite = Suite::new();
    [alu, memory, branches].iter().for_each(|fill: &fn(&mut Suite)| fill(&mut suite));
    suite.end_program();
    let mut occurs = [0; TABLE.len()];
    for word in suite.programs.iter().flat_map(|program| &program.words) {
        occurs[mips64::decode::Op::decode(*word).instruction as usize] += 1;
    }
    let rare = TABLE.iter().filter(|row| occurs[row.instruction as usize] < random_sets());
    assert_eq!(rare.map(|row| row.name).collect::<Vec<_>>(), ["syscall", "sync", "regimm", "invalid", "undecoded"]);
}

/// The comparison notices a difference: the excluded cases make one.
#[test]
fn excluded_cases_differ_in_qemu() {
    let cases: [(&str, u32); 3] = [
        ("rotr", base(I::Srl) | 1 << 21 | T << 16 | D << 11 | 4 << 6),
        ("drotr", base(I::Dsrl) | 1 << 21 | T << 16 | D << 11 | 4 << 6),
        ("lwr", i_type(I::Lwr, BASE, D, 0)),
    ];
    for (name, word) in cases {
        let mut suite = Suite::new();
        suite.operands(0, 0x7eee_0003);
        suite.program.constant(D, 0x1122_3344_5566_7788).push(word);
        suite.store(&[D]);
        suite.end_program();
        let file = elf(&suite.programs[0].bytes(), &data());
        match in_qemu(&file) {
            Ok(theirs) => assert_ne!(theirs, in_our_machine(&file), "{name}"),
            Err(error) => eprintln!("SKIPPED: no comparison with qemu-mips64 (apt: qemu-user): {error}"),
        }
    }
}

/// The excluded cases, each against the rules of the machine.
#[test]
fn differs_from_qemu_by_design() {
    let run = |word: u32, s: u64, t: u64| {
        let mut state = State::new(CODE);
        state.write_memory(CODE, &word.to_be_bytes());
        state.write_memory(DATA, &0x8182_8384_8586_8788u64.to_be_bytes());
        state.set_register(S as usize, s);
        state.set_register(T as usize, t);
        state.set_register(D as usize, 0x5555);
        let mut machine = Mips64::new(state);
        let stop = machine.run(1, &mut MapSource::default(), None);
        stop.map(|_| machine.state().thread().unwrap().clone()).map_err(|error| error.to_string())
    };
    let result = |word, s, t| run(word, s, t).unwrap().registers[D as usize];
    let rd = |instruction| r_type(instruction, S, T, D, 0);
    const MIN32: u64 = 0xffff_ffff_8000_0000;
    const MIN64: u64 = 1 << 63;
    // Overflow wraps.
    assert_eq!(result(rd(I::Add), 0x7fff_ffff, 1), MIN32);
    assert_eq!(result(rd(I::Sub), MIN32, 1), 0x7fff_ffff);
    assert_eq!(result(i_type(I::Addi, S, D, 1), 0x7fff_ffff, 0), MIN32);
    assert_eq!(result(rd(I::Dadd), MIN64 - 1, 1), MIN64);
    assert_eq!(result(rd(I::Dsub), MIN64, 1), MIN64 - 1);
    assert_eq!(result(i_type(I::Daddi, S, D, 1), MIN64 - 1, 0), MIN64);
    // Division by zero is a fault; 32-bit division looks at 32 bits.
    for instruction in [I::Div, I::Divu, I::Ddiv, I::Ddivu] {
        assert!(run(r_type(instruction, S, T, 0, 0), 7, 0).unwrap_err().contains("division by zero"));
    }
    assert!(run(r_type(I::Divu, S, T, 0, 0), 7, 1 << 32).is_err());
    assert!(run(r_type(I::Ddivu, S, T, 0, 0), 7, 1 << 32).is_ok());
    // Misaligned access drops the low bits.
    assert_eq!(result(i_type(I::Lw, S, D, 0), DATA + 7, 0), 0xffff_ffff_8586_8788);
    assert_eq!(result(i_type(I::Lhu, S, D, 0), DATA + 3, 0), 0x8384);
    assert_eq!(result(i_type(I::Ld, S, D, 0), DATA + 5, 0), 0x8182_8384_8586_8788);
    // lwr keeps the upper half unless it loads all four bytes.
    let lwr = |offset, t| run(i_type(I::Lwr, S, T, offset), DATA, t).unwrap().registers[T as usize];
    assert_eq!(lwr(0, 0x1122_3344_5566_7788), 0x1122_3344_5566_7781);
    assert_eq!(lwr(3, 0x1122_3344_5566_7788), 0xffff_ffff_8182_8384);
    // Rotates are shifts: rotr (bit 21), rotrv (bit 6) and their 64-bit forms.
    assert_eq!(result(base(I::Srl) | 1 << 21 | T << 16 | D << 11 | 4 << 6, 0, 0x1234_567f), 0x0123_4567);
    assert_eq!(result(rd(I::Srlv) | 1 << 6, 4, 0x1234_567f), 0x0123_4567);
    assert_eq!(result(base(I::Dsrl) | 1 << 21 | T << 16 | D << 11 | 4 << 6, 0, 0xff), 0xf);
    assert_eq!(result(rd(I::Dsrlv) | 1 << 6, 4, 0xff), 0xf);
    // 32-bit operations use the low halves, whatever stands above.
    assert_eq!(result(rd(I::Addu), 0xdead_0000_0000_0001, 0xbeef_0000_7fff_ffff), MIN32);
    assert_eq!(result(base(I::Sra) | T << 16 | D << 11 | 4 << 6, 0, 0x1_7000_0000), 0x0700_0000);
    assert_eq!(result(r_type(I::Clz, S, D, D, 0), 0xffff_ffff_0000_0001, 0), 31);
    // sync copies a register; unknown REGIMM codes are branches never taken; a reserved rd of mult is cleared.
    assert_eq!(result(r_type(I::Sync, S, 0, D, 0), 99, 0), 99);
    let after = run(1 << 26 | S << 21 | 0x1f << 16 | 0x40, 0, 0).unwrap();
    assert_eq!((after.pc, after.next_pc, after.registers[31]), (CODE + 4, CODE + 8, 0));
    assert_eq!(result(r_type(I::Mult, S, T, D, 0), 3, 5), 0);
}
