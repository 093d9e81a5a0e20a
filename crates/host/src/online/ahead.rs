//! Work that is done ahead of the program: a few threads, a bounded queue, and values laid aside until somebody asks for them.
//!
//! What is fetched ahead may turn out not to be needed, or not to be of this chain at all: it is laid aside here, with a bound,
//! and gets into the store only under a key that was asked for.

use alloy_primitives::{B256, Bytes};
use preimage::PreimageKey;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

/// Bytes that may lie aside.
const MAX_ASIDE: usize = 128 << 20;
/// Jobs that may wait; more are dropped, for the program asks itself for what was not fetched ahead.
const MAX_QUEUE: usize = 256;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Values under their keys, oldest first out.
#[derive(Debug, Default)]
pub(super) struct Aside(Mutex<AsideState>);

#[derive(Debug, Default)]
struct AsideState {
    values: HashMap<PreimageKey, Bytes>,
    order: VecDeque<PreimageKey>,
    bytes: usize,
}

impl Aside {
    pub(super) fn put(&self, values: impl IntoIterator<Item = (PreimageKey, Bytes)>) {
        let mut state = lock(&self.0);
        for (key, value) in values {
            state.bytes += value.len();
            if let Some(old) = state.values.insert(key, value) {
                state.bytes -= old.len();
            } else {
                state.order.push_back(key);
            }
            while state.bytes > MAX_ASIDE {
                let Some(oldest) = state.order.pop_front() else { break };
                if let Some(old) = state.values.remove(&oldest) {
                    state.bytes -= old.len();
                }
            }
        }
    }

    pub(super) fn take(&self, key: &PreimageKey) -> Option<Bytes> {
        let mut state = lock(&self.0);
        let value = state.values.remove(key)?;
        state.bytes -= value.len();
        // Keys of values that were taken leave the order when there are many of them.
        if state.order.len() > 2 * state.values.len() + 1024 {
            let AsideState { values, order, .. } = &mut *state;
            order.retain(|key| values.contains_key(key));
        }
        Some(value)
    }

    pub(super) fn peek(&self, key: &PreimageKey) -> Option<Bytes> {
        lock(&self.0).values.get(key).cloned()
    }
}

/// What is being fetched: who comes second waits and then looks again.
#[derive(Debug, Default)]
pub(super) struct Flights {
    under_way: Mutex<HashSet<(u8, B256)>>,
    landed: Condvar,
}

impl Flights {
    /// Runs `fetch` unless another thread is fetching the same; then it waits for that one and returns `None`.
    pub(super) fn once<T>(&self, kind: u8, hash: B256, fetch: impl FnOnce() -> T) -> Option<T> {
        let flight = (kind, hash);
        let mut under_way = lock(&self.under_way);
        if !under_way.insert(flight) {
            while under_way.contains(&flight) {
                under_way = self.landed.wait(under_way).unwrap_or_else(PoisonError::into_inner);
            }
            return None;
        }
        drop(under_way);
        // Also after a panic of the closure, those who wait go on.
        struct Landing<'a>(&'a Flights, (u8, B256));
        impl Drop for Landing<'_> {
            fn drop(&mut self) {
                lock(&self.0.under_way).remove(&self.1);
                self.0.landed.notify_all();
            }
        }
        let _landing = Landing(self, flight);
        Some(fetch())
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Threads that work ahead. They end when this is dropped and their jobs are done.
#[derive(Debug, Default)]
pub(super) struct Workers {
    queue: Option<SyncSender<Job>>,
}

impl Workers {
    /// `count` threads; none at all with 0.
    pub(super) fn new(count: usize) -> Self {
        if count == 0 {
            return Self::default();
        }
        let (queue, jobs) = sync_channel::<Job>(MAX_QUEUE);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..count {
            let jobs: Arc<Mutex<Receiver<Job>>> = jobs.clone();
            std::thread::spawn(move || {
                loop {
                    let job = lock(&jobs).recv();
                    match job {
                        Ok(job) => job(),
                        Err(_) => break,
                    }
                }
            });
        }
        Self { queue: Some(queue) }
    }

    /// Has a job done at some time, or not at all when there is much to do already.
    pub(super) fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        if let Some(queue) = &self.queue {
            let _ = queue.try_send(Box::new(job));
        }
    }
}
