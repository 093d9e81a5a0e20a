//! What a block takes over from its parent and its attributes before a transaction runs: rules, base fee, extra data.

use super::{ExecuteError, StateSource};
use alloc::vec::Vec;
use alloy_consensus::Header;
use alloy_eips::eip1559::BaseFeeParams;
use alloy_primitives::{Bytes, U256};
use derive::PayloadAttributes;
use op_revm::OpSpecId;
use primitives::rollup_config::{ExtraData, Fork, RollupConfig};
use revm::{
    context::{BlockEnv, CfgEnv},
    context_interface::block::BlobExcessGasAndPrice,
};

/// The rules of the EVM at a timestamp; `None` for a fork whose rules are not known.
pub(super) fn spec_at(config: &RollupConfig, timestamp: u64) -> Option<OpSpecId> {
    if config.forks.unknown_at(timestamp).is_some() {
        return None;
    }
    Some(match config.rules_at(timestamp).evm {
        Fork::Bedrock => OpSpecId::BEDROCK,
        Fork::Regolith => OpSpecId::REGOLITH,
        Fork::Canyon | Fork::Delta => OpSpecId::CANYON,
        Fork::Ecotone => OpSpecId::ECOTONE,
        Fork::Fjord => OpSpecId::FJORD,
        Fork::Granite => OpSpecId::GRANITE,
        Fork::Holocene => OpSpecId::HOLOCENE,
        Fork::Isthmus => OpSpecId::ISTHMUS,
        Fork::Jovian => OpSpecId::JOVIAN,
        Fork::Karst => OpSpecId::KARST,
        Fork::Lagoon => return None,
    })
}

/// The base fee of the block at `timestamp` on top of `parent` (EIP-1559 with the parameters of the fork: specification
/// holocene/exec-engine.md, jovian/exec-engine.md). `None` when the parent's extra data does not have its fork's form, or the fee
/// leaves the range of 64 bits, which a header of this program has no room for.
pub fn next_base_fee(config: &RollupConfig, parent: &Header, timestamp: u64) -> Option<u64> {
    let constants = &config.chain_op_config;
    let word = |at: usize| {
        let bytes = parent.extra_data.get(at..at + 4)?;
        Some(u128::from(u32::from_be_bytes(bytes.try_into().ok()?)))
    };
    let rules = config.rules_at(parent.timestamp);
    let jovian = rules.extra_data == ExtraData::MinBaseFee;
    let (params, minimum) = if rules.extra_data != ExtraData::Empty {
        let (version, len) = if jovian { (1, 17) } else { (0, 9) };
        if parent.extra_data.len() != len || parent.extra_data[0] != version {
            return None;
        }
        let params = BaseFeeParams { max_change_denominator: word(1)?, elasticity_multiplier: word(5)? };
        let minimum = if jovian { (word(9)? as u64) << 32 | word(13)? as u64 } else { 0 };
        (params, minimum)
    } else {
        let canyon = config.rules_at(timestamp).canyon_base_fee;
        let denominator = if canyon { constants.denominator_canyon } else { constants.denominator };
        let params = BaseFeeParams {
            max_change_denominator: denominator.into(),
            elasticity_multiplier: constants.elasticity.into(),
        };
        (params, 0)
    };
    if params.max_change_denominator == 0 || params.elasticity_multiplier == 0 {
        return None;
    }
    let footprint = if rules.da_footprint { parent.blob_gas_used.unwrap_or(0) } else { 0 };
    let used = parent.gas_used.max(footprint);
    let base_fee = parent.base_fee_per_gas.unwrap_or(0);
    Some(base_fee_after(used, parent.gas_limit, base_fee, params)?.max(minimum))
}

/// The rule of EIP-1559. A gas limit below the elasticity leaves no target to compare with: the fee stays, as in other clients
/// that do not fail there.
fn base_fee_after(used: u64, limit: u64, base_fee: u64, params: BaseFeeParams) -> Option<u64> {
    let target = u128::from(limit) / params.elasticity_multiplier;
    let used = u128::from(used);
    if target == 0 || used == target {
        return Some(base_fee);
    }
    // Factors of 64 bits; dividing twice cannot overflow and gives the same as dividing by the product.
    let change = u128::from(base_fee) * used.abs_diff(target) / target / params.max_change_denominator;
    let change = u64::try_from(change).ok()?;
    if used > target { base_fee.checked_add(change.max(1)) } else { Some(base_fee.saturating_sub(change)) }
}

/// The extra data of a block: EIP-1559 parameters from Holocene on, the minimum base fee from Jovian on. `None` when the
/// attributes lack what the fork asks for, or have what it does not know.
pub(super) fn extra_data(config: &RollupConfig, attributes: &PayloadAttributes) -> Option<Bytes> {
    let form = config.rules_at(attributes.timestamp).extra_data;
    let jovian = form == ExtraData::MinBaseFee;
    if attributes.min_base_fee.is_some() != jovian {
        return None;
    }
    if form == ExtraData::Empty {
        return attributes.eip1559_params.is_none().then(Bytes::new);
    }
    let params = attributes.eip1559_params?;
    let constants = &config.chain_op_config;
    let mut out = Vec::with_capacity(17);
    out.push(u8::from(jovian));
    if params.is_zero() {
        out.extend_from_slice(&u32::try_from(constants.denominator_canyon).ok()?.to_be_bytes());
        out.extend_from_slice(&u32::try_from(constants.elasticity).ok()?.to_be_bytes());
    } else {
        if params[..4] == [0; 4] || params[4..] == [0; 4] {
            return None;
        }
        out.extend_from_slice(params.as_slice());
    }
    if let Some(minimum) = attributes.min_base_fee {
        out.extend_from_slice(&minimum.to_be_bytes());
    }
    Some(out.into())
}

/// The EVM's view of the block and the chain.
pub(super) fn environment<S: StateSource>(
    config: &RollupConfig,
    parent: &Header,
    attributes: &PayloadAttributes,
    base_fee: u64,
) -> Result<(OpSpecId, BlockEnv, CfgEnv<OpSpecId>), ExecuteError<S::Error>> {
    let timestamp = attributes.timestamp;
    let spec = spec_at(config, timestamp).ok_or(ExecuteError::Fork(config.forks.active_at(timestamp)))?;
    let block = BlockEnv {
        number: U256::from(parent.number) + U256::from(1),
        beneficiary: attributes.suggested_fee_recipient,
        timestamp: U256::from(timestamp),
        gas_limit: attributes.gas_limit,
        basefee: base_fee,
        prevrandao: Some(attributes.prev_randao),
        // Blobs do not exist on L2; the header's field means the DA footprint from Jovian on and must not set a price.
        blob_excess_gas_and_price: spec
            .is_enabled_in(OpSpecId::ECOTONE)
            .then_some(BlobExcessGasAndPrice { excess_blob_gas: 0, blob_gasprice: 1 }),
        ..BlockEnv::default()
    };
    let mut cfg = CfgEnv::new_with_spec(spec);
    cfg.chain_id = config.l2_chain_id;
    Ok((spec, block, cfg))
}
