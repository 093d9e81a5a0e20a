//! Batcher transactions: a channel of singular batches in calldata, or in a blob.

use super::OwnChainError;
use crate::l1::L1;
use alloy_consensus::TxEip4844;
use alloy_primitives::{Address, Bytes, U256, keccak256};
use chain::client::L1Client;
use chain::{Call, Wallet};
use derive::batch::{Batch, SingularBatch, encode_batches};
use derive::blob::encode_blob;
use derive::compression::compress_zlib;
use derive::frame::{encode_frames, split_channel};
use host::Store;

/// Most bytes of a frame's data: all of a channel here.
const FRAME: usize = 120_000;

/// The payload of a batcher transaction that carries one channel.
fn payload(batches: &[SingularBatch]) -> Result<Vec<u8>, OwnChainError> {
    let batches: Vec<Batch> = batches.iter().cloned().map(Batch::Singular).collect();
    let channel = compress_zlib(&encode_batches(&batches), 6);
    let mut id = [0; 16];
    id.copy_from_slice(&keccak256(&channel)[..16]);
    let frames = split_channel(id, &channel, FRAME).ok_or(OwnChainError::Batch("too many frames"))?;
    Ok(encode_frames(&frames))
}

/// A block with the batches in calldata.
pub(super) fn in_calldata(
    l1: &mut L1,
    batcher: &Wallet,
    inbox: Address,
    batches: &[SingularBatch],
) -> Result<(), OwnChainError> {
    let call = Call { to: Some(inbox), value: U256::ZERO, data: payload(batches)?.into() };
    chain::send(l1, batcher, &call)?;
    Ok(())
}

/// A block with the batches in a blob, which goes to the store.
pub(super) fn in_blob(
    l1: &mut L1,
    batcher: &Wallet,
    inbox: Address,
    batches: &[SingularBatch],
    store: &mut Store,
) -> Result<(), OwnChainError> {
    let blob = encode_blob(&payload(batches)?).ok_or(OwnChainError::Batch("the channel is larger than a blob"))?;
    let commitment = host::kzg::commitment(blob.as_slice()).ok_or(OwnChainError::Batch("the blob does not commit"))?;
    store
        .insert_blob(commitment, Bytes::copy_from_slice(blob.as_slice()))
        .map_err(|_| OwnChainError::Batch("the blob does not match its commitment"))?;
    let base_fee = u128::from(l1.head_info().header.base_fee_per_gas.unwrap_or_default());
    let transaction = TxEip4844 {
        chain_id: l1.chain_id(),
        nonce: l1.nonce(batcher.address())?,
        gas_limit: 21_000,
        max_fee_per_gas: base_fee * 2 + chain::sender::PRIORITY_FEE,
        max_priority_fee_per_gas: chain::sender::PRIORITY_FEE,
        to: inbox,
        blob_versioned_hashes: vec![preimage::versioned_hash(&commitment)],
        max_fee_per_blob_gas: 1_000_000_000,
        ..TxEip4844::default()
    };
    l1.submit(batcher.sign_4844(transaction)?)?;
    Ok(())
}
