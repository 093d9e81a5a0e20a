//! Trie nodes out of proofs by key: which nodes of a proof count, and nodes that no proof of a key that is there contains.
//!
//! A node without `debug_` calls knows state by address and slot. A proof gives the nodes on a key's path, which is what reading
//! takes. Removing a key can take one node more: when a fork is left with one way, that way's node is merged into the stretch
//! before, and it lies on no path that was read. It shows in two places: in the proof of the removed key's absence in the next
//! block, where it stands merged, so that the node before can be made out of it; and on the path of any key that begins as it
//! does, which can be found by trying.

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_rlp::{Decodable, Encodable};
use alloy_trie::{
    Nibbles, TrieAccount,
    nodes::{ExtensionNode, LeafNode, TrieNode},
};
use program::trie::{EMPTY_ROOT, NodeSource, Trie, TrieError};
use std::{cell::RefCell, collections::HashMap};

/// Nodes of one proof.
pub(super) struct ProofNodes<'a> {
    by_hash: HashMap<B256, &'a Bytes>,
    used: RefCell<Vec<Bytes>>,
}

impl<'a> ProofNodes<'a> {
    pub(super) fn new(nodes: impl IntoIterator<Item = &'a Bytes>) -> Self {
        let by_hash = nodes.into_iter().map(|node| (keccak256(node), node)).collect();
        Self { by_hash, used: RefCell::default() }
    }

    /// The value at a key of the trie with this root; `Err` with a reason when the proof does not prove one.
    pub(super) fn value(&self, root: B256, key: &B256) -> Result<Option<Vec<u8>>, String> {
        if root == EMPTY_ROOT {
            return Ok(None);
        }
        let mut trie = Trie::new(root);
        match trie.get(&self, key.as_slice()) {
            Ok(value) => Ok(value.map(<[u8]>::to_vec)),
            Err(TrieError::Source(hash)) => Err(format!("the proof lacks node {hash}")),
            Err(TrieError::Malformed(_)) => Err("a node of the proof is malformed".into()),
        }
    }

    /// The account at a key.
    pub(super) fn account(&self, root: B256, key: &B256) -> Result<Option<TrieAccount>, String> {
        match self.value(root, key)? {
            None => Ok(None),
            Some(rlp) => TrieAccount::decode(&mut rlp.as_slice()).map(Some).map_err(|error| error.to_string()),
        }
    }

    /// The nodes that were needed so far, in the order of their use.
    pub(super) fn into_used(self) -> Vec<Bytes> {
        self.used.into_inner()
    }
}

impl NodeSource for &ProofNodes<'_> {
    type Error = B256;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, B256> {
        let node = self.by_hash.get(hash).ok_or(*hash)?;
        self.used.borrow_mut().push((*node).clone());
        Ok(node.to_vec())
    }
}

/// Follows `key` down from `root` through the nodes that `known` gives, and looks for a fork with a way to the node `wanted`.
/// Returns the nibbles that lead to it.
pub(super) fn way_to(known: impl Fn(&B256) -> Option<Bytes>, root: B256, key: &B256, wanted: &B256) -> Option<Vec<u8>> {
    let nibbles: Vec<u8> = Nibbles::unpack(key).to_vec();
    let (mut hash, mut depth) = (root, 0);
    // A path has at most as many nodes as nibbles.
    for _ in 0..=nibbles.len() {
        match TrieNode::decode(&mut known(&hash)?.as_ref()).ok()? {
            TrieNode::Branch(branch) => {
                for (nibble, child) in branch.as_ref().children() {
                    if child.and_then(|child| child.as_hash()).as_ref() == Some(wanted) {
                        return Some([nibbles.get(..depth)?, &[nibble]].concat());
                    }
                }
                let next = *nibbles.get(depth)?;
                let branch = branch.as_ref();
                let (_, child) = branch.children().find(|(nibble, _)| *nibble == next)?;
                hash = child?.as_hash()?;
                depth += 1;
            }
            TrieNode::Extension(extension) => {
                depth += extension.key.len();
                hash = extension.child.as_hash()?;
            }
            TrieNode::EmptyRoot | TrieNode::Leaf(_) => return None,
        }
    }
    None
}

/// Makes the node `wanted` out of the nodes on the path of a key after its neighbour was removed: of a leaf or a stretch on it,
/// each shorter end is tried.
pub(super) fn before_merge<'a>(nodes: impl IntoIterator<Item = &'a Bytes>, wanted: &B256) -> Option<Bytes> {
    for node in nodes {
        let (key, rebuild): (Nibbles, Box<dyn Fn(Nibbles) -> Vec<u8>>) = match TrieNode::decode(&mut node.as_ref()) {
            Ok(TrieNode::Leaf(leaf)) => {
                let value = leaf.value.clone();
                (leaf.key, Box::new(move |key| encoded(&LeafNode::new(key, value.clone()))))
            }
            Ok(TrieNode::Extension(extension)) => {
                let child = extension.child.clone();
                (extension.key, Box::new(move |key| encoded(&ExtensionNode::new(key, child.clone()))))
            }
            _ => continue,
        };
        for start in 1..key.len() + 1 {
            let made = rebuild(key.slice(start..));
            if keccak256(&made) == *wanted {
                return Some(made.into());
            }
        }
    }
    None
}

