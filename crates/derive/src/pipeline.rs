//! The pipeline: drives the stages from the innermost outwards, and takes the engine's answers back (specification:
//! derivation.md, "Engine Queue"; holocene/derivation.md, "Engine Queue").

use crate::{
    AttributesWithParent, Critical, DeriveError, L1BlockRef, L2BlockInfo, Source, attributes,
    batch::SingularBatch,
    batch_queue::BatchQueue,
    l1_side::{L1Side, Pull},
};
use alloc::{boxed::Box, sync::Arc};
use primitives::chain_config::ChainConfig;

/// What one step of the pipeline came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The attributes of the block after the safe head. Execute them, then go on with the new safe head, or say
    /// [`Pipeline::payload_rejected`].
    Attributes(Box<AttributesWithParent>),
    /// Another L1 block was taken up; go on.
    Advanced(L1BlockRef),
    /// All L1 data up to the L1 head has been used. A node goes on when there is a new head; for a program this is the
    /// end: the safe head is the last block that can be derived.
    EndOfL1,
}

/// What follows from the rejection of a payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// Holocene: the block is made from the deposits alone; the rest of the channel is dropped. These attributes have
    /// to be executed next.
    Replace(Box<AttributesWithParent>),
    /// Before Holocene: the payload is dropped, derivation goes on from the same safe head.
    Dropped,
}

/// The derivation pipeline of one chain.
#[derive(Debug)]
pub struct Pipeline {
    config: Arc<ChainConfig>,
    stages: Option<Stages>,
    /// The batch whose attributes could not be built yet, because the source failed meanwhile.
    batch: Option<SingularBatch>,
    last: Option<AttributesWithParent>,
}

#[derive(Debug)]
struct Stages {
    l1: L1Side,
    batches: BatchQueue,
}

impl Pipeline {
    /// A pipeline that derives blocks on top of a safe head. Nothing is read yet: the first step looks for the L1 block
    /// to start from (one channel timeout before the L1 origin of its safe head) and for the batcher that was authorized
    /// there. `config` has to be valid ([`ChainConfig::validate`]).
    pub fn new(config: Arc<ChainConfig>) -> Self {
        Self { config, stages: None, batch: None, last: None }
    }

    /// Forgets everything that was read: the next step starts anew from its safe head.
    pub fn reset(&mut self) {
        *self = Self::new(self.config.clone());
    }

    /// Does one step: yields the attributes of the block after `safe_head`, or takes up the next L1 block.
    /// `safe_head` is the block that the last attributes led to, or the block to start from. After an error of the source
    /// the call can be repeated.
    pub fn step<S: Source>(&mut self, source: &mut S, safe_head: &L2BlockInfo) -> Result<Step, DeriveError<S::Error>> {
        let rollup = &self.config.rollup;
        let stages = match &mut self.stages {
            Some(stages) => stages,
            None => {
                let l1 = L1Side::start(source, rollup, safe_head)?;
                let batches = BatchQueue::new(l1.origin());
                self.stages.insert(Stages { l1, batches })
            }
        };
        let next_timestamp = safe_head.timestamp.saturating_add(rollup.block_time);
        if let Some(fork) = rollup.forks.unknown_at(next_timestamp) {
            return Err(Critical::UnknownFork(fork).into());
        }
        loop {
            let batch = match self.batch.take() {
                Some(batch) => batch,
                None => match stages.batches.next_batch(source, rollup, &mut stages.l1, safe_head)? {
                    Pull::Ready(batch) => batch,
                    Pull::Again => continue,
                    Pull::Empty => break,
                },
            };
            let built = attributes::build(&self.config, source, safe_head, &batch, stages.l1.origin());
            if matches!(built, Err(DeriveError::Source(_))) {
                self.batch = Some(batch);
            }
            let built = built?;
            self.last = Some(built.clone());
            return Ok(Step::Attributes(Box::new(built)));
        }
        if stages.l1.advance(source, rollup)? { Ok(Step::Advanced(stages.l1.origin())) } else { Ok(Step::EndOfL1) }
    }

    /// Steps until there are attributes of the block after `safe_head`; `None` at the end of L1.
    pub fn next_attributes<S: Source>(
        &mut self,
        source: &mut S,
        safe_head: &L2BlockInfo,
    ) -> Result<Option<AttributesWithParent>, DeriveError<S::Error>> {
        loop {
            match self.step(source, safe_head)? {
                Step::Attributes(attributes) => return Ok(Some(*attributes)),
                Step::Advanced(_) => {}
                Step::EndOfL1 => return Ok(None),
            }
        }
    }

    /// Tells the pipeline that the engine found the last attributes invalid (or that their transactions could not even be
    /// decoded).
    pub fn payload_rejected(&mut self) -> Result<Rejected, Critical> {
        let (Some(last), Some(stages)) = (self.last.take(), &mut self.stages) else {
            return Err(Critical::NothingToReject);
        };
        if last.attributes.is_deposits_only() {
            return Err(Critical::DepositsOnlyRejected);
        }
        if !self.config.rollup.rules_at(last.derived_from.timestamp).strict_order {
            return Ok(Rejected::Dropped);
        }
        stages.batches.flush_channel(&mut stages.l1);
        let replacement = AttributesWithParent { attributes: last.attributes.deposits_only(), ..last };
        self.last = Some(replacement.clone());
        Ok(Rejected::Replace(Box::new(replacement)))
    }

    /// The L1 block up to which data has been read; `None` before the first step.
    pub fn origin(&self) -> Option<L1BlockRef> {
        self.stages.as_ref().map(|stages| stages.l1.origin())
    }
}
