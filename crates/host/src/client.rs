//! A client in a process of its own, served by this one: the program of another implementation (op-program's client, kona's),
//! which finds its pipes at descriptors 3 to 6 as in a machine.

use crate::{
    descriptors::{self, FileChannel},
    server::{Answers, MissingPreimage, serve},
};
use preimage::ServeError;
use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter},
    os::fd::OwnedFd,
    process::{Command, ExitStatus},
};

/// How a client ended.
#[derive(Debug)]
pub struct ClientEnd {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it asked for in vain, or how its channel broke.
    pub error: Option<ServeError<MissingPreimage>>,
}

fn channel(input: PipeReader, output: PipeWriter) -> FileChannel {
    FileChannel::new(File::from(OwnedFd::from(input)), File::from(OwnedFd::from(output)))
}

/// Starts a client and serves it to its end.
///
/// # Errors
/// It cannot be started or waited for.
pub fn serve_client(host: &impl Answers, mut command: Command) -> io::Result<ClientEnd> {
    let (hints_in, hints) = io::pipe()?;
    let (acknowledgements, hints_out) = io::pipe()?;
    let (keys_in, keys) = io::pipe()?;
    let (values, values_out) = io::pipe()?;
    let ends = [acknowledgements.into(), hints.into(), values.into(), keys.into()];
    let mut child = descriptors::start_with(&mut command, ends)?;
    // It holds copies of the client's ends: with them open, a client that is gone would never be noticed.
    drop(command);
    // The channels close when the serving ends: a client that lacks a value is not left waiting.
    let served = serve(host, channel(keys_in, values_out), channel(hints_in, hints_out));
    Ok(ClientEnd { status: child.wait()?, error: served.err() })
}
