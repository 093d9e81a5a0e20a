//! L2 state: trie nodes, code, output roots. Three ways to a node: an execution witness of the whole block, the node's own
//! database by hash, and proofs of the accounts and slots that the program is known to read.

use super::{
    fetch::{FetchError, Fetcher, Layer, lock},
    paths::{ProofNodes, before_merge, key_below, way_to},
};
use alloy_consensus::Header;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, keccak256};
use chain::node::{AskError, Endpoint, decode::Items};
use preimage::{AccountProofBlock, PayloadWitness, PreimageKey};
use primitives::OutputRoot;
use program::execute::MESSAGE_PASSER;
use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::{HashMap, HashSet},
    fmt,
};

/// Bytes that an answer may have.
const NODE_LIMIT: u64 = 4 << 20;
const PROOF_LIMIT: u64 = 16 << 20;
const WITNESS_LIMIT: u64 = 512 << 20;
const STATE: u8 = 5;
const CODE: u8 = 6;
const WITNESS: u8 = 7;
const OUTPUT: u8 = 8;
/// Reads of one block that are remembered; a block of 60 M gas makes fewer than 30,000.
const MAX_READS: usize = 100_000;

/// What the program is known to read of the state after one block.
#[derive(Debug, Default)]
pub(super) struct Reads {
    head: B256,
    all: Vec<(Address, Option<B256>)>,
    /// Reads whose proofs are in the store.
    proven: HashSet<(Address, Option<B256>)>,
    /// Who has the code of a hash.
    code_of: HashMap<B256, (B256, Address)>,
    /// Blocks on top of which a witness was asked for.
    witnesses: HashSet<B256>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Proof {
    account_proof: Items<Bytes>,
    #[serde(default)]
    storage_proof: Items<SlotProof>,
}

#[derive(Deserialize)]
struct SlotProof {
    proof: Items<Bytes>,
}

#[derive(Deserialize)]
struct ExecutionWitness {
    #[serde(default)]
    state: Nodes,
    #[serde(default)]
    codes: Nodes,
    #[serde(default)]
    keys: Nodes,
    #[serde(default)]
    headers: Nodes,
}

/// Values in a list, or in an object under their hashes, as older nodes give them. What is no hex text (headers as objects) is
/// passed over while it is read, so that a long answer of something else needs no more memory than its own length.
#[derive(Debug, Default)]
struct Nodes(Vec<Bytes>);

impl<'de> Deserialize<'de> for Nodes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = Nodes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Nodes, A::Error> {
                let mut values = Vec::new();
                while let Some(item) = list.next_element::<&RawValue>()? {
                    values.extend(serde_json::from_str::<Bytes>(item.get()));
                }
                Ok(Nodes(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Nodes, A::Error> {
                let mut values = Vec::new();
                while let Some((IgnoredAny, item)) = map.next_entry::<IgnoredAny, &RawValue>()? {
                    values.extend(serde_json::from_str::<Bytes>(item.get()));
                }
                Ok(Nodes(values))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Nodes, E> {
                Ok(Nodes::default())
            }
        }
        deserializer.deserialize_any(Values)
    }
}

impl ExecutionWitness {
    fn into_values(self) -> impl Iterator<Item = (PreimageKey, Bytes)> {
        let parts = [self.state, self.codes, self.keys, self.headers];
        parts.into_iter().flat_map(|part| part.0).map(|value| (PreimageKey::keccak256(keccak256(&value)), value))
    }
}

/// Proof of an account, and of a slot, in the state after a block: its nodes that count, and the account's code hash.
fn proof_from(
    node: &Endpoint,
    block: &Value,
    state_root: B256,
    address: Address,
    slot: Option<B256>,
) -> Result<(Vec<Bytes>, B256), AskError> {
    let slots: Vec<B256> = slot.into_iter().collect();
    let proof: Proof = node.call("eth_getProof", &json!([address, slots, block]), PROOF_LIMIT)?;
    let nodes = proof.account_proof.0.iter().chain(proof.storage_proof.0.iter().flat_map(|slot| &slot.proof.0));
    let nodes = ProofNodes::new(nodes);
    let account = nodes.account(state_root, &keccak256(address)).map_err(AskError::wrong)?;
    let code_hash = account.as_ref().map_or(KECCAK256_EMPTY, |account| account.code_hash);
    if let (Some(slot), Some(account)) = (slot, account) {
        nodes.value(account.storage_root, &keccak256(slot)).map_err(AskError::wrong)?;
    }
    Ok((nodes.into_used(), code_hash))
}

/// A proof in the state after the block with this header, by its hash or, where the node takes none, by its number.
fn proof_after(
    node: &Endpoint,
    (hash, header): (B256, &Header),
    address: Address,
    slot: Option<B256>,
) -> Result<(Vec<Bytes>, B256), AskError> {
    match proof_from(node, &json!({"blockHash": hash}), header.state_root, address, slot) {
        Err(AskError::Failed(_) | AskError::Absent | AskError::Wrong(_)) => {
            proof_from(node, &json!(format!("{:#x}", header.number)), header.state_root, address, slot)
        }
        other => other,
    }
}

impl Fetcher {
    /// Remembers that the program is about to read an account or a slot; on a new block, fetches its witness ahead.
    pub(super) fn note_read(&self, block: &AccountProofBlock, address: &Address, slot: Option<B256>) {
        let AccountProofBlock::Hash(head) = block else { return };
        let mut reads = lock(&self.reads);
        let fresh = reads.head != *head;
        if fresh {
            reads.head = *head;
            reads.all.clear();
            reads.proven.clear();
        }
        if reads.all.len() < MAX_READS {
            reads.all.push((*address, slot));
        }
        drop(reads);
        if fresh {
            let head = *head;
            self.ahead(move |this| this.witness(head));
        }
    }

