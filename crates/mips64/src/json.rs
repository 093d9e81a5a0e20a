//! The JSON files of Cannon's commands: proof of a step, witness of a state, symbols of a guest.

use crate::abi::STATE_VERSION;
use crate::state::{State, hash_witness};
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

fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("numbers and strings under fixed names")
}

fn hexadecimal<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode_prefixed(bytes))
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests;
