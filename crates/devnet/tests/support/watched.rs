//! An L1 whose transactions pass somebody on their way: who looks at them, sends others first, or loses them.

use alloy_primitives::{Address, Bytes, U256};
use chain::client::{BlockInfo, CallRequest, ClientError, L1Client, LogEntry, LogFilter, Receipt, SignedTransaction};
use devnet::l1::L1;

/// Who stands on the way.
pub(crate) trait Submit {
    /// In place of [`L1Client::submit`].
    fn submit(&mut self, l1: &mut L1, transaction: SignedTransaction) -> Result<Receipt, ClientError>;
}

/// An L1 behind `watcher`.
pub(crate) struct Watched<W> {
    pub(crate) l1: L1,
    pub(crate) watcher: W,
}

impl<W: Submit> L1Client for Watched<W> {
    fn chain_id(&self) -> u64 {
        self.l1.chain_id()
    }
    fn head(&self) -> Result<BlockInfo, ClientError> {
        self.l1.head()
    }
    fn block(&self, number: u64) -> Result<Option<BlockInfo>, ClientError> {
        self.l1.block(number)
    }
    fn balance(&self, address: Address) -> Result<U256, ClientError> {
        self.l1.balance(address)
    }
    fn nonce(&self, address: Address) -> Result<u64, ClientError> {
        self.l1.nonce(address)
    }
    fn code(&self, address: Address) -> Result<Bytes, ClientError> {
        self.l1.code(address)
    }
    fn call(&self, request: &CallRequest) -> Result<Bytes, ClientError> {
        self.l1.call(request)
    }
    fn estimate_gas(&self, request: &CallRequest) -> Result<u64, ClientError> {
        self.l1.estimate_gas(request)
    }
    fn logs(&self, filter: &LogFilter) -> Result<Vec<LogEntry>, ClientError> {
        self.l1.logs(filter)
    }
    fn submit(&mut self, transaction: SignedTransaction) -> Result<Receipt, ClientError> {
        self.watcher.submit(&mut self.l1, transaction)
    }
}
