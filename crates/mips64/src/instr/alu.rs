//! Addition, logic, comparison, shifts, counts. Nothing traps.

use super::sx32;

/// `add`, `addu`, `addi`, `addiu`.
pub const fn add32(s: u64, t: u64) -> u64 {
    sx32(s.wrapping_add(t))
}

/// `sub`, `subu`.
pub const fn sub32(s: u64, t: u64) -> u64 {
    sx32(s.wrapping_sub(t))
}

/// `nor`.
pub const fn nor(s: u64, t: u64) -> u64 {
    !(s | t)
}

/// `slt`, `slti`.
pub const fn slt(s: u64, t: u64) -> u64 {
    ((s as i64) < t as i64) as u64
}

/// `sltu`, `sltiu`.
pub const fn sltu(s: u64, t: u64) -> u64 {
    (s < t) as u64
}

/// `lui`, of an immediate of 16 bits.
pub const fn lui(immediate: u64) -> u64 {
    sx32(immediate << 16)
}

/// `sll`, `sllv`: by the low 5 bits of the amount.
pub const fn sll(t: u64, amount: u64) -> u64 {
    sx32(((t as u32) << (amount & 31)) as u64)
}

/// `srl`, `srlv`. The result is sign-extended too.
pub const fn srl(t: u64, amount: u64) -> u64 {
    sx32((t as u32 >> (amount & 31)) as u64)
}

/// `sra`, `srav`.
pub const fn sra(t: u64, amount: u64) -> u64 {
    (t as i32 >> (amount & 31)) as u64
}

/// `dsll`, `dsllv`, `dsll32` (with 32 added): by the low 6 bits of the amount.
pub const fn dsll(t: u64, amount: u64) -> u64 {
    t << (amount & 63)
}

/// `dsrl`, `dsrlv`, `dsrl32`.
pub const fn dsrl(t: u64, amount: u64) -> u64 {
    t >> (amount & 63)
}

/// `dsra`, `dsrav`, `dsra32`.
pub const fn dsra(t: u64, amount: u64) -> u64 {
    (t as i64 >> (amount & 63)) as u64
}

/// `clz`.
pub const fn clz(s: u64) -> u64 {
    (s as u32).leading_zeros() as u64
}

/// `clo`.
pub const fn clo(s: u64) -> u64 {
    (s as u32).leading_ones() as u64
}

/// `dclz`.
pub const fn dclz(s: u64) -> u64 {
    s.leading_zeros() as u64
}

/// `dclo`.
pub const fn dclo(s: u64) -> u64 {
    s.leading_ones() as u64
}
