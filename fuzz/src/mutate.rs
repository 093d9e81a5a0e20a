//! Seeded changes to good inputs: what coverage-guided fuzzers do too, but the same on every machine.

use rand::{Rng, RngCore, rngs::SmallRng};

/// Values at which lengths and numbers tip over.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xb7, 0xb8, 0xbf, 0xff];

/// An input made from one of the seeds, or from nothing.
pub fn mutate(rng: &mut SmallRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    if seeds.is_empty() || rng.random_ratio(1, 12) {
        let mut bytes = vec![0; rng.random_range(0..400)];
        rng.fill_bytes(&mut bytes);
        return bytes;
    }
    let mut bytes = seeds[rng.random_range(0..seeds.len())].clone();
    for _ in 0..rng.random_range(0..4) {
        change(rng, &mut bytes, seeds);
    }
    bytes
}

fn change(rng: &mut SmallRng, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    if bytes.is_empty() {
        return;
    }
    // Headers stand in front: half of all changes go there.
    let reach = if rng.random() { bytes.len().min(64) } else { bytes.len() };
    let at = rng.random_range(0..reach);
    match rng.random_range(0..8) {
        0 => bytes[at] = rng.random(),
        1 => bytes[at] ^= 1 << rng.random_range(0..8),
        2 => bytes[at] = EDGES[rng.random_range(0..EDGES.len())],
        3 => bytes.truncate(at),
        4 => bytes.insert(at, EDGES[rng.random_range(0..EDGES.len())]),
        5 => {
            let end = (at + rng.random_range(1..9)).min(bytes.len());
            bytes[at..end].fill(0xff);
        }
        6 => {
            let end = (at + rng.random_range(1..40)).min(bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let other = &seeds[rng.random_range(0..seeds.len())];
            let from = rng.random_range(0..=other.len());
            bytes.splice(at..at, other[from..(from + 40).min(other.len())].iter().copied());
        }
    }
}
