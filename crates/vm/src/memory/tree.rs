//! The pages of a state as a persistent tree over their 52-bit numbers.
//!
//! A node has 16 children and stands for four levels of the Merkle tree. Nodes are shared between states and never change
//! once shared; each remembers its hashes once they were asked for. A copy of a tree is one reference; replacing a page
//! makes new nodes along its path only, so that a root costs what changed and two snapshots share what did not.

use super::hashing::{Hashing, fold, spread};
use super::page::{PAGE_LEVELS, Page, hash_pages, prove_in_page, zero_page};
use super::proof::{LEVELS, MemoryProof, ZERO_ROOTS};
use alloy_primitives::B256;
use std::iter::Peekable;
use std::sync::{Arc, OnceLock};
use std::vec::IntoIter;

/// Levels of the Merkle tree in a node.
const NODE_LEVELS: usize = 4;
const CHILDREN: usize = 1 << NODE_LEVELS;
/// Nodes on the way to a page.
const HEIGHT: usize = (LEVELS - PAGE_LEVELS) / NODE_LEVELS;

/// A subtree.
#[derive(Clone, Default)]
pub(super) enum Tree {
    /// No page was ever touched in it.
    #[default]
    Empty,
    Node(Arc<Node>),
    Page(Arc<Page>),
}

#[derive(Clone, Default)]
pub(super) struct Node {
    children: [Tree; CHILDREN],
    /// As in a heap: the hash of the node itself, then two, four and eight below it.
    hashes: OnceLock<[B256; CHILDREN - 1]>,
}

type Incoming = Peekable<IntoIter<(u64, Arc<Page>)>>;

impl Tree {
    /// Root of the whole memory.
    pub(super) fn root(&self, hashing: Hashing) -> B256 {
        self.hash_all(hashing);
        self.hash(HEIGHT)
    }

    pub(super) fn get(&self, number: u64) -> Option<&Arc<Page>> {
        let mut tree = self;
        for height in (0..HEIGHT).rev() {
            match tree {
                Self::Node(node) => tree = &node.children[digit(number, height)],
                Self::Empty | Self::Page(_) => return None,
            }
        }
        match tree {
            Self::Page(page) => Some(page),
            Self::Empty | Self::Node(_) => None,
        }
    }

    /// Takes a page out, if nobody else holds it. Until one is put in its place, the tree is that of another state.
    pub(super) fn take(&mut self, number: u64) -> Option<Arc<Page>> {
        self.take_below(HEIGHT, number)
    }

    fn take_below(&mut self, height: usize, number: u64) -> Option<Arc<Page>> {
        match self {
            Self::Empty => None,
            Self::Page(page) => {
                Arc::get_mut(page)?;
                match core::mem::take(self) {
                    Self::Page(page) => Some(page),
                    Self::Empty | Self::Node(_) => None,
                }
            }
            Self::Node(node) => {
                let node = Arc::get_mut(node)?;
                let page = node.children[digit(number, height - 1)].take_below(height - 1, number)?;
                node.hashes = OnceLock::new();
                Some(page)
            }
        }
    }

    /// Puts pages in; they must be sorted by number, without repetition.
    pub(super) fn insert(&mut self, pages: Vec<(u64, Arc<Page>)>) {
        debug_assert!(pages.is_sorted_by(|a, b| a.0 < b.0));
        let mut pages = pages.into_iter().peekable();
        if pages.peek().is_some() {
            self.insert_below(HEIGHT, &mut pages);
        }
    }

    /// Puts in the next page, which belongs below, and those after it that do.
    fn insert_below(&mut self, height: usize, pages: &mut Incoming) {
        if height == 0 {
            if let Some((_, page)) = pages.next() {
                *self = Self::Page(page);
            }
            return;
        }
        if !matches!(self, Self::Node(_)) {
            *self = Self::Node(Arc::default());
        }
        let Self::Node(node) = self else { return };
        let node = Arc::make_mut(node);
        node.hashes = OnceLock::new();
        let mut here = None;
        while let Some((number, _)) = pages.peek() {
            let number = *number;
            if *here.get_or_insert(number >> (NODE_LEVELS * height)) != number >> (NODE_LEVELS * height) {
                break;
            }
            node.children[digit(number, height - 1)].insert_below(height - 1, pages);
        }
    }

