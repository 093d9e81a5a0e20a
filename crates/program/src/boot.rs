//! The inputs of a dispute: five local values that the game knows, and the configs of chains that belong to the prestate.

use crate::{error::ProgramError, oracle::Oracle};
use alloy_primitives::B256;
use preimage::{LocalInput, PreimageOracle};
use primitives::chain_config::{ChainConfig, decode_chain_config};

/// What a dispute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot {
    /// Hash of the last L1 block whose data may be used.
    pub l1_head: B256,
    /// The output root that both sides agree on.
    pub agreed_output_root: B256,
    /// The claim.
    pub claimed_output_root: B256,
    /// The block that the claim is about.
    pub claimed_block_number: u64,
    /// The L2 chain.
    pub chain_id: u64,
}

impl Boot {
    /// Reads local keys 1 to 5: a game gives no others.
    ///
    /// # Errors
    /// A value is missing or of another length.
    pub fn load<O: PreimageOracle>(oracle: &mut O) -> Result<Self, ProgramError> {
        let oracle = Oracle::new(oracle, 0);
        Ok(Self {
            l1_head: B256::new(oracle.local(LocalInput::L1Head)?),
            agreed_output_root: B256::new(oracle.local(LocalInput::AgreedOutputRoot)?),
            claimed_output_root: B256::new(oracle.local(LocalInput::ClaimedOutputRoot)?),
            claimed_block_number: u64::from_be_bytes(oracle.local(LocalInput::ClaimedBlockNumber)?),
            chain_id: u64::from_be_bytes(oracle.local(LocalInput::L2ChainId)?),
        })
    }
}

/// The config of a chain in the section of a prestate ([`primitives::chain_config::encode_chain_configs`]).
///
/// # Errors
/// The section cannot be read or does not hold the chain.
pub(crate) fn config_of(section: &[u8], chain_id: u64) -> Result<ChainConfig, ProgramError> {
    decode_chain_config(section, chain_id)?.ok_or(ProgramError::UnknownChain(chain_id))
}
