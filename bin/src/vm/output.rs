//! Files that appear whole or not at all: written beside their place, then moved there.

use crate::exit::CommandError;
use flate2::{Compression, write::GzEncoder};
use mips64::State;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file; one whose name ends in `.gz` is compressed, `-` is standard output.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let failed = |error: io::Error| CommandError::output(format!("{}: {error}", path.display()));
    if path == Path::new("-") {
        return std::io::stdout().lock().write_all(bytes).map_err(failed);
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = write_whole(&partial, bytes, path.extension().is_some_and(|extension| extension == "gz"));
    written.and_then(|()| std::fs::rename(&partial, path)).map_err(|error| {
        // What is left of a failed attempt is of no use; the first error is the one to tell.
        let _ = std::fs::remove_file(&partial);
        failed(error)
    })
}

fn write_whole(path: &Path, bytes: &[u8], gzip: bool) -> io::Result<()> {
    let mut file = File::create(path)?;
    if gzip {
        let mut encoder = GzEncoder::new(file, Compression::default());
        encoder.write_all(bytes)?;
        file = encoder.finish()?;
    } else {
        file.write_all(bytes)?;
    }
    file.sync_all()
}

/// Writes a state.
pub(super) fn save_state(state: &mut State, path: &Path) -> Result<(), CommandError> {
    state.save(path).map_err(CommandError::output)
}

/// The name of a state file says that it is one; an empty name stands for none.
pub(super) fn check_state_name(flag: &str, name: &str) -> Result<(), CommandError> {
    if name.is_empty() || name.ends_with(".bin") || name.ends_with(".bin.gz") {
        return Ok(());
    }
    Err(CommandError::usage(format!("--{flag} {name}: a state is written to a file that ends in .bin or .bin.gz")))
}
