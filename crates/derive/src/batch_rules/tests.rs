//! Decision tables over every rule of a batch, before Holocene and from then on. The expected answers are written from the
//! specification (derivation.md, "Batch Queue"; delta/span-batches.md; holocene/derivation.md) and, where it leaves the order of
//! two rules open, from what op-node does. Many rows break two rules, so that the order shows.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    BLOB_SIZE, BlobId,
    l1_info::{L1Info, L1InfoFormat},
    span_batch::SpanBlock,
};
use Validity::{Accept, Drop, Future, Past, Undecided};
use alloc::{boxed::Box, string::String, vec, vec::Vec};
use alloy_consensus::{Header, Sealable, Sealed};
use alloy_primitives::{Address, B256, FixedBytes, U256};
use primitives::rollup_config::{
    BaseFeeParams, BlockId, Fork, ForkTimes, GRANITE_CHANNEL_TIMEOUT, Genesis, SystemConfig,
};

/// The first L1 block of the table, which is the safe head's L1 origin.
const EPOCH: u64 = 10;
const EPOCH_TIME: u64 = 1000;
const HEAD: u64 = 50;
const WINDOW: u64 = 5;
const DRIFT: u64 = 20;
const GENESIS_L2: u64 = 45;

fn config(fork: Fork) -> RollupConfig {
    RollupConfig {
        genesis: Genesis {
            l2: BlockId { number: GENESIS_L2, hash: B256::repeat_byte(0x99) },
            l2_time: 2,
            system_config: SystemConfig::default(),
            ..Genesis::default()
        },
        block_time: 2,
        max_sequencer_drift: DRIFT,
        seq_window_size: WINDOW,
        channel_timeout: 10,
        granite_channel_timeout: GRANITE_CHANNEL_TIMEOUT,
        l1_chain_id: 900,
        l2_chain_id: 901,
        forks: ForkTimes::all_at_genesis(fork),
        pectra_blob_schedule_time: None,
        keep_karst_upgrade_gas: false,
        batch_inbox_address: Address::ZERO,
        deposit_contract_address: Address::ZERO,
        l1_system_config_address: Address::ZERO,
        chain_op_config: BaseFeeParams::default(),
        alt_da: false,
    }
}

fn l1_hash(number: u64) -> B256 {
    // Different in the part that a check sees.
    B256::repeat_byte(number as u8)
}

/// L1 blocks with the given times, from [`EPOCH`] on.
fn l1_blocks(times: &[u64]) -> Vec<L1BlockRef> {
    let block = |(number, timestamp): (u64, &u64)| L1BlockRef {
        number,
        hash: l1_hash(number),
        parent_hash: l1_hash(number - 1),
        timestamp: *timestamp,
    };
    (EPOCH..).zip(times).map(block).collect()
}

/// L2 blocks below the safe head: block n has the L1 origin `EPOCH` from block 48 on, and `EPOCH - 1` before.
struct Chain(RollupConfig, u64);

impl Chain {
    fn time(&self, number: u64) -> u64 {
        self.1 - 2 * (HEAD - number)
    }

    fn origin(number: u64) -> u64 {
        if number >= 48 { EPOCH } else { EPOCH - 1 }
    }

    fn block(&self, number: u64) -> L2Block {
        let origin = Self::origin(number);
        let info = L1Info {
            format: L1InfoFormat::Bedrock,
            number: origin,
            timestamp: 1,
            base_fee: U256::ONE,
            hash: l1_hash(origin),
            sequence_number: 0,
            batcher: Address::ZERO,
            overhead: B256::ZERO,
            bedrock_scalar: B256::ZERO,
            blob_base_fee: U256::ZERO,
            base_fee_scalar: 0,
            blob_base_fee_scalar: 0,
            operator_fee_scalar: 0,
            operator_fee_constant: 0,
            da_footprint_gas_scalar: 0,
        };
        let header = Header { number, timestamp: self.time(number), ..Header::default() };
        let user = Bytes::from(vec![2, number as u8]);
        L2Block { header: header.seal_slow(), transactions: vec![info.transaction(&self.0, 1), user] }
    }

    fn head(&self) -> L2BlockInfo {
        self.block(HEAD).info(&self.0).unwrap()
    }
}

impl Source for Chain {
    type Error = String;

