//! A map of keccak preimages as a source of state.

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_rlp::Decodable;
use program::{
    execute::{StateSource, compute_precompile},
    trie::NodeSource,
};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, HashMap},
};

/// Values by their keccak256, what was asked for, and how many precompile results.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) values: RefCell<HashMap<B256, Bytes>>,
    pub(crate) asked: RefCell<BTreeSet<B256>>,
    pub(crate) precompiles: Cell<usize>,
}

/// The value is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) B256);

impl Memory {
    pub(crate) fn add(&self, value: &[u8]) {
        self.values.borrow_mut().insert(keccak256(value), Bytes::copy_from_slice(value));
    }

    fn get(&self, hash: &B256) -> Result<Bytes, Missing> {
        self.asked.borrow_mut().insert(*hash);
        self.values.borrow().get(hash).cloned().ok_or(Missing(*hash))
    }
}

impl NodeSource for Memory {
    type Error = Missing;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, Missing> {
        self.get(hash).map(|value| value.to_vec())
    }
}

impl StateSource for Memory {
    fn code(&self, hash: &B256) -> Result<Bytes, Missing> {
        self.get(hash)
    }

    fn header(&self, hash: &B256) -> Result<Header, Missing> {
        self.get(hash).and_then(|value| Header::decode(&mut value.as_ref()).map_err(|_| Missing(*hash)))
    }

    fn precompile(&self, address: &Address, required_gas: u64, input: &[u8]) -> Result<Option<Bytes>, Missing> {
        self.precompiles.set(self.precompiles.get() + 1);
        Ok(compute_precompile(address, required_gas, input).map(Bytes::from))
    }
}