    /// Proof of the leaf at an address.
    pub(super) fn prove(&self, address: u64, hashing: Hashing) -> MemoryProof {
        self.hash_all(hashing);
        let number = address >> jit::PAGE_BITS;
        let mut words = [B256::ZERO; MemoryProof::WORDS];
        let mut tree = self;
        for height in (0..HEIGHT).rev() {
            let siblings = &mut words[1 + PAGE_LEVELS + NODE_LEVELS * height..][..NODE_LEVELS];
            match tree {
                Self::Node(node) => {
                    let digit = digit(number, height);
                    for (level, sibling) in siblings.iter_mut().enumerate() {
                        *sibling = node.hash_at(height, ((CHILDREN + digit) >> level) ^ 1);
                    }
                    tree = &node.children[digit];
                }
                Self::Empty | Self::Page(_) => {
                    siblings.copy_from_slice(&ZERO_ROOTS[PAGE_LEVELS + NODE_LEVELS * height..][..NODE_LEVELS]);
                }
            }
        }
        let leaf = (address >> 5) as usize & 127;
        let page = if let Self::Page(page) = tree { page } else { zero_page() };
        words[..1 + PAGE_LEVELS].copy_from_slice(&prove_in_page(page, leaf, hashing));
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
            Self::Node(node) => {
                for (child, digit) in node.children.iter().zip(0..) {
                    child.for_each_below(prefix << NODE_LEVELS | digit, visit);
                }
            }
        }
    }

    /// Calls `visit` for each place whose page is not the one that `other` has there, in ascending order. Roots of pages,
    /// where they are known, tell which are equal.
    pub(super) fn for_each_change(&self, other: &Self, visit: &mut dyn FnMut(u64, Option<&Arc<Page>>)) {
        self.for_each_change_below(other, 0, visit);
    }

    fn for_each_change_below(&self, other: &Self, prefix: u64, visit: &mut dyn FnMut(u64, Option<&Arc<Page>>)) {
        const NONE: [Tree; CHILDREN] = [const { Tree::Empty }; CHILDREN];
        match (self, other) {
            (Self::Empty, Self::Empty) => {}
            (Self::Page(a), Self::Page(b)) if a.note().get().is_some() && a.note() == b.note() => {}
            (Self::Node(a), Self::Node(b)) if Arc::ptr_eq(a, b) => {}
            (Self::Page(page), _) => visit(prefix, Some(page)),
            (_, Self::Page(_)) => visit(prefix, None),
            (here, there) => {
                let here = if let Self::Node(node) = here { &node.children } else { &NONE };
                let there = if let Self::Node(node) = there { &node.children } else { &NONE };
                for ((a, b), digit) in here.iter().zip(there).zip(0..) {
                    a.for_each_change_below(b, prefix << NODE_LEVELS | digit, visit);
                }
            }
        }
    }

    /// Bytes of nodes and pages that are not shared with `other`.
    pub(super) fn bytes_beyond(&self, other: &Self) -> u64 {
        const NONE: [Tree; CHILDREN] = [const { Tree::Empty }; CHILDREN];
        match (self, other) {
            (Self::Empty, _) => 0,
            (Self::Page(a), Self::Page(b)) if Arc::ptr_eq(a, b) => 0,
            (Self::Node(a), Self::Node(b)) if Arc::ptr_eq(a, b) => 0,
            (Self::Page(page), _) if Arc::ptr_eq(page, zero_page()) => 0,
            (Self::Page(_), _) => size_of::<Page>() as u64,
            (Self::Node(node), other) => {
                let others = if let Self::Node(other) = other { &other.children } else { &NONE };
                let below: u64 = node.children.iter().zip(others).map(|(a, b)| a.bytes_beyond(b)).sum();
                below + size_of::<Node>() as u64
            }
        }
    }

    /// Hash of the subtree, which must be known.
    fn hash(&self, height: usize) -> B256 {
        let known = match self {
            Self::Empty => Some(&ZERO_ROOTS[PAGE_LEVELS + NODE_LEVELS * height]),
            Self::Page(page) => page.note().get(),
            Self::Node(node) => node.hashes.get().map(|hashes| &hashes[0]),
        };
        *known.expect("asked for only after `hash_all`, which goes from the bottom up")
    }

    /// Finds out all hashes that are not known: first of pages, then of nodes, level by level.
    fn hash_all(&self, hashing: Hashing) {
        /// Pages and nodes that one thread hashes at a time.
        const SLICE: usize = 64;
        let mut unknown = Unknown::default();
        unknown.collect(self, HEIGHT);
        spread(&unknown.pages, SLICE, hashing, |pages| hash_pages(pages, hashing));
        for (height, nodes) in (1..).zip(&unknown.nodes) {
            spread(nodes, SLICE, hashing, |nodes| hash_nodes(nodes, height, hashing));
        }
    }
}

