//! Public chains that are known by their chain id, so that no config has to be given for them.

use super::{ChainConfig, L1ChainConfig, registry};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use toml::{Table, Value};

/// A public chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownChain {
    /// Its name.
    pub name: String,
    /// The name of its L1: `mainnet` or `sepolia`.
    pub network: String,
    /// Its config.
    pub config: ChainConfig,
}

/// Every known chain.
pub fn chains() -> Vec<KnownChain> {
    let data: Table = include_str!("known.toml").parse().expect("known.toml is part of the crate and tested");
    let tables = data.get("chain").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table);
    tables.map(|table| known(table).expect("known.toml is part of the crate and tested")).collect()
}

/// The config of a known chain.
pub fn chain_config(l2_chain_id: u64) -> Option<ChainConfig> {
    chains().into_iter().map(|chain| chain.config).find(|config| config.rollup.l2_chain_id == l2_chain_id)
}

fn known(table: &Table) -> Option<KnownChain> {
    let text = |name| table.get(name).and_then(Value::as_str);
    let network = text("network")?;
    let l1 = match network {
        "mainnet" => L1ChainConfig::mainnet(),
        "sepolia" => L1ChainConfig::sepolia(),
        _ => return None,
    };
    let rollup = registry::read_table(table, l1.chain_id).ok()?;
    Some(KnownChain {
        name: text("name")?.to_string(),
        network: network.to_string(),
        config: ChainConfig { rollup, l1 },
    })
}
