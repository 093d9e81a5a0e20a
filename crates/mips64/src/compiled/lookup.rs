//! Where to go on at an address, without a look into the map: blocks that were found lately, and how often an address was
//! reached. What is said here is a hint: a block that is not here may exist.

/// Blocks that are found without a look into the map.
const RECENT: usize = 1 << 12;
/// Counters; addresses that share one become hot sooner, which does no harm.
const COUNTERS: usize = 1 << 15;
/// No block begins there.
const NOT_RECENT: (u64, u32) = (u64::MAX, 0);

/// Recent blocks and counters.
#[derive(Debug)]
pub(crate) struct Lookup {
    /// Address and offset of blocks, by the low bits of the address.
    recent: Box<[(u64, u32)]>,
    /// Times that an address was reached, by its low bits.
    reached: Box<[u8]>,
    /// Times that a block is reached before it is compiled.
    hot: u8,
}

impl Lookup {
    /// Nothing is known, and what is reached `hot` times is worth compiling.
    pub(crate) fn new(hot: u8) -> Self {
        Self { recent: vec![NOT_RECENT; RECENT].into(), reached: vec![0; COUNTERS].into(), hot }
    }

    /// Offset of the block at an address, if it was found lately.
    #[inline]
    pub(crate) fn recent(&self, pc: u64) -> Option<u32> {
        let (address, offset) = self.recent[(pc >> 2) as usize % RECENT];
        (address == pc).then_some(offset)
    }

    /// Remembers the block at an address.
    pub(crate) fn remember(&mut self, pc: u64, offset: u32) {
        self.recent[(pc >> 2) as usize % RECENT] = (pc, offset);
    }

    /// Forgets all blocks.
    pub(crate) fn forget(&mut self) {
        self.recent.fill(NOT_RECENT);
    }

    /// Counts that an address is reached; whether that is too rare for compiled code. Where there is a block, it is not.
    #[inline]
    pub(crate) fn is_cold(&mut self, pc: u64) -> bool {
        let times = &mut self.reached[(pc >> 2) as usize % COUNTERS];
        let cold = *times < self.hot;
        // Below `hot`, it does not overflow.
        *times += u8::from(cold);
        cold
    }
}
