//! The L2 of the chain made in process, as a node shows it: blocks, proofs of state, receipts of withdrawals; and the same over JSON-RPC on
//! loopback.
//!
//! Receipts are not part of what the chain keeps: those of withdrawals are rebuilt from their transactions. Whether a withdrawal really is
//! in the state is for its proof to show.

use crate::own_chain::{L2_CHAIN_ID, OwnChain};
use alloy_consensus::transaction::SignerRecoverable;
use alloy_consensus::{Header, Sealed, Transaction, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256, keccak256};
use alloy_rlp::Decodable;
use alloy_sol_types::{SolCall, SolEvent, SolValue, sol};
use alloy_trie::TrieAccount;
use chain::client::{BlockInfo, CallRequest, ClientError, L1Client, LogEntry, LogFilter, Receipt, SignedTransaction};
use chain::node::{AccountProof, ProofSource};
use host::Store;
use preimage::PreimageKey;
use program::execute::MESSAGE_PASSER;
use program::trie::{NodeSource, read_list};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// Largest request over loopback.
const MAX_REQUEST: usize = 1 << 20;

sol! {
    event MessagePassed(
        uint256 indexed nonce, address indexed sender, address indexed target, uint256 value, uint256 gasLimit, bytes data, bytes32 withdrawalHash
    );
    function initiateWithdrawal(address target, uint256 gasLimit, bytes data) external payable;
}

/// The chain's blocks and state, to be read.
#[derive(Debug)]
pub struct L2Ledger {
    headers: Vec<Sealed<Header>>,
    store: Store,
    receipts: Vec<Receipt>,
}

impl NodeSource for L2Ledger {
    type Error = ClientError;

    fn node(&self, hash: &B256) -> Result<Vec<u8>, ClientError> {
        let missing = |_| ClientError::NotFound(format!("node {hash}"));
        Ok(self.store.get(&PreimageKey::keccak256(*hash)).map_err(missing)?.to_vec())
    }
}

impl L2Ledger {
    /// What a chain has at its end.
    pub fn new(chain: OwnChain) -> Result<Self, ClientError> {
        let mut this = Self { headers: chain.headers, store: chain.store, receipts: Vec::new() };
        let mut counter = 0u64;
        for header in this.headers.iter().skip(1) {
            let odd = |error: program::trie::TrieError<ClientError>| ClientError::NotFound(error.to_string());
            for bytes in read_list(&this, header.transactions_root).map_err(odd)? {
                let Ok(transaction) = TxEnvelope::decode_2718(&mut bytes.as_slice()) else { continue };
                let Ok(call) = initiateWithdrawalCall::abi_decode(transaction.input()) else { continue };
                let Ok(sender) = transaction.recover_signer() else { continue };
                if transaction.to() != Some(MESSAGE_PASSER) {
                    continue;
                }
                // Messages are numbered in order, version 1 in the upper bytes.
                let nonce = (U256::from(1) << 240) | U256::from(counter);
                counter += 1;
                let value = transaction.value();
                let fields = (nonce, sender, call.target, value, call.gasLimit, call.data.clone());
                let event = MessagePassed {
                    nonce,
                    sender,
                    target: call.target,
                    value,
                    gasLimit: call.gasLimit,
                    data: call.data,
                    withdrawalHash: keccak256(fields.abi_encode_params()),
                };
                let log = Log { address: MESSAGE_PASSER, data: event.encode_log_data() };
                this.receipts.push(receipt(*transaction.tx_hash(), sender, header, log));
            }
        }
        Ok(this)
    }

