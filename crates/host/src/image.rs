//! Images of stores: everything that a witness holds and that was checked on the way in, in one file that is mapped and read in
//! place. A run over an image begins at once and costs no memory of its own.
//!
//! The file is made by this program from a checked store and belongs to its user, as the program itself does: what is checked
//! when it is opened is that it is whole and undamaged (a checksum over all of it), not again that each value belongs to its
//! key. Whoever gets an image from elsewhere imports the witness instead.
//!
//! Layout, numbers big-endian: magic (16) | checksum of all that follows (CRC-32, 4) | records (u32) | blobs (u32) | zero (4) | index
//! of the first record for each value of bytes 1 and 2 of a key (65,537 × u32) | records, sorted by bytes 1 to 31 of the key,
//! then by its type: key (32), offset in the data (u64), length (u32) | blobs: commitment (48), offset (u64) | data.

use crate::{kzg::BLOB_LEN, mapped::Mapped};
use alloy_primitives::Bytes;
use preimage::PreimageKey;
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Name of the file in a witness folder.
pub const IMAGE_FILE: &str = "preimages.image";

const MAGIC: &[u8; 16] = b"tribunal-image-1";
const HEADER: usize = 32;
const FAN: usize = 65_536;
const RECORD: usize = 44;
const BLOB: usize = 56;

/// Why a file cannot be used as an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is no image, or it is damaged.
    #[error("{}: {reason}; import the witness again (tribunal program import)", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// An opened image.
#[derive(Debug)]
pub struct Image {
    bytes: bytes::Bytes,
    records: usize,
    blobs: usize,
    data: usize,
}

/// A record's key, and where its value stands in the file.
type Place = (PreimageKey, usize, usize);

fn sort_key(key: &[u8; 32]) -> ([u8; 31], u8) {
    let mut tail = [0; 31];
    tail.copy_from_slice(&key[1..]);
    (tail, key[0])
}

impl Image {
    /// Opens an image and checks that it is whole.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let io = |source| ImageError::Io { path: path.to_path_buf(), source };
        let bytes = Mapped::open(path).map_err(io)?.into_bytes();
        Self::from_bytes(bytes).map_err(|reason| ImageError::Damaged { path: path.to_path_buf(), reason })
    }

    /// An image in memory.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_bytes(bytes: bytes::Bytes) -> Result<Self, &'static str> {
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or("shorter than its header")?;
        if &header[..16] != MAGIC {
            return Err("no image of this version");
        }
        let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        if crc32fast::hash(&bytes[20..]) != number(16) {
            return Err("its checksum is wrong");
        }
        let (records, blobs) = (number(20) as usize, number(24) as usize);
        let tables = (FAN + 1) * 4 + records * RECORD + blobs * BLOB;
        if bytes.len() - HEADER < tables {
            return Err("shorter than its tables");
        }
        let data = HEADER + tables;
        Ok(Self { bytes, records, blobs, data })
    }

    fn record(&self, index: usize) -> Option<Place> {
        let at = HEADER + (FAN + 1) * 4 + index * RECORD;
        let record = self.bytes.get(at..at + RECORD).filter(|_| index < self.records)?;
        let key = PreimageKey::from_bytes(record.first_chunk().copied()?).ok()?;
        let offset = usize::try_from(u64::from_be_bytes(record[32..40].try_into().ok()?)).ok()?;
        let len = u32::from_be_bytes(record[40..44].try_into().ok()?) as usize;
        let start = self.data.checked_add(offset)?;
        Some((key, start, start.checked_add(len)?))
    }

    fn key_at(&self, index: usize) -> Option<&[u8; 32]> {
        let at = HEADER + (FAN + 1) * 4 + index * RECORD;
        self.bytes.get(at..at + RECORD).filter(|_| index < self.records)?.first_chunk()
    }

    fn fan(&self, slot: usize) -> Option<usize> {
        let at = HEADER + slot * 4;
        Some(u32::from_be_bytes(self.bytes.get(at..at + 4)?.try_into().ok()?) as usize)
    }

    /// The bytes of a value, in place.
    pub fn value(&self, key: &PreimageKey) -> Option<&[u8]> {
        let (start, end) = self.place(key)?;
        self.bytes.get(start..end)
    }

    fn place(&self, key: &PreimageKey) -> Option<(usize, usize)> {
        let slot = usize::from(u16::from_be_bytes([key.as_bytes()[1], key.as_bytes()[2]]));
        let (mut low, mut high) = (self.fan(slot)?, self.fan(slot + 1)?.min(self.records));
        let wanted = sort_key(key.as_bytes());
        while low < high {
            let middle = low + (high - low) / 2;
            match sort_key(self.key_at(middle)?).cmp(&wanted) {
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
                core::cmp::Ordering::Equal => return self.record(middle).map(|(_, start, end)| (start, end)),
            }
        }
        None
    }

    /// The value of a key; it shares the file's memory.
    pub fn get(&self, key: &PreimageKey) -> Option<Bytes> {
        let (start, end) = self.place(key)?;
        (start <= end && end <= self.bytes.len()).then(|| Bytes(self.bytes.slice(start..end)))
    }

    /// The blob with a commitment.
    pub fn blob(&self, commitment: &[u8; 48]) -> Option<Bytes> {
        self.all_blobs().find(|(known, _)| known == commitment).map(|(_, blob)| blob)
    }

    /// All blobs.
    pub fn all_blobs(&self) -> impl Iterator<Item = ([u8; 48], Bytes)> + '_ {
        (0..self.blobs).filter_map(|index| {
            let at = HEADER + (FAN + 1) * 4 + self.records * RECORD + index * BLOB;
            let entry = self.bytes.get(at..at + BLOB)?;
            let offset = usize::try_from(u64::from_be_bytes(entry[48..].try_into().ok()?)).ok()?;
            let start = self.data.checked_add(offset)?;
            let end = start.checked_add(BLOB_LEN).filter(|end| *end <= self.bytes.len())?;
            Some((entry.first_chunk().copied()?, Bytes(self.bytes.slice(start..end))))
        })
    }

    /// All keys with the lengths of their values.
    pub fn keys(&self) -> impl Iterator<Item = (PreimageKey, usize)> + '_ {
        (0..self.records)
            .filter_map(|index| self.record(index))
            .map(|(key, start, end)| (key, end.saturating_sub(start)))
    }
}

