//! An embedded database in one file, `preimages.redb`. Each call of [`Shelf::put`] is a transaction that is on the disk when the
//! call returns, so that neither a killed process nor a power failure loses what was stored.

use super::{Shelf, ShelfError, make_folder};
use alloy_primitives::Bytes;
use preimage::PreimageKey;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::path::{Path, PathBuf};

const PREIMAGES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("preimages");
const BLOBS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("blobs");

/// Name of the file.
pub(crate) const DATABASE_FILE: &str = "preimages.redb";

/// A database in a folder.
#[derive(Debug)]
pub struct DatabaseShelf {
    path: PathBuf,
    database: Database,
}

impl DatabaseShelf {
    /// Opens the database in a folder, or makes it. Another process cannot have it open.
    ///
    /// # Errors
    /// It cannot be read, written or locked.
    pub fn open(folder: &Path) -> Result<Self, ShelfError> {
        make_folder(folder)?;
        let path = folder.join(DATABASE_FILE);
        let database = Database::create(&path).map_err(|error| ShelfError::new(&path, error))?;
        let this = Self { path, database };
        // Both tables exist from here on.
        this.write(PREIMAGES, &[])?;
        this.write(BLOBS, &[])?;
        Ok(this)
    }

    fn write(&self, table: TableDefinition<'_, &[u8], &[u8]>, records: &[(&[u8], &[u8])]) -> Result<(), ShelfError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut table = transaction.open_table(table)?;
                for (key, value) in records {
                    table.insert(*key, *value)?;
                }
            }
            Ok(transaction.commit()?)
        };
        write().map_err(|error| ShelfError::new(&self.path, error))
    }

    fn read(&self, table: TableDefinition<'_, &[u8], &[u8]>, key: &[u8]) -> Result<Option<Bytes>, ShelfError> {
        let read = || -> Result<Option<Bytes>, redb::Error> {
            let table = self.database.begin_read()?.open_table(table)?;
            Ok(table.get(key)?.map(|value| Bytes::copy_from_slice(value.value())))
        };
        read().map_err(|error| ShelfError::new(&self.path, error))
    }

    fn all_keys<const K: usize>(&self, table: TableDefinition<'_, &[u8], &[u8]>) -> Result<Vec<[u8; K]>, ShelfError> {
        let read = || -> Result<Vec<[u8; K]>, redb::Error> {
            let table = self.database.begin_read()?.open_table(table)?;
            let mut keys = Vec::new();
            for entry in table.iter()? {
                keys.extend(<[u8; K]>::try_from(entry?.0.value()).ok());
            }
            Ok(keys)
        };
        read().map_err(|error| ShelfError::new(&self.path, error))
    }
}

impl Shelf for DatabaseShelf {
    fn get(&self, key: &PreimageKey) -> Result<Option<Bytes>, ShelfError> {
        self.read(PREIMAGES, key.as_bytes())
    }

    fn put(&self, records: &[(PreimageKey, Bytes)]) -> Result<(), ShelfError> {
        let records: Vec<(&[u8], &[u8])> =
            records.iter().map(|(key, value)| (key.as_bytes().as_slice(), value.as_ref())).collect();
        self.write(PREIMAGES, &records)
    }

    fn get_blob(&self, commitment: &[u8; 48]) -> Result<Option<Bytes>, ShelfError> {
        self.read(BLOBS, commitment)
    }

    fn put_blob(&self, commitment: &[u8; 48], blob: &Bytes) -> Result<(), ShelfError> {
        self.write(BLOBS, &[(commitment, blob)])
    }

    fn keys(&self) -> Result<(Vec<PreimageKey>, Vec<[u8; 48]>), ShelfError> {
        let keys = self.all_keys(PREIMAGES)?.into_iter().filter_map(|key| PreimageKey::from_bytes(key).ok());
        Ok((keys.collect(), self.all_keys(BLOBS)?))
    }
}
