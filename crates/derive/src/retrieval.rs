//! L1 retrieval: finds the batcher transactions of an L1 block and reads their data from calldata or blobs
//! (specification: derivation.md, "L1 Retrieval"; ecotone/derivation.md, "Blob Retrieval").

use crate::{BlobId, L1BlockRef, Source, blob};
use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};
use alloy_consensus::{Header, Sealed, Transaction, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature};
use alloy_rlp::Header as RlpHeader;
use op_alloy_consensus::TxDeposit;
use primitives::rollup_config::RollupConfig;

const BLOB_TX_TYPE: u8 = 3;
const DEPOSIT_TX_TYPE: u8 = 0x7e;

/// Where the data of a batcher transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Calldata(Bytes),
    Blob(BlobId),
}

/// Data of whole L1 blocks that was read before their turn, by number.
pub(crate) type ReadAhead = BTreeMap<u64, Vec<Vec<u8>>>;

/// The stage: what is left of the L1 block that is being read.
#[derive(Debug, Default)]
pub(crate) struct Retrieval {
    items: VecDeque<Item>,
    opened: bool,
    read_ahead: ReadAhead,
}

impl Retrieval {
    /// A stage that does not read again what has been read.
    pub(crate) fn new(read_ahead: ReadAhead) -> Self {
        Self { read_ahead, ..Self::default() }
    }

    /// Begins with another L1 block; what was left of the last one is dropped.
    pub(crate) fn next_block(&mut self) {
        self.items.clear();
        self.opened = false;
    }

    /// The data of the next batcher transaction (or blob) of `block`; none when there is no more.
    pub(crate) fn next<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
        block: &Sealed<Header>,
        batcher: Address,
    ) -> Result<Option<Vec<u8>>, S::Error> {
        if !self.opened {
            self.items = match self.read_ahead.remove(&block.number) {
                Some(data) => data.into_iter().map(|data| Item::Calldata(data.into())).collect(),
                None => open(source, config, block, batcher)?,
            };
            self.opened = true;
        }
        while let Some(item) = self.items.front() {
            let data = match item {
                Item::Calldata(data) => Some(data.to_vec()),
                // A blob without a valid encoding is ignored.
                Item::Blob(id) => blob::decode_blob(&*source.blob(&L1BlockRef::from(block), id)?).ok(),
            };
            // Only now, so that nothing is lost when the source fails.
            self.items.pop_front();
            if data.is_some() {
                return Ok(data);
            }
        }
        Ok(None)
    }
}

fn open<S: Source>(
    source: &mut S,
    config: &RollupConfig,
    block: &Sealed<Header>,
    batcher: Address,
) -> Result<VecDeque<Item>, S::Error> {
    let blobs_active = config.rules_at(block.timestamp).blobs;
    let mut items = VecDeque::new();
    let mut blob_index = 0u64;
    for transaction in source.l1_transactions(block)? {
        let kind = transaction.first().copied().unwrap_or_default();
        let is_blob = kind == BLOB_TX_TYPE;
        // Blobs are counted over all transactions of the block, whoever sent them.
        let for_inbox = recipient(&transaction) == Some(config.batch_inbox_address);
        if !is_blob && !for_inbox {
            continue;
        }
        let Some((data, hashes, sender)) = decode(source, &transaction, for_inbox)? else { continue };
        let first_index = blob_index;
        blob_index += hashes.len() as u64;
        if !for_inbox || sender != Some(batcher) {
            continue;
        }
        if is_blob && blobs_active {
            items.extend(
                (first_index..).zip(hashes).map(|(index, versioned_hash)| Item::Blob(BlobId { versioned_hash, index })),
            );
        } else {
            items.push_back(Item::Calldata(data));
        }
    }
    Ok(items)
}

type Decoded = (Bytes, Vec<B256>, Option<Address>);

/// Data, blob hashes and, if asked for, the sender of a transaction; none for types that batchers may not use.
fn decode<S: Source>(source: &mut S, bytes: &Bytes, with_sender: bool) -> Result<Option<Decoded>, S::Error> {
    if bytes.first() == Some(&DEPOSIT_TX_TYPE) {
        let deposit = TxDeposit::decode_2718(&mut bytes.as_ref()).ok();
        return Ok(deposit.map(|tx| (tx.input, Vec::new(), Some(tx.from))));
    }
    let Ok(transaction) = TxEnvelope::decode_2718(&mut bytes.as_ref()) else { return Ok(None) };
    let (hash, signature): (B256, Signature) = match &transaction {
        TxEnvelope::Legacy(tx) => (tx.signature_hash(), *tx.signature()),
        TxEnvelope::Eip2930(tx) => (tx.signature_hash(), *tx.signature()),
        TxEnvelope::Eip1559(tx) => (tx.signature_hash(), *tx.signature()),
        TxEnvelope::Eip4844(tx) => (tx.signature_hash(), *tx.signature()),
        // Set-code transactions and later types are not read.
        TxEnvelope::Eip7702(_) => return Ok(None),
    };
    let sender = if with_sender { source.recover_sender(hash, &signature)? } else { None };
    let hashes = transaction.blob_versioned_hashes().unwrap_or_default().to_vec();
    Ok(Some((transaction.input().clone(), hashes, sender)))
}

/// The recipient of a transaction of a known type, without decoding the rest of it.
fn recipient(bytes: &[u8]) -> Option<Address> {
    let first = *bytes.first()?;
    let (position, mut payload) = match first {
        0xc0.. => (3, bytes),
        1 => (4, &bytes[1..]),
        2 | 3 => (5, &bytes[1..]),
        DEPOSIT_TX_TYPE => (2, &bytes[1..]),
        _ => return None,
    };
    let mut list = RlpHeader::decode_bytes(&mut payload, true).ok()?;
    for _ in 0..position {
        let header = RlpHeader::decode(&mut list).ok()?;
        list = list.get(header.payload_length..)?;
    }
    let to = RlpHeader::decode_bytes(&mut list, false).ok()?;
    (to.len() == 20).then(|| Address::from_slice(to))
}
