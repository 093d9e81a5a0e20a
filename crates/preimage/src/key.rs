//! The 32-byte typed keys of preimages and the check of a value against its key.
//!
//! A key says by its first byte how its value can be trusted. Types 2 and 4 prove their value by themselves; a blob element
//! needs a commitment and an opening, a precompile result needs the call's input, a local input needs the dispute. Those
//! proofs are made by the host and, in a game, by the contract.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256, keccak256};
use core::fmt;
use sha2::{Digest, Sha256};

use crate::blob;

/// Length in bytes of the largest preimage that can be proven on L1: 65,535 leaves of 136 bytes of a large preimage
/// proposal (`PreimageOracle.MAX_LEAF_COUNT`). A longer value could never be used in a game, so a client refuses it, which
/// also bounds what a hostile host can make it allocate.
pub const MAX_PREIMAGE_LEN: usize = 65_535 * 136;

/// The kinds of keys, by the first byte of a key. Byte 0 is illegal, 7 to 128 are reserved, 129 to 255 are free for
/// applications; none of them is served here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum KeyType {
    /// An input of this dispute alone, by its index.
    Local = 1,
    /// The preimage of a keccak256 hash.
    Keccak256 = 2,
    /// Reserved for values that another contract vouches for.
    GlobalGeneric = 3,
    /// The preimage of a SHA2-256 hash.
    Sha256 = 4,
    /// The value of a blob's polynomial at one point.
    Blob = 5,
    /// The result of an L1 precompile.
    Precompile = 6,
}

/// The first byte of a would-be key names no key type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("preimage key {0} is of no known type")]
pub struct UnknownKeyType(pub B256);

impl KeyType {
    /// The type that a key's first byte names, if any.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Local,
            2 => Self::Keccak256,
            3 => Self::GlobalGeneric,
            4 => Self::Sha256,
            5 => Self::Blob,
            6 => Self::Precompile,
            _ => return None,
        })
    }
}

/// How far a value could be checked by [`PreimageKey::verify`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// The key is a hash of the value: nothing is left to trust.
    Proven,
    /// The value has the form that the key type asks for; its truth rests on data that the key does not hold (a dispute's
    /// inputs, a commitment with its opening, a precompile's input).
    FormOnly,
}

/// A value does not belong to its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyMismatch {
    /// The value's hash is another key.
    #[error("preimage {key}: its {len} bytes hash to {computed}")]
    Hash {
        /// The key under which the value was given.
        key: PreimageKey,
        /// The key that the value has.
        computed: PreimageKey,
        /// Length of the value in bytes.
        len: usize,
    },
    /// The value cannot be one of this key type.
    #[error("preimage {key}: {len} bytes that are no value of its type: {expected}")]
    Form {
        /// The key under which the value was given.
        key: PreimageKey,
        /// Length of the value in bytes.
        len: usize,
        /// What a value of the type looks like.
        expected: &'static str,
    },
}

/// A key of a preimage: 32 bytes whose first byte is a [`KeyType`] and whose other 31 are those of a hash or an index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PreimageKey(B256);

impl PreimageKey {
    /// Reads a key from its 32 bytes.
    ///
    /// # Errors
    /// The first byte names no key type.
    pub const fn from_bytes(bytes: [u8; 32]) -> Result<Self, UnknownKeyType> {
        match KeyType::from_byte(bytes[0]) {
            Some(_) => Ok(Self(B256::new(bytes))),
            None => Err(UnknownKeyType(B256::new(bytes))),
        }
    }

    /// The key of type `kind` for a hash, whose first byte gives way to the type.
    pub const fn new(kind: KeyType, hash: B256) -> Self {
        let mut bytes = hash.0;
        bytes[0] = kind as u8;
        Self(B256::new(bytes))
    }

    /// The key of local input `index` as the program asks for it. (The contract hashes the asking game and its context into
    /// the key before it looks the value up; a program never sees that form.)
    pub const fn local(index: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[0] = KeyType::Local as u8;
        let be = index.to_be_bytes();
        let mut i = 0;
        while i < 8 {
            bytes[24 + i] = be[i];
            i += 1;
        }
        Self(B256::new(bytes))
    }

    /// The key of the value whose keccak256 is `hash`.
    pub const fn keccak256(hash: B256) -> Self {
        Self::new(KeyType::Keccak256, hash)
    }

