//! The inputs of a claim that are not given: they are asked of the nodes before the program runs.
//!
//! No hash leads to them, so a node's word is all there is. Where several nodes are known they have to agree; who does not want
//! to rely on that gives the hashes.

use crate::online::Nodes;
use alloy_consensus::Header;
use alloy_primitives::{B256, keccak256};
use alloy_rlp::Decodable;
use chain::node::{AskError, Endpoint, Pool, PoolError, decode};
use primitives::chain_config::ChainConfig;
use serde::Deserialize;
use serde_json::{json, value::RawValue};

const LIMIT: u64 = 8 << 20;

/// Why an input could not be had.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// No node gives it.
    #[error(transparent)]
    Node(#[from] PoolError),
    /// Two nodes say different things.
    #[error(transparent)]
    Disagreement(Box<Disagreement>),
    /// The nodes are all of another chain.
    #[error("{0}")]
    WrongChain(String),
    /// The inputs contradict each other.
    #[error("{0}")]
    Contradiction(String),
}

/// Two nodes that say different things where a node's word is all there is.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {first} says {a}, {second} says {b}; give the right one by a flag")]
pub struct Disagreement {
    /// What was asked.
    pub what: String,
    /// The first node.
    pub first: String,
    /// What it says.
    pub a: B256,
    /// The second node.
    pub second: String,
    /// What it says.
    pub b: B256,
}

/// What the user gave, and what is filled in.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Number of the agreed block.
    pub agreed_block: Option<u64>,
    /// Hash of the agreed block.
    pub agreed_hash: Option<B256>,
    /// The agreed output root.
    pub agreed_root: Option<B256>,
    /// The claimed block.
    pub claimed_block: u64,
    /// The L1 head.
    pub l1_head: Option<B256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    output_root: B256,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SafeHead {
    l1_block: BlockId,
    safe_head: BlockId,
}

#[derive(Deserialize)]
struct BlockId {
    hash: B256,
    number: serde_json::Value,
}

impl BlockId {
    fn number(&self) -> Option<u64> {
        self.number.as_u64().or_else(|| {
            let text = self.number.as_str()?;
            u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
        })
    }
}

/// Asks each node of a pool; those that answer have to agree.
fn unanimous(pool: &Pool, what: &str, ask: impl Fn(&Endpoint) -> Result<B256, AskError>) -> Result<B256, InputError> {
    let first = pool.ask(what, |node| ask(node).map(|answer| (node.name().to_owned(), answer)))?;
    for node in pool.endpoints() {
        match ask(node) {
            Ok(b) if b != first.1 => {
                let second = node.name().to_owned();
                let (first, a) = first;
                return Err(InputError::Disagreement(Box::new(Disagreement {
                    what: what.into(),
                    first,
                    a,
                    second,
                    b,
                })));
            }
            _ => {}
        }
    }
    Ok(first.1)
}

fn header_at(node: &Endpoint, at: &str) -> Result<(B256, Header), AskError> {
    let block: Box<RawValue> = node.call("eth_getBlockByNumber", &json!([at, false]), LIMIT)?;
    let rlp = decode::header(&block).map_err(AskError::wrong)?;
    let header = Header::decode(&mut rlp.as_ref()).map_err(AskError::wrong)?;
    Ok((keccak256(&rlp), header))
}

/// Leaves out nodes of other chains.
///
/// # Errors
/// All nodes of a pool are of another chain.
fn only_of_chain(nodes: &mut Nodes, config: &ChainConfig) -> Result<Vec<String>, InputError> {
    let mut complaints = Vec::new();
    let ids = [(&mut nodes.l1, config.rollup.l1_chain_id), (&mut nodes.l2, config.rollup.l2_chain_id)];
    for (pool, expected) in ids {
        let belongs = |node: &Endpoint| match node.call::<alloy_primitives::U64>("eth_chainId", &json!([]), LIMIT) {
            Ok(id) if id.to::<u64>() != expected => Err(format!("a node of chain {id}, not of {expected}")),
            _ => Ok(()),
        };
        complaints.extend(pool.keep(belongs).map_err(InputError::WrongChain)?);
    }
    Ok(complaints)
}

