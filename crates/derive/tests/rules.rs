//! The rules of derivation one by one, on chains that are made for the purpose. What has to come out is taken from the
//! specification (derivation.md, span-batches.md, holocene/derivation.md); each good case has a twin that must not pass.
#![allow(missing_docs, clippy::unwrap_used)]

mod synthetic;

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use derive::{
    batch::{Batch, SingularBatch},
    deposit::TRANSACTION_DEPOSITED,
    frame::{DERIVATION_VERSION, Frame, encode_frames},
    span_batch::RawSpanBatch,
};
use primitives::rollup_config::Fork;
use synthetic::{
    BATCHER, Chain, INBOX, POISON, PORTAL, channel, config, config_update, data, l1_transaction, transaction,
};

fn singular(batches: &[SingularBatch]) -> Vec<Batch> {
    batches.iter().cloned().map(Batch::Singular).collect()
}

fn span(chain: &Chain, batches: &[SingularBatch], parent_epoch: u64) -> Batch {
    // Span transactions have to be real ones: the tests use empty blocks.
    Batch::Span(RawSpanBatch::from_blocks(&chain.config.rollup, batches, parent_epoch).unwrap().unwrap())
}

/// A chain with three L1 blocks after genesis, and `count` batches of the first blocks with one transaction each.
fn chain(fork: Fork, count: usize) -> (Chain, Vec<SingularBatch>) {
    let mut chain = Chain::new(config(fork));
    chain.l1_empty(3);
    let blocks: Vec<(u64, Vec<Bytes>)> = (0..count).map(|i| (0, vec![transaction(&format!("tx {i}"))])).collect();
    let batches = chain.batches(&blocks);
    (chain, batches)
}

const FORKS: [Fork; 3] = [Fork::Granite, Fork::Holocene, Fork::Jovian];

#[test]
fn batches_become_blocks() {
    for fork in FORKS {
        let (mut chain, batches) = chain(fork, 3);
        chain.post(&[data(1, &singular(&batches))]);
        assert_eq!(chain.derive(), 3, "{fork}");
        for i in 0..3 {
            assert_eq!(chain.user_transactions(i + 1), [transaction(&format!("tx {i}"))]);
        }
    }
}

#[test]
fn nothing_comes_from_other_senders_or_to_other_addresses() {
    for (from, to, expected) in
        [(BATCHER, INBOX, 2), (Address::repeat_byte(1), INBOX, 0), (BATCHER, Address::repeat_byte(1), 0)]
    {
        let (mut chain, batches) = chain(Fork::Jovian, 2);
        chain.l1(vec![l1_transaction(from, to, data(1, &singular(&batches)))], vec![]);
        assert_eq!(chain.derive(), expected, "{from} {to}");
    }
}

#[test]
fn a_gap_is_filled_before_holocene_and_spoils_the_channel_after() {
    for (fork, expected) in [(Fork::Granite, 3), (Fork::Holocene, 1)] {
        let (mut chain, batches) = chain(fork, 3);
        let order = [&batches[2], &batches[0], &batches[1]].map(Clone::clone);
        chain.post(&[data(1, &singular(&batches[..1])), data(2, &singular(&order))]);
        assert_eq!(chain.derive(), expected, "{fork}");
        // What was lost with its channel can be posted again.
        chain.post(&[data(3, &singular(&batches[1..]))]);
        assert_eq!(chain.derive(), 3, "{fork}");
    }
}

#[test]
fn batches_of_the_past_do_not_spoil_the_channel() {
    for fork in FORKS {
        let (mut chain, batches) = chain(fork, 3);
        chain.post(&[data(1, &singular(&batches[..2])), data(2, &singular(&batches))]);
        assert_eq!(chain.derive(), 3, "{fork}");
    }
}

