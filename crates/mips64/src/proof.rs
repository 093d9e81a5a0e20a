//! The proof of one step: what the contract cannot take from the witness of the state. Thread, the root of the stack below
//! it, and three slots for memory: the instruction, the word that is accessed, the second word of `clock_gettime`.

use crate::abi::{self, THREAD_SIZE, fd, sys};
use crate::decode::{Instruction as I, Op, Operands, TABLE};
use crate::state::{ReservationKind, State};
use crate::syscall::clock_reading;
use crate::thread::{Thread, stack_root};
use vm::MemoryProof;

/// Bytes of a proof: all slots, used or not.
pub const PROOF_SIZE: usize = THREAD_SIZE + 32 + 3 * MemoryProof::SIZE;

/// What a step accesses in memory beyond its instruction.
enum Access {
    None,
    Word(u64),
    /// Two words, the first of which is written before the second is proven.
    TwoWords {
        address: u64,
        first: u64,
    },
}

/// The proof of the step that `state` is about to take. Unused slots are zero.
pub(crate) fn prove(state: &mut State) -> Vec<u8> {
    let mut proof = Vec::with_capacity(PROOF_SIZE);
    if let Some((thread, below)) = state.active().split_last() {
        proof.extend_from_slice(&thread.to_bytes());
        proof.extend_from_slice(stack_root(below).as_slice());
        let (pc, access) = (thread.pc, access(state, thread));
        proof.extend(state.memory.prove(pc).to_bytes());
        match access {
            Access::None => {}
            Access::Word(address) => proof.extend(state.memory.prove(address).to_bytes()),
            Access::TwoWords { address, first } => {
                proof.extend(state.memory.prove(address).to_bytes());
                let mut memory = state.memory.snapshot();
                memory.store::<8>(address, first.to_be_bytes());
                proof.extend(memory.prove(address.wrapping_add(8)).to_bytes());
            }
        }
    }
    proof.resize(PROOF_SIZE, 0);
    proof
}

/// What Cannon leaves in the slots that a step does not use: it makes all proofs of a run in one place and does not clean up.
/// The proof of a second word it makes at every call that has one, whether the step is to be proven or not. Nobody reads
/// those slots, so proofs are made with zeros in them; only files that are to be Cannon's to the byte need this.
#[derive(Clone, Debug, Default)]
pub struct UnusedSlots {
    last: [Option<Vec<u8>>; 2],
}

impl UnusedSlots {
    /// Takes note of the proof of a second word, from a step that is not proven.
    pub fn second_word(&mut self, proof: &MemoryProof) {
        self.last[1] = Some(proof.to_bytes().to_vec());
    }

    /// Fills the slots that a proof leaves empty with what the proofs before it in the same run had there.
    pub fn fill(&mut self, proof: &mut [u8]) {
        // The slot of the instruction is always used.
        let slots = proof.get_mut(THREAD_SIZE + 32 + MemoryProof::SIZE..).unwrap_or_default();
        for (slot, last) in slots.chunks_exact_mut(MemoryProof::SIZE).zip(&mut self.last) {
            // A proof that is used holds hashes.
            if slot.iter().any(|byte| *byte != 0) {
                *last = Some(slot.to_vec());
            } else if let Some(last) = last {
                slot.copy_from_slice(last);
            }
        }
    }
}

/// The instruction word at an aligned address.
pub(crate) fn instruction(state: &State, pc: u64) -> u32 {
    let mut word = [0; 4];
    state.memory.read(pc & !3, &mut word);
    u32::from_be_bytes(word)
}

fn access(state: &State, thread: &Thread) -> Access {
    if thread.exited || state.quantum_used_up() {
        return Access::None;
    }
    let op = Op::decode(instruction(state, thread.pc));
    let address = thread.registers[usize::from(op.s)].wrapping_add(op.immediate as u64);
    let conditional = |kind| match state.reservation.allows(kind, address, thread.id) {
        true => Access::Word(address & !7),
        false => Access::None,
    };
    match (op.instruction, TABLE[op.instruction as usize].operands) {
        (I::Syscall, _) => access_of_call(state, thread),
        (I::Sc, _) => conditional(ReservationKind::Word),
        (I::Scd, _) => conditional(ReservationKind::Double),
        (_, Operands::Load | Operands::Store) => Access::Word(address & !7),
        _ => Access::None,
    }
}

fn access_of_call(state: &State, thread: &Thread) -> Access {
    let [a0, a1] = [abi::A0, abi::A1].map(|register| thread.registers[register]);
    match (thread.registers[abi::V0], a0, a1) {
        (sys::READ, fd::PREIMAGE_READ, address) | (sys::WRITE, fd::PREIMAGE_WRITE, address) => {
            Access::Word(address & !7)
        }
        (sys::FUTEX, address, abi::FUTEX_WAIT_PRIVATE) | (sys::GETRANDOM, address, _) => Access::Word(address & !7),
        (sys::CLOCK_GETTIME, clock, address) => match clock_reading(clock, state.step.wrapping_add(1)) {
            Ok((first, _)) => Access::TwoWords { address: address & !7, first },
            Err(_) => Access::None,
        },
        _ => Access::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_slots_keep_what_stood_there() {
        let proof = |marks: [u8; 3]| -> Vec<u8> {
            let slots = marks.iter().flat_map(|mark| [*mark; MemoryProof::SIZE]);
            core::iter::repeat_n(9, THREAD_SIZE + 32).chain(slots).collect()
        };
        let mut slots = UnusedSlots::default();
        for (given, filled) in [
            ([1, 0, 0], [1, 0, 0]),
            ([2, 3, 0], [2, 3, 0]),
            ([4, 0, 0], [4, 3, 0]),
            ([5, 6, 7], [5, 6, 7]),
            ([8, 9, 0], [8, 9, 7]),
            ([0, 0, 0], [0, 9, 7]),
        ] {
            let mut given = proof(given);
            slots.fill(&mut given);
            assert!(given == proof(filled), "{filled:?}");
        }
        // The proof of a state that has exited is empty.
        slots.fill(&mut []);
    }
}
