//! The chain files of the superchain registry (TOML).

use super::{ChainConfig, L1ChainConfig};
use crate::rollup_config::{
    BaseFeeParams, BlockId, Fork, ForkTimes, GRANITE_CHANNEL_TIMEOUT, Genesis, RollupConfig, SystemConfig,
};
use alloc::{
    format,
    string::{String, ToString},
};
use alloy_primitives::B256;
use core::str::FromStr;
use toml::{Table, Value};

/// Lifetime of a channel before Granite: the same on every chain of the registry.
const CHANNEL_TIMEOUT: u64 = 300;

/// Why a file of the registry is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Not TOML.
    #[error("registry: {0}")]
    Syntax(String),
    /// A field is missing or has a bad value.
    #[error("registry: field {0} is missing or has a bad value")]
    Field(String),
    /// The L1 is not known.
    #[error("registry: L1 chain {0} is not known; give its config")]
    UnknownL1(u64),
}

/// The L1 chain id of a `superchain.toml`.
pub fn read_l1_chain_id(superchain_toml: &str) -> Result<u64, RegistryError> {
    let table: Table =
        superchain_toml.parse().map_err(|error: toml::de::Error| RegistryError::Syntax(error.to_string()))?;
    number(table_of(&table, "l1")?, "chain_id")
}

/// Reads a chain file. The config is not validated: see [`RollupConfig::validate`].
pub fn read_chain(chain_toml: &str, l1_chain_id: u64) -> Result<RollupConfig, RegistryError> {
    let table: Table = chain_toml.parse().map_err(|error: toml::de::Error| RegistryError::Syntax(error.to_string()))?;
    read_table(&table, l1_chain_id)
}

/// Reads a chain file and adds the config of a public L1.
pub fn read_chain_config(chain_toml: &str, l1_chain_id: u64) -> Result<ChainConfig, RegistryError> {
    let l1 = L1ChainConfig::known(l1_chain_id).ok_or(RegistryError::UnknownL1(l1_chain_id))?;
    Ok(ChainConfig { rollup: read_chain(chain_toml, l1_chain_id)?, l1 })
}

pub(super) fn read_table(table: &Table, l1_chain_id: u64) -> Result<RollupConfig, RegistryError> {
    let (hardforks, genesis) = (table_of(table, "hardforks")?, table_of(table, "genesis")?);
    let (system, addresses) = (table_of(genesis, "system_config")?, table_of(table, "addresses")?);
    let mut forks = ForkTimes::default();
    for fork in &Fork::ALL[1..] {
        forks.set(*fork, optional(hardforks, &format!("{fork}_time"))?);
    }
    forks.imply_regolith();
    let chain_op_config = match table.get("optimism").and_then(Value::as_table) {
        None => BaseFeeParams::default(),
        Some(params) => BaseFeeParams {
            elasticity: number(params, "eip1559_elasticity")?,
            denominator: number(params, "eip1559_denominator")?,
            denominator_canyon: optional(params, "eip1559_denominator_canyon")?
                .unwrap_or(BaseFeeParams::default().denominator_canyon),
        },
    };
    let block = |name| -> Result<BlockId, RegistryError> {
        let block = table_of(genesis, name)?;
        Ok(BlockId { number: number(block, "number")?, hash: text(block, "hash")? })
    };
    let da = table.get("data_availability_type").and_then(Value::as_str).unwrap_or("eth-da");
    Ok(RollupConfig {
        genesis: Genesis {
            l1: block("l1")?,
            l2: block("l2")?,
            l2_time: number(genesis, "l2_time")?,
            system_config: SystemConfig {
                batcher: text(system, "batcherAddress")?,
                overhead: text::<B256>(system, "overhead")?,
                scalar: text::<B256>(system, "scalar")?,
                gas_limit: number(system, "gasLimit")?,
                ..SystemConfig::default()
            },
        },
        block_time: number(table, "block_time")?,
        max_sequencer_drift: number(table, "max_sequencer_drift")?,
        seq_window_size: number(table, "seq_window_size")?,
        channel_timeout: CHANNEL_TIMEOUT,
        granite_channel_timeout: GRANITE_CHANNEL_TIMEOUT,
        l1_chain_id,
        l2_chain_id: number(table, "chain_id")?,
        forks,
        pectra_blob_schedule_time: optional(hardforks, "pectra_blob_schedule_time")?,
        keep_karst_upgrade_gas: hardforks.get("keep_karst_upgrade_gas").and_then(Value::as_bool).unwrap_or(false),
        batch_inbox_address: text(table, "batch_inbox_addr")?,
        deposit_contract_address: text(addresses, "OptimismPortalProxy")?,
        l1_system_config_address: text(addresses, "SystemConfigProxy")?,
        chain_op_config,
        alt_da: da != "eth-da" || table.contains_key("alt_da"),
    })
}

fn bad(name: &str) -> RegistryError {
    RegistryError::Field(name.to_string())
}

fn table_of<'a>(table: &'a Table, name: &str) -> Result<&'a Table, RegistryError> {
    table.get(name).and_then(Value::as_table).ok_or_else(|| bad(name))
}

fn optional(table: &Table, name: &str) -> Result<Option<u64>, RegistryError> {
    let Some(value) = table.get(name) else { return Ok(None) };
    value.as_integer().and_then(|number| u64::try_from(number).ok()).map(Some).ok_or_else(|| bad(name))
}

fn number(table: &Table, name: &str) -> Result<u64, RegistryError> {
    optional(table, name)?.ok_or_else(|| bad(name))
}

fn text<T: FromStr>(table: &Table, name: &str) -> Result<T, RegistryError> {
    table.get(name).and_then(Value::as_str).and_then(|text| T::from_str(text).ok()).ok_or_else(|| bad(name))
}
