//! Two worlds that differ in nothing but whose contracts stand in them. Every transaction is executed in both, and everything that
//! anybody can see of it has to agree: success, returned data, events, storage, balances, addresses of new contracts. Ours may not
//! cost more gas.

use super::encoding::{Function, functions};
use alloy_primitives::{Address, B256, Bytes, Log, LogData, TxKind, U256};
use revm::context::result::ExecutionResult;
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};
use revm::{DatabaseCommit, DatabaseRef, ExecuteEvm, MainBuilder, MainContext};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const GAS: u64 = 30_000_000;
/// Ours may be dearer by one part in so many: in which order a compiler tries the selectors, how it copies a name out of storage, what a
/// game's own data cost, the last turn of the loop that burns gas for a deposit.
const SLACK: u64 = 200;

/// Creation code, runtime code and ABI by contract, of one side.
pub(crate) struct Artifacts {
    folder: PathBuf,
    /// A contract whose code is spoiled: these bytes are replaced by those.
    spoiled: Option<(&'static str, [u8; 3], [u8; 3])>,
}

impl Artifacts {
    fn of(folder: PathBuf) -> Self {
        Self { folder, spoiled: None }
    }

    fn read(&self, name: &str) -> Json {
        let path = self.folder.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).unwrap()
    }

    fn code(&self, name: &str, field: &str) -> Bytes {
        let code: Bytes = self.read(name)[field].as_str().unwrap().parse().unwrap();
        match self.spoiled {
            Some((spoiled, old, new)) if spoiled == name => {
                let mut bytes = code.to_vec();
                let places: Vec<usize> = (0..bytes.len() - 2).filter(|&at| bytes[at..at + 3] == old).collect();
                assert!(!places.is_empty(), "{name} has nothing to spoil");
                places.into_iter().for_each(|at| bytes[at..at + 3].copy_from_slice(&new));
                bytes.into()
            }
            _ => code,
        }
    }
}

/// What can be seen of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) success: bool,
    pub(crate) output: Bytes,
    pub(crate) logs: Vec<Log>,
    pub(crate) created: Option<Address>,
    /// Slots that have another value than before.
    pub(crate) storage: BTreeMap<Address, BTreeMap<U256, U256>>,
    /// By how much, modulo 2^256.
    pub(crate) balances: BTreeMap<Address, U256>,
}

#[derive(Clone)]
struct World {
    db: CacheDB<EmptyDB>,
}

/// Gas of successful calls by name: theirs, ours, at the worst ratio.
pub(crate) type GasTable = BTreeMap<String, (u64, u64)>;

/// Both worlds.
pub(crate) struct Pair {
    ours: World,
    theirs: World,
    our_artifacts: Artifacts,
    their_artifacts: Artifacts,
    vendored: Artifacts,
    pub(crate) time: u64,
    pub(crate) number: u64,
    pub(crate) base_fee: u64,
    pub(crate) gas: GasTable,
    /// Differences that were found, in words.
    pub(crate) differences: Vec<String>,
    /// Executed, succeeded.
    pub(crate) counts: (usize, usize),
    pub(crate) reverts: BTreeMap<Bytes, usize>,
}

/// One transaction.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) value: U256,
    pub(crate) data: Vec<u8>,
}

impl Pair {
    /// Empty worlds; `None` where there is nothing to compare with.
    pub(crate) fn new() -> Option<Self> {
        let Some(folder) = std::env::var_os("TRIBUNAL_PEER_CONTRACTS") else {
            eprintln!(
                "SKIPPED: TRIBUNAL_PEER_CONTRACTS names no folder with NAME.json (abi, bytecode, deployedBytecode) of the \
                 deployed contracts; nothing was compared with them"
            );
            return None;
        };
        let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts");
        let world = World { db: CacheDB::new(EmptyDB::new()) };
        Some(Self {
            ours: world.clone(),
            theirs: world,
            our_artifacts: Artifacts::of(contracts.join("artifacts")),
            their_artifacts: Artifacts::of(folder.into()),
            vendored: Artifacts::of(contracts.join("vendor-artifacts")),
            time: 1_800_000_000,
            number: 1_000,
            base_fee: 0,
            gas: GasTable::new(),
            differences: Vec::new(),
            counts: (0, 0),
            reverts: BTreeMap::new(),
        })
    }

    /// Spoils our code of a contract.
    pub(crate) fn spoil(&mut self, name: &'static str, old: [u8; 3], new: [u8; 3]) {
        self.our_artifacts.spoiled = Some((name, old, new));
    }

    /// Functions as the deployed contract has them.
    pub(crate) fn functions(&self, name: &str) -> Vec<Function> {
        functions(&self.their_artifacts.read(name)["abi"])
    }

