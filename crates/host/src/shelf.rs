//! Where a store's values are kept beyond its memory: a flat file, an embedded database, a folder as op-challenger reads it.
//!
//! A shelf holds bytes under keys and does not judge them: the [`crate::Store`] proves a value before it is put down and again
//! when it is taken up, so that a damaged disk shows as a missing value. What was put down survives the end of the process by
//! any signal: each shelf says how.

mod database;
mod directory;
mod log;

pub use database::DatabaseShelf;
pub use directory::DirectoryShelf;
pub use log::LogShelf;
pub(crate) use {
    database::DATABASE_FILE,
    directory::FORMAT,
    log::{PREIMAGES_FILE, whole_records},
};

use alloy_primitives::Bytes;
use preimage::PreimageKey;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Why a shelf cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct ShelfError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl ShelfError {
    pub(crate) fn new(path: &Path, reason: impl fmt::Display) -> Self {
        Self { path: path.to_path_buf(), reason: reason.to_string() }
    }
}

/// Keeps values.
pub trait Shelf: Send + Sync + fmt::Debug {
    /// The value under a key.
    ///
    /// # Errors
    /// The shelf cannot be read.
    fn get(&self, key: &PreimageKey) -> Result<Option<Bytes>, ShelfError>;

    /// Puts values down, all of them or, after a failure, some.
    ///
    /// # Errors
    /// The shelf cannot be written.
    fn put(&self, records: &[(PreimageKey, Bytes)]) -> Result<(), ShelfError>;

    /// The blob with a commitment.
    ///
    /// # Errors
    /// The shelf cannot be read.
    fn get_blob(&self, commitment: &[u8; 48]) -> Result<Option<Bytes>, ShelfError>;

    /// Puts a blob down.
    ///
    /// # Errors
    /// The shelf cannot be written.
    fn put_blob(&self, commitment: &[u8; 48], blob: &Bytes) -> Result<(), ShelfError>;

    /// All keys, for a listing; blobs by their commitments.
    ///
    /// # Errors
    /// The shelf cannot be read.
    fn keys(&self) -> Result<(Vec<PreimageKey>, Vec<[u8; 48]>), ShelfError>;

    /// Whether the shelf is read by others, who expect in it what a host otherwise computes: results of precompiles, and what
    /// the keys of precompiles and blob elements hash.
    fn is_read_by_others(&self) -> bool {
        false
    }
}

/// The kinds of shelves, as a flag names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ShelfKind {
    /// No shelf: values are gone with the process.
    Memory,
    /// Flat files, as a witness folder has them.
    #[default]
    Flat,
    /// An embedded database.
    Database,
    /// A folder with a file for each value, as op-program and kona-host write it and op-challenger reads it.
    Directory,
}

impl core::str::FromStr for ShelfKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "memory" => Self::Memory,
            "flat" => Self::Flat,
            "database" => Self::Database,
            "directory" => Self::Directory,
            _ => return Err(format!("{text:?} is none of memory, flat, database, directory")),
        })
    }
}

impl ShelfKind {
    /// Opens or makes a shelf of this kind in a folder; `None` for memory.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(self, folder: &Path) -> Result<Option<Box<dyn Shelf>>, ShelfError> {
        Ok(Some(match self {
            Self::Memory => return Ok(None),
            Self::Flat => Box::new(LogShelf::open(folder)?),
            Self::Database => Box::new(DatabaseShelf::open(folder)?),
            Self::Directory => Box::new(DirectoryShelf::open(folder)?),
        }))
    }
}

/// Makes a folder, with those above it.
fn make_folder(folder: &Path) -> Result<(), ShelfError> {
    std::fs::create_dir_all(folder).map_err(|error| ShelfError::new(folder, error))
}