#[test]
fn an_invalid_batch_spoils_the_rest_of_its_channel_from_holocene_on() {
    for (fork, expected) in [(Fork::Granite, 2), (Fork::Holocene, 0)] {
        let (mut chain, batches) = chain(fork, 2);
        let mut foreign = batches[0].clone();
        foreign.parent_hash = B256::repeat_byte(1);
        let mixed = [foreign, batches[0].clone(), batches[1].clone()];
        chain.post(&[data(1, &singular(&mixed))]);
        assert_eq!(chain.derive(), expected, "{fork}");
    }
}

#[test]
fn what_a_batch_may_not_be() {
    type Change = fn(&mut SingularBatch);
    let changes: [(&str, Change, bool); 9] = [
        ("nothing changed", |_| {}, true),
        ("parent", |b| b.parent_hash.0[0] ^= 1, false),
        ("epoch hash", |b| b.epoch_hash.0[0] ^= 1, false),
        ("epoch too far", |b| b.epoch_num += 2, false),
        ("timestamp off the grid", |b| b.timestamp -= 1, false),
        ("timestamp later", |b| b.timestamp += 2, false),
        ("empty transaction", |b| b.transactions.push(Bytes::new()), false),
        ("a deposit", |b| b.transactions.push(Bytes::from_static(&[0x7e, 1])), false),
        ("set-code transaction", |b| b.transactions.push(Bytes::from_static(&[4, 1])), false),
    ];
    for fork in [Fork::Granite, Fork::Holocene] {
        for (what, change, accepted) in &changes {
            let (mut chain, mut batches) = chain(fork, 1);
            change(&mut batches[0]);
            chain.post(&[data(1, &singular(&batches))]);
            assert_eq!(chain.derive() == 1, *accepted, "{what} ({fork})");
        }
    }
    let (mut chain, mut batches) = chain(Fork::Isthmus, 1);
    batches[0].transactions.push(Bytes::from_static(&[4, 1]));
    chain.post(&[data(1, &singular(&batches))]);
    assert_eq!(chain.derive(), 1, "set-code transaction after Isthmus");
}

#[test]
fn frames_in_any_order_before_holocene_in_order_after() {
    for (fork, expected) in [(Fork::Granite, 2), (Fork::Holocene, 0)] {
        let (mut chain, batches) = chain(fork, 2);
        let mut frames = channel(1, &singular(&batches), 40);
        assert!(frames.len() > 2);
        let ordered = encode_frames(&frames);
        frames.reverse();
        chain.post(&[encode_frames(&frames)]);
        assert_eq!(chain.derive(), expected, "{fork}");
        chain.post(&[ordered]);
        assert_eq!(chain.derive(), 2, "{fork}");
    }
}

#[test]
fn frames_over_several_transactions_and_blocks() {
    for fork in FORKS {
        let (mut chain, batches) = chain(fork, 2);
        for frame in channel(1, &singular(&batches), 40) {
            chain.post(&[vec![DERIVATION_VERSION, 9], encode_frames(&[frame]), vec![7, 7, 7], vec![]]);
        }
        assert_eq!(chain.derive(), 2, "{fork}");
    }
}

#[test]
fn one_bad_frame_spoils_its_transaction() {
    let (mut chain, batches) = chain(Fork::Jovian, 1);
    let good = data(1, &singular(&batches));
    let mut bad = good.clone();
    *bad.last_mut().unwrap() = 2;
    chain.post(&[bad, [good.as_slice(), &[1]].concat()]);
    assert_eq!(chain.derive(), 0);
    chain.post(&[good]);
    assert_eq!(chain.derive(), 1);
}

