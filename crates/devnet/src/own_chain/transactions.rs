//! What the users of the chain do: a dozen transactions a block, of every type and with every kind of end.

use super::genesis::{COUNTER, HASHER, RECORDER, REVERTER};
use alloy_consensus::{TxEip1559, TxEip2930, TxEip7702, TxEnvelope, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, bytes, keccak256};
use alloy_sol_types::{SolCall, sol};
use chain::Wallet;
use chain::client::ClientError;
use program::execute::MESSAGE_PASSER;

sol! {
    function initiateWithdrawal(address target, uint256 gasLimit, bytes data) external payable;
}

/// Init code that returns the code of the counter.
const CREATE: Bytes = bytes!("6e5f54600101805f555f5260205fa0005f52600f6011f3");
/// Fee cap of all transactions, wei.
const FEE: u128 = 1_000_000_000;
const GAS: u64 = 300_000;

/// The accounts.
pub(super) fn users() -> Vec<Wallet> {
    (0..4).map(|i| Wallet::from_label(&format!("tribunal devnet user {i}"))).collect()
}

/// The accounts with their next nonces.
pub(super) struct Users {
    chain_id: u64,
    users: Vec<Wallet>,
    nonces: Vec<u64>,
}

impl Users {
    pub(super) fn new(chain_id: u64) -> Self {
        let users = users();
        // Deposits that are calls of contracts do not use nonces of their senders' aliases here: the users are EOAs, whose deposits do raise their nonces. They enter with block 6.
        Self { chain_id, nonces: vec![0; users.len()], users }
    }

    /// A deposit of this user was executed.
    fn deposited(&mut self, user: usize) {
        self.nonces[user] += 1;
    }

    fn next(&mut self, user: usize) -> u64 {
        self.nonces[user] += 1;
        self.nonces[user] - 1
    }

    fn eip1559(
        &mut self,
        user: usize,
        to: TxKind,
        value: u64,
        input: Bytes,
        gas_limit: u64,
    ) -> Result<Bytes, ClientError> {
        let transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.next(user),
            gas_limit,
            max_fee_per_gas: FEE,
            max_priority_fee_per_gas: 1_000,
            to,
            value: U256::from(value),
            input,
            access_list: AccessList::default(),
        };
        Ok(TxEnvelope::from(self.users[user].sign(transaction)?).encoded_2718().into())
    }

    /// The transactions of a block.
    pub(super) fn block(&mut self, number: u64) -> Result<Vec<Bytes>, ClientError> {
        if number == super::FIRST_DEPOSITS {
            (0..super::DEPOSITS).for_each(|user| self.deposited(user));
        }
        let chain_id = self.chain_id;
        let fresh = Address::from_word(keccak256(number.to_be_bytes()));
        let legacy = TxLegacy {
            chain_id: Some(chain_id),
            nonce: self.next(0),
            gas_price: FEE,
            gas_limit: 21_000,
            to: fresh.into(),
            value: U256::from(number),
            input: Bytes::new(),
        };
        let access_list = AccessList(vec![AccessListItem { address: COUNTER, storage_keys: vec![B256::ZERO] }]);
        let with_list = TxEip2930 {
            chain_id,
            nonce: self.next(1),
            gas_price: FEE,
            gas_limit: GAS,
            to: COUNTER.into(),
            value: U256::ZERO,
            input: Bytes::new(),
            access_list,
        };
        let withdrawal =
            initiateWithdrawalCall { target: fresh, gasLimit: U256::from(100_000), data: Bytes::from_static(b"home") };
        let call = |address: Address| TxKind::Call(address);
        let precompile = |last: u8| TxKind::Call(Address::with_last_byte(last));
        let mut all = vec![
            TxEnvelope::from(self.users[0].sign(legacy)?).encoded_2718().into(),
            TxEnvelope::from(self.users[1].sign(with_list)?).encoded_2718().into(),
            self.eip1559(2, call(fresh), 1_000, Bytes::new(), 21_000)?,
            self.eip1559(3, TxKind::Create, 0, CREATE, GAS)?,
            self.eip1559(0, call(REVERTER), 0, Bytes::new(), GAS)?,
            self.eip1559(1, call(RECORDER), 0, Bytes::new(), GAS)?,
            self.eip1559(2, call(HASHER), 0, Bytes::new(), GAS)?,
            // Too little gas for what it does: fails with everything used up.
            self.eip1559(3, call(HASHER), 0, Bytes::new(), 22_000)?,
            self.eip1559(0, call(MESSAGE_PASSER), 5, withdrawal.abi_encode().into(), GAS)?,
            self.eip1559(1, precompile(1), 0, self.recovery(number)?, GAS)?,
            // The sum of the generator of bn254 with itself.
            self.eip1559(
                2,
                precompile(6),
                0,
                [U256::from(1), U256::from(2), U256::from(1), U256::from(2)]
                    .map(|x| x.to_be_bytes::<32>())
                    .concat()
                    .into(),
                GAS,
            )?,
        ];
        all.push(self.set_code(number)?);
        Ok(all)
    }

    /// Input of ecrecover for a hash of the block's number, signed by the first user.
    fn recovery(&self, number: u64) -> Result<Bytes, ClientError> {
        let hash = keccak256(number.to_le_bytes());
        let signature = self.users[0].sign_hash(hash)?;
        let parity = U256::from(27 + u8::from(signature.v()));
        Ok([hash.0, parity.to_be_bytes(), signature.r().to_be_bytes(), signature.s().to_be_bytes()].concat().into())
    }

    /// A new account delegates to the counter, in a transaction that calls it.
    fn set_code(&mut self, number: u64) -> Result<Bytes, ClientError> {
        let authority = Wallet::from_label(&format!("tribunal devnet authority {number}"));
        let authorization = Authorization { chain_id: U256::from(self.chain_id), address: COUNTER, nonce: 0 };
        let signature = authority.sign_hash(authorization.signature_hash())?;
        let transaction = TxEip7702 {
            chain_id: self.chain_id,
            nonce: self.next(3),
            gas_limit: GAS,
            max_fee_per_gas: FEE,
            max_priority_fee_per_gas: 1_000,
            to: authority.address(),
            authorization_list: vec![authorization.into_signed(signature)],
            ..TxEip7702::default()
        };
        Ok(TxEnvelope::from(self.users[3].sign(transaction)?).encoded_2718().into())
    }
}
