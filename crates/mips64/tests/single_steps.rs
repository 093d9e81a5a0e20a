//! Each instruction on operands with sharp edges, in the machine and in its slow twin: same state or same fault. And each
//! proven step is checked as the contract checks it, from the proof alone.
#![allow(clippy::unwrap_used)]

mod support;

use alloy_primitives::{B256, keccak256};
use mips64::decode::{Encoding, Instruction as I, Operands, TABLE};
use mips64::slow::Slow;
use mips64::{Mips64, Reservation, ReservationKind, State};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use support::{CODE, DATA, EDGES, base};
use vm::{Machine, MapSource, RunError};

/// Runs one step in both machines and compares everything; returns the state after it.
fn step_both(make: &dyn Fn() -> State, label: &dyn Fn() -> String) -> Option<State> {
    let mut source = MapSource::default();
    let (mut fast, mut slow) = (Mips64::new(make()), Slow::new(make()));
    let until = fast.state().step + 1;
    let (one, other) = (fast.run(until, &mut source, None), slow.run(until, &mut source, None));
    let text = |result: Result<vm::RunStop, RunError<mips64::Fault>>| result.map_err(|error| error.to_string());
    let (one, other) = (text(one), text(other));
    assert_eq!(one, other, "{}", label());
    let (mut fast, mut slow) = (fast.into_state(), slow.state);
    assert_eq!(fields(&fast), fields(&slow), "{}", label());
    assert_eq!(window(&fast), window(&slow), "{}", label());
    if label().len().is_multiple_of(16) {
        assert_eq!(fast.memory.root(), slow.memory.root(), "{}", label());
    }
    one.is_ok().then_some(fast)
}

fn fields(state: &State) -> impl PartialEq + std::fmt::Debug {
    let State { step, steps_since_switch, traverse_right, exited, exit_code, heap, .. } = *state;
    let threads = (state.left.clone(), state.right.clone());
    (step, steps_since_switch, traverse_right, exited, exit_code, heap, state.reservation, threads)
}

fn window(state: &State) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    state.memory.read(DATA - 64, &mut bytes);
    bytes
}

/// One instruction at `CODE`, operands in registers 8 and 9, data around `DATA`.
fn state(word: u32, s: u64, t: u64) -> State {
    let mut state = State::new(CODE);
    state.write_memory(CODE, &word.to_be_bytes());
    state.write_memory(DATA - 64, &core::array::from_fn::<u8, 128, _>(|i| (i as u8).wrapping_mul(37) ^ 0x80));
    let thread = state.thread_mut().unwrap();
    thread.registers = core::array::from_fn(|i| 0x0101_0101_0101_0101u64.wrapping_mul(i as u64 * 5));
    (thread.registers[8], thread.registers[9]) = (s, t);
    (thread.hi, thread.lo) = (0x1111_2222_3333_4444, 0x5555_6666_7777_8888);
    state
}

#[test]
fn every_instruction_on_edge_operands() {
    let mut executed = vec![0u32; TABLE.len()];
    for row in TABLE.iter().filter(|row| row.encoding != Encoding::Nothing && row.instruction != I::Syscall) {
        let memory = matches!(row.operands, Operands::Load | Operands::Store);
        for (i, &s) in EDGES.iter().enumerate() {
            for (j, &t) in EDGES.iter().enumerate() {
                // Registers 8 and 9 to 10; sometimes to register 0, or onto a source.
                let rd = [10, 10, 10, 0, 8, 9][(i + 2 * j) % 6];
                let word = match row.operands {
                    _ if memory => base(row.instruction) | 8 << 21 | 9 << 16 | (EDGES[i] as u32 & 0xffff),
                    Operands::Branch | Operands::BranchLink => {
                        base(row.instruction) | 8 << 21 | EDGES[j] as u32 & 0xffff
                    }
                    Operands::BranchPair => {
                        base(row.instruction) | 8 << 21 | 9 << 16 | EDGES[(i + j) % 22] as u32 & 0xffff
                    }
                    Operands::Jump | Operands::JumpLink => base(row.instruction) | EDGES[i] as u32 & 0x03ff_ffff,
                    Operands::Signed | Operands::Unsigned | Operands::Upper => {
                        base(row.instruction) | 8 << 21 | if rd == 0 { 0 } else { 9 << 16 } | EDGES[j] as u32 & 0xffff
                    }
                    Operands::ShiftAmount => base(row.instruction) | 9 << 16 | rd << 11 | (i as u32 * 3 % 32) << 6,
                    // Reserved bits are ignored: fill those of the shift amount at times.
                    _ => base(row.instruction) | 8 << 21 | 9 << 16 | rd << 11 | (j as u32 % 3) << 6,
                };
                // Every offset in an aligned word, whatever the immediate.
                let offset = i64::from(word as i16);
                let s = if memory { (DATA + (j as u64 % 16)).wrapping_add_signed(-offset) } else { s };
                let label = || format!("{} {word:#010x} s={s:#x} t={t:#x}", row.name);
                executed[row.instruction as usize] += u32::from(step_both(&|| state(word, s, t), &label).is_some());
            }
        }
    }
    for row in TABLE.iter().filter(|row| row.encoding != Encoding::Nothing && row.instruction != I::Syscall) {
        assert!(executed[row.instruction as usize] >= 400, "{} was executed too seldom", row.name);
    }
}