/// Fills in what is not given: hash and output root of the agreed block from L2 nodes (and, where one is given, a rollup node),
/// the L1 head from a rollup node's record of safe heads, else the finalized block, but at most a sequencing window away.
/// Returns what the user should know: which nodes were left out, and what rests on one node's word.
///
/// # Errors
/// [`InputError`].
pub fn resolve(
    inputs: &mut Inputs,
    nodes: &mut Nodes,
    rollup: &Pool,
    config: &ChainConfig,
) -> Result<Vec<String>, InputError> {
    let mut notes: Vec<String> =
        only_of_chain(nodes, config)?.into_iter().map(|complaint| format!("left out {complaint}")).collect();
    if inputs.agreed_hash.is_none()
        && inputs.agreed_root.is_none()
        && rollup.is_empty()
        && let [alone] = nodes.l2.endpoints()
    {
        notes.push(format!(
            "which block is agreed on is the word of {} alone: a second L2 node, a rollup node, --agreed-hash or --agreed-root \
             would check it",
            alone.name()
        ));
    }
    if inputs.agreed_hash.is_none() {
        let number = inputs
            .agreed_block
            .ok_or_else(|| InputError::Contradiction("neither number nor hash of the agreed block is given".into()))?;
        let what = format!("hash of L2 block {number}");
        let ask = |node: &Endpoint| {
            let (hash, header) = header_at(node, &format!("{number:#x}"))?;
            if header.number == number { Ok(hash) } else { Err(AskError::wrong("a block of another number")) }
        };
        inputs.agreed_hash = Some(unanimous(&nodes.l2, &what, ask)?);
    }
    if inputs.agreed_root.is_none() {
        inputs.agreed_root = match (rollup.is_empty(), inputs.agreed_block) {
            (false, Some(number)) => Some(unanimous(rollup, &format!("output root of L2 block {number}"), |node| {
                let params = json!([format!("{number:#x}")]);
                Ok(node.call::<Output>("optimism_outputAtBlock", &params, LIMIT)?.output_root)
            })?),
            _ => None,
        };
    }
    if inputs.l1_head.is_none() {
        inputs.l1_head = Some(l1_head(inputs, nodes, rollup, config)?);
    }
    Ok(notes)
}

fn l1_head(inputs: &Inputs, nodes: &Nodes, rollup: &Pool, config: &ChainConfig) -> Result<B256, InputError> {
    let finalized = nodes.l1.ask("finalized L1 block", |node| match header_at(node, "finalized") {
        Err(AskError::Failed(_) | AskError::Absent | AskError::Unsupported(_)) => header_at(node, "latest"),
        other => other,
    })?;
    // L1 blocks that are not before the claimed block's time cannot be its origin; its batch is at most a window behind.
    let span = inputs.claimed_block.saturating_sub(config.rollup.genesis.l2.number);
    let time = config.rollup.genesis.l2_time.saturating_add(span.saturating_mul(config.rollup.block_time));
    let top = finalized.1.number;
    let (mut low, mut high) = (config.rollup.genesis.l1.number, top);
    while low < high {
        let middle = low + (high - low) / 2;
        let header = nodes.l1.ask(&format!("L1 block {middle}"), |node| header_at(node, &format!("{middle:#x}")))?.1;
        if header.timestamp < time { low = middle + 1 } else { high = middle }
    }
    let last = low.saturating_add(config.rollup.seq_window_size).min(top);
    if !rollup.is_empty() {
        let origin = low.saturating_sub(config.rollup.seq_window_size).max(config.rollup.genesis.l1.number);
        let (mut low, mut high, mut found) = (origin, last, None);
        while low <= high {
            let middle = low + (high - low) / 2;
            let asked = rollup.ask_once(&format!("safe head at L1 block {middle}"), |node| {
                let params = json!([format!("{middle:#x}")]);
                node.call::<SafeHead>("optimism_safeHeadAtL1Block", &params, LIMIT)
            });
            let Ok(safe) = asked else { break };
            let Some(number) = safe.safe_head.number() else { break };
            if number >= inputs.claimed_block {
                found = Some((middle, safe.l1_block.hash));
                let Some(below) = middle.checked_sub(1) else { break };
                high = below;
            } else {
                low = middle + 1;
            }
        }
        if let Some((number, a)) = found {
            // A block that L1 has left behind can still be had by its hash.
            let b = l1_hash(nodes, number)?;
            if a != b {
                let what = format!("hash of L1 block {number}");
                let (first, second) = ("a rollup node".to_owned(), "L1".to_owned());
                return Err(InputError::Disagreement(Box::new(Disagreement { what, first, a, second, b })));
            }
            return Ok(a);
        }
    }
    l1_hash(nodes, last)
}

/// The hash of an L1 block by its number, on which all L1 nodes agree.
fn l1_hash(nodes: &Nodes, number: u64) -> Result<B256, InputError> {
    let at = format!("{number:#x}");
    unanimous(&nodes.l1, &format!("hash of L1 block {number}"), |node| {
        let (hash, header) = header_at(node, &at)?;
        if header.number == number { Ok(hash) } else { Err(AskError::wrong("a block of another number")) }
    })
}
