//! The fault proof program: the computation about which a dispute is.
//!
//! It boots from the inputs of a claim, derives L2 blocks from the data of L1, executes them over a state of which it only sees
//! what it touches, and concludes whether the claim holds. The same code runs natively and as the guest of the virtual
//! machines. It reaches data through [`preimage::PreimageOracle`] alone; derivation's rules are the crate `derive`'s.
#![no_std]

extern crate alloc;

pub mod execute;
pub mod trie;
