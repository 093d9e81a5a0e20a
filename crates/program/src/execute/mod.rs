//! Execution: payload attributes on top of a parent block become a sealed block.
//!
//! An [`Executor`] holds the state after its last block as far as it was touched, and builds block after block on it. What it
//! reads comes from a [`StateSource`]: the preimage oracle in a dispute, a map in an in-process chain. It decides whether a
//! payload is valid; what follows from an invalid one is derivation's business.
//!
//! Sources: specification exec-engine.md and the execution pages of each fork; EIP-1559, 2718, 2935, 4788, 7702.

mod account;
mod changes;
mod environment;
mod error;
mod handler;
mod l1_cost;
mod precompiles;
mod receipt;
mod state;
mod transaction;

pub use environment::next_base_fee;
pub use error::{ExecuteError, InvalidPayload};
pub use precompiles::compute as compute_precompile;
pub use transaction::recover_signer;

use crate::trie::{EMPTY_ROOT, NodeSource, ordered_root};
use alloc::{string::ToString, vec::Vec};
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header, Sealed};
use alloy_eips::{
    eip2935::HISTORY_STORAGE_ADDRESS,
    eip4788::{BEACON_ROOTS_ADDRESS, SYSTEM_ADDRESS},
    eip7685::EMPTY_REQUESTS_HASH,
};
use alloy_primitives::{Address, B64, B256, Bytes, U256, address, b256, keccak256};
use alloy_rlp::Encodable;
use core::cell::RefCell;
use derive::{PayloadAttributes, upgrade::activated_at};
use error::Failure;
use handler::ForkHandler;
use l1_cost::{l1_cost, read_l1_block};
use op_alloy_consensus::OpReceiptEnvelope;
use op_revm::{
    DefaultOp, OpContext, OpEvm, OpSpecId, OpTransaction, OpTransactionError, constants::L1_BLOCK_CONTRACT,
    estimate_tx_compressed_size,
};
use precompiles::Precompiles;
use primitives::{
    OutputRoot,
    rollup_config::{ForkEntry, RollupConfig, WithdrawalsRoot},
};
use receipt::{Blooms, Outcome, receipts_root};
use revm::{
    Database,
    context::{
        Context, JournalTr, TxEnv,
        result::{EVMError, ExecutionResult},
    },
    handler::{EthFrame, Handler, SystemCallTx, instructions::EthInstructions},
    interpreter::interpreter::EthInterpreter,
};
use state::{Access, Db, ReadFailed, State};

/// `L2ToL1MessagePasser`: its storage root is part of an output root.
pub const MESSAGE_PASSER: Address = address!("4200000000000000000000000000000000000016");
/// The EIP-2718 type of deposits.
const DEPOSIT: u8 = 0x7e;
/// The create2 deployer that Canyon's activation block sets (specification: predeploys.md, Create2Deployer).
const CREATE2_DEPLOYER: Address = address!("13b0D85CcB8bf860b6b79AF3029fCA081AE9beF2");
const CREATE2_DEPLOYER_CODE_HASH: B256 = b256!("b0550b5b431e30d38000efb7107aaa0ade03d48a7198a140edda9d27134468b2");

/// Gives what execution reads beside trie nodes. What it returns is taken at its word.
pub trait StateSource: NodeSource {
    /// The code of a contract by its keccak256.
    ///
    /// # Errors
    /// The code is not known to the source.
    fn code(&self, hash: &B256) -> Result<Bytes, Self::Error>;

    /// The header of an L2 block by its hash, for BLOCKHASH.
    ///
    /// # Errors
    /// The header is not known to the source, or is no header.
    fn header(&self, hash: &B256) -> Result<Header, Self::Error>;

    /// What L1's precompile answers to `input`: its output, or `None` when the call fails. [`compute_precompile`] computes it.
    ///
    /// # Errors
    /// The result cannot be had.
    fn precompile(&self, address: &Address, required_gas: u64, input: &[u8]) -> Result<Option<Bytes>, Self::Error>;

