//! Instructions of the slow twin, field by field from the tables of the rules (sections 6 and 7).

use super::{active, set_word, word};
use crate::fault::Fault;
use crate::state::{Reservation, ReservationKind, State};

/// The low `bits` bits of a value.
fn low(value: u64, bits: u32) -> u64 {
    if bits >= 64 { value } else { value & ((1u64 << bits) - 1) }
}

/// The low `bits` bits of a value, repeating the highest of them upward.
fn extend(value: u64, bits: u32) -> u64 {
    let value = low(value, bits);
    if bits < 64 && value >> (bits - 1) == 1 { value | !((1u64 << bits) - 1) } else { value }
}

/// The number that 64 bits stand for.
fn signed(value: u64) -> i128 {
    i128::from(value as i64)
}

fn signed32(value: u64) -> i128 {
    signed(extend(value, 32))
}

/// The low 64 bits of a number.
fn bits(value: i128) -> u64 {
    value as u128 as u64
}

/// Arithmetic shift right, bit by bit.
fn shift_right_signed(value: u64, amount: u64) -> u64 {
    (0..amount).fold(value, |value, _| value >> 1 | value & 1 << 63)
}

fn leading(value: u64, width: u32, bit: u64) -> u64 {
    (0..width).rev().take_while(|i| value >> i & 1 == bit).count() as u64
}

