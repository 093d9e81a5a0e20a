//! What instructions compute, as functions of values: one meaning of each corner case, for every engine.

pub mod alu;
pub mod atomic;
pub mod branch;
pub mod load_store;
pub mod muldiv;

/// The low 32 bits, sign-extended: the form of every 32-bit result.
pub const fn sx32(value: u64) -> u64 {
    value as i32 as u64
}
