//! One vector: the state before, the proof, the state after or the fault, to JSON and back.

use crate::step::{complete_proof, refusal, text};
use alloy_primitives::{B256, Bytes, hex, keccak256};
use host::OfflineHost;
use mips64::{Mips64, PROOF_SIZE, Reservation, ReservationKind, State, Thread, abi::THREAD_SIZE};
use serde_json::{Value, json};
use std::sync::LazyLock;
use vm::{Machine, PreimageRead};

/// Levels of the Merkle tree of memory.
const LEVELS: usize = 59;
const SLOT: usize = 32 * (LEVELS + 1);

/// One step.
pub struct Vector {
    /// What it shows.
    pub name: String,
    /// The fields of the state before that its witness holds as hashes: threads, and memory by leaves.
    pub before: Full,
    /// The proof, 6,090 bytes, empty for an exited state.
    pub proof: Vec<u8>,
    /// The preimage that is read, its length in front.
    pub preimage: Option<PreimageRead>,
    /// What follows.
    pub outcome: Outcome,
}

/// What a step leads to.
pub enum Outcome {
    /// Another state.
    Step(Box<Full>),
    /// Nothing.
    Fault {
        /// The reason, as the contract words it.
        reason: String,
        /// The data of the contract's revert.
        revert: Bytes,
    },
}

/// A state in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full {
    /// 188 bytes.
    pub witness: Vec<u8>,
    /// Hash of the state.
    pub hash: B256,
    /// Left and right stack, the bottom first.
    pub threads: [Vec<Thread>; 2],
    /// Leaves of memory that are not zero, with their addresses, ascending.
    pub memory: Vec<(u64, [u8; 32])>,
}

impl Full {
    fn of(state: &mut State) -> Self {
        let mut memory = Vec::new();
        state.memory.for_each_page(|number, page| {
            for (index, leaf) in page.chunks_exact(32).enumerate() {
                if leaf.iter().any(|byte| *byte != 0) {
                    let mut bytes = [0; 32];
                    bytes.copy_from_slice(leaf);
                    memory.push(((number << 12) + 32 * index as u64, bytes));
                }
            }
        });
        let threads = [state.left.clone(), state.right.clone()];
        Self { witness: state.witness().to_vec(), hash: state.hash(), threads, memory }
    }

    /// The state that it describes, read from the witness's bytes as the rules lay them out.
    pub fn state(&self) -> State {
        let w = &self.witness;
        let word = |at: usize| u64::from_be_bytes(core::array::from_fn(|i| w[at + i]));
        let kind = match w[80] {
            1 => ReservationKind::Word,
            2 => ReservationKind::Double,
            _ => ReservationKind::None,
        };
        let mut state = State::default();
        state.preimage_key = B256::from_slice(&w[32..64]);
        (state.preimage_offset, state.heap) = (word(64), word(72));
        state.reservation = Reservation::new(kind, word(81), word(89));
        (state.exit_code, state.exited) = (w[97], w[98] == 1);
        (state.step, state.steps_since_switch) = (word(99), word(107));
        (state.traverse_right, state.next_thread_id) = (w[115] == 1, word(180));
        [state.left, state.right] = self.threads.clone();
        for (address, leaf) in &self.memory {
            state.write_memory(*address, leaf);
        }
        state
    }

    fn to_json(&self, before: Option<&Self>) -> Value {
        let stack = |threads: &[Thread]| -> Vec<String> {
            threads.iter().map(|thread| hex::encode_prefixed(thread.to_bytes())).collect()
        };
        // After a step, only the leaves that changed.
        let kept = |leaf: &&(u64, [u8; 32])| before.is_none_or(|before| !before.memory.contains(leaf));
        let mut memory: Vec<Value> = self
            .memory
            .iter()
            .filter(kept)
            .map(|(address, leaf)| json!([format!("{address:#x}"), hex::encode_prefixed(leaf)]))
            .collect();
        for (address, _) in before.iter().flat_map(|before| &before.memory) {
            if !self.memory.iter().any(|(other, _)| other == address) {
                memory.push(json!([format!("{address:#x}"), hex::encode_prefixed([0; 32])]));
            }
        }
        json!({
            "witness": hex::encode_prefixed(&self.witness), "hash": self.hash,
            "left": stack(&self.threads[0]), "right": stack(&self.threads[1]), "memory": memory,
        })
    }

    fn from_json(value: &Value, before: Option<&Self>) -> Result<Self, String> {
        let stack = |name: &str| -> Result<Vec<Thread>, String> {
            let list = value[name].as_array().ok_or_else(|| format!("no {name}"))?;
            list.iter()
                .map(|thread| {
                    let bytes = <[u8; THREAD_SIZE]>::try_from(bytes(thread)?).map_err(|_| "a thread has 298 bytes")?;
                    Ok(Thread::from_bytes(&bytes))
                })
                .collect()
        };
        let mut memory = before.map(|before| before.memory.clone()).unwrap_or_default();
        for leaf in value["memory"].as_array().ok_or("no memory")? {
            let address = leaf[0].as_str().and_then(|text| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok());
            let address = address.ok_or("an address is hexadecimal")?;
            let leaf = <[u8; 32]>::try_from(bytes(&leaf[1])?).map_err(|_| "a leaf has 32 bytes")?;
            memory.retain(|(other, _)| *other != address);
            if leaf != [0; 32] {
                memory.push((address, leaf));
            }
        }
        memory.sort_unstable();
        let hash = B256::from_slice(&bytes(&value["hash"])?);
        Ok(Self { witness: bytes(&value["witness"])?, hash, threads: [stack("left")?, stack("right")?], memory })
    }
}