/// What goes into an image: values by key, blobs, and blob elements as parts of them.
#[derive(Debug, Default)]
pub struct ImageWriter {
    records: Vec<([u8; 32], u64, u32)>,
    blobs: Vec<([u8; 48], u64)>,
    data: Vec<u8>,
}

impl ImageWriter {
    /// Adds a value that was checked against its key.
    pub fn value(&mut self, key: &PreimageKey, value: &[u8]) {
        let offset = self.data.len() as u64;
        self.records.push((*key.as_bytes(), offset, value.len() as u32));
        self.data.extend_from_slice(value);
    }

    /// Adds a blob that was checked against its commitment, with all its elements.
    pub fn blob(&mut self, commitment: &[u8; 48], blob: &[u8]) {
        let offset = self.data.len() as u64;
        for index in 0..blob.len() / 32 {
            if let Some(key) = PreimageKey::blob_element(commitment, index) {
                self.records.push((*key.as_bytes(), offset + 32 * index as u64, 32));
            }
        }
        self.blobs.push((*commitment, offset));
        self.data.extend_from_slice(blob);
    }

    /// The file.
    pub fn finish(mut self) -> Vec<u8> {
        self.records.sort_unstable_by_key(|(key, ..)| sort_key(key));
        self.records.dedup_by(|a, b| a.0 == b.0);
        let mut body = Vec::with_capacity(self.data.len() + self.records.len() * RECORD + (FAN + 4) * 4);
        body.extend_from_slice(&(self.records.len() as u32).to_be_bytes());
        body.extend_from_slice(&(self.blobs.len() as u32).to_be_bytes());
        body.extend_from_slice(&[0; 4]);
        let mut at = 0;
        for slot in 0..=FAN {
            let before = |key: &[u8; 32]| usize::from(u16::from_be_bytes([key[1], key[2]])) < slot;
            while self.records.get(at).is_some_and(|(key, ..)| before(key)) {
                at += 1;
            }
            body.extend_from_slice(&(at as u32).to_be_bytes());
        }
        for (key, offset, len) in &self.records {
            body.extend_from_slice(key);
            body.extend_from_slice(&offset.to_be_bytes());
            body.extend_from_slice(&len.to_be_bytes());
        }
        for (commitment, offset) in &self.blobs {
            body.extend_from_slice(commitment);
            body.extend_from_slice(&offset.to_be_bytes());
        }
        body.extend_from_slice(&self.data);
        let mut file = Vec::with_capacity(body.len() + 20);
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&crc32fast::hash(&body).to_be_bytes());
        file.extend_from_slice(&body);
        file
    }

    /// Writes the file to a new place and moves it there, so that nobody who has the old one open sees it change.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&self.finish())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}