    fn l1_header(&mut self, _: B256) -> Result<Sealed<Header>, String> {
        Err("L1".into())
    }
    fn l1_header_by_number(&mut self, _: u64) -> Result<Option<Sealed<Header>>, String> {
        Err("L1".into())
    }
    fn l1_transactions(&mut self, _: &Sealed<Header>) -> Result<Vec<Bytes>, String> {
        Err("L1".into())
    }
    fn l1_receipts(&mut self, _: &Sealed<Header>) -> Result<Vec<Bytes>, String> {
        Err("L1".into())
    }
    fn blob(&mut self, _: &L1BlockRef, _: &BlobId) -> Result<Box<[u8; BLOB_SIZE]>, String> {
        Err("blob".into())
    }
    fn l2_block(&mut self, number: u64) -> Result<L2Block, String> {
        if (GENESIS_L2..=HEAD).contains(&number) { Ok(self.block(number)) } else { Err("L2".into()) }
    }
    fn upgrade_transaction(&mut self, _: B256) -> Result<Bytes, String> {
        Err("upgrade".into())
    }
}

type Change<T> = fn(&mut T);

/// A row: its name, the timestamps of L1 blocks, the safe head's timestamp, the inclusion block, a change to a batch that is
/// good, and the answers before Holocene and from then on.
struct Row<T>(&'static str, &'static [u64], u64, u64, Change<T>, Validity, Validity);

const TWO: &[u64] = &[EPOCH_TIME, 1012];
const ONE: &[u64] = &[EPOCH_TIME];
/// The next L1 block comes late.
const LATE: &[u64] = &[EPOCH_TIME, 1500];

fn other_origin(batch: &mut SingularBatch, by: u64) {
    batch.epoch_num = EPOCH.wrapping_add(by);
    batch.epoch_hash = l1_hash(EPOCH.wrapping_add(by));
}

fn user(batch: &mut SingularBatch, first: u8) {
    batch.transactions.push(vec![first, 1].into());
}

const SINGULAR: &[Row<SingularBatch>] = &[
    Row("good", TWO, 1010, 11, |_| {}, Accept, Accept),
    Row("good, one L1 block known", ONE, 1010, 11, |_| {}, Accept, Accept),
    Row("next origin", TWO, 1010, 12, |b| other_origin(b, 1), Accept, Accept),
    // The timestamp comes first, whatever else is wrong.
    Row("later", TWO, 1010, 11, |b| b.timestamp += 2, Future, Drop),
    Row("later by one second", TWO, 1010, 11, |b| b.timestamp += 1, Future, Drop),
    Row("later, foreign parent", TWO, 1010, 11, |b| (b.timestamp, b.parent_hash) = (9999, B256::ZERO), Future, Drop),
    Row("later, too late on L1", TWO, 1010, 99, |b| b.timestamp += 2, Future, Drop),
    Row("earlier", TWO, 1010, 11, |b| b.timestamp -= 2, Drop, Past),
    Row("earlier by one second", TWO, 1010, 11, |b| b.timestamp -= 1, Drop, Past),
    Row("earlier, foreign parent", TWO, 1010, 99, |b| (b.timestamp, b.parent_hash) = (0, B256::ZERO), Drop, Past),
    Row("foreign parent", TWO, 1010, 11, |b| b.parent_hash = B256::ZERO, Drop, Drop),
    Row(
        "foreign parent, next origin unknown",
        ONE,
        1010,
        11,
        |b| (b.parent_hash, b.epoch_num) = (B256::ZERO, 11),
        Drop,
        Drop,
    ),
    // The sequencing window.
    Row("last block of the window", TWO, 1010, EPOCH + WINDOW, |_| {}, Accept, Accept),
    Row("after the window", TWO, 1010, EPOCH + WINDOW + 1, |_| {}, Drop, Drop),
    Row("window of the next origin", TWO, 1010, EPOCH + WINDOW + 1, |b| other_origin(b, 1), Accept, Accept),
    Row("after it, origin unknown", ONE, 1010, EPOCH + WINDOW + 2, |b| other_origin(b, 1), Drop, Drop),
    Row("window without end", TWO, 1010, 11, |b| b.epoch_num = u64::MAX, Drop, Drop),
    // The L1 origin.
    Row("old origin", TWO, 1010, 11, |b| other_origin(b, u64::MAX), Drop, Drop),
    Row("next origin unknown", ONE, 1010, 11, |b| other_origin(b, 1), Undecided, Undecided),
    Row(
        "next origin unknown, a deposit",
        ONE,
        1010,
        11,
        |b| {
            other_origin(b, 1);
            user(b, 0x7e)
        },
        Undecided,
        Undecided,
    ),
    Row("origin too far, unknown", ONE, 1010, 11, |b| other_origin(b, 2), Drop, Drop),
    Row("origin too far, known", &[1000, 1001, 1002], 1010, 12, |b| other_origin(b, 2), Drop, Drop),
    Row("foreign L1 block", TWO, 1010, 11, |b| b.epoch_hash = l1_hash(11), Drop, Drop),
    Row("older than its origin", &[1000, 1013], 1010, 12, |b| other_origin(b, 1), Drop, Drop),
    Row("as old as its origin", &[1000, 1012], 1010, 12, |b| other_origin(b, 1), Accept, Accept),
    // Transactions.
    Row("empty transaction", TWO, 1010, 11, |b| b.transactions.push(Bytes::new()), Drop, Drop),
    Row("a deposit", TWO, 1010, 11, |b| user(b, 0x7e), Drop, Drop),
    Row(
        "a deposit behind others",
        TWO,
        1010,
        11,
        |b| {
            user(b, 2);
            user(b, 0x7e)
        },
        Drop,
        Drop,
    ),
    Row("legacy", TWO, 1010, 11, |b| user(b, 0xf8), Accept, Accept),
    Row("access list", TWO, 1010, 11, |b| user(b, 1), Accept, Accept),
    Row("dynamic fee", TWO, 1010, 11, |b| user(b, 2), Accept, Accept),
    // The text says drop; nodes leave it to the engine.
    Row("blobs", TWO, 1010, 11, |b| user(b, 3), Accept, Accept),
    Row("unknown type", TWO, 1010, 11, |b| user(b, 0x60), Accept, Accept),
    Row("set code", TWO, 1010, 11, |b| user(b, 4), Drop, Drop),
];

