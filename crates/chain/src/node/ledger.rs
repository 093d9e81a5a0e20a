//! One execution node as an [`L1Client`]: calls, transactions, receipts and logs over JSON-RPC, and proofs of storage. Serves for L1 and
//! for L2 alike.
//!
//! A node is believed here: it is the user's own, and what it says decides only what is sent in the user's name. Proofs are checked by
//! who asks for them.

use super::decode;
use super::endpoint::{AskError, Endpoint, EndpointError, Refusal};
use crate::client::{BlockInfo, CallRequest, ClientError, L1Client, LogEntry, LogFilter, Receipt, SignedTransaction};
use alloy_consensus::Header;
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Log, LogData, U64, U256, hex};
use alloy_rlp::Decodable;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Largest answer that is read.
const LIMIT: u64 = 32 << 20;
/// Blocks of one question for logs; nodes refuse more.
const LOG_SPAN: u64 = 5_000;
const POLL: Duration = Duration::from_millis(200);

/// An execution node.
#[derive(Debug)]
pub struct NodeLedger {
    endpoint: Endpoint,
    chain_id: u64,
    inclusion: Duration,
}

/// What `eth_getProof` answers for an account and one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountProof {
    /// Nodes from the state root to the account.
    pub account_proof: Vec<Bytes>,
    /// Root of the account's storage.
    pub storage_hash: B256,
    /// Nodes from the storage root to the slot.
    pub storage_proof: Vec<Bytes>,
}