    /// Is told, before the nodes are asked for, which account of the state after block `head`, and which of its slots, is about to
    /// be read for the first time.
    ///
    /// # Errors
    /// Those of the way to the source.
    fn announce(&self, head: &B256, address: &Address, slot: Option<&U256>) -> Result<(), Self::Error> {
        let _ = (head, address, slot);
        Ok(())
    }
}

impl<S: StateSource> StateSource for &S {
    fn code(&self, hash: &B256) -> Result<Bytes, S::Error> {
        (**self).code(hash)
    }

    fn header(&self, hash: &B256) -> Result<Header, S::Error> {
        (**self).header(hash)
    }

    fn precompile(&self, address: &Address, required_gas: u64, input: &[u8]) -> Result<Option<Bytes>, S::Error> {
        (**self).precompile(address, required_gas, input)
    }

    fn announce(&self, head: &B256, address: &Address, slot: Option<&U256>) -> Result<(), S::Error> {
        (**self).announce(head, address, slot)
    }
}

/// A block that was built.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The header and its hash.
    pub header: Sealed<Header>,
    /// The receipts in order.
    pub receipts: Vec<OpReceiptEnvelope>,
}

/// Builds blocks on top of each other.
pub struct Executor<'a, S: StateSource> {
    config: &'a RollupConfig,
    access: Access<S>,
    state: State,
    head: Sealed<Header>,
}

type Ctx<'a, S> = OpContext<Db<'a, S>>;
type Evm<'a, S> = OpEvm<Ctx<'a, S>, (), EthInstructions<EthInterpreter, Ctx<'a, S>>, Precompiles<'a, S>>;
type EvmError = EVMError<ReadFailed, OpTransactionError>;
type EvmHandler<'a, S> = ForkHandler<Evm<'a, S>, EvmError, EthFrame<EthInterpreter>>;

impl<'a, S: StateSource> Executor<'a, S> {
    /// An executor whose next block is the child of `head`. Nothing is read yet.
    pub fn new(config: &'a RollupConfig, source: S, head: Sealed<Header>) -> Self {
        let state = State::new(&head);
        Self { config, access: Access { source, failure: RefCell::new(None) }, state, head }
    }

    /// The last block.
    pub const fn head(&self) -> &Sealed<Header> {
        &self.head
    }

    /// The source of all data.
    pub const fn source(&self) -> &S {
        &self.access.source
    }

    /// Builds the child of the last block, which it then is. `written` gets what the block added to the chain's data by its
    /// keccak256: trie nodes, code, nodes of the transactions' trie, the header.
    ///
    /// # Errors
    /// [`ExecuteError::Invalid`]: the payload is invalid; the executor stays as it was. Any other error leaves the result
    /// unknown and the executor unfit for more blocks.
    pub fn execute(
        &mut self,
        attributes: &PayloadAttributes,
        written: &mut dyn FnMut(B256, &[u8]),
    ) -> Result<Executed, ExecuteError<S::Error>> {
        let base_fee = next_base_fee(self.config, &self.head, attributes.timestamp)
            .ok_or(ExecuteError::Malformed("the parent's extra data", Some(self.head.seal())))?;
        self.execute_with_base_fee(attributes, base_fee, written)
    }

