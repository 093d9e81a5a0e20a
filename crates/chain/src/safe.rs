//! Transactions of a Safe 1.4.1: their hashes, their signatures, what is sent to execute them, and their form for signing elsewhere.
//!
//! A Safe whose owners are Safes again signs by approval: each owner runs a transaction that approves the hash, and so on down to keys
//! ([`Prepared`]). Who signs, and where the keys are, is not decided here.

mod contracts;
mod prepare;

pub use contracts::{FindError, MULTI_SEND, SafeContracts, multi_send, safe_address, setup};
pub use prepare::{PrepareError, Prepared, prepare};

use crate::abi::safe::Safe;
use crate::client::{ClientError, L1Client, view};
use crate::sender::Call;
use crate::wallet::Wallet;
use alloy_primitives::{Address, B256, Bytes, U256, b256, keccak256};
use alloy_sol_types::{SolCall, SolValue};

/// keccak256 of `SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address
/// gasToken,address refundReceiver,uint256 nonce)`.
const SAFE_TX_TYPE: B256 = b256!("bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8");
/// keccak256 of `EIP712Domain(uint256 chainId,address verifyingContract)`.
const DOMAIN_TYPE: B256 = b256!("47e79534a245952e8b16893a336b85a3d9ea9fa8c573f3d803afb92a79469218");
/// First entry of the Safe's lists of owners and modules.
pub const SENTINEL: Address = Address::with_last_byte(1);
/// Slot of the guard: keccak256 of `guard_manager.guard.address`.
pub const GUARD_SLOT: B256 = b256!("4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8");
/// Slot of the fallback handler: keccak256 of `fallback_manager.handler.address`.
pub const FALLBACK_HANDLER_SLOT: B256 = b256!("6c9a6c4a39284e37ed1cf53d337577d14212a4870fb976a4366c693b939918d5");

/// How the Safe runs the transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// A call.
    #[default]
    Call,
    /// Code of another contract as the Safe.
    DelegateCall,
}

/// As a number, which is what the tools around the Safe take.
impl serde::Serialize for Operation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

/// A transaction of a Safe without refunds: all gas parameters are zero, as the contracts and interfaces of today make them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeTransaction {
    /// The Safe.
    pub safe: Address,
    /// Callee.
    pub to: Address,
    /// Wei sent along.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
    /// Call or delegated call.
    pub operation: Operation,
    /// The Safe's nonce.
    pub nonce: U256,
}

impl SafeTransaction {
    /// A call of a contract's function.
    pub fn call<C: SolCall>(safe: Address, nonce: U256, to: Address, call: &C) -> Self {
        Self { safe, to, value: U256::ZERO, data: call.abi_encode().into(), operation: Operation::Call, nonce }
    }

    /// Hash that owners sign (EIP-712), of the chain and the Safe that it is for.
    pub fn hash(&self, chain_id: u64) -> B256 {
        let domain = keccak256((DOMAIN_TYPE, U256::from(chain_id), self.safe).abi_encode());
        let zero = U256::ZERO;
        let words = (
            (SAFE_TX_TYPE, self.to, self.value, keccak256(&self.data), U256::from(self.operation as u8)),
            (zero, zero, zero, Address::ZERO, Address::ZERO, self.nonce),
        );
        let fields = keccak256(words.abi_encode());
        keccak256([&[0x19, 0x01], domain.as_slice(), fields.as_slice()].concat())
    }

    /// The transaction that executes it with the given signatures; anyone may send it where no guard says otherwise.
    pub fn execute(&self, signatures: Bytes) -> Call {
        let call = Safe::execTransactionCall {
            to: self.to,
            value: self.value,
            data: self.data.clone(),
            operation: self.operation as u8,
            safeTxGas: U256::ZERO,
            baseGas: U256::ZERO,
            gasPrice: U256::ZERO,
            gasToken: Address::ZERO,
            refundReceiver: Address::ZERO,
            signatures,
        };
        Call::new(self.safe, &call)
    }

    /// The hash as the Safe itself computes it.
    pub fn hash_on_chain(&self, client: &dyn L1Client) -> Result<B256, ClientError> {
        let call = Safe::getTransactionHashCall {
            to: self.to,
            value: self.value,
            data: self.data.clone(),
            operation: self.operation as u8,
            safeTxGas: U256::ZERO,
            baseGas: U256::ZERO,
            gasPrice: U256::ZERO,
            gasToken: Address::ZERO,
            refundReceiver: Address::ZERO,
            nonce: self.nonce,
        };
        view(client, self.safe, &call)
    }

