//! `tribunal withdraw`: withdrawals from L2 to L1, one or many, from their start to their end.

use crate::exit::CommandError;
use crate::keys::{KeyArgs, connect};
use alloy_primitives::{Address, B256, Bytes, U256};
use chain::client::SignedTransaction;
use chain::node::{NodeLedger, ProofSource};
use chain::{ClientError, L1Client, Receipt};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use withdrawals::{
    ActError, Asset, Contracts, Entry, Ledger, Moment, Stage, Status, Withdrawal, finalize, initiate, prove, status,
    target_failed,
};

/// Something is left to do.
const UNFINISHED: u8 = 1;

#[derive(Debug, Subcommand)]
pub(crate) enum WithdrawCommand {
    /// Start a withdrawal on L2.
    Init(InitArgs),
    /// Prove withdrawals on L1 against a game that counts.
    Prove(StepArgs),
    /// Finalize withdrawals that were proven long enough ago.
    Finalize(StepArgs),
    /// Where withdrawals stand: what is next, and why it is not possible yet. Exit code 1 while one is not finalized.
    Status(StatusArgs),
    /// Prove, prove again and finalize as soon as each is possible, until all are finalized.
    Watch(WatchArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Execution node of L2.
    #[arg(long, value_name = "URL")]
    l2: String,
    /// Receiver on L1.
    #[arg(long, value_name = "ADDRESS")]
    to: Address,
    /// Wei, or the token's smallest units.
    #[arg(long, value_name = "N")]
    amount: U256,
    /// Token on L2; ether where none is named.
    #[arg(long, value_name = "ADDRESS")]
    token: Option<Address>,
    /// Counterpart on L1 of a token whose home is L2; L2's bridge must have been allowed to take the amount.
    #[arg(long, value_name = "ADDRESS", requires = "token")]
    remote_token: Option<Address>,
    /// Gas for the call on L1.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    gas: u32,
    /// Data of the call on L1.
    #[arg(long, value_name = "HEX", default_value = "0x")]
    data: Bytes,
    /// File that keeps the list of followed withdrawals.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ChainArgs {
    /// Execution node of L1.
    #[arg(long, value_name = "URL")]
    l1: String,
    /// Execution node of L2; must answer eth_getProof for the blocks of games.
    #[arg(long, value_name = "URL")]
    l2: String,
    /// The chain's OptimismPortal.
    #[arg(long, value_name = "ADDRESS")]
    portal: Address,
    /// Transaction on L2 that started a withdrawal; may stand several times, or not at all where --state has a list.
    #[arg(long = "tx", value_name = "HASH", required_unless_present = "state")]
    transactions: Vec<B256>,
    /// File with the list of followed withdrawals.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Print JSON, a line each.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StepArgs {
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: KeyArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    chain: ChainArgs,
    /// Account whose proofs are preferred.
    #[arg(long, value_name = "ADDRESS", default_value_t = Address::ZERO)]
    account: Address,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    key: KeyArgs,
    /// Seconds between two looks.
    #[arg(long, value_name = "N", default_value_t = 12)]
    interval: u64,
}

pub(crate) fn run(command: &WithdrawCommand) -> Result<u8, CommandError> {
    match command {
        WithdrawCommand::Init(args) => init(args),
        WithdrawCommand::Prove(args) => step(args, Step::Prove),
        WithdrawCommand::Finalize(args) => step(args, Step::Finalize),
        WithdrawCommand::Status(args) => show(args),
        WithdrawCommand::Watch(args) => watch(args),
    }
}

fn init(args: &InitArgs) -> Result<u8, CommandError> {
    use alloy_eips::eip2718::Encodable2718;
    let wallet = args.key.wallet()?;
    let mut l2 = connect("l2", &args.l2)?;
    let asset = match (args.token, args.remote_token) {
        (None, _) => Asset::Ether,
        (Some(token), None) => Asset::Bridged { token },
        (Some(token), Some(remote)) => Asset::Native { token, remote },
    };
    let call = initiate(asset, args.to, args.amount, args.gas, args.data.clone());
    let signed =
        chain::sender::sign(&l2, &wallet, &call).map_err(|error| CommandError::data(format!("L2: {error}")))?;
    let transaction = *signed.tx_hash();
    // Written down before it is sent: a second start sends the same transaction again, not another one.
    if let Some(path) = &args.state {
        let mut ledger = Ledger::open(path, l2.chain_id()).map_err(CommandError::data)?;
        let bytes = Bytes::from(signed.encoded_2718());
        let entry = Entry { transaction, signed: Some(bytes), l2_block: None, withdrawals: Vec::new() };
        ledger.put(entry).map_err(CommandError::output)?;
    }
    let receipt = l2.submit(signed).map_err(|error| CommandError::data(format!("L2: {transaction}: {error}")))?;
    let entry = included(&receipt)?;
    if let Some(path) = &args.state {
        let mut ledger = Ledger::open(path, l2.chain_id()).map_err(CommandError::data)?;
        ledger.put(entry.clone()).map_err(CommandError::output)?;
    }
    for withdrawal in &entry.withdrawals {
        if args.json {
            println!(
                "{}",
                json!({"transaction": transaction, "l2_block": receipt.block_number, "withdrawal": withdrawal, "hash": withdrawal.hash()})
            );
        } else {
            println!(
                "withdrawal {} in transaction {transaction}, L2 block {}",
                withdrawal.hash(),
                receipt.block_number
            );
        }
    }
    Ok(0)
}

fn included(receipt: &Receipt) -> Result<Entry, CommandError> {
    let transaction = receipt.transaction_hash;
    if !receipt.success {
        return Err(CommandError::data(format!("L2: transaction {transaction} failed")));
    }
    let withdrawals: Vec<Withdrawal> = receipt.logs.iter().filter_map(Withdrawal::from_log).collect();
    if withdrawals.is_empty() {
        return Err(CommandError::data(format!("L2: transaction {transaction} sent no withdrawal")));
    }
    Ok(Entry { transaction, signed: None, l2_block: Some(receipt.block_number), withdrawals })
}

/// A withdrawal with the block that it is in.
struct Followed {
    transaction: B256,
    l2_block: u64,
    withdrawal: Withdrawal,
}

struct Session {
    l1: NodeLedger,
    l2: NodeLedger,
    contracts: Contracts,
    followed: Vec<Followed>,
}

impl Session {
    fn open(args: &ChainArgs) -> Result<Self, CommandError> {
        let l1 = connect("l1", &args.l1)?;
        let mut l2 = connect("l2", &args.l2)?;
        let contracts = Contracts::read(&l1, args.portal)
            .map_err(|error| CommandError::data(format!("--portal {}: {error}", args.portal)))?;
        let mut entries = Vec::new();
        for transaction in &args.transactions {
            let receipt = l2.receipt(*transaction).map_err(|error| CommandError::data(format!("L2: {error}")))?;
            let receipt =
                receipt.ok_or_else(|| CommandError::data(format!("L2: transaction {transaction} is not included")))?;
            entries.push(included(&receipt)?);
        }
        if let Some(path) = &args.state {
            let mut ledger = Ledger::open(path, l2.chain_id()).map_err(CommandError::data)?;
            for entry in ledger.entries().to_vec() {
                let entry = match entry.l2_block {
                    Some(_) => entry,
                    None => {
                        let entry = settle(&mut l2, &entry)?;
                        ledger.put(entry.clone()).map_err(CommandError::output)?;
                        entry
                    }
                };
                if !entries.iter().any(|known| known.transaction == entry.transaction) {
                    entries.push(entry);
                }
            }
        }
        let followed = entries
            .into_iter()
            .flat_map(|entry| {
                let (transaction, l2_block) = (entry.transaction, entry.l2_block.unwrap_or_default());
                entry.withdrawals.into_iter().map(move |withdrawal| Followed { transaction, l2_block, withdrawal })
            })
            .collect();
        Ok(Self { l1, l2, contracts, followed })
    }

