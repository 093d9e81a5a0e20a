//! One page: 4096 bytes and, once somebody asked, the root of its seven levels of the Merkle tree.

use super::proof::{ZERO_ROOTS, hash_pair};
use alloy_primitives::B256;
use std::sync::{Arc, LazyLock, OnceLock};

/// Bytes of a page.
pub const PAGE_SIZE: usize = 1 << PAGE_BITS;
/// Bits of an address inside a page.
pub(super) const PAGE_BITS: u32 = 12;
/// Levels of the tree inside a page: 128 leaves of 32 bytes.
pub(super) const PAGE_LEVELS: usize = 7;

/// The bytes of a page.
pub(super) type PageBytes = [u8; PAGE_SIZE];

/// A page that no longer changes, shared by all states that hold it.
pub(super) struct Page {
    pub(super) bytes: PageBytes,
    root: OnceLock<B256>,
}

/// All states share one page of zeros.
static ZERO_PAGE: LazyLock<Arc<Page>> =
    LazyLock::new(|| Arc::new(Page { bytes: [0; PAGE_SIZE], root: OnceLock::from(ZERO_ROOTS[PAGE_LEVELS]) }));

impl Page {
    pub(super) fn zero() -> Arc<Self> {
        Arc::clone(&ZERO_PAGE)
    }

    pub(super) fn new(bytes: &PageBytes) -> Arc<Self> {
        if *bytes == ZERO_PAGE.bytes { Self::zero() } else { Arc::new(Self { bytes: *bytes, root: OnceLock::new() }) }
    }

    pub(super) fn root(&self) -> B256 {
        *self.root.get_or_init(|| {
            let mut nodes = self.leaves();
            for level in 0..PAGE_LEVELS {
                fold(&mut nodes, level);
            }
            nodes[0]
        })
    }

    /// The leaf with this index and its seven siblings from the bottom up.
    pub(super) fn prove(&self, leaf: usize) -> [B256; 1 + PAGE_LEVELS] {
        let mut nodes = self.leaves();
        let mut path = [B256::ZERO; 1 + PAGE_LEVELS];
        path[0] = nodes[leaf];
        for level in 0..PAGE_LEVELS {
            path[level + 1] = nodes[(leaf >> level) ^ 1];
            fold(&mut nodes, level);
        }
        path
    }

    fn leaves(&self) -> [B256; 128] {
        let mut leaves = [B256::ZERO; 128];
        for (leaf, bytes) in leaves.iter_mut().zip(self.bytes.chunks_exact(32)) {
            leaf.copy_from_slice(bytes);
        }
        leaves
    }
}

/// Replaces the nodes of a level by their parents, in place.
fn fold(nodes: &mut [B256; 128], level: usize) {
    for i in 0..64 >> level {
        nodes[i] = hash_pair(level, &nodes[2 * i], &nodes[2 * i + 1]);
    }
}
