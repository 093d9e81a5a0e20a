//! Paged Merkle memory over the full 64-bit address space.
//!
//! Two halves. The *tree* holds pages that no longer change, shared between states, with their hashes. The *frames* are the
//! working set of one running machine: copies of pages in one allocation, found through a direct-mapped cache of page
//! numbers, so that a load or store costs one comparison and one access. [`Memory::commit`] moves what was written from the
//! frames into the tree; roots, proofs and snapshots do that first. Memory that nobody touched reads as zero and takes no
//! space.
//!
//! Bytes lie in the order of their addresses; how a machine makes numbers of them is its own matter.

mod page;
mod proof;
mod tree;

pub use page::PAGE_SIZE;
pub use proof::MemoryProof;

use alloy_primitives::B256;
use page::{PAGE_BITS, Page, PageBytes};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use tree::Tree;

/// Lines of a page cache: 4 MiB of neighbouring pages do not push each other out.
const LINES: usize = 1024;
/// Page number that no address has.
const NO_PAGE: u64 = u64::MAX;
/// Memory of one machine. See the module's text.
pub struct Memory {
    tree: Tree,
    bytes: Vec<PageBytes>,
    frames: Vec<Frame>,
    index: HashMap<u64, u32, BuildHasherDefault<NumberHasher>>,
    dirty: Vec<u32>,
    /// Frames of pages that may be read without further ado.
    readable: Box<[Line; LINES]>,
    /// Frames of pages that may be written without further ado: dirty and not watched.
    writable: Box<[Line; LINES]>,
}

/// What is known about the frame with the same index in `bytes`.
#[derive(Clone, Copy)]
struct Frame {
    number: u64,
    dirty: bool,
    watched: bool,
}

#[derive(Clone, Copy)]
struct Line {
    number: u64,
    frame: u32,
}

const NO_LINE: Line = Line { number: NO_PAGE, frame: 0 };

impl Default for Memory {
    fn default() -> Self {
        Self::with_tree(Tree::Empty)
    }
}

