//! A small HTTP server on loopback that plays one node.

use super::{
    answers::{self, Part},
    chain::Chain,
    manner::{Broken, Lie, Manner},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

struct Shared {
    chain: Arc<Chain>,
    part: Part,
    manner: Manner,
    requests: AtomicU64,
    lies: AtomicU64,
    methods: Mutex<BTreeMap<String, u64>>,
    stopped: AtomicBool,
}

/// A running server. It stops taking connections when it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl Server {
    pub(crate) fn start(chain: &Arc<Chain>, part: Part, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            chain: chain.clone(),
            part,
            manner,
            requests: AtomicU64::new(0),
            lies: AtomicU64::new(0),
            methods: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let serving = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let serving = serving.clone();
                std::thread::spawn(move || {
                    let _ = serving.connection(stream.unwrap());
                });
            }
        });
        Self { url, shared }
    }

    /// How many answers were not what was asked for.
    pub(crate) fn lies(&self) -> u64 {
        self.shared.lies.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// How often each method was called.
    pub(crate) fn methods(&self) -> BTreeMap<String, u64> {
        self.shared.methods.lock().unwrap().clone()
    }
}

impl Shared {
    fn connection(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut writer = stream.try_clone()?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
            let mut length = 0;
            loop {
                let mut header = String::new();
                reader.read_line(&mut header)?;
                if header.trim().is_empty() {
                    break;
                }
                if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            if !self.answer(&path, &body, &mut writer)? {
                return Ok(());
            }
        }
    }

    /// Answers one request; false closes the connection.
    fn answer(&self, path: &str, body: &[u8], out: &mut TcpStream) -> std::io::Result<bool> {
        let manner = &self.manner;
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        if manner.dies_after.is_some_and(|after| number > after) {
            return Ok(false);
        }
        if let Some(delay) = manner.delay {
            std::thread::sleep(delay);
        }
        if let Some(broken) = manner.broken {
            self.lies.fetch_add(1, Ordering::SeqCst);
            match broken {
                // The body is right: whoever looks only at it would be content.
                Broken::Redirect | Broken::Cut | Broken::Announces | Broken::Status => {}
                Broken::NoHttp => {
                    out.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\x00\xff\xfe garbage")?;
                    return Ok(false);
                }
                Broken::Headers => {
                    out.write_all(b"HTTP/1.1 200 OK\r\n")?;
                    for n in 0..200_000 {
                        write!(out, "x-{n}: {n}\r\n")?;
                    }
                    return Ok(false);
                }
            }
        }
        if manner.rate_limited && number.is_multiple_of(3) {
            out.write_all(b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n")?;
            return Ok(true);
        }
        let (question, id, answer) = if self.part == Part::Beacon {
            (path.to_owned(), None, answers::beacon(&self.chain, path).ok_or((404, String::new())))
        } else {
            let request: Value = serde_json::from_slice(body).unwrap();
            let method = request["method"].as_str().unwrap().to_owned();
            let params = request["params"].as_array().unwrap();
            let mut answer = answers::rpc(&self.chain, self.part, &method, params);
            if method == "eth_chainId"
                && let Some(id) = manner.chain_id
            {
                answer = Ok(json!(format!("{id:#x}")));
            }
            if manner.lie == Some(Lie::OtherBlock) && method.starts_with("eth_getBlock") {
                self.lies.fetch_add(1, Ordering::SeqCst);
                let mut params = params.clone();
                params[0] = json!("0x1");
                answer = answers::rpc(&self.chain, self.part, &method, &params);
            }
            (method, Some(request["id"].clone()), answer)
        };
        *self.methods.lock().unwrap().entry(question.split('?').next().unwrap().to_owned()).or_default() += 1;
        let always = ["eth_chainId"].contains(&question.as_str());
        let lacks = manner.lacks.iter().any(|part| question.contains(part));
        let mut answer = if lacks { answers::unsupported(&question) } else { answer };
        if manner.half_empty && !always && number.is_multiple_of(2) {
            answer = if id.is_some() { Ok(Value::Null) } else { Err((404, String::new())) };
        }
        if let (Some(lie), Ok(value)) = (manner.lie, &mut answer)
            && !always
            && lie.alter(&question, value)
        {
            self.lies.fetch_add(1, Ordering::SeqCst);
        }
        let mut text = match (id, answer) {
            (Some(id), Ok(value)) => json!({"jsonrpc": "2.0", "id": id, "result": value}).to_string(),
            (Some(id), Err((code, message))) => {
                json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}).to_string()
            }
            (None, Ok(value)) => value.to_string(),
            (None, Err(_)) => {
                out.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}")?;
                return Ok(true);
            }
        };
        let broken = match manner.lie {
            Some(Lie::Garbage) => Some("<html>welcome</html>".to_owned()),
            Some(Lie::Nested) => Some("[".repeat(200_000)),
            _ => None,
        };
        if let Some(broken) = broken.filter(|_| !always) {
            self.lies.fetch_add(1, Ordering::SeqCst);
            text = broken;
        }
        if manner.endless && !always {
            self.lies.fetch_add(1, Ordering::SeqCst);
            out.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
            loop {
                out.write_all(&chunk)?;
            }
        }
        match manner.broken {
            Some(Broken::Redirect) => {
                let to = "http://127.0.0.1:9/elsewhere";
                write!(out, "HTTP/1.1 307 Temporary Redirect\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")?;
                return Ok(true);
            }
            Some(Broken::Cut) => {
                let half = &text[..text.len() / 2];
                write!(out, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{half}", text.len())?;
                return Ok(false);
            }
            Some(Broken::Announces) => {
                write!(out, "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\n{text}")?;
                return Ok(false);
            }
            Some(Broken::Status) => {
                let page = "<html>bad gateway</html>";
                write!(out, "HTTP/1.1 502 Bad Gateway\r\ncontent-length: {}\r\n\r\n{page}", page.len())?;
                return Ok(true);
            }
            _ => {}
        }
        write!(out, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", text.len())?;
        match manner.drip {
            None => out.write_all(text.as_bytes())?,
            Some(pause) => {
                for byte in text.as_bytes() {
                    out.write_all(&[*byte])?;
                    std::thread::sleep(pause);
                }
            }
        }
        out.flush()?;
        Ok(true)
    }
}

/// A pause that is too long for a client's patience in tests.
pub(crate) const TOO_LONG: Duration = Duration::from_millis(700);
