//! From a call to an included transaction: nonce, gas limit, fees, signature.

use crate::client::{CallRequest, ClientError, L1Client, Receipt, SignedTransaction};
use crate::wallet::Wallet;
use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;

/// Priority fee offered for a unit of gas, wei.
pub const PRIORITY_FEE: u128 = 1_000_000;

/// What a transaction shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Callee; `None` creates a contract from `data`.
    pub to: Option<Address>,
    /// Wei sent along.
    pub value: U256,
    /// Calldata or init code.
    pub data: Bytes,
}

impl Call {
    /// A call of a contract's function without value.
    pub fn new<C: SolCall>(to: Address, call: &C) -> Self {
        Self { to: Some(to), value: U256::ZERO, data: call.abi_encode().into() }
    }

    /// The same with wei sent along.
    pub fn with_value(mut self, value: U256) -> Self {
        self.value = value;
        self
    }

    /// Creation of a contract: init code with appended constructor arguments.
    pub fn create(init_code: Bytes) -> Self {
        Self { to: None, value: U256::ZERO, data: init_code }
    }
}

/// Signs a call with the account's next nonce, a gas limit with which it succeeds now, and a fee that holds for the next blocks. A call that would revert gives
/// [`ClientError::Reverted`] with its data.
pub fn sign(client: &dyn L1Client, wallet: &Wallet, call: &Call) -> Result<SignedTransaction, ClientError> {
    let request =
        CallRequest { from: wallet.address(), to: call.to, value: call.value, data: call.data.clone(), gas: None };
    let gas_limit = client.estimate_gas(&request)?;
    let base_fee = u128::from(client.head()?.header.base_fee_per_gas.unwrap_or_default());
    wallet.sign_1559(TxEip1559 {
        chain_id: client.chain_id(),
        nonce: client.nonce(wallet.address())?,
        gas_limit,
        max_fee_per_gas: base_fee.saturating_mul(2).saturating_add(PRIORITY_FEE),
        max_priority_fee_per_gas: PRIORITY_FEE,
        to: call.to.map_or(TxKind::Create, TxKind::Call),
        value: call.value,
        input: call.data.clone(),
        access_list: Default::default(),
    })
}

/// Signs and sends a call, waits for its inclusion. A call that would revert is not sent; a transaction that reverts although its estimate passed is
/// [`ClientError::Reverted`] too.
pub fn send(client: &mut dyn L1Client, wallet: &Wallet, call: &Call) -> Result<Receipt, ClientError> {
    let signed = sign(client, wallet, call)?;
    let receipt = client.submit(signed)?;
    if receipt.success { Ok(receipt) } else { Err(ClientError::Reverted(receipt.output)) }
}
