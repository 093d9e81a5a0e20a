//! The verdict over a claim.
//!
//! A claim names an output root and a block number. It holds when the root is that of the block, or, where the data of that block
//! is not on L1 yet, of the last block that can be derived: the trace of a game goes on for its whole length, and repeats its
//! last output root (specification: fault-proof/index.md, "Trace extension").

use crate::{
    boot::{Boot, config_of},
    error::ProgramError,
    oracle::Oracle,
    span::{Span, agreed_header},
};
use alloy_primitives::B256;
use preimage::PreimageOracle;
use primitives::chain_config::ChainConfig;

/// What the program decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The claim holds.
    Valid,
    /// The claim does not hold.
    Invalid {
        /// The output root that would have been right; `None` where no root could be: the claimed block is below the
        /// agreed one.
        computed: Option<B256>,
    },
}

impl Verdict {
    /// The exit code: 0 or 1.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid { .. } => 1,
        }
    }

    fn compare(claimed: B256, computed: B256) -> Self {
        if claimed == computed { Self::Valid } else { Self::Invalid { computed: Some(computed) } }
    }
}

/// The exit code of a program that could not decide. A game takes it for neither valid nor invalid.
pub const EXIT_UNKNOWN: u8 = 2;

/// Decides the claim in the oracle's local inputs, with the configs of a prestate's section.
///
/// # Errors
/// The claim cannot be decided: data is missing or malformed, the chain is not known, or its rules are not.
pub fn judge<O: PreimageOracle>(mut oracle: O, config_section: &[u8]) -> Result<Verdict, ProgramError> {
    let boot = Boot::load(&mut oracle)?;
    let config = config_of(config_section, boot.chain_id)?;
    judge_claim(oracle, &config, &boot)
}

/// Decides a claim.
///
/// # Errors
/// As [`judge`].
pub fn judge_claim<O: PreimageOracle>(oracle: O, config: &ChainConfig, boot: &Boot) -> Result<Verdict, ProgramError> {
    let oracle = Oracle::new(oracle, config.rollup.l2_chain_id);
    let agreed = agreed_header(&oracle, boot.agreed_output_root)?;
    // Two decisions by the numbers alone: equal roots say nothing when the numbers differ.
    if boot.claimed_block_number < agreed.number {
        return Ok(Verdict::Invalid { computed: None });
    }
    if boot.claimed_block_number == agreed.number {
        return Ok(Verdict::compare(boot.claimed_output_root, boot.agreed_output_root));
    }
    let mut span = Span::start(&oracle, config, boot.l1_head, agreed)?;
    let mut made = false;
    while span.safe_head().number < boot.claimed_block_number && span.advance(&mut |_, _| {})? {
        made = true;
    }
    // With no block at all the agreed root stands, whatever its preimage would give.
    let computed = if made { span.output_root()?.hash() } else { boot.agreed_output_root };
    Ok(Verdict::compare(boot.claimed_output_root, computed))
}

/// The program as a guest: the verdict as an exit code, [`EXIT_UNKNOWN`] for every error.
pub fn run<O: PreimageOracle>(oracle: O, config_section: &[u8]) -> u8 {
    judge(oracle, config_section).map_or(EXIT_UNKNOWN, |verdict| verdict.exit_code())
}
