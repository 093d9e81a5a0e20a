//! Pages of guest memory, and the lines through which loads and stores find them.
//!
//! A [`Page`] is shared and constant, or held by one [`Pages`] alone, which may change it: *private*. No page is copied on
//! the way from one to the other. Two direct-mapped tables of [`Line`]s lead from the number of a page to its bytes in host
//! memory: one for loads (any page), one for stores (private pages only). The interpreter goes through them by
//! [`Pages::load`] and [`Pages::store`], compiled code by [`Pages::tables`]. What to do when no line has the page is for
//! the owner: which pages there are, when one becomes private and which may not get a line for stores.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// Bits of an address inside a page.
pub const PAGE_BITS: u32 = 12;
/// Bytes of a page.
pub const PAGE_SIZE: usize = 1 << PAGE_BITS;
/// Lines of a table: 16 MiB of neighbouring pages do not push each other out.
pub const LINES: usize = 4096;

/// What a line holds in place of a page's address: not even an address with bits below the page compares equal to it.
const NO_PAGE: u64 = u64::MAX;

/// One page, with what its owner knows of the bytes for as long as they do not change (`N`: a hash).
pub struct Page<N> {
    bytes: UnsafeCell<[u8; PAGE_SIZE]>,
    note: N,
}

// SAFETY: `bytes` is written only while the page is private: then its one `Arc` is inside a `Pages`, which writes under
// `&mut self` and lends the page under `&self`. All others see constant bytes.
unsafe impl<N: Sync> Sync for Page<N> {}

impl<N> Page<N> {
    /// A page with these bytes.
    pub fn new(bytes: &[u8; PAGE_SIZE], note: N) -> Self {
        Self { bytes: UnsafeCell::new(*bytes), note }
    }

    /// The bytes, in the order of their addresses.
    #[inline]
    pub fn bytes(&self) -> &[u8; PAGE_SIZE] {
        // SAFETY: nobody writes while this borrow of the page lasts, see `Sync` above.
        unsafe { &*self.bytes.get() }
    }

    /// What is known of the bytes.
    #[inline]
    pub fn note(&self) -> &N {
        &self.note
    }
}

/// Where a page lies in host memory. Layout for compiled code: `page` at offset 0, `host` at 8 (on 64-bit hosts), 16 bytes
/// in all.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Guest address of the page's first byte, or all ones where the line is empty. Its low bits are 0, so that compiled code
    /// may compare it with an address that keeps the bits which an aligned one must not have.
    pub page: u64,
    /// Host address of the page's first byte **minus** the guest address of it, wrapping: adding a guest address gives the
    /// host address.
    pub host: *mut u8,
}

const EMPTY: Line = Line { page: NO_PAGE, host: core::ptr::null_mut() };

/// Tables for those that have opened no page yet: copies of a memory that only wait cost no tables.
struct EmptyTables([Line; 2 * LINES]);

// SAFETY: the pointers in it are null, and it is never written.
unsafe impl Sync for EmptyTables {}

static EMPTY_TABLES: EmptyTables = EmptyTables([EMPTY; 2 * LINES]);

/// Private pages of one memory, and its lines.
///
/// Kept at all times: a line for loads leads to a page that `private` or `kept` holds, a line for stores to one that
/// `private` holds.
pub struct Pages<N> {
    /// `LINES` lines for loads, then as many for stores. `EMPTY_TABLES` while `kept` is empty.
    lines: *mut Line,
    /// The shared pages that lines for loads lead to, by line; empty or `LINES` of them.
    kept: Vec<Option<Arc<Page<N>>>>,
    private: HashMap<u64, Arc<Page<N>>, BuildHasherDefault<NumberHasher>>,
}

// SAFETY: the pointers lead to memory that this value owns or keeps alive; `&self` only reads.
unsafe impl<N: Send + Sync> Send for Pages<N> {}
// SAFETY: as above.
unsafe impl<N: Send + Sync> Sync for Pages<N> {}

