//! State files as Cannon writes them: `.bin` and `.bin.gz`, version 8.
//!
//! A file is untrusted: sizes are limits, not promises, and nothing is allocated before its bytes have arrived.

use crate::abi::{STATE_VERSION, THREAD_SIZE};
use crate::state::{Reservation, ReservationKind, State};
use crate::thread::Thread;
use alloy_primitives::B256;
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use vm::PAGE_SIZE;

/// Pages of a state that is read (4 GiB).
pub const MAX_PAGES: u64 = 1 << 20;
/// Threads on a stack of a state that is read.
pub const MAX_THREADS: u64 = 1 << 16;
/// Bytes of undelivered hints in a state that is read.
pub const MAX_HINT_BUFFER: u64 = 64 << 20;

/// A state file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The file system failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        #[source]
        error: io::Error,
    },
    /// The content is not a state.
    #[error("{}: {error}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        error: StateError,
    },
}

/// Bytes are no state of this machine.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file was cut, or its fields promise more than there is.
    #[error("the file ends before the state does")]
    Short,
    /// Reading failed.
    #[error("the state cannot be read: {0}")]
    Read(#[source] io::Error),
    /// A version that this machine does not run.
    #[error("state version {version} ({}) is not supported, only version {STATE_VERSION} (multithreaded64-5) is", version_name(*version))]
    Version {
        /// The version byte.
        version: u8,
    },
    /// A field has a value that it cannot have.
    #[error("{field} has the impossible value {value}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// Its value.
        value: u64,
    },
    /// Bytes follow the end of the state.
    #[error("bytes follow the end of the state")]
    TrailingBytes,
}

impl From<io::Error> for StateError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Short } else { Self::Read(error) }
    }
}

fn version_name(version: u8) -> &'static str {
    match version {
        0 => "singlethreaded",
        1 => "multithreaded",
        2 => "singlethreaded-2",
        3 => "multithreaded64",
        4 => "multithreaded64-2",
        5 => "multithreaded-2",
        6 => "multithreaded64-3",
        7 => "multithreaded64-4",
        8 => "multithreaded64-5",
        b'{' => "unknown; this looks like JSON, which is not supported any more",
        0x1f => "unknown; this looks like gzip, for which the name has to end in .gz",
        0x7f => "unknown; this looks like an ELF image, of which load-elf makes a state",
        _ => "unknown",
    }
}

impl State {
    /// Reads a state file; a name that ends in `.gz` is decompressed.
    ///
    /// # Errors
    /// [`StateFileError`].
    pub fn load(path: &Path) -> Result<Self, StateFileError> {
        let file = File::open(path).map_err(|error| StateFileError::Io { path: path.to_owned(), error })?;
        let file = BufReader::new(file);
        let state = if is_gzip(path) { Self::read(&mut MultiGzDecoder::new(file)) } else { Self::read(&mut { file }) };
        state.map_err(|error| StateFileError::Content { path: path.to_owned(), error })
    }

    /// Writes a state file; a name that ends in `.gz` is compressed. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`StateFileError::Io`].
    pub fn save(&mut self, path: &Path) -> Result<(), StateFileError> {
        vm::write_whole(path, |file| self.save_to(file, is_gzip(path)))
            .map_err(|error| StateFileError::Io { path: path.to_owned(), error })
    }

    fn save_to(&mut self, file: File, gzip: bool) -> io::Result<File> {
        let mut file = BufWriter::new(file);
        if gzip {
            let mut encoder = GzEncoder::new(file, Compression::fast());
            self.write(&mut encoder)?;
            file = encoder.finish()?;
        } else {
            self.write(&mut file)?;
        }
        file.into_inner().map_err(io::IntoInnerError::into_error)
    }

