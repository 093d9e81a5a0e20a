//! What batchers of public chains posted, with known answers: batcher transactions, frames, channels of both compressions,
//! blobs, span batches.
#![allow(missing_docs, clippy::unwrap_used)]

mod data;

use alloy_consensus::{Transaction, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, FixedBytes, U256, address, b256, hex, keccak256, uint};
use alloy_rlp::Header;
use data::{real_data, unzstd};
use derive::{
    BLOB_SIZE,
    batch::{Batch, BatchReader, encode_batches},
    blob::{decode_blob, encode_blob},
    compression::{compress_zlib, decompress_channel},
    frame::{Frame, decode_frames},
    span_batch::{RawSpanBatch, SpanBatch},
};
use primitives::rollup_config::RollupConfig;
use std::{collections::BTreeMap, fs};

const LIMIT: usize = 100_000_000;

fn op_mainnet() -> RollupConfig {
    primitives::chain_config::known::chain_config(10).unwrap().rollup
}

fn op_sepolia() -> RollupConfig {
    primitives::chain_config::known::chain_config(11_155_420).unwrap().rollup
}

fn spans(content: Vec<u8>) -> Vec<RawSpanBatch> {
    let mut reader = BatchReader::new(content);
    let mut spans = Vec::new();
    while let Some(batch) = reader.next_batch() {
        match batch.unwrap() {
            Batch::Span(span) => spans.push(span),
            Batch::Singular(_) => panic!("a singular batch"),
        }
    }
    spans
}

/// Takes the batch apart and puts it together again: the blocks have to give the same bytes.
fn assert_round_trip(config: &RollupConfig, span: &RawSpanBatch) -> SpanBatch {
    let mut bytes = Vec::new();
    span.encode(&mut bytes);
    assert_eq!(RawSpanBatch::decode(&bytes).unwrap(), *span);
    let batch = span.clone().into_blocks(config).unwrap();
    let hash = |check: &FixedBytes<20>| B256::right_padding_from(check.as_slice());
    let blocks: Vec<_> = batch
        .blocks
        .iter()
        .map(|block| derive::batch::SingularBatch {
            parent_hash: hash(&batch.parent_check),
            epoch_num: block.epoch_num,
            epoch_hash: hash(&batch.l1_origin_check),
            timestamp: block.timestamp,
            transactions: block.transactions.clone(),
        })
        .collect();
    let parent_epoch = batch.start_epoch() - u64::from(span.origin_changed[0]);
    assert_eq!(RawSpanBatch::from_blocks(config, &blocks, parent_epoch).unwrap().unwrap(), *span);
    for transaction in batch.blocks.iter().flat_map(|block| &block.transactions) {
        let decoded = TxEnvelope::decode_2718_exact(transaction).unwrap();
        assert!(decoded.chain_id().is_none_or(|id| id == config.l2_chain_id));
    }
    batch
}

#[test]
fn op_mainnet_batcher_transaction() {
    let Some(path) = real_data("derivation/op-mainnet-batcher-tx.bin") else { return };
    let raw = fs::read(path).unwrap();
    let transaction = TxEnvelope::decode_2718_exact(&raw).unwrap();
    assert_eq!(*transaction.tx_hash(), b256!("e69d94330faafb4f716f7ad9b3b50ea8ff5ce57aea6d2f8be07afb7fe49cd6cf"));
    let config = op_mainnet();
    assert_eq!(transaction.to(), Some(config.batch_inbox_address));
    assert_eq!(transaction.input().len(), 119_823);
    let frames = decode_frames(transaction.input()).unwrap();
    let [Frame { id, number: 0, data, is_last: true }] = &frames[..] else { panic!("{} frames", frames.len()) };
    assert_eq!((hex::encode(id).as_str(), data.len()), ("ac329933f5efdcc35ccd284232a376d3", 119_799));
    // The stream has no end marker: everything before counts.
    let content = decompress_channel(data, LIMIT, false);
    assert_eq!(content.len(), 240_308);
    let [span] = &spans(content)[..] else { panic!("one span batch is expected") };
    assert_eq!((span.rel_timestamp, span.l1_origin_num), (24_269_254, 19_426_585));
    assert_eq!(span.parent_check, FixedBytes(hex!("4a78c6069d413ac5cd75401310076b7acbc10cea")));
    assert_eq!(span.l1_origin_check, FixedBytes(hex!("4fcd7915716bdcf8ba963e591577721000dd2bf7")));
    let batch = assert_round_trip(&config, span);
    assert_eq!((batch.blocks.len(), batch.end_epoch()), (27, 19_426_585));
    assert_eq!(batch.start_timestamp(), config.genesis.l2_time + 24_269_254);
}

