//! `tribunal vm`: the machine on the command line. Flags, step patterns and files are those of Cannon's commands; the host runs
//! in process over a witness folder.

mod load_elf;
mod profile;
mod run;

use crate::exit::CommandError;
use clap::{Args, Subcommand};
use mips64::{State, json::WitnessJson};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub(crate) enum VmCommand {
    /// Make the first state of a guest from its ELF image.
    LoadElf(load_elf::LoadElfArgs),
    /// Run a state until it exits or until a stop condition holds.
    Run(Box<run::RunArgs>),
    /// Print the witness and the hash of a state.
    Witness(WitnessArgs),
}

#[derive(Debug, Args)]
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
    }
}

fn witness(args: &WitnessArgs) -> Result<u8, CommandError> {
    let mut state = load_state(&args.input)?;
    if let Some(path) = &args.output {
        write_file(path, &state.witness())?;
    }
    writeln!(std::io::stdout().lock(), "{}", WitnessJson::new(&mut state).to_json())?;
    Ok(0)
}

fn load_state(path: &Path) -> Result<State, CommandError> {
    State::load(path).map_err(CommandError::data)
}

fn save_state(state: &mut State, path: &Path) -> Result<(), CommandError> {
    state.save(path).map_err(CommandError::output)
}

fn read_file(path: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(path).map_err(|error| CommandError::data(format!("{}: {error}", path.display())))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    std::fs::write(path, bytes).map_err(|error| CommandError::output(format!("{}: {error}", path.display())))
}
