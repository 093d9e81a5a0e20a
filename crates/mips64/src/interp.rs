//! The machine, and its loop: bursts of decoded instructions between the events that need the whole state.
//!
//! A burst keeps the running thread's registers at hand and counts steps down; it ends at a call, at the end of the
//! thread's turn, at the step asked for, or at a fault. Preemption, calls and exits happen here, outside.

mod burst;
mod engine;

use crate::abi::QUANTUM;
use crate::code::CodeCache;
use crate::compiled::{HOT, Lease};
use crate::decode::disassemble;
use crate::fault::Fault;
use crate::preimage::PreimageReader;
use crate::proof;
use crate::state::{State, hash_witness};
use crate::syscall::{self, CallError, Host};
use alloy_primitives::B256;
use burst::Pause;
use vm::{Machine, PreimageSource, PreimageStop, RunError, RunStop, Status, StepDescription, StepWitness};

/// Steps from which on compiled code is worth its while.
const WORTHWHILE: u64 = 1000;

/// What executes instructions. Both mean the same, and [`Mips64`] may go from one to the other between any two steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Compiled code for what runs often, where the host has what that takes (Linux on x86-64); else the interpreter.
    #[default]
    Compiled,
    /// The interpreter alone.
    Interpreter,
    /// Compiled code for everything, at the first step: slow, for comparing it with the interpreter.
    Eager,
}

/// Cannon's machine, fast.
#[derive(Debug, Default)]
pub struct Mips64 {
    pub(crate) state: State,
    code: CodeCache,
    reader: PreimageReader,
    engine: Engine,
    compiled: Lease,
}

impl Mips64 {
    /// A machine in a state.
    pub fn new(state: State) -> Self {
        Self { state, ..Self::default() }
    }

    /// The machine with another engine; copies of it have the same.
    pub fn with_engine(self, engine: Engine) -> Self {
        Self { engine, compiled: Lease::default(), ..self }
    }

    /// Takes over what another machine has compiled.
    pub(crate) fn take_compiled(&mut self, other: &mut Self) {
        self.compiled.take_over(&mut other.compiled, &mut self.state.memory);
    }

    /// Keeps few compiled blocks.
    #[cfg(test)]
    pub(crate) fn limit_blocks(&mut self, limit: usize) {
        if let Some(compiled) = self.compiled.get(0, &mut self.state.memory) {
            compiled.limit = limit;
        }
    }

    /// Compiles something else than what is there.
    #[cfg(test)]
    pub(crate) fn twist(&mut self, twist: Option<fn(&mut crate::lower::Block)>) {
        if let Some(compiled) = self.compiled.get(HOT, &mut self.state.memory) {
            compiled.twist = twist;
        }
    }

    /// What is compiled.
    #[cfg(test)]
    pub(crate) fn compiled(&mut self) -> &mut Lease {
        &mut self.compiled
    }

    /// The state between two steps.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Gives the state away.
    pub fn into_state(self) -> State {
        self.state
    }

    /// Changes the state from outside: memory, registers, program counter, exit. For adversaries and tests.
    pub fn edit<T>(&mut self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state);
        // Code may have been changed, or the whole state replaced.
        self.state.memory.release();
        self.code = CodeCache::default();
        if let Some(compiled) = self.compiled.held() {
            compiled.attach(&mut self.state.memory);
        }
        changed
    }

    /// One step that is not an instruction of a burst: a call.
    fn call(&mut self, source: &mut dyn PreimageSource) -> Result<(), CallError> {
        let state = &mut self.state;
        state.step += 1;
        state.steps_since_switch += 1;
        let result = syscall::call(state, Host { reader: &mut self.reader, source });
        if result.is_err() {
            state.step -= 1;
            state.steps_since_switch -= 1;
        }
        for address in state.code_writes.drain(..) {
            self.code.written(address);
            if let Some(compiled) = self.compiled.held() {
                compiled.written(address);
            }
        }
        result
    }

    /// Executes at most until the step counter is `until`, at least one step. Tells whether a call was made.
    fn advance(&mut self, until: u64, reads: bool, source: &mut dyn PreimageSource) -> Result<bool, CallError> {
        let state = &mut self.state;
        let thread = state.thread().ok_or(Fault::NoThread)?;
        if thread.exited {
            state.pop()?;
            state.step += 1;
            return Ok(false);
        }
        if state.quantum_used_up() {
            state.preempt();
            state.step += 1;
            return Ok(false);
        }
        let budget = (until - state.step).min(QUANTUM - state.steps_since_switch);
        let compiled = match self.engine {
            Engine::Interpreter => None,
            Engine::Compiled if budget < WORTHWHILE => self.compiled.held(),
            Engine::Compiled => self.compiled.get(HOT, &mut state.memory),
            Engine::Eager => self.compiled.get(0, &mut state.memory),
        };
        // Whoever asks for a single step may ask what it read.
        let reads = reads && until - state.step > 1;
        let pause = match compiled {
            Some(compiled) => engine::run(state, &mut self.code, compiled, &self.reader, reads, budget)?,
            None => burst::run(state, &mut self.code, budget, |_| true)?,
        };
        match pause {
            Pause::Budget => Ok(false),
            Pause::Call => self.call(source).map(|()| true),
        }
    }
}

impl Machine for Mips64 {
    type Fault = Fault;

    const NAME: &'static str = "mips64 (Cannon multithreaded64-5, state version 8)";

    fn snapshot(&mut self) -> Self {
        Self {
            state: self.state.snapshot(),
            code: CodeCache::default(),
            reader: self.reader.clone(),
            engine: self.engine,
            compiled: self.compiled.share(),
        }
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
        hash_witness(&self.state.witness(), self.status())
    }

    fn status(&self) -> Status {
        Status::of_exit_code(self.exit_code())
    }

    fn run(
        &mut self,
        until: u64,
        source: &mut dyn PreimageSource,
        stop: Option<&PreimageStop>,
    ) -> Result<RunStop, RunError<Fault>> {
        self.reader.take_read();
        while !self.state.exited {
            if self.state.step >= until {
                return Ok(RunStop::Step);
            }
            let called =
                self.advance(until, stop.is_none(), source).map_err(|error| at_step(self.state.step, error))?;
            if called
                && let Some(stop) = stop
                && let Some(read) = self.reader.take_read()
                && stop.matches(&read.key, read.value.len() as u64, read.offset, self.state.step - 1)
            {
                return Ok(RunStop::Preimage);
            }
        }
        Ok(RunStop::Exited)
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

/// Says where an error happened. The state is the one before the step.
pub(crate) fn at_step(step: u64, error: CallError) -> RunError<Fault> {
    match error {
        CallError::Fault(fault) => RunError::Fault { step, fault },
        CallError::Source(error) => RunError::Source { step, error },
    }
}

/// The next step in words.
pub(crate) fn describe(state: &State) -> StepDescription {
    let Some(thread) = state.thread() else {
        return StepDescription { pc: 0, word: 0, text: "no thread".to_owned() };
    };
    let (pc, word) = (thread.pc, proof::instruction(state, thread.pc));
    let text = match () {
        () if state.exited => "exited: nothing happens".to_owned(),
        () if thread.exited => format!("thread {} has exited and is removed", thread.id),
        () if state.quantum_used_up() => format!("thread {} has used up its turn", thread.id),
        () => disassemble(pc, word),
    };
    StepDescription { pc, word, text }
}
