//! Flat record files: `key | length u32 big-endian | value`, one after the other, plain or as zstd.
//!
//! Knows the layout alone. What keys mean and whether a value belongs to its key is for the caller. Everything is bounded:
//! a small compressed file cannot become more memory than [`MAX_FILE_LEN`].

use alloy_primitives::Bytes;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// Bytes that a file may hold once it is unpacked.
pub const MAX_FILE_LEN: u64 = 2 << 30;

/// Why a file could not be read as records.
#[derive(Debug, thiserror::Error)]
pub enum FlatError {
    /// The file cannot be opened or read, or is no zstd.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system or the decompressor says.
        source: io::Error,
    },
    /// The file unpacks to more than its limit.
    #[error("{}: more than {limit} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// A record does not end within the file.
    #[error("{}: cut off in the record that begins at byte {offset}{}", path.display(), quoted(key))]
    CutOff {
        /// The file.
        path: PathBuf,
        /// Where the record begins in the unpacked file.
        offset: usize,
        /// The record's key in hex, where it is whole.
        key: Option<String>,
    },
}

fn quoted(key: &Option<String>) -> String {
    key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default()
}

/// The bytes of a file, unpacked if its name ends in `.zst`, at most `limit` of them.
///
/// # Errors
/// [`FlatError::Io`], [`FlatError::TooLong`].
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, FlatError> {
    let failed = |source| FlatError::Io { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|ext| ext == "zst") {
        let mut packed = BufReader::new(file);
        // A file may hold several frames.
        while !packed.fill_buf().map_err(failed)?.is_empty() {
            // The decompressor refuses windows beyond 100 MiB by itself.
            let mut frame = ruzstd::decoding::StreamingDecoder::new(&mut packed)
                .map_err(|e| failed(io::Error::new(io::ErrorKind::InvalidData, e.to_string())))?;
            let room = (limit + 1).saturating_sub(bytes.len() as u64);
            (&mut frame).take(room).read_to_end(&mut bytes).map_err(failed)?;
            if bytes.len() as u64 > limit {
                break;
            }
        }
    } else {
        file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > limit {
        return Err(FlatError::TooLong { path: path.to_path_buf(), limit });
    }
    Ok(bytes)
}

/// Reads a file of records with keys of `K` bytes, in the order in which they stand. The values share one buffer.
///
/// # Errors
/// [`FlatError`].
pub fn read_records<const K: usize>(path: &Path) -> Result<Vec<([u8; K], Bytes)>, FlatError> {
    let all = Bytes::from(read_bounded(path, MAX_FILE_LEN)?);
    let mut records = Vec::new();
    let mut offset = 0;
    while offset < all.len() {
        let rest = &all[offset..];
        let cut_off = |key: Option<&[u8; K]>| FlatError::CutOff {
            path: path.to_path_buf(),
            offset,
            key: key.map(alloy_primitives::hex::encode_prefixed),
        };
        let (key, rest) = rest.split_first_chunk::<K>().ok_or_else(|| cut_off(None))?;
        let (len, rest) = rest.split_first_chunk::<4>().ok_or_else(|| cut_off(Some(key)))?;
        let len = u32::from_be_bytes(*len) as usize;
        if rest.len() < len {
            return Err(cut_off(Some(key)));
        }
        let start = offset + K + 4;
        records.push((*key, all.slice(start..start + len)));
        offset = start + len;
    }
    Ok(records)
}

/// Writes records in the flat layout; the caller has sorted them.
///
/// # Errors
/// Those of the writer, and [`io::ErrorKind::InvalidInput`] for a value beyond 4 GiB.
pub fn write_records<'a, const K: usize>(
    mut out: impl io::Write,
    records: impl IntoIterator<Item = (&'a [u8; K], &'a [u8])>,
) -> io::Result<()> {
    for (key, value) in records {
        let len = u32::try_from(value.len()).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
        out.write_all(key)?;
        out.write_all(&len.to_be_bytes())?;
        out.write_all(value)?;
    }
    Ok(())
}
