//! The Merkle tree's rules: hashes of empty subtrees, and the proof of one leaf.

use alloy_primitives::{B256, keccak256};
use std::sync::LazyLock;

/// Levels of the tree: 2^59 leaves of 32 bytes.
pub(super) const LEVELS: usize = 59;

/// Root of an empty subtree by its number of levels.
pub(super) static ZERO_ROOTS: LazyLock<[B256; LEVELS + 1]> = LazyLock::new(|| {
    let mut roots = [B256::ZERO; LEVELS + 1];
    for level in 0..LEVELS {
        roots[level + 1] = hash(&roots[level], &roots[level]);
    }
    roots
});

fn hash(left: &B256, right: &B256) -> B256 {
    let mut pair = [0; 64];
    pair[..32].copy_from_slice(left.as_slice());
    pair[32..].copy_from_slice(right.as_slice());
    keccak256(pair)
}

/// Proof of the 32-byte leaf at an address: the leaf, then its 59 siblings from the bottom up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryProof {
    /// The 60 words.
    pub words: [B256; Self::WORDS],
}

impl MemoryProof {
    /// Words of a proof.
    pub const WORDS: usize = LEVELS + 1;
    /// Bytes of a proof.
    pub const SIZE: usize = Self::WORDS * 32;

    /// The proof as the contract takes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.words.iter().flatten().copied().collect()
    }

    /// The root that the proof leads to when it stands at `address`: with a replaced leaf, the root after the write.
    pub fn root(&self, address: u64) -> B256 {
        let mut node = self.words[0];
        for (level, sibling) in self.words[1..].iter().enumerate() {
            let right = (address >> 5 >> level) & 1 == 1;
            let (left, right) = if right { (sibling, &node) } else { (&node, sibling) };
            node = hash(left, right);
        }
        node
    }
}
