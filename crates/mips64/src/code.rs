//! Decoded instructions, a page at a time, each word decoded when it is first executed.
//!
//! What the contract executes is what memory holds: a page with decoded instructions is watched, and a word that is written
//! is decoded again.

use crate::decode::{Instruction, Op};
use std::collections::HashMap;
use vm::{Memory, PAGE_SIZE};

/// Instructions of a page.
pub(crate) const OPS: usize = PAGE_SIZE / 4;
/// Instructions that are decoded at once.
const AHEAD: usize = 16;
const LINES: usize = 256;
/// Pages of 8 KiB beyond which the cache starts anew (128 MiB): a guest may run through empty memory for ever.
const MAX_PAGES: usize = 1 << 14;

/// Decoded pages.
pub(crate) struct CodeCache {
    pages: Vec<[Op; OPS]>,
    index: HashMap<u64, u32>,
    lines: Box<[(u64, u32); LINES]>,
    written: Vec<u64>,
    released: bool,
}

/// No page begins there.
const NO_PAGE: u64 = u64::MAX;

impl Default for CodeCache {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            index: HashMap::new(),
            lines: Box::new([(NO_PAGE, 0); LINES]),
            written: Vec::new(),
            released: false,
        }
    }
}

impl CodeCache {
    /// The decoded page that begins at `base`.
    #[inline]
    pub(crate) fn page(&mut self, base: u64, memory: &mut Memory) -> &mut [Op; OPS] {
        let (tag, page) = self.lines[line_of(base)];
        let page = if tag == base { page } else { self.find(base, memory) };
        &mut self.pages[page as usize]
    }

    #[cold]
    fn find(&mut self, base: u64, memory: &mut Memory) -> u32 {
        if self.pages.len() > MAX_PAGES {
            *self = Self { released: true, written: core::mem::take(&mut self.written), ..Self::default() };
            memory.release();
        }
        let pages = &mut self.pages;
        let page = *self.index.entry(base).or_insert_with(|| {
            memory.watch(base);
            pages.push([Op::UNDECODED; OPS]);
            // At most `MAX_PAGES`.
            pages.len() as u32 - 1
        });
        self.lines[line_of(base)] = (base, page);
        page
    }

    /// Decodes the word at an aligned address and those behind it, which are next most of the time. A word that changes is
    /// decoded again.
    #[cold]
    #[inline(never)]
    pub(crate) fn decode(&mut self, address: u64, memory: &mut Memory) {
        let base = address & !(PAGE_SIZE as u64 - 1);
        let fresh = self.page(base, memory)[(address - base) as usize / 4..].iter_mut().take(AHEAD);
        let addresses = (0..).map(|n| address.wrapping_add(4 * n));
        for (op, address) in fresh.zip(addresses).take_while(|(op, _)| op.instruction == Instruction::Undecoded) {
            *op = Op::decode(u32::from_be_bytes(memory.load::<4>(address)));
        }
    }

    /// Forgets the two instructions of an aligned word that was written.
    pub(crate) fn written(&mut self, address: u64) {
        let address = address & !7;
        self.written.push(address);
        let base = address & !(PAGE_SIZE as u64 - 1);
        if let Some(page) = self.index.get(&base) {
            let first = (address - base) as usize / 4;
            self.pages[*page as usize][first..first + 2].fill(Op::UNDECODED);
        }
    }
}

impl CodeCache {
    /// Words in watched pages that were written since somebody last asked.
    pub(crate) fn take_written(&mut self) -> Vec<u64> {
        core::mem::take(&mut self.written)
    }

    /// Whether memory was released since somebody last asked: nothing else is watched any more.
    pub(crate) fn take_released(&mut self) -> bool {
        core::mem::take(&mut self.released)
    }
}

fn line_of(base: u64) -> usize {
    (base / PAGE_SIZE as u64) as usize % LINES
}

impl core::fmt::Debug for CodeCache {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CodeCache").field("pages", &self.pages.len()).finish()
    }
}
