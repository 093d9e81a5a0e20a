//! Calls: one function per call that does more than answer a number.
//!
//! Nothing is changed before everything that can fail has succeeded, so that after a fault or a missing preimage the state
//! is the one before the step.

use crate::abi::{self, errno, fd, sys};
use crate::fault::Fault;
use crate::preimage::PreimageReader;
use crate::state::State;
use crate::thread::Thread;
use vm::{OutputStream, PreimageSource, SourceError};

/// Bytes of an incomplete hint above which it is dropped: a guest must not fill the host's memory. Hints are no part of
/// the proven state.
const MAX_HINT: u64 = 16 << 20;
/// Bytes of one write to an output that reach the host.
const MAX_OUTPUT: u64 = 1 << 20;

/// Why a call did not come back.
#[derive(Debug)]
pub(crate) enum CallError {
    Fault(Fault),
    Source(SourceError),
}

impl From<Fault> for CallError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<SourceError> for CallError {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

/// First result, or the number of an error.
type Answer = Result<u64, u64>;

/// The host as a call sees it.
pub(crate) struct Host<'a> {
    pub(crate) reader: &'a mut PreimageReader,
    pub(crate) source: &'a mut dyn PreimageSource,
}

/// Executes the call that the running thread stands at; the step counters count it already.
pub(crate) fn call(state: &mut State, host: Host<'_>) -> Result<(), CallError> {
    let thread = state.thread().ok_or(Fault::NoThread)?;
    let number = thread.registers[abi::V0];
    let [a0, a1, a2] = [abi::A0, abi::A1, abi::A2].map(|register| thread.registers[register]);
    let answer: Answer = match number {
        sys::READ => read(state, host, a0, a1, a2)?,
        sys::WRITE => write(state, host, a0, a1, a2)?,
        sys::OPEN => Err(errno::EBADF),
        sys::MMAP => mmap(state, a0, a1),
        sys::BRK => Ok(abi::PROGRAM_BREAK),
        sys::SCHED_YIELD | sys::NANOSLEEP => return give_way(state),
        sys::GETPID => Ok(0),
        sys::CLONE => return clone(state, a0, a1),
        sys::EXIT => return exit(state, a0),
        sys::EXIT_GROUP => return exit_group(state, a0),
        sys::FCNTL => fcntl(a0, a1),
        sys::GETTID => Ok(thread.id),
        sys::FUTEX => return futex(state, a0, a1, a2),
        sys::CLOCK_GETTIME => clock_gettime(state, host, a0, a1),
        sys::EVENTFD2 => eventfd2(a1),
        sys::GETRANDOM => Ok(getrandom(state, a0, a1)),
        _ if sys::NO_OPS.contains(&number) => Ok(0),
        _ => return Err(Fault::UnknownSyscall(number).into()),
    };
    finish(state, answer)
}

/// Puts the answer into the registers and goes on.
fn finish(state: &mut State, answer: Answer) -> Result<(), CallError> {
    let thread = state.thread_mut().ok_or(Fault::NoThread)?;
    let (value, error) = match answer {
        Ok(value) => (value, 0),
        Err(number) => (number, u64::MAX),
    };
    thread.registers[abi::V0] = value;
    thread.registers[abi::A3] = error;
    thread.pc = thread.next_pc;
    thread.next_pc = thread.next_pc.wrapping_add(4);
    Ok(())
}

fn give_way(state: &mut State) -> Result<(), CallError> {
    finish(state, Ok(0))?;
    state.preempt();
    Ok(())
}

fn read(state: &mut State, host: Host<'_>, fd: u64, address: u64, count: u64) -> Result<Answer, CallError> {
    Ok(match fd {
        fd::STDIN => Ok(0),
        fd::HINT_READ => Ok(count),
        fd::PREIMAGE_READ => Ok(read_preimage(state, host, address, count)?),
        fd::EVENT => Err(errno::EAGAIN),
        _ => Err(errno::EBADF),
    })
}

