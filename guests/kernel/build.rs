//! Writes the assembly of keccak-f[1600] for the machine: 24 rounds with all 25 lanes in registers.
//!
//! An instruction is what costs here, and a compiler that keeps the lanes in memory needs three times as many. Rounds are
//! unrolled, so that the step pi is a renaming of registers and costs nothing. A lane may be held as its complement: whether it
//! is, is tracked while the text is written, which saves most of chi's NOTs (the lanes that are complemented between rounds are
//! those of the Keccak implementation overview, section 2.2). Source of the permutation: FIPS 202, section 3.

use std::fmt::Write as _;

/// Registers for values: all but $0 and the stack pointer $29.
const REGISTERS: [u8; 30] =
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 31];
/// What a caller expects to find unchanged (n64): $16 to $23, $28, $30, and the return address $31.
const SAVED: [u8; 11] = [16, 17, 18, 19, 20, 21, 22, 23, 28, 30, 31];
/// Lanes (x + 5 y) that are complemented between rounds.
const COMPLEMENTED: [usize; 6] = [1, 2, 8, 12, 17, 20];

/// Places in the stack frame.
const STATE: usize = 0;
const CONSTANTS: usize = 8;
const SPILLED: [usize; 2] = [16, 24];
const SAVES: usize = 32;
const FRAME: usize = 128;

/// A lane: the register that holds it and whether as its complement.
#[derive(Clone, Copy)]
struct Lane {
    register: u8,
    complemented: bool,
}

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let directory = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(std::path::Path::new(&directory).join("keccak.s"), permutation())
        .expect("cargo's folder can be written");
}

/// `tribunal_keccak_f(state: *mut [u64; 25])` and its table of constants.
fn permutation() -> String {
    let mut text = String::from(
        ".set noreorder\n.set noat\n.globl tribunal_keccak_f\n.type tribunal_keccak_f,@function\ntribunal_keccak_f:\n",
    );
    emit(&mut text, format_args!("daddiu $29, $29, -{FRAME}"));
    for (index, register) in SAVED.into_iter().enumerate() {
        emit(&mut text, format_args!("sd ${register}, {}($29)", SAVES + 8 * index));
    }
    emit(&mut text, format_args!("sd $4, {STATE}($29)"));
    emit(&mut text, format_args!("dla $5, tribunal_keccak_constants"));
    emit(&mut text, format_args!("sd $5, {CONSTANTS}($29)"));
    // The state's address is in $31 while the lanes are loaded, $4 is a lane.
    emit(&mut text, format_args!("move $31, $4"));
    let mut lanes = [Lane { register: 0, complemented: false }; 25];
    for (index, lane) in lanes.iter_mut().enumerate() {
        *lane = Lane { register: REGISTERS[index], complemented: COMPLEMENTED.contains(&index) };
        emit(&mut text, format_args!("ld ${}, {}($31)", lane.register, 8 * index));
        if lane.complemented {
            emit(&mut text, format_args!("nor ${0}, ${0}, $0", lane.register));
        }
    }
    let free: [u8; 5] = REGISTERS[25..].try_into().expect("30 registers, 25 lanes");
    for round in 0..24 {
        theta(&mut text, &mut lanes, free);
        lanes = rho_pi(&mut text, lanes, free[0]);
        chi(&mut text, &mut lanes, free);
        emit(&mut text, format_args!("ld ${}, {CONSTANTS}($29)", free[0]));
        emit(&mut text, format_args!("ld ${0}, {1}(${0})", free[0], 8 * round));
        emit(&mut text, format_args!("xor ${0}, ${0}, ${1}", lanes[0].register, free[0]));
    }
    emit(&mut text, format_args!("ld ${}, {STATE}($29)", free[0]));
    for (index, lane) in lanes.into_iter().enumerate() {
        if lane.complemented {
            emit(&mut text, format_args!("nor ${0}, ${0}, $0", lane.register));
        }
        emit(&mut text, format_args!("sd ${}, {}(${})", lane.register, 8 * index, free[0]));
    }
    for (index, register) in SAVED.into_iter().enumerate() {
        emit(&mut text, format_args!("ld ${register}, {}($29)", SAVES + 8 * index));
    }
    text.push_str("jr $31\n");
    emit(&mut text, format_args!("daddiu $29, $29, {FRAME}"));
    text.push_str(".set at\n.set reorder\n.section .rodata.tribunal_keccak_constants,\"a\"\n.balign 8\ntribunal_keccak_constants:\n");
    for constant in constants() {
        emit(&mut text, format_args!(".8byte {constant:#018x}"));
    }
    text.push_str(".text\n");
    text
}