/// Pages and nodes whose hashes are not known; nodes by height, those above the pages first.
#[derive(Default)]
struct Unknown<'a> {
    pages: Vec<&'a Page>,
    nodes: [Vec<&'a Node>; HEIGHT],
}

impl<'a> Unknown<'a> {
    fn collect(&mut self, tree: &'a Tree, height: usize) {
        match tree {
            Tree::Empty => {}
            Tree::Page(page) => {
                if page.note().get().is_none() {
                    self.pages.push(page);
                }
            }
            Tree::Node(node) => {
                if node.hashes.get().is_none() {
                    self.nodes[height - 1].push(node);
                    node.children.iter().for_each(|child| self.collect(child, height - 1));
                }
            }
        }
    }
}

/// Hashes nodes of one height; the hashes of their children are known.
fn hash_nodes(nodes: &[&Node], height: usize, hashing: Hashing) {
    /// Nodes at a time: the last level of them fills the widest lanes.
    const GROUP: usize = 8;
    for group in nodes.chunks(GROUP) {
        let mut below = [[0; 32]; GROUP * CHILDREN];
        let children = group.iter().flat_map(|node| &node.children);
        below.iter_mut().zip(children).for_each(|(hash, child)| *hash = child.hash(height - 1).0);
        let mut hashes = [[B256::ZERO; CHILDREN - 1]; GROUP];
        let mut width = CHILDREN;
        for level in 0..NODE_LEVELS {
            let above_leaves = PAGE_LEVELS + NODE_LEVELS * (height - 1) + level;
            let mut parents = [[0; 32]; GROUP * CHILDREN / 2];
            let count = group.len() * width;
            width /= 2;
            let pairs = below[..count].as_flattened().as_chunks().0;
            fold(above_leaves, pairs, &mut parents[..count / 2], hashing);
            for (node, parents) in hashes.iter_mut().zip(parents[..count / 2].chunks_exact(width)) {
                // In a heap whose top has index 1, the nodes of a level begin at their number.
                node[width - 1..][..width]
                    .iter_mut()
                    .zip(parents)
                    .for_each(|(hash, parent)| *hash = B256::new(*parent));
            }
            below[..count / 2].copy_from_slice(&parents[..count / 2]);
        }
        for (node, hashes) in group.iter().zip(hashes) {
            // Whoever hashed it meanwhile found the same.
            let _ = node.hashes.set(hashes);
        }
    }
}

impl Node {
    /// Hash at a place of the heap whose top has index 1 and whose last level are the children, of height `height`.
    fn hash_at(&self, height: usize, index: usize) -> B256 {
        match index.checked_sub(CHILDREN) {
            Some(child) => self.children[child].hash(height),
            None => self.hashes.get().expect("asked for only after `hash_all`")[index - 1],
        }
    }
}

/// Which child at this height leads to a page.
fn digit(number: u64, height: usize) -> usize {
    (number >> (NODE_LEVELS * height)) as usize % CHILDREN
}
