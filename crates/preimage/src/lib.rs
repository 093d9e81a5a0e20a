//! Preimages: the one way in which a fault proof program learns anything about the world.
//!
//! The crate holds what both sides of that channel share: the typed keys ([`PreimageKey`]), the hints that tell a host
//! what to fetch ([`Hint`]), and the wire protocol over any byte channel, client half ([`OracleClient`]) and server half
//! ([`serve_preimage`], [`serve_hint`]). A program is written against the trait [`PreimageOracle`] and does not see
//! whether the answers come from memory, from file descriptors or from a contract. Stores, fetchers and everything that
//! needs the standard library are the host's.
//!
//! Source of every format here: the OP Stack specification, `fault-proof/index.md`, "Pre-image Oracle".
#![no_std]

extern crate alloc;

mod blob;
mod framing;
mod hint;
mod key;
mod oracle;

pub use blob::{BLS_MODULUS, FIELD_ELEMENTS_PER_BLOB, root_of_unity, versioned_hash};
pub use framing::{Channel, ChannelError, MAX_HINT_LEN, OracleClient, ServeError, serve_hint, serve_preimage};
pub use hint::{AccountProofBlock, Hint, HintError, MAX_HINT_DATA_LEN, PayloadWitness};
pub use key::{KeyMismatch, KeyType, MAX_PREIMAGE_LEN, PreimageKey, UnknownKeyType, Verification, precompile_preimage};
pub use oracle::{LocalInput, OracleError, PreimageOracle};
