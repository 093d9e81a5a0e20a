//! Derivation: from the data of L1 to the payload attributes of L2 blocks, as the specification of the OP Stack says
//! (derivation.md and the derivation pages of its forks).
//!
//! The crate is pure and synchronous: it asks for what it needs through one trait, [`Source`], and does not know whether
//! a preimage oracle, a node or an in-process chain answers. It does not execute blocks: the caller executes the
//! attributes that [`Pipeline`] yields and reports the new safe head, or that the payload was invalid.
//!
//! Each stage stands in a file of its own, in the order in which the data flows: `start`, `traversal`, `retrieval`, [`blob`],
//! [`frame`], `channel`, [`compression`], [`batch`] (with [`span_batch`] and [`span_transactions`]), `batch_queue` with
//! [`batch_rules`], `attributes` (with [`deposit`], [`system_config`], [`l1_info`], [`upgrade`]). `l1_side` and `pipeline`
//! put them together. Encoders, which a batcher needs, stand beside the decoders.
#![no_std]

extern crate alloc;

mod attributes;
pub mod batch;
mod batch_queue;
pub mod batch_rules;
pub mod blob;
mod block;
mod channel;
pub mod compression;
pub mod deposit;
mod error;
pub mod frame;
mod inflate;
pub mod l1_info;
mod l1_side;
mod payload;
mod pipeline;
pub mod receipt;
mod retrieval;
mod source;
pub mod span_batch;
pub mod span_transactions;
mod start;
pub mod system_config;
mod traversal;
pub mod upgrade;

pub use attributes::SEQUENCER_FEE_VAULT;
pub use block::{BlockError, L1BlockRef, L2Block, L2BlockInfo};
pub use error::{Critical, DeriveError};
pub use payload::{AttributesWithParent, PayloadAttributes};
pub use pipeline::{Pipeline, Rejected, Step};
pub use source::{BLOB_SIZE, BlobId, Source};
