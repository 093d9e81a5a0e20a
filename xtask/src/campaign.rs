//! `cargo xtask campaign`: the long versions of the seeded tests. CI runs the short ones. A campaign is a test marked
//! `#[ignore = "campaign…"]`, or one that takes the number of its rounds from the environment, so that the same body serves
//! both.

use eyre::{Result, bail};
use std::path::Path;
use std::process::Command;

/// How long the tests run that take their number of rounds from the environment.
const ROUNDS: [(&str, &str); 7] = [
    ("TRIBUNAL_CAMPAIGN", "1"),
    ("TRIBUNAL_DAMAGE_RUNS", "100000"),
    ("TRIBUNAL_FUZZ_ROUNDS", "1000000"),
    ("TRIBUNAL_GAMES", "100000"),
    ("TRIBUNAL_STEPS", "10000000"),
    ("TRIBUNAL_FILES", "1000000"),
    ("TRIBUNAL_QEMU_OPERANDS", "10000"),
];

/// Runs every test of the workspace whose name contains `name`, the ignored ones too, in its long version.
pub(crate) fn run(root: &Path, name: Option<&str>) -> Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["test", "--workspace", "--"]);
    command.args(["--include-ignored", "--nocapture"]).args(name).envs(ROUNDS);
    if !command.status()?.success() {
        bail!("the campaign failed");
    }
    Ok(())
}

/// Writes the vector set, or compares with it when `check` is set: the generator is a program of the conformance tests.
pub(crate) fn vectors(root: &Path, check: bool) -> Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["run", "--quiet", "-p", "conformance", "--bin", "vectors", "--"]);
    if !command.args(check.then_some("--check")).status()?.success() {
        bail!("the vector set is not what the machine does");
    }
    Ok(())
}
