//! `tribunal deploy`: all contracts of a chain from a configuration, their validation, upgrades of games on paper.

use crate::exit::CommandError;
use crate::guardian::{print_prepared, write_prepared};
use crate::keys::{KeyArgs, connect, text};
use alloy_primitives::{Address, B256};
use chain::deploy::{Config, DeployError, GameUpgrade, MAX_FILE, Plan, run as deploy, upgrade_game, validate};
use chain::safe::SafeContracts;
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Something differs from the configuration.
const DIFFERS: u8 = 1;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DeployArgs {
    #[command(subcommand)]
    command: Option<DeployCommand>,
    #[command(flatten)]
    read: Option<ReadArgs>,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, Subcommand)]
enum DeployCommand {
    /// Read everything back from the chain and name what differs from the configuration; exit code 1 if something does.
    Validate(ReadArgs),
    /// Print the addresses that a configuration leads to.
    Plan(ReadArgs),
    /// Another program or implementation for a game type, as a Safe transaction for signing.
    Upgrade(UpgradeArgs),
}

#[derive(Debug, Args)]
struct ReadArgs {
    /// The configuration, TOML (docs/deploy.toml explains it).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Execution node of L1.
    #[arg(long, value_name = "URL")]
    l1: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct UpgradeArgs {
    /// Execution node of L1.
    #[arg(long, value_name = "URL")]
    l1: String,
    /// The DisputeGameFactory.
    #[arg(long, value_name = "ADDRESS")]
    factory: Address,
    /// The game type.
    #[arg(long, value_name = "N")]
    game_type: u32,
    /// Hash of the new program.
    #[arg(long, value_name = "HASH", required_unless_present_any = ["implementation", "vm"])]
    prestate: Option<B256>,
    /// The new implementation.
    #[arg(long, value_name = "ADDRESS")]
    implementation: Option<Address>,
    /// The new machine.
    #[arg(long, value_name = "ADDRESS")]
    vm: Option<Address>,
    /// Write a file that the Safe's web interface imports.
    #[arg(long, value_name = "FILE")]
    safe_json: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &DeployArgs) -> Result<u8, CommandError> {
    match (&args.command, &args.read) {
        (Some(DeployCommand::Validate(args)), _) => compare(args),
        (Some(DeployCommand::Plan(args)), _) => plan(args),
        (Some(DeployCommand::Upgrade(args)), _) => upgrade(args),
        (None, Some(read)) => carry_out(read, &args.key),
        (None, None) => Err(CommandError::usage("--config FILE and --l1 URL are needed")),
    }
}

fn config(path: &Path) -> Result<Config, CommandError> {
    Config::parse(&text(path, MAX_FILE)?).map_err(|error| CommandError::data(format!("{}: {error}", path.display())))
}

fn planned(args: &ReadArgs) -> Result<(chain::node::NodeLedger, Plan), CommandError> {
    let config = config(&args.config)?;
    let l1 = connect("l1", &args.l1)?;
    let contracts = match config.roles {
        Some(_) => SafeContracts::find(&l1).map_err(CommandError::data)?,
        None => SafeContracts::own().map_err(CommandError::data)?,
    };
    Ok((l1, Plan::new(config, contracts).map_err(CommandError::data)?))
}

fn carry_out(args: &ReadArgs, key: &KeyArgs) -> Result<u8, CommandError> {
    let config = config(&args.config)?;
    let wallet = key.wallet()?;
    let mut l1 = connect("l1", &args.l1)?;
    let done = deploy(&mut l1, &wallet, config, &mut |step| eprintln!("{step}"));
    let plan = done.map_err(|error| match error {
        error @ (DeployError::Transaction { .. } | DeployError::Client(_)) => {
            CommandError::data(format!("{error}\nwhat is done stays done: run the same command again"))
        }
        error => CommandError::data(error),
    })?;
    report(&l1, &plan, args.json, true)
}

fn compare(args: &ReadArgs) -> Result<u8, CommandError> {
    let (l1, plan) = planned(args)?;
    report(&l1, &plan, args.json, false)
}

fn report(l1: &chain::node::NodeLedger, plan: &Plan, json: bool, addresses: bool) -> Result<u8, CommandError> {
    let (differences, compared) = validate(l1, plan).map_err(CommandError::data)?;
    let mut out = std::io::stdout().lock();
    if json {
        let report = json!({"addresses": plan.addresses, "compared": compared, "differences": differences});
        writeln!(out, "{report:#}")?;
    } else {
        if addresses {
            write_addresses(&mut out, plan)?;
        }
        for d in &differences {
            writeln!(out, "{} {}: expected {}, found {}", d.contract, d.what, d.expected, d.found)?;
        }
        writeln!(out, "{compared} values compared, {} differ", differences.len())?;
    }
    Ok(if differences.is_empty() { 0 } else { DIFFERS })
}

fn plan(args: &ReadArgs) -> Result<u8, CommandError> {
    let (_, plan) = planned(args)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!(plan.addresses))?;
    } else {
        write_addresses(&mut out, &plan)?;
    }
    Ok(0)
}

fn write_addresses(out: &mut impl Write, plan: &Plan) -> Result<(), CommandError> {
    fn lines(out: &mut impl Write, prefix: &str, value: &serde_json::Value) -> std::io::Result<()> {
        match value {
            serde_json::Value::Object(fields) => {
                fields.iter().try_for_each(|(name, value)| lines(out, &format!("{prefix}{name} "), value))
            }
            serde_json::Value::String(text) => writeln!(out, "{prefix}{text}"),
            other => writeln!(out, "{prefix}{other}"),
        }
    }
    Ok(lines(out, "", &json!(plan.addresses))?)
}

fn upgrade(args: &UpgradeArgs) -> Result<u8, CommandError> {
    let l1 = connect("l1", &args.l1)?;
    let upgrade = GameUpgrade {
        game_type: args.game_type,
        prestate: args.prestate,
        implementation: args.implementation,
        vm: args.vm,
    };
    let prepared = upgrade_game(&l1, args.factory, &upgrade).map_err(CommandError::data)?;
    if let Some(path) = &args.safe_json {
        write_prepared(path, &prepared)?;
    }
    print_prepared(&prepared, args.json)?;
    Ok(0)
}
