//! Who and what takes part: accounts, contracts without a will of their own, values for arguments.

use super::encoding::{Function, Kind, Value, encode};
use super::pair::{Pair, Transaction};
use alloy_primitives::{Address, B256, U256, hex, keccak256};
use rand::rngs::SmallRng;
use rand::{Rng, RngCore};

/// Calls `to` with `value` and `data` as a contract: calldata is `to` and `value` as words, then `data`. Takes plain ether.
pub(crate) const PUPPET_CODE: [u8; 43] =
    hex!("603f3611600857005b60403603806040 5f375f5f825f602035 5f355af1 3d5f5f3e 602757 3d5ffd 5b3d5ff3");
/// Reverts whatever is asked.
pub(crate) const REFUSER_CODE: [u8; 3] = hex!("5f5ffd");
/// Succeeds and returns nothing.
pub(crate) const SILENT_CODE: [u8; 1] = hex!("00");
/// Returns a word of zero.
pub(crate) const FALSE_CODE: [u8; 6] = hex!("60205f5ff300");

pub(crate) const OWNER: Address = Address::repeat_byte(0xa1);
pub(crate) const GUARDIAN: Address = Address::repeat_byte(0xa2);
pub(crate) const ALICE: Address = Address::repeat_byte(0xa3);
pub(crate) const BOB: Address = Address::repeat_byte(0xa4);
pub(crate) const PUPPET: Address = Address::repeat_byte(0xb1);
pub(crate) const REFUSER: Address = Address::repeat_byte(0xb2);
pub(crate) const SILENT: Address = Address::repeat_byte(0xb3);
pub(crate) const FALSE: Address = Address::repeat_byte(0xb4);
/// An account whose code is a delegation (EIP-7702).
pub(crate) const DELEGATED: Address = Address::repeat_byte(0xb5);

/// Ether by the thousand.
pub(crate) fn ether(n: u64) -> U256 {
    U256::from(n) * U256::from(10u64.pow(18))
}

/// Everybody, with ether.
pub(crate) fn introduce(pair: &mut Pair) {
    pair.place_code(PUPPET, &PUPPET_CODE);
    pair.place_code(REFUSER, &REFUSER_CODE);
    pair.place_code(SILENT, &SILENT_CODE);
    pair.place_code(FALSE, &FALSE_CODE);
    pair.place_code(DELEGATED, &[&hex!("ef0100")[..], SILENT.as_slice()].concat());
    for account in [OWNER, GUARDIAN, ALICE, BOB, PUPPET, DELEGATED, Address::with_last_byte(1)] {
        pair.fund(account, ether(1_000_000));
    }
}

/// Calldata of a function by its signature.
pub(crate) fn calldata(signature: &str, arguments: &[Value]) -> Vec<u8> {
    [&keccak256(signature)[..4], &encode(arguments)].concat()
}

/// A transaction without ether.
pub(crate) fn call(from: Address, to: Address, signature: &str, arguments: &[Value]) -> Transaction {
    Transaction { from, to, value: U256::ZERO, data: calldata(signature, arguments) }
}

/// The same call by the puppet, paid by `from`.
pub(crate) fn through_puppet(t: Transaction) -> Transaction {
    let mut data = Vec::new();
    data.extend(t.to.into_word());
    data.extend(t.value.to_be_bytes::<32>());
    data.extend(t.data);
    Transaction { to: PUPPET, data, ..t }
}

/// What arguments are drawn from.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    pub(crate) addresses: Vec<Address>,
    pub(crate) words: Vec<U256>,
    pub(crate) bytes: Vec<Vec<u8>>,
}

impl Pool {
    pub(crate) fn address(&self, rng: &mut SmallRng) -> Address {
        match rng.random_range(0..20) {
            0 => Address::ZERO,
            1 => Address::with_last_byte(rng.random()),
            2 => Address::from(rng.random::<[u8; 20]>()),
            _ => self.addresses[rng.random_range(0..self.addresses.len())],
        }
    }

    pub(crate) fn word(&self, rng: &mut SmallRng, bits: usize) -> U256 {
        let mask = if bits == 256 { U256::MAX } else { (U256::ONE << bits) - U256::ONE };
        let word = match rng.random_range(0..9) {
            0 => U256::ZERO,
            1 => U256::ONE,
            2 => mask,
            3 => mask - U256::ONE,
            4 => U256::from(rng.random_range(0..1_000u64)),
            5 => U256::from(rng.random::<u64>()),
            6 => B256::from(rng.random::<[u8; 32]>()).into(),
            _ => self.words[rng.random_range(0..self.words.len())],
        };
        // Now and then a word that its type does not allow.
        if rng.random_range(0..60) == 0 { word } else { word & mask }
    }

    pub(crate) fn value(&self, rng: &mut SmallRng, kind: &Kind) -> Value {
        match kind {
            Kind::Word(160, false) => self.address(rng).into(),
            Kind::Word(bits, true) => {
                let word = self.word(rng, *bits);
                let negative = word.bit(bits - 1);
                let fill = if negative && *bits < 256 { U256::MAX << *bits } else { U256::ZERO };
                Value::Word(word | fill)
            }
            Kind::Word(bits, false) => Value::Word(self.word(rng, *bits)),
            Kind::Fixed(bytes) => Value::Word(self.word(rng, 8 * bytes) << (256 - 8 * bytes)),
            Kind::Bytes => Value::Bytes(self.text(rng)),
            Kind::List(inner) => {
                let length = rng.random_range(0..4);
                Value::List((0..length).map(|_| self.value(rng, inner)).collect())
            }
            Kind::Array(inner, length) => Value::Tuple((0..*length).map(|_| self.value(rng, inner)).collect()),
            Kind::Tuple(kinds) => Value::Tuple(kinds.iter().map(|kind| self.value(rng, kind)).collect()),
        }
    }

    fn text(&self, rng: &mut SmallRng) -> Vec<u8> {
        if !self.bytes.is_empty() && rng.random_range(0..3) == 0 {
            return self.bytes[rng.random_range(0..self.bytes.len())].clone();
        }
        let length = match rng.random_range(0..4) {
            0 => 0,
            1 => rng.random_range(0..40),
            2 => 32 * rng.random_range(0..4),
            _ => rng.random_range(0..400),
        };
        let mut bytes = vec![0; length];
        rng.fill_bytes(&mut bytes);
        bytes
    }

    /// Calldata of a function, mostly well-formed.
    pub(crate) fn calldata(&self, rng: &mut SmallRng, function: &Function) -> Vec<u8> {
        let arguments: Vec<Value> = function.inputs.iter().map(|(_, kind)| self.value(rng, kind)).collect();
        let mut data = [&function.selector[..], &encode(&arguments)].concat();
        match rng.random_range(0..60) {
            0 => data.truncate(rng.random_range(0..=data.len())),
            1 => data.extend(rng.random::<[u8; 7]>()),
            2 if data.len() > 4 => {
                let at = rng.random_range(4..data.len());
                data[at] ^= 1 << rng.random_range(0..8);
            }
            _ => {}
        }
        data
    }
}
