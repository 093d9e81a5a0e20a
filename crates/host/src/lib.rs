//! The host: what answers a program's questions.
//!
//! A witness folder becomes a [`Store`] of proven preimages, shared by every execution over it; an [`OfflineHost`] adds the
//! local inputs of one dispute and serves programs in process, machines, and other implementations' programs over pipes.
//! For a value that has to be loaded on L1 it gives the [`Evidence`]. Deriving and executing is the program's work.

pub mod boot;
mod client;
mod contents;
pub mod descriptors;
pub mod flat;
pub mod image;
pub mod kzg;
mod mapped;
pub mod native;
mod offline;
pub mod online;
mod precompiles;
mod process;
pub mod record;
mod server;
pub mod shelf;
pub mod socket;
mod store;
pub mod survey;
mod upgrades;
mod witness;

pub use boot::{Boot, BootError, ExpectedVerdict, LocalKeyNumbering};
pub use client::{ClientEnd, serve_client};
pub use contents::{AgreedBlockError, HeaderRange};
pub use offline::{Evidence, OfflineHost};
pub use online::OnlineHost;
pub use precompiles::PrecompileCall;
pub use process::{HostProcess, HostProcessError, Patience};
pub use server::{Answers, MissingPreimage, serve};
pub use store::{Store, StoreError, StoreSize};
pub use upgrades::{UpgradesError, load as load_upgrades, load_into as load_upgrades_into};
pub use witness::{Witness, WitnessError};
