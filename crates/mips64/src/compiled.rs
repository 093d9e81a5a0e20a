//! Compiled blocks of one machine: which there are, how they are linked, when they stop being true.
//!
//! Blocks belong to the page whose words they were made from; the page is watched, and a write to it removes them and every
//! link to them. A cache may be handed from one machine to another: [`Compiled::attach`] compares the pages that it was made
//! from with those of the machine, and drops what differs. Everything here is bounded; when something is full, all of it is
//! dropped and made anew.

mod lookup;

use crate::lower::{Block, Exit, Reason, lower, scan, target_entry};
use jit::memory::CodeMemory;
use lookup::Lookup;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use vm::{Memory, PAGE_SIZE};

/// Times that a block is reached before it is compiled: what runs rarely costs less in the interpreter.
pub(crate) const HOT: u8 = 14;
/// Caches that wait at most.
const MAX_WAITING: usize = 4;
/// Changes of a page after which its code is left to the interpreter.
const MAX_CHANGES: u32 = 64;
/// Blocks, exits and pages beyond which the cache starts anew.
const MAX_BLOCKS: usize = 1 << 18;
const MAX_EXITS: usize = 1 << 21;
const MAX_PAGES: usize = 1 << 13;

/// A compiled block or what is known instead.
#[derive(Clone, Copy, Debug)]
enum Entry {
    /// Offset of the code.
    Code(u32),
    /// Begins with an instruction of the interpreter.
    Never,
}

/// A page with code.
#[derive(Debug)]
struct PageCode {
    /// What the blocks were made from; none before the first and after a change.
    words: Option<Box<[u8; PAGE_SIZE]>>,
    blocks: Vec<(u64, bool)>,
    /// Slots that lead into the page.
    links: Vec<u32>,
    changes: u32,
}

/// The cache. See the module's text.
#[derive(Debug)]
pub(crate) struct Compiled {
    code: CodeMemory,
    blocks: HashMap<(u64, bool), Entry, BuildHasherDefault<AddressHasher>>,
    exits: Vec<Exit>,
    /// Where each slot leads while the block behind it is not compiled.
    homes: Vec<u32>,
    pages: HashMap<u64, PageCode, BuildHasherDefault<AddressHasher>>,
    /// Recent blocks, and what is worth compiling.
    lookup: Lookup,
    /// Blocks beyond which the cache starts anew.
    pub(crate) limit: usize,
    /// Counts how often it did.
    generation: u64,
    /// Lets tests compile something else than what is there.
    #[cfg(test)]
    pub(crate) twist: Option<fn(&mut Block)>,
}

/// The cache that a machine uses, and the caches that wait for it or a copy of it. A copy that never runs costs nothing, and
/// one that does takes over what others have compiled.
#[derive(Debug, Default)]
pub(crate) struct Lease {
    held: Option<Box<Compiled>>,
    /// Nothing can be compiled or run here: nobody asks again.
    unavailable: bool,
    /// In boxes, as they are held: a machine that has none is small.
    #[allow(clippy::vec_box)]
    waiting: Arc<Mutex<Vec<Box<Compiled>>>>,
}

impl Lease {
    /// The same waiting caches, for a copy of the machine.
    pub(crate) fn share(&self) -> Self {
        Self { held: None, unavailable: self.unavailable, waiting: Arc::clone(&self.waiting) }
    }

    /// Takes the cache that another machine holds, for this memory.
    pub(crate) fn take_over(&mut self, other: &mut Self, memory: &mut Memory) {
        if let Some(mut compiled) = other.held.take() {
            compiled.attach(memory);
            self.held = Some(compiled);
        }
    }

    /// The cache, if the machine uses one already.
    pub(crate) fn held(&mut self) -> Option<&mut Compiled> {
        self.held.as_deref_mut()
    }

    /// The cache, made true for this memory if it is taken over now. `hot` counts for a new one. `None` where no code can be
    /// compiled or run.
    pub(crate) fn get(&mut self, hot: u8, memory: &mut Memory) -> Option<&mut Compiled> {
        if self.held.is_none() && !self.unavailable {
            // Caches are put in whole: a panic elsewhere leaves nothing half-done.
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop();
            self.held = match waiting {
                Some(mut compiled) => {
                    compiled.attach(memory);
                    Some(compiled)
                }
                None => Compiled::new(hot).map(Box::new),
            };
            self.unavailable = self.held.is_none();
        }
        self.held()
    }

    /// As on a host where no code can be compiled or run.
    #[cfg(test)]
    fn forbid(&mut self) {
        (self.held, self.unavailable) = (None, true);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(compiled) = self.held.take() {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() < MAX_WAITING {
                waiting.push(compiled);
            }
        }
    }
}

impl Compiled {
    /// An empty cache; `None` where no code can be compiled or run.
    pub(crate) fn new(hot: u8) -> Option<Self> {
        let mut code = CodeMemory::new()?;
        code.clear_targets();
        Some(Self {
            code,
            blocks: HashMap::default(),
            exits: Vec::new(),
            homes: Vec::new(),
            pages: HashMap::default(),
            lookup: Lookup::new(hot),
            limit: MAX_BLOCKS,
            generation: 0,
            #[cfg(test)]
            twist: None,
        })
    }

    /// The memory of the code, to enter it.
    pub(crate) fn code(&mut self) -> &mut CodeMemory {
        &mut self.code
    }

    /// What is known without a look into the map.
    pub(crate) fn lookup(&mut self) -> &mut Lookup {
        &mut self.lookup
    }

    /// An exit by its number.
    pub(crate) fn exit(&self, number: u32) -> Exit {
        self.exits[number as usize]
    }

