//! Output roots of a span of blocks: what should stand above the split depth.

use alloy_primitives::{B256, U256};
use primitives::Claim;

/// The output roots after the agreed block, as one run of the program over the witness gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputRoots {
    agreed_block: u64,
    roots: Vec<B256>,
}

impl OutputRoots {
    /// The roots of the blocks `agreed_block + 1`, `agreed_block + 2` and so on, up to the last block that the L1 head supports.
    pub const fn new(agreed_block: u64, roots: Vec<B256>) -> Self {
        Self { agreed_block, roots }
    }

    /// The block that the span starts after.
    pub const fn agreed_block(&self) -> u64 {
        self.agreed_block
    }

    /// The last block of the span.
    pub fn last_block(&self) -> u64 {
        self.agreed_block.saturating_add(self.roots.len() as u64)
    }

    /// The root of a block after the agreed one; past the span, the last root, since that is what the program confirms for a block whose data are not on L1. `None` for the agreed
    /// block and those before it, and where nothing could be derived.
    pub fn at(&self, block: U256) -> Option<Claim> {
        let offset = block.checked_sub(U256::from(self.agreed_block))?.checked_sub(U256::ONE)?;
        let last = self.roots.len().checked_sub(1)?;
        let index = usize::try_from(offset).unwrap_or(usize::MAX).min(last);
        self.roots.get(index).copied().map(Claim)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_their_ends() {
        let roots = OutputRoots::new(10, vec![B256::with_last_byte(1), B256::with_last_byte(2)]);
        assert_eq!(roots.last_block(), 12);
        assert_eq!(roots.at(U256::from(11)), Some(Claim(B256::with_last_byte(1))));
        assert_eq!(roots.at(U256::from(12)), Some(Claim(B256::with_last_byte(2))));
        assert_eq!(roots.at(U256::MAX), Some(Claim(B256::with_last_byte(2))));
        assert_eq!(roots.at(U256::from(10)), None);
        assert_eq!(roots.at(U256::ZERO), None);
        assert_eq!(OutputRoots::new(10, Vec::new()).at(U256::from(11)), None);
    }
}
