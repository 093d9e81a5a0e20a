//! The program against real data and other implementations. One binary: the EVM is linked once.
#![allow(missing_docs, clippy::unwrap_used)]

mod blocks;
mod differential;
mod findings;
mod memory;
mod real;
mod rules;
mod signatures;
mod trie;
mod verdicts;
mod whole_chain;
mod witness;
mod witnesses;
mod worst_block;
