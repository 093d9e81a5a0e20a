//! What every fault proof machine shares: paged Merkle memory, the state bytes and the proof of a step, snapshots and the
//! trace over them, ELF images, stop conditions, and the comparison of two machines in lock step.
//!
//! Nothing here knows one instruction set: no endianness, no size of a witness, no threads of a guest. Those belong to the
//! crates of the machines (`mips64`). No clock, no network, no randomness: the world outside is a [`PreimageSource`].

mod chain_config;
pub mod elf;
mod keccak_simd;
mod lockstep;
mod machine;
pub mod memory;
mod pattern;
pub mod snapshots;
mod source;
mod stop;
pub mod trace;
mod whole_file;

pub use chain_config::{CHAIN_CONFIG_SECTION, ChainConfigError, chain_config_section};
pub use elf::{ElfError, ElfImage, Symbol, Symbols};
pub use keccak_simd::Lanes;
pub use lockstep::{Divergence, LockStepError, lock_step};
pub use machine::{Machine, PreimageRead, RunError, RunStop, Status, StepDescription, StepWitness};
pub use memory::{Hashing, Memory, MemoryProof, PAGE_SIZE};
pub use pattern::{PatternError, StepPattern, parse_number};
pub use snapshots::{Persist, SnapshotError, SnapshotStore};
pub use source::{MapSource, NoSource, OutputStream, PreimageSource, SourceError};
pub use stop::{PreimageStop, PreimageStopError};
pub use trace::{Trace, TraceError, TraceOptions};
pub use whole_file::write_whole;
