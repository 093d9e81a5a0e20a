//! Whole claims over recorded data, with the verdicts of other programs.

use crate::{
    real as data,
    verdicts::Served,
    witness::{Witness, WitnessOracle, folders, load, named},
};
use alloy_primitives::{B256, Bytes, b256, hex, keccak256};
use preimage::{KeyType, PreimageKey};
use program::{Boot, DataError, EXIT_UNKNOWN, Verdict, run_span, trie::Trie};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use std::{collections::BTreeMap, ops::ControlFlow, time::Instant};
use vm::{ElfImage, Machine, RunStop};

/// Every claim of every folder.
#[test]
fn every_claim_gets_its_known_verdict() {
    let mut failures = Vec::new();
    let mut claims = 0;
    for folder in folders("every_claim_gets_its_known_verdict") {
        let witness = load(&folder);
        for claim in &witness.expected {
            let start = Instant::now();
            let verdict = witness.judge(claim.root, claim.block);
            let took = start.elapsed();
            let right = match &verdict {
                Ok(Verdict::Valid) => claim.valid,
                Ok(Verdict::Invalid { .. }) => !claim.valid,
                Err(_) => false,
            };
            println!("{} {}: {verdict:?} {took:?}", witness.name, claim.kind);
            claims += 1;
            if !right {
                failures.push(format!("{} {}: {verdict:?}", witness.name, claim.kind));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {claims} claims: {failures:#?}", failures.len());
}

/// The same claims in the machine, by the committed image: the half of the folders that takes fewer steps, or all in a campaign. The
/// twin: a missing value is an error of the host and never ends the machine.
#[test]
fn every_claim_in_the_machine() {
    let mut folders = folders("every_claim_in_the_machine");
    let size = |folder: &std::path::PathBuf| std::fs::metadata(folder.join("preimages.kv.zst")).unwrap().len();
    // Blocks to make, then what they read.
    folders.sort_by_cached_key(|folder| {
        let boot = data::json(&std::fs::read(folder.join("boot.json")).unwrap());
        let number = |name: &str| data::number(&boot[name]);
        (number("claimed_l2_block_number") - number("agreed_l2_block_number") + size(folder) / 400_000, size(folder))
    });
    if std::env::var_os("TRIBUNAL_CAMPAIGN").is_none() {
        folders.truncate(folders.len().div_ceil(2));
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../guests/prestates/program.mips64.elf");
    let file = std::fs::read(file).unwrap();
    for (index, folder) in folders.iter().enumerate() {
        let witness = load(folder);
        let mut image = ElfImage::parse(&file).unwrap();
        image.set_chain_configs(&witness.section()).unwrap();
        let mut start = mips64::Mips64::new(mips64::State::from_elf(&image).unwrap());
        let boot = |claim: &crate::witness::Expected| Boot {
            claimed_output_root: claim.root,
            claimed_block_number: claim.block,
            ..witness.boot
        };
        for claim in &witness.expected {
            let mut machine = start.snapshot();
            let mut host = Served(WitnessOracle::new(&witness.values, &boot(claim)));
            assert_eq!(machine.run(u64::MAX, &mut host, None).unwrap(), RunStop::Exited, "{}", witness.name);
            println!("{} {}: {} steps", witness.name, claim.kind, machine.step());
            assert_eq!(machine.exit_code(), Some(u8::from(!claim.valid)), "{} {}", witness.name, claim.kind);
        }
        if index == 0 {
            let boot = boot(&witness.expected[0]);
            let mut oracle = WitnessOracle::new(&witness.values, &boot);
            oracle.changed.insert(PreimageKey::keccak256(boot.l1_head), Bytes::new());
            let mut machine = start.snapshot();
            assert!(machine.run(u64::MAX, &mut Served(oracle), None).is_err(), "a missing value ended the machine");
            assert_eq!(machine.exit_code(), None);
            let oracle = || {
                let mut oracle = WitnessOracle::new(&witness.values, &boot);
                oracle.changed.insert(PreimageKey::keccak256(boot.l1_head), Bytes::new());
                oracle
            };
            assert_eq!(program::run(oracle(), &witness.section()), EXIT_UNKNOWN, "natively it is exit code 2");
        }
    }
}

/// The root that the program computes does not depend on the claim, and its exit codes are those of the guest.
#[test]
fn the_real_block_is_computed_whatever_is_claimed() {
    let Some(witness) = named("the_real_block_is_computed_whatever_is_claimed", "op-sepolia-16491249") else { return };
    let root = b256!("82da7204148ba4d8d59e587b6b3fdde5561dc31d9e726220f7974bf9f2158d75");
    let block = witness.boot.claimed_block_number;
    assert_eq!(witness.judge(root, block).unwrap(), Verdict::Valid);
    for claim in [B256::ZERO, witness.boot.agreed_output_root, B256::repeat_byte(0xff)] {
        assert_eq!(witness.judge(claim, block).unwrap(), Verdict::Invalid { computed: Some(root) });
    }
    assert_eq!(program::run(witness.oracle(), &witness.section()), 0);
    let boot = Boot { claimed_output_root: B256::ZERO, ..witness.boot };
    assert_eq!(program::run(WitnessOracle::new(&witness.values, &boot), &witness.section()), 1);
    let other_chain = Boot { chain_id: 10, ..witness.boot };
    assert_eq!(program::run(WitnessOracle::new(&witness.values, &other_chain), &witness.section()), EXIT_UNKNOWN);
    assert_eq!(program::run(witness.oracle(), &[]), EXIT_UNKNOWN);
    let mut section = witness.section();
    section.push(0);
    assert_eq!(program::run(witness.oracle(), &section), EXIT_UNKNOWN);
}

/// T1 and T4: what other programs ask for in vain is not asked for here. That it would be missing is shown beside it.
#[test]
fn needless_preimages_are_not_asked_for() {
    let Some(witness) = named("needless_preimages_are_not_asked_for", "op-sepolia-16491249") else { return };
    let mut oracle = witness.oracle();
    assert_eq!(program::judge(&mut oracle, &witness.section()).unwrap(), Verdict::Valid);
    let vault_path = PreimageKey::keccak256(b256!("00ebc623dc838f40a9304e70b19e9b7329daabda13cf82c471d9706e1394c158"));
    assert!(!oracle.asked.contains(&vault_path));
    assert!(!oracle.asked.iter().any(|key| key.as_bytes().starts_with(&hex!("02a16995ecff58"))));

    let state_root = b256!("88a3bea05d49ee3fc9a3fc0650f5166464768841a14bffff685e394e3458ffbe");
    let vault = keccak256(hex!("420000000000000000000000000000000000001b"));
    let source = program::Oracle::new(witness.oracle(), witness.boot.chain_id);
    let error = Trie::new(state_root).get(&source, vault.as_slice()).unwrap_err();
    let program::trie::TrieError::Source(DataError::Oracle(preimage::OracleError::Missing(key))) = error else {
        panic!("{error:?}");
    };
    assert_eq!(key, vault_path);
}

/// Each preimage that was read is needed: without it the program says "unknown" and names it.
fn removal_is_noticed(witness: &Witness, samples: usize) {
    let mut oracle = witness.oracle();
    program::judge(&mut oracle, &witness.section()).unwrap();
    let mut rng = SmallRng::seed_from_u64(3);
    let mut by_type: BTreeMap<KeyType, Vec<PreimageKey>> = BTreeMap::new();
    for key in &oracle.asked {
        by_type.entry(key.key_type()).or_default().push(*key);
    }
    for keys in by_type.values() {
        for key in keys.choose_multiple(&mut rng, samples) {
            let mut oracle = witness.oracle();
            oracle.changed.insert(*key, Bytes::new());
            let error = program::judge(&mut oracle, &witness.section()).unwrap_err();
            assert_eq!(error.missing(), Some(key), "{}: {error:?}", witness.name);
            assert!(error.to_string().contains(&key.to_string()), "{error}");
        }
    }
}

#[test]
fn a_missing_preimage_is_named() {
    for (name, samples) in [("op-sepolia-16491249", 2), ("isthmus-86", 3), ("ecotone-activation-10", 40)] {
        if let Some(witness) = named("a_missing_preimage_is_named", name) {
            removal_is_noticed(&witness, samples);
        }
    }
}

/// Garbage in the place of any value: an error or a wrong root, never a panic, and never a confirmation of the claim by a block
/// that was changed.
#[test]
fn garbage_never_panics() {
    for (name, rounds) in [("early-0-8", 400), ("ecotone-activation-10", 500), ("granite-44", 60), ("isthmus-86", 20)] {
        let Some(witness) = named("garbage_never_panics", name) else { return };
        let section = witness.section();
        let mut oracle = witness.oracle();
        program::judge(&mut oracle, &section).unwrap();
        let keys: Vec<PreimageKey> =
            oracle.asked.iter().filter(|k| k.key_type() == KeyType::Keccak256).copied().collect();
        let mut rng = SmallRng::seed_from_u64(5);
        let mut errors = 0;
        for round in 0..rounds {
            let key = *keys.choose(&mut rng).unwrap();
            let mut value = witness.values[&key].to_vec();
            match round % 4 {
                0 => value.truncate(rng.random_range(1..=value.len())),
                1 => rng.fill(&mut value[..]),
                _ => {
                    let at = rng.random_range(0..value.len().min(if round % 8 == 2 { 8 } else { usize::MAX }));
                    value[at] = rng.random();
                }
            }
            let mut oracle = witness.oracle();
            oracle.changed.insert(key, value.into());
            errors += usize::from(program::judge(&mut oracle, &section).is_err());
        }
        assert!(errors > rounds / 4, "{name}: {errors} of {rounds}");
    }
}

/// The table of claims (block below, at, above the agreed one; up to, at, beyond the end of L1's data; any root), from the
/// specification's rules and the chain's known output roots.
#[test]
fn claims_are_judged_by_number_and_root() {
    let test = "claims_are_judged_by_number_and_root";
    let Some(witness) = named(test, "not-on-l1-140") else { return };
    let chain = chain(test);
    let (agreed, last) = (witness.agreed_block, 138);
    let roots = [chain[&agreed].0, chain[&last].0, chain[&140].0, chain[&(agreed - 1)].0, B256::ZERO];
    for block in [0, agreed - 1, agreed, agreed + 1, last, last + 1, 140, u64::MAX] {
        // Which root holds, if any.
        let right = match block {
            _ if block < agreed => None,
            _ if block <= last => Some(chain[&block].0),
            _ => Some(chain[&last].0),
        };
        for root in roots {
            // Two runs a block are enough where blocks have to be derived.
            if block > agreed && root != roots[0] && Some(root) != right {
                continue;
            }
            let expected = match right {
                Some(right) if right == root => Verdict::Valid,
                computed => Verdict::Invalid { computed },
            };
            assert_eq!(witness.judge(root, block).unwrap(), expected, "block {block}, root {root}");
        }
    }
}

/// A claim that the numbers alone decide reads the agreed block's header and nothing else.
#[test]
fn a_claim_below_the_agreed_block_reads_no_more() {
    let Some(witness) = named("a_claim_below_the_agreed_block_reads_no_more", "isthmus-86") else { return };
    let boot = Boot { claimed_block_number: 84, ..witness.boot };
    let mut oracle = WitnessOracle::new(&witness.values, &boot);
    assert_eq!(program::judge(&mut oracle, &witness.section()).unwrap(), Verdict::Invalid { computed: None });
    assert_eq!(oracle.asked.iter().filter(|key| key.key_type() != KeyType::Local).count(), 2);
}

/// Output root, hash and extra data of every block of the recorded chain.
fn chain(test: &str) -> BTreeMap<u64, (B256, B256)> {
    let Some(folder) = data::folder(test) else { return BTreeMap::new() };
    let blocks = data::json(&data::unzstd(&folder.join("devnet-901901/chain/l2-blocks.json.zst")));
    let entry = |block: &serde_json::Value| {
        (data::number(&block["number"]), (data::word(&block["outputRoot"]), data::word(&block["hash"])))
    };
    blocks.as_array().unwrap().iter().map(entry).collect()
}

/// Every block of every span has the hash and the output root of the recorded chain.
#[test]
fn spans_give_the_chain_block_by_block() {
    let test = "spans_give_the_chain_block_by_block";
    let chain = chain(test);
    let mut blocks = 0;
    for folder in folders(test).iter().filter(|folder| !folder.ends_with("op-sepolia-16491249")) {
        let witness = load(folder);
        let boot = witness.boot;
        let mut number = witness.agreed_block;
        let last = run_span(
            witness.oracle(),
            &witness.config,
            boot.l1_head,
            boot.agreed_output_root,
            boot.claimed_block_number,
            &mut |block| {
                number += 1;
                blocks += 1;
                assert_eq!(block.header.number, number);
                assert_eq!((block.output.hash(), block.header.seal()), chain[&number], "{} {number}", witness.name);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(last.unwrap(), number);
    }
    assert!(chain.is_empty() || blocks > 100, "{blocks}");
    // It stops where it is told to, by number or by the receiver.
    if let Some(witness) = named(test, "early-0-8") {
        let span = |to, each: &mut dyn FnMut(&program::SpanBlock) -> ControlFlow<()>| {
            let boot = witness.boot;
            run_span(witness.oracle(), &witness.config, boot.l1_head, boot.agreed_output_root, to, each).unwrap()
        };
        assert_eq!(span(3, &mut |_| ControlFlow::Continue(())), 3);
        assert_eq!(span(8, &mut |_| ControlFlow::Break(())), 1);
        assert_eq!(span(0, &mut |_| panic!("nothing to do")), 0);
    }
}
