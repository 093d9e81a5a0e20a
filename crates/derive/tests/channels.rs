//! The 110 channels of the recorded chain as another implementation's batch decoder sees them: the frames and where they stand on
//! L1, the compression, and every batch in full. That decoder sorts frames by number and does not ask who wins: what the chain
//! takes of it is `devnet.rs`' matter.
#![allow(missing_docs, clippy::unwrap_used)]

mod data;

use alloy_consensus::{Transaction, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{B256, Bytes, keccak256};
use data::{Recorded, bytes, hash, json_zst, real_data};
use derive::{
    batch::{Batch, BatchReader},
    blob::decode_blob,
    compression::decompress_channel,
    frame::{Frame, decode_frames},
};
use primitives::rollup_config::RollupConfig;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The frames of an L1 transaction, from calldata or blobs.
fn frames(chain: &Recorded, blobs: &HashMap<B256, &Bytes>, raw: &Bytes) -> Vec<Frame> {
    let Ok(transaction) = TxEnvelope::decode_2718_exact(raw) else { return Vec::new() };
    if transaction.to() != Some(chain.config.rollup.batch_inbox_address) {
        return Vec::new();
    }
    let parts = match transaction.blob_versioned_hashes() {
        None => vec![transaction.input().to_vec()],
        Some(hashes) => {
            let blob = |hash: &B256| decode_blob(blobs.get(hash)?.as_ref().try_into().ok()?).ok();
            hashes.iter().filter_map(blob).collect()
        }
    };
    parts.iter().flat_map(|part| decode_frames(part).unwrap_or_default()).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// A list of transactions; null stands for none.
fn transactions(value: &Value) -> Vec<Bytes> {
    value.as_array().map(|list| list.iter().map(bytes).collect()).unwrap_or_default()
}

/// Whether a batch is the one that the other decoder saw.
fn same(config: &RollupConfig, ours: Batch, theirs: &Value) -> bool {
    match ours {
        Batch::Singular(batch) => {
            batch.parent_hash == hash(&theirs["ParentHash"])
                && batch.epoch_num == number(&theirs["EpochNum"])
                && batch.epoch_hash == hash(&theirs["EpochHash"])
                && batch.timestamp == number(&theirs["Timestamp"])
                && batch.transactions == transactions(&theirs["Transactions"])
        }
        Batch::Span(batch) => {
            let Ok(span) = batch.into_blocks(config) else { return false };
            let blocks = theirs["span_batch_elements"].as_array().unwrap();
            span.parent_check.as_slice() == bytes(&theirs["parent_check"][0]).as_ref()
                && span.l1_origin_check.as_slice() == bytes(&theirs["l1_origin_check"][0]).as_ref()
                && span.blocks.len() == blocks.len()
                && span.blocks.iter().zip(blocks).all(|(block, theirs)| {
                    block.epoch_num == number(&theirs["EpochNum"])
                        && block.timestamp == number(&theirs["Timestamp"])
                        && block.transactions == transactions(&theirs["Transactions"])
                })
        }
    }
}

/// How often a channel as `read` takes it apart differs from the other decoder; channels, batches and blocks that were compared.
fn compare(chain: &Recorded, known: &Value, read: fn(&[u8]) -> Vec<u8>) -> (usize, [usize; 3]) {
    let blobs: HashMap<B256, &Bytes> = chain.blobs.values().map(|(hash, blob)| (*hash, blob)).collect();
    let by_hash: HashMap<B256, (u64, &Bytes)> = chain
        .l1
        .values()
        .flat_map(|block| block.transactions.iter().map(|raw| (keccak256(raw), (block.header.number, raw))))
        .collect();
    let (mut differ, mut count) = (0, [0; 3]);
    for channel in known.as_array().unwrap() {
        let mut all = BTreeMap::new();
        for theirs in channel["frames"].as_array().unwrap() {
            let (block, raw) = by_hash[&hash(&theirs["transaction_hash"])];
            assert_eq!(block, number(&theirs["inclusion_block"]));
            let theirs = &theirs["frame"];
            let id: Vec<u8> = alloy_primitives::hex::decode(theirs["id"].as_str().unwrap()).unwrap();
            let (position, length) = (number(&theirs["frame_number"]), number(&theirs["data_len"]));
            let is_ours = |frame: &Frame| frame.id[..] == id[..] && u64::from(frame.number) == position;
            let frame = frames(chain, &blobs, raw).into_iter().find(is_ours).unwrap();
            assert_eq!((frame.data.len() as u64, frame.is_last), (length, theirs["is_last"].as_bool().unwrap()));
            all.insert(position, frame);
        }
        let complete = all.keys().copied().eq(0..all.len() as u64) && all.values().any(|frame| frame.is_last);
        assert_eq!(complete, channel["is_ready"].as_bool().unwrap());
        if !complete {
            continue;
        }
        let content: Vec<u8> = all.into_values().flat_map(|frame| frame.data).collect();
        let algorithms = channel["compr_algos"].as_array().unwrap();
        assert!(algorithms.iter().all(|name| (name == "brotli") == (content[0] == 1)));
        let mut reader = BatchReader::new(read(&content));
        let ours: Vec<Batch> = std::iter::from_fn(|| reader.next_batch()).map_while(Result::ok).collect();
        let theirs = channel["batches"].as_array().unwrap();
        count[0] += 1;
        count[1] += ours.len();
        count[2] += theirs.iter().map(|b| b["span_batch_elements"].as_array().map_or(1, Vec::len)).sum::<usize>();
        let equal = ours.len() == theirs.len()
            && ours.into_iter().zip(theirs).all(|(ours, theirs)| same(&chain.config.rollup, ours, theirs));
        differ += usize::from(!equal);
    }
    (differ, count)
}

#[test]
fn every_channel_as_another_decoder_sees_it() {
    let (Some(folder), Some(upgrades)) = (real_data("devnet-901901/chain"), real_data("upgrades")) else { return };
    let chain = Recorded::load(&folder, &upgrades);
    let known = json_zst(&folder.join("channels.json.zst"));
    let (differ, [channels, batches, blocks]) =
        compare(&chain, &known, |content| decompress_channel(content, 100_000_000, true));
    assert_eq!(differ, 0);
    assert!(channels >= 100 && batches > channels && blocks >= 470, "{channels} {batches} {blocks}");
    // The twin: a decompressor that changes one byte of a batch, or loses the last one.
    let (differ, _) = compare(&chain, &known, |content| {
        let mut out = decompress_channel(content, 100_000_000, true);
        let middle = out.len() / 2;
        out[middle] ^= 1;
        out
    });
    assert!(differ > 90, "{differ}");
    let (differ, _) = compare(&chain, &known, |content| {
        let mut out = decompress_channel(content, 100_000_000, true);
        out.pop();
        out
    });
    assert_eq!(differ, channels);
}
