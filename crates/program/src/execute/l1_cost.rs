//! The fee for the data of a transaction on L1, by the rules of each fork (specification: exec-engine.md, "L1-Cost fees";
//! fjord/exec-engine.md; ecotone/l1-attributes.md). Estimating the compressed size is op-revm's matter.
//!
//! op-revm takes a scalar of zero in the block that activates Ecotone, so that the fee is computed here.

use op_revm::{
    L1BlockInfo, OpSpecId,
    constants::{L1_BLOCK_CONTRACT, L1_OVERHEAD_SLOT, L1_SCALAR_SLOT},
};
use revm::{Database, primitives::U256};

/// Gas of a byte of calldata that is not zero, and of one that is.
const BYTE_GAS: (u64, u64) = (16, 4);
/// Bytes that were added for the signature before Regolith.
const SIGNATURE_BYTES: u64 = 68;

/// Reads the values of the L1Block contract.
///
/// In the block that activates Ecotone the contract has none of Ecotone's values yet: then the rule before Ecotone holds, with
/// the overhead and the scalar of that time, and the values of Ecotone are none.
pub(super) fn read_l1_block<DB: Database>(db: &mut DB, number: U256, spec: OpSpecId) -> Result<L1BlockInfo, DB::Error> {
    let mut info = L1BlockInfo::try_fetch(db, number, spec)?;
    let unset = |value: Option<U256>| value.is_some_and(|value| value.is_zero());
    if unset(info.l1_blob_base_fee) && unset(info.l1_blob_base_fee_scalar) && info.l1_base_fee_scalar.is_zero() {
        (info.l1_blob_base_fee, info.l1_blob_base_fee_scalar) = (None, None);
        info.l1_fee_overhead = Some(db.storage(L1_BLOCK_CONTRACT, L1_OVERHEAD_SLOT)?);
        info.l1_base_fee_scalar = db.storage(L1_BLOCK_CONTRACT, L1_SCALAR_SLOT)?;
    }
    Ok(info)
}

/// The fee of a transaction in EIP-2718 encoding. `estimated_size`: its size after compression in millionths of a byte, from
/// Fjord on.
pub(super) fn l1_cost(info: &L1BlockInfo, spec: OpSpecId, transaction: &[u8], estimated_size: Option<u64>) -> U256 {
    let (Some(blob_base_fee), Some(blob_scalar)) = (info.l1_blob_base_fee, info.l1_blob_base_fee_scalar) else {
        let gas = U256::from(calldata_gas(spec, transaction)).saturating_add(info.l1_fee_overhead.unwrap_or_default());
        let scaled = gas.saturating_mul(info.l1_base_fee).saturating_mul(info.l1_base_fee_scalar);
        return scaled / U256::from(1_000_000);
    };
    let calldata = info.l1_base_fee.saturating_mul(U256::from(16)).saturating_mul(info.l1_base_fee_scalar);
    let per_byte = calldata.saturating_add(blob_base_fee.saturating_mul(blob_scalar));
    match estimated_size {
        Some(size) => per_byte.saturating_mul(U256::from(size)) / U256::from(1_000_000_000_000u64),
        None => per_byte.saturating_mul(U256::from(calldata_gas(spec, transaction))) / U256::from(16_000_000),
    }
}

/// The gas that the bytes would cost as calldata.
fn calldata_gas(spec: OpSpecId, transaction: &[u8]) -> u64 {
    let zeros = transaction.iter().filter(|byte| **byte == 0).count() as u64;
    let others = transaction.len() as u64 - zeros;
    let others = if spec.is_enabled_in(OpSpecId::REGOLITH) { others } else { others + SIGNATURE_BYTES };
    others * BYTE_GAS.0 + zeros * BYTE_GAS.1
}
