//! A thread, its encoding, and the onion of hashes that a stack of threads makes.

use crate::abi::THREAD_SIZE;
use alloy_primitives::{B256, keccak256};

/// Registers and program counters of one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// Number given by `clone`; the first thread has 0.
    pub id: u64,
    /// Argument of `exit`.
    pub exit_code: u8,
    /// Whether the thread called `exit`; the next step removes it.
    pub exited: bool,
    /// Address of the next instruction.
    pub pc: u64,
    /// Address of the instruction after the next.
    pub next_pc: u64,
    /// Low half of products, quotient.
    pub lo: u64,
    /// High half of products, remainder.
    pub hi: u64,
    /// General registers; register 0 stays 0.
    pub registers: [u64; 32],
}

impl Thread {
    /// The thread as the witness holds it.
    pub fn to_bytes(&self) -> [u8; THREAD_SIZE] {
        let mut bytes = [0; THREAD_SIZE];
        bytes[..8].copy_from_slice(&self.id.to_be_bytes());
        bytes[8] = self.exit_code;
        bytes[9] = u8::from(self.exited);
        let words = [self.pc, self.next_pc, self.lo, self.hi].into_iter().chain(self.registers);
        for (chunk, word) in bytes[10..].chunks_exact_mut(8).zip(words) {
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// Reads what [`Thread::to_bytes`] writes; any `exited` byte but 0 counts as 1.
    pub fn from_bytes(bytes: &[u8; THREAD_SIZE]) -> Self {
        let (head, words) = bytes.split_at(10);
        let (words, _) = words.as_chunks::<8>();
        let word = |i: usize| u64::from_be_bytes(words[i]);
        let mut id = [0; 8];
        id.copy_from_slice(&head[..8]);
        Self {
            id: u64::from_be_bytes(id),
            exit_code: head[8],
            exited: head[9] != 0,
            pc: word(0),
            next_pc: word(1),
            lo: word(2),
            hi: word(3),
            registers: core::array::from_fn(|i| word(4 + i)),
        }
    }
}

/// Root of a stack of threads, the bottom first.
pub(crate) fn stack_root(threads: &[Thread]) -> B256 {
    threads.iter().fold(keccak256([0; 64]), |root, thread| {
        let mut node = [0; 64];
        node[..32].copy_from_slice(root.as_slice());
        node[32..].copy_from_slice(keccak256(thread.to_bytes()).as_slice());
        keccak256(node)
    })
}
