//! `tribunal`: the fault proof system of the OP Stack as one command.
//!
//! Each subcommand has a file of its own: arguments, their translation into calls of the library crates, and what is
//! printed. Exit codes are those of [`exit`].

mod bench;
mod cannon;
mod claim;
mod demo;
mod deploy;
mod exit;
mod guardian;
mod host;
mod keys;
mod links;
mod log;
mod nodes;
mod program;
mod progress;
mod vm;
mod withdraw;

use clap::{Parser, Subcommand};
use exit::CommandError;
use std::process::ExitCode;

/// Decides disputes about the state of OP Stack chains.
#[derive(Debug, Parser)]
#[command(name = "tribunal", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Two disputes from end to end: a lie is defeated, the truth is defended.
    Demo(Box<demo::DemoArgs>),
    /// All contracts of a chain, from a configuration; validation and upgrades.
    Deploy(Box<deploy::DeployArgs>),
    /// What the guardian can do, as Safe transactions for signing, or sent.
    Guardian(Box<guardian::GuardianArgs>),
    /// The proven computation, run natively.
    #[command(subcommand)]
    Program(program::ProgramCommand),
    /// A preimage server for programs of this and other implementations.
    Host(Box<host::HostArgs>),
    /// The calls of kona-host.
    #[command(hide = true)]
    KonaHost(host::KonaHostArgs),
    /// The machine: images, states, runs, proofs.
    #[command(subcommand)]
    Vm(vm::VmCommand),
    /// Speeds, sizes and costs on this machine, beside other implementations where they are given.
    Bench(bench::BenchArgs),
    /// Withdrawals from L2 to L1.
    #[command(subcommand)]
    Withdraw(Box<withdraw::WithdrawCommand>),
}

fn run(command: &Command) -> Result<u8, CommandError> {
    match command {
        Command::Demo(args) => demo::run(args),
        Command::Deploy(args) => deploy::run(args),
        Command::Guardian(args) => guardian::run(args),
        Command::Program(command) => program::run(command),
        Command::Host(args) => host::run(args),
        Command::KonaHost(args) => host::run_kona(args),
        Command::Vm(command) => vm::run(command),
        Command::Withdraw(command) => withdraw::run(command),
        Command::Bench(args) => bench::run(args),
    }
}

fn main() -> ExitCode {
    exit::panics_end_with_their_own_code();
    log::to_standard_error();
    // Other names of the command, as links to it.
    if std::env::args_os().next().is_some_and(|name| cannon::is_name(&name)) {
        return cannon::main(std::env::args_os());
    }
    let cli = match Cli::try_parse_from(links::arguments(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => {
            // A reader that went away before the help was printed is no failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { 0 });
        }
    };
    match run(&cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.code())
        }
    }
}
