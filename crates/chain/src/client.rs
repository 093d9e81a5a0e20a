//! The L1 as a small synchronous trait: reads, calls, receipts and logs. What is sent over it is built in [`crate::sender`].

use alloy_consensus::{EthereumTxEnvelope, Header, TxEip4844};
use alloy_primitives::{Address, B256, Bytes, Log, U256};
use thiserror::Error;

/// A signed L1 transaction in consensus form (a blob transaction without its sidecar).
pub type SignedTransaction = EthereumTxEnvelope<TxEip4844>;

/// A block's header with its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockInfo {
    /// keccak256 of the header's RLP.
    pub hash: B256,
    /// The header.
    pub header: Header,
}

/// What a node tells about an included transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Hash of the transaction.
    pub transaction_hash: B256,
    /// Sender.
    pub from: Address,
    /// Number of the including block.
    pub block_number: u64,
    /// Timestamp of the including block, seconds.
    pub timestamp: u64,
    /// False when the transaction reverted.
    pub success: bool,
    /// Gas used by this transaction alone, refunds deducted.
    pub gas_used: u64,
    /// Wei paid for a unit of gas.
    pub effective_gas_price: u128,
    /// Address of the created contract.
    pub contract_address: Option<Address>,
    /// Logs in order.
    pub logs: Vec<Log>,
    /// Return or revert data where the client knows it (an in-process L1 does, a node does not).
    pub output: Bytes,
}

impl Receipt {
    /// Wei paid for gas: gas used times effective price.
    pub fn fee(&self) -> U256 {
        U256::from(self.gas_used) * U256::from(self.effective_gas_price)
    }
}

/// A log with the place where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Number of the block.
    pub block_number: u64,
    /// Hash of the transaction.
    pub transaction_hash: B256,
    /// The log.
    pub log: Log,
}

/// Selection of logs: emitter, first topic, range of blocks (inclusive).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Emitter; any when `None`.
    pub address: Option<Address>,
    /// First topic; any when `None`.
    pub topic0: Option<B256>,
    /// First block.
    pub from_block: u64,
    /// Last block; head when `None`.
    pub to_block: Option<u64>,
}

/// A call without a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallRequest {
    /// Sender as the callee sees it.
    pub from: Address,
    /// Callee; `None` runs init code.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
    /// Gas limit; the client's cap when `None`.
    pub gas: Option<u64>,
}

/// Why a request to L1 failed.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The EVM reverted; the data is what the contract returned.
    #[error("reverted: {}", crate::revert::describe(.0))]
    Reverted(Bytes),
    /// The EVM halted (out of gas, invalid opcode …).
    #[error("halted: {0}")]
    Halted(String),
    /// The transaction cannot be included (nonce, balance, gas cap …).
    #[error("transaction refused: {0}")]
    Refused(String),
    /// An answer does not decode as the ABI says.
    #[error("answer of {to} does not decode: {reason}")]
    Undecodable {
        /// Called contract.
        to: Address,
        /// What failed.
        reason: String,
    },
    /// The block, receipt or contract asked for does not exist.
    #[error("not found: {0}")]
    NotFound(String),
    /// The key cannot sign.
    #[error("signing failed: {0}")]
    Signing(String),
    /// The connection failed; may be tried again.
    #[error("transport: {0}")]
    Transport(String),
}

/// What the services need of an L1 node. Synchronous on purpose: an implementation over JSON-RPC blocks on its own runtime.
pub trait L1Client {
    /// EIP-155 chain id.
    fn chain_id(&self) -> u64;
    /// The newest block.
    fn head(&self) -> Result<BlockInfo, ClientError>;
    /// Block by number; `None` beyond the head or before what the client knows.
    fn block(&self, number: u64) -> Result<Option<BlockInfo>, ClientError>;
    /// Balance at the head, wei.
    fn balance(&self, address: Address) -> Result<U256, ClientError>;
    /// Next nonce of an account, transactions in the pool included.
    fn nonce(&self, address: Address) -> Result<u64, ClientError>;
    /// Code at the head.
    fn code(&self, address: Address) -> Result<Bytes, ClientError>;
    /// A call on the state of the head; [`ClientError::Reverted`] with the data when it reverts.
    fn call(&self, request: &CallRequest) -> Result<Bytes, ClientError>;
    /// A gas limit with which the call succeeds as a transaction.
    fn estimate_gas(&self, request: &CallRequest) -> Result<u64, ClientError>;
    /// Submits a signed transaction and waits for its inclusion. A reverted transaction is an `Ok` receipt without success.
    fn submit(&mut self, transaction: SignedTransaction) -> Result<Receipt, ClientError>;
    /// Logs in order of blocks.
    fn logs(&self, filter: &LogFilter) -> Result<Vec<LogEntry>, ClientError>;
    /// Most gas that one transaction may have (EIP-7825: 2^24).
    fn transaction_gas_cap(&self) -> u64 {
        16_777_216
    }
}

/// Calls a view function and decodes its answer.
pub fn view<C: alloy_sol_types::SolCall>(
    client: &dyn L1Client,
    to: Address,
    call: &C,
) -> Result<C::Return, ClientError> {
    let data = client.call(&CallRequest { to: Some(to), data: call.abi_encode().into(), ..Default::default() })?;
    C::abi_decode_returns(&data).map_err(|e| ClientError::Undecodable { to, reason: format!("{}: {e}", C::SIGNATURE) })
}
