//! Tasks of the repository that are not part of the product: `cargo xtask tidy` checks the rules of STYLE.md that a compiler
//! does not, `cargo xtask guests` builds the guests and compares them with the committed ones, `cargo xtask campaign` runs the
//! long versions of the seeded tests, `cargo xtask vectors` writes the machine's vector set.

mod campaign;
mod guests;
mod tidy;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks of the repository")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check layers, file sizes, comments and the list of files with unsafe code.
    Tidy,
    /// Build the guests with Debian's compiler; without a flag, replace the committed images and prestates.
    Guests {
        /// Compare with the committed images instead of replacing them.
        #[arg(long)]
        check: bool,
    },
    /// Write the vector set of the machine (tests/vectors).
    Vectors {
        /// Compare with the committed set instead of replacing it.
        #[arg(long)]
        check: bool,
    },
    /// Run the long versions of the seeded tests (hours, not part of CI).
    Campaign {
        /// Which campaign; all of them when absent.
        name: Option<String>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Tidy => tidy::run(&root()),
        Task::Guests { check } => guests::run(&root(), check),
        Task::Vectors { check } => campaign::vectors(&root(), check),
        Task::Campaign { name } => campaign::run(&root(), name.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository: the folder above this crate.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies one folder below the root").to_path_buf()
}
