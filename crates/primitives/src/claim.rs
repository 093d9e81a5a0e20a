//! What a party asserts in a dispute game, and the hashes by which contracts know claims, proposals and games.

use core::fmt;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256, keccak256};
use thiserror::Error;

use crate::{GameType, Position, Timestamp, UnknownStatus, VmStatus};

/// The 32 bytes that a claim asserts: an output root at or above the split depth, below it the hash of a VM state whose
/// first byte is the VM's status.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim(pub B256);

impl Claim {
    /// The status byte of a claim about a VM state; meaningless for an output root.
    pub fn vm_status(&self) -> Result<VmStatus, UnknownStatus> {
        VmStatus::try_from(self.0[0])
    }

    /// The claim with its first byte cleared, by which a pre-state is compared with the hash of its bytes.
    pub fn without_status(&self) -> B256 {
        let mut hash = self.0;
        hash[0] = 0;
        hash
    }

    /// The contract's guard against a second equal move: keccak256 of the claim and of position and index of the
    /// challenged claim, 16 bytes each.
    pub fn claim_hash(&self, position: Position, challenged_index: u128) -> B256 {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(self.0.as_slice());
        bytes[32..48].copy_from_slice(&position.gindex().to_be_bytes());
        bytes[48..].copy_from_slice(&challenged_index.to_be_bytes());
        keccak256(bytes)
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({})", self.0)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<B256> for Claim {
    fn from(hash: B256) -> Self {
        Self(hash)
    }
}

impl From<Claim> for B256 {
    fn from(claim: Claim) -> Self {
        claim.0
    }
}

/// A root and the L2 block number, or timestamp of a super root, that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The output root or super root.
    pub root: B256,
    /// The block number or timestamp. The contracts keep 256 bits of it.
    pub l2_sequence_number: U256,
}

/// The factory's key of a game: `keccak256(abi.encode(uint32 gameType, bytes32 rootClaim, bytes extraData))`.
pub fn game_uuid(game_type: GameType, root_claim: Claim, extra_data: &[u8]) -> B256 {
    let word = |value: usize| U256::from(value).to_be_bytes::<32>();
    let mut bytes = Vec::with_capacity(128 + extra_data.len().next_multiple_of(32));
    bytes.extend_from_slice(&U256::from(game_type.0).to_be_bytes::<32>());
    bytes.extend_from_slice(root_claim.0.as_slice());
    bytes.extend_from_slice(&word(96));
    bytes.extend_from_slice(&word(extra_data.len()));
    bytes.extend_from_slice(extra_data);
    bytes.resize(128 + extra_data.len().next_multiple_of(32), 0);
    keccak256(bytes)
}

/// What the factory's list says of a game, packed into 32 bytes: type, time of creation and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GameId {
    /// The game's type.
    pub game_type: GameType,
    /// When the game was created.
    pub timestamp: Timestamp,
    /// The game's contract.
    pub address: Address,
}

impl GameId {
    /// The packed form: 4 bytes type, 8 bytes timestamp, 20 bytes address.
    pub fn pack(&self) -> B256 {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&self.game_type.0.to_be_bytes());
        bytes[4..12].copy_from_slice(&self.timestamp.0.to_be_bytes());
        bytes[12..].copy_from_slice(self.address.as_slice());
        B256::new(bytes)
    }

    /// The parts of a packed form; every 32 bytes are one.
    pub fn unpack(packed: B256) -> Self {
        let bytes = packed.0;
        let [t0, t1, t2, t3, s0, s1, s2, s3, s4, s5, s6, s7, ..] = bytes;
        Self {
            game_type: GameType(u32::from_be_bytes([t0, t1, t2, t3])),
            timestamp: Timestamp(u64::from_be_bytes([s0, s1, s2, s3, s4, s5, s6, s7])),
            address: Address::from_slice(&bytes[12..]),
        }
    }
}

/// Extra data of a game that is not the one word it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("extra data of a game has 32 bytes, not {0}")]
pub struct BadExtraData(
    /// The length that was given.
    pub usize,
);

/// The L2 sequence number in the extra data of a game over output roots.
pub fn l2_sequence_number(extra_data: &[u8]) -> Result<U256, BadExtraData> {
    let word: [u8; 32] = extra_data.try_into().map_err(|_| BadExtraData(extra_data.len()))?;
    Ok(U256::from_be_bytes(word))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, b256, hex};

    use super::*;

    #[test]
    fn status_is_the_first_byte() {
        let claim = Claim(b256!("0x0300000000000000000000000000000000000000000000000000000000000001"));
        assert_eq!(claim.vm_status(), Ok(VmStatus::Unfinished));
        assert!(Claim(B256::repeat_byte(0xff)).vm_status().is_err());
        assert_eq!(claim.without_status(), B256::with_last_byte(1));
    }

    /// 64 bytes written out by hand: the claim, then position and index as the two halves of one word.
    #[test]
    fn claim_hash_is_over_64_bytes() {
        let position = Position::from_gindex(6).unwrap();
        let mut bytes = [0u8; 64];
        bytes[..32].fill(0xab);
        bytes[47] = 6;
        bytes[63] = 3;
        let claim = Claim(B256::repeat_byte(0xab));
        assert_eq!(claim.claim_hash(position, 3), keccak256(bytes));
        assert_ne!(claim.claim_hash(position, 4), keccak256(bytes));
    }

    #[test]
    fn uuid_is_over_the_padded_encoding() {
        let encoded = hex!(
            "0000000000000000000000000000000000000000000000000000000000000008"
            "abababababababababababababababababababababababababababababababab"
            "0000000000000000000000000000000000000000000000000000000000000060"
            "0000000000000000000000000000000000000000000000000000000000000003"
            "0102030000000000000000000000000000000000000000000000000000000000"
        );
        let claim = Claim(B256::repeat_byte(0xab));
        assert_eq!(game_uuid(GameType::CANNON_KONA, claim, &[1, 2, 3]), keccak256(encoded));
        assert_eq!(
            game_uuid(GameType::CANNON_KONA, claim, &[]),
            keccak256({
                let mut empty = encoded[..128].to_vec();
                empty[127] = 0;
                empty
            })
        );
    }

    #[test]
    fn game_id_has_4_8_and_20_bytes() {
        let id = GameId {
            game_type: GameType(0x0102_0304),
            timestamp: Timestamp(0x0506_0708_090a_0b0c),
            address: address!("0x0d0e0f101112131415161718191a1b1c1d1e1f20"),
        };
        assert_eq!(id.pack(), b256!("0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"));
        assert_eq!(GameId::unpack(id.pack()), id);
    }

    #[test]
    fn extra_data_is_one_word() {
        assert_eq!(l2_sequence_number(&[0xff; 32]), Ok(U256::MAX));
        assert_eq!(l2_sequence_number(&[0; 31]), Err(BadExtraData(31)));
        assert_eq!(l2_sequence_number(&[0; 33]), Err(BadExtraData(33)));
    }
}
