//! A copy of the contracts in which mutants of one unit are compiled and tested. The copy's tests deploy from artifacts, so
//! that a mutant is one compilation of one contract.

use super::{Mutant, Unit, Verdict};
use eyre::{Context, ContextCompat, Result, bail, ensure};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time of the tests of one mutant: one that makes a loop endless is killed.
const LIMIT: Duration = Duration::from_secs(240);

/// Longest time of the tests without a mutation, for which everything is compiled.
const LIMIT_WITHOUT: Duration = Duration::from_secs(3_600);

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
    tests: &'static str,
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
        fs::create_dir_all(&folder)?;
        for name in ["src", "test"] {
            if folder.join(name).exists() {
                fs::remove_dir_all(folder.join(name))?;
            }
        }
        copy_folder(&contracts.join("src"), &folder.join("src"))?;
        copy_files(&contracts.join("test"), &folder.join("test"))?;
        for name in unit.folders {
            copy_folder(&contracts.join("test").join(name), &folder.join("test").join(name))?;
        }
        for name in ["solc-wrapper", "package.json"] {
            fs::copy(contracts.join(name), folder.join(name))?;
        }
        let modules = folder.join("node_modules");
        if !modules.exists() {
            // The compiler wants its imports inside of the folder: hard links, not a symbolic one.
            let linked = Command::new("cp").arg("-al").arg(contracts.join("node_modules")).arg(&modules).status()?;
            ensure!(linked.success(), "node_modules cannot be linked");
        }
        fs::write(folder.join("foundry.toml"), config(&fs::read_to_string(contracts.join("foundry.toml"))?)?)?;
        let mut compiler = Command::new("node")
            .arg(contracts.join("mutation/compile.mjs"))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .wrap_err("node")?;
        let requests = compiler.stdin.take().wrap_err("no pipe to the compiler")?;
        let answers = BufReader::new(compiler.stdout.take().wrap_err("no pipe from the compiler")?);
        let worker = Self { folder, tests: unit.tests, compiler, requests, answers };
        if let Some(failure) = worker.test(LIMIT_WITHOUT)? {
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
        fs::write(&artifact, serde_json::to_vec(&changed)?)?;
        let killed = self.test(LIMIT);
        fs::write(&artifact, &original)?;
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
        let killed = self.test(LIMIT);
        fs::write(&source, text)?;
        Ok(killed?.map_or(Verdict::Survived, Verdict::Killed))
    }

    /// Runs the tests; the first that fails, if one does.
    fn test(&self, limit: Duration) -> Result<Option<String>> {
        let log = self.folder.join("log");
        let forge = self.folder.join("node_modules/.bin/forge");
        let mut child = Command::new(forge)
            .args(["test", "--fail-fast", "--match-path", self.tests])
            .current_dir(&self.folder)
            .env_remove("FOUNDRY_OUT")
            .env_remove("FOUNDRY_CACHE_PATH")
            .stdout(fs::File::create(&log)?)
            .stderr(Stdio::null())
            .spawn()
            .wrap_err("forge")?;
        let started = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if started.elapsed() > limit {
                child.kill()?;
                child.wait()?;
                return Ok(Some("time".into()));
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        if status.success() {
            return Ok(None);
        }
        let log = fs::read_to_string(&log)?;
        let failure = log.lines().find_map(|line| line.strip_prefix("[FAIL")?.rsplit_once("] ").map(|(_, test)| test));
        let name = failure.and_then(|test| test.split('(').next());
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

/// Copies a folder, but for tests that measure gas: those hold the deployed artifacts.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    copy_files(from, to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Copies the files of a folder.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && entry.file_name() != "Gas.t.sol" {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
