//! `tribunal vm run`: a state runs until it exits or a stop condition holds. The flags are Cannon's, and those that say where
//! preimages come from: a witness folder, with the host in this process, or the host after `--` in a process of its own.

use super::{
    drive::{self, Drive},
    load_state, log,
    names::StepName,
    output::{check_state_name, save_state, write_file},
    read_file,
    source::Observed,
};
use crate::exit::CommandError;
use alloy_primitives::B256;
use clap::Args;
use host::{HostProcess, OfflineHost, Patience, Witness};
use mips64::{Engine, Mips64, json::DebugJson};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};
use vm::{Machine, NoSource, PreimageSource, PreimageStop, StepPattern, Symbols};

/// Longest time to wait for a host, in seconds: a year.
const LONGEST_WAIT: u64 = 365 * 86_400;
/// Where symbols are looked for when no file is named.
const META: &str = "meta.json";

#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct RunArgs {
    /// State file to start from, .bin or .bin.gz.
    #[arg(long, value_name = "FILE", default_value = "state.bin.gz")]
    input: PathBuf,
    /// Where to write the last state; empty to write none.
    #[arg(long, value_name = "FILE", default_value = "out.bin.gz")]
    output: String,
    /// Symbols of the guest, to name functions; empty for none. Without the flag, meta.json where there is one.
    #[arg(long, value_name = "FILE")]
    meta: Option<String>,
    /// When to print where the machine is: never, always, =N, %N.
    #[arg(long, value_name = "PATTERN", default_value = "%1000000000")]
    pub(super) info_at: StepPattern,
    /// When to write the proof of a step.
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    pub(super) proof_at: StepPattern,
    /// Name of a proof file; %d is the step (%09d with zeros before it), - is standard output.
    #[arg(long, value_name = "FORMAT", default_value = "proof-%d.json")]
    pub(super) proof_fmt: StepName,
    /// When to write the state.
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    pub(super) snapshot_at: StepPattern,
    /// Name of a state file; %d is the step.
    #[arg(long, value_name = "FORMAT", default_value = "state-%d.bin.gz")]
    pub(super) snapshot_fmt: StepName,
    /// When to stop.
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    pub(super) stop_at: StepPattern,
    /// Stop after a read of a preimage: KEYPREFIX[@OFFSET[@STEP]].
    #[arg(long, value_name = "KEY")]
    stop_at_preimage: Option<String>,
    /// Stop after a read of a preimage of this type: local, keccak, sha256, blob, precompile, any.
    #[arg(long, value_name = "TYPE")]
    stop_at_preimage_type: Option<String>,
    /// Stop after a read of a preimage with more bytes.
    #[arg(long, value_name = "BYTES", value_parser = number)]
    stop_at_preimage_larger_than: Option<u64>,
    /// Follow calls and print the stack of them at the end; needs symbols.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    debug: bool,
    /// Where to write figures of the run, as JSON.
    #[arg(long, value_name = "FILE")]
    debug_info: Option<String>,
    /// Taken for Cannon's sake; no CPU profile is made.
    #[arg(long = "pprof.cpu", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true")]
    pprof_cpu: bool,
    /// Witness folder to answer preimages from, in this process.
    #[arg(long, value_name = "DIR", conflicts_with = "host")]
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
    /// Seconds after which a host process that does not answer is given up.
    #[arg(long, value_name = "SECONDS", default_value_t = Patience::default().answer.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=LONGEST_WAIT))]
    host_timeout: u64,
    /// Run the interpreter beside the compiled code and compare the two; ends with the first difference, by name.
    #[arg(long, conflicts_with = "interpreter")]
    pub(super) check: bool,
    /// Compile nothing: the interpreter alone.
    #[arg(long)]
    interpreter: bool,
    /// Print where the steps go, by part of the program and by function.
    #[arg(long, requires = "meta")]
    pub(super) profile: bool,
    /// Print the profile as JSON.
    #[arg(long, requires = "profile")]
    json: bool,
    /// Host program and its arguments: it is started with hints on descriptors 3 and 4, preimages on 5 and 6.
    #[arg(last = true, value_name = "HOST")]
    host: Vec<OsString>,
}

