//! What the tests of this package share: the compiled contracts in revm, and a game that is played in them and in the
//! model of the crate `game` at the same time.

pub mod court;
pub mod twin;
