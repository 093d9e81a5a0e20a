//! Every instruction and call of the machine, one step at a time, in the machine, its slow twin and the compiled contract:
//! the same state, or a fault here and the revert that belongs to it there.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, Bytes};
use conformance::evidence::every_kind;
use conformance::judge::Judge;
use conformance::states::{EFFECTIVE_CALLS, UNKNOWN_CALLS, encode, pick, random, set_call};
use conformance::step::{Agreed, compare, text};
use mips64::abi::sys;
use mips64::decode::{Encoding, Instruction as I, Op, TABLE};
use mips64::{Fault, Mips64, State, Thread};
use preimage::{KeyType, PreimageKey};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use vm::{Machine, RunError};

const CONTEXT: B256 = B256::repeat_byte(0xc0);

#[derive(Default)]
struct Count {
    steps: u64,
    faults: BTreeMap<String, u64>,
    dearest: u64,
}

impl Count {
    fn take(&mut self, agreed: Agreed) -> bool {
        match agreed {
            Agreed::Step(judged) => {
                self.steps += 1;
                self.dearest = self.dearest.max(judged.gas);
                true
            }
            Agreed::Fault(data) => {
                *self.faults.entry(text(&data)).or_default() += 1;
                false
            }
        }
    }
}

#[test]
fn every_instruction() {
    const CASES: u32 = 120;
    let mut rng = SmallRng::seed_from_u64(0x57e9);
    let (mut host, _) = every_kind();
    let mut judge = Judge::appoint();
    let mut count = Count::default();
    for row in TABLE.iter().filter(|row| row.encoding != Encoding::Nothing && row.instruction != I::Syscall) {
        let mut taken = 0;
        for case in 0..CASES {
            let word = encode(&mut rng, row.instruction);
            let state = random(&mut rng, word, &[]);
            let agreed = compare(&mut judge, &mut Mips64::new(state), &mut host, CONTEXT, false);
            let agreed = agreed.unwrap_or_else(|error| panic!("{} case {case}: {error}", row.name));
            taken += u32::from(count.take(agreed));
        }
        assert!(taken > CASES / 2, "{} was taken {taken} times", row.name);
    }
    eprintln!("{} steps, dearest {} gas, faults {:?}", count.steps, count.dearest, count.faults);
    for fault in ["branch in delay slot", "jump in delay slot", "division by zero"] {
        assert!(count.faults.contains_key(&format!("MIPS64: {fault}")), "{fault} did not occur");
    }
}

#[test]
fn every_other_encoding_is_refused() {
    let mut rng = SmallRng::seed_from_u64(0x0bad);
    let (mut host, _) = every_kind();
    let mut judge = Judge::appoint();
    let mut count = Count::default();
    for code in (0..64u32).flat_map(|code| [code << 26, code, 0x1c << 26 | code]) {
        for _ in 0..4 {
            let fields = if code >> 26 == 0 || code >> 26 == 0x1c { 0x03ff_ffc0 } else { 0x03ff_ffff };
            let word = code | rng.random::<u32>() & fields;
            if Op::decode(word).instruction == I::Invalid {
                let mut state = random(&mut rng, word, &[]);
                // Nothing else may keep the instruction from being looked at.
                (state.exited, state.steps_since_switch) = (false, 0);
                state.thread_mut().unwrap().exited = false;
                let agreed = compare(&mut judge, &mut Mips64::new(state), &mut host, CONTEXT, false);
                assert!(!count.take(agreed.unwrap()), "{word:#010x}");
            }
        }
    }
    assert_eq!(count.faults.keys().collect::<Vec<_>>(), ["MIPS64: invalid instruction"]);
    assert!(count.faults["MIPS64: invalid instruction"] > 380);
}

