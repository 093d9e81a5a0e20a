//! Headers, and the lists of transactions and receipts that they commit to.

use super::fetch::{FetchError, Fetcher, Layer, lock};
use alloy_consensus::{EthereumTxEnvelope, Header, Transaction, TxEip4844};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{B256, Bytes, keccak256};
use alloy_rlp::Decodable;
use chain::node::{
    AskError, Endpoint,
    decode::{self, Items},
};
use preimage::PreimageKey;
use program::trie::{EMPTY_ROOT, ordered_root, read_list};
use serde_json::{json, value::RawValue};
use std::collections::BTreeMap;

/// Bytes that an answer may have: a header; a block with its transactions; the receipts of a block.
const HEADER_LIMIT: u64 = 8 << 20;
const BLOCK_LIMIT: u64 = 64 << 20;
const RECEIPTS_LIMIT: u64 = 128 << 20;
/// Bytes of RLP that a header may have.
const MAX_HEADER: usize = 4096;

/// L1 headers below one that the program asked for that are fetched ahead, and blocks behind one whose lists are.
const HEADERS_AHEAD: u64 = 32;
const LISTS_AHEAD: u64 = 4;

const HEADER: u8 = 1;
const TRANSACTIONS: u8 = 2;
const RECEIPTS: u8 = 3;

/// How far L1 has been walked.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Hashes of L1 blocks that were reached from the head.
    l1: BTreeMap<u64, B256>,
    /// The lowest number whose header is being fetched ahead.
    lowest: Option<u64>,
    /// The highest number whose lists are.
    highest: Option<u64>,
}

fn decode_header(rlp: &[u8]) -> Option<Header> {
    let mut rest = rlp;
    Header::decode(&mut rest).ok().filter(|_| rest.is_empty())
}

fn wrong(error: decode::DecodeError) -> AskError {
    AskError::wrong(error)
}

/// Goes on to the next way where a node does not go this one.
fn or_else<T>(first: Result<T, AskError>, next: impl FnOnce() -> Result<T, AskError>) -> Result<T, AskError> {
    match first {
        Err(error @ (AskError::Unsupported(_) | AskError::Absent | AskError::Wrong(_) | AskError::TooLong(_))) => {
            // The first refusal says more than that the second way is not offered either.
            next().map_err(|next| if matches!(next, AskError::Unsupported(_)) { error } else { next })
        }
        other => other,
    }
}

fn header_from(node: &Endpoint, hash: B256) -> Result<(Bytes, Header), AskError> {
    let check = |rlp: Bytes| {
        let found = keccak256(&rlp);
        if found != hash {
            return Err(AskError::wrong(format!("a header with hash {found}")));
        }
        decode_header(&rlp).map(|header| (rlp, header)).ok_or_else(|| AskError::wrong("no header"))
    };
    let object = || {
        let block: Box<RawValue> = node.call("eth_getBlockByHash", &json!([hash, false]), HEADER_LIMIT)?;
        check(decode::header(&block).map_err(wrong)?)
    };
    or_else(object(), || check(node.call("debug_getRawHeader", &json!([hash]), HEADER_LIMIT)?))
}

/// The header of a number on whatever chain the node follows; its own hash is all that is sure about it.
fn header_of_number(node: &Endpoint, number: u64) -> Result<(PreimageKey, Bytes), AskError> {
    let block: Box<RawValue> =
        node.call("eth_getBlockByNumber", &json!([format!("{number:#x}"), false]), HEADER_LIMIT)?;
    let rlp = decode::header(&block).map_err(wrong)?;
    if rlp.len() > MAX_HEADER {
        return Err(AskError::wrong("a header of many bytes"));
    }
    Ok((PreimageKey::keccak256(keccak256(&rlp)), rlp))
}

fn transactions_in(block: &RawValue) -> Result<Vec<Bytes>, AskError> {
    let items = decode::transaction_items(block).map_err(wrong)?;
    items.iter().map(|item| decode::transaction(item).map_err(wrong)).collect()
}

/// All transactions of a block by its number, as the node has them.
pub(super) fn transactions_of_number(node: &Endpoint, number: u64) -> Result<Vec<Bytes>, AskError> {
    let block = |full: &str| {
        let block: Box<RawValue> = node.call("eth_getBlockByNumber", &json!([full, true]), BLOCK_LIMIT)?;
        transactions_in(&block)
    };
    let number = format!("{number:#x}");
    or_else(block(&number), || {
        let raw: Bytes = node.call("debug_getRawBlock", &json!([number]), BLOCK_LIMIT)?;
        Ok(decode::block_transactions(&raw).map_err(wrong)?.1)
    })
}