    /// Gives an account ether.
    pub(crate) fn fund(&mut self, address: Address, wei: U256) {
        for world in [&mut self.ours, &mut self.theirs] {
            let old = world.db.basic_ref(address).unwrap().unwrap_or_default();
            world.db.insert_account_info(address, AccountInfo { balance: wei, ..old });
        }
    }

    /// Puts each side's runtime code of a contract without immutables at an address.
    pub(crate) fn place(&mut self, address: Address, name: &str) {
        let codes = [
            (&mut self.ours, self.our_artifacts.code(name, "deployedBytecode")),
            (&mut self.theirs, self.their_artifacts.code(name, "deployedBytecode")),
        ];
        for (world, code) in codes {
            let code = Bytecode::new_raw(code);
            let info = AccountInfo { nonce: 1, code_hash: code.hash_slow(), code: Some(code), ..Default::default() };
            world.db.insert_account_info(address, info);
        }
    }

    /// The same code at an address on both sides.
    pub(crate) fn place_code(&mut self, address: Address, code: &[u8]) {
        for world in [&mut self.ours, &mut self.theirs] {
            let code = Bytecode::new_raw(code.to_vec().into());
            let info = AccountInfo { nonce: 1, code_hash: code.hash_slow(), code: Some(code), ..Default::default() };
            world.db.insert_account_info(address, info);
        }
    }

    /// Writes a slot on both sides.
    pub(crate) fn store(&mut self, address: Address, slot: U256, value: U256) {
        for world in [&mut self.ours, &mut self.theirs] {
            world.db.insert_account_storage(address, slot, value).unwrap();
        }
    }

    /// Creates a contract on both sides, each with its own code.
    pub(crate) fn create(&mut self, from: Address, name: &str, arguments: &[u8]) -> Address {
        let codes = [self.our_artifacts.code(name, "bytecode"), self.their_artifacts.code(name, "bytecode")];
        self.create_from(from, name, codes, arguments)
    }

    /// Creates our contract on both sides.
    pub(crate) fn create_same(&mut self, from: Address, name: &str, arguments: &[u8]) -> Address {
        let code = self.our_artifacts.code(name, "bytecode");
        self.create_from(from, name, [code.clone(), code], arguments)
    }

    /// Creates a published contract of others on both sides.
    pub(crate) fn create_vendored(&mut self, from: Address, name: &str, arguments: &[u8]) -> Address {
        let code = self.vendored.code(name, "bytecode");
        self.create_from(from, name, [code.clone(), code], arguments)
    }

    fn create_from(&mut self, from: Address, name: &str, codes: [Bytes; 2], arguments: &[u8]) -> Address {
        let data = codes.map(|code| [&code[..], arguments].concat());
        let what = format!("new {name}");
        let outcome = self.execute(&what, from, None, U256::ZERO, data, true);
        outcome.created.unwrap_or_else(|| panic!("{what}: {}", outcome.output))
    }

    /// A transaction that has to succeed.
    pub(crate) fn must(&mut self, what: &str, transaction: &Transaction) -> Outcome {
        let outcome = self.run(what, transaction);
        assert!(outcome.success, "{what}: {} {:?}", outcome.output, String::from_utf8_lossy(&outcome.output));
        outcome
    }

    /// A transaction, whatever comes of it.
    pub(crate) fn run(&mut self, what: &str, t: &Transaction) -> Outcome {
        self.execute(what, t.from, Some(t.to), t.value, [t.data.clone(), t.data.clone()], true)
    }

    /// A call whose changes are thrown away.
    pub(crate) fn look(&mut self, what: &str, t: &Transaction) -> Outcome {
        self.execute(what, t.from, Some(t.to), t.value, [t.data.clone(), t.data.clone()], false)
    }