#[test]
fn a_channel_times_out() {
    for (gap, expected) in [(10, 2), (11, 0)] {
        let mut config = config(Fork::Fjord);
        config.rollup.seq_window_size = 100;
        let mut chain = Chain::new(config);
        chain.l1_empty(3);
        let batches = chain.batches(&[(0, vec![]), (0, vec![])]);
        let frames = channel(1, &singular(&batches), 40);
        chain.post(&[encode_frames(&frames[..1])]);
        chain.l1_empty(gap - 1);
        chain.post(&[encode_frames(&frames[1..])]);
        assert_eq!(chain.derive(), expected, "{gap} L1 blocks after the channel was opened");
    }
    // Granite's timeout is 50 blocks.
    for (gap, expected) in [(50, 2), (51, 0)] {
        let mut config = config(Fork::Jovian);
        config.rollup.seq_window_size = 100;
        let mut chain = Chain::new(config);
        chain.l1_empty(3);
        let batches = chain.batches(&[(0, vec![]), (0, vec![])]);
        let frames = channel(1, &singular(&batches), 40);
        chain.post(&[encode_frames(&frames[..1])]);
        chain.l1_empty(gap - 1);
        chain.post(&[encode_frames(&frames[1..])]);
        assert_eq!(chain.derive(), expected, "{gap} L1 blocks after the channel was opened");
    }
}

#[test]
fn another_channel_throws_out_an_unfinished_one_from_holocene_on() {
    for (fork, expected) in [(Fork::Granite, 2), (Fork::Holocene, 1)] {
        let (mut chain, batches) = chain(fork, 2);
        let late = channel(2, &singular(&batches[1..]), 40);
        chain.post(&[encode_frames(&late[..1])]);
        chain.post(&[data(1, &singular(&batches[..1]))]);
        chain.post(&[encode_frames(&late[1..])]);
        assert_eq!(chain.derive(), expected, "{fork}");
    }
}

#[test]
fn empty_blocks_after_the_sequencing_window() {
    for fork in FORKS {
        let mut chain = Chain::new(config(fork));
        chain.l1_empty(19);
        assert_eq!(chain.derive(), 0, "{fork}: the window of epoch 0 is open");
        chain.l1_empty(1);
        // 12 seconds of L1 make 6 blocks: 5 of epoch 0 after genesis, before the first of epoch 1.
        assert_eq!(chain.derive(), 5, "{fork}");
        chain.l1_empty(1);
        assert_eq!(chain.derive(), 11, "{fork}");
        assert_eq!(chain.safe_head().l1_origin.number, 1);
        assert_eq!(chain.safe_head().sequence_number, 5);
    }
}

#[test]
fn a_batch_has_to_come_within_the_sequencing_window() {
    for (at, expected) in [(20, 1), (21, 5)] {
        let (mut chain, batches) = chain(Fork::Granite, 1);
        chain.l1_empty(at - 4);
        chain.post(&[data(1, &singular(&batches))]);
        chain.derive();
        let taken = chain.height() >= 1 && !chain.user_transactions(1).is_empty();
        assert_eq!(taken, at <= 20, "included in L1 block {at}");
        assert!(chain.height() >= expected);
    }
}

#[test]
fn the_sequencer_drift_forbids_transactions_not_blocks() {
    // The drift before Fjord is 60 seconds here: block 31 is 62 seconds after epoch 0.
    for (transactions, expected) in [(vec![], 31), (vec![transaction("late")], 30)] {
        let mut config = config(Fork::Ecotone);
        config.rollup.seq_window_size = 100;
        let mut chain = Chain::new(config);
        // L1 stands still for long: its next block is late.
        chain.l1_empty(1);
        let late = chain.l1.pop().unwrap().header.clone_inner();
        let mut late = alloy_consensus::Header { timestamp: late.timestamp + 1000, ..late };
        late.number = 1;
        use alloy_consensus::Sealable;
        chain.l1.push(synthetic::L1 { header: late.seal_slow(), transactions: vec![], receipts: vec![] });
        chain.l1_empty(2);
        let blocks: Vec<(u64, Vec<Bytes>)> = (0..30).map(|_| (0, vec![])).collect();
        let batches = chain.batches(&blocks);
        chain.post(&[data(1, &singular(&batches))]);
        assert_eq!(chain.derive(), 30);
        let parent = chain.safe_head();
        let beyond = SingularBatch {
            parent_hash: parent.hash,
            epoch_num: 0,
            epoch_hash: chain.l1[0].header.seal(),
            timestamp: parent.timestamp + 2,
            transactions,
        };
        chain.post(&[data(2, &singular(&[beyond]))]);
        assert_eq!(chain.derive(), expected);
    }
}

