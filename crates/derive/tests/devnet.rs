//! Derivation of a whole recorded chain through every fork from Canyon to Karst: every block's attributes, and the safe
//! head for every L1 head, against what other software recorded (the answers are theirs, none is computed here).
#![allow(missing_docs, clippy::unwrap_used)]

mod data;

use data::{Recorded, RecordedSource, Unknown, real_data};
use derive::{AttributesWithParent, Critical, DeriveError, L2BlockInfo, Pipeline, Rejected, Step};
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

/// A pipeline that starts anew at every block derives the same (reliability finding: stages that keep old state, or start
/// with the wrong system config).
#[test]
fn r43_a_restart_at_every_block_changes_nothing() {
    let Some(chain) = recorded() else { return };
    let head = chain.safe_heads.last().unwrap().0;
    let mut source = RecordedSource::new(&chain, head);
    for number in 0..chain.l2.len() as u64 - 1 {
        let mut pipeline = Pipeline::new(chain.config.clone());
        let attributes = pipeline.next_attributes(&mut source, &chain.info(number)).unwrap().unwrap();
        execute(&chain, &mut pipeline, attributes);
    }
}

/// A restart reads on exactly where the old pipeline stood: also the safe head of every later L1 head is the same, from any
/// recorded safe head that an L1 head has, with nothing but this L1.
#[test]
fn r43_after_a_restart_every_safe_head_is_the_same() {
    let Some(chain) = recorded() else { return };
    for (start, number, _) in chain.safe_heads.iter().step_by(7) {
        let mut source = RecordedSource::new(&chain, *start);
        let mut pipeline = Pipeline::new(chain.config.clone());
        let mut safe = chain.info(*number);
        for (head, number, hash) in chain.safe_heads.iter().skip(*start as usize).take(40) {
            source.head = *head;
            while let Some(attributes) = pipeline.next_attributes(&mut source, &safe).unwrap() {
                safe = execute(&chain, &mut pipeline, attributes);
            }
            assert_eq!((safe.number, safe.hash), (*number, *hash), "L1 block {head} after a restart at {start}");
        }
    }
}

/// Whatever call of the source fails: the error comes out as it is, the call can be repeated, and the result is the same.
#[test]
fn a_source_that_fails_now_and_then_loses_nothing() {
    let Some(chain) = recorded() else { return };
    for fail_every in [41, 43, 64] {
        let mut source = RecordedSource::new(&chain, 0);
        source.fail_every = fail_every;
        let mut pipeline = Pipeline::new(chain.config.clone());
        let mut safe = chain.info(0);
        let mut failures = 0;
        for (head, number, hash) in &chain.safe_heads {
            source.head = *head;
            loop {
                match pipeline.step(&mut source, &safe) {
                    Ok(Step::Attributes(attributes)) => safe = execute(&chain, &mut pipeline, *attributes),
                    Ok(Step::Advanced(_)) => {}
                    Ok(Step::EndOfL1) => break,
                    Err(DeriveError::Source(Unknown::Injected)) => failures += 1,
                    Err(error) => panic!("{error:?}"),
                }
                // The looks for the start have to succeed as a whole.
                if pipeline.origin().is_none() {
                    source.fail_every = 0;
                } else {
                    source.fail_every = fail_every;
                }
            }
            assert_eq!((safe.number, safe.hash), (*number, *hash), "safe head after L1 block {head}");
        }
        assert!(failures > 20, "{failures}");
    }
}