fn encoded(node: &impl Encodable) -> Vec<u8> {
    alloy_rlp::encode(node)
}

/// Hashes that are tried for a key below a given way: enough for six nibbles.
const TRIES: u64 = 1 << 27;

/// The first number, written big-endian into `N` bytes, whose keccak256 begins with `nibbles`.
pub(super) fn key_below<const N: usize>(nibbles: &[u8]) -> Option<[u8; N]> {
    if nibbles.len() > 6 {
        return None;
    }
    let mut bytes = [0; N];
    let tail = N.checked_sub(8)?;
    (0..TRIES).find_map(|n| {
        bytes[tail..].copy_from_slice(&n.to_be_bytes());
        let hash = keccak256(bytes);
        let begins = nibbles.iter().enumerate().all(|(i, nibble)| {
            let byte = hash[i / 2];
            (if i % 2 == 0 { byte >> 4 } else { byte & 15 }) == *nibble
        });
        begins.then_some(bytes)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A trie of `count` hashed keys, all its nodes, and the trie after the removal of one of them.
    #[derive(Default)]
    struct All(RefCell<HashMap<B256, Bytes>>);

    impl NodeSource for &All {
        type Error = B256;

        fn node(&self, hash: &B256) -> Result<Vec<u8>, B256> {
            self.0.borrow().get(hash).map(|node| node.to_vec()).ok_or(*hash)
        }
    }

    fn path(all: &All, root: B256, key: &B256) -> Vec<Bytes> {
        let nodes: Vec<Bytes> = all.0.borrow().values().cloned().collect();
        let proof = ProofNodes::new(&nodes);
        proof.value(root, key).unwrap();
        proof.into_used()
    }

    #[test]
    fn every_node_that_a_removal_reads_is_found() {
        let all = All::default();
        let keys: Vec<B256> = (0..300u64).map(|n| keccak256(n.to_be_bytes())).collect();
        let mut trie = Trie::default();
        for key in &keys {
            trie.insert(&&all, key.as_slice(), key.as_slice()).unwrap();
        }
        let keep = |hash: B256, node: &[u8]| drop(all.0.borrow_mut().insert(hash, Bytes::copy_from_slice(node)));
        let before = trie.commit(&mut |hash, node| keep(hash, node));
        let (mut merged, mut tried) = (0, 0);
        for key in &keys {
            let mut changed = Trie::new(before);
            changed.remove(&&all, key.as_slice()).unwrap();
            let after = changed.commit(&mut |hash, node| keep(hash, node));
            // A source with the path of the key alone lacks at most one node.
            let read = path(&all, before, key);
            let known: HashMap<B256, Bytes> = read.iter().map(|node| (keccak256(node), node.clone())).collect();
            let proof = ProofNodes::new(&read);
            let Err(TrieError::Source(wanted)) = Trie::new(before).remove(&&proof, key.as_slice()) else { continue };
            let way = way_to(|hash| known.get(hash).cloned(), before, key, &wanted).unwrap();
            assert_eq!(way.len(), Nibbles::unpack(key).common_prefix_length(&Nibbles::from_nibbles(&way)) + 1);
            let absence = path(&all, after, key);
            match before_merge(&absence, &wanted) {
                Some(node) => {
                    assert_eq!(keccak256(&node), wanted);
                    merged += 1;
                }
                None => {
                    let found = key_below::<32>(&way).unwrap();
                    let nodes = path(&all, before, &keccak256(found));
                    assert!(nodes.iter().any(|node| keccak256(node) == wanted));
                    tried += 1;
                }
            }
        }
        assert!(merged > 10, "{merged} merged, {tried} tried");
    }

    #[test]
    fn a_proof_of_something_else_proves_nothing() {
        let all = All::default();
        let mut trie = Trie::default();
        let keys: Vec<B256> = (0..40u64).map(|n| keccak256(n.to_be_bytes())).collect();
        for key in &keys {
            trie.insert(&&all, key.as_slice(), b"value").unwrap();
        }
        let root = trie.commit(&mut |hash, node| {
            all.0.borrow_mut().insert(hash, Bytes::copy_from_slice(node));
        });
        let good = path(&all, root, &keys[0]);
        assert_eq!(ProofNodes::new(&good).value(root, &keys[0]), Ok(Some(b"value".to_vec())));
        assert!(ProofNodes::new(&good).value(B256::ZERO, &keys[0]).is_err());
        assert!(ProofNodes::new(&good[..good.len() - 1]).value(root, &keys[0]).is_err());
        let mut bad = good.clone();
        let mut bytes = bad[1].to_vec();
        bytes[5] ^= 1;
        bad[1] = bytes.into();
        assert!(ProofNodes::new(&bad).value(root, &keys[0]).is_err());
        assert!(ProofNodes::new(&[]).value(root, &keys[0]).is_err());
    }
}
