//! `tribunal program import`: checks a witness once and keeps it in a form that later runs map into memory.

use crate::exit::CommandError;
use clap::Args;
use host::Witness;
use std::{io::Write, path::PathBuf};

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Folder with boot.json and preimages.kv[.zst].
    #[arg(long, value_name = "DIR")]
    witness: PathBuf,
    /// Folder with network upgrade transactions, one FORK.json a fork; they become part of the import.
    #[arg(long, value_name = "DIR")]
    upgrades: Option<PathBuf>,
    /// Folder to make; give it as --witness from then on.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

pub(super) fn import(args: &ImportArgs) -> Result<u8, CommandError> {
    let witness = Witness::load_with_upgrades(&args.witness, args.upgrades.as_deref()).map_err(CommandError::data)?;
    witness.import(&args.output).map_err(CommandError::output)?;
    let size = witness.store.size();
    writeln!(
        std::io::stdout(),
        "imported {} preimages and {} blobs into {}",
        size.keccak256 + size.sha256,
        size.blobs,
        args.output.display()
    )?;
    Ok(0)
}
