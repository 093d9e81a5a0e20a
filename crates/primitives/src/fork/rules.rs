//! The table of forks: every rule whose content depends on the fork, as data. An entry is written as the difference from the
//! one before it, so that it reads as the list of what the fork changes. Whether a rule goes by the timestamp of the L1 block
//! that is read or of the L2 block is said at each.

use super::{
    Fork,
    upgrade::{self, Upgrade},
};

/// The form of the L1 attributes' calldata: each is a prefix of the next, except Bedrock's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum L1InfoFormat {
    /// ABI encoded words.
    Bedrock,
    /// Packed, with blob base fee.
    Ecotone,
    /// With the operator fee.
    Isthmus,
    /// With the DA footprint.
    Jovian,
}

/// What the extra data of an L2 header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExtraData {
    /// Nothing.
    Empty,
    /// Version 0: EIP-1559 parameters.
    Eip1559,
    /// Version 1: EIP-1559 parameters and the minimum base fee.
    MinBaseFee,
}

/// What the withdrawals root of an L2 header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawalsRoot {
    /// The header has none.
    Absent,
    /// The root of an empty list.
    Empty,
    /// The storage root of the message passer.
    MessagePasser,
}

/// Longest inputs of precompiles in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrecompileLimits {
    /// bn256 pairing.
    pub bn256_pairing: usize,
    /// BLS12-381 multi-scalar multiplication in G1.
    pub bls_g1_msm: usize,
    /// BLS12-381 multi-scalar multiplication in G2.
    pub bls_g2_msm: usize,
    /// BLS12-381 pairing.
    pub bls_pairing: usize,
}

/// The rules of a fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    // By the timestamp of the L1 block that is read.
    /// Largest decompressed length of a channel that is read, in bytes. With strict order also the largest size of the frames
    /// of a channel.
    pub max_rlp_bytes_per_channel: u64,
    /// Largest size of all channels together, without strict order.
    pub max_channel_bank_size: u64,
    /// Whether every channel of the bank that is ready is read, not only the first.
    pub reads_all_channels: bool,
    /// Whether the lifetime of a channel is the chain's `granite_channel_timeout`, not its `channel_timeout`.
    pub granite_channel_timeout: bool,
    /// Whether frames and batches have to come in order, and an invalid payload is replaced by its deposits.
    pub strict_order: bool,
    /// Whether blob transactions carry data in their blobs.
    pub blobs: bool,
    /// Whether channels may be compressed with brotli.
    pub brotli: bool,
    /// Whether span batches are read. They also go by their L1 origin.
    pub span_batches: bool,
    /// Whether the fee scalar of the system config is the versioned encoding.
    pub ecotone_scalar: bool,
    /// Seconds that an L2 block may be ahead of its L1 origin (by whose timestamp this goes); `None`: as the chain says.
    pub max_sequencer_drift: Option<u64>,

    // By the timestamp of the L2 block.
    /// The form of the L1 attributes, from the block after the activation block on.
    pub l1_info: L1InfoFormat,
    /// Whether L1 attributes are system transactions that pay no gas.
    pub system_transactions: bool,
    /// Whether batches may hold set-code transactions.
    pub set_code_transactions: bool,
    /// The fork whose rules the EVM and the L1 cost function have.
    pub evm: Fork,
    /// Longest inputs of precompiles.
    pub precompile_limits: PrecompileLimits,
    /// Whether the base fee changes by Canyon's denominator.
    pub canyon_base_fee: bool,
    /// What the header's extra data holds; from version 0 on the base fee follows from it.
    pub extra_data: ExtraData,
    /// What the header's withdrawals root is.
    pub withdrawals_root: WithdrawalsRoot,
    /// Whether the receipts' root commits to the nonces of deposits.
    pub deposit_nonce_in_root: bool,
    /// Whether the header has blob fields and the beacon block root, which is written to its contract (EIP-4788).
    pub beacon_root: bool,
    /// Whether the parent's hash is written to the history contract (EIP-2935), and the header has a requests hash.
    pub history_contract: bool,
    /// Whether the header's blob gas is the DA footprint, which counts for the base fee.
    pub da_footprint: bool,
}

/// A fork with its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkEntry {
    /// The fork.
    pub fork: Fork,
    /// What it inserts into its activation block.
    pub upgrade: Upgrade,
    /// The rules from its activation on.
    pub rules: Rules,
}

const UNLIMITED: PrecompileLimits = PrecompileLimits {
    bn256_pairing: usize::MAX,
    bls_g1_msm: usize::MAX,
    bls_g2_msm: usize::MAX,
    bls_pairing: usize::MAX,
};