fn read_preimage(state: &mut State, host: Host<'_>, address: u64, count: u64) -> Result<u64, CallError> {
    let offset = state.preimage_offset;
    let preimage = host.reader.read(host.source, state.preimage_key, offset)?;
    let length = preimage.length();
    let left = length.checked_sub(offset).filter(|left| *left > 0);
    let left = left.ok_or(Fault::PreimageOffset { offset, length })?;
    let at = (address & 7) as usize;
    // At most the rest of the aligned word; all three fit into `usize`.
    let n = left.min(count).min(8 - at as u64) as usize;
    let mut word = state.load_word(address).to_be_bytes();
    for (byte, offset) in word[at..at + n].iter_mut().zip(offset..) {
        *byte = preimage.byte(offset);
    }
    state.store_word(address, u64::from_be_bytes(word));
    state.preimage_offset = offset + n as u64;
    Ok(n as u64)
}

fn write(state: &mut State, host: Host<'_>, fd: u64, address: u64, count: u64) -> Result<Answer, CallError> {
    match fd {
        fd::STDOUT => output(state, host, OutputStream::Stdout, address, count),
        fd::STDERR => output(state, host, OutputStream::Stderr, address, count),
        fd::HINT_WRITE => hint(state, host, address, count)?,
        fd::PREIMAGE_WRITE => return Ok(Ok(write_key(state, address, count))),
        fd::EVENT => return Ok(Err(errno::EAGAIN)),
        _ => return Ok(Err(errno::EBADF)),
    }
    Ok(Ok(count))
}

fn output(state: &State, host: Host<'_>, stream: OutputStream, address: u64, count: u64) {
    let mut bytes = vec![0; count.min(MAX_OUTPUT) as usize];
    state.memory.read(address, &mut bytes);
    host.source.output(stream, &bytes);
}

/// Collects bytes of hints and hands on each one that is complete: 4 bytes of length, then the text.
fn hint(state: &mut State, host: Host<'_>, address: u64, count: u64) -> Result<(), CallError> {
    let buffered = state.hint_buffer.len();
    if count > MAX_HINT || buffered as u64 + count > MAX_HINT {
        state.hint_buffer.clear();
        return Ok(());
    }
    let mut buffer = core::mem::take(&mut state.hint_buffer);
    buffer.resize(buffered + count as usize, 0);
    state.memory.read(address, &mut buffer[buffered..]);
    let mut rest = buffer.as_slice();
    while let Some((length, text)) = rest.split_first_chunk::<4>()
        && let Some((hint, later)) = text.split_at_checked(u32::from_be_bytes(*length) as usize)
    {
        if let Err(error) = host.source.hint(hint) {
            buffer.truncate(buffered);
            state.hint_buffer = buffer;
            return Err(error.into());
        }
        rest = later;
    }
    state.hint_buffer = rest.to_vec();
    Ok(())
}

fn write_key(state: &mut State, address: u64, count: u64) -> u64 {
    let at = (address & 7) as usize;
    let n = count.min(8 - at as u64) as usize;
    let word = state.load_word(address).to_be_bytes();
    state.preimage_key.0.rotate_left(n);
    state.preimage_key.0[32 - n..].copy_from_slice(&word[at..at + n]);
    state.preimage_offset = 0;
    n as u64
}

fn mmap(state: &mut State, address: u64, length: u64) -> Answer {
    if address != 0 {
        return Ok(address);
    }
    let size = length.checked_next_multiple_of(vm::PAGE_SIZE as u64);
    let end = size.and_then(|size| state.heap.checked_add(size)).filter(|end| *end <= abi::HEAP_END);
    let end = end.ok_or(errno::EINVAL)?;
    Ok(core::mem::replace(&mut state.heap, end))
}

