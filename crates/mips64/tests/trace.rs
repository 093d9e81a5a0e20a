//! The trace of a run: answers from snapshots equal those of a straight run, and an adversary's trace parts from the honest
//! one where it is told to.
#![allow(clippy::unwrap_used)]

mod support;

use alloy_primitives::B256;
use mips64::decode::Instruction as I;
use mips64::slow::Slow;
use mips64::{Mips64, State, abi};
use support::{CODE, DATA, Program, base, i_type, r_type};
use vm::{Machine, MapSource, NoSource, Status, Trace, TraceError, TraceOptions};

const ROUNDS: u64 = 40_000;

/// Asks for a preimage, then, for some rounds, reads 8 bytes of it, mixes them into a hash, and writes the hash to one of
/// many pages. Exits with 0, or with 1 if the hash is odd.
fn guest() -> Program {
    let mut program = Program::default();
    program.constant(16, ROUNDS).constant(17, DATA).constant(20, 0);
    for part in 0..4 {
        program.call(abi::sys::WRITE, &[abi::fd::PREIMAGE_WRITE, DATA + 8 * part, 8]);
    }
    let again = program.words.len();
    program.call(abi::sys::READ, &[abi::fd::PREIMAGE_READ, DATA + 64, 8]);
    program.push(i_type(I::Ld, 17, 8, 64));
    program.push(r_type(I::Dsll, 0, 20, 9, 7)).push(r_type(I::Dsrl, 0, 20, 10, 9));
    program.push(r_type(I::Xor, 9, 10, 20, 0)).push(r_type(I::Daddu, 20, 8, 20, 0));
    program.push(r_type(I::Daddu, 20, 16, 20, 0));
    // A page chosen by the hash, out of 256.
    program.push(i_type(I::Andi, 20, 11, 0xff)).push(r_type(I::Dsll, 0, 11, 11, 12));
    program.push(r_type(I::Daddu, 11, 17, 11, 0)).push(i_type(I::Sd, 11, 20, 4096));
    program.push(i_type(I::Daddiu, 16, 16, 0xffff));
    let back = again as i64 - program.words.len() as i64 - 1;
    program.push(i_type(I::Bne, 16, 0, back as u16)).push(0);
    program.push(i_type(I::Andi, 20, 4, 1)).push(i_type(I::Ori, 0, 2, abi::sys::EXIT_GROUP as u16));
    program.push(base(I::Syscall));
    program
}

fn key() -> B256 {
    B256::repeat_byte(2)
}

fn source() -> MapSource {
    let mut source = MapSource::default();
    let value: Vec<u8> = (0..ROUNDS * 8).map(|i| (i * i % 251) as u8).collect();
    source.preimages.insert(key(), value.into());
    source
}

fn prestate() -> State {
    let mut state = State::new(CODE);
    state.write_memory(CODE, &guest().bytes());
    state.write_memory(DATA, key().as_slice());
    state
}

fn trace() -> Trace<Mips64> {
    Trace::record_from(Mips64::new(prestate()), &mut source()).unwrap()
}

/// The state after a step, without any trace.
fn straight(index: u64) -> Mips64 {
    let mut machine = Mips64::new(prestate());
    machine.run(index.saturating_add(1), &mut source(), None).unwrap();
    machine
}

#[test]
fn answers_equal_those_of_a_straight_run() {
    let trace = trace();
    let end = trace.end();
    assert!(end > 900_000, "{end}");
    assert_eq!(trace.preimages().len(), 1);
    assert_eq!(trace.prestate().unwrap().state_hash(), Mips64::new(prestate()).state_hash());
    // A bisection, then places where something happens.
    let mut indices: Vec<u64> = (1..20).map(|depth| end >> depth).collect();
    indices.extend([
        0,
        1,
        30,
        abi::QUANTUM - 1,
        abi::QUANTUM,
        abi::QUANTUM + 1,
        end - 2,
        end - 1,
        end,
        end + 5,
        u64::MAX,
    ]);
    for index in indices {
        assert_eq!(trace.hash_at(index).unwrap(), straight(index).state_hash(), "{index}");
    }
    let last = trace.state_at(u64::MAX).unwrap();
    assert_eq!((last.step(), last.exit_code()), (end, Some(trace.exit_code())));
}

#[test]
fn witnesses_belong_to_their_index() {
    let trace = trace();
    let mut reads = 0;
    for index in (0..400).chain([abi::QUANTUM, abi::QUANTUM + 7, trace.end() - 1]) {
        let witness = trace.step_witness(index).unwrap();
        let mut before = trace.state_before(index).unwrap();
        assert_eq!(witness.state, before.witness());
        let direct = before.prove_step(&mut source()).unwrap();
        assert_eq!(witness, direct);
        assert_eq!(before.state_hash(), trace.hash_at(index).unwrap());
        assert_eq!(witness.proof_data.len(), mips64::PROOF_SIZE);
        reads += usize::from(witness.preimage.is_some());
        if let Some(read) = witness.preimage {
            assert_eq!((read.key, read.value.len() as u64), (key(), 8 + ROUNDS * 8));
            assert_eq!(read.value[..8], (ROUNDS * 8).to_be_bytes());
        }
    }
    assert!(reads > 3, "{reads}");
    let after = trace.step_witness(trace.end()).unwrap();
    assert_eq!((after.proof_data.len(), after.preimage), (0, None));
    assert_eq!(after.state, trace.state_at(u64::MAX).unwrap().witness());
}

