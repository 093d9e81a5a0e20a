//! The unsafe island below the machines: what touches host memory by address stands here, behind interfaces that are safe.
//!
//! Nothing here knows an instruction set or a hash.

pub mod pages;

pub use pages::{LINES, Line, PAGE_BITS, PAGE_SIZE, Page, Pages};
