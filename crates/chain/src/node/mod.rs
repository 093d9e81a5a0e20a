//! Nodes over HTTP, as far as reading needs them: JSON-RPC of L1 and L2, the beacon API, and what blocks look like in them.
//!
//! An [`Endpoint`] asks one node one question, within a time and a number of bytes. A [`Pool`] holds several nodes that should
//! know the same: it asks the one that served best so far, goes on to the next when one fails, is slow, has nothing or is
//! caught with a wrong answer, pauses and starts again, up to a deadline. Whether an answer is right is for the caller to
//! say, in the question that it gives to [`Pool::ask`]: nothing here believes a node. [`decode`] turns a node's JSON back into
//! the bytes that hashes are made of.

pub mod decode;
mod endpoint;
mod ledger;
mod pool;

pub use endpoint::{AskError, Endpoint, EndpointError, Refusal};
pub use ledger::{AccountProof, NodeLedger, ProofSource};
pub use pool::{Patience, Pool, PoolError};
