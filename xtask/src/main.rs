//! Tasks of the repository that are not part of the product: `cargo xtask tidy` checks the rules of STYLE.md that a compiler
//! does not, `cargo xtask guests` builds the guests and compares them with the committed ones, `cargo xtask campaign` runs the
//! long versions of the seeded tests, `cargo xtask mutate` measures the tests of the contracts by mutants, `cargo xtask prove`
//! proves properties of them.

mod campaign;
mod contracts;
mod guests;
mod mutate;
mod prove;
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
    /// Change the contracts in one place at a time and see whether the forge tests notice (see contracts/mutation).
    Mutate {
        /// Names of units (game, oracle, registry, portal, MIPS64); all of them when absent.
        units: Vec<String>,
        /// Decides which mutants are taken.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many mutants, over all units.
        #[arg(long, default_value_t = 300)]
        count: usize,
        /// Try survivors of earlier runs again: by today's tests, then with everything compiled anew (a minute each).
        #[arg(long)]
        confirm: bool,
        /// Run nothing; hold the kept results against the sources and the explained survivors.
        #[arg(long)]
        check: bool,
    },
    /// Prove the properties of contracts/test/symbolic for all inputs (installs halmos from PyPI; about a minute).
    Prove,
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
        Task::Mutate { check: true, .. } => mutate::check(&root()),
        Task::Mutate { units, seed, count, confirm, .. } => mutate::run(&root(), seed, count, confirm, &units),
        Task::Prove => prove::run(&root()),
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
