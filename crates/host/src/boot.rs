//! `boot.json` of a witness folder: the claim that the witness can decide, its chain's configs, and known verdicts.
//!
//! Fields that are not named here are ignored; one that is missing or of the wrong kind is named. A config is an object, or
//! the name of a file relative to `boot.json`; its text is kept as it stands, for it becomes the value of a local key.

use crate::{flat, flat::FlatError};
use alloy_primitives::{B256, Bytes};
use preimage::{LocalInput, PreimageKey};
use serde_json::value::RawValue;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Bytes that `boot.json` or a config file may have.
const MAX_JSON_LEN: u64 = 16 << 20;

/// What a dispute gives to a program, and the configs that native runs need besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// Hash of the last L1 block whose data the program may use.
    pub l1_head: B256,
    /// The output root from which the program starts.
    pub agreed_l2_output_root: B256,
    /// The claim.
    pub claimed_l2_output_root: B256,
    /// The block that the claim is about.
    pub claimed_l2_block_number: u64,
    /// The L2 chain.
    pub l2_chain_id: u64,
    /// Rollup config, JSON.
    pub rollup_config: Option<Bytes>,
    /// L2 chain config (go-ethereum's), JSON.
    pub l2_chain_config: Option<Bytes>,
    /// L1 chain config (go-ethereum's), JSON.
    pub l1_chain_config: Option<Bytes>,
}

/// A claim over a witness whose verdict is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedVerdict {
    /// The claimed output root.
    pub claimed_l2_output_root: B256,
    /// The claimed block.
    pub claimed_l2_block_number: u64,
    /// Whether the claim is valid; otherwise it is invalid.
    pub valid: bool,
    /// What kind of claim it is, in words.
    pub kind: String,
}

/// Why a `boot.json` could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The file, or a config file that it names, cannot be read.
    #[error(transparent)]
    File(#[from] FlatError),
    /// The file is no JSON object.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A field that must be there is not.
    #[error("{}: field `{field}` is missing", path.display())]
    MissingField {
        /// The file.
        path: PathBuf,
        /// The field's name.
        field: &'static str,
    },
    /// A field does not hold what it should.
    #[error("{}: field `{field}`: {reason}", path.display())]
    BadField {
        /// The file.
        path: PathBuf,
        /// The field's name.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// How the inputs beyond a game's five are numbered, and what stands in local key 5 when a config is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LocalKeyNumbering {
    /// Tribunal's programs: the chain's id in 5, rollup config in 6, L1 config in 7, L2 config in 8.
    #[default]
    Tribunal,
    /// kona: with a config, 5 is zero; rollup config in 6, L1 config in 7.
    Kona,
    /// op-program: with a config, 5 is 2^64 − 1; L2 config in 6, rollup config in 7, L1 config in 9.
    OpProgram,
}

/// Reads a field that holds any JSON value of type `T`.
fn field<T: serde::de::DeserializeOwned>(
    path: &Path,
    fields: &BTreeMap<String, Box<RawValue>>,
    name: &'static str,
) -> Result<T, BootError> {
    let raw = fields.get(name).ok_or_else(|| BootError::MissingField { path: path.to_path_buf(), field: name })?;
    serde_json::from_str(raw.get()).map_err(|e| BootError::BadField {
        path: path.to_path_buf(),
        field: name,
        reason: e.to_string(),
    })
}

fn word(path: &Path, fields: &BTreeMap<String, Box<RawValue>>, name: &'static str) -> Result<B256, BootError> {
    let text: String = field(path, fields, name)?;
    text.parse().map_err(|e| BootError::BadField {
        path: path.to_path_buf(),
        field: name,
        reason: format!("no hash of 32 bytes: {e}"),
    })
}

fn config(
    path: &Path,
    fields: &BTreeMap<String, Box<RawValue>>,
    name: &'static str,
) -> Result<Option<Bytes>, BootError> {
    let bad = |reason: String| BootError::BadField { path: path.to_path_buf(), field: name, reason };
    let Some(raw) = fields.get(name) else { return Ok(None) };
    match raw.get().as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'{') => Ok(Some(Bytes::copy_from_slice(raw.get().as_bytes()))),
        Some(b'"') => {
            let file: String = field(path, fields, name)?;
            let file = path.parent().unwrap_or(Path::new("")).join(file);
            let text = flat::read_bounded(&file, MAX_JSON_LEN)?;
            let parsed: Result<BTreeMap<String, Box<RawValue>>, _> = serde_json::from_slice(&text);
            parsed.map_err(|source| BootError::Json { path: file, source })?;
            Ok(Some(text.into()))
        }
        _ => Err(bad("neither an object nor a file name".into())),
    }
}