fn clone(state: &mut State, flags: u64, stack: u64) -> Result<(), CallError> {
    if flags != abi::CLONE_FLAGS {
        state.set_exit(abi::EXIT_PANIC);
        return Ok(());
    }
    let id = state.next_thread_id;
    let parent = state.thread().ok_or(Fault::NoThread)?;
    let mut child = Thread {
        id,
        exit_code: 0,
        exited: false,
        pc: parent.next_pc,
        next_pc: parent.next_pc.wrapping_add(4),
        ..parent.clone()
    };
    child.registers[abi::SP] = stack;
    child.registers[abi::V0] = 0;
    child.registers[abi::A3] = 0;
    state.next_thread_id = id.wrapping_add(1);
    finish(state, Ok(id))?;
    state.push(child);
    Ok(())
}

fn exit(state: &mut State, code: u64) -> Result<(), CallError> {
    let last = state.left.len() + state.right.len() == 1;
    let thread = state.thread_mut().ok_or(Fault::NoThread)?;
    (thread.exited, thread.exit_code) = (true, code as u8);
    if last {
        state.set_exit(code as u8);
    }
    Ok(())
}

fn exit_group(state: &mut State, code: u64) -> Result<(), CallError> {
    state.set_exit(code as u8);
    Ok(())
}

fn fcntl(fd: u64, command: u64) -> Answer {
    const GET_DESCRIPTOR_FLAGS: u64 = 1;
    const GET_STATUS_FLAGS: u64 = 3;
    match (command, fd) {
        (GET_DESCRIPTOR_FLAGS, 0..=6) => Ok(0),
        (GET_STATUS_FLAGS, fd::STDIN | fd::HINT_READ | fd::PREIMAGE_READ) => Ok(0),
        (GET_STATUS_FLAGS, 0..=6) => Ok(1),
        (GET_DESCRIPTOR_FLAGS | GET_STATUS_FLAGS, _) => Err(errno::EBADF),
        _ => Err(errno::EINVAL),
    }
}

fn futex(state: &mut State, address: u64, operation: u64, value: u64) -> Result<(), CallError> {
    match operation {
        abi::FUTEX_WAIT_PRIVATE => {
            let current = u32::from_be_bytes(state.memory.load::<4>(address));
            if current == value as u32 { give_way(state) } else { finish(state, Err(errno::EAGAIN)) }
        }
        abi::FUTEX_WAKE_PRIVATE => give_way(state),
        _ => finish(state, Err(errno::EINVAL)),
    }
}

fn clock_gettime(state: &mut State, host: Host<'_>, clock: u64, address: u64) -> Answer {
    let (seconds, nanoseconds) = clock_reading(clock, state.step)?;
    let first = address & !7;
    let second = first.wrapping_add(8);
    state.store_word(first, seconds);
    host.source.second_word(second, &mut state.memory);
    state.store_word(second, nanoseconds);
    Ok(0)
}

/// Seconds and nanoseconds that a clock shows at a step.
pub(crate) fn clock_reading(clock: u64, step: u64) -> Result<(u64, u64), u64> {
    const REALTIME: u64 = 0;
    const MONOTONIC: u64 = 1;
    const NANOSECONDS: u64 = 1_000_000_000 / abi::STEPS_PER_SECOND;
    match clock {
        REALTIME => Ok((0, 0)),
        MONOTONIC => Ok((step / abi::STEPS_PER_SECOND, step % abi::STEPS_PER_SECOND * NANOSECONDS)),
        _ => Err(errno::EINVAL),
    }
}

fn eventfd2(flags: u64) -> Answer {
    if flags & abi::EFD_NONBLOCK == 0 { Err(errno::EINVAL) } else { Ok(fd::EVENT) }
}

fn getrandom(state: &mut State, address: u64, count: u64) -> u64 {
    let at = (address & 7) as usize;
    let n = count.min(8 - at as u64) as usize;
    let random = abi::splitmix64(state.step).to_be_bytes();
    let mut word = state.load_word(address).to_be_bytes();
    word[at..at + n].copy_from_slice(&random[at..at + n]);
    state.store_word(address, u64::from_be_bytes(word));
    n as u64
}