/// The drift before Fjord is the chain's, here 20 seconds; the safe head stands at it.
const DRIFTING: &[Row<SingularBatch>] = &[
    Row("at the drift, transactions", LATE, 1018, 11, |b| user(b, 2), Accept, Accept),
    Row("beyond it, transactions", LATE, 1020, 11, |b| user(b, 2), Drop, Drop),
    Row("beyond it, transactions, next unknown", ONE, 1020, 11, |b| user(b, 2), Drop, Drop),
    Row("beyond it, empty, next unknown", ONE, 1020, 11, |_| {}, Undecided, Undecided),
    Row("beyond it, empty, next too young", LATE, 1020, 11, |_| {}, Accept, Accept),
    Row("beyond it, empty, next could be taken", &[1000, 1022], 1020, 11, |_| {}, Drop, Drop),
    Row("beyond it, empty, next younger by a second", &[1000, 1023], 1020, 11, |_| {}, Accept, Accept),
    Row(
        "takes the next origin",
        &[1000, 1002],
        1020,
        12,
        |b| {
            other_origin(b, 1);
            user(b, 2)
        },
        Accept,
        Accept,
    ),
    Row("beyond that of the next, empty", &[1000, 1001], 1020, 12, |b| other_origin(b, 1), Accept, Accept),
    Row(
        "beyond that of the next, transactions",
        &[1000, 1001],
        1022,
        12,
        |b| {
            other_origin(b, 1);
            user(b, 2)
        },
        Drop,
        Drop,
    ),
    Row("beyond that of the next, empty", &[1000, 1001], 1022, 12, |b| other_origin(b, 1), Accept, Accept),
];

fn judge_singular(config: &RollupConfig, row: &Row<SingularBatch>) -> Validity {
    let Row(_, times, head_time, inclusion, change, ..) = row;
    let safe_head = Chain(config.clone(), *head_time).head();
    let l1_blocks = l1_blocks(times);
    let inclusion = L1BlockRef { number: *inclusion, timestamp: 1, ..L1BlockRef::default() };
    let mut batch = SingularBatch {
        parent_hash: safe_head.hash,
        epoch_num: EPOCH,
        epoch_hash: l1_hash(EPOCH),
        timestamp: head_time + 2,
        transactions: vec![],
    };
    change(&mut batch);
    Context { config, l1_blocks: &l1_blocks, safe_head: &safe_head, inclusion: &inclusion }.singular(&batch)
}

