//! `cargo xtask mutate`: how many small mistakes in the contracts the forge tests notice. Each mutant is one change of one
//! source. Only the mutated contract is compiled and put in place of its artifact, under tests that are compiled once and
//! deploy from artifacts; `--confirm` tries what survived again with everything compiled anew, since tests of internal
//! functions hold copies of them. Results stay in contracts/mutation/results.json, so that a run goes on where the last one
//! stopped; a result counts as long as its line says what it said. `--check` holds the results against the sources and the
//! survivors against contracts/mutation/README.md, which explains each of them; a test does the same.

mod operators;
mod worker;

use eyre::{Context, Result, bail, ensure};
use operators::Mutation;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use worker::Worker;

/// A group of sources, the contracts that they end up in, and the tests that must notice.
struct Unit {
    name: &'static str,
    /// Sources that are mutated, with the contract by which each is tested.
    sources: &'static [(&'static str, &'static str)],
    /// The tests: folders and files below test/.
    tests: &'static [&'static str],
}

const GAME: &str = "src/dispute/FaultDisputeGame.sol";
const ORACLE: &str = "src/oracle/PreimageOracle.sol";
const REGISTRY: &str = "src/registry/AnchorStateRegistry.sol";
const FACTORY: &str = "src/registry/DisputeGameFactory.sol";
const PORTAL: &str = "src/L1/OptimismPortal2.sol";
const MACHINE: &str = "src/vm/MIPS64.sol";

const UNITS: [Unit; 5] = [
    Unit {
        name: "game",
        sources: &[
            (GAME, GAME),
            ("src/dispute/Position.sol", GAME),
            ("src/dispute/Types.sol", GAME),
            ("src/dispute/CloneArgs.sol", GAME),
            ("src/dispute/fault/Bisection.sol", GAME),
            ("src/dispute/fault/BlockNumberChallenge.sol", GAME),
            ("src/dispute/fault/BondCurve.sol", GAME),
            ("src/dispute/fault/ClaimTree.sol", GAME),
            ("src/dispute/fault/FaultGameArgs.sol", GAME),
            ("src/dispute/fault/FaultGameConfig.sol", GAME),
            ("src/dispute/fault/GameArgs.sol", GAME),
            ("src/dispute/fault/GameClocks.sol", GAME),
            ("src/dispute/fault/GameLife.sol", GAME),
            ("src/dispute/fault/Payout.sol", GAME),
            ("src/dispute/fault/Resolution.sol", GAME),
            ("src/dispute/fault/TraceSearch.sol", GAME),
            ("src/dispute/DelayedWETH.sol", "src/dispute/DelayedWETH.sol"),
        ],
        tests: &["dispute"],
    },
    Unit {
        name: "oracle",
        sources: &[
            ("src/oracle/Keccak.sol", ORACLE),
            ("src/oracle/LargePreimageMetadata.sol", ORACLE),
            ("src/oracle/LargePreimages.sol", ORACLE),
            ("src/oracle/PreimageKey.sol", ORACLE),
            ("src/oracle/PreimageParts.sol", ORACLE),
        ],
        tests: &["oracle"],
    },
    Unit {
        name: "registry",
        sources: &[(REGISTRY, REGISTRY), (FACTORY, FACTORY), ("src/dispute/CloneWithArgs.sol", FACTORY)],
        tests: &["registry", "dispute/CloneWithArgs.t.sol"],
    },
    Unit {
        name: "portal",
        sources: &[(PORTAL, PORTAL), ("src/L1/PortalWithdrawals.sol", PORTAL), ("src/L1/PortalStorage.sol", PORTAL)],
        tests: &["L1/OptimismPortal2.t.sol", "L1/portal"],
    },
    Unit {
        name: "MIPS64",
        sources: &[
            (MACHINE, MACHINE),
            ("src/vm/Arithmetic.sol", MACHINE),
            ("src/vm/Branches.sol", MACHINE),
            ("src/vm/Descriptors.sol", MACHINE),
            ("src/vm/LoadStore.sol", MACHINE),
            ("src/vm/MerkleMemory.sol", MACHINE),
            ("src/vm/Packed.sol", MACHINE),
            ("src/vm/Reservation.sol", MACHINE),
            ("src/vm/SubWord.sol", MACHINE),
            ("src/vm/Syscalls.sol", MACHINE),
            ("src/vm/Thread.sol", MACHINE),
            ("src/vm/ThreadStack.sol", MACHINE),
            ("src/vm/VmState.sol", MACHINE),
        ],
        tests: &["vm"],
    },
];

