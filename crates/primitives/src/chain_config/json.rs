//! The config of an L1 chain from JSON as geth writes it: fork times (`cancunTime`, `bpo1Time`, …) and `blobSchedule`.

use super::{BlobParams, L1ChainConfig};
use crate::rollup_config::json::{Fields, JsonError};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde_json::Value;

/// The forks that can change the blob parameters, oldest first.
const BLOB_FORKS: [&str; 9] = ["cancun", "prague", "osaka", "bpo1", "bpo2", "bpo3", "bpo4", "bpo5", "amsterdam"];

impl L1ChainConfig {
    /// Reads a config. It is not validated: see [`L1ChainConfig::validate`].
    pub fn from_json(json: &str) -> Result<Self, JsonError> {
        let value: Value = serde_json::from_str(json).map_err(|error| JsonError::Syntax(error.to_string()))?;
        Self::from_json_value(&value)
    }

    /// Reads a config from parsed JSON; a whole genesis file with a `config` field is accepted too.
    pub fn from_json_value(value: &Value) -> Result<Self, JsonError> {
        let outer = Fields::new(value, "")?;
        let fields = if outer.find(&["config"]).is_some() { outer.object(&["config"])? } else { outer };
        let chain_id = fields.needed(&["chainId", "chain_id"])?;
        let schedule = fields.object(&["blobSchedule", "blob_schedule"]).ok();
        let mut blob_schedule = Vec::new();
        for fork in BLOB_FORKS {
            let time_names: [String; 2] = [format!("{fork}Time"), format!("{fork}_time")];
            let Some(time) = fields.number(&[&time_names[0], &time_names[1]])? else { continue };
            let given = match &schedule {
                Some(schedule) if schedule.find(&[fork]).is_some() => Some(schedule.object(&[fork])?),
                _ => None,
            };
            let params = match given {
                Some(params) => Some(BlobParams {
                    time,
                    target: params.needed(&["target"])?,
                    max: params.needed(&["max"])?,
                    base_fee_update_fraction: params.needed(&["baseFeeUpdateFraction", "update_fraction"])?,
                }),
                None => match fork {
                    "cancun" => Some(BlobParams::cancun(time)),
                    "prague" => Some(BlobParams::prague(time)),
                    // Osaka and Amsterdam need not change them.
                    "osaka" | "amsterdam" => None,
                    fork => return Err(JsonError::Missing(format!("blobSchedule.{fork}"))),
                },
            };
            blob_schedule.extend(params);
        }
        Ok(Self { chain_id, blob_schedule })
    }
}