    /// Lays aside all that executing the child of a block reads, where a node offers that. Asked for once.
    fn witness(&self, parent: B256) {
        self.flights.once(WITNESS, parent, || {
            let offered = self.nodes.l2.endpoints().iter().any(|node| node.may_offer("debug_executionWitness"));
            if !offered || !lock(&self.reads).witnesses.insert(parent) {
                return;
            }
            let Ok(header) = self.header(Layer::L2, parent) else { return };
            let number = format!("{:#x}", header.number.saturating_add(1));
            let question = format!("execution witness of L2 block {number}");
            let found = self.nodes.l2.ask_once(&question, |node| {
                let witness: ExecutionWitness = node.call("debug_executionWitness", &json!([number]), WITNESS_LIMIT)?;
                let values: HashMap<PreimageKey, Bytes> = witness.into_values().collect();
                // One that does not begin at the right state is of another block.
                match values.contains_key(&PreimageKey::keccak256(header.state_root)) {
                    true => Ok(values),
                    false => Err(AskError::wrong("a witness without the state's root")),
                }
            });
            if let Ok(values) = found {
                self.aside.put(values);
            }
        });
    }

    /// Lays aside what building a payload reads, as a program announces it.
    pub(super) fn payload_witness(&self, witness: &PayloadWitness<'_>) {
        let (parent, attributes): (B256, Option<Value>) = match witness {
            PayloadWitness::ParentAndAttributes { parent, attributes, .. } => {
                (*parent, serde_json::from_slice(attributes).ok())
            }
            PayloadWitness::Object(json) => {
                let Ok(object) = serde_json::from_slice::<Value>(json) else { return };
                let parent = object.get("parentBlockHash").and_then(Value::as_str).and_then(|text| text.parse().ok());
                let Some(parent) = parent else { return };
                (parent, object.get("payloadAttributes").cloned())
            }
        };
        let Some(attributes) = attributes else { return };
        let offered = self.nodes.l2.endpoints().iter().any(|node| node.may_offer("debug_executePayload"));
        if offered {
            let found = self.nodes.l2.ask_once(&format!("witness of a payload on {parent}"), |node| {
                let witness: ExecutionWitness =
                    node.call("debug_executePayload", &json!([parent, attributes]), WITNESS_LIMIT)?;
                Ok(witness.into_values().collect::<Vec<_>>())
            });
            if let Ok(values) = found {
                self.aside.put(values);
                return;
            }
        }
        self.witness(parent);
    }

