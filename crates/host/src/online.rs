//! A host with a network: what its store lacks is fetched from nodes when a program asks for it.
//!
//! Hints are only remembered when they arrive. When a key is missing, the hints that can lead to it are followed, the latest
//! first; so a hint costs nothing where the store has the values, and a program that hints too much is not slowed down. All
//! that nodes say is checked before it is kept, against hashes that lead back to the program's inputs: a node that lies is
//! found out, and another is asked.

mod ahead;
mod blobs;
mod blocks;
mod fetch;
mod paths;
mod state;

pub use fetch::{Background, FetchError, Fetcher, Nodes};

use crate::{
    boot::{Boot, LocalKeyNumbering},
    store::Store,
};
use alloy_primitives::{B256, Bytes};
use preimage::{Hint, KeyType, OracleError, PreimageKey, PreimageOracle};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use vm::{PreimageSource, SourceError};

/// Hints that are remembered. A program asks for what its last hints announced.
const MAX_HINTS: usize = 64;

/// A host of one execution over nodes. Clones share their hints.
#[derive(Clone, Debug)]
pub struct OnlineHost {
    fetcher: Arc<Fetcher>,
    boot: Boot,
    numbering: LocalKeyNumbering,
    hints: Arc<Mutex<VecDeque<Hint<'static>>>>,
    failure: Arc<Mutex<Option<String>>>,
}

impl OnlineHost {
    /// A host that answers with `boot` and what `fetcher` has or gets.
    pub fn new(fetcher: Arc<Fetcher>, boot: Boot) -> Self {
        let (hints, failure) = (Arc::default(), Arc::default());
        Self { fetcher, boot, numbering: LocalKeyNumbering::Tribunal, hints, failure }
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
    pub fn store(&self) -> &Arc<Store> {
        self.fetcher.store()
    }

    /// Why the last value that is missing could not be fetched.
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers a hint.
    pub fn note(&self, hint: &Hint<'_>) {
        self.fetcher.note(hint);
        // Its text is its owned form.
        let Ok(owned) = Hint::parse(&hint.to_string()) else { return };
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        if hints.back() != Some(&owned) {
            hints.push_back(owned);
        }
        if hints.len() > MAX_HINTS {
            hints.pop_front();
        }
    }

    /// Remembers a hint in its text form; one that is not understood is passed over.
    pub fn note_text(&self, hint: &str) {
        match Hint::parse(hint) {
            Ok(hint) => self.note(&hint),
            Err(error) => tracing::debug!(%error, "hint"),
        }
    }

    /// The value of a key, fetched if need be.
    ///
    /// # Errors
    /// The key that is missing; [`Self::failure`] has the reason.
    pub fn lookup(&self, key: &PreimageKey) -> Result<Bytes, PreimageKey> {
        let store = self.fetcher.store();
        if key.key_type() == KeyType::Local {
            return self.boot.local(key, self.numbering).ok_or(*key);
        }
        if let Ok(value) = store.get(key) {
            return Ok(value);
        }
        let hints: Vec<_> = self.hints.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let mut failure = None;
        let steps = hints.iter().rev().filter(|hint| Fetcher::may_give(hint, key));
        let unannounced = core::iter::once_with(|| self.fetcher.follow_key(key));
        let steps = unannounced.chain(steps.map(|hint| self.fetcher.follow(hint)));
        for step in steps {
            // The first hint that is followed is the last that was given: its failure is the reason.
            if let Err(error) = step {
                failure.get_or_insert(error.to_string());
            }
            if let Ok(value) = store.get(key) {
                return Ok(value);
            }
        }
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(failure.unwrap_or_else(|| format!("no hint leads to {key}")));
        Err(*key)
    }
}

impl PreimageOracle for OnlineHost {
    fn get(&mut self, key: &PreimageKey) -> Result<Bytes, OracleError> {
        self.lookup(key).map_err(OracleError::Missing)
    }

    fn hint(&mut self, hint: &Hint<'_>) -> Result<(), OracleError> {
        self.note(hint);
        Ok(())
    }

    fn blob(&mut self, commitment: &[u8; 48], blob: &mut [u8]) -> Result<bool, OracleError> {
        Ok(self.fetcher.store().copy_blob(commitment, blob))
    }

    fn wants_paths(&self) -> bool {
        true
    }
}

impl PreimageSource for OnlineHost {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        let key = PreimageKey::from_bytes(key.0).map_err(|unknown| SourceError::Missing(unknown.0))?;
        self.lookup(&key).map_err(|missing| SourceError::Missing(missing.as_word()))
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        if let Ok(text) = core::str::from_utf8(hint) {
            self.note_text(text);
        }
        Ok(())
    }
}
