//! Counts of what happens in a run, for `run --debug-info`: the same figures as Cannon's, counted from the states before and
//! after each step. Nothing of it is part of the state, and a run without it is not slowed down.

use crate::abi::{self, fd, sys};
use crate::decode::{Instruction as I, Op, Operands, TABLE};
use crate::proof::instruction;
use crate::state::{ReservationKind, State};

/// Threads whose last load-linked is remembered.
const REMEMBERED: usize = 5;
/// First address of code that Cannon does not decode beforehand.
const DECODED_CODE_END: u64 = 128 << 20;

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Store-conditionals that stored.
    pub rmw_success_count: u64,
    /// Store-conditionals that did not.
    pub rmw_fail_count: u64,
    /// Most steps from a load-linked to the store-conditional of the same thread.
    pub max_steps_between_ll_and_sc: u64,
    /// Writes to the word of a reservation by something else than its store-conditional. Without a reservation its address
    /// is 0, as in Cannon's counter: writes there count too.
    pub reservation_invalidation_count: u64,
    /// Turns that ended because they were used up.
    pub forced_preemption_count: u64,
    /// Steps that other threads took between two turns of thread 0.
    pub idle_step_count_thread_0: u64,
    /// Instructions executed at or above 128 MiB, where Cannon has not decoded them beforehand.
    pub instruction_cache_miss_count: u64,
    /// The highest address of those.
    pub highest_icache_miss_pc: u64,
    /// Threads with the step of their last load-linked, the one that was used last at the end.
    load_linked: Vec<(u64, u64)>,
    running: u64,
    thread_0_left: u64,
}

/// What the next step is about to do.
#[derive(Clone, Copy, Debug)]
pub struct Upcoming {
    thread: u64,
    pc: u64,
    happening: Happening,
    /// The address that a reservation covers, to its word.
    reserved: u64,
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    /// The machine or its thread has exited.
    Nothing,
    Preemption,
    LoadLinked,
    StoreConditional {
        success: bool,
    },
    Store {
        address: u64,
    },
    /// A call that may give the turn away.
    Yield,
    /// A call that writes a word, and another behind it.
    Write {
        address: u64,
        second: bool,
    },
    Other,
}

impl Upcoming {
    /// Looks at a state before its next step.
    pub fn of(state: &State) -> Self {
        let mut upcoming =
            Self { thread: 0, pc: 0, happening: Happening::Nothing, reserved: state.reservation.address & !7 };
        let Some(thread) = state.thread().filter(|thread| !state.exited && !thread.exited) else {
            return upcoming;
        };
        (upcoming.thread, upcoming.pc) = (thread.id, thread.pc);
        if state.quantum_used_up() {
            upcoming.happening = Happening::Preemption;
            return upcoming;
        }
        let op = Op::decode(instruction(state, thread.pc));
        let address = thread.registers[usize::from(op.s)].wrapping_add(op.immediate as u64);
        let conditional =
            |kind| Happening::StoreConditional { success: state.reservation.allows(kind, address, thread.id) };
        let [a0, a1] = [abi::A0, abi::A1].map(|register| thread.registers[register]);
        upcoming.happening = match (op.instruction, TABLE[op.instruction as usize].operands) {
            (I::Ll | I::Lld, _) => Happening::LoadLinked,
            (I::Sc, _) => conditional(ReservationKind::Word),
            (I::Scd, _) => conditional(ReservationKind::Double),
            (_, Operands::Store) => Happening::Store { address: address & !7 },
            (I::Syscall, _) => match (thread.registers[abi::V0], a0) {
                (sys::SCHED_YIELD | sys::NANOSLEEP | sys::FUTEX, _) => Happening::Yield,
                (sys::READ, fd::PREIMAGE_READ) => Happening::Write { address: a1 & !7, second: false },
                (sys::GETRANDOM, _) => Happening::Write { address: a0 & !7, second: false },
                (sys::CLOCK_GETTIME, 0 | 1) => Happening::Write { address: a1 & !7, second: true },
                _ => Happening::Other,
            },
            _ => Happening::Other,
        };
        upcoming
    }
}

impl Statistics {
    /// Counts a step, after it was taken.
    pub fn count(&mut self, step: Upcoming, after: &State) {
        let Upcoming { thread, pc, happening, reserved } = step;
        if !matches!(happening, Happening::Nothing | Happening::Preemption) && pc >= DECODED_CODE_END {
            self.instruction_cache_miss_count += 1;
            self.highest_icache_miss_pc = self.highest_icache_miss_pc.max(pc);
        }
        match happening {
            Happening::Nothing | Happening::Other => {}
            Happening::Preemption => {
                self.forced_preemption_count += 1;
                self.activated(after);
            }
            Happening::LoadLinked => {
                self.load_linked.retain(|(other, _)| *other != thread);
                if self.load_linked.len() == REMEMBERED {
                    self.load_linked.remove(0);
                }
                self.load_linked.push((thread, after.step));
            }
            Happening::StoreConditional { success } => {
                *(if success { &mut self.rmw_success_count } else { &mut self.rmw_fail_count }) += 1;
                if let Some(at) = self.load_linked.iter().position(|(other, _)| *other == thread) {
                    let (_, linked) = self.load_linked.remove(at);
                    self.max_steps_between_ll_and_sc = self.max_steps_between_ll_and_sc.max(after.step - linked);
                }
            }
            Happening::Store { address } => self.reservation_invalidation_count += u64::from(address == reserved),
            Happening::Write { address, second } => {
                let first_hit = address == reserved;
                self.reservation_invalidation_count += u64::from(first_hit);
                let reserved = if first_hit { 0 } else { reserved };
                self.reservation_invalidation_count += u64::from(second && address.wrapping_add(8) == reserved);
            }
            Happening::Yield => {
                if after.steps_since_switch == 0 {
                    self.activated(after);
                }
            }
        }
    }

    /// A turn has begun.
    fn activated(&mut self, after: &State) {
        let id = after.thread().map_or(0, |thread| thread.id);
        if self.running == 0 && id != 0 {
            self.thread_0_left = after.step;
        } else if self.running != 0 && id == 0 {
            self.idle_step_count_thread_0 += after.step - self.thread_0_left;
        }
        self.running = id;
    }
}
