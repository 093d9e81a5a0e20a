//! L1 traversal: the L1 block that is being read and the batcher that is authorized in it (specification: derivation.md,
//! "L1 Traversal").
//!
//! Of the system config, only the batcher matters to this end of the pipeline: the other values are read from the parent
//! block when attributes are built.

use crate::{Critical, DeriveError, L1BlockRef, Source, start::batcher_update};
use alloc::collections::BTreeMap;
use alloy_consensus::{Header, Sealed};
use alloy_primitives::Address;
use primitives::rollup_config::RollupConfig;

/// The stage.
#[derive(Debug)]
pub(crate) struct Traversal {
    /// The L1 block that is being read.
    pub(crate) header: Sealed<Header>,
    /// The batcher of this block.
    pub(crate) batcher: Address,
    /// Batchers that were found when looking for the start, by the L1 block that set them, up to and including
    /// `known_to`.
    known: BTreeMap<u64, Address>,
    known_to: u64,
}

impl Traversal {
    /// A traversal that begins with a block.
    pub(crate) fn new(header: Sealed<Header>, batcher: Address, known: BTreeMap<u64, Address>, known_to: u64) -> Self {
        Self { header, batcher, known, known_to }
    }

    /// How the other stages refer to the L1 block that is being read.
    pub(crate) fn origin(&self) -> L1BlockRef {
        L1BlockRef::from(&self.header)
    }

    /// Goes on to the next L1 block; false where the chain ends.
    pub(crate) fn advance<S: Source>(
        &mut self,
        source: &mut S,
        config: &RollupConfig,
    ) -> Result<bool, DeriveError<S::Error>> {
        let expected = self.header.seal();
        let Some(next) = by_number(source, self.header.number.saturating_add(1))? else { return Ok(false) };
        if next.parent_hash != expected {
            return Err(Critical::L1Reorg { number: next.number, parent: next.parent_hash, expected }.into());
        }
        let update = if next.number <= self.known_to {
            self.known.get(&next.number).copied()
        } else {
            batcher_update(source, config, &next)?
        };
        self.batcher = update.unwrap_or(self.batcher);
        self.header = next;
        Ok(true)
    }
}

pub(crate) fn by_number<S: Source>(
    source: &mut S,
    number: u64,
) -> Result<Option<Sealed<Header>>, DeriveError<S::Error>> {
    source.l1_header_by_number(number).map_err(DeriveError::Source)
}
