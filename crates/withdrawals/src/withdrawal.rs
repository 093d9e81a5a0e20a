//! A withdrawal as the message passer on L2 recorded it.

use alloy_primitives::{Address, B256, Bytes, Log, U256, address, keccak256};
use alloy_sol_types::{SolEvent, SolValue, sol};
use chain::abi::WithdrawalTransaction;
use serde::{Deserialize, Serialize};

/// `L2ToL1MessagePasser`.
pub const MESSAGE_PASSER: Address = address!("4200000000000000000000000000000000000016");

sol! {
    event MessagePassed(
        uint256 indexed nonce, address indexed sender, address indexed target, uint256 value, uint256 gasLimit, bytes data, bytes32 withdrawalHash
    );
}

/// A message from L2 to L1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Version in the upper 2 bytes, counter below.
    pub nonce: U256,
    /// Who sent it on L2.
    pub sender: Address,
    /// Who is called on L1.
    pub target: Address,
    /// Wei.
    pub value: U256,
    /// Gas with which the target is called at least.
    pub gas_limit: U256,
    /// Calldata.
    pub data: Bytes,
}

impl Withdrawal {
    /// The message of an event of the message passer; `None` for other events, and where the event's own hash is not that of its message.
    pub fn from_log(log: &Log) -> Option<Self> {
        if log.address != MESSAGE_PASSER {
            return None;
        }
        let event = MessagePassed::decode_log(log).ok()?.data;
        let hash = event.withdrawalHash;
        let withdrawal = Self {
            nonce: event.nonce,
            sender: event.sender,
            target: event.target,
            value: event.value,
            gas_limit: event.gasLimit,
            data: event.data,
        };
        (withdrawal.hash() == hash).then_some(withdrawal)
    }

    /// keccak256 of the ABI encoding: the withdrawal's name on both layers.
    pub fn hash(&self) -> B256 {
        let fields = (self.nonce, self.sender, self.target, self.value, self.gas_limit, self.data.clone());
        keccak256(fields.abi_encode_params())
    }

    /// Slot of the message passer that is true once the message was sent: `sentMessages[hash]`, a mapping at slot 0.
    pub fn slot(&self) -> B256 {
        keccak256((self.hash(), U256::ZERO).abi_encode())
    }

    /// As the portal takes it.
    pub fn to_abi(&self) -> WithdrawalTransaction {
        WithdrawalTransaction {
            nonce: self.nonce,
            sender: self.sender,
            target: self.target,
            value: self.value,
            gasLimit: self.gas_limit,
            data: self.data.clone(),
        }
    }
}