    /// The key of the value whose SHA2-256 is `hash`. A blob's versioned hash serves as well: it differs from the hash of
    /// the commitment in the byte that the type replaces.
    pub const fn sha256(hash: B256) -> Self {
        Self::new(KeyType::Sha256, hash)
    }

    /// The key of the value at `z` (big-endian) of the polynomial that `commitment` commits to.
    pub fn blob(commitment: &[u8; 48], z: &[u8; 32]) -> Self {
        Self::new(KeyType::Blob, keccak256(blob_preimage(commitment, z)))
    }

    /// The key of field element `index` of a blob; `None` from [`crate::FIELD_ELEMENTS_PER_BLOB`] on.
    pub fn blob_element(commitment: &[u8; 48], index: usize) -> Option<Self> {
        blob::root_of_unity(index).map(|z| Self::blob(commitment, z))
    }

    /// The key of the result of a precompile: `keccak256(address ++ required gas (u64 big-endian) ++ input)`.
    pub fn precompile(address: &Address, required_gas: u64, input: &[u8]) -> Self {
        Self::new(KeyType::Precompile, keccak256(precompile_preimage(address, required_gas, input)))
    }

    /// The key's type.
    pub const fn key_type(&self) -> KeyType {
        match KeyType::from_byte(self.0.0[0]) {
            Some(kind) => kind,
            // Every constructor writes or checks the first byte.
            None => unreachable!(),
        }
    }

    /// The 32 bytes of the key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0.0
    }

    /// The key as a word.
    pub const fn as_word(&self) -> B256 {
        self.0
    }

    /// The index of a local key; `None` for every other type and for local keys that are no 64-bit index.
    pub fn local_index(&self) -> Option<u64> {
        let (head, tail) = self.0.0.split_at(24);
        let tail = tail.try_into().ok()?;
        (head[0] == KeyType::Local as u8 && head[1..].iter().all(|b| *b == 0)).then(|| u64::from_be_bytes(tail))
    }

    /// The same hash under another type: a blob or precompile key's own preimage (commitment and point, or address, gas and
    /// input) is found under the keccak256 key of the same 31 bytes.
    pub const fn with_type(&self, kind: KeyType) -> Self {
        Self::new(kind, self.0)
    }

    /// Checks a value against the key as far as the key alone allows.
    ///
    /// # Errors
    /// [`KeyMismatch`]: the value hashes to another key, or is not of the form that the type asks for: a blob value is a
    /// canonical field element of 32 bytes, a precompile result begins with 0 or 1.
    pub fn verify(&self, value: &[u8]) -> Result<Verification, KeyMismatch> {
        let by_hash = |computed: Self| {
            if computed == *self {
                Ok(Verification::Proven)
            } else {
                Err(KeyMismatch::Hash { key: *self, computed, len: value.len() })
            }
        };
        let form = |holds: bool, expected| {
            if holds {
                Ok(Verification::FormOnly)
            } else {
                Err(KeyMismatch::Form { key: *self, len: value.len(), expected })
            }
        };
        match self.key_type() {
            KeyType::Keccak256 => by_hash(Self::keccak256(keccak256(value))),
            KeyType::Sha256 => by_hash(Self::sha256(B256::new(Sha256::digest(value).into()))),
            KeyType::Blob => form(blob::is_field_element(value), "a field element of 32 bytes below the BLS modulus"),
            KeyType::Precompile => {
                form(matches!(value.first(), Some(0 | 1)), "a status byte 0 or 1 and the returned bytes")
            }
            KeyType::Local | KeyType::GlobalGeneric => Ok(Verification::FormOnly),
        }
    }
}

impl fmt::Display for PreimageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&alloy_primitives::hex::encode_prefixed(self.0), f)
    }
}

impl fmt::Debug for PreimageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a blob key hashes: commitment, then point.
pub(crate) fn blob_preimage(commitment: &[u8; 48], z: &[u8; 32]) -> [u8; 80] {
    let mut bytes = [0; 80];
    bytes[..48].copy_from_slice(commitment);
    bytes[48..].copy_from_slice(z);
    bytes
}

/// What a precompile key hashes, which is also the data of the hint `l1-precompile-v2`: address, required gas (u64
/// big-endian), input.
pub fn precompile_preimage(address: &Address, required_gas: u64, input: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(28 + input.len());
    bytes.extend_from_slice(address.as_slice());
    bytes.extend_from_slice(&required_gas.to_be_bytes());
    bytes.extend_from_slice(input);
    bytes
}
