//! The rules that decide whether a batch is the next block of the chain (specification: derivation.md, "Batch Queue";
//! delta/span-batches.md; holocene/derivation.md, "Span Batches" and "Batch Queue"). Where the running nodes agree on
//! something that the text leaves open, it is done their way and said so.

use crate::{
    Critical, DeriveError, L1BlockRef, L2Block, L2BlockInfo, Source,
    batch::SingularBatch,
    payload::DEPOSIT_TX_TYPE,
    span_batch::{SpanBatch, SpanBlock},
    span_transactions::SET_CODE_TX_TYPE,
    upgrade::activated_at,
};
use alloc::vec::{self, Vec};
use alloy_primitives::{B256, Bytes};
use primitives::rollup_config::{BlockId, ForkEntry, RollupConfig};

/// How many L2 blocks below the safe head [`Context::is_below`] looks at an L1 origin first; then twice as many, and so on.
const FIRST_STOP: u64 = 1024;

/// What is known about a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// The next block.
    Accept,
    /// Invalid, whatever comes.
    Drop,
    /// L1 data is missing to decide.
    Undecided,
    /// Not the next block, but perhaps a later one (before Holocene).
    Future,
    /// Of blocks that are there already (from Holocene on).
    Past,
}

/// What a batch is judged by.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) config: &'a RollupConfig,
    /// Consecutive L1 blocks, the first of which is the L1 origin of the safe head or its child; not empty.
    pub(crate) l1_blocks: &'a [L1BlockRef],
    pub(crate) safe_head: &'a L2BlockInfo,
    /// The L1 block in which the batch was completed.
    pub(crate) inclusion: &'a L1BlockRef,
}

