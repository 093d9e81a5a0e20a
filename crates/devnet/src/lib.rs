//! A chain in process: L1 with the contracts, the parties of a dispute and the scenario of `tribunal demo`.

pub mod l1;
pub mod l2;
pub mod liar;
pub mod own_chain;
pub mod parties;
pub mod recorded;
pub mod scenario;
