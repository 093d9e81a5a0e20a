//! The manifest of a snapshot: registers, and where the pages are that differ from the prestate's.
//!
//! `magic[8] | body, deflated | keccak256 of all before`. The body: `machine's name, prestate's hash[32], state's hash[32],
//! step, registers, packs (id[16] each), pages`. Numbers are LEB128, sequences begin with their length. A page is its
//! number less that of the page before, then 0 for zeros or one plus the index of its pack, then its place in the pack less
//! the place after the page before (zigzag): neighbours that were written together take three small bytes.

use super::pack::PackId;
use alloy_primitives::{B256, keccak256};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{Read, Write};

const MAGIC: &[u8; 8] = b"TRBsnap1";
/// Bytes of an unpacked manifest: some 2^26 pages.
const MAX_BODY: u64 = 1 << 28;

/// Where a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is all zeros.
    Zero,
    /// In a pack, at an index.
    In(PackId, u32),
}

/// A snapshot without its pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) machine: String,
    pub(super) prestate_hash: B256,
    pub(super) state_hash: B256,
    pub(super) step: u64,
    pub(super) registers: Vec<u8>,
    /// Ascending by number of the page.
    pub(super) places: Vec<(u64, Place)>,
}

impl Manifest {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        put_bytes(&mut body, self.machine.as_bytes());
        body.extend_from_slice(self.prestate_hash.as_slice());
        body.extend_from_slice(self.state_hash.as_slice());
        put(&mut body, self.step);
        put_bytes(&mut body, &self.registers);
        let mut packs: Vec<PackId> = Vec::new();
        for (_, place) in &self.places {
            if let Place::In(pack, _) = place
                && !packs.contains(pack)
            {
                packs.push(*pack);
            }
        }
        put(&mut body, packs.len() as u64);
        packs.iter().for_each(|pack| body.extend_from_slice(&pack.0));
        put(&mut body, self.places.len() as u64);
        let (mut number, mut after) = (0, 0);
        for (next, place) in &self.places {
            put(&mut body, next.wrapping_sub(number));
            number = *next;
            match place {
                Place::Zero => put(&mut body, 0),
                Place::In(pack, at) => {
                    let index = packs.iter().position(|known| known == pack).expect("all were collected above");
                    put(&mut body, 1 + index as u64);
                    let step = i64::from(*at) - after;
                    put(&mut body, (step << 1 ^ step >> 63).cast_unsigned());
                    after = i64::from(*at) + 1;
                }
            }
        }
        let mut encoder = DeflateEncoder::new(MAGIC.to_vec(), Compression::best());
        let written = encoder.write_all(&body);
        sealed(written.and_then(|()| encoder.finish()).expect("writing to memory does not fail"))
    }

    pub(super) fn decode(file: &[u8]) -> Result<Self, &'static str> {
        let mut body = Vec::new();
        let unpacked = DeflateDecoder::new(checked(file, MAGIC)?).take(MAX_BODY).read_to_end(&mut body);
        unpacked.map_err(|_| "it cannot be unpacked")?;
        Self::from_body(&mut &body[..]).ok_or("it makes no sense")
    }

    fn from_body(body: &mut &[u8]) -> Option<Self> {
        let machine = String::from_utf8(bytes(body)?.to_vec()).ok()?;
        let prestate_hash = B256::new(*body.split_off(..32)?.first_chunk()?);
        let state_hash = B256::new(*body.split_off(..32)?.first_chunk()?);
        let step = number(body)?;
        let registers = bytes(body)?.to_vec();
        let count = usize::try_from(number(body)?).ok()?.checked_mul(16)?;
        let packs: Vec<PackId> = body.split_off(..count)?.as_chunks().0.iter().copied().map(PackId).collect();
        let mut places = Vec::new();
        let (mut page, mut after) = (0u64, 0i64);
        for _ in 0..number(body)? {
            page = page.checked_add(number(body)?).filter(|page| page >> 52 == 0)?;
            let place = match number(body)? {
                0 => Place::Zero,
                index => {
                    let pack = packs.get(usize::try_from(index - 1).ok()?)?;
                    let step = number(body)?;
                    let at = after.checked_add((step >> 1).cast_signed() ^ -(step & 1).cast_signed())?;
                    after = at.checked_add(1)?;
                    Place::In(*pack, u32::try_from(at).ok()?)
                }
            };
            places.push((page, place));
        }
        body.is_empty().then_some(Self { machine, prestate_hash, state_hash, step, registers, places })
    }
}

/// A file with its checksum.
pub(super) fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    let checksum = keccak256(&file);
    file.extend_from_slice(checksum.as_slice());
    file
}

/// What stands between magic and checksum, if both are right.
pub(super) fn checked<'a>(file: &'a [u8], magic: &[u8; 8]) -> Result<&'a [u8], &'static str> {
    let (all, checksum) = file.split_last_chunk::<32>().ok_or("it ends too early")?;
    if keccak256(all) != *checksum {
        return Err("its checksum is wrong");
    }
    all.strip_prefix(magic).ok_or("it is a file of another kind or version")
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn number(body: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = *body.split_off_first()?;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn bytes<'a>(body: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(number(body)?).ok()?;
    body.split_off(..length)
}
