//! What a hint means: which values it announces, and where they are to be had. One meaning for the recorder and the server.

use super::{
    ahead::{Aside, Flights, Workers},
    state::Reads,
};
use crate::{
    native::upgrade_of,
    store::{Store, StoreError},
};
use alloy_primitives::{B256, Bytes};
use chain::node::{AskError, Pool, PoolError};
use preimage::{Hint, KeyType, PayloadWitness, PreimageKey};
use primitives::chain_config::ChainConfig;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicU64, Ordering},
};

/// Why a value could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No node gave it.
    #[error(transparent)]
    Node(#[from] PoolError),
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A value that was fetched before, and has its hash, is not what it should be.
    #[error("{what} {hash} cannot be read")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// Its hash.
        hash: B256,
    },
    /// The hint announces what this host does not serve.
    #[error("hint {0}: not served here")]
    NotServed(&'static str),
}

/// The nodes that a host asks.
#[derive(Debug)]
pub struct Nodes {
    /// L1 execution nodes.
    pub l1: Pool,
    /// L1 beacon nodes, for blobs.
    pub beacon: Pool,
    /// L2 execution nodes.
    pub l2: Pool,
}

/// What is known of a dispute beyond the program's inputs.
#[derive(Clone, Debug, Default)]
pub struct Background {
    /// The chain's configs: for network upgrade transactions, and to fetch ahead.
    pub config: Option<ChainConfig>,
    /// Hash of the agreed L2 block, without which the preimage of the agreed output root cannot be found.
    pub agreed_block: Option<B256>,
    /// Threads that fetch ahead of the program.
    pub workers: usize,
}

/// L1 or L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    L1,
    L2,
}

