//! `cargo xtask tidy`: the rules of STYLE.md and ARCHITECTURE.md that no compiler checks. Each check gives a list of
//! complaints; the task prints them all and fails when there is one.

mod comments;
mod files;
mod layers;
mod unsafe_code;

use eyre::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One source file: its path from the root and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Runs every check on the repository at `root`.
pub(crate) fn run(root: &Path) -> Result<()> {
    let sources = sources(root)?;
    let mut complaints = layers::check(root)?;
    complaints.extend(files::check(&sources));
    complaints.extend(comments::check(&sources));
    complaints.extend(unsafe_code::check(&sources));
    println!("tidy: {} source files, median {} lines", sources.len(), files::median(&sources));
    for complaint in &complaints {
        println!("tidy: {complaint}");
    }
    if !complaints.is_empty() {
        bail!("{} complaints", complaints.len());
    }
    Ok(())
}

/// The Rust and Solidity files that git tracks or would track.
fn sources(root: &Path) -> Result<Vec<Source>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.rs", "*.sol"])
        .current_dir(root)
        .output()?;
    if !output.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let mut sources = Vec::new();
    for path in String::from_utf8(output.stdout)?.lines() {
        let file: PathBuf = root.join(path);
        if file.is_file() {
            sources.push(Source { path: path.to_owned(), text: std::fs::read_to_string(file)? });
        }
    }
    Ok(sources)
}
