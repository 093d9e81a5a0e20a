//! What derivation asks for, answered by the oracle: L1 below the L1 head, L2 below the safe head.

use crate::{
    execute::{ExecuteError, recover_signer},
    oracle::{DataError, Oracle},
};
use alloc::{boxed::Box, collections::VecDeque, vec::Vec};
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{Address, B256, Bytes, Signature};
use derive::{BLOB_SIZE, BlobId, L1BlockRef, L2Block};
use preimage::PreimageOracle;

/// The two chains that derivation sees.
pub(crate) struct Chains<'a, O> {
    oracle: &'a Oracle<O>,
    /// L1 from the head downwards, as far as it has been walked.
    l1: Vec<Sealed<Header>>,
    /// L2 up to the safe head, without gaps.
    l2: VecDeque<Known>,
}

/// An L2 block: one that was only walked over has no transactions here. A batch can send derivation far down the chain.
struct Known {
    header: Sealed<Header>,
    transactions: Option<Vec<Bytes>>,
}

impl From<L2Block> for Known {
    fn from(block: L2Block) -> Self {
        Self { header: block.header, transactions: Some(block.transactions) }
    }
}

impl<'a, O: PreimageOracle> Chains<'a, O> {
    /// The chains that end at `l1_head` and at `safe_head`.
    pub(crate) fn new(oracle: &'a Oracle<O>, l1_head: B256, safe_head: L2Block) -> Result<Self, DataError> {
        let head = oracle.l1_header(l1_head)?;
        Ok(Self { oracle, l1: Vec::from([head]), l2: VecDeque::from([safe_head.into()]) })
    }

    /// Adds the child of the safe head.
    pub(crate) fn extend(&mut self, block: L2Block) {
        self.l2.push_back(block.into());
    }
}

impl<O: PreimageOracle> derive::Source for Chains<'_, O> {
    type Error = DataError;

    fn l1_header(&mut self, hash: B256) -> Result<Sealed<Header>, DataError> {
        match self.l1.iter().find(|header| header.seal() == hash) {
            Some(header) => Ok(header.clone()),
            None => self.oracle.l1_header(hash),
        }
    }

    fn l1_header_by_number(&mut self, number: u64) -> Result<Option<Sealed<Header>>, DataError> {
        let head = self.l1[0].number;
        let Some(below) = head.checked_sub(number) else { return Ok(None) };
        let below = usize::try_from(below).map_err(|_| DataError::NoBlock(number))?;
        while self.l1.len() <= below {
            // The list starts with the head and never shrinks.
            let Some(lowest) = self.l1.last() else { return Err(DataError::NoBlock(number)) };
            if lowest.number == 0 {
                return Err(DataError::NoBlock(number));
            }
            let (expected, hash) = (lowest.number - 1, lowest.parent_hash);
            let parent = self.oracle.l1_header(hash)?;
            if parent.number != expected {
                return Err(DataError::NoBlock(expected));
            }
            self.l1.push(parent);
        }
        Ok(Some(self.l1[below].clone()))
    }

    fn l1_transactions(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, DataError> {
        self.oracle.l1_transactions(block)
    }

    fn l1_receipts(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, DataError> {
        self.oracle.l1_receipts(block)
    }

    fn blob(&mut self, block: &L1BlockRef, id: &BlobId) -> Result<Box<[u8; BLOB_SIZE]>, DataError> {
        self.oracle.blob(id, block.timestamp)
    }

    fn l2_block(&mut self, number: u64) -> Result<L2Block, DataError> {
        let first = loop {
            let Some(lowest) = self.l2.front() else { return Err(DataError::NoBlock(number)) };
            let first = lowest.header.number;
            if number >= first {
                break first;
            }
            let header = self.oracle.l2_header(lowest.header.parent_hash)?;
            if header.number != first - 1 {
                return Err(DataError::NoBlock(first - 1));
            }
            self.l2.push_front(Known { header, transactions: None });
        };
        let index = usize::try_from(number - first).map_err(|_| DataError::NoBlock(number))?;
        let block = self.l2.get_mut(index).ok_or(DataError::NoBlock(number))?;
        let transactions = match &block.transactions {
            Some(transactions) => transactions.clone(),
            None => block.transactions.insert(self.oracle.l2_transactions(&block.header)?).clone(),
        };
        Ok(L2Block { header: block.header.clone(), transactions })
    }

    fn upgrade_transaction(&mut self, keccak256: B256) -> Result<Bytes, DataError> {
        self.oracle.keccak256(keccak256)
    }

    fn recover_sender(&mut self, signature_hash: B256, signature: &Signature) -> Result<Option<Address>, DataError> {
        match recover_signer(self.oracle, &signature_hash, signature) {
            Ok(signer) => Ok(signer),
            Err(ExecuteError::Source(error)) => Err(error),
            // The one other error of a recovery: an answer that is no address.
            Err(_) => Err(DataError::Malformed {
                key: preimage::PreimageKey::keccak256(signature_hash),
                what: "the hash of a recoverable signature",
            }),
        }
    }
}
