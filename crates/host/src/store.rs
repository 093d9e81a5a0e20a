//! The preimages that a host holds, each proven before it can be served, and those that follow from them.
//!
//! A store is shared: every execution of every game over the same witness reads one store through an `Arc`, and a host that
//! fetches adds to it meanwhile. Values of keccak256 and SHA2-256 keys prove themselves; blob elements stand in whole blobs that
//! were checked against their commitments; precompile results are computed here and never believed. The preimages of blob and
//! precompile keys (which one needs to load such values on L1) are made on request.
//!
//! Values lie in memory, in an [`Image`] that was checked when it was made, or on a [`Shelf`], whose values are proven each
//! time they are taken from it.

use crate::{
    image::{Image, ImageWriter},
    kzg,
    kzg::BlobOpening,
    precompiles::PrecompileCall,
    shelf::{Shelf, ShelfError},
};
use alloy_primitives::{Bytes, keccak256};
use preimage::{
    FIELD_ELEMENTS_PER_BLOB, Hint, KeyMismatch, KeyType, PreimageKey, Verification, root_of_unity, versioned_hash,
};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
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
    /// The value could not be kept.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
}

/// A blob that matches its commitment.
#[derive(Debug)]
struct StoredBlob {
    commitment: [u8; 48],
    bytes: Bytes,
    /// Key of each element.
    keys: Box<[PreimageKey]>,
}

impl StoredBlob {
    fn element(&self, index: usize) -> Bytes {
        self.bytes.slice(32 * index..32 * (index + 1))
    }
}

/// Blobs, and blob and index of each element's key.
#[derive(Debug, Default)]
struct Blobs {
    all: Vec<Arc<StoredBlob>>,
    elements: HashMap<PreimageKey, (usize, usize)>,
    /// The element behind the last one that was asked for, counted through all blobs: the next one, most of the time.
    next: AtomicUsize,
}

impl Blobs {
    /// Blob and index of an element's key.
    fn element(&self, key: &PreimageKey) -> Option<(Arc<StoredBlob>, usize)> {
        let next = self.next.load(Ordering::Relaxed);
        let guess = (next / FIELD_ELEMENTS_PER_BLOB, next % FIELD_ELEMENTS_PER_BLOB);
        let guessed = self.all.get(guess.0).and_then(|blob| blob.keys.get(guess.1)) == Some(key);
        let (blob, index) = if guessed { guess } else { *self.elements.get(key)? };
        // Only a guess: it does not matter which of several readers is the last.
        self.next.store(blob * FIELD_ELEMENTS_PER_BLOB + index + 1, Ordering::Relaxed);
        self.all.get(blob).map(|blob| (Arc::clone(blob), index))
    }
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

/// Proven preimages. Filled through `&mut` before it is shared, or through `&` by a host that fetches; read from many threads.
#[derive(Debug, Default)]
pub struct Store {
    hashed: RwLock<HashMap<PreimageKey, Bytes>>,
    blobs: RwLock<Blobs>,
    /// Elements of blobs that are not whole: they prove nothing, so asking for them names the element that is not there.
    incomplete: HashMap<PreimageKey, PreimageKey>,
    calls: RwLock<Calls>,
    image: Option<Image>,
    shelf: Option<Box<dyn Shelf>>,
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// A store over an image.
    pub fn over_image(image: Image) -> Self {
        Self { image: Some(image), ..Self::default() }
    }

    /// A store whose values lie on a shelf, those that are there already included. Blobs on it that do not match their
    /// commitments are left out.
    ///
    /// # Errors
    /// The shelf cannot be read.
    pub fn over_shelf(shelf: Box<dyn Shelf>) -> Result<Self, ShelfError> {
        let mut this = Self::default();
        for commitment in shelf.keys()?.1 {
            match shelf.get_blob(&commitment)? {
                Some(blob) if kzg::commitment(&blob) == Some(commitment) => this.take_up_blob(commitment, blob),
                _ => tracing::warn!("a stored blob does not match its commitment and is left out"),
            }
        }
        this.shelf = Some(shelf);
        Ok(this)
    }

    /// Adds the value of a keccak256 or SHA2-256 key.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`]; [`StoreError::Unproven`] for other types of keys.
    pub fn insert(&mut self, key: PreimageKey, value: Bytes) -> Result<(), StoreError> {
        self.add(vec![(key, value)])
    }

    /// Adds a value under its keccak256 key, which is returned.
    pub fn insert_keccak256(&mut self, value: Bytes) -> PreimageKey {
        self.take_keccak256(value)
    }

