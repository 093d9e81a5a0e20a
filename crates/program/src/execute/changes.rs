//! What a block changed, from the EVM's journal into the tries.

use super::{Failure, StateSource, account::TrieAccount, state::State};
use crate::trie::Trie;
use alloc::vec::Vec;
use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256, keccak256};
use alloy_rlp::Encodable;
use revm::state::{Account, EvmState};

impl State {
    /// Takes over the changes of a block and returns the new state root. Values are set before others are removed, in each trie,
    /// so that no node beside a path is asked for that op-geth does not need either.
    ///
    /// # Errors
    /// A node cannot be loaded or is malformed. The tries may then hold a part of the changes.
    pub(super) fn apply<S: StateSource>(
        &mut self,
        source: &S,
        changes: EvmState,
        written: &mut dyn FnMut(B256, &[u8]),
    ) -> Result<B256, Failure<S::Error>> {
        let mut touched: Vec<(B256, usize, Account)> = Vec::with_capacity(changes.len());
        for (address, account) in changes {
            if account.is_touched() {
                let index = self.account(source, &address)?;
                touched.push((self.accounts[index].key, index, account));
            }
        }
        // In order of the trie's keys, for a run that does not depend on the order of a hash map.
        touched.sort_unstable_by_key(|(key, ..)| *key);
        let (mut rlp, mut removed) = (Vec::new(), Vec::new());
        for (key, index, account) in touched {
            let new = self.apply_account(source, index, account, written)?;
            let known = &mut self.accounts[index];
            if new == known.account {
                continue;
            }
            known.account = new;
            match new {
                Some(account) => {
                    rlp.clear();
                    account.encode(&mut rlp);
                    self.trie.insert(source, key.as_slice(), &rlp)?;
                }
                None => removed.push(key),
            }
        }
        for key in removed {
            self.trie.remove(source, key.as_slice())?;
        }
        Ok(self.trie.commit(written))
    }

    /// The account as it stands after the block, with its storage; `None` when it does not exist.
    fn apply_account<S: StateSource>(
        &mut self,
        source: &S,
        index: usize,
        account: Account,
        written: &mut dyn FnMut(B256, &[u8]),
    ) -> Result<Option<TrieAccount>, Failure<S::Error>> {
        let known = &mut self.accounts[index];
        if account.is_created() || account.is_selfdestructed() {
            known.storage = Some(Trie::default());
            known.slots.clear();
        }
        // A destroyed account keeps its fields in the journal until it is loaded again.
        if account.is_selfdestructed_locally() || account.info.is_empty() {
            return Ok(None);
        }
        let mut removed = Vec::new();
        let mut rlp = Vec::with_capacity(33);
        for (slot, entry) in &account.storage {
            let value = entry.present_value;
            let (key, old) = match known.slots.get(slot) {
                Some(known) => *known,
                None if value.is_zero() => continue,
                None => (keccak256(slot.to_be_bytes::<32>()), U256::ZERO),
            };
            if value == old {
                continue;
            }
            known.slots.insert(*slot, (key, value));
            let root = known.account.as_ref().map(|a| a.storage_root);
            let storage = known.storage.get_or_insert_with(|| root.map_or_else(Trie::default, Trie::new));
            if value.is_zero() {
                removed.push(key);
            } else {
                rlp.clear();
                value.encode(&mut rlp);
                storage.insert(source, key.as_slice(), &rlp)?;
            }
        }
        let storage_root = match &mut known.storage {
            Some(storage) => {
                for key in removed {
                    storage.remove(source, key.as_slice())?;
                }
                storage.commit(written)
            }
            None => known.account.as_ref().map_or(crate::trie::EMPTY_ROOT, |a| a.storage_root),
        };
        let info = account.info;
        if let Some(code) = info.code
            && info.code_hash != KECCAK256_EMPTY
            && known.account.as_ref().is_none_or(|old| old.code_hash != info.code_hash)
        {
            written(info.code_hash, code.original_byte_slice());
            self.codes.entry(info.code_hash).or_insert(code);
        }
        Ok(Some(TrieAccount { nonce: info.nonce, balance: info.balance, storage_root, code_hash: info.code_hash }))
    }

    /// The storage root of an account after the last block.
    ///
    /// # Errors
    /// A node cannot be loaded or is malformed.
    pub(super) fn storage_root<S: StateSource>(
        &mut self,
        source: &S,
        address: &Address,
    ) -> Result<B256, Failure<S::Error>> {
        let index = self.account(source, address)?;
        Ok(self.accounts[index].account.as_ref().map_or(crate::trie::EMPTY_ROOT, |account| account.storage_root))
    }
}