#[test]
fn span_batches_and_overlaps() {
    for fork in FORKS {
        let mut chain = Chain::new(config(fork));
        chain.l1_empty(3);
        let blocks: Vec<(u64, Vec<Bytes>)> = (0..10).map(|i| (u64::from(i >= 6), vec![])).collect();
        let batches = chain.batches(&blocks);
        chain.post(&[data(1, &[span(&chain, &batches[..4], 0)])]);
        assert_eq!(chain.derive(), 4, "{fork}");
        // Overlaps by two blocks, and enters the next epoch.
        chain.post(&[data(2, &[span(&chain, &batches[2..], 0)])]);
        assert_eq!(chain.derive(), 10, "{fork}");
        assert_eq!(chain.safe_head().l1_origin.number, 1);
        // A twin whose parent does not match.
        let mut foreign = batches[8..].to_vec();
        foreign[0].parent_hash = B256::repeat_byte(3);
        chain.post(&[data(3, &[span(&chain, &foreign, 1)])]);
        assert_eq!(chain.derive(), 10, "{fork}");
    }
}

/// The blocks of a span batch that are in the chain already have to be the same there; otherwise the batch and the rest of its
/// channel are dropped, in every fork (holocene/derivation.md as amended in August 2026).
#[test]
fn r50_an_overlap_that_disagrees_with_the_chain_drops_the_span_batch() {
    for fork in FORKS {
        for same in [true, false] {
            let mut chain = Chain::new(config(fork));
            chain.l1_empty(3);
            // Seven blocks stay with the first epoch; the seventh could have entered the second.
            let blocks: Vec<(u64, Vec<Bytes>)> = [0, 0, 0, 0, 0, 0, 0, 1, 1].map(|epoch| (epoch, vec![])).to_vec();
            let batches = chain.batches(&blocks);
            chain.post(&[data(1, &[span(&chain, &batches[..7], 0)])]);
            assert_eq!(chain.derive(), 7, "{fork}");
            let mut overlapping = batches[5..].to_vec();
            if !same {
                for batch in &mut overlapping[..2] {
                    (batch.epoch_num, batch.epoch_hash) = (1, chain.l1[1].header.seal());
                }
            }
            // A good batch behind it in the same channel goes down with it only where channels are flushed.
            let behind = singular(&batches[7..]);
            let content = [vec![span(&chain, &overlapping, 0)], behind].concat();
            chain.post(&[data(2, &content)]);
            let expected = if same || fork < Fork::Holocene { 9 } else { 7 };
            assert_eq!(chain.derive(), expected, "{fork}, same: {same}");
        }
    }
}

#[test]
fn a_span_batch_counts_as_a_whole_before_holocene_and_block_by_block_after() {
    for (fork, expected) in [(Fork::Granite, 0), (Fork::Holocene, 4)] {
        let mut chain = Chain::new(config(fork));
        chain.l1_empty(3);
        let blocks: Vec<(u64, Vec<Bytes>)> = (0..5).map(|_| (0, vec![])).collect();
        let mut batches = chain.batches(&blocks);
        // The last block takes the next epoch too early: it is older than its L1 origin.
        batches[4].epoch_num = 1;
        batches[4].epoch_hash = chain.l1[1].header.seal();
        chain.post(&[data(1, &[span(&chain, &batches, 0)])]);
        assert_eq!(chain.derive(), expected, "{fork}");
    }
}

#[test]
fn span_batches_need_delta() {
    for (fork, expected) in [(Fork::Canyon, 0), (Fork::Delta, 2)] {
        let mut chain = Chain::new(config(fork));
        chain.l1_empty(3);
        let batches = chain.batches(&[(0, vec![]), (0, vec![])]);
        chain.post(&[data(1, &[span(&chain, &batches, 0)])]);
        assert_eq!(chain.derive(), expected, "{fork}");
    }
}

