//! `tribunal vm run`: a state runs until it exits or a stop condition holds. Patterns are compared with the step counter before
//! the step, in Cannon's order: stop, snapshot, proof or step, then the preimage stops.

use super::{
    load_state,
    profile::{self, Profile},
    read_file, save_state, write_file,
};
use crate::{exit::CommandError, progress::Progress};
use alloy_primitives::B256;
use clap::Args;
use flate2::{Compression, write::GzEncoder};
use host::{OfflineHost, Witness};
use mips64::{Mips64, json::ProofJson};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use vm::{Machine, NoSource, PreimageSource, PreimageStop, RunStop, StepPattern, Symbols};

/// Steps between two looks at the progress bar.
const STRIDE: u64 = 20_000_000;

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// State file to start from, .bin or .bin.gz.
    #[arg(long, value_name = "FILE", default_value = "state.bin.gz")]
    input: PathBuf,
    /// Where to write the last state; empty to write none.
    #[arg(long, value_name = "FILE", default_value = "out.bin.gz")]
    output: String,
    /// Symbols of the guest, to name functions; empty for none.
    #[arg(long, value_name = "FILE", default_value = "")]
    meta: String,
    /// When to print where the machine is: never, always, =N, %N.
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    info_at: StepPattern,
    /// When to write the proof of a step.
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    proof_at: StepPattern,
    /// Name of a proof file; %d is the step.
    #[arg(long, value_name = "FORMAT", default_value = "proof-%d.json.gz")]
    proof_fmt: String,
    /// When to write the state.
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    snapshot_at: StepPattern,
    /// Name of a state file; %d is the step.
    #[arg(long, value_name = "FORMAT", default_value = "state-%d.bin.gz")]
    snapshot_fmt: String,
    /// When to stop.
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    stop_at: StepPattern,
    /// Stop after a read of a preimage: KEYPREFIX[@OFFSET[@STEP]].
    #[arg(long, value_name = "KEY")]
    stop_at_preimage: Option<String>,
    /// Stop after a read of a preimage of this type: local, keccak, sha256, blob, precompile, any.
    #[arg(long, value_name = "TYPE", conflicts_with = "stop_at_preimage")]
    stop_at_preimage_type: Option<String>,
    /// Stop after a read of a preimage with more bytes.
    #[arg(long, value_name = "BYTES")]
    stop_at_preimage_larger_than: Option<u64>,
    /// Witness folder to answer preimages from.
    #[arg(long, value_name = "DIR")]
    witness: Option<PathBuf>,
    /// Claim this output root instead of the one in the witness's boot.json.
    #[arg(long, value_name = "ROOT", requires = "witness")]
    claim: Option<B256>,
    /// Claim it for this L2 block.
    #[arg(long, value_name = "NUMBER", requires = "witness")]
    block: Option<u64>,
    /// Folder with network upgrade transactions, one FORK.json a fork.
    #[arg(long, value_name = "DIR", requires = "witness")]
    upgrades: Option<PathBuf>,
    /// Print where the steps go, by part of the program and by function.
    #[arg(long, requires = "meta")]
    profile: bool,
    /// Print the profile as JSON.
    #[arg(long, requires = "profile")]
    json: bool,
}

pub(super) fn run(args: &RunArgs) -> Result<u8, CommandError> {
    let stop = preimage_stop(args)?;
    let symbols = symbols(&args.meta)?;
    let mut machine = Mips64::new(load_state(&args.input)?);
    let first = machine.step();
    let mut profile = args.profile.then(Profile::default);
    match &args.witness {
        None => advance(args, &mut machine, &mut NoSource, stop.as_ref(), &symbols, profile.as_mut())?,
        Some(folder) => {
            let witness = Witness::load_with_upgrades(folder, args.upgrades.as_deref()).map_err(CommandError::data)?;
            let claim = args.claim.unwrap_or(witness.boot.claimed_l2_output_root);
            let block = args.block.unwrap_or(witness.boot.claimed_l2_block_number);
            let boot = witness.boot.with_claim(claim, block);
            advance(
                args,
                &mut machine,
                &mut OfflineHost::new(witness.store, boot),
                stop.as_ref(),
                &symbols,
                profile.as_mut(),
            )?;
        }
    }
    let step = machine.step();
    if let Some(profile) = &profile {
        profile.report(step - first, &symbols).print(args.json)?;
    }
    match machine.exit_code() {
        Some(code) => eprintln!("exited with code {code} after {step} steps"),
        None => eprintln!("stopped after {step} steps"),
    }
    if !args.output.is_empty() {
        save_state(&mut machine.into_state(), Path::new(&args.output))?;
    }
    Ok(0)
}