    /// [`Self::insert_keccak256`] for a store in use. The value is not put on the shelf.
    pub(crate) fn take_keccak256(&self, value: Bytes) -> PreimageKey {
        let key = PreimageKey::keccak256(keccak256(&value));
        write(&self.hashed).insert(key, value);
        key
    }

    /// Adds a blob: its commitment under the SHA2-256 key, which is returned, and all its elements.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it does not match `commitment` or is no blob.
    pub fn insert_blob(&mut self, commitment: [u8; 48], blob: Bytes) -> Result<PreimageKey, StoreError> {
        self.add_blob(commitment, blob)
    }

    /// Adds values of keccak256 and SHA2-256 keys to a store in use. They are on the shelf, if there is one, when the call
    /// returns.
    ///
    /// # Errors
    /// As [`Self::insert`], and when the shelf cannot be written; nothing is served then that was not proven.
    pub fn add(&self, values: Vec<(PreimageKey, Bytes)>) -> Result<(), StoreError> {
        for (key, value) in &values {
            if key.verify(value)? != Verification::Proven {
                return Err(StoreError::Unproven(*key));
            }
        }
        match &self.shelf {
            Some(shelf) => shelf.put(&values)?,
            None => write(&self.hashed).extend(values),
        }
        Ok(())
    }

    /// [`Self::insert_blob`] for a store in use.
    ///
    /// # Errors
    /// As there, and when the shelf cannot be written.
    pub fn add_blob(&self, commitment: [u8; 48], blob: Bytes) -> Result<PreimageKey, StoreError> {
        let key = commitment_key(&commitment);
        if kzg::commitment(&blob) != Some(commitment) {
            return Err(StoreError::Blob(key));
        }
        if let Some(shelf) = &self.shelf {
            shelf.put_blob(&commitment, &blob)?;
            shelf.put(&[(key, Bytes::copy_from_slice(&commitment))])?;
        }
        self.take_up_blob(commitment, blob);
        Ok(key)
    }

    /// Adds a blob that has been checked against its commitment.
    pub(crate) fn insert_checked_blob(&mut self, commitment: [u8; 48], bytes: Bytes) {
        self.take_up_blob(commitment, bytes);
    }

    fn take_up_blob(&self, commitment: [u8; 48], bytes: Bytes) {
        let mut blobs = write(&self.blobs);
        if blobs.all.iter().any(|blob| blob.commitment == commitment) {
            return;
        }
        let blob = blobs.all.len();
        let keys = (0..FIELD_ELEMENTS_PER_BLOB).filter_map(|index| PreimageKey::blob_element(&commitment, index));
        let keys: Box<[PreimageKey]> = keys.collect();
        blobs.elements.extend(keys.iter().enumerate().map(|(index, key)| (*key, (blob, index))));
        blobs.all.push(Arc::new(StoredBlob { commitment, bytes, keys }));
        write(&self.hashed).insert(commitment_key(&commitment), Bytes::copy_from_slice(&commitment));
    }

    /// Notes that `present` is an element of a blob of which `missing` is not known.
    pub(crate) fn insert_incomplete(&mut self, present: PreimageKey, missing: PreimageKey) {
        self.incomplete.insert(present, missing);
    }

