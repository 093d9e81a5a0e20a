//! A pack: pages in one compressed file, which is named after its content.
//!
//! `magic[8] | count u32 | keys[16 each] | pages, deflated | keccak256 of all before`, numbers big-endian.

use super::manifest::{checked, sealed};
use crate::memory::PAGE_SIZE;
use alloy_primitives::{B256, keccak256};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{Read, Write};

const MAGIC: &[u8; 8] = b"TRBpage1";
/// Pages of a pack: 16 MiB unpacked.
pub(super) const MAX_PAGES: usize = 4096;

/// The first half of a page's Merkle root. Whoever makes two pages with one key gains nothing: the state's hash is checked.
pub(super) type Key = [u8; 16];

pub(super) fn key(root: B256) -> Key {
    core::array::from_fn(|i| root[i])
}

/// Hash of a pack's file, shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PackId(pub(super) [u8; 16]);

impl PackId {
    pub(super) fn of(file: &[u8]) -> Self {
        Self(key(keccak256(file)))
    }
}

/// Pages with their keys.
#[derive(Default)]
pub(super) struct Pack {
    keys: Vec<Key>,
    pages: Vec<[u8; PAGE_SIZE]>,
}

impl Pack {
    pub(super) fn push(&mut self, key: Key, page: &[u8; PAGE_SIZE]) -> u32 {
        self.keys.push(key);
        self.pages.push(*page);
        // A state has less than 2^32 pages: those would be 16 TiB.
        self.keys.len() as u32 - 1
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub(super) fn key(&self, at: u32) -> Option<Key> {
        self.keys.get(at as usize).copied()
    }

    pub(super) fn page(&self, at: u32) -> Option<&[u8; PAGE_SIZE]> {
        self.pages.get(at as usize)
    }

    /// Packs of at most `size` pages each, in order.
    pub(super) fn split(mut self, size: usize) -> Vec<Self> {
        let mut parts = Vec::new();
        while self.keys.len() > size {
            let rest = Self { keys: self.keys.split_off(size), pages: self.pages.split_off(size) };
            parts.push(core::mem::replace(&mut self, rest));
        }
        if !self.keys.is_empty() {
            parts.push(self);
        }
        parts
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend_from_slice(&(self.keys.len() as u32).to_be_bytes());
        self.keys.iter().for_each(|key| file.extend_from_slice(key));
        let mut encoder = DeflateEncoder::new(file, Compression::best());
        let written = self.pages.iter().try_for_each(|page| encoder.write_all(page));
        sealed(written.and_then(|()| encoder.finish()).expect("writing to memory does not fail"))
    }

    pub(super) fn decode(file: &[u8]) -> Result<Self, &'static str> {
        let body = checked(file, MAGIC)?;
        let (count, rest) = body.split_first_chunk::<4>().ok_or("it ends too early")?;
        let count = u32::from_be_bytes(*count) as usize;
        if count > MAX_PAGES {
            return Err("it has more pages than a pack may have");
        }
        let (keys, pages) = rest.split_at_checked(count * size_of::<Key>()).ok_or("it ends too early")?;
        let keys = keys.as_chunks().0.to_vec();
        let mut decoder = DeflateDecoder::new(pages);
        let mut pages = vec![[0; PAGE_SIZE]; count];
        decoder.read_exact(pages.as_flattened_mut()).map_err(|_| "its pages cannot be unpacked")?;
        Ok(Self { keys, pages })
    }
}
