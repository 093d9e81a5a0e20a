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
    /// Length and bytes of the preimage of a key; notes that this step reads it at `offset`.
    pub(crate) fn read(
        &mut self,
        source: &mut dyn PreimageSource,
        key: B256,
        offset: u64,
    ) -> Result<&[u8], SourceError> {
        if self.key != key || self.value.is_none() {
            let value = source.preimage(key)?;
            let mut prefixed = Vec::with_capacity(8 + value.len());
            prefixed.extend_from_slice(&(value.len() as u64).to_be_bytes());
            prefixed.extend_from_slice(&value);
            (self.key, self.value) = (key, Some(prefixed.into()));
        }
        self.read = Some(offset);
        Ok(self.value.as_ref().map_or(&[], |value| &value[..]))
    }

    /// What is left of the preimage of a key from an offset on, if it is the one at hand.
    pub(crate) fn rest(&self, key: B256, offset: u64) -> &[u8] {
        let value = self.value.as_ref().filter(|_| self.key == key);
        value.and_then(|value| value.get(usize::try_from(offset).ok()?..)).unwrap_or_default()
    }

    /// What was read since the last call, if anything was.
    pub(crate) fn take_read(&mut self) -> Option<PreimageRead> {
        let offset = self.read.take()?;
        self.value.clone().map(|value| PreimageRead { key: self.key, value, offset })
    }
}
