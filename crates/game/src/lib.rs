//! The fault dispute game as a pure model: its rules as the contract enforces them, the honest player's moves, and
//! pictures of its tree.
//!
//! Nothing here does IO, looks at a clock or draws random numbers: time and truth come in as arguments. Reading games
//! from L1 and sending moves is the work of the services above.
//!
//! - [`GameState`] holds a game and accepts or refuses calls exactly as the contract does.
//! - [`GameView`] is what a player sees of it; readers of L1 build one from the contract's storage.
//! - [`solver::next_actions`] names the honest calls for a view, with what is true taken from a [`solver::Provider`].

pub mod bonds;
pub mod clock;
mod config;
mod error;
mod header;
pub mod payout;
pub mod picture;
pub mod resolution;
pub mod rules;
pub mod simulate;
pub mod solver;
mod subgame;
mod tree;
pub mod view;

pub use bonds::BondCurve;
pub use config::{GameConfig, GameParams, Permissions};
pub use error::RuleError;
pub use rules::{Call, GameState, OutputRootProof};
pub use subgame::{ExecutionSubgame, LocalData, instructions_before};
pub use tree::{ClaimData, ClaimTree, TreeError};
pub use view::GameView;
