//! Blobs and their KZG commitments: the check of a whole blob on import, openings of single elements for L1.
//!
//! Both are one multiplication of many points: a commitment is the sum of the trusted setup's Lagrange points, each times the
//! blob's element, and the proof of an opening is the commitment of a quotient (consensus specification,
//! `polynomial-commitments.md`). So of Ethereum's setup only those 4,096 points are needed; `lagrange.bin` holds them, 96
//! bytes each, uncompressed, in the order of a blob's elements. Verification, which needs more, is the precompile's.

use alloy_primitives::{Bytes, Keccak256, U256, keccak256};
use blst::{
    MultiPoint,
    min_pk::{AggregatePublicKey, PublicKey},
};
use preimage::{BLS_MODULUS, FIELD_ELEMENTS_PER_BLOB, root_of_unity};
use std::sync::OnceLock;

/// Length of a blob in bytes.
pub const BLOB_LEN: usize = 32 * FIELD_ELEMENTS_PER_BLOB;

/// Order of the scalar field.
const R: U256 = U256::from_be_bytes(BLS_MODULUS);

/// The Lagrange points in the order of a blob's elements.
fn lagrange() -> &'static [PublicKey] {
    static POINTS: OnceLock<Vec<PublicKey>> = OnceLock::new();
    POINTS.get_or_init(|| {
        let point = |bytes: &[u8]| PublicKey::deserialize(bytes).expect("lagrange.bin is part of the crate and tested");
        include_bytes!("lagrange.bin").chunks_exact(96).map(point).collect()
    })
}

/// The elements of a blob; `None` when it has another length or an element is not below the modulus.
fn elements(blob: &[u8]) -> Option<Vec<U256>> {
    let elements: Vec<U256> = blob.chunks_exact(32).map(U256::from_be_slice).collect();
    (blob.len() == BLOB_LEN && elements.iter().all(|e| *e < R)).then_some(elements)
}

/// The commitment of a polynomial by its values in the order of a blob.
fn commit(values: &[U256]) -> [u8; 48] {
    let scalars: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes::<32>()).collect();
    let sum: AggregatePublicKey = lagrange().mult(&scalars, 255);
    sum.to_public_key().compress()
}

/// The commitment of a blob; `None` when the bytes are no blob (wrong length, or an element beyond the field).
pub fn commitment(blob: &[u8]) -> Option<[u8; 48]> {
    elements(blob).map(|elements| commit(&elements))
}

/// Whether all the blobs match their commitments, at little more than the price of one: a random combination of the blobs has
/// to have the same combination of the commitments as its own. The coefficients are powers of a hash of all of them, so that
/// nobody can choose blobs that cancel out. False also for what this cannot judge (the commitment of an empty blob): then
/// each one has to be looked at.
pub(crate) fn all_match<'a>(blobs: impl Iterator<Item = (&'a [u8; 48], &'a Bytes)> + Clone) -> bool {
    let mut hash = Keccak256::new();
    for (commitment, blob) in blobs.clone() {
        hash.update(commitment);
        hash.update(keccak256(blob));
    }
    let challenge = U256::from_be_bytes(hash.finalize().0).reduce_mod(R);
    let (mut points, mut scalars) = (Vec::new(), Vec::new());
    let mut combined = vec![U256::ZERO; FIELD_ELEMENTS_PER_BLOB];
    let mut factor = U256::ONE;
    for (commitment, blob) in blobs {
        // A point outside the group could hide a difference in its other part.
        let point = PublicKey::uncompress(commitment).ok().filter(|point| point.validate().is_ok());
        let (Some(point), Some(values)) = (point, elements(blob)) else { return false };
        points.push(point);
        scalars.extend_from_slice(&factor.to_le_bytes::<32>());
        for (sum, value) in combined.iter_mut().zip(values) {
            *sum = sum.add_mod(value.mul_mod(factor, R), R);
        }
        factor = factor.mul_mod(challenge, R);
    }
    if points.is_empty() {
        return true;
    }
    points.mult(&scalars, 255).to_public_key().compress() == commit(&combined)
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

fn sub(a: U256, b: U256) -> U256 {
    a.add_mod(R - b, R)
}

/// The inverses of numbers other than zero, at the price of one inversion.
fn inverses(numbers: &[U256]) -> Vec<U256> {
    let mut products = Vec::with_capacity(numbers.len());
    let mut product = U256::ONE;
    for number in numbers {
        products.push(product);
        product = product.mul_mod(*number, R);
    }
    let mut inverse = product.pow_mod(R - U256::from(2), R);
    for (before, number) in products.iter_mut().zip(numbers).rev() {
        *before = before.mul_mod(inverse, R);
        inverse = inverse.mul_mod(*number, R);
    }
    products
}