    /// Receipts of all withdrawals, in order.
    pub fn withdrawals(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Nodes of a trie from its root to a key, and the value.
    fn path(&self, root: B256, key: B256) -> Result<(Vec<Bytes>, Option<Vec<u8>>), ClientError> {
        let nibbles: Vec<u8> = key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
        let (mut nodes, mut at) = (Vec::new(), 0);
        if root == alloy_trie::EMPTY_ROOT_HASH {
            return Ok((nodes, None));
        }
        let mut node = self.node(&root)?;
        nodes.push(Bytes::from(node.clone()));
        loop {
            let odd = |_| ClientError::NotFound("a malformed node".into());
            let items = raw_items(&node).map_err(odd)?;
            let next: &[u8] = if items.len() == 17 {
                let Some(&nibble) = nibbles.get(at) else { return Ok((nodes, None)) };
                at += 1;
                &items[usize::from(nibble)]
            } else {
                let path = Bytes::decode(&mut items[0].as_slice()).map_err(odd)?;
                let (leaf, part) = compact(&path);
                if !nibbles[at..].starts_with(&part) {
                    return Ok((nodes, None));
                }
                at += part.len();
                if leaf {
                    return Ok((nodes, Some(Bytes::decode(&mut items[1].as_slice()).map_err(odd)?.to_vec())));
                }
                &items[1]
            };
            node = match next {
                [0x80] => return Ok((nodes, None)),
                // A short node stands inside its parent.
                [first, ..] if *first >= 0xc0 => next.to_vec(),
                reference => {
                    let hash = B256::decode(&mut &*reference).map_err(odd)?;
                    let node = self.node(&hash)?;
                    nodes.push(Bytes::from(node.clone()));
                    node
                }
            };
        }
    }

    /// Answers JSON-RPC on a free port of loopback until the process ends.
    pub fn serve(self: Arc<Self>) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let ledger = Arc::clone(&self);
                // A peer that breaks off harms nobody else.
                std::thread::spawn(move || ledger.converse(stream));
            }
        });
        Ok(address)
    }

    fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                if reader.by_ref().take(1 << 14).read_line(&mut line)? == 0 {
                    return Ok(());
                }
                let line = line.trim().to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
                if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length.min(MAX_REQUEST)];
            reader.read_exact(&mut body)?;
            let request: Value = serde_json::from_slice(&body).unwrap_or_default();
            let answer = match self.answer(request["method"].as_str().unwrap_or_default(), &request["params"]) {
                Ok(result) => json!({"jsonrpc": "2.0", "id": request["id"], "result": result}),
                Err((code, message)) => {
                    json!({"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": message}})
                }
            };
            let text = answer.to_string();
            write!(
                writer,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
                text.len()
            )?;
        }
    }

    fn answer(&self, method: &str, params: &Value) -> Result<Value, (i64, String)> {
        let failed = |error: ClientError| (-32000, error.to_string());
        let argument = |i: usize| params.get(i).cloned().unwrap_or_default();
        let bad = || (-32602, "invalid params".to_owned());
        match method {
            "eth_chainId" => Ok(json!(format!("{L2_CHAIN_ID:#x}"))),
            "eth_getBlockByNumber" => {
                let info = match argument(0).as_str() {
                    Some("latest" | "safe" | "finalized") => Some(self.head().map_err(failed)?),
                    Some(text) => self.block(hex_number(text).ok_or_else(bad)?).map_err(failed)?,
                    None => return Err(bad()),
                };
                let Some(info) = info else { return Ok(Value::Null) };
                let mut block = serde_json::to_value(&info.header).map_err(|error| (-32603, error.to_string()))?;
                block["hash"] = json!(info.hash);
                block["transactions"] = json!([]);
                Ok(block)
            }
            "eth_getProof" => {
                let address: Address = serde_json::from_value(argument(0)).map_err(|_| bad())?;
                let slots: Vec<B256> = serde_json::from_value(argument(1)).map_err(|_| bad())?;
                let block = argument(2).as_str().and_then(hex_number).ok_or_else(bad)?;
                let slot = slots.first().copied().unwrap_or_default();
                let proof = self.proof(address, slot, block).map_err(failed)?;
                // All that the one account's storage holds: which messages were sent.
                let key = alloy_trie::Nibbles::unpack(keccak256(slot));
                let sent =
                    alloy_trie::proof::verify_proof(proof.storage_hash, key, Some(vec![1]), &proof.storage_proof);
                let is_sent = sent.is_ok();
                Ok(json!({
                    "accountProof": proof.account_proof,
                    "storageHash": proof.storage_hash,
                    "storageProof": [{"key": slot, "value": if is_sent { "0x1" } else { "0x0" }, "proof": proof.storage_proof}],
                }))
            }
            "eth_getTransactionReceipt" => {
                let hash: B256 = serde_json::from_value(argument(0)).map_err(|_| bad())?;
                let receipt = self.receipt(hash).map_err(failed)?;
                Ok(receipt.map_or(Value::Null, |receipt| receipt_json(&receipt)))
            }
            other => Err((-32601, format!("the method {other} does not exist/is not available"))),
        }
    }
}

fn receipt(transaction_hash: B256, from: Address, header: &Header, log: Log) -> Receipt {
    Receipt {
        transaction_hash,
        from,
        block_number: header.number,
        timestamp: header.timestamp,
        success: true,
        gas_used: 0,
        effective_gas_price: 0,
        contract_address: None,
        logs: vec![log],
        output: Bytes::new(),
    }
}

