//! Payload attributes of a batch: L1 attributes, user deposits, upgrade transactions, then the batch's transactions
//! (specification: derivation.md, "Deriving Payload Attributes").

use crate::{
    AttributesWithParent, Critical, DeriveError, L1BlockRef, L2BlockInfo, PayloadAttributes, Source,
    batch::SingularBatch,
    deposit::{TRANSACTION_DEPOSITED, user_deposits},
    l1_info::L1Info,
    receipt,
    system_config::{CONFIG_UPDATE, apply_updates},
    upgrade::activated_at,
};
use alloc::vec::Vec;
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{Address, B64, Bytes, address};
use primitives::{
    chain_config::ChainConfig,
    rollup_config::{ExtraData, SystemConfig, WithdrawalsRoot},
};

/// The sequencer fee vault, fee recipient of every block.
pub const SEQUENCER_FEE_VAULT: Address = address!("4200000000000000000000000000000000000011");

/// The attributes of the block after `parent` with the L1 origin and transactions of `batch`.
pub(crate) fn build<S: Source>(
    config: &ChainConfig,
    source: &mut S,
    parent: &L2BlockInfo,
    batch: &SingularBatch,
    derived_from: L1BlockRef,
) -> Result<AttributesWithParent, DeriveError<S::Error>> {
    let rollup = &config.rollup;
    let timestamp = batch.timestamp;
    let parent_block = source.l2_block(parent.number).map_err(DeriveError::Source)?;
    let mut system = parent_block.system_config(rollup).map_err(Critical::from)?;
    let origin = source.l1_header(batch.epoch_hash).map_err(DeriveError::Source)?;
    let origin_ref = L1BlockRef::from(&origin);
    let first = parent.l1_origin.number != batch.epoch_num;

    let expected = if first { origin_ref.parent_hash } else { origin_ref.hash };
    if expected != parent.l1_origin.hash || timestamp < origin_ref.timestamp {
        return Err(Critical::BadOrigin { number: origin_ref.number, timestamp }.into());
    }
    let (deposits, sequence_number) = if first {
        (enter_epoch(config, source, &origin, &mut system).map_err(DeriveError::Source)?, 0)
    } else {
        (Vec::new(), parent.sequence_number.saturating_add(1))
    };

    let info = L1Info::new(config, &system, &origin, &origin_ref, sequence_number, timestamp);
    let mut transactions = Vec::with_capacity(1 + deposits.len() + batch.transactions.len());
    transactions.push(info.transaction(rollup, timestamp));
    transactions.extend(deposits);
    let mut gas_limit = system.gas_limit;
    for upgrade in activated_at(rollup, timestamp).map(|entry| &entry.upgrade) {
        gas_limit = gas_limit.checked_add(upgrade.gas).ok_or(Critical::GasLimit)?;
        for hash in upgrade.transactions {
            transactions.push(source.upgrade_transaction(*hash).map_err(DeriveError::Source)?);
        }
    }
    transactions.extend(batch.transactions.iter().cloned());

    let rules = rollup.rules_at(timestamp);
    let attributes = PayloadAttributes {
        timestamp,
        prev_randao: origin.mix_hash,
        suggested_fee_recipient: SEQUENCER_FEE_VAULT,
        parent_beacon_block_root: rules.beacon_root.then(|| origin.parent_beacon_block_root.unwrap_or_default()),
        withdrawals: rules.withdrawals_root != WithdrawalsRoot::Absent,
        transactions,
        gas_limit,
        eip1559_params: (rules.extra_data != ExtraData::Empty).then(|| eip1559_params(&system)),
        min_base_fee: (rules.extra_data == ExtraData::MinBaseFee).then_some(system.min_base_fee),
    };
    Ok(AttributesWithParent { attributes, parent: *parent, l1_origin: origin_ref, sequence_number, derived_from })
}

/// The deposits of a new L1 origin; its config updates are applied to `system`.
fn enter_epoch<S: Source>(
    config: &ChainConfig,
    source: &mut S,
    origin: &Sealed<Header>,
    system: &mut SystemConfig,
) -> Result<Vec<Bytes>, S::Error> {
    let rollup = &config.rollup;
    let deposits = receipt::may_have_log(origin, rollup.deposit_contract_address, TRANSACTION_DEPOSITED);
    let updates = receipt::may_have_log(origin, rollup.l1_system_config_address, CONFIG_UPDATE);
    if !deposits && !updates {
        return Ok(Vec::new());
    }
    let receipts = receipt::read(source, origin)?;
    apply_updates(system, &receipts, rollup, origin.timestamp);
    Ok(user_deposits(&receipts, rollup.deposit_contract_address, origin.seal()))
}

fn eip1559_params(system: &SystemConfig) -> B64 {
    let mut params = B64::ZERO;
    params[..4].copy_from_slice(&system.eip1559_denominator.to_be_bytes());
    params[4..].copy_from_slice(&system.eip1559_elasticity.to_be_bytes());
    params
}
