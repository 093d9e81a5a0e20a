//! The honest answers: JSON-RPC methods and paths of the beacon API over the recorded chain.

use super::chain::{Block, Chain};
use alloy_consensus::{EthereumTxEnvelope, TxEip4844};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, Bloom, Bytes, keccak256};
use alloy_rlp::{Decodable, Encodable};
use alloy_trie::TrieAccount;
use op_alloy_consensus::TxDeposit;
use program::trie::{NodeSource, Trie};
use serde_json::{Value, json};
use std::cell::RefCell;

/// Which node a server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    L1,
    Beacon,
    L2,
    Rollup,
}

/// An answer: a result, or code and message of an error.
pub(crate) type Answer = Result<Value, (i64, String)>;

pub(crate) fn unsupported(method: &str) -> Answer {
    Err((-32601, format!("the method {method} does not exist/is not available")))
}

fn find<'a>(blocks: &'a [Block], at: &Value) -> Option<&'a Block> {
    let text = at.as_str().or_else(|| at.get("blockHash")?.as_str())?;
    match text {
        "latest" | "finalized" => blocks.last(),
        _ if text.len() == 66 => blocks.iter().find(|block| block.hash.to_string() == text),
        _ => blocks.get(usize::from_str_radix(text.strip_prefix("0x")?, 16).ok()?),
    }
}

fn transaction_json(raw: &Bytes) -> Value {
    if raw[0] == 0x7e {
        let deposit = TxDeposit::decode_2718(&mut raw.as_ref()).unwrap();
        return json!({
            "type": "0x7e", "hash": keccak256(raw), "sourceHash": deposit.source_hash, "from": deposit.from,
            "to": deposit.to.to(), "mint": format!("{:#x}", deposit.mint), "value": deposit.value,
            "gas": format!("{:#x}", deposit.gas_limit), "isSystemTx": deposit.is_system_transaction,
            "input": deposit.input, "nonce": "0x1", "v": "0x0", "r": "0x0", "s": "0x0",
        });
    }
    let transaction = EthereumTxEnvelope::<TxEip4844>::decode_2718(&mut raw.as_ref()).unwrap();
    let mut value = serde_json::to_value(transaction).unwrap();
    value["blockNumber"] = json!("0x1");
    value
}

fn block_json(block: &Block, full: bool) -> Value {
    let mut value = serde_json::to_value(&block.header).unwrap();
    value["hash"] = json!(block.hash);
    value["size"] = json!("0x1");
    value["transactions"] = match full {
        true => block.transactions.iter().map(transaction_json).collect(),
        false => block.transactions.iter().map(|raw| json!(keccak256(raw))).collect(),
    };
    value
}

/// A receipt in JSON from its consensus encoding.
fn receipt_json(raw: &Bytes) -> Value {
    let kind = if raw[0] < 0x80 { raw[0] } else { 0 };
    let mut rest = &raw[usize::from(kind != 0)..];
    let mut fields = alloy_rlp::Header::decode_bytes(&mut rest, true).unwrap();
    let f = &mut fields;
    let status = u64::decode(f).unwrap();
    let gas = u64::decode(f).unwrap();
    let bloom = Bloom::decode(f).unwrap();
    let logs = Vec::<alloy_primitives::Log>::decode(f).unwrap();
    let logs: Vec<Value> = logs
        .iter()
        .map(|log| json!({"address": log.address, "topics": log.topics(), "data": log.data.data, "logIndex": "0x0"}))
        .collect();
    let mut value = json!({
        "type": format!("{kind:#x}"), "status": format!("{status:#x}"), "cumulativeGasUsed": format!("{gas:#x}"),
        "logsBloom": bloom, "logs": logs, "gasUsed": "0x1",
    });
    for name in ["depositNonce", "depositReceiptVersion"] {
        if !f.is_empty() {
            value[name] = json!(format!("{:#x}", u64::decode(f).unwrap()));
        }
    }
    value
}

