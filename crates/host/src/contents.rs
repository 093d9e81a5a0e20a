//! What a witness holds, as far as its headers tell: the ranges of L1 and L2 blocks, and the agreed block.

use crate::{store::Store, witness::Witness};
use alloy_consensus::Header;
use alloy_primitives::B256;
use alloy_rlp::Decodable;
use preimage::PreimageKey;
use primitives::{AgreedState, AgreedStateError};

/// A range of consecutive headers of one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct HeaderRange {
    /// Number of the lowest block.
    pub first: u64,
    /// Number of the highest block.
    pub last: u64,
    /// Timestamp of the highest block, in seconds.
    pub last_timestamp: u64,
}

/// Why the state on which a claim rests could not be found in a witness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgreedBlockError {
    /// A preimage is missing.
    #[error("missing preimage {0}")]
    Missing(PreimageKey),
    /// The preimage of the agreed root is no state that is known.
    #[error("agreed root: {0}")]
    State(#[from] AgreedStateError),
    /// The agreed state is a super root or lies between two.
    #[error("the agreed state is that of several chains")]
    ManyChains,
    /// The block behind the agreed root has no readable header.
    #[error("header of block {0} cannot be read")]
    Header(B256),
}

/// A block header with its hash, from the store.
fn header(store: &Store, hash: B256) -> Option<Header> {
    let rlp = store.get(&PreimageKey::keccak256(hash)).ok()?;
    // The store has checked the hash but for its first byte, which is not part of the key.
    Header::decode(&mut rlp.as_ref()).ok().filter(|_| alloy_primitives::keccak256(&rlp) == hash)
}

/// The headers from `head` downwards, as far as they are in the store.
fn range(store: &Store, head: B256) -> Option<HeaderRange> {
    let top = header(store, head)?;
    let mut lowest = top.clone();
    while let Some(parent) = header(store, lowest.parent_hash) {
        lowest = parent;
    }
    Some(HeaderRange { first: lowest.number, last: top.number, last_timestamp: top.timestamp })
}

impl Witness {
    /// The L1 headers from the L1 head downwards; `None` when the head itself is missing.
    pub fn l1_headers(&self) -> Option<HeaderRange> {
        range(&self.store, self.boot.l1_head)
    }

    /// The L2 headers from the agreed block downwards; `None` when that block is not known.
    pub fn l2_headers(&self) -> Option<HeaderRange> {
        range(&self.store, self.agreed_block().ok()?.1)
    }

    /// Number and hash of the agreed block.
    ///
    /// # Errors
    /// [`AgreedBlockError`].
    pub fn agreed_block(&self) -> Result<(u64, B256), AgreedBlockError> {
        let key = PreimageKey::keccak256(self.boot.agreed_l2_output_root);
        let hash = match AgreedState::decode(&self.store.get(&key).map_err(AgreedBlockError::Missing)?)? {
            AgreedState::Output(output) => output.block_hash,
            AgreedState::Super(_) | AgreedState::Transition(_) => return Err(AgreedBlockError::ManyChains),
        };
        self.store.get(&PreimageKey::keccak256(hash)).map_err(AgreedBlockError::Missing)?;
        header(&self.store, hash).map(|h| (h.number, hash)).ok_or(AgreedBlockError::Header(hash))
    }
}
