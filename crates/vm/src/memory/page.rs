//! What a page is in the Merkle tree: 128 leaves under seven levels, and a root that is known once somebody asked.

use super::hashing::{Hashing, fold};
use alloy_primitives::B256;
use jit::PAGE_SIZE;
use std::sync::{Arc, LazyLock, OnceLock};

/// Levels of the tree inside a page: 128 leaves of 32 bytes.
pub(super) const PAGE_LEVELS: usize = 7;

/// Root of a page that does not change any more.
pub(super) type PageRoot = OnceLock<B256>;
/// A page with its root.
pub(super) type Page = jit::Page<PageRoot>;

const ZEROS: [u8; PAGE_SIZE] = [0; PAGE_SIZE];

static ZERO_PAGE: LazyLock<Arc<Page>> = LazyLock::new(|| {
    let root = super::proof::ZERO_ROOTS[PAGE_LEVELS];
    Arc::new(Page::new(&ZEROS, OnceLock::from(root)))
});

/// The page of zeros, one for all states.
pub(super) fn zero_page() -> &'static Arc<Page> {
    &ZERO_PAGE
}

pub(super) fn is_zero(bytes: &[u8; PAGE_SIZE]) -> bool {
    *bytes == ZEROS
}

/// Finds out the roots of pages, several at a time so that all lanes have work.
pub(super) fn hash_pages(pages: &[&Page], hashing: Hashing) {
    /// Pages at a time: the last level of them fills the widest lanes.
    const GROUP: usize = 8;
    let mut nodes = [[0; 32]; GROUP * 64];
    for group in pages.chunks(GROUP) {
        for (page, parents) in group.iter().zip(nodes.chunks_exact_mut(64)) {
            fold(0, page.bytes().as_chunks().0, parents, hashing);
        }
        let mut count = group.len() * 64;
        for level in 1..PAGE_LEVELS {
            count = fold_in_place(level, &mut nodes[..count], hashing);
        }
        for (page, root) in group.iter().zip(&nodes) {
            // Whoever hashed it meanwhile found the same.
            let _ = page.note().set(B256::new(*root));
        }
    }
}

/// Replaces nodes by their parents; returns how many there are.
fn fold_in_place(level: usize, nodes: &mut [[u8; 32]], hashing: Hashing) -> usize {
    let mut parents = [[0; 32]; 256];
    let count = nodes.len() / 2;
    fold(level, nodes.as_flattened().as_chunks().0, &mut parents[..count], hashing);
    nodes[..count].copy_from_slice(&parents[..count]);
    count
}

/// A leaf of a page and its seven siblings from the bottom up.
pub(super) fn prove_in_page(page: &Page, leaf: usize, hashing: Hashing) -> [B256; 1 + PAGE_LEVELS] {
    let mut nodes = [[0; 32]; 128];
    nodes.as_flattened_mut().copy_from_slice(page.bytes());
    let mut path = [B256::ZERO; 1 + PAGE_LEVELS];
    path[0] = B256::new(nodes[leaf]);
    let mut count = nodes.len();
    for level in 0..PAGE_LEVELS {
        path[level + 1] = B256::new(nodes[(leaf >> level) ^ 1]);
        count = fold_in_place(level, &mut nodes[..count], hashing);
    }
    path
}
