//! Several nodes that should know the same: which is asked first, when the next is, and when to give up.

use super::endpoint::{AskError, Endpoint, EndpointError};
use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a question may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one answer of one node.
    pub answer: Duration,
    /// For the whole question, with all nodes and all repetitions.
    pub question: Duration,
    /// The first pause after all nodes were asked in vain; it doubles each time.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How often all nodes are asked when each of them answers and none has a right answer.
    pub rounds: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(20),
            question: Duration::from_secs(120),
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            rounds: 4,
        }
    }
}

/// Why no node gave an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// No node is known.
    #[error("no {0} node is given")]
    NoNode(&'static str),
    /// None of the nodes offers what it would take.
    #[error("{question}: no {kind} node offers it{}", told(.nodes))]
    Unsupported {
        /// What was asked.
        question: String,
        /// Which kind of nodes.
        kind: &'static str,
        /// What each node said last.
        nodes: Vec<(String, AskError)>,
    },
    /// All of the nodes answered, and none had it or had it right.
    #[error("{question}: no {kind} node has it{}", told(.nodes))]
    Absent {
        /// What was asked.
        question: String,
        /// Which kind of nodes.
        kind: &'static str,
        /// What each node said last.
        nodes: Vec<(String, AskError)>,
    },
    /// There was no answer in time.
    #[error("{question}: no answer of the {kind} nodes within {seconds} seconds{}", told(.nodes))]
    Deadline {
        /// What was asked.
        question: String,
        /// Which kind of nodes.
        kind: &'static str,
        /// The time that the question was given.
        seconds: u64,
        /// What each node said last.
        nodes: Vec<(String, AskError)>,
    },
}

impl PoolError {
    /// Whether asking in another way could help: the nodes answer, but not this.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Unsupported { .. } | Self::Absent { .. })
    }
}

fn told(nodes: &[(String, AskError)]) -> String {
    nodes.iter().map(|(name, error)| format!("; {name}: {error}")).collect()
}

/// How a node has served so far.
#[derive(Clone, Copy, Debug, Default)]
struct Record {
    /// Mean time of an answer, in milliseconds, the last ones counting most.
    latency: u64,
    /// What failures and wrong answers count for, in milliseconds.
    penalty: u64,
    /// The node wants no question before.
    rest_until: Option<Instant>,
}

const FAILURE: u64 = 2_000;
const WRONG: u64 = 10_000;
const MAX_PENALTY: u64 = 600_000;

/// Nodes that should know the same.
pub struct Pool {
    kind: &'static str,
    endpoints: Vec<Endpoint>,
    records: Mutex<Vec<Record>>,
    patience: Patience,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("kind", &self.kind).field("endpoints", &self.endpoints.len()).finish()
    }
}

impl Pool {
    /// A pool of the nodes behind `urls`; `kind` names them in messages (L1, beacon …).
    ///
    /// # Errors
    /// A URL cannot be used.
    pub fn new(kind: &'static str, urls: &[String], patience: Patience) -> Result<Self, EndpointError> {
        let endpoints: Result<Vec<_>, _> = urls.iter().map(|url| Endpoint::new(url, patience.answer)).collect();
        let endpoints = endpoints?;
        let records = Mutex::new(vec![Record::default(); endpoints.len()]);
        Ok(Self { kind, endpoints, records, patience })
    }

