//! Insertion and removal of a key: the two places where a trie changes its shape.

use super::{NodeSource, Trie, TrieError, node::*, rlp};
use alloc::vec::Vec;

/// What a removal left of a subtree.
pub(super) enum Removal {
    /// The key was not in it.
    Nothing,
    /// The subtree is gone.
    Whole,
    /// This node stands in its place.
    Left(Id),
}

type Edited<T, S> = Result<T, TrieError<<S as NodeSource>::Error>>;

impl Trie {
    /// Sets a value below node `id`, which stands at `depth`. Returns the node that takes its place; `None` when the value
    /// was there already.
    pub(super) fn insert_at<S: NodeSource>(
        &mut self,
        source: &S,
        id: Id,
        key: &[u8],
        depth: usize,
        value: &[u8],
    ) -> Edited<Option<Id>, S> {
        let node = self.node(id);
        let Some(path) = node.path() else {
            return self.insert_in_branch(source, id, key, depth, value);
        };
        let common = path.common(key, depth);
        let whole = common == path.len();
        match node.kind {
            Kind::Leaf { .. } if whole && depth + common == 2 * key.len() => {
                if node.value() == Some(value) {
                    return Ok(None);
                }
                *self.node_mut(id) = Node::leaf(key, depth, value);
                Ok(Some(id))
            }
            Kind::Extension { .. } if whole => {
                let Some(child) = self.load_child(source, id, 0)? else { return Err(TrieError::Malformed(None)) };
                let Some(new) = self.insert_at(source, child, key, depth + common, value)? else { return Ok(None) };
                let node = self.node_mut(id);
                node.dirty = true;
                if let Kind::Extension { child, .. } = &mut node.kind {
                    *child = new;
                }
                Ok(Some(id))
            }
            _ => Ok(Some(self.split(id, common, key, depth, value))),
        }
    }

    fn insert_in_branch<S: NodeSource>(
        &mut self,
        source: &S,
        id: Id,
        key: &[u8],
        depth: usize,
        value: &[u8],
    ) -> Edited<Option<Id>, S> {
        if depth == 2 * key.len() {
            if self.node(id).value() == Some(value) {
                return Ok(None);
            }
            self.node_mut(id).set_branch_value(value);
            return Ok(Some(id));
        }
        let index = usize::from(rlp::nibble(key, depth));
        let new = match self.load_child(source, id, index)? {
            Some(child) => match self.insert_at(source, child, key, depth + 1, value)? {
                Some(new) => new,
                None => return Ok(None),
            },
            None => self.push(Node::leaf(key, depth + 1, value)),
        };
        self.set_child(id, index, new);
        Ok(Some(id))
    }

    /// Replaces a leaf or extension, whose path leaves the key after `common` nibbles, by a branch that holds both.
    fn split(&mut self, id: Id, common: usize, key: &[u8], depth: usize, value: &[u8]) -> Id {
        let old = self.node(id).clone();
        let nibbles = path_nibbles(&old);
        let mut branch = Node::empty_branch();
        if let Some((first, rest)) = nibbles[common..].split_first() {
            let index = usize::from(*first);
            let child = match &old.kind {
                Kind::Extension { child, .. } => {
                    let item = &old.rlp[old.item(1)];
                    if rest.is_empty() {
                        branch.replace_items(&[(index, Reference::embedded(item))]);
                        *child
                    } else {
                        self.push(Node::extension(rest, item, *child))
                    }
                }
                _ => self.push(Node::leaf_of_nibbles(rest, old.value().unwrap_or_default())),
            };
            set_branch_child(&mut branch, index, child);
        } else {
            branch.set_branch_value(old.value().unwrap_or_default());
        }
        let fork = depth + common;
        if fork == 2 * key.len() {
            branch.set_branch_value(value);
        } else {
            let leaf = self.push(Node::leaf(key, fork + 1, value));
            set_branch_child(&mut branch, usize::from(rlp::nibble(key, fork)), leaf);
        }
        // The branch takes the place of the old node; with a shared start of the paths an extension leads to it.
        *self.node_mut(id) = branch;
        if common == 0 {
            return id;
        }
        let extension = Node::extension(&nibbles[..common], Reference::EMPTY.as_slice(), id);
        self.push(extension)
    }

