//! `tribunal program run`: decides a claim natively.

use crate::{
    exit::CommandError,
    host::Online,
    nodes::{NodeArgs, open_shelf},
};
use alloy_primitives::B256;
use clap::Args;
use host::{
    Boot, OfflineHost, Witness,
    native::{self, Judgement, judge_over},
    shelf::ShelfKind,
};
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Folder with boot.json and preimages.kv[.zst], or of an import.
    #[arg(long, value_name = "DIR", conflicts_with = "boot", required_unless_present = "boot")]
    witness: Option<PathBuf>,
    /// A boot.json: decide from nodes, and from what --data-dir holds.
    #[arg(long, value_name = "FILE")]
    boot: Option<PathBuf>,
    /// Hash of the agreed L2 block, from which the preimage of the agreed output root is made.
    #[arg(long, value_name = "HASH", requires = "boot")]
    agreed_hash: Option<B256>,
    #[command(flatten)]
    nodes: NodeArgs,
    /// Folder in which fetched values are kept.
    #[arg(long, value_name = "DIR", requires = "boot")]
    data_dir: Option<PathBuf>,
    /// How they are kept: memory, flat, database, directory (as op-program and kona-host do).
    #[arg(
        long,
        value_name = "KIND",
        default_value = "memory",
        default_value_if("data_dir", clap::builder::ArgPredicate::IsPresent, "flat")
    )]
    store: ShelfKind,
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

/// The claim in question: that of `boot.json`, as far as flags do not change it.
fn claimed(args: &RunArgs, boot: &Boot) -> Boot {
    let root = args.claim.unwrap_or(boot.claimed_l2_output_root);
    boot.with_claim(root, args.block.unwrap_or(boot.claimed_l2_block_number))
}

fn from_witness(args: &RunArgs, folder: &Path) -> Result<(Boot, Judgement), CommandError> {
    let witness = Witness::load_with_upgrades(folder, args.upgrades.as_deref()).map_err(CommandError::data)?;
    let boot = claimed(args, &witness.boot);
    let config = native::chain_config(&boot).map_err(CommandError::data)?;
    let judgement = native::judge(&OfflineHost::new(witness.store, boot.clone()), &config);
    Ok((boot, judgement))
}

fn from_nodes(args: &RunArgs, file: &Path) -> Result<(Boot, Judgement), CommandError> {
    let boot = claimed(args, &Boot::load(file).map_err(CommandError::data)?.0);
    let config = native::chain_config(&boot).map_err(CommandError::data)?;
    let shelf = open_shelf(args.store, &args.data_dir)?;
    let (agreed_hash, upgrades) = (args.agreed_hash, args.upgrades.as_deref());
    let host = Online { boot: boot.clone(), nodes: &args.nodes, agreed_hash, shelf, upgrades }.host()?;
    let judgement = match judge_over(host.clone(), &boot, &config) {
        Judgement::Unknown(mut unknown) => {
            unknown.reason += &host.failure().map(|cause| format!(": {cause}")).unwrap_or_default();
            Judgement::Unknown(unknown)
        }
        decided => decided,
    };
    Ok((boot, judgement))
}

pub(super) fn judge(args: &RunArgs) -> Result<u8, CommandError> {
    let (boot, judgement) = match (&args.witness, &args.boot) {
        (Some(folder), _) => from_witness(args, folder)?,
        (None, Some(boot)) => from_nodes(args, boot)?,
        (None, None) => return Err(CommandError::usage("neither --witness nor --boot is given")),
    };
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
            "memory": memory(args.witness.as_deref()),
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
