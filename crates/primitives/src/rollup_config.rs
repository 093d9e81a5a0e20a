//! The rollup config: the constants of one chain that derivation and execution need. Reading it from JSON
//! ([`json`], feature `serde`) and checking it ([`validation`]) stand beside; the compact binary form for the
//! guest is [`crate::chain_config`]'s.

#[cfg(feature = "serde")]
pub mod json;
pub mod validation;

use alloy_primitives::{Address, B256};
use alloy_rlp::{RlpDecodable, RlpEncodable};

pub use crate::{
    fork::{
        ExtraData, FORKS, Fork, ForkEntry, ForkTimes, L1InfoFormat, PrecompileLimits, Rules, Upgrade, WithdrawalsRoot,
    },
    system_config::SystemConfig,
};

/// Number and hash of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, RlpEncodable, RlpDecodable)]
pub struct BlockId {
    /// The block number.
    pub number: u64,
    /// The block hash.
    pub hash: B256,
}

/// Where the chain starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct Genesis {
    /// The L1 block after which the chain is derived.
    pub l1: BlockId,
    /// The first L2 block (of Bedrock).
    pub l2: BlockId,
    /// Timestamp of the first L2 block in seconds.
    pub l2_time: u64,
    /// The system config that holds in the first L2 block.
    pub system_config: SystemConfig,
}

/// The EIP-1559 constants of a chain (`chain_op_config`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct BaseFeeParams {
    /// Elasticity multiplier.
    pub elasticity: u64,
    /// Base fee change denominator before Canyon.
    pub denominator: u64,
    /// Base fee change denominator from Canyon on.
    pub denominator_canyon: u64,
}

impl Default for BaseFeeParams {
    /// The constants of OP Mainnet.
    fn default() -> Self {
        Self { elasticity: 6, denominator: 50, denominator_canyon: 250 }
    }
}

/// The constants of one chain (specification: derivation.md, configurability.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupConfig {
    /// Where the chain starts.
    pub genesis: Genesis,
    /// Seconds between two L2 blocks.
    pub block_time: u64,
    /// Seconds that an L2 block may be ahead of its L1 origin, before Fjord.
    pub max_sequencer_drift: u64,
    /// Size of the sequencing window in L1 blocks.
    pub seq_window_size: u64,
    /// Lifetime of a channel in L1 blocks, before Granite.
    pub channel_timeout: u64,
    /// Lifetime of a channel in L1 blocks, from Granite on.
    pub granite_channel_timeout: u64,
    /// Chain id of L1.
    pub l1_chain_id: u64,
    /// Chain id of L2.
    pub l2_chain_id: u64,
    /// When each fork activates.
    pub forks: ForkTimes,
    /// The optional correction of the blob schedule on testnets: L1 origins before this time use Cancun's blob
    /// base fee (specification: pectra-blob-schedule).
    pub pectra_blob_schedule_time: Option<u64>,
    /// Whether the gas limit that the Karst activation block was raised to stays until the next gas limit update.
    pub keep_karst_upgrade_gas: bool,
    /// The address that batcher transactions are sent to.
    pub batch_inbox_address: Address,
    /// The contract whose logs are deposits (`OptimismPortal`).
    pub deposit_contract_address: Address,
    /// The `SystemConfig` contract on L1.
    pub l1_system_config_address: Address,
    /// The EIP-1559 constants.
    pub chain_op_config: BaseFeeParams,
    /// Whether the chain posts commitments to another data layer. Such chains are refused by name.
    pub alt_da: bool,
}

/// Lifetime of a channel from Granite on, in L1 blocks, unless the chain says otherwise.
pub const GRANITE_CHANNEL_TIMEOUT: u64 = 50;

impl RollupConfig {
    /// The rules that hold at `timestamp`, of an L1 or an L2 block: see [`Rules`].
    pub fn rules_at(&self, timestamp: u64) -> &'static Rules {
        self.forks.rules_at(timestamp)
    }

    /// Whether `fork` is active at `timestamp`.
    pub fn is_active(&self, fork: Fork, timestamp: u64) -> bool {
        self.forks.is_active(fork, timestamp)
    }

    /// Whether the L2 block at `timestamp` is the activation block of `fork`: the first in which it is active, but
    /// not the genesis block.
    pub fn is_activation_block(&self, fork: Fork, timestamp: u64) -> bool {
        self.is_active(fork, timestamp)
            && timestamp.checked_sub(self.block_time).is_some_and(|parent| !self.is_active(fork, parent))
            && timestamp > self.genesis.l2_time
    }

    /// Lifetime of a channel in L1 blocks, for data of an L1 block with this timestamp.
    pub fn channel_timeout_at(&self, l1_timestamp: u64) -> u64 {
        let granite = self.rules_at(l1_timestamp).granite_channel_timeout;
        if granite { self.granite_channel_timeout } else { self.channel_timeout }
    }

    /// Seconds that an L2 block may be ahead of an L1 origin with this timestamp.
    pub fn max_sequencer_drift_at(&self, l1_origin_timestamp: u64) -> u64 {
        self.rules_at(l1_origin_timestamp).max_sequencer_drift.unwrap_or(self.max_sequencer_drift)
    }

    /// The number of the first L2 block at or after a timestamp.
    pub fn first_block_at(&self, timestamp: u64) -> Option<u64> {
        let since = timestamp.saturating_sub(self.genesis.l2_time);
        self.genesis.l2.number.checked_add(since.div_ceil(core::num::NonZeroU64::new(self.block_time)?.get()))
    }

    /// The number of the L2 block with a timestamp, if there is one on the grid of the chain.
    pub fn block_number_at(&self, timestamp: u64) -> Option<u64> {
        let since = timestamp.checked_sub(self.genesis.l2_time)?;
        if self.block_time == 0 || !since.is_multiple_of(self.block_time) {
            return None;
        }
        self.genesis.l2.number.checked_add(since / self.block_time)
    }
}
