//! The section of an ELF that is reserved for chain configs: the configs of a guest's chains belong to its prestate, since
//! a game gives a program no other agreed input for them.

/// Name of the reserved section.
pub const CHAIN_CONFIG_SECTION: &str = ".tribunal.config";

/// Chain configs could not be put into an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainConfigError {
    /// The ELF has no such section.
    #[error("the ELF reserves no section {CHAIN_CONFIG_SECTION} for chain configs: use a guest that does")]
    NoSection,
    /// The section is not part of any segment that is loaded, so the guest would not see it.
    #[error("section {CHAIN_CONFIG_SECTION} at {address:#x} lies outside the loaded segments")]
    NotLoaded {
        /// Address that the section names.
        address: u64,
    },
    /// The configs are larger than the section.
    #[error("chain configs take {needed} bytes, section {CHAIN_CONFIG_SECTION} has {reserved}")]
    TooLarge {
        /// Bytes of all files with their lengths.
        needed: u64,
        /// Bytes of the section.
        reserved: u64,
    },
}

/// Content of the section: `u32 length of what follows`, then for each file `u32 length ‖ bytes`; lengths big-endian.
///
/// # Errors
/// [`ChainConfigError::TooLarge`] if it does not fit into `reserved` bytes or a length into 32 bits.
pub fn chain_config_section(files: &[&[u8]], reserved: u64) -> Result<Vec<u8>, ChainConfigError> {
    let payload: u64 = files.iter().map(|file| 4 + file.len() as u64).sum();
    let too_large = ChainConfigError::TooLarge { needed: payload.saturating_add(4), reserved };
    if payload.saturating_add(4) > reserved {
        return Err(too_large);
    }
    let payload = u32::try_from(payload).map_err(|_| too_large)?;
    let mut section = payload.to_be_bytes().to_vec();
    for file in files {
        // No file is longer than the payload, whose length fits.
        section.extend_from_slice(&(file.len() as u32).to_be_bytes());
        section.extend_from_slice(file);
    }
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_limit() {
        let section = chain_config_section(&[b"ab", b""], 14).unwrap();
        assert_eq!(section, [0, 0, 0, 10, 0, 0, 0, 2, b'a', b'b', 0, 0, 0, 0]);
        let error = chain_config_section(&[b"ab", b""], 13).unwrap_err();
        assert_eq!(error, ChainConfigError::TooLarge { needed: 14, reserved: 13 });
        assert_eq!(chain_config_section(&[], 4).unwrap(), [0; 4]);
    }
}