/// The nodes of a list's trie, when the list has this root.
fn list_nodes(items: &[Bytes], root: B256) -> Result<Vec<(PreimageKey, Bytes)>, AskError> {
    let mut nodes = Vec::new();
    let found = ordered_root(items, |item, out| out.extend_from_slice(item), &mut |hash, node| {
        nodes.push((PreimageKey::keccak256(hash), Bytes::copy_from_slice(node)))
    });
    if found == root { Ok(nodes) } else { Err(AskError::wrong(format!("{} items with root {found}", items.len()))) }
}

impl Fetcher {
    fn stored_header(&self, hash: B256) -> Result<Option<Header>, FetchError> {
        let key = PreimageKey::keccak256(hash);
        if !self.have(&key)? {
            return Ok(None);
        }
        let Ok(rlp) = self.store.get(&key) else { return Ok(None) };
        decode_header(&rlp).map(Some).ok_or(FetchError::Malformed { what: "block header", hash })
    }

    /// A block's header.
    pub(super) fn header(&self, layer: Layer, hash: B256) -> Result<Header, FetchError> {
        let header = loop {
            if let Some(header) = self.stored_header(hash)? {
                break header;
            }
            let fetched = self.flights.once(HEADER, hash, || {
                let question = format!("{layer:?} block header {hash}");
                let (rlp, header) = self.pool(layer).ask(&question, |node| header_from(node, hash))?;
                self.keep(vec![(PreimageKey::keccak256(hash), rlp)])?;
                Ok::<_, FetchError>(header)
            });
            if let Some(header) = fetched {
                break header?;
            }
        };
        if layer == Layer::L1 {
            self.headers_ahead(&header, hash);
        }
        Ok(header)
    }

    /// Fetches the headers below one ahead, by number.
    fn headers_ahead(&self, header: &Header, hash: B256) {
        let mut walked = lock(&self.walked);
        walked.l1.insert(header.number, hash);
        let until = header.number.saturating_sub(HEADERS_AHEAD);
        let from = walked.lowest.map_or(header.number, |lowest| lowest.min(header.number));
        // In batches, so that a walk does not stop and go.
        if from.saturating_sub(until) < HEADERS_AHEAD / 2 {
            return;
        }
        walked.lowest = Some(until);
        drop(walked);
        for number in (until..from).rev() {
            self.ahead(move |this| {
                let question = format!("L1 block header {number}");
                if let Ok(found) = this.nodes.l1.ask_once(&question, |node| header_of_number(node, number)) {
                    this.aside.put([found]);
                }
            });
        }
    }

