//! Which accesses share a check, and that the check covers them all.

use super::*;

fn access(instruction: u32, base: u32, offset: i32) -> Op {
    Op::decode(instruction << 26 | base << 21 | 7 << 16 | offset as u32 & 0xffff)
}

const LD: u32 = 0x37;
const LW: u32 = 0x23;
const LB: u32 = 0x20;
const SD: u32 = 0x3f;
const LDL: u32 = 0x1a;

fn members(groups: &Groups, number: usize) -> Vec<usize> {
    (0..groups.of.len()).filter(|index| groups.of(*index).is_some_and(|(of, _)| of == number)).collect()
}

/// By the definition: for every value of the register, the check passes only if each member is aligned and in one page.
fn covers(ops: &[Op], groups: &Groups, number: usize) {
    let (group, members) = (&groups.groups[number], members(groups, number));
    for base in 0..8192i64 {
        let (low, high) = (base + i64::from(group.low), base + i64::from(group.high));
        let passes = low >> 12 == high >> 12 && high % i64::from(group.align) == 0;
        let fits = members.iter().all(|member| {
            let (offset, length, align) = extent(ops[*member]);
            let first = base + i64::from(offset);
            first % i64::from(align) == 0
                && first >> 12 == low >> 12
                && (first + i64::from(length) - 1) >> 12 == low >> 12
        });
        assert!(!passes || fits, "{base} {group:?}");
        // And it is not pointlessly strict.
        assert!(passes || !fits, "{base} {group:?}");
    }
}

#[test]
fn members_and_checks() {
    let ops = [
        access(LD, 4, 8),
        access(LD, 5, 0),
        access(LW, 4, 20),
        access(LB, 4, 3),
        access(SD, 4, 0),
        access(LD, 4, 12),
        access(LD, 4, -16),
        access(LD, 4, 600),
    ];
    let found = find(&ops);
    assert_eq!(found.groups.len(), 1);
    assert_eq!(members(&found, 0), [0, 2, 3, 6]);
    assert_eq!((found.of(0), found.of(1), found.of(3)), (Some((0, true)), None, Some((0, false))));
    assert_eq!((found.groups[0].low, found.groups[0].align), (-16, 8));
    covers(&ops, &found, 0);
}

#[test]
fn a_changed_register_starts_anew() {
    let add = Op::decode(0x19 << 26 | 4 << 21 | 4 << 16 | 8);
    let ops = [access(LD, 4, 8), access(LD, 4, 16), add, access(LD, 4, 8), access(LD, 4, 16)];
    let found = find(&ops);
    assert_eq!([0, 1].map(|number| members(&found, number)), [[0, 1], [3, 4]]);
    assert_eq!(found.groups.len(), 2);
    // A load into its own base.
    let own = Op::decode(LD << 26 | 4 << 21 | 4 << 16);
    assert!(find(&[own, access(LD, 4, 8)]).groups.is_empty());
}

#[test]
fn checks_cover_all_mixtures() {
    let mut seed = 7u64;
    let mut random = |below: i32| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((seed >> 33) % below as u64) as i32
    };
    let mut sizes = Vec::new();
    for _ in 0..400 {
        let ops: Vec<_> = (0..2 + random(5))
            .map(|_| {
                let align = [8, 8, 4, 1, 1][random(5) as usize];
                let offset = random(40) * align + if random(9) == 0 { 4 } else { 0 };
                access([LD, LD, LW, LB, LDL][[8, 8, 4, 1, 1].iter().position(|a| *a == align).unwrap_or(0)], 4, offset)
            })
            .collect();
        let found = find(&ops);
        for number in 0..found.groups.len() {
            covers(&ops, &found, number);
            sizes.push(members(&found, number).len());
        }
    }
    assert!(sizes.len() > 200 && sizes.iter().any(|size| *size > 4));
}