fn emit(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a string does not fail");
}

/// theta: each lane gets the parity of two columns. The five parities and two registers for a rotation are two more than are
/// free, so two lanes of the last column wait in memory.
fn theta(text: &mut String, lanes: &mut [Lane; 25], free: [u8; 5]) {
    let mut parity = [Lane { register: 0, complemented: false }; 5];
    let waiting = [14, 19];
    for x in [4, 0, 1, 2, 3] {
        let register = free[x];
        let column: Vec<Lane> = (0..5).map(|y| lanes[x + 5 * y]).collect();
        emit(text, format_args!("xor ${register}, ${}, ${}", column[0].register, column[1].register));
        for lane in &column[2..] {
            emit(text, format_args!("xor ${register}, ${register}, ${}", lane.register));
        }
        parity[x] =
            Lane { register, complemented: column.iter().fold(false, |parity, lane| parity ^ lane.complemented) };
        if x == 4 {
            for (place, lane) in SPILLED.into_iter().zip(waiting) {
                emit(text, format_args!("sd ${}, {place}($29)", lanes[lane].register));
            }
        }
    }
    let (sum, carry) = (lanes[waiting[0]].register, lanes[waiting[1]].register);
    for x in [0, 1, 2, 3, 4] {
        let (before, after) = (parity[(x + 4) % 5], parity[(x + 1) % 5]);
        // Of the last column the sum replaces a parity that is not needed any more: its lanes come back first.
        let (sum, carry) = if x == 4 { (before.register, after.register) } else { (sum, carry) };
        if x == 4 {
            for (place, lane) in SPILLED.into_iter().zip(waiting) {
                emit(text, format_args!("ld ${}, {place}($29)", lanes[lane].register));
            }
            let spare = parity[1].register;
            emit(text, format_args!("dsll ${spare}, ${}, 1", after.register));
            emit(text, format_args!("dsrl32 ${carry}, ${}, 31", after.register));
            emit(text, format_args!("or ${carry}, ${carry}, ${spare}"));
            emit(text, format_args!("xor ${sum}, ${sum}, ${carry}"));
        } else {
            emit(text, format_args!("dsll ${sum}, ${}, 1", after.register));
            emit(text, format_args!("dsrl32 ${carry}, ${}, 31", after.register));
            emit(text, format_args!("or ${sum}, ${sum}, ${carry}"));
            emit(text, format_args!("xor ${sum}, ${sum}, ${}", before.register));
        }
        for y in 0..5 {
            let lane = &mut lanes[x + 5 * y];
            emit(text, format_args!("xor ${0}, ${0}, ${sum}", lane.register));
            lane.complemented ^= before.complemented ^ after.complemented;
        }
    }
}

/// rho rotates each lane in its register, pi renames the registers.
fn rho_pi(text: &mut String, lanes: [Lane; 25], spare: u8) -> [Lane; 25] {
    let mut moved = lanes;
    for x in 0..5 {
        for y in 0..5 {
            let lane = lanes[x + 5 * y];
            let amount = rotation(x, y);
            if amount != 0 {
                shift(text, "dsll", spare, lane.register, amount);
                shift(text, "dsrl", lane.register, lane.register, 64 - amount);
                emit(text, format_args!("or ${0}, ${0}, ${spare}", lane.register));
            }
            moved[y + 5 * ((2 * x + 3 * y) % 5)] = lane;
        }
    }
    moved
}

