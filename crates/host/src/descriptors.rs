//! File descriptors 3 to 6, which a host inherits from the machine that starts it: taking them over, and passing them on.
//!
//! The only place of the crate with `unsafe` for descriptors: taking over one that another process opened cannot be checked
//! by the compiler, nor can what is done between the birth of a process and the start of its program.
#![allow(unsafe_code)]

use preimage::{Channel, ChannelError};
use std::{
    fs::File,
    io::{self, Read, Write},
    mem::ManuallyDrop,
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
    os::unix::process::CommandExt,
    process::{Child, Command},
    sync::atomic::{AtomicBool, Ordering},
};

/// Hints in, acknowledgements out, keys in, preimages out, as a host sees them.
const HINTS_IN: RawFd = 3;
const HINTS_OUT: RawFd = 4;
const PREIMAGES_IN: RawFd = 5;
const PREIMAGES_OUT: RawFd = 6;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// A channel over two files, each of which carries one direction.
#[derive(Debug)]
pub struct FileChannel {
    input: File,
    output: File,
}

impl FileChannel {
    /// A channel that reads from `input` and writes to `output`.
    pub const fn new(input: File, output: File) -> Self {
        Self { input, output }
    }
}

/// Repeats a call that a signal interrupted; a pipe without a reader counts as closed.
fn retried(mut call: impl FnMut() -> io::Result<usize>) -> Result<usize, ChannelError> {
    loop {
        match call() {
            Ok(n) => return Ok(n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
            Err(e) => return Err(ChannelError::Failed(e.raw_os_error().unwrap_or(-1))),
        }
    }
}

impl Channel for FileChannel {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ChannelError> {
        retried(|| self.input.read(buffer))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ChannelError> {
        retried(|| self.output.write(bytes))
    }
}

/// The inherited channels, preimages first, then hints; `None` when they have been taken before or are not open.
pub fn inherited() -> Option<(FileChannel, FileChannel)> {
    if TAKEN.swap(true, Ordering::SeqCst) {
        return None;
    }
    let open = |fd: RawFd| std::fs::metadata(format!("/proc/self/fd/{fd}")).is_ok();
    if ![HINTS_IN, HINTS_OUT, PREIMAGES_IN, PREIMAGES_OUT].into_iter().all(open) {
        return None;
    }
    // SAFETY: the descriptors are open, were passed on to this process for this purpose, and are taken over at most once.
    // Nothing else in the process opens descriptors by number.
    let file = |fd: RawFd| File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    Some((FileChannel::new(file(PREIMAGES_IN), file(PREIMAGES_OUT)), FileChannel::new(file(HINTS_IN), file(HINTS_OUT))))
}

/// Starts a program that finds `ends` at descriptors 3 to 6, in this order. The caller's copies of them are closed, so that a
/// pipe is at its end when the program is.
pub(crate) fn start_with(command: &mut Command, ends: [OwnedFd; 4]) -> io::Result<Child> {
    // Descriptors from 3 to 6 are taken while the process is started: what the standard library opens for itself, and the
    // ends, then have higher numbers and are not overwritten.
    let mut placeholders = Vec::new();
    loop {
        let placeholder = File::open("/dev/null")?;
        let high_enough = placeholder.as_raw_fd() > PREIMAGES_OUT;
        placeholders.push(placeholder);
        if high_enough {
            break;
        }
    }
    let mut moved = Vec::with_capacity(ends.len());
    for end in ends {
        moved.push(rustix::io::fcntl_dupfd_cloexec(&end, PREIMAGES_OUT + 1)?);
    }
    let pass_on = move || {
        for (end, number) in moved.iter().zip(HINTS_IN..) {
            // SAFETY: in the new process, which has one thread and is about to become another program, nothing owns these
            // numbers any more; the owner made here is never dropped, so it closes nothing.
            let mut at = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(number) });
            rustix::io::dup2(end, &mut at)?;
        }
        Ok(())
    };
    // SAFETY: between fork and exec, the closure makes nothing but the system call dup2: it takes no lock and no memory.
    unsafe { command.pre_exec(pass_on) };
    let child = command.spawn();
    drop(placeholders);
    child
}