impl Boot {
    /// Reads a `boot.json` and the configs it names.
    ///
    /// # Errors
    /// [`BootError`].
    pub fn load(path: &Path) -> Result<(Self, Vec<ExpectedVerdict>), BootError> {
        let text = flat::read_bounded(path, MAX_JSON_LEN)?;
        let fields: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(&text).map_err(|source| BootError::Json { path: path.to_path_buf(), source })?;
        let boot = Self {
            l1_head: word(path, &fields, "l1_head")?,
            agreed_l2_output_root: word(path, &fields, "agreed_l2_output_root")?,
            claimed_l2_output_root: word(path, &fields, "claimed_l2_output_root")?,
            claimed_l2_block_number: field(path, &fields, "claimed_l2_block_number")?,
            l2_chain_id: field(path, &fields, "l2_chain_id")?,
            rollup_config: config(path, &fields, "rollup_config")?,
            l2_chain_config: config(path, &fields, "l2_chain_config")?,
            l1_chain_config: config(path, &fields, "l1_chain_config")?,
        };
        let mut expected = Vec::new();
        if fields.contains_key("expected") {
            for claim in field::<Vec<BTreeMap<String, Box<RawValue>>>>(path, &fields, "expected")? {
                let verdict: String = field(path, &claim, "verdict")?;
                expected.push(ExpectedVerdict {
                    claimed_l2_output_root: word(path, &claim, "claimed_l2_output_root")?,
                    claimed_l2_block_number: match claim.contains_key("claimed_l2_block_number") {
                        true => field(path, &claim, "claimed_l2_block_number")?,
                        false => boot.claimed_l2_block_number,
                    },
                    valid: match verdict.as_str() {
                        "valid" => true,
                        "invalid" => false,
                        other => {
                            let reason = format!("{other:?} is neither valid nor invalid");
                            return Err(BootError::BadField { path: path.into(), field: "verdict", reason });
                        }
                    },
                    kind: if claim.contains_key("kind") { field(path, &claim, "kind")? } else { String::new() },
                });
            }
        }
        Ok((boot, expected))
    }

    /// The text of a `boot.json`, with the configs in it and claims whose verdicts are known.
    pub fn to_json(&self, expected: &[ExpectedVerdict]) -> String {
        let mut fields: Vec<(&str, String)> = vec![
            ("l1_head", format!("\"{}\"", self.l1_head)),
            ("agreed_l2_output_root", format!("\"{}\"", self.agreed_l2_output_root)),
            ("claimed_l2_output_root", format!("\"{}\"", self.claimed_l2_output_root)),
            ("claimed_l2_block_number", self.claimed_l2_block_number.to_string()),
            ("l2_chain_id", self.l2_chain_id.to_string()),
        ];
        if !expected.is_empty() {
            let claim = |claim: &ExpectedVerdict| {
                serde_json::json!({
                    "claimed_l2_output_root": claim.claimed_l2_output_root.to_string(),
                    "claimed_l2_block_number": claim.claimed_l2_block_number,
                    "verdict": if claim.valid { "valid" } else { "invalid" },
                    "kind": claim.kind,
                })
            };
            fields.push((
                "expected",
                serde_json::Value::from(expected.iter().map(claim).collect::<Vec<_>>()).to_string(),
            ));
        }
        let configs = [
            ("rollup_config", &self.rollup_config),
            ("l2_chain_config", &self.l2_chain_config),
            ("l1_chain_config", &self.l1_chain_config),
        ];
        for (name, config) in configs {
            // The text as it stands: it is the value of a local key.
            fields.extend(config.as_ref().map(|config| (name, String::from_utf8_lossy(config).into_owned())));
        }
        let lines: Vec<String> = fields.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    }

    /// The same dispute about another claim: every execution game inside a dispute has its own.
    pub fn with_claim(&self, claimed_l2_output_root: B256, claimed_l2_block_number: u64) -> Self {
        Self { claimed_l2_output_root, claimed_l2_block_number, ..self.clone() }
    }

    /// The value of a local key, under the numbering of the program that asks.
    pub fn local(&self, key: &PreimageKey, numbering: LocalKeyNumbering) -> Option<Bytes> {
        let number = |n: u64| Some(Bytes::copy_from_slice(&n.to_be_bytes()));
        let index = key.local_index()?;
        const ROLLUP: u64 = LocalInput::RollupConfig as u64;
        const L1: u64 = LocalInput::L1ChainConfig as u64;
        const L2: u64 = LocalInput::L2ChainConfig as u64;
        match (index, numbering) {
            (1, _) => Some(self.l1_head.0.into()),
            (2, _) => Some(self.agreed_l2_output_root.0.into()),
            (3, _) => Some(self.claimed_l2_output_root.0.into()),
            (4, _) => number(self.claimed_l2_block_number),
            (5, LocalKeyNumbering::Kona) if self.rollup_config.is_some() => number(0),
            (5, LocalKeyNumbering::OpProgram) if self.rollup_config.is_some() => number(u64::MAX),
            (5, _) => number(self.l2_chain_id),
            (6, LocalKeyNumbering::OpProgram) => self.l2_chain_config.clone(),
            (7, LocalKeyNumbering::OpProgram) => self.rollup_config.clone(),
            (9, LocalKeyNumbering::OpProgram) => self.l1_chain_config.clone(),
            (_, LocalKeyNumbering::OpProgram) => None,
            (ROLLUP, _) => self.rollup_config.clone(),
            (L1, _) => self.l1_chain_config.clone(),
            (L2, LocalKeyNumbering::Tribunal) => self.l2_chain_config.clone(),
            _ => None,
        }
    }
}