fn shift(text: &mut String, name: &str, to: u8, from: u8, amount: u32) {
    if amount < 32 {
        emit(text, format_args!("{name} ${to}, ${from}, {amount}"));
    } else {
        emit(text, format_args!("{name}32 ${to}, ${from}, {}", amount - 32));
    }
}

/// chi: a lane gets (not b) and c of the next two in its row. With b and c at hand, or complemented, that is one AND, NOR or OR;
/// the last gives the complement. Where a NOT is needed it is made in the register of the result.
fn chi(text: &mut String, lanes: &mut [Lane; 25], free: [u8; 5]) {
    for y in 0..5 {
        let row: [Lane; 5] = std::array::from_fn(|x| lanes[x + 5 * y]);
        let mut complemented = [false; 5];
        for x in 0..5 {
            let (a, b, c, to) = (row[x], row[(x + 1) % 5], row[(x + 2) % 5], free[x]);
            // Whether the term has to come out complemented, for the lane to be as it is expected between rounds.
            let wanted = a.complemented ^ COMPLEMENTED.contains(&(x + 5 * y));
            match (b.complemented, c.complemented, wanted) {
                (true, false, false) => emit(text, format_args!("and ${to}, ${}, ${}", b.register, c.register)),
                (false, true, false) => emit(text, format_args!("nor ${to}, ${}, ${}", b.register, c.register)),
                (false, true, true) => emit(text, format_args!("or ${to}, ${}, ${}", b.register, c.register)),
                (b_complemented, c_complemented, true) => {
                    // or of b and (not c), one of which is at hand or neither
                    let (negated, other) = if b_complemented { (b, c) } else { (c, b) };
                    emit(text, format_args!("nor ${to}, ${}, $0", negated.register));
                    if b_complemented && !c_complemented {
                        // (not c) as well: both at once, by De Morgan
                        emit(text, format_args!("and ${to}, ${}, ${}", b.register, c.register));
                        emit(text, format_args!("nor ${to}, ${to}, $0"));
                    } else {
                        emit(text, format_args!("or ${to}, ${to}, ${}", other.register));
                    }
                }
                (b_complemented, _, false) => {
                    // and of (not b) and c: the same side is at hand or not for both
                    let (negated, other) = if b_complemented { (c, b) } else { (b, c) };
                    emit(text, format_args!("nor ${to}, ${}, $0", negated.register));
                    emit(text, format_args!("and ${to}, ${to}, ${}", other.register));
                }
            }
            complemented[x] = a.complemented ^ wanted;
        }
        for x in 0..5 {
            emit(text, format_args!("xor ${0}, ${0}, ${1}", row[x].register, free[x]));
            lanes[x + 5 * y].complemented = complemented[x];
        }
    }
}

/// Offset of rho for the lane (x, y): the triangular numbers along pi's walk.
fn rotation(x: usize, y: usize) -> u32 {
    let (mut walked_x, mut walked_y) = (1, 0);
    for step in 0..24u32 {
        if (walked_x, walked_y) == (x, y) {
            return (step + 1) * (step + 2) / 2 % 64;
        }
        (walked_x, walked_y) = (walked_y, (2 * walked_x + 3 * walked_y) % 5);
    }
    0
}

/// iota's constants from the linear feedback shift register of FIPS 202, algorithm 5.
fn constants() -> [u64; 24] {
    let mut register = 1u8;
    std::array::from_fn(|_| {
        (0..7).fold(0, |constant, bit| {
            let out = register & 1;
            register = (register << 1) ^ if register & 0x80 == 0 { 0 } else { 0x71 };
            constant | u64::from(out) << ((1 << bit) - 1)
        })
    })
}
