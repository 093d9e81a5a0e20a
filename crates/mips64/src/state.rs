//! The state of the machine: its fields, the witness of 188 bytes, its hash, and the moves of the scheduler.

use crate::abi::{HEAP_START, QUANTUM, WITNESS_SIZE};
use crate::fault::Fault;
use crate::thread::{Thread, stack_root};
use alloy_primitives::{B256, keccak256};
use vm::{Memory, Status};

/// All there is between two steps. The fields may be set freely; [`crate::Mips64::edit`] tells a running machine.
#[derive(Debug, Default)]
pub struct State {
    /// Memory of all threads.
    pub memory: Memory,
    /// Key of the preimage that is read next.
    pub preimage_key: B256,
    /// Offset of the next read, counting the 8 bytes of the length.
    pub preimage_offset: u64,
    /// Next address that `mmap` hands out.
    pub heap: u64,
    /// Reservation of a load-linked.
    pub reservation: Reservation,
    /// Exit code of the guest, once it exited.
    pub exit_code: u8,
    /// Whether the guest exited.
    pub exited: bool,
    /// Steps executed.
    pub step: u64,
    /// Steps since another thread, or the same one again, was given the turn.
    pub steps_since_switch: u64,
    /// Whether the right stack is the active one.
    pub traverse_right: bool,
    /// Id for the next thread.
    pub next_thread_id: u64,
    /// Left stack of threads, its top last.
    pub left: Vec<Thread>,
    /// Right stack of threads, its top last.
    pub right: Vec<Thread>,
    /// Bytes of hints that are not complete; not part of the witness.
    pub hint_buffer: Vec<u8>,
    /// Words written in pages that somebody watches for changed code.
    pub(crate) code_writes: Vec<u64>,
}

/// What the last load-linked reserved. One for the whole machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reservation {
    /// Width of the access, if there is a reservation.
    pub kind: ReservationKind,
    /// Address as computed, not aligned.
    pub address: u64,
    /// Thread that made it.
    pub owner: u64,
}

/// Width of a reservation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum ReservationKind {
    /// No reservation.
    #[default]
    None = 0,
    /// By `ll`, 4 bytes.
    Word = 1,
    /// By `lld`, 8 bytes.
    Double = 2,
}

impl State {
    /// A state with one thread at `entry` on the left stack, empty memory and an empty heap.
    pub fn new(entry: u64) -> Self {
        let thread = Thread { pc: entry, next_pc: entry.wrapping_add(4), ..Thread::default() };
        Self { heap: HEAP_START, next_thread_id: 1, left: vec![thread], ..Self::default() }
    }

    /// A copy that shares its memory until one of the two writes.
    pub fn snapshot(&mut self) -> Self {
        Self {
            memory: self.memory.snapshot(),
            left: self.left.clone(),
            right: self.right.clone(),
            hint_buffer: self.hint_buffer.clone(),
            code_writes: Vec::new(),
            ..*self
        }
    }

    /// The stack whose top runs.
    pub fn active(&self) -> &[Thread] {
        if self.traverse_right { &self.right } else { &self.left }
    }

    /// The running thread; none only in a state that cannot go on.
    pub fn thread(&self) -> Option<&Thread> {
        self.active().last()
    }

    /// The running thread, to be changed.
    pub fn thread_mut(&mut self) -> Option<&mut Thread> {
        self.active_mut().last_mut()
    }

    /// Exit code, if the guest exited.
    pub fn exit_code(&self) -> Option<u8> {
        self.exited.then_some(self.exit_code)
    }

