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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// The tests that a text names as `file.sol: function` in backquotes, and that do not exist.
    fn missing(text: &str, root: &Path) -> Vec<String> {
        let named = text.split('`').filter(|part| part.contains(".sol: "));
        let exists = |part: &&str| {
            let Some((file, name)) = part.split_once(": ") else { return false };
            fs::read_to_string(root.join(file)).is_ok_and(|source| source.contains(&format!("function {name}(")))
        };
        named.filter(|part| !exists(part)).map(str::to_owned).collect()
    }

    /// docs/findings.md has one row for each finding and attack that concerns contracts, and the tests that it names exist.
    #[test]
    fn findings_name_tests_of_contracts() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let text = fs::read_to_string(root.join("docs/findings.md")).unwrap();
        assert_eq!(missing(&text, &root), Vec::<String>::new());
        let rows =
            (1..=33).map(|number| format!("R-{number:02}")).chain((1..=52).map(|number| format!("A-{number:02}")));
        for name in rows {
            let row = format!("| {name} |");
            assert_eq!(text.lines().filter(|line| line.starts_with(&row)).count(), 1, "{name}");
        }
        // The twin: a name that does not exist is told.
        assert_eq!(missing(&text.replacen("test_A03_dup", "test_A03_dip", 1), &root).len(), 1);
    }

    /// The kept results of mutants fit to the sources, and every survivor is explained.
    #[test]
    fn results_of_mutants_are_current() {
        crate::mutate::check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    }
}
