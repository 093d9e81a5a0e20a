//! Rollup configs as JSON: `rollup.json` as op-node writes it (`batcherAddr`, packed EIP-1559 and operator fee
//! parameters) and as kona does (`batcherAddress`, one field a parameter). What is not known is ignored.

use super::{BaseFeeParams, BlockId, Fork, ForkTimes, GRANITE_CHANNEL_TIMEOUT, Genesis, RollupConfig, SystemConfig};
use alloc::{
    format,
    string::{String, ToString},
};
use alloy_primitives::{Address, B64, B256, U256};
use core::str::FromStr;
use serde_json::{Map, Value, json};

/// Why JSON is not a config.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or not an object.
    #[error("not a JSON object: {0}")]
    Syntax(String),
    /// A field is missing.
    #[error("field {0} is missing")]
    Missing(String),
    /// A field has the wrong type or a bad value.
    #[error("field {0} has a bad value: {1}")]
    Value(String, String),
}

/// An object whose fields are read by one of several names.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(value: &'a Value, path: &str) -> Result<Self, JsonError> {
        let object = value.as_object().ok_or_else(|| JsonError::Syntax(format!("at {path:?}")))?;
        Ok(Self { object, path: path.to_string() })
    }

    /// The first of these fields that is there and not null.
    pub(crate) fn find(&self, names: &[&str]) -> Option<&'a Value> {
        names.iter().filter_map(|name| self.object.get(*name)).find(|value| !value.is_null())
    }

    fn path(&self, names: &[&str]) -> String {
        format!("{}{}", self.path, names.first().copied().unwrap_or_default())
    }

    pub(crate) fn object(&self, names: &[&str]) -> Result<Fields<'a>, JsonError> {
        let path = self.path(names);
        Fields::new(self.find(names).ok_or_else(|| JsonError::Missing(path.clone()))?, &format!("{path}."))
    }

    /// A number, in JSON or as a decimal or hexadecimal string.
    pub(crate) fn number(&self, names: &[&str]) -> Result<Option<u64>, JsonError> {
        let Some(value) = self.find(names) else { return Ok(None) };
        let number = match value {
            Value::String(text) => U256::from_str(text).ok().and_then(|number| u64::try_from(number).ok()),
            value => value.as_u64(),
        };
        number.map(Some).ok_or_else(|| JsonError::Value(self.path(names), value.to_string()))
    }

    pub(crate) fn needed(&self, names: &[&str]) -> Result<u64, JsonError> {
        self.number(names)?.ok_or_else(|| JsonError::Missing(self.path(names)))
    }

    /// A value that is written as hexadecimal text.
    fn hex<T: FromStr>(&self, names: &[&str]) -> Result<Option<T>, JsonError> {
        let Some(value) = self.find(names) else { return Ok(None) };
        let parsed = value.as_str().and_then(|text| T::from_str(text).ok());
        parsed.map(Some).ok_or_else(|| JsonError::Value(self.path(names), value.to_string()))
    }

    fn needed_hex<T: FromStr>(&self, names: &[&str]) -> Result<T, JsonError> {
        self.hex(names)?.ok_or_else(|| JsonError::Missing(self.path(names)))
    }

    /// A word; shorter text and numbers are padded on the left.
    fn word(&self, names: &[&str]) -> Result<B256, JsonError> {
        let Some(value) = self.find(names) else { return Ok(B256::ZERO) };
        let text = value.as_str().map_or_else(|| value.to_string(), ToString::to_string);
        let number = U256::from_str(&text).map_err(|_| JsonError::Value(self.path(names), text))?;
        Ok(number.into())
    }

    fn block(&self, names: &[&str]) -> Result<BlockId, JsonError> {
        let fields = self.object(names)?;
        Ok(BlockId { number: fields.needed(&["number"])?, hash: fields.needed_hex(&["hash"])? })
    }
}

impl RollupConfig {
    /// Reads a config. It is not validated: see [`RollupConfig::validate`].
    pub fn from_json(json: &str) -> Result<Self, JsonError> {
        let value: Value = serde_json::from_str(json).map_err(|error| JsonError::Syntax(error.to_string()))?;
        Self::from_json_value(&value)
    }

