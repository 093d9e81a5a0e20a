//! Network upgrade transactions from a folder of `FORK.json` files.
//!
//! A program knows these transactions by their keccak256 alone; a host answers the hashes with the bytes. A file is an
//! object with `transactions`, a list of objects with `raw` (EIP-2718) and `keccak256`.

use crate::{flat, flat::FlatError, store::Store};
use alloy_primitives::{B256, Bytes, keccak256};
use serde::Deserialize;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Bytes that a file may have; Karst's is the largest with some 330 kB.
const MAX_LEN: u64 = 16 << 20;

/// Why a folder of upgrade transactions was refused.
#[derive(Debug, thiserror::Error)]
pub enum UpgradesError {
    /// The folder cannot be listed.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FlatError),
    /// A file is not of the expected form.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A transaction is not the one whose hash stands beside it.
    #[error("{}: transaction {index} hashes to {computed} instead of {stated}", path.display())]
    Hash {
        /// The file.
        path: PathBuf,
        /// Index in the list.
        index: usize,
        /// The hash in the file.
        stated: B256,
        /// The hash of the bytes.
        computed: B256,
    },
}

#[derive(Deserialize)]
struct UpgradeFile {
    transactions: Vec<UpgradeTransaction>,
}

#[derive(Deserialize)]
struct UpgradeTransaction {
    raw: String,
    keccak256: String,
}

/// Adds the transactions of every `.json` file of a folder to a store and returns how many there are.
///
/// # Errors
/// [`UpgradesError`].
pub fn load(folder: &Path, store: &mut Store) -> Result<usize, UpgradesError> {
    load_into(folder, store)
}

/// [`load`] for a store in use.
///
/// # Errors
/// [`UpgradesError`].
pub fn load_into(folder: &Path, store: &Store) -> Result<usize, UpgradesError> {
    let failed = |source| UpgradesError::Folder { path: folder.to_path_buf(), source };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_none_or(|ext| ext != "json") {
            continue;
        }
        let json = |source| UpgradesError::Json { path: path.clone(), source };
        let bad = |e: String| json(serde::de::Error::custom(e));
        let file: UpgradeFile = serde_json::from_slice(&flat::read_bounded(&path, MAX_LEN)?).map_err(json)?;
        for (index, transaction) in file.transactions.iter().enumerate() {
            let raw: Bytes = transaction.raw.parse().map_err(|e| bad(format!("transaction {index}: raw: {e}")))?;
            let stated: B256 =
                transaction.keccak256.parse().map_err(|e| bad(format!("transaction {index}: keccak256: {e}")))?;
            let computed = keccak256(&raw);
            if computed != stated {
                return Err(UpgradesError::Hash { path, index, stated, computed });
            }
            store.take_keccak256(raw);
            count += 1;
        }
    }
    Ok(count)
}
