//! The one way by which data enters a machine: preimages by key, asked for synchronously, in process.
//!
//! Hosts over pipes, stores and fetchers implement [`PreimageSource`] elsewhere; values are checked against their keys
//! there. A machine trusts what it is given, the contract does not.

use crate::memory::Memory;
use alloy_primitives::{B256, Bytes};
use std::collections::HashMap;

/// The host as a machine sees it.
pub trait PreimageSource {
    /// Value of a preimage, without length prefix.
    ///
    /// # Errors
    /// [`SourceError::Missing`] if no such preimage can be found: the run cannot go on, and nothing is decided by that.
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError>;

    /// A complete hint of the guest (without length prefix): what it is going to ask for.
    ///
    /// # Errors
    /// [`SourceError::Failed`] if the host broke down. A hint that is not understood is not an error.
    fn hint(&mut self, _hint: &[u8]) -> Result<(), SourceError> {
        Ok(())
    }

    /// A call has written one word and is about to write the one at `address`. Nothing is asked: it is for one who makes a
    /// proof of that word against the memory as it is now, without having known that the call would come.
    fn second_word(&mut self, _address: u64, _memory: &mut Memory) {}

    /// Bytes that the guest wrote to its output.
    fn output(&mut self, _stream: OutputStream, _bytes: &[u8]) {}
}

/// Where a guest writes its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    /// File descriptor 1.
    Stdout,
    /// File descriptor 2.
    Stderr,
}

/// A [`PreimageSource`] could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The preimage is not there.
    #[error("missing preimage {0}")]
    Missing(B256),
    /// The host failed; the text says how.
    #[error("{0}")]
    Failed(String),
}

/// A source without any preimage; hints are ignored.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSource;

impl PreimageSource for NoSource {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        Err(SourceError::Missing(key))
    }
}

/// Preimages in a map; output of the guest is collected.
#[derive(Clone, Debug, Default)]
pub struct MapSource {
    /// Values by key, without length prefix.
    pub preimages: HashMap<B256, Bytes>,
    /// Everything that the guest wrote to standard output.
    pub stdout: Vec<u8>,
    /// Everything that the guest wrote to standard error.
    pub stderr: Vec<u8>,
    /// Hints in the order in which they came.
    pub hints: Vec<Vec<u8>>,
}

impl PreimageSource for MapSource {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        self.preimages.get(&key).cloned().ok_or(SourceError::Missing(key))
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        self.hints.push(hint.to_vec());
        Ok(())
    }

    fn output(&mut self, stream: OutputStream, bytes: &[u8]) {
        match stream {
            OutputStream::Stdout => self.stdout.extend_from_slice(bytes),
            OutputStream::Stderr => self.stderr.extend_from_slice(bytes),
        }
    }
}
