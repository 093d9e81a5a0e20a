//! The stage that puts batches into order and fills gaps: before Holocene a queue that keeps batches for later, from
//! Holocene on a stage that takes them strictly in order (specification: derivation.md, "Batch Queue";
//! holocene/derivation.md).

use crate::{
    Critical, DeriveError, L1BlockRef, L2BlockInfo, Source,
    batch::SingularBatch,
    batch_rules::{Context, SpanRest, Validity},
    l1_side::{DecodedBatch, L1Side, Pull},
};
use alloc::vec::Vec;
use primitives::rollup_config::RollupConfig;

/// A batch with the L1 block in which it was completed.
#[derive(Debug)]
struct Included {
    batch: DecodedBatch,
    inclusion: L1BlockRef,
}

/// The stage.
#[derive(Debug)]
pub(crate) struct BatchQueue {
    /// The L1 block up to which the stage has been told.
    origin: L1BlockRef,
    /// Consecutive L1 blocks from the L1 origin of the safe head (or its child) to `origin`.
    l1_blocks: Vec<L1BlockRef>,
    /// What is left of the span batch that is being used.
    span: SpanRest,
    /// A batch that was pulled and not judged yet, because the source failed meanwhile.
    pulled: Option<DecodedBatch>,
    /// Batches for later (before Holocene).
    queue: Vec<Included>,
}

impl BatchQueue {
    /// A stage that begins with the L1 block `base`.
    pub(crate) fn new(base: L1BlockRef) -> Self {
        Self { origin: base, l1_blocks: alloc::vec![base], span: SpanRest::default(), pulled: None, queue: Vec::new() }
    }

    /// Drops the batches that came from the current channel (Holocene).
    pub(crate) fn flush_channel(&mut self, l1: &mut L1Side) {
        self.span = SpanRest::default();
        self.pulled = None;
        l1.flush_channel();
    }

