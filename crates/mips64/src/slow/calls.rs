//! Calls of the slow twin, in the order of the rules' table (sections 8 and 9).

use super::{Slow, active, change_sides, set_word, word};
use crate::Thread;
use crate::fault::Fault;
use crate::syscall::CallError;
use vm::{OutputStream, PreimageSource};

const EBADF: u64 = 9;
const EAGAIN: u64 = 11;
const EINVAL: u64 = 22;

/// Executes the call that the running thread stands at.
pub(super) fn call(machine: &mut Slow, source: &mut dyn PreimageSource) -> Result<(), CallError> {
    let thread = active(&mut machine.state).last().cloned().ok_or(Fault::NoThread)?;
    let (number, a0, a1, a2) = (thread.registers[2], thread.registers[4], thread.registers[5], thread.registers[6]);
    let (v0, error) = match number {
        5000 => match a0 {
            0 => (0, false),
            3 => (a2, false),
            5 => (read_preimage(machine, source, a1, a2)?, false),
            100 => (EAGAIN, true),
            _ => (EBADF, true),
        },
        5001 => match a0 {
            1 | 2 => {
                let stream = if a0 == 1 { OutputStream::Stdout } else { OutputStream::Stderr };
                let mut bytes = vec![0; a2.min(1 << 20) as usize];
                machine.state.memory.read(a1, &mut bytes);
                source.output(stream, &bytes);
                (a2, false)
            }
            4 => {
                write_hint(machine, source, a1, a2)?;
                (a2, false)
            }
            6 => (write_key(machine, a1, a2), false),
            100 => (EAGAIN, true),
            _ => (EBADF, true),
        },
        5002 => (EBADF, true),
        5009 if a0 != 0 => (a0, false),
        5009 => {
            let pages = u128::from(a1).div_ceil(4096);
            let new = u128::from(machine.state.heap) + pages * 4096;
            if new > 0x6000_0000_0000 {
                (EINVAL, true)
            } else {
                let old = machine.state.heap;
                machine.state.heap = new as u64;
                (old, false)
            }
        }
        5012 => (0x4000_0000_0000, false),
        5023 | 5034 => return preempting(machine),
        5038 => (0, false),
        5055 => return clone(machine, a0, a1),
        5058 => {
            let alone = machine.state.left.len() + machine.state.right.len() == 1;
            let thread = active(&mut machine.state).last_mut().ok_or(Fault::NoThread)?;
            thread.exited = true;
            thread.exit_code = (a0 & 0xff) as u8;
            if alone {
                machine.state.exited = true;
                machine.state.exit_code = (a0 & 0xff) as u8;
            }
            return Ok(());
        }
        5205 => {
            machine.state.exited = true;
            machine.state.exit_code = (a0 & 0xff) as u8;
            return Ok(());
        }
        5070 => match (a1, a0) {
            (1, 0..=6) => (0, false),
            (3, 0 | 3 | 5) => (0, false),
            (3, 1 | 2 | 4 | 6) => (1, false),
            (1 | 3, _) => (EBADF, true),
            _ => (EINVAL, true),
        },
        5178 => (thread.id, false),
        5194 => match a1 {
            128 => {
                let double = word(&machine.state, a0);
                let value = if a0 & 4 == 0 { double >> 32 } else { double & 0xffff_ffff };
                if value == a2 & 0xffff_ffff {
                    return preempting(machine);
                }
                (EAGAIN, true)
            }
            129 => return preempting(machine),
            _ => (EINVAL, true),
        },
        5222 => {
            let step = machine.state.step;
            let reading = match a0 {
                0 => Some((0, 0)),
                1 => Some((step / 10_000_000, (step % 10_000_000) * 100)),
                _ => None,
            };
            match reading {
                Some((seconds, nanoseconds)) => {
                    set_word(&mut machine.state, a1, seconds);
                    set_word(&mut machine.state, (a1 & !7).wrapping_add(8), nanoseconds);
                    (0, false)
                }
                None => (EINVAL, true),
            }
        }
        5284 if a1 & 0x80 == 0 => (EINVAL, true),
        5284 => (100, false),
        5313 => {
            let step = machine.state.step;
            let mut z = step.wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let random = (z ^ z >> 31).to_be_bytes();
            let mut bytes = word(&machine.state, a0).to_be_bytes();
            let n = (8 - (a0 & 7)).min(a1);
            for i in (a0 & 7)..(a0 & 7) + n {
                bytes[i as usize] = random[i as usize];
            }
            set_word(&mut machine.state, a0, u64::from_be_bytes(bytes));
            (n, false)
        }
        5003 | 5004 | 5005 | 5008 | 5010 | 5011 | 5013 | 5014 | 5015 | 5016 | 5026 | 5027 | 5036 | 5061 | 5087
        | 5095 | 5100 | 5102 | 5129 | 5196 | 5208 | 5216 | 5217 | 5220 | 5225 | 5247 | 5257 | 5272 | 5285 | 5287
        | 5297 => (0, false),
        _ => return Err(Fault::UnknownSyscall(number).into()),
    };
    answer(machine, v0, error)
}

