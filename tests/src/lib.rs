//! What the tests of this package share: the compiled contracts in revm, a game that is played in them and in the model of
//! the crate `game` at the same time, and steps that the machine and the contract take at the same time.

pub mod court;
pub mod evidence;
pub mod guests;
pub mod judge;
pub mod run;
pub mod states;
pub mod step;
pub mod twin;
pub mod vectors;
