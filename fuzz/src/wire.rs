//! What other programs send: configs, frames of the preimage channels, hints.

use alloy_primitives::Bytes;
use preimage::{
    Channel, ChannelError, Hint, KeyType, OracleClient, OracleError, PreimageKey, PreimageOracle, serve_hint,
    serve_preimage,
};
use primitives::{
    chain_config::{L1ChainConfig, decode_chain_config, decode_chain_configs, encode_chain_configs, registry},
    rollup_config::RollupConfig,
};

/// The configs in a prestate: one encoding, and one chain is read as all are.
pub(crate) fn chain_configs(bytes: &[u8]) -> bool {
    let one = decode_chain_config(bytes, 10);
    let Ok(configs) = decode_chain_configs(bytes) else { return false };
    assert_eq!(encode_chain_configs(&configs), bytes, "configs have one encoding");
    let found = configs.into_iter().find(|config| config.rollup.l2_chain_id == 10);
    assert_eq!(one, Ok(found), "one is read as all are");
    true
}

/// Configs as JSON and TOML.
pub(crate) fn rollup_json(bytes: &[u8]) -> bool {
    let Ok(text) = core::str::from_utf8(bytes) else { return false };
    let _ = (L1ChainConfig::from_json(text), registry::read_chain(text, 1), registry::read_l1_chain_id(text));
    RollupConfig::from_json(text).is_ok_and(|config| config.validate().is_ok())
}

/// A channel on which the other side has written these bytes, in pieces of changing size, and reads nothing.
struct Written<'a> {
    bytes: &'a [u8],
    piece: usize,
}

impl Channel for Written<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ChannelError> {
        self.piece = self.piece % 37 + 1;
        let count = buffer.len().min(self.bytes.len()).min(self.piece);
        let (taken, rest) = self.bytes.split_at(count);
        buffer[..count].copy_from_slice(taken);
        self.bytes = rest;
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ChannelError> {
        Ok(bytes.len())
    }
}

/// Both halves of both channels, whatever the other side writes.
pub(crate) fn framing(bytes: &[u8]) -> bool {
    let written = || Written { bytes, piece: 0 };
    let mut good = 0;
    let mut requests = written();
    while let Ok(true) = serve_preimage(&mut requests, |_| Ok::<_, ()>(Bytes::from_static(b"value"))) {
        good += 1;
    }
    let mut hints = written();
    while let Ok(true) = serve_hint(&mut hints, |_| Ok::<_, ()>(())) {
        good += 1;
    }
    let mut client = OracleClient::new(written(), written());
    let key = PreimageKey::new(KeyType::Keccak256, Default::default());
    let value = client.get(&key);
    assert!(!matches!(value, Err(OracleError::Missing(_))), "a client cannot tell that a value is missing");
    if let Ok(value) = &value {
        assert!(value.len() + 8 <= bytes.len(), "a value was written in full");
        good += 1;
    }
    let _ = client.hint_text("l2-code 0x00");
    good > 0
}

/// A hint as text: what is written is read.
pub(crate) fn hint(bytes: &[u8]) -> bool {
    let Ok(text) = core::str::from_utf8(bytes) else { return false };
    let Ok(hint) = Hint::parse(text) else { return false };
    let again = hint.to_string();
    assert_eq!(Hint::parse(&again).as_ref(), Ok(&hint), "{again}");
    true
}
