//! Copies of the contracts in which other tests than forge's own are run.

use eyre::{Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies the sources and tools into `folder`, without tests; an earlier copy is replaced, but what was built there stays.
///
/// # Errors
/// Files.
pub(crate) fn copy(contracts: &Path, folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for name in ["src", "test"] {
        if folder.join(name).exists() {
            fs::remove_dir_all(folder.join(name))?;
        }
    }
    copy_folder(&contracts.join("src"), &folder.join("src"))?;
    for name in ["solc-wrapper", "package.json"] {
        fs::copy(contracts.join(name), folder.join(name))?;
    }
    let modules = folder.join("node_modules");
    if !modules.exists() {
        // The compiler wants its imports inside of the folder: hard links, not a symbolic one.
        let linked = Command::new("cp").arg("-al").arg(contracts.join("node_modules")).arg(&modules).status();
        if !linked.is_ok_and(|status| status.success()) {
            // Another file system.
            let copied = Command::new("cp").arg("-a").arg(contracts.join("node_modules")).arg(&modules).status()?;
            ensure!(copied.success(), "node_modules cannot be copied");
        }
    }
    Ok(folder.to_path_buf())
}

/// Copies a folder with all that is in it.
///
/// # Errors
/// Files.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
