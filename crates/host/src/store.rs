//! The preimages that a host holds, each proven before it can be served, and those that follow from them.
//!
//! A store is filled, then shared: every execution of every game over the same witness reads one store through an `Arc`.
//! Values of keccak256 and SHA2-256 keys prove themselves; blob elements stand in whole blobs that were checked against
//! their commitments; precompile results are computed here and never believed. The preimages of blob and precompile keys
//! (which one needs to load such values on L1) are made on request.

use crate::{kzg, kzg::BlobOpening, precompiles::PrecompileCall};
use alloy_primitives::{Bytes, keccak256};
use preimage::{
    FIELD_ELEMENTS_PER_BLOB, Hint, KeyMismatch, KeyType, PreimageKey, Verification, root_of_unity, versioned_hash,
};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Bytes of precompile inputs and results that a store keeps. Programs make the calls, so their amount is bounded here; the
/// heaviest real block stays below a thousandth of it.
const MAX_CALL_BYTES: usize = 256 << 20;

/// Why a value was not taken into a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The value does not belong to its key.
    #[error(transparent)]
    Mismatch(#[from] KeyMismatch),
    /// The key's type does not let the value be checked by itself.
    #[error("preimage {0} cannot be checked against its key alone")]
    Unproven(PreimageKey),
    /// A blob does not match its commitment, or is no blob.
    #[error("blob under key {0} does not match its commitment")]
    Blob(PreimageKey),
}

/// A blob that matches its commitment.
#[derive(Debug)]
struct StoredBlob {
    commitment: [u8; 48],
    bytes: Bytes,
}

/// Precompile calls by their keys, and how many bytes they hold.
#[derive(Debug, Default)]
struct Calls {
    by_key: HashMap<PreimageKey, Arc<PrecompileCall>>,
    bytes: usize,
}

/// How many values of which kind a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct StoreSize {
    /// keccak256 preimages.
    pub keccak256: usize,
    /// SHA2-256 preimages.
    pub sha256: usize,
    /// Whole blobs.
    pub blobs: usize,
    /// Precompile results.
    pub precompiles: usize,
    /// Bytes of all values.
    pub bytes: usize,
}

/// Proven preimages. Filled through `&mut`, then read from many threads.
#[derive(Debug, Default)]
pub struct Store {
    hashed: HashMap<PreimageKey, Bytes>,
    blobs: Vec<StoredBlob>,
    /// Blob and index of each element's key.
    elements: HashMap<PreimageKey, (usize, usize)>,
    /// Elements of blobs that are not whole: they prove nothing, so asking for them names the element that is not there.
    incomplete: HashMap<PreimageKey, PreimageKey>,
    calls: RwLock<Calls>,
}

impl Store {
    /// Adds the value of a keccak256 or SHA2-256 key.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`]; [`StoreError::Unproven`] for other types of keys.
    pub fn insert(&mut self, key: PreimageKey, value: Bytes) -> Result<(), StoreError> {
        match key.verify(&value)? {
            Verification::Proven => {
                self.hashed.insert(key, value);
                Ok(())
            }
            Verification::FormOnly => Err(StoreError::Unproven(key)),
        }
    }

    /// Adds a value under its keccak256 key, which is returned.
    pub fn insert_keccak256(&mut self, value: Bytes) -> PreimageKey {
        let key = PreimageKey::keccak256(keccak256(&value));
        self.hashed.insert(key, value);
        key
    }

    /// Adds a blob: its commitment under the SHA2-256 key, which is returned, and all its elements.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it does not match `commitment` or is no blob.
    pub fn insert_blob(&mut self, commitment: [u8; 48], blob: Bytes) -> Result<PreimageKey, StoreError> {
        let key = commitment_key(&commitment);
        if kzg::commitment(&blob) != Some(commitment) {
            return Err(StoreError::Blob(key));
        }
        self.insert_checked_blob(commitment, blob);
        Ok(key)
    }

    /// Adds a blob that has been checked against its commitment.
    pub(crate) fn insert_checked_blob(&mut self, commitment: [u8; 48], bytes: Bytes) {
        let blob = self.blobs.len();
        for index in 0..FIELD_ELEMENTS_PER_BLOB {
            if let Some(key) = PreimageKey::blob_element(&commitment, index) {
                self.elements.insert(key, (blob, index));
            }
        }
        self.hashed.insert(commitment_key(&commitment), Bytes::copy_from_slice(&commitment));
        self.blobs.push(StoredBlob { commitment, bytes });
    }