fn block_rlp(block: &Block) -> Bytes {
    let mut list = Vec::new();
    for raw in &block.transactions {
        if raw[0] >= 0xc0 { list.extend_from_slice(raw) } else { raw.encode(&mut list) }
    }
    let mut content = block.rlp.to_vec();
    alloy_rlp::Header { list: true, payload_length: list.len() }.encode(&mut content);
    content.extend_from_slice(&list);
    content.extend_from_slice(&[0xc0, 0xc0]);
    let mut out = Vec::new();
    alloy_rlp::Header { list: true, payload_length: content.len() }.encode(&mut out);
    out.extend_from_slice(&content);
    out.into()
}

struct Walk<'a>(&'a Chain, RefCell<Vec<Bytes>>);

impl NodeSource for &Walk<'_> {
    type Error = ();

    fn node(&self, hash: &B256) -> Result<Vec<u8>, ()> {
        let node = self.0.state.get(hash).ok_or(())?;
        self.1.borrow_mut().push(node.clone());
        Ok(node.to_vec())
    }
}

fn walk(chain: &Chain, root: B256, key: B256) -> (Option<Vec<u8>>, Vec<Bytes>) {
    let walk = Walk(chain, RefCell::default());
    let value = Trie::new(root).get(&&walk, key.as_slice()).unwrap().map(<[u8]>::to_vec);
    (value, walk.1.into_inner())
}

fn account(chain: &Chain, block: &Block, address: Address) -> (Option<TrieAccount>, Vec<Bytes>) {
    let (value, nodes) = walk(chain, block.header.state_root, keccak256(address));
    (value.map(|rlp| TrieAccount::decode(&mut rlp.as_slice()).unwrap()), nodes)
}

fn proof(chain: &Chain, block: &Block, params: &[Value]) -> Value {
    let address: Address = params[0].as_str().unwrap().parse().unwrap();
    let (account, nodes) = account(chain, block, address);
    let root = account.map_or(program::trie::EMPTY_ROOT, |account| account.storage_root);
    let slots = params[1].as_array().unwrap().iter().map(|slot| {
        let key: B256 = slot.as_str().unwrap().parse().unwrap();
        let (_, nodes) = walk(chain, root, keccak256(key));
        json!({"key": slot, "value": "0x0", "proof": nodes})
    });
    json!({
        "address": address, "accountProof": nodes, "storageHash": root, "balance": "0x0", "nonce": "0x0",
        "codeHash": account.map(|account| account.code_hash), "storageProof": slots.collect::<Vec<_>>(),
    })
}

