//! The L2 state as the EVM sees it: accounts, slots, code and block hashes, read from tries and headers as they are asked for.
//!
//! What has been read stays for the blocks after; the EVM's own journal lives for one block.

use super::{Failure, StateSource, account::TrieAccount};
use crate::trie::{Trie, TrieError};
use alloc::{collections::BTreeMap, vec::Vec};
use alloy_consensus::{Header, Sealed};
use alloy_primitives::{
    Address, B256, U256, keccak256,
    map::{AddressMap, B256Map, HashMap},
};
use alloy_rlp::Decodable;
use core::{cell::RefCell, fmt};
use revm::{Database, bytecode::Bytecode, database_interface::DBErrorMarker, state::AccountInfo};

/// The source of all data and the first failure to get some, which the EVM's errors have no room for.
pub(super) struct Access<S: StateSource> {
    pub(super) source: S,
    pub(super) failure: RefCell<Option<Failure<S::Error>>>,
}

impl<S: StateSource> Access<S> {
    /// Notes why data could not be had. The first reason stays.
    pub(super) fn fail(&self, failure: Failure<S::Error>) -> ReadFailed {
        self.failure.borrow_mut().get_or_insert(failure);
        ReadFailed
    }
}

/// Stands for the noted failure within the EVM.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadFailed;

impl fmt::Display for ReadFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("state could not be read")
    }
}

impl core::error::Error for ReadFailed {}
impl DBErrorMarker for ReadFailed {}

/// An account that has been asked for.
pub(super) struct KnownAccount {
    /// keccak256 of the address.
    pub(super) key: B256,
    /// As it stands in the trie.
    pub(super) account: Option<TrieAccount>,
    pub(super) storage: Option<Trie>,
    /// Slots that have been read: the hash of the slot and its value in the trie.
    pub(super) slots: HashMap<U256, (B256, U256)>,
}

/// The state after the last block, as far as it has been touched.
pub(super) struct State {
    pub(super) trie: Trie,
    pub(super) accounts: Vec<KnownAccount>,
    pub(super) index: AddressMap<usize>,
    pub(super) codes: B256Map<Bytecode>,
    /// Hashes of ancestors, without gaps.
    hashes: BTreeMap<u64, B256>,
    /// Hash of the last block.
    head: B256,
}

impl State {
    pub(super) fn new(head: &Sealed<Header>) -> Self {
        let mut state = Self {
            trie: Trie::new(head.state_root),
            accounts: Vec::new(),
            index: AddressMap::default(),
            codes: B256Map::default(),
            hashes: BTreeMap::new(),
            head: head.seal(),
        };
        state.note_block(head);
        state
    }

    /// Takes up a block for BLOCKHASH.
    pub(super) fn note_block(&mut self, head: &Sealed<Header>) {
        self.head = head.seal();
        self.hashes.insert(head.number, head.seal());
        if let Some(parent) = head.number.checked_sub(1) {
            self.hashes.insert(parent, head.parent_hash);
        }
    }

    /// The place of an account in the list; it is read from the trie on the first call.
    pub(super) fn account<S: StateSource>(
        &mut self,
        source: &S,
        address: &Address,
    ) -> Result<usize, TrieError<S::Error>> {
        if let Some(index) = self.index.get(address) {
            return Ok(*index);
        }
        source.announce(&self.head, address, None).map_err(TrieError::Source)?;
        let key = keccak256(address);
        let account = match self.trie.get(source, key.as_slice())? {
            Some(mut rlp) => Some(TrieAccount::decode(&mut rlp).map_err(|_| TrieError::Malformed(None))?),
            None => None,
        };
        let index = self.accounts.len();
        self.accounts.push(KnownAccount { key, account, storage: None, slots: HashMap::default() });
        self.index.insert(*address, index);
        Ok(index)
    }
}

/// The state as a database of the EVM.
pub(super) struct Db<'a, S: StateSource> {
    pub(super) access: &'a Access<S>,
    pub(super) state: &'a mut State,
}

impl<S: StateSource> Db<'_, S> {
    fn slot(&mut self, index: usize, address: &Address, slot: U256) -> Result<U256, TrieError<S::Error>> {
        let Some(known) = self.state.accounts.get_mut(index) else { return Ok(U256::ZERO) };
        if let Some((_, value)) = known.slots.get(&slot) {
            return Ok(*value);
        }
        self.access.source.announce(&self.state.head, address, Some(&slot)).map_err(TrieError::Source)?;
        let key = keccak256(slot.to_be_bytes::<32>());
        let storage = known
            .storage
            .get_or_insert_with(|| known.account.as_ref().map_or_else(Trie::default, |a| Trie::new(a.storage_root)));
        let value = match storage.get(&self.access.source, key.as_slice())? {
            Some(mut rlp) => U256::decode(&mut rlp).map_err(|_| TrieError::Malformed(None))?,
            None => U256::ZERO,
        };
        known.slots.insert(slot, (key, value));
        Ok(value)
    }

    fn ancestor(&mut self, number: u64) -> Result<B256, Failure<S::Error>> {
        loop {
            if let Some(hash) = self.state.hashes.get(&number) {
                return Ok(*hash);
            }
            // The EVM asks for ancestors only; the lowest known one leads to those below it.
            let Some((lowest, hash)) = self.state.hashes.first_key_value().map(|(n, h)| (*n, *h)) else {
                return Ok(B256::ZERO);
            };
            if number > lowest {
                return Ok(B256::ZERO);
            }
            let header = self.access.source.header(&hash).map_err(Failure::Source)?;
            if header.number != lowest {
                return Err(Failure::Malformed("an ancestor's header has another number", Some(hash)));
            }
            self.state.hashes.insert(lowest - 1, header.parent_hash);
        }
    }
}

impl<S: StateSource> Database for Db<'_, S> {
    type Error = ReadFailed;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, ReadFailed> {
        let index =
            self.state.account(&self.access.source, &address).map_err(|error| self.access.fail(error.into()))?;
        Ok(self.state.accounts[index].account.as_ref().map(|account| AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            account_id: Some(index),
            code: None,
        }))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, ReadFailed> {
        if let Some(code) = self.state.codes.get(&code_hash) {
            return Ok(code.clone());
        }
        let raw = self.access.source.code(&code_hash).map_err(|error| self.access.fail(Failure::Source(error)))?;
        let code = Bytecode::new_raw_checked(raw)
            .map_err(|_| self.access.fail(Failure::Malformed("not contract code", Some(code_hash))))?;
        self.state.codes.insert(code_hash, code.clone());
        Ok(code)
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, ReadFailed> {
        let index = self.state.account(&self.access.source, &address);
        index.and_then(|index| self.slot(index, &address, slot)).map_err(|error| self.access.fail(error.into()))
    }

    fn storage_by_account_id(&mut self, address: Address, account_id: usize, slot: U256) -> Result<U256, ReadFailed> {
        self.slot(account_id, &address, slot).map_err(|error| self.access.fail(error.into()))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, ReadFailed> {
        self.ancestor(number).map_err(|error| self.access.fail(error))
    }
}
