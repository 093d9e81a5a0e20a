//! The points at which a blob's field elements are read, and the two hashes that name a blob.
//!
//! A blob is 4,096 values of a polynomial at the 4,096th roots of unity, stored in bit-reversed order (EIP-4844, consensus
//! specification `polynomial-commitments.md`). The roots are needed for every blob key, also inside the machine, where
//! modular arithmetic is dear: the table is computed by the compiler. Commitments and openings are the host's work.

use alloy_primitives::B256;
use sha2::{Digest, Sha256};

/// Field elements of one blob.
pub const FIELD_ELEMENTS_PER_BLOB: usize = 4096;

/// The order of the BLS12-381 scalar field, big-endian.
pub const BLS_MODULUS: [u8; 32] = to_be_bytes(R);

/// The modulus in 64-bit limbs, least significant first.
const R: [u64; 4] = [0xffff_ffff_0000_0001, 0x53bd_a402_fffe_5bfe, 0x3339_d808_09a1_d805, 0x73ed_a753_299d_7d48];

/// −R⁻¹ mod 2⁶⁴, for Montgomery's reduction.
const R_INV: u64 = {
    // Newton's iteration doubles the number of right bits: 1, 2, 4 … 64.
    let mut inverse = 1u64;
    let mut i = 0;
    while i < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(R[0].wrapping_mul(inverse)));
        i += 1;
    }
    inverse.wrapping_neg()
};

const fn to_be_bytes(limbs: [u64; 4]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut i = 0;
    while i < 32 {
        out[i] = (limbs[3 - i / 8] >> (56 - 8 * (i % 8))) as u8;
        i += 1;
    }
    out
}

const fn below_modulus(a: [u64; 4]) -> bool {
    let mut i = 4;
    while i > 0 {
        i -= 1;
        if a[i] != R[i] {
            return a[i] < R[i];
        }
    }
    false
}

const fn subtract_modulus(a: [u64; 4]) -> [u64; 4] {
    let mut out = [0; 4];
    let mut borrow = false;
    let mut i = 0;
    while i < 4 {
        let (d, b1) = a[i].overflowing_sub(R[i]);
        let (d, b2) = d.overflowing_sub(borrow as u64);
        out[i] = d;
        borrow = b1 || b2;
        i += 1;
    }
    out
}

/// Montgomery's product a · b / 2²⁵⁶ mod R of two reduced numbers. R < 2²⁵⁵, so the sum never leaves 256 bits.
const fn montgomery_product(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let mut t = [0u64; 5];
    let mut i = 0;
    while i < 4 {
        let mut carry = 0u128;
        let mut j = 0;
        while j < 4 {
            carry += t[j] as u128 + a[j] as u128 * b[i] as u128;
            t[j] = carry as u64;
            carry >>= 64;
            j += 1;
        }
        let top = t[4] as u128 + carry;
        let m = t[0].wrapping_mul(R_INV);
        carry = (t[0] as u128 + m as u128 * R[0] as u128) >> 64;
        j = 1;
        while j < 4 {
            carry += t[j] as u128 + m as u128 * R[j] as u128;
            t[j - 1] = carry as u64;
            carry >>= 64;
            j += 1;
        }
        carry += top;
        t[3] = carry as u64;
        t[4] = (carry >> 64) as u64;
        i += 1;
    }
    let out = [t[0], t[1], t[2], t[3]];
    if below_modulus(out) { out } else { subtract_modulus(out) }
}

/// 2ⁿ · a mod R by doubling.
const fn doubled(mut a: [u64; 4], n: usize) -> [u64; 4] {
    let mut i = 0;
    while i < n {
        a = [a[0] << 1, a[1] << 1 | a[0] >> 63, a[2] << 1 | a[1] >> 63, a[3] << 1 | a[2] >> 63];
        if !below_modulus(a) {
            a = subtract_modulus(a);
        }
        i += 1;
    }
    a
}

#[allow(long_running_const_eval)] // 4,096 products: a second of the compiler instead of a million steps of the machine
static ROOTS_OF_UNITY: [[u8; 32]; FIELD_ELEMENTS_PER_BLOB] = {
    // 7 generates the multiplicative group; 7^((R − 1) / 4096) has order 4,096. In Montgomery form x stands as x · 2²⁵⁶.
    let one = doubled([1, 0, 0, 0], 256);
    let seven = doubled([7, 0, 0, 0], 256);
    let mut exponent = [R[0] - 1, R[1], R[2], R[3]];
    exponent = [
        exponent[0] >> 12 | exponent[1] << 52,
        exponent[1] >> 12 | exponent[2] << 52,
        exponent[2] >> 12 | exponent[3] << 52,
        exponent[3] >> 12,
    ];
    let mut root = one;
    let mut bit = 256;
    while bit > 0 {
        bit -= 1;
        root = montgomery_product(root, root);
        if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
            root = montgomery_product(root, seven);
        }
    }
    let mut table = [[0; 32]; FIELD_ELEMENTS_PER_BLOB];
    let mut power = one;
    let mut i = 0;
    while i < FIELD_ELEMENTS_PER_BLOB {
        // The index of a power in the blob is its exponent with 12 bits reversed.
        let position = ((i as u32).reverse_bits() >> 20) as usize;
        table[position] = to_be_bytes(montgomery_product(power, [1, 0, 0, 0]));
        power = montgomery_product(power, root);
        i += 1;
    }
    table
};

/// The point, 32 bytes big-endian, at which a blob's polynomial has field element `index` as its value; `None` from
/// [`FIELD_ELEMENTS_PER_BLOB`] on.
pub fn root_of_unity(index: usize) -> Option<&'static [u8; 32]> {
    ROOTS_OF_UNITY.get(index)
}

/// A blob's versioned hash (EIP-4844): SHA2-256 of the commitment with 0x01 as its first byte.
pub fn versioned_hash(commitment: &[u8; 48]) -> B256 {
    let mut hash: [u8; 32] = Sha256::digest(commitment).into();
    hash[0] = 1;
    B256::new(hash)
}

/// Whether the bytes are a field element in its one canonical form.
pub(crate) fn is_field_element(value: &[u8]) -> bool {
    value.len() == 32 && value < BLS_MODULUS.as_slice()
}