/// Executes one instruction of the running thread, everything but a call.
pub(super) fn execute(state: &mut State, instruction: u32) -> Result<(), Fault> {
    let i = u64::from(instruction);
    let field = |shift: u32, width: u32| low(i >> shift, width);
    let (opcode, function) = (field(26, 6), field(0, 6));
    let (rs, rt, rd, sa) = (field(21, 5), field(16, 5), field(11, 5), field(6, 5));
    let (simm, zimm) = (extend(i, 16), field(0, 16));
    let thread = active(state).last().cloned().ok_or(Fault::NoThread)?;
    let (pc, next_pc) = (thread.pc, thread.next_pc);
    let (s, t) = (thread.registers[rs as usize], thread.registers[rt as usize]);
    let invalid = Fault::InvalidInstruction { pc, word: instruction };

    // What the instruction leaves behind: at most one register, HI and LO, a target.
    let mut write: Option<(u64, u64)> = None;
    let (mut hi, mut lo) = (thread.hi, thread.lo);
    let mut target: Option<u64> = None;

    let in_delay_slot = next_pc != pc.wrapping_add(4);
    let branch_target = pc.wrapping_add(4).wrapping_add(extend(zimm << 2, 18));
    let jump_target = next_pc & 0xffff_ffff_f000_0000 | field(0, 26) << 2;
    let link = pc.wrapping_add(8);
    let ea = s.wrapping_add(simm);

    match opcode {
        0x00 => {
            let shift32 = |value: u64| Some((rd, extend(value, 32)));
            let full = |value: u64| Some((rd, value));
            match function {
                0x00 => write = shift32(low(t, 32) << sa),
                0x02 => write = shift32(low(t, 32) >> sa),
                0x03 => write = shift32(shift_right_signed(extend(t, 32), sa)),
                0x04 => write = shift32(low(t, 32) << low(s, 5)),
                0x06 => write = shift32(low(t, 32) >> low(s, 5)),
                0x07 => write = shift32(shift_right_signed(extend(t, 32), low(s, 5))),
                0x08 | 0x09 if in_delay_slot => return Err(Fault::JumpInDelaySlot(pc)),
                0x08 => target = Some(s),
                0x09 => (target, write) = (Some(s), full(link)),
                0x0a if t == 0 => write = full(s),
                0x0b if t != 0 => write = full(s),
                0x0a | 0x0b => {}
                0x0f => write = full(s),
                0x10 => write = full(hi),
                0x11 => (hi, write) = (s, full(0)),
                0x12 => write = full(lo),
                0x13 => (lo, write) = (s, full(0)),
                0x14 => write = full(t << low(s, 6)),
                0x16 => write = full(t >> low(s, 6)),
                0x17 => write = full(shift_right_signed(t, low(s, 6))),
                0x18..=0x1f => {
                    (hi, lo) = multiply_or_divide(function, s, t).ok_or(Fault::DivisionByZero(pc))?;
                    write = full(0);
                }
                0x20 | 0x21 => write = shift32(bits(signed32(s) + signed32(t))),
                0x22 | 0x23 => write = shift32(bits(signed32(s) - signed32(t))),
                0x24 => write = full(s & t),
                0x25 => write = full(s | t),
                0x26 => write = full(s ^ t),
                0x27 => write = full(!(s | t)),
                0x2a => write = full(u64::from(signed(s) < signed(t))),
                0x2b => write = full(u64::from(s < t)),
                0x2c | 0x2d => write = full(bits(signed(s) + signed(t))),
                0x2e | 0x2f => write = full(bits(signed(s) - signed(t))),
                0x38 => write = full(t << sa),
                0x3a => write = full(t >> sa),
                0x3b => write = full(shift_right_signed(t, sa)),
                0x3c => write = full(t << (sa + 32)),
                0x3e => write = full(t >> (sa + 32)),
                0x3f => write = full(shift_right_signed(t, sa + 32)),
                _ => return Err(invalid),
            }
        }
        0x01 | 0x04..=0x07 if in_delay_slot => return Err(Fault::BranchInDelaySlot(pc)),
        0x01 => {
            let taken = match rt {
                0x00 | 0x10 => signed(s) < 0,
                0x01 | 0x11 => signed(s) >= 0,
                _ => false,
            };
            if rt == 0x10 || rt == 0x11 {
                write = Some((31, link));
            }
            target = taken.then_some(branch_target);
        }
        0x04 => target = (s == t).then_some(branch_target),
        0x05 => target = (s != t).then_some(branch_target),
        0x06 => target = (signed(s) <= 0).then_some(branch_target),
        0x07 => target = (signed(s) > 0).then_some(branch_target),
        0x02 | 0x03 if in_delay_slot => return Err(Fault::JumpInDelaySlot(pc)),
        0x02 => target = Some(jump_target),
        0x03 => (target, write) = (Some(jump_target), Some((31, link))),
        0x08 | 0x09 => write = Some((rt, extend(bits(signed32(s) + signed(simm)), 32))),
        0x0a => write = Some((rt, u64::from(signed(s) < signed(simm)))),
        0x0b => write = Some((rt, u64::from(s < simm))),
        0x0c => write = Some((rt, s & zimm)),
        0x0d => write = Some((rt, s | zimm)),
        0x0e => write = Some((rt, s ^ zimm)),
        0x0f => write = Some((rt, extend(zimm << 16, 32))),
        0x18 | 0x19 => write = Some((rt, bits(signed(s) + signed(simm)))),
        0x1c => {
            let value = match function {
                0x02 => extend(bits(signed32(s) * signed32(t)), 32),
                0x20 => leading(s, 32, 0),
                0x21 => leading(s, 32, 1),
                0x24 => leading(s, 64, 0),
                0x25 => leading(s, 64, 1),
                _ => return Err(invalid),
            };
            write = Some((rd, value));
        }
        0x1a | 0x1b | 0x20..=0x27 | 0x37 => write = Some((rt, load(opcode, word(state, ea), ea, t))),
        0x28..=0x2e | 0x3f => {
            let new = store(opcode, word(state, ea), ea, t);
            set_word(state, ea, new);
        }
        0x30 | 0x34 => {
            let (kind, from) =
                if opcode == 0x30 { (ReservationKind::Word, 0x23) } else { (ReservationKind::Double, 0x37) };
            write = Some((rt, load(from, word(state, ea), ea, t)));
            state.reservation = Reservation { kind, address: ea, owner: thread.id };
        }
        0x38 | 0x3c => {
            let (kind, to) =
                if opcode == 0x38 { (ReservationKind::Word, 0x2b) } else { (ReservationKind::Double, 0x3f) };
            let Reservation { kind: held, address, owner } = state.reservation;
            let success = held == kind && owner == thread.id && address == ea;
            if success {
                state.reservation = Reservation::default();
                let new = store(to, word(state, ea), ea, t);
                set_word(state, ea, new);
            }
            write = Some((rt, u64::from(success)));
        }
        _ => return Err(invalid),
    }

    let thread = active(state).last_mut().ok_or(Fault::NoThread)?;
    if let Some((register, value)) = write
        && register != 0
    {
        thread.registers[register as usize] = value;
    }
    (thread.hi, thread.lo) = (hi, lo);
    thread.pc = next_pc;
    thread.next_pc = target.unwrap_or(next_pc.wrapping_add(4));
    Ok(())
}

