//! The vector set: single steps of the machine as JSON, for other machines to run. One file a class of instruction, of call,
//! of scheduling, of memory operation, of preimage read. `cargo xtask vectors` writes them, `--check` compares them with what
//! it would write; the tests check each in the machine, its twin and the contract. The format stands in
//! `tests/vectors/README.md`.

pub mod cases;
mod format;

pub use format::{Outcome, Vector, expand, merkle_siblings};

use crate::evidence::every_kind;
use host::OfflineHost;
use preimage::PreimageKey;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A class of vectors: a file.
pub struct Class {
    /// Name of the file, without its end.
    pub name: String,
    /// What its cases are about.
    pub about: String,
    /// The cases.
    pub vectors: Vec<Vector>,
}

/// Where the files lie.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/mips64")
}

/// The host whose preimages the vectors read.
pub fn host() -> (OfflineHost, Vec<PreimageKey>) {
    every_kind()
}

impl Class {
    /// The file's content: one case a line.
    pub fn to_json(&self) -> String {
        let head = json!({"class": self.name, "about": self.about, "stateVersion": mips64::abi::STATE_VERSION});
        let mut text = format!("{}", head);
        // The cases stand behind the other fields, each on its own line.
        text.truncate(text.len() - 1);
        text.push_str(",\"cases\":[\n");
        let cases: Vec<String> = self.vectors.iter().map(|vector| vector.to_json().to_string()).collect();
        text.push_str(&cases.join(",\n"));
        text.push_str("\n]}\n");
        text
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let text = |name: &str| value[name].as_str().map(str::to_owned).ok_or_else(|| format!("no {name}"));
        let cases = value["cases"].as_array().ok_or("no cases")?;
        let vectors = cases.iter().map(Vector::from_json).collect::<Result<_, _>>()?;
        Ok(Self { name: text("class")?, about: text("about")?, vectors })
    }
}
