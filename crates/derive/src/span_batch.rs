//! Span batches: many consecutive blocks in one batch, their fields arranged by kind (specification:
//! delta/span-batches.md). The transactions are [`crate::span_transactions`]' matter.

use crate::{
    batch::SingularBatch,
    span_transactions::{SpanTransactions, TransactionError},
};
use alloc::vec::Vec;
use alloy_primitives::{B256, Bytes, FixedBytes};
use primitives::rollup_config::RollupConfig;

/// Most blocks, and most transactions, in a span batch (`MAX_SPAN_BATCH_ELEMENT_COUNT`).
pub const MAX_ELEMENTS: u64 = 10_000_000;

/// First 20 bytes of a hash.
pub type HashCheck = FixedBytes<20>;

/// A span batch as it is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawSpanBatch {
    /// Timestamp of the first block, relative to L2 genesis.
    pub rel_timestamp: u64,
    /// Number of the L1 origin of the last block.
    pub l1_origin_num: u64,
    /// Begin of the hash of the first block's parent.
    pub parent_check: HashCheck,
    /// Begin of the hash of the last block's L1 origin.
    pub l1_origin_check: HashCheck,
    /// For each block, whether its L1 origin differs from that of the block before.
    pub origin_changed: Vec<bool>,
    /// For each block, the number of its transactions.
    pub block_tx_counts: Vec<u64>,
    /// The transactions of all blocks.
    pub transactions: SpanTransactions,
}

/// Why bytes are not a span batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanBatchError {
    /// The bytes end too early.
    #[error("span batch: truncated")]
    Truncated,
    /// A number does not fit into 64 bits.
    #[error("span batch: number overflow")]
    Varint,
    /// There is no block.
    #[error("span batch: no blocks")]
    NoBlocks,
    /// More than [`MAX_ELEMENTS`] blocks or transactions.
    #[error("span batch: too many blocks or transactions")]
    TooMany,
    /// A bit list has bits beyond its length.
    #[error("span batch: bit list is too long")]
    Bits,
    /// A transaction's data is not an RLP list.
    #[error("span batch: transaction data is malformed")]
    TransactionData,
}

/// A block of a span batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanBlock {
    /// Number of the L1 origin.
    pub epoch_num: u64,
    /// Timestamp.
    pub timestamp: u64,
    /// The transactions in EIP-2718 encoding.
    pub transactions: Vec<Bytes>,
}

/// A span batch taken apart into blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanBatch {
    /// Begin of the hash of the first block's parent.
    pub parent_check: HashCheck,
    /// Begin of the hash of the last block's L1 origin.
    pub l1_origin_check: HashCheck,
    /// The blocks; at least one.
    pub blocks: Vec<SpanBlock>,
}

/// Reads from the front of a slice.
pub(crate) struct Cursor<'a>(pub(crate) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], SpanBatchError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(SpanBatchError::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    /// An unsigned base-128 varint of at most 64 bits, not necessarily of the shortest form.
    pub(crate) fn varint(&mut self) -> Result<u64, SpanBatchError> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.take(1)?[0];
            let low = u64::from(byte & 0x7f);
            if shift == 63 && byte > 1 {
                return Err(SpanBatchError::Varint);
            }
            value |= low << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(SpanBatchError::Varint)
    }

    /// A list of bits: a big-endian integer in whole bytes, bit i of which is element i.
    pub(crate) fn bits(&mut self, count: usize) -> Result<Vec<bool>, SpanBatchError> {
        let bytes = self.take(count.div_ceil(8))?;
        let unused = bytes.len() * 8 - count;
        if unused > 0 && bytes[0] >> (8 - unused) != 0 {
            return Err(SpanBatchError::Bits);
        }
        let bit = |i: usize| bytes[bytes.len() - 1 - i / 8] >> (i % 8) & 1 == 1;
        Ok((0..count).map(bit).collect())
    }
}

/// Appends a varint.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a list of bits.
pub(crate) fn put_bits(out: &mut Vec<u8>, bits: &[bool]) {
    let start = out.len();
    let size = bits.len().div_ceil(8);
    out.resize(start + size, 0);
    for (i, _) in bits.iter().enumerate().filter(|(_, set)| **set) {
        out[start + size - 1 - i / 8] |= 1 << (i % 8);
    }
}

