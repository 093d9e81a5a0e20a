//! A Merkle Patricia trie of which only the touched part is in memory.
//!
//! A trie begins as a root hash. Nodes are asked of a [`NodeSource`] by their hash when a key's path crosses them, are read in
//! place (no decoding into values) and stay for later reads. Changes replace nodes; [`Trie::commit`] then hashes the changed
//! ones, from the bottom up, and nothing else: what the source answered is taken at its word, as a preimage oracle vouches for
//! it. Keys are byte strings of one length (hashed keys, list indices); callers hash them.
//!
//! Source: Ethereum yellow paper, appendix D.

mod edit;
mod list;
mod node;
mod rlp;

pub use list::{ordered_root, read_list};

use alloc::vec::Vec;
use alloy_primitives::{B256, b256, keccak256};
use node::{AS_ENCODED, Id, Kind, Node, REMOVED, Reference};

/// The root of a trie without entries: the hash of the RLP of the empty string.
pub const EMPTY_ROOT: B256 = b256!("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

/// Gives the nodes of tries by their hash.
pub trait NodeSource {
    /// Why a node cannot be had.
    type Error;

    /// The RLP of the node with this keccak256.
    ///
    /// # Errors
    /// The node is not known to the source.
    fn node(&self, hash: &B256) -> Result<Vec<u8>, Self::Error>;
}

impl<S: NodeSource> NodeSource for &S {
    type Error = S::Error;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, Self::Error> {
        (**self).node(hash)
    }
}

/// Why a trie could not be read or changed. The trie is as it was before, but for nodes that were loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrieError<E> {
    /// A node could not be loaded.
    #[error(transparent)]
    Source(E),
    /// Bytes that are not a trie node stand where one should be: under this hash, or (no hash) inside another node.
    #[error("not a trie node: {0:?}")]
    Malformed(Option<B256>),
}

#[derive(Clone, Debug)]
enum Root {
    Empty,
    Hash(B256),
    Loaded(Id),
}

/// A trie with the nodes that have been touched so far.
#[derive(Clone, Debug)]
pub struct Trie {
    /// Place 0 is never used: it is the mark [`AS_ENCODED`].
    nodes: Vec<Node>,
    root: Root,
    /// The root at the last commit.
    hash: B256,
}

impl Default for Trie {
    fn default() -> Self {
        Self::new(EMPTY_ROOT)
    }
}

impl Trie {
    /// The trie with this root. Nothing is read yet.
    pub fn new(root: B256) -> Self {
        let state = if root == EMPTY_ROOT { Root::Empty } else { Root::Hash(root) };
        Self { nodes: Vec::new(), root: state, hash: root }
    }

    /// The root as of the last commit.
    pub const fn root(&self) -> B256 {
        self.hash
    }

    /// The value at a key.
    ///
    /// # Errors
    /// A node on the path cannot be loaded or is malformed.
    pub fn get<S: NodeSource>(&mut self, source: &S, key: &[u8]) -> Result<Option<&[u8]>, TrieError<S::Error>> {
        let Some(mut id) = self.load_root(source)? else { return Ok(None) };
        let mut depth = 0;
        loop {
            let node = self.node(id);
            let next = match (&node.kind, node.path()) {
                (Kind::Leaf { .. }, Some(path)) => {
                    let whole = path.len() + depth == 2 * key.len() && path.common(key, depth) == path.len();
                    return Ok(if whole { self.node(id).value() } else { None });
                }
                (Kind::Extension { .. }, Some(path)) => {
                    if path.common(key, depth) < path.len() {
                        return Ok(None);
                    }
                    depth += path.len();
                    self.load_child(source, id, 0)?
                }
                _ if depth == 2 * key.len() => return Ok(self.node(id).value()),
                _ => {
                    let index = usize::from(rlp::nibble(key, depth));
                    depth += 1;
                    self.load_child(source, id, index)?
                }
            };
            match next {
                Some(child) => id = child,
                None => return Ok(None),
            }
        }
    }

    /// Sets the value at a key.
    ///
    /// # Errors
    /// A node on the path cannot be loaded or is malformed. An empty value is removed instead.
    pub fn insert<S: NodeSource>(&mut self, source: &S, key: &[u8], value: &[u8]) -> Result<(), TrieError<S::Error>> {
        if value.is_empty() {
            return self.remove(source, key);
        }
        let root = match self.load_root(source)? {
            Some(root) => self.insert_at(source, root, key, 0, value)?,
            None => Some(self.push(Node::leaf(key, 0, value))),
        };
        if let Some(id) = root {
            self.root = Root::Loaded(id);
        }
        Ok(())
    }

    /// Removes a key, if it is there.
    ///
    /// # Errors
    /// A node on the path cannot be loaded or is malformed, or the one node beside it when a fork loses its last but one way.
    pub fn remove<S: NodeSource>(&mut self, source: &S, key: &[u8]) -> Result<(), TrieError<S::Error>> {
        let Some(root) = self.load_root(source)? else { return Ok(()) };
        match self.remove_at(source, root, key, 0)? {
            edit::Removal::Nothing => {}
            edit::Removal::Whole => self.root = Root::Empty,
            edit::Removal::Left(id) => self.root = Root::Loaded(id),
        }
        Ok(())
    }