#[test]
fn a_rejected_payload() {
    for fork in [Fork::Granite, Fork::Holocene] {
        let (mut chain, mut batches) = chain(fork, 2);
        batches[0].transactions.push(Bytes::from_static(&POISON));
        let good = SingularBatch { transactions: vec![transaction("good")], ..batches[0].clone() };
        chain.post(&[data(1, &singular(&batches)), data(2, &singular(&[good]))]);
        assert_eq!(chain.derive(), 1, "{fork}");
        // Before Holocene another batch gets a second chance, afterwards the block is made without the batch.
        let expected: &[Bytes] = if fork == Fork::Granite { &[transaction("good")] } else { &[] };
        assert_eq!(chain.user_transactions(1), expected, "{fork}");
    }
}

#[test]
fn no_transactions_in_the_activation_block_from_jovian_on() {
    for (fork, before, refused) in
        [(Fork::Jovian, Fork::Isthmus, true), (Fork::Karst, Fork::Jovian, true), (Fork::Isthmus, Fork::Holocene, false)]
    {
        for empty in [true, false] {
            let mut config = config(before);
            config.rollup.forks.set(fork, Some(synthetic::GENESIS_TIME + 2));
            let mut chain = Chain::new(config);
            chain.l1_empty(3);
            let mut batches = chain.batches(&[(0, vec![])]);
            if !empty {
                batches[0].transactions.push(transaction("user"));
            }
            chain.post(&[data(1, &singular(&batches))]);
            assert_eq!(chain.derive() == 1, empty || !refused, "{fork}, empty: {empty}");
        }
    }
}

#[test]
fn blobs_are_counted_over_the_whole_block() {
    for (first, expected) in [(3, 2), (0, 0)] {
        let (mut chain, batches) = chain(Fork::Jovian, 2);
        let foreign = chain.blob_transaction(Address::repeat_byte(1), 0, &[vec![1], vec![2], vec![3]]);
        let halves = [data(1, &singular(&batches[..1])), data(2, &singular(&batches[1..]))];
        let ours = chain.blob_transaction(BATCHER, first, &halves);
        chain.l1(vec![foreign, ours], vec![]);
        // The twin has its blobs at other positions: the source cannot answer, and that is no verdict about the batch.
        if expected == 0 {
            let safe = chain.safe_head();
            let pipeline = chain.pipeline.clone();
            let error = pipeline.lock().unwrap().next_attributes(&mut chain, &safe).unwrap_err();
            assert!(matches!(error, synthetic::Failure::Source(_)), "{error:?}");
        } else {
            assert_eq!(chain.derive(), expected);
        }
    }
}

#[test]
fn calldata_of_blob_transactions_is_ignored_from_ecotone_on() {
    let (mut chain, batches) = chain(Fork::Ecotone, 1);
    let transaction = chain.blob_transaction(BATCHER, 0, &[data(1, &singular(&batches))]);
    chain.l1(vec![transaction], vec![]);
    assert_eq!(chain.derive(), 1);
}

#[test]
fn a_new_batcher() {
    let other = Address::repeat_byte(0x77);
    let (mut chain, batches) = chain(Fork::Jovian, 2);
    let word = U256::from_be_slice(other.as_slice());
    chain.l1(vec![l1_transaction(BATCHER, INBOX, data(1, &singular(&batches[..1])))], vec![config_update(0, &[word])]);
    assert_eq!(chain.derive(), 0, "the update counts for its own block");
    chain.l1(vec![l1_transaction(other, INBOX, data(2, &singular(&batches)))], vec![]);
    assert_eq!(chain.derive(), 2);
}