impl<N> Default for Pages<N> {
    fn default() -> Self {
        Self { lines: empty_tables(), kept: Vec::new(), private: HashMap::default() }
    }
}

impl<N> Drop for Pages<N> {
    fn drop(&mut self) {
        self.free_tables();
    }
}

impl<N> Pages<N> {
    /// The `K` bytes (1, 2, 4 or 8) at `address` with its low bits dropped to a multiple of `K`, if a line has the page.
    #[inline(always)]
    pub fn load<const K: usize>(&self, address: u64) -> Option<[u8; K]> {
        // SAFETY: the index is below LINES, and `lines` has twice as many.
        let line = unsafe { &*self.lines.add(line_of(address >> PAGE_BITS)) };
        // SAFETY: the line leads to a page that is alive; an aligned access of at most 8 bytes lies inside of it. Nobody
        // writes to it during `&self`.
        (line.page == page_of(address)).then(|| unsafe { line.at::<K>(address).read() })
    }

    /// Replaces the `K` bytes (1, 2, 4 or 8) at `address` with its low bits dropped to a multiple of `K`. Returns false, and
    /// does nothing, if no line for stores has the page.
    #[inline(always)]
    #[must_use]
    pub fn store<const K: usize>(&mut self, address: u64, value: [u8; K]) -> bool {
        // SAFETY: the index is below 2 * LINES.
        let line = unsafe { &*self.lines.add(LINES + line_of(address >> PAGE_BITS)) };
        let hit = line.page == page_of(address);
        if hit {
            // SAFETY: the line leads to a private page, which `&mut self` may write; the access lies inside of it.
            unsafe { line.at::<K>(address).write(value) };
        }
        hit
    }

    /// A private page.
    #[inline]
    pub fn private(&self, number: u64) -> Option<&Page<N>> {
        self.private.get(&number).map(|page| &**page)
    }

    /// The bytes of a private page, to be changed.
    pub fn private_mut(&mut self, number: u64) -> Option<&mut [u8; PAGE_SIZE]> {
        // SAFETY: the page is private, and `&mut self` keeps every other access to it out while the borrow lasts.
        self.private.get(&number).map(|page| unsafe { &mut *page.bytes.get() })
    }

    /// Number of private pages.
    pub fn private_count(&self) -> usize {
        self.private.len()
    }

    /// Gives a shared page a line for loads, and keeps it alive for as long.
    ///
    /// # Panics
    /// If a private page has that number.
    pub fn show(&mut self, number: u64, page: &Arc<Page<N>>) {
        assert!(!self.private.contains_key(&number), "a private page stands for itself");
        let index = line_of(number);
        self.set_line(index, number, page.bytes.get());
        self.kept[index] = Some(Arc::clone(page));
    }

    /// Gives a private page a line for loads and, if `writable`, one for stores. Returns whether there is such a page.
    pub fn open(&mut self, number: u64, writable: bool) -> bool {
        let Some(bytes) = self.private.get(&number).map(|page| page.bytes.get()) else { return false };
        let index = line_of(number);
        self.set_line(index, number, bytes);
        self.kept[index] = None;
        if writable {
            self.set_line(LINES + index, number, bytes);
        }
        true
    }

    /// Takes the lines of a page away.
    pub fn close(&mut self, number: u64) {
        let index = line_of(number);
        for index in [index, LINES + index] {
            // SAFETY: below 2 * LINES.
            if unsafe { &*self.lines.add(index) }.page == number << PAGE_BITS {
                // A line that is not empty stands in tables of this value's own.
                self.set(index, EMPTY);
            }
        }
        if self.line(index).page == NO_PAGE && !self.kept.is_empty() {
            self.kept[index] = None;
        }
    }

