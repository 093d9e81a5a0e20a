//! Stopping a run at a read of the preimage oracle: by key, offset, step and size, as `cannon run` does.

use alloy_primitives::B256;

/// Which reads of the preimage oracle end a run. The default matches none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreimageStop {
    /// Any read at all.
    pub any: bool,
    /// Keys that begin with these bytes; empty: no condition on the key.
    pub key_prefix: Vec<u8>,
    /// With a key prefix and no size: only reads at exactly this offset.
    pub offset: u64,
    /// With a key prefix and no size: only steps with at least this counter (before the step).
    pub from_step: u64,
    /// Values of more than this many bytes, length prefix included; 0: no condition on the size.
    pub larger_than: u64,
}

/// A `--stop-at-preimage` or `--stop-at-preimage-type` that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PreimageStopError {
    /// Not `KEYPREFIX[@OFFSET[@STEP]]`.
    #[error("'{0}' is not KEYPREFIX[@OFFSET[@STEP]] with a hexadecimal prefix of at most 32 bytes and decimal numbers")]
    Malformed(String),
    /// Not one of the types of keys.
    #[error("'{0}' is no preimage type; known are local, keccak, sha256, blob, precompile, any")]
    UnknownType(String),
}

impl PreimageStop {
    /// Parses `KEYPREFIX[@OFFSET[@STEP]]`: hexadecimal (with or without 0x), decimal, decimal.
    ///
    /// # Errors
    /// [`PreimageStopError::Malformed`].
    pub fn parse_key(text: &str) -> Result<Self, PreimageStopError> {
        let malformed = || PreimageStopError::Malformed(text.to_owned());
        let mut parts = text.split('@');
        let prefix = parts.next().unwrap_or_default();
        let prefix = prefix.strip_prefix("0x").or_else(|| prefix.strip_prefix("0X")).unwrap_or(prefix);
        let padded = if prefix.len() % 2 == 1 { format!("0{prefix}") } else { prefix.to_owned() };
        let key_prefix = alloy_primitives::hex::decode(padded).map_err(|_| malformed())?;
        let mut number = || parts.next().map_or(Ok(0), |n| n.parse::<u64>().map_err(|_| malformed()));
        let (offset, from_step) = (number()?, number()?);
        if parts.next().is_some() || key_prefix.len() > 32 {
            return Err(malformed());
        }
        Ok(Self { key_prefix, offset, from_step, ..Self::default() })
    }

    /// Parses the name of a type of keys, or `any`; the empty name matches nothing.
    ///
    /// # Errors
    /// [`PreimageStopError::UnknownType`].
    pub fn parse_type(name: &str) -> Result<Self, PreimageStopError> {
        let type_byte = match name {
            "" => return Ok(Self::default()),
            "any" => return Ok(Self { any: true, ..Self::default() }),
            "local" => 1,
            "keccak" => 2,
            "sha256" => 4,
            "blob" => 5,
            "precompile" => 6,
            _ => return Err(PreimageStopError::UnknownType(name.to_owned())),
        };
        Ok(Self { key_prefix: vec![type_byte], ..Self::default() })
    }

    /// Whether a run ends after a step that read `key` at `offset`; `length` counts the value's length prefix, `step` is
    /// the counter before the step.
    pub fn matches(&self, key: &B256, length: u64, offset: u64, step: u64) -> bool {
        let by_key = !self.key_prefix.is_empty();
        let key_matches = by_key && key.starts_with(&self.key_prefix);
        let large = self.larger_than != 0 && length > self.larger_than;
        match (by_key, self.larger_than != 0) {
            _ if self.any => true,
            (true, true) => key_matches && large,
            (true, false) => key_matches && self.offset == offset && step >= self.from_step,
            (false, true) => large,
            (false, false) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8) -> B256 {
        let mut key = B256::repeat_byte(0xab);
        key[0] = first;
        key
    }

    #[test]
    fn parses_prefix_offset_and_step() {
        let stop = PreimageStop::parse_key("0x02ab@8@77").unwrap();
        assert_eq!(stop, PreimageStop { key_prefix: vec![2, 0xab], offset: 8, from_step: 77, ..Default::default() });
        assert!(stop.matches(&key(2), 100, 8, 77));
        assert!(!stop.matches(&key(2), 100, 8, 76));
        assert!(!stop.matches(&key(2), 100, 16, 77));
        assert!(!stop.matches(&key(1), 100, 8, 77));
        for bad in ["0xzz", "02@x", "02@1@2@3", "02@-1", &"00".repeat(33)] {
            assert!(PreimageStop::parse_key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn type_and_size_must_both_hold() {
        let mut stop = PreimageStop::parse_type("keccak").unwrap();
        assert!(stop.matches(&key(2), 40, 0, 0) && !stop.matches(&key(2), 40, 8, 0));
        stop.larger_than = 40;
        assert!(!stop.matches(&key(2), 40, 0, 0));
        assert!(stop.matches(&key(2), 41, 24, 0));
        assert!(!stop.matches(&key(5), 41, 24, 0));
        let size_alone = PreimageStop { larger_than: 40, ..Default::default() };
        assert!(size_alone.matches(&key(5), 41, 24, 0) && !size_alone.matches(&key(5), 40, 0, 0));
        assert!(PreimageStop::parse_type("any").unwrap().matches(&key(9), 0, 5, 0));
        assert!(!PreimageStop::default().matches(&key(1), 0, 0, 0));
        assert!(PreimageStop::parse_type("keccak256").is_err());
    }
}