#[test]
fn r43_the_batcher_at_the_start_is_found_in_l1_and_only_if_need_be_in_l2() {
    let other = Address::repeat_byte(0x77);
    for changed in [false, true] {
        let mut chain = Chain::new(config(Fork::Jovian));
        chain.l1_empty(3);
        let blocks: Vec<(u64, Vec<Bytes>)> = (0..12).map(|i| (i / 6, vec![])).collect();
        let batches = chain.batches(&blocks);
        chain.post(&[data(1, &singular(&batches[..1]))]);
        let update = config_update(0, &[U256::from_be_slice(other.as_slice())]);
        chain.l1(vec![], if changed { vec![update] } else { vec![] });
        let batcher = if changed { other } else { BATCHER };
        chain.l1(vec![l1_transaction(batcher, INBOX, data(2, &singular(&batches[1..])))], vec![]);
        assert_eq!(chain.derive(), 12);
        // Blocks up to the origin 5, where the batcher changed.
        let more: Vec<(u64, Vec<Bytes>)> = (12..36).map(|i| (i / 6, vec![])).collect();
        let restarted = {
            let mut ahead = chain.clone();
            let pending = std::sync::Mutex::new(derive::Pipeline::new(chain.config.clone()));
            ahead.pipeline = pending.into();
            ahead
        };
        let batcher_data = {
            let mut alone = restarted.clone();
            let mut all = Vec::new();
            for (epoch, _) in &more {
                let parent = alone.safe_head();
                let batch = SingularBatch {
                    parent_hash: parent.hash,
                    epoch_num: *epoch,
                    epoch_hash: chain.l1[*epoch as usize].header.seal(),
                    timestamp: parent.timestamp + 2,
                    transactions: vec![],
                };
                all.push(batch.clone());
                let mut next = alone.clone();
                next.restart();
                next.l1(vec![l1_transaction(batcher, INBOX, data(9, &singular(&[batch])))], vec![]);
                next.derive_to(alone.height() + 1);
                assert_eq!(next.height(), alone.height() + 1);
                alone.l2 = next.l2;
            }
            data(3, &singular(&all))
        };
        chain.l1(vec![l1_transaction(batcher, INBOX, batcher_data)], vec![]);
        assert_eq!(chain.derive(), 36);
        assert_eq!(chain.safe_head().l1_origin.number, 5);

        chain.restart();
        chain.l2_read.clear();
        chain.derive();
        let lowest = *chain.l2_read.keys().next().unwrap();
        if changed {
            // The newest block with an older origin than the change.
            assert_eq!(lowest, 30);
        } else {
            assert_eq!(lowest, 36, "L2 was searched though no receipt changes the config");
        }
    }
}

#[test]
fn config_updates_that_cannot_be_read_are_skipped() {
    let mut chain = Chain::new(config(Fork::Jovian));
    let mut wrong = config_update(2, &[U256::from(1)]);
    wrong.address = Address::repeat_byte(9);
    let too_long = config_update(2, &[U256::from(2), U256::from(2)]);
    let unknown = config_update(8, &[U256::from(3)]);
    let too_large = config_update(2, &[U256::from(1) << 64]);
    let one_zero = config_update(4, &[U256::from(4)]);
    let no_topics = Log { address: synthetic::SYSTEM_CONFIG, data: LogData::new_unchecked(vec![], Bytes::new()) };
    let mut version = config_update(2, &[U256::from(5)]);
    version.data = LogData::new_unchecked(
        vec![version.topics()[0], B256::with_last_byte(1), version.topics()[2]],
        version.data.data.clone(),
    );
    chain.l1(vec![], vec![wrong, too_long, unknown, too_large, one_zero, no_topics, version]);
    chain.l1(
        vec![],
        vec![
            config_update(2, &[U256::from(40_000_000)]),
            config_update(4, &[(U256::from(100) << 32) | U256::from(3)]),
            config_update(5, &[(U256::from(11) << 64) | U256::from(12)]),
            config_update(6, &[U256::from(13)]),
            config_update(7, &[U256::from(14)]),
        ],
    );
    chain.l1_empty(25);
    chain.derive();
    let system = |number: usize| chain.l2[number].system_config(&chain.config.rollup).unwrap();
    let first_of = |epoch: u64| {
        let of = |block: &&derive::L2Block| block.info(&chain.config.rollup).unwrap().l1_origin.number == epoch;
        chain.l2.iter().find(of).unwrap().header.number as usize
    };
    assert_eq!(system(first_of(1)).gas_limit, 30_000_000, "malformed updates");
    let updated = system(first_of(2));
    assert_eq!(updated.gas_limit, 40_000_000);
    assert_eq!((updated.eip1559_denominator, updated.eip1559_elasticity), (100, 3));
    assert_eq!((updated.operator_fee_scalar, updated.operator_fee_constant), (11, 12));
    assert_eq!((updated.min_base_fee, updated.da_footprint_gas_scalar), (13, 14));
}

