//! The transactions of a span batch, arranged by field: signatures, recipients, data, nonces and gas limits each together
//! (specification: delta/span-batches.md; isthmus/derivation.md, "Span Batch Updates").
//!
//! Fields of variable length are RLP items that are carried over unchanged into the whole transaction. They are checked
//! for their form; whether a transaction can be executed is the engine's matter.

use crate::span_batch::{Cursor, MAX_ELEMENTS, SpanBatchError, put_bits, put_varint};
use alloc::vec::Vec;
use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use alloy_primitives::{Address, Bytes, U256};
use alloy_rlp::{Decodable, EMPTY_STRING_CODE, Encodable, Header};

/// The type of a set-code transaction (EIP-7702).
pub const SET_CODE_TX_TYPE: u8 = 4;

/// The transactions of a span batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanTransactions {
    contract_creation: Vec<bool>,
    y_parity: Vec<bool>,
    signatures: Vec<(U256, U256)>,
    recipients: Vec<Address>,
    data: Vec<TransactionData>,
    nonces: Vec<u64>,
    gas_limits: Vec<u64>,
    /// For each legacy transaction, whether its signature holds the chain id (EIP-155).
    protected: Vec<bool>,
}

/// Type and variable fields of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TransactionData {
    kind: u8,
    /// Whether a type byte of 0 was written, which no transaction has.
    untyped: bool,
    /// The RLP list of the fields.
    fields: Vec<u8>,
}

/// Why a transaction cannot be put together, or taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// Transactions of this type do not belong into batches.
    #[error("transactions of type {0} do not belong into a span batch")]
    Type(u8),
    /// The fields do not have the form of the type.
    #[error("malformed transaction in a span batch")]
    Fields,
    /// A set-code transaction without a recipient.
    #[error("set-code transaction without recipient")]
    NoRecipient,
    /// The transaction is for another chain.
    #[error("transaction of chain {0}")]
    ChainId(u64),
}

impl From<alloy_rlp::Error> for TransactionError {
    fn from(_: alloy_rlp::Error) -> Self {
        Self::Fields
    }
}

/// How many fields a type has in `tx_datas`: value, one or two prices, data, and the lists of the type.
fn field_count(kind: u8) -> Result<usize, TransactionError> {
    match kind {
        0 => Ok(3),
        1 => Ok(4),
        2 => Ok(5),
        SET_CODE_TX_TYPE => Ok(6),
        kind => Err(TransactionError::Type(kind)),
    }
}

/// How many prices a type has: gas price, or priority and maximum fee.
fn price_count(kind: u8) -> usize {
    if kind < 2 { 1 } else { 2 }
}

impl SpanTransactions {
    /// Reads `count` transactions.
    pub(crate) fn decode(cursor: &mut Cursor<'_>, count: usize) -> Result<Self, SpanBatchError> {
        // Every transaction takes more than 64 bytes, so that the input bounds what is reserved.
        if count > cursor.0.len() / 64 {
            return Err(SpanBatchError::Truncated);
        }
        let contract_creation = cursor.bits(count)?;
        let y_parity = cursor.bits(count)?;
        let word = |bytes: &[u8]| U256::from_be_slice(bytes);
        let signatures = (0..count)
            .map(|_| cursor.take(64).map(|bytes| (word(&bytes[..32]), word(&bytes[32..]))))
            .collect::<Result<_, _>>()?;
        let recipients = contract_creation
            .iter()
            .filter(|creation| !**creation)
            .map(|_| cursor.take(20).map(Address::from_slice))
            .collect::<Result<_, _>>()?;
        let data = (0..count).map(|_| TransactionData::decode(cursor)).collect::<Result<Vec<_>, _>>()?;
        let nonces = (0..count).map(|_| cursor.varint()).collect::<Result<_, _>>()?;
        let gas_limits = (0..count).map(|_| cursor.varint()).collect::<Result<_, _>>()?;
        let protected = cursor.bits(data.iter().filter(|data| data.kind == 0).count())?;
        Ok(Self { contract_creation, y_parity, signatures, recipients, data, nonces, gas_limits, protected })
    }