/// Opens a blob with a known commitment at `z`; `None` when blob or point are malformed.
pub fn open(commitment: [u8; 48], blob: &Bytes, z: &[u8; 32]) -> Option<BlobOpening> {
    let values = elements(blob)?;
    let at = U256::from_be_bytes(*z);
    if at >= R {
        return None;
    }
    let points: Vec<U256> = (0..values.len()).filter_map(root_of_unity).map(|w| U256::from_be_bytes(*w)).collect();
    let among = points.iter().position(|w| *w == at);
    // 1 / (w − z); the place of z itself among the points, where there is no inverse, is made up for below.
    let differences: Vec<U256> = points.iter().map(|w| if *w == at { U256::ONE } else { sub(*w, at) }).collect();
    let inverse = inverses(&differences);

    let y = match among {
        Some(index) => *values.get(index)?,
        // y = (z^4096 − 1) / 4096 · Σ p(w) · w / (z − w)
        None => {
            let mut sum = U256::ZERO;
            for ((value, w), inverse) in values.iter().zip(&points).zip(&inverse) {
                sum = sub(sum, value.mul_mod(*w, R).mul_mod(*inverse, R));
            }
            let count = U256::from(FIELD_ELEMENTS_PER_BLOB);
            let factor = sub(at.pow_mod(count, R), U256::ONE);
            sum.mul_mod(factor, R).mul_mod(inverses(&[count]).first().copied()?, R)
        }
    };
    // The quotient (p − y) / (x − z) at each point.
    let mut quotient: Vec<U256> =
        values.iter().zip(&inverse).map(|(value, inverse)| sub(*value, y).mul_mod(*inverse, R)).collect();
    if let Some(index) = among {
        // At z itself: Σ over the others of (p(w) − y) · w / (z · (z − w)) = −Σ q(w) · w / z.
        let mut sum = U256::ZERO;
        for (other, (q, w)) in quotient.iter().zip(&points).enumerate() {
            if other != index {
                sum = sub(sum, q.mul_mod(*w, R));
            }
        }
        *quotient.get_mut(index)? = sum.mul_mod(inverses(&[at]).first().copied()?, R);
    }
    Some(BlobOpening { commitment, z: *z, y: y.to_be_bytes(), proof: commit(&quotient) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::hex;

    /// The two polynomials whose commitments are known without the points: 1 commits to the group's generator, x to the
    /// first power of the setup's secret (both as published with the ceremony). A wrong point changes the first, two points
    /// in each other's place change the second.
    #[test]
    fn the_points_are_those_of_the_ceremony() {
        let constant: Vec<u8> = (0..4096).flat_map(|_| U256::ONE.to_be_bytes::<32>()).collect();
        let generator =
            hex!("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb");
        assert_eq!(commitment(&constant), Some(generator));
        let identity: Vec<u8> = (0..4096).filter_map(root_of_unity).flatten().copied().collect();
        let tau =
            hex!("ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81");
        assert_eq!(commitment(&identity), Some(tau));
        // p(x) = x has the value z at any z, and the quotient 1.
        for z in [U256::from(5), U256::from_be_bytes(*root_of_unity(9).unwrap())] {
            let opening = open(tau, &identity.clone().into(), &z.to_be_bytes()).unwrap();
            assert_eq!((U256::from_be_bytes(opening.y), opening.proof), (z, generator));
        }
    }

    #[test]
    fn many_blobs_are_checked_as_one() {
        let blob = |seed: u8| -> Bytes {
            let element = |i: usize| U256::from_be_bytes(keccak256([seed, i as u8, (i >> 8) as u8]).0).reduce_mod(R);
            (0..FIELD_ELEMENTS_PER_BLOB).flat_map(|i| element(i).to_be_bytes::<32>()).collect::<Vec<u8>>().into()
        };
        let good: Vec<_> = (0..3).map(blob).map(|blob| (commitment(&blob).unwrap(), blob)).collect();
        let check = |blobs: &[([u8; 48], Bytes)]| all_match(blobs.iter().map(|(c, blob)| (c, blob)));
        for n in 0..=3 {
            assert!(check(&good[..n]), "{n}");
        }
        // One bit of one blob, two commitments in each other's place, differences that would cancel out in a plain sum.
        let mut bad = good.clone();
        let mut bytes = bad[1].1.to_vec();
        bytes[77_777] ^= 1;
        bad[1].1 = bytes.into();
        assert!(!check(&bad));
        let swapped = [(good[0].0, good[1].1.clone()), (good[1].0, good[0].1.clone())];
        assert!(!check(&swapped));
        // A commitment of no point, of none in the group, and the one that is left to the single check.
        let mut none = good[0].clone();
        none.0 = [0xff; 48];
        assert!(!check(&[none]));
        let zero: Bytes = vec![0; BLOB_LEN].into();
        assert!(!check(&[(commitment(&zero).unwrap(), zero)]));
    }

    #[test]
    fn what_is_no_blob_has_no_commitment() {
        let mut infinity = [0; 48];
        infinity[0] = 0xc0;
        assert_eq!(commitment(&vec![0; BLOB_LEN]), Some(infinity));
        assert_eq!(commitment(&vec![0; BLOB_LEN - 1]), None);
        assert_eq!(commitment(&vec![0; BLOB_LEN + 32]), None);
        assert_eq!(commitment(&vec![0xff; BLOB_LEN]), None);
        let zero = Bytes::from(vec![0; BLOB_LEN]);
        assert_eq!(open(infinity, &zero, &BLS_MODULUS), None);
        assert_eq!(open(infinity, &zero, &[0; 32]).map(|o| (o.y, o.proof)), Some(([0; 32], infinity)));
    }
}
