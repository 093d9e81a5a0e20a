//! What passes between a machine and its host: counted, and the guest's output put into the log.

use super::log;
use alloy_primitives::{B256, Bytes};
use vm::{Memory, OutputStream, PreimageSource, SourceError};

/// A source whose answers are counted.
pub(super) struct Observed<'a> {
    source: &'a mut dyn PreimageSource,
    /// Preimages that were asked for.
    pub(super) requests: u64,
    /// Their bytes.
    pub(super) bytes: u64,
    /// Where the last call that wrote two words wrote the second, and memory before it did; for files of proofs.
    pub(super) second_word: Option<(u64, Memory)>,
    proves: bool,
}

impl<'a> Observed<'a> {
    /// Counts what a source answers; takes note of second words if the run makes proofs.
    pub(super) fn new(source: &'a mut dyn PreimageSource, proves: bool) -> Self {
        Self { source, requests: 0, bytes: 0, second_word: None, proves }
    }
}

impl PreimageSource for Observed<'_> {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        let value = self.source.preimage(key)?;
        self.requests += 1;
        self.bytes += value.len() as u64;
        Ok(value)
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        self.source.hint(hint)
    }

    fn second_word(&mut self, address: u64, memory: &mut Memory) {
        if self.proves {
            self.second_word = Some((address, memory.snapshot()));
        }
    }

    fn output(&mut self, stream: OutputStream, bytes: &[u8]) {
        log::guest(stream, bytes);
    }
}