    /// Writes the state, uncompressed.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&[STATE_VERSION])?;
        out.write_all(&self.memory.page_count().to_be_bytes())?;
        let mut result = Ok(());
        self.memory.for_each_page(|number, bytes| {
            if result.is_ok() {
                result = out.write_all(&number.to_be_bytes()).and_then(|()| out.write_all(bytes));
            }
        });
        result?;
        self.write_registers(out)
    }

    /// Everything but memory, as it stands behind the pages in a file.
    pub(crate) fn write_registers(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.preimage_key.as_slice())?;
        out.write_all(&self.preimage_offset.to_be_bytes())?;
        out.write_all(&self.heap.to_be_bytes())?;
        out.write_all(&[self.reservation.kind as u8])?;
        out.write_all(&self.reservation.address.to_be_bytes())?;
        out.write_all(&self.reservation.owner.to_be_bytes())?;
        out.write_all(&[self.exit_code, u8::from(self.exited)])?;
        out.write_all(&self.step.to_be_bytes())?;
        out.write_all(&self.steps_since_switch.to_be_bytes())?;
        out.write_all(&[u8::from(self.traverse_right)])?;
        out.write_all(&self.next_thread_id.to_be_bytes())?;
        for stack in [&self.left, &self.right] {
            out.write_all(&(stack.len() as u64).to_be_bytes())?;
            stack.iter().try_for_each(|thread| out.write_all(&thread.to_bytes()))?;
        }
        // The buffer is bounded far below 4 GiB, in calls and in files.
        out.write_all(&(self.hint_buffer.len() as u32).to_be_bytes())?;
        out.write_all(&self.hint_buffer)
    }

    /// Reads a state, uncompressed, to the end of the input.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn read(input: &mut dyn Read) -> Result<Self, StateError> {
        let mut input = Input(input);
        let version = input.u8()?;
        if version != STATE_VERSION {
            return Err(StateError::Version { version });
        }
        let mut state = Self::default();
        for _ in 0..input.count("page count", MAX_PAGES)? {
            let number = input.u64()?;
            if number >> 52 != 0 {
                return Err(StateError::Field { field: "page index", value: number });
            }
            let page = input.bytes::<PAGE_SIZE>()?;
            state.memory.write_page(number, &page);
        }
        state.read_registers(&mut input)?;
        Ok(state)
    }

    /// A state with this memory and the rest as [`State::write_registers`] writes it.
    pub(crate) fn with_registers(memory: vm::Memory, mut registers: &[u8]) -> Result<Self, StateError> {
        let mut state = Self { memory, ..Self::default() };
        state.read_registers(&mut Input(&mut registers))?;
        Ok(state)
    }

    /// Reads what [`State::write_registers`] writes, to the end of the input.
    fn read_registers(&mut self, input: &mut Input<'_>) -> Result<(), StateError> {
        self.preimage_key = B256::new(input.bytes()?);
        self.preimage_offset = input.u64()?;
        self.heap = input.u64()?;
        let kind = match input.u8()? {
            0 => ReservationKind::None,
            1 => ReservationKind::Word,
            2 => ReservationKind::Double,
            other => return Err(StateError::Field { field: "LL reservation status", value: other.into() }),
        };
        self.reservation = Reservation::new(kind, input.u64()?, input.u64()?);
        self.exit_code = input.u8()?;
        self.exited = input.bool("exited")?;
        self.step = input.u64()?;
        self.steps_since_switch = input.u64()?;
        self.traverse_right = input.bool("direction of traversal")?;
        self.next_thread_id = input.u64()?;
        self.left = input.threads("number of left threads")?;
        self.right = input.threads("number of right threads")?;
        self.hint_buffer = input.hint_buffer()?;
        // Reads on to the end, where a compressed file has its checksum.
        match input.0.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(StateError::TrailingBytes),
        }
    }
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

struct Input<'a>(&'a mut dyn Read);

impl Input<'_> {
    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn u8(&mut self) -> io::Result<u8> {
        Ok(self.bytes::<1>()?[0])
    }

    fn u64(&mut self) -> io::Result<u64> {
        Ok(u64::from_be_bytes(self.bytes()?))
    }

    fn bool(&mut self, field: &'static str) -> Result<bool, StateError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(StateError::Field { field, value: other.into() }),
        }
    }

    fn count(&mut self, field: &'static str, limit: u64) -> Result<u64, StateError> {
        let value = self.u64()?;
        if value > limit { Err(StateError::Field { field, value }) } else { Ok(value) }
    }

    fn threads(&mut self, field: &'static str) -> Result<Vec<Thread>, StateError> {
        let count = self.count(field, MAX_THREADS)?;
        (0..count).map(|_| Ok(Thread::from_bytes(&self.bytes::<THREAD_SIZE>()?))).collect()
    }

    fn hint_buffer(&mut self) -> Result<Vec<u8>, StateError> {
        let length = u64::from(u32::from_be_bytes(self.bytes()?));
        if length > MAX_HINT_BUFFER {
            return Err(StateError::Field { field: "length of the hint buffer", value: length });
        }
        let mut buffer = Vec::new();
        let read = self.0.take(length).read_to_end(&mut buffer)?;
        if (read as u64) < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(buffer)
    }
}

#[cfg(test)]
mod tests;