/// The answer to a call.
pub(crate) fn rpc(chain: &Chain, part: Part, method: &str, params: &[Value]) -> Answer {
    let blocks = if part == Part::L1 { &chain.l1 } else { &chain.l2 };
    let param = |index: usize| params.get(index).cloned().unwrap_or_default();
    let found = || find(blocks, &param(0));
    let or_null = |value: Option<Value>| Ok(value.unwrap_or_default());
    let absent = || (-32000, "not found".to_owned());
    match (method, part) {
        ("eth_chainId", Part::L1) => Ok(json!(format!("{:#x}", chain.config.rollup.l1_chain_id))),
        ("eth_chainId", _) => Ok(json!(format!("{:#x}", chain.config.rollup.l2_chain_id))),
        ("eth_getBlockByHash" | "eth_getBlockByNumber", _) => {
            or_null(found().map(|block| block_json(block, param(1) == json!(true))))
        }
        ("eth_getBlockReceipts", _) => {
            or_null(found().map(|block| block.receipts.iter().map(receipt_json).collect::<Vec<_>>().into()))
        }
        ("eth_getTransactionReceipt", _) => {
            let hash: B256 = param(0).as_str().unwrap().parse().unwrap();
            let of = |block: &Block| {
                let index = block.transactions.iter().position(|raw| keccak256(raw) == hash)?;
                Some(receipt_json(&block.receipts[index]))
            };
            or_null(blocks.iter().find_map(of))
        }
        ("debug_getRawHeader", _) => found().map(|block| json!(block.rlp)).ok_or_else(absent),
        ("debug_getRawBlock", _) => found().map(|block| json!(block_rlp(block))).ok_or_else(absent),
        ("debug_getRawReceipts", _) => found().map(|block| json!(block.receipts)).ok_or_else(absent),
        ("debug_dbGet", Part::L2) => {
            let key: Bytes = param(0).as_str().unwrap().parse().unwrap();
            let hash = if key.len() == 33 { &key[1..] } else { &key[..] };
            chain.state.get(&B256::from_slice(hash)).map(|value| json!(value)).ok_or_else(absent)
        }
        ("debug_executionWitness", Part::L2) => {
            let number = u64::from_str_radix(&param(0).as_str().unwrap()[2..], 16).unwrap();
            Ok(json!({"state": chain.witness(number), "codes": [], "keys": [], "headers": []}))
        }
        ("eth_getProof", Part::L2) => {
            let block = find(blocks, &param(2)).ok_or_else(absent)?;
            Ok(proof(chain, block, params))
        }
        ("eth_getCode", Part::L2) => {
            let block = find(blocks, &param(1)).ok_or_else(absent)?;
            let (account, _) = account(chain, block, param(0).as_str().unwrap().parse().unwrap());
            Ok(json!(account.and_then(|account| chain.state.get(&account.code_hash)).cloned().unwrap_or_default()))
        }
        ("optimism_outputAtBlock", Part::Rollup) => {
            let number = usize::from_str_radix(&param(0).as_str().unwrap()[2..], 16).unwrap();
            Ok(json!({"outputRoot": chain.outputs[number]}))
        }
        ("optimism_safeHeadAtL1Block", Part::Rollup) => {
            let number = usize::from_str_radix(&param(0).as_str().unwrap()[2..], 16).unwrap();
            let head = *chain.safe_heads.get(number).ok_or_else(absent)?;
            Ok(json!({
                "l1Block": {"hash": chain.l1[number].hash, "number": number},
                "safeHead": {"hash": chain.l2[head as usize].hash, "number": head},
            }))
        }
        _ => unsupported(method),
    }
}

/// The answer to a path of the beacon API; `None` is status 404.
pub(crate) fn beacon(chain: &Chain, path: &str) -> Option<Value> {
    // Slots of six seconds from the timestamp of the first L1 block.
    let genesis = chain.l1[0].header.timestamp;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if path == "/eth/v1/beacon/genesis" {
        return Some(json!({"data": {"genesis_time": genesis.to_string()}}));
    }
    if path == "/eth/v1/config/spec" {
        return Some(json!({"data": {"SECONDS_PER_SLOT": "6", "OTHER": ["x"]}}));
    }
    let (kind, slot) = path.strip_prefix("/eth/v1/beacon/")?.split_once('/')?;
    let time = genesis + 6 * slot.parse::<u64>().ok()?;
    let here = chain.blobs.iter().filter(|blob| blob.l1_timestamp == time);
    match kind {
        "blobs" => {
            let wanted = query.strip_prefix("versioned_hashes=");
            let blobs = here.filter(|blob| wanted.is_none_or(|w| w.contains(&blob.versioned_hash.to_string())));
            Some(json!({"data": blobs.map(|blob| json!(blob.bytes)).collect::<Vec<_>>()}))
        }
        "blob_sidecars" => {
            let wanted: Option<u64> = query.strip_prefix("indices=").and_then(|index| index.parse().ok());
            let blobs = here.filter(|blob| wanted.is_none_or(|wanted| blob.index == wanted));
            let sidecar = |blob: &super::chain::Blob| {
                json!({
                    "index": blob.index.to_string(), "blob": blob.bytes,
                    "kzg_commitment": Bytes::from(host::kzg::commitment(&blob.bytes).unwrap()),
                })
            };
            Some(json!({"data": blobs.map(sidecar).collect::<Vec<_>>()}))
        }
        _ => None,
    }
}
