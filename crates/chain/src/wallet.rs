//! A key that signs L1 transactions.

use crate::client::{ClientError, SignedTransaction};
use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEip4844};
use alloy_primitives::{Address, B256, Signature, keccak256};
use k256::ecdsa::SigningKey;

/// An account with its secp256k1 key.
#[derive(Clone)]
pub struct Wallet {
    key: SigningKey,
    address: Address,
}

impl core::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The key must not reach a log.
        f.debug_struct("Wallet").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Wallet {
    /// From a secret scalar; fails when it is 0 or not below the curve's order.
    pub fn from_secret(secret: B256) -> Result<Self, ClientError> {
        let key = SigningKey::from_slice(secret.as_slice()).map_err(|e| ClientError::Signing(e.to_string()))?;
        let address = Address::from_private_key(&key);
        Ok(Self { key, address })
    }

    /// A deterministic account for test chains: the key is keccak256 of the label.
    pub fn from_label(label: &str) -> Self {
        let mut secret = keccak256(label.as_bytes());
        loop {
            match Self::from_secret(secret) {
                Ok(wallet) => return wallet,
                // Practically unreachable: 2^-128 of the hashes are no scalar.
                Err(_) => secret = keccak256(secret),
            }
        }
    }

    /// Address of the account.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Signs a 32-byte hash.
    pub fn sign_hash(&self, hash: B256) -> Result<Signature, ClientError> {
        let (signature, parity) =
            self.key.sign_prehash_recoverable(hash.as_slice()).map_err(|e| ClientError::Signing(e.to_string()))?;
        Ok(Signature::from((signature, parity)))
    }

    /// Signs an EIP-1559 transaction.
    pub fn sign_1559(&self, transaction: TxEip1559) -> Result<SignedTransaction, ClientError> {
        let signature = self.sign_hash(transaction.signature_hash())?;
        Ok(SignedTransaction::Eip1559(transaction.into_signed(signature)))
    }

    /// Signs a blob transaction (without sidecar).
    pub fn sign_4844(&self, transaction: TxEip4844) -> Result<SignedTransaction, ClientError> {
        let signature = self.sign_hash(transaction.signature_hash())?;
        Ok(SignedTransaction::Eip4844(transaction.into_signed(signature)))
    }

    /// Signs a transaction of any type.
    pub fn sign<T: SignableTransaction<Signature>>(&self, transaction: T) -> Result<Signed<T>, ClientError> {
        let signature = self.sign_hash(transaction.signature_hash())?;
        Ok(transaction.into_signed(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::transaction::SignerRecoverable;
    use alloy_primitives::{address, b256};

    #[test]
    fn known_key_gives_known_address() {
        // The first account of the mnemonic "test test … junk", published with every development node.
        let wallet =
            Wallet::from_secret(b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")).unwrap();
        assert_eq!(wallet.address(), address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
    }

    #[test]
    fn signed_transactions_recover_to_the_signer() {
        let wallet = Wallet::from_label("signer");
        let signed = wallet.sign_1559(TxEip1559 { chain_id: 1, nonce: 7, ..Default::default() }).unwrap();
        assert_eq!(signed.recover_signer().unwrap(), wallet.address());
        assert!(Wallet::from_secret(B256::ZERO).is_err());
    }
}
