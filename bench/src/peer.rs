//! The peers: commands that are run and timed from outside.

use crate::measure::{children_seconds, peak_of, wall};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A peer failed, or does not agree.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// It cannot be started.
    #[error("{}: {error}", path.display())]
    Start {
        /// The command.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It ended with an error.
    #[error("{} {arguments}: {said}", path.display())]
    Failed {
        /// The command.
        path: PathBuf,
        /// What it was asked.
        arguments: String,
        /// The last it said.
        said: String,
    },
    /// It computed something else: one of the two is wrong, and the figures mean nothing.
    #[error("{what}: ours is {ours}, the peer's {peer}")]
    Differs {
        /// What was compared.
        what: &'static str,
        /// Tribunal's value.
        ours: String,
        /// The peer's.
        peer: String,
    },
}

/// A command.
#[derive(Clone, Debug)]
pub(crate) struct Peer(PathBuf);

/// What one call took.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) wall: f64,
    /// Of the command and what it started itself.
    pub(crate) cpu: f64,
    pub(crate) peak: Option<u64>,
    pub(crate) output: String,
}

impl Peer {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Runs the command to its end.
    pub(crate) fn call<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Result<Call, PeerError> {
        let start = |error| PeerError::Start { path: self.0.clone(), error };
        let before = children_seconds();
        let mut peak = None;
        let (wall, ended) = wall(|| {
            let mut child = Command::new(&self.0)
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            let id = child.id();
            let (out, err) = (child.stdout.take(), child.stderr.take());
            std::thread::scope(|scope| {
                let output = scope.spawn(move || read_all(out));
                let errors = scope.spawn(move || read_all(err));
                let status = loop {
                    peak = peak.max(peak_of(id));
                    match child.try_wait()? {
                        Some(status) => break status,
                        None => std::thread::sleep(Duration::from_millis(5)),
                    }
                };
                let text = |thread: std::thread::ScopedJoinHandle<'_, String>| thread.join().unwrap_or_default();
                Ok((status, text(output), text(errors)))
            })
        });
        let (status, output, errors) = ended.map_err(start)?;
        let cpu = before.zip(children_seconds()).map_or(wall, |(before, after)| after - before);
        if !status.success() {
            let arguments: Vec<_> = arguments.iter().map(|argument| argument.as_ref().to_string_lossy()).collect();
            let said: Vec<&str> = errors.lines().rev().take(3).collect();
            return Err(PeerError::Failed {
                path: self.0.clone(),
                arguments: arguments.join(" "),
                said: format!("{status}: {}", said.into_iter().rev().collect::<Vec<_>>().join(" / ")),
            });
        }
        Ok(Call { wall, cpu, peak, output })
    }

    /// `cannon run` from a state to where `flags` say, without a last state unless they name one.
    pub(crate) fn run(&self, state: &Path, flags: &[&str], host: &[OsString]) -> Result<Call, PeerError> {
        let mut arguments: Vec<OsString> = ["run", "--input"].map(OsString::from).to_vec();
        arguments.push(state.as_os_str().to_owned());
        arguments.extend(["--meta", "", "--info-at", "never"].map(OsString::from));
        if !flags.contains(&"--output") {
            arguments.extend(["--output", ""].map(OsString::from));
        }
        arguments.extend(flags.iter().map(OsString::from));
        if !host.is_empty() {
            arguments.push("--".into());
            arguments.extend(host.iter().cloned());
        }
        self.call(&arguments)
    }
}

/// What a pipe brings until it is closed.
fn read_all(pipe: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What came before an error is all there is to show.
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Compares what both computed.
pub(crate) fn same(what: &'static str, ours: &str, peer: &str) -> Result<(), PeerError> {
    if ours == peer { Ok(()) } else { Err(PeerError::Differs { what, ours: ours.to_owned(), peer: peer.to_owned() }) }
}
