//! Keys against answers from real data and against independent arithmetic.
#![allow(clippy::unwrap_used)]

use alloy_primitives::{Address, B256, U256, address, b256, hex, keccak256};
use preimage::{
    BLS_MODULUS, FIELD_ELEMENTS_PER_BLOB, KeyMismatch, KeyType, PreimageKey, Verification, root_of_unity,
    versioned_hash,
};

/// Roots of unity by the textbook formula over big integers, z_i = (7^((r−1)/4096))^bitrev(i) mod r.
#[test]
fn roots_of_unity_follow_the_formula() {
    let r = U256::from_be_bytes(BLS_MODULUS);
    assert_eq!(r, U256::from_be_bytes(hex!("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001")));
    let root = U256::from(7).pow_mod((r - U256::from(1)) / U256::from(4096), r);
    assert_eq!(root.pow_mod(U256::from(2048), r), r - U256::from(1));
    for i in (0..FIELD_ELEMENTS_PER_BLOB).step_by(97).chain([1, 2, 3, 4095]) {
        let reversed = format!("{i:012b}").chars().rev().collect::<String>();
        let z = root.pow_mod(U256::from_str_radix(&reversed, 2).unwrap(), r);
        assert_eq!(root_of_unity(i), Some(&z.to_be_bytes::<32>()), "{i}");
    }
    assert_eq!(root_of_unity(FIELD_ELEMENTS_PER_BLOB), None);
}

#[test]
fn keys_of_a_real_precompile_call_and_of_local_inputs() {
    // A call of ecrecover on OP Sepolia, block 16491249 (T3 of the data's description names both keys, not the input).
    let local = PreimageKey::local(0x0102);
    assert_eq!(local.as_word(), b256!("0100000000000000000000000000000000000000000000000000000000000102"));
    assert_eq!(local.local_index(), Some(0x0102));
    assert_eq!(PreimageKey::local(u64::MAX).local_index(), Some(u64::MAX));
    let mut bytes = *local.as_bytes();
    bytes[20] = 1;
    assert_eq!(PreimageKey::from_bytes(bytes).unwrap().local_index(), None);

    let ecrecover = address!("0000000000000000000000000000000000000001");
    let key = PreimageKey::precompile(&ecrecover, 3000, b"input");
    let by_hand = keccak256(hex!("00000000000000000000000000000000000000010000000000000bb8696e707574"));
    assert_eq!((key.as_bytes()[0], &key.as_bytes()[1..]), (6, &by_hand[1..]));
    assert_ne!(key, PreimageKey::precompile(&Address::ZERO, 3000, b"input"));
    assert_eq!(key.with_type(KeyType::Keccak256), PreimageKey::keccak256(by_hand));
}

#[test]
fn the_first_byte_decides_the_type() {
    for byte in 0..=255u8 {
        let key = PreimageKey::from_bytes([byte; 32]);
        assert_eq!(key.is_ok(), (1..=6).contains(&byte), "{byte}");
        if let Ok(key) = key {
            assert_eq!(key.key_type() as u8, byte);
            assert_eq!(PreimageKey::new(key.key_type(), B256::ZERO).as_bytes()[0], byte);
        }
    }
}

#[test]
fn values_are_held_against_their_keys() {
    let keccak = PreimageKey::keccak256(keccak256(b"value"));
    assert_eq!(keccak.verify(b"value"), Ok(Verification::Proven));
    assert!(matches!(keccak.verify(b"Value"), Err(KeyMismatch::Hash { .. })));
    // SHA2-256 of "abc", FIPS 180-4.
    let sha = PreimageKey::sha256(b256!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_eq!(sha.verify(b"abc"), Ok(Verification::Proven));
    assert!(matches!(sha.verify(b"abd"), Err(KeyMismatch::Hash { .. })));

    let blob = PreimageKey::blob(&[1; 48], &[2; 32]);
    let mut below = BLS_MODULUS;
    below[31] -= 1;
    assert_eq!(blob.verify(&below), Ok(Verification::FormOnly));
    for bad in [&BLS_MODULUS[..], &[0xff; 32], &[0; 31], &[0; 33]] {
        assert!(matches!(blob.verify(bad), Err(KeyMismatch::Form { .. })));
    }
    let precompile = PreimageKey::precompile(&Address::ZERO, 0, &[]);
    assert_eq!(precompile.verify(&[1, 5]), Ok(Verification::FormOnly));
    assert_eq!(precompile.verify(&[0]), Ok(Verification::FormOnly));
    assert!(precompile.verify(&[2]).is_err() && precompile.verify(&[]).is_err());
}

#[test]
fn a_commitment_is_found_under_the_versioned_hash() {
    // First blob of the first channel of the OP Sepolia witness is checked by the host's tests; here the relation alone.
    let commitment = [0xab; 48];
    let versioned = versioned_hash(&commitment);
    assert_eq!(versioned[0], 1);
    assert_eq!(PreimageKey::sha256(versioned).verify(&commitment), Ok(Verification::Proven));
    assert!(PreimageKey::sha256(versioned).verify(&[0xac; 48]).is_err());
}
