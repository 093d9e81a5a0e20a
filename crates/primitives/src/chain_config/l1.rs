//! What derivation has to know of L1: its chain id and its blob schedule (EIP-4844, EIP-7691, EIP-7892), from which the
//! blob base fee in the L1 attributes follows.

use alloc::{vec, vec::Vec};
use alloy_rlp::{RlpDecodable, RlpEncodable};

/// The blob parameters that hold from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct BlobParams {
    /// Timestamp from which on these parameters hold.
    pub time: u64,
    /// Target number of blobs in a block.
    pub target: u64,
    /// Largest number of blobs in a block.
    pub max: u64,
    /// `BLOB_BASE_FEE_UPDATE_FRACTION`.
    pub base_fee_update_fraction: u64,
}

impl BlobParams {
    /// Cancun's parameters (EIP-4844) from a time on.
    pub const fn cancun(time: u64) -> Self {
        Self { time, target: 3, max: 6, base_fee_update_fraction: 3_338_477 }
    }

    /// Prague's parameters (EIP-7691) from a time on; Osaka's are the same.
    pub const fn prague(time: u64) -> Self {
        Self { time, target: 6, max: 9, base_fee_update_fraction: 5_007_716 }
    }

    /// The parameters of the first blob parameter fork from a time on.
    pub const fn bpo1(time: u64) -> Self {
        Self { time, target: 10, max: 15, base_fee_update_fraction: 8_346_193 }
    }

    /// The parameters of the second blob parameter fork from a time on.
    pub const fn bpo2(time: u64) -> Self {
        Self { time, target: 14, max: 21, base_fee_update_fraction: 11_684_671 }
    }
}

/// What has to be known of an L1 chain.
#[derive(Clone, Debug, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct L1ChainConfig {
    /// Chain id of L1.
    pub chain_id: u64,
    /// The blob parameters in order of time; the first entry is Cancun's. Empty: no blobs.
    pub blob_schedule: Vec<BlobParams>,
}

/// Why the config of an L1 is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum L1ConfigError {
    /// The chain id is zero.
    #[error("L1 chain config: the chain id is zero or missing")]
    ChainId,
    /// An update fraction of zero would divide by zero.
    #[error("L1 chain config: the blob parameters from time {0} on have an update fraction of zero")]
    UpdateFraction(u64),
    /// The schedule is not in order of time.
    #[error("L1 chain config: the blob schedule is not in order of time at {0}")]
    Order(u64),
}

impl L1ChainConfig {
    /// Ethereum mainnet.
    pub fn mainnet() -> Self {
        Self {
            chain_id: 1,
            blob_schedule: vec![
                BlobParams::cancun(1_710_338_135),
                BlobParams::prague(1_746_612_311),
                BlobParams::bpo1(1_765_290_071),
                BlobParams::bpo2(1_767_747_671),
            ],
        }
    }

    /// Sepolia.
    pub fn sepolia() -> Self {
        Self {
            chain_id: 11_155_111,
            blob_schedule: vec![
                BlobParams::cancun(1_706_655_072),
                BlobParams::prague(1_741_159_776),
                BlobParams::bpo1(1_761_017_184),
                BlobParams::bpo2(1_761_607_008),
            ],
        }
    }

    /// A public L1 by its chain id.
    pub fn known(chain_id: u64) -> Option<Self> {
        match chain_id {
            1 => Some(Self::mainnet()),
            11_155_111 => Some(Self::sepolia()),
            _ => None,
        }
    }

    /// The blob parameters at an L1 timestamp; none before Cancun.
    pub fn blob_params_at(&self, timestamp: u64) -> Option<&BlobParams> {
        self.blob_schedule.iter().rev().find(|params| timestamp >= params.time)
    }

    /// Refuses a config that contradicts itself.
    pub fn validate(&self) -> Result<(), L1ConfigError> {
        if self.chain_id == 0 {
            return Err(L1ConfigError::ChainId);
        }
        if let Some(params) = self.blob_schedule.iter().find(|p| p.base_fee_update_fraction == 0) {
            return Err(L1ConfigError::UpdateFraction(params.time));
        }
        match self.blob_schedule.windows(2).find(|pair| pair[1].time < pair[0].time) {
            Some(pair) => Err(L1ConfigError::Order(pair[1].time)),
            None => Ok(()),
        }
    }
}