#[test]
fn a_fork_parts_at_its_index() {
    let honest = trace();
    let last = honest.end() - 1;
    for index in [0, 1, 77_777, honest.end() / 2, last] {
        let flip = |machine: &mut Mips64| machine.edit(|state| state.set_register(21, 0x1234));
        let lie = |machine: &mut Mips64| match machine.exit_code() {
            Some(code) => machine.edit(|state| state.set_exit(code ^ 1)),
            None => flip(machine),
        };
        let liar = honest.fork(index, lie, &mut source()).unwrap();
        assert_eq!(liar.first(), 0);
        for before in [0, index / 2, index.saturating_sub(1)].into_iter().filter(|before| *before < index) {
            assert_eq!(liar.hash_at(before).unwrap(), honest.hash_at(before).unwrap(), "{before} before {index}");
        }
        for after in [index, index + 1, (index + honest.end()) / 2, honest.end() + 9] {
            assert_ne!(liar.hash_at(after).unwrap(), honest.hash_at(after).unwrap(), "{after} after {index}");
        }
        // What the liar can prove there is the true step, which does not lead to its claim.
        let witness = liar.step_witness(index).unwrap();
        assert_eq!(witness, honest.step_witness(index).unwrap());
        // From then on its steps are true to the machine.
        if index != last {
            let mut machine = liar.state_before(index + 1).unwrap();
            machine.prove_step(&mut source()).unwrap();
            assert_eq!(machine.state_hash(), liar.hash_at(index + 1).unwrap());
        }
    }
    // A liar who sends the machine through empty memory does not get his trace, and the attempt ends.
    let lost = honest.fork(5, |machine| machine.edit(|state| state.set_pc(1 << 50)), &mut source());
    assert!(matches!(lost, Err(TraceError::TooLong(_))));
    let refused = honest.fork(honest.end(), |_| (), &mut source());
    assert!(matches!(refused, Err(TraceError::PastExit { .. })));
    let moved = honest.fork(5, |machine| machine.edit(|state| state.step += 1), &mut source());
    assert!(matches!(moved, Err(TraceError::StepChanged(6))));
}

#[test]
fn snapshots_stay_within_their_limits() {
    let options = TraceOptions { max_snapshots: 3, ..TraceOptions::default() };
    let mut shown = Vec::new();
    let machine = Mips64::new(looping(6_000_000));
    let trace = Trace::record_with(machine, &mut NoSource, options, &mut |step| shown.push(step)).unwrap();
    assert!(trace.footprint().0 <= 4, "{:?}", trace.footprint());
    assert!(shown.len() > 3 && shown.is_sorted());
    let mut straight = Mips64::new(looping(6_000_000));
    straight.run(5_000_000, &mut NoSource, None).unwrap();
    assert_eq!(trace.hash_at(4_999_999).unwrap(), straight.state_hash());
    let small = TraceOptions { max_bytes: 100_000, ..TraceOptions::default() };
    let trace = Trace::record_with(Mips64::new(looping(6_000_000)), &mut NoSource, small, &mut |_| ()).unwrap();
    assert!(trace.footprint().1 <= 100_000, "{:?}", trace.footprint());
    assert_eq!(trace.hash_at(4_999_999).unwrap(), straight.state_hash());
}

/// Counts down and exits.
fn looping(rounds: u64) -> State {
    let mut program = Program::default();
    program.constant(8, rounds / 2);
    program.push(i_type(I::Daddiu, 8, 8, 0xffff)).push(i_type(I::Bgtz, 8, 0, 0xfffe)).push(0);
    program.call(abi::sys::EXIT_GROUP, &[0]);
    let mut state = State::new(CODE);
    state.write_memory(CODE, &program.bytes());
    state
}

#[test]
fn runs_that_do_not_end_well() {
    let endless = TraceOptions { max_steps: 3_000_000, ..TraceOptions::default() };
    let result = Trace::record_with(Mips64::new(looping(u64::MAX / 2)), &mut NoSource, endless, &mut |_| ());
    assert!(matches!(result, Err(TraceError::TooLong(3_000_000))));
    let mut faulty = State::new(CODE);
    faulty.write_memory(CODE, &0x7fff_ffffu32.to_be_bytes());
    let error = Trace::record_from(Mips64::new(faulty), &mut NoSource).unwrap_err();
    assert!(error.to_string().contains("step 0") && error.to_string().contains("0x7fffffff"), "{error}");
    let error = Trace::record_from(Mips64::new(prestate()), &mut NoSource).unwrap_err();
    assert!(error.to_string().contains("missing preimage 0x0202"), "{error}");
}

/// A trace may start anywhere: also from a state that has exited.
#[test]
fn traces_from_later_states() {
    let mut machine = straight(499_999);
    let trace = Trace::record_from(machine.snapshot(), &mut source()).unwrap();
    assert_eq!(trace.first(), 500_000);
    assert_eq!(trace.hash_at(600_000).unwrap(), straight(600_000).state_hash());
    assert!(matches!(trace.hash_at(499_999), Err(TraceError::BeforeStart { .. })));
    let mut exited = straight(u64::MAX);
    assert_ne!(exited.status(), Status::Unfinished);
    let hash = exited.state_hash();
    let trace = Trace::record_from(exited, &mut NoSource).unwrap();
    assert_eq!(trace.hash_at(trace.first()).unwrap(), hash);
    assert_eq!(trace.state_before(trace.first()).unwrap().state_hash(), hash);
}

/// The same trace over the slow twin: nothing in it depends on one machine.
#[test]
fn another_machine() {
    let mut twin = State::new(CODE);
    twin.write_memory(CODE, &guest().bytes());
    twin.write_memory(DATA, key().as_slice());
    let mut slow = Slow::new(twin);
    slow.run(5_000, &mut source(), None).unwrap();
    slow.state.set_exit(0);
    let trace = Trace::record_from(slow, &mut source()).unwrap();
    assert_eq!(trace.exit_code(), 0);
    assert_eq!(trace.end(), 5_000);
}