#[test]
fn every_other_encoding_faults() {
    let known = |word: u32| mips64::decode::Op::decode(word).instruction != I::Invalid;
    // All major opcodes and all functions, with all registers used.
    let fields = 8 << 21 | 9 << 16 | 10 << 11;
    let words = (0..64u32).flat_map(|code| [code << 26 | fields, code | fields, 0x1c << 26 | code | fields]);
    let mut faults = 0;
    for word in words.filter(|word| !known(*word)) {
        assert!(step_both(&|| state(word, 1, 1), &|| format!("{word:#010x}")).is_none(), "{word:#010x}");
        faults += 1;
    }
    // 28 functions under 0 and 59 under 0x1c; majors 0x10-0x17, 0x1d-0x1f, 0x2f, 0x31-0x33, 0x35, 0x36, 0x39-0x3b,
    // 0x3d, 0x3e. Major 0x1c comes up with function 0, which is none.
    assert_eq!(faults, functions_missing() + 59 + 22 + 1);
}

/// Functions under opcode 0 without a meaning, as the rules list them.
fn functions_missing() -> usize {
    // 01, 05, 0d, 0e, 15, 28, 29, 39, 3d and 30 to 37.
    9 + 8
}

#[test]
fn branches_in_delay_slots_fault() {
    for row in TABLE {
        let is_branch = matches!(
            row.operands,
            Operands::Branch
                | Operands::BranchLink
                | Operands::BranchPair
                | Operands::Jump
                | Operands::JumpLink
                | Operands::JumpRegister
                | Operands::JumpRegisterLink
        );
        if row.encoding == Encoding::Nothing || row.instruction == I::Syscall {
            continue;
        }
        let word = base(row.instruction) | 8 << 21 | 9 << 16 & mask(row.operands);
        for next_pc in [CODE + 4, CODE + 8, CODE, 0x5000] {
            let make = || {
                let mut state = state(word, DATA, DATA);
                state.thread_mut().unwrap().next_pc = next_pc;
                state
            };
            let after = step_both(&make, &|| format!("{} before {next_pc:#x}", row.name));
            assert_eq!(after.is_none(), is_branch && next_pc != CODE + 4, "{} before {next_pc:#x}", row.name);
        }
    }
}

#[test]
fn misaligned_program_counter_faults() {
    for pc in [CODE + 1, CODE + 2, CODE + 3, u64::MAX] {
        let make = || {
            let mut state = state(0, 0, 0);
            state.set_pc(pc);
            state
        };
        assert!(step_both(&make, &|| format!("{pc:#x}")).is_none());
    }
}

#[test]
fn reservations() {
    let mut rng = SmallRng::seed_from_u64(7);
    let mut successes = 0;
    for case in 0..20_000 {
        let kind = [ReservationKind::None, ReservationKind::Word, ReservationKind::Double][rng.random_range(0..3)];
        let held = Reservation { kind, address: DATA + rng.random_range(0..10), owner: rng.random_range(0..2) };
        let instruction = [I::Ll, I::Lld, I::Sc, I::Scd, I::Sb, I::Sdl, I::Sw, I::Swr][rng.random_range(0..8)];
        let address = DATA + rng.random_range(0..10);
        let rt = [9, 0][rng.random_range(0..2)];
        let word = base(instruction) | 8 << 21 | rt << 16;
        let make = || {
            let mut state = state(word, address, 0x1234_5678_9abc_def0);
            state.reservation = held;
            state
        };
        let after = step_both(&make, &|| format!("{case}: {instruction:?} {address:#x} {held:?}")).unwrap();
        let conditional = matches!(instruction, I::Sc | I::Scd);
        let width = if instruction == I::Sc { ReservationKind::Word } else { ReservationKind::Double };
        let allowed = conditional && held == Reservation { kind: width, address, owner: 0 };
        if conditional {
            assert_eq!(after.reservation, if allowed { Reservation::default() } else { held });
            assert_eq!(after.thread().unwrap().registers[9] == 1, allowed && rt == 9);
        }
        successes += u32::from(allowed);
    }
    assert!(successes > 50, "{successes}");
}

