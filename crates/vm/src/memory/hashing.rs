//! Hashing of many nodes at once: whole levels of the tree, in lanes and on all cores.

use super::proof::{LEVELS, ZERO_ROOTS};
use crate::keccak_simd::{LANES, Lanes, hash_blocks};
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How nodes are hashed. Changes the time, never the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashing {
    /// Hashes at a time on one core.
    pub lanes: Lanes,
    /// Threads for large batches; 1 for the calling one alone.
    pub threads: usize,
}

impl Hashing {
    /// The fastest on this machine.
    pub fn best() -> Self {
        static BEST: LazyLock<Hashing> = LazyLock::new(|| Hashing {
            lanes: Lanes::best(),
            threads: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        });
        *BEST
    }
}

/// Hashes pairs of nodes that stand `level` levels above the leaves into `parents`, which is as long as `pairs`. Most of the
/// address space, and most of a fresh page, is empty: empty pairs are looked up.
pub(super) fn fold(level: usize, pairs: &[[u8; 64]], parents: &mut [[u8; 32]], hashing: Hashing) {
    let (empty, parent_of_empty) = &EMPTY_PAIRS[level];
    let mut waiting = [empty; LANES];
    let mut targets = [0; LANES];
    let mut count = 0;
    for (index, pair) in pairs.iter().enumerate() {
        if pair == empty {
            parents[index] = *parent_of_empty;
            continue;
        }
        (waiting[count], targets[count]) = (pair, index);
        count += 1;
        if count == LANES {
            let hashes = hash_blocks(hashing.lanes, &waiting);
            targets.iter().zip(&hashes).for_each(|(target, hash)| parents[*target] = *hash);
            count = 0;
        }
    }
    let hashes = hash_blocks(hashing.lanes, &waiting[..count]);
    targets[..count].iter().zip(&hashes).for_each(|(target, hash)| parents[*target] = *hash);
}

/// Pairs of empty nodes and their parents by level.
static EMPTY_PAIRS: LazyLock<[([u8; 64], [u8; 32]); LEVELS]> = LazyLock::new(|| {
    core::array::from_fn(|level| {
        let mut pair = [0; 64];
        pair[..32].copy_from_slice(ZERO_ROOTS[level].as_slice());
        pair[32..].copy_from_slice(ZERO_ROOTS[level].as_slice());
        (pair, ZERO_ROOTS[level + 1].0)
    })
});

/// Calls `work` with slices that together make up `items`, on as many threads as it pays.
pub(super) fn spread<T: Sync>(items: &[T], slice: usize, hashing: Hashing, work: impl Fn(&[T]) + Sync) {
    /// Slices that are not worth a thread: it takes some tens of microseconds to start one.
    const ALONE: usize = 16;
    let slices = items.len().div_ceil(slice);
    let threads = hashing.threads.min(slices.div_ceil(ALONE)).max(1);
    let next = AtomicUsize::new(0);
    let worker = || {
        loop {
            let start = next.fetch_add(1, Ordering::Relaxed).saturating_mul(slice);
            let Some(rest) = items.get(start..).filter(|rest| !rest.is_empty()) else { break };
            work(&rest[..slice.min(rest.len())]);
        }
    };
    std::thread::scope(|scope| {
        // A thread that does not start is no loss: this one does the work that is left.
        let starts = (1..threads).map(|_| std::thread::Builder::new().spawn_scoped(scope, worker));
        let _helpers: Vec<_> = starts.collect();
        worker();
    });
}
