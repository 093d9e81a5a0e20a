//! `tribunal vm`: the machine on the command line. Flags, step patterns and files are those of Cannon's commands; the host runs
//! in process over a witness folder, or in a process of its own.

mod calls;
mod drive;
mod inspect;
mod load_elf;
mod log;
mod names;
mod output;
mod profile;
mod run;
mod source;

use crate::exit::CommandError;
use clap::{Args, Subcommand};
use mips64::{State, json::WitnessJson};
use output::write_plain;
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use vm::Symbols;

#[derive(Debug, Subcommand)]
pub(crate) enum VmCommand {
    /// Make the first state of a guest from its ELF image.
    LoadElf(load_elf::LoadElfArgs),
    /// Run a state until it exits or until a stop condition holds.
    Run(Box<run::RunArgs>),
    /// Print the witness and the hash of a state.
    Witness(WitnessArgs),
    /// Show what a state holds.
    Inspect(inspect::InspectArgs),
}

#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct WitnessArgs {
    /// State file, .bin or .bin.gz.
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Also write the witness, 188 bytes, to this file.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(command: &VmCommand) -> Result<u8, CommandError> {
    match command {
        VmCommand::LoadElf(args) => load_elf::run(args),
        VmCommand::Run(args) => run::run(args),
        VmCommand::Witness(args) => witness(args),
        VmCommand::Inspect(args) => inspect::run(args),
    }
}

fn witness(args: &WitnessArgs) -> Result<u8, CommandError> {
    let mut state = load_state(&args.input)?;
    if let Some(path) = args.output.as_ref().filter(|path| !path.as_os_str().is_empty()) {
        write_plain(path, &state.witness())?;
    }
    write!(std::io::stdout().lock(), "{}", WitnessJson::new(&mut state).to_json())?;
    Ok(0)
}

/// Whether the command was called under Cannon's name, and says no more than Cannon does.
fn is_cannon() -> bool {
    std::env::args_os().next().is_some_and(|name| crate::cannon::is_name(&name))
}

/// Name of the symbol at or before an address, as Cannon's log has it.
fn symbol_at(symbols: &Symbols, address: u64) -> &str {
    let symbols = symbols.as_slice();
    let before = symbols.partition_point(|symbol| symbol.start <= address);
    match before.checked_sub(1).and_then(|index| symbols.get(index)) {
        _ if symbols.is_empty() => "!unknown",
        None => "!start",
        Some(symbol) if symbol.start.wrapping_add(symbol.size) < address => "!gap",
        Some(symbol) => &symbol.name,
    }
}

fn load_state(path: &Path) -> Result<State, CommandError> {
    State::load(path).map_err(CommandError::data)
}

fn read_file(path: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(path).map_err(|error| CommandError::data(format!("{}: {error}", path.display())))
}
