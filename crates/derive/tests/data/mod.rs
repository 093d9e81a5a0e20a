//! Recorded chains from the folder that `TRIBUNAL_REAL_DATA` names, and a source of derivation over them.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use alloy_consensus::{Header, Sealable, Sealed};
use alloy_primitives::{B256, Bytes, keccak256};
use alloy_rlp::Decodable;
use derive::{BLOB_SIZE, BlobId, L1BlockRef, L2Block, L2BlockInfo, Source};
use primitives::{
    chain_config::{ChainConfig, L1ChainConfig},
    rollup_config::RollupConfig,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The folder with recorded data; none, loudly, where there is none.
pub fn real_data(part: &str) -> Option<PathBuf> {
    let found = std::env::var_os("TRIBUNAL_REAL_DATA").map(|root| Path::new(&root).join(part)).filter(|p| p.exists());
    if found.is_none() {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA is unset or has no {part}");
    }
    found
}

pub fn unzstd(path: &Path) -> Vec<u8> {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut out = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(file).unwrap().read_to_end(&mut out).unwrap();
    out
}

pub fn json_zst(path: &Path) -> Value {
    serde_json::from_slice(&unzstd(path)).unwrap()
}

pub fn hash(value: &Value) -> B256 {
    value.as_str().unwrap().parse().unwrap()
}

pub fn bytes(value: &Value) -> Bytes {
    value.as_str().unwrap().parse().unwrap()
}

pub fn list(value: &Value) -> Vec<Bytes> {
    value.as_array().unwrap().iter().map(bytes).collect()
}

/// A recorded L1 block.
#[derive(Clone, Debug)]
pub struct L1Block {
    pub header: Sealed<Header>,
    pub transactions: Vec<Bytes>,
    pub receipts: Vec<Bytes>,
}

/// A recorded chain.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub config: Arc<ChainConfig>,
    pub l1: BTreeMap<u64, L1Block>,
    pub l2: Vec<L2Block>,
    pub blobs: BTreeMap<(u64, u64), (B256, Bytes)>,
    /// For each L1 block number, number and hash of the safe head after it.
    pub safe_heads: Vec<(u64, u64, B256)>,
    pub upgrades: BTreeMap<B256, Bytes>,
}

fn sealed(block: &Value) -> Sealed<Header> {
    let raw = bytes(&block["header"]);
    let header = Header::decode(&mut raw.as_ref()).unwrap().seal_slow();
    assert_eq!(header.seal(), hash(&block["hash"]), "header and hash of block {}", block["number"]);
    header
}

impl Recorded {
    pub fn load(folder: &Path, upgrades: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let config = ChainConfig {
            rollup: RollupConfig::from_json(&text("rollup.json")).unwrap(),
            l1: L1ChainConfig::from_json(&text("l1-chain-config.json")).unwrap(),
        };
        config.validate().unwrap();
        let array = |name: &str| json_zst(&folder.join(name)).as_array().unwrap().clone();
        let l1 = array("l1-blocks.json.zst");
        let l1 = l1.iter().map(|block| {
            let header = sealed(block);
            let (transactions, receipts) = (list(&block["transactions"]), list(&block["receipts"]));
            (header.number, L1Block { header, transactions, receipts })
        });
        let l2 = array("l2-blocks.json.zst");
        let l2 = l2.iter().map(|block| L2Block { header: sealed(block), transactions: list(&block["transactions"]) });
        let blobs = array("blobs.json.zst");
        let blobs = blobs.iter().map(|blob| {
            let key = (blob["timestamp"].as_u64().unwrap(), blob["index"].as_u64().unwrap());
            (key, (hash(&blob["versionedHash"]), bytes(&blob["blob"])))
        });
        let safe_heads = array("safe-heads.json.zst");
        let safe_heads = safe_heads.iter().map(|entry| {
            let head = &entry["safeHead"];
            (entry["l1"].as_u64().unwrap(), head["number"].as_u64().unwrap(), hash(&head["hash"]))
        });
        Self {
            config: Arc::new(config),
            l1: l1.collect(),
            l2: l2.collect(),
            blobs: blobs.collect(),
            safe_heads: safe_heads.collect(),
            upgrades: load_upgrades(upgrades),
        }
    }

