//! Flags that name nodes and say how long they are waited for, shared by what records and what serves.

use crate::exit::CommandError;
use chain::node::{Patience, Pool};
use clap::Args;
use host::{
    online::Nodes,
    shelf::{Shelf, ShelfKind},
};
use primitives::rollup_config::RollupConfig;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Debug, Args)]
pub(crate) struct NodeArgs {
    /// L1 execution nodes; several are separated by commas, or the flag is repeated.
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) l1: Vec<String>,
    /// L1 beacon nodes.
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) beacon: Vec<String>,
    /// L2 execution nodes.
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(crate) l2: Vec<String>,
    /// Seconds that a node has for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    timeout: u64,
    /// Seconds after which a question that no node answers is given up.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    deadline: u64,
    /// Questions that are asked ahead of the program at a time.
    #[arg(long, value_name = "NUMBER", default_value_t = 8)]
    pub(crate) workers: usize,
}

impl NodeArgs {
    /// The nodes of a call that does not say how long to wait.
    pub(crate) const fn of(l1: Vec<String>, beacon: Vec<String>, l2: Vec<String>) -> Self {
        Self { l1, beacon, l2, timeout: 20, deadline: 600, workers: 8 }
    }

    fn patience(&self) -> Patience {
        Patience {
            answer: Duration::from_secs(self.timeout.max(1)),
            question: Duration::from_secs(self.deadline.max(1)),
            ..Patience::default()
        }
    }

    /// A pool of further nodes with the same patience.
    pub(crate) fn pool(&self, kind: &'static str, urls: &[String]) -> Result<Pool, CommandError> {
        Pool::new(kind, urls, self.patience()).map_err(CommandError::usage)
    }

    /// The nodes.
    pub(crate) fn nodes(&self) -> Result<Nodes, CommandError> {
        Ok(Nodes {
            l1: self.pool("L1", &self.l1)?,
            beacon: self.pool("beacon", &self.beacon)?,
            l2: self.pool("L2", &self.l2)?,
        })
    }

    /// Whether no node is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.l1.is_empty() && self.beacon.is_empty() && self.l2.is_empty()
    }
}

/// The text of a config file, which has to be a JSON object.
pub(crate) fn config_text(path: &Path) -> Result<alloy_primitives::Bytes, CommandError> {
    let text = host::flat::read_bounded(path, 16 << 20).map_err(CommandError::data)?;
    let parsed: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(&text);
    parsed.map_err(|error| CommandError::data(format!("{}: {error}", path.display())))?;
    Ok(text.into())
}

/// The chain that a rollup config is of.
pub(crate) fn chain_of(path: &Path, text: &[u8]) -> Result<u64, CommandError> {
    let config = RollupConfig::from_json(&String::from_utf8_lossy(text));
    let config = config.map_err(|error| CommandError::data(format!("{}: {error}", path.display())))?;
    Ok(config.l2_chain_id)
}

/// Opens a shelf in a folder; none in memory.
pub(crate) fn open_shelf(kind: ShelfKind, folder: &Option<PathBuf>) -> Result<Option<Box<dyn Shelf>>, CommandError> {
    match (kind, folder) {
        (ShelfKind::Memory, _) => Ok(None),
        (_, None) => Err(CommandError::usage("a store that lasts needs a folder: give --data-dir")),
        (kind, Some(folder)) => kind.open(folder).map_err(CommandError::data),
    }
}