#[test]
fn op_mainnet_channel_of_143_blocks() {
    let Some(path) = real_data("derivation/op-mainnet-span-batch.hex.zst") else { return };
    let text = String::from_utf8(unzstd(&path)).unwrap();
    let channel = hex::decode(text.trim()).unwrap();
    assert_eq!(channel.len(), 615_361);
    let content = decompress_channel(&channel, LIMIT, false);
    assert_eq!(content.len(), 1_409_463);
    let [span] = &spans(content.clone())[..] else { panic!("one span batch is expected") };
    assert_eq!((span.rel_timestamp, span.l1_origin_num), (32_295_734, 20_089_770));
    assert_eq!(span.parent_check, FixedBytes(hex!("ba1be7cfde4724e81290aa5ae3c082731ce44823")));
    assert_eq!(span.l1_origin_check, FixedBytes(hex!("4bd8da85bfabf4daa6a3f294d3d51dd927c6cbcb")));
    assert_eq!(assert_round_trip(&op_mainnet(), span).blocks.len(), 143);
    // Encoders give the same content, and a channel that reads back.
    assert_eq!(encode_batches(&[Batch::Span(span.clone())]), content);
    assert_eq!(decompress_channel(&compress_zlib(&content, 6), LIMIT, false), content);
}

/// Records of a flat preimage file.
fn records(bytes: &[u8]) -> BTreeMap<B256, &[u8]> {
    let mut rest = bytes;
    let mut records = BTreeMap::new();
    while !rest.is_empty() {
        let (key, tail) = rest.split_at(32);
        let (length, tail) = tail.split_at(4);
        let (value, tail) = tail.split_at(u32::from_be_bytes(length.try_into().unwrap()) as usize);
        records.insert(B256::from_slice(key), value);
        rest = tail;
    }
    records
}

/// The roots of unity at which the field elements of a blob are read, in order.
fn evaluation_points() -> Vec<B256> {
    let modulus = uint!(0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001_U256);
    let step = U256::from(7).pow_mod((modulus - U256::from(1)) / U256::from(4096), modulus);
    let mut powers = vec![U256::from(1)];
    for i in 1..4096 {
        powers.push(powers[i - 1].mul_mod(step, modulus));
    }
    (0..4096u32).map(|i| B256::from(powers[(i.reverse_bits() >> 20) as usize])).collect()
}

/// A blob of the witness, by its versioned hash.
fn blob(records: &BTreeMap<B256, &[u8]>, points: &[B256], versioned_hash: &B256) -> Box<[u8; BLOB_SIZE]> {
    let typed = |mut hash: B256, kind: u8| {
        hash.0[0] = kind;
        hash
    };
    let commitment = records[&typed(*versioned_hash, 4)];
    let element = |z: &B256| records[&typed(keccak256([commitment, z.as_slice()].concat()), 5)];
    points.iter().map(element).collect::<Vec<_>>().concat().into_boxed_slice().try_into().unwrap()
}

/// A transaction inside a trie leaf, if that is what a record is.
fn transaction_of_leaf(value: &[u8]) -> Option<TxEnvelope> {
    let mut value = value;
    let mut list = Header::decode_bytes(&mut value, true).ok()?;
    Header::decode_bytes(&mut list, false).ok()?;
    let content = Header::decode_bytes(&mut list, false).ok()?;
    list.is_empty().then(|| TxEnvelope::decode_2718_exact(content).ok())?
}

struct Expected {
    id: &'static str,
    frames: usize,
    compressed: usize,
    decompressed: usize,
    blocks: &'static [usize],
    first_block: u64,
}

const CHANNELS: [Expected; 6] = [
    channel("52a511190fd33d2d1e840461139ec280", 1, 119_374, 596_019, &[20, 20, 18], 16_490_771),
    channel("4fa0d860c0d255f11ca130bca7b068b0", 1, 119_362, 583_495, &[20, 20, 20], 16_490_829),
    channel("69bf2413129eca8e319b6ed18c46fd13", 1, 119_379, 620_575, &[20, 20, 17], 16_490_889),
    channel("c0ee5e21093416d66617b0881bed091d", 3, 312_135, 1_583_155, &[20, 20, 20, 20, 20, 20, 17], 16_490_946),
    channel("b6560f8957ab1f93ea6fecb0df83c936", 1, 119_665, 579_883, &[20, 20, 2], 16_491_083),
    channel("f06d4305526e0d500f458567945ba093", 3, 315_080, 1_591_243, &[20, 20, 20, 20, 20, 20, 5], 16_491_125),
];

const fn channel(
    id: &'static str,
    frames: usize,
    compressed: usize,
    decompressed: usize,
    blocks: &'static [usize],
    first_block: u64,
) -> Expected {
    Expected { id, frames, compressed, decompressed, blocks, first_block }
}