#[test]
fn every_rule_of_a_singular_batch() {
    for row in SINGULAR {
        for fork in [Fork::Bedrock, Fork::Delta, Fork::Granite, Fork::Holocene, Fork::Isthmus, Fork::Karst] {
            let mut expected = if fork < Fork::Holocene { row.5 } else { row.6 };
            if row.0 == "set code" && fork >= Fork::Isthmus {
                expected = Accept;
            }
            assert_eq!(judge_singular(&config(fork), row), expected, "{} ({fork})", row.0);
        }
    }
    for row in DRIFTING {
        for fork in [Fork::Bedrock, Fork::Ecotone] {
            assert_eq!(judge_singular(&config(fork), row), row.5, "{} ({fork})", row.0);
        }
        // Fjord's drift of 1800 seconds is not reached; the twin of the rows above.
        for fork in [Fork::Fjord, Fork::Holocene, Fork::Karst] {
            assert_eq!(judge_singular(&config(fork), row), Accept, "{} ({fork})", row.0);
        }
    }
}

/// Fjord's drift is a constant, whatever the chain's config says, and goes by the timestamp of the L1 origin.
#[test]
fn the_drift_from_fjord_on() {
    let at = |head_time, first| {
        let rows: [Row<SingularBatch>; 2] = [
            Row("transactions", &[1000, 9000], head_time, 11, |b| user(b, 2), Accept, Accept),
            Row("empty", &[1000, 9000], head_time, 11, |_| {}, Accept, Accept),
        ];
        judge_singular(&config(first), &rows[0])
    };
    for fork in [Fork::Fjord, Fork::Holocene, Fork::Karst] {
        assert_eq!([at(2798, fork), at(2800, fork)], [Accept, Drop], "{fork}");
    }
    let mut config = config(Fork::Ecotone);
    let row: Row<SingularBatch> = Row("at its activation", &[1000, 9000], 1020, 11, |b| user(b, 2), Drop, Drop);
    for (fjord, expected) in [(1000, Accept), (1001, Drop)] {
        config.forks.set(Fork::Fjord, Some(fjord));
        assert_eq!(judge_singular(&config, &row), expected, "Fjord at {fjord}");
    }
}

/// Which rules hold goes by the L1 block in which the batch is complete.
#[test]
fn holocene_goes_by_the_inclusion_block() {
    for (holocene, expected) in [(1, Past), (2, Drop)] {
        let mut config = config(Fork::Granite);
        config.forks.set(Fork::Holocene, Some(holocene));
        let row: Row<SingularBatch> = Row("earlier", TWO, 1010, 11, |b| b.timestamp -= 2, Drop, Past);
        assert_eq!(judge_singular(&config, &row), expected);
    }
}

/// The activation blocks of Jovian and of later forks hold no transactions of a batch; earlier ones may.
#[test]
fn activation_blocks() {
    let row: Row<SingularBatch> = Row("user", TWO, 1010, 11, |b| user(b, 2), Accept, Accept);
    let empty: Row<SingularBatch> = Row("empty", TWO, 1010, 11, |_| {}, Accept, Accept);
    for (i, fork) in Fork::ALL[1..=Fork::Karst as usize].iter().enumerate() {
        let mut config = config(Fork::ALL[i]);
        for (time, activates) in [(1010, false), (1011, true), (1012, true), (1013, false)] {
            config.forks.set(*fork, Some(time));
            let refused = activates && *fork >= Fork::Jovian;
            assert_eq!(judge_singular(&config, &row), if refused { Drop } else { Accept }, "{fork} at {time}");
            assert_eq!(judge_singular(&config, &empty), Accept, "{fork} at {time}, empty");
        }
    }
}

/// A span batch in pieces that a row can change.
struct Span {
    batch: SpanBatch,
    first: u64,
}

