//! How a node misbehaves.

use serde_json::{Value, json};
use std::time::Duration;

/// What a liar changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// A field of a header.
    Header,
    /// One transaction less.
    FewerTransactions,
    /// A field of a transaction.
    Transaction,
    /// A receipt's log.
    Receipt,
    /// One receipt less.
    FewerReceipts,
    /// A byte of a trie node or of code.
    Node,
    /// A byte of code.
    Code,
    /// A byte of a node in a proof.
    Proof,
    /// One node less in a proof.
    ShortProof,
    /// A byte of a blob.
    Blob,
    /// Another genesis time of the beacon chain.
    Genesis,
    /// Answers for other questions: the block before.
    OtherBlock,
    /// What is no JSON.
    Garbage,
    /// JSON of another form.
    OtherForm,
    /// JSON that is nested without end.
    Nested,
    /// A list of more small things than anybody can want.
    Swarm,
    /// The output root of the agreed block (rollup node).
    OutputRoot,
    /// An L1 block at which the claimed block was not safe yet (rollup node).
    EarlySafeHead,
    /// An L1 block that is not on L1 (rollup node).
    OffChainHead,
}

/// Lies about what the program reads.
pub(crate) const LIES: [Lie; 16] = [
    Lie::Header,
    Lie::FewerTransactions,
    Lie::Transaction,
    Lie::Receipt,
    Lie::FewerReceipts,
    Lie::Node,
    Lie::Code,
    Lie::Proof,
    Lie::ShortProof,
    Lie::Blob,
    Lie::Genesis,
    Lie::OtherBlock,
    Lie::Garbage,
    Lie::OtherForm,
    Lie::Nested,
    Lie::Swarm,
];

/// What goes wrong below the answers, on the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Leads on to another place, where everything is offered.
    Redirect,
    /// Closes the connection in the middle of a body.
    Cut,
    /// Announces more bytes than a disk holds.
    Announces,
    /// Headers without end.
    Headers,
    /// What is no HTTP.
    NoHttp,
    /// A status of an error, with the right body.
    Status,
}

pub(crate) const BROKEN: [Broken; 6] =
    [Broken::Redirect, Broken::Cut, Broken::Announces, Broken::Headers, Broken::NoHttp, Broken::Status];

/// How a node behaves. The default is honest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    pub(crate) lie: Option<Lie>,
    pub(crate) broken: Option<Broken>,
    /// Each answer comes after this time.
    pub(crate) delay: Option<Duration>,
    /// Bytes of an answer come one by one, with this pause.
    pub(crate) drip: Option<Duration>,
    /// Methods, or paths, that are not offered: those that contain one of these.
    pub(crate) lacks: Vec<&'static str>,
    /// Says of every second thing that it does not have it.
    pub(crate) half_empty: bool,
    /// Every third request is one too many.
    pub(crate) rate_limited: bool,
    /// Closes connections without an answer after this many requests.
    pub(crate) dies_after: Option<u64>,
    /// Answers with more bytes than anybody can want.
    pub(crate) endless: bool,
    /// Says that it is of this chain.
    pub(crate) chain_id: Option<u64>,
}

/// Flips a bit in the middle of hex text.
fn flip(text: &str) -> Value {
    let mut bytes: Vec<u8> = text.bytes().collect();
    let at = bytes.len() / 2 + 1;
    if let Some(byte) = bytes.get_mut(at) {
        *byte = if *byte == b'0' { b'1' } else { b'0' };
    }
    json!(String::from_utf8(bytes).unwrap())
}

fn flipped(value: &mut Value) {
    match value {
        Value::String(text) => *value = flip(text),
        Value::Array(items) => {
            let at = items.len() / 2;
            if let Some(item) = items.get_mut(at) {
                flipped(item);
            }
        }
        _ => {}
    }
}

impl Lie {
    /// Changes an answer; whether there was anything to change.
    pub(crate) fn alter(self, question: &str, answer: &mut Value) -> bool {
        let before = answer.clone();
        let block = question.starts_with("eth_getBlockBy");
        match self {
            Self::Header if block => answer["gasUsed"] = json!("0x123456"),
            Self::Header if question == "debug_getRawHeader" => flipped(answer),
            Self::FewerTransactions if block => {
                answer.get_mut("transactions").and_then(Value::as_array_mut).and_then(Vec::pop);
            }
            Self::FewerTransactions | Self::Transaction if question == "debug_getRawBlock" => flipped(answer),
            Self::Transaction if block => {
                if let Some(input) = answer.pointer_mut("/transactions/0/input") {
                    *input = json!("0x1234");
                }
            }
            Self::Receipt if question == "eth_getBlockReceipts" => {
                for receipt in answer.as_array_mut().into_iter().flatten() {
                    receipt["cumulativeGasUsed"] = json!("0x77");
                }
            }
            Self::Receipt if question == "eth_getTransactionReceipt" => answer["cumulativeGasUsed"] = json!("0x77"),
            Self::Receipt | Self::FewerReceipts if question == "debug_getRawReceipts" => flipped(answer),
            Self::FewerReceipts if question == "eth_getBlockReceipts" => {
                answer.as_array_mut().and_then(Vec::pop);
            }
            Self::FewerReceipts if question == "eth_getTransactionReceipt" => *answer = Value::Null,
            Self::Node if ["debug_dbGet", "eth_getCode"].contains(&question) => flipped(answer),
            Self::Code if question == "eth_getCode" => flipped(answer),
            Self::OutputRoot if question == "optimism_outputAtBlock" => flipped(&mut answer["outputRoot"]),
            Self::EarlySafeHead if question == "optimism_safeHeadAtL1Block" => {
                answer["safeHead"]["number"] = json!(u64::MAX);
            }
            Self::OffChainHead if question == "optimism_safeHeadAtL1Block" => flipped(&mut answer["l1Block"]["hash"]),
            Self::Swarm if block => {
                answer["transactions"] = json!(vec![0; 300_000]);
                answer["nonce"] = json!("0x0000000000000007");
            }
            Self::Swarm if question == "eth_getBlockReceipts" => *answer = json!(vec![0; 300_000]),
            Self::Swarm if question == "debug_executionWitness" => answer["state"] = json!(vec![0; 300_000]),
            Self::Node if question == "debug_executionWitness" => {
                for node in answer["state"].as_array_mut().into_iter().flatten() {
                    flipped(node);
                }
            }
            Self::Proof | Self::Node if question == "eth_getProof" => {
                flipped(&mut answer["accountProof"]);
                for slot in answer["storageProof"].as_array_mut().into_iter().flatten() {
                    flipped(&mut slot["proof"]);
                }
            }
            Self::ShortProof if question == "eth_getProof" => {
                answer["accountProof"].as_array_mut().and_then(Vec::pop);
            }
            Self::Blob if question.contains("/blob") => {
                for blob in answer["data"].as_array_mut().into_iter().flatten() {
                    match blob.get_mut("blob") {
                        Some(inner) => flipped(inner),
                        None => flipped(blob),
                    }
                }
            }
            Self::Genesis if question.contains("genesis") => answer["data"]["genesis_time"] = json!("12"),
            Self::OtherForm => *answer = json!({"data": 7, "hash": [1, 2], "transactions": {"x": null}}),
            _ => {}
        }
        *answer != before
    }
}