    /// Offset of the code of the block at an aligned address; `together` as in [`lower`]. `None` if the interpreter should
    /// go on, which it does for rare blocks too.
    pub(crate) fn find(&mut self, pc: u64, together: bool, memory: &mut Memory) -> Option<usize> {
        if together && let Some(offset) = self.lookup.recent(pc) {
            return Some(offset as usize);
        }
        if self.lookup.is_cold(pc) {
            return None;
        }
        match self.blocks.get(&(pc, together)) {
            Some(Entry::Code(offset)) => {
                if together {
                    self.lookup.remember(pc, *offset);
                }
                Some(*offset as usize)
            }
            Some(Entry::Never) => None,
            None => self.compile(pc, together, memory),
        }
    }

    fn compile(&mut self, pc: u64, together: bool, memory: &mut Memory) -> Option<usize> {
        if self.blocks.len() > self.limit || self.exits.len() > MAX_EXITS || self.pages.len() > MAX_PAGES {
            self.clear();
        }
        let (number, offset) = (pc / PAGE_SIZE as u64, pc as usize % PAGE_SIZE);
        let page = self.pages.entry(number).or_insert_with(|| PageCode {
            words: None,
            blocks: Vec::new(),
            links: Vec::new(),
            changes: 0,
        });
        let block = if page.changes > MAX_CHANGES {
            None
        } else {
            let bytes = page.words.get_or_insert_with(|| {
                memory.watch(pc);
                read_page(number, memory)
            });
            let words = bytes[offset..].as_chunks::<4>().0;
            scan(pc, words.iter().map(|word| u32::from_be_bytes(*word)))
        };
        page.blocks.push((pc, together));
        let Some(block) = block else {
            self.blocks.insert((pc, together), Entry::Never);
            return None;
        };
        #[cfg(test)]
        let block = {
            let mut block = block;
            self.twist.inspect(|twist| twist(&mut block));
            block
        };
        let placed = self.place(&block, together);
        if placed.is_none() {
            self.clear();
            return None;
        }
        placed
    }

    /// Lowers a block and adds its code; `None` if something is full.
    fn place(&mut self, block: &Block, together: bool) -> Option<usize> {
        let lowered = lower(block, &mut self.code, self.exits.len() as u32, together)?;
        let offset = self.code.append(&lowered.code)?;
        for (slot, home) in lowered.links {
            // Slots are handed out in order.
            debug_assert_eq!(slot as usize, self.homes.len());
            let home = offset as u32 + home;
            self.homes.push(home);
            self.code.set_slot(slot, home as usize);
        }
        self.exits.extend(lowered.exits.into_iter().map(|mut exit| {
            if let Reason::Access { resume, .. } = &mut exit.reason
                && *resume != 0
            {
                *resume += offset as u32;
            }
            exit
        }));
        self.blocks.insert((block.start, together), Entry::Code(offset as u32));
        Some(offset)
    }

    /// The block at an address, as [`Compiled::find`] has it; a slot leads to it from now on.
    pub(crate) fn link(&mut self, slot: u32, pc: u64, together: bool, memory: &mut Memory) -> Option<usize> {
        let generation = self.generation;
        let offset = self.find(pc, together, memory)?;
        // If the cache has started anew, the slot is another block's.
        if self.generation == generation
            && let Some(page) = self.pages.get_mut(&(pc / PAGE_SIZE as u64))
        {
            page.links.push(slot);
            self.code.set_slot(slot, offset);
        }
        Some(offset)
    }

    /// Lets jumps find the compiled block at an address.
    pub(crate) fn aim(&mut self, pc: u64, offset: usize) {
        self.code.set_target(target_entry(pc), pc, offset);
    }

    /// Forgets the code of the page of an address that was written.
    pub(crate) fn written(&mut self, address: u64) {
        let number = address / PAGE_SIZE as u64;
        if let Some(page) = self.pages.get_mut(&number)
            && page.words.take().is_some()
        {
            page.changes += 1;
            for key in page.blocks.drain(..) {
                self.blocks.remove(&key);
            }
            for slot in page.links.drain(..) {
                self.code.set_slot(slot, self.homes[slot as usize] as usize);
            }
            self.code.clear_targets();
            self.lookup.forget();
        }
    }

    /// Makes the cache true for a memory, and has its pages watched there.
    pub(crate) fn attach(&mut self, memory: &mut Memory) {
        let changed = |(number, page): (&u64, &PageCode)| {
            let same = page.words.as_ref().is_none_or(|words| *words == read_page(*number, memory));
            (!same).then_some(number << PAGE_SIZE.trailing_zeros())
        };
        let changed: Vec<u64> = self.pages.iter().filter_map(changed).collect();
        changed.into_iter().for_each(|address| self.written(address));
        for (number, page) in &self.pages {
            if page.words.is_some() {
                memory.watch(number << PAGE_SIZE.trailing_zeros());
            }
        }
    }

    fn clear(&mut self) {
        self.generation += 1;
        self.lookup.forget();
        self.code.clear();
        self.blocks.clear();
        self.exits.clear();
        self.homes.clear();
        self.pages.clear();
    }
}

/// Addresses are not chosen to collide by anyone who would gain from it: a slow run harms its author alone.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

fn read_page(number: u64, memory: &Memory) -> Box<[u8; PAGE_SIZE]> {
    let mut bytes = Box::new([0; PAGE_SIZE]);
    memory.read(number << PAGE_SIZE.trailing_zeros(), &mut *bytes);
    bytes
}

#[cfg(test)]
mod tests;