impl Vector {
    /// Takes the next step of a state and writes down what it was.
    ///
    /// # Errors
    /// What kept it from being taken, if that is no fault.
    pub fn record(name: String, state: State, host: &mut OfflineHost) -> Self {
        let mut machine = Mips64::new(state);
        let mut before = machine.snapshot().into_state();
        let full = Full::of(&mut before);
        match machine.prove_step(host) {
            Ok(witness) => {
                let after = Full::of(&mut machine.into_state());
                let outcome = Outcome::Step(Box::new(after));
                Self { name, before: full, proof: witness.proof_data, preimage: witness.preimage, outcome }
            }
            Err(error) => {
                let revert = refusal(&error, &before);
                let outcome = Outcome::Fault { reason: text(&revert), revert };
                Self { name, before: full, proof: complete_proof(&mut before), preimage: None, outcome }
            }
        }
    }

    /// As it stands in a file.
    pub fn to_json(&self) -> Value {
        let mut value = json!({"name": self.name, "pre": self.before.to_json(None)});
        if !self.proof.is_empty() {
            let slot = |slot: usize| {
                let words = &self.proof[330 + SLOT * slot..330 + SLOT * (slot + 1)];
                let siblings: Vec<Value> = (0..LEVELS)
                    .filter(|level| words[32 * (level + 1)..32 * (level + 2)] != zero_roots()[*level])
                    .map(|level| json!([level, hex::encode_prefixed(&words[32 * (level + 1)..32 * (level + 2)])]))
                    .collect();
                if words.iter().all(|byte| *byte == 0) {
                    Value::Null
                } else {
                    json!({"leaf": hex::encode_prefixed(&words[..32]), "siblings": siblings})
                }
            };
            value["proof"] = json!({
                "innerRoot": hex::encode_prefixed(&self.proof[THREAD_SIZE..330]),
                "memory": [slot(0), slot(1), slot(2)],
                "keccak256": keccak256(&self.proof),
            });
        }
        if let Some(read) = &self.preimage {
            value["preimage"] = json!({"key": read.key, "value": read.value, "offset": read.offset});
        }
        match &self.outcome {
            Outcome::Step(after) => value["post"] = after.to_json(Some(&self.before)),
            Outcome::Fault { reason, revert } => value["fault"] = json!({"reason": reason, "revert": revert}),
        }
        value
    }

    /// Reads what [`Vector::to_json`] writes.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let name = value["name"].as_str().ok_or("no name")?.to_owned();
        let before = Full::from_json(&value["pre"], None)?;
        let proof = match &value["proof"] {
            Value::Null => Vec::new(),
            proof => expand(&before, proof)?,
        };
        let preimage = match &value["preimage"] {
            Value::Null => None,
            read => Some(PreimageRead {
                key: B256::from_slice(&bytes(&read["key"])?),
                value: bytes(&read["value"])?.into(),
                offset: read["offset"].as_u64().ok_or("no offset")?,
            }),
        };
        let outcome = match (&value["post"], &value["fault"]) {
            (Value::Null, Value::Null) => return Err(format!("{name}: neither post nor fault")),
            (Value::Null, fault) => Outcome::Fault {
                reason: fault["reason"].as_str().ok_or("no reason")?.to_owned(),
                revert: bytes(&fault["revert"])?.into(),
            },
            (post, _) => Outcome::Step(Box::new(Full::from_json(post, Some(&before))?)),
        };
        Ok(Self { name, before, proof, preimage, outcome })
    }
}

/// The 6,090 bytes of a proof that stands abbreviated in a file: the running thread is the top of the active stack, and
/// siblings that are roots of empty subtrees are left out.
///
/// # Errors
/// What is wrong with it, in words.
pub fn expand(before: &Full, value: &Value) -> Result<Vec<u8>, String> {
    let side = usize::from(before.witness[115]);
    let mut proof = before.threads[side].last().cloned().unwrap_or_default().to_bytes().to_vec();
    proof.extend(bytes(&value["innerRoot"])?);
    for slot in value["memory"].as_array().ok_or("no proofs of memory")?.iter().filter(|slot| !slot.is_null()) {
        proof.extend(bytes(&slot["leaf"])?);
        proof.extend(merkle_siblings(slot["siblings"].as_array().ok_or("no siblings")?)?.concat());
    }
    proof.resize(PROOF_SIZE, 0);
    if value["keccak256"] != json!(keccak256(&proof)) {
        return Err("the proof has another hash".to_owned());
    }
    Ok(proof)
}

/// All siblings from the bottom up, given those that are not roots of empty subtrees.
///
/// # Errors
/// What is wrong with them, in words.
pub fn merkle_siblings(given: &[Value]) -> Result<Vec<[u8; 32]>, String> {
    let mut siblings: Vec<[u8; 32]> = zero_roots()[..LEVELS].to_vec();
    for pair in given {
        let level = pair[0].as_u64().and_then(|level| usize::try_from(level).ok()).ok_or("no level")?;
        let slot = siblings.get_mut(level).ok_or("a level is below 59")?;
        *slot = bytes(&pair[1])?.try_into().map_err(|_| "a sibling has 32 bytes")?;
    }
    Ok(siblings)
}

/// Roots of empty subtrees, by their levels.
fn zero_roots() -> &'static [[u8; 32]] {
    static ROOTS: LazyLock<Vec<[u8; 32]>> = LazyLock::new(|| {
        let mut roots = vec![[0; 32]];
        for level in 0..LEVELS {
            roots.push(keccak256([roots[level], roots[level]].concat()).0);
        }
        roots
    });
    &ROOTS
}

fn bytes(value: &Value) -> Result<Vec<u8>, String> {
    let text = value.as_str().ok_or("bytes are a string")?;
    hex::decode(text).map_err(|error| error.to_string())
}