    fn keep_nodes(&self, nodes: Vec<Bytes>) -> Result<(), FetchError> {
        Ok(self.keep(nodes.into_iter().map(|node| (PreimageKey::keccak256(keccak256(&node)), node)).collect())?)
    }

    /// The block in whose state the program reads now.
    fn reading(&self) -> Option<(B256, Header)> {
        let head = lock(&self.reads).head;
        if head.is_zero() {
            return None;
        }
        self.header(Layer::L2, head).ok().map(|header| (head, header))
    }

    /// A node of the state trie or of a storage trie.
    pub(super) fn state_node(&self, hash: B256) -> Result<(), FetchError> {
        let key = PreimageKey::keccak256(hash);
        loop {
            if self.have(&key)? {
                return Ok(());
            }
            if let Some((head, _)) = self.reading() {
                self.witness(head);
                if self.have(&key)? {
                    return Ok(());
                }
            }
            let Some(fetched) = self.flights.once(STATE, hash, || self.fetch_state_node(hash)) else { continue };
            return fetched;
        }
    }

    fn fetch_state_node(&self, hash: B256) -> Result<(), FetchError> {
        let reading = self.reading();
        let reads = lock(&self.reads).all.clone();
        let nodes = self.nodes.l2.ask(&format!("L2 state node {hash}"), |node| {
            let by_hash = node.call::<Bytes>("debug_dbGet", &json!([hash]), NODE_LIMIT);
            let refused = match by_hash {
                Ok(value) if keccak256(&value) == hash => return Ok(vec![value]),
                Ok(_) => AskError::wrong("a value with another hash"),
                Err(error @ (AskError::Failed(_) | AskError::RateLimited(_))) => return Err(error),
                Err(error) => error,
            };
            let Some((head, header)) = &reading else { return Err(refused) };
            // What is missing is on the path of the last read, or beside a path in a removal.
            if let Some((address, slot)) = reads.last() {
                let (nodes, code_hash) = proof_after(node, (*head, header), *address, *slot)?;
                lock(&self.reads).code_of.insert(code_hash, (*head, *address));
                if nodes.iter().any(|node| keccak256(node) == hash) {
                    return Ok(nodes);
                }
            }
            self.beside(node, (*head, header), &reads, hash).map(|node| vec![node])
        })?;
        self.keep_nodes(nodes)
    }

    /// The node beside the path of a key that is being removed.
    fn beside(
        &self,
        node: &Endpoint,
        head: (B256, &Header),
        reads: &[(Address, Option<B256>)],
        wanted: B256,
    ) -> Result<Bytes, AskError> {
        let known = |hash: &B256| {
            let key = PreimageKey::keccak256(*hash);
            self.store.get(&key).ok().or_else(|| self.aside.peek(&key))
        };
        let storage_root = |address: &Address| {
            struct Known<'a>(&'a dyn Fn(&B256) -> Option<Bytes>);
            impl program::trie::NodeSource for &Known<'_> {
                type Error = ();
                fn node(&self, hash: &B256) -> Result<Vec<u8>, ()> {
                    (self.0)(hash).map(Into::into).ok_or(())
                }
            }
            let mut trie = program::trie::Trie::new(head.1.state_root);
            let value = trie.get(&&Known(&known), keccak256(address).as_slice()).ok()??.to_vec();
            let account: alloy_trie::TrieAccount = alloy_rlp::Decodable::decode(&mut value.as_slice()).ok()?;
            Some(account.storage_root)
        };
        for (address, slot) in reads.iter().rev() {
            let (root, key) = match slot {
                None => (Some(head.1.state_root), keccak256(address)),
                Some(slot) => (storage_root(address), keccak256(slot)),
            };
            let Some(way) = root.and_then(|root| way_to(known, root, &key, &wanted)) else { continue };
            // As the next block has it.
            let number = format!("{:#x}", head.1.number.saturating_add(1));
            let slots: Vec<B256> = slot.iter().copied().collect();
            if let Ok(proof) = node.call::<Proof>("eth_getProof", &json!([address, slots, number]), PROOF_LIMIT) {
                let nodes =
                    proof.account_proof.0.iter().chain(proof.storage_proof.0.iter().flat_map(|slot| &slot.proof.0));
                if let Some(found) = before_merge(nodes, &wanted) {
                    return Ok(found);
                }
            }
            let found = match slot {
                None => key_below::<20>(&way).map(|address| proof_after(node, head, address.into(), None)),
                Some(_) => key_below::<32>(&way).map(|slot| proof_after(node, head, *address, Some(slot.into()))),
            };
            if let Some(found) = found
                && let Some(found) = found?.0.into_iter().find(|node| keccak256(node) == wanted)
            {
                return Ok(found);
            }
        }
        Err(AskError::Absent)
    }