    pub fn info(&self, number: u64) -> L2BlockInfo {
        self.l2[number as usize].info(&self.config.rollup).unwrap()
    }
}

pub fn load_upgrades(folder: &Path) -> BTreeMap<B256, Bytes> {
    let mut upgrades = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let json: Value = serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        for transaction in json["transactions"].as_array().unwrap() {
            let raw = bytes(&transaction["raw"]);
            upgrades.insert(keccak256(&raw), raw);
        }
    }
    upgrades
}

/// What a source cannot answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    Missing(&'static str, B256),
    /// Made by the test.
    Injected,
}

/// A source over a recorded chain up to an L1 head.
#[derive(Clone, Debug)]
pub struct RecordedSource<'a> {
    pub chain: &'a Recorded,
    pub head: u64,
    /// How many L1 blocks' receipts were read.
    pub receipts_read: usize,
    /// How often L2 blocks were read, by number.
    pub l2_read: BTreeMap<u64, usize>,
    /// Fail every n-th request once, where not 0.
    pub fail_every: usize,
    requests: usize,
}

impl<'a> RecordedSource<'a> {
    pub fn new(chain: &'a Recorded, head: u64) -> Self {
        Self { chain, head, receipts_read: 0, l2_read: BTreeMap::new(), fail_every: 0, requests: 0 }
    }

    fn request(&mut self) -> Result<(), Unknown> {
        self.requests += 1;
        if self.fail_every != 0 && self.requests.is_multiple_of(self.fail_every) {
            return Err(Unknown::Injected);
        }
        Ok(())
    }
}

impl Source for RecordedSource<'_> {
    type Error = Unknown;

    fn l1_header(&mut self, hash: B256) -> Result<Sealed<Header>, Unknown> {
        self.request()?;
        let within = self.chain.l1.range(..=self.head).map(|(_, block)| &block.header);
        within.rev().find(|header| header.seal() == hash).cloned().ok_or(Unknown::Missing("l1 header", hash))
    }

    fn l1_header_by_number(&mut self, number: u64) -> Result<Option<Sealed<Header>>, Unknown> {
        self.request()?;
        Ok(self.chain.l1.get(&number).filter(|_| number <= self.head).map(|block| block.header.clone()))
    }

    fn l1_transactions(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, Unknown> {
        self.request()?;
        Ok(self.chain.l1[&block.number].transactions.clone())
    }

    fn l1_receipts(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, Unknown> {
        self.request()?;
        self.receipts_read += 1;
        Ok(self.chain.l1[&block.number].receipts.clone())
    }

    fn blob(&mut self, block: &L1BlockRef, id: &BlobId) -> Result<Box<[u8; BLOB_SIZE]>, Unknown> {
        self.request()?;
        let missing = Unknown::Missing("blob", id.versioned_hash);
        let (hash, blob) = self.chain.blobs.get(&(block.timestamp, id.index)).ok_or(missing.clone())?;
        if *hash != id.versioned_hash {
            return Err(missing);
        }
        Ok(blob.to_vec().into_boxed_slice().try_into().unwrap())
    }

    fn l2_block(&mut self, number: u64) -> Result<L2Block, Unknown> {
        self.request()?;
        *self.l2_read.entry(number).or_default() += 1;
        Ok(self.chain.l2[number as usize].clone())
    }

    fn upgrade_transaction(&mut self, keccak256: B256) -> Result<Bytes, Unknown> {
        self.request()?;
        self.chain.upgrades.get(&keccak256).cloned().ok_or(Unknown::Missing("upgrade", keccak256))
    }
}
