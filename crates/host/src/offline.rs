//! A host without a network: one dispute's local inputs over a shared store.
//!
//! Cheap to make, so that each execution game, whose local inputs are its own, has one. It serves programs in process
//! ([`preimage::PreimageOracle`]) and machines ([`vm::PreimageSource`]); [`crate::serve`] puts it behind pipes.

use crate::{
    boot::{Boot, LocalKeyNumbering},
    kzg::BlobOpening,
    precompiles::PrecompileCall,
    store::Store,
};
use alloy_primitives::{B256, Bytes};
use preimage::{Hint, KeyType, OracleError, PreimageKey, PreimageOracle};
use std::sync::Arc;
use vm::{PreimageSource, SourceError};

/// What it takes to load a preimage into the contract `PreimageOracle`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// `loadLocalData`: an input of the game; the contract knows the value.
    Local {
        /// The input's index.
        index: u64,
        /// Its value.
        value: Bytes,
    },
    /// `loadKeccak256PreimagePart`: the preimage itself.
    Keccak256(Bytes),
    /// `loadSha256PreimagePart`: the preimage itself.
    Sha256(Bytes),
    /// `loadBlobPreimagePart`.
    Blob(BlobOpening),
    /// `loadPrecompilePreimagePart`. Calls under the older form of key have no required gas and cannot be loaded.
    Precompile(Arc<PrecompileCall>),
}

/// A host of one execution.
#[derive(Clone, Debug)]
pub struct OfflineHost {
    store: Arc<Store>,
    boot: Boot,
    numbering: LocalKeyNumbering,
    missing: Option<PreimageKey>,
}

impl OfflineHost {
    /// A host that answers with `boot` and `store`.
    pub const fn new(store: Arc<Store>, boot: Boot) -> Self {
        Self { store, boot, numbering: LocalKeyNumbering::Tribunal, missing: None }
    }

    /// The same host for a program that numbers its local inputs differently.
    pub fn with_numbering(self, numbering: LocalKeyNumbering) -> Self {
        Self { numbering, ..self }
    }

    /// The local inputs.
    pub const fn boot(&self) -> &Boot {
        &self.boot
    }

    /// The store.
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The key that was missing when a value was asked for last, if ever one was.
    pub const fn missing(&self) -> Option<PreimageKey> {
        self.missing
    }

    /// The value of a key.
    ///
    /// # Errors
    /// The key that is missing.
    pub fn lookup(&self, key: &PreimageKey) -> Result<Bytes, PreimageKey> {
        match key.key_type() {
            KeyType::Local => self.boot.local(key, self.numbering).ok_or(*key),
            _ => self.store.get(key),
        }
    }

    /// What it takes to load a key's value on L1.
    ///
    /// # Errors
    /// The key that is missing.
    pub fn evidence(&self, key: &PreimageKey) -> Result<Evidence, PreimageKey> {
        Ok(match key.key_type() {
            KeyType::Local => Evidence::Local { index: key.local_index().ok_or(*key)?, value: self.lookup(key)? },
            KeyType::Keccak256 => Evidence::Keccak256(self.lookup(key)?),
            KeyType::Sha256 => Evidence::Sha256(self.lookup(key)?),
            KeyType::Blob => Evidence::Blob(self.store.blob_opening(key).ok_or(*key)?),
            KeyType::Precompile => Evidence::Precompile(self.store.call(key).ok_or(*key)?),
            KeyType::GlobalGeneric => return Err(*key),
        })
    }

    /// Follows a hint as far as that needs no network.
    pub fn prepare(&self, hint: &Hint<'_>) {
        self.store.prepare(hint, self.numbering != LocalKeyNumbering::OpProgram);
    }

    /// Follows a hint in its text form; one that is not understood is passed over, as a hint may be.
    pub fn prepare_text(&self, hint: &str) {
        if let Ok(hint) = Hint::parse(hint) {
            self.prepare(&hint);
        }
    }

    fn note_missing(&mut self, key: PreimageKey) -> PreimageKey {
        self.missing = Some(key);
        key
    }
}

impl PreimageOracle for OfflineHost {
    fn get(&mut self, key: &PreimageKey) -> Result<Bytes, OracleError> {
        self.lookup(key).map_err(|missing| OracleError::Missing(self.note_missing(missing)))
    }

    fn blob(&mut self, commitment: &[u8; 48], blob: &mut [u8]) -> Result<bool, OracleError> {
        Ok(self.store.copy_blob(commitment, blob))
    }

    fn hint(&mut self, hint: &Hint<'_>) -> Result<(), OracleError> {
        self.prepare(hint);
        Ok(())
    }
}

impl PreimageSource for OfflineHost {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        let key = PreimageKey::from_bytes(key.0).map_err(|unknown| SourceError::Missing(unknown.0))?;
        self.lookup(&key).map_err(|missing| SourceError::Missing(self.note_missing(missing).as_word()))
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        if let Ok(text) = core::str::from_utf8(hint) {
            self.prepare_text(text);
        }
        Ok(())
    }
}
