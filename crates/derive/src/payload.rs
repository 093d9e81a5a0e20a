//! Payload attributes: everything that determines an L2 block on top of its parent (specification: derivation.md,
//! "Deriving Payload Attributes"; exec-engine.md, extended payload attributes).

use crate::{L1BlockRef, L2BlockInfo};
use alloc::vec::Vec;
use alloy_primitives::{Address, B64, B256, Bytes};

/// The first byte of a deposit transaction.
pub(crate) const DEPOSIT_TX_TYPE: u8 = 0x7e;

/// What determines an L2 block on top of its parent. The transaction pool is never used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadAttributes {
    /// Timestamp of the block in seconds.
    pub timestamp: u64,
    /// `prevRandao` of the L1 origin.
    pub prev_randao: B256,
    /// The sequencer fee vault.
    pub suggested_fee_recipient: Address,
    /// Beacon block root of the L1 origin, from Ecotone on; zero where L1 has none.
    pub parent_beacon_block_root: Option<B256>,
    /// Whether the block has an (empty) list of withdrawals, from Canyon on.
    pub withdrawals: bool,
    /// All transactions in EIP-2718 encoding: L1 attributes, user deposits, upgrade transactions, batch transactions.
    /// Batch transactions are as they were posted and may be undecodable: then the payload is invalid.
    pub transactions: Vec<Bytes>,
    /// Gas limit of the block.
    pub gas_limit: u64,
    /// EIP-1559 denominator and elasticity (two u32, big-endian) from Holocene on; zero means the chain's constants.
    pub eip1559_params: Option<B64>,
    /// Minimum base fee in wei, from Jovian on.
    pub min_base_fee: Option<u64>,
}

impl PayloadAttributes {
    /// Whether every transaction is a deposit.
    pub fn is_deposits_only(&self) -> bool {
        self.transactions.iter().all(|tx| tx.first() == Some(&DEPOSIT_TX_TYPE))
    }

    /// The same attributes with the deposits alone.
    pub fn deposits_only(&self) -> Self {
        let deposits = |tx: &&Bytes| tx.first() == Some(&DEPOSIT_TX_TYPE);
        Self { transactions: self.transactions.iter().filter(deposits).cloned().collect(), ..self.clone() }
    }
}

/// Payload attributes with the block that they extend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributesWithParent {
    /// The attributes.
    pub attributes: PayloadAttributes,
    /// The safe head that the new block extends.
    pub parent: L2BlockInfo,
    /// The L1 origin of the new block.
    pub l1_origin: L1BlockRef,
    /// Position of the new block among the blocks with this L1 origin.
    pub sequence_number: u64,
    /// The L1 block up to which data was read when these attributes followed.
    pub derived_from: L1BlockRef,
}
