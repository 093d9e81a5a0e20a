//! Deposits: the `TransactionDeposited` logs of the deposit contract as transactions of L2
//! (specification: deposits.md).

use crate::receipt::L1Receipt;
use alloc::vec::Vec;
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Log, TxKind, U256, address, b256, keccak256};
use op_alloy_consensus::TxDeposit;

/// The account that L1 attributes come from.
pub const DEPOSITOR: Address = address!("deaddeaddeaddeaddeaddeaddeaddeaddead0001");
/// keccak-256 of `TransactionDeposited(address,address,uint256,bytes)`.
pub const TRANSACTION_DEPOSITED: B256 = b256!("b3813568d9991fc951961fcb4c784893574240a28925604d09fc577c55bb7c32");

/// What a deposit comes from; the number separates the source hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SourceDomain {
    /// A log of the deposit contract.
    User = 0,
    /// The L1 attributes.
    L1Attributes = 1,
}

/// The source hash of a deposit: unique by the L1 block and the index of the log, or the sequence number.
pub fn source_hash(domain: SourceDomain, l1_block: B256, index: u64) -> B256 {
    let mut inner = [0; 64];
    inner[..32].copy_from_slice(l1_block.as_slice());
    inner[56..].copy_from_slice(&index.to_be_bytes());
    let mut outer = [0; 64];
    outer[31] = domain as u8;
    outer[32..].copy_from_slice(keccak256(inner).as_slice());
    keccak256(outer)
}

/// The EIP-2718 encoding of a deposit.
pub fn encode(deposit: TxDeposit) -> Bytes {
    deposit.encoded_2718().into()
}

/// The user deposits of an L1 block in order, in EIP-2718 encoding. Logs of failed transactions, of other contracts and
/// logs that do not have the form of the event are skipped: nothing that can be posted on L1 may halt derivation. The index
/// in a source hash counts every log of the block.
pub fn user_deposits(receipts: &[L1Receipt], deposit_contract: Address, l1_block: B256) -> Vec<Bytes> {
    let mut index = 0u64;
    let mut deposits = Vec::new();
    for receipt in receipts {
        for log in &receipt.logs {
            if receipt.success && log.address == deposit_contract {
                deposits.extend(decode_log(log, l1_block, index).map(encode));
            }
            index = index.saturating_add(1);
        }
    }
    deposits
}

/// Reads a `TransactionDeposited` log: topics (event, from, to, version), data `abi.encode(bytes opaque)`.
/// Version 0: `opaque = mint u256 ++ value u256 ++ gas u64 ++ is_creation u8 ++ data`.
fn decode_log(log: &Log, l1_block: B256, index: u64) -> Option<TxDeposit> {
    let [event, from, to, version] = log.topics() else { return None };
    if *event != TRANSACTION_DEPOSITED || !version.is_zero() {
        return None;
    }
    let address = |topic: &B256| Address::from_slice(&topic[12..]);
    let opaque = opaque_data(&log.data.data)?;
    if opaque.len() < 73 {
        return None;
    }
    let (fixed, data) = opaque.split_at(73);
    let mint = U256::from_be_slice(&fixed[..32]);
    let to = match fixed[72] {
        0 => TxKind::Call(address(to)),
        _ => TxKind::Create,
    };
    Some(TxDeposit {
        source_hash: source_hash(SourceDomain::User, l1_block, index),
        from: address(from),
        to,
        mint: u128::try_from(mint).ok()?,
        value: U256::from_be_slice(&fixed[32..64]),
        gas_limit: u64::from_be_bytes(fixed[64..72].try_into().ok()?),
        is_system_transaction: false,
        input: Bytes::copy_from_slice(data),
    })
}

/// The one `bytes` value of ABI encoded event data: offset 32, length, content padded with zeros to 32 bytes.
fn opaque_data(data: &[u8]) -> Option<&[u8]> {
    if data.len() < 64 || !data.len().is_multiple_of(32) {
        return None;
    }
    if U256::from_be_slice(&data[..32]) != U256::from(32) {
        return None;
    }
    let length = usize::try_from(U256::from_be_slice(&data[32..64])).ok()?;
    let content = &data[64..];
    let padding = content.len().checked_sub(length)?;
    (padding < 32).then(|| &content[..length])
}
