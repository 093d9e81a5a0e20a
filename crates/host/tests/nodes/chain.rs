//! The recorded chain as nodes have it: blocks, blobs, and the whole state of every L2 block, made by executing them all.

use alloy_consensus::{Header, Sealed};
use alloy_primitives::{Address, B64, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::TrieAccount;
use derive::PayloadAttributes;
use host::flat;
use primitives::{
    OutputRoot,
    chain_config::{ChainConfig, L1ChainConfig},
    rollup_config::{Fork, RollupConfig},
};
use program::{
    execute::{Executor, StateSource, compute_precompile},
    trie::{NodeSource, Trie},
};
use serde_json::Value;
use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, OnceLock},
};

pub(crate) struct Block {
    pub(crate) rlp: Bytes,
    pub(crate) header: Header,
    pub(crate) hash: B256,
    pub(crate) transactions: Vec<Bytes>,
    pub(crate) receipts: Vec<Bytes>,
}

pub(crate) struct Blob {
    pub(crate) l1_timestamp: u64,
    pub(crate) index: u64,
    pub(crate) versioned_hash: B256,
    pub(crate) bytes: Bytes,
}

pub(crate) struct Chain {
    pub(crate) config: ChainConfig,
    pub(crate) rollup_json: Bytes,
    pub(crate) l1_json: Bytes,
    pub(crate) l1: Vec<Block>,
    pub(crate) l2: Vec<Block>,
    pub(crate) outputs: Vec<B256>,
    pub(crate) safe_heads: Vec<u64>,
    pub(crate) blobs: Vec<Blob>,
    /// Trie nodes and code by their hashes.
    pub(crate) state: HashMap<B256, Bytes>,
}

/// State by its hashes; notes what was read.
pub(crate) struct Read<'a> {
    pub(crate) state: &'a RefCell<HashMap<B256, Bytes>>,
    pub(crate) headers: &'a HashMap<B256, Header>,
    pub(crate) read: RefCell<Vec<Bytes>>,
}

impl NodeSource for Read<'_> {
    type Error = String;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, String> {
        let node = self.state.borrow().get(hash).cloned().ok_or(format!("node {hash}"))?;
        self.read.borrow_mut().push(node.clone());
        Ok(node.to_vec())
    }
}

impl StateSource for Read<'_> {
    fn code(&self, hash: &B256) -> Result<Bytes, String> {
        self.node(hash).map(Into::into)
    }

    fn header(&self, hash: &B256) -> Result<Header, String> {
        self.headers.get(hash).cloned().ok_or(format!("header {hash}"))
    }

    fn precompile(&self, address: &Address, gas: u64, input: &[u8]) -> Result<Option<Bytes>, String> {
        Ok(compute_precompile(address, gas, input).map(Into::into))
    }
}

fn bytes(value: &Value) -> Bytes {
    value.as_str().unwrap().parse().unwrap()
}

fn blocks(list: &Value) -> Vec<Block> {
    let block = |block: &Value| {
        let rlp = bytes(&block["header"]);
        let items = |name: &str| block[name].as_array().unwrap().iter().map(bytes).collect();
        Block {
            header: Header::decode(&mut rlp.as_ref()).unwrap(),
            hash: keccak256(&rlp),
            rlp,
            transactions: items("transactions"),
            receipts: items("receipts"),
        }
    };
    list.as_array().unwrap().iter().map(block).collect()
}

fn genesis(alloc: &Value, state: &RefCell<HashMap<B256, Bytes>>, source: &Read<'_>) -> B256 {
    let add = |hash: B256, value: &[u8]| drop(state.borrow_mut().insert(hash, Bytes::copy_from_slice(value)));
    let quantity = |value: &Value| value.as_str().unwrap().parse::<U256>().unwrap();
    let mut accounts = Trie::default();
    for (address, account) in alloc.as_object().unwrap() {
        let mut storage = Trie::default();
        for (slot, value) in account.get("storage").and_then(Value::as_object).into_iter().flatten() {
            let value: B256 = value.as_str().unwrap().parse().unwrap();
            if !value.is_zero() {
                let slot = keccak256(slot.parse::<B256>().unwrap());
                let value = alloy_rlp::encode(U256::from_be_bytes(value.0));
                storage.insert(source, slot.as_slice(), &value).unwrap();
            }
        }
        let code = account.get("code").map(bytes).unwrap_or_default();
        add(keccak256(&code), &code);
        let entry = TrieAccount {
            nonce: account.get("nonce").map(|nonce| quantity(nonce).to()).unwrap_or_default(),
            balance: account.get("balance").map(quantity).unwrap_or_default(),
            storage_root: storage.commit(&mut |hash, node| add(hash, node)),
            code_hash: if code.is_empty() { KECCAK256_EMPTY } else { keccak256(&code) },
        };
        let address: Address = address.parse().unwrap();
        accounts.insert(source, keccak256(address).as_slice(), &alloy_rlp::encode(entry)).unwrap();
    }
    accounts.commit(&mut |hash, node| add(hash, node))
}

