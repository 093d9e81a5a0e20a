//! A claim, and where the preimages that decide it come from: a witness folder, or nodes and what was fetched from them before.
//! What is made of the verdict, and who is served, is each command's.

use crate::{
    exit::CommandError,
    nodes::{NodeArgs, open_shelf},
};
use alloy_primitives::B256;
use clap::Args;
use host::{
    Boot, OfflineHost, OnlineHost, Store, Witness,
    native::{self, Judgement, judge_over},
    online::{Background, Fetcher},
    shelf::ShelfKind,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

#[derive(Debug, Args)]
pub(crate) struct ClaimArgs {
    /// Folder with boot.json and preimages.kv[.zst], or of an import; nothing else is asked.
    #[arg(long, value_name = "DIR", conflicts_with = "boot", required_unless_present = "boot")]
    witness: Option<PathBuf>,
    /// A boot.json: preimages come from nodes, and from what --data-dir holds.
    #[arg(long, value_name = "FILE")]
    boot: Option<PathBuf>,
    /// Hash of the agreed L2 block, from which the preimage of the agreed output root is made.
    #[arg(long, value_name = "HASH", requires = "boot")]
    agreed_hash: Option<B256>,
    #[command(flatten)]
    nodes: NodeArgs,
    /// Folder in which fetched values are kept.
    #[arg(long, value_name = "DIR", requires = "boot")]
    data_dir: Option<PathBuf>,
    /// How they are kept: memory, flat, database, directory (as op-program and kona-host do).
    #[arg(
        long,
        value_name = "KIND",
        default_value = "memory",
        default_value_if("data_dir", clap::builder::ArgPredicate::IsPresent, "flat")
    )]
    store: ShelfKind,
    /// Folder with network upgrade transactions, one FORK.json a fork.
    #[arg(long, value_name = "DIR")]
    upgrades: Option<PathBuf>,
    /// Claim this output root instead of the one in boot.json.
    #[arg(long, value_name = "ROOT")]
    claim: Option<B256>,
    /// Claim it for this L2 block.
    #[arg(long, value_name = "NUMBER")]
    block: Option<u64>,
}

/// Where preimages come from.
pub(crate) enum Source {
    Witness(OfflineHost),
    Nodes(OnlineHost),
}

impl Source {
    /// Decides the claim; what no node answered is told with the reason.
    pub(crate) fn judge(self, boot: &Boot) -> Result<Judgement, CommandError> {
        let config = native::chain_config(boot).map_err(CommandError::data)?;
        let host = match self {
            Self::Witness(host) => return Ok(native::judge(&host, &config)),
            Self::Nodes(host) => host,
        };
        let mut judgement = judge_over(host.clone(), boot, &config);
        if let Judgement::Unknown(unknown) = &mut judgement
            && let Some(cause) = host.failure()
        {
            unknown.reason += &format!(": {cause}");
        }
        Ok(judgement)
    }
}

impl ClaimArgs {
    /// The witness folder, if it is one.
    pub(crate) fn witness(&self) -> Option<&Path> {
        self.witness.as_deref()
    }

    /// The claim in question (that of `boot.json`, as far as flags do not change it) and its source.
    pub(crate) fn open(&self) -> Result<(Boot, Source), CommandError> {
        let upgrades = self.upgrades.as_deref();
        if let Some(folder) = &self.witness {
            let witness = Witness::load_with_upgrades(folder, upgrades).map_err(CommandError::data)?;
            let boot = self.claimed(&witness.boot);
            return Ok((boot.clone(), Source::Witness(OfflineHost::new(witness.store, boot))));
        }
        let file = self.boot.as_deref().ok_or_else(|| CommandError::usage("neither --witness nor --boot is given"))?;
        let boot = self.claimed(&Boot::load(file).map_err(CommandError::data)?.0);
        let shelf = open_shelf(self.store, &self.data_dir)?;
        let online = Online { boot: boot.clone(), nodes: &self.nodes, agreed_hash: self.agreed_hash, shelf, upgrades };
        Ok((boot, Source::Nodes(online.host()?)))
    }

    fn claimed(&self, boot: &Boot) -> Boot {
        let root = self.claim.unwrap_or(boot.claimed_l2_output_root);
        boot.with_claim(root, self.block.unwrap_or(boot.claimed_l2_block_number))
    }
}

/// What a host over nodes is made of.
pub(crate) struct Online<'a> {
    pub(crate) boot: Boot,
    pub(crate) nodes: &'a NodeArgs,
    pub(crate) agreed_hash: Option<B256>,
    pub(crate) shelf: Option<Box<dyn host::shelf::Shelf>>,
    pub(crate) upgrades: Option<&'a Path>,
}

impl Online<'_> {
    pub(crate) fn host(self) -> Result<OnlineHost, CommandError> {
        let store = match self.shelf {
            Some(shelf) => Store::over_shelf(shelf).map_err(CommandError::data)?,
            None => Store::default(),
        };
        let store = Arc::new(store);
        if let Some(folder) = self.upgrades {
            host::load_upgrades_into(folder, &store).map_err(CommandError::data)?;
        }
        // Clients bring their own configs; here they only help to fetch.
        let background = Background {
            config: native::chain_config(&self.boot).ok(),
            agreed_block: self.agreed_hash,
            workers: if self.nodes.is_empty() { 0 } else { self.nodes.workers },
        };
        Ok(OnlineHost::new(Fetcher::new(self.nodes.nodes()?, background, store), self.boot))
    }
}