/// Fetches what hints announce and puts it into a store.
#[derive(Debug)]
pub struct Fetcher {
    pub(super) nodes: Nodes,
    pub(super) background: Background,
    pub(super) store: Arc<Store>,
    pub(super) aside: Aside,
    pub(super) flights: Flights,
    pub(super) reads: Mutex<Reads>,
    pub(super) walked: Mutex<super::blocks::Walked>,
    workers: Workers,
    fetched: AtomicU64,
    this: Weak<Fetcher>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Fetcher {
    /// A fetcher that fills `store` from `nodes`.
    pub fn new(nodes: Nodes, background: Background, store: Arc<Store>) -> Arc<Self> {
        let workers = Workers::new(background.workers);
        Arc::new_cyclic(|this| Self {
            nodes,
            background,
            store,
            aside: Aside::default(),
            flights: Flights::default(),
            reads: Mutex::default(),
            walked: Mutex::default(),
            workers,
            fetched: AtomicU64::new(0),
            this: this.clone(),
        })
    }

    /// The store.
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// How many values were fetched and kept so far.
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    pub(super) fn pool(&self, layer: Layer) -> &Pool {
        match layer {
            Layer::L1 => &self.nodes.l1,
            Layer::L2 => &self.nodes.l2,
        }
    }

    /// Does a part of the work ahead of the program. What fails there fails again, and is told, when the program asks.
    pub(super) fn ahead(&self, job: impl FnOnce(&Self) + Send + 'static) {
        let this = self.this.clone();
        self.workers.spawn(move || {
            if let Some(this) = this.upgrade() {
                job(&this);
            }
        });
    }

    /// Keeps values that were checked for what they are; the store checks them against their keys once more.
    pub(super) fn keep(&self, values: Vec<(PreimageKey, Bytes)>) -> Result<(), StoreError> {
        let count = values.len() as u64;
        self.store.add(values)?;
        self.fetched.fetch_add(count, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the store has a key, if need be from what was laid aside.
    pub(super) fn have(&self, key: &PreimageKey) -> Result<bool, StoreError> {
        if self.store.has(key) {
            return Ok(true);
        }
        match self.aside.take(key) {
            Some(value) => self.keep(vec![(*key, value)]).map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes notice of a hint, at no cost: reads of state are remembered for proofs, and work ahead is begun.
    pub fn note(&self, hint: &Hint<'_>) {
        match hint {
            Hint::L2AccountProof { block, address, .. } => self.note_read(block, address, None),
            Hint::L2AccountStorageProof { block, address, slot, .. } => self.note_read(block, address, Some(*slot)),
            Hint::L1Precompile { .. } | Hint::L1PrecompileV2 { .. } => self.store.prepare(hint, true),
            Hint::L2PayloadWitness(witness) => {
                let witness = match witness {
                    PayloadWitness::Object(json) => PayloadWitness::Object(json.to_vec().into()),
                    PayloadWitness::ParentAndAttributes { parent, attributes, chain_id } => {
                        PayloadWitness::ParentAndAttributes {
                            parent: *parent,
                            attributes: attributes.to_vec().into(),
                            chain_id: *chain_id,
                        }
                    }
                };
                self.ahead(move |this| this.payload_witness(&witness));
            }
            _ => {}
        }
    }

    /// Whether a hint can lead to the value of a key.
    pub(super) fn may_give(hint: &Hint<'_>, key: &PreimageKey) -> bool {
        let this = |hash: &B256| PreimageKey::keccak256(*hash) == *key;
        match hint {
            Hint::L1BlockHeader { hash }
            | Hint::L2BlockHeader { hash, .. }
            | Hint::L2Code { hash, .. }
            | Hint::L2StateNode { hash, .. } => this(hash),
            Hint::L2Output { root, .. } | Hint::L2OutputRoot { root, .. } | Hint::StartingL2Output { root } => {
                this(root)
            }
            Hint::L1Precompile { .. } | Hint::L1PrecompileV2 { .. } => {
                matches!(key.key_type(), KeyType::Precompile | KeyType::Keccak256)
            }
            Hint::L1Blob { .. } => matches!(key.key_type(), KeyType::Sha256 | KeyType::Blob | KeyType::Keccak256),
            _ => key.key_type() == KeyType::Keccak256,
        }
    }

    /// Fetches what a hint announces.
    ///
    /// # Errors
    /// [`FetchError`]; what was fetched before the failure is kept.
    pub fn follow(&self, hint: &Hint<'_>) -> Result<(), FetchError> {
        match hint {
            Hint::L1BlockHeader { hash } => self.header(Layer::L1, *hash).map(drop),
            Hint::L2BlockHeader { hash, .. } => self.header(Layer::L2, *hash).map(drop),
            Hint::L1Transactions { hash } => self.transactions(Layer::L1, *hash),
            Hint::L2Transactions { hash, .. } => self.transactions(Layer::L2, *hash),
            Hint::L1Receipts { hash } => self.receipts(Layer::L1, *hash),
            Hint::L2Receipts { hash, .. } => self.receipts(Layer::L2, *hash),
            Hint::L1Blob { versioned_hash, timestamp, index } => self.blob(*versioned_hash, *timestamp, *index),
            Hint::L1Precompile { .. } | Hint::L1PrecompileV2 { .. } => {
                self.store.prepare(hint, true);
                Ok(())
            }
            Hint::L2Code { hash, .. } => self.code(*hash),
            Hint::L2StateNode { hash, .. } => self.state_node(*hash),
            Hint::L2AccountProof { block, address, .. } => self.proof(block, *address, None),
            Hint::L2AccountStorageProof { block, address, slot, .. } => self.proof(block, *address, Some(*slot)),
            Hint::L2Output { root, .. } | Hint::L2OutputRoot { root, .. } | Hint::StartingL2Output { root } => {
                self.output(*root)
            }
            Hint::L2PayloadWitness(witness) => {
                self.payload_witness(witness);
                Ok(())
            }
            Hint::L2BlockHashLookup { number, head, .. } => self.ancestors(*head, *number),
            _ => Err(FetchError::NotServed(hint.name())),
        }
    }

    /// Fetches a value that programs ask for without a hint: a network upgrade transaction, from the fork's activation block.
    ///
    /// # Errors
    /// [`FetchError`]; it is no error when the key is of no such transaction.
    pub fn follow_key(&self, key: &PreimageKey) -> Result<(), FetchError> {
        let Some(config) = &self.background.config else { return Ok(()) };
        let Some(fork) = upgrade_of(key) else { return Ok(()) };
        let Some(number) = config.rollup.forks.get(fork).and_then(|time| config.rollup.first_block_at(time)) else {
            return Ok(());
        };
        let found = self.nodes.l2.ask(&format!("transactions of the {fork} upgrade in L2 block {number}"), |node| {
            let all = super::blocks::transactions_of_number(node, number)?;
            let wanted: Vec<_> = all
                .into_iter()
                .map(|raw| (PreimageKey::keccak256(alloy_primitives::keccak256(&raw)), raw))
                .filter(|(key, _)| upgrade_of(key) == Some(fork))
                .collect();
            if wanted.iter().any(|(found, _)| found == key) { Ok(wanted) } else { Err(AskError::Absent) }
        })?;
        Ok(self.keep(found)?)
    }
}
