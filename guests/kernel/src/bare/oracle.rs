//! Preimages over the machine's file descriptors. The machine hands out at most 8 bytes a call, up to the next aligned
//! address, so the loop around that call is most of what a preimage costs: long runs are read with three instructions for
//! 8 bytes.
//!
//! The machine has no end of file: reading past the value is a fault, and a fault cannot be proven. Every read here is bounded
//! by the length that the machine gave before.

use super::syscall::{READ, syscall, write_all};
use alloc::string::ToString;
use alloc::vec::Vec;
use alloy_primitives::Bytes;
use core::arch::asm;
use preimage::{Hint, OracleError, PreimageKey, PreimageOracle};

const HINT_RESPONSE: usize = 3;
const HINT_REQUEST: usize = 4;
const PREIMAGE_RESPONSE: usize = 5;
const PREIMAGE_REQUEST: usize = 6;

/// The longest value that the guest takes; what L1 data can hold is far below.
const MAX_VALUE: u64 = 1 << 28;

/// The host, as the machine shows it: descriptors 3 to 6.
pub struct FileDescriptorOracle(());

impl FileDescriptorOracle {
    /// The oracle of this machine. There is one host and one conversation, which a second value would disturb.
    #[expect(clippy::new_without_default, reason = "one call in a guest's main, not a value to be made at will")]
    pub fn new() -> Self {
        Self(())
    }

    /// Asks for a key and reads the length of its value.
    fn request(&mut self, key: &PreimageKey) -> u64 {
        #[repr(align(8))]
        struct Aligned<T>(T);
        let request = Aligned(*key.as_bytes());
        write_all(PREIMAGE_REQUEST, &request.0);
        let mut length = Aligned([0u8; 8]);
        // SAFETY: the value starts with its length of 8 bytes, and the buffer has as many.
        unsafe { read_exact(length.0.as_mut_ptr(), 8) };
        u64::from_be_bytes(length.0)
    }
}

impl PreimageOracle for FileDescriptorOracle {
    fn get(&mut self, key: &PreimageKey) -> Result<Bytes, OracleError> {
        let length = self.request(key);
        if length > MAX_VALUE {
            return Err(OracleError::TooLong { key: *key, len: length, limit: MAX_VALUE as usize });
        }
        let length = length as usize;
        let mut value = Vec::with_capacity(length);
        // SAFETY: the vector has room for `length` bytes, and all of them are written before its length says so.
        unsafe {
            read_exact(value.as_mut_ptr(), length);
            value.set_len(length);
        }
        Ok(Bytes::from(value))
    }

    fn get_exact(&mut self, key: &PreimageKey, value: &mut [u8]) -> Result<(), OracleError> {
        let length = self.request(key);
        if length != value.len() as u64 {
            return Err(OracleError::WrongLength { key: *key, len: length, expected: value.len() });
        }
        // SAFETY: the slice is live and has as many bytes.
        unsafe { read_exact(value.as_mut_ptr(), value.len()) };
        Ok(())
    }

    fn hint(&mut self, hint: &Hint<'_>) -> Result<(), OracleError> {
        let text = hint.to_string();
        write_all(HINT_REQUEST, &(text.len() as u32).to_be_bytes());
        write_all(HINT_REQUEST, text.as_bytes());
        let mut acknowledgement = [0u8; 1];
        // SAFETY: one byte is read into a buffer of one byte.
        let (_, failed) = unsafe { syscall(READ, HINT_RESPONSE, acknowledgement.as_mut_ptr() as usize, 1) };
        if failed {
            super::exit(2)
        }
        Ok(())
    }
}

/// Reads `count` bytes of the current preimage.
///
/// # Safety
/// `to` must be valid for writes of `count` bytes, and the value must have as many left.
unsafe fn read_exact(mut to: *mut u8, mut count: usize) {
    if to as usize & 7 == 0 && count >= 64 {
        let rounds = count / 64;
        // SAFETY: 64 bytes a round are inside of what the caller vouches for. At an aligned address with at least 8 bytes left
        // each call moves exactly 8 bytes, so its result need not be looked at. The machine changes $2 and $7 alone.
        unsafe {
            asm!(
                ".set noreorder",
                "1: addiu $2, $0, 5000", "syscall", "daddiu $5, $5, 8",
                "addiu $2, $0, 5000", "syscall", "daddiu $5, $5, 8",
                "addiu $2, $0, 5000", "syscall", "daddiu $5, $5, 8",
                "addiu $2, $0, 5000", "syscall", "daddiu $5, $5, 8",
                "addiu $2, $0, 5000", "syscall", "daddiu $5, $5, 8",
                "addiu $2, $0, 5000", "syscall", "daddiu $5, $5, 8",
                "addiu $2, $0, 5000", "syscall", "daddiu $5, $5, 8",
                "addiu $2, $0, 5000", "syscall",
                "daddiu $8, $8, -1", "bnez $8, 1b", "daddiu $5, $5, 8",
                ".set reorder",
                in("$4") PREIMAGE_RESPONSE, inout("$5") to => to, in("$6") 8usize, inout("$8") rounds => _,
                out("$2") _, out("$7") _, options(nostack),
            );
        }
        count -= rounds * 64;
    }
    while count > 0 {
        // SAFETY: `count` bytes from `to` on are still inside of what the caller vouches for.
        let (read, failed) = unsafe { syscall(READ, PREIMAGE_RESPONSE, to as usize, count) };
        if failed || read == 0 || read > count {
            super::exit(2);
        }
        // SAFETY: as above, `read` of them are done.
        to = unsafe { to.add(read) };
        count -= read;
    }
}