/// The loop: from event to event, and at least every `stride` steps.
fn advance(
    args: &RunArgs,
    machine: &mut Mips64,
    source: &mut dyn PreimageSource,
    stop: Option<&PreimageStop>,
    symbols: &Symbols,
    mut profile: Option<&mut Profile>,
) -> Result<(), CommandError> {
    let stride = if profile.is_some() { profile::INTERVAL } else { STRIDE };
    let mut progress = Progress::steps();
    while machine.exit_code().is_none() {
        let step = machine.step();
        progress.update(step);
        if args.stop_at.matches(step) {
            break;
        }
        if let Some(profile) = &mut profile {
            profile.sample(machine.describe_step().pc);
        }
        if args.info_at.matches(step) {
            let at = machine.describe_step();
            let function = rustc_demangle::demangle(symbols.lookup(at.pc).unwrap_or("?"));
            eprintln!("step {step}: pc {:#x} {} in {function:#}", at.pc, at.text);
        }
        if args.snapshot_at.matches(step) {
            let mut snapshot = machine.snapshot().into_state();
            save_state(&mut snapshot, Path::new(&args.snapshot_fmt.replace("%d", &step.to_string())))?;
        }
        let stopped = if args.proof_at.matches(step) {
            prove(args, machine, source, stop)?
        } else {
            let patterns = [args.stop_at, args.info_at, args.snapshot_at, args.proof_at];
            let next = patterns.iter().filter_map(|pattern| pattern.next_from(step + 1)).min();
            let until = next.unwrap_or(u64::MAX).min(step.saturating_add(stride));
            machine.run(until, source, stop).map_err(CommandError::fault)? == RunStop::Preimage
        };
        if stopped {
            break;
        }
    }
    Ok(())
}

/// Writes the proof of the next step; whether its read of a preimage asks to stop.
fn prove(
    args: &RunArgs,
    machine: &mut Mips64,
    source: &mut dyn PreimageSource,
    stop: Option<&PreimageStop>,
) -> Result<bool, CommandError> {
    let step = machine.step();
    let pre = machine.state_hash();
    let witness = machine.prove_step(source).map_err(CommandError::fault)?;
    let proof = ProofJson::new(step, pre, machine.state_hash(), &witness).to_json();
    let name = args.proof_fmt.replace("%d", &step.to_string());
    if name.ends_with(".gz") {
        let mut file = GzEncoder::new(Vec::new(), Compression::default());
        file.write_all(proof.as_bytes())?;
        write_file(Path::new(&name), &file.finish()?)?;
    } else {
        write_file(Path::new(&name), proof.as_bytes())?;
    }
    let asks = |stop: &PreimageStop| {
        let read = witness.preimage.as_ref();
        read.is_some_and(|read| stop.matches(&read.key, read.value.len() as u64, read.offset, step))
    };
    Ok(stop.is_some_and(asks))
}

fn preimage_stop(args: &RunArgs) -> Result<Option<PreimageStop>, CommandError> {
    let stop = match (&args.stop_at_preimage, &args.stop_at_preimage_type) {
        (Some(key), _) => PreimageStop::parse_key(key).map_err(CommandError::usage)?,
        (None, Some(name)) => PreimageStop::parse_type(name).map_err(CommandError::usage)?,
        (None, None) if args.stop_at_preimage_larger_than.is_none() => return Ok(None),
        (None, None) => PreimageStop::default(),
    };
    Ok(Some(PreimageStop { larger_than: args.stop_at_preimage_larger_than.unwrap_or(0), ..stop }))
}

fn symbols(meta: &str) -> Result<Symbols, CommandError> {
    if meta.is_empty() {
        return Ok(Symbols::default());
    }
    let text = String::from_utf8(read_file(Path::new(meta))?)
        .map_err(|error| CommandError::data(format!("{meta}: {error}")))?;
    mips64::json::symbols_from_json(&text).map_err(|error| CommandError::data(format!("{meta}: {error}")))
}
