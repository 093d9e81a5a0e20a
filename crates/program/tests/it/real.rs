//! Real data for tests: where it is, and how it is read. Only for tests of this crate.

use alloy_consensus::Header;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, U256};
use primitives::{
    chain_config::{BlobParams, L1ChainConfig},
    rollup_config::{
        BaseFeeParams, BlockId, Fork, ForkTimes, GRANITE_CHANNEL_TIMEOUT, Genesis, RollupConfig, SystemConfig,
    },
};
use serde_json::Value;
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    str::FromStr,
};

/// The folder of real data, or `None` with a loud line.
pub(crate) fn folder(test: &str) -> Option<PathBuf> {
    let path = std::env::var_os("TRIBUNAL_REAL_DATA").map(PathBuf::from).filter(|path| path.is_dir());
    if path.is_none() {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA is unset or absent, {test} has not run");
    }
    path
}

/// A file, unpacked.
pub(crate) fn unzstd(path: &Path) -> Vec<u8> {
    let packed = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut out = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(packed.as_slice()).unwrap().read_to_end(&mut out).unwrap();
    out
}

pub(crate) fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Bytes of a hex string.
pub(crate) fn bytes(value: &Value) -> Bytes {
    Bytes::from_str(value.as_str().unwrap()).unwrap()
}

/// A hash of a hex string.
pub(crate) fn word(value: &Value) -> B256 {
    B256::from_str(value.as_str().unwrap()).unwrap()
}

/// A JSON number or a hex quantity.
pub(crate) fn number(value: &Value) -> u64 {
    match value {
        Value::Number(number) => number.as_u64().unwrap(),
        Value::String(text) => u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap(),
        _ => panic!("not a number: {value}"),
    }
}

fn address(value: &Value) -> Address {
    value.as_str().map(|text| Address::from_str(text).unwrap()).unwrap_or_default()
}

/// A rollup config as op-node or kona write it. `regolith_time` may be missing: active from genesis.
pub(crate) fn rollup_config(value: &Value) -> RollupConfig {
    let optional = |name: &str| value.get(name).filter(|field| !field.is_null());
    let mut forks = ForkTimes::default();
    for fork in &Fork::ALL[1..] {
        let time = optional(&format!("{}_time", fork.name())).map(number);
        forks.set(*fork, if *fork == Fork::Regolith { time.or(Some(0)) } else { time });
    }
    let fees = &value["chain_op_config"];
    let genesis = &value["genesis"];
    let system = &genesis["system_config"];
    let id = |value: &Value| BlockId { number: number(&value["number"]), hash: word(&value["hash"]) };
    let padded = |value: &Value| U256::from_str(value.as_str().unwrap()).unwrap().into();
    RollupConfig {
        genesis: Genesis {
            l1: id(&genesis["l1"]),
            l2: id(&genesis["l2"]),
            l2_time: number(&genesis["l2_time"]),
            system_config: SystemConfig {
                batcher: address(system.get("batcherAddr").unwrap_or(&system["batcherAddress"])),
                overhead: padded(&system["overhead"]),
                scalar: padded(&system["scalar"]),
                gas_limit: number(&system["gasLimit"]),
                ..SystemConfig::default()
            },
        },
        block_time: number(&value["block_time"]),
        max_sequencer_drift: number(&value["max_sequencer_drift"]),
        seq_window_size: number(&value["seq_window_size"]),
        channel_timeout: number(&value["channel_timeout"]),
        granite_channel_timeout: optional("granite_channel_timeout").map_or(GRANITE_CHANNEL_TIMEOUT, number),
        l1_chain_id: number(&value["l1_chain_id"]),
        l2_chain_id: number(&value["l2_chain_id"]),
        forks,
        pectra_blob_schedule_time: optional("pectra_blob_schedule_time").map(number),
        keep_karst_upgrade_gas: false,
        batch_inbox_address: address(&value["batch_inbox_address"]),
        deposit_contract_address: address(&value["deposit_contract_address"]),
        l1_system_config_address: address(&value["l1_system_config_address"]),
        chain_op_config: BaseFeeParams {
            elasticity: number(&fees["eip1559Elasticity"]),
            denominator: number(&fees["eip1559Denominator"]),
            denominator_canyon: number(&fees["eip1559DenominatorCanyon"]),
        },
        alt_da: false,
    }
}

/// An L1 chain config as go-ethereum writes it.
pub(crate) fn l1_config(value: &Value) -> L1ChainConfig {
    let blob_schedule = ["cancun", "prague", "osaka", "bpo1", "bpo2"].iter().filter_map(|fork| {
        let params = value["blobSchedule"].get(fork)?;
        Some(BlobParams {
            time: number(value.get(format!("{fork}Time"))?),
            target: number(&params["target"]),
            max: number(&params["max"]),
            base_fee_update_fraction: number(&params["baseFeeUpdateFraction"]),
        })
    });
    L1ChainConfig { chain_id: number(&value["chainId"]), blob_schedule: blob_schedule.collect() }
}

/// A header in RPC style.
pub(crate) fn header(value: &Value) -> Header {
    let optional = |name: &str| value.get(name).filter(|field| !field.is_null());
    Header {
        parent_hash: word(&value["parentHash"]),
        ommers_hash: word(&value["sha3Uncles"]),
        beneficiary: address(&value["miner"]),
        state_root: word(&value["stateRoot"]),
        transactions_root: word(&value["transactionsRoot"]),
        receipts_root: word(&value["receiptsRoot"]),
        logs_bloom: Bloom::from_slice(&bytes(&value["logsBloom"])),
        difficulty: U256::from(number(&value["difficulty"])),
        number: number(&value["number"]),
        gas_limit: number(&value["gasLimit"]),
        gas_used: number(&value["gasUsed"]),
        timestamp: number(&value["timestamp"]),
        extra_data: bytes(&value["extraData"]),
        mix_hash: word(&value["mixHash"]),
        nonce: B64::from_slice(&bytes(&value["nonce"])),
        base_fee_per_gas: optional("baseFeePerGas").map(number),
        withdrawals_root: optional("withdrawalsRoot").map(word),
        blob_gas_used: optional("blobGasUsed").map(number),
        excess_blob_gas: optional("excessBlobGas").map(number),
        parent_beacon_block_root: optional("parentBeaconBlockRoot").map(word),
        requests_hash: optional("requestsHash").map(word),
        ..Header::default()
    }
}

/// A payload attributes object.
pub(crate) fn attributes(value: &Value) -> derive::PayloadAttributes {
    let optional = |name: &str| value.get(name).filter(|field| !field.is_null());
    derive::PayloadAttributes {
        timestamp: number(&value["timestamp"]),
        prev_randao: word(&value["prevRandao"]),
        suggested_fee_recipient: address(&value["suggestedFeeRecipient"]),
        parent_beacon_block_root: optional("parentBeaconBlockRoot").map(word),
        withdrawals: true,
        transactions: value["transactions"].as_array().unwrap().iter().map(bytes).collect(),
        gas_limit: number(&value["gasLimit"]),
        eip1559_params: optional("eip1559Params").map(|params| B64::from_slice(&bytes(params))),
        min_base_fee: optional("minBaseFee").map(number),
    }
}
