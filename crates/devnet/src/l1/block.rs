//! Making a block: environment, execution of the transactions, header. Also calls without a transaction.

use super::{L1Config, State, TRANSACTION_GAS_CAP};
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header, ReceiptEnvelope, Transaction, TxType, Typed2718, proofs};
use alloy_eips::eip1559::BaseFeeParams;
use alloy_eips::eip7685::EMPTY_REQUESTS_HASH;
use alloy_eips::eip7840::BlobParams;
use alloy_primitives::{Address, B256, Bloom, Bytes, TxKind, U256, keccak256};
use alloy_trie::EMPTY_ROOT_HASH;
use chain::client::{BlockInfo, CallRequest, ClientError, Receipt, SignedTransaction};
use revm::context::result::{ExecutionResult, Output, ResultAndState};
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database_interface::WrapDatabaseRef;
use revm::primitives::hardfork::SpecId;
use revm::{ExecuteEvm, MainBuilder, MainContext};
use thiserror::Error;

/// A block with all that it holds.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Header and hash.
    pub info: BlockInfo,
    /// Transactions in order.
    pub transactions: Vec<SignedTransaction>,
    /// Receipts in the same order, as a client tells them.
    pub receipts: Vec<Receipt>,
    /// Receipts in the same order, as the receipts root commits to them.
    pub envelopes: Vec<ReceiptEnvelope>,
}

impl Block {
    /// Receipt of a transaction.
    pub fn receipt(&self, hash: B256) -> Option<&Receipt> {
        self.receipts.iter().find(|r| r.transaction_hash == hash)
    }
}

/// Why a block could not be made.
#[derive(Debug, Error)]
pub enum BlockBuildError {
    /// A queued transaction is invalid on this state.
    #[error("transaction {hash}: {reason}")]
    InvalidTransaction {
        /// Hash of the transaction.
        hash: B256,
        /// What the EVM said.
        reason: String,
    },
    /// The queued transactions want more gas than a block has.
    #[error("transaction {hash} does not fit into the block: {wanted} gas, {left} left")]
    BlockFull {
        /// Hash of the transaction.
        hash: B256,
        /// Its gas limit.
        wanted: u64,
        /// Gas that was left.
        left: u64,
    },
}

/// Result of a call.
pub(super) struct Outcome(ExecutionResult);

impl Outcome {
    /// Gas that has to be there, refunds not deducted.
    pub(super) fn gas_spent(&self) -> u64 {
        let gas = self.0.gas();
        gas.tx_gas_used().saturating_add(gas.final_refunded())
    }

    pub(super) fn into_output(self) -> Result<Bytes, ClientError> {
        match self.0 {
            ExecutionResult::Success { output, .. } => Ok(output.into_data()),
            ExecutionResult::Revert { output, .. } => Err(ClientError::Reverted(output)),
            ExecutionResult::Halt { reason, .. } => Err(ClientError::Halted(format!("{reason:?}"))),
        }
    }
}

fn blob_params() -> BlobParams {
    BlobParams::osaka()
}

/// A header with everything empty.
pub(super) fn empty_header(config: &L1Config) -> Header {
    Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        beneficiary: config.fee_recipient,
        gas_limit: config.gas_limit,
        withdrawals_root: Some(EMPTY_ROOT_HASH),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        ..Default::default()
    }
}

/// Header of the child of `parent` before its transactions are run.
fn open_header(config: &L1Config, parent: &BlockInfo, timestamp: u64) -> Header {
    let mut header = empty_header(config);
    header.parent_hash = parent.hash;
    header.number = parent.header.number + 1;
    header.timestamp = timestamp;
    header.base_fee_per_gas =
        Some(parent.header.next_block_base_fee(BaseFeeParams::ethereum()).unwrap_or(1_000_000_000));
    header.excess_blob_gas = Some(parent.header.next_block_excess_blob_gas(blob_params()).unwrap_or_default());
    // No beacon chain stands behind this L1: both values are hashes of the parent, different in every block and the same in every run.
    header.mix_hash = keccak256([parent.hash.as_slice(), b"prevrandao"].concat());
    header.parent_beacon_block_root = Some(keccak256([parent.hash.as_slice(), b"beacon"].concat()));
    header
}

fn block_env(header: &Header) -> BlockEnv {
    let excess = header.excess_blob_gas.unwrap_or_default();
    let price = blob_params().calc_blob_fee(excess);
    BlockEnv {
        number: U256::from(header.number),
        beneficiary: header.beneficiary,
        timestamp: U256::from(header.timestamp),
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        prevrandao: Some(header.mix_hash),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice { excess_blob_gas: excess, blob_gasprice: price }),
        ..Default::default()
    }
}

fn run(config: &L1Config, state: &State, env: BlockEnv, tx: TxEnv) -> Result<ResultAndState, String> {
    let mut cfg = CfgEnv::new_with_spec(SpecId::OSAKA).with_chain_id(config.chain_id).with_mainnet_gas_params();
    cfg.tx_gas_limit_cap = Some(TRANSACTION_GAS_CAP);
    let mut evm = Context::mainnet().with_db(WrapDatabaseRef(state)).with_cfg(cfg).with_block(env).build_mainnet();
    evm.transact(tx).map_err(|e| e.to_string())
}