    /// The same as the arguments of the timelock guard's `scheduleTransaction`.
    pub fn schedule_params(&self) -> crate::abi::safe::ExecTransactionParams {
        crate::abi::safe::ExecTransactionParams {
            to: self.to,
            value: self.value,
            data: self.data.clone(),
            operation: self.operation as u8,
            safeTxGas: U256::ZERO,
            baseGas: U256::ZERO,
            gasPrice: U256::ZERO,
            gasToken: Address::ZERO,
            refundReceiver: Address::ZERO,
        }
    }
}

/// Signatures in the order that a Safe demands: ascending by owner.
#[derive(Clone, Debug, Default)]
pub struct Signatures(std::collections::BTreeMap<Address, [u8; 65]>);

impl Signatures {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The signature of a key over the hash.
    pub fn sign(mut self, wallet: &Wallet, hash: B256) -> Result<Self, ClientError> {
        self.0.insert(wallet.address(), wallet.sign_hash(hash)?.as_bytes());
        Ok(self)
    }

    /// The owner has approved the hash on chain, or is who sends the transaction.
    pub fn approved(mut self, owner: Address) -> Self {
        let mut signature = [0; 65];
        signature[12..32].copy_from_slice(owner.as_slice());
        signature[64] = 1;
        self.0.insert(owner, signature);
        self
    }

    /// All of them, one after the other.
    pub fn bytes(&self) -> Bytes {
        self.0.values().flatten().copied().collect::<Vec<u8>>().into()
    }
}

/// The modules that a Safe has enabled, at most 64.
pub fn modules(client: &dyn L1Client, safe: Address) -> Result<Vec<Address>, ClientError> {
    let page = Safe::getModulesPaginatedCall { start: SENTINEL, pageSize: U256::from(64) };
    Ok(view(client, safe, &page)?.array)
}

/// An address in a slot of the Safe's storage.
pub fn stored_address(client: &dyn L1Client, safe: Address, slot: B256) -> Result<Address, ClientError> {
    let word = view(client, safe, &Safe::getStorageAtCall { offset: slot.into(), length: U256::from(1) })?;
    Ok(word.get(12..32).map(Address::from_slice).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_the_hashes_of_their_texts() {
        let fields = "address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce";
        assert_eq!(keccak256(format!("SafeTx({fields})")), SAFE_TX_TYPE);
        assert_eq!(keccak256("EIP712Domain(uint256 chainId,address verifyingContract)"), DOMAIN_TYPE);
        assert_eq!(keccak256("guard_manager.guard.address"), GUARD_SLOT);
        assert_eq!(keccak256("fallback_manager.handler.address"), FALLBACK_HANDLER_SLOT);
    }

    #[test]
    fn signatures_stand_in_the_order_of_owners() {
        let (low, high) = (Address::with_last_byte(1), Address::with_last_byte(2));
        let bytes = Signatures::new().approved(high).approved(low).bytes();
        assert_eq!(bytes.len(), 130);
        assert_eq!(&bytes[12..32], low.as_slice());
        assert_eq!(&bytes[77..97], high.as_slice());
        assert_eq!((bytes[64], bytes[129]), (1, 1));
    }

    #[test]
    fn every_field_is_in_the_hash() {
        let base = SafeTransaction {
            safe: Address::with_last_byte(1),
            to: Address::with_last_byte(2),
            value: U256::from(3),
            data: Bytes::from_static(b"data"),
            operation: Operation::Call,
            nonce: U256::from(4),
        };
        let hash = base.hash(1);
        let others = [
            SafeTransaction { safe: Address::with_last_byte(9), ..base.clone() },
            SafeTransaction { to: Address::with_last_byte(9), ..base.clone() },
            SafeTransaction { value: U256::from(9), ..base.clone() },
            SafeTransaction { data: Bytes::from_static(b"date"), ..base.clone() },
            SafeTransaction { operation: Operation::DelegateCall, ..base.clone() },
            SafeTransaction { nonce: U256::from(9), ..base.clone() },
        ];
        assert!(others.iter().all(|other| other.hash(1) != hash));
        assert_ne!(base.hash(2), hash);
    }
}
