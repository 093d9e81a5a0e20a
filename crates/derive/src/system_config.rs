//! Updates of the system config by `ConfigUpdate` logs of the `SystemConfig` contract (specification: system-config.md
//! and its pages for Holocene, Isthmus, Jovian). An update that cannot be parsed is skipped.

use crate::receipt::L1Receipt;
use alloy_primitives::{Address, B256, Log, b256};
use primitives::rollup_config::{RollupConfig, SystemConfig};

/// keccak-256 of `ConfigUpdate(uint256,uint8,bytes)`.
pub const CONFIG_UPDATE: B256 = b256!("1d2b0bda21d56b8bd12d4f94ebacffdfb35f5e226f84b461103bb8beab6353be");

/// Applies the updates of an L1 block in order.
pub fn apply_updates(system: &mut SystemConfig, receipts: &[L1Receipt], config: &RollupConfig, l1_timestamp: u64) {
    let logs = receipts.iter().filter(|r| r.success).flat_map(|r| &r.logs);
    for log in logs.filter(|log| log.address == config.l1_system_config_address) {
        if let Some(updated) = apply_log(system, log, config, l1_timestamp) {
            *system = updated;
        }
    }
}

/// The config after one log; none where the log is not a well-formed update.
fn apply_log(system: &SystemConfig, log: &Log, config: &RollupConfig, l1_timestamp: u64) -> Option<SystemConfig> {
    let [event, version, kind] = log.topics() else { return None };
    if *event != CONFIG_UPDATE || !version.is_zero() || kind[..31].iter().any(|b| *b != 0) {
        return None;
    }
    let data = log.data.data.as_ref();
    let mut updated = *system;
    match kind[31] {
        0 => updated.batcher = batcher(data)?,
        1 => {
            let [overhead, scalar] = words::<2>(data)?;
            if !config.rules_at(l1_timestamp).ecotone_scalar {
                (updated.overhead, updated.scalar) = (overhead, scalar);
            } else if is_ecotone_scalar(&scalar) {
                (updated.overhead, updated.scalar) = (B256::ZERO, scalar);
            }
        }
        2 => updated.gas_limit = number::<24>(data)?,
        4 => {
            let [word] = words::<1>(data)?;
            let (denominator, elasticity) = (u32_at(&word, 24), u32_at(&word, 28));
            // Of the two either both or none may be zero: a division by zero lies behind the other cases.
            if (denominator == 0) != (elasticity == 0) {
                return None;
            }
            (updated.eip1559_denominator, updated.eip1559_elasticity) = (denominator, elasticity);
        }
        5 => {
            let [word] = words::<1>(data)?;
            updated.operator_fee_scalar = u32_at(&word, 20);
            updated.operator_fee_constant = (u64::from(u32_at(&word, 24)) << 32) | u64::from(u32_at(&word, 28));
        }
        6 => updated.min_base_fee = number::<24>(data)?,
        7 => updated.da_footprint_gas_scalar = u16::try_from(number::<30>(data)?).ok()?,
        // Type 3, the unsafe block signer, is no matter of derivation; other types are unknown.
        _ => return None,
    }
    Some(updated)
}

fn batcher(data: &[u8]) -> Option<Address> {
    let [word] = words::<1>(data)?;
    word[..12].iter().all(|b| *b == 0).then(|| Address::from_slice(&word[12..]))
}

/// A number in one word, whose first `PAD` bytes have to be zero.
fn number<const PAD: usize>(data: &[u8]) -> Option<u64> {
    let [word] = words::<1>(data)?;
    let (padding, value) = word.split_at(PAD);
    padding.iter().all(|b| *b == 0).then(|| value.iter().fold(0, |n, b| (n << 8) | u64::from(*b)))
}

fn u32_at(word: &B256, at: usize) -> u32 {
    u32::from_be_bytes([word[at], word[at + 1], word[at + 2], word[at + 3]])
}

/// The `N` words of `abi.encode(bytes)`: offset 32, length 32 N, the words and nothing else.
fn words<const N: usize>(data: &[u8]) -> Option<[B256; N]> {
    if data.len() != 64 + 32 * N {
        return None;
    }
    let word = |i: usize| B256::from_slice(&data[32 * i..32 * (i + 1)]);
    let small = |value: u64| B256::left_padding_from(&value.to_be_bytes());
    let expected = 32 * u64::try_from(N).ok()?;
    (word(0) == small(32) && word(1) == small(expected)).then(|| core::array::from_fn(|i| word(2 + i)))
}

/// Whether a scalar has the form that is accepted from Ecotone on: version 0 or 1 with clean padding.
fn is_ecotone_scalar(scalar: &B256) -> bool {
    let padding = match scalar[0] {
        0 => 1..28,
        1 => 1..24,
        _ => return false,
    };
    scalar[padding].iter().all(|b| *b == 0)
}
