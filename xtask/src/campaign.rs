//! `cargo xtask campaign`: the long versions of the seeded tests. CI runs the short ones. A campaign is a test marked
//! `#[ignore = "campaign"]`, so that the same body serves both.

use eyre::{Result, bail};
use std::path::Path;
use std::process::Command;

/// Runs every ignored test of the workspace whose name contains `name`.
pub(crate) fn run(root: &Path, name: Option<&str>) -> Result<()> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(["test", "--workspace", "--"]);
    command.args(["--ignored", "--nocapture"]).args(name);
    if !command.status()?.success() {
        bail!("the campaign failed");
    }
    Ok(())
}
