//! The wire protocol of preimages and hints over two byte channels, both halves.
//!
//! Preimages: the client writes a 32-byte key, the server answers with a u64 big-endian length and the value. Hints: the
//! client writes a u32 big-endian length and the text, the server answers with one zero byte when it has taken the hint.
//! Channels may take and give fewer bytes than asked for (the machine moves at most 8 a call). Inside the machine reading
//! past the end of a value is a fault, so nothing here reads a byte that was not announced, and an empty value is not read
//! at all.

use alloc::{string::String, vec, vec::Vec};
use alloy_primitives::Bytes;

use crate::{Hint, MAX_PREIMAGE_LEN, OracleError, PreimageKey, PreimageOracle, UnknownKeyType};

/// Length in bytes of the longest hint that a server takes. The longest that programs write carries the attributes of a
/// whole L2 block as JSON in hex.
pub const MAX_HINT_LEN: usize = 64 << 20;

/// Bytes of a hint that are read before more room is made for it: an announced length costs the sender its bytes first.
const HINT_CHUNK: usize = 64 << 10;
/// Bytes of a value that memory is taken for at first.
const VALUE_PIECE: usize = 256 << 10;

/// What can happen to a byte channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The other side closed the channel in the middle of a message.
    #[error("closed in the middle of a message")]
    Closed,
    /// The system refused the call, with this error number.
    #[error("read or write failed with error number {0}")]
    Failed(i32),
    /// A hint acknowledgement that is not the zero byte.
    #[error("hint acknowledged with byte {0} instead of 0")]
    BadAcknowledgement(u8),
}

/// A two-way stream of bytes: a pair of file descriptors, a socket, a queue in a test.
pub trait Channel {
    /// Reads at least one byte into `buffer` and returns how many, or 0 when the other side has closed the channel. Never
    /// called with an empty buffer by this crate.
    ///
    /// # Errors
    /// [`ChannelError::Failed`].
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ChannelError>;

    /// Writes at least one byte of `bytes` and returns how many, or 0 when the other side has closed the channel.
    ///
    /// # Errors
    /// [`ChannelError::Failed`].
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ChannelError>;

    /// Reads until `buffer` is full.
    ///
    /// # Errors
    /// [`ChannelError::Closed`] when the stream ends before, and those of [`Self::read`].
    fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), ChannelError> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.read(rest)? {
                0 => return Err(ChannelError::Closed),
                n => done += n,
            }
        }
        Ok(())
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// [`ChannelError::Closed`] when nothing more is taken, and those of [`Self::write`].
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), ChannelError> {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            match self.write(rest)? {
                0 => return Err(ChannelError::Closed),
                n => done += n,
            }
        }
        Ok(())
    }
}

impl<C: Channel + ?Sized> Channel for &mut C {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ChannelError> {
        (**self).read(buffer)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ChannelError> {
        (**self).write(bytes)
    }
}

/// The client half: a [`PreimageOracle`] over a channel for preimages and one for hints.
#[derive(Debug)]
pub struct OracleClient<P, H> {
    preimages: P,
    hints: H,
}

impl<P: Channel, H: Channel> OracleClient<P, H> {
    /// A client on the two channels, which are at a message boundary.
    pub const fn new(preimages: P, hints: H) -> Self {
        Self { preimages, hints }
    }

    /// Writes a hint in its text form and waits until the host has taken it.
    ///
    /// # Errors
    /// [`OracleError::HintChannel`].
    pub fn hint_text(&mut self, text: &str) -> Result<(), OracleError> {
        self.exchange_hint(text).map_err(OracleError::HintChannel)
    }

    fn exchange_hint(&mut self, text: &str) -> Result<(), ChannelError> {
        // A text beyond u32 cannot be framed; it is cut, and the host will not understand it, as with any bad hint.
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.hints.write_all(&len.to_be_bytes())?;
        self.hints.write_all(text.as_bytes().get(..len as usize).unwrap_or_default())?;
        let mut ack = [0];
        self.hints.read_exact(&mut ack)?;
        if ack[0] == 0 { Ok(()) } else { Err(ChannelError::BadAcknowledgement(ack[0])) }
    }

