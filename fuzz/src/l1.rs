//! What batchers, users and the system config's owner put on L1.

use crate::samples;
use alloy_consensus::{Header, Sealable, Sealed};
use alloy_primitives::{Address, B256, Bytes, Log, LogData, Signature};
use alloy_rlp::{Decodable, Encodable};
use derive::{
    BLOB_SIZE, BlobId, L1BlockRef, L2Block, Pipeline, Source,
    batch::{Batch, BatchReader, SingularBatch, encode_batches},
    blob::{decode_blob, encode_blob},
    compression::{compress_zlib, decompress_channel},
    deposit::user_deposits,
    frame::{Frame, decode_frames, encode_frames, prune, split_channel},
    l1_info::L1Info,
    receipt::L1Receipt,
    span_batch::RawSpanBatch,
    system_config::apply_updates,
};
use primitives::{chain_config::ChainConfig, rollup_config::SystemConfig};
use std::collections::VecDeque;

/// Where decompression stops here.
const LIMIT: usize = 100_000;

/// Batcher data: frames have one encoding, and what Holocene's queue keeps is in order.
pub(crate) fn frames(bytes: &[u8]) -> bool {
    let Ok(frames) = decode_frames(bytes) else { return false };
    assert_eq!(encode_frames(&frames), bytes, "frames have one encoding");
    let mut kept: VecDeque<Frame> = frames.into();
    prune(&mut kept);
    let follows = |one: &Frame, next: &Frame| match next.id == one.id && !one.is_last {
        true => next.number == one.number.wrapping_add(1),
        false => next.number == 0 && one.is_last,
    };
    assert!(kept.iter().zip(kept.iter().skip(1)).all(|(one, next)| follows(one, next)), "in order");
    true
}

/// A blob that carries the first bytes, with the others written over it: a blob has one meaning, and a meaning one blob.
pub(crate) fn blob(bytes: &[u8]) -> bool {
    let (content, changes) = bytes.split_at(bytes.len().saturating_sub(6));
    let Some(mut blob) = encode_blob(content) else { return false };
    if let [a, b, c, value, ..] = changes {
        let at = usize::from(*a & 1) << 16 | usize::from(*b) << 8 | usize::from(*c);
        blob[at % BLOB_SIZE] ^= value & 0x0f;
    }
    let Ok(data) = decode_blob(&blob) else { return false };
    assert_eq!(encode_blob(&data), Some(blob), "blobs have one encoding");
    true
}

/// zlib: clipped at the limit, and clipping only cuts.
pub(crate) fn inflate(bytes: &[u8]) -> bool {
    decompressed(bytes)
}

/// brotli behind its version byte.
pub(crate) fn brotli(bytes: &[u8]) -> bool {
    decompressed(&[&[1], bytes].concat())
}

fn decompressed(channel: &[u8]) -> bool {
    let all = decompress_channel(channel, LIMIT, true);
    assert!(all.len() <= LIMIT, "clipped");
    for limit in [0, 1, 4096, all.len()] {
        let clipped = decompress_channel(channel, limit, true);
        assert!(clipped == all[..limit.min(all.len())], "clipping at {limit} cuts");
    }
    !all.is_empty()
}

/// The content of a channel: batch after batch, to the end or the first that cannot be read.
pub(crate) fn channel(bytes: &[u8]) -> bool {
    let mut reader = BatchReader::new(bytes.to_vec());
    let (mut good, mut read) = (0, 0);
    while let Some(batch) = reader.next_batch() {
        good += usize::from(batch.is_ok());
        read += 1;
        assert!(read <= bytes.len(), "every batch takes bytes");
    }
    good > 0
}

/// A singular batch has one encoding.
pub(crate) fn singular_batch(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let Ok(batch) = SingularBatch::decode(&mut rest) else { return false };
    let mut again = Vec::new();
    batch.encode(&mut again);
    assert_eq!(again, bytes[..bytes.len() - rest.len()], "a singular batch has one encoding");
    true
}