    /// The witness: the state with memory and threads as hashes.
    pub fn witness(&mut self) -> [u8; WITNESS_SIZE] {
        let (left, right) = (stack_root(&self.left), stack_root(&self.right));
        let mut witness = [0; WITNESS_SIZE];
        let mut rest = witness.as_mut_slice();
        let mut put = |bytes: &[u8]| {
            let (now, later) = core::mem::take(&mut rest).split_at_mut(bytes.len());
            now.copy_from_slice(bytes);
            rest = later;
        };
        put(self.memory.root().as_slice());
        put(self.preimage_key.as_slice());
        put(&self.preimage_offset.to_be_bytes());
        put(&self.heap.to_be_bytes());
        put(&[self.reservation.kind as u8]);
        put(&self.reservation.address.to_be_bytes());
        put(&self.reservation.owner.to_be_bytes());
        put(&[self.exit_code, u8::from(self.exited)]);
        put(&self.step.to_be_bytes());
        put(&self.steps_since_switch.to_be_bytes());
        put(&[u8::from(self.traverse_right)]);
        put(left.as_slice());
        put(right.as_slice());
        put(&self.next_thread_id.to_be_bytes());
        witness
    }

    /// Hash of the state: what a claim commits to.
    pub fn hash(&mut self) -> B256 {
        hash_witness(&self.witness(), Status::of_exit_code(self.exit_code()))
    }

    /// Writes bytes anywhere in memory, as no instruction does: for changing a state from outside.
    pub fn write_memory(&mut self, address: u64, bytes: &[u8]) {
        self.memory.write(address, bytes);
    }

    /// Sets a register of the running thread; register 0 stays 0.
    pub fn set_register(&mut self, register: usize, value: u64) {
        if let Some(slot) = self.thread_mut().and_then(|thread| thread.registers.get_mut(register))
            && register != 0
        {
            *slot = value;
        }
    }

    /// Sets the address at which the running thread goes on.
    pub fn set_pc(&mut self, pc: u64) {
        if let Some(thread) = self.thread_mut() {
            (thread.pc, thread.next_pc) = (pc, pc.wrapping_add(4));
        }
    }

    /// Sets the exit code: the guest has exited with it, whatever it was doing.
    pub fn set_exit(&mut self, code: u8) {
        (self.exited, self.exit_code) = (true, code);
    }

    /// Stores an aligned word on behalf of a call and gives up a reservation of it.
    pub(crate) fn store_word(&mut self, address: u64, value: u64) {
        let address = address & !7;
        if self.memory.store::<8>(address, value.to_be_bytes()) {
            self.code_writes.push(address);
        }
        if address == self.reservation.address & !7 {
            self.reservation = Reservation::default();
        }
    }

    /// The aligned word that holds `address`.
    pub(crate) fn load_word(&mut self, address: u64) -> u64 {
        u64::from_be_bytes(self.memory.load::<8>(address))
    }

    /// Whether the next step gives the turn away instead of executing an instruction.
    pub(crate) fn quantum_used_up(&self) -> bool {
        self.steps_since_switch >= QUANTUM
    }

    /// Moves the running thread to the other stack.
    pub(crate) fn preempt(&mut self) {
        let thread = self.active_mut().pop();
        let other = if self.traverse_right { &mut self.left } else { &mut self.right };
        other.extend(thread);
        self.switched();
    }

    /// Removes the running thread, which exited.
    ///
    /// # Errors
    /// [`Fault::NoThread`], before anything changes, if no thread would be left.
    pub(crate) fn pop(&mut self) -> Result<(), Fault> {
        if self.left.len() + self.right.len() <= 1 {
            return Err(Fault::NoThread);
        }
        self.active_mut().pop();
        self.switched();
        Ok(())
    }

    /// Puts a new thread on top of the running one.
    pub(crate) fn push(&mut self, thread: Thread) {
        self.active_mut().push(thread);
        self.steps_since_switch = 0;
    }

    fn switched(&mut self) {
        if self.active().is_empty() {
            self.traverse_right = !self.traverse_right;
        }
        self.steps_since_switch = 0;
    }

    fn active_mut(&mut self) -> &mut Vec<Thread> {
        if self.traverse_right { &mut self.right } else { &mut self.left }
    }
}

/// Hash of a witness: with the status in place of the first byte.
pub(crate) fn hash_witness(witness: &[u8; WITNESS_SIZE], status: Status) -> B256 {
    let mut hash = keccak256(witness);
    hash[0] = status as u8;
    hash
}