/// A `TransactionDeposited` log with opaque data.
fn deposit_log(opaque: &[u8]) -> Log {
    let mut bytes = Vec::new();
    for word in [U256::from(32), U256::from(opaque.len())] {
        bytes.extend_from_slice(&word.to_be_bytes::<32>());
    }
    bytes.extend_from_slice(opaque);
    bytes.resize(bytes.len().next_multiple_of(32), 0);
    let address = |byte: u8| Address::repeat_byte(byte).into_word();
    let topics = vec![TRANSACTION_DEPOSITED, address(1), address(2), B256::ZERO];
    Log { address: PORTAL, data: LogData::new_unchecked(topics, bytes.into()) }
}

#[test]
fn deposits_once_an_epoch_and_malformed_ones_never() {
    let mut opaque = vec![0; 73];
    opaque[71] = 9;
    opaque.extend_from_slice(b"call");
    let good = deposit_log(&opaque);
    let mut elsewhere = good.clone();
    elsewhere.address = Address::repeat_byte(9);
    let mut mint_too_large = opaque.clone();
    mint_too_large[0] = 1;
    let mut version = good.clone();
    let mut topics = version.topics().to_vec();
    topics[3] = B256::with_last_byte(1);
    version.data = LogData::new_unchecked(topics.clone(), good.data.data.clone());
    let mut few = good.clone();
    few.data = LogData::new_unchecked(topics[..3].to_vec(), good.data.data.clone());
    let mut offset = good.clone();
    let mut bytes = good.data.data.to_vec();
    bytes[31] = 33;
    offset.data = LogData::new_unchecked(good.topics().to_vec(), bytes.into());
    let mut longer = good.clone();
    let mut bytes = good.data.data.to_vec();
    bytes.extend_from_slice(&[0; 32]);
    longer.data = LogData::new_unchecked(good.topics().to_vec(), bytes.into());
    let bad = [elsewhere, deposit_log(&opaque[..72]), deposit_log(&mint_too_large), version, few, offset, longer];

    let mut chain = Chain::new(config(Fork::Jovian));
    chain.l1(vec![], bad.iter().cloned().chain([good.clone(), good]).collect());
    chain.l1_empty(25);
    chain.derive();
    let deposits = |number: usize| chain.l2[number].transactions.len() - 1;
    // Blocks 1 to 5 are of epoch 0, 6 to 11 of epoch 1.
    assert_eq!([deposits(5), deposits(6), deposits(7)], [0, 2, 0]);
    let (first, second) = (&chain.l2[6].transactions[1], &chain.l2[6].transactions[2]);
    assert_ne!(first, second, "the source hash tells two equal deposits apart");
    let source =
        |log: u64| derive::deposit::source_hash(derive::deposit::SourceDomain::User, chain.l1[1].header.seal(), log);
    let holds = |tx: &Bytes, hash: B256| tx.windows(32).any(|window| window == hash.as_slice());
    assert!(holds(first, source(7)) && holds(second, source(8)), "log indices count every log");
}

#[test]
fn r42_a_decompression_bomb_is_clipped() {
    let (mut chain, batches) = chain(Fork::Jovian, 1);
    // A good batch, then 300 MB of zeros: the batch counts, the rest is cut off.
    let mut content = derive::batch::encode_batches(&singular(&batches));
    content.resize(content.len() + 300_000_000, 0);
    let bomb = derive::compression::compress_zlib(&content, 1);
    drop(content);
    let frames: Vec<Frame> = derive::frame::split_channel([1; 16], &bomb, 1_000_000).unwrap();
    chain.post(&[encode_frames(&frames)]);
    assert_eq!(chain.derive(), 1);
}
