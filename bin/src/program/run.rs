//! `tribunal program run`: decides a claim natively.

use crate::{claim::ClaimArgs, exit::CommandError};
use clap::Args;
use host::native::Judgement;
use serde_json::json;
use std::{io::Write, path::Path};

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    claim: ClaimArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Exit code when there is no verdict.
const UNDECIDED: u8 = 2;

pub(super) fn judge(args: &RunArgs) -> Result<u8, CommandError> {
    let (boot, source) = args.claim.open()?;
    let judgement = source.judge(&boot)?;
    let (claim, block) = (boot.claimed_l2_output_root, boot.claimed_l2_block_number);

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
            "memory": memory(args.claim.witness()),
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

/// The most memory that this process has had, and how much of it can be the mapped image of the witness; none on systems that do
/// not tell.
fn memory(witness: Option<&Path>) -> Option<serde_json::Value> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024;
    let image = witness.and_then(|folder| std::fs::metadata(folder.join(host::image::IMAGE_FILE)).ok());
    let mapped = image.map_or(0, |file| file.len());
    Some(json!({"peak": peak, "mapped": mapped}))
}
