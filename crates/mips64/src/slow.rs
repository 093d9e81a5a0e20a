//! The slow twin: the same machine, one plain step at a time, from the rules and nothing else.
//!
//! For comparison only. It shares the form of the state with [`crate::Mips64`], and neither the table of instructions, nor
//! what they compute, nor the calls. Memory is accessed in aligned words of 8 bytes, as the contract does.

mod calls;
mod instructions;

use crate::fault::Fault;
use crate::interp::{at_step, describe};
use crate::preimage::PreimageReader;
use crate::proof;
use crate::state::{Reservation, State};
use crate::syscall::CallError;
use alloy_primitives::B256;
use vm::{Machine, PreimageSource, PreimageStop, RunError, RunStop, StepDescription, StepWitness};

/// Cannon's machine, slow.
#[derive(Debug, Default)]
pub struct Slow {
    /// The state between two steps.
    pub state: State,
    reader: PreimageReader,
}

impl Slow {
    /// A machine in a state.
    pub fn new(state: State) -> Self {
        Self { state, reader: PreimageReader::default() }
    }

    /// Section 4 of the rules, in their order. An error leaves a state that is of no use; [`Machine::run`] restores it.
    fn one_step(&mut self, source: &mut dyn PreimageSource) -> Result<(), CallError> {
        let state = &mut self.state;
        if state.exited {
            return Ok(());
        }
        if active(state).is_empty() {
            return Err(Fault::NoThread.into());
        }
        state.step = state.step.wrapping_add(1);
        let thread = active(state).last().cloned().ok_or(Fault::NoThread)?;
        if thread.exited {
            active(state).pop();
            turn_if_empty(state);
        } else if state.steps_since_switch >= 100_000 {
            change_sides(state);
        } else {
            state.steps_since_switch += 1;
            if thread.pc % 4 != 0 {
                return Err(Fault::UnalignedPc(thread.pc).into());
            }
            let double = word(state, thread.pc);
            let instruction = if thread.pc & 4 == 0 { (double >> 32) as u32 } else { double as u32 };
            if instruction >> 26 == 0 && instruction & 0x3f == 0x0c {
                calls::call(self, source)?;
            } else {
                instructions::execute(state, instruction)?;
            }
        }
        if active(&mut self.state).is_empty() { Err(Fault::NoThread.into()) } else { Ok(()) }
    }
}

fn active(state: &mut State) -> &mut Vec<crate::Thread> {
    if state.traverse_right { &mut state.right } else { &mut state.left }
}

fn turn_if_empty(state: &mut State) {
    if active(state).is_empty() {
        state.traverse_right = !state.traverse_right;
    }
    state.steps_since_switch = 0;
}

fn change_sides(state: &mut State) {
    if let Some(thread) = active(state).pop() {
        if state.traverse_right { state.left.push(thread) } else { state.right.push(thread) }
    }
    turn_if_empty(state);
}

/// The aligned word of 8 bytes that holds an address.
fn word(state: &State, address: u64) -> u64 {
    let mut bytes = [0; 8];
    state.memory.read(address & !7, &mut bytes);
    u64::from_be_bytes(bytes)
}

/// Writes an aligned word; a reservation of it ends.
fn set_word(state: &mut State, address: u64, value: u64) {
    let address = address & !7;
    state.memory.write(address, &value.to_be_bytes());
    if state.reservation.address & !7 == address {
        state.reservation = Reservation::default();
    }
}

impl Machine for Slow {
    type Fault = Fault;

    const NAME: &'static str = "mips64, slow twin";

    fn snapshot(&mut self) -> Self {
        Self { state: self.state.snapshot(), reader: self.reader.clone() }
    }

    fn step(&self) -> u64 {
        self.state.step
    }

    fn exit_code(&self) -> Option<u8> {
        self.state.exit_code()
    }

    fn witness(&mut self) -> Vec<u8> {
        self.state.witness().to_vec()
    }

    fn state_hash(&mut self) -> B256 {
        self.state.hash()
    }

    fn run(
        &mut self,
        until: u64,
        source: &mut dyn PreimageSource,
        stop: Option<&PreimageStop>,
    ) -> Result<RunStop, RunError<Fault>> {
        self.reader.take_read();
        loop {
            if self.state.exited {
                return Ok(RunStop::Exited);
            }
            let step = self.state.step;
            if step >= until {
                return Ok(RunStop::Step);
            }
            let (left, right) = (self.state.left.clone(), self.state.right.clone());
            let (right_active, since) = (self.state.traverse_right, self.state.steps_since_switch);
            if let Err(error) = self.one_step(source) {
                self.state.step = step;
                (self.state.left, self.state.right) = (left, right);
                (self.state.traverse_right, self.state.steps_since_switch) = (right_active, since);
                return Err(at_step(step, error));
            }
            if let Some(stop) = stop
                && let Some(read) = self.reader.take_read()
                && stop.matches(&read.key, read.value.len() as u64, read.offset, step)
            {
                return Ok(RunStop::Preimage);
            }
        }
    }

    fn prove_step(&mut self, source: &mut dyn PreimageSource) -> Result<StepWitness, RunError<Fault>> {
        let state = self.witness();
        if self.state.exited {
            return Ok(StepWitness { state, proof_data: Vec::new(), preimage: None });
        }
        let proof_data = proof::prove(&mut self.state);
        self.run(self.state.step.saturating_add(1), source, None)?;
        Ok(StepWitness { state, proof_data, preimage: self.reader.take_read() })
    }

    fn describe_step(&self) -> StepDescription {
        describe(&self.state)
    }

    fn bytes_beyond(&self, earlier: &Self) -> u64 {
        self.state.memory.bytes_beyond(&earlier.state.memory)
    }
}
