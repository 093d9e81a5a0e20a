//! Derivation of a whole recorded chain through every fork from Canyon to Karst: every block's attributes, and the safe
//! head for every L1 head, against what other software recorded (the answers are theirs, none is computed here).
#![allow(missing_docs, clippy::unwrap_used)]

mod data;

use data::{Recorded, RecordedSource, Unknown, real_data};
use derive::{AttributesWithParent, DeriveError, L2BlockInfo, Pipeline, Rejected, Step};
use primitives::rollup_config::Fork;

/// Blocks whose first payload the recorded engine found invalid.
const REJECTED: [u64; 3] = [247, 248, 358];

fn recorded() -> Option<Recorded> {
    let folder = real_data("devnet-901901/chain")?;
    Some(Recorded::load(&folder, &real_data("upgrades")?))
}

/// Compares attributes with the recorded block in every field that attributes determine.
fn assert_matches(chain: &Recorded, attributes: &AttributesWithParent) {
    let number = attributes.parent.number + 1;
    let block = &chain.l2[number as usize];
    let (header, ours) = (&block.header, &attributes.attributes);
    assert_eq!(ours.transactions.len(), block.transactions.len(), "number of transactions of block {number}");
    for (i, (ours, theirs)) in ours.transactions.iter().zip(&block.transactions).enumerate() {
        assert_eq!(ours, theirs, "transaction {i} of block {number}");
    }
    assert_eq!(ours.timestamp, header.timestamp, "timestamp of block {number}");
    assert_eq!(ours.prev_randao, header.mix_hash, "prevRandao of block {number}");
    assert_eq!(ours.suggested_fee_recipient, header.beneficiary, "fee recipient of block {number}");
    assert_eq!(ours.gas_limit, header.gas_limit, "gas limit of block {number}");
    assert_eq!(ours.parent_beacon_block_root, header.parent_beacon_block_root, "beacon root of block {number}");
    assert_eq!(ours.withdrawals, header.withdrawals_root.is_some(), "withdrawals of block {number}");
    let rollup = &chain.config.rollup;
    assert_eq!(ours.eip1559_params.is_some(), rollup.is_active(Fork::Holocene, header.timestamp));
    if let Some(params) = ours.eip1559_params {
        let constants = &rollup.chain_op_config;
        let mut expected = header.extra_data[1..9].to_vec();
        if params.is_zero() {
            // Zero stands for the constants of the chain, which the engine writes into the header.
            expected = vec![0; 8];
            let canyon = [constants.denominator_canyon as u32, constants.elasticity as u32];
            assert_eq!(header.extra_data[1..9], canyon.map(u32::to_be_bytes).concat());
        }
        assert_eq!(params.as_slice(), expected, "EIP-1559 parameters of block {number}");
    }
    if let Some(fee) = ours.min_base_fee {
        assert_eq!(fee.to_be_bytes(), header.extra_data[9..17], "minimum base fee of block {number}");
    }
    assert_eq!(attributes.l1_origin.id(), chain.info(number).l1_origin);
    assert_eq!(attributes.sequence_number, chain.info(number).sequence_number);
}

/// The engine of the test: knows the recorded blocks, and which payloads were invalid.
fn execute(chain: &Recorded, pipeline: &mut Pipeline, mut attributes: AttributesWithParent) -> L2BlockInfo {
    let number = attributes.parent.number + 1;
    if REJECTED.contains(&number) && !attributes.attributes.is_deposits_only() {
        let Ok(Rejected::Replace(replacement)) = pipeline.payload_rejected() else { panic!("no replacement") };
        attributes = *replacement;
    }
    assert_matches(chain, &attributes);
    chain.info(number)
}

#[test]
fn the_whole_chain_and_every_safe_head() {
    let Some(chain) = recorded() else { return };
    let mut source = RecordedSource::new(&chain, 0);
    let mut pipeline = Pipeline::new(chain.config.clone());
    let mut safe = chain.info(0);
    for (head, number, hash) in &chain.safe_heads {
        source.head = *head;
        while let Some(attributes) = pipeline.next_attributes(&mut source, &safe).unwrap() {
            safe = execute(&chain, &mut pipeline, attributes);
        }
        assert_eq!((safe.number, safe.hash), (*number, *hash), "safe head after L1 block {head}");
    }
    assert_eq!(safe.number + 1, chain.l2.len() as u64);
}