    /// Appends the encoding.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_bits(out, &self.contract_creation);
        put_bits(out, &self.y_parity);
        for (r, s) in &self.signatures {
            out.extend_from_slice(&r.to_be_bytes::<32>());
            out.extend_from_slice(&s.to_be_bytes::<32>());
        }
        self.recipients.iter().for_each(|to| out.extend_from_slice(to.as_slice()));
        for data in &self.data {
            if data.kind != 0 || data.untyped {
                out.push(data.kind);
            }
            out.extend_from_slice(&data.fields);
        }
        self.nonces.iter().for_each(|nonce| put_varint(out, *nonce));
        self.gas_limits.iter().for_each(|gas| put_varint(out, *gas));
        put_bits(out, &self.protected);
    }

    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no transactions.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Puts the transactions together, in EIP-2718 encoding.
    pub fn into_encoded(self, chain_id: u64) -> Result<Vec<Bytes>, TransactionError> {
        let mut recipients = self.recipients.iter();
        let mut protected = self.protected.iter();
        let mut transactions = Vec::with_capacity(self.data.len());
        for (i, data) in self.data.iter().enumerate() {
            let to = if self.contract_creation[i] { None } else { recipients.next() };
            let v = match data.kind {
                0 if protected.next() == Some(&true) => u128::from(chain_id) * 2 + 35,
                0 => 27,
                _ => 0,
            } + u128::from(self.y_parity[i]);
            let (r, s) = &self.signatures[i];
            let fields = data.split()?;
            if data.untyped {
                return Err(TransactionError::Type(0));
            }
            if data.kind == SET_CODE_TX_TYPE && to.is_none() {
                return Err(TransactionError::NoRecipient);
            }
            let prices = price_count(data.kind);
            let mut list = Vec::with_capacity(data.fields.len() + 192);
            if data.kind != 0 {
                chain_id.encode(&mut list);
            }
            self.nonces[i].encode(&mut list);
            fields[1..1 + prices].iter().for_each(|price| list.extend_from_slice(price));
            self.gas_limits[i].encode(&mut list);
            match to {
                Some(to) => to.encode(&mut list),
                None => list.push(EMPTY_STRING_CODE),
            }
            list.extend_from_slice(fields[0]);
            fields[1 + prices..].iter().for_each(|field| list.extend_from_slice(field));
            v.encode(&mut list);
            r.encode(&mut list);
            s.encode(&mut list);
            transactions.push(envelope(data.kind, &list));
        }
        Ok(transactions)
    }

    /// Takes transactions in EIP-2718 encoding apart.
    pub fn new<'a>(chain_id: u64, encoded: impl Iterator<Item = &'a Bytes>) -> Result<Self, TransactionError> {
        let mut all = Self::default();
        for transaction in encoded {
            all.push(chain_id, transaction)?;
        }
        Ok(all)
    }

    fn push(&mut self, chain_id: u64, transaction: &[u8]) -> Result<(), TransactionError> {
        let first = *transaction.first().ok_or(TransactionError::Fields)?;
        let (kind, mut rest) = if first < 0x80 { (first, &transaction[1..]) } else { (0, transaction) };
        if first < 0x80 && kind == 0 {
            return Err(TransactionError::Type(0));
        }
        let fields = field_count(kind)?;
        let mut list = Header::decode_bytes(&mut rest, true)?;
        let mut items = Vec::with_capacity(fields + 8);
        while !list.is_empty() {
            items.push(next_item(&mut list)?);
        }
        // Chain id (typed), nonce, prices, gas limit, recipient, value, data and lists, signature.
        let typed = usize::from(kind != 0);
        let prices = price_count(kind);
        if items.len() != typed + fields + 6 || !rest.is_empty() {
            return Err(TransactionError::Fields);
        }
        let number = |mut item: &[u8]| u64::decode(&mut item);
        let word = |mut item: &[u8]| U256::decode(&mut item);
        if kind != 0 && number(items[0])? != chain_id {
            return Err(TransactionError::ChainId(number(items[0])?));
        }
        let gas_limit = typed + 1 + prices;
        let (to, value, signature) = (items[gas_limit + 1], items[gas_limit + 2], &items[items.len() - 3..]);
        let mut v = u128::decode(&mut &signature[0][..])?;
        if kind == 0 {
            self.protected.push(v >= 35);
            v = if v >= 35 {
                v.checked_sub(35 + 2 * u128::from(chain_id)).ok_or(TransactionError::Fields)?
            } else {
                v.checked_sub(27).ok_or(TransactionError::Fields)?
            };
        }
        if v > 1 {
            return Err(TransactionError::Fields);
        }
        let mut list = Vec::with_capacity(transaction.len());
        list.extend_from_slice(value);
        items[typed + 1..gas_limit].iter().for_each(|price| list.extend_from_slice(price));
        items[gas_limit + 3..items.len() - 3].iter().for_each(|field| list.extend_from_slice(field));
        let mut data = Vec::with_capacity(list.len() + 4);
        Header { list: true, payload_length: list.len() }.encode(&mut data);
        data.extend_from_slice(&list);
        let creation = to == [EMPTY_STRING_CODE];
        if !creation {
            self.recipients.push(Address::decode(&mut &to[..])?);
        }
        self.contract_creation.push(creation);
        self.y_parity.push(v == 1);
        self.signatures.push((word(signature[1])?, word(signature[2])?));
        self.data.push(TransactionData { kind, untyped: false, fields: data });
        self.nonces.push(number(items[typed])?);
        self.gas_limits.push(number(items[gas_limit])?);
        Ok(())
    }
}

