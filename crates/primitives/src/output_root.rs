//! The output root of one L2 block: the 32 bytes about which output root games dispute.
//!
//! Source: specification `protocol/proposals.md`, "L2 output commitment construction". Only version 0 exists.

use alloy_primitives::{B256, keccak256};

/// What an output root of version 0 commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutputRoot {
    /// State root of the block.
    pub state_root: B256,
    /// Storage root of the L2ToL1MessagePasser (`0x4200…0016`) after the block; withdrawals are proven against it.
    pub message_passer_storage_root: B256,
    /// Hash of the block.
    pub block_hash: B256,
}

/// Why bytes are no preimage of an output root that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputRootError {
    /// Not 128 bytes.
    #[error("output root preimage of {0} bytes instead of 128")]
    Length(usize),
    /// The version word is not zero.
    #[error("output root of unknown version {0}")]
    Version(B256),
}

impl OutputRoot {
    /// Length in bytes of the preimage.
    pub const ENCODED_LEN: usize = 128;

    /// The preimage: version (32 zero bytes), state root, message passer storage root, block hash.
    pub fn encode(&self) -> [u8; Self::ENCODED_LEN] {
        let mut out = [0; Self::ENCODED_LEN];
        out[32..64].copy_from_slice(self.state_root.as_slice());
        out[64..96].copy_from_slice(self.message_passer_storage_root.as_slice());
        out[96..].copy_from_slice(self.block_hash.as_slice());
        out
    }

    /// Reads a preimage.
    ///
    /// # Errors
    /// [`OutputRootError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, OutputRootError> {
        let fixed: &[u8; Self::ENCODED_LEN] = bytes.try_into().map_err(|_| OutputRootError::Length(bytes.len()))?;
        let word = |i: usize| B256::from_slice(&fixed[32 * i..32 * (i + 1)]);
        if !word(0).is_zero() {
            return Err(OutputRootError::Version(word(0)));
        }
        Ok(Self { state_root: word(1), message_passer_storage_root: word(2), block_hash: word(3) })
    }

    /// The output root itself.
    pub fn hash(&self) -> B256 {
        keccak256(self.encode())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;

    /// The agreed block of a real claim on OP Sepolia (block 16491248), output root as proposed there.
    const REAL: OutputRoot = OutputRoot {
        state_root: b256!("88a3bea05d49ee3fc9a3fc0650f5166464768841a14bffff685e394e3458ffbe"),
        message_passer_storage_root: b256!("a24863cd20f2bdef1cd1e464594a7b82794da85abdcfb80da3bba930712f057e"),
        block_hash: b256!("09b298a83baf4c2e3c6a2e355bb09e27e3fdca435080e8754f8749233d7333b2"),
    };
    const REAL_ROOT: B256 = b256!("a548f22e1aa590de7ed271e3eab5b66c6c3db9b8cb0e3f91618516ea9ececde4");

    #[test]
    fn the_root_of_a_real_block_is_found() {
        assert_eq!(REAL.hash(), REAL_ROOT);
        assert_ne!(OutputRoot { block_hash: REAL.state_root, ..REAL }.hash(), REAL_ROOT);
        assert_eq!(OutputRoot::decode(&REAL.encode()), Ok(REAL));
    }

    #[test]
    fn other_lengths_and_versions_are_refused() {
        let bytes = REAL.encode();
        assert_eq!(OutputRoot::decode(&bytes[..127]), Err(OutputRootError::Length(127)));
        assert_eq!(OutputRoot::decode(&[]), Err(OutputRootError::Length(0)));
        let mut other = bytes;
        other[31] = 1;
        assert!(matches!(OutputRoot::decode(&other), Err(OutputRootError::Version(_))));
    }
}