#[test]
fn every_call() {
    let mut rng = SmallRng::seed_from_u64(0xca11);
    let (mut host, mut keys) = every_kind();
    let mut judge = Judge::informed(&host, &keys, 49, CONTEXT);
    // A key that nobody has, and one of no known type.
    keys.extend([PreimageKey::keccak256(B256::repeat_byte(0x77)), PreimageKey::local(99)]);
    let calls =
        EFFECTIVE_CALLS.iter().map(|number| (*number, 150)).chain(sys::NO_OPS.iter().map(|number| (*number, 12)));
    let calls =
        calls.chain(UNKNOWN_CALLS.iter().map(|number| (*number, 12))).chain([(sys::READ, 1_500), (sys::FUTEX, 300)]);
    let mut count = Count::default();
    let mut reads = 0;
    for (number, cases) in calls {
        for case in 0..cases {
            let word = 0x0c | rng.random::<u32>() & 0x03ff_ffc0;
            let mut state = random(&mut rng, word, &keys);
            set_call(&mut rng, &mut state, number);
            if rng.random_range(0..30) == 0 {
                state.preimage_key[0] = pick(&mut rng, &[0, 3, 7, 0xff]);
            }
            let before = state.preimage_offset;
            let mut machine = Mips64::new(state);
            let agreed = compare(&mut judge, &mut machine, &mut host, CONTEXT, false);
            let agreed = agreed.unwrap_or_else(|error| panic!("call {number} case {case}: {error}"));
            count.take(agreed);
            reads += u32::from(machine.state().preimage_offset > before);
        }
    }
    eprintln!("{} steps, {reads} reads, dearest {} gas, faults {:?}", count.steps, count.dearest, count.faults);
    assert!(reads > 300, "{reads}");
    for fault in ["pre-image must exist", "MIPS64: unimplemented syscall"] {
        assert!(count.faults.contains_key(fault), "{fault} did not occur");
    }
}

#[test]
fn states_without_a_thread_to_run() {
    let mut rng = SmallRng::seed_from_u64(3);
    let (mut host, _) = every_kind();
    let mut judge = Judge::appoint();
    let mut faults = BTreeMap::new();
    for case in 0..60 {
        let mut state = random(&mut rng, 0x0000_0025, &[]);
        let exited = Thread { exited: true, ..Default::default() };
        state.exited = false;
        let (left, right) = match case % 6 {
            // Nobody; somebody on the other side only; the last one leaves; others remain.
            0 => (vec![], vec![]),
            1 => (vec![], vec![Thread::default()]),
            2 => (vec![exited], vec![]),
            3 => (vec![exited.clone(), exited], vec![]),
            4 => (vec![exited], vec![Thread::default()]),
            _ => (vec![Thread::default(), exited.clone()], vec![exited]),
        };
        (state.left, state.right) = if state.traverse_right { (right, left) } else { (left, right) };
        match compare(&mut judge, &mut Mips64::new(state), &mut host, CONTEXT, false).unwrap() {
            Agreed::Step(_) => assert!(case % 6 > 2),
            Agreed::Fault(data) => *faults.entry(text(&data)).or_insert(0) += 1,
        }
    }
    let expected =
        [("MIPS64: active thread stack is empty", 20), ("MIPS64: post-state active thread stack is empty", 10)];
    assert!(faults.iter().map(|(text, count)| (text.as_str(), *count)).eq(expected), "{faults:?}");
}

#[test]
fn misaligned_program_counters() {
    let mut rng = SmallRng::seed_from_u64(4);
    let (mut host, _) = every_kind();
    let mut judge = Judge::appoint();
    for pc in [1, 0x12_0002, 0x12_0007, u64::MAX] {
        let mut state = random(&mut rng, 0, &[]);
        (state.exited, state.steps_since_switch) = (false, 0);
        state.thread_mut().unwrap().exited = false;
        state.set_pc(pc);
        let fault = Mips64::new(state.snapshot()).prove_step(&mut host);
        assert!(matches!(fault, Err(RunError::Fault { fault: Fault::UnalignedPc(found), .. }) if found == pc));
        let agreed = compare(&mut judge, &mut Mips64::new(state), &mut host, CONTEXT, false).unwrap();
        assert!(matches!(agreed, Agreed::Fault(_)));
    }
}

