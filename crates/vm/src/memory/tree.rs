//! The pages of a state as a persistent binary tree over their 52-bit numbers.
//!
//! Nodes are shared between states and never change once shared; each remembers its hash once it was asked for. A copy of
//! a tree is one reference; replacing a page makes new nodes along its path only, so that a root costs what changed and
//! two snapshots share what did not.

use super::page::{PAGE_LEVELS, Page};
use super::proof::{LEVELS, MemoryProof, ZERO_ROOTS, hash_pair};
use alloy_primitives::B256;
use std::sync::{Arc, OnceLock};

/// Levels above the pages.
const HEIGHT: usize = LEVELS - PAGE_LEVELS;

/// A subtree.
#[derive(Clone, Default)]
pub(super) enum Tree {
    /// No page was ever touched in it.
    #[default]
    Empty,
    Inner(Arc<Inner>),
    Page(Arc<Page>),
}

#[derive(Clone)]
pub(super) struct Inner {
    children: [Tree; 2],
    hash: OnceLock<B256>,
}

impl Tree {
    pub(super) fn root(&self) -> B256 {
        self.hash(HEIGHT)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Arc<Page>> {
        let mut node = self;
        for height in (0..HEIGHT).rev() {
            match node {
                Self::Inner(inner) => node = &inner.children[bit(number, height)],
                Self::Empty | Self::Page(_) => return None,
            }
        }
        match node {
            Self::Page(page) => Some(page),
            Self::Empty | Self::Inner(_) => None,
        }
    }

    /// Puts pages in; they must be sorted by number, without repetition.
    pub(super) fn insert(&mut self, pages: &[(u64, Arc<Page>)]) {
        self.insert_below(HEIGHT, pages);
    }

    fn insert_below(&mut self, height: usize, pages: &[(u64, Arc<Page>)]) {
        let Some((_, first)) = pages.first() else { return };
        if height == 0 {
            *self = Self::Page(Arc::clone(first));
            return;
        }
        if !matches!(self, Self::Inner(_)) {
            *self = Self::Inner(Arc::new(Inner { children: Default::default(), hash: OnceLock::new() }));
        }
        if let Self::Inner(inner) = self {
            let inner = Arc::make_mut(inner);
            inner.hash = OnceLock::new();
            let (left, right) = pages.split_at(pages.partition_point(|(number, _)| bit(*number, height - 1) == 0));
            inner.children[0].insert_below(height - 1, left);
            inner.children[1].insert_below(height - 1, right);
        }
    }

    /// Proof of the leaf at an address.
    pub(super) fn prove(&self, address: u64) -> MemoryProof {
        let number = address >> super::page::PAGE_BITS;
        let mut words = [B256::ZERO; MemoryProof::WORDS];
        let mut node = self;
        for height in (0..HEIGHT).rev() {
            let word = &mut words[1 + PAGE_LEVELS + height];
            match node {
                Self::Inner(inner) => {
                    let side = bit(number, height);
                    *word = inner.children[1 - side].hash(height);
                    node = &inner.children[side];
                }
                Self::Empty | Self::Page(_) => *word = ZERO_ROOTS[PAGE_LEVELS + height],
            }
        }
        let leaf = (address >> 5) as usize & 127;
        let in_page = match node {
            Self::Page(page) => page.prove(leaf),
            Self::Empty | Self::Inner(_) => Page::zero().prove(leaf),
        };
        words[..1 + PAGE_LEVELS].copy_from_slice(&in_page);
        MemoryProof { words }
    }

    /// Calls `visit` for each page in ascending order.
    pub(super) fn for_each(&self, visit: &mut dyn FnMut(u64, &Arc<Page>)) {
        self.for_each_below(0, visit);
    }

    fn for_each_below(&self, prefix: u64, visit: &mut dyn FnMut(u64, &Arc<Page>)) {
        match self {
            Self::Empty => {}
            Self::Page(page) => visit(prefix, page),
            Self::Inner(inner) => {
                inner.children[0].for_each_below(prefix << 1, visit);
                inner.children[1].for_each_below(prefix << 1 | 1, visit);
            }
        }
    }

    /// Bytes of nodes and pages that are not shared with `other`.
    pub(super) fn bytes_beyond(&self, other: &Self) -> u64 {
        match (self, other) {
            (Self::Empty, _) => 0,
            (Self::Page(a), Self::Page(b)) if Arc::ptr_eq(a, b) => 0,
            (Self::Inner(a), Self::Inner(b)) if Arc::ptr_eq(a, b) => 0,
            (Self::Page(page), _) if Arc::ptr_eq(page, &Page::zero()) => 0,
            (Self::Page(_), _) => size_of::<Page>() as u64,
            (Self::Inner(inner), other) => {
                let none = [Self::Empty, Self::Empty];
                let others = if let Self::Inner(other) = other { &other.children } else { &none };
                let below: u64 = inner.children.iter().zip(others).map(|(a, b)| a.bytes_beyond(b)).sum();
                below + size_of::<Inner>() as u64
            }
        }
    }

    fn hash(&self, height: usize) -> B256 {
        match self {
            Self::Empty => ZERO_ROOTS[PAGE_LEVELS + height],
            Self::Page(page) => page.root(),
            Self::Inner(inner) => *inner.hash.get_or_init(|| {
                let [left, right] = &inner.children;
                hash_pair(PAGE_LEVELS + height - 1, &left.hash(height - 1), &right.hash(height - 1))
            }),
        }
    }
}

fn bit(number: u64, height: usize) -> usize {
    (number >> height) as usize & 1
}
