//! Signers through the precompile, against recovery in software.

use crate::memory::Memory;
use alloy_primitives::{B256, Signature, U256, keccak256, uint};
use program::execute::recover_signer;
use rand::{Rng, SeedableRng, rngs::SmallRng};

const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

#[test]
fn signers_are_those_of_software_recovery() {
    let memory = Memory::default();
    let mut rng = SmallRng::seed_from_u64(1);
    let mut found = 0;
    for round in 0..400u64 {
        let hash = keccak256(round.to_be_bytes());
        // Most numbers below the order are the x of some point: a random signature has a signer half of the time.
        let signature =
            Signature::new(U256::from(rng.random::<u128>()), U256::from(rng.random::<u128>()), rng.random());
        let expected = signature.recover_address_from_prehash(&hash).ok();
        assert_eq!(recover_signer(&memory, &hash, &signature).unwrap(), expected);
        found += usize::from(expected.is_some());
        // The twin with a high s: the precompile would name the same signer, a transaction must not have it.
        let twin = Signature::new(signature.r(), ORDER - signature.s(), !signature.v());
        let asked = memory.precompiles.get();
        assert_eq!(recover_signer(&memory, &hash, &twin).unwrap(), None);
        assert_eq!(memory.precompiles.get(), asked);
    }
    assert!((100..300).contains(&found), "{found}");
    for (r, s) in [(U256::ZERO, U256::ONE), (U256::ONE, U256::ZERO), (ORDER, U256::ONE), (U256::MAX, U256::ONE)] {
        assert_eq!(recover_signer(&memory, &B256::ZERO, &Signature::new(r, s, false)).unwrap(), None);
    }
}
