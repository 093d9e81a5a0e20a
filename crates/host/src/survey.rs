//! What a witness lacks: one native run of its claim, with a note of what the program was after when a value was missing.
//!
//! A run ends at the first value that is missing, so what lies behind it cannot be listed; blobs that are known to be incomplete
//! are listed all the same, and so is each block of a span when it is replayed alone.

use crate::{
    boot::Boot,
    native::{Judgement, judge_over, record_span_over},
    offline::OfflineHost,
    store::Store,
};
use alloy_primitives::{B256, Bytes};
use preimage::{Hint, OracleError, PreimageKey, PreimageOracle, versioned_hash};
use primitives::chain_config::ChainConfig;
use std::{cell::RefCell, collections::HashSet, sync::Arc};

/// The longest text of a hint that is told.
const MAX_TEXT: usize = 160;

/// A value that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its key, where a value was the reason.
    pub key: Option<PreimageKey>,
    /// The program's last hint before it asked: what the value was wanted for.
    pub wanted_for: Option<String>,
    /// The reason in words.
    pub reason: String,
}

/// One block of a span, replayed alone as an execution game over it would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockAlone {
    /// The block.
    pub number: u64,
    /// What it lacks.
    pub missing: Option<Missing>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// What the program says about the claim.
    pub verdict: Judgement,
    /// Values that it asked for, each counted once.
    pub asked: usize,
    /// What is missing for the claim as a whole.
    pub missing: Option<Missing>,
    /// For each blob of which some elements are there, the first that is not.
    pub incomplete_blobs: Vec<PreimageKey>,
    /// Versioned hashes of the blobs of which there is the commitment alone.
    pub absent_blobs: Vec<B256>,
    /// The blocks of the span, where they were looked at one by one.
    pub blocks: Vec<BlockAlone>,
}

impl Survey {
    /// Whether nothing is missing of what was looked at. Blobs count only when the program wants them.
    pub fn is_complete(&self) -> bool {
        self.missing.is_none() && self.blocks.iter().all(|block| block.missing.is_none())
    }
}

/// An oracle that notes what is asked.
struct Watched<'a> {
    host: OfflineHost,
    notes: &'a RefCell<Notes>,
}

#[derive(Default)]
struct Notes {
    asked: HashSet<PreimageKey>,
    last_hint: Option<String>,
}

impl PreimageOracle for Watched<'_> {
    fn get(&mut self, key: &PreimageKey) -> Result<Bytes, OracleError> {
        self.notes.borrow_mut().asked.insert(*key);
        PreimageOracle::get(&mut self.host, key)
    }

    fn hint(&mut self, hint: &Hint<'_>) -> Result<(), OracleError> {
        self.notes.borrow_mut().last_hint = Some(hint.to_string().chars().take(MAX_TEXT).collect());
        PreimageOracle::hint(&mut self.host, hint)
    }
}

fn decide(store: &Arc<Store>, boot: &Boot, config: &ChainConfig) -> (Judgement, usize, Option<Missing>) {
    let notes = RefCell::new(Notes::default());
    let watched = Watched { host: OfflineHost::new(store.clone(), boot.clone()), notes: &notes };
    let verdict = judge_over(watched, boot, config);
    let notes = notes.into_inner();
    let missing = match &verdict {
        Judgement::Unknown(unknown) => {
            let wanted_for = notes.last_hint.filter(|_| unknown.missing.is_some());
            Some(Missing { key: unknown.missing, wanted_for, reason: unknown.reason.clone() })
        }
        _ => None,
    };
    (verdict, notes.asked.len(), missing)
}

/// Looks at a witness. With `each_block`, every block between the agreed and the claimed one is replayed alone; what the blocks
/// add to the chain's data is added to the store for that.
pub fn survey(store: &Arc<Store>, boot: &Boot, config: &ChainConfig, each_block: bool) -> Survey {
    let (verdict, asked, missing) = decide(store, boot, config);
    let mut blocks = Vec::new();
    if each_block {
        let host = OfflineHost::new(store.clone(), boot.clone());
        let span = record_span_over(host, boot, config, boot.claimed_l2_block_number, &mut |value| {
            store.take_keccak256(value);
        });
        let mut agreed = boot.agreed_l2_output_root;
        for block in span.blocks {
            let root = block.output.hash();
            let alone = Boot { agreed_l2_output_root: agreed, ..boot.with_claim(root, block.number) };
            blocks.push(BlockAlone { number: block.number, missing: decide(store, &alone, config).2 });
            agreed = root;
        }
    }
    let absent = |commitment: &[u8; 48]| {
        PreimageKey::blob_element(commitment, 0).is_some_and(|first| store.get(&first).err() == Some(first))
    };
    let incomplete_blobs = store.incomplete_blobs();
    let absent_blobs = store.commitments().into_iter().filter(absent).map(|c| versioned_hash(&c)).collect();
    Survey { verdict, asked, missing, incomplete_blobs, absent_blobs, blocks }
}
