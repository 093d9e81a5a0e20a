//! A copy of the contracts in which mutants of one unit are compiled and tested. The copy's tests deploy from artifacts, so
//! that a mutant is one compilation of one contract.

use super::{Mutant, Unit, Verdict};
use eyre::{Context, ContextCompat, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Most seconds of processor time for the tests of one mutant: one that makes a loop endless is killed. Not time on the
/// clock, which on a busy machine would kill any.
const SECONDS: u32 = 120;

/// The same when much is compiled before.
const SECONDS_WITH_COMPILATION: u32 = 3_600;

/// The artifact that a mutant has taken the place of: its path and what stood there.
const UNMUTATED: &str = "unmutated.json";

/// Tests without an optimizer and with few rounds of fuzzing.
const CONFIG: &str = r#"
optimizer = false
dynamic_test_linking = true
code_size_limit = 1000000
gas_snapshot_check = false
fs_permissions = [{ access = "read", path = "/" }]
[fuzz]
runs = 24
seed = "0x7472696275"
[invariant]
runs = 4
depth = 40
[lint]
lint_on_build = false
"#;

/// The copy and the compiler that waits for mutants.
pub(super) struct Worker {
    folder: PathBuf,
    compiler: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Copies the contracts and runs the unit's tests without a mutation, which must succeed.
    ///
    /// # Errors
    /// Files, tools, tests that fail.
    pub(super) fn start(root: &Path, unit: &Unit) -> Result<Self> {
        let contracts = root.join("contracts");
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let folder = target.join("mutants").join(unit.name);
        crate::contracts::copy(&contracts, &folder)?;
        for path in unit.tests {
            copy_tests(&contracts.join("test"), Path::new(path), &folder.join("test"))?;
        }
        fs::write(folder.join("foundry.toml"), config(&fs::read_to_string(contracts.join("foundry.toml"))?)?)?;
        // A run that was ended in the middle of a mutant left it in place.
        if let Ok(kept) = fs::read(folder.join(UNMUTATED)) {
            let (artifact, original): (PathBuf, String) = serde_json::from_slice(&kept)?;
            fs::write(artifact, original)?;
            fs::remove_file(folder.join(UNMUTATED))?;
        }
        let mut compiler = Command::new("node")
            .arg(contracts.join("mutation/compile.mjs"))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .wrap_err("node")?;
        let requests = compiler.stdin.take().wrap_err("no pipe to the compiler")?;
        let answers = BufReader::new(compiler.stdout.take().wrap_err("no pipe from the compiler")?);
        let worker = Self { folder, compiler, requests, answers };
        if let Some(failure) = worker.test(SECONDS_WITH_COMPILATION)? {
            bail!("the tests fail without a mutation: {failure}");
        }
        Ok(worker)
    }

    /// What becomes of a mutant when its contract alone is compiled.
    ///
    /// # Errors
    /// Files and tools.
    pub(super) fn judge(&mut self, mutant: &Mutant) -> Result<Verdict> {
        let text = fs::read_to_string(self.folder.join(mutant.path))?;
        let mutated = mutant.mutation.apply(&text);
        let request = json!({"file": mutant.contract, "path": mutant.path, "text": mutated});
        writeln!(self.requests, "{request}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line).wrap_err("the compiler's answer")?;
        let Some(bytecode) = answer["bytecode"].as_str() else { return Ok(Verdict::Invalid) };

        let name =
            Path::new(mutant.contract).file_stem().and_then(|name| name.to_str()).wrap_err("no contract name")?;
        let artifact = self.folder.join(format!("out/{name}.sol/{name}.json"));
        let original = fs::read(&artifact).wrap_err_with(|| artifact.display().to_string())?;
        let mut changed: Value = serde_json::from_slice(&original)?;
        if changed["bytecode"]["object"] == bytecode {
            return Ok(Verdict::Survived);
        }
        changed["bytecode"]["object"] = bytecode.into();
        fs::write(self.folder.join(UNMUTATED), json!([artifact, String::from_utf8_lossy(&original)]).to_string())?;
        fs::write(&artifact, serde_json::to_vec(&changed)?)?;
        let killed = self.test(SECONDS);
        fs::write(&artifact, &original)?;
        fs::remove_file(self.folder.join(UNMUTATED))?;
        Ok(killed?.map_or(Verdict::Survived, Verdict::Killed))
    }

    /// What becomes of a mutant when everything that holds a copy of its source is compiled anew.
    ///
    /// # Errors
    /// Files and tools.
    pub(super) fn judge_thoroughly(&mut self, mutant: &Mutant) -> Result<Verdict> {
        let source = self.folder.join(mutant.path);
        let text = fs::read_to_string(&source)?;
        fs::write(&source, mutant.mutation.apply(&text))?;
        let killed = self.test(SECONDS_WITH_COMPILATION);
        fs::write(&source, text)?;
        Ok(killed?.map_or(Verdict::Survived, Verdict::Killed))
    }

    /// Runs the tests; the first that fails, if one does. No filter: forge would compile everything to apply it.
    fn test(&self, seconds: u32) -> Result<Option<String>> {
        let log = self.folder.join("log");
        let status = Command::new("sh")
            .args(["-c", "ulimit -t \"$0\"; exec node_modules/.bin/forge test --fail-fast"])
            .arg(seconds.to_string())
            .current_dir(&self.folder)
            .env_remove("FOUNDRY_OUT")
            .env_remove("FOUNDRY_CACHE_PATH")
            .stdout(fs::File::create(&log)?)
            .stderr(Stdio::null())
            .status()
            .wrap_err("forge")?;
        if status.success() {
            return Ok(None);
        }
        if status.signal().is_some() {
            return Ok(Some("time".into()));
        }
        let log = fs::read_to_string(&log)?;
        let failure = log.lines().find_map(|line| line.strip_prefix("[FAIL")?.rsplit_once("] ").map(|(_, test)| test));
        // Of an invariant the name stands in a line of its own, after the calls that broke it.
        let invariant = || log.lines().map(str::trim_start).find(|line| line.starts_with("invariant_"));
        let name = failure.or_else(invariant).and_then(|test| test.split('(').next());
        match name {
            Some(name) => Ok(Some(name.to_string())),
            None if log.contains("Compil") || log.contains("Error") => Ok(Some("compilation of the tests".into())),
            None => bail!("forge failed without a failing test: {log}"),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.compiler.kill();
        let _ = self.compiler.wait();
    }
}

/// The configuration of the copy: the compiler's part of the project's, with what makes mutants fast.
fn config(project: &str) -> Result<String> {
    let end = project.find("dynamic_test_linking").wrap_err("foundry.toml has changed")?;
    let kept =
        project[..end].lines().filter(|line| !line.starts_with("optimizer") && !line.starts_with("extra_output"));
    Ok(kept.collect::<Vec<_>>().join("\n") + CONFIG)
}

/// Copies tests and what they import from test/, but for tests that measure gas: those hold the deployed artifacts.
fn copy_tests(tests: &Path, path: &Path, to: &Path) -> Result<()> {
    let from = tests.join(path);
    if from.is_dir() {
        for entry in fs::read_dir(&from).wrap_err_with(|| from.display().to_string())? {
            copy_tests(tests, &path.join(entry?.file_name()), to)?;
        }
        return Ok(());
    }
    let copy = to.join(path);
    if path.ends_with("Gas.t.sol") || copy.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(&from).wrap_err_with(|| from.display().to_string())?;
    fs::create_dir_all(copy.parent().wrap_err("a test outside of test/")?)?;
    fs::write(&copy, &text)?;
    for import in text.split('"').filter_map(|quoted| quoted.strip_prefix("test/")) {
        copy_tests(tests, Path::new(import), to)?;
    }
    Ok(())
}