/// Any changed byte in the used part of a proof is refused; any changed byte of the state leads elsewhere or nowhere.
#[test]
fn sabotaged_witnesses() {
    let mut rng = SmallRng::seed_from_u64(0x5ab0);
    let (mut host, _) = every_kind();
    let mut judge = Judge::appoint();
    // Instructions that keep what they do not change: a load, a store, arithmetic, a branch.
    for case in 0..400 {
        let (instruction, proof_length) =
            pick(&mut rng, &[(I::Ld, 4170), (I::Sd, 4170), (I::Daddu, 2250), (I::Bne, 2250)]);
        let word = encode(&mut rng, instruction);
        let mut state = random(&mut rng, word, &[]);
        (state.exited, state.steps_since_switch, state.reservation) = (false, 5, Default::default());
        let thread = state.thread_mut().unwrap();
        (thread.exited, thread.next_pc) = (false, thread.pc.wrapping_add(4));
        let mut machine = Mips64::new(state);
        let witness = machine.prove_step(&mut host).unwrap();
        let honest = judge.step(&witness.state, &witness.proof_data, CONTEXT).unwrap();
        assert_eq!(honest.hash, machine.state_hash());

        let flip = rng.random_range(1..=255);
        let mut proof = witness.proof_data.clone();
        let place = rng.random_range(0..proof_length);
        proof[place] ^= flip;
        let refusal = judge.step(&witness.state, &proof, CONTEXT).unwrap_err();
        match place {
            0..330 => assert_eq!(text(&refusal), "MIPS64: invalid thread witness", "case {case}"),
            _ => assert_eq!(refusal[..], [0x8e, 0x77, 0xb2, 0xb7], "case {case}"),
        }
        let short = &witness.proof_data[..place];
        let refusal = text(&judge.step(&witness.state, short, CONTEXT).unwrap_err());
        // The padding of the call data stands in for up to 31 bytes, as zeros.
        assert!(
            refusal.contains("calldata") || refusal == "MIPS64: invalid thread witness" || refusal == "0x8e77b2b7",
            "case {case}: {refusal}"
        );

        let mut bytes = witness.state.clone();
        bytes[rng.random_range(0..188)] ^= flip;
        if let Ok(judged) = judge.step(&bytes, &witness.proof_data, CONTEXT) {
            assert_ne!(judged.hash, honest.hash, "case {case}");
            assert_ne!(judged.state, honest.state, "case {case}");
        }
    }
}

/// The comparison itself notices a machine that is wrong.
#[test]
fn a_wrong_machine_is_noticed() {
    let mut rng = SmallRng::seed_from_u64(9);
    let (mut host, _) = every_kind();
    let mut judge = Judge::appoint();
    for register in 1..32 {
        let mut state = random(&mut rng, 0x0000_0025, &[]);
        state.exited = false;
        let mut machine = Mips64::new(state);
        let witness = machine.prove_step(&mut host).unwrap();
        machine.edit(|state| {
            let value = state.thread().unwrap().registers[register];
            state.set_register(register, value ^ 1);
        });
        let agrees =
            conformance::step::contract_agrees(&mut judge, &mut machine, &witness, &host, CONTEXT, false).unwrap_err();
        assert!(agrees.starts_with("the contract has another state"), "{agrees}");
    }
}

/// A state that reads `key` at `offset` next.
fn reading(key: &PreimageKey, offset: u64) -> Mips64 {
    let mut state = State::new(0x1000);
    state.write_memory(0x1000, &0x0cu32.to_be_bytes());
    (state.preimage_key, state.preimage_offset) = (key.as_word(), offset);
    for (register, value) in [(2, sys::READ), (4, 5), (5, 0x2000), (6, 8)] {
        state.set_register(register, value);
    }
    Mips64::new(state)
}