impl RawSpanBatch {
    /// Reads the content of a span batch (without the version byte); bytes after it are ignored.
    pub fn decode(bytes: &[u8]) -> Result<Self, SpanBatchError> {
        let mut cursor = Cursor(bytes);
        let rel_timestamp = cursor.varint()?;
        let l1_origin_num = cursor.varint()?;
        let parent_check = HashCheck::from_slice(cursor.take(20)?);
        let l1_origin_check = HashCheck::from_slice(cursor.take(20)?);
        let block_count = element_count(cursor.varint()?)?;
        if block_count == 0 {
            return Err(SpanBatchError::NoBlocks);
        }
        // Each block takes at least one byte, so that the input bounds what is reserved.
        if block_count > cursor.0.len() {
            return Err(SpanBatchError::Truncated);
        }
        let origin_changed = cursor.bits(block_count)?;
        let mut block_tx_counts = Vec::with_capacity(block_count);
        let mut total = 0u64;
        for _ in 0..block_count {
            let count = cursor.varint()?;
            total = total.checked_add(count).ok_or(SpanBatchError::TooMany)?;
            element_count(total)?;
            block_tx_counts.push(count);
        }
        let transactions = SpanTransactions::decode(&mut cursor, element_count(total)?)?;
        Ok(Self {
            rel_timestamp,
            l1_origin_num,
            parent_check,
            l1_origin_check,
            origin_changed,
            block_tx_counts,
            transactions,
        })
    }

    /// Appends the content (without the version byte).
    pub fn encode(&self, out: &mut Vec<u8>) {
        put_varint(out, self.rel_timestamp);
        put_varint(out, self.l1_origin_num);
        out.extend_from_slice(self.parent_check.as_slice());
        out.extend_from_slice(self.l1_origin_check.as_slice());
        put_varint(out, self.block_tx_counts.len() as u64);
        put_bits(out, &self.origin_changed);
        self.block_tx_counts.iter().for_each(|count| put_varint(out, *count));
        self.transactions.encode(out);
    }

    /// Puts consecutive blocks together. The parent of the first block decides whether it changes the L1 origin; none
    /// where there are no blocks, they start before genesis, or a transaction does not belong into a batch.
    pub fn from_blocks(
        config: &RollupConfig,
        blocks: &[SingularBatch],
        parent_epoch: u64,
    ) -> Result<Option<Self>, TransactionError> {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(None) };
        let Some(rel_timestamp) = first.timestamp.checked_sub(config.genesis.l2_time) else { return Ok(None) };
        let mut epoch = parent_epoch;
        let mut changed = |block: &SingularBatch| core::mem::replace(&mut epoch, block.epoch_num) != block.epoch_num;
        let check = |hash: &B256| HashCheck::from_slice(&hash[..20]);
        Ok(Some(Self {
            rel_timestamp,
            l1_origin_num: last.epoch_num,
            parent_check: check(&first.parent_hash),
            l1_origin_check: check(&last.epoch_hash),
            origin_changed: blocks.iter().map(&mut changed).collect(),
            block_tx_counts: blocks.iter().map(|block| block.transactions.len() as u64).collect(),
            transactions: SpanTransactions::new(
                config.l2_chain_id,
                blocks.iter().flat_map(|block| block.transactions.iter()),
            )?,
        }))
    }

    /// Takes the batch apart into blocks with whole transactions.
    ///
    /// Timestamps and origin numbers wrap around at 64 bits, as in running nodes: the rules for batches, not this
    /// function, decide about absurd values.
    pub fn into_blocks(self, config: &RollupConfig) -> Result<SpanBatch, TransactionError> {
        let changes = self.origin_changed.iter().skip(1).filter(|changed| **changed).count() as u64;
        let mut epoch_num = self.l1_origin_num.wrapping_sub(changes);
        let mut timestamp = config.genesis.l2_time.wrapping_add(self.rel_timestamp);
        let mut transactions = self.transactions.into_encoded(config.l2_chain_id)?.into_iter();
        let mut blocks = Vec::with_capacity(self.block_tx_counts.len());
        for (i, (changed, count)) in self.origin_changed.iter().zip(&self.block_tx_counts).enumerate() {
            if i > 0 {
                timestamp = timestamp.wrapping_add(config.block_time);
                epoch_num = epoch_num.wrapping_add(u64::from(*changed));
            }
            // The counts add up to the number of transactions, which fits.
            let transactions = transactions.by_ref().take(*count as usize).collect();
            blocks.push(SpanBlock { epoch_num, timestamp, transactions });
        }
        Ok(SpanBatch { parent_check: self.parent_check, l1_origin_check: self.l1_origin_check, blocks })
    }
}

impl SpanBatch {
    /// Number of the first block's L1 origin.
    pub fn start_epoch(&self) -> u64 {
        self.blocks.first().map_or(0, |block| block.epoch_num)
    }

    /// Number of the last block's L1 origin.
    pub fn end_epoch(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.epoch_num)
    }

    /// Timestamp of the first block.
    pub fn start_timestamp(&self) -> u64 {
        self.blocks.first().map_or(0, |block| block.timestamp)
    }

    /// Timestamp of the last block.
    pub fn end_timestamp(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.timestamp)
    }
}

fn element_count(count: u64) -> Result<usize, SpanBatchError> {
    if count > MAX_ELEMENTS {
        return Err(SpanBatchError::TooMany);
    }
    usize::try_from(count).map_err(|_| SpanBatchError::TooMany)
}
