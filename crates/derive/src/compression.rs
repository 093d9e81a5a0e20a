//! Compression of channels: zlib, and from Fjord on brotli behind a version byte (specification: derivation.md, "Channel
//! Format"; fjord/derivation.md, "Brotli Channel Compression").
//!
//! Whatever can be decompressed counts: a truncated or corrupt stream yields what stands before the fault, and the output
//! is clipped to the limit. No more memory than the limit (and a window) is used.

use crate::inflate::inflate;
use alloc::{vec, vec::Vec};
use alloc_no_stdlib::{Allocator, SliceWrapper, SliceWrapperMut};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, HuffmanCode};
use miniz_oxide::deflate::compress_to_vec_zlib;

/// First byte of a brotli channel.
pub const CHANNEL_VERSION_BROTLI: u8 = 1;

/// Sizes of the pieces in which a brotli stream is given to the decoder: what a corrupt stream yields depends on them,
/// because output is handed over at the end of each piece. Running nodes read pieces of these sizes.
const BROTLI_FIRST_PIECE: usize = 4095;
const BROTLI_PIECE: usize = 32 * 1024;

/// First size of the output; it grows as needed.
const INITIAL_OUTPUT: usize = 64 * 1024;

/// Decompresses a channel, at most `limit` bytes. `brotli` tells whether Fjord is active in the L1 block that completed the
/// channel. A channel of an unknown kind is empty.
pub fn decompress_channel(channel: &[u8], limit: usize, brotli: bool) -> Vec<u8> {
    match channel.split_first() {
        Some((first, _)) if matches!(first & 0x0f, 8 | 15) => decompress_zlib(channel, limit),
        Some((&CHANNEL_VERSION_BROTLI, rest)) if brotli => decompress_brotli(rest, limit),
        _ => Vec::new(),
    }
}

/// Compresses the content of a channel with zlib. Level 0 to 10.
pub fn compress_zlib(content: &[u8], level: u8) -> Vec<u8> {
    compress_to_vec_zlib(content, level)
}

/// Whether two bytes are a zlib header (RFC 1950) of a deflate stream without dictionary.
fn is_zlib_header(cmf: u8, flags: u8) -> bool {
    let checked = u16::from_be_bytes([cmf, flags]).is_multiple_of(31);
    cmf & 0x0f == 8 && cmf >> 4 <= 7 && flags & 0x20 == 0 && checked
}

/// The checksum at the end is not looked at: it could only be wrong after all data was read.
fn decompress_zlib(channel: &[u8], limit: usize) -> Vec<u8> {
    let [cmf, flags, deflate @ ..] = channel else { return Vec::new() };
    if !is_zlib_header(*cmf, *flags) {
        return Vec::new();
    }
    inflate(deflate, limit)
}

fn decompress_brotli(stream: &[u8], limit: usize) -> Vec<u8> {
    let mut state = BrotliState::new_strict(Heap, Heap, Heap);
    let mut out = vec![0; INITIAL_OUTPUT.min(limit)];
    let (mut written, mut total) = (0, 0);
    let (first, rest) = stream.split_at(stream.len().min(BROTLI_FIRST_PIECE));
    let pieces = core::iter::once(first).chain(rest.chunks(BROTLI_PIECE));
    'pieces: for piece in pieces {
        let (mut available, mut read) = (piece.len(), 0);
        loop {
            if written == out.len() && !grow(&mut out, limit) {
                break 'pieces;
            }
            let before = written;
            let mut space = out.len() - written;
            let result = BrotliDecompressStream(
                &mut available,
                &mut read,
                piece,
                &mut space,
                &mut written,
                &mut out,
                &mut total,
                &mut state,
            );
            match result {
                BrotliResult::NeedsMoreOutput if written > before => {}
                // The decoder may hold output back for which there was no space.
                BrotliResult::NeedsMoreInput if written > before => {}
                BrotliResult::NeedsMoreInput => continue 'pieces,
                _ => break 'pieces,
            }
        }
    }
    out.truncate(written);
    out
}

/// Doubles the output up to the limit; false where it has reached the limit.
fn grow(out: &mut Vec<u8>, limit: usize) -> bool {
    let size = out.len().saturating_mul(2).min(limit);
    let more = size.saturating_sub(out.len());
    out.reserve_exact(more);
    out.resize(size, 0);
    more > 0
}

/// The allocator of the brotli decoder: the global one.
#[derive(Clone, Copy, Debug, Default)]
struct Heap;

/// Memory from [`Heap`].
#[derive(Debug)]
struct Memory<T>(Vec<T>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> SliceWrapper<T> for Memory<T> {
    fn slice(&self) -> &[T] {
        &self.0
    }
}

impl<T> SliceWrapperMut<T> for Memory<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

macro_rules! heap_of {
    ($($cell:ty),*) => {$(
        impl Allocator<$cell> for Heap {
            type AllocatedMemory = Memory<$cell>;

            fn alloc_cell(&mut self, len: usize) -> Memory<$cell> {
                Memory(vec![<$cell>::default(); len])
            }

            fn free_cell(&mut self, _: Memory<$cell>) {}
        }
    )*};
}

heap_of!(u8, u32, HuffmanCode);