    /// Asks for `key` and reads the announced length of its value.
    fn request(&mut self, key: &PreimageKey) -> Result<u64, ChannelError> {
        self.preimages.write_all(key.as_bytes())?;
        let mut len = [0; 8];
        self.preimages.read_exact(&mut len)?;
        Ok(u64::from_be_bytes(len))
    }
}

impl<P: Channel, H: Channel> PreimageOracle for OracleClient<P, H> {
    fn get(&mut self, key: &PreimageKey) -> Result<Bytes, OracleError> {
        let channel = |source| OracleError::Channel { key: *key, source };
        let len = self.request(key).map_err(channel)?;
        let size = usize::try_from(len).ok().filter(|size| *size <= MAX_PREIMAGE_LEN).ok_or(OracleError::TooLong {
            key: *key,
            len,
            limit: MAX_PREIMAGE_LEN,
        })?;
        // A length is only an announcement: memory for more than a piece is taken when the bytes before it have come.
        let mut value = vec![0; size.min(VALUE_PIECE)];
        self.preimages.read_exact(&mut value).map_err(channel)?;
        while value.len() < size {
            let start = value.len();
            value.resize(size.min(2 * start), 0);
            self.preimages.read_exact(value.get_mut(start..).unwrap_or_default()).map_err(channel)?;
        }
        Ok(value.into())
    }

    fn get_exact(&mut self, key: &PreimageKey, value: &mut [u8]) -> Result<(), OracleError> {
        let channel = |source| OracleError::Channel { key: *key, source };
        let len = self.request(key).map_err(channel)?;
        if len != value.len() as u64 {
            return Err(OracleError::WrongLength { key: *key, len, expected: value.len() });
        }
        self.preimages.read_exact(value).map_err(channel)
    }

    fn hint(&mut self, hint: &Hint<'_>) -> Result<(), OracleError> {
        self.hint_text(&alloc::format!("{hint}"))
    }
}

/// Why a server could not answer a message. `E` is the error of its source of values.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServeError<E> {
    /// The channel broke, or ended within a message.
    #[error("channel to the client: {0}")]
    Channel(#[from] ChannelError),
    /// The client asked for a key of no known type.
    #[error(transparent)]
    Key(#[from] UnknownKeyType),
    /// A hint is longer than [`MAX_HINT_LEN`].
    #[error("hint of {0} bytes, more than the {MAX_HINT_LEN} that are taken")]
    HintTooLong(u32),
    /// A hint is not UTF-8.
    #[error("hint is no text")]
    HintNotText,
    /// The source of values failed.
    #[error("{0}")]
    Source(E),
}

/// Reads the first bytes of a message; false when the client has closed the channel at the message boundary.
fn read_start<C: Channel>(channel: &mut C, buffer: &mut [u8]) -> Result<bool, ChannelError> {
    let n = channel.read(buffer)?;
    if n == 0 {
        return Ok(false);
    }
    channel.read_exact(buffer.get_mut(n..).unwrap_or_default())?;
    Ok(true)
}

/// Serves one request for a preimage: reads the key, asks `source`, writes length and value. Returns false when the client
/// has closed the channel, which is how a session ends.
///
/// # Errors
/// [`ServeError`]; nothing has been answered then, and the client waits: the caller closes the channel.
pub fn serve_preimage<C: Channel, E>(
    channel: &mut C,
    source: impl FnOnce(&PreimageKey) -> Result<Bytes, E>,
) -> Result<bool, ServeError<E>> {
    let mut key = [0; 32];
    if !read_start(channel, &mut key)? {
        return Ok(false);
    }
    let value = source(&PreimageKey::from_bytes(key)?).map_err(ServeError::Source)?;
    // One write for short values: the client of a pipe wakes up once.
    let mut message = Vec::with_capacity(8 + value.len());
    message.extend_from_slice(&(value.len() as u64).to_be_bytes());
    message.extend_from_slice(&value);
    channel.write_all(&message)?;
    Ok(true)
}

/// Serves one hint: reads its text, hands it to `route`, acknowledges it. Returns false when the client has closed the
/// channel.
///
/// # Errors
/// [`ServeError`]. After an error of `route` the hint has been acknowledged all the same, so that the client does not hang;
/// after any other the channel is no longer at a message boundary.
pub fn serve_hint<C: Channel, E>(
    channel: &mut C,
    route: impl FnOnce(&str) -> Result<(), E>,
) -> Result<bool, ServeError<E>> {
    let mut len = [0; 4];
    if !read_start(channel, &mut len)? {
        return Ok(false);
    }
    let announced = u32::from_be_bytes(len);
    let size =
        usize::try_from(announced).ok().filter(|n| *n <= MAX_HINT_LEN).ok_or(ServeError::HintTooLong(announced))?;
    let mut text = Vec::new();
    while text.len() < size {
        let start = text.len();
        text.resize(size.min(start + HINT_CHUNK), 0);
        channel.read_exact(text.get_mut(start..).unwrap_or_default())?;
    }
    let text = String::from_utf8(text);
    let routed = text.as_ref().map(|text| route(text));
    channel.write_all(&[0])?;
    match routed {
        Ok(result) => result.map(|()| true).map_err(ServeError::Source),
        Err(_) => Err(ServeError::HintNotText),
    }
}
