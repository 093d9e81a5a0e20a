//! The values that every part of Tribunal speaks about: claims, positions, clocks and statuses of dispute games, output
//! roots, and the configuration of chains.
//!
//! `no_std`: these types are also compiled into the program that runs in the virtual machines.
#![no_std]

extern crate alloc;

pub mod chain_config;
mod claim;
mod clock;
mod fork;
mod game_type;
mod position;
pub mod rollup_config;
mod status;
mod system_config;

pub use claim::{BadExtraData, Claim, GameId, Proposal, game_uuid, l2_sequence_number};
pub use clock::{Clock, Duration, Timestamp};
pub use game_type::GameType;
pub use position::{Position, PositionError};
pub use status::{BondDistributionMode, GameStatus, UnknownStatus, VmStatus};
