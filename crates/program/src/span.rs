//! Blocks one after the other from an agreed output root: derive, execute, go on. Both the verdict over a claim and a native
//! provider of output roots drive this.

use crate::{
    error::ProgramError,
    execute::{ExecuteError, Executor},
    oracle::Oracle,
    source::Chains,
};
use alloc::sync::Arc;
use alloy_consensus::{Header, Sealed};
use alloy_primitives::B256;
use core::ops::ControlFlow;
use derive::{AttributesWithParent, L2Block, L2BlockInfo, Pipeline, Rejected};
use preimage::PreimageOracle;
use primitives::{OutputRoot, chain_config::ChainConfig};

/// Blocks of one chain on top of an agreed one.
pub(crate) struct Span<'a, O: PreimageOracle> {
    chains: Chains<'a, O>,
    pipeline: Pipeline,
    executor: Executor<'a, &'a Oracle<O>>,
    safe_head: L2BlockInfo,
}

/// The header of the block that an agreed output root names.
pub(crate) fn agreed_header<O: PreimageOracle>(
    oracle: &Oracle<O>,
    output_root: B256,
) -> Result<Sealed<Header>, ProgramError> {
    let agreed = oracle.output(output_root)?;
    Ok(oracle.l2_header(agreed.block_hash)?)
}

impl<'a, O: PreimageOracle> Span<'a, O> {
    /// Blocks after `agreed`, from the data of the L1 chain that ends at `l1_head`.
    pub(crate) fn start(
        oracle: &'a Oracle<O>,
        config: &'a ChainConfig,
        l1_head: B256,
        agreed: Sealed<Header>,
    ) -> Result<Self, ProgramError> {
        let transactions = oracle.l2_transactions(&agreed)?;
        let block = L2Block { header: agreed.clone(), transactions };
        let safe_head = block.info(&config.rollup).map_err(derive::Critical::from)?;
        Ok(Self {
            chains: Chains::new(oracle, l1_head, block)?,
            pipeline: Pipeline::new(Arc::new(config.clone())),
            executor: Executor::new(&config.rollup, oracle, agreed),
            safe_head,
        })
    }

    /// The last block.
    pub(crate) const fn safe_head(&self) -> &L2BlockInfo {
        &self.safe_head
    }

    /// The header of the last block.
    pub(crate) const fn header(&self) -> &Sealed<Header> {
        self.executor.head()
    }

    /// The output root of the last block.
    pub(crate) fn output_root(&mut self) -> Result<OutputRoot, ProgramError> {
        Ok(self.executor.output_root()?)
    }

    /// Derives and executes the next block; false when L1 holds no data for it. `written` gets what the block adds to the
    /// chain's data ([`Executor::execute`]).
    pub(crate) fn advance(&mut self, written: &mut dyn FnMut(B256, &[u8])) -> Result<bool, ProgramError> {
        loop {
            let Some(mut next) = self.pipeline.next_attributes(&mut self.chains, &self.safe_head)? else {
                return Ok(false);
            };
            loop {
                match self.executor.execute(&next.attributes, written) {
                    Ok(executed) => {
                        self.take_up(next, executed.header);
                        return Ok(true);
                    }
                    Err(ExecuteError::Invalid(reason)) => match self.pipeline.payload_rejected() {
                        Ok(Rejected::Replace(replacement)) => next = *replacement,
                        Ok(Rejected::Dropped) => break,
                        Err(_) => return Err(ProgramError::Rejected { block: next.parent.number + 1, reason }),
                    },
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    fn take_up(&mut self, made: AttributesWithParent, header: Sealed<Header>) {
        self.safe_head = L2BlockInfo {
            number: header.number,
            hash: header.seal(),
            parent_hash: header.parent_hash,
            timestamp: header.timestamp,
            l1_origin: made.l1_origin.id(),
            sequence_number: made.sequence_number,
        };
        self.chains.extend(L2Block { header, transactions: made.attributes.transactions });
    }
}

/// A block of a span with its output root.
#[derive(Clone, Debug)]
pub struct SpanBlock {
    /// The block's header and hash.
    pub header: Sealed<Header>,
    /// What its output root commits to.
    pub output: OutputRoot,
    /// How derivation refers to it.
    pub info: L2BlockInfo,
}

/// Derives and executes the blocks after an agreed one up to `to_block`, or up to the last one whose data is on L1 at
/// `l1_head`, and hands each to `each` with its output root. Returns the number of the last block, which is the agreed block's
/// when there is none. The state that was touched stays in memory: very long spans are best cut.
///
/// # Errors
/// As [`crate::judge`]; blocks that were handed out before stay right.
pub fn run_span<O: PreimageOracle>(
    oracle: O,
    config: &ChainConfig,
    l1_head: B256,
    agreed_output_root: B256,
    to_block: u64,
    each: &mut dyn FnMut(&SpanBlock) -> ControlFlow<()>,
) -> Result<u64, ProgramError> {
    record_span(oracle, config, l1_head, agreed_output_root, to_block, each, &mut |_, _| {})
}

/// [`run_span`], and `written` gets by its keccak256 all that the blocks add to the chain's data: what a later run reads that
/// starts from one of them.
///
/// # Errors
/// As [`run_span`].
pub fn record_span<O: PreimageOracle>(
    oracle: O,
    config: &ChainConfig,
    l1_head: B256,
    agreed_output_root: B256,
    to_block: u64,
    each: &mut dyn FnMut(&SpanBlock) -> ControlFlow<()>,
    written: &mut dyn FnMut(B256, &[u8]),
) -> Result<u64, ProgramError> {
    let oracle = Oracle::new(oracle, config.rollup.l2_chain_id);
    let agreed = agreed_header(&oracle, agreed_output_root)?;
    if agreed.number >= to_block {
        return Ok(agreed.number);
    }
    let mut span = Span::start(&oracle, config, l1_head, agreed)?;
    while span.safe_head().number < to_block && span.advance(written)? {
        let block = SpanBlock { output: span.output_root()?, header: span.header().clone(), info: *span.safe_head() };
        if each(&block).is_break() {
            break;
        }
    }
    Ok(span.safe_head().number)
}
