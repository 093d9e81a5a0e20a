//! The inner loop. Each row of the instruction table has its arm here; what it computes stands in [`crate::instr`].

use crate::abi::RA;
use crate::code::CodeCache;
use crate::decode::{Instruction as I, SINK};
use crate::fault::Fault;
use crate::instr::{alu, branch, load_store, muldiv};
use crate::state::{Reservation, ReservationKind, State};
use vm::PAGE_SIZE;

/// Why a burst ended without a fault.
pub(super) enum Pause {
    /// All steps are taken, or as many as were to be taken at once.
    Budget,
    /// The thread stands at a call.
    Call,
}

/// Why a straight run of instructions was left.
enum Leave {
    /// It is at its end.
    End,
    /// The next instruction is not decoded yet.
    Undecoded,
    /// A word was written in a page of code.
    CodeWritten(u64),
}

/// Executes at most `budget` instructions of the running thread. After a fault, the state is the one before the step.
///
/// Instructions are executed in straight runs: neighbours in one page, as many as the budget allows. A taken branch cuts
/// the run behind its delay slot. So neither the budget nor the page nor the program counters are looked at in between.
/// `goes_on` is asked at the end of a run whether there shall be another at that address.
pub(super) fn run(
    state: &mut State,
    code: &mut CodeCache,
    budget: u64,
    mut goes_on: impl FnMut(u64) -> bool,
) -> Result<Pause, Fault> {
    let State { memory, reservation, left: left_stack, right: right_stack, .. } = state;
    let active = if state.traverse_right { right_stack } else { left_stack };
    let thread = active.last_mut().ok_or(Fault::NoThread)?;
    // Indices are masked to 6 bits, which spares their check; 32 takes what is written to register 0.
    let mut r = [0u64; 64];
    r[..32].copy_from_slice(&thread.registers);
    let (mut hi, mut lo) = (thread.hi, thread.lo);
    let (mut pc, mut next_pc) = (thread.pc, thread.next_pc);
    let id = thread.id;
    let mut left = budget;

    let result = 'burst: loop {
        if left == 0 {
            break Ok(Pause::Budget);
        }
        if pc & 3 != 0 {
            break Err(Fault::UnalignedPc(pc));
        }
        let first = pc;
        let base = pc & !(PAGE_SIZE as u64 - 1);
        let page = &code.page(base, memory)[(pc - base) as usize / 4..];
        // In a delay slot, the run is that one instruction, and what follows is known.
        let mut in_delay_slot = next_pc != pc.wrapping_add(4);
        let length = if in_delay_slot { 1 } else { left.min(page.len() as u64) as usize };
        let mut ops = &page[..length];
        let mut then = next_pc;
        // Instructions of the run that were executed or are being executed.
        let mut count = 0;

        let leave = loop {
            let Some(op) = ops.get(count) else { break Leave::End };
            count += 1;
            let (s, t) = (r[(op.s & 63) as usize], r[(op.t & 63) as usize]);
            let simm = op.immediate as u64;

            // The address of this instruction.
            macro_rules! at {
                () => {
                    first.wrapping_add(4 * (count as u64 - 1))
                };
            }
            // Leaves the thread standing before this instruction.
            macro_rules! undo {
                () => {
                    pc = at!();
                    next_pc = if in_delay_slot { then } else { pc.wrapping_add(4) };
                    left -= count as u64 - 1;
                };
            }
            macro_rules! fault {
                ($fault:expr) => {{
                    undo!();
                    break 'burst Err($fault);
                }};
            }
            macro_rules! set {
                ($value:expr) => {
                    r[(op.d & 63) as usize] = $value
                };
            }
            macro_rules! set_hi_lo {
                ($pair:expr) => {{
                    (hi, lo) = $pair;
                    set!(0);
                }};
            }
            macro_rules! divide {
                ($pair:expr) => {
                    match $pair {
                        Some(pair) => set_hi_lo!(pair),
                        None => fault!(Fault::DivisionByZero(at!())),
                    }
                };
            }
            // Cuts the run behind the delay slot. A branch to the instruction there is none.
            macro_rules! go {
                ($target:expr) => {{
                    let target = $target;
                    let behind = at!().wrapping_add(8);
                    if target != behind {
                        then = target;
                        if count == ops.len() {
                            // The delay slot is in the next page, or behind the budget.
                            (pc, next_pc) = (behind.wrapping_sub(4), target);
                            left -= count as u64;
                            continue 'burst;
                        }
                        in_delay_slot = true;
                        ops = &ops[..count + 1];
                    }
                }};
            }
            macro_rules! branch {
                ($taken:expr) => {{
                    if in_delay_slot {
                        fault!(Fault::BranchInDelaySlot(at!()));
                    }
                    if $taken {
                        go!(branch::branch_target(at!(), op.immediate));
                    }
                }};
            }
            macro_rules! branch_link {
                ($taken:expr) => {{
                    if in_delay_slot {
                        fault!(Fault::BranchInDelaySlot(at!()));
                    }
                    r[RA] = branch::link(at!());
                    branch!($taken);
                }};
            }
            macro_rules! jump {
                ($link:expr, $target:expr) => {{
                    if in_delay_slot {
                        fault!(Fault::JumpInDelaySlot(at!()));
                    }
                    r[$link as usize & 63] = branch::link(at!());
                    go!($target);
                }};
            }
            macro_rules! load {
                ($integer:ty) => {
                    <$integer>::from_be_bytes(memory.load::<{ size_of::<$integer>() }>(s.wrapping_add(simm)))
                };
            }
            macro_rules! store {
                ($value:expr) => {{
                    let address = s.wrapping_add(simm);
                    let bytes = $value.to_be_bytes();
                    let watched = memory.store(address, bytes);
                    if reservation.covers(address) {
                        *reservation = Reservation::default();
                    }
                    if watched {
                        break Leave::CodeWritten(address);
                    }
                }};
            }
            macro_rules! link_load {
                ($integer:ty, $kind:expr) => {{
                    *reservation = Reservation::new($kind, s.wrapping_add(simm), id);
                    set!(load!($integer) as u64);
                }};
            }
            macro_rules! store_conditional {
                ($integer:ty, $kind:expr) => {{
                    let success = reservation.allows($kind, s.wrapping_add(simm), id);
                    set!(u64::from(success));
                    if success {
                        store!(t as $integer);
                    }
                }};
            }

            match op.instruction {
                I::Sll => set!(alu::sll(t, simm)),
                I::Srl => set!(alu::srl(t, simm)),
                I::Sra => set!(alu::sra(t, simm)),
                I::Sllv => set!(alu::sll(t, s)),
                I::Srlv => set!(alu::srl(t, s)),
                I::Srav => set!(alu::sra(t, s)),
                I::Dsll => set!(alu::dsll(t, simm)),
                I::Dsrl => set!(alu::dsrl(t, simm)),
                I::Dsra => set!(alu::dsra(t, simm)),
                I::Dsll32 => set!(alu::dsll(t, simm + 32)),
                I::Dsrl32 => set!(alu::dsrl(t, simm + 32)),
                I::Dsra32 => set!(alu::dsra(t, simm + 32)),
                I::Dsllv => set!(alu::dsll(t, s)),
                I::Dsrlv => set!(alu::dsrl(t, s)),
                I::Dsrav => set!(alu::dsra(t, s)),

                I::Add | I::Addu => set!(alu::add32(s, t)),
                I::Sub | I::Subu => set!(alu::sub32(s, t)),
                I::Dadd | I::Daddu => set!(s.wrapping_add(t)),
                I::Dsub | I::Dsubu => set!(s.wrapping_sub(t)),
                I::And => set!(s & t),
                I::Or => set!(s | t),
                I::Xor => set!(s ^ t),
                I::Nor => set!(alu::nor(s, t)),
                I::Slt => set!(alu::slt(s, t)),
                I::Sltu => set!(alu::sltu(s, t)),
                I::Addi | I::Addiu => set!(alu::add32(s, simm)),
                I::Daddi | I::Daddiu => set!(s.wrapping_add(simm)),
                I::Slti => set!(alu::slt(s, simm)),
                I::Sltiu => set!(alu::sltu(s, simm)),
                I::Andi => set!(s & simm),
                I::Ori => set!(s | simm),
                I::Xori => set!(s ^ simm),
                I::Lui => set!(alu::lui(simm)),
                I::Clz => set!(alu::clz(s)),
                I::Clo => set!(alu::clo(s)),
                I::Dclz => set!(alu::dclz(s)),
                I::Dclo => set!(alu::dclo(s)),
                I::Movz => {
                    if t == 0 {
                        set!(s);
                    }
                }
                I::Movn => {
                    if t != 0 {
                        set!(s);
                    }
                }
                // A no-op for the encoding without registers, the only one that compilers make.
                I::Sync => set!(s),

                I::Mfhi => set!(hi),
                I::Mflo => set!(lo),
                I::Mthi => set_hi_lo!((s, lo)),
                I::Mtlo => set_hi_lo!((hi, s)),
                I::Mul => set!(muldiv::mul(s, t)),
                I::Mult => set_hi_lo!(muldiv::mult(s, t)),
                I::Multu => set_hi_lo!(muldiv::multu(s, t)),
                I::Dmult => set_hi_lo!(muldiv::dmult(s, t)),
                I::Dmultu => set_hi_lo!(muldiv::dmultu(s, t)),
                I::Div => divide!(muldiv::div(s, t)),
                I::Divu => divide!(muldiv::divu(s, t)),
                I::Ddiv => divide!(muldiv::ddiv(s, t)),
                I::Ddivu => divide!(muldiv::ddivu(s, t)),

                I::J => jump!(SINK, branch::jump_target(at!().wrapping_add(4), op.immediate)),
                I::Jal => jump!(RA, branch::jump_target(at!().wrapping_add(4), op.immediate)),
                I::Jr => jump!(SINK, s),
                I::Jalr => jump!(op.d, s),
                I::Beq => branch!(s == t),
                I::Bne => branch!(s != t),
                I::Blez => branch!(branch::at_most_zero(s)),
                I::Bgtz => branch!(!branch::at_most_zero(s)),
                I::Bltz => branch!(branch::less_than_zero(s)),
                I::Bgez => branch!(!branch::less_than_zero(s)),
                I::Bltzal => branch_link!(branch::less_than_zero(s)),
                I::Bgezal => branch_link!(!branch::less_than_zero(s)),
                I::BranchNever => branch!(false),

                I::Lb => set!(load!(i8) as u64),
                I::Lbu => set!(u64::from(load!(u8))),
                I::Lh => set!(load!(i16) as u64),
                I::Lhu => set!(u64::from(load!(u16))),
                I::Lw => set!(load!(i32) as u64),
                I::Lwu => set!(u64::from(load!(u32))),
                I::Ld => set!(load!(u64)),
                I::Lwl => set!(load_store::lwl(load!(u32), s.wrapping_add(simm), t)),
                I::Lwr => set!(load_store::lwr(load!(u32), s.wrapping_add(simm), t)),
                I::Ldl => set!(load_store::ldl(load!(u64), s.wrapping_add(simm), t)),
                I::Ldr => set!(load_store::ldr(load!(u64), s.wrapping_add(simm), t)),
                I::Sb => store!(t as u8),
                I::Sh => store!(t as u16),
                I::Sw => store!(t as u32),
                I::Sd => store!(t),
                I::Swl => store!(load_store::swl(load!(u32), s.wrapping_add(simm), t)),
                I::Swr => store!(load_store::swr(load!(u32), s.wrapping_add(simm), t)),
                I::Sdl => store!(load_store::sdl(load!(u64), s.wrapping_add(simm), t)),
                I::Sdr => store!(load_store::sdr(load!(u64), s.wrapping_add(simm), t)),

                I::Ll => link_load!(i32, ReservationKind::Word),
                I::Lld => link_load!(u64, ReservationKind::Double),
                I::Sc => store_conditional!(u32, ReservationKind::Word),
                I::Scd => store_conditional!(u64, ReservationKind::Double),

                I::Syscall => {
                    undo!();
                    break 'burst Ok(Pause::Call);
                }
                I::Undecoded => {
                    undo!();
                    break Leave::Undecoded;
                }
                I::Invalid => {
                    let word = u32::from_be_bytes(memory.load::<4>(at!()));
                    fault!(Fault::InvalidInstruction { pc: at!(), word });
                }
            }
        };
        if let Leave::Undecoded = leave {
            code.decode(pc, memory);
            continue;
        }
        left -= count as u64;
        pc = first.wrapping_add(4 * count as u64);
        (pc, next_pc) = match (in_delay_slot, count == ops.len()) {
            (true, true) => (then, then.wrapping_add(4)),
            (true, false) => (pc, then),
            (false, _) => (pc, pc.wrapping_add(4)),
        };
        if let Leave::CodeWritten(address) = leave {
            code.written(address);
        }
        if next_pc == pc.wrapping_add(4) && !goes_on(pc) {
            break Ok(Pause::Budget);
        }
    };

    thread.registers.copy_from_slice(&r[..32]);
    (thread.hi, thread.lo) = (hi, lo);
    (thread.pc, thread.next_pc) = (pc, next_pc);
    let executed = budget - left;
    state.step += executed;
    state.steps_since_switch += executed;
    result
}
