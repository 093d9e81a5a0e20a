//! The L1 attributes deposit: the first transaction of every L2 block, which tells L2 about its L1 origin and the system
//! config (specification: deposits.md, and the L1 attributes pages of Ecotone, Isthmus and Jovian).

use crate::{
    L1BlockRef,
    deposit::{self, DEPOSITOR, SourceDomain},
};
use alloc::vec::Vec;
use alloy_consensus::Header;
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address};
use op_alloy_consensus::TxDeposit;
use primitives::{
    chain_config::{BlobParams, ChainConfig, L1ChainConfig},
    rollup_config::{ForkEntry, RollupConfig, SystemConfig},
};

pub use primitives::rollup_config::L1InfoFormat;

/// The predeploy that the L1 attributes are written to.
pub const L1_BLOCK: Address = address!("4200000000000000000000000000000000000015");
/// `daFootprintGasScalar` where the system config has none.
pub const DA_FOOTPRINT_GAS_SCALAR_DEFAULT: u16 = 400;

const SELECTOR_BEDROCK: [u8; 4] = [0x01, 0x5d, 0x8e, 0xb9];
const SELECTOR_ECOTONE: [u8; 4] = [0x44, 0x0a, 0x5e, 0x20];
const SELECTOR_ISTHMUS: [u8; 4] = [0x09, 0x89, 0x99, 0xbe];
const SELECTOR_JOVIAN: [u8; 4] = [0x3d, 0xb6, 0xbe, 0x2b];

const LENGTH_BEDROCK: usize = 4 + 8 * 32;
const LENGTH_ECOTONE: usize = 164;
const LENGTH_ISTHMUS: usize = 176;
const LENGTH_JOVIAN: usize = 178;

/// The form of the calldata in the block at `timestamp`. The activation block of a fork still uses the form before it, because
/// the contract is upgraded later in the same block.
pub fn format_at(config: &RollupConfig, timestamp: u64) -> L1InfoFormat {
    let written = |entry: &&ForkEntry| {
        config.is_active(entry.fork, timestamp) && !config.is_activation_block(entry.fork, timestamp)
    };
    config.forks.table().iter().rev().find(written).map_or(L1InfoFormat::Bedrock, |entry| entry.rules.l1_info)
}

/// What the L1 attributes deposit says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L1Info {
    /// The form of the calldata.
    pub format: L1InfoFormat,
    /// Number of the L1 origin.
    pub number: u64,
    /// Timestamp of the L1 origin.
    pub timestamp: u64,
    /// Base fee of the L1 origin.
    pub base_fee: U256,
    /// Hash of the L1 origin.
    pub hash: B256,
    /// Position of the block among those with this L1 origin.
    pub sequence_number: u64,
    /// The batcher of the system config.
    pub batcher: Address,
    /// Bedrock: the fee overhead.
    pub overhead: B256,
    /// Bedrock: the fee scalar.
    pub bedrock_scalar: B256,
    /// Ecotone: the blob base fee of the L1 origin.
    pub blob_base_fee: U256,
    /// Ecotone: scalar of the base fee.
    pub base_fee_scalar: u32,
    /// Ecotone: scalar of the blob base fee.
    pub blob_base_fee_scalar: u32,
    /// Isthmus: operator fee scalar.
    pub operator_fee_scalar: u32,
    /// Isthmus: operator fee constant.
    pub operator_fee_constant: u64,
    /// Jovian: DA footprint scalar.
    pub da_footprint_gas_scalar: u16,
}

/// Why a transaction is not an L1 attributes deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum L1InfoError {
    /// Not a deposit transaction.
    #[error("the first transaction is not a deposit")]
    NotADeposit,
    /// The calldata begins with an unknown selector or has the wrong length.
    #[error("unknown selector or wrong length of {0} bytes")]
    Calldata(usize),
    /// A value does not fit into its type.
    #[error("a value is out of range")]
    Range,
}

/// The two scalars of an Ecotone scalar: (base fee, blob base fee). Unknown versions and dirty padding follow
/// system-config.md, "Post-Ecotone Scalar Encoding".
pub fn ecotone_scalars(scalar: &B256) -> (u32, u32) {
    let word = |at: usize| u32::from_be_bytes([scalar[at], scalar[at + 1], scalar[at + 2], scalar[at + 3]]);
    match scalar[0] {
        0 if scalar[1..28].iter().all(|b| *b == 0) => (word(28), 0),
        0 => (u32::MAX, 0),
        _ => (word(28), word(24)),
    }
}

fn u64_word(word: &[u8]) -> Result<u64, L1InfoError> {
    let (high, low) = word.split_at(24);
    if high.iter().any(|b| *b != 0) {
        return Err(L1InfoError::Range);
    }
    Ok(number(low))
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, b| (n << 8) | u64::from(*b))
}