fn span_of(chain: &Chain, first: u64, epochs: &[u64]) -> Span {
    let parent =
        if (GENESIS_L2..=HEAD).contains(&(first - 1)) { chain.block(first - 1).header.seal() } else { B256::ZERO };
    let check = |hash: B256| FixedBytes::from_slice(&hash[..20]);
    let block = |(number, epoch_num): (u64, &u64)| SpanBlock {
        epoch_num: *epoch_num,
        timestamp: chain.1 + 2 * number - 2 * HEAD,
        transactions: if number <= HEAD { vec![vec![2, number as u8].into()] } else { vec![] },
    };
    let batch = SpanBatch {
        parent_check: check(parent),
        l1_origin_check: check(l1_hash(*epochs.last().unwrap())),
        blocks: (first..).zip(epochs).map(block).collect(),
    };
    Span { batch, first }
}

/// A row: name, first block, L1 origins, times of the L1 blocks, inclusion block, change, answers before Holocene of the whole
/// batch and from Holocene on of its prefix and overlap.
struct SpanRow(&'static str, u64, &'static [u64], &'static [u64], u64, Change<Span>, Validity, Validity);

const THREE: &[u64] = &[EPOCH_TIME, 1012, 1024];

const SPANS: &[SpanRow] = &[
    SpanRow("good", 51, &[10, 10], TWO, 11, |_| {}, Accept, Accept),
    SpanRow("over two origins", 51, &[11, 11, 11, 11, 11, 11, 12], THREE, 13, |_| {}, Accept, Accept),
    // The origin of the first block has to be known before Delta is looked for.
    SpanRow("next origin unknown", 51, &[11], ONE, 11, |_| {}, Undecided, Undecided),
    SpanRow("next origin unknown, later", 52, &[11], ONE, 11, |_| {}, Undecided, Undecided),
    SpanRow("later", 52, &[10], TWO, 11, |_| {}, Future, Drop),
    SpanRow("later, foreign parent", 52, &[10], TWO, 11, |s| s.batch.parent_check = FixedBytes::ZERO, Future, Drop),
    SpanRow("nothing new", 49, &[10, 10], TWO, 11, |_| {}, Drop, Past),
    SpanRow("nothing new, foreign parent", 49, &[10], TWO, 99, |s| s.batch.parent_check = FixedBytes::ZERO, Drop, Past),
    SpanRow("overlap", 49, &[10, 10, 10], TWO, 11, |_| {}, Accept, Accept),
    SpanRow("overlap, to the next origin", 48, &[10, 10, 10, 11], TWO, 12, |_| {}, Accept, Accept),
    SpanRow("misaligned", 51, &[10, 10], TWO, 11, |s| s.batch.blocks[0].timestamp -= 1, Drop, Drop),
    SpanRow("misaligned overlap", 49, &[10, 10, 10], TWO, 11, |s| s.batch.blocks[0].timestamp -= 1, Drop, Drop),
    SpanRow("before the first block", 45, &[9, 9, 9, 10, 10, 10, 10], TWO, 11, |_| {}, Drop, Undecided),
    SpanRow("from the first block on", 46, &[9, 9, 10, 10, 10, 10], TWO, 11, |_| {}, Accept, Accept),
    SpanRow("foreign parent", 51, &[10], TWO, 11, |s| s.batch.parent_check = FixedBytes::ZERO, Drop, Drop),
    SpanRow(
        "foreign parent, end unknown",
        51,
        &[10, 14],
        TWO,
        11,
        |s| s.batch.parent_check = FixedBytes::ZERO,
        Drop,
        Drop,
    ),
    SpanRow("last block of the window", 51, &[10], TWO, EPOCH + WINDOW, |_| {}, Accept, Accept),
    SpanRow("after the window", 51, &[10], TWO, EPOCH + WINDOW + 1, |_| {}, Drop, Drop),
    SpanRow("after the window, end unknown", 51, &[10, 14], TWO, EPOCH + WINDOW + 1, |_| {}, Drop, Drop),
    // An overlap that begins with an old origin: its window counts.
    SpanRow("overlap after the window", 47, &[9, 10, 10, 10, 10], TWO, EPOCH + WINDOW, |_| {}, Drop, Drop),
    SpanRow("overlap within the window", 47, &[9, 10, 10, 10, 10], TWO, EPOCH + WINDOW - 1, |_| {}, Accept, Accept),
    SpanRow("first origin too far", 51, &[12], THREE, 13, |_| {}, Drop, Drop),
    SpanRow("first origin too far, unknown", 51, &[12], TWO, 13, |_| {}, Drop, Drop),
    SpanRow("first origin too far for an overlap", 47, &[11, 11, 11, 11, 11], THREE, 13, |_| {}, Drop, Drop),
    SpanRow("end unknown", 51, &[10, 11], ONE, 11, |_| {}, Undecided, Undecided),
    SpanRow("end unknown, first origin old", 51, &[9, 14], TWO, 11, |_| {}, Undecided, Undecided),
    SpanRow("foreign end", 51, &[10], TWO, 11, |s| s.batch.l1_origin_check = FixedBytes::ZERO, Drop, Drop),
    SpanRow(
        "foreign end, first origin old",
        51,
        &[9, 10],
        TWO,
        11,
        |s| s.batch.l1_origin_check = FixedBytes::ZERO,
        Drop,
        Drop,
    ),
    SpanRow("first origin old", 51, &[9, 10], TWO, 11, |_| {}, Drop, Drop),
    // Blocks of the chain have to be the same there.
    SpanRow(
        "overlap, other transaction",
        49,
        &[10, 10, 10],
        TWO,
        11,
        |s| s.batch.blocks[1].transactions[0] = vec![2, 9].into(),
        Drop,
        Drop,
    ),
    SpanRow(
        "overlap, one more",
        49,
        &[10, 10, 10],
        TWO,
        11,
        |s| s.batch.blocks[0].transactions.push(vec![2, 9].into()),
        Drop,
        Drop,
    ),
    SpanRow("overlap, one less", 49, &[10, 10, 10], TWO, 11, |s| s.batch.blocks[1].transactions.clear(), Drop, Drop),
    SpanRow("overlap, other origin", 47, &[9, 9, 10, 10, 10], TWO, 11, |_| {}, Drop, Drop),
    // What follows is judged block by block from Holocene on.
    SpanRow("a block older than its origin", 51, &[10, 11], &[1000, 1015], 12, |_| {}, Drop, Accept),
    SpanRow("a block as old as its origin", 51, &[10, 11], &[1000, 1014], 12, |_| {}, Accept, Accept),
    SpanRow("origins skip one", 51, &[10, 12], &[1000, 1001, 1002], 13, |_| {}, Accept, Accept),
    SpanRow(
        "a deposit",
        51,
        &[10, 10],
        TWO,
        11,
        |s| s.batch.blocks[1].transactions = vec![vec![0x7e].into()],
        Drop,
        Accept,
    ),
    SpanRow(
        "an empty transaction",
        51,
        &[10],
        TWO,
        11,
        |s| s.batch.blocks[0].transactions = vec![Bytes::new()],
        Drop,
        Accept,
    ),
    SpanRow("set code", 51, &[10], TWO, 11, |s| s.batch.blocks[0].transactions = vec![vec![4].into()], Drop, Accept),
];

fn judge_span(config: &RollupConfig, row: &SpanRow) -> Validity {
    let SpanRow(_, first, epochs, times, inclusion, change, ..) = row;
    let mut config = config.clone();
    config.genesis.l1.number = EPOCH - 1;
    config.genesis.l2.hash = Chain(config.clone(), 1010).block(GENESIS_L2).header.seal();
    let config = &config;
    let mut chain = Chain(config.clone(), 1010);
    let safe_head = chain.head();
    let l1_blocks = l1_blocks(times);
    let inclusion = L1BlockRef { number: *inclusion, timestamp: 1, ..L1BlockRef::default() };
    let mut span = span_of(&chain, *first, epochs);
    change(&mut span);
    assert_eq!(span.first, *first);
    let context = Context { config, l1_blocks: &l1_blocks, safe_head: &safe_head, inclusion: &inclusion };
    let stream = config.rules_at(1).strict_order;
    let judged =
        if stream { context.span_to_stream(&mut chain, &span.batch) } else { context.span(&mut chain, &span.batch) };
    judged.unwrap()
}

#[test]
fn every_rule_of_a_span_batch() {
    for row in SPANS {
        for fork in [Fork::Delta, Fork::Granite] {
            assert_eq!(judge_span(&config(fork), row), row.6, "{} ({fork})", row.0);
        }
        for fork in [Fork::Holocene, Fork::Isthmus, Fork::Karst] {
            assert_eq!(judge_span(&config(fork), row), row.7, "{} ({fork})", row.0);
        }
    }
}

/// Delta goes by the L1 origin of the first block.
#[test]
fn delta_goes_by_the_first_origin() {
    let row = |epochs| SpanRow("", 51, epochs, TWO, 12, |_| {}, Accept, Accept);
    for (delta, of_first, of_next) in
        [(1000, Accept, Accept), (1001, Drop, Accept), (1012, Drop, Accept), (1013, Drop, Drop)]
    {
        let mut config = config(Fork::Canyon);
        config.forks.set(Fork::Delta, Some(delta));
        assert_eq!(judge_span(&config, &row(&[10, 11])), of_first, "Delta at {delta}");
        assert_eq!(judge_span(&config, &row(&[11])), of_next, "Delta at {delta}");
    }
}

/// The drift within a span, before Holocene.
#[test]
fn the_drift_within_a_span() {
    // Blocks 51 to 58 at 1012 to 1026; the drift of the first origin ends at 1020.
    let ten: &[u64] = &[10; 8];
    let rows = [
        (SpanRow("next could be taken", 51, ten, &[1000, 1022], 12, |_| {}, Drop, Accept), Drop),
        (SpanRow("next too young", 51, ten, &[1000, 1027], 12, |_| {}, Accept, Accept), Accept),
        (SpanRow("next unknown", 51, ten, ONE, 12, |_| {}, Undecided, Accept), Undecided),
        (
            SpanRow(
                "a transaction",
                51,
                ten,
                &[1000, 1027],
                12,
                |s| s.batch.blocks[7].transactions = vec![vec![2].into()],
                Drop,
                Accept,
            ),
            Drop,
        ),
        (SpanRow("takes the next", 51, &[10, 10, 10, 10, 10, 11], &[1000, 1001], 12, |_| {}, Accept, Accept), Accept),
    ];
    for (row, expected) in &rows {
        assert_eq!(judge_span(&config(Fork::Ecotone), row), *expected, "{}", row.0);
        assert_eq!(judge_span(&config(Fork::Fjord), row), Accept, "{} from Fjord on", row.0);
    }
}

/// What a source cannot answer is no verdict.
#[test]
fn a_missing_block_is_no_verdict() {
    struct Nothing;
    impl Source for Nothing {
        type Error = ();
        fn l1_header(&mut self, _: B256) -> Result<Sealed<Header>, ()> {
            Err(())
        }
        fn l1_header_by_number(&mut self, _: u64) -> Result<Option<Sealed<Header>>, ()> {
            Err(())
        }
        fn l1_transactions(&mut self, _: &Sealed<Header>) -> Result<Vec<Bytes>, ()> {
            Err(())
        }
        fn l1_receipts(&mut self, _: &Sealed<Header>) -> Result<Vec<Bytes>, ()> {
            Err(())
        }
        fn blob(&mut self, _: &L1BlockRef, _: &BlobId) -> Result<Box<[u8; BLOB_SIZE]>, ()> {
            Err(())
        }
        fn l2_block(&mut self, _: u64) -> Result<L2Block, ()> {
            Err(())
        }
        fn upgrade_transaction(&mut self, _: B256) -> Result<Bytes, ()> {
            Err(())
        }
    }
    let config = config(Fork::Holocene);
    let chain = Chain(config.clone(), 1010);
    let (safe_head, l1_blocks) = (chain.head(), l1_blocks(TWO));
    let inclusion = L1BlockRef { number: 11, timestamp: 1, ..L1BlockRef::default() };
    let context = Context { config: &config, l1_blocks: &l1_blocks, safe_head: &safe_head, inclusion: &inclusion };
    let span = span_of(&chain, 49, &[10, 10, 10]);
    assert!(matches!(context.span_to_stream(&mut Nothing, &span.batch), Err(DeriveError::Source(()))));
    // One that does not look below the safe head needs no source.
    let span = span_of(&chain, 51, &[10]);
    assert_eq!(context.span_to_stream(&mut Nothing, &span.batch).unwrap(), Accept);
}

/// A batch that claims to begin at the first block of a long chain reads a few blocks near the safe head, and gets the answer of
/// the rules; so does one that begins within the sequencing window.
#[test]
fn no_batch_leads_far_down_the_chain() {
    /// A chain of a million blocks, six to an L1 origin.
    struct Long(RollupConfig, Vec<u64>);
    const TOP: u64 = 1_000_000;
    impl Long {
        fn made(&self, number: u64) -> L2Block {
            let mut block = Chain(self.0.clone(), 0).block(HEAD);
            let mut info = L1Info::from_transaction(&block.transactions[0]).unwrap();
            (info.number, info.hash) = (number / 6, l1_hash(number / 6));
            block.transactions = vec![info.transaction(&self.0, 1)];
            block.header = Header { number, timestamp: 2 * number, ..Header::default() }.seal_slow();
            block
        }
    }
    impl Source for Long {
        type Error = String;

        fn l1_header(&mut self, _: B256) -> Result<Sealed<Header>, String> {
            Err("L1".into())
        }
        fn l1_header_by_number(&mut self, _: u64) -> Result<Option<Sealed<Header>>, String> {
            Err("L1".into())
        }
        fn l1_transactions(&mut self, _: &Sealed<Header>) -> Result<Vec<Bytes>, String> {
            Err("L1".into())
        }
        fn l1_receipts(&mut self, _: &Sealed<Header>) -> Result<Vec<Bytes>, String> {
            Err("L1".into())
        }
        fn blob(&mut self, _: &L1BlockRef, _: &BlobId) -> Result<Box<[u8; BLOB_SIZE]>, String> {
            Err("blob".into())
        }
        fn l2_block(&mut self, number: u64) -> Result<L2Block, String> {
            self.1.push(number);
            Ok(self.made(number))
        }
        fn upgrade_transaction(&mut self, _: B256) -> Result<Bytes, String> {
            Err("upgrade".into())
        }
    }
    let mut config = config(Fork::Holocene);
    config.seq_window_size = 3600;
    config.genesis.l2.number = 1;
    let mut chain = Long(config.clone(), Vec::new());
    let safe_head = chain.made(TOP).info(&config).unwrap();
    let epoch = safe_head.l1_origin.number;
    let l1_blocks: Vec<L1BlockRef> = (epoch..epoch + 3)
        .map(|number| L1BlockRef { number, hash: l1_hash(number), parent_hash: l1_hash(number - 1), timestamp: 1 })
        .collect();
    let inclusion = L1BlockRef { number: epoch + 2, timestamp: 1, ..L1BlockRef::default() };
    let context = Context { config: &config, l1_blocks: &l1_blocks, safe_head: &safe_head, inclusion: &inclusion };
    let mut judge = |first: u64, first_epoch: u64, good_parent: bool| {
        let parent = if good_parent { chain.made(first - 1).header.seal() } else { B256::ZERO };
        let check = |hash: B256| FixedBytes::from_slice(&hash[..20]);
        let block = |number: u64| SpanBlock {
            epoch_num: if number == first { first_epoch } else { epoch },
            timestamp: 2 * number,
            transactions: Vec::new(),
        };
        let batch = SpanBatch {
            parent_check: check(parent),
            l1_origin_check: check(l1_hash(epoch)),
            // The blocks in between do not matter to the prefix.
            blocks: vec![block(first), block(TOP + 1)],
        };
        chain.1.clear();
        let (validity, _) = context.span_prefix(&mut chain, &batch).unwrap();
        (validity, chain.1.iter().min().copied().unwrap_or(TOP), chain.1.len())
    };
    let oldest = epoch + 2 - 3600;
    // Too late, whatever it says: nothing is read.
    assert_eq!(judge(10, 1, true), (Drop, TOP, 0));
    assert_eq!(judge(10, oldest - 1, true), (Drop, TOP, 0));
    // In time by its origin, and far below by its timestamp.
    for first_epoch in [oldest, oldest + 1, epoch - 1000, epoch] {
        let (validity, lowest, count) = judge(10, first_epoch, true);
        assert_eq!(validity, Drop, "{first_epoch}");
        assert!(TOP - lowest <= 2 * 6 * 3601 && count <= 8, "{first_epoch}: {lowest} {count}");
    }
    // The same batches where their origins are right: the parent itself is read, and decides.
    for first_epoch in [oldest, oldest + 1, epoch - 1000, epoch - 1, epoch] {
        let first = 6 * first_epoch;
        assert_eq!(judge(first, first_epoch, true).0, Accept, "{first_epoch}");
        assert_eq!(judge(first, first_epoch, true).1, first - 1);
        assert_eq!(judge(first, first_epoch, false).0, Drop);
        assert_eq!(judge(first, first_epoch + 1, true).0, Drop, "an origin too far");
    }
}