    /// Notes that `present` is an element of a blob of which `missing` is not known.
    pub(crate) fn insert_incomplete(&mut self, present: PreimageKey, missing: PreimageKey) {
        self.incomplete.insert(present, missing);
    }

    /// Adds a call that has been made. Past the limit on memory it is dropped, and its result will be missing.
    pub(crate) fn insert_call(&self, call: PrecompileCall) {
        let mut calls = self.calls.write().unwrap_or_else(PoisonError::into_inner);
        let size = call.input.len() + call.result.len();
        if calls.bytes.saturating_add(size) <= MAX_CALL_BYTES
            && calls.by_key.insert(call.key(), Arc::new(call)).is_none()
        {
            calls.bytes += size;
        }
    }

    /// Does what can be done for a hint without a network: makes the call of a precompile. `gas_in_v1` says how the hint
    /// without a version is meant: with the required gas in it (kona) or without (older op-program).
    pub fn prepare(&self, hint: &Hint<'_>, gas_in_v1: bool) {
        let (data, with_gas) = match hint {
            Hint::L1PrecompileV2 { .. } => (hint.data().into(), true),
            Hint::L1Precompile { data } => (Bytes::copy_from_slice(data), gas_in_v1),
            _ => return,
        };
        let key = PreimageKey::new(KeyType::Precompile, keccak256(&data));
        if self.call(&key).is_none()
            && let Some(call) = PrecompileCall::execute(&data, with_gas)
        {
            self.insert_call(call);
        }
    }

    /// The value of a key.
    ///
    /// # Errors
    /// The key that is missing: the one asked for, or the one without which a blob's elements cannot be proven.
    pub fn get(&self, key: &PreimageKey) -> Result<Bytes, PreimageKey> {
        let found = match key.key_type() {
            KeyType::Sha256 => self.hashed.get(key).cloned(),
            KeyType::Keccak256 => self.hashed.get(key).cloned().or_else(|| self.key_preimage(key)),
            KeyType::Blob => match self.element(key) {
                Some((blob, index)) => Some(blob.bytes.slice(32 * index..32 * (index + 1))),
                None => return Err(*self.incomplete.get(key).unwrap_or(key)),
            },
            KeyType::Precompile => self.call(key).map(|call| call.result.clone()),
            KeyType::Local | KeyType::GlobalGeneric => None,
        };
        found.ok_or(*key)
    }

    /// The opening with which a blob element is loaded on L1; `None` when the key is of no element in the store.
    pub fn blob_opening(&self, key: &PreimageKey) -> Option<BlobOpening> {
        let (blob, index) = self.element(key)?;
        kzg::open(blob.commitment, &blob.bytes, root_of_unity(index)?)
    }

    /// The call that a precompile key stands for, if it is known.
    pub fn call(&self, key: &PreimageKey) -> Option<Arc<PrecompileCall>> {
        self.calls.read().unwrap_or_else(PoisonError::into_inner).by_key.get(key).cloned()
    }

    /// What the store holds.
    pub fn size(&self) -> StoreSize {
        let calls = self.calls.read().unwrap_or_else(PoisonError::into_inner);
        let sha256 = self.hashed.keys().filter(|key| key.key_type() == KeyType::Sha256).count();
        StoreSize {
            keccak256: self.hashed.len() - sha256,
            sha256,
            blobs: self.blobs.len(),
            precompiles: calls.by_key.len(),
            bytes: self.hashed.values().map(|value| value.len()).sum::<usize>()
                + self.blobs.iter().map(|blob| blob.bytes.len()).sum::<usize>()
                + calls.bytes,
        }
    }

    fn element(&self, key: &PreimageKey) -> Option<(&StoredBlob, usize)> {
        let (blob, index) = self.elements.get(key)?;
        self.blobs.get(*blob).map(|blob| (blob, *index))
    }

    /// What a blob or precompile key with the same 31 bytes hashes.
    fn key_preimage(&self, key: &PreimageKey) -> Option<Bytes> {
        if let Some((blob, index)) = self.element(&key.with_type(KeyType::Blob)) {
            return Some([blob.commitment.as_slice(), root_of_unity(index)?].concat().into());
        }
        self.call(&key.with_type(KeyType::Precompile)).map(|call| call.key_preimage())
    }
}

/// The key under which a program asks for a blob's commitment.
pub(crate) fn commitment_key(commitment: &[u8; 48]) -> PreimageKey {
    PreimageKey::sha256(versioned_hash(commitment))
}
