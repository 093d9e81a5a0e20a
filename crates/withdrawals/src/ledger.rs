//! The list of withdrawals that a user follows: a JSON file that is whole after every crash.
//!
//! A transaction is written down, signed, before it is sent: whoever starts again sends the same bytes, never a second withdrawal.

use crate::Withdrawal;
use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;
/// Largest file that is read.
const MAX_FILE: u64 = 64 << 20;

/// A withdrawal that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The transaction on L2.
    pub transaction: B256,
    /// The signed transaction, until it is included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Bytes>,
    /// L2 block of the transaction, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l2_block: Option<u64>,
    /// Its messages, once they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawals: Vec<Withdrawal>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    version: u32,
    l2_chain_id: u64,
    entries: Vec<Entry>,
}

/// The file.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    contents: Contents,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct LedgerError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl Ledger {
    /// Opens a file of a chain, or begins one that does not exist yet.
    pub fn open(path: &Path, l2_chain_id: u64) -> Result<Self, LedgerError> {
        let fail = |reason: String| LedgerError { path: path.to_owned(), reason };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let contents = Contents { version: VERSION, l2_chain_id, entries: Vec::new() };
                return Ok(Self { path: path.to_owned(), contents });
            }
            Err(error) => return Err(fail(error.to_string())),
        };
        let mut text = String::new();
        file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(|error| fail(error.to_string()))?;
        if text.len() as u64 > MAX_FILE {
            return Err(fail(format!("longer than {MAX_FILE} bytes")));
        }
        let contents: Contents = serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
        if contents.version != VERSION {
            return Err(fail(format!("version {} is not known", contents.version)));
        }
        if contents.l2_chain_id != l2_chain_id {
            return Err(fail(format!("is of chain {}, not of {l2_chain_id}", contents.l2_chain_id)));
        }
        Ok(Self { path: path.to_owned(), contents })
    }

    /// What is followed.
    pub fn entries(&self) -> &[Entry] {
        &self.contents.entries
    }

    /// Adds or replaces the entry of a transaction, and is on disk when it returns.
    pub fn put(&mut self, entry: Entry) -> Result<(), LedgerError> {
        match self.contents.entries.iter_mut().find(|old| old.transaction == entry.transaction) {
            Some(old) => *old = entry,
            None => self.contents.entries.push(entry),
        }
        self.save().map_err(|error| LedgerError { path: self.path.clone(), reason: error.to_string() })
    }

    /// A new file takes the old one's place at once: a crash leaves one or the other.
    fn save(&self) -> std::io::Result<()> {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let new = parent.join(name);
        let mut file = File::create(&new)?;
        file.write_all(serde_json::to_string_pretty(&self.contents)?.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        File::open(parent)?.sync_all()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_and_other_chains_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("withdrawals.json");
        let mut ledger = Ledger::open(&path, 901).unwrap();
        let entry = Entry {
            transaction: B256::repeat_byte(1),
            signed: Some(Bytes::from_static(b"tx")),
            l2_block: None,
            withdrawals: Vec::new(),
        };
        ledger.put(entry.clone()).unwrap();
        ledger.put(Entry { signed: None, l2_block: Some(5), ..entry.clone() }).unwrap();
        ledger.put(Entry { transaction: B256::repeat_byte(2), ..entry.clone() }).unwrap();
        let again = Ledger::open(&path, 901).unwrap();
        assert_eq!(again.entries().len(), 2);
        assert_eq!(again.entries()[0], Entry { signed: None, l2_block: Some(5), ..entry });
        assert!(Ledger::open(&path, 902).is_err());
        // What a crash can leave behind beside the file does not matter.
        std::fs::write(folder.path().join("withdrawals.json.1.new"), "{\"vers").unwrap();
        assert_eq!(Ledger::open(&path, 901).unwrap().entries().len(), 2);
        for damaged in ["", "{", "[]", "{\"version\":2,\"l2_chain_id\":901,\"entries\":[]}"] {
            std::fs::write(&path, damaged).unwrap();
            assert!(Ledger::open(&path, 901).is_err(), "{damaged}");
        }
    }
}
