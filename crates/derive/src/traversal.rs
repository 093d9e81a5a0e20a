//! L1 traversal: the L1 block that is being read and the batcher that is authorized in it; and where to start
//! (specification: derivation.md, "L1 Traversal", "Resetting the Pipeline").
//!
//! Of the system config, only the batcher matters to this end of the pipeline: the other values are read from the parent
//! block when attributes are built.

use crate::{Critical, DeriveError, L1BlockRef, L2BlockInfo, Source, receipt, system_config};
use alloc::collections::BTreeMap;
use alloy_consensus::{Header, Sealed};
use alloy_primitives::Address;
use primitives::rollup_config::{RollupConfig, SystemConfig};

/// The stage.
#[derive(Debug)]
pub(crate) struct Traversal {
    /// The L1 block that is being read.
    pub(crate) header: Sealed<Header>,
    /// The batcher of this block.
    pub(crate) batcher: Address,
    /// Batchers that were found when looking for the start, by L1 block number, up to and including `scanned_to`.
    known: BTreeMap<u64, Address>,
    scanned_to: u64,
}

impl Traversal {
    /// Finds the L1 block to start from: the newest from which a channel can still be open at the L1 origin of the safe
    /// head. The batcher there is that of the safe head, unless receipts in between change it: only then is L2 searched.
    pub(crate) fn start<S: Source>(
        source: &mut S,
        config: &RollupConfig,
        safe_head: &L2BlockInfo,
    ) -> Result<Self, DeriveError<S::Error>> {
        let origin = safe_head.l1_origin;
        let bad_origin = Critical::SafeHeadOrigin { l2_number: safe_head.number, origin: origin.hash };
        let mut header = by_number(source, origin.number)?.ok_or(bad_origin.clone())?;
        if header.seal() != origin.hash {
            return Err(bad_origin.into());
        }
        let mut known = BTreeMap::new();
        loop {
            let lifetime = config.channel_timeout_at(header.timestamp);
            let expired = header.number.saturating_add(lifetime) <= origin.number;
            if expired || header.number <= config.genesis.l1.number {
                break;
            }
            if let Some(batcher) = batcher_update(source, config, &header)? {
                known.insert(header.number, batcher);
            }
            header = by_number(source, header.number - 1)?.ok_or(bad_origin.clone())?;
        }
        let batcher = batcher_before(source, config, safe_head, known.keys().next().copied())?;
        Ok(Self { header, batcher, known, scanned_to: origin.number })
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
        let update = if next.number <= self.scanned_to {
            self.known.remove(&next.number)
        } else {
            batcher_update(source, config, &next)?
        };
        self.batcher = update.unwrap_or(self.batcher);
        self.header = next;
        Ok(true)
    }
}

fn by_number<S: Source>(source: &mut S, number: u64) -> Result<Option<Sealed<Header>>, DeriveError<S::Error>> {
    source.l1_header_by_number(number).map_err(DeriveError::Source)
}

/// The batcher that an L1 block sets, if it does.
fn batcher_update<S: Source>(
    source: &mut S,
    config: &RollupConfig,
    block: &Sealed<Header>,
) -> Result<Option<Address>, DeriveError<S::Error>> {
    if !receipt::may_have_log(block, config.l1_system_config_address, system_config::CONFIG_UPDATE) {
        return Ok(None);
    }
    let receipts = receipt::read(source, block).map_err(DeriveError::Source)?;
    // The batcher is no number that an update could leave as it was, so start from one that cannot be set by accident.
    let unset = SystemConfig { batcher: UNSET, ..SystemConfig::default() };
    let mut system = unset;
    system_config::apply_updates(&mut system, &receipts, config, block.timestamp);
    Ok((system.batcher != unset.batcher).then_some(system.batcher))
}

/// A batcher that no update has touched; nobody has a key for it.
const UNSET: Address = Address::new([0xff; 20]);

/// The batcher that held before the L1 block `first_update`: that of the newest L2 block with an older L1 origin.
fn batcher_before<S: Source>(
    source: &mut S,
    config: &RollupConfig,
    safe_head: &L2BlockInfo,
    first_update: Option<u64>,
) -> Result<Address, DeriveError<S::Error>> {
    let mut number = safe_head.number;
    loop {
        let block = source.l2_block(number).map_err(DeriveError::Source)?;
        let origin = block.info(config).map_err(Critical::from)?.l1_origin.number;
        if first_update.is_none_or(|update| origin < update) || number <= config.genesis.l2.number {
            return Ok(block.system_config(config).map_err(Critical::from)?.batcher);
        }
        number -= 1;
    }
}
