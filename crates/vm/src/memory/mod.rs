//! Paged Merkle memory over the full 64-bit address space.
//!
//! Every page is held once. The *tree* has the pages that no longer change, shared between states, with their hashes. The
//! pages that one running machine writes are *private*: the first write since a commit or snapshot takes the page out of
//! the tree, or copies it if another state shares it. [`Memory::commit`] moves private pages into the tree, without a copy;
//! roots, proofs and snapshots do that first. Loads and stores find pages through the lines of [`jit::Pages`], at the cost
//! of one comparison and one access. Memory that nobody touched reads as zero and takes no space.
//!
//! Bytes lie in the order of their addresses; how a machine makes numbers of them is its own matter.

mod hashing;
mod page;
mod proof;
mod tree;

pub use hashing::Hashing;
pub use jit::PAGE_SIZE;
pub use proof::MemoryProof;

use alloy_primitives::B256;
use jit::{Line, PAGE_BITS, Pages};
use page::{Page, PageRoot, is_zero, zero_page};
use std::collections::BTreeSet;
use std::sync::Arc;
use tree::Tree;

/// Memory of one machine. See the module's text.
#[derive(Default)]
pub struct Memory {
    tree: Tree,
    pages: Pages<PageRoot>,
    /// Pages without a line for stores: each store to them is reported.
    watched: BTreeSet<u64>,
}

impl Memory {
    /// Empty memory.
    pub fn new() -> Self {
        Self::default()
    }

    fn with_tree(tree: Tree) -> Self {
        Self { tree, ..Self::default() }
    }

    /// The `N` bytes (1, 2, 4 or 8) at `address` with its low bits dropped to a multiple of `N`.
    #[inline(always)]
    pub fn load<const N: usize>(&mut self, address: u64) -> [u8; N] {
        match self.pages.load(address) {
            Some(bytes) => bytes,
            None => self.load_slowly(address),
        }
    }

    /// Replaces the `N` bytes (1, 2, 4 or 8) at `address` with its low bits dropped to a multiple of `N`. Returns whether
    /// the page is watched.
    #[inline(always)]
    pub fn store<const N: usize>(&mut self, address: u64, value: [u8; N]) -> bool {
        !self.pages.store(address, value) && self.store_slowly(address, value)
    }

    /// Asks that [`Memory::store`] and [`Memory::write`] report each write to the page of `address`, until
    /// [`Memory::release`]. Copies watch nothing. For caches of decoded or compiled instructions.
    pub fn watch(&mut self, address: u64) {
        let number = address >> PAGE_BITS;
        self.watched.insert(number);
        self.pages.close(number);
    }

    /// Takes the lines of the page of `address` away, until the next access that goes through this memory.
    pub fn close(&mut self, address: u64) {
        self.pages.close(address >> PAGE_BITS);
    }

    /// Tables of lines for compiled code, see [`Pages::tables`]. They stay until [`Memory::release`].
    pub fn lines(&mut self) -> *const Line {
        self.pages.tables()
    }

    /// Gives the page of `address` a line for loads: what compiled code asks for when it finds none.
    pub fn open_for_load(&mut self, address: u64) {
        let number = address >> PAGE_BITS;
        if !self.pages.open(number, false) {
            let zero = zero_page();
            self.pages.show(number, self.tree.get(number).unwrap_or(zero));
        }
    }