    /// Reads a config from parsed JSON.
    pub fn from_json_value(value: &Value) -> Result<Self, JsonError> {
        let fields = Fields::new(value, "")?;
        let genesis = fields.object(&["genesis"])?;
        let mut forks = ForkTimes::default();
        for fork in &Fork::ALL[1..] {
            let name = format!("{fork}_time");
            // The fork after Karst was called Interop.
            let other = if *fork == Fork::Lagoon { "interop_time" } else { &name };
            forks.set(*fork, fields.number(&[&name, other])?);
        }
        forks.imply_regolith();
        // op-node leaves out alt-DA; kona writes it as null.
        let alt_da = ["alt_da", "alt_da_config"];
        let challenge: Option<Address> = fields.hex(&["da_challenge_address", "da_challenge_contract_address"])?;
        let config = match fields.find(&["chain_op_config"]) {
            Some(value) => base_fee_params(&Fields::new(value, "chain_op_config.")?)?,
            None => BaseFeeParams::default(),
        };
        Ok(Self {
            genesis: Genesis {
                l1: genesis.block(&["l1"])?,
                l2: genesis.block(&["l2"])?,
                l2_time: genesis.needed(&["l2_time"])?,
                system_config: system_config(&genesis.object(&["system_config"])?)?,
            },
            block_time: fields.needed(&["block_time"])?,
            max_sequencer_drift: fields.needed(&["max_sequencer_drift"])?,
            seq_window_size: fields.needed(&["seq_window_size"])?,
            channel_timeout: fields.needed(&["channel_timeout"])?,
            granite_channel_timeout: fields.number(&["granite_channel_timeout"])?.unwrap_or(GRANITE_CHANNEL_TIMEOUT),
            l1_chain_id: fields.needed(&["l1_chain_id"])?,
            l2_chain_id: fields.needed(&["l2_chain_id"])?,
            forks,
            pectra_blob_schedule_time: fields.number(&["pectra_blob_schedule_time"])?,
            keep_karst_upgrade_gas: match fields.find(&["keep_karst_upgrade_gas"]) {
                None => false,
                Some(value) => value
                    .as_bool()
                    .ok_or_else(|| JsonError::Value("keep_karst_upgrade_gas".to_string(), value.to_string()))?,
            },
            batch_inbox_address: fields.needed_hex(&["batch_inbox_address"])?,
            deposit_contract_address: fields.needed_hex(&["deposit_contract_address"])?,
            l1_system_config_address: fields.needed_hex(&["l1_system_config_address"])?,
            chain_op_config: config,
            alt_da: fields.find(&alt_da).is_some() || challenge.is_some_and(|address| !address.is_zero()),
        })
    }

    /// Writes a config as op-node does.
    pub fn to_json(&self) -> Value {
        let block = |id: &BlockId| json!({ "hash": id.hash, "number": id.number });
        let system = &self.genesis.system_config;
        let mut eip1559 = B64::ZERO;
        eip1559[..4].copy_from_slice(&system.eip1559_denominator.to_be_bytes());
        eip1559[4..].copy_from_slice(&system.eip1559_elasticity.to_be_bytes());
        let mut operator = B256::ZERO;
        operator[20..24].copy_from_slice(&system.operator_fee_scalar.to_be_bytes());
        operator[24..].copy_from_slice(&system.operator_fee_constant.to_be_bytes());
        let mut json = json!({
            "genesis": {
                "l1": block(&self.genesis.l1),
                "l2": block(&self.genesis.l2),
                "l2_time": self.genesis.l2_time,
                "system_config": {
                    "batcherAddr": system.batcher,
                    "overhead": system.overhead,
                    "scalar": system.scalar,
                    "gasLimit": system.gas_limit,
                    "eip1559Params": eip1559,
                    "operatorFeeParams": operator,
                    "minBaseFee": system.min_base_fee,
                    "daFootprintGasScalar": system.da_footprint_gas_scalar,
                },
            },
            "block_time": self.block_time,
            "max_sequencer_drift": self.max_sequencer_drift,
            "seq_window_size": self.seq_window_size,
            "channel_timeout": self.channel_timeout,
            "granite_channel_timeout": self.granite_channel_timeout,
            "l1_chain_id": self.l1_chain_id,
            "l2_chain_id": self.l2_chain_id,
            "batch_inbox_address": self.batch_inbox_address,
            "deposit_contract_address": self.deposit_contract_address,
            "l1_system_config_address": self.l1_system_config_address,
            "chain_op_config": {
                "eip1559Elasticity": self.chain_op_config.elasticity,
                "eip1559Denominator": self.chain_op_config.denominator,
                "eip1559DenominatorCanyon": self.chain_op_config.denominator_canyon,
            },
        });
        for fork in &Fork::ALL[1..] {
            if let Some(time) = self.forks.get(*fork) {
                json[format!("{fork}_time")] = time.into();
            }
        }
        if let Some(time) = self.pectra_blob_schedule_time {
            json["pectra_blob_schedule_time"] = time.into();
        }
        if self.keep_karst_upgrade_gas {
            json["keep_karst_upgrade_gas"] = true.into();
        }
        if self.alt_da {
            json["alt_da"] = json!({});
        }
        json
    }
}

