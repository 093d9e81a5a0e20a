//! `tribunal bench`: the figures of BENCHMARKS.md, on this machine, beside the peers where they are given.

use crate::exit::CommandError;
use ::bench::{BenchError, Group, Report, Setting};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Variable that names the folder with recorded data.
const DATA: &str = "TRIBUNAL_REAL_DATA";
/// The witness in it.
const WITNESS: &str = "op-sepolia-16491249";

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Only these figures: a group (vm, program), or what a name begins with. May be given several times.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// The cannon command of another implementation, to measure beside.
    #[arg(long, value_name = "PATH")]
    peer_cannon: Option<PathBuf>,
    /// A program with the core of it in one process, called as `PATH run STATE ""`, see docs/bench.md.
    #[arg(long, value_name = "PATH")]
    peer_core: Option<PathBuf>,
    /// Kona's client, built for this machine, to measure the native program beside; see docs/bench.md.
    #[arg(long, value_name = "PATH")]
    peer_kona: Option<PathBuf>,
    /// Folder with network upgrade transactions, one FORK.json a fork, for a witness of an activation block.
    #[arg(long, value_name = "DIR")]
    upgrades: Option<PathBuf>,
    /// Witness folder for the runs of the program. Without it, op-sepolia-16491249 in the folder of TRIBUNAL_REAL_DATA.
    #[arg(long, value_name = "DIR")]
    witness: Option<PathBuf>,
    /// Times that each side is measured.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Size of the dense memory, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=65536))]
    memory: u64,
    /// Steps of the trace whose snapshots on disk are weighed.
    #[arg(long, value_name = "STEPS", default_value_t = 20_000_000_000)]
    long_trace: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Serve a witness folder on descriptors 3 to 6: how the peers are given their preimages.
    #[arg(long, value_name = "DIR", hide = true)]
    serve: Option<PathBuf>,
}

pub(crate) fn run(args: &BenchArgs) -> Result<u8, CommandError> {
    if let Some(folder) = &args.serve {
        ::bench::serve_witness(folder).map_err(failure)?;
        return Ok(0);
    }
    let recorded = std::env::var_os(DATA).map(|data| PathBuf::from(data).join(WITNESS)).filter(|path| path.is_dir());
    let witness = args.witness.clone().or(recorded);
    if witness.is_none() {
        eprintln!("SKIPPED: runs on a witness; name one with --witness, or the folder of recorded data in {DATA}");
    }
    let own = std::env::current_exe().map_err(CommandError::usage)?;
    let setting = Setting {
        witness,
        upgrades: args.upgrades.clone(),
        command: own.clone(),
        peer_kona: args.peer_kona.clone(),
        peer_cannon: args.peer_cannon.clone(),
        peer_core: args.peer_core.clone(),
        host: vec![own.into_os_string(), OsString::from("bench"), OsString::from("--serve")],
        runs: args.runs,
        memory: args.memory << 20,
        long_trace: args.long_trace,
        only: args.only.clone(),
    };
    let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}");
    let bar = ProgressBar::new_spinner().with_style(style.expect("the template is a constant that parses"));
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut progress = |text: &str| bar.set_message(text.to_owned());
    let mut results = Vec::new();
    for group in Group::ALL {
        results.extend(::bench::measure(group, &setting, &mut progress).map_err(failure)?);
    }
    bar.finish_and_clear();
    if results.is_empty() {
        return Err(CommandError::usage(format!("no figure is called {}", args.only.join(" or "))));
    }
    let report = Report::new(results);
    let text = if args.json { report.to_json() + "\n" } else { report.to_table() };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(0)
}

fn failure(error: BenchError) -> CommandError {
    match error {
        BenchError::Data(_) | BenchError::Run(_) => CommandError::data(error),
        BenchError::Peer(_) => CommandError::host(error),
    }
}
