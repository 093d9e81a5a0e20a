//! What stands in tries and headers, and payloads made of others' transactions.

use crate::samples;
use alloy_consensus::{Header, Sealable};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_rlp::{Decodable, Encodable};
use derive::PayloadAttributes;
use primitives::{OutputRoot, SuperRoot};
use program::{
    execute::{ExecuteError, Executor, StateSource, compute_precompile},
    trie::{EMPTY_ROOT, NodeSource, Trie, read_list},
};
use std::collections::HashMap;

/// A header has one encoding.
pub(crate) fn header(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let Ok(header) = Header::decode(&mut rest) else { return false };
    let mut again = Vec::new();
    header.encode(&mut again);
    assert_eq!(Header::decode(&mut again.as_slice()).as_ref(), Ok(&header), "what was written is read");
    true
}

/// Preimages by keccak256.
struct Preimages(HashMap<B256, Vec<u8>>);

impl Preimages {
    /// The strings of an RLP list, or the bytes as a whole; the first is the root.
    fn new(bytes: &[u8]) -> (Self, B256) {
        let nodes = Vec::<Bytes>::decode(&mut &bytes[..]).unwrap_or_else(|_| vec![bytes.to_vec().into()]);
        let root = nodes.first().map_or(EMPTY_ROOT, keccak256);
        (Self(nodes.into_iter().map(|node| (keccak256(&node), node.into())).collect()), root)
    }
}

/// A source without nodes, for tries that are made from nothing.
pub(crate) fn no_nodes() -> impl NodeSource<Error = B256> {
    Preimages(HashMap::new())
}

impl NodeSource for Preimages {
    type Error = B256;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, B256> {
        self.0.get(hash).cloned().ok_or(*hash)
    }
}

impl StateSource for Preimages {
    fn code(&self, hash: &B256) -> Result<Bytes, B256> {
        self.node(hash).map(Bytes::from)
    }

    fn header(&self, hash: &B256) -> Result<Header, B256> {
        Err(*hash)
    }

    fn precompile(&self, address: &Address, required_gas: u64, input: &[u8]) -> Result<Option<Bytes>, B256> {
        Ok(compute_precompile(address, required_gas, input).map(Bytes::from))
    }
}

/// Nodes of a trie: what can be read can be changed and changed back, with the root that it had.
pub(crate) fn trie(bytes: &[u8]) -> bool {
    let (source, root) = Preimages::new(bytes);
    let mut good = false;
    for key in [[0x11; 32], [0x12; 32], [0xff; 32]] {
        let mut trie = Trie::new(root);
        let Ok(value) = trie.get(&source, &key).map(|value| value.map(<[u8]>::to_vec)) else { continue };
        if trie.insert(&source, &key, b"a value that is not there").is_err() {
            continue;
        }
        assert_eq!(trie.get(&source, &key), Ok(Some(&b"a value that is not there"[..])));
        assert_ne!(trie.commit(&mut |_, _| {}), root);
        let back = match &value {
            Some(value) if value.is_empty() => continue,
            Some(value) => trie.insert(&source, &key, value),
            None => trie.remove(&source, &key),
        };
        good |= back.is_ok();
        let again = trie.get(&source, &key).map(|value| value.map(<[u8]>::to_vec));
        assert!(back.is_err() || again == Ok(value), "changed back");
        trie.commit(&mut |_, _| {});
    }
    good
}

/// A list in a trie, as transactions and receipts are.
pub(crate) fn list(bytes: &[u8]) -> bool {
    let (source, root) = Preimages::new(bytes);
    read_list(&source, root).is_ok_and(|items| !items.is_empty())
}

/// The preimages of output roots and super roots: one encoding each.
pub(crate) fn output_root(bytes: &[u8]) -> bool {
    let mut good = false;
    if let Ok(output) = OutputRoot::decode(bytes) {
        assert_eq!(output.encode().as_slice(), bytes);
        good = true;
    }
    if let Ok(root) = SuperRoot::decode(bytes) {
        assert_eq!(root.encode().as_slice(), bytes);
        good = true;
    }
    good
}

/// Transactions of a batch as a payload on an empty chain: valid, invalid, or data is missing; never anything else.
pub(crate) fn payload(bytes: &[u8]) -> bool {
    let Ok(transactions) = Vec::<Bytes>::decode(&mut &bytes[..]) else { return false };
    let chain = samples::chain().rollup;
    let parent = Header {
        state_root: EMPTY_ROOT,
        timestamp: chain.genesis.l2_time,
        gas_limit: 30_000_000,
        base_fee_per_gas: Some(0),
        blob_gas_used: Some(0),
        extra_data: [&[1][..], &[0, 0, 0, 250, 0, 0, 0, 6], &[0; 8]].concat().into(),
        ..Header::default()
    };
    let attributes = PayloadAttributes {
        timestamp: parent.timestamp + chain.block_time,
        prev_randao: B256::ZERO,
        suggested_fee_recipient: derive::SEQUENCER_FEE_VAULT,
        parent_beacon_block_root: Some(B256::ZERO),
        withdrawals: true,
        transactions,
        gas_limit: 30_000_000,
        eip1559_params: Some(Default::default()),
        min_base_fee: Some(0),
    };
    let (source, _) = Preimages::new(&[]);
    let mut executor = Executor::new(&chain, &source, parent.seal_slow());
    match executor.execute(&attributes, &mut |_, _| {}) {
        Ok(_) => true,
        Err(ExecuteError::Invalid(_)) => {
            // What was refused left no trace: the deposits-only block can be made.
            let empty = PayloadAttributes { transactions: Vec::new(), ..attributes };
            executor.execute(&empty, &mut |_, _| {}).expect("an empty block is valid");
            false
        }
        Err(ExecuteError::Source(_)) => false,
        Err(other) => panic!("{other}"),
    }
}