impl TransactionData {
    fn decode(cursor: &mut Cursor<'_>) -> Result<Self, SpanBatchError> {
        let first = *cursor.0.first().ok_or(SpanBatchError::Truncated)?;
        let typed = first <= 0x7f;
        if typed {
            cursor.take(1)?;
        }
        let mut rest = cursor.0;
        let header = Header::decode(&mut rest).map_err(|_| SpanBatchError::TransactionData)?;
        let size = cursor.0.len() - rest.len() + header.payload_length;
        if !header.list || size as u64 > MAX_ELEMENTS {
            return Err(SpanBatchError::TransactionData);
        }
        let fields = cursor.take(size)?.to_vec();
        Ok(Self { kind: if typed { first } else { 0 }, untyped: typed && first == 0, fields })
    }

    /// The fields as RLP items: value, prices, data, lists. Their form is checked.
    fn split(&self) -> Result<Vec<&[u8]>, TransactionError> {
        let mut rest = self.fields.as_slice();
        let mut list = Header::decode_bytes(&mut rest, true)?;
        let count = field_count(self.kind)?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(next_item(&mut list)?);
        }
        if !list.is_empty() || !rest.is_empty() {
            return Err(TransactionError::Fields);
        }
        let prices = price_count(self.kind);
        // Only set-code transactions are limited to 256 bits here; larger numbers elsewhere fail in the engine.
        let max = if self.kind == SET_CODE_TX_TYPE { 32 } else { usize::MAX };
        for mut number in items[..1 + prices].iter().copied() {
            let digits = Header::decode_bytes(&mut number, false)?;
            if digits.first() == Some(&0) || digits.len() > max {
                return Err(TransactionError::Fields);
            }
        }
        Header::decode_bytes(&mut &items[1 + prices][..], false)?;
        if self.kind != 0 {
            AccessList::decode(&mut &items[2 + prices][..])?;
        }
        if self.kind == SET_CODE_TX_TYPE {
            Vec::<SignedAuthorization>::decode(&mut &items[3 + prices][..])?;
        }
        Ok(items)
    }
}

/// Takes one RLP item, with its header, from the front.
fn next_item<'a>(list: &mut &'a [u8]) -> Result<&'a [u8], TransactionError> {
    let mut rest = *list;
    let header = Header::decode(&mut rest)?;
    let size = list.len() - rest.len() + header.payload_length;
    let (item, tail) = list.split_at_checked(size).ok_or(TransactionError::Fields)?;
    *list = tail;
    Ok(item)
}

fn envelope(kind: u8, list: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(list.len() + 5);
    if kind != 0 {
        out.push(kind);
    }
    Header { list: true, payload_length: list.len() }.encode(&mut out);
    out.extend_from_slice(list);
    out.into()
}
