//! `tribunal program`: decides a claim natively, records witnesses, imports them, and lists what they hold.

mod import;
mod inspect;
mod record;
mod run;

use crate::exit::CommandError;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum ProgramCommand {
    /// Decide a claim: exit code 0 valid, 1 invalid, 2 undecided (a preimage is missing, or the program failed).
    Run(Box<run::RunArgs>),
    /// Run over nodes once and keep all that was read: a witness.
    Record(Box<record::RecordArgs>),
    /// Check a witness once and keep it in a form that later runs map into memory.
    Import(import::ImportArgs),
    /// List what a witness folder holds, after checking all of it.
    Inspect(inspect::InspectArgs),
}

pub(crate) fn run(command: &ProgramCommand) -> Result<u8, CommandError> {
    match command {
        ProgramCommand::Run(args) => run::judge(args),
        ProgramCommand::Record(args) => record::run(args),
        ProgramCommand::Import(args) => import::import(args),
        ProgramCommand::Inspect(args) => inspect::inspect(args),
    }
}