    /// [`Self::execute`] with a given base fee, for chains that have their own rule for it.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn execute_with_base_fee(
        &mut self,
        attributes: &PayloadAttributes,
        base_fee: u64,
        written: &mut dyn FnMut(B256, &[u8]),
    ) -> Result<Executed, ExecuteError<S::Error>> {
        let config = self.config;
        let timestamp = attributes.timestamp;
        let rules = config.rules_at(timestamp);
        if timestamp <= self.head.timestamp {
            return Err(ExecuteError::Invalid(InvalidPayload::Attributes("timestamp not after the parent's")));
        }
        let number = self.head.number.checked_add(1).ok_or(ExecuteError::Malformed("block number", None))?;
        let extra_data = environment::extra_data(config, attributes)
            .ok_or(ExecuteError::Invalid(InvalidPayload::Attributes("fee parameters do not fit the fork")))?;
        if rules.beacon_root != attributes.parent_beacon_block_root.is_some() {
            return Err(ExecuteError::Invalid(InvalidPayload::Attributes("beacon block root does not fit the fork")));
        }

        let mut run = self.run_transactions(attributes, base_fee)?;
        self.access.failure.take();
        let state_root = self.state.apply(&self.access.source, core::mem::take(&mut run.changes), written)?;
        let withdrawals_root = match rules.withdrawals_root {
            WithdrawalsRoot::Absent => None,
            WithdrawalsRoot::Empty => Some(EMPTY_ROOT),
            WithdrawalsRoot::MessagePasser => Some(self.state.storage_root(&self.access.source, &MESSAGE_PASSER)?),
        };
        let blob_gas_used = if rules.da_footprint { run.da_footprint } else { 0 };
        let header = Header {
            parent_hash: self.head.seal(),
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: attributes.suggested_fee_recipient,
            state_root,
            transactions_root: ordered_root(&attributes.transactions, |tx, out| out.extend_from_slice(tx), written),
            receipts_root: receipts_root(&run.receipts, rules.deposit_nonce_in_root),
            logs_bloom: run.blooms.block,
            difficulty: U256::ZERO,
            number,
            gas_limit: attributes.gas_limit,
            gas_used: run.gas_used,
            timestamp,
            extra_data,
            mix_hash: attributes.prev_randao,
            nonce: B64::ZERO,
            base_fee_per_gas: Some(base_fee),
            withdrawals_root,
            blob_gas_used: rules.beacon_root.then_some(blob_gas_used),
            excess_blob_gas: rules.beacon_root.then_some(0),
            parent_beacon_block_root: attributes.parent_beacon_block_root,
            requests_hash: rules.history_contract.then_some(EMPTY_REQUESTS_HASH),
            ..Header::default()
        };
        let mut rlp = Vec::with_capacity(700);
        header.encode(&mut rlp);
        let hash = keccak256(&rlp);
        written(hash, &rlp);
        self.head = Sealed::new_unchecked(header, hash);
        self.state.note_block(&self.head);
        Ok(Executed { header: self.head.clone(), receipts: run.receipts })
    }

    /// The output root of the last block.
    ///
    /// # Errors
    /// The message passer's account cannot be read (before Isthmus; later the header holds what is needed).
    pub fn output_root(&mut self) -> Result<OutputRoot, ExecuteError<S::Error>> {
        let in_header = self.config.rules_at(self.head.timestamp).withdrawals_root == WithdrawalsRoot::MessagePasser;
        let message_passer_storage_root = match self.head.withdrawals_root {
            Some(root) if in_header => root,
            _ => self.state.storage_root(&self.access.source, &MESSAGE_PASSER)?,
        };
        Ok(OutputRoot { state_root: self.head.state_root, message_passer_storage_root, block_hash: self.head.seal() })
    }

    /// Runs all transactions. The state is only read.
    fn run_transactions(
        &mut self,
        attributes: &PayloadAttributes,
        base_fee: u64,
    ) -> Result<Run, ExecuteError<S::Error>> {
        let config = self.config;
        let (spec, block, cfg) = environment::environment::<S>(config, &self.head, attributes, base_fee)?;
        let access = &self.access;
        let context: Ctx<'_, S> =
            Context::op().with_db(Db { access, state: &mut self.state }).with_cfg(cfg).with_block(block);
        let mut evm = OpEvm::new(context, ()).with_precompiles(Precompiles::new(
            spec,
            config.rules_at(attributes.timestamp).precompile_limits,
            access,
        ));
        let mut run = Run { receipts: Vec::with_capacity(attributes.transactions.len()), ..Run::default() };
        let timestamp = attributes.timestamp;

        if config.rules_at(timestamp).history_contract {
            system_call(&mut evm, access, HISTORY_STORAGE_ADDRESS, self.head.seal())?;
        }
        if let Some(root) = attributes.parent_beacon_block_root {
            system_call(&mut evm, access, BEACON_ROOTS_ADDRESS, root)?;
        }
        let sets_deployer = |entry: &ForkEntry| {
            // As op-geth: at the very second of the fork. Where no block has it, nothing is set.
            entry.upgrade.sets_create2_deployer && config.forks.get(entry.fork) == Some(timestamp)
        };
        if activated_at(config, timestamp).any(sets_deployer) {
            let journal = &mut evm.0.ctx.journaled_state;
            journal.load_account(CREATE2_DEPLOYER).map_err(|_| unread(access))?;
            if let Some(account) = journal.inner.state.get_mut(&CREATE2_DEPLOYER) {
                account.mark_touch();
                account.info.code_hash = CREATE2_DEPLOYER_CODE_HASH;
                account.info.code = None;
            }
            journal.commit_tx();
        }
        for (index, raw) in attributes.transactions.iter().enumerate() {
            run.transaction(&mut evm, access, config, spec, attributes, index, raw)?;
        }
        run.changes = evm.0.ctx.journaled_state.finalize();
        Ok(run)
    }
}