/// One mutant: where, and what.
struct Mutant {
    path: &'static str,
    contract: &'static str,
    mutation: Mutation,
    /// Identity in the results.
    key: String,
}

/// What became of a mutant.
enum Verdict {
    Killed(String),
    Survived,
    /// It does not compile.
    Invalid,
}

/// The least part of a unit's mutants that must be killed, in percent.
const KILLED: usize = 90;

/// The least number of mutants of today's sources that have a result.
const RESULTS: usize = 300;

/// Runs `count` valid mutants of the named units (all when empty), spread evenly, in the order of `seed`; results of earlier
/// runs count, but for survivors when they are to be confirmed.
///
/// # Errors
/// Unknown units, tests that fail without a mutation, and what goes wrong with tools.
pub(crate) fn run(root: &Path, seed: u64, count: usize, confirm: bool, names: &[String]) -> Result<()> {
    for name in names {
        ensure!(UNITS.iter().any(|unit| unit.name == name), "there is no unit {name}");
    }
    let contracts = root.join("contracts");
    let mut results = kept(&contracts)?;
    let units: Vec<&Unit> =
        UNITS.iter().filter(|unit| names.is_empty() || names.iter().any(|n| n == unit.name)).collect();
    for (index, unit) in units.iter().enumerate() {
        let wanted = count / units.len() + usize::from(index < count % units.len());
        let mutants = shuffled(mutants(&contracts, unit)?, seed);
        let mut worker = None;
        let mut valid = 0;
        for mutant in &mutants {
            if valid == wanted {
                break;
            }
            let verdict = results.get(&mutant.key).and_then(|known| known["verdict"].as_str()).map(str::to_owned);
            let again = confirm && verdict.as_deref() == Some("survived");
            let verdict = if let Some(known) = verdict.filter(|_| !again) {
                known
            } else {
                let worker = match &mut worker {
                    Some(worker) => worker,
                    none => none.insert(Worker::start(root, unit).wrap_err_with(|| unit.name.to_string())?),
                };
                let judged = match worker.judge(mutant)? {
                    Verdict::Survived if again => worker.judge_thoroughly(mutant)?,
                    judged => judged,
                };
                let (verdict, by) = match judged {
                    Verdict::Killed(test) => ("killed", test),
                    Verdict::Survived => ("survived", String::new()),
                    Verdict::Invalid => ("invalid", String::new()),
                };
                println!("{} {}:{} {verdict} {by}", unit.name, mutant.path, mutant.mutation.line);
                let entry = json!({"unit": unit.name, "verdict": verdict, "by": by});
                results.insert(mutant.key.clone(), entry);
                std::fs::write(contracts.join(RESULTS_FILE), serde_json::to_string_pretty(&results)? + "\n")?;
                verdict.into()
            };
            valid += usize::from(verdict != "invalid");
        }
    }
    report(&results);
    Ok(())
}

const RESULTS_FILE: &str = "mutation/results.json";

/// Results of earlier runs.
fn kept(contracts: &Path) -> Result<BTreeMap<String, Value>> {
    match std::fs::read(contracts.join(RESULTS_FILE)) {
        Ok(bytes) => serde_json::from_slice(&bytes).wrap_err(RESULTS_FILE),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error).wrap_err(RESULTS_FILE),
    }
}

