//! Where derivation starts: the newest L1 block from which on everything can be read that the block after the safe head may
//! need, and the batcher that is authorized there (specification: derivation.md, "Resetting the Pipeline";
//! holocene/derivation.md, "Sync Start").
//!
//! Before Holocene that is one channel timeout before the L1 origin of the safe head. From Holocene on a first frame throws
//! out whatever came before it, so that the block with the last first frame at or before that L1 origin suffices: a program
//! reads one or two batcher transactions instead of those of 50 L1 blocks.
//!
//! The batcher is that of the safe head, unless receipts in between change it: only then is L2 searched.

use crate::{
    Critical, DeriveError, L2BlockInfo, Source, frame, receipt,
    retrieval::{ReadAhead, Retrieval},
    system_config,
    traversal::{Traversal, by_number},
};
use alloc::{collections::BTreeMap, vec::Vec};
use alloy_consensus::{Header, Sealed};
use alloy_primitives::Address;
use primitives::rollup_config::{RollupConfig, SystemConfig};

/// Finds the start. Also yields the batcher data that was read on the way.
pub(crate) fn find<S: Source>(
    source: &mut S,
    config: &RollupConfig,
    safe_head: &L2BlockInfo,
) -> Result<(Traversal, ReadAhead), DeriveError<S::Error>> {
    let origin = safe_head.l1_origin;
    let bad_origin = Critical::SafeHeadOrigin { l2_number: safe_head.number, origin: origin.hash };
    let mut header = by_number(source, origin.number)?.ok_or(bad_origin.clone())?;
    if header.seal() != origin.hash {
        return Err(bad_origin.into());
    }
    let mut batcher = batcher_before(source, config, safe_head, None)?;
    let mut read_ahead = ReadAhead::new();
    let mut changes = BTreeMap::new();
    loop {
        let holocene = config.rules_at(header.timestamp).strict_order;
        if holocene {
            let data = read(source, config, &header, batcher)?;
            let first_frame = data.iter().any(|payload| begins_channel(payload));
            read_ahead.insert(header.number, data);
            if first_frame {
                break;
            }
        }
        let lifetime = config.channel_timeout_at(header.timestamp);
        let expired = header.number.saturating_add(lifetime) <= origin.number;
        if expired || header.number <= config.genesis.l1.number {
            break;
        }
        let parent = by_number(source, header.number - 1)?.ok_or(bad_origin.clone())?;
        if holocene && !config.rules_at(parent.timestamp).strict_order {
            // Holocene begins with empty stages.
            break;
        }
        if batcher_update(source, config, &header)?.is_some() {
            changes.insert(header.number, batcher);
            batcher = batcher_before(source, config, safe_head, Some(header.number))?;
        }
        header = parent;
    }
    Ok((Traversal::new(header, batcher, changes, origin.number), read_ahead))
}

/// All batcher data of an L1 block.
fn read<S: Source>(
    source: &mut S,
    config: &RollupConfig,
    block: &Sealed<Header>,
    batcher: Address,
) -> Result<Vec<Vec<u8>>, DeriveError<S::Error>> {
    let mut retrieval = Retrieval::default();
    let mut all = Vec::new();
    while let Some(data) = retrieval.next(source, config, block, batcher).map_err(DeriveError::Source)? {
        all.push(data);
    }
    Ok(all)
}

/// Whether batcher data holds a first frame that reaches the channel stage.
fn begins_channel(payload: &[u8]) -> bool {
    let mut frames = frame::decode_frames(payload).unwrap_or_default().into();
    frame::prune(&mut frames);
    frames.iter().any(|frame| frame.number == 0)
}

/// The batcher that an L1 block sets, if it does.
pub(crate) fn batcher_update<S: Source>(
    source: &mut S,
    config: &RollupConfig,
    block: &Sealed<Header>,
) -> Result<Option<Address>, DeriveError<S::Error>> {
    if !receipt::may_have_log(block, config.l1_system_config_address, system_config::CONFIG_UPDATE) {
        return Ok(None);
    }
    let receipts = receipt::read(source, block).map_err(DeriveError::Source)?;
    // Applied to two configs that differ in the batcher, updates give the same one if they set it.
    let after = |batcher| {
        let mut system = SystemConfig { batcher, ..SystemConfig::default() };
        system_config::apply_updates(&mut system, &receipts, config, block.timestamp);
        system.batcher
    };
    let (one, other) = (after(Address::ZERO), after(Address::repeat_byte(0xff)));
    Ok((one == other).then_some(one))
}

/// The batcher of the safe head, or the one that held before an L1 block changed it: that of the newest L2 block with an
/// older L1 origin.
fn batcher_before<S: Source>(
    source: &mut S,
    config: &RollupConfig,
    safe_head: &L2BlockInfo,
    change: Option<u64>,
) -> Result<Address, DeriveError<S::Error>> {
    let mut number = safe_head.number;
    loop {
        let block = source.l2_block(number).map_err(DeriveError::Source)?;
        let origin = block.info(config).map_err(Critical::from)?.l1_origin.number;
        if change.is_none_or(|change| origin < change) || number <= config.genesis.l2.number {
            return Ok(block.system_config(config).map_err(Critical::from)?.batcher);
        }
        number -= 1;
    }
}
