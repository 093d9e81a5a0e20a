//! What machines need to run compiled code on x86-64, and nothing of any guest: the island of `unsafe`.
//!
//! - [`pages`]: pages of guest memory, and the tables of lines through which loads and stores find them.
//! - [`asm`]: an assembler for the instructions that lowerings use.
//! - [`memory`]: memory for code, never writable and executable at once, and the way into it and out again.
//!
//! Nothing here relies on a signal: an access that the lines do not cover leaves the compiled code. Nothing here knows an
//! instruction set of a guest, or a hash.

pub mod asm;
pub mod memory;
pub mod pages;

pub use memory::{CodeMemory, Frame};
pub use pages::{LINES, Line, PAGE_BITS, PAGE_SIZE, Page, Pages};
