//! `tribunal guardian`: what the guardian of a chain can do, as Safe transactions for signing, or sent where the key suffices.

use crate::exit::CommandError;
use crate::keys::{KeyArgs, connect};
use alloy_primitives::Address;
use chain::abi::{AnchorStateRegistry, OptimismPortal2, SuperchainConfig};
use chain::client::view;
use chain::safe::{Operation, Prepared, Signatures, prepare};
use chain::{Call, L1Client, send};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Type of the permissioned game.
const PERMISSIONED: u32 = 1;

#[derive(Debug, Args)]
pub(crate) struct GuardianArgs {
    #[command(subcommand)]
    action: Action,
    /// Execution node of L1.
    #[arg(long, value_name = "URL", global = true, default_value = "http://127.0.0.1:8545")]
    l1: String,
    /// The chain's OptimismPortal.
    #[arg(long, value_name = "ADDRESS", global = true)]
    portal: Option<Address>,
    /// Write a file that the Safe's web interface imports.
    #[arg(long, value_name = "FILE", global = true)]
    safe_json: Option<PathBuf>,
    /// Send it: directly if the key is the guardian, else as the one signer of the guardian's Safe (or of the Safe that owns it).
    #[arg(long, global = true)]
    send: bool,
    #[command(flatten)]
    key: KeyArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Stop proving and finalizing withdrawals and paying bonds: of this chain, or of all that share the SuperchainConfig.
    Pause {
        /// All chains.
        #[arg(long)]
        all: bool,
    },
    /// End a pause and make the switch usable again.
    Unpause {
        /// All chains.
        #[arg(long)]
        all: bool,
    },
    /// Let a pause begin again.
    Extend {
        /// All chains.
        #[arg(long)]
        all: bool,
    },
    /// Take one game, and what was proven against it, out of account.
    Blacklist {
        /// The game.
        #[arg(value_name = "GAME")]
        game: Address,
    },
    /// Take all games made until now out of account.
    Retire,
    /// Make games of one type count from now on.
    SetType {
        /// The type.
        #[arg(value_name = "TYPE", required_unless_present = "fallback")]
        game_type: Option<u32>,
        /// Fall back to the permissioned game.
        #[arg(long, conflicts_with = "game_type")]
        fallback: bool,
    },
}

/// A call and what it is for.
struct Order {
    words: String,
    to: Address,
    call: Call,
}

fn order(client: &dyn L1Client, portal: Address, action: &Action) -> Result<Order, CommandError> {
    let superchain = view(client, portal, &OptimismPortal2::superchainConfigCall {}).map_err(CommandError::data)?;
    let registry = view(client, portal, &OptimismPortal2::anchorStateRegistryCall {}).map_err(CommandError::data)?;
    let whom = |all: bool| -> Result<Address, CommandError> {
        if all {
            return Ok(Address::ZERO);
        }
        // The switch of a chain is its lockbox where it uses one, else its portal (contracts.md 6.4).
        let lockbox = view(client, portal, &OptimismPortal2::ethLockboxCall {}).map_err(CommandError::data)?;
        Ok(if lockbox.is_zero() { portal } else { lockbox })
    };
    let of = |identifier: Address| {
        if identifier.is_zero() { "all chains".to_owned() } else { format!("the chain of {identifier}") }
    };
    Ok(match action {
        Action::Pause { all } => {
            let identifier = whom(*all)?;
            let call = Call::new(superchain, &SuperchainConfig::pauseCall { identifier });
            Order { words: format!("pause {}", of(identifier)), to: superchain, call }
        }
        Action::Unpause { all } => {
            let identifier = whom(*all)?;
            let call = Call::new(superchain, &SuperchainConfig::unpauseCall { identifier });
            Order { words: format!("unpause {}", of(identifier)), to: superchain, call }
        }
        Action::Extend { all } => {
            let identifier = whom(*all)?;
            let call = Call::new(superchain, &SuperchainConfig::extendCall { identifier });
            Order { words: format!("extend the pause of {}", of(identifier)), to: superchain, call }
        }
        Action::Blacklist { game } => {
            let registered = view(client, registry, &AnchorStateRegistry::isGameRegisteredCall { game: *game });
            if !registered.unwrap_or(false) {
                return Err(CommandError::data(format!("{game} is no game of this chain's factory")));
            }
            let call = Call::new(registry, &AnchorStateRegistry::blacklistDisputeGameCall { game: *game });
            Order { words: format!("blacklist the game {game}"), to: registry, call }
        }
        Action::Retire => {
            let call = Call::new(registry, &AnchorStateRegistry::updateRetirementTimestampCall {});
            Order { words: "retire all games made until now".into(), to: registry, call }
        }
        Action::SetType { game_type, .. } => {
            let game_type = game_type.unwrap_or(PERMISSIONED);
            let factory =
                view(client, portal, &OptimismPortal2::disputeGameFactoryCall {}).map_err(CommandError::data)?;
            let wanted = chain::abi::DisputeGameFactory::gameImplsCall { gameType: game_type };
            if view(client, factory, &wanted).map_err(CommandError::data)?.is_zero() {
                return Err(CommandError::data(format!("the factory has no game of type {game_type}")));
            }
            let call = Call::new(registry, &AnchorStateRegistry::setRespectedGameTypeCall { gameType: game_type });
            Order { words: format!("respect games of type {game_type}"), to: registry, call }
        }
    })
}

