//! What derivation asks for. One synchronous trait, so that the proven program, a recorder and a devnet drive the same
//! code. An implementation returns data that it has checked against the hash it was asked by.

use crate::{L1BlockRef, L2Block};
use alloc::{boxed::Box, vec::Vec};
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{Address, B256, Bytes, Signature};

/// Bytes of a blob: 4,096 field elements of 32 bytes.
pub const BLOB_SIZE: usize = 131_072;

/// Names a blob of an L1 block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobId {
    /// The versioned hash from the transaction.
    pub versioned_hash: B256,
    /// The position of the blob among all blobs of the block (what hints and beacon nodes call its index).
    pub index: u64,
}

/// The data that derivation reads. The L1 chain is the one that ends at the L1 head of the claim; the L2 chain is the one
/// that ends at the current safe head.
///
/// An error means "unknown": derivation passes it through unchanged and never takes it for invalid data. After an error
/// the same call of [`crate::Pipeline`] can be repeated.
pub trait Source {
    /// Why data could not be had.
    type Error;

    /// The header of an L1 block by its hash.
    fn l1_header(&mut self, hash: B256) -> Result<Sealed<Header>, Self::Error>;

    /// The header of the L1 block with a number, within the chain that ends at the L1 head; `None` beyond the head.
    fn l1_header_by_number(&mut self, number: u64) -> Result<Option<Sealed<Header>>, Self::Error>;

    /// The transactions of an L1 block in order, each in its EIP-2718 encoding, whatever their type.
    fn l1_transactions(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, Self::Error>;

    /// The receipts of an L1 block in order, each in its EIP-2718 encoding, whatever their type. Asked for only where the
    /// bloom filter of the header admits a deposit or a config update, so that the filter has to be right.
    fn l1_receipts(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, Self::Error>;

    /// A blob of an L1 block.
    fn blob(&mut self, block: &L1BlockRef, id: &BlobId) -> Result<Box<[u8; BLOB_SIZE]>, Self::Error>;

    /// The L2 block with a number at or below the safe head that was given to the pipeline.
    fn l2_block(&mut self, number: u64) -> Result<L2Block, Self::Error>;

    /// The EIP-2718 encoding of a network upgrade transaction with this keccak-256.
    fn upgrade_transaction(&mut self, keccak256: B256) -> Result<Bytes, Self::Error>;

    /// The sender that a signature over a hash names; `None` where the signature is not valid.
    ///
    /// The default recovers it in software. A guest overrides it to ask the oracle's precompile.
    fn recover_sender(&mut self, signature_hash: B256, signature: &Signature) -> Result<Option<Address>, Self::Error> {
        Ok(signature.recover_address_from_prehash(&signature_hash).ok())
    }
}
