//! A host in a process of its own, as Cannon starts one: preimages and hints over four inherited descriptors.
//!
//! The process is watched. One that dies, or that lets the machine wait longer than it may, is an error that says so; it
//! never becomes a value. What it answers is checked against the key as far as the key allows. Which program to start, and
//! where its output goes, is the caller's matter.

use crate::descriptors;
use alloy_primitives::{B256, Bytes};
use preimage::{MAX_PREIMAGE_LEN, PreimageKey};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    ffi::OsString,
    io::{self, PipeReader, PipeWriter, Read, Write},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};
use vm::{OutputStream, PreimageSource, SourceError};

/// How often a process that is waited for is looked at.
const GLANCE: Duration = Duration::from_millis(200);
/// Bytes that a pipe takes at once when it says that it takes any (`PIPE_BUF`).
const PIPE_CHUNK: usize = 4096;
/// Room that is made for a value before its bytes have arrived.
const VALUE_CHUNK: usize = 1 << 20;

/// How long a host may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For one preimage or one hint.
    pub answer: Duration,
    /// For ending after its pipes were closed, and again after it was interrupted.
    pub end: Duration,
}

impl Default for Patience {
    /// Ten minutes for an answer, which may have to come from nodes; half a minute for each stage of ending, as Cannon.
    fn default() -> Self {
        Self { answer: Duration::from_secs(600), end: Duration::from_secs(30) }
    }
}