/// A span batch: reading what was written gives the same, and its blocks have the transactions that it counts.
pub(crate) fn span_batch(bytes: &[u8]) -> bool {
    let Ok(span) = RawSpanBatch::decode(bytes) else { return false };
    let mut again = Vec::new();
    span.encode(&mut again);
    assert_eq!(RawSpanBatch::decode(&again).as_ref(), Ok(&span), "what was written is read");
    let counts = span.block_tx_counts.clone();
    let Ok(batch) = span.into_blocks(&samples::chain().rollup) else { return true };
    let found: Vec<u64> = batch.blocks.iter().map(|block| block.transactions.len() as u64).collect();
    assert_eq!(found, counts);
    true
}

/// Transactions through a span batch: what comes out is what went in, byte by byte, or nothing.
pub(crate) fn span_transactions(bytes: &[u8]) -> bool {
    let Ok(transactions) = Vec::<Bytes>::decode(&mut &bytes[..]) else { return false };
    let chain = samples::chain().rollup;
    let block = SingularBatch { timestamp: chain.genesis.l2_time, transactions, ..SingularBatch::default() };
    let Ok(Some(span)) = RawSpanBatch::from_blocks(&chain, std::slice::from_ref(&block), 0) else { return false };
    let mut encoded = Vec::new();
    span.encode(&mut encoded);
    // More transactions than bytes would allow cannot be read back; fields of a wrong form come out as nothing.
    let Ok(read) = RawSpanBatch::decode(&encoded) else { return false };
    assert_eq!(read, span);
    let Ok(batch) = read.into_blocks(&chain) else { return false };
    assert_eq!(batch.blocks[0].transactions, block.transactions, "transactions survive a span batch");
    true
}

/// A log: one byte for the number of topics, the topics, the data.
fn log(bytes: &[u8], address: Address) -> Option<Log> {
    let (count, mut rest) = bytes.split_first()?;
    let mut topics = Vec::new();
    for _ in 0..count % 6 {
        let (topic, tail) = rest.split_at_checked(32)?;
        topics.push(B256::from_slice(topic));
        rest = tail;
    }
    Some(Log { address, data: LogData::new_unchecked(topics, rest.to_vec().into()) })
}

/// A `TransactionDeposited` log: skipped, or a deposit that can be read.
pub(crate) fn deposit_log(bytes: &[u8]) -> bool {
    let contract = samples::chain().rollup.deposit_contract_address;
    let Some(log) = log(bytes, contract) else { return false };
    let receipt = L1Receipt { success: true, logs: vec![log.clone(), log] };
    let deposits = user_deposits(&[receipt], contract, B256::ZERO);
    assert!(deposits.is_empty() || deposits.len() == 2 && deposits[0] != deposits[1], "both or none, told apart");
    for deposit in &deposits {
        use alloy_eips::eip2718::{Decodable2718, Encodable2718};
        let read = op_alloy_consensus::TxDeposit::decode_2718(&mut deposit.as_ref()).expect("a deposit was made");
        assert_eq!(read.encoded_2718(), deposit.as_ref());
    }
    !deposits.is_empty()
}

/// A `ConfigUpdate` log: skipped, or one value changes, whatever the others are.
pub(crate) fn config_update(bytes: &[u8]) -> bool {
    let chain = samples::chain().rollup;
    let Some(log) = log(bytes, chain.l1_system_config_address) else { return false };
    let receipt = [L1Receipt { success: true, logs: vec![log] }];
    let mut changed = false;
    for time in [0, u64::MAX] {
        let mut system =
            SystemConfig { gas_limit: 7, eip1559_denominator: 1, eip1559_elasticity: 1, ..SystemConfig::default() };
        let before = system;
        apply_updates(&mut system, &receipt, &chain, time);
        changed |= system != before;
        let once = system;
        apply_updates(&mut system, &receipt, &chain, time);
        assert_eq!(system, once, "an update sets a value");
        assert_eq!(system.eip1559_denominator == 0, system.eip1559_elasticity == 0);
    }
    changed
}

/// The calldata of an L1 attributes deposit.
pub(crate) fn l1_info(bytes: &[u8]) -> bool {
    let _ = L1Info::from_transaction(bytes);
    let Ok(info) = L1Info::from_calldata(bytes) else { return false };
    assert_eq!(L1Info::from_calldata(&info.calldata()), Ok(info), "what was written is read");
    true
}

