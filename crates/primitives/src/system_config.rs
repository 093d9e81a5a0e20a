//! The system configuration of a chain: the values that its `SystemConfig` contract on L1 sets and that derivation
//! carries from block to block (specification: system-config.md). How logs change it is the task of `derive`.

use alloy_primitives::{Address, B256};
use alloy_rlp::{RlpDecodable, RlpEncodable};

/// The system configuration that holds at one L1 block or for one L2 block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct SystemConfig {
    /// The account whose transactions to the batch inbox are read.
    pub batcher: Address,
    /// L1 fee overhead before Ecotone; ignored afterwards.
    pub overhead: B256,
    /// L1 fee scalar before Ecotone; a versioned encoding of two scalars afterwards.
    pub scalar: B256,
    /// Gas limit of an L2 block.
    pub gas_limit: u64,
    /// EIP-1559 denominator; 0 (with elasticity 0) means the constants of the chain.
    pub eip1559_denominator: u32,
    /// EIP-1559 elasticity; 0 (with denominator 0) means the constants of the chain.
    pub eip1559_elasticity: u32,
    /// Operator fee per gas, scaled (Isthmus).
    pub operator_fee_scalar: u32,
    /// Operator fee per transaction in wei (Isthmus).
    pub operator_fee_constant: u64,
    /// Minimum base fee in wei (Jovian).
    pub min_base_fee: u64,
    /// Gas per estimated byte of data availability; 0 means the default of 400 (Jovian).
    pub da_footprint_gas_scalar: u16,
}
