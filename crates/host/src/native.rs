//! The program run natively over a host in process: verdicts over claims, and the output roots of a span of blocks.
//!
//! The same code as in a machine, so what it says about a claim is what the machine will end with. What it cannot decide is
//! unknown, with the reason; unknown is never a reason to move in a game.

use crate::{boot::Boot, offline::OfflineHost};
use alloy_primitives::{B256, Bytes};
use core::ops::ControlFlow;
use preimage::{PreimageKey, PreimageOracle};
use primitives::rollup_config::FORKS;
use primitives::{
    OutputRoot,
    chain_config::{ChainConfig, DecodeError, L1ChainConfig, known},
    rollup_config::{Fork, RollupConfig, json::JsonError},
};
use program::{ProgramError, Verdict};

/// What a native run says about a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The claim holds.
    Valid,
    /// The claim does not hold.
    Invalid {
        /// The output root that would have been right; `None` when the claimed block is below the agreed one.
        computed: Option<B256>,
    },
    /// There is no verdict.
    Unknown(Unknown),
}

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The preimage that is missing, when that is the reason.
    pub missing: Option<PreimageKey>,
    /// The reason in words.
    pub reason: String,
}

impl Unknown {
    /// The fork of whose activation the missing preimage is a transaction; such bytes do not depend on the chain and can be
    /// had from any folder of upgrade transactions.
    pub fn missing_upgrade(&self) -> Option<Fork> {
        upgrade_of(&self.missing?)
    }
}

/// The fork of whose network upgrade a key's value is a transaction.
pub(crate) fn upgrade_of(key: &PreimageKey) -> Option<Fork> {
    let is = |hash: &B256| PreimageKey::keccak256(*hash) == *key;
    FORKS.iter().find(|entry| entry.upgrade.transactions.iter().any(is)).map(|entry| entry.fork)
}

impl From<ProgramError> for Unknown {
    fn from(error: ProgramError) -> Self {
        Self { missing: error.missing().copied(), reason: error.to_string() }
    }
}

/// Why the configs of a claim's chain cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ChainConfigError {
    /// A config is no JSON in UTF-8.
    #[error("{0} is no text")]
    NotText(&'static str),
    /// A config cannot be read.
    #[error("{name}: {source}")]
    Json {
        /// Which of the configs.
        name: &'static str,
        /// What is wrong with it.
        source: JsonError,
    },
    /// The rollup config is of another chain than the claim.
    #[error("rollup_config is of chain {found}, l2_chain_id says {expected}")]
    OtherChain {
        /// The chain of the config.
        found: u64,
        /// The chain of the claim.
        expected: u64,
    },
    /// No config is given and the chain is not built in.
    #[error("chain {0} is not built in; boot.json has to give its rollup_config")]
    UnknownChain(u64),
    /// The chain's L1 is not built in, and no config is given.
    #[error("L1 chain {0} is not built in; boot.json has to give its l1_chain_config")]
    UnknownL1(u64),
    /// The configs are not such as a chain can have.
    #[error("configs of chain {chain_id}: {source}")]
    Invalid {
        /// The chain.
        chain_id: u64,
        /// What is wrong.
        source: DecodeError,
    },
}