/// What proofs of state are asked of.
pub trait ProofSource {
    /// Proof of an account and of one of its slots after a block.
    fn proof(&self, address: Address, slot: B256, block: u64) -> Result<AccountProof, ClientError>;
    /// Receipt of a transaction; `None` while it is not included.
    fn receipt(&self, transaction: B256) -> Result<Option<Receipt>, ClientError>;
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeProof {
    account_proof: Vec<Bytes>,
    storage_hash: B256,
    storage_proof: Vec<NodeStorageProof>,
}

#[derive(Deserialize)]
struct NodeStorageProof {
    proof: Vec<Bytes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeReceipt {
    transaction_hash: B256,
    from: Address,
    block_number: U64,
    status: U64,
    gas_used: U64,
    #[serde(default)]
    effective_gas_price: U256,
    contract_address: Option<Address>,
    logs: Vec<NodeLog>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeLog {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    block_number: U64,
    transaction_hash: B256,
}

impl NodeLog {
    fn log(self) -> Log {
        Log { address: self.address, data: LogData::new_unchecked(self.topics, self.data) }
    }
}

fn lost(error: AskError) -> ClientError {
    ClientError::Transport(error.to_string())
}

/// Tells a revert from other refusals. Nodes put the data of a revert into the error, in different places.
fn refused(refusal: Refusal) -> ClientError {
    let text = match &refusal.data {
        Some(Value::String(text)) => Some(text.as_str()),
        Some(Value::Object(fields)) => fields.get("data").and_then(Value::as_str),
        _ => None,
    };
    // Some write "Reverted 0x…" or put quotes around it.
    let text = text.and_then(|text| text.find("0x").map(|at| text[at..].trim_matches('"')));
    let reverted = refusal.code == 3 || refusal.message.to_ascii_lowercase().contains("revert");
    match text.and_then(|text| hex::decode(text).ok()) {
        Some(data) if reverted => ClientError::Reverted(data.into()),
        None if reverted => ClientError::Reverted(Bytes::new()),
        _ => ClientError::Refused(refusal.message),
    }
}

fn number(text: u64) -> String {
    format!("{text:#x}")
}

impl NodeLedger {
    /// Connects to a node and asks for its chain. `inclusion`: how long a transaction is waited for.
    ///
    /// # Errors
    /// The node does not answer.
    pub fn connect(url: &str, inclusion: Duration) -> Result<Self, ClientError> {
        let bad = |error: EndpointError| ClientError::Transport(error.to_string());
        let endpoint = Endpoint::new(url, Duration::from_secs(30)).map_err(bad)?;
        let mut ledger = Self { endpoint, chain_id: 0, inclusion };
        let id: U64 = ledger.ask("eth_chainId", json!([]))?;
        ledger.chain_id = id.to();
        Ok(ledger)
    }

    /// Calls a method of the node that is not part of [`L1Client`].
    pub fn request<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T, ClientError> {
        self.ask(method, params)
    }

    fn maybe<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<Option<T>, ClientError> {
        self.endpoint.execute(method, &params, LIMIT).map_err(lost)?.map_err(refused)
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T, ClientError> {
        self.maybe(method, params)?.ok_or_else(|| ClientError::NotFound(method.to_owned()))
    }

    fn block_by(&self, tag: &str) -> Result<Option<BlockInfo>, ClientError> {
        let odd = |reason: String| ClientError::Transport(format!("block {tag}: {reason}"));
        let Some(json) = self.maybe::<Box<RawValue>>("eth_getBlockByNumber", json!([tag, false]))? else {
            return Ok(None);
        };
        let rlp = decode::header(&json).map_err(|error| odd(error.to_string()))?;
        let header = Header::decode(&mut rlp.as_ref()).map_err(|error| odd(error.to_string()))?;
        Ok(Some(BlockInfo { hash: header.hash_slow(), header }))
    }

    fn call_object(request: &CallRequest) -> Value {
        let mut object = json!({"from": request.from, "data": request.data, "value": request.value});
        if let Some(to) = request.to {
            object["to"] = json!(to);
        }
        if let Some(gas) = request.gas {
            object["gas"] = json!(number(gas));
        }
        object
    }
}

impl ProofSource for NodeLedger {
    fn proof(&self, address: Address, slot: B256, block: u64) -> Result<AccountProof, ClientError> {
        let proof: NodeProof = self.ask("eth_getProof", json!([address, [slot], number(block)]))?;
        let storage = proof.storage_proof.into_iter().next();
        Ok(AccountProof {
            account_proof: proof.account_proof,
            storage_hash: proof.storage_hash,
            storage_proof: storage.map(|storage| storage.proof).unwrap_or_default(),
        })
    }

    fn receipt(&self, transaction: B256) -> Result<Option<Receipt>, ClientError> {
        let Some(receipt) = self.maybe::<NodeReceipt>("eth_getTransactionReceipt", json!([transaction]))? else {
            return Ok(None);
        };
        let block_number = receipt.block_number.to();
        let timestamp = self.block(block_number)?.map_or(0, |block| block.header.timestamp);
        Ok(Some(Receipt {
            transaction_hash: receipt.transaction_hash,
            from: receipt.from,
            block_number,
            timestamp,
            success: receipt.status.to::<u64>() == 1,
            gas_used: receipt.gas_used.to(),
            effective_gas_price: receipt.effective_gas_price.saturating_to(),
            contract_address: receipt.contract_address,
            logs: receipt.logs.into_iter().map(NodeLog::log).collect(),
            output: Bytes::new(),
        }))
    }
}

impl L1Client for NodeLedger {
    fn chain_id(&self) -> u64 {
        self.chain_id
    }

    fn head(&self) -> Result<BlockInfo, ClientError> {
        self.block_by("latest")?.ok_or_else(|| ClientError::NotFound("the newest block".into()))
    }

    fn block(&self, block: u64) -> Result<Option<BlockInfo>, ClientError> {
        self.block_by(&number(block))
    }

    fn balance(&self, address: Address) -> Result<U256, ClientError> {
        self.ask("eth_getBalance", json!([address, "latest"]))
    }

    fn nonce(&self, address: Address) -> Result<u64, ClientError> {
        Ok(self.ask::<U64>("eth_getTransactionCount", json!([address, "pending"]))?.to())
    }

    fn code(&self, address: Address) -> Result<Bytes, ClientError> {
        self.ask("eth_getCode", json!([address, "latest"]))
    }

    fn call(&self, request: &CallRequest) -> Result<Bytes, ClientError> {
        self.ask("eth_call", json!([Self::call_object(request), "latest"]))
    }

    fn estimate_gas(&self, request: &CallRequest) -> Result<u64, ClientError> {
        let used: u64 = self.ask::<U64>("eth_estimateGas", json!([Self::call_object(request)]))?.to();
        // The next block's state may differ a little.
        Ok((used.saturating_add(used / 5).saturating_add(10_000)).min(self.transaction_gas_cap()).max(used))
    }

    fn submit(&mut self, transaction: SignedTransaction) -> Result<Receipt, ClientError> {
        let hash = *transaction.tx_hash();
        match self.ask::<B256>("eth_sendRawTransaction", json!([Bytes::from(transaction.encoded_2718())])) {
            Ok(_) => {}
            // Sent before, by a run that did not live to see it included.
            Err(ClientError::Refused(reason))
                if reason.contains("already known") || reason.contains("already imported") => {}
            Err(error) => return Err(error),
        }
        let start = Instant::now();
        loop {
            if let Some(receipt) = self.receipt(hash)? {
                return Ok(receipt);
            }
            if start.elapsed() > self.inclusion {
                return Err(ClientError::NotFound(format!(
                    "receipt of {hash} after {} s; it may still be included",
                    self.inclusion.as_secs()
                )));
            }
            sleep(POLL);
        }
    }

    fn logs(&self, filter: &LogFilter) -> Result<Vec<LogEntry>, ClientError> {
        let last = match filter.to_block {
            Some(block) => block,
            None => self.head()?.header.number,
        };
        let mut out = Vec::new();
        let mut from = filter.from_block;
        while from <= last {
            let to = from.saturating_add(LOG_SPAN - 1).min(last);
            let mut object = json!({"fromBlock": number(from), "toBlock": number(to)});
            if let Some(address) = filter.address {
                object["address"] = json!(address);
            }
            if let Some(topic) = filter.topic0 {
                object["topics"] = json!([topic]);
            }
            for log in self.ask::<Vec<NodeLog>>("eth_getLogs", json!([object]))? {
                let (block_number, transaction_hash) = (log.block_number.to(), log.transaction_hash);
                out.push(LogEntry { block_number, transaction_hash, log: log.log() });
            }
            let Some(next) = to.checked_add(1) else { break };
            from = next;
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::bytes;

    #[test]
    fn reverts_are_told_from_refusals() {
        let refusal = |code, message: &str, data| Refusal { code, message: message.into(), data };
        let data = bytes!("fb4e40dd");
        let cases = [
            refusal(3, "execution reverted: custom error", Some(json!("0xfb4e40dd"))),
            refusal(-32000, "execution reverted", Some(json!({"data": "0xfb4e40dd"}))),
            refusal(-32015, "VM execution error, revert", Some(json!("Reverted 0xfb4e40dd"))),
        ];
        for case in cases {
            assert!(matches!(refused(case.clone()), ClientError::Reverted(found) if found == data), "{case:?}");
        }
        assert!(
            matches!(refused(refusal(3, "execution reverted", None)), ClientError::Reverted(found) if found.is_empty())
        );
        assert!(matches!(refused(refusal(-32000, "nonce too low", None)), ClientError::Refused(_)));
    }
}
