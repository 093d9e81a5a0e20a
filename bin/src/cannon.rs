//! The command under Cannon's name: a link called `cannon` (or `multicannon`) takes the calls that op-challenger makes to
//! Cannon, and ends with Cannon's exit codes: 0, 1 for errors, 2 for a fault of the machine.

use crate::{exit, vm::VmCommand};
use clap::{CommandFactory, FromArgMatches, Parser};
use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::ExitCode,
};

/// Exit code of an error that is no fault of the machine.
const ERROR: u8 = 1;

/// MIPS fault proof tool.
#[derive(Debug, Parser)]
#[command(name = "cannon", version, arg_required_else_help = true)]
struct Cannon {
    #[command(subcommand)]
    command: CannonCommand,
}

#[derive(Debug, clap::Subcommand)]
enum CannonCommand {
    #[command(flatten)]
    Vm(VmCommand),
    /// List the machines that there are.
    List,
}

/// Whether a program's name is Cannon's.
pub(crate) fn is_name(program: &OsStr) -> bool {
    Path::new(program).file_name().is_some_and(|name| name == "cannon" || name == "multicannon")
}

/// Runs a call to Cannon.
pub(crate) fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let parsed = Cannon::command().try_get_matches_from(with_two_dashes(arguments));
    let cannon = match parsed.and_then(|matches| Cannon::from_arg_matches(&matches)) {
        Ok(cannon) => cannon,
        Err(error) => {
            // A reader that went away before the help was printed is no failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { ERROR } else { 0 });
        }
    };
    let done = match &cannon.command {
        CannonCommand::Vm(command) => crate::vm::run(command),
        CannonCommand::List => {
            println!("filename: cannon-{0}\tversion: multithreaded64-5 ({0})", mips64::abi::STATE_VERSION);
            Ok(0)
        }
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if error.code() == exit::FAULT { exit::FAULT } else { ERROR })
        }
    }
}

/// Cannon's flags may begin with one dash; everything behind `--` is the host's.
fn with_two_dashes(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut hosts = false;
    let complete = |argument: OsString| {
        hosts |= argument == "--";
        match argument.to_str() {
            Some(text) if !hosts && is_short(text) => format!("-{text}").into(),
            _ => argument,
        }
    };
    arguments.map(complete).collect()
}

/// `-input`, not `-`, `-h`, `--input` or a number.
fn is_short(text: &str) -> bool {
    let mut characters = text.chars();
    text.len() > 2 && characters.next() == Some('-') && characters.next().is_some_and(|c| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_and_names() {
        let complete = |text: &str| -> Vec<_> {
            with_two_dashes(text.split(' ').map(OsString::from)).into_iter().map(|a| a.into_string().unwrap()).collect()
        };
        assert_eq!(
            complete("cannon run -input a --meta b -h - -1 -- host -x").join(" "),
            "cannon run --input a --meta b -h - -1 -- host -x"
        );
        for (name, yes) in [("/usr/bin/cannon", true), ("multicannon", true), ("tribunal", false), ("cannons", false)] {
            assert_eq!(is_name(OsStr::new(name)), yes, "{name}");
        }
    }
}
