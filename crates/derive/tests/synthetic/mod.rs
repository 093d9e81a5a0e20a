//! A small chain that tests make up block by block: L1 with batcher transactions and logs, an engine that takes any payload
//! except those that the test marks, and a source over both. The sender of an L1 transaction is written into its signature.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used)]

use alloy_consensus::{
    Eip658Value, Header, Receipt, ReceiptEnvelope, ReceiptWithBloom, Sealable, Sealed, SignableTransaction, TxEip1559,
    TxEip4844, TxEnvelope,
};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, LogData, Signature, TxKind, U256, keccak256, logs_bloom};
use derive::{
    AttributesWithParent, BLOB_SIZE, BlobId, DeriveError, L1BlockRef, L2Block, L2BlockInfo, Pipeline, Rejected, Source,
    batch::{Batch, SingularBatch, encode_batches},
    blob::encode_blob,
    compression::compress_zlib,
    frame::{Frame, encode_frames, split_channel},
    system_config::CONFIG_UPDATE,
};
use primitives::{
    chain_config::{BlobParams, ChainConfig, L1ChainConfig},
    rollup_config::{
        BaseFeeParams, BlockId, Fork, ForkTimes, GRANITE_CHANNEL_TIMEOUT, Genesis, RollupConfig, SystemConfig,
    },
};
use std::{collections::BTreeMap, sync::Arc};

pub const BATCHER: Address = Address::repeat_byte(0xba);
pub const INBOX: Address = Address::repeat_byte(0x1b);
pub const PORTAL: Address = Address::repeat_byte(0xde);
pub const SYSTEM_CONFIG: Address = Address::repeat_byte(0x5c);
pub const L1_TIME: u64 = 12;
pub const GENESIS_TIME: u64 = 1_000_000;

type Blob = Box<[u8; BLOB_SIZE]>;

/// A transaction that payloads may not hold.
pub const POISON: [u8; 3] = [0x02, 0xba, 0xad];

#[derive(Clone, Debug)]
pub struct Chain {
    pub config: Arc<ChainConfig>,
    pub l1: Vec<L1>,
    pub l2: Vec<L2Block>,
    pub blobs: BTreeMap<(u64, u64), (B256, Blob)>,
    pub pipeline: Arc<std::sync::Mutex<Pipeline>>,
    pub l2_read: BTreeMap<u64, usize>,
    pub receipts_read: usize,
}

#[derive(Clone, Debug)]
pub struct L1 {
    pub header: Sealed<Header>,
    pub transactions: Vec<Bytes>,
    pub receipts: Vec<Bytes>,
}

/// A config with all forks up to `last` active from genesis on.
pub fn config(last: Fork) -> ChainConfig {
    ChainConfig {
        rollup: RollupConfig {
            genesis: Genesis {
                l2_time: GENESIS_TIME,
                system_config: SystemConfig { batcher: BATCHER, gas_limit: 30_000_000, ..SystemConfig::default() },
                ..Genesis::default()
            },
            block_time: 2,
            max_sequencer_drift: 60,
            seq_window_size: 20,
            channel_timeout: 10,
            granite_channel_timeout: GRANITE_CHANNEL_TIMEOUT,
            l1_chain_id: 900,
            l2_chain_id: 901,
            forks: ForkTimes::all_at_genesis(last),
            pectra_blob_schedule_time: None,
            keep_karst_upgrade_gas: false,
            batch_inbox_address: INBOX,
            deposit_contract_address: PORTAL,
            l1_system_config_address: SYSTEM_CONFIG,
            chain_op_config: BaseFeeParams::default(),
            alt_da: false,
        },
        l1: L1ChainConfig { chain_id: 900, blob_schedule: vec![BlobParams::cancun(0), BlobParams::prague(0)] },
    }
}

/// A signed transaction of L1 whose "signature" names the sender.
pub fn l1_transaction(from: Address, to: Address, input: impl Into<Bytes>) -> Bytes {
    let tx = TxEip1559 { chain_id: 900, to: TxKind::Call(to), input: input.into(), ..TxEip1559::default() };
    TxEnvelope::from(tx.into_signed(signature_of(from))).encoded_2718().into()
}

fn signature_of(from: Address) -> Signature {
    Signature::new(U256::from_be_slice(from.as_slice()), U256::from(1), false)
}

/// A `ConfigUpdate` log of version 0.
pub fn config_update(kind: u8, words: &[U256]) -> Log {
    let mut data = Vec::new();
    for word in [U256::from(32), U256::from(32 * words.len())].iter().chain(words) {
        data.extend_from_slice(&word.to_be_bytes::<32>());
    }
    let topics = vec![CONFIG_UPDATE, B256::ZERO, B256::with_last_byte(kind)];
    Log { address: SYSTEM_CONFIG, data: LogData::new_unchecked(topics, data.into()) }
}

