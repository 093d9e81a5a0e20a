//! Blocks, transactions and receipts as nodes write them in JSON, back into the bytes whose hashes are in headers.
//!
//! What comes out is only as right as the answer: the caller compares hashes. Fields that are not known are passed over, so
//! that a kind of header or transaction of a later fork shows by its hash. Lists have a bounded number of items: a body of
//! small numbers would need many times its length once it is taken apart.

use alloy_consensus::{EthereumTxEnvelope, Header, TxEip4844};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bloom, Bytes, U64, U128, U256};
use alloy_rlp::{BufMut, Encodable};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::marker::PhantomData;

/// EIP-2718 type of L2 deposits.
const DEPOSIT: u64 = 0x7e;

/// Items that a list may have: three times the transactions of the fullest block of any chain.
const MAX_ITEMS: usize = 200_000;

/// A list of at most 200,000 items.
#[derive(Clone, Debug)]
pub struct Items<T>(pub Vec<T>);

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = Items<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Items<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    if items.len() == MAX_ITEMS {
                        return Err(A::Error::custom(format_args!("a list of more than {MAX_ITEMS} items")));
                    }
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// A block in JSON is not such as nodes write.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct DecodeError {
    /// What was read.
    pub what: &'static str,
    /// Why it could not be.
    pub reason: String,
}

fn parse<'a, T: Deserialize<'a>>(what: &'static str, json: &'a RawValue) -> Result<T, DecodeError> {
    serde_json::from_str(json.get()).map_err(|error| DecodeError { what, reason: error.to_string() })
}

/// The RLP of the header in a block or header object.
///
/// # Errors
/// A field is missing or malformed.
pub fn header(json: &RawValue) -> Result<Bytes, DecodeError> {
    let header: Header = parse("header", json)?;
    Ok(alloy_rlp::encode(header).into())
}