#[test]
fn op_sepolia_channels_from_calldata_and_blobs() {
    let Some(path) = real_data("op-sepolia-16491249/preimages.kv.zst") else { return };
    let bytes = unzstd(&path);
    let records = records(&bytes);
    let points = evaluation_points();
    let inbox: Address = address!("ff00000000000000000000000000000011155420");
    let mut frames: BTreeMap<String, Vec<Frame>> = BTreeMap::new();
    let mut decoded_sizes = Vec::new();
    for (_, value) in records.iter().filter(|(key, _)| key[0] == 2) {
        let Some(transaction) = transaction_of_leaf(value).filter(|tx| tx.to() == Some(inbox)) else { continue };
        let mut payloads = Vec::new();
        for hash in transaction.blob_versioned_hashes().unwrap_or_default() {
            let blob = blob(&records, &points, hash);
            let data = decode_blob(&blob).unwrap();
            assert_eq!(encode_blob(&data).unwrap(), blob);
            decoded_sizes.push(data.len());
            payloads.push(data);
        }
        if payloads.is_empty() {
            payloads.push(transaction.input().to_vec());
        }
        for frame in payloads.iter().flat_map(|payload| decode_frames(payload).unwrap()) {
            frames.entry(hex::encode(frame.id)).or_default().push(frame);
        }
    }
    decoded_sizes.sort_unstable();
    assert_eq!(decoded_sizes, [52_119, 55_064, 130_044, 130_044, 130_044, 130_044]);
    assert_eq!(frames.len(), CHANNELS.len());
    let config = op_sepolia();
    for expected in CHANNELS {
        let mut frames = frames.remove(expected.id).unwrap();
        frames.sort_by_key(|frame| frame.number);
        assert_eq!(frames.len(), expected.frames, "frames of {}", expected.id);
        assert!(frames.last().unwrap().is_last);
        let channel: Vec<u8> = frames.into_iter().flat_map(|frame| frame.data).collect();
        assert_eq!(channel.len(), expected.compressed, "compressed size of {}", expected.id);
        assert!(decompress_channel(&channel, LIMIT, false).is_empty(), "brotli before Fjord");
        let content = decompress_channel(&channel, LIMIT, true);
        assert_eq!(content.len(), expected.decompressed, "size of {}", expected.id);
        if expected.frames == 1 {
            // A cut brotli stream yields what can be read: ever longer beginnings of the whole.
            let mut before = 0;
            for length in [0, 1, 2, 4095, 4096, 36_863, 36_864, 80_000, 119_000] {
                let part = decompress_channel(&channel[..length], LIMIT, true);
                assert!(content.starts_with(&part) && part.len() >= before, "{length} bytes");
                before = part.len();
            }
            assert!(before > content.len() * 9 / 10, "{before} of {}", content.len());
            for limit in [0, 1, 65_536, 100_000] {
                assert_eq!(decompress_channel(&channel, limit, true), content[..limit]);
            }
        }
        let mut next = expected.first_block;
        let spans = spans(content);
        let sizes: Vec<usize> = spans.iter().map(|span| span.block_tx_counts.len()).collect();
        assert_eq!(sizes, expected.blocks, "blocks of {}", expected.id);
        for span in &spans {
            let batch = assert_round_trip(&config, span);
            assert_eq!(
                config.block_number_at(batch.start_timestamp()),
                Some(next),
                "begin of a span of {}",
                expected.id
            );
            next += batch.blocks.len() as u64;
        }
        if expected.id.starts_with("f06d") {
            let last = spans.last().unwrap();
            assert_eq!((last.rel_timestamp, last.l1_origin_num), (32_982_490, 6_582_945));
            assert_eq!(last.origin_changed, [false, false, true, false, false]);
            assert_eq!(last.block_tx_counts, [5, 9, 7, 5, 11]);
            assert_eq!(last.parent_check[..4], hex!("e99877ff"));
            assert_eq!(next, 16_491_250);
        }
    }
}

/// A real channel, cut off or changed anywhere: what is read is a prefix of the whole, or stops; never more than the limit,
/// never a panic.
#[test]
fn damaged_channels() {
    let Some(path) = real_data("derivation/op-mainnet-batcher-tx.bin") else { return };
    let raw = fs::read(path).unwrap();
    let transaction = TxEnvelope::decode_2718_exact(&raw).unwrap();
    let channel = decode_frames(transaction.input()).unwrap().remove(0).data;
    let whole = decompress_channel(&channel, LIMIT, false);
    for length in (0..channel.len()).step_by(997) {
        let part = decompress_channel(&channel[..length], LIMIT, false);
        assert!(whole.starts_with(&part) && part.len() <= whole.len());
        assert!(length < 200 || part.len() >= length / 2, "{length} bytes give {}", part.len());
    }
    for limit in [0, 1, 1000, 65_536, 65_537, 240_307] {
        assert_eq!(decompress_channel(&channel, limit, false), whole[..limit]);
    }
    for at in (0..channel.len()).step_by(4999) {
        let mut changed = channel.clone();
        changed[at] ^= 0x55;
        let content = decompress_channel(&changed, LIMIT, false);
        let mut reader = BatchReader::new(content);
        while let Some(Ok(batch)) = reader.next_batch() {
            if let Batch::Span(span) = batch {
                let _ = span.into_blocks(&op_mainnet());
            }
        }
    }
}
