//! Nodes on loopback for tests: what L1, beacon, L2 and rollup nodes answer over a recorded chain, honestly or otherwise.
#![allow(dead_code)] // each test crate uses a part

pub(crate) mod answers;
pub(crate) mod chain;
pub(crate) mod manner;
pub(crate) mod server;

pub(crate) use chain::Chain;
pub(crate) use manner::Manner;
pub(crate) use server::Server;