/// The config of L1 and L2 decides: a twin with one value changed must not derive the recorded chain.
#[test]
fn a_changed_config_derives_another_chain() {
    let Some(chain) = recorded() else { return };
    let head = chain.safe_heads.last().unwrap().0;
    let differs = |change: &dyn Fn(&mut primitives::chain_config::ChainConfig)| {
        let mut config = (*chain.config).clone();
        change(&mut config);
        let mut source = RecordedSource::new(&chain, head);
        let mut pipeline = Pipeline::new(config.into());
        let mut safe = chain.info(0);
        let mut matched = 0;
        while let Ok(Some(attributes)) = pipeline.next_attributes(&mut source, &safe) {
            let number = safe.number + 1;
            let replaced = REJECTED.contains(&number) && !attributes.attributes.is_deposits_only();
            let ours = if replaced {
                pipeline.payload_rejected().unwrap();
                attributes.attributes.deposits_only()
            } else {
                attributes.attributes
            };
            let Some(block) = chain.l2.get(number as usize) else { break };
            // From Holocene on the extra data is not empty.
            let holocene = !block.header.extra_data.is_empty();
            let same = (ours.transactions == block.transactions)
                && (ours.gas_limit, ours.eip1559_params.is_some()) == (block.header.gas_limit, holocene);
            if !same {
                break;
            }
            matched += 1;
            safe = chain.info(number);
        }
        matched < chain.l2.len() - 1
    };
    assert!(!differs(&|_| {}), "the config as it is");
    assert!(differs(&|c| c.rollup.batch_inbox_address.0[0] ^= 1), "inbox");
    assert!(differs(&|c| c.rollup.deposit_contract_address.0[0] ^= 1), "deposit contract");
    assert!(differs(&|c| c.rollup.l1_system_config_address.0[0] ^= 1), "system config contract");
    assert!(differs(&|c| c.rollup.keep_karst_upgrade_gas = true), "gas limit after Karst");
    assert!(differs(&|c| c.rollup.pectra_blob_schedule_time = Some(u64::MAX)), "blob schedule of Cancun");
    assert!(differs(&|c| c.l1.blob_schedule.truncate(3)), "no blob parameter forks");
    assert!(differs(&|c| c.rollup.seq_window_size = 20), "sequencing window");
    for fork in [Fork::Ecotone, Fork::Fjord, Fork::Holocene, Fork::Isthmus, Fork::Jovian, Fork::Karst] {
        assert!(
            differs(&|c| {
                let time = c.rollup.forks.get(fork).unwrap();
                c.rollup.forks.set(fork, Some(time + 4));
            }),
            "{fork} two blocks later"
        );
    }
}

/// No safe head, no block: an L1 that does not hold the origin, or breaks, is told apart from missing data.
#[test]
fn contradictions_of_the_inputs_are_critical() {
    let Some(chain) = recorded() else { return };
    let head = chain.safe_heads.last().unwrap().0;
    let start = |safe: &L2BlockInfo, head| {
        Pipeline::new(chain.config.clone()).next_attributes(&mut RecordedSource::new(&chain, head), safe)
    };
    let mut foreign = chain.info(100);
    foreign.l1_origin.hash.0[0] ^= 1;
    assert!(matches!(start(&foreign, head), Err(DeriveError::Critical(Critical::SafeHeadOrigin { .. }))));
    assert!(matches!(start(&chain.info(100), 1), Err(DeriveError::Critical(Critical::SafeHeadOrigin { .. }))));

    let mut broken = chain.clone();
    let other = chain.l1[&90].header.clone();
    broken.l1.get_mut(&60).unwrap().header = other;
    let mut source = RecordedSource::new(&broken, head);
    let mut pipeline = Pipeline::new(chain.config.clone());
    let mut safe = chain.info(0);
    let error = loop {
        match pipeline.next_attributes(&mut source, &safe) {
            Ok(Some(attributes)) => safe = chain.info(attributes.parent.number + 1),
            Ok(None) => panic!("the broken L1 was accepted"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, DeriveError::Critical(Critical::L1Reorg { .. })), "{error:?}");
}

/// Receipts are read only where the bloom filter of a header names the deposit or system config contract.
#[test]
fn few_receipts_are_read() {
    let Some(chain) = recorded() else { return };
    let mut source = RecordedSource::new(&chain, 48);
    let mut pipeline = Pipeline::new(chain.config.clone());
    let mut safe = chain.info(125);
    while let Some(attributes) = pipeline.next_attributes(&mut source, &safe).unwrap() {
        safe = execute(&chain, &mut pipeline, attributes);
    }
    assert_eq!(safe.number, chain.safe_heads[48].1);
    assert!(safe.number >= 139);
    assert!(source.receipts_read < 40, "{}", source.receipts_read);
}