    /// Makes the page of `address` private and gives it lines for loads and, unless it is watched, for stores. Returns
    /// whether it is watched.
    pub fn open_for_store(&mut self, address: u64) -> bool {
        let number = address >> PAGE_BITS;
        let watched = self.watched.contains(&number);
        self.make_private(number);
        self.pages.open(number, !watched);
        watched
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
            let number = address >> PAGE_BITS;
            any_watched |= self.watched.contains(&number);
            self.make_private(number)[offset..offset + now.len()].copy_from_slice(now);
            address = address.wrapping_add(now.len() as u64);
            bytes = later;
        }
        any_watched
    }

    /// Writes a whole page, which does not become private by that.
    ///
    /// # Panics
    /// If the number has more than 52 bits.
    pub fn write_page(&mut self, number: u64, bytes: &[u8; PAGE_SIZE]) {
        assert!(number >> (64 - PAGE_BITS) == 0, "page numbers have 52 bits");
        if let Some(page) = self.pages.private_mut(number) {
            *page = *bytes;
        } else {
            self.pages.close(number);
            let page = if is_zero(bytes) { zero_page().clone() } else { Arc::new(Page::new(bytes, PageRoot::new())) };
            self.tree.insert(vec![(number, page)]);
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
            if let Some(page) = self.pages.private_mut(number) {
                page.fill(0);
            } else {
                self.pages.close(number);
                fresh.push((number, zero_page().clone()));
            }
        }
        self.tree.insert(fresh);
    }

    /// Moves all private pages into the tree.
    pub fn commit(&mut self) {
        let mut pages = self.pages.take();
        for (_, page) in &mut pages {
            // All states share one page of zeros.
            if is_zero(page.bytes()) {
                *page = zero_page().clone();
            }
        }
        self.tree.insert(pages);
    }

    /// Root of the whole memory. Hashes only what changed since somebody last asked, for this memory or one it shares
    /// pages with; with the fastest hashing there is and, where there is much to do, on all cores.
    pub fn root(&mut self) -> B256 {
        self.root_with(Hashing::best())
    }

    /// [`Memory::root`] with a certain kind of hashing, for comparisons.
    pub fn root_with(&mut self, hashing: Hashing) -> B256 {
        self.commit();
        self.tree.root(hashing)
    }

    /// Proof of the 32-byte leaf that holds `address`, against [`Memory::root`].
    pub fn prove(&mut self, address: u64) -> MemoryProof {
        self.commit();
        self.tree.prove(address, Hashing::best())
    }

    /// A copy that shares all pages until one of the two writes. It has no private pages, and nothing is watched.
    pub fn snapshot(&mut self) -> Self {
        self.commit();
        Self::with_tree(self.tree.clone())
    }

    /// Private pages: those written since this memory was made, committed or released.
    pub fn private_pages(&self) -> usize {
        self.pages.private_count()
    }

    /// Commits, and forgets what is watched and all lines, the tables of [`Memory::lines`] included.
    pub fn release(&mut self) {
        self.commit();
        self.pages.close_all();
        self.watched.clear();
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
        self.tree.for_each(&mut |number, page| visit(number, page.bytes()));
    }

    /// Calls `visit` with each page that differs from the one in `earlier`, in ascending order: its number, its bytes and
    /// the root of its own seven levels; `None` for a page that `earlier` has and this memory has not. What both share costs
    /// nothing. Both roots are brought up to date.
    pub fn for_each_change(
        &mut self,
        earlier: &mut Self,
        mut visit: impl FnMut(u64, Option<(&[u8; PAGE_SIZE], B256)>),
    ) {
        earlier.root();
        self.root();
        self.tree.for_each_change(&earlier.tree, &mut |number, page| {
            visit(number, page.map(|page| (page.bytes(), page.note().get().copied().unwrap_or_default())));
        });
    }

    /// Bytes of committed pages and nodes that `earlier` does not share.
    pub fn bytes_beyond(&self, earlier: &Self) -> u64 {
        self.tree.bytes_beyond(&earlier.tree)
    }

    fn page(&self, number: u64) -> Option<&[u8; PAGE_SIZE]> {
        match self.pages.private(number) {
            Some(page) => Some(page.bytes()),
            None => self.tree.get(number).map(|page| page.bytes()),
        }
    }

    #[cold]
    #[inline(never)]
    fn load_slowly<const N: usize>(&mut self, address: u64) -> [u8; N] {
        self.open_for_load(address);
        self.pages.load(address).expect("the line was just made")
    }

    #[cold]
    #[inline(never)]
    fn store_slowly<const N: usize>(&mut self, address: u64, value: [u8; N]) -> bool {
        let watched = self.open_for_store(address);
        let offset = address as usize & (PAGE_SIZE - N);
        self.make_private(address >> PAGE_BITS)[offset..offset + N].copy_from_slice(&value);
        watched
    }

    /// The bytes of a page, private from now on.
    fn make_private(&mut self, number: u64) -> &mut [u8; PAGE_SIZE] {
        if self.pages.private(number).is_none() {
            // A line for loads holds the page too.
            self.pages.close(number);
            let page = self.tree.take(number).unwrap_or_else(|| {
                let bytes = self.tree.get(number).unwrap_or(zero_page()).bytes();
                Arc::new(Page::new(bytes, PageRoot::new()))
            });
            self.pages.insert(number, page).expect("what the tree gave away, or was just made, has one holder");
        }
        self.pages.private_mut(number).expect("there is one by now")
    }
}

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").field("private_pages", &self.private_pages()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
