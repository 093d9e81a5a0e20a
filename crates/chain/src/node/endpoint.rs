//! One node behind one URL: a question, an answer of bounded length within a bounded time.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use ureq::{Agent, http};

/// Bytes of an error's text that are kept.
const MAX_REASON: usize = 200;
/// The longest that a node may ask to be left alone.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Why a node gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// No connection, a connection that broke, no answer in time, or an error of the node's own.
    #[error("{0}")]
    Failed(String),
    /// The node wants fewer questions.
    #[error("asks for fewer questions")]
    RateLimited(Option<Duration>),
    /// The node does not offer the method.
    #[error("does not offer {0}")]
    Unsupported(String),
    /// The node says that it does not have what was asked for.
    #[error("does not have it")]
    Absent,
    /// The answer is not what was asked for: it does not decode, or its hash is another.
    #[error("wrong answer: {0}")]
    Wrong(String),
    /// The answer is longer than it may be.
    #[error("answer of more than {0} bytes")]
    TooLong(u64),
}

impl AskError {
    /// A wrong answer, in few words.
    pub fn wrong(reason: impl core::fmt::Display) -> Self {
        Self::Wrong(short(&reason.to_string()))
    }
}

/// A URL that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{url:?} is no http or https URL")]
pub struct EndpointError {
    /// The URL as it was given.
    pub url: String,
}

/// A node.
#[derive(Debug)]
pub struct Endpoint {
    url: String,
    name: String,
    agent: Agent,
    next_id: AtomicU64,
    /// Methods that the node is known not to offer.
    unsupported: Mutex<HashSet<String>>,
}

#[derive(Deserialize)]
struct RpcAnswer<T> {
    #[serde(default = "Option::default")]
    result: Option<T>,
    #[serde(default)]
    error: Option<RpcFailure>,
}

#[derive(Deserialize)]
struct RpcFailure {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: Option<Box<RawValue>>,
    #[serde(default)]
    data: Option<Value>,
}

/// What a node answers instead of a result: it understood the question and refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Code of JSON-RPC.
    pub code: i64,
    /// In words.
    pub message: String,
    /// Data: that of a revert as hex text, where the node has it.
    pub data: Option<Value>,
}

