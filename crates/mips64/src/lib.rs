//! Cannon's MIPS64 machine, state version 8 (`multithreaded64-5`): big-endian MIPS64 release 1 without floating point,
//! threads scheduled deterministically, a few Linux calls, preimages over file descriptors.
//!
//! [`Mips64`] is the machine to use. [`slow::Slow`] is its twin, written plainly from the rules to compare against. What
//! does not depend on the instruction set (memory, trace, ELF files) is in the crate `vm`.

pub mod abi;
pub mod check;
mod code;
mod compiled;
pub mod decode;
mod fault;
pub mod file;
pub mod instr;
mod interp;
pub mod json;
mod load;
mod lower;
mod native;
mod persist;
mod preimage;
mod proof;
pub mod slow;
mod state;
pub mod statistics;
mod syscall;
mod thread;

pub use fault::Fault;
pub use file::StateFileError;
pub use interp::{Engine, Mips64};
pub use preimage::PreimageReader;
pub use proof::{PROOF_SIZE, UnusedSlots};
pub use state::{Reservation, ReservationKind, State};
pub use thread::Thread;
