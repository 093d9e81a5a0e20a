//! What a page is in the Merkle tree: 128 leaves under seven levels, and a root that is known once somebody asked.

use super::hashing::{Hashing, fold};
use crate::keccak_simd::{LANES, TREE, hash_trees};
use alloy_primitives::B256;
use jit::PAGE_SIZE;
use std::sync::{Arc, LazyLock, OnceLock};

/// Levels of the tree inside a page: 128 leaves of 32 bytes.
pub(super) const PAGE_LEVELS: usize = 7;

/// Root of a page that does not change any more.
pub(super) type PageRoot = OnceLock<B256>;
/// A page with its root.
pub(super) type Page = jit::Page<PageRoot>;

const _: () = assert!(TREE == PAGE_SIZE);

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
    const GROUP: usize = LANES;
    let mut nodes = [[0; 32]; GROUP * 64];
    for group in pages.chunks(GROUP) {
        if let Some(roots) = hash_full(group, hashing) {
            group.iter().zip(roots).for_each(|(page, root)| keep(page, root));
            continue;
        }
        for (page, parents) in group.iter().zip(nodes.chunks_exact_mut(64)) {
            fold(0, page.bytes().as_chunks().0, parents, hashing);
        }
        let mut count = group.len() * 64;
        for level in 1..PAGE_LEVELS {
            count = fold_in_place(level, &mut nodes[..count], hashing);
        }
        group.iter().zip(&nodes).for_each(|(page, root)| keep(page, *root));
    }
}

fn keep(page: &Page, root: [u8; 32]) {
    // Whoever hashed it meanwhile found the same.
    let _ = page.note().set(B256::new(root));
}

/// The roots of pages with little in them that is empty, where there are as many as there are lanes: to hash what is empty costs
/// less than to look for it on every level.
fn hash_full(pages: &[&Page], hashing: Hashing) -> Option<[[u8; 32]; LANES]> {
    /// Most pairs of leaves that may be empty.
    const EMPTY: usize = LANES * PAGE_SIZE / 64 / 8;
    let pages: &[&Page; LANES] = pages.try_into().ok()?;
    let pairs = pages.iter().flat_map(|page| page.bytes().as_chunks::<64>().0);
    let has_many = pairs.filter(|pair| **pair == [0; 64]).nth(EMPTY).is_some();
    if has_many { None } else { hash_trees(hashing.lanes, pages.map(Page::bytes)) }
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