/// The configs of a claim's chain: those that came with the claim, else those that are built in.
///
/// # Errors
/// [`ChainConfigError`].
pub fn chain_config(boot: &Boot) -> Result<ChainConfig, ChainConfigError> {
    let text = |name, json: &'_ alloy_primitives::Bytes| {
        String::from_utf8(json.to_vec()).map_err(|_| ChainConfigError::NotText(name))
    };
    let chain_id = boot.l2_chain_id;
    let mut config = match &boot.rollup_config {
        None => known::chain_config(chain_id).ok_or(ChainConfigError::UnknownChain(chain_id))?,
        Some(json) => {
            let rollup = RollupConfig::from_json(&text("rollup_config", json)?)
                .map_err(|source| ChainConfigError::Json { name: "rollup_config", source })?;
            // Overwritten below when it is given.
            let l1 = match (&boot.l1_chain_config, L1ChainConfig::known(rollup.l1_chain_id)) {
                (_, Some(l1)) => l1,
                (Some(_), None) => L1ChainConfig { chain_id: rollup.l1_chain_id, blob_schedule: Vec::new() },
                (None, None) => return Err(ChainConfigError::UnknownL1(rollup.l1_chain_id)),
            };
            ChainConfig { rollup, l1 }
        }
    };
    if let Some(json) = &boot.l1_chain_config {
        config.l1 = L1ChainConfig::from_json(&text("l1_chain_config", json)?)
            .map_err(|source| ChainConfigError::Json { name: "l1_chain_config", source })?;
    }
    if config.rollup.l2_chain_id != chain_id {
        return Err(ChainConfigError::OtherChain { found: config.rollup.l2_chain_id, expected: chain_id });
    }
    config.validate().map_err(|source| ChainConfigError::Invalid { chain_id, source })?;
    Ok(config)
}

/// The inputs of the program as the game would give them.
const fn inputs(boot: &Boot) -> program::Boot {
    program::Boot {
        l1_head: boot.l1_head,
        agreed_output_root: boot.agreed_l2_output_root,
        claimed_output_root: boot.claimed_l2_output_root,
        claimed_block_number: boot.claimed_l2_block_number,
        chain_id: boot.l2_chain_id,
    }
}

/// Decides the claim of a host.
pub fn judge(host: &OfflineHost, config: &ChainConfig) -> Judgement {
    judge_over(host.clone(), host.boot(), config)
}

/// Decides a claim over any source of preimages.
pub fn judge_over(oracle: impl PreimageOracle, boot: &Boot, config: &ChainConfig) -> Judgement {
    match program::judge_claim(oracle, config, &inputs(boot)) {
        Ok(Verdict::Valid) => Judgement::Valid,
        Ok(Verdict::Invalid { computed }) => Judgement::Invalid { computed },
        Err(error) => Judgement::Unknown(error.into()),
    }
}

/// A block and what its output root commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockOutput {
    /// Number of the block.
    pub number: u64,
    /// Its output; `output.hash()` is the output root.
    pub output: OutputRoot,
}

/// The blocks behind an agreed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputSpan {
    /// The blocks, in order, beginning with the agreed block's child.
    pub blocks: Vec<BlockOutput>,
    /// Why they end before the block that was asked for: `None` when they do not, or when L1 holds no data for more; else
    /// what is missing. The blocks before are right all the same.
    pub unknown: Option<Unknown>,
}

/// Computes the output of every block behind the agreed one up to `to_block`, in one go.
pub fn output_span(host: &OfflineHost, config: &ChainConfig, to_block: u64) -> OutputSpan {
    record_span(host, config, to_block, &mut |_| {})
}

/// [`output_span`], and `written` gets the keccak256 preimages that the blocks add: with them in a store, a run can start from
/// any block of the span, as the execution games of a dispute over it do.
pub fn record_span(
    host: &OfflineHost,
    config: &ChainConfig,
    to_block: u64,
    written: &mut dyn FnMut(Bytes),
) -> OutputSpan {
    record_span_over(host.clone(), host.boot(), config, to_block, written)
}

/// [`record_span`] over any source of preimages.
pub fn record_span_over(
    oracle: impl PreimageOracle,
    boot: &Boot,
    config: &ChainConfig,
    to_block: u64,
    written: &mut dyn FnMut(Bytes),
) -> OutputSpan {
    let (mut blocks, mut values) = (Vec::new(), Vec::new());
    let ended = program::record_span(
        oracle,
        config,
        boot.l1_head,
        boot.agreed_l2_output_root,
        to_block,
        &mut |block| {
            blocks.push(BlockOutput { number: block.header.number, output: block.output });
            ControlFlow::Continue(())
        },
        &mut |_, value| values.push(Bytes::copy_from_slice(value)),
    );
    values.into_iter().for_each(&mut *written);
    for block in &blocks {
        written(Bytes::copy_from_slice(&block.output.encode()));
    }
    OutputSpan { blocks, unknown: ended.err().map(Unknown::from) }
}