fn base_fee_params(fields: &Fields<'_>) -> Result<BaseFeeParams, JsonError> {
    let standard = BaseFeeParams::default();
    Ok(BaseFeeParams {
        elasticity: fields.needed(&["eip1559Elasticity", "eip1559_elasticity"])?,
        denominator: fields.needed(&["eip1559Denominator", "eip1559_denominator"])?,
        denominator_canyon: fields
            .number(&["eip1559DenominatorCanyon", "eip1559_denominator_canyon"])?
            .unwrap_or(standard.denominator_canyon),
    })
}

fn system_config(fields: &Fields<'_>) -> Result<SystemConfig, JsonError> {
    let u32_of = |names: &[&str]| -> Result<u32, JsonError> {
        let number = fields.number(names)?.unwrap_or_default();
        u32::try_from(number).map_err(|_| JsonError::Value(fields.path(names), number.to_string()))
    };
    let mut config = SystemConfig {
        batcher: fields.needed_hex(&["batcherAddr", "batcherAddress", "batcher_address"])?,
        overhead: fields.word(&["overhead"])?,
        scalar: fields.word(&["scalar"])?,
        gas_limit: fields.needed(&["gasLimit", "gas_limit"])?,
        eip1559_denominator: u32_of(&["eip1559Denominator", "eip1559_denominator"])?,
        eip1559_elasticity: u32_of(&["eip1559Elasticity", "eip1559_elasticity"])?,
        operator_fee_scalar: u32_of(&["operatorFeeScalar", "operator_fee_scalar"])?,
        operator_fee_constant: fields.number(&["operatorFeeConstant", "operator_fee_constant"])?.unwrap_or_default(),
        min_base_fee: fields.number(&["minBaseFee", "min_base_fee"])?.unwrap_or_default(),
        da_footprint_gas_scalar: {
            let names = ["daFootprintGasScalar", "da_footprint_gas_scalar"];
            let number = fields.number(&names)?.unwrap_or_default();
            u16::try_from(number).map_err(|_| JsonError::Value(fields.path(&names), number.to_string()))?
        },
    };
    let u32_at = |bytes: &[u8], at: usize| bytes[at..at + 4].iter().fold(0, |n, b| (n << 8) | u32::from(*b));
    if let Some(params) = fields.hex::<B64>(&["eip1559Params"])? {
        config.eip1559_denominator = u32_at(params.as_slice(), 0);
        config.eip1559_elasticity = u32_at(params.as_slice(), 4);
    }
    if let Some(params) = fields.hex::<B256>(&["operatorFeeParams"])? {
        let bytes = params.as_slice();
        config.operator_fee_scalar = u32_at(bytes, 20);
        config.operator_fee_constant = (u64::from(u32_at(bytes, 24)) << 32) | u64::from(u32_at(bytes, 28));
    }
    // Newer configs may give the Ecotone scalars apart; the packed form is version 1.
    let scalars = ["baseFeeScalar", "base_fee_scalar"];
    if config.scalar.is_zero() && fields.find(&scalars).is_some() {
        let mut scalar = B256::ZERO;
        scalar[0] = 1;
        scalar[24..28].copy_from_slice(&u32_of(&["blobBaseFeeScalar", "blob_base_fee_scalar"])?.to_be_bytes());
        scalar[28..].copy_from_slice(&u32_of(&scalars)?.to_be_bytes());
        config.scalar = scalar;
    }
    Ok(config)
}
