//! Conditions of branches and targets of jumps. `pc` is the address of the branch, `next_pc` that of its delay slot.

/// `bltz`, `bltzal`.
pub const fn less_than_zero(s: u64) -> bool {
    (s as i64) < 0
}

/// `blez`.
pub const fn at_most_zero(s: u64) -> bool {
    s as i64 <= 0
}

/// Target of a taken branch; `offset` is in bytes.
pub const fn branch_target(pc: u64, offset: i32) -> u64 {
    pc.wrapping_add(4).wrapping_add(offset as u64)
}

/// Target of `j` and `jal`: the region of 256 MiB of the delay slot, with the low 28 bits replaced.
pub const fn jump_target(next_pc: u64, low: i32) -> u64 {
    (next_pc & !0x0fff_ffff) | low as u32 as u64
}

/// What a linking branch or jump puts into its register.
pub const fn link(pc: u64) -> u64 {
    pc.wrapping_add(8)
}