impl L1Info {
    /// What the L2 block at `l2_timestamp` says about its L1 origin.
    pub fn new(
        config: &ChainConfig,
        system: &SystemConfig,
        origin: &Header,
        origin_ref: &L1BlockRef,
        sequence_number: u64,
        l2_timestamp: u64,
    ) -> Self {
        let format = format_at(&config.rollup, l2_timestamp);
        let packed = format >= L1InfoFormat::Ecotone;
        let isthmus = format >= L1InfoFormat::Isthmus;
        let (base_fee_scalar, blob_base_fee_scalar) = if packed { ecotone_scalars(&system.scalar) } else { (0, 0) };
        let footprint = match system.da_footprint_gas_scalar {
            0 => DA_FOOTPRINT_GAS_SCALAR_DEFAULT,
            scalar => scalar,
        };
        Self {
            format,
            number: origin_ref.number,
            timestamp: origin_ref.timestamp,
            base_fee: U256::from(origin.base_fee_per_gas.unwrap_or_default()),
            hash: origin_ref.hash,
            sequence_number,
            batcher: system.batcher,
            overhead: if packed { B256::ZERO } else { system.overhead },
            bedrock_scalar: if packed { B256::ZERO } else { system.scalar },
            blob_base_fee: if packed { blob_base_fee(config, origin) } else { U256::ZERO },
            base_fee_scalar,
            blob_base_fee_scalar,
            operator_fee_scalar: if isthmus { system.operator_fee_scalar } else { 0 },
            operator_fee_constant: if isthmus { system.operator_fee_constant } else { 0 },
            da_footprint_gas_scalar: if format >= L1InfoFormat::Jovian { footprint } else { 0 },
        }
    }

    /// The fee scalar as the system config has it. From Ecotone on it is written in version 1, whatever version it was
    /// derived from: both mean the same.
    pub fn scalar(&self) -> B256 {
        if self.format == L1InfoFormat::Bedrock {
            return self.bedrock_scalar;
        }
        let mut scalar = B256::ZERO;
        scalar[0] = 1;
        scalar[24..28].copy_from_slice(&self.blob_base_fee_scalar.to_be_bytes());
        scalar[28..32].copy_from_slice(&self.base_fee_scalar.to_be_bytes());
        scalar
    }

    /// The calldata.
    pub fn calldata(&self) -> Bytes {
        let mut data = Vec::with_capacity(LENGTH_BEDROCK);
        if self.format == L1InfoFormat::Bedrock {
            data.extend_from_slice(&SELECTOR_BEDROCK);
            for word in [
                U256::from(self.number),
                U256::from(self.timestamp),
                self.base_fee,
                U256::from_be_bytes(self.hash.0),
                U256::from(self.sequence_number),
                U256::from_be_bytes(self.batcher.into_word().0),
                U256::from_be_bytes(self.overhead.0),
                U256::from_be_bytes(self.bedrock_scalar.0),
            ] {
                data.extend_from_slice(&word.to_be_bytes::<32>());
            }
            return data.into();
        }
        data.extend_from_slice(match self.format {
            L1InfoFormat::Bedrock | L1InfoFormat::Ecotone => &SELECTOR_ECOTONE,
            L1InfoFormat::Isthmus => &SELECTOR_ISTHMUS,
            L1InfoFormat::Jovian => &SELECTOR_JOVIAN,
        });
        data.extend_from_slice(&self.base_fee_scalar.to_be_bytes());
        data.extend_from_slice(&self.blob_base_fee_scalar.to_be_bytes());
        data.extend_from_slice(&self.sequence_number.to_be_bytes());
        data.extend_from_slice(&self.timestamp.to_be_bytes());
        data.extend_from_slice(&self.number.to_be_bytes());
        data.extend_from_slice(&self.base_fee.to_be_bytes::<32>());
        data.extend_from_slice(&self.blob_base_fee.to_be_bytes::<32>());
        data.extend_from_slice(self.hash.as_slice());
        data.extend_from_slice(self.batcher.into_word().as_slice());
        if self.format >= L1InfoFormat::Isthmus {
            data.extend_from_slice(&self.operator_fee_scalar.to_be_bytes());
            data.extend_from_slice(&self.operator_fee_constant.to_be_bytes());
        }
        if self.format >= L1InfoFormat::Jovian {
            data.extend_from_slice(&self.da_footprint_gas_scalar.to_be_bytes());
        }
        data.into()
    }

    /// The deposit transaction in EIP-2718 encoding.
    pub fn transaction(&self, config: &RollupConfig, l2_timestamp: u64) -> Bytes {
        let system = config.rules_at(l2_timestamp).system_transactions;
        deposit::encode(TxDeposit {
            source_hash: deposit::source_hash(SourceDomain::L1Attributes, self.hash, self.sequence_number),
            from: DEPOSITOR,
            to: TxKind::Call(L1_BLOCK),
            mint: 0,
            value: U256::ZERO,
            gas_limit: if system { 150_000_000 } else { 1_000_000 },
            is_system_transaction: system,
            input: self.calldata(),
        })
    }

