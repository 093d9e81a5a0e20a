//! Steps of a whole run, compared in the contract: one pass records where preimages are read and leaves a few snapshots;
//! workers then go over chosen steps in ascending order, each over its own stretch.

use crate::judge::Judge;
use crate::step;
use alloy_primitives::B256;
use host::OfflineHost;
use mips64::slow::Slow;
use mips64::{Fault, Mips64};
use preimage::{KeyType, PreimageKey};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use vm::{Machine, PreimageStop, RunError, RunStop};

/// Steps between snapshots.
const SPACING: u64 = 1 << 24;

/// A run, gone through once.
pub struct Recording {
    /// Steps until the exit.
    pub steps: u64,
    /// Exit code of the guest.
    pub exit_code: u8,
    /// Reads that were chosen, by kind of key.
    pub reads: BTreeMap<KeyType, Reads>,
    snapshots: Vec<Mips64>,
}

/// Reads of one kind: each entry is one preimage, with the step counters before its reads.
#[derive(Debug, Default)]
pub struct Reads {
    /// Preimages that were read, repeatedly or not.
    pub seen: usize,
    /// Those that were chosen.
    pub chosen: Vec<Vec<u64>>,
    /// The one with the most reads.
    pub longest: Vec<u64>,
}

impl Reads {
    /// Keeps each preimage with the same chance, `capacity` of them.
    fn add(&mut self, reads: Vec<u64>, capacity: usize, rng: &mut SmallRng) {
        self.seen += 1;
        if reads.len() > self.longest.len() {
            self.longest.clone_from(&reads);
        }
        if self.chosen.len() < capacity {
            self.chosen.push(reads);
        } else if let Some(place) = self.chosen.get_mut(rng.random_range(0..self.seen)) {
            *place = reads;
        }
    }

    /// Steps of the first, a middle and the last read of the chosen preimages and of the longest.
    pub fn first_middle_last(&self) -> impl Iterator<Item = u64> + '_ {
        let places = |reads: &Vec<u64>| {
            let last = reads.len().saturating_sub(1);
            [0, last / 2, last].map(|place| reads.get(place).copied())
        };
        self.chosen.iter().chain([&self.longest]).flat_map(places).flatten()
    }
}

impl Recording {
    /// Runs a guest to its exit and keeps the reads of `capacity` preimages of each kind, chosen by `seed`.
    ///
    /// # Errors
    /// A fault of the guest, or a missing preimage.
    pub fn of(
        mut machine: Mips64,
        host: &mut OfflineHost,
        capacity: usize,
        seed: u64,
    ) -> Result<Self, RunError<Fault>> {
        let mut rng = SmallRng::seed_from_u64(seed);
        let stop = PreimageStop { any: true, ..Default::default() };
        let mut snapshots = vec![machine.snapshot()];
        let mut reads = BTreeMap::<KeyType, Reads>::new();
        let mut current = (B256::ZERO, Vec::new());
        let mut finish = |(key, steps): (B256, Vec<u64>), rng: &mut SmallRng| {
            if let Some(kind) = KeyType::from_byte(key[0]).filter(|_| !steps.is_empty()) {
                reads.entry(kind).or_default().add(steps, capacity, rng);
            }
        };
        loop {
            match machine.run(snapshots.len() as u64 * SPACING, host, Some(&stop))? {
                RunStop::Exited => break,
                RunStop::Step => snapshots.push(machine.snapshot()),
                RunStop::Preimage => {
                    let state = machine.state();
                    // What the read answered is how far it moved on.
                    let count = state.thread().map_or(0, |thread| thread.registers[mips64::abi::V0]);
                    if state.preimage_offset == count || current.0 != state.preimage_key {
                        finish(core::mem::replace(&mut current, (state.preimage_key, Vec::new())), &mut rng);
                    }
                    current.1.push(state.step - 1);
                }
            }
        }
        finish(current, &mut rng);
        Ok(Self { steps: machine.step(), exit_code: machine.exit_code().unwrap_or(2), reads, snapshots })
    }

    /// Step counters spread over the run, ascending.
    pub fn spread(&self, count: usize, seed: u64) -> Vec<u64> {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut steps: Vec<u64> = (0..count).map(|_| rng.random_range(0..self.steps)).collect();
        steps.sort_unstable();
        steps
    }

    /// Takes the steps with these counters (ascending) in machine and contract, on `workers` threads. Each 16th is also taken
    /// by the slow twin.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(
        &mut self,
        steps: &[u64],
        host: &OfflineHost,
        context: B256,
        workers: usize,
    ) -> Result<Tally, String> {
        let stretch = steps.len().div_ceil(workers).max(1);
        let stretches: Vec<_> = steps.chunks(stretch).map(|steps| (self.snapshot_before(steps[0]), steps)).collect();
        std::thread::scope(|scope| {
            let threads: Vec<_> = stretches
                .into_iter()
                .map(|(machine, steps)| scope.spawn(move || compare(machine, steps, host.clone(), context)))
                .collect();
            let mut total = Tally::default();
            for thread in threads {
                total.add(thread.join().map_err(|_| "a worker panicked".to_owned())??);
            }
            Ok(total)
        })
    }

    /// The last snapshot from which a step can be reached.
    pub fn snapshot_before(&mut self, step: u64) -> Mips64 {
        let found = self.snapshots.iter_mut().rev().find(|machine| machine.step() <= step);
        found.expect("the first snapshot is of step 0").snapshot()
    }
}

fn compare(mut machine: Mips64, steps: &[u64], mut host: OfflineHost, context: B256) -> Result<Tally, String> {
    let mut judge = Judge::appoint();
    let mut tally = Tally::default();
    for step in steps {
        // A step that was chosen twice has been taken.
        if *step < machine.step() {
            continue;
        }
        machine.run(*step, &mut host, None).map_err(|error| error.to_string())?;
        let mut twin = (tally.steps % 16 == 0).then(|| Slow::new(machine.snapshot().into_state()));
        let description = machine.describe_step();
        let label = || format!("step {step}, {} at {:#x}", description.text, description.pc);
        let witness = machine.prove_step(&mut host).map_err(|error| format!("{}: {error}", label()))?;
        let judged = step::contract_agrees(&mut judge, &mut machine, &witness, &host, context, true)
            .map_err(|error| format!("{}: {error}", label()))?;
        if let Some(twin) = &mut twin {
            twin.run(step + 1, &mut host, None).map_err(|error| format!("{}: slow twin: {error}", label()))?;
            if twin.state_hash() != judged.hash {
                return Err(format!("{}: the slow twin has another state", label()));
            }
        }
        tally.count(judged.gas, witness.preimage.map(|read| PreimageKey::from_bytes(read.key.0)), &label);
    }
    Ok(tally)
}

/// What was compared.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Steps.
    pub steps: u64,
    /// Reads among them, by kind of key.
    pub reads: BTreeMap<KeyType, u64>,
    /// Gas of the dearest step, and what it was.
    pub dearest: (u64, String),
}

impl Tally {
    fn count<E>(&mut self, gas: u64, read: Option<Result<PreimageKey, E>>, label: &dyn Fn() -> String) {
        self.steps += 1;
        if let Some(Ok(key)) = read {
            *self.reads.entry(key.key_type()).or_default() += 1;
        }
        if gas > self.dearest.0 {
            self.dearest = (gas, label());
        }
    }

    fn add(&mut self, other: Self) {
        self.steps += other.steps;
        for (kind, count) in other.reads {
            *self.reads.entry(kind).or_default() += count;
        }
        if other.dearest.0 > self.dearest.0 {
            self.dearest = other.dearest;
        }
    }
}
