//! Witness folders as preimage oracles.

use crate::real as data;
use alloy_primitives::{B256, Bytes, keccak256};
use preimage::{Hint, KeyType, LocalInput, OracleError, PreimageKey, PreimageOracle, root_of_unity};
use primitives::chain_config::{ChainConfig, L1ChainConfig, encode_chain_configs};
use program::{Boot, ProgramError, Verdict, execute::compute_precompile};
use serde_json::Value;
use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

/// A claim with its known verdict.
pub(crate) struct Expected {
    pub(crate) root: B256,
    pub(crate) block: u64,
    pub(crate) valid: bool,
    pub(crate) kind: String,
}

/// A witness folder.
pub(crate) struct Witness {
    pub(crate) name: String,
    pub(crate) boot: Boot,
    pub(crate) agreed_block: u64,
    pub(crate) config: ChainConfig,
    pub(crate) expected: Vec<Expected>,
    pub(crate) values: HashMap<PreimageKey, Bytes>,
}

fn records(path: &Path, key_len: usize) -> Vec<(Vec<u8>, Bytes)> {
    let raw = Bytes::from(data::unzstd(path));
    let (mut out, mut at) = (Vec::new(), 0);
    while at < raw.len() {
        let value = at + key_len + 4;
        let len = u32::from_be_bytes(raw[value - 4..value].try_into().unwrap()) as usize;
        out.push((raw[at..at + key_len].to_vec(), raw.slice(value..value + len)));
        at = value + len;
    }
    out
}