fn short(text: &str) -> String {
    text.chars().take(MAX_REASON).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What a JSON-RPC error says. Codes are those of EIP-1474 and of what providers send in practice.
fn failure(method: &str, code: i64, message: &str) -> AskError {
    let text = message.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if code == 429 || code == -32005 || says(&["rate limit", "too many requests", "request limit"]) {
        return AskError::RateLimited(None);
    }
    let refused = ["not whitelisted", "not allowed", "is disabled", "not enabled", "unsupported method"];
    if code == -32601
        || code == -32004
        || says(&["method not found", "not supported", "does not exist/is not available", "unknown method"])
        || says(&refused)
    {
        return AskError::Unsupported(method.to_owned());
    }
    let absent =
        ["not found", "missing trie node", "unknown block", "no state", "is not available", "pruned", "unavailable"];
    if says(&absent) {
        return AskError::Absent;
    }
    AskError::Failed(format!("error {code}: {}", short(message)))
}

impl Endpoint {
    /// A node behind a URL, which is given `patience` for each answer.
    ///
    /// # Errors
    /// The text is no URL of HTTP.
    pub fn new(url: &str, patience: Duration) -> Result<Self, EndpointError> {
        let bad = || EndpointError { url: url.to_owned() };
        let uri: http::Uri = url.parse().map_err(|_| bad())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(bad());
        }
        // Keys of providers stand in user, path and query: only the host is ever printed.
        let host = uri.host().ok_or_else(bad)?;
        let name = uri.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let config = Agent::config_builder()
            .timeout_global(Some(patience))
            .timeout_connect(Some(patience.min(Duration::from_secs(10))))
            .http_status_as_error(false)
            // A node that is not the one that was named is none of ours, least of all one inside this network.
            .max_redirects(0)
            .build();
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            name,
            agent: Agent::new_with_config(config),
            next_id: AtomicU64::new(1),
            unsupported: Mutex::default(),
        })
    }

    /// Host and port, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the node has not refused the method so far.
    pub fn may_offer(&self, method: &str) -> bool {
        !self.unsupported.lock().unwrap_or_else(PoisonError::into_inner).contains(method)
    }

    fn note(&self, error: AskError) -> AskError {
        if let AskError::Unsupported(method) = &error {
            self.unsupported.lock().unwrap_or_else(PoisonError::into_inner).insert(method.clone());
        }
        error
    }

    /// Calls a JSON-RPC method; an answer has at most `limit` bytes.
    ///
    /// # Errors
    /// [`AskError`]; a result that is null is [`AskError::Absent`].
    pub fn call<T: DeserializeOwned>(&self, method: &str, params: &Value, limit: u64) -> Result<T, AskError> {
        if !self.may_offer(method) {
            return Err(AskError::Unsupported(method.to_owned()));
        }
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
        let sent = self.agent.post(&self.url).content_type("application/json").send(body);
        let (status, bytes) = self.read(sent, limit)?;
        // Errors may come with any status; an answer that is no JSON is explained by its status.
        let answer: RpcAnswer<T> = match serde_json::from_slice(&bytes) {
            Ok(answer) => answer,
            Err(_) if status == 404 || status == 405 => return Err(AskError::Failed(format!("HTTP status {status}"))),
            Err(_) if !(200..300).contains(&status) => return Err(AskError::Failed(format!("HTTP status {status}"))),
            Err(error) => return Err(AskError::wrong(format!("{method}: {error}"))),
        };
        match (answer.error, answer.result) {
            (Some(error), _) => {
                let text = error.message.as_ref().map_or("", |text| text.get());
                Err(self.note(failure(method, error.code, text)))
            }
            (None, Some(result)) => Ok(result),
            (None, None) => Err(AskError::Absent),
        }
    }

    /// Calls a JSON-RPC method whose refusal says something about the question: a call that reverts, a transaction that cannot be
    /// included. A null result is `None`.
    ///
    /// # Errors
    /// The node gave no answer that can be read.
    pub fn execute<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &Value,
        limit: u64,
    ) -> Result<Result<Option<T>, Refusal>, AskError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string();
        let sent = self.agent.post(&self.url).content_type("application/json").send(body);
        let (status, bytes) = self.read(sent, limit)?;
        let answer: RpcAnswer<T> = match serde_json::from_slice(&bytes) {
            Ok(answer) => answer,
            Err(_) if !(200..300).contains(&status) => return Err(AskError::Failed(format!("HTTP status {status}"))),
            Err(error) => return Err(AskError::wrong(format!("{method}: {error}"))),
        };
        let Some(error) = answer.error else { return Ok(Ok(answer.result)) };
        let message = error.message.as_ref().map_or("", |text| text.get());
        Ok(Err(Refusal { code: error.code, message: short(message.trim_matches('"')), data: error.data }))
    }

    /// Gets a path of a REST API; an answer has at most `limit` bytes. `name` stands for the kind of question: a node that has
    /// no such path is remembered not to offer it, where `optional` says that it may not.
    ///
    /// # Errors
    /// [`AskError`]; status 404 is [`AskError::Absent`].
    pub fn get<T: DeserializeOwned>(&self, name: &str, path: &str, limit: u64) -> Result<T, AskError> {
        if !self.may_offer(name) {
            return Err(AskError::Unsupported(name.to_owned()));
        }
        let (url, query) = self.url.split_once('?').map_or((self.url.as_str(), ""), |(url, query)| (url, query));
        let join = if query.is_empty() {
            ""
        } else if path.contains('?') {
            "&"
        } else {
            "?"
        };
        let url = format!("{}{path}{join}{query}", url.trim_end_matches('/'));
        let sent = self.agent.get(url).header("accept", "application/json").call();
        let (status, bytes) = self.read(sent, limit)?;
        match status {
            200..300 => serde_json::from_slice(&bytes).map_err(|error| AskError::wrong(format!("{name}: {error}"))),
            404 => Err(AskError::Absent),
            400 | 405 | 410 | 415 | 501 => Err(self.note(AskError::Unsupported(name.to_owned()))),
            _ => Err(AskError::Failed(format!("HTTP status {status}"))),
        }
    }

    /// Status and body of a response.
    fn read(
        &self,
        sent: Result<http::Response<ureq::Body>, ureq::Error>,
        limit: u64,
    ) -> Result<(u16, Vec<u8>), AskError> {
        let failed = |error: ureq::Error| match error {
            ureq::Error::BodyExceedsLimit(_) => AskError::TooLong(limit),
            error => AskError::Failed(short(&error.to_string())),
        };
        let mut response = sent.map_err(failed)?;
        let status = response.status().as_u16();
        if status == 429 || status == 503 {
            let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            let pause = seconds.map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
            return Err(AskError::RateLimited(pause));
        }
        if (300..400).contains(&status) {
            let to = response.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
            return Err(AskError::Failed(short(&format!("leads on to {to}: give that URL if it is meant"))));
        }
        let bytes = response.body_mut().with_config().limit(limit).read_to_vec().map_err(failed)?;
        Ok((status, bytes))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart_as_providers_write_them() {
        let of = |code, message: &str| failure("debug_dbGet", code, message);
        let unsupported = AskError::Unsupported("debug_dbGet".into());
        for (code, message) in [
            (-32601, "the method debug_dbGet does not exist/is not available"),
            (-32601, "Method not found"),
            (-32600, "Unsupported method: debug_dbGet. See available methods"),
            (-32000, "method is not whitelisted"),
            (-32004, "Method not supported"),
        ] {
            assert_eq!(of(code, message), unsupported, "{message}");
        }
        for message in ["leveldb: not found", "missing trie node 12", "header not found", "historical state is pruned"]
        {
            assert_eq!(of(-32000, message), AskError::Absent, "{message}");
        }
        for (code, message) in [(-32005, "limit exceeded"), (429, "slow down"), (-32000, "Too many requests")] {
            assert_eq!(of(code, message), AskError::RateLimited(None), "{message}");
        }
        assert_eq!(of(-32603, "internal\nerror"), AskError::Failed("error -32603: internal error".into()));
        assert!(matches!(of(1, &"x".repeat(9999)), AskError::Failed(text) if text.len() < 300));
    }

    #[test]
    fn only_urls_of_http_are_taken_and_keys_are_not_shown() {
        for bad in ["", "localhost:8545", "ftp://a/b", "http://", "https:///x", "http://a b"] {
            assert!(Endpoint::new(bad, Duration::from_secs(1)).is_err(), "{bad}");
        }
        let endpoint =
            Endpoint::new("https://me:secret@host.example:8443/v3/key?token=1", Duration::from_secs(1)).unwrap();
        assert_eq!(endpoint.name(), "host.example:8443");
    }
}
