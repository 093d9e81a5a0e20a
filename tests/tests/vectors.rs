//! The committed vector set, each case in the machine, its slow twin and the contract; and copies with a flipped byte, which
//! must be noticed.
#![allow(clippy::unwrap_used)]

use alloy_primitives::B256;
use conformance::judge::Judge;
use conformance::step::refusal;
use conformance::vectors::{Class, Outcome, Vector, cases, folder, host};
use mips64::slow::Slow;
use mips64::{Fault, Mips64, State};
use preimage::PreimageKey;
use vm::{Machine, PreimageSource};

const CONTEXT: B256 = B256::repeat_byte(0xc0);

fn committed() -> Vec<Class> {
    let mut paths: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path| Class::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    paths.into_iter().map(read).collect()
}

/// What a machine makes of a vector: complaints, if it is something else.
fn run<M: Machine<Fault = Fault>>(
    vector: &Vector,
    make: impl Fn(State) -> M,
    source: &mut dyn PreimageSource,
) -> Result<(), String> {
    let mut machine = make(vector.before.state());
    let before = machine.witness();
    if before != vector.before.witness || machine.state_hash() != vector.before.hash {
        return Err(format!("the state before is another: {before:02x?}"));
    }
    let until = machine.step().saturating_add(1);
    match (machine.run(until, source, None), &vector.outcome) {
        (Ok(_), Outcome::Step(after)) if machine.witness() == after.witness && machine.state_hash() == after.hash => {
            Ok(())
        }
        (Ok(_), _) => Err(format!("{}: the state after is another", M::NAME)),
        (Err(error), Outcome::Fault { revert, .. }) if refusal(&error, &vector.before.state()) == *revert => Ok(()),
        (Err(error), _) => Err(error.to_string()),
    }
}

fn judged(vector: &Vector, judge: &mut Judge) -> Result<(), String> {
    match (judge.step(&vector.before.witness, &vector.proof, CONTEXT), &vector.outcome) {
        (Ok(judged), Outcome::Step(after)) if judged.hash == after.hash && judged.state == after.witness => Ok(()),
        (Err(data), Outcome::Fault { revert, .. }) if data == *revert => Ok(()),
        (other, _) => Err(format!("the contract: {other:?}")),
    }
}

#[test]
fn every_vector_in_rust_and_solidity() {
    let (mut host, keys) = host();
    let mut judge = Judge::informed(&host, &keys, 12, CONTEXT);
    let (mut vectors, mut faults, mut reads) = (0, 0, 0);
    for class in committed() {
        assert!(!class.vectors.is_empty(), "{}", class.name);
        for vector in &class.vectors {
            let label = |error: String| panic!("{}: {}: {error}", class.name, vector.name);
            run(vector, Mips64::new, &mut host).unwrap_or_else(label);
            run(vector, Slow::new, &mut host).unwrap_or_else(label);
            if let Some(read) = &vector.preimage {
                let key = PreimageKey::from_bytes(read.key.0).unwrap();
                let evidence = host.evidence(&key).unwrap();
                judge.load(&evidence, read.offset, CONTEXT).unwrap();
                assert_eq!(read.value[8..], host.lookup(&key).unwrap()[..], "{}", vector.name);
                reads += 1;
            }
            judged(vector, &mut judge).unwrap_or_else(label);
            // The memory after it, leaf by leaf.
            if let Outcome::Step(after) = &vector.outcome {
                assert_eq!(after.state().witness()[..], after.witness[..], "{}: {}", class.name, vector.name);
            }
            vectors += 1;
            faults += u32::from(matches!(vector.outcome, Outcome::Fault { .. }));
        }
    }
    eprintln!("{vectors} vectors, {faults} of them faults, {reads} reads of preimages");
    assert!(vectors > 1_000 && faults > 100 && reads > 100);
}

/// The files are what the machine does now.
#[test]
fn the_set_is_current() {
    let generated = cases::all();
    let files = std::fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, generated.len());
    for class in generated {
        let text = std::fs::read_to_string(folder().join(format!("{}.json", class.name))).unwrap();
        assert!(text == class.to_json(), "{} is stale: run `cargo xtask vectors`", class.name);
    }
}

/// A vector with a wrong byte is noticed on both sides: in the state after, in the proof, in the reason of a fault.
#[test]
fn sabotaged_vectors() {
    let (mut host, keys) = host();
    let mut judge = Judge::informed(&host, &keys, 12, CONTEXT);
    for class in committed() {
        for (index, mut vector) in class.vectors.into_iter().enumerate().filter(|(index, _)| index % 7 == 0) {
            match &mut vector.outcome {
                Outcome::Step(after) => {
                    let place = index % 188;
                    after.witness[place] ^= 1;
                    assert!(run(&vector, Mips64::new, &mut host).is_err(), "{}: {}", class.name, vector.name);
                    assert!(judged(&vector, &mut judge).is_err(), "{}: {}", class.name, vector.name);
                }
                Outcome::Fault { revert, .. } => {
                    let mut other = revert.to_vec();
                    other[0] ^= 1;
                    *revert = other.into();
                    assert!(run(&vector, Mips64::new, &mut host).is_err(), "{}: {}", class.name, vector.name);
                    assert!(judged(&vector, &mut judge).is_err(), "{}: {}", class.name, vector.name);
                }
            }
        }
    }
}
