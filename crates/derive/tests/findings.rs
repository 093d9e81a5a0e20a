//! Public findings about other implementations (the numbers are those of docs/findings.md): each as a test of what is right, with
//! a twin beside it that must not pass.
#![allow(missing_docs, clippy::unwrap_used)]

mod synthetic;

use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256};
use derive::{
    batch::{Batch, SingularBatch, encode_batches},
    deposit::TRANSACTION_DEPOSITED,
    frame::{DERIVATION_VERSION, Frame, decode_frames, encode_frames},
    l1_info::L1Info,
    span_batch::RawSpanBatch,
};
use primitives::rollup_config::{ExtraData, FORKS, Fork, ForkTimes, L1InfoFormat};
use synthetic::{
    BATCHER, Chain, GENESIS_TIME, INBOX, L1_TIME, PORTAL, channel, config, config_update, data, l1_transaction,
    transaction,
};

fn singular(batches: &[SingularBatch]) -> Vec<Batch> {
    batches.iter().cloned().map(Batch::Singular).collect()
}

fn chain(fork: Fork, count: usize) -> (Chain, Vec<SingularBatch>) {
    let mut chain = Chain::new(config(fork));
    chain.l1_empty(3);
    let blocks: Vec<(u64, Vec<Bytes>)> = (0..count).map(|i| (0, vec![transaction(&format!("tx {i}"))])).collect();
    let batches = chain.batches(&blocks);
    (chain, batches)
}