/// Only the part that is read, of the preimage that is read, loaded by the caller for the context, makes the step possible.
#[test]
fn sabotaged_preimages() {
    const MISSING: &str = "pre-image must exist";
    let (mut host, keys) = every_kind();
    for kind in [KeyType::Local, KeyType::Keccak256, KeyType::Sha256, KeyType::Blob, KeyType::Precompile] {
        let of_kind: Vec<_> = keys.iter().filter(|key| key.key_type() == kind).collect();
        let &[.., other, key] = &of_kind[..] else { panic!("two of {kind:?}") };
        let mut judge = Judge::appoint();
        let mut machine = reading(key, 1);
        let witness = machine.prove_step(&mut host).unwrap();
        let step = |judge: &mut Judge, context| {
            let refusal = judge.step(&witness.state, &witness.proof_data, context);
            refusal.map(|judged| judged.hash).map_err(|data| text(&data))
        };
        let evidence = host.evidence(key).unwrap();
        assert_eq!(step(&mut judge, CONTEXT), Err(MISSING.into()), "nothing is loaded");
        judge.load(&evidence, 0, CONTEXT).unwrap();
        judge.load(&evidence, 2, CONTEXT).unwrap();
        judge.load(&host.evidence(other).unwrap(), 1, CONTEXT).unwrap();
        assert_eq!(step(&mut judge, CONTEXT), Err(MISSING.into()), "other parts are loaded");
        judge.load_as(Address::repeat_byte(0x66), &evidence, 1, CONTEXT).unwrap();
        let by_another = step(&mut judge, CONTEXT);
        judge.load(&evidence, 1, CONTEXT).unwrap();
        assert_eq!(step(&mut judge, CONTEXT), Ok(machine.state_hash()), "{kind:?}");
        let elsewhere = step(&mut judge, B256::repeat_byte(0xc1));
        if kind == KeyType::Local {
            assert_eq!((by_another, elsewhere), (Err(MISSING.into()), Err(MISSING.into())));
        } else {
            assert_eq!((by_another, elsewhere), (Ok(machine.state_hash()), Ok(machine.state_hash())));
        }
    }
}

/// A false value is either refused by the loader or stored under another key.
#[test]
fn false_evidence() {
    use host::Evidence;
    let (mut host, keys) = every_kind();
    for key in &keys {
        let mut judge = Judge::appoint();
        let offset = 8.min(host.lookup(key).unwrap().len() as u64 + 7);
        let mut machine = reading(key, offset);
        let witness = machine.prove_step(&mut host).unwrap();
        let changed = |bytes: &Bytes| -> Bytes {
            let mut bytes = bytes.to_vec();
            match bytes.first_mut() {
                Some(byte) => *byte ^= 1,
                None => bytes.push(0),
            }
            bytes.into()
        };
        let mut lies = Vec::new();
        match host.evidence(key).unwrap() {
            // The contract believes the caller, which is the game.
            Evidence::Local { index, value } => lies.push(Evidence::Local { index, value: changed(&value) }),
            Evidence::Keccak256(value) => lies.push(Evidence::Keccak256(changed(&value))),
            Evidence::Sha256(value) => lies.push(Evidence::Sha256(changed(&value))),
            Evidence::Blob(opening) => {
                let mut lie = opening.clone();
                lie.y[31] ^= 1;
                lies.push(Evidence::Blob(lie));
                let mut lie = opening.clone();
                lie.z[31] ^= 1;
                lies.push(Evidence::Blob(lie));
                let mut lie = opening.clone();
                lie.proof = lie.commitment;
                lies.push(Evidence::Blob(lie));
                for lie in &lies {
                    assert_eq!(judge.load(lie, offset, CONTEXT).unwrap_err()[..], [0x09, 0xbd, 0xe3, 0x39]);
                }
            }
            Evidence::Precompile(call) => {
                let mut lie = host::PrecompileCall::clone(&call);
                lie.required_gas = call.required_gas.map(|gas| gas + 1);
                lies.push(Evidence::Precompile(lie.clone().into()));
                (lie.required_gas, lie.input) = (call.required_gas, changed(&call.input));
                lies.push(Evidence::Precompile(lie.into()));
            }
        }
        for lie in &lies {
            let loaded = judge.load(lie, offset, CONTEXT);
            let judged = judge.step(&witness.state, &witness.proof_data, CONTEXT);
            match (judged, lie) {
                (Ok(judged), Evidence::Local { .. }) => assert_ne!(judged.hash, machine.state_hash()),
                (Err(refusal), _) => assert_eq!(text(&refusal), "pre-image must exist", "{key}: {loaded:?}"),
                (Ok(judged), _) => panic!("{key}: a lie gave {judged:?}"),
            }
        }
    }
}