/// What the transactions of a block came to.
#[derive(Default)]
struct Run {
    receipts: Vec<OpReceiptEnvelope>,
    blooms: Blooms,
    gas_used: u64,
    da_footprint: u64,
    changes: revm::state::EvmState,
}

impl Run {
    #[allow(clippy::too_many_arguments)] // the one caller has them all at hand
    fn transaction<'a, S: StateSource>(
        &mut self,
        evm: &mut Evm<'a, S>,
        access: &'a Access<S>,
        config: &RollupConfig,
        spec: OpSpecId,
        attributes: &PayloadAttributes,
        index: usize,
        raw: &Bytes,
    ) -> Result<(), ExecuteError<S::Error>> {
        let invalid = |reason| Err(ExecuteError::Invalid(reason));
        let tx = transaction::executable(&access.source, config.l2_chain_id, raw, index)?;
        let is_deposit = tx.kind == DEPOSIT;
        let regolith = spec.is_enabled_in(OpSpecId::REGOLITH);
        let available = attributes.gas_limit.saturating_sub(self.gas_used);
        if tx.env.base.gas_limit > available && (regolith || !is_deposit) {
            return invalid(InvalidPayload::BlockGasLimit(index));
        }
        let mut deposit_nonce = None;
        if is_deposit {
            if regolith {
                deposit_nonce = Some(nonce_of(evm, &tx.env.base.caller).map_err(|_| unread(access))?);
            }
        } else {
            load_l1_block(evm, spec).map_err(|_| unread(access))?;
            // Estimated once for both of its uses.
            let size = spec.is_enabled_in(OpSpecId::FJORD).then(|| estimate_tx_compressed_size(raw));
            let chain = &mut evm.0.ctx.chain;
            chain.tx_l1_cost = Some(l1_cost(chain, spec, raw, size));
            if let Some(size) = size.filter(|_| config.rules_at(attributes.timestamp).da_footprint) {
                let scalar = u64::from(chain.da_footprint_gas_scalar.unwrap_or(0));
                self.da_footprint = self.da_footprint.saturating_add((size / 1_000_000).saturating_mul(scalar));
                if self.da_footprint > attributes.gas_limit {
                    return invalid(InvalidPayload::DaFootprint(index));
                }
            }
        }
        evm.0.ctx.tx = tx.env;
        let result = EvmHandler::<'a, S>::new().run(evm).map_err(|error| rejection(access, index, error))?;
        if access.failure.borrow().is_some() {
            return Err(unread(access));
        }
        self.gas_used = self.gas_used.saturating_add(result.tx_gas_used());
        let outcome = Outcome {
            kind: tx.kind,
            success: result.is_success(),
            cumulative_gas_used: self.gas_used,
            logs: match result {
                ExecutionResult::Success { logs, .. } => logs,
                _ => Vec::new(),
            },
            deposit_nonce,
            deposit_receipt_version: (is_deposit && spec.is_enabled_in(OpSpecId::CANYON)).then_some(1),
        };
        self.receipts.push(outcome.into_receipt(&mut self.blooms));
        Ok(())
    }
}