    fn execute(
        &mut self,
        what: &str,
        from: Address,
        to: Option<Address>,
        value: U256,
        data: [Vec<u8>; 2],
        commit: bool,
    ) -> Outcome {
        let block = BlockEnv {
            number: U256::from(self.number),
            timestamp: U256::from(self.time),
            gas_limit: 2 * GAS,
            basefee: self.base_fee,
            prevrandao: Some(B256::ZERO),
            beneficiary: Address::repeat_byte(0xfe),
            ..Default::default()
        };
        let [our_data, their_data] = data;
        let mut cfg = CfgEnv::new_with_spec(SpecId::PRAGUE);
        cfg.disable_nonce_check = true;
        let step = |world: &mut World, data: Vec<u8>| {
            let tx = TxEnv {
                caller: from,
                gas_limit: GAS,
                gas_price: self.base_fee.into(),
                kind: to.map_or(TxKind::Create, TxKind::Call),
                value,
                data: data.into(),
                chain_id: None,
                ..Default::default()
            };
            let mut evm = Context::mainnet()
                .with_db(&mut world.db)
                .with_cfg(cfg.clone())
                .with_block(block.clone())
                .build_mainnet();
            let done = evm.transact(tx).unwrap_or_else(|error| panic!("{what} from {from}: {error:?}"));
            drop(evm);
            let gas = done.result.gas();
            let spent = gas.tx_gas_used().saturating_add(gas.final_refunded());
            let mut seen = Outcome { success: done.result.is_success(), ..Default::default() };
            match &done.result {
                ExecutionResult::Success { logs, output, .. } => {
                    seen.logs = logs.clone();
                    seen.created = output.address().copied();
                    if to.is_some() {
                        seen.output = output.data().clone();
                    }
                }
                ExecutionResult::Revert { output, .. } => seen.output = output.clone(),
                // Whatever exhausts a transaction is told apart by nobody.
                ExecutionResult::Halt { .. } => seen.output = Bytes::from_static(b"halt"),
            }
            for (address, account) in &done.state {
                let changed: BTreeMap<U256, U256> = account
                    .storage
                    .iter()
                    .filter(|(_, slot)| slot.present_value != slot.original_value)
                    .map(|(key, slot)| (*key, slot.present_value))
                    .collect();
                if !changed.is_empty() {
                    seen.storage.insert(*address, changed);
                }
                // Fees differ with the gas.
                if account.is_touched() && *address != from && *address != block.beneficiary {
                    let before = world.db.basic_ref(*address).unwrap().unwrap_or_default().balance;
                    seen.balances.insert(*address, account.info.balance.wrapping_sub(before));
                }
            }
            // An account that was merely asked is touched as well.
            seen.balances.retain(|_, change| !change.is_zero());
            if commit {
                world.db.commit(done.state);
            }
            (seen, spent)
        };
        let (mut ours, our_gas) = step(&mut self.ours, our_data);
        let (mut theirs, their_gas) = step(&mut self.theirs, their_data);
        if (what.contains("createOptimismMintable") || what.contains("createStandard"))
            && ours.success
            && theirs.success
        {
            // Tokens stand where CREATE2 puts their code, which is another one: only what does not name them can be compared.
            for seen in [&mut ours, &mut theirs] {
                seen.output = Bytes::new();
                seen.storage.clear();
                for log in &mut seen.logs {
                    let topics = log.topics()[..1].to_vec();
                    log.data = LogData::new_unchecked(topics, log.data.data.clone());
                }
            }
        }
        self.counts.0 += 1;
        self.counts.1 += usize::from(ours.success);
        if !theirs.success {
            let reason = if theirs.output.len() > 100 { theirs.output.slice(..100) } else { theirs.output.clone() };
            *self.reverts.entry(reason).or_default() += 1;
        }
        if ours != theirs {
            let mut text = format!("{what} from {from}:");
            let mut row = |name: &str, ours: String, theirs: String| {
                if ours != theirs {
                    text += &format!("\n  {name}\n    ours   {ours}\n    theirs {theirs}");
                }
            };
            row("success", ours.success.to_string(), theirs.success.to_string());
            let shown =
                |bytes: &Bytes| format!("{bytes} {:?}", String::from_utf8_lossy(bytes.get(68..).unwrap_or_default()));
            row("output", shown(&ours.output), shown(&theirs.output));
            row("logs", format!("{:?}", ours.logs), format!("{:?}", theirs.logs));
            row("storage", format!("{:?}", ours.storage), format!("{:?}", theirs.storage));
            row("balances", format!("{:?}", ours.balances), format!("{:?}", theirs.balances));
            row("created", format!("{:?}", ours.created), format!("{:?}", theirs.created));
            self.differences.push(text);
        }
        if ours.success && theirs.success && to.is_some() {
            let entry = self.gas.entry(what.to_owned()).or_insert((their_gas, our_gas));
            if u128::from(our_gas) * u128::from(entry.0) > u128::from(entry.1) * u128::from(their_gas) {
                *entry = (their_gas, our_gas);
            }
        }
        ours
    }

    /// Next nonce of an account.
    pub(crate) fn nonce(&self, address: Address) -> u64 {
        self.ours.db.basic_ref(address).unwrap().unwrap_or_default().nonce
    }

    /// Fails on any difference, and where ours costs more than theirs.
    pub(crate) fn conclude(&self, name: &str) {
        let (executed, succeeded) = self.counts;
        println!("{name}: {executed} transactions, {succeeded} succeeded, {} kinds of failures", self.reverts.len());
        let mut dearer = Vec::new();
        // What games cost has tables of its own (contracts/snapshots).
        for (what, (theirs, ours)) in self.gas.iter().filter(|(what, _)| !what.starts_with("FaultDisputeGame.")) {
            if *ours > theirs + theirs / SLACK {
                dearer.push(format!("{what}: {ours} gas, the deployed contract {theirs}"));
            }
        }
        let mut problems = self.differences.clone();
        problems.extend(dearer);
        problems.dedup();
        let shown: Vec<&str> = problems.iter().take(40).map(String::as_str).collect();
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), shown.join("\n"));
    }
}
