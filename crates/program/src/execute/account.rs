//! An account as the state trie holds it.

use alloc::vec::Vec;
use alloy_primitives::{B256, U256};
use alloy_rlp::{Decodable, Encodable, Header};

/// An account of the state trie (yellow paper, section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrieAccount {
    pub(crate) nonce: u64,
    pub(crate) balance: U256,
    pub(crate) storage_root: B256,
    pub(crate) code_hash: B256,
}

impl TrieAccount {
    /// Appends the RLP.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let payload_length = self.nonce.length() + self.balance.length() + 66;
        Header { list: true, payload_length }.encode(out);
        self.nonce.encode(out);
        self.balance.encode(out);
        self.storage_root.encode(out);
        self.code_hash.encode(out);
    }
}

impl Decodable for TrieAccount {
    fn decode(buf: &mut &[u8]) -> alloy_rlp::Result<Self> {
        let mut fields = Header::decode_bytes(buf, true)?;
        let account = Self {
            nonce: u64::decode(&mut fields)?,
            balance: U256::decode(&mut fields)?,
            storage_root: B256::decode(&mut fields)?,
            code_hash: B256::decode(&mut fields)?,
        };
        if fields.is_empty() && buf.is_empty() { Ok(account) } else { Err(alloy_rlp::Error::UnexpectedLength) }
    }
}