/// The content of a channel without compression: zlib with one stored block after the other.
fn stored(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut chunks = content.chunks(60_000).peekable();
    while let Some(chunk) = chunks.next() {
        out.push(u8::from(chunks.peek().is_none()));
        out.extend_from_slice(&(chunk.len() as u16).to_le_bytes());
        out.extend_from_slice(&(!(chunk.len() as u16)).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    out
}

/// The content as a brotli channel, in one stored block.
fn stored_brotli(content: &[u8]) -> Vec<u8> {
    let header = (content.len() as u32 - 1) << 4 | 1 << 20;
    [&[1], &header.to_le_bytes()[..3], content, &[3]].concat()
}

fn one_frame(id: u8, data: Vec<u8>) -> Vec<u8> {
    encode_frames(&[Frame { id: [id; 16], number: 0, data, is_last: true }])
}

/// good batches before a corrupt or cut tail count. The twin: what stands after the fault does not.
#[test]
fn r42_a_corrupt_tail_keeps_the_good_batches() {
    for fork in [Fork::Granite, Fork::Jovian] {
        let (chain, batches) = chain(fork, 3);
        let content = encode_batches(&singular(&batches));
        let first_two = encode_batches(&singular(&batches[..2])).len();
        let good = stored(&content);
        let mut unreadable = content.clone();
        // The third batch says that its string is longer than what is left.
        unreadable[first_two..first_two + 2].copy_from_slice(&[0xbb, 0xff]);
        let mut unknown = content.clone();
        let at = first_two + if content[first_two] > 0xb7 { usize::from(content[first_two]) - 0xb7 + 1 } else { 1 };
        unknown[at] = 7;
        let cases = [
            ("whole", good.clone(), 3),
            ("cut in the third batch", good[..7 + first_two + 9].to_vec(), 2),
            ("a length that lies", stored(&unreadable), 2),
            ("an unknown batch type", stored(&unknown), 2),
            ("a tail of garbage", stored(&[content, vec![0xff; 30]].concat()), 3),
            ("cut in the first batch", good[..30].to_vec(), 0),
        ];
        for (what, channel, expected) in cases {
            let mut chain = chain.clone();
            chain.restart();
            chain.post(&[one_frame(1, channel)]);
            assert_eq!(chain.derive(), expected, "{fork}: {what}");
        }
    }
}

/// input at which others panicked or stopped. Each is posted before a good batch, which still counts; the twin without the
/// good batch derives nothing.
#[test]
fn r44_garbage_does_not_stop_derivation() {
    let (chain, batches) = chain(Fork::Jovian, 1);
    let string = |bytes: &[u8]| alloy_rlp::encode(bytes);
    let span = |rest: &[u8]| string(&[&[1, 1, 1], &[0; 40][..], rest].concat());
    let frame = |number: u16, is_last: bool| Frame { id: [7; 16], number, data: vec![1], is_last };
    let cases: [(&str, Vec<u8>); 10] = [
        ("unknown batch type", one_frame(1, stored(&string(&[9, 1, 2])))),
        ("empty batch", one_frame(1, stored(&string(&[])))),
        ("truncated span batch", one_frame(1, stored(&string(&[1, 5])))),
        ("span batch of no blocks", one_frame(1, stored(&span(&[0])))),
        ("span batch of 2^63 blocks", one_frame(1, stored(&span(&[0xff; 9])))),
        ("a string of 2^64 - 1 bytes", one_frame(1, stored(&[&[0xbf][..], &[0xff; 8]].concat()))),
        ("an empty channel", one_frame(1, vec![])),
        ("the last frame number, alone", encode_frames(&[frame(u16::MAX, true)])),
        ("frames around the last number", encode_frames(&[frame(0, false), frame(u16::MAX, false), frame(0, true)])),
        ("a frame of 4 GiB", [&[0][..], &[3; 18], &[0xff; 4], &[0; 9]].concat()),
    ];
    let mut bad_logs = vec![config_update(2, &[]), config_update(0, &[U256::MAX]), config_update(255, &[U256::ZERO])];
    for (topics, bytes) in [(1, 0), (4, 0), (4, 32), (4, 64), (4, 96), (4, 200), (6, 64)] {
        let data = LogData::new_unchecked(vec![TRANSACTION_DEPOSITED; topics], vec![0xff; bytes].into());
        bad_logs.push(Log { address: PORTAL, data });
    }
    for (what, garbage) in cases {
        for good in [true, false] {
            let mut chain = chain.clone();
            chain.restart();
            let mut posted = vec![l1_transaction(BATCHER, INBOX, garbage.clone())];
            if good {
                posted.push(l1_transaction(BATCHER, INBOX, data(2, &singular(&batches))));
            }
            chain.l1(posted, bad_logs.clone());
            assert_eq!(chain.derive(), u64::from(good), "{what}");
        }
    }
    // Deposits and updates in the block of an origin that is entered: as if they were not there.
    let mut chain = chain;
    chain.restart();
    chain.l1(vec![], bad_logs);
    chain.l1_empty(25);
    assert!(chain.derive() > 12);
    assert!(chain.l2[1..].iter().all(|block| block.transactions.len() == 1));
}

/// the byte `is_last` is 0 or 1; anything else spoils the batcher transaction.
#[test]
fn r46_is_last_is_zero_or_one() {
    let (chain, batches) = chain(Fork::Jovian, 1);
    let good = data(1, &singular(&batches));
    for value in 0..=255u8 {
        let mut bytes = good.clone();
        *bytes.last_mut().unwrap() = value;
        assert_eq!(decode_frames(&bytes).is_ok(), value < 2, "{value}");
        if value < 4 {
            let mut chain = chain.clone();
            chain.restart();
            chain.post(&[bytes]);
            assert_eq!(chain.derive(), u64::from(value == 1), "is_last {value}");
        }
    }
}

/// brotli counts from the L1 block on at whose timestamp Fjord is active, whatever the timestamps of the batches.
#[test]
fn r47_brotli_goes_by_the_inclusion_block() {
    // The channel comes with L1 block 4.
    for (fjord, expected) in [(GENESIS_TIME + 4 * L1_TIME, 1), (GENESIS_TIME + 4 * L1_TIME + 1, 0)] {
        let mut config = config(Fork::Ecotone);
        config.rollup.forks.set(Fork::Fjord, Some(fjord));
        let mut chain = Chain::new(config);
        chain.l1_empty(3);
        let batches = chain.batches(&[(0, vec![])]);
        assert!(batches[0].timestamp < fjord, "the batch is older than Fjord in both cases");
        let content = encode_batches(&singular(&batches));
        chain.post(&[one_frame(1, stored_brotli(&content))]);
        assert_eq!(chain.derive(), expected, "Fjord at {fjord}");
        // zlib is read in either case.
        chain.post(&[one_frame(2, stored(&content))]);
        assert_eq!(chain.derive(), 1);
    }
}

/// a span batch that overlaps the chain and goes on with an L1 origin older than the safe head's is invalid; it does not stop
/// derivation. The twin goes on with the right origin.
#[test]
fn r50_an_overlapping_span_batch_with_old_origins_is_dropped() {
    for fork in [Fork::Delta, Fork::Granite, Fork::Holocene, Fork::Karst] {
        for old in [true, false] {
            let mut chain = Chain::new(config(fork));
            chain.l1_empty(4);
            let epochs = [0, 0, 0, 0, 0, 1, 1, 1].map(|epoch| (epoch, vec![]));
            let batches = chain.batches(&epochs);
            chain.post(&[data(1, &singular(&batches[..6]))]);
            assert_eq!(chain.derive(), 6, "{fork}");
            // The fifth and sixth block are in the chain; the seventh goes back to the first origin, the last is right.
            let mut overlapping = batches[4..].to_vec();
            if old {
                for batch in &mut overlapping[..3] {
                    (batch.epoch_num, batch.epoch_hash) = (0, chain.l1[0].header.seal());
                }
            }
            let span = RawSpanBatch::from_blocks(&chain.config.rollup, &overlapping, 0).unwrap().unwrap();
            chain.post(&[data(2, &[Batch::Span(span)])]);
            assert_eq!(chain.derive(), if old { 6 } else { 8 }, "{fork}, old: {old}");
            // The chain goes on.
            chain.post(&[data(3, &singular(&batches[6..]))]);
            assert_eq!(chain.derive(), 8, "{fork}, old: {old}");
        }
    }
}

/// every fork takes effect with its activation block, not with the block before or after it, and its upgrade transactions
/// stand in that block alone. The twin activates one block later.
#[test]
fn r51_every_fork_activates_with_its_block() {
    const BLOCK: u64 = 5;
    for pair in FORKS.windows(2).filter(|pair| pair[1].fork > Fork::Regolith) {
        let (before, entry) = (&pair[0], &pair[1]);
        let made = |activation: u64| {
            let mut config = config(before.fork);
            config.rollup.forks = ForkTimes::all_at_genesis(before.fork);
            config.rollup.forks.set(entry.fork, Some(GENESIS_TIME + 2 * activation));
            let mut chain = Chain::new(config);
            chain.l1_empty(30);
            chain.derive_to(9);
            chain
        };
        let seen = |chain: &Chain, number: u64| {
            let block = &chain.l2[number as usize];
            let info = L1Info::from_transaction(&block.transactions[0]).unwrap();
            let upgrades = block.transactions.len() - 1;
            (info.format, upgrades, block.header.extra_data.len(), block.header.gas_limit)
        };
        let (chain, later) = (made(BLOCK), made(BLOCK + 1));
        let extra = |form| match form {
            ExtraData::Empty => 0,
            ExtraData::Eip1559 => 9,
            ExtraData::MinBaseFee => 17,
        };
        for number in 1..9 {
            let (rules, is_activation) = (if number < BLOCK { before.rules } else { entry.rules }, number == BLOCK);
            let written = if number <= BLOCK { before.rules.l1_info } else { entry.rules.l1_info };
            let upgrades = if is_activation { entry.upgrade.transactions.len() } else { 0 };
            let gas = 30_000_000 + if is_activation { entry.upgrade.gas } else { 0 };
            assert_eq!(
                seen(&chain, number),
                (written, upgrades, extra(rules.extra_data), gas),
                "{} block {number}",
                entry.fork
            );
        }
        let changes = !entry.upgrade.transactions.is_empty() || before.rules.extra_data != entry.rules.extra_data;
        assert_eq!(seen(&chain, BLOCK) != seen(&later, BLOCK), changes, "{}", entry.fork);
        assert_ne!(L1InfoFormat::Bedrock, L1InfoFormat::Jovian);
    }
}

/// The version byte of alt-DA is no frame (alt-DA chains are refused by their config).
#[test]
fn other_derivation_versions_are_ignored() {
    let (mut chain, batches) = chain(Fork::Jovian, 1);
    let mut commitment = data(1, &singular(&batches));
    commitment[0] = DERIVATION_VERSION + 1;
    chain.post(&[commitment]);
    assert_eq!(chain.derive(), 0);
    let frames = channel(2, &singular(&batches), usize::MAX);
    chain.l1(vec![l1_transaction(Address::repeat_byte(2), INBOX, encode_frames(&frames))], vec![]);
    assert_eq!(chain.derive(), 0);
    chain.post(&[encode_frames(&frames)]);
    assert_eq!(chain.derive(), 1);
    assert_ne!(chain.l2[1].header.seal(), B256::ZERO);
}