/// A call on the state after `head`, in a block with the head's number and time, as nodes do it.
pub(super) fn simulate(
    config: &L1Config,
    state: &State,
    head: &BlockInfo,
    request: &CallRequest,
) -> Result<Outcome, ClientError> {
    let mut env = block_env(&head.header);
    // Estimates run one block ahead: a move in the next block sees that block's time and parent hash.
    let next = open_header(config, head, head.header.timestamp);
    env.number = U256::from(next.number);
    env.basefee = 0;
    let tx = TxEnv {
        caller: request.from,
        gas_limit: request.gas.unwrap_or(TRANSACTION_GAS_CAP),
        gas_price: 0,
        kind: request.to.map_or(TxKind::Create, TxKind::Call),
        value: request.value,
        data: request.data.clone(),
        nonce: state.account(request.from).map(|a| a.nonce).unwrap_or_default(),
        chain_id: Some(config.chain_id),
        ..Default::default()
    };
    run(config, state, env, tx).map(|r| Outcome(r.result)).map_err(ClientError::Refused)
}

/// Executes the transactions on the state and seals the block.
pub(super) fn build(
    config: &L1Config,
    state: &mut State,
    parent: &BlockInfo,
    timestamp: u64,
    transactions: Vec<(SignedTransaction, Address)>,
) -> Result<Block, BlockBuildError> {
    let mut header = open_header(config, parent, timestamp);
    let base_fee = header.base_fee_per_gas.unwrap_or_default();
    let mut block = Block::default();
    let mut bloom = Bloom::ZERO;
    for (transaction, sender) in transactions {
        let hash = *transaction.tx_hash();
        let left = header.gas_limit - header.gas_used;
        if transaction.gas_limit() > left {
            return Err(BlockBuildError::BlockFull { hash, wanted: transaction.gas_limit(), left });
        }
        let result = run(config, state, block_env(&header), tx_env(&transaction, sender))
            .map_err(|reason| BlockBuildError::InvalidTransaction { hash, reason })?;
        state.commit(result.state);
        header.gas_used += result.result.gas().tx_gas_used();
        header.blob_gas_used =
            Some(header.blob_gas_used.unwrap_or_default() + transaction.blob_gas_used().unwrap_or_default());
        let receipt = receipt(&transaction, sender, &header, base_fee, &result.result);
        let consensus = alloy_consensus::Receipt {
            status: receipt.success.into(),
            cumulative_gas_used: header.gas_used,
            logs: receipt.logs.clone(),
        }
        .with_bloom();
        bloom |= consensus.logs_bloom;
        block.envelopes.push(envelope(transaction.tx_type(), consensus));
        block.transactions.push(transaction);
        block.receipts.push(receipt);
    }
    header.logs_bloom = bloom;
    header.transactions_root = proofs::calculate_transaction_root(&block.transactions);
    header.receipts_root = proofs::calculate_receipt_root(&block.envelopes);
    header.state_root = state.root();
    block.info = BlockInfo { hash: header.hash_slow(), header };
    Ok(block)
}

fn envelope(kind: TxType, receipt: alloy_consensus::ReceiptWithBloom) -> ReceiptEnvelope {
    match kind {
        TxType::Legacy => ReceiptEnvelope::Legacy(receipt),
        TxType::Eip2930 => ReceiptEnvelope::Eip2930(receipt),
        TxType::Eip1559 => ReceiptEnvelope::Eip1559(receipt),
        TxType::Eip4844 => ReceiptEnvelope::Eip4844(receipt),
        TxType::Eip7702 => ReceiptEnvelope::Eip7702(receipt),
    }
}

fn tx_env(transaction: &SignedTransaction, caller: Address) -> TxEnv {
    TxEnv {
        tx_type: transaction.ty(),
        caller,
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        kind: transaction.kind(),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        access_list: transaction.access_list().cloned().unwrap_or_default(),
        blob_hashes: transaction.blob_versioned_hashes().map(<[B256]>::to_vec).unwrap_or_default(),
        max_fee_per_blob_gas: transaction.max_fee_per_blob_gas().unwrap_or_default(),
        authorization_list: transaction
            .authorization_list()
            .map(|list| list.iter().cloned().map(revm::context_interface::either::Either::Left).collect())
            .unwrap_or_default(),
    }
}

fn receipt(
    transaction: &SignedTransaction,
    from: Address,
    header: &Header,
    base_fee: u64,
    result: &ExecutionResult,
) -> Receipt {
    let contract_address = match result {
        ExecutionResult::Success { output: Output::Create(_, address), .. } => *address,
        _ => None,
    };
    Receipt {
        transaction_hash: *transaction.tx_hash(),
        from,
        block_number: header.number,
        timestamp: header.timestamp,
        success: result.is_success(),
        gas_used: result.gas().tx_gas_used(),
        effective_gas_price: transaction.effective_gas_price(Some(base_fee)),
        contract_address,
        logs: result.logs().to_vec(),
        output: result.output().cloned().unwrap_or_default(),
    }
}