    /// Whether there is a node.
    pub fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }

    /// The nodes.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Leaves out the nodes that do not belong, by an answer of their own: `belongs` says what is wrong with a node. Nodes that
    /// cannot be asked now stay, for what they say later is checked as everything else.
    ///
    /// # Errors
    /// What is wrong with the last node, when none is left.
    pub fn keep(&mut self, belongs: impl Fn(&Endpoint) -> Result<(), String>) -> Result<Vec<String>, String> {
        let mut complaints = Vec::new();
        let mut kept = Vec::new();
        for endpoint in core::mem::take(&mut self.endpoints) {
            match belongs(&endpoint) {
                Ok(()) => kept.push(endpoint),
                Err(reason) => complaints.push(format!("{}: {reason}", endpoint.name())),
            }
        }
        self.records = Mutex::new(vec![Record::default(); kept.len()]);
        self.endpoints = kept;
        match (self.endpoints.is_empty(), complaints.last()) {
            (true, Some(last)) => Err(last.clone()),
            _ => Ok(complaints),
        }
    }

    fn records(&self) -> std::sync::MutexGuard<'_, Vec<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The nodes that may be asked now, best first; how long until the next one may be, where none may.
    fn order(&self) -> (Vec<usize>, Option<Duration>) {
        let now = Instant::now();
        let records = self.records();
        let mut order: Vec<usize> = (0..self.endpoints.len()).collect();
        order.retain(|i| records.get(*i).and_then(|r| r.rest_until).is_none_or(|until| until <= now));
        order.sort_by_key(|i| records.get(*i).map(|r| r.latency + r.penalty));
        let wait = records.iter().filter_map(|r| r.rest_until).min().map(|until| until.saturating_duration_since(now));
        (order, wait)
    }

    fn judge(&self, index: usize, took: Duration, outcome: Result<(), &AskError>) {
        let took = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).min(MAX_PENALTY);
        let mut records = self.records();
        let Some(record) = records.get_mut(index) else { return };
        record.rest_until = None;
        record.latency = if record.latency == 0 { took } else { (3 * record.latency + took) / 4 };
        let penalty = match outcome {
            // A right answer makes up for older failures step by step.
            Ok(()) => return record.penalty -= record.penalty / 4,
            Err(AskError::Unsupported(_) | AskError::Absent) => 0,
            Err(AskError::Failed(_)) => FAILURE,
            Err(AskError::RateLimited(pause)) => {
                record.rest_until = Some(Instant::now() + pause.unwrap_or(self.patience.first_pause * 4));
                FAILURE / 4
            }
            Err(AskError::Wrong(_) | AskError::TooLong(_)) => WRONG,
        };
        record.penalty = (record.penalty + penalty).min(MAX_PENALTY);
    }

    /// Asks each node once, for what is worth no second try.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn ask_once<T>(
        &self,
        question: &str,
        ask: impl FnMut(&Endpoint) -> Result<T, AskError>,
    ) -> Result<T, PoolError> {
        self.ask_for(question, true, ask)
    }

    /// Asks until a node gives an answer with which `ask` is content. `ask` puts the question to one node, in whatever ways the
    /// node offers, and checks the answer. `question` says in messages what was asked.
    ///
    /// # Errors
    /// [`PoolError`].
    pub fn ask<T>(&self, question: &str, ask: impl FnMut(&Endpoint) -> Result<T, AskError>) -> Result<T, PoolError> {
        self.ask_for(question, false, ask)
    }

    fn ask_for<T>(
        &self,
        question: &str,
        once: bool,
        mut ask: impl FnMut(&Endpoint) -> Result<T, AskError>,
    ) -> Result<T, PoolError> {
        let kind = self.kind;
        if self.endpoints.is_empty() {
            return Err(PoolError::NoNode(kind));
        }
        let start = Instant::now();
        let mut last: Vec<Option<AskError>> = vec![None; self.endpoints.len()];
        let mut pause = self.patience.first_pause;
        let mut rounds = 0;
        loop {
            let (order, wait) = self.order();
            for index in &order {
                let Some(endpoint) = self.endpoints.get(*index) else { continue };
                let asked = Instant::now();
                match ask(endpoint) {
                    Ok(answer) => {
                        self.judge(*index, asked.elapsed(), Ok(()));
                        return Ok(answer);
                    }
                    Err(error) => {
                        tracing::debug!(kind, node = endpoint.name(), question, %error, "no answer");
                        self.judge(*index, asked.elapsed(), Err(&error));
                        if let Some(slot) = last.get_mut(*index) {
                            *slot = Some(error);
                        }
                    }
                }
                if start.elapsed() >= self.patience.question {
                    break;
                }
            }
            let nodes = || -> Vec<(String, AskError)> {
                let named = self.endpoints.iter().zip(&last);
                named.filter_map(|(endpoint, error)| Some((endpoint.name().to_owned(), error.clone()?))).collect()
            };
            let question = || question.to_owned();
            let all = |test: fn(&AskError) -> bool| last.iter().all(|error| error.as_ref().is_some_and(test));
            if all(|error| matches!(error, AskError::Unsupported(_))) {
                return Err(PoolError::Unsupported { question: question(), kind, nodes: nodes() });
            }
            if all(|error| !matches!(error, AskError::Failed(_) | AskError::RateLimited(_))) {
                rounds += 1;
                if rounds >= self.patience.rounds {
                    return Err(PoolError::Absent { question: question(), kind, nodes: nodes() });
                }
            }
            let left = self.patience.question.saturating_sub(start.elapsed());
            if left.is_zero() || once {
                let seconds = self.patience.question.as_secs();
                return Err(PoolError::Deadline { question: question(), kind, seconds, nodes: nodes() });
            }
            // Where all of the nodes rest, the first that may be asked again ends the pause.
            let nap = if order.is_empty() { wait.unwrap_or(pause).max(Duration::from_millis(10)) } else { pause };
            std::thread::sleep(nap.min(left));
            pause = (pause * 2).min(self.patience.longest_pause);
        }
    }
}
