//! The errors of derivation. Bad data on L1 is never an error: it is skipped as the specification says.

use crate::BlockError;
use alloy_primitives::B256;
use primitives::rollup_config::Fork;

/// Why derivation stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError<E> {
    /// The source could not answer: the result is unknown. The call can be repeated.
    #[error("source: {0}")]
    Source(E),
    /// The inputs contradict each other; repeating the call does not help.
    #[error(transparent)]
    Critical(#[from] Critical),
}

/// Contradictions between the inputs of derivation. None of them can be caused by what users or batchers post on L1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Critical {
    /// The next L1 block is not the child of the one before: L1 was reorganized, start anew from the safe head.
    #[error("L1 block {number} has parent {parent}, but the block before it is {expected}")]
    L1Reorg {
        /// Number of the L1 block.
        number: u64,
        /// Its parent.
        parent: B256,
        /// The block that was read before.
        expected: B256,
    },
    /// The safe head refers to an L1 origin that is not on the chain that is read.
    #[error("safe head {l2_number} has L1 origin {origin}, which is not on this L1 chain")]
    SafeHeadOrigin {
        /// Number of the L2 block.
        l2_number: u64,
        /// Its L1 origin.
        origin: B256,
    },
    /// The L1 origin that a batch was accepted for cannot be the origin of the next block.
    #[error("L1 origin {number} cannot be the origin of the L2 block at {timestamp}")]
    BadOrigin {
        /// Number of the L1 origin.
        number: u64,
        /// Timestamp of the L2 block.
        timestamp: u64,
    },
    /// An L2 block of the chain below the safe head cannot be read.
    #[error(transparent)]
    L2Block(#[from] BlockError),
    /// A block that holds nothing but deposits was rejected.
    #[error("a payload of deposits only was rejected by the engine")]
    DepositsOnlyRejected,
    /// A payload was rejected though none was handed out.
    #[error("no payload attributes were handed out that could be rejected")]
    NothingToReject,
    /// The rules of a fork are not known.
    #[error("the rules of fork {0} are not known to this program")]
    UnknownFork(Fork),
    /// The gas limit with upgrade gas leaves the range of 64 bits.
    #[error("gas limit overflow")]
    GasLimit,
}
