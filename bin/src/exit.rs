//! Exit codes and errors of the command itself.
//!
//! What a program or a game decides is told by codes 0 to 2; everything that kept the command from deciding is 64 and
//! above, so that no script mistakes a bad flag for a verdict.

use std::fmt;

/// The machine faulted.
pub(crate) const FAULT: u8 = 2;
/// The flags contradict each other or name what does not exist.
pub(crate) const USAGE: u8 = 64;
/// An input file is damaged or incomplete.
pub(crate) const DATA: u8 = 65;
/// A host ended, fell silent, or has no answer; nodes did not give what was asked of them.
pub(crate) const HOST: u8 = 69;
/// The command failed by a fault of its own.
pub(crate) const PANIC: u8 = 70;
/// Something could not be written.
pub(crate) const OUTPUT: u8 = 74;

/// Why a command could not do its work: what, where and, if there is one, the remedy.
#[derive(Debug)]
pub(crate) struct CommandError {
    code: u8,
    message: String,
}

impl CommandError {
    /// Flags that cannot be followed.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { code: USAGE, message: message.to_string() }
    }

    /// Input that cannot be used.
    pub(crate) fn data(message: impl fmt::Display) -> Self {
        Self { code: DATA, message: message.to_string() }
    }

    /// Nodes that did not help.
    pub(crate) fn unavailable(message: impl fmt::Display) -> Self {
        Self { code: HOST, message: message.to_string() }
    }

    /// Output that cannot be written.
    pub(crate) fn output(message: impl fmt::Display) -> Self {
        Self { code: OUTPUT, message: format!("cannot write {message}") }
    }

    /// A host that cannot be started or gives no answer.
    pub(crate) fn host(message: impl fmt::Display) -> Self {
        Self { code: HOST, message: message.to_string() }
    }

    /// A machine that cannot go on: it reached a state from which there is no next one, or its host has no answer. Only the
    /// first says something about the guest.
    pub(crate) fn run<F: std::error::Error>(error: vm::RunError<F>) -> Self {
        let code = if matches!(error, vm::RunError::Fault { .. }) { FAULT } else { HOST };
        Self { code, message: error.to_string() }
    }

    /// A checked run that ended: as [`CommandError::run`], or the engines disagree, which is a mistake of this program.
    pub(crate) fn check(error: mips64::check::CheckError) -> Self {
        match error {
            mips64::check::CheckError::Run(error) => Self::run(error),
            different @ mips64::check::CheckError::Different(_) => Self { code: PANIC, message: different.to_string() },
        }
    }

    /// The exit code.
    pub(crate) const fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        Self { code: OUTPUT, message: format!("cannot write: {error}") }
    }
}

/// Makes a panic in any thread end the process with [`PANIC`] after it was printed.
pub(crate) fn panics_end_with_their_own_code() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        print(info);
        eprintln!("this is a fault of tribunal, not of its input; please report it with the command line");
        std::process::exit(i32::from(PANIC));
    }));
}