/// The list `transactions` of a block object: objects, or hashes where the block was asked for without them.
///
/// # Errors
/// There is no such list.
pub fn transaction_items(json: &RawValue) -> Result<Vec<Box<RawValue>>, DecodeError> {
    #[derive(Deserialize)]
    struct Block {
        transactions: Items<Box<RawValue>>,
    }
    Ok(parse::<Block>("block", json)?.transactions.0)
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type", default)]
    kind: Option<U64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deposit {
    source_hash: B256,
    from: Address,
    #[serde(default)]
    to: Option<Address>,
    #[serde(default)]
    mint: Option<U128>,
    value: U256,
    gas: U64,
    #[serde(default, alias = "isSystemTransaction")]
    is_system_tx: bool,
    input: Bytes,
}

/// A list of RLP with the given content, behind a type byte unless the type is 0.
fn typed_list(kind: u64, content: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(content.len() + 10);
    if kind != 0 {
        out.push(kind as u8);
    }
    alloy_rlp::Header { list: true, payload_length: content.len() }.encode(&mut out);
    out.put_slice(content);
    out.into()
}

/// A transaction of L1 or L2 in its consensus encoding (EIP-2718).
///
/// # Errors
/// A field is missing or malformed, or the type is not known.
pub fn transaction(json: &RawValue) -> Result<Bytes, DecodeError> {
    let kind = parse::<Kind>("transaction", json)?.kind.unwrap_or_default();
    if kind.to::<u64>() == DEPOSIT {
        let deposit: Deposit = parse("deposit", json)?;
        let mut content = Vec::with_capacity(deposit.input.len() + 160);
        deposit.source_hash.encode(&mut content);
        deposit.from.encode(&mut content);
        match deposit.to {
            Some(to) => to.encode(&mut content),
            None => content.push(0x80),
        }
        deposit.mint.unwrap_or_default().to::<u128>().encode(&mut content);
        deposit.value.encode(&mut content);
        deposit.gas.to::<u64>().encode(&mut content);
        deposit.is_system_tx.encode(&mut content);
        deposit.input.encode(&mut content);
        return Ok(typed_list(DEPOSIT, &content));
    }
    let transaction: EthereumTxEnvelope<TxEip4844> = parse("transaction", json)?;
    Ok(transaction.encoded_2718().into())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    #[serde(rename = "type", default)]
    kind: Option<U64>,
    #[serde(default)]
    status: Option<U64>,
    #[serde(default)]
    root: Option<Bytes>,
    cumulative_gas_used: U64,
    logs_bloom: Bloom,
    logs: Items<Log>,
    #[serde(default)]
    deposit_nonce: Option<U64>,
    #[serde(default)]
    deposit_receipt_version: Option<U64>,
}

#[derive(Deserialize)]
struct Log {
    address: Address,
    topics: Items<B256>,
    data: Bytes,
}

/// A receipt of L1 or L2 in its consensus encoding (EIP-2718).
///
/// # Errors
/// A field is missing or malformed.
pub fn receipt(json: &RawValue) -> Result<Bytes, DecodeError> {
    let receipt: Receipt = parse("receipt", json)?;
    let kind = receipt.kind.unwrap_or_default().to::<u64>();
    if kind > 0x7f {
        return Err(DecodeError { what: "receipt", reason: format!("type {kind}") });
    }
    let mut content = Vec::with_capacity(400);
    match (receipt.status, receipt.root) {
        (Some(status), _) => status.to::<u64>().encode(&mut content),
        (None, Some(root)) => root.encode(&mut content),
        (None, None) => return Err(DecodeError { what: "receipt", reason: "neither status nor root".into() }),
    }
    receipt.cumulative_gas_used.to::<u64>().encode(&mut content);
    receipt.logs_bloom.encode(&mut content);
    let mut logs = Vec::new();
    for log in &receipt.logs.0 {
        let mut fields = Vec::with_capacity(log.data.len() + 160);
        log.address.encode(&mut fields);
        log.topics.0.encode(&mut fields);
        log.data.encode(&mut fields);
        alloy_rlp::Header { list: true, payload_length: fields.len() }.encode(&mut logs);
        logs.extend_from_slice(&fields);
    }
    alloy_rlp::Header { list: true, payload_length: logs.len() }.encode(&mut content);
    content.extend_from_slice(&logs);
    for extra in [receipt.deposit_nonce, receipt.deposit_receipt_version].into_iter().flatten() {
        if kind == DEPOSIT {
            extra.to::<u64>().encode(&mut content);
        }
    }
    Ok(typed_list(kind, &content))
}

/// The transactions in the RLP of a whole block, each in its consensus encoding.
///
/// # Errors
/// The bytes are no block.
pub fn block_transactions(rlp: &[u8]) -> Result<(Bytes, Vec<Bytes>), DecodeError> {
    let bad = |error: alloy_rlp::Error| DecodeError { what: "block", reason: error.to_string() };
    let mut rest = rlp;
    let mut fields = alloy_rlp::Header::decode_bytes(&mut rest, true).map_err(bad)?;
    let whole = fields;
    alloy_rlp::Header::decode_bytes(&mut fields, true).map_err(bad)?;
    let header = Bytes::copy_from_slice(&whole[..whole.len() - fields.len()]);
    let mut list = alloy_rlp::Header::decode_bytes(&mut fields, true).map_err(bad)?;
    let mut transactions = Vec::new();
    while !list.is_empty() {
        let before = list;
        let item = alloy_rlp::Header::decode(&mut list).map_err(bad)?;
        let content = list.get(..item.payload_length).ok_or_else(|| bad(alloy_rlp::Error::InputTooShort))?;
        list = &list[item.payload_length..];
        let raw = if item.list { &before[..before.len() - list.len()] } else { content };
        transactions.push(Bytes::copy_from_slice(raw));
    }
    Ok((header, transactions))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lists_without_end_are_refused_before_they_are_taken_apart() {
        let block = |items: usize| format!("{{\"transactions\":[{}0]}}", "0,".repeat(items - 1));
        let of = |items| transaction_items(&RawValue::from_string(block(items)).unwrap());
        assert_eq!(of(MAX_ITEMS).unwrap().len(), MAX_ITEMS);
        let error = of(MAX_ITEMS + 1).unwrap_err().to_string();
        assert!(error.contains("a list of more than 200000 items"), "{error}");
    }
}