    /// Hashes what has changed and returns the new root. `written` gets every changed node that has a hash, children first.
    pub fn commit(&mut self, written: &mut dyn FnMut(B256, &[u8])) -> B256 {
        match self.root {
            Root::Empty => self.hash = EMPTY_ROOT,
            Root::Hash(hash) => self.hash = hash,
            Root::Loaded(id) if self.node(id).dirty => {
                self.encode_children(id, written);
                let node = self.node_mut(id);
                node.dirty = false;
                let hash = keccak256(&node.rlp);
                written(hash, &node.rlp);
                self.hash = hash;
            }
            Root::Loaded(_) => {}
        }
        self.hash
    }

    /// Brings the references to dirty children in a node's RLP up to date.
    fn encode_children(&mut self, id: Id, written: &mut dyn FnMut(B256, &[u8])) {
        match self.node(id).kind {
            Kind::Leaf { .. } => {}
            Kind::Extension { child, .. } => {
                if let Some(reference) = self.encode_child(child, written) {
                    self.node_mut(id).replace_items(&[(1, reference)]);
                }
            }
            Kind::Branch { children } => {
                let mut changed = [(0, Reference::EMPTY); 16];
                let mut count = 0;
                for (index, child) in children.into_iter().enumerate() {
                    if let Some(reference) = self.encode_child(child, written) {
                        changed[count] = (index, reference);
                        count += 1;
                    }
                }
                let node = self.node_mut(id);
                node.replace_items(&changed[..count]);
                if let Kind::Branch { children } = &mut node.kind {
                    for child in children.iter_mut().filter(|child| **child == REMOVED) {
                        *child = AS_ENCODED;
                    }
                }
            }
        }
    }

    /// The reference to a child when it is not the one in the parent's RLP.
    fn encode_child(&mut self, child: Id, written: &mut dyn FnMut(B256, &[u8])) -> Option<Reference> {
        match child {
            AS_ENCODED => None,
            REMOVED => Some(Reference::EMPTY),
            id if !self.node(id).dirty => None,
            id => {
                self.encode_children(id, written);
                let node = self.node_mut(id);
                node.dirty = false;
                if node.rlp.len() < 32 {
                    return Some(Reference::embedded(&node.rlp));
                }
                let hash = keccak256(&node.rlp);
                written(hash, &node.rlp);
                Some(Reference::hash(&hash))
            }
        }
    }

    fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize - 1]
    }

    fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id as usize - 1]
    }

    fn push(&mut self, node: Node) -> Id {
        self.nodes.push(node);
        self.nodes.len() as Id
    }

    fn load_root<S: NodeSource>(&mut self, source: &S) -> Result<Option<Id>, TrieError<S::Error>> {
        match self.root {
            Root::Empty => Ok(None),
            Root::Loaded(id) => Ok(Some(id)),
            Root::Hash(hash) => {
                let id = self.load(source, hash)?;
                self.root = Root::Loaded(id);
                Ok(Some(id))
            }
        }
    }

    fn load<S: NodeSource>(&mut self, source: &S, hash: B256) -> Result<Id, TrieError<S::Error>> {
        let rlp = source.node(&hash).map_err(TrieError::Source)?;
        let node = Node::decode(rlp).ok_or(TrieError::Malformed(Some(hash)))?;
        Ok(self.push(node))
    }

    /// The child at `index` of a branch, or (0) of an extension; `None` when there is none.
    fn load_child<S: NodeSource>(
        &mut self,
        source: &S,
        parent: Id,
        index: usize,
    ) -> Result<Option<Id>, TrieError<S::Error>> {
        let node = self.node(parent);
        let (known, item) = match &node.kind {
            Kind::Leaf { .. } => return Ok(None),
            Kind::Extension { child, .. } => (*child, 1),
            Kind::Branch { children } => (children[index], index),
        };
        match known {
            AS_ENCODED => {}
            REMOVED => return Ok(None),
            id => return Ok(Some(id)),
        }
        let range = node.item(item);
        let reference = &node.rlp[range];
        let id = match reference.split_first() {
            Some((0x80, [])) => return Ok(None),
            Some((0xa0, hash)) => {
                let hash = B256::try_from(hash).map_err(|_| TrieError::Malformed(None))?;
                self.load(source, hash)?
            }
            _ => {
                let embedded = Node::decode(reference.to_vec()).ok_or(TrieError::Malformed(None))?;
                self.push(embedded)
            }
        };
        match &mut self.node_mut(parent).kind {
            Kind::Leaf { .. } => {}
            Kind::Extension { child, .. } => *child = id,
            Kind::Branch { children } => children[index] = id,
        }
        Ok(Some(id))
    }
}
