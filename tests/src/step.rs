//! One step in three opinions: the machine, its slow twin, and the contract. They agree when the contract returns the
//! machine's hash and logs its state, or reverts with the message that belongs to the machine's fault.

use crate::judge::{Judge, Judgement};
use alloy_primitives::{B256, Bytes, hex, keccak256};
use alloy_sol_types::{Revert, SolError};
use host::OfflineHost;
use mips64::decode::Instruction as I;
use mips64::slow::Slow;
use mips64::{Fault, Mips64, PROOF_SIZE, State};
use preimage::PreimageKey;
use vm::{Machine, RunError, StepWitness};

/// What machine and contract make of a step, when it is the same.
#[derive(Debug)]
pub enum Agreed {
    /// The state after it.
    Step(Judgement),
    /// No state after it; the data of the revert.
    Fault(Bytes),
}

/// Takes the machine's next step in all three and compares. Preimages that it reads are loaded first where `load` says so.
///
/// # Errors
/// The difference, in words.
pub fn compare(
    judge: &mut Judge,
    machine: &mut Mips64,
    host: &mut OfflineHost,
    context: B256,
    load: bool,
) -> Result<Agreed, String> {
    let label = machine.describe_step().text;
    let mut twin = Slow::new(machine.snapshot().into_state());
    let before = machine.snapshot().into_state();
    let until = before.step + 1;
    match machine.prove_step(host) {
        Ok(witness) => {
            twin.run(until, host, None).map_err(|error| format!("{label}: the slow twin faults: {error}"))?;
            if twin.witness() != machine.witness() {
                return Err(format!("{label}: the slow twin has another state: {:02x?}", twin.witness()));
            }
            contract_agrees(judge, machine, &witness, host, context, load)
                .map(Agreed::Step)
                .map_err(|error| format!("{label}: {error}"))
        }
        Err(error) => {
            let slow = twin.run(until, host, None).map_err(|error| error.to_string());
            if slow != Err(error.to_string()) {
                return Err(format!("{label}: {error}, but the slow twin: {slow:?}"));
            }
            let expected = refusal(&error, &before);
            let mut before = before;
            match judge.step(&before.witness(), &complete_proof(&mut before), context) {
                Err(data) if data == expected => Ok(Agreed::Fault(data)),
                other => Err(format!("{label}: the machine says {error}, the contract {other:?}")),
            }
        }
    }
}

/// Compares a step that the machine has just taken with the contract.
///
/// # Errors
/// The difference, in words.
pub fn contract_agrees(
    judge: &mut Judge,
    after: &mut Mips64,
    witness: &StepWitness,
    host: &OfflineHost,
    context: B256,
    load: bool,
) -> Result<Judgement, String> {
    if let Some(read) = witness.preimage.as_ref().filter(|_| load) {
        let key = PreimageKey::from_bytes(read.key.0).map_err(|error| error.to_string())?;
        let evidence = host.evidence(&key).map_err(|key| format!("no evidence for {key}"))?;
        let loaded = judge.load(&evidence, read.offset, context);
        loaded.map_err(|error| format!("{key} cannot be loaded at {}: {error}", read.offset))?;
    }
    let judged = judge.step(&witness.state, &witness.proof_data, context);
    let judged = judged.map_err(|error| format!("the contract reverts: {}", text(&error)))?;
    if judged.hash != after.state_hash() || judged.state != after.witness() {
        return Err(format!("the contract has another state: {}, not {:02x?}", judged.state, after.witness()));
    }
    Ok(judged)
}

/// What the contract reverts with when the machine stops before this state's step.
pub fn refusal(error: &RunError<Fault>, before: &State) -> Bytes {
    let message = match error {
        RunError::Fault { fault, .. } => match fault {
            Fault::UnalignedPc(_) => return hex!("3f8200bc").into(),
            Fault::InvalidInstruction { .. } => "MIPS64: invalid instruction",
            Fault::BranchInDelaySlot(_) => "MIPS64: branch in delay slot",
            Fault::JumpInDelaySlot(_) => "MIPS64: jump in delay slot",
            Fault::DivisionByZero(_) => "MIPS64: division by zero",
            Fault::UnknownSyscall(_) => "MIPS64: unimplemented syscall",
            Fault::PreimageOffset { .. } => "pre-image must exist",
            Fault::NoThread if before.active().is_empty() => "MIPS64: active thread stack is empty",
            Fault::NoThread => "MIPS64: post-state active thread stack is empty",
        },
        RunError::Source { .. } => "pre-image must exist",
    };
    Revert::from(message).abi_encode().into()
}

/// A revert for people.
pub fn text(data: &Bytes) -> String {
    Revert::abi_decode(data).map_or_else(|_| data.to_string(), |revert| revert.reason)
}

/// A proof with all that a step could touch, made without the machine's prover: faulting steps have no witness, and the
/// contract checks proofs before it finds the fault.
pub fn complete_proof(state: &mut State) -> Vec<u8> {
    let thread = state.thread().cloned().unwrap_or_default();
    let below = state.active().split_last().map_or(&[][..], |(_, below)| below);
    let inner = below.iter().fold(keccak256([0; 64]), |root, thread| {
        keccak256([root.as_slice(), keccak256(thread.to_bytes()).as_slice()].concat())
    });
    let mut word = [0; 4];
    state.memory.read(thread.pc & !3, &mut word);
    let word = u32::from_be_bytes(word);
    let data = match mips64::decode::Op::decode(word).instruction {
        I::Syscall => thread.registers[5],
        _ => thread.registers[(word >> 21 & 31) as usize].wrapping_add(word as i16 as u64),
    };
    let mut proof = thread.to_bytes().to_vec();
    proof.extend_from_slice(inner.as_slice());
    for address in [thread.pc, data] {
        proof.extend(state.memory.prove(address & !7).to_bytes());
    }
    proof.resize(PROOF_SIZE, 0);
    proof
}
