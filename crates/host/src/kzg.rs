//! Blobs and their KZG commitments: the check of a whole blob on import, openings of single elements for L1.
//!
//! Everything that knows the trusted setup (Ethereum's, 4,096 points, built into the library) is here.

use alloy_primitives::Bytes;
use c_kzg::{Blob as KzgBlob, Bytes32, KzgSettings, ethereum_kzg_settings};

/// Length of a blob in bytes.
pub const BLOB_LEN: usize = 131_072;

/// Loading the setup costs a fraction of a second, so it waits for the first blob.
fn settings() -> &'static KzgSettings {
    // No precomputed tables: they take 100 MB for a handful of openings.
    ethereum_kzg_settings(0)
}

/// The commitment of a blob; `None` when the bytes are no blob (wrong length, or an element beyond the field).
pub fn commitment(blob: &[u8]) -> Option<[u8; 48]> {
    let blob = KzgBlob::from_bytes(blob).ok()?;
    settings().blob_to_kzg_commitment(&blob).ok().map(|c| *c.to_bytes().as_ref())
}

/// The value of a blob's polynomial at a point, with the proof that the point evaluation precompile takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobOpening {
    /// Commitment of the blob.
    pub commitment: [u8; 48],
    /// The point, big-endian.
    pub z: [u8; 32],
    /// The value, big-endian.
    pub y: [u8; 32],
    /// The proof.
    pub proof: [u8; 48],
}

/// Opens a blob with a known commitment at `z`; `None` when blob or point are malformed.
pub fn open(commitment: [u8; 48], blob: &Bytes, z: &[u8; 32]) -> Option<BlobOpening> {
    let blob = KzgBlob::from_bytes(blob).ok()?;
    let (proof, y) = settings().compute_kzg_proof(&blob, &Bytes32::new(*z)).ok()?;
    Some(BlobOpening { commitment, z: *z, y: *y.as_ref(), proof: *proof.to_bytes().as_ref() })
}
