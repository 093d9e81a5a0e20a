//! Names for revert data: custom errors of the contracts, `Error(string)` and `Panic(uint256)`.

use crate::abi::safe::{DeputyGuardianModule, DeputyPauseModule, SaferSafes};
use crate::abi::{
    AnchorStateRegistryErrors, FaultDisputeGameErrors, Mips64Errors, OptimismPortal2Errors, PreimageOracleErrors,
};
use alloy_primitives::{Bytes, hex};
use alloy_sol_types::{Revert, SolError, SolInterface};

/// The error's name, or the data in hex where no known error matches.
pub fn describe(data: &Bytes) -> String {
    if data.is_empty() {
        return "without data".into();
    }
    if let Ok(revert) = Revert::abi_decode(data) {
        return format!("\"{}\"", revert.reason);
    }
    let name = FaultDisputeGameErrors::abi_decode(data)
        .map(|e| format!("{e:?}"))
        .or_else(|_| PreimageOracleErrors::abi_decode(data).map(|e| format!("{e:?}")))
        .or_else(|_| Mips64Errors::abi_decode(data).map(|e| format!("{e:?}")))
        .or_else(|_| AnchorStateRegistryErrors::abi_decode(data).map(|e| format!("{e:?}")))
        .or_else(|_| OptimismPortal2Errors::abi_decode(data).map(|e| format!("{e:?}")))
        .or_else(|_| SaferSafes::SaferSafesErrors::abi_decode(data).map(|e| format!("{e:?}")))
        .or_else(|_| DeputyPauseModule::DeputyPauseModuleErrors::abi_decode(data).map(|e| format!("{e:?}")))
        .or_else(|_| DeputyGuardianModule::DeputyGuardianModuleErrors::abi_decode(data).map(|e| format!("{e:?}")));
    match name {
        // The derived names repeat the error's: `ValidStep(ValidStep)`.
        Ok(name) => name.split_once('(').map_or(name.clone(), |(short, _)| short.into()),
        Err(_) => format!("0x{}", hex::encode(data)),
    }
}

/// Whether the data is the custom error `E`.
pub fn is<E: SolError>(data: &Bytes) -> bool {
    data.len() >= 4 && data[..4] == E::SELECTOR
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::bytes;

    #[test]
    fn names_of_published_selectors() {
        assert_eq!(describe(&bytes!("fb4e40dd")), "ValidStep");
        assert_eq!(describe(&bytes!("f2440b53")), "ClockNotExpired");
        assert_eq!(describe(&bytes!("fe254987")), "PartOffsetOOB");
        assert_eq!(describe(&bytes!("8e77b2b7")), "InvalidMemoryProof");
        assert_eq!(describe(&bytes!("12345678")), "0x12345678");
        assert_eq!(describe(&Bytes::new()), "without data");
    }
}