pub(super) fn run(args: &RunArgs) -> Result<u8, CommandError> {
    check_state_name("output", &args.output)?;
    check_names(args)?;
    let stop = preimage_stop(args)?;
    if args.pprof_cpu {
        log::Line::warn("No CPU profile is made: use perf, or --profile for the guest", "vm").print();
    }
    let Some(folder) = &args.witness else {
        // Cannon's way without a host: an empty name.
        if args.host.first().is_none_or(|program| program.is_empty()) {
            return run_with(args, stop.as_ref(), &mut NoSource);
        }
        let answer = Duration::from_secs(args.host_timeout);
        // One who waits little for an answer waits no longer for the end.
        let patience = Patience { answer, end: Patience::default().end.min(answer) };
        let mut host = HostProcess::start(&args.host, patience, log::host).map_err(CommandError::host)?;
        let result = run_with(args, stop.as_ref(), &mut host);
        match host.end() {
            Ok(status) if status.success() => {}
            Ok(status) => log::Line::warn("The preimage server did not end well", "vm").with("status", status).print(),
            Err(error) => log::Line::warn("The preimage server cannot be ended", "vm").with("err", error).print(),
        }
        return result;
    };
    let witness = Witness::load_with_upgrades(folder, args.upgrades.as_deref()).map_err(CommandError::data)?;
    let claim = args.claim.unwrap_or(witness.boot.claimed_l2_output_root);
    let block = args.block.unwrap_or(witness.boot.claimed_l2_block_number);
    let boot = witness.boot.with_claim(claim, block);
    run_with(args, stop.as_ref(), &mut OfflineHost::new(witness.store, boot))
}

/// Names of proofs and snapshots: each step's own, unless only one is written.
fn check_names(args: &RunArgs) -> Result<(), CommandError> {
    check_state_name("snapshot-fmt", &args.snapshot_fmt.at(0).to_string_lossy())?;
    for (flag, name, pattern) in
        [("proof", &args.proof_fmt, args.proof_at), ("snapshot", &args.snapshot_fmt, args.snapshot_at)]
    {
        if pattern != StepPattern::Never && name.is_empty() {
            return Err(CommandError::usage(format!("--{flag}-fmt is empty: --{flag}-at has no file to write to")));
        }
        if matches!(pattern, StepPattern::Always | StepPattern::Every(_)) && !name.names_the_step() && !name.is_stdout()
        {
            return Err(CommandError::usage(format!(
                "--{flag}-fmt {}: each file would replace the one before; write %d where the step belongs",
                name.at(0).display()
            )));
        }
    }
    Ok(())
}

/// A number in Cannon's notation.
fn number(text: &str) -> Result<u64, String> {
    vm::parse_number(text).ok_or_else(|| "no number".to_owned())
}

fn run_with(args: &RunArgs, stop: Option<&PreimageStop>, source: &mut dyn PreimageSource) -> Result<u8, CommandError> {
    let symbols = symbols(args)?;
    let engine = if args.interpreter { Engine::Interpreter } else { Engine::default() };
    let mut machine = Mips64::new(load_state(&args.input)?).with_engine(engine);
    log::Line::info("Loaded input state", "vm").with("version", super::load_elf::STATE_TYPE).print();
    if args.debug && symbols.as_slice().is_empty() {
        return Err(CommandError::usage("--debug names functions: give their symbols with --meta"));
    }
    let first = machine.step();
    let mut source = Observed::new(source, args.proof_at != StepPattern::Never);
    let mut drive =
        Drive::new(args, &symbols, args.debug, args.debug_info.as_ref().is_some_and(|name| !name.is_empty()));
    drive.run(&mut machine, &mut source, stop)?;
    let step = machine.step();
    let code = machine.state().exit_code;
    log::Line::info("Execution stopped", "vm").with("exited", machine.exit_code().is_some()).with("code", code).print();
    let drive::Findings { profile, statistics, calls } = drive.findings;
    if let Some(profile) = &profile {
        profile.report(step - first, &symbols).print(args.json)?;
    }
    if !super::is_cannon() {
        match machine.exit_code() {
            Some(code) => eprintln!("exited with code {code} after {step} steps"),
            None => eprintln!("stopped after {step} steps"),
        }
    }
    if let Some(calls) = &calls {
        calls.print(machine.state(), &symbols)?;
    }
    let (requests, bytes) = (source.requests, source.bytes);
    let mut state = machine.into_state();
    if !args.output.is_empty() {
        save_state(&mut state, Path::new(&args.output))?;
    }
    if let (Some(name), Some(statistics)) = (&args.debug_info, &statistics) {
        let json = DebugJson::new(&mut state, statistics, requests, bytes).to_json();
        write_file(Path::new(name), json.as_bytes())?;
    }
    Ok(0)
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

fn symbols(args: &RunArgs) -> Result<Symbols, CommandError> {
    let meta = match &args.meta {
        Some(meta) => meta.as_str(),
        None if Path::new(META).is_file() => META,
        None => "",
    };
    if meta.is_empty() {
        log::Line::info("no metadata file specified, defaulting to empty metadata", "vm").print();
        return Ok(Symbols::default());
    }
    let text = String::from_utf8(read_file(Path::new(meta))?)
        .map_err(|_| CommandError::data(format!("{meta}: not a file of symbols, which is JSON")))?;
    mips64::json::symbols_from_json(&text).map_err(|error| CommandError::data(format!("{meta}: {error}")))
}