/// The folders of witnesses in the real data.
pub(crate) fn folders(test: &str) -> Vec<PathBuf> {
    let Some(folder) = data::folder(test) else { return Vec::new() };
    let mut out: Vec<PathBuf> = fs::read_dir(folder.join("devnet-901901/witnesses"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    out.sort();
    out.insert(0, folder.join("op-sepolia-16491249"));
    out
}

/// One of the folders by the end of its name.
pub(crate) fn named(test: &str, name: &str) -> Option<Witness> {
    folders(test).iter().find(|path| path.ends_with(name)).map(|path| load(path))
}

fn config(root: &Path, folder: &Path, boot: &Value) -> ChainConfig {
    let read = |name: &Value| data::json(&fs::read(folder.join(name.as_str().unwrap())).unwrap());
    match boot.get("rollup_config") {
        Some(name) => ChainConfig {
            rollup: data::rollup_config(&read(name)),
            l1: data::l1_config(&read(&boot["l1_chain_config"])),
        },
        None => {
            let block = root.join("blocks/op-sepolia-26207960.json.zst");
            let value = data::json(&data::unzstd(&block));
            ChainConfig { rollup: data::rollup_config(&value["rollup_config"]), l1: L1ChainConfig::sepolia() }
        }
    }
}

pub(crate) fn load(folder: &Path) -> Witness {
    let root = data::folder("").unwrap();
    let boot = data::json(&fs::read(folder.join("boot.json")).unwrap());
    let mut values = HashMap::new();
    for (key, value) in records(&folder.join("preimages.kv.zst"), 32) {
        let key = PreimageKey::from_bytes(key.try_into().unwrap()).unwrap();
        // Precompile results are computed on request.
        if key.key_type() != KeyType::Precompile {
            values.insert(key, value);
        }
    }
    if boot.get("blob_elements_inline") == Some(&Value::Bool(false)) {
        let blobs: HashMap<_, _> = records(&folder.join("../blobs.kv.zst"), 48).into_iter().collect();
        for blob in boot["blobs"].as_array().unwrap() {
            let commitment: [u8; 48] = data::bytes(&blob["commitment"]).as_ref().try_into().unwrap();
            for (index, element) in blobs[commitment.as_slice()].chunks_exact(32).enumerate() {
                let key = PreimageKey::blob(&commitment, root_of_unity(index).unwrap());
                values.insert(key, Bytes::copy_from_slice(element));
            }
        }
    }
    for entry in fs::read_dir(root.join("upgrades")).unwrap() {
        let file = data::json(&fs::read(entry.unwrap().path()).unwrap());
        for transaction in file["transactions"].as_array().unwrap() {
            let raw = data::bytes(&transaction["raw"]);
            values.insert(PreimageKey::keccak256(keccak256(&raw)), raw);
        }
    }
    let block = data::number(&boot["claimed_l2_block_number"]);
    let expected = boot["expected"].as_array().unwrap().iter().map(|claim| Expected {
        root: data::word(&claim["claimed_l2_output_root"]),
        block: claim.get("claimed_l2_block_number").map_or(block, data::number),
        valid: claim["verdict"] == "valid",
        kind: claim["kind"].as_str().unwrap().to_owned(),
    });
    Witness {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        expected: expected.collect(),
        boot: Boot {
            l1_head: data::word(&boot["l1_head"]),
            agreed_output_root: data::word(&boot["agreed_l2_output_root"]),
            claimed_output_root: data::word(&boot["claimed_l2_output_root"]),
            claimed_block_number: block,
            chain_id: data::number(&boot["l2_chain_id"]),
        },
        agreed_block: data::number(&boot["agreed_l2_block_number"]),
        config: config(&root, folder, &boot),
        values,
    }
}

/// An oracle over a witness.
pub(crate) struct WitnessOracle<'a> {
    values: &'a HashMap<PreimageKey, Bytes>,
    computed: HashMap<PreimageKey, Bytes>,
    /// Keys answered so far.
    pub(crate) asked: BTreeSet<PreimageKey>,
    /// Values that stand in for those of the witness; an empty one is missing.
    pub(crate) changed: HashMap<PreimageKey, Bytes>,
}

impl<'a> WitnessOracle<'a> {
    pub(crate) fn new(values: &'a HashMap<PreimageKey, Bytes>, boot: &Boot) -> Self {
        let locals = [
            (LocalInput::L1Head, boot.l1_head.to_vec()),
            (LocalInput::AgreedOutputRoot, boot.agreed_output_root.to_vec()),
            (LocalInput::ClaimedOutputRoot, boot.claimed_output_root.to_vec()),
            (LocalInput::ClaimedBlockNumber, boot.claimed_block_number.to_be_bytes().to_vec()),
            (LocalInput::L2ChainId, boot.chain_id.to_be_bytes().to_vec()),
        ];
        let computed = locals.into_iter().map(|(input, value)| (input.key(), value.into())).collect();
        Self { values, computed, asked: BTreeSet::new(), changed: HashMap::new() }
    }
}

impl PreimageOracle for WitnessOracle<'_> {
    fn get(&mut self, key: &PreimageKey) -> Result<Bytes, OracleError> {
        self.asked.insert(*key);
        if let Some(value) = self.changed.get(key) {
            return if value.is_empty() { Err(OracleError::Missing(*key)) } else { Ok(value.clone()) };
        }
        let value = self.values.get(key).or_else(|| self.computed.get(key));
        value.cloned().ok_or(OracleError::Missing(*key))
    }

    fn hint(&mut self, hint: &Hint<'_>) -> Result<(), OracleError> {
        if let Hint::L1PrecompileV2 { address, required_gas, input } = hint {
            let result = match compute_precompile(address, *required_gas, input) {
                Some(output) => [&[1], output.as_slice()].concat(),
                None => vec![0],
            };
            self.computed.insert(PreimageKey::precompile(address, *required_gas, input), result.into());
        }
        Ok(())
    }
}

impl Witness {
    pub(crate) fn oracle(&self) -> WitnessOracle<'_> {
        WitnessOracle::new(&self.values, &self.boot)
    }

    /// The verdict over another claim, through the entry of the guest.
    pub(crate) fn judge(&self, root: B256, block: u64) -> Result<Verdict, ProgramError> {
        let boot = Boot { claimed_output_root: root, claimed_block_number: block, ..self.boot };
        program::judge(WitnessOracle::new(&self.values, &boot), &self.section())
    }

    pub(crate) fn section(&self) -> Vec<u8> {
        encode_chain_configs(std::slice::from_ref(&self.config))
    }
}
