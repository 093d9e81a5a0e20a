//! The preimage oracle as the program uses it: typed values by their hash, with the hints that let a host fetch them first.
//!
//! The oracle is shared by derivation and execution, which are never both within a question. Values are taken at their word:
//! who runs the program answers for them, in a game the contract.

use crate::{
    execute::StateSource,
    trie::{NodeSource, TrieError, read_list},
};
use alloc::{borrow::Cow, boxed::Box, vec::Vec};
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::Decodable;
use core::cell::RefCell;
use derive::{BLOB_SIZE, BlobId};
use preimage::{AccountProofBlock, Hint, KeyType, LocalInput, OracleError, PreimageKey, PreimageOracle, root_of_unity};
use primitives::{OutputRoot, OutputRootError};

/// Why a value could not be had. None of these says anything about the claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// The oracle has no answer.
    #[error(transparent)]
    Oracle(#[from] OracleError),
    /// The oracle's value has its key, but not the form that it should have there.
    #[error("preimage {key} is not {what}")]
    Malformed {
        /// The key that was asked for.
        key: PreimageKey,
        /// What was expected.
        what: &'static str,
    },
    /// A list of transactions or receipts has a trie that cannot be read.
    #[error("trie {root}: a node is malformed: {node:?}")]
    List {
        /// The root of the trie.
        root: B256,
        /// The malformed node; none where it stands inside another one.
        node: Option<B256>,
    },
    /// The agreed output root is of an unknown version.
    #[error("agreed output root: {0}")]
    OutputRoot(#[from] OutputRootError),
    /// A block below the start of what can be walked was asked for.
    #[error("there is no block {0} below the one that the chain was entered by")]
    NoBlock(u64),
}

/// An oracle in use.
#[derive(Debug)]
pub struct Oracle<O> {
    inner: RefCell<O>,
    chain_id: u64,
}

impl<O: PreimageOracle> Oracle<O> {
    /// Takes an oracle into use for one L2 chain, which hints name.
    pub const fn new(inner: O, chain_id: u64) -> Self {
        Self { inner: RefCell::new(inner), chain_id }
    }

    fn hint(&self, hint: &Hint<'_>) -> Result<(), DataError> {
        Ok(self.inner.borrow_mut().hint(hint)?)
    }

    fn get(&self, key: PreimageKey) -> Result<Bytes, DataError> {
        Ok(self.inner.borrow_mut().get(&key)?)
    }

    fn exact<const N: usize>(&self, key: PreimageKey) -> Result<[u8; N], DataError> {
        let mut value = [0; N];
        self.inner.borrow_mut().get_exact(&key, &mut value)?;
        Ok(value)
    }

    /// A local input of `N` bytes.
    pub(crate) fn local<const N: usize>(&self, input: LocalInput) -> Result<[u8; N], DataError> {
        self.exact(input.key())
    }

    /// What an output root commits to.
    pub(crate) fn output(&self, root: B256) -> Result<OutputRoot, DataError> {
        self.hint(&Hint::StartingL2Output { root })?;
        let bytes = self.get(PreimageKey::keccak256(root))?;
        Ok(OutputRoot::decode(&bytes)?)
    }

    fn decoded_header(&self, hash: B256) -> Result<Sealed<Header>, DataError> {
        let key = PreimageKey::keccak256(hash);
        let rlp = self.get(key)?;
        let mut rest = rlp.as_ref();
        match Header::decode(&mut rest) {
            Ok(header) if rest.is_empty() => Ok(Sealed::new_unchecked(header, hash)),
            _ => Err(DataError::Malformed { key, what: "a block header" }),
        }
    }

    pub(crate) fn l1_header(&self, hash: B256) -> Result<Sealed<Header>, DataError> {
        self.hint(&Hint::L1BlockHeader { hash })?;
        self.decoded_header(hash)
    }

    pub(crate) fn l2_header(&self, hash: B256) -> Result<Sealed<Header>, DataError> {
        self.hint(&Hint::L2BlockHeader { hash, chain_id: Some(self.chain_id) })?;
        self.decoded_header(hash)
    }

    /// The items of a list whose nodes a hint has announced.
    fn list(&self, root: B256) -> Result<Vec<Bytes>, DataError> {
        let items = read_list(&Announced(self), root).map_err(|error| match error {
            TrieError::Source(error) => error,
            TrieError::Malformed(node) => DataError::List { root, node },
        })?;
        Ok(items.into_iter().map(Bytes::from).collect())
    }

    pub(crate) fn l1_transactions(&self, block: &Sealed<Header>) -> Result<Vec<Bytes>, DataError> {
        self.hint(&Hint::L1Transactions { hash: block.seal() })?;
        self.list(block.transactions_root)
    }

    pub(crate) fn l1_receipts(&self, block: &Sealed<Header>) -> Result<Vec<Bytes>, DataError> {
        self.hint(&Hint::L1Receipts { hash: block.seal() })?;
        self.list(block.receipts_root)
    }

    pub(crate) fn l2_transactions(&self, block: &Sealed<Header>) -> Result<Vec<Bytes>, DataError> {
        self.hint(&Hint::L2Transactions { hash: block.seal(), chain_id: Some(self.chain_id) })?;
        self.list(block.transactions_root)
    }

    /// A blob from its commitment and its field elements.
    pub(crate) fn blob(&self, id: &BlobId, timestamp: u64) -> Result<Box<[u8; BLOB_SIZE]>, DataError> {
        let versioned_hash = id.versioned_hash;
        self.hint(&Hint::L1Blob { versioned_hash, timestamp, index: Some(id.index) })?;
        let commitment: [u8; 48] = self.exact(PreimageKey::sha256(versioned_hash))?;
        let mut bytes = alloc::vec![0; BLOB_SIZE].into_boxed_slice();
        let mut oracle = self.inner.borrow_mut();
        if oracle.blob(&commitment, &mut bytes)? {
            return bytes.try_into().map_err(|_| DataError::NoBlock(timestamp));
        }
        for (index, element) in bytes.chunks_exact_mut(32).enumerate() {
            // A blob has exactly as many elements as there are points.
            let Some(z) = root_of_unity(index) else { break };
            oracle.get_exact(&PreimageKey::blob(&commitment, z), element)?;
        }
        bytes.try_into().map_err(|_| DataError::NoBlock(timestamp))
    }

    /// The value of a keccak256 hash that no hint announces.
    pub(crate) fn keccak256(&self, hash: B256) -> Result<Bytes, DataError> {
        self.get(PreimageKey::keccak256(hash))
    }
}

impl<O: PreimageOracle> NodeSource for Oracle<O> {
    type Error = DataError;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, DataError> {
        self.hint(&Hint::L2StateNode { hash: *hash, chain_id: Some(self.chain_id) })?;
        Ok(self.get(PreimageKey::keccak256(*hash))?.into())
    }
}

impl<O: PreimageOracle> StateSource for Oracle<O> {
    fn code(&self, hash: &B256) -> Result<Bytes, DataError> {
        self.hint(&Hint::L2Code { hash: *hash, chain_id: Some(self.chain_id) })?;
        self.get(PreimageKey::keccak256(*hash))
    }

    fn header(&self, hash: &B256) -> Result<Header, DataError> {
        Ok(self.l2_header(*hash)?.into_inner())
    }

    fn precompile(&self, address: &Address, required_gas: u64, input: &[u8]) -> Result<Option<Bytes>, DataError> {
        self.hint(&Hint::L1PrecompileV2 { address: *address, required_gas, input: Cow::Borrowed(input) })?;
        let key = PreimageKey::precompile(address, required_gas, input);
        let result = self.get(key)?;
        match result.first() {
            Some(1) => Ok(Some(result.slice(1..))),
            Some(0) => Ok(None),
            _ => Err(DataError::Malformed { key, what: "a precompile's result" }),
        }
    }

    fn announce(&self, head: &B256, address: &Address, slot: Option<&U256>) -> Result<(), DataError> {
        if !self.inner.borrow().wants_paths() {
            return Ok(());
        }
        let (block, address, chain_id) = (AccountProofBlock::Hash(*head), *address, Some(self.chain_id));
        self.hint(&match slot {
            None => Hint::L2AccountProof { block, address, chain_id },
            Some(slot) => Hint::L2AccountStorageProof { block, address, slot: B256::from(*slot), chain_id },
        })
    }
}

/// Nodes that one hint for all of them has announced.
struct Announced<'a, O>(&'a Oracle<O>);

impl<O: PreimageOracle> NodeSource for Announced<'_, O> {
    type Error = DataError;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, DataError> {
        Ok(self.0.get(PreimageKey::new(KeyType::Keccak256, *hash))?.into())
    }
}
