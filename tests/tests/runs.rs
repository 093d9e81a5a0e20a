//! Whole runs of the committed guests, and steps sampled from them, taken in the compiled contract.
//!
//! `cargo test -p conformance --test runs -- --ignored --nocapture` runs the campaign of 100,000 steps.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{B256, hex};
use conformance::evidence::every_kind;
use conformance::guests;
use conformance::run::{Recording, Tally};
use host::OfflineHost;
use mips64::slow::Slow;
use mips64::{Mips64, State};
use preimage::KeyType;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use vm::{ElfImage, Machine, NoSource, RunStop, lock_step};

const CONTEXT: B256 = B256::repeat_byte(0xc0);
/// What the self-test compares its hashes with.
const EXPECTED_HASH: [u8; 32] = hex!("b73ed4246159b5b153d18e91599781322c9ecb2552a213dea7f1bfbf80811c67");
const KINDS: [KeyType; 5] = [KeyType::Local, KeyType::Keccak256, KeyType::Sha256, KeyType::Blob, KeyType::Precompile];

/// The guest that reads a list of preimages, over one of every kind: each read, and each 50th step.
#[test]
fn a_guest_that_reads_every_kind() {
    let (mut host, keys) = every_kind();
    let machine = guests::load("preimages", None);
    let mut run = Recording::of(machine, &mut host, usize::MAX, 0).unwrap();
    assert_eq!(run.exit_code, 0, "the claim about the list is true");
    let mut steps: Vec<u64> = run.reads.values().flat_map(|reads| reads.chosen.iter().flatten().copied()).collect();
    let reads = steps.len() as u64;
    steps.extend((0..run.steps).step_by(50));
    steps.extend([run.steps - 2, run.steps - 1]);
    steps.sort_unstable();
    steps.dedup();
    let tally = run.compare(&steps, &host, CONTEXT, 2).unwrap();
    report("preimages", &run, &tally);
    assert_eq!(tally.steps, steps.len() as u64);
    assert!(tally.reads.values().sum::<u64>() == reads && reads > 300, "{reads} reads of {} keys", keys.len());
    assert!(KINDS.iter().all(|kind| tally.reads.contains_key(kind)), "{:?}", tally.reads);

    // The same guest and list under a false claim: another verdict from the same code.
    let boot = host.boot().with_claim(B256::repeat_byte(0x99), 7);
    let mut lie = OfflineHost::new(host.store().clone(), boot);
    let run = Recording::of(guests::load("preimages", None), &mut lie, 0, 0).unwrap();
    assert_eq!(run.exit_code, 1);
}

/// Steps of the program over a recorded dispute, with reads of every kind at their first, a middle and their last offset.
#[test]
fn steps_of_the_program() {
    sample_the_program(3_000, 4, 0x5eed_0001);
}

/// The same with 100,000 steps.
#[test]
#[ignore = "campaign: 100,000 steps, a minute or two"]
fn a_hundred_thousand_steps_of_the_program() {
    sample_the_program(100_000, 40, 0x5eed_0002);
}

fn sample_the_program(count: usize, preimages: usize, seed: u64) {
    let Some(mut host) = guests::recorded("op-sepolia-16491249") else { return };
    let machine = guests::load("program", Some(&host));
    let start = Instant::now();
    let mut run = Recording::of(machine, &mut host, preimages, seed).unwrap();
    eprintln!("{} steps recorded in {:.1?}, exit code {}", run.steps, start.elapsed(), run.exit_code);
    assert_eq!(run.exit_code, 0, "the recorded claim is true");
    let mut steps = run.spread(count, seed);
    steps.extend(run.reads.values().flat_map(|reads| reads.first_middle_last()));
    steps.extend([0, 1, run.steps - 2, run.steps - 1]);
    steps.sort_unstable();
    steps.dedup();
    let start = Instant::now();
    let tally = run.compare(&steps, &host, CONTEXT, 2).unwrap();
    eprintln!("compared in {:.1?}", start.elapsed());
    report("program", &run, &tally);
    assert_eq!(tally.steps, steps.len() as u64);
    assert!(KINDS.iter().all(|kind| tally.reads.contains_key(kind)), "{:?}", tally.reads);
}

fn report(name: &str, run: &Recording, tally: &Tally) {
    let (gas, what) = &tally.dearest;
    eprintln!(
        "{name}: {} of {} steps compared, reads {:?}, dearest {gas} gas: {what}",
        tally.steps, run.steps, tally.reads
    );
    for (kind, reads) in &run.reads {
        eprintln!("  {kind:?}: {} preimages read, the longest in {} steps", reads.seen, reads.longest.len());
    }
}

/// A guest that checks the kernel's memory functions and hash ends well, and its first steps are the same in the twin.
#[test]
fn the_self_test_passes() {
    let mut machine = guests::load("selftest", None);
    lock_step_of_self_test(&mut machine, 1 << 24);
    assert_eq!(machine.run(u64::MAX, &mut NoSource, None).unwrap(), RunStop::Exited);
    assert_eq!(machine.exit_code(), Some(0));
}

/// All of it, in both.
#[test]
#[ignore = "campaign: 600 M steps of the slow twin, some minutes"]
fn the_self_test_passes_in_both_machines() {
    let mut machine = guests::load("selftest", None);
    lock_step_of_self_test(&mut machine, u64::MAX);
    assert_eq!(machine.exit_code(), Some(0));
    eprintln!("selftest: {} steps", machine.step());
}

fn lock_step_of_self_test(machine: &mut Mips64, until: u64) {
    let mut twin = Slow::new(machine.snapshot().into_state());
    let sources = (&mut NoSource as _, &mut NoSource as _);
    lock_step::<Mips64, Slow>(machine, &mut twin, sources, 1 << 22, until).unwrap().unwrap();
    assert_eq!(machine.exit_code(), twin.exit_code());
}

/// The same guest in an emulator by others; and with another expected hash in it, which both have to notice.
#[test]
fn the_self_test_passes_in_qemu() {
    let honest = std::fs::read(guests::path("selftest")).unwrap();
    let place = honest.windows(32).position(|bytes| bytes == EXPECTED_HASH).expect("the guest holds the hash");
    let mut sabotaged = honest.clone();
    sabotaged[place] ^= 1;
    let mut machine = Mips64::new(State::from_elf(&ElfImage::parse(&sabotaged).unwrap()).unwrap());
    machine.run(u64::MAX, &mut NoSource, None).unwrap();
    assert_eq!(machine.exit_code(), Some(1));
    for (name, file, code) in [("honest", honest, 0), ("sabotaged", sabotaged, 1)] {
        in_qemu(name, &file, code);
    }
}

fn in_qemu(name: &str, file: &[u8], code: i32) {
    // The emulator loads executable files only; the committed guests are plain data.
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&copy, file).unwrap();
    std::fs::set_permissions(&copy, Permissions::from_mode(0o755)).unwrap();
    // Release 1 of the instruction set, big-endian.
    match Command::new("qemu-mips64").args(["-cpu", "5Kc"]).arg(&copy).status() {
        Ok(status) => assert_eq!(status.code(), Some(code), "{name}: {status}"),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("SKIPPED: qemu-mips64 is not installed (apt: qemu-user)");
        }
        Err(error) => panic!("{error}"),
    }
}
