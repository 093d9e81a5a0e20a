//! The fault proof program: the computation about which a dispute is.
//!
//! It boots from the inputs of a claim ([`Boot`]), derives L2 blocks from the data of L1, executes them over a state of which it
//! only sees what it touches ([`execute`], [`trie`]), and concludes whether the claim holds ([`judge`]). The same code runs
//! natively and as the guest of the virtual machines. It reaches data through [`preimage::PreimageOracle`] alone; derivation's
//! rules are the crate `derive`'s.
#![no_std]

extern crate alloc;

mod boot;
mod conclude;
mod error;
pub mod execute;
mod oracle;
mod source;
mod span;
pub mod trie;

pub use boot::Boot;
pub use conclude::{EXIT_UNKNOWN, Verdict, judge, judge_claim, run};
pub use error::ProgramError;
pub use oracle::{DataError, Oracle};
pub use span::{SpanBlock, record_span, run_span};