pub fn receipt(logs: Vec<Log>) -> (Bytes, Bloom) {
    let bloom = logs_bloom(&logs);
    let receipt = Receipt { status: Eip658Value::Eip658(true), cumulative_gas_used: 1, logs };
    let envelope = ReceiptEnvelope::Eip1559(ReceiptWithBloom { receipt, logs_bloom: bloom });
    (envelope.encoded_2718().into(), bloom)
}

/// A channel of batches, in frames of at most `max` bytes.
pub fn channel(id: u8, batches: &[Batch], max: usize) -> Vec<Frame> {
    split_channel([id; 16], &compress_zlib(&encode_batches(batches), 5), max).unwrap()
}

/// Batcher data with a whole channel in one frame.
pub fn data(id: u8, batches: &[Batch]) -> Vec<u8> {
    encode_frames(&channel(id, batches, usize::MAX))
}

pub fn transaction(content: &str) -> Bytes {
    [&[2u8], content.as_bytes()].concat().into()
}

impl Chain {
    pub fn new(mut config: ChainConfig) -> Self {
        let l1 = Header { timestamp: GENESIS_TIME, ..header() }.seal_slow();
        let l2 = Header { timestamp: GENESIS_TIME, gas_limit: 30_000_000, ..Header::default() }.seal_slow();
        config.rollup.genesis.l1 = BlockId { number: 0, hash: l1.seal() };
        config.rollup.genesis.l2 = BlockId { number: 0, hash: l2.seal() };
        config.validate().unwrap();
        let config = Arc::new(config);
        Self {
            l1: vec![L1 { header: l1, transactions: vec![], receipts: vec![] }],
            l2: vec![L2Block { header: l2, transactions: vec![] }],
            blobs: BTreeMap::new(),
            pipeline: Arc::new(Pipeline::new(config.clone()).into()),
            config,
            l2_read: BTreeMap::new(),
            receipts_read: 0,
        }
    }

    /// Adds an L1 block.
    pub fn l1(&mut self, transactions: Vec<Bytes>, logs: Vec<Log>) {
        let parent = &self.l1.last().unwrap().header;
        let (receipts, logs_bloom) = if logs.is_empty() { (vec![], Bloom::ZERO) } else { receipt(logs).pipe() };
        let header = Header {
            number: parent.number + 1,
            timestamp: parent.timestamp + L1_TIME,
            parent_hash: parent.seal(),
            transactions_root: keccak256(transactions.concat()),
            receipts_root: keccak256(receipts.concat()),
            logs_bloom,
            ..header()
        };
        self.l1.push(L1 { header: header.seal_slow(), transactions, receipts });
    }

    /// Adds empty L1 blocks.
    pub fn l1_empty(&mut self, count: usize) {
        (0..count).for_each(|_| self.l1(vec![], vec![]));
    }

    /// Adds an L1 block with batcher data in calldata.
    pub fn post(&mut self, data: &[Vec<u8>]) {
        self.l1(data.iter().map(|data| l1_transaction(BATCHER, INBOX, data.clone())).collect(), vec![]);
    }

    /// A blob transaction for the next L1 block; the blobs are counted from `index` on.
    pub fn blob_transaction(&mut self, from: Address, index: u64, data: &[Vec<u8>]) -> Bytes {
        let time = self.l1.last().unwrap().header.timestamp + L1_TIME;
        let mut hashes = Vec::new();
        for (data, index) in data.iter().zip(index..) {
            let blob = encode_blob(data).unwrap();
            let mut hash = keccak256(&blob[..]);
            hash.0[0] = 1;
            hashes.push(hash);
            self.blobs.insert((time, index), (hash, blob));
        }
        let tx = TxEip4844 { chain_id: 900, to: INBOX, blob_versioned_hashes: hashes, ..TxEip4844::default() };
        TxEnvelope::from(tx.into_signed(signature_of(from))).encoded_2718().into()
    }

    pub fn safe_head(&self) -> L2BlockInfo {
        self.l2.last().unwrap().info(&self.config.rollup).unwrap()
    }

    /// The number of the safe head.
    pub fn height(&self) -> u64 {
        self.l2.len() as u64 - 1
    }

    /// Batches of the next blocks, with these transactions and L1 origins, as they have to be if each is accepted. The
    /// parent hashes are found by making the blocks.
    pub fn batches(&self, blocks: &[(u64, Vec<Bytes>)]) -> Vec<SingularBatch> {
        let mut ahead = self.clone();
        let mut batches = Vec::new();
        for (epoch, transactions) in blocks {
            let parent = ahead.safe_head();
            let batch = SingularBatch {
                parent_hash: parent.hash,
                epoch_num: *epoch,
                epoch_hash: self.l1[*epoch as usize].header.seal(),
                timestamp: parent.timestamp + 2,
                transactions: transactions.clone(),
            };
            batches.push(batch.clone());
            // A chain of its own, whose L1 goes on with this batch alone.
            let mut alone = ahead.clone();
            alone.pipeline = Arc::new(Pipeline::new(self.config.clone()).into());
            alone.post(&[data(0xee, &[Batch::Singular(batch)])]);
            alone.derive_to(ahead.height() + 1);
            ahead.l2 = alone.l2;
        }
        batches
    }

