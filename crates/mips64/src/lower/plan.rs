//! What need not be done as it is written: rotates that are three instructions here and one there, and results that nobody
//! sees before they are replaced.
//!
//! Somebody sees a register where the block may be left: at its end, at a branch, a call, a division, and an access that
//! looks at the lines. An access that another one has looked for does not leave.

use super::groups::{Groups, pair};
use super::scan::{Class, class};
use crate::decode::{Instruction as I, Op, SINK};

/// What to do at an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// What it says.
    AsWritten,
    /// The register becomes `source` rotated right by `amount`, 1 to 63.
    Rotate { source: u8, amount: u8 },
    /// Nothing: the result is replaced unseen.
    Nothing,
    /// Nothing: the instruction before did it too.
    Done,
}

/// A shift of a register that is still what it was.
#[derive(Clone, Copy)]
struct Shifted {
    source: u8,
    version: u32,
    amount: u8,
    left: bool,
}

/// The plan of a block. `together` as in [`super::lower`].
pub(super) fn plan(ops: &[Op], groups: &Groups, together: bool) -> Vec<Plan> {
    let mut plan = rotates(ops);
    // Backwards: which registers somebody sees from here on.
    let mut seen = [true; 64];
    for index in (0..ops.len()).rev() {
        let op = ops[index];
        if index > 0 && class(ops[index - 1]) == Class::Branch {
            // Behind a delay slot, the block may be left.
            seen = [true; 64];
        }
        let target = op.d as usize & 63;
        if leaves(ops, index, groups, together) {
            seen = [true; 64];
            continue;
        }
        if plan[index] == Plan::Done {
            continue;
        }
        if let Plan::Rotate { source, .. } = plan[index] {
            if seen[target] {
                seen[target] = false;
                seen[source as usize] = true;
            } else {
                plan[index] = Plan::Nothing;
            }
            continue;
        }
        if class(op) == Class::Alu && op.d != SINK && !seen[target] && !writes_more(op) {
            plan[index] = Plan::Nothing;
            continue;
        }
        seen[target] = false;
        seen[op.s as usize & 63] = true;
        seen[op.t as usize & 63] = true;
        if matches!(op.instruction, I::Movz | I::Movn) {
            seen[target] = true;
        }
    }
    plan
}

/// Whether the block may be left at an instruction, with the state before it.
fn leaves(ops: &[Op], index: usize, groups: &Groups, together: bool) -> bool {
    match class(ops[index]) {
        Class::Alu => matches!(ops[index].instruction, I::Div | I::Divu | I::Ddiv | I::Ddivu),
        Class::Load | Class::Store => {
            let second_half = together && index > 0 && pair(ops, index - 1).is_some();
            !second_half && groups.of(index).is_none_or(|(_, first)| first)
        }
        Class::Branch | Class::Call | Class::Interpreted => true,
    }
}

/// Whether an instruction writes HI or LO.
fn writes_more(op: Op) -> bool {
    matches!(op.instruction, I::Mthi | I::Mtlo | I::Mult | I::Multu | I::Dmult | I::Dmultu)
}

/// Finds `or` of a left and a right shift of the same value by 64 bits together.
fn rotates(ops: &[Op]) -> Vec<Plan> {
    let mut versions = [0u32; 64];
    let mut shifted: [Option<Shifted>; 64] = [None; 64];
    let mut plan = Vec::with_capacity(ops.len());
    for (index, op) in ops.iter().enumerate() {
        let target = op.d as usize & 63;
        let still = |shift: &Shifted| versions[shift.source as usize] == shift.version;
        let halves = || {
            let one = shifted[op.s as usize & 63].filter(still)?;
            let other = shifted[op.t as usize & 63].filter(still)?;
            let rotated = one.source == other.source && one.left != other.left && one.amount + other.amount == 64;
            rotated.then_some(if one.left { other } else { one })
        };
        let found = if op.instruction == I::Or && op.d != SINK { halves() } else { None };
        // The same where the second shift is of the register into itself, and the last instruction follows at once.
        let in_place = || {
            let before = ops[index.checked_sub(1)?];
            let (amount, left) = shift(before)?;
            let in_delay_slot = index > 1 && class(ops[index - 2]) == Class::Branch;
            let own = op.d == before.d && before.t == before.d && (op.s == op.d || op.t == op.d) && !in_delay_slot;
            let other = if op.s == op.d { op.t } else { op.s };
            let half = shifted[other as usize & 63].filter(|half| own && half.source == op.d)?;
            let rotated = half.version + 1 == versions[target] && half.left != left && half.amount + amount == 64;
            rotated.then_some(if left { half.amount } else { amount })
        };
        match (found, if op.instruction == I::Or { in_place() } else { None }) {
            (Some(right), _) => plan.push(Plan::Rotate { source: right.source, amount: right.amount }),
            (None, Some(amount)) => {
                plan[index - 1] = Plan::Rotate { source: op.d, amount };
                plan.push(Plan::Done);
            }
            (None, None) => plan.push(Plan::AsWritten),
        }
        let source = op.t;
        versions[target] += 1;
        if class(*op) == Class::Call {
            (versions[2], versions[7]) = (versions[2] + 1, versions[7] + 1);
            (shifted[2], shifted[7]) = (None, None);
        }
        shifted[target] = shift(*op)
            .filter(|(amount, _)| *amount > 0 && source != 0 && source != op.d)
            .map(|(amount, left)| Shifted { source, version: versions[source as usize], amount, left });
    }
    plan
}