/// A host could not be started or ended.
#[derive(Debug, thiserror::Error)]
pub enum HostProcessError {
    /// No program was named.
    #[error("no host program is named")]
    NoProgram,
    /// The system refused.
    #[error("cannot start the host {program}: {error}")]
    Start {
        /// The program.
        program: String,
        /// What happened.
        #[source]
        error: io::Error,
    },
    /// The process cannot be waited for.
    #[error("cannot wait for the host: {0}")]
    Wait(#[source] io::Error),
}

/// What happens on one of the two channels.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the host ended ({0}) and left a request without an answer")]
    Ended(ExitStatus),
    #[error("the host closed its pipe and left a request without an answer")]
    Closed,
    #[error("the host did not answer within {} seconds", .0.as_secs_f64())]
    Silent(Duration),
    #[error("the host answered a value of {0} bytes, more than the {MAX_PREIMAGE_LEN} that a preimage may have")]
    TooLong(u64),
    #[error("the host acknowledged a hint with byte {0} instead of 0")]
    BadAcknowledgement(u8),
    #[error("the pipe to the host failed: {0}")]
    Io(#[from] io::Error),
}

/// A running host.
#[derive(Debug)]
pub struct HostProcess {
    child: Child,
    /// Preimages, then hints; gone once they are closed.
    pipes: Option<[Pipes; 2]>,
    patience: Patience,
    output: Vec<Receiver<()>>,
}

/// The machine's ends of one channel.
#[derive(Debug)]
struct Pipes {
    answers: PipeReader,
    requests: PipeWriter,
}

impl HostProcess {
    /// Starts `program` with descriptors 3 (hints in), 4 (hints out), 5 (keys in) and 6 (preimages out). What it prints goes
    /// to `print`, in the pieces in which it comes, from threads of their own.
    ///
    /// # Errors
    /// [`HostProcessError::NoProgram`], [`HostProcessError::Start`].
    pub fn start(
        command: &[OsString],
        patience: Patience,
        print: impl Fn(OutputStream, &[u8]) + Clone + Send + 'static,
    ) -> Result<Self, HostProcessError> {
        let (program, arguments) = command.split_first().ok_or(HostProcessError::NoProgram)?;
        let failed = |error| HostProcessError::Start { program: program.to_string_lossy().into_owned(), error };
        let (keys_in, requests) = io::pipe().map_err(failed)?;
        let (answers, values_out) = io::pipe().map_err(failed)?;
        let preimages = Pipes { answers, requests };
        let (hints_in, requests) = io::pipe().map_err(failed)?;
        let (answers, hints_out) = io::pipe().map_err(failed)?;
        let hints = Pipes { answers, requests };
        let mut process = Command::new(program);
        process.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if std::env::var_os("NO_COLOR").is_none() {
            process.env("NO_COLOR", "1");
        }
        let ends = [hints_in.into(), hints_out.into(), keys_in.into(), values_out.into()];
        let mut child = descriptors::start_with(&mut process, ends).map_err(failed)?;
        let mut output = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            output.push(forward(stdout, OutputStream::Stdout, print.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            output.push(forward(stderr, OutputStream::Stderr, print));
        }
        Ok(Self { child, pipes: Some([preimages, hints]), patience, output })
    }

    /// Ends the process in order: closes its pipes, waits, interrupts it, waits, kills it.
    ///
    /// # Errors
    /// [`HostProcessError::Wait`].
    pub fn end(mut self) -> Result<ExitStatus, HostProcessError> {
        self.pipes = None;
        let status = match self.wait()? {
            Some(status) => status,
            None => {
                self.interrupt();
                match self.wait()? {
                    Some(status) => status,
                    None => {
                        self.child.kill().map_err(HostProcessError::Wait)?;
                        self.child.wait().map_err(HostProcessError::Wait)?
                    }
                }
            }
        };
        for printed in self.output.drain(..) {
            // A process that the host left behind may hold its output open for ever.
            let _ = printed.recv_timeout(Duration::from_secs(1));
        }
        Ok(status)
    }

    fn wait(&mut self) -> Result<Option<ExitStatus>, HostProcessError> {
        let until = Instant::now() + self.patience.end;
        loop {
            if let Some(status) = self.child.try_wait().map_err(HostProcessError::Wait)? {
                return Ok(Some(status));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn interrupt(&self) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // One that is gone by now is waited for next.
        let _ = id.map(|id| kill_process(id, Signal::INT));
    }

    /// One exchange on a channel, all of it within the patience for an answer.
    fn exchange<T>(
        &mut self,
        channel: usize,
        talk: impl FnOnce(&mut Talk<'_>) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let [preimages, hints] = self.pipes.as_mut().ok_or(Trouble::Closed)?;
        let pipes = if channel == HINTS { hints } else { preimages };
        let until = Instant::now() + self.patience.answer;
        let outcome = talk(&mut Talk { pipes, child: &mut self.child, until, patience: self.patience.answer });
        // A pipe that was closed usually means a process that is about to be gone: its status says more.
        if let Err(Trouble::Closed) = outcome {
            for _ in 0..40 {
                if let Some(status) = self.child.try_wait()? {
                    return Err(Trouble::Ended(status));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        outcome
    }
}

const PREIMAGES: usize = 0;
const HINTS: usize = 1;

impl Drop for HostProcess {
    /// A host that nobody ended is of no use to anybody.
    fn drop(&mut self) {
        self.pipes = None;
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl PreimageSource for HostProcess {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        let value = self.exchange(PREIMAGES, |talk| {
            talk.write(key.as_slice())?;
            let mut length = [0; 8];
            talk.read(&mut length)?;
            let length = u64::from_be_bytes(length);
            let size = usize::try_from(length).ok().filter(|size| *size <= MAX_PREIMAGE_LEN);
            let size = size.ok_or(Trouble::TooLong(length))?;
            let mut value = Vec::new();
            while value.len() < size {
                let done = value.len();
                value.resize(size.min(done + VALUE_CHUNK), 0);
                talk.read(&mut value[done..])?;
            }
            Ok(value)
        });
        let value = value.map_err(|trouble| SourceError::Failed(format!("preimage {key}: {trouble}")))?;
        // Keys of unknown types are the host's own matter: no contract would serve them.
        if let Ok(key) = PreimageKey::from_bytes(key.0) {
            key.verify(&value).map_err(|lie| SourceError::Failed(format!("the host's answer is false: {lie}")))?;
        }
        Ok(value.into())
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        let acknowledged = self.exchange(HINTS, |talk| {
            let length = u32::try_from(hint.len()).map_err(|_| Trouble::TooLong(hint.len() as u64))?;
            talk.write(&length.to_be_bytes())?;
            talk.write(hint)?;
            let mut byte = [0];
            talk.read(&mut byte)?;
            if byte[0] == 0 { Ok(()) } else { Err(Trouble::BadAcknowledgement(byte[0])) }
        });
        acknowledged.map_err(|trouble| SourceError::Failed(format!("hint: {trouble}")))
    }
}

/// A channel during one exchange.
struct Talk<'a> {
    pipes: &'a mut Pipes,
    child: &'a mut Child,
    until: Instant,
    patience: Duration,
}

impl Talk<'_> {
    fn read(&mut self, mut buffer: &mut [u8]) -> Result<(), Trouble> {
        while !buffer.is_empty() {
            self.ready(PollFlags::IN)?;
            match self.pipes.answers.read(buffer) {
                Ok(0) => return Err(Trouble::Closed),
                Ok(n) => buffer = &mut buffer[n..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Trouble> {
        while !bytes.is_empty() {
            self.ready(PollFlags::OUT)?;
            match self.pipes.requests.write(&bytes[..bytes.len().min(PIPE_CHUNK)]) {
                Ok(0) => return Err(Trouble::Closed),
                Ok(n) => bytes = &bytes[n..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Err(Trouble::Closed),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Waits until the pipe can be read or written without waiting, or is closed.
    fn ready(&mut self, flags: PollFlags) -> Result<(), Trouble> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            let wait =
                Timespec::try_from(left.min(GLANCE)).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
            let mut poll_fd = if flags == PollFlags::IN {
                [PollFd::new(&self.pipes.answers, flags)]
            } else {
                [PollFd::new(&self.pipes.requests, flags)]
            };
            match poll(&mut poll_fd, Some(&wait)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(Trouble::Io(error.into())),
            }
            // A process that it left behind may keep the pipe open; nobody answers any more.
            if let Some(status) = self.child.try_wait()? {
                return Err(Trouble::Ended(status));
            }
            if left.is_zero() {
                return Err(Trouble::Silent(self.patience));
            }
        }
    }
}

/// Hands on what comes out of a pipe; the receiver hears when it is at its end.
fn forward(
    mut pipe: impl Read + Send + 'static,
    stream: OutputStream,
    print: impl Fn(OutputStream, &[u8]) + Send + 'static,
) -> Receiver<()> {
    let (done, printed) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 32 << 10];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => print(stream, &buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        // Nobody may be waiting any more.
        let _ = done.send(());
    });
    printed
}

#[cfg(test)]
mod tests;
