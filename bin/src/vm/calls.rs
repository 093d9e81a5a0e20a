//! Calls that have not returned, thread by thread, for `run --debug`: followed at jumps and returns, as Cannon follows them.

use super::symbol_at;
use mips64::{
    State,
    abi::{V0, sys},
    decode::{Instruction as I, Op},
};
use std::{collections::BTreeMap, io::Write};
use vm::Symbols;

/// The open calls of all threads, by the threads' ids.
#[derive(Default)]
pub(super) struct Calls(BTreeMap<u64, Vec<Call>>);

struct Call {
    from: u64,
    to: u64,
}

/// What the next step does to the stack of calls.
#[derive(Clone, Copy)]
pub(super) enum Upcoming {
    /// Nothing.
    Nothing,
    /// A jump that may return.
    Call { thread: u64, from: u64 },
    /// A return.
    Return { thread: u64, from: u64 },
    /// A new thread.
    Clone { from: u64, to: u64 },
    /// A thread goes away.
    Drop { thread: u64 },
}

impl Calls {
    /// Looks at a state before its next step.
    pub(super) fn upcoming(state: &State) -> Upcoming {
        let Some(thread) = state.thread().filter(|_| !state.exited) else { return Upcoming::Nothing };
        if thread.exited {
            return Upcoming::Drop { thread: thread.id };
        }
        if state.steps_since_switch >= mips64::abi::QUANTUM {
            return Upcoming::Nothing;
        }
        let mut word = [0; 4];
        state.memory.read(thread.pc & !3, &mut word);
        let (thread_id, from) = (thread.id, thread.pc);
        let op = Op::decode(u32::from_be_bytes(word));
        let negative = (thread.registers[usize::from(op.s)] as i64) < 0;
        match op.instruction {
            I::J | I::Jal | I::Jalr => Upcoming::Call { thread: thread_id, from },
            // Taken ones, also those that lead to where they would go anyway: programs ask for their own place that way.
            I::Bltzal if negative => Upcoming::Call { thread: thread_id, from },
            I::Bgezal if !negative => Upcoming::Call { thread: thread_id, from },
            I::Jr => Upcoming::Return { thread: thread_id, from },
            I::Syscall if thread.registers[V0] == sys::CLONE => Upcoming::Clone { from, to: thread.next_pc },
            _ => Upcoming::Nothing,
        }
    }

    /// Follows a step, after it was taken.
    pub(super) fn follow(&mut self, step: Upcoming, after: &State, symbols: &Symbols) {
        let target = after.thread().map_or(0, |thread| thread.next_pc);
        match step {
            Upcoming::Nothing => {}
            Upcoming::Call { thread, from } => self.of(thread).push(Call { from, to: target }),
            Upcoming::Return { thread, from } => {
                let calls = self.of(thread);
                let name = |address| symbol_at(symbols, address);
                match calls.last() {
                    None => {
                        // A reader that went away does not stop a run.
                        let _ = writeln!(
                            std::io::stdout().lock(),
                            "ERROR: stack underflow at pc={from:x}. step={}",
                            after.step
                        );
                    }
                    Some(last) if name(last.to) == name(from) => drop(calls.pop()),
                    // A jump within a function, or the end of one that was inlined: back to where this one was called.
                    Some(_) => {
                        if let Some(at) = calls.iter().rposition(|call| name(call.to) == name(from)) {
                            calls.truncate(at);
                        }
                    }
                }
            }
            Upcoming::Clone { from, to } => {
                if let Some(child) = after.thread() {
                    self.of(child.id).push(Call { from, to });
                }
            }
            Upcoming::Drop { thread } => drop(self.0.remove(&thread)),
        }
    }

    fn of(&mut self, thread: u64) -> &mut Vec<Call> {
        self.0.entry(thread).or_default()
    }

    /// Prints the calls of the running thread, the latest first.
    pub(super) fn print(&self, state: &State, symbols: &Symbols) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let (id, pc) = state.thread().map_or((0, 0), |thread| (thread.id, thread.pc));
        writeln!(out, "traceback at pc={pc:x}. step={}", state.step)?;
        for (index, call) in self.0.get(&id).into_iter().flatten().rev().enumerate() {
            writeln!(out, "\t{index} {:x} in {} caller={:08x}", call.to, symbol_at(symbols, call.to), call.from)?;
        }
        Ok(())
    }
}
