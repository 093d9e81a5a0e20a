//! Chain configs: the compact encoding against the configs themselves, refusals, JSON in both spellings, and the embedded
//! facts against the files of the superchain registry.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(all(feature = "serde", feature = "registry"))]

use primitives::{
    chain_config::{
        BlobParams, ChainConfig, DecodeError, L1ChainConfig, L1ConfigError, decode_chain_config, decode_chain_configs,
        encode_chain_configs, known, registry,
    },
    rollup_config::{Fork, RollupConfig, json::JsonError, validation::ConfigError},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn op() -> ChainConfig {
    known::chain_config(10).unwrap()
}

fn real_data(part: &str) -> Option<PathBuf> {
    let found = std::env::var_os("TRIBUNAL_REAL_DATA").map(|root| Path::new(&root).join(part)).filter(|p| p.exists());
    if found.is_none() {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA is unset or has no {part}");
    }
    found
}

#[test]
fn known_chains_are_valid_and_distinct() {
    let chains = known::chains();
    let mut ids: Vec<u64> = chains.iter().map(|chain| chain.config.rollup.l2_chain_id).collect();
    for chain in &chains {
        assert_eq!(chain.config.validate(), Ok(()), "{}", chain.name);
    }
    ids.sort_unstable();
    assert_eq!(ids.len(), 42);
    for public in [10, 130, 1301, 8453, 57073, 84532, 763373, 11155420] {
        assert!(ids.contains(&public), "{public}");
    }
    let section = encode_chain_configs(&chains.iter().map(|chain| chain.config.clone()).collect::<Vec<_>>());
    // A guest decodes the list at every start, and its reserved section has 64 KiB.
    assert!(section.len() < 24 * 1024, "{} bytes", section.len());
    assert_eq!(known::chain_config(1), None);
}

#[test]
fn the_compact_encoding_loses_nothing() {
    let mut configs: Vec<ChainConfig> = known::chains().into_iter().map(|chain| chain.config).collect();
    let encoded = encode_chain_configs(&configs);
    assert_eq!(decode_chain_configs(&encoded).unwrap(), configs);
    for config in &configs {
        let one = decode_chain_config(&encoded, config.rollup.l2_chain_id).unwrap();
        assert_eq!(one.as_ref(), Some(config));
    }
    assert_eq!(decode_chain_config(&encoded, 1), Ok(None));
    configs.truncate(1);
    let rollup = &mut configs[0].rollup;
    rollup.genesis.system_config.operator_fee_constant = u64::MAX;
    rollup.genesis.system_config.da_footprint_gas_scalar = u16::MAX;
    rollup.forks.set(Fork::Lagoon, Some(u64::MAX));
    rollup.pectra_blob_schedule_time = Some(0);
    assert_eq!(decode_chain_configs(&encode_chain_configs(&configs)).unwrap(), configs);
    assert_eq!(decode_chain_configs(&encode_chain_configs(&[])).unwrap(), []);
}

#[test]
fn damaged_encodings_are_refused() {
    let encoded = encode_chain_configs(&[op()]);
    assert_eq!(decode_chain_configs(&[]), Err(DecodeError::Empty));
    assert_eq!(decode_chain_configs(&[9, 0xc0]), Err(DecodeError::Version(9)));
    let mut longer = encoded.clone();
    longer.push(0);
    assert_eq!(decode_chain_configs(&longer), Err(DecodeError::TrailingBytes(1)));
    for length in 0..encoded.len() {
        assert!(decode_chain_configs(&encoded[..length]).is_err(), "{length} bytes");
        assert!(decode_chain_config(&encoded[..length], 10).is_err(), "{length} bytes");
    }
    assert_eq!(decode_chain_configs(&encode_chain_configs(&[op(), op()])), Err(DecodeError::Duplicate(10)));
    assert_eq!(decode_chain_config(&encode_chain_configs(&[op(), op()]), 10), Err(DecodeError::Duplicate(10)));
    assert_eq!(decode_chain_config(&longer, 10), Err(DecodeError::TrailingBytes(1)));
    // Whatever byte is changed: another config or a refusal, never the same config, never a panic.
    for at in 0..encoded.len() {
        for bit in 0..8 {
            let mut changed = encoded.clone();
            changed[at] ^= 1 << bit;
            assert_ne!(decode_chain_configs(&changed), Ok(vec![op()]), "byte {at} bit {bit}");
            assert_ne!(decode_chain_config(&changed, 10), Ok(Some(op())), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn contradictions_are_refused_with_the_reason() {
    let refused = |change: &dyn Fn(&mut RollupConfig)| {
        let mut config = op().rollup;
        change(&mut config);
        config.validate().err()
    };
    assert_eq!(refused(&|_| {}), None);
    assert_eq!(refused(&|c| c.block_time = 0), Some(ConfigError::Zero("block_time")));
    assert_eq!(refused(&|c| c.l1_chain_id = 10), Some(ConfigError::SameChainId(10)));
    assert_eq!(refused(&|c| c.genesis.l1 = c.genesis.l2), Some(ConfigError::SameGenesisHash));
    assert_eq!(refused(&|c| c.seq_window_size = 1), Some(ConfigError::SequencingWindow(1)));
    assert_eq!(refused(&|c| c.alt_da = true), Some(ConfigError::AltDa));
    assert_eq!(
        refused(&|c| c.forks.set(Fork::Delta, None)),
        Some(ConfigError::ForkMissing { earlier: Fork::Delta, later: Fork::Ecotone })
    );
    assert!(matches!(
        refused(&|c| c.forks.set(Fork::Fjord, Some(1))),
        Some(ConfigError::ForkOrder { earlier: Fork::Ecotone, later: Fork::Fjord, later_time: 1, .. })
    ));
    assert_eq!(refused(&|c| c.genesis.system_config.eip1559_elasticity = 1), Some(ConfigError::Eip1559Params));
    let mut config = op();
    config.l1 = L1ChainConfig::sepolia();
    assert_eq!(config.validate(), Err(DecodeError::L1Mismatch { rollup: 1, l1: 11_155_111 }));
    config.l1.blob_schedule.push(BlobParams::cancun(0));
    assert_eq!(config.l1.validate(), Err(L1ConfigError::Order(0)));
    assert!(decode_chain_configs(&encode_chain_configs(&[config])).is_err());
}

#[test]
fn json_of_both_clients() {
    for chain in known::chains() {
        let json = chain.config.rollup.to_json().to_string();
        assert_eq!(RollupConfig::from_json(&json).unwrap(), chain.config.rollup, "{}", chain.name);
    }
    let mut json = op().rollup.to_json();
    let system = json["genesis"]["system_config"].as_object_mut().unwrap();
    let batcher = system.remove("batcherAddr").unwrap();
    system.insert("batcherAddress".into(), batcher);
    for packed in ["eip1559Params", "operatorFeeParams"] {
        system.remove(packed);
    }
    // kona writes words as short quantities.
    system.insert("overhead".into(), "0xbc".into());
    system.insert("eip1559Denominator".into(), 250.into());
    system.insert("eip1559Elasticity".into(), 6.into());
    system.insert("operatorFeeScalar".into(), 7.into());
    system.insert("operatorFeeConstant".into(), 8.into());
    json["alt_da"] = serde_json::Value::Null;
    let read = RollupConfig::from_json(&json.to_string()).unwrap();
    let mut expected = op().rollup;
    expected.genesis.system_config.eip1559_denominator = 250;
    expected.genesis.system_config.eip1559_elasticity = 6;
    expected.genesis.system_config.operator_fee_scalar = 7;
    expected.genesis.system_config.operator_fee_constant = 8;
    assert_eq!(read, expected);

    json["alt_da"] =
        serde_json::json!({ "da_challenge_contract_address": "0x97A2dA87d3439b172e6DD027220e01c9Cb565B80" });
    assert_eq!(RollupConfig::from_json(&json.to_string()).unwrap().validate(), Err(ConfigError::AltDa));
    json["block_time"] = "soon".into();
    assert!(
        matches!(RollupConfig::from_json(&json.to_string()), Err(JsonError::Value(field, _)) if field == "block_time")
    );
    json.as_object_mut().unwrap().remove("block_time");
    assert_eq!(RollupConfig::from_json(&json.to_string()), Err(JsonError::Missing("block_time".into())));
    assert!(matches!(RollupConfig::from_json("[]"), Err(JsonError::Syntax(_))));
}

#[test]
fn embedded_facts_and_every_file_of_the_registry() {
    let Some(configs) = real_data("registry/superchain/configs") else { return };
    let (mut files, mut refused, mut compared) = (0, 0, 0);
    for network in fs::read_dir(configs).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        let superchain = fs::read_to_string(network.join("superchain.toml")).unwrap();
        let l1 = registry::read_l1_chain_id(&superchain).unwrap();
        for file in fs::read_dir(&network).unwrap().map(|entry| entry.unwrap().path()) {
            if file.ends_with("superchain.toml") {
                continue;
            }
            files += 1;
            let text = fs::read_to_string(&file).unwrap();
            let config = registry::read_chain(&text, l1).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            match config.validate() {
                Ok(()) => {}
                Err(ConfigError::AltDa) => refused += 1,
                Err(error) => panic!("{}: {error}", file.display()),
            }
            let devnet = network.ends_with("sepolia-devnet-2");
            match known::chain_config(config.l2_chain_id) {
                Some(known) => {
                    assert_eq!(known.rollup, config, "{}", file.display());
                    assert_eq!(known.l1.chain_id, l1, "{}", file.display());
                    compared += 1;
                    // The twin: one changed fact is noticed.
                    let text = text.replacen("max_sequencer_drift = ", "max_sequencer_drift = 1", 1);
                    assert_ne!(known.rollup, registry::read_chain(&text, l1).unwrap(), "{}", file.display());
                }
                None => assert!(config.alt_da || devnet, "{} is missing", file.display()),
            }
        }
    }
    assert_eq!((files, refused, compared), (53, 12, 40));
}

#[test]
fn the_recorded_l1_config() {
    let Some(path) = real_data("devnet-901901/chain/l1-chain-config.json") else { return };
    let config = L1ChainConfig::from_json(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(config.validate(), Ok(()));
    let fractions: Vec<u64> = config.blob_schedule.iter().map(|params| params.base_fee_update_fraction).collect();
    assert_eq!(fractions, [3_338_477, 5_007_716, 5_007_716, 8_346_193, 11_684_671]);
    assert_eq!(config.blob_params_at(1_795_248_809), Some(&BlobParams::bpo1(1_795_248_809)));
}
