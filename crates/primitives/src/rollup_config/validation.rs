//! Checks that a rollup config does not contradict itself. Every refusal names the field and the reason; whether the
//! config is the right one for a chain is not decided here.

use super::{Fork, RollupConfig};

/// Why a rollup config is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A field that must not be zero is zero.
    #[error("rollup config: {0} is zero or missing")]
    Zero(&'static str),
    /// L1 and L2 have the same chain id.
    #[error("rollup config: L1 and L2 have the same chain id {0}")]
    SameChainId(u64),
    /// The genesis blocks of L1 and L2 are the same.
    #[error("rollup config: the genesis blocks of L1 and L2 have the same hash")]
    SameGenesisHash,
    /// The sequencing window is too small to hold a batch.
    #[error("rollup config: seq_window_size is {0}, at least 2 is needed")]
    SequencingWindow(u64),
    /// A fork is scheduled, but one before it is not.
    #[error("rollup config: {later}_time is set, but {earlier}_time is not")]
    ForkMissing {
        /// The fork that is not scheduled.
        earlier: Fork,
        /// The fork that is.
        later: Fork,
    },
    /// A fork activates before one that it builds on.
    #[error("rollup config: {later}_time {later_time} is before {earlier}_time {earlier_time}")]
    ForkOrder {
        /// The fork that must come first.
        earlier: Fork,
        /// Its time.
        earlier_time: u64,
        /// The fork that must come later.
        later: Fork,
        /// Its time.
        later_time: u64,
    },
    /// Exactly one of EIP-1559 denominator and elasticity is zero in the genesis system config.
    #[error("rollup config: of genesis EIP-1559 denominator and elasticity either both or none may be zero")]
    Eip1559Params,
    /// The chain posts its data to another layer.
    #[error("rollup config: alt-DA chains are not supported, data has to be in calldata or blobs of L1")]
    AltDa,
}

impl RollupConfig {
    /// Refuses a config that contradicts itself.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let nonzero = [
            ("block_time", self.block_time == 0),
            ("channel_timeout", self.channel_timeout == 0),
            ("granite_channel_timeout", self.granite_channel_timeout == 0),
            ("l1_chain_id", self.l1_chain_id == 0),
            ("l2_chain_id", self.l2_chain_id == 0),
            ("genesis.l1.hash", self.genesis.l1.hash.is_zero()),
            ("genesis.l2.hash", self.genesis.l2.hash.is_zero()),
            ("genesis.l2_time", self.genesis.l2_time == 0),
            ("genesis.system_config.gasLimit", self.genesis.system_config.gas_limit == 0),
            ("batch_inbox_address", self.batch_inbox_address.is_zero()),
            ("deposit_contract_address", self.deposit_contract_address.is_zero()),
            ("l1_system_config_address", self.l1_system_config_address.is_zero()),
            ("eip1559_elasticity", self.chain_op_config.elasticity == 0),
            ("eip1559_denominator", self.chain_op_config.denominator == 0),
            ("eip1559_denominator_canyon", self.chain_op_config.denominator_canyon == 0),
        ];
        if let Some((field, _)) = nonzero.into_iter().find(|(_, zero)| *zero) {
            return Err(ConfigError::Zero(field));
        }
        if self.l1_chain_id == self.l2_chain_id {
            return Err(ConfigError::SameChainId(self.l1_chain_id));
        }
        if self.genesis.l1.hash == self.genesis.l2.hash {
            return Err(ConfigError::SameGenesisHash);
        }
        if self.seq_window_size < 2 {
            return Err(ConfigError::SequencingWindow(self.seq_window_size));
        }
        let params = &self.genesis.system_config;
        if (params.eip1559_denominator == 0) != (params.eip1559_elasticity == 0) {
            return Err(ConfigError::Eip1559Params);
        }
        self.check_fork_order()?;
        if self.alt_da { Err(ConfigError::AltDa) } else { Ok(()) }
    }

    fn check_fork_order(&self) -> Result<(), ConfigError> {
        for pair in Fork::ALL.windows(2) {
            let (earlier, later) = (pair[0], pair[1]);
            let Some(later_time) = self.forks.get(later) else { continue };
            let Some(earlier_time) = self.forks.get(earlier) else {
                return Err(ConfigError::ForkMissing { earlier, later });
            };
            if later_time < earlier_time {
                return Err(ConfigError::ForkOrder { earlier, earlier_time, later, later_time });
            }
        }
        Ok(())
    }
}
