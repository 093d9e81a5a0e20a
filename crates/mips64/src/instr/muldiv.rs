//! Multiplication and division. Pairs are `(hi, lo)`; `None` is a division by zero, which is a fault.

use super::sx32;

/// `mul`.
pub const fn mul(s: u64, t: u64) -> u64 {
    sx32((s as u32).wrapping_mul(t as u32) as u64)
}

/// `mult`.
pub const fn mult(s: u64, t: u64) -> (u64, u64) {
    let product = (s as i32 as i64) * (t as i32 as i64);
    (sx32((product >> 32) as u64), sx32(product as u64))
}

/// `multu`. Both halves are sign-extended although the product is unsigned.
pub const fn multu(s: u64, t: u64) -> (u64, u64) {
    let product = (s as u32 as u64) * (t as u32 as u64);
    (sx32(product >> 32), sx32(product))
}

/// `dmult`.
pub const fn dmult(s: u64, t: u64) -> (u64, u64) {
    let product = (s as i64 as i128) * (t as i64 as i128);
    ((product >> 64) as u64, product as u64)
}

/// `dmultu`.
pub const fn dmultu(s: u64, t: u64) -> (u64, u64) {
    let product = (s as u128) * (t as u128);
    ((product >> 64) as u64, product as u64)
}

/// `div`. The smallest number divided by −1 is itself.
pub const fn div(s: u64, t: u64) -> Option<(u64, u64)> {
    let (s, t) = (s as i32, t as i32);
    if t == 0 { None } else { Some((s.wrapping_rem(t) as u64, s.wrapping_div(t) as u64)) }
}

/// `divu`. Both results are sign-extended.
pub const fn divu(s: u64, t: u64) -> Option<(u64, u64)> {
    let (s, t) = (s as u32, t as u32);
    if t == 0 { None } else { Some((sx32((s % t) as u64), sx32((s / t) as u64))) }
}

/// `ddiv`.
pub const fn ddiv(s: u64, t: u64) -> Option<(u64, u64)> {
    let (s, t) = (s as i64, t as i64);
    if t == 0 { None } else { Some((s.wrapping_rem(t) as u64, s.wrapping_div(t) as u64)) }
}

/// `ddivu`.
pub const fn ddivu(s: u64, t: u64) -> Option<(u64, u64)> {
    if t == 0 { None } else { Some((s % t, s / t)) }
}
