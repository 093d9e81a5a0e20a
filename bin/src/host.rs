//! `tribunal host`: a preimage server for the programs of this and of other implementations; and the calls of `kona-host`.

mod kona;

pub(crate) use kona::{KonaHostArgs, run as run_kona};

use crate::{
    claim::{ClaimArgs, Source},
    exit::CommandError,
};
use clap::{Args, ValueEnum};
use host::{Answers, LocalKeyNumbering, descriptors, serve, socket};
use std::{ffi::OsString, path::PathBuf, process::Command};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Numbering {
    Tribunal,
    Kona,
    OpProgram,
}

#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    #[command(flatten)]
    claim: ClaimArgs,
    /// Whose program is served: how it numbers its local inputs.
    #[arg(long, value_enum, default_value = "tribunal")]
    numbering: Numbering,
    /// Listen on this port of loopback for preimages and on the next one for hints, instead of file descriptors 3 to 6.
    #[arg(long, value_name = "PORT", conflicts_with = "unix")]
    tcp: Option<u16>,
    /// Listen on the sockets preimages.sock and hints.sock in this folder.
    #[arg(long, value_name = "DIR")]
    unix: Option<PathBuf>,
    /// A client to start and serve, with its arguments: it finds file descriptors 3 to 6 open. Its exit code is this command's.
    #[arg(last = true, value_name = "CLIENT", conflicts_with_all = ["tcp", "unix"])]
    client: Vec<OsString>,
}

/// Where clients come from.
enum Listen<'a> {
    Descriptors,
    Tcp(u16),
    Unix(&'a std::path::Path),
    Start(&'a [OsString]),
}

pub(crate) fn run(args: &HostArgs) -> Result<u8, CommandError> {
    let numbering = match args.numbering {
        Numbering::Tribunal => LocalKeyNumbering::Tribunal,
        Numbering::Kona => LocalKeyNumbering::Kona,
        Numbering::OpProgram => LocalKeyNumbering::OpProgram,
    };
    let listen = match (&args.unix, args.tcp) {
        _ if !args.client.is_empty() => Listen::Start(&args.client),
        (Some(folder), _) => Listen::Unix(folder),
        (None, Some(port)) => Listen::Tcp(port),
        (None, None) => Listen::Descriptors,
    };
    match args.claim.open()?.1 {
        Source::Witness(host) => serve_to(&host.with_numbering(numbering), &listen),
        Source::Nodes(host) => serve_to(&host.with_numbering(numbering), &listen),
    }
}

fn serve_to(host: &impl Answers, listen: &Listen<'_>) -> Result<u8, CommandError> {
    match listen {
        Listen::Descriptors => {
            let (preimages, hints) = descriptors::inherited().ok_or_else(|| {
                CommandError::usage(
                    "file descriptors 3 to 6 are not open; a machine opens them, or give --tcp or --unix",
                )
            })?;
            serve(host, preimages, hints).map_err(CommandError::data)?;
        }
        Listen::Start(client) => return serve_started(host, client),
        Listen::Tcp(port) => {
            let listeners = socket::listen_tcp(*port)
                .map_err(|error| CommandError::data(format!("127.0.0.1:{port} and the next port: {error}")))?;
            socket::serve_all(host, listeners)?;
        }
        Listen::Unix(folder) => {
            let listeners = socket::listen_unix(folder)
                .map_err(|error| CommandError::data(format!("{}: {error}", folder.display())))?;
            socket::serve_all(host, listeners)?;
        }
    }
    Ok(0)
}

/// Serves a client that is started for it.
fn serve_started(host: &impl Answers, client: &[OsString]) -> Result<u8, CommandError> {
    let (program, arguments) =
        client.split_first().ok_or_else(|| CommandError::usage("no client is named after --"))?;
    let name = program.to_string_lossy();
    let mut command = Command::new(program);
    command.args(arguments);
    let ended = host::serve_client(host, command).map_err(|error| CommandError::host(format!("{name}: {error}")))?;
    if let Some(error) = ended.error {
        return Err(CommandError::data(format!("{error}, which {name} asked for; it ended with {}", ended.status)));
    }
    match ended.status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => Ok(code),
        None => Err(CommandError::host(format!("{name} ended with {}", ended.status))),
    }
}