/// Holds the kept results against today's sources: results of lines that are gone are named and do not count; of the rest
/// there must be enough, enough of each unit killed, and every survivor explained in the README. Compiles nothing.
///
/// # Errors
/// What is not so.
pub(crate) fn check(root: &Path) -> Result<()> {
    let contracts = root.join("contracts");
    let readme = std::fs::read_to_string(contracts.join("mutation/README.md")).wrap_err("mutation/README.md")?;
    let mut results = kept(&contracts)?;
    let mut total = 0;
    for unit in &UNITS {
        let today: BTreeSet<String> = mutants(&contracts, unit)?.into_iter().map(|mutant| mutant.key).collect();
        let of_unit = |entry: &Value| entry["unit"] == unit.name;
        let outdated: Vec<String> = results
            .iter()
            .filter(|(key, entry)| of_unit(entry) && !today.contains(*key))
            .map(|(key, _)| key.clone())
            .collect();
        for key in outdated {
            println!("outdated: {key}");
            results.remove(&key);
        }
        let count = |verdict| results.values().filter(|entry| of_unit(entry) && entry["verdict"] == verdict).count();
        let (killed, survived) = (count("killed"), count("survived"));
        ensure!(
            killed * 100 >= KILLED * (killed + survived) && killed > 0,
            "{}: {killed} mutants killed, {survived} survived",
            unit.name
        );
        total += killed + survived;
    }
    ensure!(total >= RESULTS, "only {total} mutants have a result");
    let mut survivors = results.iter().filter(|(_, entry)| entry["verdict"] == "survived").map(|(key, _)| key);
    if let Some(key) = survivors.find(|key| !readme.contains(key.as_str())) {
        bail!("mutation/README.md does not explain {key}");
    }
    report(&results);
    Ok(())
}

/// Prints the score of each unit and its survivors.
fn report(results: &BTreeMap<String, Value>) {
    for unit in &UNITS {
        let of = |verdict: &str| {
            let found = results.iter().filter(|(_, entry)| entry["unit"] == unit.name && entry["verdict"] == verdict);
            found.map(|(key, _)| key.as_str()).collect::<Vec<_>>()
        };
        let (killed, survived) = (of("killed"), of("survived"));
        let all = killed.len() + survived.len();
        if let Some(share) = (100 * killed.len()).checked_div(all) {
            println!("{}: {} of {all} mutants killed ({share} %)", unit.name, killed.len());
        }
        for key in survived {
            println!("  survived: {key}");
        }
    }
}

/// Every mutant of a unit.
fn mutants(contracts: &Path, unit: &Unit) -> Result<Vec<Mutant>> {
    let mut all = Vec::new();
    // The same line may stand in a source more than once: the second time has a key of its own.
    let mut times = BTreeMap::new();
    for (path, contract) in unit.sources {
        let text = std::fs::read_to_string(contracts.join(path)).wrap_err_with(|| (*path).to_string())?;
        for mutation in operators::mutations(&text) {
            let line = text.lines().nth(mutation.line - 1).unwrap_or_default().trim();
            let mutated = mutation.apply(&text);
            let changed = mutated.lines().nth(mutation.line - 1).unwrap_or_default().trim();
            let mut key = format!("{path}: {line} => {changed}");
            let time = times.entry(key.clone()).and_modify(|time| *time += 1).or_insert(1_usize);
            if *time > 1 {
                key = format!("{key} ({time})");
            }
            all.push(Mutant { path, contract, mutation, key });
        }
    }
    if all.is_empty() {
        bail!("no mutants of {}", unit.name);
    }
    Ok(all)
}

/// Fisher–Yates by splitmix64: the same order for a seed on every machine.
fn shuffled(mut mutants: Vec<Mutant>, seed: u64) -> Vec<Mutant> {
    let mut state = seed;
    for end in (1..mutants.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mutants.swap(end, ((z ^ z >> 31) % (end as u64 + 1)) as usize);
    }
    mutants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_has_a_key_of_its_own() {
        let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts");
        for unit in &UNITS {
            let all = mutants(&contracts, unit).unwrap();
            let keys: BTreeSet<&str> = all.iter().map(|mutant| mutant.key.as_str()).collect();
            assert_eq!(keys.len(), all.len(), "{}", unit.name);
        }
    }
}
