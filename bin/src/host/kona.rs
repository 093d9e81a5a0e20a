//! The call that op-challenger makes to kona-host: `kona-host single … --server --data-dir DIR`.
//!
//! Flags, aliases and exit codes are kona-host's; unknown ones are refused, as there. Values are kept as kona-host keeps them by
//! default, a file each, so that op-challenger finds blobs and precompile inputs when it has to load them on L1.

use super::{Listen, serve_to};
use crate::{
    claim::{Online, Source},
    exit::CommandError,
    nodes::{NodeArgs, chain_of, config_text},
};
use alloy_primitives::B256;
use clap::{Args, Subcommand};
use host::{Boot, native::Judgement, shelf::ShelfKind};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct KonaHostArgs {
    /// More log lines; taken for compatibility.
    #[arg(short, action = clap::ArgAction::Count, global = true)]
    v: u8,
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Debug, Subcommand)]
enum Mode {
    /// One chain.
    Single(Box<SingleArgs>),
}

#[derive(Debug, Args)]
struct SingleArgs {
    /// Hash of the L1 head.
    #[arg(long)]
    l1_head: B256,
    /// Hash of the agreed L2 block.
    #[arg(long, visible_alias = "l2-head")]
    agreed_l2_head_hash: B256,
    /// The agreed output root.
    #[arg(long, visible_alias = "l2-output-root")]
    agreed_l2_output_root: B256,
    /// The claimed output root.
    #[arg(long, visible_alias = "l2-claim")]
    claimed_l2_output_root: B256,
    /// Number of the claimed block.
    #[arg(long, visible_alias = "l2-block-number")]
    claimed_l2_block_number: u64,
    /// L2 nodes, separated by commas.
    #[arg(
        long,
        visible_alias = "l2",
        requires = "l1_node_address",
        requires = "l1_beacon_address",
        value_delimiter = ','
    )]
    l2_node_address: Vec<String>,
    /// L1 nodes, separated by commas.
    #[arg(
        long,
        visible_alias = "l1",
        requires = "l2_node_address",
        requires = "l1_beacon_address",
        value_delimiter = ','
    )]
    l1_node_address: Vec<String>,
    /// Beacon nodes, separated by commas.
    #[arg(
        long,
        visible_alias = "beacon",
        requires = "l1_node_address",
        requires = "l2_node_address",
        value_delimiter = ','
    )]
    l1_beacon_address: Vec<String>,
    /// Folder of values; alone it is all that is served.
    #[arg(
        long,
        visible_alias = "db",
        required_unless_present_all = ["l2_node_address", "l1_node_address", "l1_beacon_address"]
    )]
    data_dir: Option<PathBuf>,
    /// How values are kept: directory.
    #[arg(long, default_value = "directory")]
    data_format: String,
    /// Decide the claim in process.
    #[arg(long, conflicts_with = "server", required_unless_present = "server")]
    native: bool,
    /// Serve file descriptors 3 to 6.
    #[arg(long, conflicts_with = "native", required_unless_present = "native")]
    server: bool,
    /// The L2 chain.
    #[arg(long, conflicts_with = "rollup_config_path", required_unless_present = "rollup_config_path")]
    l2_chain_id: Option<u64>,
    /// Rollup config, JSON.
    #[arg(long, alias = "rollup-cfg", conflicts_with = "l2_chain_id", required_unless_present = "l2_chain_id")]
    rollup_config_path: Option<PathBuf>,
    /// L1 chain config, JSON.
    #[arg(long, alias = "l1-cfg")]
    l1_config_path: Option<PathBuf>,
    /// Execution witnesses are used wherever a node offers them.
    #[arg(long)]
    enable_experimental_witness_endpoint: bool,
}

pub(crate) fn run(args: &KonaHostArgs) -> Result<u8, CommandError> {
    let Mode::Single(args) = &args.mode;
    if args.data_format != "directory" {
        return Err(CommandError::usage(format!("--data-format {}: only directory is known here", args.data_format)));
    }
    let rollup_config = args.rollup_config_path.as_deref().map(config_text).transpose()?;
    let l2_chain_id = match (&args.rollup_config_path, &rollup_config, args.l2_chain_id) {
        (Some(path), Some(text), _) => chain_of(path, text)?,
        (.., id) => id.unwrap_or_default(),
    };
    let boot = Boot {
        l1_head: args.l1_head,
        agreed_l2_output_root: args.agreed_l2_output_root,
        claimed_l2_output_root: args.claimed_l2_output_root,
        claimed_l2_block_number: args.claimed_l2_block_number,
        l2_chain_id,
        rollup_config,
        l2_chain_config: None,
        l1_chain_config: args.l1_config_path.as_deref().map(config_text).transpose()?,
    };
    let nodes =
        NodeArgs::of(args.l1_node_address.clone(), args.l1_beacon_address.clone(), args.l2_node_address.clone());
    let shelf = match &args.data_dir {
        Some(folder) => ShelfKind::Directory.open(folder).map_err(CommandError::data)?,
        None => None,
    };
    let made = Online {
        boot: boot.clone(),
        nodes: &nodes,
        agreed_hash: Some(args.agreed_l2_head_hash),
        shelf,
        upgrades: None,
    };
    // Local keys are numbered as kona does, and the chain's id is told always, as the game tells it.
    let host = made.host()?;
    if args.server {
        return serve_to(&host, &Listen::Descriptors);
    }
    match Source::Nodes(host).judge(&boot)? {
        Judgement::Valid => Ok(0),
        Judgement::Invalid { computed } => {
            if let Some(computed) = computed {
                eprintln!("the claim is invalid; the output root is {computed}");
            }
            Ok(1)
        }
        Judgement::Unknown(unknown) => {
            eprintln!("{}", unknown.reason);
            Ok(2)
        }
    }
}