/// The attributes that a block was made from.
fn attributes(config: &RollupConfig, block: &Block) -> PayloadAttributes {
    let header = &block.header;
    let active = |fork| config.is_active(fork, header.timestamp);
    let extra = &header.extra_data;
    PayloadAttributes {
        timestamp: header.timestamp,
        prev_randao: header.mix_hash,
        suggested_fee_recipient: header.beneficiary,
        parent_beacon_block_root: header.parent_beacon_block_root,
        withdrawals: active(Fork::Canyon),
        transactions: block.transactions.clone(),
        gas_limit: header.gas_limit,
        eip1559_params: active(Fork::Holocene).then(|| B64::from_slice(&extra[1..9])),
        min_base_fee: active(Fork::Jovian).then(|| u64::from_be_bytes(extra[9..17].try_into().unwrap())),
    }
}

impl Chain {
    /// The chain in the folder of recorded data; loaded once.
    pub(crate) fn load(data: &Path) -> Arc<Self> {
        static CHAIN: OnceLock<Arc<Chain>> = OnceLock::new();
        CHAIN.get_or_init(|| Arc::new(Self::read(&data.join("devnet-901901/chain")))).clone()
    }

    fn read(folder: &Path) -> Self {
        let packed = |name: &str| -> Value {
            serde_json::from_slice(&flat::read_bounded(&folder.join(name), 1 << 30).unwrap()).unwrap()
        };
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let (rollup_json, l1_json) = (text("rollup.json"), text("l1-chain-config.json"));
        let config = ChainConfig {
            rollup: RollupConfig::from_json(&rollup_json).unwrap(),
            l1: L1ChainConfig::from_json(&l1_json).unwrap(),
        };
        let l2_json = packed("l2-blocks.json.zst");
        let (l1, l2) = (blocks(&packed("l1-blocks.json.zst")), blocks(&l2_json));
        let headers: HashMap<B256, Header> = l2.iter().map(|block| (block.hash, block.header.clone())).collect();
        let state = RefCell::new(HashMap::new());
        let source = Read { state: &state, headers: &headers, read: RefCell::default() };
        let root = genesis(&packed("l2-genesis.json.zst")["alloc"], &state, &source);
        assert_eq!(root, l2[0].header.state_root);
        let mut executor =
            Executor::new(&config.rollup, &source, Sealed::new_unchecked(l2[0].header.clone(), l2[0].hash));
        for block in &l2[1..] {
            let mut written = Vec::new();
            let made = executor
                .execute(&attributes(&config.rollup, block), &mut |hash, value| written.push((hash, value.to_vec())))
                .unwrap();
            assert_eq!(made.header.seal(), block.hash);
            state.borrow_mut().extend(written.into_iter().map(|(hash, value)| (hash, Bytes::from(value))));
        }
        drop(executor);
        let outputs = l2_json.as_array().unwrap().iter();
        let blobs = packed("blobs.json.zst");
        let blob = |blob: &Value| Blob {
            l1_timestamp: blob["l1Timestamp"].as_u64().or_else(|| blob["timestamp"].as_u64()).unwrap(),
            index: blob["index"].as_u64().unwrap(),
            versioned_hash: blob["versionedHash"].as_str().unwrap().parse().unwrap(),
            bytes: bytes(&blob["blob"]),
        };
        let heads = packed("safe-heads.json.zst");
        Self {
            config,
            rollup_json: rollup_json.into_bytes().into(),
            l1_json: l1_json.into_bytes().into(),
            outputs: outputs.map(|block| block["outputRoot"].as_str().unwrap().parse().unwrap()).collect(),
            safe_heads: heads.as_array().unwrap().iter().map(|h| h["safeHead"]["number"].as_u64().unwrap()).collect(),
            blobs: blobs.as_array().unwrap().iter().map(blob).collect(),
            l1,
            l2,
            state: state.into_inner(),
        }
    }

    /// Output root of an L2 block.
    pub(crate) fn output(&self, number: u64) -> B256 {
        self.outputs[number as usize]
    }

    /// All that executing a block reads.
    pub(crate) fn witness(&self, number: u64) -> Vec<Bytes> {
        let headers: HashMap<B256, Header> = self.l2.iter().map(|block| (block.hash, block.header.clone())).collect();
        let state = RefCell::new(self.state.clone());
        let source = Read { state: &state, headers: &headers, read: RefCell::default() };
        let (parent, block) = (&self.l2[number as usize - 1], &self.l2[number as usize]);
        let parent = Sealed::new_unchecked(parent.header.clone(), parent.hash);
        let mut executor = Executor::new(&self.config.rollup, &source, parent);
        executor.execute(&attributes(&self.config.rollup, block), &mut |_, _| ()).unwrap();
        let _: OutputRoot = executor.output_root().unwrap();
        drop(executor);
        source.read.into_inner()
    }
}