    /// The nodes on the way to an account, and to a slot, after a block.
    pub(super) fn proof(
        &self,
        block: &AccountProofBlock,
        address: Address,
        slot: Option<B256>,
    ) -> Result<(), FetchError> {
        let hash = match block {
            AccountProofBlock::Hash(hash) => *hash,
            AccountProofBlock::Number(number) => self.hash_of(*number)?,
        };
        let reads = lock(&self.reads);
        if reads.head == hash && reads.proven.contains(&(address, slot)) {
            return Ok(());
        }
        drop(reads);
        let header = self.header(Layer::L2, hash)?;
        let question = format!("proof of account {address} after L2 block {hash}");
        let (nodes, code_hash) =
            self.nodes.l2.ask(&question, |node| proof_after(node, (hash, &header), address, slot))?;
        self.keep_nodes(nodes)?;
        let mut reads = lock(&self.reads);
        reads.code_of.insert(code_hash, (hash, address));
        if reads.head == hash {
            reads.proven.insert((address, slot));
        }
        Ok(())
    }

    /// The hash of an L2 block by its number, as the nodes have it: what follows from it is checked by what the program expects.
    fn hash_of(&self, number: u64) -> Result<B256, FetchError> {
        #[derive(Deserialize)]
        struct Block {
            hash: B256,
        }
        let question = format!("hash of L2 block {number}");
        let block: Block = self.nodes.l2.ask(&question, |node| {
            node.call("eth_getBlockByNumber", &json!([format!("{number:#x}"), false]), NODE_LIMIT)
        })?;
        Ok(block.hash)
    }

    /// The code with a hash.
    pub(super) fn code(&self, hash: B256) -> Result<(), FetchError> {
        let key = PreimageKey::keccak256(hash);
        loop {
            if self.have(&key)? {
                return Ok(());
            }
            if let Some((head, _)) = self.reading() {
                self.witness(head);
                if self.have(&key)? {
                    return Ok(());
                }
            }
            let Some(fetched) = self.flights.once(CODE, hash, || self.fetch_code(hash)) else { continue };
            return fetched;
        }
    }

