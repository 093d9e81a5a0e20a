//! Loading a part of a global preimage into the oracle contract before a step that reads it.

use alloy_primitives::{Address, B256, U256};
use chain::Call;
use chain::abi::PreimageOracle;
use game::solver::PreimagePart;
use host::{Evidence, OfflineHost};
use preimage::PreimageKey;
use thiserror::Error;

/// Why a part cannot be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// The key is of no known type.
    #[error("key {0} is of no known type")]
    UnknownKey(B256),
    /// The store has nothing to load it with.
    #[error("nothing to load preimage {0} with")]
    Missing(B256),
    /// Local inputs go through the game (`addLocalData`).
    #[error("local input {0} does not come from a store")]
    Local(u64),
    /// The key is of the older form, without the required gas: no contract knows it.
    #[error("precompile key {0} is of the older form without required gas")]
    WithoutGas(B256),
}

/// The call of the oracle contract that loads the part.
pub fn load_call(host: &OfflineHost, oracle: Address, part: &PreimagePart) -> Result<Call, LoadError> {
    let key = PreimageKey::from_bytes(part.key.0).map_err(|_| LoadError::UnknownKey(part.key))?;
    let offset = U256::from(part.offset);
    Ok(match host.evidence(&key).map_err(|missing| LoadError::Missing(missing.as_word()))? {
        Evidence::Local { index, .. } => return Err(LoadError::Local(index)),
        Evidence::Keccak256(preimage) => {
            Call::new(oracle, &PreimageOracle::loadKeccak256PreimagePartCall { partOffset: offset, preimage })
        }
        Evidence::Sha256(preimage) => {
            Call::new(oracle, &PreimageOracle::loadSha256PreimagePartCall { partOffset: offset, preimage })
        }
        Evidence::Blob(opening) => Call::new(
            oracle,
            &PreimageOracle::loadBlobPreimagePartCall {
                z: U256::from_be_bytes(opening.z),
                y: U256::from_be_bytes(opening.y),
                commitment: opening.commitment.to_vec().into(),
                proof: opening.proof.to_vec().into(),
                partOffset: offset,
            },
        ),
        Evidence::Precompile(call) => Call::new(
            oracle,
            &PreimageOracle::loadPrecompilePreimagePartCall {
                partOffset: offset,
                precompile: call.address,
                requiredGas: call.required_gas.ok_or(LoadError::WithoutGas(part.key))?,
                input: call.input.clone(),
            },
        ),
    })
}