    /// Reads an L1 attributes deposit from its EIP-2718 encoding.
    pub fn from_transaction(transaction: &[u8]) -> Result<Self, L1InfoError> {
        let deposit = TxDeposit::decode_2718(&mut &transaction[..]).map_err(|_| L1InfoError::NotADeposit)?;
        Self::from_calldata(&deposit.input)
    }

    /// Reads the calldata of an L1 attributes deposit.
    pub fn from_calldata(data: &[u8]) -> Result<Self, L1InfoError> {
        let error = L1InfoError::Calldata(data.len());
        let selector = data.get(..4).ok_or(error)?;
        let format = [
            (SELECTOR_BEDROCK, LENGTH_BEDROCK, L1InfoFormat::Bedrock),
            (SELECTOR_ECOTONE, LENGTH_ECOTONE, L1InfoFormat::Ecotone),
            (SELECTOR_ISTHMUS, LENGTH_ISTHMUS, L1InfoFormat::Isthmus),
            (SELECTOR_JOVIAN, LENGTH_JOVIAN, L1InfoFormat::Jovian),
        ]
        .into_iter()
        .find(|(known, length, _)| known == selector && *length == data.len())
        .map(|(_, _, format)| format)
        .ok_or(error)?;
        if format == L1InfoFormat::Bedrock { Self::from_words(&data[4..]) } else { Ok(Self::from_packed(format, data)) }
    }

    fn from_words(words: &[u8]) -> Result<Self, L1InfoError> {
        let word = |i: usize| &words[32 * i..32 * (i + 1)];
        let batcher = word(5);
        if batcher[..12].iter().any(|b| *b != 0) {
            return Err(L1InfoError::Range);
        }
        Ok(Self {
            format: L1InfoFormat::Bedrock,
            number: u64_word(word(0))?,
            timestamp: u64_word(word(1))?,
            base_fee: U256::from_be_slice(word(2)),
            hash: B256::from_slice(word(3)),
            sequence_number: u64_word(word(4))?,
            batcher: Address::from_slice(&batcher[12..]),
            overhead: B256::from_slice(word(6)),
            bedrock_scalar: B256::from_slice(word(7)),
            blob_base_fee: U256::ZERO,
            base_fee_scalar: 0,
            blob_base_fee_scalar: 0,
            operator_fee_scalar: 0,
            operator_fee_constant: 0,
            da_footprint_gas_scalar: 0,
        })
    }

    fn from_packed(format: L1InfoFormat, data: &[u8]) -> Self {
        let u32_at = |at: usize| number(&data[at..at + 4]) as u32;
        let u64_at = |at: usize| number(&data[at..at + 8]);
        let isthmus = format >= L1InfoFormat::Isthmus;
        Self {
            format,
            base_fee_scalar: u32_at(4),
            blob_base_fee_scalar: u32_at(8),
            sequence_number: u64_at(12),
            timestamp: u64_at(20),
            number: u64_at(28),
            base_fee: U256::from_be_slice(&data[36..68]),
            blob_base_fee: U256::from_be_slice(&data[68..100]),
            hash: B256::from_slice(&data[100..132]),
            batcher: Address::from_slice(&data[144..164]),
            overhead: B256::ZERO,
            bedrock_scalar: B256::ZERO,
            operator_fee_scalar: if isthmus { u32_at(164) } else { 0 },
            operator_fee_constant: if isthmus { u64_at(168) } else { 0 },
            da_footprint_gas_scalar: if format >= L1InfoFormat::Jovian { number(&data[176..178]) as u16 } else { 0 },
        }
    }
}

/// The blob base fee of an L1 block for the L1 attributes: 1 where the block knows no blobs.
fn blob_base_fee(config: &ChainConfig, origin: &Header) -> U256 {
    let Some(excess) = origin.excess_blob_gas else { return U256::ONE };
    let l1: &L1ChainConfig = &config.l1;
    // Ethereum's parameters of Cancun, whatever the L1 chain's own are, as running nodes have it.
    let cancun = BlobParams::cancun(0);
    let cancun_forced = config.rollup.pectra_blob_schedule_time.is_some_and(|time| origin.timestamp < time);
    let params = if cancun_forced { Some(&cancun) } else { l1.blob_params_at(origin.timestamp) };
    params.map_or(U256::ONE, |params| fake_exponential(excess, params.base_fee_update_fraction))
}

/// `fake_exponential(1, numerator, denominator)` of EIP-4844: an approximation of e^(numerator / denominator).
///
/// Saturates instead of overflowing: an excess for which 256 bits do not suffice cannot be reached on an L1 chain.
fn fake_exponential(numerator: u64, denominator: u64) -> U256 {
    let numerator = U256::from(numerator);
    let denominator = U256::from(denominator.max(1));
    let mut output = U256::ZERO;
    let mut term = denominator;
    let mut i = U256::ONE;
    while !term.is_zero() {
        let Some(sum) = output.checked_add(term) else { return U256::MAX };
        output = sum;
        let Some(product) = term.checked_mul(numerator) else { return U256::MAX };
        term = product / (denominator * i);
        i += U256::ONE;
    }
    output / denominator
}
