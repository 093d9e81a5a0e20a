//! The half of the pipeline that faces L1: from L1 blocks over batcher transactions, frames and channels to batches. It
//! only ever goes forward; what it yields depends on L1 alone, except that the other half can drop the current channel.

use crate::{
    DeriveError, L1BlockRef, L2BlockInfo, Source,
    batch::{Batch, BatchReader},
    channel::Channels,
    compression::decompress_channel,
    frame::{self, Frame},
    retrieval::Retrieval,
    span_batch::SpanBatch,
    start,
    traversal::Traversal,
};
use alloc::{collections::VecDeque, vec::Vec};
use primitives::rollup_config::RollupConfig;

/// What pulling from a stage came to.
#[derive(Debug)]
pub(crate) enum Pull<T> {
    /// Something.
    Ready(T),
    /// Nothing yet; pull again.
    Again,
    /// Nothing more in this L1 block.
    Empty,
}

/// A batch with whole transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DecodedBatch {
    Singular(crate::batch::SingularBatch),
    Span(SpanBatch),
}

/// The stages up to the channel reader.
#[derive(Debug)]
pub(crate) struct L1Side {
    traversal: Traversal,
    retrieval: Retrieval,
    frames: VecDeque<Frame>,
    channels: Channels,
    reader: Option<BatchReader>,
}

impl L1Side {
    pub(crate) fn start<S: Source>(
        source: &mut S,
        config: &RollupConfig,
        safe_head: &L2BlockInfo,
    ) -> Result<Self, DeriveError<S::Error>> {
        let (traversal, read_ahead) = start::find(source, config, safe_head)?;
        let channels = Channels::at(config, traversal.header.timestamp);
        let retrieval = Retrieval::new(read_ahead);
        Ok(Self { traversal, retrieval, frames: VecDeque::new(), channels, reader: None })
    }

    /// The L1 block that is being read.
    pub(crate) fn origin(&self) -> L1BlockRef {
        self.traversal.origin()
    }

    /// Goes on to the next L1 block; false where the chain ends. Holocene begins with empty stages.
    pub(crate) fn advance<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
    ) -> Result<bool, DeriveError<S::Error>> {
        let before = self.traversal.header.timestamp;
        if !self.traversal.advance(source, config)? {
            return Ok(false);
        }
        self.retrieval.next_block();
        let now = self.traversal.header.timestamp;
        if config.rules_at(now).strict_order && !config.rules_at(before).strict_order {
            self.frames.clear();
            self.channels = Channels::at(config, now);
        }
        Ok(true)
    }

    /// Drops the channel that is being read or staged (Holocene: an invalid batch or payload came from it).
    pub(crate) fn flush_channel(&mut self) {
        self.reader = None;
        self.channels.flush();
    }

    /// Reads on without looking into channels: whatever is complete in this L1 block is of no use.
    pub(crate) fn skip<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
    ) -> Result<Pull<DecodedBatch>, S::Error> {
        self.reader = None;
        Ok(match self.next_channel(source, config)? {
            Pull::Ready(_) | Pull::Again => Pull::Again,
            Pull::Empty => Pull::Empty,
        })
    }

    /// The next batch.
    pub(crate) fn next_batch<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
    ) -> Result<Pull<DecodedBatch>, S::Error> {
        let rules = config.rules_at(self.traversal.header.timestamp);
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let data = match self.next_channel(source, config)? {
                    Pull::Ready(data) => data,
                    Pull::Again => return Ok(Pull::Again),
                    Pull::Empty => return Ok(Pull::Empty),
                };
                let limit = usize::try_from(rules.max_rlp_bytes_per_channel).unwrap_or(usize::MAX);
                let content = decompress_channel(&data, limit, rules.brotli);
                self.reader.insert(BatchReader::new(content))
            }
        };
        let batch = match reader.next_batch() {
            Some(Ok(batch)) => batch,
            // The end of the channel, or a batch after which nothing can be read.
            None | Some(Err(_)) => {
                self.reader = None;
                return Ok(Pull::Again);
            }
        };
        Ok(match batch {
            Batch::Singular(batch) => Pull::Ready(DecodedBatch::Singular(batch)),
            Batch::Span(_) if !rules.span_batches => Pull::Again,
            Batch::Span(batch) => match batch.into_blocks(config) {
                Ok(batch) => Pull::Ready(DecodedBatch::Span(batch)),
                // A transaction that cannot be put together spoils its span batch, not the channel.
                Err(_) => Pull::Again,
            },
        })
    }

    fn next_channel<S: Source>(&mut self, source: &mut S, config: &RollupConfig) -> Result<Pull<Vec<u8>>, S::Error> {
        let origin = self.origin();
        match &mut self.channels {
            Channels::Bank(bank) => {
                if let Some(data) = bank.take_ready(config, &origin) {
                    return Ok(Pull::Ready(data));
                }
            }
            Channels::Assembler(assembler) => assembler.expire(config, &origin),
        }
        let frame = match self.next_frame(source, config)? {
            Pull::Ready(frame) => frame,
            Pull::Again => return Ok(Pull::Again),
            Pull::Empty => return Ok(Pull::Empty),
        };
        Ok(match &mut self.channels {
            Channels::Bank(bank) => {
                bank.ingest(frame, config, &origin);
                Pull::Again
            }
            Channels::Assembler(assembler) => assembler.ingest(frame, config, &origin).map_or(Pull::Again, Pull::Ready),
        })
    }

    fn next_frame<S: Source>(&mut self, source: &mut S, config: &RollupConfig) -> Result<Pull<Frame>, S::Error> {
        if self.frames.is_empty() {
            let Traversal { header, batcher, .. } = &self.traversal;
            let Some(data) = self.retrieval.next(source, config, header, *batcher)? else { return Ok(Pull::Empty) };
            // A batcher transaction that cannot be read is ignored.
            self.frames = frame::decode_frames(&data).unwrap_or_default().into();
            if config.rules_at(header.timestamp).strict_order {
                frame::prune(&mut self.frames);
            }
        }
        Ok(self.frames.pop_front().map_or(Pull::Again, Pull::Ready))
    }
}
