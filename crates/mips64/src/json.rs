//! The JSON files of Cannon's commands: proof of a step, witness of a state, symbols of a guest, figures of a run. They are
//! laid out as Cannon lays them out, to the byte: indented by two spaces, followed by two line ends.

use crate::abi::STATE_VERSION;
use crate::state::{State, hash_witness};
use crate::statistics::Statistics;
use alloy_primitives::{B256, hex};
use serde::{Deserialize, Serialize, Serializer};
use vm::{Status, StepWitness, Symbol, Symbols};

/// Proof of one step, as `run --proof-at` writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProofJson<'a> {
    step: u64,
    pre: String,
    post: String,
    #[serde(serialize_with = "hexadecimal")]
    state_data: &'a [u8],
    #[serde(serialize_with = "hexadecimal")]
    proof_data: &'a [u8],
    #[serde(skip_serializing_if = "Option::is_none")]
    oracle_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oracle_value: Option<String>,
    #[serde(skip_serializing_if = "is_zero")]
    oracle_offset: u64,
}

impl<'a> ProofJson<'a> {
    /// Proof of the step that leads from the state in `witness`, with counter `step`, to the state with hash `post`.
    /// `pre` is the hash of the state in `witness`.
    pub fn new(step: u64, pre: B256, post: B256, witness: &'a StepWitness) -> Self {
        let preimage = witness.preimage.as_ref();
        Self {
            step,
            pre: pre.to_string(),
            post: post.to_string(),
            state_data: &witness.state,
            proof_data: &witness.proof_data,
            oracle_key: preimage.map(|read| hex::encode_prefixed(read.key)),
            oracle_value: preimage.map(|read| hex::encode_prefixed(&read.value)),
            oracle_offset: preimage.map_or(0, |read| read.offset),
        }
    }

    /// The file's content.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

/// Witness of a state, as `witness` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WitnessJson {
    state_version: u8,
    witness_hash: String,
    witness: String,
    step: u64,
    exited: bool,
    exit_code: u8,
}

impl WitnessJson {
    /// Witness of a state.
    pub fn new(state: &mut State) -> Self {
        let witness = state.witness();
        Self {
            state_version: STATE_VERSION,
            witness_hash: hash_witness(&witness, Status::of_exit_code(state.exit_code())).to_string(),
            witness: hex::encode_prefixed(witness),
            step: state.step,
            exited: state.exited,
            exit_code: state.exit_code,
        }
    }

    /// The file's content.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

#[derive(Serialize, Deserialize)]
struct MetaJson {
    symbols: Option<Vec<SymbolJson>>,
}

#[derive(Serialize, Deserialize)]
struct SymbolJson {
    name: String,
    start: u64,
    size: u64,
}

/// The symbols of a guest, as `load-elf --meta` writes them.
pub fn meta_json(symbols: &Symbols) -> String {
    let json = |symbol: &Symbol| SymbolJson { name: symbol.name.clone(), start: symbol.start, size: symbol.size };
    to_json(&MetaJson { symbols: Some(symbols.as_slice().iter().map(json).collect()) })
}

/// Reads what [`meta_json`] writes.
///
/// # Errors
/// Those of the JSON.
pub fn symbols_from_json(text: &str) -> Result<Symbols, serde_json::Error> {
    let meta: MetaJson = serde_json::from_str(text)?;
    let symbols = meta.symbols.unwrap_or_default().into_iter();
    Ok(Symbols::new(symbols.map(|s| Symbol { name: s.name, start: s.start, size: s.size }).collect()))
}

/// Figures of a run, as `run --debug-info` writes them.
#[derive(Debug, Serialize)]
pub struct DebugJson {
    pages: u64,
    memory_used: String,
    num_preimage_requests: u64,
    total_preimage_size: u64,
    total_steps: u64,
    instruction_cache_miss_count: u64,
    highest_icache_miss_pc: String,
    rmw_success_count: u64,
    rmw_fail_count: u64,
    max_steps_between_ll_and_sc: u64,
    reservation_invalidation_count: u64,
    forced_preemption_count: u64,
    idle_step_count_thread_0: u64,
}

impl DebugJson {
    /// Figures of a run that ended in `state`, with the number of preimages asked for and their bytes.
    pub fn new(state: &mut State, statistics: &Statistics, preimages: u64, preimage_bytes: u64) -> Self {
        let pages = state.memory.page_count();
        Self {
            pages,
            memory_used: format!("{:#x}", pages * vm::PAGE_SIZE as u64),
            num_preimage_requests: preimages,
            total_preimage_size: preimage_bytes,
            total_steps: state.step,
            instruction_cache_miss_count: statistics.instruction_cache_miss_count,
            highest_icache_miss_pc: format!("{:#x}", statistics.highest_icache_miss_pc),
            rmw_success_count: statistics.rmw_success_count,
            rmw_fail_count: statistics.rmw_fail_count,
            max_steps_between_ll_and_sc: statistics.max_steps_between_ll_and_sc,
            reservation_invalidation_count: statistics.reservation_invalidation_count,
            forced_preemption_count: statistics.forced_preemption_count,
            idle_step_count_thread_0: statistics.idle_step_count_thread_0,
        }
    }

    /// The file's content.
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("numbers and strings under fixed names") + "\n\n"
}

fn hexadecimal<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode_prefixed(bytes))
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests;
