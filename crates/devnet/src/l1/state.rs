//! Accounts, code and storage of the in-process L1, with the state root.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount, root};
use core::convert::Infallible;
use revm::bytecode::Bytecode;
use revm::database_interface::DatabaseRef;
use revm::state::{AccountInfo, EvmState};
use std::collections::BTreeMap;

/// One account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Wei.
    pub balance: U256,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    code_hash: B256,
    storage: BTreeMap<B256, U256>,
    /// Root of the storage trie; `None` when it has to be computed anew.
    storage_root: Option<B256>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            balance: U256::ZERO,
            nonce: 0,
            code_hash: KECCAK256_EMPTY,
            storage: BTreeMap::new(),
            storage_root: Some(EMPTY_ROOT_HASH),
        }
    }
}

/// The state. Storage and accounts are kept by hashed key, as the tries want them.
#[derive(Clone, Debug, Default)]
pub struct State {
    accounts: BTreeMap<Address, Account>,
    codes: BTreeMap<B256, Bytecode>,
    block_hashes: BTreeMap<u64, B256>,
}

impl State {
    /// Gives an account wei out of nothing: for genesis states.
    pub fn fund(&mut self, address: Address, wei: U256) {
        let account = self.accounts.entry(address).or_default();
        account.balance = account.balance.saturating_add(wei);
    }

    /// Puts code at an address: for genesis states.
    pub fn set_code(&mut self, address: Address, code: Bytes) {
        let code_hash = keccak256(&code);
        self.codes.insert(code_hash, Bytecode::new_legacy(code));
        let account = self.accounts.entry(address).or_default();
        account.code_hash = code_hash;
        account.nonce = account.nonce.max(1);
    }

    /// An account, if it exists.
    pub fn account(&self, address: Address) -> Option<&Account> {
        self.accounts.get(&address)
    }

    /// All accounts by address.
    pub fn accounts(&self) -> impl Iterator<Item = (&Address, &Account)> {
        self.accounts.iter()
    }

    /// Code at an address; empty if there is none.
    pub fn code(&self, address: Address) -> Bytes {
        self.accounts
            .get(&address)
            .and_then(|a| self.codes.get(&a.code_hash))
            .map(|c| c.original_bytes())
            .unwrap_or_default()
    }

    /// Sum of all balances.
    pub fn total_balance(&self) -> U256 {
        self.accounts.values().map(|a| a.balance).fold(U256::ZERO, U256::saturating_add)
    }

    pub(super) fn set_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert(number, hash);
    }

    pub(super) fn clear_block_hashes(&mut self) {
        self.block_hashes.clear();
    }

    /// Takes over what a transaction changed.
    pub(super) fn commit(&mut self, changes: EvmState) {
        for (address, change) in changes {
            if !change.is_touched() {
                continue;
            }
            if change.is_selfdestructed() || change.is_empty() {
                // EIP-161: touched empty accounts do not exist.
                self.accounts.remove(&address);
                continue;
            }
            let account = self.accounts.entry(address).or_default();
            if change.is_created() {
                account.storage.clear();
                account.storage_root = Some(EMPTY_ROOT_HASH);
            }
            account.balance = change.info.balance;
            account.nonce = change.info.nonce;
            account.code_hash = change.info.code_hash;
            if let Some(code) = change.info.code
                && !code.is_empty()
            {
                self.codes.entry(change.info.code_hash).or_insert(code);
            }
            for (slot, value) in change.storage.into_iter().filter(|(_, v)| v.is_changed()) {
                let key = B256::from(slot);
                if value.present_value.is_zero() {
                    account.storage.remove(&key);
                } else {
                    account.storage.insert(key, value.present_value);
                }
                account.storage_root = None;
            }
        }
    }

    /// Root of the state trie. Storage tries that did not change are not hashed again.
    pub fn root(&mut self) -> B256 {
        for account in self.accounts.values_mut() {
            if account.storage_root.is_none() {
                account.storage_root = Some(root::storage_root_unhashed(account.storage.iter().map(|(k, v)| (*k, *v))));
            }
        }
        root::state_root_unhashed(self.accounts.iter().map(|(address, a)| {
            let account = TrieAccount {
                nonce: a.nonce,
                balance: a.balance,
                storage_root: a.storage_root.unwrap_or(EMPTY_ROOT_HASH),
                code_hash: a.code_hash,
            };
            (*address, account)
        }))
    }
}

impl DatabaseRef for State {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.accounts.get(&address).map(|a| AccountInfo {
            balance: a.balance,
            nonce: a.nonce,
            code_hash: a.code_hash,
            code: Some(self.codes.get(&a.code_hash).cloned().unwrap_or_default()),
            ..Default::default()
        }))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.codes.get(&code_hash).cloned().unwrap_or_default())
    }

    fn storage_ref(&self, address: Address, index: U256) -> Result<U256, Infallible> {
        Ok(self.accounts.get(&address).and_then(|a| a.storage.get(&B256::from(index))).copied().unwrap_or_default())
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok(self.block_hashes.get(&number).copied().unwrap_or_default())
    }
}
