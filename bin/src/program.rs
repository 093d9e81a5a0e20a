//! `tribunal program`: decides a claim natively, and lists what a witness holds.

use crate::exit::CommandError;
use alloy_primitives::B256;
use clap::{Args, Subcommand};
use host::{
    OfflineHost, Witness,
    native::{self, Judgement},
};
use serde_json::{Value, json};
use std::{io::Write, path::PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum ProgramCommand {
    /// Decide a claim: exit code 0 valid, 1 invalid, 2 undecided (a preimage is missing, or the program failed).
    Run(RunArgs),
    /// List what a witness folder holds, after checking all of it.
    Inspect(InspectArgs),
}

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

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Folder with boot.json and preimages.kv[.zst].
    #[arg(long, value_name = "DIR")]
    witness: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(command: &ProgramCommand) -> Result<u8, CommandError> {
    match command {
        ProgramCommand::Run(args) => judge(args),
        ProgramCommand::Inspect(args) => inspect(args),
    }
}

/// Exit code when there is no verdict.
const UNDECIDED: u8 = 2;

fn judge(args: &RunArgs) -> Result<u8, CommandError> {
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

fn inspect(args: &InspectArgs) -> Result<u8, CommandError> {
    let witness = Witness::load(&args.witness).map_err(CommandError::data)?;
    let boot = &witness.boot;
    let agreed = witness.agreed_block();
    let claims: Vec<Value> = witness
        .expected
        .iter()
        .map(|claim| {
            json!({
                "claimed_l2_output_root": claim.claimed_l2_output_root.to_string(),
                "claimed_l2_block_number": claim.claimed_l2_block_number,
                "verdict": if claim.valid { "valid" } else { "invalid" },
                "kind": claim.kind,
            })
        })
        .collect();
    let report = json!({
        "l2_chain_id": boot.l2_chain_id,
        "l1_head": boot.l1_head.to_string(),
        "agreed_l2_output_root": boot.agreed_l2_output_root.to_string(),
        "agreed_l2_block_number": agreed.as_ref().ok().map(|(number, _)| number),
        "agreed_l2_block_hash": agreed.as_ref().ok().map(|(_, hash)| hash.to_string()),
        "claimed_l2_output_root": boot.claimed_l2_output_root.to_string(),
        "claimed_l2_block_number": boot.claimed_l2_block_number,
        "configs": {
            "rollup": boot.rollup_config.is_some(),
            "l2_chain": boot.l2_chain_config.is_some(),
            "l1_chain": boot.l1_chain_config.is_some(),
        },
        "l1_headers": witness.l1_headers(),
        "l2_headers": witness.l2_headers(),
        "preimages": witness.store.size(),
        "unproven_precompile_results": witness.unproven_results,
        "known_verdicts": claims,
    });
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{report:#}")?;
        return Ok(0);
    }
    writeln!(out, "witness            {}", args.witness.display())?;
    writeln!(out, "L2 chain           {}", boot.l2_chain_id)?;
    let range = |range: Option<host::HeaderRange>| match range {
        Some(r) => format!("{} to {}", r.first, r.last),
        None => "none".to_owned(),
    };
    writeln!(out, "L1 head            {}", boot.l1_head)?;
    writeln!(out, "L1 headers         {}", range(witness.l1_headers()))?;
    match &agreed {
        Ok((number, hash)) => writeln!(out, "agreed             block {number}, {hash}")?,
        Err(error) => writeln!(out, "agreed             {error}")?,
    }
    writeln!(out, "agreed root        {}", boot.agreed_l2_output_root)?;
    writeln!(out, "L2 headers         {}", range(witness.l2_headers()))?;
    writeln!(out, "claimed            block {}", boot.claimed_l2_block_number)?;
    writeln!(out, "claimed root       {}", boot.claimed_l2_output_root)?;
    let size = witness.store.size();
    writeln!(
        out,
        "preimages          {} keccak256, {} sha256, {} blobs, {} precompile results; {} bytes",
        size.keccak256, size.sha256, size.blobs, size.precompiles, size.bytes
    )?;
    if witness.unproven_results > 0 {
        writeln!(out, "left out           {} precompile results without inputs", witness.unproven_results)?;
    }
    for claim in &witness.expected {
        let verdict = if claim.valid { "valid" } else { "invalid" };
        let (root, number) = (claim.claimed_l2_output_root, claim.claimed_l2_block_number);
        writeln!(out, "known verdict      {verdict:<7} {root} at {number} ({})", claim.kind)?;
    }
    Ok(0)
}
