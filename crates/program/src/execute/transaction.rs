//! From the bytes of a transaction to what the EVM executes: decoding, the sender, authorities of EIP-7702.
//!
//! Signers are recovered by the oracle's ecrecover precompile, which accepts more than a transaction may have: the values of a
//! signature are checked first.

use super::{
    ExecuteError, InvalidPayload, StateSource,
    precompiles::{ECRECOVER, ECRECOVER_GAS},
};
use alloc::vec::Vec;
use alloy_consensus::{SignableTransaction, Signed, Transaction};
use alloy_eips::{Decodable2718, Typed2718};
use alloy_primitives::{Address, B256, Bytes, Signature, U256, uint};
use op_alloy_consensus::OpTxEnvelope;
use op_revm::{OpTransaction, transaction::deposit::DepositTransactionParts};
use revm::context::{
    TxEnv,
    either::Either,
    transaction::{RecoveredAuthority, RecoveredAuthorization, SignedAuthorization},
};

/// The order of secp256k1.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
/// Half of it: a larger s is refused (EIP-2).
const HALF_ORDER: U256 = uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);

/// The address that signed `hash`; `None` when the signature is not one that a transaction may have.
///
/// # Errors
/// The precompile's result cannot be had, or is not an address.
pub fn recover_signer<S: StateSource>(
    source: &S,
    hash: &B256,
    signature: &Signature,
) -> Result<Option<Address>, ExecuteError<S::Error>> {
    let (r, s) = (signature.r(), signature.s());
    if r.is_zero() || r >= ORDER || s.is_zero() || s > HALF_ORDER {
        return Ok(None);
    }
    let mut input = [0; 128];
    input[..32].copy_from_slice(hash.as_slice());
    input[63] = 27 + u8::from(signature.v());
    input[64..96].copy_from_slice(&r.to_be_bytes::<32>());
    input[96..].copy_from_slice(&s.to_be_bytes::<32>());
    match source.precompile(&ECRECOVER, ECRECOVER_GAS, &input).map_err(ExecuteError::Source)? {
        Some(output) if output.is_empty() => Ok(None),
        Some(output) if output.len() == 32 && output[..12] == [0; 12] => Ok(Some(Address::from_slice(&output[12..]))),
        _ => Err(ExecuteError::Malformed("ecrecover answered neither nothing nor an address", None)),
    }
}

/// A transaction ready for the EVM.
pub(super) struct Executable {
    pub(super) env: OpTransaction<TxEnv>,
    /// The EIP-2718 type.
    pub(super) kind: u8,
}

/// Decodes a transaction and finds out its sender. `index` is its place in the block, for errors.
pub(super) fn executable<S: StateSource>(
    source: &S,
    chain_id: u64,
    raw: &Bytes,
    index: usize,
) -> Result<Executable, ExecuteError<S::Error>> {
    let undecodable = || ExecuteError::Invalid(InvalidPayload::Undecodable(index));
    let mut rest = raw.as_ref();
    let tx = OpTxEnvelope::decode_2718(&mut rest).map_err(|_| undecodable())?;
    if !rest.is_empty() {
        return Err(undecodable());
    }
    let kind = tx.ty();
    let mut deposit = DepositTransactionParts::default();
    let base = match tx {
        OpTxEnvelope::Legacy(tx) => signed(source, tx, index)?,
        OpTxEnvelope::Eip2930(tx) => signed(source, tx, index)?,
        OpTxEnvelope::Eip1559(tx) => signed(source, tx, index)?,
        OpTxEnvelope::Eip7702(tx) => {
            let mut authorizations = Vec::with_capacity(tx.tx().authorization_list.len());
            for authorization in &tx.tx().authorization_list {
                authorizations.push(Either::Right(authority(source, chain_id, authorization)?));
            }
            TxEnv { authorization_list: authorizations, ..signed(source, tx, index)? }
        }
        OpTxEnvelope::Deposit(tx) => {
            let tx = tx.into_inner();
            deposit = DepositTransactionParts {
                source_hash: tx.source_hash,
                mint: (tx.mint != 0).then_some(tx.mint),
                is_system_transaction: tx.is_system_transaction,
            };
            TxEnv {
                tx_type: kind,
                caller: tx.from,
                gas_limit: tx.gas_limit,
                kind: tx.to,
                value: tx.value,
                data: tx.input,
                ..TxEnv::default()
            }
        }
        // Of no fork that is known here.
        OpTxEnvelope::PostExec(_) => return Err(undecodable()),
    };
    Ok(Executable { env: OpTransaction { base, enveloped_tx: Some(raw.clone()), deposit }, kind })
}

fn signed<S: StateSource, T: Transaction + SignableTransaction<Signature>>(
    source: &S,
    tx: Signed<T>,
    index: usize,
) -> Result<TxEnv, ExecuteError<S::Error>> {
    let hash = tx.signature_hash();
    let caller = recover_signer(source, &hash, tx.signature())?
        .ok_or(ExecuteError::Invalid(InvalidPayload::Signature(index)))?;
    let tx = tx.tx();
    Ok(TxEnv {
        tx_type: tx.ty(),
        caller,
        gas_limit: tx.gas_limit(),
        gas_price: tx.max_fee_per_gas(),
        kind: tx.kind(),
        value: tx.value(),
        data: tx.input().clone(),
        nonce: tx.nonce(),
        chain_id: tx.chain_id(),
        access_list: tx.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: tx.max_priority_fee_per_gas(),
        ..TxEnv::default()
    })
}

/// The authority of an authorization. One for another chain is skipped by the EVM whoever signed it.
fn authority<S: StateSource>(
    source: &S,
    chain_id: u64,
    signed: &SignedAuthorization,
) -> Result<RecoveredAuthorization, ExecuteError<S::Error>> {
    let inner = signed.inner().clone();
    let ours = inner.chain_id.is_zero() || inner.chain_id == U256::from(chain_id);
    let signer = match signed.signature() {
        Ok(signature) if ours => recover_signer(source, &signed.signature_hash(), &signature)?,
        _ => None,
    };
    Ok(RecoveredAuthorization::new_unchecked(
        inner,
        signer.map_or(RecoveredAuthority::Invalid, RecoveredAuthority::Valid),
    ))
}