    /// The batch of the block after the safe head.
    pub(crate) fn next_batch<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
        l1: &mut L1Side,
        safe_head: &L2BlockInfo,
    ) -> Result<Pull<SingularBatch>, DeriveError<S::Error>> {
        if config.rules_at(l1.origin().timestamp).strict_order {
            self.next_in_order(source, config, l1, safe_head)
        } else {
            self.next_from_queue(source, config, l1, safe_head)
        }
    }

    fn context<'a>(
        &'a self,
        config: &'a RollupConfig,
        safe_head: &'a L2BlockInfo,
        inclusion: &'a L1BlockRef,
    ) -> Context<'a> {
        Context { config, l1_blocks: &self.l1_blocks, safe_head, inclusion }
    }

    /// Takes note of the L1 block that is being read, and forgets those before the safe head's L1 origin.
    fn update_origins(&mut self, origin: L1BlockRef, safe_head: &L2BlockInfo) {
        if self.origin != origin {
            self.origin = origin;
            if origin.number < safe_head.l1_origin.number {
                self.l1_blocks.clear();
            } else {
                self.l1_blocks.push(origin);
            }
        }
        let epoch = safe_head.l1_origin.number;
        if let Some(position) = self.l1_blocks.iter().position(|block| block.number == epoch) {
            self.l1_blocks.drain(..position);
        }
    }

    /// Whether the first L1 block is the safe head's L1 origin, or its child: the queue is one block ahead where the
    /// blocks of an epoch are complete.
    fn check_epoch(&self, safe_head: &L2BlockInfo) -> Result<(), Critical> {
        let origin = safe_head.l1_origin;
        match self.l1_blocks.first() {
            Some(first) if first.id() == origin => Ok(()),
            Some(first) if Some(first.number) == origin.number.checked_add(1) && first.parent_hash == origin.hash => {
                Ok(())
            }
            _ => Err(Critical::SafeHeadOrigin { l2_number: safe_head.number, origin: origin.hash }),
        }
    }

    /// The next block of the span batch that is being used, if it is the one after the safe head; else the rest of the
    /// span batch is dropped.
    fn next_of_span(&mut self, config: &RollupConfig, safe_head: &L2BlockInfo) -> Option<SingularBatch> {
        let next = safe_head.timestamp.saturating_add(config.block_time);
        if self.span.timestamp().is_some_and(|timestamp| timestamp != next) {
            self.span = SpanRest::default();
        }
        self.span.next(safe_head.hash)
    }

    /// Pulls a batch, unless there is one that could not be judged.
    fn pull<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
        l1: &mut L1Side,
    ) -> Result<Pull<DecodedBatch>, DeriveError<S::Error>> {
        match self.pulled.take() {
            Some(batch) => Ok(Pull::Ready(batch)),
            None => l1.next_batch(source, config).map_err(DeriveError::Source),
        }
    }

    /// An empty batch once the sequencing window of the epoch has passed. `out_of_data`: there is nothing more in the
    /// current L1 block.
    fn empty_batch(
        &mut self,
        config: &RollupConfig,
        safe_head: &L2BlockInfo,
        out_of_data: bool,
    ) -> Option<SingularBatch> {
        let [epoch, next_epoch, ..] = self.l1_blocks[..] else { return None };
        let expiry = epoch.number.saturating_add(config.seq_window_size);
        if expiry > self.origin.number || (expiry == self.origin.number && !out_of_data) {
            return None;
        }
        let timestamp = safe_head.timestamp.saturating_add(config.block_time);
        let first_of_epoch = Some(epoch.number) == safe_head.l1_origin.number.checked_add(1);
        if timestamp < next_epoch.timestamp || first_of_epoch {
            return Some(SingularBatch {
                parent_hash: safe_head.hash,
                epoch_num: epoch.number,
                epoch_hash: epoch.hash,
                timestamp,
                transactions: Vec::new(),
            });
        }
        // The epoch is complete.
        self.l1_blocks.remove(0);
        None
    }

    // From Holocene on.

    fn next_in_order<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
        l1: &mut L1Side,
        safe_head: &L2BlockInfo,
    ) -> Result<Pull<SingularBatch>, DeriveError<S::Error>> {
        self.queue.clear();
        self.update_origins(l1.origin(), safe_head);
        // The safe head's L1 origin and the blocks before it can only hold batches of the past.
        if self.origin.number <= safe_head.l1_origin.number {
            return skip(source, config, l1);
        }
        self.check_epoch(safe_head)?;
        let batch = match self.next_of_span(config, safe_head) {
            Some(batch) => batch,
            None => match self.pull(source, config, l1)? {
                Pull::Ready(DecodedBatch::Singular(batch)) => batch,
                Pull::Ready(DecodedBatch::Span(batch)) => {
                    self.pulled = Some(DecodedBatch::Span(batch));
                    match self.open_span(source, config, l1, safe_head)? {
                        Some(batch) => batch,
                        None => return Ok(Pull::Again),
                    }
                }
                Pull::Again => return Ok(Pull::Again),
                Pull::Empty => {
                    return Ok(self.empty_batch(config, safe_head, true).map_or(Pull::Empty, Pull::Ready));
                }
            },
        };
        Ok(match self.context(config, safe_head, &self.origin).singular(&batch) {
            Validity::Accept => Pull::Ready(batch),
            Validity::Drop | Validity::Future => {
                self.flush_channel(l1);
                Pull::Again
            }
            // Undecided cannot occur after the check above, but for the drift of the youngest epoch; nodes skip it too.
            Validity::Past | Validity::Undecided => Pull::Again,
        })
    }

    /// Begins with the span batch that was pulled; yields its first block.
    fn open_span<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
        l1: &mut L1Side,
        safe_head: &L2BlockInfo,
    ) -> Result<Option<SingularBatch>, DeriveError<S::Error>> {
        let Some(DecodedBatch::Span(batch)) = &self.pulled else { return Ok(None) };
        let context = self.context(config, safe_head, &self.origin);
        let validity = context.span_to_stream(source, batch)?;
        let Some(DecodedBatch::Span(batch)) = self.pulled.take() else { return Ok(None) };
        match validity {
            Validity::Accept => {}
            Validity::Drop | Validity::Future => {
                self.flush_channel(l1);
                return Ok(None);
            }
            Validity::Past | Validity::Undecided => return Ok(None),
        }
        match self.context(config, safe_head, &self.origin).blocks_to_come(batch) {
            Some(rest) => self.span = rest,
            // The prefix does not cover the L1 origins of all blocks: an unknown one makes the batch invalid.
            None => self.flush_channel(l1),
        }
        Ok(self.span.next(safe_head.hash))
    }

    // Before Holocene.

    fn next_from_queue<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
        l1: &mut L1Side,
        safe_head: &L2BlockInfo,
    ) -> Result<Pull<SingularBatch>, DeriveError<S::Error>> {
        if let Some(batch) = self.next_of_span(config, safe_head) {
            return Ok(Pull::Ready(batch));
        }
        self.update_origins(l1.origin(), safe_head);
        // Batches that are complete before the safe head's L1 origin are of its past.
        if self.origin.number < safe_head.l1_origin.number {
            return skip(source, config, l1);
        }
        let mut out_of_data = false;
        match self.pull(source, config, l1)? {
            Pull::Ready(batch) => {
                let included = Included { batch, inclusion: self.origin };
                match self.judge(source, config, safe_head, &included) {
                    Ok(Validity::Drop) => {}
                    Ok(_) => self.queue.push(included),
                    Err(error) => {
                        self.pulled = Some(included.batch);
                        return Err(error);
                    }
                }
            }
            Pull::Again => return Ok(Pull::Again),
            Pull::Empty => out_of_data = true,
        }
        let nothing = if out_of_data { Pull::Empty } else { Pull::Again };
        self.check_epoch(safe_head)?;
        let batch = match self.first_acceptable(source, config, safe_head)? {
            Choice::Batch(DecodedBatch::Singular(batch)) => Some(batch),
            Choice::Batch(DecodedBatch::Span(batch)) => {
                let batches = self.context(config, safe_head, &self.origin).blocks_to_come(batch);
                self.span = batches.unwrap_or_default();
                self.span.next(safe_head.hash)
            }
            Choice::Wait => None,
            Choice::Nothing => self.empty_batch(config, safe_head, out_of_data),
        };
        Ok(batch.map_or(nothing, Pull::Ready))
    }

    fn judge<S: Source>(
        &self,
        source: &mut S,
        config: &RollupConfig,
        safe_head: &L2BlockInfo,
        included: &Included,
    ) -> Result<Validity, DeriveError<S::Error>> {
        let context = self.context(config, safe_head, &included.inclusion);
        match &included.batch {
            DecodedBatch::Singular(batch) => Ok(context.singular(batch)),
            DecodedBatch::Span(batch) => context.span(source, batch),
        }
    }

    /// The first batch of the queue that can be accepted. Dropped ones leave the queue, later ones stay.
    fn first_acceptable<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
        safe_head: &L2BlockInfo,
    ) -> Result<Choice, DeriveError<S::Error>> {
        let mut index = 0;
        while let Some(included) = self.queue.get(index) {
            match self.judge(source, config, safe_head, included)? {
                Validity::Accept => return Ok(Choice::Batch(self.queue.remove(index).batch)),
                Validity::Undecided => return Ok(Choice::Wait),
                Validity::Future => index += 1,
                Validity::Drop | Validity::Past => {
                    self.queue.remove(index);
                }
            }
        }
        Ok(Choice::Nothing)
    }
}

/// Reads on in an L1 block whose batches are of no use.
fn skip<S: Source>(
    source: &mut S,
    config: &RollupConfig,
    l1: &mut L1Side,
) -> Result<Pull<SingularBatch>, DeriveError<S::Error>> {
    Ok(match l1.skip(source, config).map_err(DeriveError::Source)? {
        Pull::Empty => Pull::Empty,
        Pull::Ready(_) | Pull::Again => Pull::Again,
    })
}

/// What the queue offers.
enum Choice {
    /// A batch to use.
    Batch(DecodedBatch),
    /// A batch that cannot be decided yet; those behind it have to wait.
    Wait,
    /// No batch for the next block.
    Nothing,
}
