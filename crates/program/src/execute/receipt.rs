//! Receipts: their consensus form, their blooms and the root of their trie.

use crate::trie::ordered_root;
use alloc::vec::Vec;
use alloy_consensus::{Eip658Value, Receipt, ReceiptWithBloom};
use alloy_eips::Encodable2718;
use alloy_primitives::{B256, Bloom, Log, keccak256, map::HashMap};
use op_alloy_consensus::{OpDepositReceipt, OpReceiptEnvelope};

/// Makes blooms. Within a block the same addresses and topics come again and again; each is hashed once.
#[derive(Default)]
pub(super) struct Blooms {
    known: HashMap<B256, [u16; 3]>,
    /// The union of all blooms that were made.
    pub(super) block: Bloom,
}

impl Blooms {
    /// The bloom of a receipt's logs (yellow paper, section 4.3.1).
    fn of(&mut self, logs: &[Log]) -> Bloom {
        let mut bloom = Bloom::ZERO;
        for log in logs {
            // An address and a topic never have the same 32 bytes here: an address is marked in its first byte.
            let mut address = B256::repeat_byte(0xff);
            address[12..].copy_from_slice(log.address.as_slice());
            self.set(&mut bloom, address, log.address.as_slice());
            for topic in log.topics() {
                self.set(&mut bloom, *topic, topic.as_slice());
            }
        }
        self.block |= bloom;
        bloom
    }

    fn set(&mut self, bloom: &mut Bloom, name: B256, value: &[u8]) {
        // A topic that looks like a marked address is hashed without being remembered.
        let ambiguous = value.len() == 32 && value[..12] == [0xff; 12];
        let bits = match self.known.get(&name) {
            Some(bits) if !ambiguous => *bits,
            _ => {
                let hash = keccak256(value);
                let bits = [0, 2, 4].map(|i| u16::from_be_bytes([hash[i], hash[i + 1]]) & 0x7ff);
                if !ambiguous {
                    self.known.insert(name, bits);
                }
                bits
            }
        };
        for bit in bits {
            bloom[255 - usize::from(bit / 8)] |= 1 << (bit % 8);
        }
    }
}

/// What a transaction came to.
pub(super) struct Outcome {
    pub(super) kind: u8,
    pub(super) success: bool,
    pub(super) cumulative_gas_used: u64,
    pub(super) logs: Vec<Log>,
    pub(super) deposit_nonce: Option<u64>,
    pub(super) deposit_receipt_version: Option<u64>,
}

impl Outcome {
    /// The receipt.
    pub(super) fn into_receipt(self, blooms: &mut Blooms) -> OpReceiptEnvelope {
        let logs_bloom = blooms.of(&self.logs);
        let receipt = Receipt {
            status: Eip658Value::Eip658(self.success),
            cumulative_gas_used: self.cumulative_gas_used,
            logs: self.logs,
        };
        match self.kind {
            0x7e => OpReceiptEnvelope::Deposit(ReceiptWithBloom {
                receipt: OpDepositReceipt {
                    inner: receipt,
                    deposit_nonce: self.deposit_nonce,
                    deposit_receipt_version: self.deposit_receipt_version,
                },
                logs_bloom,
            }),
            1 => OpReceiptEnvelope::Eip2930(ReceiptWithBloom { receipt, logs_bloom }),
            2 => OpReceiptEnvelope::Eip1559(ReceiptWithBloom { receipt, logs_bloom }),
            4 => OpReceiptEnvelope::Eip7702(ReceiptWithBloom { receipt, logs_bloom }),
            _ => OpReceiptEnvelope::Legacy(ReceiptWithBloom { receipt, logs_bloom }),
        }
    }
}

/// The root of the receipts' trie. Between Regolith and Canyon the nonce of deposits was left out of it (specification:
/// deposits.md, "Deposit Receipt").
pub(super) fn receipts_root(receipts: &[OpReceiptEnvelope], canyon: bool) -> B256 {
    ordered_root(
        receipts,
        |receipt, out| match receipt {
            OpReceiptEnvelope::Deposit(deposit) if !canyon => {
                let mut bare = deposit.clone();
                bare.receipt.deposit_nonce = None;
                OpReceiptEnvelope::Deposit(bare).encode_2718(out);
            }
            receipt => receipt.encode_2718(out),
        },
        &mut |_, _| {},
    )
}
