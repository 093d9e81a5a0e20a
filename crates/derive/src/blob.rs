//! The encoding of rollup data in a blob, version 0: 4 field elements hold 127 bytes, 254 bits of each element are used
//! (specification: ecotone/derivation.md, "Blob Encoding").

use crate::BLOB_SIZE;
use alloc::{boxed::Box, vec, vec::Vec};

/// Most bytes of rollup data that a blob holds.
pub const MAX_BLOB_DATA: usize = (4 * 31 + 3) * ROUNDS - 4;
/// The version of the encoding.
const VERSION: u8 = 0;
/// Groups of 4 field elements.
const ROUNDS: usize = 1024;
const GROUP: usize = 128;
const CONTENT: usize = 127;

/// Why a blob is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// One of the two highest bits of a field element other than the first is set.
    #[error("field element {0} has a high bit set")]
    HighBits(usize),
    /// The version is not known.
    #[error("unknown blob encoding version {0}")]
    Version(u8),
    /// The length is larger than a blob.
    #[error("length {0} is larger than a blob")]
    Length(usize),
    /// Bytes after the data are not zero.
    #[error("bytes after the data are not zero")]
    Trailing,
}

/// Reads the rollup data of a blob.
///
/// The text asks that the two highest bits of every field element are zero. Running nodes (op-node and kona alike) do not look
/// at those of the first element; the chain follows them.
pub fn decode_blob(blob: &[u8; BLOB_SIZE]) -> Result<Vec<u8>, BlobError> {
    if let Some(index) = (1..BLOB_SIZE / 32).find(|i| blob[32 * i] & 0b1100_0000 != 0) {
        return Err(BlobError::HighBits(index));
    }
    if blob[1] != VERSION {
        return Err(BlobError::Version(blob[1]));
    }
    let length = usize::from(blob[2]) << 16 | usize::from(blob[3]) << 8 | usize::from(blob[4]);
    if length > MAX_BLOB_DATA {
        return Err(BlobError::Length(length));
    }
    let mut out = vec![0; CONTENT * ROUNDS];
    for (group, content) in blob.chunks_exact(GROUP).zip(out.chunks_exact_mut(CONTENT)) {
        let [a, b, c, d] = [group[0], group[32], group[64], group[96]];
        content[..31].copy_from_slice(&group[1..32]);
        content[31] = (a & 0b0011_1111) | ((b & 0b0011_0000) << 2);
        content[32..63].copy_from_slice(&group[33..64]);
        content[63] = (b & 0b0000_1111) | ((d & 0b0000_1111) << 4);
        content[64..95].copy_from_slice(&group[65..96]);
        content[95] = c | ((d & 0b0011_0000) << 2);
        content[96..127].copy_from_slice(&group[97..128]);
    }
    if out[4 + length..].iter().any(|b| *b != 0) {
        return Err(BlobError::Trailing);
    }
    out.copy_within(4..4 + length, 0);
    out.truncate(length);
    Ok(out)
}

/// Writes rollup data as a blob; none where it is longer than [`MAX_BLOB_DATA`].
pub fn encode_blob(data: &[u8]) -> Option<Box<[u8; BLOB_SIZE]>> {
    if data.len() > MAX_BLOB_DATA {
        return None;
    }
    let mut content = vec![0; CONTENT * ROUNDS];
    let length = (data.len() as u32).to_be_bytes();
    content[0] = VERSION;
    content[1..4].copy_from_slice(&length[1..]);
    content[4..4 + data.len()].copy_from_slice(data);
    let mut blob = vec![0; BLOB_SIZE];
    for (group, from) in blob.chunks_exact_mut(GROUP).zip(content.chunks_exact(CONTENT)) {
        let [x, y, z] = [from[31], from[63], from[95]];
        group[0] = x & 0b0011_1111;
        group[1..32].copy_from_slice(&from[..31]);
        group[32] = (y & 0b0000_1111) | ((x & 0b1100_0000) >> 2);
        group[33..64].copy_from_slice(&from[32..63]);
        group[64] = z & 0b0011_1111;
        group[65..96].copy_from_slice(&from[64..95]);
        group[96] = ((z & 0b1100_0000) >> 2) | ((y & 0b1111_0000) >> 4);
        group[97..128].copy_from_slice(&from[96..127]);
    }
    blob.into_boxed_slice().try_into().ok()
}
