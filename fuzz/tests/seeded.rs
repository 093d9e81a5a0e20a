//! Every target on mutated seeds, from fixed seeds of the generator, with the bytes that a run allocates counted. One test and
//! nothing beside it: the count is the process's.
//!
//! `TRIBUNAL_FUZZ_ROUNDS` multiplies the rounds (1,000 a target, fewer for slow ones).
#![allow(missing_docs, clippy::unwrap_used)]

use fuzz::{Budget, TARGETS, Target, mutate};
use rand::{SeedableRng, rngs::SmallRng};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::{
    alloc::System,
    panic::{AssertUnwindSafe, catch_unwind},
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What the rounds of a target came to.
#[derive(Debug, Default)]
struct Tally {
    taken: usize,
    refused: usize,
    /// Most bytes that a run allocated beyond what its input allows for by length.
    most: usize,
}

/// Runs a target; the first fault is described with the input that shows it.
fn run(target: &Target, rounds: usize, seed: u64) -> Result<Tally, String> {
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{} has seeds", target.name);
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut tally = Tally::default();
    for round in 0..rounds.max(seeds.len()) {
        let input = seeds.get(round).cloned().unwrap_or_else(|| mutate(&mut rng, &seeds));
        let region = Region::new(ALLOCATOR);
        let result = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        let change = region.change();
        let allocated = change.bytes_allocated + usize::try_from(change.bytes_reallocated).unwrap_or(0);
        let hex = || input.iter().take(2000).map(|byte| format!("{byte:02x}")).collect::<String>();
        match result {
            Ok(true) => tally.taken += 1,
            // A seed is a good input by definition.
            Ok(false) if round < seeds.len() => return Err(format!("seed {round} was refused: {}", hex())),
            Ok(false) => tally.refused += 1,
            Err(_) => return Err(format!("panicked on {}", hex())),
        }
        if allocated > target.budget.of(&input) {
            return Err(format!("{allocated} bytes allocated for {} bytes: {}", input.len(), hex()));
        }
        tally.most = tally.most.max(allocated.saturating_sub(target.budget.per_byte * input.len()));
    }
    Ok(tally)
}

#[test]
fn every_target_keeps_its_properties_and_its_memory() {
    let factor = std::env::var("TRIBUNAL_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut faults = Vec::new();
    for (target, seed) in TARGETS.iter().zip(1..) {
        let start = std::time::Instant::now();
        // Campaigns give the factor of the derivation's garbage tests; a hundredth of it is an hour here.
        let rounds = target.share * if factor > 100 { factor / 100 } else { factor } * 4;
        match run(target, rounds, seed) {
            Err(fault) => faults.push(format!("{}: {fault}", target.name)),
            // A target that takes everything, or nothing, tests nothing.
            Ok(tally) if tally.taken == 0 || tally.refused == 0 => faults.push(format!("{}: {tally:?}", target.name)),
            Ok(tally) => println!("{}: {tally:?} in {:?}", target.name, start.elapsed()),
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    sabotaged_targets_are_found_out();
}

/// The twins: a decoder that panics on a truncated input, one that believes a length, one that refuses what is good.
fn sabotaged_targets_are_found_out() {
    let seeds = || vec![vec![0, 0, 0, 4, 1, 2, 3, 4]];
    let length = |bytes: &[u8]| bytes.get(..4).map_or(0, |head| u32::from_be_bytes(head.try_into().unwrap()) as usize);
    let good = Target { name: "good", run: |_| true, seeds, budget: Budget { base: 4096, per_byte: 8 }, share: 1000 };
    assert!(run(&good, 2000, 1).is_ok());
    let panics = Target { run: |bytes| bytes[4] < 5, ..good };
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    assert!(run(&panics, 2000, 1).unwrap_err().starts_with("panicked"));
    std::panic::set_hook(hook);
    let believes = Target {
        run: |bytes| {
            let head = bytes.get(..4).map_or(0, |head| u32::from_be_bytes(head.try_into().unwrap()) as usize);
            Vec::<u8>::with_capacity(head.min(1 << 24)).capacity() < usize::MAX
        },
        ..good
    };
    assert!(run(&believes, 2000, 1).unwrap_err().contains("bytes allocated"));
    let strict = Target { run: |bytes| bytes.len() > 8, ..good };
    assert!(run(&strict, 2000, 1).unwrap_err().starts_with("seed 0"));
    assert_eq!(length(&seeds()[0]), 4);
}
