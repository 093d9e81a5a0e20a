//! `tribunal program run`: decides a claim natively.

use crate::exit::CommandError;
use alloy_primitives::B256;
use clap::Args;
use host::{
    OfflineHost, Witness,
    native::{self, Judgement},
};
use serde_json::json;
use std::{io::Write, path::PathBuf};

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Folder with boot.json and preimages.kv[.zst].
    #[arg(long, value_name = "DIR")]
    witness: PathBuf,
    /// Judge this output root instead of the one in boot.json.
    #[arg(long, value_name = "ROOT")]
    claim: Option<B256>,
    /// Judge the claim for this L2 block instead of the one in boot.json.
    #[arg(long, value_name = "NUMBER")]
    block: Option<u64>,
    /// Folder with network upgrade transactions, one FORK.json a fork.
    #[arg(long, value_name = "DIR")]
    upgrades: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Exit code when there is no verdict.
const UNDECIDED: u8 = 2;

pub(super) fn judge(args: &RunArgs) -> Result<u8, CommandError> {
    let upgrades = args.upgrades.as_deref();
    let witness = Witness::load_with_upgrades(&args.witness, upgrades).map_err(CommandError::data)?;
    let claim = args.claim.unwrap_or(witness.boot.claimed_l2_output_root);
    let block = args.block.unwrap_or(witness.boot.claimed_l2_block_number);
    let boot = witness.boot.with_claim(claim, block);
    let config = native::chain_config(&boot).map_err(CommandError::data)?;
    let judgement = native::judge(&OfflineHost::new(witness.store, boot), &config);

    let (code, verdict) = match &judgement {
        Judgement::Valid => (0, "valid"),
        Judgement::Invalid { .. } => (1, "invalid"),
        Judgement::Unknown(_) => (UNDECIDED, "unknown"),
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        let computed = match &judgement {
            Judgement::Valid => Some(claim),
            Judgement::Invalid { computed } => *computed,
            Judgement::Unknown(_) => None,
        };
        let unknown = match &judgement {
            Judgement::Unknown(unknown) => Some(unknown),
            _ => None,
        };
        let report = json!({
            "verdict": verdict,
            "claimed_l2_output_root": claim.to_string(),
            "claimed_l2_block_number": block,
            "computed_l2_output_root": computed.map(|root| root.to_string()),
            "missing_preimage": unknown.and_then(|u| u.missing).map(|key| key.to_string()),
            "reason": unknown.map(|u| &u.reason),
        });
        writeln!(out, "{report:#}")?;
        return Ok(code);
    }
    writeln!(out, "{verdict}: output root {claim} at block {block}")?;
    match &judgement {
        Judgement::Valid => {}
        Judgement::Invalid { computed: Some(computed) } => writeln!(out, "computed output root {computed}")?,
        Judgement::Invalid { computed: None } => writeln!(out, "the block is below the agreed one")?,
        Judgement::Unknown(unknown) => {
            writeln!(out, "{}", unknown.reason)?;
            if let Some(fork) = unknown.missing_upgrade() {
                writeln!(out, "it is a transaction of the {fork} upgrade: give --upgrades DIR with {fork}.json")?;
            }
        }
    }
    Ok(code)
}
