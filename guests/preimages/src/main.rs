//! A guest that reads one preimage of every kind, hashes what it read and compares the result with the claim: the smallest
//! program over which a whole dispute can be held, and with which each way to load a preimage on L1 can be tried.
//!
//! Its input is one keccak preimage, named by the agreed output root (local key 2): a list of keys,
//! 32 bytes each. The claim (local key 3) is valid when it is the keccak256 of all values,
//! one after the other. On other targets this is an empty program.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest {
    extern crate alloc;

    use alloc::vec::Vec;
    use alloy_primitives::{B256, keccak256};
    use kernel::FileDescriptorOracle;
    use preimage::{LocalInput, OracleError, PreimageKey, PreimageOracle as _};

    const INVALID: u8 = 1;
    const FAILED: u8 = 2;

    #[unsafe(no_mangle)]
    extern "C" fn guest_main() -> u8 {
        match judge(FileDescriptorOracle::new()) {
            Ok(true) => 0,
            Ok(false) => INVALID,
            Err(_) => FAILED,
        }
    }

    /// Whether the claim is the hash of what the list names.
    fn judge(mut oracle: FileDescriptorOracle) -> Result<bool, OracleError> {
        let mut list = B256::ZERO;
        let mut claim = B256::ZERO;
        oracle.get_exact(&LocalInput::AgreedOutputRoot.key(), list.as_mut_slice())?;
        oracle.get_exact(&LocalInput::ClaimedOutputRoot.key(), claim.as_mut_slice())?;
        let mut values = Vec::new();
        for entry in oracle.get(&PreimageKey::keccak256(list))?.as_chunks().0 {
            let Ok(key) = PreimageKey::from_bytes(*entry) else { return Ok(false) };
            values.extend_from_slice(&oracle.get(&key)?);
        }
        Ok(keccak256(&values) == claim)
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