const BEDROCK: Rules = Rules {
    max_rlp_bytes_per_channel: 10_000_000,
    max_channel_bank_size: 100_000_000,
    reads_all_channels: false,
    granite_channel_timeout: false,
    strict_order: false,
    blobs: false,
    brotli: false,
    span_batches: false,
    ecotone_scalar: false,
    max_sequencer_drift: None,
    l1_info: L1InfoFormat::Bedrock,
    system_transactions: true,
    set_code_transactions: false,
    evm: Fork::Bedrock,
    precompile_limits: UNLIMITED,
    canyon_base_fee: false,
    extra_data: ExtraData::Empty,
    withdrawals_root: WithdrawalsRoot::Absent,
    deposit_nonce_in_root: false,
    beacon_root: false,
    history_contract: false,
    da_footprint: false,
};

const REGOLITH: Rules = Rules { system_transactions: false, evm: Fork::Regolith, ..BEDROCK };

const CANYON: Rules = Rules {
    reads_all_channels: true,
    evm: Fork::Canyon,
    canyon_base_fee: true,
    withdrawals_root: WithdrawalsRoot::Empty,
    deposit_nonce_in_root: true,
    ..REGOLITH
};

const DELTA: Rules = Rules { span_batches: true, ..CANYON };

const ECOTONE: Rules = Rules {
    blobs: true,
    ecotone_scalar: true,
    l1_info: L1InfoFormat::Ecotone,
    evm: Fork::Ecotone,
    beacon_root: true,
    ..DELTA
};

const FJORD: Rules = Rules {
    max_rlp_bytes_per_channel: 100_000_000,
    max_channel_bank_size: 1_000_000_000,
    brotli: true,
    max_sequencer_drift: Some(1800),
    evm: Fork::Fjord,
    ..ECOTONE
};

const GRANITE: Rules = Rules {
    granite_channel_timeout: true,
    evm: Fork::Granite,
    precompile_limits: PrecompileLimits { bn256_pairing: 112_687, ..UNLIMITED },
    ..FJORD
};

const HOLOCENE: Rules = Rules { strict_order: true, evm: Fork::Holocene, extra_data: ExtraData::Eip1559, ..GRANITE };

const ISTHMUS: Rules = Rules {
    l1_info: L1InfoFormat::Isthmus,
    set_code_transactions: true,
    evm: Fork::Isthmus,
    precompile_limits: PrecompileLimits {
        bls_g1_msm: 513_760,
        bls_g2_msm: 488_448,
        bls_pairing: 235_008,
        ..GRANITE.precompile_limits
    },
    withdrawals_root: WithdrawalsRoot::MessagePasser,
    history_contract: true,
    ..HOLOCENE
};

const JOVIAN: Rules = Rules {
    l1_info: L1InfoFormat::Jovian,
    evm: Fork::Jovian,
    precompile_limits: PrecompileLimits {
        bn256_pairing: 81_984,
        bls_g1_msm: 288_960,
        bls_g2_msm: 278_784,
        bls_pairing: 156_672,
    },
    extra_data: ExtraData::MinBaseFee,
    da_footprint: true,
    ..ISTHMUS
};

const KARST: Rules = Rules {
    evm: Fork::Karst,
    precompile_limits: PrecompileLimits { bn256_pairing: 57_600, ..JOVIAN.precompile_limits },
    ..JOVIAN
};

const fn entry(fork: Fork, upgrade: Upgrade, rules: Rules) -> ForkEntry {
    ForkEntry { fork, upgrade, rules }
}

/// Every fork whose rules are known, oldest first (specification: the folder of each fork; Karst's is incomplete, the rest of
/// its rules is what its chains do).
pub const FORKS: [ForkEntry; 11] = [
    entry(Fork::Bedrock, Upgrade::NONE, BEDROCK),
    entry(Fork::Regolith, Upgrade::NONE, REGOLITH),
    entry(Fork::Canyon, Upgrade { sets_create2_deployer: true, ..Upgrade::NONE }, CANYON),
    entry(Fork::Delta, Upgrade::NONE, DELTA),
    entry(Fork::Ecotone, Upgrade { transactions: &upgrade::ECOTONE, ..Upgrade::NONE }, ECOTONE),
    entry(Fork::Fjord, Upgrade { transactions: &upgrade::FJORD, ..Upgrade::NONE }, FJORD),
    entry(Fork::Granite, Upgrade::NONE, GRANITE),
    entry(Fork::Holocene, Upgrade::NONE, HOLOCENE),
    entry(Fork::Isthmus, Upgrade { transactions: &upgrade::ISTHMUS, ..Upgrade::NONE }, ISTHMUS),
    entry(
        Fork::Jovian,
        Upgrade { transactions: &upgrade::JOVIAN, refuses_batch_transactions: true, ..Upgrade::NONE },
        JOVIAN,
    ),
    entry(
        Fork::Karst,
        Upgrade {
            transactions: &upgrade::KARST,
            gas: upgrade::KARST_GAS,
            refuses_batch_transactions: true,
            ..Upgrade::NONE
        },
        KARST,
    ),
];
