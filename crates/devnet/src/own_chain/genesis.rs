//! The L2 genesis block: users' balances, predeploys, a few contracts to call; and the map of preimages that the chain is built over.

use super::{GAS_LIMIT, OwnChainError, transactions};
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header, Sealed};
use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_eips::eip4788::{BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE};
use alloy_eips::eip7685::EMPTY_REQUESTS_HASH;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, address, bytes, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::{EMPTY_ROOT_HASH, TrieAccount};
use chain::artifacts::Artifact;
use derive::SEQUENCER_FEE_VAULT;
use primitives::chain_config::ChainConfig;
use program::execute::{MESSAGE_PASSER, StateSource, compute_precompile};
use program::trie::{NodeSource, Trie};
use std::cell::RefCell;
use std::collections::HashMap;
use thiserror::Error;

/// `L1Block`.
const L1_BLOCK: Address = address!("4200000000000000000000000000000000000015");
/// Counts its calls in slot 0 and logs the count.
pub(super) const COUNTER: Address = address!("00000000000000000000000000000000000c0001");
/// Reverts.
pub(super) const REVERTER: Address = address!("00000000000000000000000000000000000c0002");
/// Stores the hash of the parent block under the block's number.
pub(super) const RECORDER: Address = address!("00000000000000000000000000000000000c0003");
/// Hashes its own memory a few hundred times.
pub(super) const HASHER: Address = address!("00000000000000000000000000000000000c0004");

/// `PUSH0 SLOAD PUSH1 1 ADD DUP1 PUSH0 SSTORE PUSH0 MSTORE PUSH1 32 PUSH0 LOG0 STOP`.
const COUNTER_CODE: Bytes = bytes!("5f54600101805f555f5260205fa000");
/// `PUSH0 PUSH0 REVERT`.
const REVERTER_CODE: Bytes = bytes!("5f5ffd");
/// `PUSH1 1 NUMBER SUB BLOCKHASH NUMBER SSTORE STOP`.
const RECORDER_CODE: Bytes = bytes!("6001430340435500");
/// `PUSH2 300 JUMPDEST PUSH1 64 PUSH0 KECCAK256 PUSH0 MSTORE PUSH1 1 SWAP1 SUB DUP1 PUSH1 3 JUMPI STOP`.
const HASHER_CODE: Bytes = bytes!("61012c5b60405f205f52600190038060035700");

/// Wei of each user: 1,000 ETH.
pub(super) fn user_balance() -> U256 {
    U256::from(1_000u64) * U256::from(1_000_000_000_000_000_000u64)
}

/// Values by their keccak256: state, code, blocks, output roots.
#[derive(Debug, Default)]
pub(super) struct Values(RefCell<HashMap<B256, Bytes>>);

/// A value that the chain should have and does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no value for {0}")]
pub(super) struct MissingValue(B256);

impl Values {
    pub(super) fn insert(&self, value: Bytes) {
        self.0.borrow_mut().insert(keccak256(&value), value);
    }

    pub(super) fn into_all(self) -> impl Iterator<Item = Bytes> {
        self.0.into_inner().into_values()
    }

    fn get(&self, hash: &B256) -> Result<Bytes, MissingValue> {
        self.0.borrow().get(hash).cloned().ok_or(MissingValue(*hash))
    }
}

impl NodeSource for Values {
    type Error = MissingValue;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, MissingValue> {
        Ok(self.get(hash)?.to_vec())
    }
}

impl StateSource for Values {
    fn code(&self, hash: &B256) -> Result<Bytes, MissingValue> {
        self.get(hash)
    }

    fn header(&self, hash: &B256) -> Result<Header, MissingValue> {
        Header::decode(&mut self.get(hash)?.as_ref()).map_err(|_| MissingValue(*hash))
    }

    fn precompile(&self, address: &Address, required_gas: u64, input: &[u8]) -> Result<Option<Bytes>, MissingValue> {
        Ok(compute_precompile(address, required_gas, input).map(Bytes::from))
    }
}

/// The genesis block; its state and header are put into `values`.
pub(super) fn block(config: &ChainConfig, values: &mut Values) -> Result<Sealed<Header>, OwnChainError> {
    let mut state = Trie::default();
    let contracts = [
        (L1_BLOCK, Artifact::L1Block.runtime_code()?),
        (MESSAGE_PASSER, Artifact::L2ToL1MessagePasser.runtime_code()?),
        (BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CODE.clone()),
        (HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE.clone()),
        (COUNTER, COUNTER_CODE),
        (REVERTER, REVERTER_CODE),
        (RECORDER, RECORDER_CODE),
        (HASHER, HASHER_CODE),
    ];
    let mut accounts = Vec::new();
    for (address, code) in contracts {
        let account =
            TrieAccount { nonce: 1, code_hash: keccak256(&code), storage_root: EMPTY_ROOT_HASH, ..Default::default() };
        accounts.push((address, account));
        values.insert(code);
    }
    for user in transactions::users() {
        let account = TrieAccount {
            balance: user_balance(),
            code_hash: KECCAK256_EMPTY,
            storage_root: EMPTY_ROOT_HASH,
            ..Default::default()
        };
        accounts.push((user.address(), account));
    }
    let fail = |e: program::trie::TrieError<MissingValue>| OwnChainError::L2Block { number: 0, reason: e.to_string() };
    for (address, account) in accounts {
        state.insert(&*values, keccak256(address).as_slice(), &alloy_rlp::encode(account)).map_err(fail)?;
    }
    let mut nodes = Vec::new();
    let state_root = state.commit(&mut |_, node| nodes.push(Bytes::copy_from_slice(node)));
    nodes.into_iter().for_each(|node| values.insert(node));

    let constants = &config.rollup.chain_op_config;
    // Version 1 (Jovian): the chain's own EIP-1559 constants and no minimum base fee.
    let mut extra_data = vec![1];
    extra_data.extend_from_slice(&(constants.denominator_canyon as u32).to_be_bytes());
    extra_data.extend_from_slice(&(constants.elasticity as u32).to_be_bytes());
    extra_data.extend_from_slice(&[0; 8]);
    let header = Header {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: SEQUENCER_FEE_VAULT,
        state_root,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        gas_limit: GAS_LIMIT,
        timestamp: config.rollup.genesis.l2_time,
        extra_data: extra_data.into(),
        base_fee_per_gas: Some(1_000_000),
        // Isthmus: the storage root of the message passer, which is empty.
        withdrawals_root: Some(EMPTY_ROOT_HASH),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        requests_hash: Some(EMPTY_REQUESTS_HASH),
        ..Header::default()
    };
    values.insert(alloy_rlp::encode(&header).into());
    Ok(Sealed::new(header))
}
