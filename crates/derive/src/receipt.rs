//! Receipts of L1, as far as derivation reads them: status and logs. Types that are not known yet are read by the
//! best-effort rule (specification: derivation.md, "On Future-Proof Transaction Log Derivation").

use crate::Source;
use alloc::vec::Vec;
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{Address, B256, BloomInput, Log};
use alloy_rlp::{Decodable, Header as RlpHeader};

/// A deposit's receipt on an L1 that is an OP Stack chain itself may have more fields after the logs.
const DEPOSIT_TYPE: u8 = 0x7e;

/// What derivation reads of a receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct L1Receipt {
    /// Whether the transaction succeeded.
    pub success: bool,
    /// The logs in order.
    pub logs: Vec<Log>,
}

impl L1Receipt {
    /// Reads the EIP-2718 encoding of a receipt of any type: `rlp([status, gas, bloom, logs])` after the type byte.
    /// None where it cannot be read that way; the receipt is then discarded.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        let (kind, mut payload) = match *first {
            // No transaction type.
            0x7f => return None,
            kind @ ..0x7f => (kind, rest),
            _ => (0, bytes),
        };
        let mut list = RlpHeader::decode_bytes(&mut payload, true).ok()?;
        if !payload.is_empty() {
            return None;
        }
        let status = RlpHeader::decode_bytes(&mut list, false).ok()?;
        u64::decode(&mut list).ok()?;
        let bloom = RlpHeader::decode_bytes(&mut list, false).ok()?;
        let logs = Vec::<Log>::decode(&mut list).ok()?;
        let complete = list.is_empty() || kind == DEPOSIT_TYPE;
        (bloom.len() == 256 && complete).then(|| Self { success: status == [1], logs })
    }
}

/// Whether a block can hold a log of `address` with first topic `event`. The bloom filter of a header is a part of L1's
/// consensus and has no false negatives, so that most receipts need not be read.
pub fn may_have_log(header: &Header, address: Address, event: B256) -> bool {
    let bloom = &header.logs_bloom;
    bloom.contains_input(BloomInput::Raw(address.as_slice())) && bloom.contains_input(BloomInput::Raw(event.as_slice()))
}

/// The receipts of a block, discarding what cannot be read.
pub fn read<S: Source>(source: &mut S, block: &Sealed<Header>) -> Result<Vec<L1Receipt>, S::Error> {
    let receipts = source.l1_receipts(block)?;
    Ok(receipts.iter().filter_map(|bytes| L1Receipt::decode(bytes)).collect())
}