/// HI and LO after functions 0x18 to 0x1f; nothing for a division by zero.
fn multiply_or_divide(function: u64, s: u64, t: u64) -> Option<(u64, u64)> {
    let unsigned = |value: u64| i128::from(value);
    let narrow = function < 0x1c;
    let (a, b) = match (narrow, function & 1 == 1) {
        (true, false) => (signed32(s), signed32(t)),
        (true, true) => (unsigned(low(s, 32)), unsigned(low(t, 32))),
        (false, false) => (signed(s), signed(t)),
        (false, true) => (unsigned(s), unsigned(t)),
    };
    if function & 2 != 0 {
        if b == 0 {
            return None;
        }
        let (remainder, quotient) = (bits(a % b), bits(a / b));
        return Some(if narrow { (extend(remainder, 32), extend(quotient, 32)) } else { (remainder, quotient) });
    }
    // The product of two unsigned 64-bit numbers wraps in 128 bits to the right bits.
    let product = a.wrapping_mul(b) as u128;
    let (high, low) = if narrow { (product >> 32, product) } else { (product >> 64, product) };
    let half = |value: u128| if narrow { extend(value as u64, 32) } else { value as u64 };
    Some((half(high), half(low)))
}

/// What a load puts into its register; `m` is the aligned word, `t` the register before.
fn load(opcode: u64, m: u64, ea: u64, t: u64) -> u64 {
    let part = |n: u64| {
        let b = ea & 7 & !(n - 1);
        low(m >> (8 * (8 - n - b)), 8 * n as u32)
    };
    let (k, q) = (ea & 7, ea & 3);
    let w = part(4);
    const M32: u64 = 0xffff_ffff;
    match opcode {
        0x1a => m << (8 * k) | low(t, 8 * k as u32),
        0x1b => m >> (56 - 8 * k) | t ^ low(t, 8 * (k as u32 + 1)),
        0x20 => extend(part(1), 8),
        0x21 => extend(part(2), 16),
        0x22 => extend((w << (8 * q)) & M32 | low(t, 8 * q as u32), 32),
        0x23 => extend(w, 32),
        0x24 => part(1),
        0x25 => part(2),
        0x26 => {
            let v = w >> (24 - 8 * q) | low(t, 32) & !(M32 >> (24 - 8 * q));
            if q == 3 { extend(v, 32) } else { t & !M32 | v }
        }
        0x27 => w,
        _ => m,
    }
}

/// The aligned word after a store; `m` is the one before.
fn store(opcode: u64, m: u64, ea: u64, t: u64) -> u64 {
    let replace = |n: u64, value: u64| {
        let shift = 8 * (8 - n - (ea & 7 & !(n - 1)));
        let mask = low(u64::MAX, 8 * n as u32) << shift;
        m & !mask | value << shift & mask
    };
    let (k, q) = (ea & 7, ea & 3);
    let w = load(0x27, m, ea, 0);
    const M32: u64 = 0xffff_ffff;
    match opcode {
        0x28 => replace(1, t),
        0x29 => replace(2, t),
        0x2a => replace(4, low(t, 32) >> (8 * q) | w & !(M32 >> (8 * q))),
        0x2b => replace(4, t),
        0x2c => t >> (8 * k) | m & !(u64::MAX >> (8 * k)),
        0x2d => t << (56 - 8 * k) | low(m, 56 - 8 * k as u32),
        0x2e => replace(4, low(t << (24 - 8 * q), 32) | low(w, 24 - 8 * q as u32)),
        _ => t,
    }
}
