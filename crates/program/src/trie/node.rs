//! One node of a trie: its RLP as it was loaded or built, and links to those children that have been looked at.

use super::rlp::{self, Path, content_start, item_end};
use alloc::vec::Vec;
use core::ops::Range;

/// The place of a node in its trie's list, or one of the two marks below.
pub(super) type Id = u32;
/// The child is what the parent's RLP says: nothing, a hash not yet looked at, or an embedded node.
pub(super) const AS_ENCODED: Id = 0;
/// The child was removed since the parent's RLP was made.
pub(super) const REMOVED: Id = u32::MAX;

/// What a node is. Ranges are byte ranges of the node's RLP.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// The end of a path and its value.
    Leaf { path: Range<u32>, value: Range<u32> },
    /// A stretch of a path without a fork.
    Extension { path: Range<u32>, child: Id },
    /// A fork by the next nibble; its value, if any, stands in item 16 of the RLP.
    Branch { children: [Id; 16] },
}

/// A node. Its RLP is up to date but for the references to dirty children.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) rlp: Vec<u8>,
    pub(super) kind: Kind,
    /// Whether the node differs from what its parent's RLP says.
    pub(super) dirty: bool,
}

fn narrow(range: Range<usize>) -> Range<u32> {
    // `item_end` admits no item of 2²⁴ bytes or more.
    range.start as u32..range.end as u32
}