    fn status(&self, followed: &Followed, account: Address) -> Result<Status, CommandError> {
        status(&self.l1, &self.l2, &self.contracts, &followed.withdrawal, followed.l2_block, account)
            .map_err(CommandError::data)
    }
}

/// Finds out what became of a transaction that was written down, and sends it again if it was lost.
fn settle(l2: &mut NodeLedger, entry: &Entry) -> Result<Entry, CommandError> {
    use alloy_eips::eip2718::Decodable2718;
    let fail = |error: ClientError| CommandError::data(format!("L2: {}: {error}", entry.transaction));
    if let Some(receipt) = l2.receipt(entry.transaction).map_err(fail)? {
        return included(&receipt);
    }
    let signed = entry.signed.as_ref().and_then(|bytes| SignedTransaction::decode_2718(&mut bytes.as_ref()).ok());
    let signed = signed.ok_or_else(|| CommandError::data(format!("L2: {} is not included", entry.transaction)))?;
    included(&l2.submit(signed).map_err(fail)?)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Prove,
    Finalize,
}

fn step(args: &StepArgs, step: Step) -> Result<u8, CommandError> {
    let wallet = args.key.wallet()?;
    let mut session = Session::open(&args.chain)?;
    let mut left = 0;
    for followed in core::mem::take(&mut session.followed) {
        let Session { l1, l2, contracts, .. } = &mut session;
        let act = if step == Step::Prove { prove } else { finalize };
        let done = act(l1, l2, contracts, &followed.withdrawal, followed.l2_block, &wallet);
        left += u32::from(done.is_err());
        tell(args.chain.json, &followed, if step == Step::Prove { "proven" } else { "finalized" }, done)?;
    }
    Ok(if left == 0 { 0 } else { UNFINISHED })
}

fn tell(json: bool, of: &Followed, did: &str, done: Result<Receipt, ActError>) -> Result<(), CommandError> {
    let hash = of.withdrawal.hash();
    let mut out = std::io::stdout().lock();
    match (json, done) {
        (true, Ok(receipt)) => {
            let failed = target_failed(&receipt, &of.withdrawal);
            let mut line = json!({"withdrawal": hash, "did": did, "transaction": receipt.transaction_hash});
            if failed {
                line["target_failed"] = json!(true);
            }
            writeln!(out, "{line}")?;
        }
        (true, Err(error)) => writeln!(out, "{}", json!({"withdrawal": hash, "error": error.to_string()}))?,
        (false, Ok(receipt)) => {
            let failed = target_failed(&receipt, &of.withdrawal);
            let but = if failed { ", but the call of the target failed" } else { "" };
            writeln!(out, "{hash}: {did} in transaction {}{but}", receipt.transaction_hash)?;
        }
        (false, Err(error)) => writeln!(out, "{hash}: {error}")?,
    }
    Ok(())
}

fn words(status: &Status) -> String {
    let next = match &status.stage {
        Stage::Finalized => return "finalized".to_owned(),
        Stage::Prove { game, again } => {
            let again = again.map(|flaw| format!(" again: {flaw}")).unwrap_or_default();
            let game = game.as_ref().map(|game| format!(" against game {} of L2 block {}", game.game, game.l2_block));
            format!("to be proven{again}{}", game.unwrap_or_default())
        }
        Stage::Finalize { proof } => {
            format!("proven by {} on {}, to be finalized", proof.submitter, Moment(proof.at))
        }
    };
    if status.obstacles.is_empty() {
        return format!("{next}: possible now");
    }
    let why: Vec<String> = status.obstacles.iter().map(ToString::to_string).collect();
    format!("{next}: not now, {}", why.join("; "))
}

fn show(args: &StatusArgs) -> Result<u8, CommandError> {
    let session = Session::open(&args.chain)?;
    let mut out = std::io::stdout().lock();
    let mut open = 0;
    for followed in &session.followed {
        let status = session.status(followed, args.account)?;
        open += u32::from(status.stage != Stage::Finalized);
        let hash = followed.withdrawal.hash();
        if args.chain.json {
            let line = json!({
                "withdrawal": hash, "transaction": followed.transaction, "l2_block": followed.l2_block, "status": status,
                "possible_from": status.possible_from(),
            });
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{hash}: {}", words(&status))?;
        }
    }
    Ok(if open == 0 { 0 } else { UNFINISHED })
}

fn watch(args: &WatchArgs) -> Result<u8, CommandError> {
    let wallet = args.key.wallet()?;
    let mut last: std::collections::BTreeMap<B256, String> = Default::default();
    loop {
        // Read anew each time: withdrawals may be added to the file meanwhile, and nothing is lost by a restart.
        let mut session = match Session::open(&args.chain) {
            Ok(session) => session,
            Err(error) if !last.is_empty() => {
                eprintln!("{error}; trying again");
                std::thread::sleep(Duration::from_secs(args.interval.max(1)));
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut open = 0;
        for followed in core::mem::take(&mut session.followed) {
            let hash = followed.withdrawal.hash();
            let status = match session.status(&followed, wallet.address()) {
                Ok(status) => status,
                Err(error) => {
                    open += 1;
                    eprintln!("{hash}: {error}");
                    continue;
                }
            };
            let text = words(&status);
            open += u32::from(status.stage != Stage::Finalized);
            if last.insert(hash, text.clone()).as_ref() != Some(&text) && !args.chain.json {
                println!("{hash}: {text}");
            }
            let Session { l1, l2, contracts, .. } = &mut session;
            if status.is_possible() {
                let (withdrawal, since) = (&followed.withdrawal, followed.l2_block);
                let (did, done) = match status.stage {
                    Stage::Prove { .. } => ("proven", prove(l1, l2, contracts, withdrawal, since, &wallet)),
                    _ => ("finalized", finalize(l1, l2, contracts, withdrawal, since, &wallet)),
                };
                tell(args.chain.json, &followed, did, done)?;
            }
        }
        if open == 0 {
            return Ok(0);
        }
        std::thread::sleep(Duration::from_secs(args.interval.max(1)));
    }
}