impl Context<'_> {
    fn next_timestamp(&self) -> u64 {
        self.safe_head.timestamp.saturating_add(self.config.block_time)
    }

    fn holocene(&self) -> bool {
        self.config.rules_at(self.inclusion.timestamp).strict_order
    }

    fn is_late(&self, epoch_num: u64) -> bool {
        epoch_num.saturating_add(self.config.seq_window_size) < self.inclusion.number
    }

    /// Judges a singular batch.
    pub(crate) fn singular(&self, batch: &SingularBatch) -> Validity {
        let Some(epoch) = self.l1_blocks.first() else { return Validity::Undecided };
        let next = self.next_timestamp();
        if batch.timestamp > next {
            return if self.holocene() { Validity::Drop } else { Validity::Future };
        }
        if batch.timestamp < next {
            return if self.holocene() { Validity::Past } else { Validity::Drop };
        }
        if batch.parent_hash != self.safe_head.hash || self.is_late(batch.epoch_num) || batch.epoch_num < epoch.number {
            return Validity::Drop;
        }
        let Some(position @ 0..=1) = position(epoch, batch.epoch_num) else { return Validity::Drop };
        let Some(origin) = self.l1_blocks.get(position) else { return Validity::Undecided };
        if batch.epoch_hash != origin.hash || batch.timestamp < origin.timestamp {
            return Validity::Drop;
        }
        let refused = |entry: &ForkEntry| entry.upgrade.refuses_batch_transactions;
        if !batch.transactions.is_empty() && activated_at(self.config, batch.timestamp).any(refused) {
            return Validity::Drop;
        }
        let drift = self.drift(batch.timestamp, batch.transactions.is_empty(), position == 1, position);
        if drift != Validity::Accept {
            return drift;
        }
        if transactions_allowed(self.config, batch.timestamp, &batch.transactions) {
            Validity::Accept
        } else {
            Validity::Drop
        }
    }

    /// The sequencer drift: `position` is that of the block's L1 origin among the L1 blocks.
    fn drift(&self, timestamp: u64, empty: bool, advances_origin: bool, position: usize) -> Validity {
        let Some(origin) = self.l1_blocks.get(position) else { return Validity::Undecided };
        let max = origin.timestamp.saturating_add(self.config.max_sequencer_drift_at(origin.timestamp));
        if timestamp <= max {
            return Validity::Accept;
        }
        if !empty {
            return Validity::Drop;
        }
        if advances_origin {
            return Validity::Accept;
        }
        // An empty block may go beyond the drift only while the next L1 origin would be too young for it.
        match self.l1_blocks.get(position + 1) {
            None => Validity::Undecided,
            Some(next) if timestamp >= next.timestamp => Validity::Drop,
            Some(_) => Validity::Accept,
        }
    }

    /// Judges a span batch as Holocene does before taking it apart: by its prefix, and by the blocks that are in the chain
    /// already, which a replacement by deposits alone can have changed (specification: holocene/derivation.md as amended in
    /// August 2026; running nodes do so since).
    pub(crate) fn span_to_stream<S: Source>(
        &self,
        source: &mut S,
        batch: &SpanBatch,
    ) -> Result<Validity, DeriveError<S::Error>> {
        let (validity, parent) = self.span_prefix(source, batch)?;
        let Some(parent) = parent else { return Ok(validity) };
        Ok(if self.overlap_matches(source, batch, parent.number)? { Validity::Accept } else { Validity::Drop })
    }

    /// The rules that come first for every span batch. Also yields the parent of its first block, where the batch was
    /// accepted.
    fn span_prefix<S: Source>(
        &self,
        source: &mut S,
        batch: &SpanBatch,
    ) -> Result<(Validity, Option<L2BlockInfo>), DeriveError<S::Error>> {
        let refuse = |validity| Ok((validity, None));
        let Some(epoch) = self.l1_blocks.first() else { return refuse(Validity::Undecided) };
        let start_epoch = batch.start_epoch();
        let mut batch_origin = epoch;
        if Some(start_epoch) == epoch.number.checked_add(1) {
            let Some(next) = self.l1_blocks.get(1) else { return refuse(Validity::Undecided) };
            batch_origin = next;
        }
        if !self.config.rules_at(batch_origin.timestamp).span_batches {
            return refuse(Validity::Drop);
        }
        let (start, next) = (batch.start_timestamp(), self.next_timestamp());
        if start > next {
            return refuse(if self.holocene() { Validity::Drop } else { Validity::Future });
        }
        if batch.end_timestamp() < next {
            return refuse(if self.holocene() { Validity::Past } else { Validity::Drop });
        }
        let parent = if start == next {
            *self.safe_head
        } else {
            let Some(behind) = self.safe_head.timestamp.checked_sub(start) else { return refuse(Validity::Drop) };
            if behind % self.config.block_time != 0 {
                return refuse(Validity::Drop);
            }
            let number = (self.safe_head.number)
                .checked_sub(behind / self.config.block_time)
                .and_then(|first| first.checked_sub(1))
                .filter(|number| *number >= self.config.genesis.l2.number);
            let Some(number) = number else {
                // No such block in the chain. Nodes leave a batch of Holocene undecided here, which skips it.
                return refuse(if self.holocene() { Validity::Undecided } else { Validity::Drop });
            };
            if self.is_late(start_epoch) || self.is_below(source, start_epoch, number)? {
                return refuse(Validity::Drop);
            }
            l2_block(source, number)?.info(self.config).map_err(Critical::from)?
        };
        if batch.parent_check[..] != parent.hash[..20] || self.is_late(start_epoch) {
            return refuse(Validity::Drop);
        }
        if start_epoch > parent.l1_origin.number.saturating_add(1) {
            return refuse(Validity::Drop);
        }
        let end_epoch = batch.end_epoch();
        match self.l1_blocks.iter().find(|block| block.number == end_epoch) {
            None => return refuse(Validity::Undecided),
            Some(block) if batch.l1_origin_check[..] != block.hash[..20] => return refuse(Validity::Drop),
            Some(_) => {}
        }
        if start_epoch < parent.l1_origin.number {
            return refuse(Validity::Drop);
        }
        Ok((Validity::Accept, Some(parent)))
    }

    /// Whether the L1 origin of an L2 block is known to be too old for a child with the L1 origin `epoch`, without going all the
    /// way down to the block: origins only fall on the way. A batch in time has an origin within the sequencing window, so that
    /// no batch can send derivation further down than about twice that far.
    fn is_below<S: Source>(&self, source: &mut S, epoch: u64, number: u64) -> Result<bool, DeriveError<S::Error>> {
        let steps = core::iter::successors(Some(FIRST_STOP), |distance| distance.checked_mul(2));
        for stop in steps.map_while(|distance| self.safe_head.number.checked_sub(distance)) {
            if stop <= number {
                break;
            }
            let info = l2_block(source, stop)?.info(self.config).map_err(Critical::from)?;
            if info.l1_origin.number.saturating_add(1) < epoch {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Judges a span batch as a whole, as before Holocene.
    pub(crate) fn span<S: Source>(&self, source: &mut S, batch: &SpanBatch) -> Result<Validity, DeriveError<S::Error>> {
        let (validity, parent) = self.span_prefix(source, batch)?;
        let Some(parent) = parent else { return Ok(validity) };
        let mut last_epoch = parent.l1_origin.number;
        for block in &batch.blocks {
            let advances_origin = block.epoch_num > last_epoch;
            last_epoch = block.epoch_num;
            if block.timestamp <= self.safe_head.timestamp {
                continue;
            }
            match self.span_block(block, advances_origin) {
                Validity::Accept => {}
                validity => return Ok(validity),
            }
        }
        Ok(if self.overlap_matches(source, batch, parent.number)? { Validity::Accept } else { Validity::Drop })
    }

    fn span_block(&self, block: &SpanBlock, advances_origin: bool) -> Validity {
        if block.epoch_num < self.safe_head.l1_origin.number {
            return Validity::Drop;
        }
        let Some(position) = self.l1_blocks.iter().position(|l1| l1.number == block.epoch_num) else {
            return Validity::Drop;
        };
        if block.timestamp < self.l1_blocks[position].timestamp {
            return Validity::Drop;
        }
        match self.drift(block.timestamp, block.transactions.is_empty(), advances_origin, position) {
            Validity::Accept if transactions_allowed(self.config, block.timestamp, &block.transactions) => {
                Validity::Accept
            }
            Validity::Accept => Validity::Drop,
            validity => validity,
        }
    }

    /// Whether the blocks of a span batch that are in the chain already, those after block `parent`, are the same there.
    fn overlap_matches<S: Source>(
        &self,
        source: &mut S,
        batch: &SpanBatch,
        parent: u64,
    ) -> Result<bool, DeriveError<S::Error>> {
        for (number, block) in (parent + 1..=self.safe_head.number).zip(&batch.blocks) {
            let safe = l2_block(source, number)?;
            let is_deposit = |tx: &&Bytes| tx.first() == Some(&DEPOSIT_TX_TYPE);
            let deposits = safe.transactions.iter().take_while(is_deposit).count();
            let epoch = safe.info(self.config).map_err(Critical::from)?.l1_origin.number;
            if safe.transactions[deposits..] != block.transactions[..] || epoch != block.epoch_num {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The blocks of a span batch that come after the safe head. None where an L1 origin is not known.
    pub(crate) fn blocks_to_come(&self, batch: SpanBatch) -> Option<SpanRest> {
        let mut blocks = batch.blocks.into_iter();
        while blocks.as_slice().first().is_some_and(|block| block.timestamp <= self.safe_head.timestamp) {
            blocks.next();
        }
        let (mut l1_blocks, mut origins) = (self.l1_blocks, Vec::new());
        for block in blocks.as_slice() {
            let position = l1_blocks.iter().position(|l1| l1.number == block.epoch_num)?;
            l1_blocks = &l1_blocks[position..];
            if position > 0 || origins.is_empty() {
                origins.push(l1_blocks[0].id());
            }
        }
        Some(SpanRest { blocks, origins })
    }
}

/// What is left of a span batch that is being used. A span can have ten million blocks: the batches are made one at a time.
#[derive(Debug, Default)]
pub(crate) struct SpanRest {
    blocks: vec::IntoIter<SpanBlock>,
    /// The L1 origins of the blocks.
    origins: Vec<BlockId>,
}

impl SpanRest {
    /// The timestamp of the next block.
    pub(crate) fn timestamp(&self) -> Option<u64> {
        self.blocks.as_slice().first().map(|block| block.timestamp)
    }

    /// The next block as a batch on top of its parent.
    pub(crate) fn next(&mut self, parent_hash: B256) -> Option<SingularBatch> {
        let SpanBlock { epoch_num, timestamp, transactions } = self.blocks.next()?;
        let epoch_hash = self.origins.iter().find(|origin| origin.number == epoch_num)?.hash;
        Some(SingularBatch { parent_hash, epoch_num, epoch_hash, timestamp, transactions })
    }
}

fn position(epoch: &L1BlockRef, number: u64) -> Option<usize> {
    usize::try_from(number.checked_sub(epoch.number)?).ok()
}

fn l2_block<S: Source>(source: &mut S, number: u64) -> Result<L2Block, DeriveError<S::Error>> {
    source.l2_block(number).map_err(DeriveError::Source)
}

/// Whether a batch may hold these transactions: no empty ones, no deposits, set-code transactions from Isthmus on.
///
/// The text also drops batches with other unknown types. Running nodes leave those to the engine, which finds the payload
/// invalid; the chain follows them.
fn transactions_allowed(config: &RollupConfig, timestamp: u64, transactions: &[Bytes]) -> bool {
    let set_code = config.rules_at(timestamp).set_code_transactions;
    transactions.iter().all(|tx| match tx.first() {
        None | Some(&DEPOSIT_TX_TYPE) => false,
        Some(&SET_CODE_TX_TYPE) => set_code,
        Some(_) => true,
    })
}

#[cfg(test)]
mod tests;
