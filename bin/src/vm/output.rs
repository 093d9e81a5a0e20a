//! Files that a command writes: whole or not at all, compressed where their names say so.

use crate::exit::CommandError;
use flate2::{Compression, write::GzEncoder};
use mips64::State;
use std::{io::Write, path::Path};

/// Writes a file; one whose name ends in `.gz` is compressed, `-` is standard output.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    if path == Path::new("-") {
        let failed = |error| CommandError::output(format!("to standard output: {error}"));
        return std::io::stdout().lock().write_all(bytes).map_err(failed);
    }
    write_at(path, bytes, path.extension().is_some_and(|extension| extension == "gz"))
}

/// Writes a file as it is, whatever its name.
pub(super) fn write_plain(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    write_at(path, bytes, false)
}

fn write_at(path: &Path, bytes: &[u8], gzip: bool) -> Result<(), CommandError> {
    let written = vm::write_whole(path, |mut file| {
        if gzip {
            let mut encoder = GzEncoder::new(file, Compression::default());
            encoder.write_all(bytes)?;
            return encoder.finish();
        }
        file.write_all(bytes)?;
        Ok(file)
    });
    written.map_err(|error| CommandError::output(format!("{}: {error}", path.display())))
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
