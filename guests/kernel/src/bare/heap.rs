//! The heap: free lists by size over one reserved range. A guest runs once and briefly, so memory is never given back to the
//! machine; what is freed is used again for the same size, which bounds the pages that the machine has to hash. Taking and
//! returning a block costs some ten instructions.

use super::syscall::reserve;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// Address space reserved at the first allocation. Only pages that are written count.
const RANGE: usize = 1 << 36;
/// Blocks up to this size come in steps of 16 bytes, larger ones in powers of two.
const SMALL: usize = 1024;
const CLASSES: usize = SMALL / 16 + 1 + 40;

struct Heap(UnsafeCell<Lists>);

struct Lists {
    /// First free block of each class; a free block holds the address of the next one.
    free: [*mut u8; CLASSES],
    next: usize,
    end: usize,
}

// SAFETY: the machine runs the guest in one thread; nothing else can enter the heap.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(Lists { free: [null_mut(); CLASSES], next: 0, end: 0 }));

/// (class, bytes of a block of it). Sizes above 2^40 have no class.
#[inline(always)]
fn class(size: usize) -> Option<(usize, usize)> {
    if size <= SMALL {
        let class = size.div_ceil(16);
        return Some((class, class * 16));
    }
    let bits = (usize::BITS - (size - 1).leading_zeros()) as usize;
    (bits <= 40).then_some((SMALL / 16 + bits - 10, 1 << bits))
}

impl Lists {
    /// A block that was never used before: its bytes are zero.
    #[cold]
    fn fresh(&mut self, bytes: usize, align: usize) -> *mut u8 {
        if self.end == 0 {
            let start = reserve(RANGE);
            if start.is_null() {
                return null_mut();
            }
            self.next = start as usize;
            self.end = self.next + RANGE;
        }
        let start = (self.next + align - 1) & !(align - 1);
        if bytes > self.end - self.next || start > self.end - bytes {
            return null_mut();
        }
        self.next = start + bytes;
        start as *mut u8
    }
}

// SAFETY: blocks of one class are disjoint, at least as large as the layout asks and aligned to 16 bytes; larger alignments
// always take a fresh block, aligned as asked. A block enters a list only when its owner returns it.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((class, bytes)) = class(layout.size()) else { return null_mut() };
        // SAFETY: one thread, and no reference to the lists outlives a call.
        let lists = unsafe { &mut *self.0.get() };
        let head = lists.free[class];
        if head.is_null() || layout.align() > 16 {
            return lists.fresh(bytes, layout.align().max(16));
        }
        // SAFETY: a block in a list is free and holds the address of the next one.
        lists.free[class] = unsafe { *head.cast::<*mut u8>() };
        head
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some((class, _)) = class(layout.size()) else { return };
        // SAFETY: as above; the block has at least 16 bytes, is aligned, and its owner gives it up.
        unsafe {
            let lists = &mut *self.0.get();
            *block.cast::<*mut u8>() = lists.free[class];
            lists.free[class] = block;
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some((class, bytes)) = class(layout.size()) else { return null_mut() };
        // SAFETY: as in `alloc`.
        let lists = unsafe { &mut *self.0.get() };
        if lists.free[class].is_null() || layout.align() > 16 {
            return lists.fresh(bytes, layout.align().max(16));
        }
        // SAFETY: the block is at least as large as the layout.
        unsafe {
            let block = self.alloc(layout);
            block.write_bytes(0, layout.size());
            block
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if class(size).map(|c| c.0) == class(layout.size()).map(|c| c.0) {
            return block;
        }
        // SAFETY: the caller vouches for `block` and `layout`, and that `size` fits the alignment; both blocks are at least
        // as large as the smaller of the two sizes, and they are disjoint.
        unsafe {
            let grown = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !grown.is_null() {
                core::ptr::copy_nonoverlapping(block, grown, size.min(layout.size()));
                self.dealloc(block, layout);
            }
            grown
        }
    }
}
