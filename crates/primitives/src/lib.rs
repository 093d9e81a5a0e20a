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
mod output_root;
mod position;
pub mod rollup_config;
mod status;
mod super_root;
mod system_config;

pub use claim::{BadExtraData, Claim, GameId, Proposal, game_uuid, l2_sequence_number};
pub use clock::{Clock, Duration, Timestamp};
pub use game_type::GameType;
pub use output_root::{OutputRoot, OutputRootError};
pub use position::{Position, PositionError};
pub use status::{BondDistributionMode, GameStatus, UnknownStatus, VmStatus};
pub use super_root::{
    AgreedState, AgreedStateError, ChainOutput, INVALID_TRANSITION, LocalSafeBlock, SUPER_ROOT_VERSION, SuperRoot,
    SuperRootError, TRANSITION_STATE_VERSION, TRANSITION_STEPS, TransitionState,
};
