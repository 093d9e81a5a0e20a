//! The compact binary form of chain configs: one version byte, then an RLP list. A guest reads it from its prestate,
//! so it has one encoding per value, no optional fields, and decoding validates what it reads.

use super::{ChainConfig, L1ChainConfig, L1ConfigError};
use crate::{
    fork::{Fork, ForkTimes},
    rollup_config::{BaseFeeParams, Genesis, RollupConfig, validation::ConfigError},
};
use alloc::vec::Vec;
use alloy_primitives::Address;
use alloy_rlp::{Decodable, Encodable, Header, RlpDecodable, RlpEncodable};

/// The version of the encoding that is written.
const VERSION: u8 = 1;

/// Why bytes are not an encoded list of chain configs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There are no bytes.
    #[error("chain configs: empty")]
    Empty,
    /// The first byte names a version that is not known.
    #[error("chain configs: unknown version {0}, this program reads version {VERSION}")]
    Version(u8),
    /// The bytes are not the RLP form of chain configs.
    #[error("chain configs: {0}")]
    Rlp(alloy_rlp::Error),
    /// Bytes follow after the list.
    #[error("chain configs: {0} bytes follow after the list")]
    TrailingBytes(usize),
    /// A fork has an unknown identifier or stands twice or out of order.
    #[error("chain configs: fork {0} is unknown, repeated or out of order")]
    Fork(u8),
    /// Two configs have the same chain id.
    #[error("chain configs: chain {0} occurs twice")]
    Duplicate(u64),
    /// The rollup config's L1 is not the L1 that comes with it.
    #[error("chain configs: the rollup config names L1 {rollup}, the L1 config is that of chain {l1}")]
    L1Mismatch {
        /// L1 chain id of the rollup config.
        rollup: u64,
        /// Chain id of the L1 config.
        l1: u64,
    },
    /// A rollup config contradicts itself.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An L1 config contradicts itself.
    #[error(transparent)]
    L1Config(#[from] L1ConfigError),
}

impl From<alloy_rlp::Error> for DecodeError {
    fn from(error: alloy_rlp::Error) -> Self {
        Self::Rlp(error)
    }
}

#[derive(RlpEncodable, RlpDecodable)]
struct ForkTime {
    fork: u8,
    time: u64,
}

#[derive(RlpEncodable, RlpDecodable)]
struct Entry {
    genesis: Genesis,
    block_time: u64,
    max_sequencer_drift: u64,
    seq_window_size: u64,
    channel_timeout: u64,
    granite_channel_timeout: u64,
    l1_chain_id: u64,
    l2_chain_id: u64,
    forks: Vec<ForkTime>,
    pectra_blob_schedule_time: Vec<u64>,
    keep_karst_upgrade_gas: bool,
    batch_inbox_address: Address,
    deposit_contract_address: Address,
    l1_system_config_address: Address,
    chain_op_config: BaseFeeParams,
    alt_da: bool,
    l1: L1ChainConfig,
}

impl Entry {
    /// How many fields stand before `l2_chain_id`.
    const FIELDS_BEFORE_L2_CHAIN_ID: usize = 7;
}

impl From<&ChainConfig> for Entry {
    fn from(config: &ChainConfig) -> Self {
        let rollup = &config.rollup;
        Self {
            genesis: rollup.genesis,
            block_time: rollup.block_time,
            max_sequencer_drift: rollup.max_sequencer_drift,
            seq_window_size: rollup.seq_window_size,
            channel_timeout: rollup.channel_timeout,
            granite_channel_timeout: rollup.granite_channel_timeout,
            l1_chain_id: rollup.l1_chain_id,
            l2_chain_id: rollup.l2_chain_id,
            forks: Fork::ALL[1..]
                .iter()
                .filter_map(|f| rollup.forks.get(*f).map(|time| ForkTime { fork: *f as u8, time }))
                .collect(),
            pectra_blob_schedule_time: rollup.pectra_blob_schedule_time.into_iter().collect(),
            keep_karst_upgrade_gas: rollup.keep_karst_upgrade_gas,
            batch_inbox_address: rollup.batch_inbox_address,
            deposit_contract_address: rollup.deposit_contract_address,
            l1_system_config_address: rollup.l1_system_config_address,
            chain_op_config: rollup.chain_op_config,
            alt_da: rollup.alt_da,
            l1: config.l1.clone(),
        }
    }
}

impl TryFrom<Entry> for ChainConfig {
    type Error = DecodeError;