/// Amount of a 64-bit shift by a constant, and whether it goes to the left.
fn shift(op: Op) -> Option<(u8, bool)> {
    let amount = op.immediate as u8;
    match op.instruction {
        I::Dsll => Some((amount, true)),
        I::Dsll32 => Some((amount + 32, true)),
        I::Dsrl => Some((amount, false)),
        I::Dsrl32 => Some((amount + 32, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::groups;
    use super::*;

    fn plans(words: &[u32]) -> Vec<Plan> {
        let ops: Vec<_> = words.iter().map(|word| Op::decode(*word)).collect();
        plan(&ops, &groups::find(&ops), true)
    }

    const fn r(function: u32, s: u32, t: u32, d: u32, amount: u32) -> u32 {
        s << 21 | t << 16 | d << 11 | amount << 6 | function
    }

    const OR: u32 = 0x25;
    const XOR: u32 = 0x26;
    const DSLL: u32 = 0x38;
    const DSRL32: u32 = 0x3e;

    #[test]
    fn rotates_are_found_where_they_are() {
        let rotate = [r(DSLL, 0, 4, 5, 3), r(DSRL32, 0, 4, 6, 29), r(OR, 5, 6, 5, 0)];
        let found = Plan::Rotate { source: 4, amount: 61 };
        // Register 6 is seen at the end, the shift in 5 is not.
        assert_eq!(plans(&rotate), [Plan::Nothing, Plan::AsWritten, found]);
        let replaced = [rotate[0], rotate[1], rotate[2], r(XOR, 1, 2, 6, 0)];
        assert_eq!(plans(&replaced), [Plan::Nothing, Plan::Nothing, found, Plan::AsWritten]);
        // Other amounts, a changed source, a source that is its own target.
        assert!(!plans(&[r(DSLL, 0, 4, 5, 4), rotate[1], rotate[2]]).contains(&found));
        assert!(!plans(&[rotate[0], r(XOR, 4, 4, 4, 0), rotate[1], rotate[2]]).contains(&found));
        assert!(!plans(&[r(DSLL, 0, 4, 4, 3), r(DSRL32, 0, 4, 6, 29), r(OR, 4, 6, 5, 0)]).contains(&found));
    }

    #[test]
    fn rotates_in_place() {
        let rotate = [r(DSLL, 0, 4, 6, 3), r(DSRL32, 0, 4, 4, 29), r(OR, 4, 6, 4, 0), r(XOR, 1, 2, 6, 0)];
        let found = Plan::Rotate { source: 4, amount: 61 };
        assert_eq!(plans(&rotate), [Plan::Nothing, found, Plan::Done, Plan::AsWritten]);
        let other_way = [r(DSRL32, 0, 4, 6, 29), r(DSLL, 0, 4, 4, 3), r(OR, 6, 4, 4, 0)];
        assert_eq!(plans(&other_way), [Plan::AsWritten, found, Plan::Done]);
        // Something in between; the other half is of another value; the delay slot of a branch.
        assert!(!plans(&[rotate[0], rotate[1], r(XOR, 4, 1, 7, 0), rotate[2]]).contains(&found));
        assert!(!plans(&[rotate[0], r(XOR, 4, 4, 4, 0), rotate[1], rotate[2]]).contains(&found));
        assert!(!plans(&[r(DSLL, 0, 5, 6, 3), rotate[1], rotate[2]]).contains(&found));
        assert!(!plans(&[rotate[0], 0x1420_0003, rotate[1], rotate[2]]).contains(&found));
    }

    #[test]
    fn what_may_be_seen_is_computed() {
        let (first, second) = (r(XOR, 1, 2, 5, 0), r(XOR, 3, 4, 5, 0));
        assert_eq!(plans(&[first, second])[0], Plan::Nothing);
        assert_eq!(plans(&[first, r(XOR, 5, 4, 5, 0)])[0], Plan::AsWritten);
        let (load, branch, call, divide) = (0xdc27_0000, 0x1420_0003, 0x0c, r(0x1f, 1, 2, 0, 0));
        for leaving in [load, call, divide] {
            assert_eq!(plans(&[first, leaving, second])[0], Plan::AsWritten, "{leaving:#x}");
        }
        assert_eq!(plans(&[first, branch, 0, second])[0], Plan::AsWritten);
        // In the delay slot of a branch that may be taken.
        assert_eq!(plans(&[branch, first, second])[1], Plan::AsWritten);
        // A conditional move keeps what was there.
        assert_eq!(plans(&[first, r(0x0a, 1, 2, 5, 0)])[0], Plan::AsWritten);
        // The second access of a group leaves no more.
        assert_eq!(plans(&[load, first, load + 8, second])[1], Plan::Nothing);
    }
}