impl Memory {
    /// Empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    fn with_tree(tree: Tree) -> Self {
        Self {
            tree,
            bytes: Vec::new(),
            frames: Vec::new(),
            index: HashMap::default(),
            dirty: Vec::new(),
            readable: Box::new([NO_LINE; LINES]),
            writable: Box::new([NO_LINE; LINES]),
        }
    }

    /// The `N` bytes (1, 2, 4 or 8) at `address` with its low bits dropped to a multiple of `N`.
    #[inline(always)]
    pub fn load<const N: usize>(&mut self, address: u64) -> [u8; N] {
        let number = address >> PAGE_BITS;
        let line = self.readable[line_of(number)];
        let frame = if line.number == number { line.frame } else { self.frame_for_load(number) };
        let offset = offset::<N>(address);
        let mut out = [0; N];
        out.copy_from_slice(&self.bytes[frame as usize][offset..offset + N]);
        out
    }

    /// Replaces the `N` bytes (1, 2, 4 or 8) at `address` with its low bits dropped to a multiple of `N`. Returns whether
    /// the page is watched.
    #[inline(always)]
    pub fn store<const N: usize>(&mut self, address: u64, value: [u8; N]) -> bool {
        let number = address >> PAGE_BITS;
        let line = self.writable[line_of(number)];
        let (frame, watched) = if line.number == number { (line.frame, false) } else { self.frame_for_store(number) };
        let offset = offset::<N>(address);
        self.bytes[frame as usize][offset..offset + N].copy_from_slice(&value);
        watched
    }

    /// Asks that [`Memory::store`] and [`Memory::write`] report each write to the page of `address`, until
    /// [`Memory::release`]. Copies watch nothing. For caches of decoded instructions.
    pub fn watch(&mut self, address: u64) {
        let number = address >> PAGE_BITS;
        let frame = self.frame(number);
        self.frames[frame as usize].watched = true;
        self.protect(number);
    }

    /// Copies the bytes from `address` on (the address wraps around) without touching any page.
    pub fn read(&self, mut address: u64, mut out: &mut [u8]) {
        while !out.is_empty() {
            let offset = address as usize % PAGE_SIZE;
            let (now, later) = out.split_at_mut(out.len().min(PAGE_SIZE - offset));
            match self.page(address >> PAGE_BITS) {
                Some(page) => now.copy_from_slice(&page[offset..offset + now.len()]),
                None => now.fill(0),
            }
            address = address.wrapping_add(now.len() as u64);
            out = later;
        }
    }

    /// Writes bytes from `address` on (the address wraps around). Returns whether a page of them is watched.
    pub fn write(&mut self, mut address: u64, mut bytes: &[u8]) -> bool {
        let mut any_watched = false;
        while !bytes.is_empty() {
            let offset = address as usize % PAGE_SIZE;
            let (now, later) = bytes.split_at(bytes.len().min(PAGE_SIZE - offset));
            let (frame, watched) = self.frame_for_store(address >> PAGE_BITS);
            self.bytes[frame as usize][offset..offset + now.len()].copy_from_slice(now);
            any_watched |= watched;
            address = address.wrapping_add(now.len() as u64);
            bytes = later;
        }
        any_watched
    }

    /// Writes a whole page, which stays out of the working set.
    ///
    /// # Panics
    /// If the number has more than 52 bits.
    pub fn write_page(&mut self, number: u64, bytes: &[u8; PAGE_SIZE]) {
        assert!(number >> (64 - PAGE_BITS) == 0, "page numbers have 52 bits");
        if self.index.contains_key(&number) {
            self.write(number << PAGE_BITS, bytes);
        } else {
            self.tree.insert(&[(number, Page::new(bytes))]);
        }
    }

    /// Writes zeros over a range that must not wrap around; whole pages that were never touched cost next to nothing.
    pub fn write_zeros(&mut self, address: u64, length: u64) {
        let end = address.saturating_add(length);
        let (first_whole, end_whole) = (address.div_ceil(PAGE_SIZE as u64), end >> PAGE_BITS);
        if first_whole >= end_whole {
            self.write(address, &vec![0; (end - address) as usize]);
            return;
        }
        self.write(address, &vec![0; ((first_whole << PAGE_BITS) - address) as usize]);
        self.write(end_whole << PAGE_BITS, &vec![0; (end - (end_whole << PAGE_BITS)) as usize]);
        let mut fresh = Vec::new();
        for number in first_whole..end_whole {
            if self.index.contains_key(&number) {
                self.write(number << PAGE_BITS, &[0; PAGE_SIZE]);
            } else {
                fresh.push((number, Page::zero()));
            }
        }
        self.tree.insert(&fresh);
    }

    /// Moves all written pages into the tree.
    pub fn commit(&mut self) {
        let mut pages = Vec::with_capacity(self.dirty.len());
        for frame in core::mem::take(&mut self.dirty) {
            let Frame { number, dirty, .. } = &mut self.frames[frame as usize];
            *dirty = false;
            let number = *number;
            pages.push((number, Page::new(&self.bytes[frame as usize])));
            self.protect(number);
        }
        pages.sort_unstable_by_key(|(number, _)| *number);
        self.tree.insert(&pages);
    }

    /// Root of the whole memory. Hashes only what changed since somebody last asked, for this memory or one it shares
    /// pages with.
    pub fn root(&mut self) -> B256 {
        self.commit();
        self.tree.root()
    }

    /// Proof of the 32-byte leaf that holds `address`, against [`Memory::root`].
    pub fn prove(&mut self, address: u64) -> MemoryProof {
        self.commit();
        self.tree.prove(address)
    }

    /// A copy that shares all pages until one of the two writes. Its working set is empty and nothing is watched.
    pub fn snapshot(&mut self) -> Self {
        self.commit();
        Self::with_tree(self.tree.clone())
    }

    /// Pages in the working set: those read or written since this memory was made or released.
    pub fn working_set(&self) -> usize {
        self.frames.len()
    }

    /// Forgets the working set, and with it what is watched. A guest that reads all over its address space is so kept from
    /// filling the host's.
    pub fn release(&mut self) {
        self.commit();
        *self = Self::with_tree(core::mem::take(&mut self.tree));
    }

    /// Number of pages that were ever written (also with zeros).
    pub fn page_count(&mut self) -> u64 {
        let mut count = 0;
        self.for_each_page(|_, _| count += 1);
        count
    }

    /// Calls `visit` with the number and bytes of each page that was ever written, in ascending order.
    pub fn for_each_page(&mut self, mut visit: impl FnMut(u64, &[u8; PAGE_SIZE])) {
        self.commit();
        self.tree.for_each(&mut |number, page| visit(number, &page.bytes));
    }

    /// Bytes of committed pages and nodes that `earlier` does not share.
    pub fn bytes_beyond(&self, earlier: &Self) -> u64 {
        self.tree.bytes_beyond(&earlier.tree)
    }

    fn page(&self, number: u64) -> Option<&PageBytes> {
        match self.index.get(&number) {
            Some(frame) => Some(&self.bytes[*frame as usize]),
            None => self.tree.get(number).map(|page| &page.bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn frame_for_load(&mut self, number: u64) -> u32 {
        let frame = self.frame(number);
        self.readable[line_of(number)] = Line { number, frame };
        frame
    }

    #[cold]
    #[inline(never)]
    fn frame_for_store(&mut self, number: u64) -> (u32, bool) {
        let frame = self.frame(number);
        let meta = &mut self.frames[frame as usize];
        let watched = meta.watched;
        if !meta.dirty {
            meta.dirty = true;
            self.dirty.push(frame);
        }
        if !watched {
            self.writable[line_of(number)] = Line { number, frame };
        }
        (frame, watched)
    }

    /// The frame of a page, copied in from the tree if it is not there yet.
    fn frame(&mut self, number: u64) -> u32 {
        if let Some(frame) = self.index.get(&number) {
            return *frame;
        }
        let frame = u32::try_from(self.frames.len()).expect("2^32 frames are 16 TiB: allocation fails long before");
        self.bytes.push(self.tree.get(number).map_or([0; PAGE_SIZE], |page| page.bytes));
        self.frames.push(Frame { number, dirty: false, watched: false });
        self.index.insert(number, frame);
        frame
    }

    /// Makes the next store to a page take the slow way.
    fn protect(&mut self, number: u64) {
        self.writable[line_of(number)] = NO_LINE;
    }
}

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").field("frames", &self.frames.len()).field("dirty", &self.dirty.len()).finish()
    }
}

/// The line that a page may stand in.
#[inline(always)]
fn line_of(number: u64) -> usize {
    number as usize % LINES
}

#[inline(always)]
fn offset<const N: usize>(address: u64) -> usize {
    const { assert!(N == 1 || N == 2 || N == 4 || N == 8) };
    address as usize & (PAGE_SIZE - N)
}

/// Page numbers are not chosen to collide by anyone who would gain from it: a slow run harms its author alone. One
/// multiplication spreads them.
#[derive(Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

#[cfg(test)]
mod tests;