fn widen(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

impl Node {
    /// Reads a node that was loaded; `None` when the bytes are no trie node.
    pub(super) fn decode(rlp: Vec<u8>) -> Option<Self> {
        if *rlp.first()? < 0xc0 || item_end(&rlp, 0)? != rlp.len() {
            return None;
        }
        let first = content_start(&rlp, 0);
        let second = item_end(&rlp, first)?;
        let third = item_end(&rlp, second)?;
        let kind = if third == rlp.len() {
            let path = content_start(&rlp, first)..second;
            let compact = (rlp[first] < 0xc0).then(|| Path::new(&rlp[path.clone()])).flatten()?;
            if compact.is_leaf() {
                let value = content_start(&rlp, second)..third;
                if rlp[second] >= 0xc0 || value.is_empty() {
                    return None;
                }
                Kind::Leaf { path: narrow(path), value: narrow(value) }
            } else {
                if compact.len() == 0 || !is_reference(&rlp[second..third]) {
                    return None;
                }
                Kind::Extension { path: narrow(path), child: AS_ENCODED }
            }
        } else {
            let mut at = first;
            for _ in 0..16 {
                let end = item_end(&rlp, at)?;
                if rlp[at] != 0x80 && !is_reference(&rlp[at..end]) {
                    return None;
                }
                at = end;
            }
            if rlp[at..].first().is_none_or(|byte| *byte >= 0xc0) || item_end(&rlp, at)? != rlp.len() {
                return None;
            }
            Kind::Branch { children: [AS_ENCODED; 16] }
        };
        Some(Self { rlp, kind, dirty: false })
    }

    /// A leaf whose path is the end of `key` from nibble `depth` on.
    pub(super) fn leaf(key: &[u8], depth: usize, value: &[u8]) -> Self {
        let path_len = 1 + key.len() - depth.div_ceil(2);
        let mut item = Vec::with_capacity(path_len + 2);
        rlp::push_key_end(&mut item, key, depth);
        Self::leaf_of(&item, value)
    }

    /// A leaf with a path of single nibbles.
    pub(super) fn leaf_of_nibbles(nibbles: &[u8], value: &[u8]) -> Self {
        let mut item = Vec::with_capacity(nibbles.len() / 2 + 3);
        rlp::push_path(&mut item, nibbles, true);
        Self::leaf_of(&item, value)
    }

    fn leaf_of(path: &[u8], value: &[u8]) -> Self {
        let len = path.len() + rlp::string_len(value);
        let mut out = Vec::with_capacity(len + 4);
        rlp::push_header(&mut out, 0xc0, len);
        let first = out.len();
        out.extend_from_slice(path);
        let second = out.len();
        rlp::push_string(&mut out, value);
        let path = narrow(content_start(&out, first)..second);
        let value = narrow(content_start(&out, second)..out.len());
        Self { rlp: out, kind: Kind::Leaf { path, value }, dirty: true }
    }

    /// An extension over `nibbles` to a child whose reference is `item` unless `child` is dirty.
    pub(super) fn extension(nibbles: &[u8], item: &[u8], child: Id) -> Self {
        let mut path = Vec::with_capacity(nibbles.len() / 2 + 3);
        rlp::push_path(&mut path, nibbles, false);
        let len = path.len() + item.len();
        let mut out = Vec::with_capacity(len + 4);
        rlp::push_header(&mut out, 0xc0, len);
        let first = out.len();
        out.extend_from_slice(&path);
        let range = narrow(content_start(&out, first)..out.len());
        out.extend_from_slice(item);
        Self { rlp: out, kind: Kind::Extension { path: range, child }, dirty: true }
    }

    /// A branch without children and value.
    pub(super) fn empty_branch() -> Self {
        let mut rlp = Vec::with_capacity(18);
        rlp.push(0xd1);
        rlp.resize(18, 0x80);
        Self { rlp, kind: Kind::Branch { children: [AS_ENCODED; 16] }, dirty: true }
    }

    /// The path of a leaf or an extension.
    pub(super) fn path(&self) -> Option<Path<'_>> {
        match &self.kind {
            Kind::Leaf { path, .. } | Kind::Extension { path, .. } => Some(Path(&self.rlp[widen(path)])),
            Kind::Branch { .. } => None,
        }
    }

    /// The byte range of item `index`: 0 to 16 of a branch, 0 and 1 of the others.
    pub(super) fn item(&self, index: usize) -> Range<usize> {
        let mut at = content_start(&self.rlp, 0);
        for _ in 0..index {
            at = item_end(&self.rlp, at).unwrap_or(self.rlp.len());
        }
        at..item_end(&self.rlp, at).unwrap_or(self.rlp.len())
    }

    /// The value of a leaf or a branch.
    pub(super) fn value(&self) -> Option<&[u8]> {
        match &self.kind {
            Kind::Leaf { value, .. } => Some(&self.rlp[widen(value)]),
            Kind::Branch { .. } => {
                let item = self.item(16);
                let value = &self.rlp[content_start(&self.rlp, item.start)..item.end];
                (!value.is_empty()).then_some(value)
            }
            Kind::Extension { .. } => None,
        }
    }

    /// Puts new items in the place of old ones; all in order of their index. References of equal length, the usual case, are
    /// written in place.
    pub(super) fn replace_items(&mut self, items: &[(usize, Reference)]) {
        if items.iter().all(|(index, new)| self.item(*index).len() == new.as_slice().len()) {
            for (index, new) in items {
                let range = self.item(*index);
                self.rlp[range].copy_from_slice(new.as_slice());
            }
            return;
        }
        let mut body = Vec::with_capacity(self.rlp.len() + 32 * items.len());
        let (mut at, mut index, mut rest) = (content_start(&self.rlp, 0), 0, items);
        while at < self.rlp.len() {
            let end = item_end(&self.rlp, at).unwrap_or(self.rlp.len());
            match rest.split_first() {
                Some(((changed, new), tail)) if *changed == index => {
                    body.extend_from_slice(new.as_slice());
                    rest = tail;
                }
                _ => body.extend_from_slice(&self.rlp[at..end]),
            }
            at = end;
            index += 1;
        }
        self.set_body(&body);
    }

    /// Sets or removes (empty) the value of a branch.
    pub(super) fn set_branch_value(&mut self, value: &[u8]) {
        let range = self.item(16);
        let start = content_start(&self.rlp, 0);
        let mut body = self.rlp[start..range.start].to_vec();
        rlp::push_string(&mut body, value);
        self.set_body(&body);
        self.dirty = true;
    }

    /// Replaces what stands after the list header. Only for branches and extensions: an extension's path keeps its place
    /// relative to the end of the header, so it is found anew.
    fn set_body(&mut self, body: &[u8]) {
        let mut out = Vec::with_capacity(body.len() + 4);
        rlp::push_header(&mut out, 0xc0, body.len());
        let first = out.len();
        out.extend_from_slice(body);
        if let Kind::Extension { path, .. } = &mut self.kind {
            let end = item_end(&out, first).unwrap_or(out.len());
            *path = narrow(content_start(&out, first)..end);
        }
        self.rlp = out;
    }
}

/// Whether an item refers to a node: a hash, or a node of less than 32 bytes itself.
fn is_reference(item: &[u8]) -> bool {
    match item.first() {
        Some(0xa0) => item.len() == 33,
        Some(first) => *first >= 0xc0 && item.len() < 32,
        None => false,
    }
}

/// The item by which a parent refers to a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    len: u8,
    bytes: [u8; 33],
}

impl Reference {
    /// No child.
    pub(super) const EMPTY: Self = {
        let mut bytes = [0; 33];
        bytes[0] = 0x80;
        Self { len: 1, bytes }
    };

    /// A node by its hash.
    pub(super) fn hash(hash: &[u8; 32]) -> Self {
        let mut bytes = [0xa0; 33];
        bytes[1..].copy_from_slice(hash);
        Self { len: 33, bytes }
    }

    /// A node of less than 32 bytes.
    pub(super) fn embedded(rlp: &[u8]) -> Self {
        let mut bytes = [0; 33];
        bytes[..rlp.len()].copy_from_slice(rlp);
        Self { len: rlp.len() as u8, bytes }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}