pub(crate) fn run(args: &GuardianArgs) -> Result<u8, CommandError> {
    let portal = args.portal.ok_or_else(|| CommandError::usage("--portal ADDRESS is needed"))?;
    let mut l1 = connect("l1", &args.l1)?;
    let order = order(&l1, portal, &args.action)?;
    let guardian = view(&l1, portal, &OptimismPortal2::guardianCall {}).map_err(CommandError::data)?;
    // What the guardian cannot do is not worth a signature: the chain says so before anyone signs.
    let request = chain::client::CallRequest {
        from: guardian,
        to: Some(order.to),
        data: order.call.data.clone(),
        ..Default::default()
    };
    l1.call(&request).map_err(|error| CommandError::data(format!("{}: {error}", order.words)))?;
    if args.send {
        let wallet = args.key.wallet()?;
        let calls = if wallet.address() == guardian {
            vec![order.call]
        } else {
            let prepared = prepare(&l1, &order.words, guardian, order.to, order.call.data, Operation::Call)
                .map_err(CommandError::data)?;
            signed_by_one(&prepared, wallet.address())?
        };
        for call in &calls {
            let receipt = send(&mut l1, &wallet, call).map_err(CommandError::data)?;
            if args.json {
                println!("{}", json!({"action": order.words, "transaction": receipt.transaction_hash}));
            } else {
                println!("{}: transaction {}", order.words, receipt.transaction_hash);
            }
        }
        return Ok(0);
    }
    if l1.code(guardian).map_err(CommandError::data)?.is_empty() {
        return Err(CommandError::usage(format!("the guardian {guardian} is no Safe: send it with its key, --send")));
    }
    let prepared =
        prepare(&l1, &order.words, guardian, order.to, order.call.data, Operation::Call).map_err(CommandError::data)?;
    if let Some(path) = &args.safe_json {
        write_prepared(path, &prepared)?;
    }
    print_prepared(&prepared, args.json)?;
    Ok(0)
}

/// The transactions with which one key carries it out: itself an owner, or the owner of a Safe that is.
fn signed_by_one(prepared: &Prepared, key: Address) -> Result<Vec<Call>, CommandError> {
    let alone = |p: &Prepared| p.threshold == 1 && p.owners.contains(&key);
    if alone(prepared) {
        return Ok(vec![prepared.transaction().execute(Signatures::new().approved(key).bytes())]);
    }
    let through = prepared.approvals.iter().find(|approval| alone(approval)).filter(|_| prepared.threshold == 1);
    let Some(approval) = through else {
        return Err(CommandError::usage(format!("{key} cannot decide for the Safe {} alone", prepared.safe)));
    };
    let approve = approval.transaction().execute(Signatures::new().approved(key).bytes());
    let execute = prepared.transaction().execute(Signatures::new().approved(approval.safe).bytes());
    Ok(vec![approve, execute])
}

/// Writes what the Safe's web interface imports.
pub(crate) fn write_prepared(path: &Path, prepared: &Prepared) -> Result<(), CommandError> {
    let text = format!("{:#}\n", prepared.builder_json());
    std::fs::write(path, text).map_err(|error| CommandError::output(format!("{}: {error}", path.display())))
}

/// Prints a Safe transaction with the hashes that are to be signed.
pub(crate) fn print_prepared(prepared: &Prepared, json: bool) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{:#}", json!(prepared))?;
        return Ok(());
    }
    write_one(&mut out, prepared, "")?;
    Ok(())
}

fn write_one(out: &mut impl Write, p: &Prepared, indent: &str) -> std::io::Result<()> {
    writeln!(out, "{indent}{}", p.description)?;
    let mut row = |name: &str, value: String| writeln!(out, "{indent}  {name:<12}{value}");
    row("Safe", p.safe.to_string())?;
    row("chain", p.chain_id.to_string())?;
    row("to", p.to.to_string())?;
    row("data", p.data.to_string())?;
    row("nonce", p.nonce.to_string())?;
    row("safeTxHash", p.safe_tx_hash.to_string())?;
    row("signatures", format!("{} of {}", p.threshold, p.owners.len()))?;
    if let Some(timelock) = &p.timelock {
        row("timelock", format!("guard {}, {} s; only an owner can execute", timelock.guard, timelock.delay))?;
        if let Some(schedule) = &timelock.schedule {
            row("schedule", schedule.to_string())?;
        }
    }
    if let Some(execute) = &p.execute {
        row("execute", execute.to_string())?;
    }
    for approval in &p.approvals {
        write_one(out, approval, &format!("{indent}  "))?;
    }
    Ok(())
}
