//! Lists in tries: transactions and receipts of a block, whose keys are the RLP of their index.

use super::{NodeSource, Trie, TrieError};
use alloc::vec::Vec;
use alloy_primitives::B256;
use core::convert::Infallible;

/// RLP of an index: its big-endian bytes without leading zeros, as a string item.
fn index_key(index: usize, out: &mut Vec<u8>) {
    out.clear();
    let digits = index.to_be_bytes();
    let skip = digits.iter().take_while(|byte| **byte == 0).count();
    super::rlp::push_string(out, &digits[skip..]);
}

/// A source without nodes, for tries that start empty.
struct Nothing;

impl NodeSource for Nothing {
    type Error = Infallible;

    fn node(&self, _: &B256) -> Result<Vec<u8>, Infallible> {
        Ok(Vec::new())
    }
}

/// The root of the trie of a list. `encode` appends one item's bytes to the buffer, which is empty.
pub fn ordered_root<T>(
    items: &[T],
    mut encode: impl FnMut(&T, &mut Vec<u8>),
    written: &mut dyn FnMut(B256, &[u8]),
) -> B256 {
    let mut trie = Trie::default();
    let (mut key, mut value) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        index_key(index, &mut key);
        value.clear();
        encode(item, &mut value);
        // A trie that starts empty loads no node, and every node in it is its own.
        let _ = trie.insert(&Nothing, &key, &value);
    }
    trie.commit(written)
}

/// The items of the list whose trie has this root, in order.
///
/// # Errors
/// A node cannot be loaded or is malformed.
pub fn read_list<S: NodeSource>(source: &S, root: B256) -> Result<Vec<Vec<u8>>, TrieError<S::Error>> {
    let mut trie = Trie::new(root);
    let (mut key, mut items) = (Vec::new(), Vec::new());
    loop {
        index_key(items.len(), &mut key);
        match trie.get(source, &key)? {
            Some(value) => items.push(value.to_vec()),
            None => return Ok(items),
        }
    }
}
