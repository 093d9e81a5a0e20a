//! Flat files to which records are only ever appended: `preimages.kv` and `blobs.kv`, as a witness folder has them.
//!
//! A record goes to the system in one write before anything is said about it, so that a killed process leaves at most one torn
//! record, at the end; it is cut off when the file is opened again. Memory holds the places of the values, not the values.

use super::{Shelf, ShelfError, make_folder};
use alloy_primitives::Bytes;
use preimage::{MAX_PREIMAGE_LEN, PreimageKey};
use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io::{BufReader, Read, Write},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
    time::Duration,
};

/// How often and how long a file that another has open is waited for.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Names of the files.
pub(crate) const PREIMAGES_FILE: &str = "preimages.kv";
const BLOBS_FILE: &str = "blobs.kv";

/// A file of records with keys of `K` bytes.
#[derive(Debug)]
struct Log<const K: usize> {
    path: PathBuf,
    file: File,
    state: RwLock<LogState<K>>,
}

#[derive(Debug, Default)]
struct LogState<const K: usize> {
    places: HashMap<[u8; K], (u64, u32)>,
    end: u64,
}

impl<const K: usize> Log<K> {
    fn open(path: PathBuf) -> Result<Self, ShelfError> {
        let failed = |error: std::io::Error| ShelfError::new(&path, error);
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(failed)?;
        let mut tries = 0;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                // A process that is just being started holds a copy of every open file until its program runs.
                Err(TryLockError::WouldBlock) if tries < LOCK_TRIES => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::WouldBlock) => return Err(ShelfError::new(&path, "in use by another process")),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            tries += 1;
        }
        let (state, len) = Self::read(&file).map_err(failed)?;
        if state.end < len {
            Self::cut(&path, &file, state.end, len).map_err(failed)?;
        }
        Ok(Self { path, file, state: RwLock::new(state) })
    }

    /// The places of all whole records, and the length of the file.
    fn read(file: &File) -> std::io::Result<(LogState<K>, u64)> {
        let len = file.metadata()?.len();
        let mut state = LogState { places: HashMap::new(), end: 0 };
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let header = K as u64 + 4;
        while len - state.end >= header {
            let (mut key, mut size) = ([0; K], [0; 4]);
            reader.read_exact(&mut key)?;
            reader.read_exact(&mut size)?;
            let size = u32::from_be_bytes(size);
            let start = state.end + header;
            if size as usize > MAX_PREIMAGE_LEN || len - start < u64::from(size) {
                break;
            }
            reader.seek_relative(i64::from(size))?;
            state.places.insert(key, (start, size));
            state.end = start + u64::from(size);
        }
        Ok((state, len))
    }

    /// Cuts off what is no whole record. It is kept beside the file unless it is as short as one torn record.
    fn cut(path: &Path, file: &File, end: u64, len: u64) -> std::io::Result<()> {
        tracing::warn!(file = %path.display(), bytes = len - end, "cutting off a torn record");
        if len - end > MAX_PREIMAGE_LEN as u64 + K as u64 + 4 {
            let mut tail = file.try_clone()?;
            std::io::Seek::seek(&mut tail, std::io::SeekFrom::Start(end))?;
            std::io::copy(&mut tail, &mut File::create(path.with_extension("kv.tail"))?)?;
        }
        file.set_len(end)
    }

    fn get(&self, key: &[u8; K]) -> Result<Option<Bytes>, ShelfError> {
        let place = self.state.read().unwrap_or_else(PoisonError::into_inner).places.get(key).copied();
        let Some((start, size)) = place else { return Ok(None) };
        let mut value = vec![0; size as usize];
        self.file.read_exact_at(&mut value, start).map_err(|error| ShelfError::new(&self.path, error))?;
        Ok(Some(value.into()))
    }

    fn put<'a>(&self, records: impl Iterator<Item = (&'a [u8; K], &'a Bytes)>) -> Result<(), ShelfError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        for (key, value) in records {
            if state.places.contains_key(key) {
                continue;
            }
            let Some(size) = u32::try_from(value.len()).ok().filter(|size| *size as usize <= MAX_PREIMAGE_LEN) else {
                return Err(ShelfError::new(&self.path, "a value is too long to be kept"));
            };
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(&size.to_be_bytes());
            places.push((*key, (state.end + bytes.len() as u64, size)));
            bytes.extend_from_slice(value);
        }
        if let Err(error) = (&self.file).write_all(&bytes) {
            // What was written of it must not stand before the next record.
            let _ = self.file.set_len(state.end);
            return Err(ShelfError::new(&self.path, error));
        }
        state.end += bytes.len() as u64;
        state.places.extend(places);
        Ok(())
    }

    fn keys(&self) -> Vec<[u8; K]> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).places.keys().copied().collect()
    }
}

/// Flat files in a folder.
#[derive(Debug)]
pub struct LogShelf {
    preimages: Log<32>,
    blobs: Log<48>,
}

impl LogShelf {
    /// Opens the files in a folder, or makes them. Another process cannot have them open.
    ///
    /// # Errors
    /// They cannot be read, written or locked.
    pub fn open(folder: &Path) -> Result<Self, ShelfError> {
        make_folder(folder)?;
        Ok(Self { preimages: Log::open(folder.join(PREIMAGES_FILE))?, blobs: Log::open(folder.join(BLOBS_FILE))? })
    }
}

/// What whole records the files in a folder hold, without opening them for writing: preimages, blobs, and their bytes.
pub(crate) fn whole_records(folder: &Path) -> Result<(usize, usize, u64), ShelfError> {
    fn of<const K: usize>(path: &Path) -> Result<(usize, u64), ShelfError> {
        let read = || match File::open(path) {
            Ok(file) => Log::<K>::read(&file).map(|(state, _)| (state.places.len(), state.end)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok((0, 0)),
            Err(error) => Err(error),
        };
        read().map_err(|error| ShelfError::new(path, error))
    }
    let (preimages, bytes) = of::<32>(&folder.join(PREIMAGES_FILE))?;
    let (blobs, more) = of::<48>(&folder.join(BLOBS_FILE))?;
    Ok((preimages, blobs, bytes + more))
}

impl Shelf for LogShelf {
    fn get(&self, key: &PreimageKey) -> Result<Option<Bytes>, ShelfError> {
        self.preimages.get(key.as_bytes())
    }

    fn put(&self, records: &[(PreimageKey, Bytes)]) -> Result<(), ShelfError> {
        self.preimages.put(records.iter().map(|(key, value)| (key.as_bytes(), value)))
    }

    fn get_blob(&self, commitment: &[u8; 48]) -> Result<Option<Bytes>, ShelfError> {
        self.blobs.get(commitment)
    }

    fn put_blob(&self, commitment: &[u8; 48], blob: &Bytes) -> Result<(), ShelfError> {
        self.blobs.put(core::iter::once((commitment, blob)))
    }

    fn keys(&self) -> Result<(Vec<PreimageKey>, Vec<[u8; 48]>), ShelfError> {
        let keys = self.preimages.keys().into_iter().filter_map(|key| PreimageKey::from_bytes(key).ok());
        Ok((keys.collect(), self.blobs.keys()))
    }
}
