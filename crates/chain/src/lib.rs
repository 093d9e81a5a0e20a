//! L1 as the services see it: the contracts' ABIs, a small synchronous client trait, signed transactions, readers of games and deployment of the contracts.
//!
//! Everything here works over [`L1Client`], so that the in-process L1 of the devnet and a JSON-RPC node are one to the code above. What a move means and which move is right
//! is decided in `game` and `challenger`.

pub mod abi;
pub mod artifacts;
pub mod client;
pub mod deploy;
pub mod games;
pub mod node;
pub mod revert;
pub mod safe;
pub mod sender;
pub mod wallet;

pub use client::{BlockInfo, ClientError, L1Client, LogEntry, LogFilter, Receipt};
pub use games::GameReader;
pub use sender::{Call, send};
pub use wallet::Wallet;
