//! The preimage that is being read: asked for once, kept until another key is used.

use alloy_primitives::{B256, Bytes};
use vm::{PreimageRead, PreimageSource, SourceError};

/// A source with the value of the last key in front of it. Not part of the state: what it holds follows from the key.
#[derive(Clone, Debug, Default)]
pub struct PreimageReader {
    key: B256,
    value: Option<Bytes>,
    read: Option<u64>,
}

impl PreimageReader {
    /// The preimage of a key; notes that this step reads it at `offset`.
    pub(crate) fn read(
        &mut self,
        source: &mut dyn PreimageSource,
        key: B256,
        offset: u64,
    ) -> Result<Preimage<'_>, SourceError> {
        if self.key != key || self.value.is_none() {
            let value = source.preimage(key)?;
            (self.key, self.value) = (key, Some(value));
        }
        self.read = Some(offset);
        let value = self.value.as_ref().map_or(&[][..], |value| &value[..]);
        Ok(Preimage { prefix: (value.len() as u64).to_be_bytes(), value })
    }

    /// What is left of the preimage of a key from an offset on, if it is the one at hand and its length was read.
    pub(crate) fn rest(&self, key: B256, offset: u64) -> &[u8] {
        let value = self.value.as_ref().filter(|_| self.key == key);
        let behind = offset.checked_sub(PREFIX as u64).and_then(|behind| usize::try_from(behind).ok());
        value.zip(behind).and_then(|(value, behind)| value.get(behind..)).unwrap_or_default()
    }

    /// What was read since the last call, if anything was.
    pub(crate) fn take_read(&mut self) -> Option<PreimageRead> {
        let offset = self.read.take()?;
        let value = self.value.as_ref()?;
        let mut prefixed = Vec::with_capacity(PREFIX + value.len());
        prefixed.extend_from_slice(&(value.len() as u64).to_be_bytes());
        prefixed.extend_from_slice(value);
        Some(PreimageRead { key: self.key, value: prefixed.into(), offset })
    }
}

/// Bytes of the length in front of a preimage.
const PREFIX: usize = 8;

/// A preimage as a guest reads it: its length, then its bytes.
pub(crate) struct Preimage<'a> {
    prefix: [u8; PREFIX],
    value: &'a [u8],
}

impl Preimage<'_> {
    /// Bytes of length and value.
    pub(crate) const fn length(&self) -> u64 {
        PREFIX as u64 + self.value.len() as u64
    }

    /// The byte at an offset below [`Preimage::length`].
    pub(crate) fn byte(&self, offset: u64) -> u8 {
        let offset = offset as usize;
        if offset < PREFIX { self.prefix[offset] } else { self.value[offset - PREFIX] }
    }
}