    fn fetch_code(&self, hash: B256) -> Result<(), FetchError> {
        let (known, head, reads) = {
            let reads = lock(&self.reads);
            (reads.code_of.get(&hash).copied(), reads.head, reads.all.clone())
        };
        // Whose code it is: known from a proof, else one of the accounts that were read last.
        let last = reads.iter().rev().map(|(address, _)| (head, *address)).take(16);
        let owners: Vec<(B256, Address)> = known.into_iter().chain(last).collect();
        let code = self.nodes.l2.ask(&format!("L2 code {hash}"), |node| {
            let check = |code: Bytes| {
                if keccak256(&code) == hash { Ok(code) } else { Err(AskError::wrong("code with another hash")) }
            };
            let mut refused = AskError::Absent;
            let named = Bytes::from([b"c".as_slice(), hash.as_slice()].concat());
            for params in [json!([named]), json!([hash])] {
                match node.call::<Bytes>("debug_dbGet", &params, NODE_LIMIT).and_then(check) {
                    Err(error @ (AskError::Failed(_) | AskError::RateLimited(_))) => return Err(error),
                    Err(error) => refused = error,
                    done => return done,
                }
            }
            let mut asked = HashSet::new();
            for (block, address) in owners.iter().filter(|owner| asked.insert(**owner)) {
                let params = json!([address, {"blockHash": block}]);
                match node.call::<Bytes>("eth_getCode", &params, NODE_LIMIT).and_then(check) {
                    Err(error @ AskError::RateLimited(_)) => return Err(error),
                    Err(error) => refused = error,
                    done => return done,
                }
            }
            Err(refused)
        })?;
        Ok(self.keep(vec![(PreimageKey::keccak256(hash), code)])?)
    }

    /// The output root of the agreed block, by its hash, when it is not known otherwise.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn agreed_output(&self) -> Result<B256, FetchError> {
        let hash = self.background.agreed_block.ok_or(FetchError::NotServed("starting-l2-output"))?;
        let header = self.header(Layer::L2, hash)?;
        let isthmus =
            self.background.config.as_ref().is_some_and(|config| {
                config.rollup.is_active(primitives::rollup_config::Fork::Isthmus, header.timestamp)
            });
        let message_passer_storage_root = match header.withdrawals_root.filter(|_| isthmus) {
            Some(root) => root,
            None => self.nodes.l2.ask(&format!("output root of L2 block {hash}"), |node| {
                let (nodes, _) = proof_after(node, (hash, &header), MESSAGE_PASSER, None)?;
                let account = ProofNodes::new(&nodes).account(header.state_root, &keccak256(MESSAGE_PASSER));
                Ok(account.map_err(AskError::wrong)?.map_or(program::trie::EMPTY_ROOT, |account| account.storage_root))
            })?,
        };
        let output = OutputRoot { state_root: header.state_root, message_passer_storage_root, block_hash: hash };
        Ok(output.hash())
    }

    /// What the agreed output root commits to.
    pub(super) fn output(&self, root: B256) -> Result<(), FetchError> {
        let key = PreimageKey::keccak256(root);
        let Some(hash) = self.background.agreed_block else {
            return if self.have(&key)? { Ok(()) } else { Err(FetchError::NotServed("starting-l2-output")) };
        };
        loop {
            if self.have(&key)? {
                return Ok(());
            }
            let fetched = self.flights.once(OUTPUT, root, || {
                let header = self.header(Layer::L2, hash)?;
                let made = |message_passer_storage_root| {
                    let output =
                        OutputRoot { state_root: header.state_root, message_passer_storage_root, block_hash: hash };
                    (output.hash() == root).then(|| Bytes::copy_from_slice(&output.encode()))
                };
                // From Isthmus on the header holds the storage root.
                let value = match header.withdrawals_root.and_then(made) {
                    Some(value) => value,
                    None => self.nodes.l2.ask(&format!("output root of L2 block {hash}"), |node| {
                        let (nodes, _) = proof_after(node, (hash, &header), MESSAGE_PASSER, None)?;
                        let proof = ProofNodes::new(&nodes);
                        let account = proof.account(header.state_root, &keccak256(MESSAGE_PASSER));
                        let account = account.map_err(AskError::wrong)?;
                        let storage = account.map_or(program::trie::EMPTY_ROOT, |account| account.storage_root);
                        made(storage).ok_or_else(|| AskError::wrong("the block has another output root"))
                    })?,
                };
                Ok(self.keep(vec![(key, value)])?)
            });
            if let Some(fetched) = fetched {
                return fetched;
            }
        }
    }
}
