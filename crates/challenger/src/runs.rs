//! Runs of the program in the machine, one for each set of local inputs, made when first asked for and kept.

use alloy_primitives::B256;
use host::{Boot, OfflineHost, Store};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;
use vm::{Machine, Trace, TraceError, TraceOptions};

/// The local inputs in which the runs of one chain differ. They come from the claims of a game, never from a boot file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunInputs {
    /// Local input 1.
    pub l1_head: B256,
    /// Local input 2.
    pub agreed: B256,
    /// Local input 3.
    pub claimed: B256,
    /// Local input 4.
    pub claimed_block: u64,
    /// Local input 5.
    pub chain_id: u64,
}

impl RunInputs {
    /// As a host's boot; configs stay out, since a game does not give them.
    pub fn boot(&self) -> Boot {
        Boot {
            l1_head: self.l1_head,
            agreed_l2_output_root: self.agreed,
            claimed_l2_output_root: self.claimed,
            claimed_l2_block_number: self.claimed_block,
            l2_chain_id: self.chain_id,
            rollup_config: None,
            l2_chain_config: None,
            l1_chain_config: None,
        }
    }
}

/// What a finished run was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// Its inputs.
    pub inputs: RunInputs,
    /// Steps to the exit.
    pub steps: u64,
    /// Exit code of the program.
    pub exit_code: u8,
    /// Wall time of the pass.
    pub time: Duration,
}

/// A run failed, or does not answer.
#[derive(Debug, Error)]
#[error("run of the program for block {block}: {source}")]
pub struct RunFailure<F: core::error::Error + 'static> {
    /// The claimed block.
    pub block: u64,
    /// What happened.
    pub source: TraceError<F>,
}

/// Told of the progress of a run: its inputs and the step counter.
pub type Progress = Box<dyn FnMut(&RunInputs, u64) + Send>;

/// All runs of one program over one store.
pub struct Runs<M: Machine> {
    prestate: M,
    prestate_hash: B256,
    store: Arc<Store>,
    options: TraceOptions,
    traces: BTreeMap<RunInputs, Arc<Trace<M>>>,
    reports: Vec<RunReport>,
    progress: Option<Progress>,
}

impl<M: Machine> Runs<M> {
    /// Runs that start at `prestate`, with preimages from `store`.
    pub fn new(mut prestate: M, store: Arc<Store>) -> Self {
        let prestate_hash = prestate.state_hash();
        Self {
            prestate,
            prestate_hash,
            store,
            options: TraceOptions::default(),
            traces: BTreeMap::new(),
            reports: Vec::new(),
            progress: None,
        }
    }

    /// Tells `progress` how runs advance.
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Hash of the prestate, as games commit to it.
    pub const fn prestate_hash(&self) -> B256 {
        self.prestate_hash
    }

    /// The store of preimages.
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Every pass that was made, in order.
    pub fn reports(&self) -> &[RunReport] {
        &self.reports
    }

    /// A host with the inputs of a run.
    pub fn host(&self, inputs: &RunInputs) -> OfflineHost {
        OfflineHost::new(self.store.clone(), inputs.boot())
    }

    /// The trace of a run; made by one pass on first use.
    pub fn trace(&mut self, inputs: &RunInputs) -> Result<Arc<Trace<M>>, RunFailure<M::Fault>> {
        if let Some(trace) = self.traces.get(inputs) {
            return Ok(trace.clone());
        }
        let started = Instant::now();
        let mut host = self.host(inputs);
        let mut progress = self.progress.take();
        let told = Trace::record_with(self.prestate.snapshot(), &mut host, self.options, &mut |step| {
            if let Some(progress) = &mut progress {
                progress(inputs, step);
            }
        });
        self.progress = progress;
        let trace = Arc::new(told.map_err(|source| RunFailure { block: inputs.claimed_block, source })?);
        self.reports.push(RunReport {
            inputs: *inputs,
            steps: trace.end(),
            exit_code: trace.exit_code(),
            time: started.elapsed(),
        });
        self.traces.insert(*inputs, trace.clone());
        Ok(trace)
    }
}