    /// Removes a key below node `id`, which stands at `depth`.
    pub(super) fn remove_at<S: NodeSource>(
        &mut self,
        source: &S,
        id: Id,
        key: &[u8],
        depth: usize,
    ) -> Edited<Removal, S> {
        let node = self.node(id);
        let Some(path) = node.path() else {
            return self.remove_in_branch(source, id, key, depth);
        };
        let len = path.len();
        if path.common(key, depth) < len {
            return Ok(Removal::Nothing);
        }
        if let Kind::Leaf { .. } = node.kind {
            return Ok(if depth + len == 2 * key.len() { Removal::Whole } else { Removal::Nothing });
        }
        let Some(child) = self.load_child(source, id, 0)? else { return Err(TrieError::Malformed(None)) };
        match self.remove_at(source, child, key, depth + len)? {
            Removal::Left(new) => {
                let nibbles = path_nibbles(self.node(id));
                let old = self.node_mut(id);
                old.dirty = true;
                if let Kind::Extension { child, .. } = &mut old.kind {
                    *child = new;
                }
                Ok(Removal::Left(self.prefixed(&nibbles, new).unwrap_or(id)))
            }
            other => Ok(other),
        }
    }

    fn remove_in_branch<S: NodeSource>(&mut self, source: &S, id: Id, key: &[u8], depth: usize) -> Edited<Removal, S> {
        if depth == 2 * key.len() {
            if self.node(id).value().is_none() {
                return Ok(Removal::Nothing);
            }
            let Some(only) = self.only_child(id, None) else {
                self.node_mut(id).set_branch_value(&[]);
                return Ok(Removal::Left(id));
            };
            return self.collapse(source, id, only);
        }
        let index = usize::from(rlp::nibble(key, depth));
        let Some(child) = self.load_child(source, id, index)? else { return Ok(Removal::Nothing) };
        match self.remove_at(source, child, key, depth + 1)? {
            Removal::Nothing => return Ok(Removal::Nothing),
            Removal::Left(new) => {
                self.set_child(id, index, new);
                return Ok(Removal::Left(id));
            }
            Removal::Whole => {}
        }
        let value = self.node(id).value().map(<[u8]>::to_vec);
        match (self.only_child(id, Some(index)), value) {
            // Only the value is left.
            (None, Some(value)) if self.child_count(id) == 1 => {
                *self.node_mut(id) = Node::leaf_of_nibbles(&[], &value);
                Ok(Removal::Left(id))
            }
            (Some(only), None) => self.collapse(source, id, only),
            _ => {
                self.set_child(id, index, REMOVED);
                Ok(Removal::Left(id))
            }
        }
    }

    /// Replaces a branch, of which only the child at `only` stays, by that child with a longer path. The child has to be
    /// looked at: this is the one place where a node beside the path is loaded. Nothing has been changed before it.
    fn collapse<S: NodeSource>(&mut self, source: &S, id: Id, only: usize) -> Edited<Removal, S> {
        let Some(child) = self.load_child(source, id, only)? else { return Err(TrieError::Malformed(None)) };
        let prefix = [only as u8];
        if let Some(joined) = self.prefixed(&prefix, child) {
            return Ok(Removal::Left(joined));
        }
        let node = self.node(id);
        let item = Reference::embedded(&node.rlp[node.item(only)]);
        *self.node_mut(id) = Node::extension(&prefix, item.as_slice(), child);
        Ok(Removal::Left(id))
    }

    /// Node `id`, a leaf or extension, with nibbles before its path; `None` for a branch, which has no path.
    fn prefixed(&mut self, prefix: &[u8], id: Id) -> Option<Id> {
        let node = self.node(id);
        node.path()?;
        let mut nibbles = prefix.to_vec();
        nibbles.extend(path_nibbles(node));
        let joined = match &node.kind {
            Kind::Extension { child, .. } => Node::extension(&nibbles, &node.rlp[node.item(1)], *child),
            _ => Node::leaf_of_nibbles(&nibbles, node.value().unwrap_or_default()),
        };
        *self.node_mut(id) = joined;
        Some(id)
    }

    fn has_child(&self, id: Id, index: usize) -> bool {
        let node = self.node(id);
        match &node.kind {
            Kind::Branch { children } => match children[index] {
                AS_ENCODED => node.rlp[node.item(index)] != [0x80],
                child => child != REMOVED,
            },
            _ => false,
        }
    }

    fn child_count(&self, id: Id) -> usize {
        (0..16).filter(|index| self.has_child(id, *index)).count()
    }

    /// The one child of a branch beside the one at `without`; `None` when there are none or several.
    fn only_child(&self, id: Id, without: Option<usize>) -> Option<usize> {
        let mut found = (0..16).filter(|index| Some(*index) != without && self.has_child(id, *index));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    fn set_child(&mut self, id: Id, index: usize, child: Id) {
        let node = self.node_mut(id);
        node.dirty = true;
        set_branch_child(node, index, child);
    }
}

fn set_branch_child(branch: &mut Node, index: usize, child: Id) {
    if let Kind::Branch { children } = &mut branch.kind {
        children[index] = child;
    }
}

fn path_nibbles(node: &Node) -> Vec<u8> {
    node.path().map(|path| (0..path.len()).map(|i| path.nibble(i)).collect()).unwrap_or_default()
}
