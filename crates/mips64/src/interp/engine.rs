//! Bursts with compiled code: blocks run as long as they go on by themselves, and the interpreter takes what they leave.

use super::burst::{self, Pause};
use crate::code::CodeCache;
use crate::compiled::Compiled;
use crate::fault::Fault;
use crate::lower::{Exit, Next, Reason, word, word_of};
use crate::native;
use crate::preimage::PreimageReader;
use crate::state::{Reservation, ReservationKind, State};
use crate::thread::Thread;
use jit::memory::Frame;
use vm::{Memory, PAGE_SIZE};

/// Executes at most `budget` instructions of the running thread, as [`burst::run`] does. Reads of preimages that `reader`
/// has at hand are among them if `reads` is set.
pub(super) fn run(
    state: &mut State,
    code: &mut CodeCache,
    compiled: &mut Compiled,
    reader: &PreimageReader,
    reads: bool,
    budget: u64,
) -> Result<Pause, Fault> {
    let mut left = budget;
    while left > 0 {
        if let Some(pause) = run_compiled(state, compiled, reader, reads, &mut left)? {
            return Ok(pause);
        }
        if left == 0 {
            break;
        }
        let before = state.step;
        let lookup = compiled.lookup();
        let pause = burst::run(state, code, left, |pc| lookup.is_cold(pc))?;
        left -= state.step - before;
        for address in code.take_written() {
            compiled.written(address);
        }
        if code.take_released() {
            compiled.attach(&mut state.memory);
        }
        if let Pause::Call = pause {
            return Ok(pause);
        }
    }
    Ok(Pause::Budget)
}

/// Runs compiled code from where the thread stands, if there is some, until the interpreter has to go on or there is a
/// reason to pause.
fn run_compiled(
    state: &mut State,
    compiled: &mut Compiled,
    reader: &PreimageReader,
    reads: bool,
    left: &mut u64,
) -> Result<Option<Pause>, Fault> {
    let stream = if reads { reader.rest(state.preimage_key, state.preimage_offset) } else { &[] };
    let State { memory, reservation, left: left_stack, right: right_stack, .. } = state;
    let active = if state.traverse_right { right_stack } else { left_stack };
    let thread = active.last_mut().ok_or(Fault::NoThread)?;
    if thread.pc & 3 != 0 || thread.next_pc != thread.pc.wrapping_add(4) {
        return Ok(None);
    }
    let Some(offset) = compiled.find(thread.pc, true, memory) else { return Ok(None) };
    if reservation.kind != ReservationKind::None {
        // Stores to the reserved word have to be seen.
        memory.close(reservation.address);
    }

    let mut frame = frame_of(thread);
    frame.words[word::STREAM] = stream.as_ptr() as u64;
    frame.words[word::STREAM_LEFT] = stream.len() as u64;
    for (word, bytes) in frame.words[word::KEY..].iter_mut().zip(state.preimage_key.as_chunks::<8>().0) {
        *word = u64::from_ne_bytes(*bytes);
    }
    // Steps below 2^63: a turn has 100,000.
    frame.budget = *left as i64;
    let exit = blocks(compiled, memory, *reservation, &mut frame, offset);
    to_thread(&frame, exit, thread);

    let executed = *left - frame.budget as u64;
    *left = frame.budget as u64;
    state.step += executed;
    state.steps_since_switch += executed;
    if frame.words[word::KEY_WRITTEN] == 0 {
        state.preimage_offset += stream.len() as u64 - frame.words[word::STREAM_LEFT];
    } else {
        for (word, bytes) in frame.words[word::KEY..].iter().zip(state.preimage_key.as_chunks_mut::<8>().0) {
            *bytes = word.to_ne_bytes();
        }
        state.preimage_offset = 0;
    }
    Ok(match exit.reason {
        Reason::Call => Some(Pause::Call),
        _ => None,
    })
}

/// From block to block. The exit returned is the one at which the interpreter goes on; its steps have been given back.
fn blocks(
    compiled: &mut Compiled,
    memory: &mut Memory,
    reservation: Reservation,
    frame: &mut Frame,
    mut offset: usize,
) -> Exit {
    loop {
        let number = native::enter(compiled.code(), offset, frame, memory);
        let exit = compiled.exit(number);
        let target = frame.words[word::TARGET];
        let next = match exit.reason {
            Reason::Link(slot) => compiled.link(slot, exit.pc, true, memory),
            Reason::Apart(slot) => compiled.link(slot, exit.pc, false, memory),
            Reason::Jump if target & 3 == 0 => {
                let found = compiled.find(target, true, memory);
                found.inspect(|offset| compiled.aim(target, *offset))
            }
            Reason::Access { resume, .. } => match open(exit.reason, frame.words[word::ADDRESS], memory, reservation) {
                Opened::Yes if resume != 0 => {
                    offset = resume as usize;
                    continue;
                }
                Opened::Apart if exit.next == Next::Sequential => compiled.find(exit.pc, false, memory),
                _ => None,
            },
            _ => None,
        };
        frame.budget += i64::from(exit.unspent);
        match next {
            Some(next) => offset = next,
            None if exit.reason == Reason::Jump => {
                return Exit { pc: target, next: Next::Sequential, ..exit };
            }
            None => return exit,
        }
    }
}

/// What became of an access without a line.
enum Opened {
    /// It has one now.
    Yes,
    /// Those of a group lie in two pages, or some are not aligned.
    Apart,
    /// It is the interpreter's.
    No,
}

fn open(reason: Reason, address: u64, memory: &mut Memory, reservation: Reservation) -> Opened {
    let Reason::Access { store, align, span, together, .. } = reason else { return Opened::No };
    let page = |address: u64| address / PAGE_SIZE as u64;
    let last = address.wrapping_add(u64::from(span));
    if page(last) != page(address) || last & (u64::from(align) - 1) != 0 {
        return if together { Opened::Apart } else { Opened::No };
    }
    if !store {
        memory.open_for_load(address);
        return Opened::Yes;
    }
    let reserved = reservation.kind != ReservationKind::None && page(reservation.address) == page(address);
    if reserved || memory.open_for_store(address) { Opened::No } else { Opened::Yes }
}

fn frame_of(thread: &Thread) -> Frame {
    let mut frame = Frame::default();
    for register in 1..32 {
        frame.words[word_of(register)] = thread.registers[register];
    }
    (frame.words[word::HI], frame.words[word::LO]) = (thread.hi, thread.lo);
    frame
}

fn to_thread(frame: &Frame, exit: Exit, thread: &mut Thread) {
    for register in 1..32 {
        thread.registers[register] = frame.words[word_of(register)];
    }
    (thread.hi, thread.lo) = (frame.words[word::HI], frame.words[word::LO]);
    thread.pc = exit.pc;
    thread.next_pc = match exit.next {
        Next::At(target) => target,
        Next::Target => frame.words[word::TARGET],
        Next::IfTaken(target) if frame.words[word::TAKEN] != 0 => target,
        Next::IfTaken(_) | Next::Sequential => exit.pc.wrapping_add(4),
    };
}
