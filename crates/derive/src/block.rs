//! References to blocks of L1 and L2, and what an L2 block says about its derivation.

use crate::{
    l1_info::{L1Info, L1InfoError},
    upgrade::activated_at,
};
use alloc::vec::Vec;
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{B256, Bytes};
use primitives::rollup_config::{BlockId, ExtraData, Fork, RollupConfig, SystemConfig};

/// An L1 block as derivation refers to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct L1BlockRef {
    /// Block number.
    pub number: u64,
    /// Block hash.
    pub hash: B256,
    /// Hash of the parent.
    pub parent_hash: B256,
    /// Timestamp in seconds.
    pub timestamp: u64,
}

impl L1BlockRef {
    /// Number and hash.
    pub fn id(&self) -> BlockId {
        BlockId { number: self.number, hash: self.hash }
    }
}

impl From<&Sealed<Header>> for L1BlockRef {
    fn from(header: &Sealed<Header>) -> Self {
        Self {
            number: header.number,
            hash: header.seal(),
            parent_hash: header.parent_hash,
            timestamp: header.timestamp,
        }
    }
}

/// An L2 block with its transactions in EIP-2718 encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L2Block {
    /// The header and its hash.
    pub header: Sealed<Header>,
    /// The transactions in order.
    pub transactions: Vec<Bytes>,
}

/// An L2 block as derivation refers to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct L2BlockInfo {
    /// Block number.
    pub number: u64,
    /// Block hash.
    pub hash: B256,
    /// Hash of the parent.
    pub parent_hash: B256,
    /// Timestamp in seconds.
    pub timestamp: u64,
    /// The L1 origin.
    pub l1_origin: BlockId,
    /// Position among the blocks with the same L1 origin, from 0.
    pub sequence_number: u64,
}

/// Why an L2 block is not one that derivation could have made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The block has no transactions, or the first is not a deposit.
    #[error("L2 block {0} does not begin with an L1 attributes deposit")]
    NoL1Attributes(u64),
    /// The first transaction is not a well-formed L1 attributes deposit.
    #[error("L2 block {number}: L1 attributes: {error}")]
    L1Attributes {
        /// Number of the block.
        number: u64,
        /// What is wrong.
        error: L1InfoError,
    },
    /// The block has the genesis number, but is not the genesis block.
    #[error("L2 block {number} is {hash}, the rollup config names another genesis block")]
    Genesis {
        /// Number of the block.
        number: u64,
        /// Hash of the block.
        hash: B256,
    },
    /// The extra data of the header does not have the form of the block's fork.
    #[error("L2 block {0}: the extra data does not have the form of its fork")]
    ExtraData(u64),
}

impl L2Block {
    /// How derivation refers to this block.
    pub fn info(&self, config: &RollupConfig) -> Result<L2BlockInfo, BlockError> {
        let header = &self.header;
        let (l1_origin, sequence_number) = if self.is_genesis(config)? {
            (config.genesis.l1, 0)
        } else {
            let info = self.l1_info()?;
            (BlockId { number: info.number, hash: info.hash }, info.sequence_number)
        };
        Ok(L2BlockInfo {
            number: header.number,
            hash: header.seal(),
            parent_hash: header.parent_hash,
            timestamp: header.timestamp,
            l1_origin,
            sequence_number,
        })
    }

    /// The system config that held when this block was made.
    ///
    /// The gas limit is that of the header, except in the Karst activation block, whose gas limit is raised for this block
    /// alone unless the chain keeps it ([`RollupConfig::keep_karst_upgrade_gas`]).
    pub fn system_config(&self, config: &RollupConfig) -> Result<SystemConfig, BlockError> {
        if self.is_genesis(config)? {
            return Ok(config.genesis.system_config);
        }
        let info = self.l1_info()?;
        let header = &self.header;
        let kept = |fork| fork == Fork::Karst && config.keep_karst_upgrade_gas;
        let raised = activated_at(config, header.timestamp).filter(|entry| !kept(entry.fork));
        let upgrade_gas = raised.map(|entry| entry.upgrade.gas).fold(0, u64::saturating_add);
        let mut system = SystemConfig {
            batcher: info.batcher,
            overhead: info.overhead,
            scalar: info.scalar(),
            gas_limit: header.gas_limit.saturating_sub(upgrade_gas),
            operator_fee_scalar: info.operator_fee_scalar,
            operator_fee_constant: info.operator_fee_constant,
            da_footprint_gas_scalar: info.da_footprint_gas_scalar,
            ..SystemConfig::default()
        };
        let form = config.rules_at(header.timestamp).extra_data;
        if form != ExtraData::Empty {
            let jovian = form == ExtraData::MinBaseFee;
            let extra = header.extra_data.as_ref();
            let malformed = BlockError::ExtraData(header.number);
            let (version, rest) = extra.split_first().ok_or(malformed.clone())?;
            if (*version, rest.len()) != if jovian { (1, 16) } else { (0, 8) } {
                return Err(malformed);
            }
            let word = |at: usize| u32::from_be_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
            system.eip1559_denominator = word(0);
            system.eip1559_elasticity = word(4);
            if jovian {
                system.min_base_fee = (u64::from(word(8)) << 32) | u64::from(word(12));
            }
        }
        Ok(system)
    }

    fn is_genesis(&self, config: &RollupConfig) -> Result<bool, BlockError> {
        let (number, hash) = (self.header.number, self.header.seal());
        if number != config.genesis.l2.number {
            return Ok(false);
        }
        if hash == config.genesis.l2.hash { Ok(true) } else { Err(BlockError::Genesis { number, hash }) }
    }

    fn l1_info(&self) -> Result<L1Info, BlockError> {
        let number = self.header.number;
        let first = self.transactions.first().ok_or(BlockError::NoL1Attributes(number))?;
        L1Info::from_transaction(first).map_err(|error| BlockError::L1Attributes { number, error })
    }
}
