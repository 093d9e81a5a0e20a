//! `tribunal program inspect`: lists what a witness holds.

use crate::exit::CommandError;
use clap::Args;
use host::Witness;
use serde_json::{Value, json};
use std::{io::Write, path::PathBuf};

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Folder with boot.json and preimages.kv[.zst].
    #[arg(long, value_name = "DIR")]
    witness: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn inspect(args: &InspectArgs) -> Result<u8, CommandError> {
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