    /// Adds a call that has been made. Past the limit on memory it is dropped, and its result will be missing.
    pub(crate) fn insert_call(&self, call: PrecompileCall) {
        let key = call.key();
        if let Some(shelf) = self.shelf.as_ref().filter(|shelf| shelf.is_read_by_others()) {
            let records = [(key.with_type(KeyType::Keccak256), call.key_preimage()), (key, call.result.clone())];
            if let Err(error) = shelf.put(&records) {
                tracing::warn!(%error, "a precompile's result was not kept");
            }
        }
        let mut calls = write(&self.calls);
        let size = call.input.len() + call.result.len();
        if calls.bytes.saturating_add(size) <= MAX_CALL_BYTES && calls.by_key.insert(key, Arc::new(call)).is_none() {
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
        // What an image holds was computed when it was made.
        let imaged = self.image.as_ref().is_some_and(|image| image.value(&key).is_some());
        if !imaged
            && !read(&self.calls).by_key.contains_key(&key)
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
        if let Some(value) = self.image.as_ref().and_then(|image| image.get(key)) {
            return Ok(value);
        }
        let hashed = || read(&self.hashed).get(key).cloned().or_else(|| self.shelved(key));
        let found = match key.key_type() {
            KeyType::Sha256 => hashed(),
            KeyType::Keccak256 => hashed().or_else(|| self.key_preimage(key)),
            KeyType::Blob => match self.element(key) {
                Some((blob, index)) => Some(blob.element(index)),
                None => return Err(*self.incomplete.get(key).unwrap_or(key)),
            },
            KeyType::Precompile => self.call(key).map(|call| call.result.clone()),
            KeyType::Local | KeyType::GlobalGeneric => None,
        };
        found.ok_or(*key)
    }

    /// Of each blob of which some elements are there, the first that is not.
    pub fn incomplete_blobs(&self) -> Vec<PreimageKey> {
        let mut missing: Vec<PreimageKey> = self.incomplete.values().copied().collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// The SHA2-256 preimages that can be commitments to blobs: those that a versioned hash has.
    pub fn commitments(&self) -> Vec<[u8; 48]> {
        let values = self.hashed().into_iter().filter(|(key, _)| key.key_type() == KeyType::Sha256);
        values.filter_map(|(_, value)| value.as_ref().try_into().ok()).collect()
    }

    /// Writes the whole blob with a commitment into `into`; whether the store has it, and it is as long as `into`.
    pub fn copy_blob(&self, commitment: &[u8; 48], into: &mut [u8]) -> bool {
        let imaged = self.image.as_ref().and_then(|image| image.blob(commitment));
        let held = || read(&self.blobs).all.iter().find(|blob| blob.commitment == *commitment).cloned();
        let found = imaged.or_else(|| held().map(|blob| blob.bytes.clone()));
        match found.filter(|blob| blob.len() == into.len()) {
            Some(blob) => {
                into.copy_from_slice(&blob);
                true
            }
            None => false,
        }
    }

    /// Whether a key's value is known, without the work of giving it.
    pub fn has(&self, key: &PreimageKey) -> bool {
        read(&self.hashed).contains_key(key) || self.get(key).is_ok()
    }

    /// A value of a hash from the shelf, proven.
    fn shelved(&self, key: &PreimageKey) -> Option<Bytes> {
        match self.shelf.as_ref()?.get(key) {
            Ok(value) => value.filter(|value| key.verify(value) == Ok(Verification::Proven)),
            Err(error) => {
                tracing::error!(%error, "a stored value cannot be read");
                None
            }
        }
    }

    /// The opening with which a blob element is loaded on L1; `None` when the key is of no element in the store.
    pub fn blob_opening(&self, key: &PreimageKey) -> Option<BlobOpening> {
        let (blob, index) = self.element(key)?;
        kzg::open(blob.commitment, &blob.bytes, root_of_unity(index)?)
    }

    /// The call that a precompile key stands for, if it is known.
    pub fn call(&self, key: &PreimageKey) -> Option<Arc<PrecompileCall>> {
        if let Some(call) = read(&self.calls).by_key.get(key) {
            return Some(call.clone());
        }
        // An earlier run may have left the input.
        let origin = key.with_type(KeyType::Keccak256);
        let data = self.image.as_ref().and_then(|image| image.get(&origin)).or_else(|| self.shelved(&origin))?;
        let recorded = self.image.as_ref().and_then(|image| image.get(key));
        let calls = [true, false].into_iter().filter_map(|with_gas| PrecompileCall::execute(&data, with_gas));
        let call = calls.into_iter().find(|call| recorded.as_ref().is_none_or(|result| call.result == *result))?;
        self.insert_call(call);
        read(&self.calls).by_key.get(key).cloned()
    }

    /// What the store holds.
    pub fn size(&self) -> StoreSize {
        let (hashed, blobs, calls) = (read(&self.hashed), read(&self.blobs), read(&self.calls));
        let sha256 = hashed.keys().filter(|key| key.key_type() == KeyType::Sha256).count();
        let mut size = StoreSize {
            keccak256: hashed.len() - sha256,
            sha256,
            blobs: blobs.all.len(),
            precompiles: calls.by_key.len(),
            bytes: hashed.values().map(|value| value.len()).sum::<usize>()
                + blobs.all.iter().map(|blob| blob.bytes.len()).sum::<usize>()
                + calls.bytes,
        };
        drop((hashed, blobs, calls));
        for (key, len) in self.outside_memory() {
            match key.key_type() {
                KeyType::Keccak256 => size.keccak256 += 1,
                KeyType::Sha256 => size.sha256 += 1,
                KeyType::Precompile => size.precompiles += 1,
                _ => {}
            }
            size.bytes += len;
        }
        size.blobs += self.image.as_ref().map_or(0, |image| image.all_blobs().count());
        size
    }

    /// Keys in the image and on the shelf with the lengths of their values, but those that are in memory too.
    fn outside_memory(&self) -> Vec<(PreimageKey, usize)> {
        let mut found: Vec<_> = self.image.iter().flat_map(Image::keys).collect();
        if let Some(shelf) = &self.shelf {
            let keys = shelf.keys().map(|(keys, _)| keys).unwrap_or_default();
            found.extend(keys.into_iter().map(|key| (key, self.shelved(&key).map_or(0, |value| value.len()))));
        }
        let hashed = read(&self.hashed);
        found.retain(|(key, _)| !hashed.contains_key(key));
        found
    }

    /// All values of keccak256 and SHA2-256 keys, sorted by key. Those of the keys of blob elements and precompile calls, which
    /// are made on request, are among them only where a witness holds them.
    pub fn hashed(&self) -> Vec<(PreimageKey, Bytes)> {
        let mut all: Vec<_> = read(&self.hashed).iter().map(|(key, value)| (*key, value.clone())).collect();
        let provable = |key: &PreimageKey| matches!(key.key_type(), KeyType::Keccak256 | KeyType::Sha256);
        for (key, _) in self.outside_memory().into_iter().filter(|(key, _)| provable(key)) {
            all.extend(self.get(&key).ok().map(|value| (key, value)));
        }
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    /// All blobs by their commitments, sorted.
    pub fn blobs(&self) -> Vec<([u8; 48], Bytes)> {
        let mut all: Vec<_> = read(&self.blobs).all.iter().map(|blob| (blob.commitment, blob.bytes.clone())).collect();
        all.extend(self.image.iter().flat_map(Image::all_blobs));
        all.sort_unstable_by_key(|(commitment, _)| *commitment);
        all.dedup_by_key(|(commitment, _)| *commitment);
        all
    }

    /// All of the store as an image.
    pub fn to_image(&self) -> ImageWriter {
        let mut image = ImageWriter::default();
        for (key, value) in self.hashed() {
            image.value(&key, &value);
        }
        for call in read(&self.calls).by_key.values() {
            let key = call.key();
            image.value(&key, &call.result);
            image.value(&key.with_type(KeyType::Keccak256), &call.key_preimage());
        }
        let results = self.outside_memory().into_iter().filter(|(key, _)| key.key_type() == KeyType::Precompile);
        for (key, _) in results {
            if let Ok(result) = self.get(&key) {
                image.value(&key, &result);
            }
        }
        for (commitment, blob) in self.blobs() {
            image.blob(&commitment, &blob);
        }
        image
    }

    fn element(&self, key: &PreimageKey) -> Option<(Arc<StoredBlob>, usize)> {
        let known = |blobs: &Blobs| blobs.element(key);
        if let Some(found) = known(&read(&self.blobs)) {
            return Some(found);
        }
        // In the image the value stands by itself; its blob is looked for only when an opening is asked for. On a shelf the
        // preimage of the key, left by an earlier run, tells the blob.
        if let Some(image) = self.image.as_ref().filter(|image| image.value(key).is_some()) {
            image.all_blobs().for_each(|(commitment, blob)| self.take_up_blob(commitment, blob));
        } else {
            let origin = self.shelved(&key.with_type(KeyType::Keccak256))?;
            let commitment: [u8; 48] = origin.first_chunk().copied()?;
            let blob = self.shelf.as_ref()?.get_blob(&commitment).ok().flatten()?;
            if kzg::commitment(&blob) != Some(commitment) {
                return None;
            }
            self.take_up_blob(commitment, blob);
        }
        known(&read(&self.blobs))
    }

    /// What a blob or precompile key with the same 31 bytes hashes.
    fn key_preimage(&self, key: &PreimageKey) -> Option<Bytes> {
        let element = key.with_type(KeyType::Blob);
        let imaged = self.image.as_ref().is_some_and(|image| image.value(&element).is_some());
        if imaged || read(&self.blobs).elements.contains_key(&element) {
            let (blob, index) = self.element(&element)?;
            return Some([blob.commitment.as_slice(), root_of_unity(index)?].concat().into());
        }
        let call = read(&self.calls).by_key.get(&key.with_type(KeyType::Precompile)).cloned();
        call.map(|call| call.key_preimage())
    }
}

/// The key under which a program asks for a blob's commitment.
pub(crate) fn commitment_key(commitment: &[u8; 48]) -> PreimageKey {
    PreimageKey::sha256(versioned_hash(commitment))
}

#[cfg(test)]
mod tests;
