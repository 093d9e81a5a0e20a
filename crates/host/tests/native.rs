//! Native runs over recorded witnesses: every known verdict, every output root of a span, and what is missing by name.
//! The data lie outside the repository, where `TRIBUNAL_REAL_DATA` says.
#![allow(clippy::unwrap_used)]

mod recorded;

use alloy_primitives::{B256, hex};
use host::{
    OfflineHost, Witness, flat,
    native::{Judgement, chain_config, judge, output_span},
};
use preimage::PreimageKey;
use recorded::{altered, real_data, witness_folders};
use std::{collections::HashMap, path::Path};

fn load(data: &Path, folder: &Path) -> Witness {
    Witness::load_with_upgrades(folder, Some(&data.join("upgrades"))).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn every_known_verdict_is_reached() {
    let Some(data) = real_data("every_known_verdict") else { return };
    let mut claims = 0;
    for folder in witness_folders(&data) {
        let witness = load(&data, &folder);
        let config = chain_config(&witness.boot).unwrap();
        for claim in &witness.expected {
            let boot = witness.boot.with_claim(claim.claimed_l2_output_root, claim.claimed_l2_block_number);
            let judgement = judge(&OfflineHost::new(witness.store.clone(), boot), &config);
            let right = match judgement {
                Judgement::Valid => claim.valid,
                Judgement::Invalid { .. } => !claim.valid,
                Judgement::Unknown(_) => false,
            };
            assert!(right, "{}: {}: {judgement:?}", folder.display(), claim.kind);
            // The computed root of a wrong claim is the right one's.
            if let Judgement::Invalid { computed: Some(computed) } = judgement {
                let same_block =
                    |c: &&host::ExpectedVerdict| c.valid && c.claimed_l2_block_number == claim.claimed_l2_block_number;
                let valid = witness.expected.iter().find(same_block).unwrap();
                assert_eq!(computed, valid.claimed_l2_output_root, "{}", folder.display());
            }
            claims += 1;
        }
    }
    assert!(claims >= 37, "{claims}");
}

#[test]
fn a_span_gives_the_output_root_of_every_block() {
    let Some(data) = real_data("a_span_gives") else { return };
    let chain = flat::read_bounded(&data.join("devnet-901901/chain/l2-blocks.json.zst"), 1 << 30).unwrap();
    let chain: Vec<serde_json::Value> = serde_json::from_slice(&chain).unwrap();
    let roots: HashMap<u64, B256> = chain
        .iter()
        .map(|block| (block["number"].as_u64().unwrap(), block["outputRoot"].as_str().unwrap().parse().unwrap()))
        .collect();
    for (name, first, last) in [("range-100-120", 101, 120), ("not-on-l1-140", 129, 138), ("early-0-8", 1, 8)] {
        let witness = load(&data, &data.join("devnet-901901/witnesses").join(name));
        let host = OfflineHost::new(witness.store.clone(), witness.boot.clone());
        let config = chain_config(host.boot()).unwrap();
        let span = output_span(&host, &config, host.boot().claimed_l2_block_number);
        assert_eq!(span.unknown, None, "{name}");
        assert_eq!((span.blocks[0].number, span.blocks.last().unwrap().number), (first, last), "{name}");
        for block in &span.blocks {
            assert_eq!(block.output.hash(), roots[&block.number], "{name}, block {}", block.number);
        }
    }
}

#[test]
fn what_is_missing_is_named_and_decides_nothing() {
    let Some(data) = real_data("what_is_missing") else { return };
    let source = data.join("devnet-901901/witnesses/granite-44");
    let whole = load(&data, &source);
    let config = chain_config(&whole.boot).unwrap();
    let agreed = PreimageKey::keccak256(whole.boot.agreed_l2_output_root);
    let state_root = PreimageKey::keccak256(B256::from_slice(&whole.store.get(&agreed).unwrap()[32..64]));
    for gone in [agreed, state_root, PreimageKey::keccak256(whole.boot.l1_head)] {
        let copy = altered(&source, |records| {
            records.remove(gone.as_bytes()).unwrap();
        });
        let witness = Witness::load(copy.path()).unwrap();
        // The true claim and a false one alike.
        for claim in [whole.boot.claimed_l2_output_root, B256::ZERO] {
            let boot = witness.boot.with_claim(claim, 44);
            let Judgement::Unknown(unknown) = judge(&OfflineHost::new(witness.store.clone(), boot), &config) else {
                panic!("{gone}")
            };
            assert_eq!(unknown.missing, Some(gone));
            assert!(unknown.reason.contains(&hex::encode(gone.as_bytes())), "{}", unknown.reason);
        }
    }
}

#[test]
fn a_missing_upgrade_transaction_is_known_as_one() {
    let Some(data) = real_data("a_missing_upgrade") else { return };
    let folder = data.join("devnet-901901/witnesses/ecotone-activation-10");
    let of = |witness: Witness| {
        let config = chain_config(&witness.boot).unwrap();
        judge(&OfflineHost::new(witness.store, witness.boot), &config)
    };
    let Judgement::Unknown(unknown) = of(Witness::load(&folder).unwrap()) else { panic!("no upgrades were given") };
    assert_eq!(unknown.missing_upgrade().map(|fork| fork.to_string()).as_deref(), Some("ecotone"));
    assert_eq!(of(load(&data, &folder)), Judgement::Valid);
}

#[test]
fn configs_have_to_fit_the_claim() {
    let Some(data) = real_data("configs_have_to_fit") else { return };
    let witness = Witness::load(&data.join("devnet-901901/witnesses/granite-44")).unwrap();
    assert!(chain_config(&witness.boot).is_ok());
    let mut other = witness.boot.clone();
    other.l2_chain_id = 10;
    assert_eq!(chain_config(&other).unwrap_err().to_string(), "rollup_config is of chain 901901, l2_chain_id says 10");
    let mut without = witness.boot.clone();
    without.rollup_config = None;
    assert!(chain_config(&without).unwrap_err().to_string().contains("chain 901901 is not built in"));
    let mut broken = witness.boot.clone();
    broken.rollup_config = Some(b"{}".as_slice().to_vec().into());
    assert!(chain_config(&broken).unwrap_err().to_string().contains("rollup_config: "));
    broken.rollup_config = Some(vec![0xff].into());
    assert!(chain_config(&broken).unwrap_err().to_string().contains("rollup_config is no text"));
}
