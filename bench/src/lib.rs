//! The figures of `tribunal bench`: measured on this machine, beside the peers where they are given.
//!
//! A figure is measured several times; where there is a peer, the two take turns on the same input, and what they compute is
//! compared: figures for different results are an error. A group is a module with one function that takes the [`Setting`].
//! Nothing here asserts a speed.

mod figure;
mod measure;
mod peer;
mod program;
mod vm;

pub use figure::{Figure, Report};
pub use peer::PeerError;

use std::path::PathBuf;

/// Figures that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The machine: speed, memory, hashing, traces, snapshots.
    Vm,
    /// The program: native verdict, memory, steps in the machine.
    Program,
}

impl Group {
    /// All groups.
    pub const ALL: [Self; 2] = [Self::Vm, Self::Program];

    /// As `--only` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vm => "vm",
            Self::Program => "program",
        }
    }
}

/// What is measured and against whom.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Witness folder for the runs of the program; those are left out without it.
    pub witness: Option<PathBuf>,
    /// Folder with network upgrade transactions, for a witness of an activation block.
    pub upgrades: Option<PathBuf>,
    /// The command `tribunal`, whose whole processes are measured.
    pub command: PathBuf,
    /// Kona's client, built for this machine.
    pub peer_kona: Option<PathBuf>,
    /// The `cannon` command.
    pub peer_cannon: Option<PathBuf>,
    /// Cannon's core in one process: called as `PATH run STATE ""`, it runs a guest that reads no preimages and prints a
    /// line `exit CODE steps N hash HEX`.
    pub peer_core: Option<PathBuf>,
    /// A command that serves the witness folder, given as its last argument, on descriptors 3 to 6.
    pub host: Vec<std::ffi::OsString>,
    /// Times that each side is measured.
    pub runs: u32,
    /// Bytes of the dense memory that is hashed, copied and weighed.
    pub memory: u64,
    /// Steps of the trace whose snapshots on disk are weighed.
    pub long_trace: u64,
    /// Only the figures whose name begins with one of these, or all if there are none. The name of a group stands for all of
    /// its figures.
    pub only: Vec<String>,
}

impl Setting {
    /// Whether a figure of a group is asked for.
    pub(crate) fn wants(&self, group: Group, figure: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == group.name() || figure.starts_with(only))
    }
}

/// A figure could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A scratch file, a state, a witness.
    #[error("{0}")]
    Data(String),
    /// The guest faulted or lacked a preimage.
    #[error("{0}")]
    Run(String),
    /// The peer failed or computed something else.
    #[error(transparent)]
    Peer(#[from] PeerError),
}

/// Measures a group. `progress` is told what is being measured.
///
/// # Errors
/// [`BenchError`], with the first figure that cannot be had.
pub fn measure(group: Group, setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Figure>, BenchError> {
    match group {
        Group::Vm => vm::measure(setting, progress),
        Group::Program => program::measure(setting, progress),
    }
}

/// Serves a witness folder on descriptors 3 to 6 until the client is gone: the host of the peers.
///
/// # Errors
/// [`BenchError::Data`] if the folder or the descriptors are not there; the client's going away is none.
pub fn serve_witness(folder: &std::path::Path) -> Result<(), BenchError> {
    let (boot, store) = vm::witness(folder)?;
    let (preimages, hints) = host::descriptors::inherited()
        .ok_or_else(|| BenchError::Data("descriptors 3 to 6 are not open: this is called by a machine".to_owned()))?;
    host::serve(&host::OfflineHost::new(store, boot), preimages, hints)
        .map_err(|error| BenchError::Data(error.to_string()))
}
