//! Network upgrade transactions: which the activation block of a fork holds (the data is [`primitives::rollup_config`]'s
//! table of forks).

use primitives::rollup_config::{ForkEntry, RollupConfig};

/// The forks whose activation block is the L2 block at `timestamp`, oldest first.
pub fn activated_at(config: &RollupConfig, timestamp: u64) -> impl Iterator<Item = &'static ForkEntry> + '_ {
    config.forks.table().iter().filter(move |entry| config.is_activation_block(entry.fork, timestamp))
}
