//! Files mapped into memory.
//!
//! Beside `descriptors` the only place of the crate with `unsafe`: the compiler cannot know what other processes do to a file.
#![allow(unsafe_code)]

use memmap2::Mmap;
use std::{fs::File, io, path::Path};

/// A file, mapped for reading.
#[derive(Debug)]
pub(crate) struct Mapped(Mmap);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Mapped {
    /// Maps a file.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        // SAFETY: the mapping is private and read only. Images are written to a new file and moved into place, never changed
        // where they lie, so the bytes do not change while they are mapped; a user who writes into the file by other means or cuts
        // it off gets a signal or a wrong value as with any other damage to the program's own files, which is stated in `image`.
        unsafe { Mmap::map(&file) }.map(Self)
    }

    /// The bytes, shared; they stay mapped as long as any part of them is in use.
    pub(crate) fn into_bytes(self) -> bytes::Bytes {
        bytes::Bytes::from_owner(self)
    }
}