    /// Derives all that can be derived.
    pub fn derive(&mut self) -> u64 {
        self.derive_to(u64::MAX)
    }

    pub fn derive_to(&mut self, height: u64) -> u64 {
        let pipeline = self.pipeline.clone();
        let mut pipeline = pipeline.lock().unwrap();
        while self.height() < height {
            let safe = self.safe_head();
            match pipeline.next_attributes(self, &safe).unwrap() {
                Some(attributes) => self.execute(&mut pipeline, attributes),
                None => break,
            }
        }
        self.height()
    }

    fn execute(&mut self, pipeline: &mut Pipeline, mut made: AttributesWithParent) {
        if made.attributes.transactions.iter().any(|tx| tx[..] == POISON) {
            match pipeline.payload_rejected().unwrap() {
                Rejected::Replace(replacement) => made = *replacement,
                Rejected::Dropped => return,
            }
        }
        let attributes = &made.attributes;
        let active = |fork| self.config.rollup.is_active(fork, attributes.timestamp);
        let mut extra_data = Vec::new();
        if let Some(params) = attributes.eip1559_params {
            extra_data.push(u8::from(active(Fork::Jovian)));
            let constants = [250u32.to_be_bytes(), 6u32.to_be_bytes()].concat();
            extra_data.extend_from_slice(if params.is_zero() { &constants } else { params.as_slice() });
            extra_data.extend(
                attributes.min_base_fee.unwrap_or_default().to_be_bytes().iter().filter(|_| active(Fork::Jovian)),
            );
        }
        let header = Header {
            number: made.parent.number + 1,
            parent_hash: made.parent.hash,
            timestamp: attributes.timestamp,
            gas_limit: attributes.gas_limit,
            transactions_root: keccak256(attributes.transactions.concat()),
            extra_data: extra_data.into(),
            ..Header::default()
        };
        self.l2.push(L2Block { header: header.seal_slow(), transactions: attributes.transactions.clone() });
    }

    /// The transactions of a block that came from a batch.
    pub fn user_transactions(&self, number: u64) -> Vec<Bytes> {
        self.l2[number as usize].transactions.iter().filter(|tx| tx[0] != 0x7e).cloned().collect()
    }

    /// A pipeline that knows nothing yet, on the same chain.
    pub fn restart(&mut self) {
        self.pipeline = Arc::new(Pipeline::new(self.config.clone()).into());
    }
}

trait Pipe {
    fn pipe(self) -> (Vec<Bytes>, Bloom);
}

impl Pipe for (Bytes, Bloom) {
    fn pipe(self) -> (Vec<Bytes>, Bloom) {
        (vec![self.0], self.1)
    }
}

fn header() -> Header {
    Header {
        base_fee_per_gas: Some(7),
        excess_blob_gas: Some(0),
        blob_gas_used: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        ..Header::default()
    }
}

impl Source for Chain {
    type Error = String;

    fn l1_header(&mut self, hash: B256) -> Result<Sealed<Header>, String> {
        let found = self.l1.iter().find(|block| block.header.seal() == hash);
        found.map(|block| block.header.clone()).ok_or_else(|| format!("L1 block {hash}"))
    }

    fn l1_header_by_number(&mut self, number: u64) -> Result<Option<Sealed<Header>>, String> {
        Ok(self.l1.get(number as usize).map(|block| block.header.clone()))
    }

    fn l1_transactions(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, String> {
        Ok(self.l1[block.number as usize].transactions.clone())
    }

    fn l1_receipts(&mut self, block: &Sealed<Header>) -> Result<Vec<Bytes>, String> {
        self.receipts_read += 1;
        Ok(self.l1[block.number as usize].receipts.clone())
    }

    fn blob(&mut self, block: &L1BlockRef, id: &BlobId) -> Result<Box<[u8; BLOB_SIZE]>, String> {
        match self.blobs.get(&(block.timestamp, id.index)) {
            Some((hash, blob)) if *hash == id.versioned_hash => Ok(blob.clone()),
            _ => Err(format!("blob {} of L1 block {}", id.index, block.number)),
        }
    }

    fn l2_block(&mut self, number: u64) -> Result<L2Block, String> {
        *self.l2_read.entry(number).or_default() += 1;
        self.l2.get(number as usize).cloned().ok_or_else(|| format!("L2 block {number}"))
    }

    fn upgrade_transaction(&mut self, keccak256: B256) -> Result<Bytes, String> {
        // The tests that need it do not look into the bytes.
        Ok([&[0x7e], keccak256.as_slice()].concat().into())
    }

    fn recover_sender(&mut self, _: B256, signature: &Signature) -> Result<Option<Address>, String> {
        Ok(Some(Address::from_word(signature.r().into())))
    }
}

/// The error of a source.
pub type Failure = DeriveError<String>;
