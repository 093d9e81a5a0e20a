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
        /// Bytes of the configs with their length.
        needed: u64,
        /// Bytes of the section.
        reserved: u64,
    },
}

/// Content of the section: `u32 length ‖ configs`, the length big-endian. What the configs look like is the guest's matter.
///
/// # Errors
/// [`ChainConfigError::TooLarge`] if it does not fit into `reserved` bytes or the length into 32 bits.
pub fn chain_config_section(configs: &[u8], reserved: u64) -> Result<Vec<u8>, ChainConfigError> {
    let needed = (configs.len() as u64).saturating_add(4);
    match u32::try_from(configs.len()) {
        Ok(length) if needed <= reserved => Ok([&length.to_be_bytes(), configs].concat()),
        _ => Err(ChainConfigError::TooLarge { needed, reserved }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_limit() {
        assert_eq!(chain_config_section(b"ab", 6).unwrap(), [0, 0, 0, 2, b'a', b'b']);
        let error = chain_config_section(b"ab", 5).unwrap_err();
        assert_eq!(error, ChainConfigError::TooLarge { needed: 6, reserved: 5 });
        assert_eq!(chain_config_section(b"", 4).unwrap(), [0; 4]);
    }
}