/// What the contract can see: witness before, proof, witness after.
#[test]
fn proofs_lead_from_root_to_root() {
    let mut rng = SmallRng::seed_from_u64(1);
    let rows: Vec<_> =
        TABLE.iter().filter(|row| row.encoding != Encoding::Nothing && row.instruction != I::Syscall).collect();
    for case in 0..600 {
        let row = rows[case % rows.len()];
        let word = base(row.instruction)
            | 8 << 21
            | 9 << 16 & mask(row.operands)
            | rng.random_range(0..64u32) & immediate(row.operands);
        let s = DATA + rng.random_range(0..32);
        let mut state = state(word, s, rng.random());
        if matches!(row.instruction, I::Sc | I::Scd) && case % 2 == 0 {
            let kind = if row.instruction == I::Sc { ReservationKind::Word } else { ReservationKind::Double };
            state.reservation = Reservation { kind, address: s.wrapping_add(u64::from(word & 63)), owner: 0 };
        }
        // A second thread below the running one gives an inner root.
        if case % 3 == 0 {
            let other = mips64::Thread { id: 1, ..Default::default() };
            state.left.insert(0, other);
        }
        let mut machine = Mips64::new(state);
        let before = machine.state_hash();
        let witness = machine.prove_step(&mut MapSource::default()).unwrap();
        let after = machine.witness();
        assert_eq!(check(&witness.state, &witness.proof_data, &after, row.operands), Ok(()), "{}", row.name);
        assert_ne!(before, machine.state_hash());
        // Any flipped bit in a used part of the proof is noticed.
        let mut tampered = witness.proof_data.clone();
        let bit = rng.random_range(0..(298 + 32 + 1920) * 8);
        tampered[bit / 8] ^= 1 << (bit % 8);
        assert!(check(&witness.state, &tampered, &after, row.operands).is_err(), "{} bit {bit}", row.name);
    }
}

fn mask(operands: Operands) -> u32 {
    if matches!(operands, Operands::Branch | Operands::BranchLink) { 0 } else { !0 }
}

fn immediate(operands: Operands) -> u32 {
    if matches!(operands, Operands::Load | Operands::Store) { !0 } else { 0 }
}

/// The part of the contract that looks at hashes.
fn check(state: &[u8], proof: &[u8], after: &[u8], operands: Operands) -> Result<(), &'static str> {
    assert_eq!((state.len(), proof.len(), after.len()), (188, 6090, 188));
    let (thread, inner) = (&proof[..298], &proof[298..330]);
    let onion = keccak256([inner, keccak256(thread).as_slice()].concat());
    if onion != state[116..148] {
        return Err("thread");
    }
    let pc = u64::from_be_bytes(thread[10..18].try_into().unwrap());
    let slot = |i: usize| &proof[330 + 1920 * i..330 + 1920 * (i + 1)];
    if fold(slot(0), pc, None) != state[..32] {
        return Err("code");
    }
    let register = |i: usize| u64::from_be_bytes(thread[42 + 8 * i..50 + 8 * i].try_into().unwrap());
    let leaf = &slot(0)[(pc & 28) as usize..][..4];
    let word = u32::from_be_bytes(leaf.try_into().unwrap());
    let ea = register((word >> 21 & 31) as usize).wrapping_add(word as i16 as u64);
    let changed = state[..32] != after[..32];
    match operands {
        Operands::Load | Operands::Store if slot(1).iter().any(|b| *b != 0) => {
            if fold(slot(1), ea, None) != state[..32] {
                return Err("data");
            }
            // Whatever word was written: some value of it leads to the new root, and the state holds it.
            if operands == Operands::Load && word >> 26 & 0x38 != 0x38 && changed {
                return Err("a load changed memory");
            }
        }
        _ if changed => return Err("memory changed without proof"),
        _ => {}
    }
    Ok(())
}

fn fold(proof: &[u8], address: u64, leaf: Option<[u8; 32]>) -> B256 {
    let first = leaf.unwrap_or_else(|| proof[..32].try_into().unwrap());
    (0..59).fold(B256::new(first), |node, level| {
        let sibling = &proof[32 * (level + 1)..32 * (level + 2)];
        if address >> 5 >> level & 1 == 1 {
            keccak256([sibling, node.as_slice()].concat())
        } else {
            keccak256([node.as_slice(), sibling].concat())
        }
    })
}

/// A store's proof, with the word replaced, gives the root after the step.
#[test]
fn a_store_replaces_one_word_of_its_leaf() {
    for offset in [0, 8, 16, 24, 40] {
        let value = 0xdead_beef_0bad_cafe;
        let mut machine = Mips64::new(state(base(I::Sd) | 8 << 21 | 9 << 16, DATA + offset, value));
        let witness = machine.prove_step(&mut MapSource::default()).unwrap();
        let after = machine.witness();
        let proof = &witness.proof_data[330 + 1920..330 + 2 * 1920];
        let mut leaf: [u8; 32] = proof[..32].try_into().unwrap();
        leaf[(offset & 31) as usize..][..8].copy_from_slice(&value.to_be_bytes());
        assert_eq!(fold(proof, DATA + offset, Some(leaf)), after[..32]);
        leaf[0] ^= 1;
        assert_ne!(fold(proof, DATA + offset, Some(leaf)), after[..32]);
    }
}
