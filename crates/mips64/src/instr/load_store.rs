//! The unaligned loads and stores, which merge a part of an aligned word with a register or the other way round. `ea` is
//! the effective address; words are as read from memory in big-endian order.

use super::sx32;

/// `lwl`, of the aligned 4 bytes.
pub const fn lwl(word: u32, ea: u64, t: u64) -> u64 {
    let shift = 8 * (ea & 3) as u32;
    let kept = t as u32 & ((1 << shift) - 1);
    sx32((word << shift | kept) as u64)
}

/// `lwr`. Keeps the upper half of the register unless all four bytes are loaded.
pub const fn lwr(word: u32, ea: u64, t: u64) -> u64 {
    let shift = 24 - 8 * (ea & 3) as u32;
    if shift == 0 {
        return sx32(word as u64);
    }
    let merged = word >> shift | t as u32 & !(u32::MAX >> shift);
    t & !0xffff_ffff | merged as u64
}

/// `ldl`, of the aligned 8 bytes.
pub const fn ldl(double: u64, ea: u64, t: u64) -> u64 {
    let shift = 8 * (ea & 7) as u32;
    double << shift | t & ((1 << shift) - 1)
}

/// `ldr`.
pub const fn ldr(double: u64, ea: u64, t: u64) -> u64 {
    let shift = 56 - 8 * (ea & 7) as u32;
    double >> shift | t & !(u64::MAX >> shift)
}

/// `swl`: the new content of the aligned 4 bytes.
pub const fn swl(word: u32, ea: u64, t: u64) -> u32 {
    let shift = 8 * (ea & 3) as u32;
    t as u32 >> shift | word & !(u32::MAX >> shift)
}

/// `swr`.
pub const fn swr(word: u32, ea: u64, t: u64) -> u32 {
    let shift = 24 - 8 * (ea & 3) as u32;
    (t as u32) << shift | word & ((1 << shift) - 1)
}

/// `sdl`: the new content of the aligned 8 bytes.
pub const fn sdl(double: u64, ea: u64, t: u64) -> u64 {
    let shift = 8 * (ea & 7) as u32;
    t >> shift | double & !(u64::MAX >> shift)
}

/// `sdr`.
pub const fn sdr(double: u64, ea: u64, t: u64) -> u64 {
    let shift = 56 - 8 * (ea & 7) as u32;
    t << shift | double & ((1 << shift) - 1)
}