/// A receipt of any type.
pub(crate) fn receipt(bytes: &[u8]) -> bool {
    L1Receipt::decode(bytes).is_some()
}

/// The transactions of an L1 block, from whose first block on a chain is derived: no L1 data stops derivation.
pub(crate) fn batcher_transactions(bytes: &[u8]) -> bool {
    let Ok(transactions) = Vec::<Bytes>::decode(&mut &bytes[..]) else { return false };
    let (chain, l1, l2) = start();
    let safe_head = l2.info(&chain.rollup).expect("the genesis block");
    let mut source = OneBlock { l1, transactions, l2 };
    let mut pipeline = Pipeline::new(chain.into());
    pipeline.next_attributes(&mut source, &safe_head).expect("no L1 data stops derivation").is_some()
}

/// A chain at its genesis, with two L1 blocks.
fn start() -> (ChainConfig, [Sealed<Header>; 2], L2Block) {
    let mut chain = samples::chain();
    let genesis = Header { timestamp: chain.rollup.genesis.l2_time, ..Header::default() }.seal_slow();
    let block = Header {
        number: 1,
        parent_hash: genesis.seal(),
        timestamp: genesis.timestamp + 12,
        base_fee_per_gas: Some(7),
        ..Header::default()
    };
    let l2 = Header { timestamp: genesis.timestamp, gas_limit: 30_000_000, ..Header::default() };
    let l2 = L2Block { header: l2.seal_slow(), transactions: Vec::new() };
    chain.rollup.genesis.l1.hash = genesis.seal();
    chain.rollup.genesis.l2.hash = l2.header.seal();
    (chain, [genesis, block.seal_slow()], l2)
}

/// Batcher data with the batch of the first block of that chain.
pub(crate) fn first_batch() -> Vec<u8> {
    let (_, [genesis, _], l2) = start();
    let batch = SingularBatch {
        parent_hash: l2.header.seal(),
        epoch_num: 0,
        epoch_hash: genesis.seal(),
        timestamp: genesis.timestamp + 2,
        transactions: Vec::new(),
    };
    let channel = compress_zlib(&encode_batches(&[Batch::Singular(batch)]), 5);
    encode_frames(&split_channel([1; 16], &channel, usize::MAX).unwrap_or_default())
}

/// An L1 of two blocks, the second of which holds the transactions.
struct OneBlock {
    l1: [Sealed<Header>; 2],
    transactions: Vec<Bytes>,
    l2: L2Block,
}

impl Source for OneBlock {
    type Error = std::convert::Infallible;

    fn l1_header(&mut self, hash: B256) -> Result<Sealed<Header>, Self::Error> {
        Ok(self.l1[usize::from(hash == self.l1[1].seal())].clone())
    }

    fn l1_header_by_number(&mut self, number: u64) -> Result<Option<Sealed<Header>>, Self::Error> {
        Ok(usize::try_from(number).ok().and_then(|number| self.l1.get(number)).cloned())
    }

    fn l1_transactions(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, Self::Error> {
        Ok(if block.number == 1 { self.transactions.clone() } else { Vec::new() })
    }

    fn l1_receipts(&mut self, _: &Sealed<Header>) -> Result<Vec<Bytes>, Self::Error> {
        Ok(Vec::new())
    }

    fn blob(&mut self, _: &L1BlockRef, id: &BlobId) -> Result<Box<[u8; BLOB_SIZE]>, Self::Error> {
        Ok(encode_blob(id.versioned_hash.as_slice()).expect("32 bytes fit"))
    }

    fn l2_block(&mut self, _: u64) -> Result<L2Block, Self::Error> {
        Ok(self.l2.clone())
    }

    fn upgrade_transaction(&mut self, _: B256) -> Result<Bytes, Self::Error> {
        Ok(Bytes::from_static(&[0x7e]))
    }

    fn recover_sender(&mut self, _: B256, _: &Signature) -> Result<Option<Address>, Self::Error> {
        Ok(Some(samples::BATCHER))
    }
}