fn answer(machine: &mut Slow, v0: u64, error: bool) -> Result<(), CallError> {
    let thread = active(&mut machine.state).last_mut().ok_or(Fault::NoThread)?;
    thread.registers[2] = v0;
    thread.registers[7] = if error { 0xffff_ffff_ffff_ffff } else { 0 };
    thread.pc = thread.next_pc;
    thread.next_pc = thread.next_pc.wrapping_add(4);
    Ok(())
}

fn preempting(machine: &mut Slow) -> Result<(), CallError> {
    answer(machine, 0, false)?;
    change_sides(&mut machine.state);
    Ok(())
}

fn clone(machine: &mut Slow, flags: u64, stack: u64) -> Result<(), CallError> {
    if flags != 0x50f00 {
        machine.state.exited = true;
        machine.state.exit_code = 2;
        return Ok(());
    }
    let id = machine.state.next_thread_id;
    let parent = active(&mut machine.state).last().cloned().ok_or(Fault::NoThread)?;
    let mut child = Thread { id, exit_code: 0, exited: false, ..parent };
    child.pc = parent.next_pc;
    child.next_pc = parent.next_pc.wrapping_add(4);
    child.registers[29] = stack;
    child.registers[2] = 0;
    child.registers[7] = 0;
    machine.state.next_thread_id = id.wrapping_add(1);
    answer(machine, id, false)?;
    active(&mut machine.state).push(child);
    machine.state.steps_since_switch = 0;
    Ok(())
}

fn read_preimage(
    machine: &mut Slow,
    source: &mut dyn PreimageSource,
    address: u64,
    count: u64,
) -> Result<u64, CallError> {
    let offset = machine.state.preimage_offset;
    let preimage = machine.reader.read(source, machine.state.preimage_key, offset)?;
    let total = preimage.length();
    if offset >= total {
        return Err(Fault::PreimageOffset { offset, length: total }.into());
    }
    let available = (total - offset).min(32);
    let n = available.min(8 - (address & 7)).min(count);
    let mut bytes = word(&machine.state, address).to_be_bytes();
    for i in 0..n {
        bytes[((address & 7) + i) as usize] = preimage.byte(offset + i);
    }
    set_word(&mut machine.state, address, u64::from_be_bytes(bytes));
    machine.state.preimage_offset += n;
    Ok(n)
}

fn write_key(machine: &mut Slow, address: u64, count: u64) -> u64 {
    let n = count.min(8 - (address & 7)) as usize;
    let word = word(&machine.state, address).to_be_bytes();
    let first = (address & 7) as usize;
    let mut key = machine.state.preimage_key.0[n..].to_vec();
    key.extend_from_slice(&word[first..first + n]);
    machine.state.preimage_key.0.copy_from_slice(&key);
    machine.state.preimage_offset = 0;
    n as u64
}

fn write_hint(machine: &mut Slow, source: &mut dyn PreimageSource, address: u64, count: u64) -> Result<(), CallError> {
    const LIMIT: u64 = 16 << 20;
    let mut buffer = std::mem::take(&mut machine.state.hint_buffer);
    if count > LIMIT || buffer.len() as u64 + count > LIMIT {
        return Ok(());
    }
    let mut text = vec![0; count as usize];
    machine.state.memory.read(address, &mut text);
    buffer.extend(text);
    while buffer.len() >= 4 {
        let length = u32::from_be_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]) as usize;
        if buffer.len() - 4 < length {
            break;
        }
        source.hint(&buffer[4..4 + length])?;
        buffer.drain(..4 + length);
    }
    machine.state.hint_buffer = buffer;
    Ok(())
}
