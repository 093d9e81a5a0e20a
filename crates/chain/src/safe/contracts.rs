//! The contracts of Safe 1.4.1: where they stand on a chain, where a Safe made by them will stand, calls bundled into one transaction.
//!
//! A chain that has the well-known deployment is used as it is; elsewhere the same code is put behind the deterministic deployer.

use crate::abi::safe::{MultiSend, Safe};
use crate::artifacts::{ArtifactError, Vendored};
use crate::client::{ClientError, L1Client};
use crate::deploy::create2;
use crate::sender::Call;
use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use alloy_sol_types::{SolCall, SolValue};

/// Deterministic deployer of the Safe project.
const SAFE_DEPLOYER: Address = address!("914d7Fec6aaC8cd542e72Bca78B30650d45643d7");
/// The well-known `MultiSend` 1.4.1.
pub const MULTI_SEND: Address = address!("38869bf66a61cF6bDB996A6aE40D5853Fd43B526");

/// Addresses of the contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SafeContracts {
    /// Code of all Safes.
    pub singleton: Address,
    /// Maker of Safes.
    pub proxy_factory: Address,
    /// Runs several calls as one.
    pub multi_send: Address,
    /// Token callbacks and signature checks.
    pub fallback_handler: Address,
}

impl SafeContracts {
    fn from(deployer: Address) -> Result<Self, ArtifactError> {
        let at = |which: Vendored| Ok::<_, ArtifactError>(create2(deployer, B256::ZERO, &which.creation_code()?));
        Ok(Self {
            singleton: at(Vendored::Safe)?,
            proxy_factory: at(Vendored::SafeProxyFactory)?,
            multi_send: at(Vendored::MultiSend)?,
            fallback_handler: at(Vendored::CompatibilityFallbackHandler)?,
        })
    }

    /// The well-known deployment, the same on all chains that have it.
    pub fn well_known() -> Result<Self, ArtifactError> {
        Self::from(SAFE_DEPLOYER)
    }

    /// Where this project puts them on other chains.
    pub fn own() -> Result<Self, ArtifactError> {
        Self::from(crate::deploy::CREATE2_DEPLOYER)
    }

    /// The well-known deployment if the chain has all of it, else the own one. The code at an address made by CREATE2 is the published one.
    pub fn find(client: &dyn L1Client) -> Result<Self, FindError> {
        let known = Self::well_known()?;
        for address in [known.singleton, known.proxy_factory, known.multi_send, known.fallback_handler] {
            if client.code(address)?.is_empty() {
                return Ok(Self::own()?);
            }
        }
        Ok(known)
    }
}

/// Why the contracts cannot be looked up.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// An artifact does not hold code.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// L1 does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Calldata that sets a new Safe up.
pub fn setup(contracts: &SafeContracts, owners: Vec<Address>, threshold: u64) -> Bytes {
    Safe::setupCall {
        owners,
        threshold: U256::from(threshold),
        to: Address::ZERO,
        data: Bytes::new(),
        fallbackHandler: contracts.fallback_handler,
        paymentToken: Address::ZERO,
        payment: U256::ZERO,
        paymentReceiver: Address::ZERO,
    }
    .abi_encode()
    .into()
}

/// Address of the Safe that the factory makes from an initializer and a nonce.
pub fn safe_address(contracts: &SafeContracts, initializer: &[u8], nonce: U256) -> Result<Address, ArtifactError> {
    let salt = keccak256((keccak256(initializer), nonce).abi_encode());
    let mut init = Vendored::SafeProxy.creation_code()?.to_vec();
    init.extend_from_slice(&contracts.singleton.abi_encode());
    Ok(create2(contracts.proxy_factory, salt, &init))
}

/// Data of a `MultiSend` that makes the calls one after the other; run by delegated call, all of them or none take effect.
pub fn multi_send(calls: &[Call]) -> Bytes {
    let mut transactions = Vec::new();
    for call in calls {
        transactions.push(0);
        transactions.extend_from_slice(call.to.unwrap_or_default().as_slice());
        transactions.extend_from_slice(&call.value.to_be_bytes::<32>());
        transactions.extend_from_slice(&U256::from(call.data.len()).to_be_bytes::<32>());
        transactions.extend_from_slice(&call.data);
    }
    MultiSend::multiSendCall { transactions: transactions.into() }.abi_encode().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses of the 1.4.1 deployment as Safe publishes them: only the same bytes give them.
    #[test]
    fn the_artifacts_are_the_deployed_ones() {
        let known = SafeContracts::well_known().unwrap();
        assert_eq!(known.singleton, address!("41675C099F32341bf84BFc5382aF534df5C7461a"));
        assert_eq!(known.proxy_factory, address!("4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67"));
        assert_eq!(known.multi_send, MULTI_SEND);
        assert_eq!(known.fallback_handler, address!("fd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99"));
        assert_ne!(SafeContracts::own().unwrap(), known);
    }
}
