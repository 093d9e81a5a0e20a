//! The group `vm`: the machine, against Cannon.

mod dense;
mod long;
mod runs;
mod trace;

use crate::{BenchError, Figure, Group, Setting};
use flate2::read::MultiGzDecoder;
use host::{Boot, Store, Witness};
use mips64::State;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use vm::Lanes;

/// The prestate of the program for all chains that are built in.
const PROGRAM: &[u8] = include_bytes!("../../../guests/prestates/program.mips64.bin.gz");
/// A guest that hashes, executes blocks, recovers senders and decompresses, without any preimage.
const SELFTEST: &[u8] = include_bytes!("../../../guests/prestates/selftest.mips64.elf");

/// All figures that the setting asks for and allows.
pub(crate) fn measure(setting: &Setting, progress: &mut dyn FnMut(&str)) -> Result<Vec<Figure>, BenchError> {
    let mut figures = Vec::new();
    let wanted = |names: &[&str]| names.iter().any(|name| setting.wants(Group::Vm, name));
    // First, while the process is small.
    let roots = Lanes::ALL.map(|lanes| format!("merkle-root-{lanes:?}").to_lowercase());
    let one_core = format!("merkle-root-one-core-{:?}", Lanes::best()).to_lowercase();
    let roots = ["merkle-root", &one_core, &roots[0], &roots[1], &roots[2]];
    if wanted(&["resident-memory", "snapshot"]) || wanted(&roots) {
        figures.extend(dense::measure(setting, progress)?);
    }
    if wanted(&["vm-run-core", "vm-interpreter"]) {
        figures.extend(runs::core(setting, progress)?);
    }
    if setting.witness.is_some() {
        if wanted(&["vm-run", "vm-start"]) {
            figures.extend(runs::with_host(setting, progress)?);
        }
        if wanted(&["random-state", "bisection"]) {
            figures.extend(trace::measure(setting, progress)?);
        }
        if wanted(&["disk-per-game"]) {
            figures.extend(long::measure(setting, progress)?);
        }
    }
    figures.retain(|figure| setting.wants(Group::Vm, &figure.name));
    Ok(figures)
}

/// The program's prestate.
pub(crate) fn program() -> Result<State, BenchError> {
    State::read(&mut MultiGzDecoder::new(PROGRAM)).map_err(|error| BenchError::Data(format!("the prestate: {error}")))
}

/// The program's prestate as a file that a peer reads.
fn program_file(folder: &Path) -> Result<std::path::PathBuf, BenchError> {
    let path = folder.join("program.bin");
    let mut bytes = Vec::new();
    let unpacked = MultiGzDecoder::new(PROGRAM).read_to_end(&mut bytes);
    unpacked.and_then(|_| std::fs::write(&path, bytes)).map_err(|error| data(&path, error))?;
    Ok(path)
}

/// Boot and store of a witness folder.
pub(crate) fn witness(folder: &Path) -> Result<(Boot, Arc<Store>), BenchError> {
    let witness = Witness::load(folder).map_err(|error| data(folder, error))?;
    Ok((witness.boot, witness.store))
}

fn scratch() -> Result<tempfile::TempDir, BenchError> {
    tempfile::tempdir().map_err(|error| BenchError::Data(format!("a folder for scratch files: {error}")))
}

pub(crate) fn data(path: &Path, error: impl std::fmt::Display) -> BenchError {
    BenchError::Data(format!("{}: {error}", path.display()))
}

pub(crate) fn failed(error: impl std::fmt::Display) -> BenchError {
    BenchError::Run(error.to_string())
}
