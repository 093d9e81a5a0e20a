//! The scenario's input from recorded data (a witness folder), and programs from ELF images.

use crate::scenario::Input;
use alloy_consensus::Header;
use alloy_primitives::{B256, keccak256};
use alloy_rlp::Decodable;
use challenger::OutputRoots;
use host::native::{self, ChainConfigError};
use host::{OfflineHost, Witness};
use mips64::{Mips64, State};
use preimage::PreimageKey;
use primitives::chain_config::{ChainConfig, encode_chain_configs};
use std::sync::Arc;
use thiserror::Error;
use vm::{ElfError, ElfImage, Symbols};

/// Headers before the L1 head that BLOCKHASH can reach.
const ANCESTORS: usize = 255;

/// A program in its first state.
pub struct Program {
    /// The state.
    pub prestate: Mips64,
    /// Names of its functions.
    pub symbols: Symbols,
}

impl Program {
    /// From an image, with the configs of the chains that it shall know.
    pub fn from_elf(elf: &[u8], configs: &[ChainConfig]) -> Result<Self, ElfError> {
        let mut image = ElfImage::parse(elf)?;
        if !configs.is_empty() {
            image.set_chain_configs(&encode_chain_configs(configs))?;
        }
        let state = State::from_elf(&image)?;
        Ok(Self { prestate: Mips64::new(state), symbols: image.symbols })
    }
}

/// Why recorded data cannot be disputed.
#[derive(Debug, Error)]
pub enum RecordedError {
    /// The configs of its chain.
    #[error(transparent)]
    Config(#[from] ChainConfigError),
    /// The agreed block is not in the data.
    #[error("agreed block: {0}")]
    Agreed(String),
    /// The header of the L1 head is not in the data.
    #[error("the witness has no header for the L1 head {0}")]
    L1Head(B256),
    /// The output roots cannot be computed.
    #[error("output roots: {0}")]
    Outputs(String),
    /// The data holds no block after the agreed one.
    #[error("no block after the agreed one can be derived from the L1 head")]
    Empty,
    /// Somebody else holds the witness's preimages, so that none can be added.
    #[error("the witness's preimages are in use elsewhere")]
    Shared,
}

/// The configs of a witness's chain.
pub fn config(witness: &Witness) -> Result<ChainConfig, RecordedError> {
    Ok(native::chain_config(&witness.boot)?)
}

/// A dispute about the claim of a witness: about its block, whatever root it claims. The blocks between are added to the preimages, for the runs that start from them.
pub fn input(name: &str, witness: Witness, config: &ChainConfig, program: Program) -> Result<Input, RecordedError> {
    let (agreed_block, _) = witness.agreed_block().map_err(|e| RecordedError::Agreed(e.to_string()))?;
    let Witness { boot, mut store, .. } = witness;
    let mut written = Vec::new();
    let host = OfflineHost::new(store.clone(), boot.clone());
    let span = native::record_span(&host, config, boot.claimed_l2_block_number, &mut |value| written.push(value));
    drop(host);
    if let Some(unknown) = span.unknown {
        return Err(RecordedError::Outputs(unknown.reason));
    }
    let roots: Vec<B256> = span.blocks.iter().map(|block| block.output.hash()).collect();
    if roots.is_empty() {
        return Err(RecordedError::Empty);
    }
    let filled = Arc::get_mut(&mut store).ok_or(RecordedError::Shared)?;
    for value in written {
        filled.insert_keccak256(value);
    }
    let host = OfflineHost::new(store.clone(), boot.clone());
    let header = |hash: B256| {
        let rlp = host.lookup(&PreimageKey::keccak256(hash)).ok()?;
        debug_assert_eq!(keccak256(&rlp), hash, "the store checks keys");
        Header::decode(&mut rlp.as_ref()).ok()
    };
    let l1_head = header(boot.l1_head).ok_or(RecordedError::L1Head(boot.l1_head))?;
    let mut l1_ancestors = Vec::new();
    let mut parent = l1_head.parent_hash;
    while let Some(ancestor) = header(parent).filter(|_| l1_ancestors.len() < ANCESTORS) {
        parent = ancestor.parent_hash;
        l1_ancestors.push(ancestor);
    }
    Ok(Input {
        name: name.into(),
        prestate: program.prestate,
        symbols: program.symbols,
        store,
        outputs: Arc::new(OutputRoots::new(agreed_block, roots)),
        agreed_root: boot.agreed_l2_output_root,
        claimed_block: boot.claimed_l2_block_number,
        chain_id: boot.l2_chain_id,
        l1_chain_id: config.l1.chain_id,
        l1_head,
        l1_ancestors,
        l1_state: None,
    })
}