    /// Fetches a list, unless it is there: whole, for a list is read from its first to its last item.
    fn list(
        &self,
        kind: u8,
        hash: B256,
        root: B256,
        fetch: impl Fn() -> Result<Vec<(PreimageKey, Bytes)>, FetchError>,
    ) -> Result<(), FetchError> {
        struct Stored<'a>(&'a Fetcher);
        impl program::trie::NodeSource for &Stored<'_> {
            type Error = ();
            fn node(&self, hash: &B256) -> Result<Vec<u8>, ()> {
                self.0.store.get(&PreimageKey::keccak256(*hash)).map(Into::into).map_err(drop)
            }
        }
        loop {
            // The root is kept last, so a root that is there stands for all; a store filled by others is read through.
            if root == EMPTY_ROOT {
                return Ok(());
            }
            if self.store.has(&PreimageKey::keccak256(root)) && read_list(&&Stored(self), root).is_ok() {
                return Ok(());
            }
            if let Some(fetched) = self.flights.once(kind, hash, || Ok::<_, FetchError>(self.keep(fetch()?)?)) {
                return fetched;
            }
        }
    }

    /// The transactions of a block.
    pub(super) fn transactions(&self, layer: Layer, hash: B256) -> Result<(), FetchError> {
        let number = self.transactions_of(layer, hash)?;
        if layer == Layer::L1 {
            self.lists_ahead(number);
        }
        Ok(())
    }

    /// Fetches the transactions of a block and returns its number.
    fn transactions_of(&self, layer: Layer, hash: B256) -> Result<u64, FetchError> {
        let header = self.header(layer, hash)?;
        let root = header.transactions_root;
        self.list(TRANSACTIONS, hash, root, || {
            let question = format!("transactions of {layer:?} block {hash}");
            let (items, nodes) = self.pool(layer).ask(&question, |node| {
                let object = || {
                    let block: Box<RawValue> = node.call("eth_getBlockByHash", &json!([hash, true]), BLOCK_LIMIT)?;
                    let items = transactions_in(&block)?;
                    list_nodes(&items, root).map(|nodes| (items, nodes))
                };
                or_else(object(), || {
                    let raw: Bytes = node.call("debug_getRawBlock", &json!([hash]), BLOCK_LIMIT)?;
                    let items = decode::block_transactions(&raw).map_err(wrong)?.1;
                    list_nodes(&items, root).map(|nodes| (items, nodes))
                })
            })?;
            if layer == Layer::L1 {
                self.blobs_ahead(&header, &items);
            }
            Ok(nodes)
        })?;
        Ok(header.number)
    }

    /// Fetches the lists of the blocks behind one ahead.
    fn lists_ahead(&self, number: u64) {
        let mut walked = lock(&self.walked);
        let from = walked.highest.map_or(number, |highest| highest.max(number)).saturating_add(1);
        let until = number.saturating_add(LISTS_AHEAD);
        if from > until {
            return;
        }
        let next: Vec<B256> = walked.l1.range(from..=until).map(|(_, hash)| *hash).collect();
        walked.highest = Some(until);
        drop(walked);
        for hash in next {
            self.ahead(move |this| drop(this.transactions_of(Layer::L1, hash)));
            self.ahead(move |this| drop(this.receipts(Layer::L1, hash)));
        }
    }

    /// Fetches the blobs of a block's batcher transactions ahead.
    fn blobs_ahead(&self, header: &Header, items: &[Bytes]) {
        let Some(config) = &self.background.config else { return };
        let (inbox, timestamp, mut index) = (config.rollup.batch_inbox_address, header.timestamp, 0);
        for item in items {
            let Ok(transaction) = EthereumTxEnvelope::<TxEip4844>::decode_2718(&mut item.as_ref()) else { continue };
            for versioned_hash in transaction.blob_versioned_hashes().unwrap_or_default() {
                if transaction.to() == Some(inbox) {
                    let (hash, index) = (*versioned_hash, index);
                    self.ahead(move |this| drop(this.blob(hash, timestamp, Some(index))));
                }
                index += 1;
            }
        }
    }

    /// The receipts of a block.
    pub(super) fn receipts(&self, layer: Layer, hash: B256) -> Result<(), FetchError> {
        let header = self.header(layer, hash)?;
        let root = header.receipts_root;
        self.list(RECEIPTS, hash, root, || {
            let question = format!("receipts of {layer:?} block {hash}");
            let of_objects = |objects: Items<Box<RawValue>>| {
                let items: Result<Vec<Bytes>, _> = objects.0.iter().map(|item| decode::receipt(item)).collect();
                list_nodes(&items.map_err(wrong)?, root)
            };
            Ok(self.pool(layer).ask(&question, |node| {
                let together = || of_objects(node.call("eth_getBlockReceipts", &json!([hash]), RECEIPTS_LIMIT)?);
                let raw = || {
                    let items: Items<Bytes> = node.call("debug_getRawReceipts", &json!([hash]), RECEIPTS_LIMIT)?;
                    list_nodes(&items.0, root)
                };
                let one_by_one = || {
                    let block: Box<RawValue> = node.call("eth_getBlockByHash", &json!([hash, false]), HEADER_LIMIT)?;
                    let mut objects = Items::default();
                    for item in decode::transaction_items(&block).map_err(wrong)? {
                        let transaction: B256 = serde_json::from_str(item.get()).map_err(AskError::wrong)?;
                        objects.0.push(node.call(
                            "eth_getTransactionReceipt",
                            &json!([transaction]),
                            RECEIPTS_LIMIT,
                        )?);
                    }
                    of_objects(objects)
                };
                or_else(or_else(together(), raw), one_by_one)
            })?)
        })
    }

    /// The headers from a block down to a number.
    pub(super) fn ancestors(&self, head: B256, number: u64) -> Result<(), FetchError> {
        let mut header = self.header(Layer::L2, head)?;
        // EIP-2935 serves 8,191 ancestors; no program looks further.
        for _ in 0..8191 {
            if header.number <= number || header.number == 0 {
                break;
            }
            header = self.header(Layer::L2, header.parent_hash)?;
        }
        Ok(())
    }
}