fn receipt_json(receipt: &Receipt) -> Value {
    let number = format!("{:#x}", receipt.block_number);
    let log = |log: &Log<LogData>| {
        json!({
            "address": log.address, "topics": log.data.topics(), "data": log.data.data, "blockNumber": number,
            "transactionHash": receipt.transaction_hash,
        })
    };
    json!({
        "transactionHash": receipt.transaction_hash, "from": receipt.from, "blockNumber": number, "status": "0x1", "gasUsed": "0x0",
        "effectiveGasPrice": "0x0", "contractAddress": null, "logs": receipt.logs.iter().map(log).collect::<Vec<_>>(),
    })
}

fn hex_number(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// The items of a node, each still encoded.
fn raw_items(node: &[u8]) -> Result<Vec<Vec<u8>>, alloy_rlp::Error> {
    let mut rest = alloy_rlp::Header::decode_bytes(&mut &*node, true)?;
    let mut items = Vec::new();
    while !rest.is_empty() {
        let before = rest;
        let header = alloy_rlp::Header::decode(&mut rest)?;
        let end = before.len() - rest.len() + header.payload_length;
        let item = before.get(..end).ok_or(alloy_rlp::Error::InputTooShort)?;
        // A single byte is its own encoding: the header has read nothing.
        items.push(item.to_vec());
        rest = &before[end..];
    }
    Ok(items)
}

/// Hex-prefix encoding: whether it ends at a leaf, and the nibbles.
fn compact(path: &[u8]) -> (bool, Vec<u8>) {
    let first = path.first().copied().unwrap_or_default();
    let mut nibbles = Vec::new();
    if first & 0x10 != 0 {
        nibbles.push(first & 15);
    }
    nibbles.extend(path.iter().skip(1).flat_map(|byte| [byte >> 4, byte & 15]));
    (first & 0x20 != 0, nibbles)
}

impl ProofSource for L2Ledger {
    fn proof(&self, address: Address, slot: B256, block: u64) -> Result<AccountProof, ClientError> {
        let info = self.block(block)?.ok_or_else(|| ClientError::NotFound(format!("block {block}")))?;
        let (account_proof, account) = self.path(info.header.state_root, keccak256(address))?;
        let account = account.and_then(|value| TrieAccount::decode(&mut value.as_slice()).ok()).unwrap_or_default();
        let (storage_proof, _) = self.path(account.storage_root, keccak256(slot))?;
        Ok(AccountProof { account_proof, storage_hash: account.storage_root, storage_proof })
    }

    fn receipt(&self, transaction: B256) -> Result<Option<Receipt>, ClientError> {
        Ok(self.receipts.iter().find(|receipt| receipt.transaction_hash == transaction).cloned())
    }
}

/// Reading alone: nothing can be sent or called.
impl L1Client for L2Ledger {
    fn chain_id(&self) -> u64 {
        L2_CHAIN_ID
    }

    fn head(&self) -> Result<BlockInfo, ClientError> {
        let last = self.headers.last().ok_or_else(|| ClientError::NotFound("the newest block".into()))?;
        Ok(BlockInfo { hash: last.seal(), header: last.clone_inner() })
    }

    fn block(&self, number: u64) -> Result<Option<BlockInfo>, ClientError> {
        let at = usize::try_from(number).ok().and_then(|i| self.headers.get(i));
        Ok(at.map(|header| BlockInfo { hash: header.seal(), header: header.clone_inner() }))
    }

    fn balance(&self, _: Address) -> Result<U256, ClientError> {
        Err(reading_alone())
    }

    fn nonce(&self, _: Address) -> Result<u64, ClientError> {
        Err(reading_alone())
    }

    fn code(&self, _: Address) -> Result<Bytes, ClientError> {
        Err(reading_alone())
    }

    fn call(&self, _: &CallRequest) -> Result<Bytes, ClientError> {
        Err(reading_alone())
    }

    fn estimate_gas(&self, _: &CallRequest) -> Result<u64, ClientError> {
        Err(reading_alone())
    }

    fn submit(&mut self, _: SignedTransaction) -> Result<Receipt, ClientError> {
        Err(reading_alone())
    }

    fn logs(&self, _: &LogFilter) -> Result<Vec<LogEntry>, ClientError> {
        Err(reading_alone())
    }
}

fn reading_alone() -> ClientError {
    ClientError::Refused("this L2 can only be read".into())
}
