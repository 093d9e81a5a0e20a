//! A transaction of a Safe on paper: the hash for each signer, down through owners that are Safes themselves, and what is sent in the end.

use super::{GUARD_SLOT, Operation, SafeTransaction, Signatures, stored_address};
use crate::abi::safe::{Safe, SaferSafes};
use crate::client::{ClientError, L1Client, view};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use serde::Serialize;
use serde_json::json;

/// Deepest nesting of Safes that is followed.
const MAX_DEPTH: usize = 4;

/// A Safe transaction with everything that signers need.
#[derive(Clone, Debug, Serialize)]
pub struct Prepared {
    /// What it does, in words.
    pub description: String,
    /// Chain that it is for.
    pub chain_id: u64,
    /// The Safe.
    pub safe: Address,
    /// Callee.
    pub to: Address,
    /// Wei sent along.
    pub value: U256,
    /// Calldata.
    pub data: Bytes,
    /// Call or delegated call.
    pub operation: Operation,
    /// The Safe's nonce.
    pub nonce: U256,
    /// Hash that owners sign; computed here and equal to what the Safe answers.
    pub safe_tx_hash: B256,
    /// Owners of the Safe.
    pub owners: Vec<Address>,
    /// Signatures that are needed.
    pub threshold: u64,
    /// Where owners are Safes: the transaction with which each of them approves the hash.
    pub approvals: Vec<Prepared>,
    /// Calldata for the Safe once enough of the Safes in `approvals` have approved; absent where keys have to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execute: Option<Bytes>,
    /// A timelock guard stands before the Safe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timelock: Option<Timelock>,
}

/// The delay of a Safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timelock {
    /// The guard.
    pub guard: Address,
    /// Seconds between `scheduleTransaction` and execution, which only an owner can bring.
    pub delay: u64,
    /// Calldata of `scheduleTransaction`, where approvals suffice as signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Bytes>,
}

/// Why a transaction cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// L1 does not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The address is no Safe of the supported version.
    #[error("{0} is no Safe of version 1.4.1")]
    NotASafe(Address),
    /// The Safe computes another hash: it is not what it says it is.
    #[error("Safe {safe} answers {theirs} for the hash of its transaction, not {ours}")]
    Hash {
        /// The Safe.
        safe: Address,
        /// As computed here.
        ours: B256,
        /// As the contract says.
        theirs: B256,
    },
    /// Safes own each other in a circle, or too deep.
    #[error("owners of {0} are Safes of Safes, {MAX_DEPTH} deep and more")]
    Nesting(Address),
}

fn is_safe(client: &dyn L1Client, address: Address) -> Result<bool, ClientError> {
    if client.code(address)?.is_empty() {
        return Ok(false);
    }
    Ok(view(client, address, &Safe::VERSIONCall {}).is_ok_and(|version| version == "1.4.1"))
}

/// Prepares a call as the next transaction of a Safe.
pub fn prepare(
    client: &dyn L1Client,
    description: &str,
    safe: Address,
    to: Address,
    data: Bytes,
    operation: Operation,
) -> Result<Prepared, PrepareError> {
    at_depth(
        client,
        description,
        SafeTransaction { safe, to, value: U256::ZERO, data, operation, nonce: U256::ZERO },
        0,
    )
}

fn at_depth(
    client: &dyn L1Client,
    description: &str,
    mut transaction: SafeTransaction,
    depth: usize,
) -> Result<Prepared, PrepareError> {
    let safe = transaction.safe;
    if depth >= MAX_DEPTH {
        return Err(PrepareError::Nesting(safe));
    }
    if !is_safe(client, safe)? {
        return Err(PrepareError::NotASafe(safe));
    }
    transaction.nonce = view(client, safe, &Safe::nonceCall {})?;
    let hash = transaction.hash(client.chain_id());
    let theirs = transaction.hash_on_chain(client)?;
    if hash != theirs {
        return Err(PrepareError::Hash { safe, ours: hash, theirs });
    }
    let owners = view(client, safe, &Safe::getOwnersCall {})?;
    let threshold: u64 = view(client, safe, &Safe::getThresholdCall {})?.saturating_to();
    let mut approvals = Vec::new();
    for owner in &owners {
        if is_safe(client, *owner)? {
            let approve =
                SafeTransaction::call(*owner, U256::ZERO, safe, &Safe::approveHashCall { hashToApprove: hash });
            approvals.push(at_depth(client, &format!("{owner} approves: {description}"), approve, depth + 1)?);
        }
    }
    let needed = usize::try_from(threshold).unwrap_or(usize::MAX);
    let signatures = (approvals.len() >= needed).then(|| {
        let owners: std::collections::BTreeSet<Address> = approvals.iter().map(|approval| approval.safe).collect();
        owners.into_iter().take(needed).fold(Signatures::new(), Signatures::approved).bytes()
    });
    Ok(Prepared {
        description: description.into(),
        chain_id: client.chain_id(),
        safe,
        to: transaction.to,
        value: transaction.value,
        data: transaction.data.clone(),
        operation: transaction.operation,
        nonce: transaction.nonce,
        safe_tx_hash: hash,
        timelock: timelock(client, &transaction, signatures.as_ref())?,
        execute: signatures.map(|signatures| transaction.execute(signatures).data),
        owners,
        threshold,
        approvals,
    })
}

fn timelock(
    client: &dyn L1Client,
    transaction: &SafeTransaction,
    signatures: Option<&Bytes>,
) -> Result<Option<Timelock>, ClientError> {
    let safe = transaction.safe;
    let guard = stored_address(client, safe, GUARD_SLOT)?;
    if guard.is_zero() {
        return Ok(None);
    }
    // Another guard does not answer this; it may have rules that are not known here.
    let delay = view(client, guard, &SaferSafes::timelockDelayCall { safe }).unwrap_or_default();
    let schedule = signatures.map(|signatures| {
        let params = transaction.schedule_params();
        let call = SaferSafes::scheduleTransactionCall {
            safe,
            nonce: transaction.nonce,
            params,
            signatures: signatures.clone(),
        };
        call.abi_encode().into()
    });
    Ok(Some(Timelock { guard, delay: delay.saturating_to(), schedule }))
}

impl Prepared {
    /// The same as a transaction.
    pub fn transaction(&self) -> SafeTransaction {
        SafeTransaction {
            safe: self.safe,
            to: self.to,
            value: self.value,
            data: self.data.clone(),
            operation: self.operation,
            nonce: self.nonce,
        }
    }

    /// A batch that the Safe's web interface imports ("Transaction Builder").
    pub fn builder_json(&self) -> serde_json::Value {
        json!({
            "version": "1.0",
            "chainId": self.chain_id.to_string(),
            "createdAt": 0,
            "meta": {
                "name": self.description,
                "description": format!("safeTxHash {} at nonce {}", self.safe_tx_hash, self.nonce),
                "createdFromSafeAddress": self.safe.to_checksum(None),
            },
            "transactions": [{
                "to": self.to.to_checksum(None),
                "value": self.value.to_string(),
                "data": self.data,
                "contractMethod": null,
                "contractInputsValues": null,
            }],
        })
    }
}
