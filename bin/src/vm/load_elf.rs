//! `tribunal vm load-elf`: an image and the configs of its chains become a prestate.

use super::{
    is_cannon,
    output::{check_state_name, save_state, write_file},
    read_file,
};
use crate::exit::CommandError;
use clap::Args;
use mips64::{State, json::meta_json};
use primitives::{
    chain_config::{
        ChainConfig, L1ChainConfig, encode_chain_configs,
        known::{chain_config, chains},
    },
    rollup_config::RollupConfig,
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use vm::ElfImage;

/// The one type of state that there is.
pub(super) const STATE_TYPE: &str = "multithreaded64-5";
/// Types that there were before, which no contract in use takes.
const OTHER_TYPES: [&str; 8] = [
    "singlethreaded",
    "multithreaded",
    "singlethreaded-2",
    "multithreaded64",
    "multithreaded64-2",
    "multithreaded-2",
    "multithreaded64-3",
    "multithreaded64-4",
];

#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct LoadElfArgs {
    /// Type of the state: multithreaded64-5.
    #[arg(long = "type", value_name = "TYPE", default_value = STATE_TYPE)]
    state_type: String,
    /// The image: a 64-bit big-endian MIPS ELF.
    #[arg(long, value_name = "ELF")]
    path: PathBuf,
    /// Where to write the state, .bin or .bin.gz; empty to write none.
    #[arg(long, value_name = "FILE", default_value = "state.bin.gz")]
    out: String,
    /// Where to write the symbols of the image; empty to write none, - for standard output.
    #[arg(long, value_name = "FILE", default_value = "meta.json")]
    meta: String,
    /// Rollup config (JSON) of a chain that the guest shall know; may be given several times.
    #[arg(long, value_name = "FILE")]
    chain_config: Vec<PathBuf>,
    /// A chain that is built in and that the guest shall know, by its id; may be given several times.
    #[arg(long, value_name = "ID")]
    chain: Vec<u64>,
    /// All chains that are built in.
    #[arg(long, conflicts_with = "chain")]
    known_chains: bool,
    /// Chain config (JSON) of an L1 that is not built in.
    #[arg(long, value_name = "FILE")]
    l1_chain_config: Vec<PathBuf>,
}

pub(super) fn run(args: &LoadElfArgs) -> Result<u8, CommandError> {
    if args.state_type != STATE_TYPE {
        let known = OTHER_TYPES.contains(&args.state_type.as_str());
        let why = if known { "is no longer supported" } else { "is unknown" };
        return Err(CommandError::usage(format!("--type {} {why}: use {STATE_TYPE}", args.state_type)));
    }
    check_state_name("out", &args.out)?;
    let file = read_file(&args.path)?;
    let at_path = |error: vm::ElfError| CommandError::data(format!("{}: {error}", args.path.display()));
    let mut image = ElfImage::parse(&file).map_err(at_path)?;
    let configs = chain_configs(args)?;
    if !configs.is_empty() {
        image.set_chain_configs(&encode_chain_configs(&configs)).map_err(at_path)?;
    }
    let mut state = State::from_elf(&image).map_err(at_path)?;
    if !args.meta.is_empty() {
        write_file(Path::new(&args.meta), meta_json(&image.symbols).as_bytes())?;
    }
    if !args.out.is_empty() {
        save_state(&mut state, Path::new(&args.out))?;
    }
    if !is_cannon() {
        write!(std::io::stdout().lock(), "{}", mips64::json::WitnessJson::new(&mut state).to_json())?;
    }
    Ok(0)
}

/// The configs of all chains that were named, each with its L1's.
fn chain_configs(args: &LoadElfArgs) -> Result<Vec<ChainConfig>, CommandError> {
    let mut given = Vec::new();
    for path in &args.l1_chain_config {
        given.push(L1ChainConfig::from_json(&text(path)?).map_err(|error| in_file(path, error))?);
    }
    let mut configs: Vec<ChainConfig> = Vec::new();
    if args.known_chains {
        configs.extend(chains().into_iter().map(|chain| chain.config));
    }
    for id in &args.chain {
        let config = chain_config(*id);
        configs.push(
            config.ok_or_else(|| CommandError::usage(format!("--chain {id}: not built in, give --chain-config")))?,
        );
    }
    for path in &args.chain_config {
        let rollup = RollupConfig::from_json(&text(path)?).map_err(|error| in_file(path, error))?;
        let id = rollup.l1_chain_id;
        let l1 = given.iter().find(|l1| l1.chain_id == id).cloned().or_else(|| L1ChainConfig::known(id));
        let l1 =
            l1.ok_or_else(|| in_file(path, format!("its L1, chain {id}, is not built in: give --l1-chain-config")))?;
        let config = ChainConfig { rollup, l1 };
        config.validate().map_err(|error| in_file(path, error))?;
        if configs.iter().any(|other| other.rollup.l2_chain_id == config.rollup.l2_chain_id) {
            return Err(in_file(path, format!("chain {} is given twice", config.rollup.l2_chain_id)));
        }
        configs.push(config);
    }
    Ok(configs)
}

fn text(path: &Path) -> Result<String, CommandError> {
    String::from_utf8(read_file(path)?).map_err(|error| in_file(path, error))
}

fn in_file(path: &Path, error: impl std::fmt::Display) -> CommandError {
    CommandError::data(format!("{}: {error}", path.display()))
}
