//! Why a block could not be built: an invalid payload, which is a result, or missing data, which leaves the result unknown.

use crate::trie::TrieError;
use alloc::string::String;
use alloy_primitives::B256;
use primitives::rollup_config::Fork;

/// Why a payload is invalid (specification: derivation.md, "Engine queue"). Indices are places in the transaction list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPayload {
    /// The attributes do not fit the fork or the parent.
    #[error("payload attributes: {0}")]
    Attributes(&'static str),
    /// A transaction cannot be decoded, or is of a type that does not exist on L2.
    #[error("transaction {0} cannot be decoded")]
    Undecodable(usize),
    /// A transaction is not signed by anyone.
    #[error("transaction {0} has no valid signature")]
    Signature(usize),
    /// A transaction asks for more gas than the block has left.
    #[error("transaction {0} exceeds the gas limit of the block")]
    BlockGasLimit(usize),
    /// The block's data availability footprint exceeds its gas limit (Jovian).
    #[error("transaction {0} exceeds the data availability footprint of the block")]
    DaFootprint(usize),
    /// A transaction cannot be executed.
    #[error("transaction {index}: {reason}")]
    Transaction {
        /// Its place.
        index: usize,
        /// The EVM's reason.
        reason: String,
    },
}

/// Why a block was not built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError<E> {
    /// The payload is invalid: no such block exists.
    #[error("invalid payload: {0}")]
    Invalid(InvalidPayload),
    /// Data is missing.
    #[error(transparent)]
    Source(E),
    /// Data has its hash, but not the form that it should have.
    #[error("malformed: {0} ({1:?})")]
    Malformed(&'static str, Option<B256>),
    /// The rules of a fork are not known.
    #[error("the execution rules of fork {0} are not known to this program")]
    Fork(Fork),
    /// The EVM failed for a reason of its own.
    #[error("EVM: {0}")]
    Evm(String),
}

/// Data that could not be had, within the crate: an [`ExecuteError`] that says nothing about the payload.
#[derive(Clone, Debug)]
pub(super) enum Failure<E> {
    Source(E),
    Malformed(&'static str, Option<B256>),
}

impl<E> From<TrieError<E>> for Failure<E> {
    fn from(error: TrieError<E>) -> Self {
        match error {
            TrieError::Source(error) => Self::Source(error),
            TrieError::Malformed(hash) => Self::Malformed("not a trie node or entry", hash),
        }
    }
}

impl<E> From<Failure<E>> for ExecuteError<E> {
    fn from(failure: Failure<E>) -> Self {
        match failure {
            Failure::Source(error) => Self::Source(error),
            Failure::Malformed(what, hash) => Self::Malformed(what, hash),
        }
    }
}
