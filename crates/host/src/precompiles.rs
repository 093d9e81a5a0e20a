//! Results of the L1 precompiles that programs ask for instead of computing them.
//!
//! The set is that of op-program and kona: those whose computation in a machine is dear. A result is what a call on L1
//! gives: a status byte, then the returned bytes.

use alloy_primitives::{Address, Bytes, keccak256};
use preimage::{KeyType, PreimageKey};
use revm::precompile::{Precompile, PrecompileStatus, bls12_381, bn254, kzg_point_evaluation, secp256k1};

/// The precompiles whose results a host provides.
static ACCELERATED: [Precompile; 10] = [
    secp256k1::ECRECOVER,
    bn254::pair::ISTANBUL,
    kzg_point_evaluation::POINT_EVALUATION,
    bls12_381::g1_add::PRECOMPILE,
    bls12_381::g1_msm::PRECOMPILE,
    bls12_381::g2_add::PRECOMPILE,
    bls12_381::g2_msm::PRECOMPILE,
    bls12_381::pairing::PRECOMPILE,
    bls12_381::map_fp_to_g1::PRECOMPILE,
    bls12_381::map_fp2_to_g2::PRECOMPILE,
];

/// A call of an accelerated precompile with its result: what a precompile key stands for, and all that loading it on L1
/// needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrecompileCall {
    /// The precompile.
    pub address: Address,
    /// Gas that the call is stated to need, a part of the key; `None` for the key of older programs, which had no such part
    /// and which no present contract knows.
    pub required_gas: Option<u64>,
    /// The input.
    pub input: Bytes,
    /// Status byte and returned bytes.
    pub result: Bytes,
}

impl PrecompileCall {
    /// Makes the call that `data` describe, in the form that a key hashes: address, required gas where `with_gas`, input.
    /// `None` when they are too short or the precompile is not of the accelerated set.
    pub fn execute(data: &Bytes, with_gas: bool) -> Option<Self> {
        let address = Address::from_slice(data.get(..20)?);
        let (required_gas, start) = match with_gas {
            true => (Some(u64::from_be_bytes(data.get(20..28)?.try_into().ok()?)), 28),
            false => (None, 20),
        };
        let input = data.slice(start..);
        let (_, result) = run(&address, &input)?;
        Some(Self { address, required_gas, input, result })
    }

    /// The same call under the present form of the key: the gas that it needs is found by making it. `None` when it fails,
    /// since a failure does not tell.
    pub fn with_gas(&self) -> Option<Self> {
        let (gas, _) = run(&self.address, &self.input)?;
        (self.required_gas.is_none() && self.result.first() == Some(&1))
            .then(|| Self { required_gas: Some(gas), ..self.clone() })
    }

    /// The key of the result.
    pub fn key(&self) -> PreimageKey {
        PreimageKey::new(KeyType::Precompile, keccak256(self.key_preimage()))
    }

    /// What the key hashes.
    pub fn key_preimage(&self) -> Bytes {
        match self.required_gas {
            Some(gas) => preimage::precompile_preimage(&self.address, gas, &self.input).into(),
            None => [self.address.as_slice(), &self.input].concat().into(),
        }
    }
}

/// Runs a precompile with all the gas it may want and returns the gas that it used and its result as a preimage; `None` when
/// it is not of the accelerated set. A failed call uses no gas here.
fn run(address: &Address, input: &[u8]) -> Option<(u64, Bytes)> {
    let precompile = ACCELERATED.iter().find(|p| p.address() == address)?;
    let (gas, status, returned) = match precompile.execute(input, u64::MAX, 0) {
        Ok(output) if output.status == PrecompileStatus::Success => (output.gas_used, 1, output.bytes),
        _ => (0, 0, Bytes::new()),
    };
    let mut result = Vec::with_capacity(1 + returned.len());
    result.push(status);
    result.extend_from_slice(&returned);
    Some((gas, result.into()))
}
