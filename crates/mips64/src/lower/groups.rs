//! Accesses by the same unchanged register that share one look at the table of lines.
//!
//! The first of them looks: whether the bytes of all lie in one page that has a line, and are aligned as each needs it. The
//! others use the address that it found. If it fails, the block is left there and goes on one access at a time.

use super::scan::{Class, class};
use crate::decode::{Instruction as I, Op};
use jit::memory::LOCALS;

/// Bytes that a group spans at most: wide groups lie across two pages too often.
const MAX_SPAN: i32 = 512;

/// Accesses with one check.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// First byte, as an offset from the register.
    pub(super) low: i32,
    /// Address that is checked beyond the first: an aligned one in the same page as the last byte.
    pub(super) high: i32,
    /// Both are multiples of this.
    pub(super) align: i32,
    /// Index of the last member.
    pub(super) last: usize,
    base: u8,
    version: u32,
    store: bool,
    end: i32,
    first: usize,
    members: u32,
}

/// The groups of a block.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) groups: Vec<Group>,
    /// Group of each instruction, and whether it is the first member.
    of: Vec<Option<(usize, bool)>>,
}

impl Groups {
    /// Group of an instruction, and whether it is the first member.
    pub(super) fn of(&self, index: usize) -> Option<(usize, bool)> {
        self.of.get(index).copied().flatten()
    }

    /// Whether an address that an earlier check found is used after this instruction.
    pub(super) fn held_across(&self, index: usize) -> bool {
        self.groups.iter().any(|group| group.first < index && index < group.last)
    }
}

/// Bytes of the unaligned access that the instruction at `index` and the next one are together, if they are one: a left half
/// and its right half.
pub(super) fn pair(ops: &[Op], index: usize) -> Option<i32> {
    let (left, right) = (ops[index], ops.get(index + 1)?);
    let (other, bytes) = match left.instruction {
        I::Ldl => (I::Ldr, 8),
        I::Lwl => (I::Lwr, 4),
        I::Sdl => (I::Sdr, 8),
        I::Swl => (I::Swr, 4),
        _ => return None,
    };
    let alike = (right.instruction, right.s, right.t) == (other, left.s, left.t);
    let in_delay_slot = index > 0 && class(ops[index - 1]) == Class::Branch;
    let whole = alike && right.immediate == left.immediate + bytes - 1 && !in_delay_slot;
    // A load that changes its own base has no second half at the same place.
    (whole && (class(left) == Class::Store || left.s != left.t)).then_some(bytes)
}

/// First byte, length and alignment of an access, relative to its register. Those that merge touch their whole aligned word.
pub(super) fn extent(op: Op) -> (i32, i32, i32) {
    let offset = op.immediate;
    match op.instruction {
        I::Lb | I::Lbu | I::Sb => (offset, 1, 1),
        I::Lh | I::Lhu | I::Sh => (offset, 2, 2),
        I::Lw | I::Lwu | I::Sw => (offset, 4, 4),
        I::Ld | I::Sd => (offset, 8, 8),
        // The byte addressed; its aligned word lies in the same page.
        _ => (offset, 1, 1),
    }
}

/// Finds the groups of a block.
pub(super) fn find(ops: &[Op]) -> Groups {
    let mut versions = [0u32; 64];
    let mut groups: Vec<Group> = Vec::new();
    let mut second_half = false;
    let mut joined_by: Vec<Option<usize>> = vec![None; ops.len()];
    for (index, op) in ops.iter().enumerate() {
        let kind = class(*op);
        let both = if second_half { None } else { pair(ops, index) };
        let extent = both.map_or_else(|| extent(*op), |bytes| (op.immediate, bytes, 1));
        if matches!(kind, Class::Load | Class::Store) && op.s != 0 && !second_half {
            let store = kind == Class::Store;
            let version = versions[op.s as usize & 63];
            let joined = groups.iter_mut().position(|group| {
                (group.base, group.version, group.store) == (op.s, version, store) && group.join(index, extent)
            });
            joined_by[index] = joined.or(Some(groups.len()));
            if joined.is_none() {
                let (low, length, align) = extent;
                groups.push(Group {
                    low,
                    high: low,
                    align,
                    last: index,
                    base: op.s,
                    version,
                    store,
                    end: low + length,
                    first: index,
                    members: 1,
                });
            }
        }
        second_half = both.is_some();
        versions[op.d as usize & 63] += 1;
        if kind == Class::Call {
            versions[2] += 1;
            versions[7] += 1;
        }
    }
    // Those with several members, numbered anew. The last local serves merging stores.
    let mut kept = 0;
    let numbers: Vec<Option<usize>> = groups
        .iter()
        .map(|group| {
            let number = (group.members > 1 && kept < LOCALS - 1).then_some(kept);
            kept += usize::from(number.is_some());
            number
        })
        .collect();
    let member = |(index, group): (usize, Option<usize>)| {
        let group = group?;
        numbers[group].map(|number| (number, groups[group].first == index))
    };
    let of = joined_by.into_iter().enumerate().map(member).collect();
    let mut numbers = numbers.iter();
    groups.retain(|_| numbers.next().is_some_and(Option::is_some));
    Groups { groups, of }
}

impl Group {
    /// Takes an access in, if all can still be checked at once.
    fn join(&mut self, index: usize, (first, length, align): (i32, i32, i32)) -> bool {
        let (low, end) = (self.low.min(first), self.end.max(first + length));
        // All offsets agree modulo their alignments: if one access is aligned, all are.
        let widest = self.align.max(align);
        let anchor = if self.align >= align { self.anchor() } else { first };
        let other = if self.align >= align { first } else { self.anchor() };
        let agree = (anchor - other) % self.align.min(align) == 0;
        if !agree || end - low > MAX_SPAN {
            return false;
        }
        (self.low, self.end, self.align, self.last) = (low, end, widest, index);
        // The address of the last aligned piece: the least one, of the anchor's residue, whose piece reaches the end.
        self.high = anchor + (end - widest - anchor).div_euclid(widest) * widest;
        if self.high + widest < end {
            self.high += widest;
        }
        self.members += 1;
        true
    }

    /// An offset at which an access of the group's alignment lies.
    fn anchor(&self) -> i32 {
        self.high
    }
}

#[cfg(test)]
mod tests;
