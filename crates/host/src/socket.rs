//! The host on sockets: of TCP on loopback, or of a folder. A client makes one connection for preimages and one for hints.
//!
//! Over TCP the preimages have the port that is given and the hints the one after it; in a folder they are the sockets
//! `preimages.sock` and `hints.sock`. Any number of clients is served, each connection on a thread of its own; hints of all of
//! them are shared, which costs nothing where they are not needed.

use crate::server::{Answers, serve_hints};
use preimage::{Channel, ChannelError, serve_preimage};
use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, TcpListener},
    os::unix::net::UnixListener,
    path::Path,
};

/// Connections that are served at a time.
const MAX_CONNECTIONS: usize = 256;

/// A stream in both directions.
#[derive(Debug)]
pub struct StreamChannel<S>(pub S);

impl<S: Read + Write> Channel for StreamChannel<S> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ChannelError> {
        retried(|| self.0.read(buffer))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ChannelError> {
        retried(|| self.0.write(bytes))
    }
}

fn retried(mut call: impl FnMut() -> io::Result<usize>) -> Result<usize, ChannelError> {
    loop {
        match call() {
            Ok(n) => return Ok(n),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
                return Ok(0);
            }
            Err(error) => return Err(ChannelError::Failed(error.raw_os_error().unwrap_or(-1))),
        }
    }
}

/// What listens for one of the two channels.
pub trait Listener: Send + 'static {
    /// What a connection is.
    type Stream: Read + Write + Send + 'static;

    /// Waits for a connection.
    ///
    /// # Errors
    /// Those of the system.
    fn next(&self) -> io::Result<Self::Stream>;
}

impl Listener for TcpListener {
    type Stream = std::net::TcpStream;

    fn next(&self) -> io::Result<Self::Stream> {
        let (stream, _) = self.accept()?;
        // Questions and answers are short and wait for each other.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Listener for UnixListener {
    type Stream = std::os::unix::net::UnixStream;

    fn next(&self) -> io::Result<Self::Stream> {
        self.accept().map(|(stream, _)| stream)
    }
}

/// Listens on loopback, at `port` for preimages and at the next one for hints.
///
/// # Errors
/// A port is taken, or there is none after it.
pub fn listen_tcp(port: u16) -> io::Result<(TcpListener, TcpListener)> {
    let after = port.checked_add(1).ok_or_else(|| io::Error::other("no port is left for hints"))?;
    let bind = |port: u16| TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    Ok((bind(port)?, bind(after)?))
}

/// Listens on two sockets in a folder. Sockets that a host left behind are replaced.
///
/// # Errors
/// The sockets cannot be made.
pub fn listen_unix(folder: &Path) -> io::Result<(UnixListener, UnixListener)> {
    std::fs::create_dir_all(folder)?;
    let bind = |name: &str| {
        let path = folder.join(name);
        // Only what nobody listens on: a connection to a socket in use succeeds.
        if std::os::unix::net::UnixStream::connect(&path).is_err() && path.exists() {
            std::fs::remove_file(&path)?;
        }
        UnixListener::bind(path)
    };
    Ok((bind("preimages.sock")?, bind("hints.sock")?))
}

/// Serves all clients that come, until a listener fails.
///
/// # Errors
/// Those of the listener for preimages.
pub fn serve_all<L: Listener>(host: &impl Answers, (preimages, hints): (L, L)) -> io::Result<()> {
    let router = host.clone();
    std::thread::spawn(move || {
        let _ = each(&hints, move |stream| {
            let router = router.clone();
            Box::new(move || serve_hints(&router, StreamChannel(stream)))
        });
    });
    let host = host.clone();
    each(&preimages, move |stream| {
        let host = host.clone();
        Box::new(move || {
            let mut channel = StreamChannel(stream);
            loop {
                match serve_preimage(&mut channel, |key| host.answer(key)) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(%error, "a client's connection ends");
                        break;
                    }
                }
            }
        })
    })
}

/// Has every connection served on a thread of its own.
fn each<L: Listener>(listener: &L, serve: impl Fn(L::Stream) -> Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let open = std::sync::Arc::new(());
    loop {
        let stream = listener.next()?;
        // Each thread holds a reference; beyond the limit a connection is closed at once.
        if std::sync::Arc::strong_count(&open) > MAX_CONNECTIONS {
            continue;
        }
        let (job, held) = (serve(stream), open.clone());
        std::thread::spawn(move || {
            job();
            drop(held);
        });
    }
}