    /// Makes a page private, in place of one with that number. Its note is the default one from now on. It has no line yet.
    ///
    /// # Errors
    /// The page itself, if others hold it too.
    pub fn insert(&mut self, number: u64, mut page: Arc<Page<N>>) -> Result<(), Arc<Page<N>>>
    where
        N: Default,
    {
        self.close(number);
        match Arc::get_mut(&mut page) {
            Some(alone) => alone.note = N::default(),
            None => return Err(page),
        }
        self.private.insert(number, page);
        Ok(())
    }

    /// Gives all private pages away, in ascending order; they and their lines are gone from here.
    pub fn take(&mut self) -> Vec<(u64, Arc<Page<N>>)> {
        let numbers: Vec<u64> = self.private.keys().copied().collect();
        numbers.iter().for_each(|number| self.close(*number));
        let mut pages: Vec<_> = core::mem::take(&mut self.private).into_iter().collect();
        pages.sort_unstable_by_key(|(number, _)| *number);
        pages
    }

    /// Takes all lines away, and the tables.
    pub fn close_all(&mut self) {
        self.free_tables();
    }

    /// Address of the tables for compiled code: [`LINES`] lines for loads, then as many for stores; page `n` may stand in
    /// line `n % LINES` of each. They stay at this address until [`Pages::close_all`], a move of ownership included; the
    /// bytes that a line leads to stay until the next call of a method that takes `&mut self`, [`Pages::store`] apart.
    pub fn tables(&mut self) -> *const Line {
        self.own_tables();
        self.lines
    }

    fn line(&self, index: usize) -> Line {
        debug_assert!(index < 2 * LINES);
        // SAFETY: callers pass indices below 2 * LINES.
        unsafe { *self.lines.add(index) }
    }

    fn set_line(&mut self, index: usize, number: u64, bytes: *mut [u8; PAGE_SIZE]) {
        let page = number << PAGE_BITS;
        self.set(index, Line { page, host: bytes.cast::<u8>().wrapping_sub(page as usize) });
    }

    fn set(&mut self, index: usize, line: Line) {
        assert!(index < 2 * LINES);
        self.own_tables();
        // SAFETY: the tables are this value's own, and the index was checked.
        unsafe { self.lines.add(index).write(line) };
    }

    fn own_tables(&mut self) {
        if self.kept.is_empty() {
            self.kept.resize_with(LINES, || None);
            self.lines = Box::into_raw(vec![EMPTY; 2 * LINES].into_boxed_slice()).cast();
        }
    }

    fn free_tables(&mut self) {
        if !self.kept.is_empty() {
            let tables = core::ptr::slice_from_raw_parts_mut(self.lines, 2 * LINES);
            // SAFETY: `kept` is not empty, so `own_tables` made them from a box of this length, and nothing freed them since.
            drop(unsafe { Box::from_raw(tables) });
            self.lines = empty_tables();
            self.kept = Vec::new();
        }
    }
}

impl<N: core::fmt::Debug> core::fmt::Debug for Page<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Page").field("note", &self.note).finish_non_exhaustive()
    }
}

impl<N> core::fmt::Debug for Pages<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Pages").field("private", &self.private.len()).finish_non_exhaustive()
    }
}

impl Line {
    /// Where the aligned bytes at a guest address lie. An array of bytes needs no alignment of the host.
    #[inline(always)]
    fn at<const K: usize>(&self, address: u64) -> *mut [u8; K] {
        const { assert!(K == 1 || K == 2 || K == 4 || K == 8) };
        self.host.wrapping_add((address & !(K as u64 - 1)) as usize).cast()
    }
}

fn empty_tables() -> *mut Line {
    // Never written: `set` makes tables of its own first.
    EMPTY_TABLES.0.as_ptr().cast_mut()
}

/// Address of the first byte of a page.
#[inline(always)]
fn page_of(address: u64) -> u64 {
    address & !(PAGE_SIZE as u64 - 1)
}

/// The line that a page may stand in.
#[inline(always)]
fn line_of(number: u64) -> usize {
    number as usize % LINES
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