/// A call by the system before the transactions; it cannot fail but for unread state.
fn system_call<'a, S: StateSource>(
    evm: &mut Evm<'a, S>,
    access: &Access<S>,
    contract: Address,
    data: B256,
) -> Result<(), ExecuteError<S::Error>> {
    evm.0.ctx.tx = OpTransaction::<TxEnv>::new_system_tx_with_caller(SYSTEM_ADDRESS, contract, data.0.into());
    EvmHandler::<'a, S>::new().run_system_call(evm).map_err(|_| unread(access))?;
    if access.failure.borrow().is_some() { Err(unread(access)) } else { Ok(()) }
}

/// The noted failure.
fn unread<S: StateSource>(access: &Access<S>) -> ExecuteError<S::Error> {
    access.failure.take().map_or(ExecuteError::Evm("an error without a cause".into()), Into::into)
}

/// An error of the EVM: unread state, or a transaction that makes the payload invalid.
fn rejection<S: StateSource>(access: &Access<S>, index: usize, error: EvmError) -> ExecuteError<S::Error> {
    if let Some(failure) = access.failure.take() {
        return failure.into();
    }
    match error {
        EVMError::Transaction(reason) => {
            ExecuteError::Invalid(InvalidPayload::Transaction { index, reason: reason.to_string() })
        }
        other => ExecuteError::Evm(other.to_string()),
    }
}

/// The nonce of an account in the middle of a block, without loading it into the journal.
fn nonce_of<S: StateSource>(evm: &mut Evm<'_, S>, address: &Address) -> Result<u64, ReadFailed> {
    let journal = &mut evm.0.ctx.journaled_state;
    match journal.inner.state.get(address) {
        Some(account) if account.is_selfdestructed_locally() => Ok(0),
        Some(account) => Ok(account.info.nonce),
        None => Ok(journal.database.basic(*address)?.map_or(0, |info| info.nonce)),
    }
}

/// Reads the values of the L1Block contract, once a block: they are the same for all transactions after the deposits. The
/// journal, which is kept for the whole block, holds what the deposits wrote.
fn load_l1_block<S: StateSource>(evm: &mut Evm<'_, S>, spec: OpSpecId) -> Result<(), ReadFailed> {
    let number = evm.0.ctx.block.number;
    if evm.0.ctx.chain.l2_block != Some(number) {
        let mut view = JournalView { journal: &mut evm.0.ctx.journaled_state };
        evm.0.ctx.chain = read_l1_block(&mut view, number, spec)?;
    }
    Ok(())
}

/// The L1Block contract's slots in the middle of a block.
struct JournalView<'j, DB> {
    journal: &'j mut revm::Journal<DB>,
}

impl<DB: Database> Database for JournalView<'_, DB> {
    type Error = DB::Error;

    fn basic(&mut self, address: Address) -> Result<Option<revm::state::AccountInfo>, DB::Error> {
        self.journal.database.basic(address)
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<revm::bytecode::Bytecode, DB::Error> {
        self.journal.database.code_by_hash(hash)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, DB::Error> {
        debug_assert_eq!(address, L1_BLOCK_CONTRACT);
        let changed = self.journal.inner.state.get(&address).and_then(|account| account.storage.get(&slot));
        match changed {
            Some(entry) => Ok(entry.present_value),
            None => self.journal.database.storage(address, slot),
        }
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, DB::Error> {
        self.journal.database.block_hash(number)
    }
}
