//! What a program has to know of a chain: its rollup config and the blob schedule of its L1, and the compact binary
//! form in which a guest finds them in its prestate. Known chains ([`known`], feature `registry`) and the reader of
//! the superchain registry's files ([`registry`]) stand beside.

mod encoding;
#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "registry")]
pub mod known;
mod l1;
#[cfg(feature = "registry")]
pub mod registry;

pub use encoding::{DecodeError, decode_chain_config, decode_chain_configs, encode_chain_configs};
pub use l1::{BlobParams, L1ChainConfig, L1ConfigError};

use crate::rollup_config::RollupConfig;

/// Everything that the program needs to know about one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainConfig {
    /// The rollup config of the L2 chain.
    pub rollup: RollupConfig,
    /// The config of its L1.
    pub l1: L1ChainConfig,
}
