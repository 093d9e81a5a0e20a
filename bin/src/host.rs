//! `tribunal host`: a preimage server for the programs of this and of other implementations; and the calls of `kona-host`.

mod kona;

pub(crate) use kona::{KonaHostArgs, run as run_kona};

use crate::{
    exit::CommandError,
    nodes::{NodeArgs, open_shelf},
};
use alloy_primitives::B256;
use clap::{Args, ValueEnum};
use host::{
    Answers, Boot, LocalKeyNumbering, OfflineHost, OnlineHost, Store, Witness, descriptors, native,
    online::{Background, Fetcher},
    serve,
    shelf::ShelfKind,
    socket,
};
use std::{ffi::OsString, path::PathBuf, process::Command, sync::Arc};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Numbering {
    Tribunal,
    Kona,
    OpProgram,
}

#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    /// Witness folder: serve from it alone.
    #[arg(long, value_name = "DIR", conflicts_with = "boot", required_unless_present = "boot")]
    witness: Option<PathBuf>,
    /// A boot.json: serve from nodes, and from what --data-dir holds.
    #[arg(long, value_name = "FILE")]
    boot: Option<PathBuf>,
    /// Hash of the agreed L2 block, from which the preimage of the agreed output root is made.
    #[arg(long, value_name = "HASH", requires = "boot")]
    agreed_hash: Option<B256>,
    #[command(flatten)]
    nodes: NodeArgs,
    /// Folder in which fetched values are kept.
    #[arg(long, value_name = "DIR", requires = "boot")]
    data_dir: Option<PathBuf>,
    /// How they are kept: memory, flat, database, directory (as op-program and kona-host do).
    #[arg(
        long,
        value_name = "KIND",
        default_value = "memory",
        default_value_if("data_dir", clap::builder::ArgPredicate::IsPresent, "flat")
    )]
    store: ShelfKind,
    /// Folder with network upgrade transactions, one FORK.json a fork.
    #[arg(long, value_name = "DIR")]
    upgrades: Option<PathBuf>,
    /// Claim this output root instead of the one in boot.json.
    #[arg(long, value_name = "ROOT")]
    claim: Option<B256>,
    /// Claim it for this L2 block.
    #[arg(long, value_name = "NUMBER")]
    block: Option<u64>,
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
    let claim = |boot: Boot| {
        let root = args.claim.unwrap_or(boot.claimed_l2_output_root);
        let block = args.block.unwrap_or(boot.claimed_l2_block_number);
        boot.with_claim(root, block)
    };
    if let Some(folder) = &args.witness {
        let witness = Witness::load_with_upgrades(folder, args.upgrades.as_deref()).map_err(CommandError::data)?;
        return serve_to(&OfflineHost::new(witness.store, claim(witness.boot)).with_numbering(numbering), &listen);
    }
    let path = args.boot.as_deref().ok_or_else(|| CommandError::usage("neither --witness nor --boot is given"))?;
    let boot = claim(Boot::load(path).map_err(CommandError::data)?.0);
    let shelf = open_shelf(args.store, &args.data_dir)?;
    let host =
        Online { boot, nodes: &args.nodes, agreed_hash: args.agreed_hash, shelf, upgrades: args.upgrades.as_deref() }
            .host()?;
    serve_to(&host.with_numbering(numbering), &listen)
}

/// What a host over nodes is made of.
pub(crate) struct Online<'a> {
    pub(crate) boot: Boot,
    pub(crate) nodes: &'a NodeArgs,
    pub(crate) agreed_hash: Option<B256>,
    pub(crate) shelf: Option<Box<dyn host::shelf::Shelf>>,
    pub(crate) upgrades: Option<&'a std::path::Path>,
}

impl Online<'_> {
    pub(crate) fn host(self) -> Result<OnlineHost, CommandError> {
        let store = match self.shelf {
            Some(shelf) => Store::over_shelf(shelf).map_err(CommandError::data)?,
            None => Store::default(),
        };
        let store = Arc::new(store);
        if let Some(folder) = self.upgrades {
            host::load_upgrades_into(folder, &store).map_err(CommandError::data)?;
        }
        // Clients bring their own configs; here they only help to fetch.
        let background = Background {
            config: native::chain_config(&self.boot).ok(),
            agreed_block: self.agreed_hash,
            workers: if self.nodes.is_empty() { 0 } else { self.nodes.workers },
        };
        Ok(OnlineHost::new(Fetcher::new(self.nodes.nodes()?, background, store), self.boot))
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