    fn try_from(entry: Entry) -> Result<Self, DecodeError> {
        let mut forks = ForkTimes::default();
        let mut last = Fork::Bedrock;
        for ForkTime { fork, time } in &entry.forks {
            let known = Fork::from_id(*fork).filter(|f| *f > last).ok_or(DecodeError::Fork(*fork))?;
            forks.set(known, Some(*time));
            last = known;
        }
        if entry.pectra_blob_schedule_time.len() > 1 {
            return Err(DecodeError::Rlp(alloy_rlp::Error::UnexpectedLength));
        }
        let config = Self {
            rollup: RollupConfig {
                genesis: entry.genesis,
                block_time: entry.block_time,
                max_sequencer_drift: entry.max_sequencer_drift,
                seq_window_size: entry.seq_window_size,
                channel_timeout: entry.channel_timeout,
                granite_channel_timeout: entry.granite_channel_timeout,
                l1_chain_id: entry.l1_chain_id,
                l2_chain_id: entry.l2_chain_id,
                forks,
                pectra_blob_schedule_time: entry.pectra_blob_schedule_time.first().copied(),
                keep_karst_upgrade_gas: entry.keep_karst_upgrade_gas,
                batch_inbox_address: entry.batch_inbox_address,
                deposit_contract_address: entry.deposit_contract_address,
                l1_system_config_address: entry.l1_system_config_address,
                chain_op_config: entry.chain_op_config,
                alt_da: entry.alt_da,
            },
            l1: entry.l1,
        };
        config.validate()?;
        Ok(config)
    }
}

impl ChainConfig {
    /// Refuses a config that contradicts itself, or whose two halves do not belong together.
    pub fn validate(&self) -> Result<(), DecodeError> {
        self.rollup.validate()?;
        self.l1.validate()?;
        if self.rollup.l1_chain_id != self.l1.chain_id {
            return Err(DecodeError::L1Mismatch { rollup: self.rollup.l1_chain_id, l1: self.l1.chain_id });
        }
        Ok(())
    }
}

/// Encodes chain configs for the reserved section of a guest.
pub fn encode_chain_configs(configs: &[ChainConfig]) -> Vec<u8> {
    let entries: Vec<Entry> = configs.iter().map(Entry::from).collect();
    let mut out = Vec::with_capacity(1 + entries.length());
    out.push(VERSION);
    entries.encode(&mut out);
    out
}

/// The config of one chain in what [`encode_chain_configs`] wrote, validated; `None` where the list does not hold the chain.
/// The others are passed over: a guest that knows many chains pays for one.
pub fn decode_chain_config(bytes: &[u8], l2_chain_id: u64) -> Result<Option<ChainConfig>, DecodeError> {
    let mut found = None;
    let mut entries = entries(bytes)?;
    while !entries.is_empty() {
        let mut rest = entries;
        let mut fields = Header::decode_bytes(&mut rest, true)?;
        let entry = &entries[..entries.len() - rest.len()];
        entries = rest;
        for _ in 0..Entry::FIELDS_BEFORE_L2_CHAIN_ID {
            let header = Header::decode(&mut fields)?;
            fields = fields.get(header.payload_length..).ok_or(alloy_rlp::Error::InputTooShort)?;
        }
        if u64::decode(&mut fields)? == l2_chain_id && found.replace(entry).is_some() {
            return Err(DecodeError::Duplicate(l2_chain_id));
        }
    }
    found.map(|mut entry| ChainConfig::try_from(Entry::decode(&mut entry)?)).transpose()
}

/// The entries of an encoded list one after another, without the header of the list.
fn entries(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let (version, mut rest) = bytes.split_first().ok_or(DecodeError::Empty)?;
    if *version != VERSION {
        return Err(DecodeError::Version(*version));
    }
    let entries = Header::decode_bytes(&mut rest, true)?;
    if rest.is_empty() { Ok(entries) } else { Err(DecodeError::TrailingBytes(rest.len())) }
}

/// Decodes what [`encode_chain_configs`] wrote and validates every config.
pub fn decode_chain_configs(bytes: &[u8]) -> Result<Vec<ChainConfig>, DecodeError> {
    let mut entries = entries(bytes)?;
    let mut configs: Vec<ChainConfig> = Vec::new();
    while !entries.is_empty() {
        let config = ChainConfig::try_from(Entry::decode(&mut entries)?)?;
        let id = config.rollup.l2_chain_id;
        if configs.iter().any(|c| c.rollup.l2_chain_id == id) {
            return Err(DecodeError::Duplicate(id));
        }
        configs.push(config);
    }
    Ok(configs)
}
