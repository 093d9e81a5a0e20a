//! `tribunal program inspect`: lists what a witness holds, and what it lacks to decide its claim.

use crate::exit::CommandError;
use clap::Args;
use host::{
    Witness,
    native::{Judgement, Unknown, chain_config},
    record,
    survey::{Missing, Survey, survey},
};
use serde_json::{Value, json};
use std::{io::Write, path::PathBuf};

#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Folder with boot.json and preimages.kv[.zst].
    #[arg(long, value_name = "DIR")]
    witness: PathBuf,
    /// Folder with network upgrade transactions, one FORK.json a fork.
    #[arg(long, value_name = "DIR")]
    upgrades: Option<PathBuf>,
    /// Also replay each block between the agreed and the claimed one alone, as a game over the span would.
    #[arg(long)]
    each_block: bool,
    /// List what is there without deciding the claim.
    #[arg(long, conflicts_with = "each_block")]
    holdings_only: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What an unfinished recording has: it holds no claim yet, only values.
fn unfinished(args: &InspectArgs) -> Option<CommandError> {
    if args.witness.join("boot.json").exists() {
        return None;
    }
    let size = record::stored(&args.witness)?;
    Some(match size {
        Ok(size) => CommandError::data(format!(
            "{}: an unfinished recording with {} preimages and {} blobs, {} bytes; the same `program record` command goes on \
             from there and ends with boot.json",
            args.witness.display(),
            size.keccak256 + size.sha256,
            size.blobs,
            size.bytes
        )),
        Err(error) => CommandError::data(format!("an unfinished recording that cannot be read: {error}")),
    })
}

fn missing_json(missing: &Missing) -> Value {
    let fork = Unknown { missing: missing.key, reason: String::new() }.missing_upgrade();
    json!({
        "key": missing.key.map(|key| key.to_string()),
        "wanted_for": missing.wanted_for.as_ref().filter(|_| fork.is_none()),
        "upgrade": fork.map(|fork| fork.to_string()),
        "reason": missing.reason,
    })
}

fn survey_json(found: &Survey) -> Value {
    let verdict = match &found.verdict {
        Judgement::Valid => "valid",
        Judgement::Invalid { .. } => "invalid",
        Judgement::Unknown(_) => "unknown",
    };
    json!({
        "complete": found.is_complete(),
        "verdict": verdict,
        "asked": found.asked,
        "missing": found.missing.as_ref().map(missing_json),
        "incomplete_blobs": found.incomplete_blobs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "absent_blobs": found.absent_blobs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "blocks": found.blocks.iter().map(|block| json!({
            "number": block.number, "missing": block.missing.as_ref().map(missing_json),
        })).collect::<Vec<_>>(),
    })
}

fn tell_missing(out: &mut impl Write, what: &str, missing: &Missing) -> std::io::Result<()> {
    writeln!(out, "{what:<18} {}", missing.reason)?;
    let fork = Unknown { missing: missing.key, reason: String::new() }.missing_upgrade();
    match (fork, &missing.wanted_for) {
        (Some(fork), _) => {
            writeln!(
                out,
                "                   a transaction of the {fork} upgrade: --upgrades DIR gives it, from {fork}.json"
            )
        }
        (None, Some(hint)) => writeln!(out, "                   wanted for {hint}"),
        (None, None) => Ok(()),
    }
}

fn tell_survey(out: &mut impl Write, found: &Survey) -> std::io::Result<()> {
    let verdict = match &found.verdict {
        Judgement::Valid => "valid".to_owned(),
        Judgement::Invalid { computed: Some(root) } => format!("invalid; the output root is {root}"),
        Judgement::Invalid { computed: None } => "invalid; the block is below the agreed one".to_owned(),
        Judgement::Unknown(_) => "none".to_owned(),
    };
    writeln!(out, "verdict            {verdict}")?;
    match &found.missing {
        None => writeln!(out, "missing            nothing; the claim needs {} values", found.asked)?,
        Some(missing) => tell_missing(out, "missing", missing)?,
    }
    for key in &found.incomplete_blobs {
        writeln!(out, "incomplete blob    element {key} is not there")?;
    }
    for hash in &found.absent_blobs {
        writeln!(out, "absent blob        {hash}")?;
    }
    for block in &found.blocks {
        let name = format!("block {} alone", block.number);
        match &block.missing {
            None => writeln!(out, "{name:<18} complete")?,
            Some(missing) => tell_missing(out, &name, missing)?,
        }
    }
    Ok(())
}

pub(super) fn inspect(args: &InspectArgs) -> Result<u8, CommandError> {
    if let Some(error) = unfinished(args) {
        return Err(error);
    }
    let witness = Witness::load_with_upgrades(&args.witness, args.upgrades.as_deref()).map_err(CommandError::data)?;
    let boot = &witness.boot;
    // Before the survey adds to the store what the blocks make.
    let size = witness.store.size();
    let found = match args.holdings_only {
        true => None,
        false => {
            let config = chain_config(boot).map_err(CommandError::data)?;
            Some(survey(&witness.store, boot, &config, args.each_block))
        }
    };
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
    let mut report = json!({
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
        "preimages": size,
        "unproven_precompile_results": witness.unproven_results,
        "known_verdicts": claims,
    });
    let mut out = std::io::stdout().lock();
    if args.json {
        if let (Some(report), Some(Value::Object(found))) = (report.as_object_mut(), found.as_ref().map(survey_json)) {
            report.extend(found);
        }
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
    if let Some(found) = &found {
        tell_survey(&mut out, found)?;
    }
    Ok(0)
}
