//! `cargo xtask prove`: the properties of contracts/test/symbolic for all inputs, by halmos, which is installed from PyPI at the
//! pinned versions into a folder of its own. Every `check_` must hold, every `check_twin_` must be found wrong.

use eyre::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Least number of properties: fewer than these would mean that some were not found.
const PROPERTIES: usize = 39;

/// Proves everything.
///
/// # Errors
/// Tools that are missing, and the properties that did not turn out as they must.
pub(crate) fn run(root: &Path) -> Result<()> {
    let contracts = root.join("contracts");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let folder = crate::contracts::copy(&contracts, &target.join("prove"))?;
    crate::contracts::copy_folder(&contracts.join("test/symbolic"), &folder.join("test/symbolic"))?;
    fs::write(folder.join("foundry.toml"), config(&fs::read_to_string(contracts.join("foundry.toml"))?)?)?;

    let tools = folder.join("venv");
    let requirements = folder.join("test/symbolic/requirements.txt");
    let wanted = fs::read(&requirements)?;
    if fs::read(tools.join("installed")).ok().as_ref() != Some(&wanted) {
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&tools))?;
        let pip = tools.join("bin/pip");
        succeed(
            Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&requirements),
        )?;
        fs::write(tools.join("installed"), wanted)?;
    }

    succeed(Command::new("node_modules/.bin/forge").args(["build", "--ast"]).current_dir(&folder))?;
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new(tools.join("bin/halmos"))
        .args(["--no-status", "--match-contract", "Properties$"])
        .args(["--solver-timeout-assertion", "600000"])
        .env("PATH", format!("{}:{}:{path}", folder.join("node_modules/.bin").display(), tools.join("bin").display()))
        .current_dir(&folder)
        .stderr(Stdio::inherit())
        .output()
        .wrap_err("halmos")?;
    judge(&String::from_utf8_lossy(&output.stdout))
}

/// Reads what halmos printed: one line a property, `[PASS]`, `[FAIL]` or another word, then the name.
fn judge(output: &str) -> Result<()> {
    let (mut proven, mut twins, mut wrong) = (0, 0, Vec::new());
    for line in output.lines() {
        let line = line.replace("\u{1b}[32m", "").replace("\u{1b}[31m", "").replace("\u{1b}[33m", "");
        let line = line.replace("\u{1b}[0m", "");
        let Some((verdict, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] check_")) else {
            continue;
        };
        let name = rest.split('(').next().unwrap_or_default();
        match (verdict, name.starts_with("twin_")) {
            ("PASS", false) => proven += 1,
            ("FAIL", true) => twins += 1,
            _ => wrong.push(format!("check_{name}: {verdict}")),
        }
    }
    if !wrong.is_empty() {
        bail!("not as they must be: {}", wrong.join(", "));
    }
    ensure!(proven >= PROPERTIES && twins > 0, "only {proven} properties and {twins} twins were found in: {output}");
    println!("{proven} properties proven, {twins} wrong ones found wrong");
    Ok(())
}

/// The configuration of the copy: the project's, with the tests of this folder alone and what halmos reads.
fn config(project: &str) -> Result<String> {
    let end = project.find("dynamic_test_linking").ok_or_else(|| eyre::eyre!("foundry.toml has changed"))?;
    let kept = project[..end]
        .replace("src = \"src\"", "src = \"test/symbolic\"")
        .replace("test = \"test\"", "test = \"test/symbolic\"");
    let kept = kept.replace("extra_output = [\"storageLayout\"]", "extra_output = [\"storageLayout\", \"metadata\"]");
    Ok(kept + "ast = true\n[lint]\nlint_on_build = false\n")
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().wrap_err_with(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::judge;

    fn printed(verdicts: [&str; 3]) -> String {
        let mut text = "Running 3 tests\n".to_string();
        for i in 0..super::PROPERTIES {
            text += &format!("\u{1b}[32m[{}]\u{1b}[0m check_p{i}(uint64) (paths: 3)\n", verdicts[usize::from(i == 0)]);
        }
        text + &format!("\u{1b}[31m[{}]\u{1b}[0m check_twin_wrong(uint64) (paths: 1)\n", verdicts[2])
    }

    #[test]
    fn all_must_be_as_they_should() {
        assert!(judge(&printed(["PASS", "PASS", "FAIL"])).is_ok());
        assert!(judge(&printed(["PASS", "FAIL", "FAIL"])).is_err());
        assert!(judge(&printed(["PASS", "TIMEOUT", "FAIL"])).is_err());
        assert!(judge(&printed(["PASS", "PASS", "PASS"])).is_err());
        assert!(judge("").is_err());
    }
}
