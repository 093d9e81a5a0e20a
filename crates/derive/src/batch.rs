//! Batches as they stand in a channel: a sequence of RLP strings, each a version byte and a content (specification:
//! derivation.md, "Batch Format").

use crate::span_batch::{RawSpanBatch, SpanBatchError};
use alloc::vec::Vec;
use alloy_primitives::{B256, Bytes};
use alloy_rlp::{Encodable, Header, RlpDecodable, RlpEncodable};

/// Version byte of a singular batch.
pub const SINGULAR_BATCH: u8 = 0;
/// Version byte of a span batch.
pub const SPAN_BATCH: u8 = 1;

/// The transactions of one L2 block.
#[derive(Clone, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct SingularBatch {
    /// Hash of the parent block.
    pub parent_hash: B256,
    /// Number of the L1 origin.
    pub epoch_num: u64,
    /// Hash of the L1 origin.
    pub epoch_hash: B256,
    /// Timestamp of the block.
    pub timestamp: u64,
    /// The transactions, as they were posted.
    pub transactions: Vec<Bytes>,
}

/// A batch of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Batch {
    /// One block.
    Singular(SingularBatch),
    /// A span of blocks, whose transactions are not put together yet.
    Span(RawSpanBatch),
}

/// Why the rest of a channel is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The batch is empty.
    #[error("empty batch")]
    Empty,
    /// The version is not known.
    #[error("unknown batch version {0}")]
    Version(u8),
    /// The RLP is malformed.
    #[error("{0}")]
    Rlp(alloy_rlp::Error),
    /// The span batch is malformed.
    #[error(transparent)]
    Span(#[from] SpanBatchError),
}

impl From<alloy_rlp::Error> for BatchError {
    fn from(error: alloy_rlp::Error) -> Self {
        Self::Rlp(error)
    }
}

impl Batch {
    /// Reads version byte and content. Bytes after the content are ignored.
    pub fn decode(bytes: &[u8]) -> Result<Self, BatchError> {
        use alloy_rlp::Decodable;
        let (version, mut content) = bytes.split_first().ok_or(BatchError::Empty)?;
        match *version {
            SINGULAR_BATCH => Ok(Self::Singular(SingularBatch::decode(&mut content)?)),
            SPAN_BATCH => Ok(Self::Span(RawSpanBatch::decode(content)?)),
            version => Err(BatchError::Version(version)),
        }
    }

    /// Version byte and content.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Singular(batch) => {
                out.push(SINGULAR_BATCH);
                Encodable::encode(batch, &mut out);
            }
            Self::Span(batch) => {
                out.push(SPAN_BATCH);
                batch.encode(&mut out);
            }
        }
        out
    }
}

/// The content of a channel before compression: each batch as an RLP string.
pub fn encode_batches(batches: &[Batch]) -> Vec<u8> {
    let mut out = Vec::new();
    for batch in batches {
        Encodable::encode(batch.encode().as_slice(), &mut out);
    }
    out
}

/// Reads the batches of a decompressed channel one after another.
#[derive(Debug, Default)]
pub struct BatchReader {
    content: Vec<u8>,
    position: usize,
}

impl BatchReader {
    /// A reader of the decompressed content of a channel.
    pub fn new(content: Vec<u8>) -> Self {
        Self { content, position: 0 }
    }

    /// The next batch. None at the end of the content; an error means that the rest of the channel cannot be read.
    pub fn next_batch(&mut self) -> Option<Result<Batch, BatchError>> {
        let mut rest = self.content.get(self.position..).filter(|rest| !rest.is_empty())?;
        let before = rest.len();
        let batch = Header::decode_bytes(&mut rest, false).map_err(BatchError::Rlp).and_then(Batch::decode);
        self.position = if batch.is_ok() { self.position + before - rest.len() } else { self.content.len() };
        Some(batch)
    }
}
