//! What L2 learns of L1, rule by rule: the L1 attributes of every fork and of its activation block, blob base fees over the
//! schedules of L1, and every update of the system config with every way to spoil it. What has to come out is taken from the
//! specification (deposits.md, system-config.md, the pages of the forks) and the EIPs.
#![allow(missing_docs, clippy::unwrap_used)]

mod synthetic;

use alloy_consensus::Header;
use alloy_eips::{eip2718::Decodable2718, eip4844::fake_exponential};
use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256, keccak256};
use derive::{
    L1BlockRef,
    l1_info::{L1Info, ecotone_scalars, format_at},
    receipt::L1Receipt,
    system_config::apply_updates,
};
use op_alloy_consensus::TxDeposit;
use primitives::{
    chain_config::{BlobParams, ChainConfig},
    rollup_config::{Fork, ForkTimes, SystemConfig},
};
use synthetic::{GENESIS_TIME, SYSTEM_CONFIG, config, config_update};

fn system() -> SystemConfig {
    let mut scalar = B256::ZERO;
    scalar[0] = 1;
    scalar[24..28].copy_from_slice(&222u32.to_be_bytes());
    scalar[28..].copy_from_slice(&111u32.to_be_bytes());
    SystemConfig {
        batcher: Address::repeat_byte(0xba),
        overhead: B256::with_last_byte(9),
        scalar,
        operator_fee_scalar: 333,
        operator_fee_constant: 444,
        ..SystemConfig::default()
    }
}

fn info(config: &ChainConfig, system: &SystemConfig, origin: &Header, l2_time: u64) -> (L1Info, TxDeposit) {
    let origin_ref =
        L1BlockRef { number: 77, hash: B256::repeat_byte(0x77), timestamp: origin.timestamp, ..L1BlockRef::default() };
    let info = L1Info::new(config, system, origin, &origin_ref, 5, l2_time);
    let transaction = info.transaction(&config.rollup, l2_time);
    (info, TxDeposit::decode_2718(&mut transaction.as_ref()).unwrap())
}

fn selector(signature: &str) -> [u8; 4] {
    keccak256(signature)[..4].try_into().unwrap()
}

/// Selector and length by fork. The activation block has the form of before, because the contract changes later in it; with
/// the fork at genesis there is no such block.
#[test]
fn forms_by_fork_and_in_activation_blocks() {
    let bedrock = (selector("setL1BlockValues(uint64,uint64,uint256,bytes32,uint64,bytes32,uint256,uint256)"), 260);
    let ecotone = (selector("setL1BlockValuesEcotone()"), 164);
    let isthmus = (selector("setL1BlockValuesIsthmus()"), 176);
    let jovian = (selector("setL1BlockValuesJovian()"), 178);
    let form = |fork| match fork {
        _ if fork >= Fork::Jovian => jovian,
        _ if fork >= Fork::Isthmus => isthmus,
        _ if fork >= Fork::Ecotone => ecotone,
        _ => bedrock,
    };
    let origin = Header { base_fee_per_gas: Some(7), timestamp: 1, ..Header::default() };
    for (i, fork) in Fork::ALL[..=Fork::Karst as usize].iter().enumerate() {
        let mut config = config(*fork);
        let data = |config: &ChainConfig, time| {
            let (info, deposit) = info(config, &system(), &origin, time);
            let data = deposit.input.clone();
            assert_eq!(L1Info::from_calldata(&data).unwrap(), info, "reads back");
            // Regolith ends the free gas of system transactions.
            let system = !config.rollup.is_active(Fork::Regolith, time);
            assert_eq!(deposit.is_system_transaction, system);
            assert_eq!(deposit.gas_limit, if system { 150_000_000 } else { 1_000_000 });
            assert_eq!((deposit.mint, deposit.value), (0, U256::ZERO));
            (data[..4].try_into().unwrap(), data.len())
        };
        assert_eq!(data(&config, GENESIS_TIME + 2), form(*fork), "{fork} at genesis");
        if i == 0 {
            continue;
        }
        // The fork comes with block 5, at its very second or one before.
        let at = GENESIS_TIME + 10;
        for time in [at, at - 1] {
            config.rollup.forks.set(*fork, Some(time));
            let before = form(Fork::ALL[i - 1]);
            let forms = [at - 2, at, at + 2].map(|time| data(&config, time));
            assert_eq!(forms, [before, before, form(*fork)], "{fork} at {time}");
        }
    }
    // All of them in one block.
    let mut config = config(Fork::Canyon);
    for fork in [Fork::Delta, Fork::Ecotone, Fork::Fjord, Fork::Granite, Fork::Holocene, Fork::Isthmus, Fork::Jovian] {
        config.rollup.forks.set(fork, Some(GENESIS_TIME + 10));
    }
    let forms = [10, 12].map(|time| format_at(&config.rollup, GENESIS_TIME + time));
    assert_eq!(forms, [derive::l1_info::L1InfoFormat::Bedrock, derive::l1_info::L1InfoFormat::Jovian]);
}

/// Which values of the system config each form holds.
#[test]
fn values_by_fork() {
    let origin = Header { base_fee_per_gas: Some(7), excess_blob_gas: Some(0), timestamp: 1, ..Header::default() };
    let of = |fork, system: &SystemConfig| info(&config(fork), system, &origin, GENESIS_TIME + 2).0;
    let bedrock = of(Fork::Delta, &system());
    assert_eq!((bedrock.overhead, bedrock.bedrock_scalar), (system().overhead, system().scalar));
    assert_eq!((bedrock.base_fee_scalar, bedrock.blob_base_fee_scalar, bedrock.operator_fee_scalar), (0, 0, 0));
    for fork in [Fork::Ecotone, Fork::Isthmus, Fork::Jovian] {
        let info = of(fork, &system());
        assert_eq!((info.base_fee_scalar, info.blob_base_fee_scalar), (111, 222));
        assert_eq!(info.blob_base_fee, U256::ONE);
        let operator = if fork >= Fork::Isthmus { (333, 444) } else { (0, 0) };
        assert_eq!((info.operator_fee_scalar, info.operator_fee_constant), operator, "{fork}");
    }
    // The DA footprint scalar: zero stands for 400.
    for (set, expected) in [(0, 400), (1, 1), (400, 400), (u16::MAX, u16::MAX)] {
        let system = SystemConfig { da_footprint_gas_scalar: set, ..system() };
        assert_eq!(of(Fork::Jovian, &system).da_footprint_gas_scalar, expected);
        assert_eq!(of(Fork::Isthmus, &system).da_footprint_gas_scalar, 0);
    }
    // system-config.md, "Post-Ecotone Scalar Encoding".
    let scalar = |bytes: &[(usize, u8)]| {
        let mut scalar = B256::ZERO;
        bytes.iter().for_each(|(at, value)| scalar[*at] = *value);
        ecotone_scalars(&scalar)
    };
    assert_eq!(scalar(&[(31, 5)]), (5, 0), "version 0");
    assert_eq!(scalar(&[(31, 5), (27, 1)]), (u32::MAX, 0), "version 0 with more than 32 bits");
    assert_eq!(scalar(&[(31, 5), (1, 1)]), (u32::MAX, 0));
    assert_eq!(scalar(&[(0, 1), (31, 5), (27, 6)]), (5, 6), "version 1");
}

/// The blob base fee over L1's forks and their parameters, at each boundary, against another implementation of EIP-4844.
#[test]
fn blob_base_fees() {
    let mut config = config(Fork::Jovian);
    config.l1.blob_schedule = vec![
        BlobParams { base_fee_update_fraction: 4_000_000, ..BlobParams::cancun(100) },
        BlobParams::prague(200),
        BlobParams::bpo1(300),
        BlobParams { time: 400, target: 14, max: 21, base_fee_update_fraction: 11_684_671 },
    ];
    let fee = |config: &ChainConfig, time, excess| {
        let origin =
            Header { base_fee_per_gas: Some(7), excess_blob_gas: excess, timestamp: time, ..Header::default() };
        info(config, &system(), &origin, GENESIS_TIME + 2).0.blob_base_fee
    };
    let fractions = [(100, 4_000_000), (199, 4_000_000), (200, 5_007_716), (299, 5_007_716), (300, 8_346_193)];
    let fractions = fractions.into_iter().chain([(399, 8_346_193), (400, 11_684_671), (u64::MAX, 11_684_671)]);
    for (time, fraction) in fractions {
        for excess in [0u64, 1, 131_072, 2_314_057, 10_000_000, 100_000_000, 150_000_000] {
            let expected = fake_exponential(1, excess.into(), fraction);
            assert_eq!(fee(&config, time, Some(excess)), U256::from(expected), "{excess} at {time}");
        }
        assert_eq!(fee(&config, time, None), U256::ONE, "an L1 without blobs");
    }
    assert_eq!(fee(&config, 99, Some(50_000_000)), U256::ONE, "before Cancun");
    // The correction of the schedule: Cancun's parameters of Ethereum before its time, the chain's from then on.
    config.rollup.pectra_blob_schedule_time = Some(350);
    for (time, fraction) in [(200, 3_338_477), (349, 3_338_477), (350, 8_346_193), (400, 11_684_671)] {
        let expected = fake_exponential(1, 50_000_000, fraction);
        assert_eq!(fee(&config, time, Some(50_000_000)), U256::from(expected), "corrected, at {time}");
        assert_eq!(fee(&config, time, None), U256::ONE);
    }
    // An excess that no chain can reach: no panic, no wrapped number.
    assert_eq!(fee(&config, 400, Some(u64::MAX)), U256::MAX);
}

type Field = fn(&SystemConfig) -> U256;

/// Every update, and every way to spoil it: a spoilt one changes nothing, whatever it holds.
#[test]
fn every_update_of_the_system_config() {
    let word = |value: u64| U256::from(value);
    let packed = (U256::from(100) << 32) | U256::from(3);
    let operator = (U256::from(11) << 64) | U256::from(12);
    // Type, words, the field, its value afterwards, the smallest value that its type cannot hold.
    let updates: [(u8, U256, Field, U256, Option<U256>); 6] = [
        (
            0,
            U256::from_be_slice(&[0x11; 20]),
            |s| U256::from_be_slice(s.batcher.as_slice()),
            U256::from_be_slice(&[0x11; 20]),
            Some(U256::ONE << 160),
        ),
        (2, word(40_000_000), |s| U256::from(s.gas_limit), word(40_000_000), Some(U256::ONE << 64)),
        (4, packed, |s| U256::from(s.eip1559_denominator) << 32 | U256::from(s.eip1559_elasticity), packed, None),
        (
            5,
            operator,
            |s| U256::from(s.operator_fee_scalar) << 64 | U256::from(s.operator_fee_constant),
            operator,
            None,
        ),
        (6, word(13), |s| U256::from(s.min_base_fee), word(13), Some(U256::ONE << 64)),
        (7, word(14), |s| U256::from(s.da_footprint_gas_scalar), word(14), Some(U256::ONE << 16)),
    ];
    let rollup = config(Fork::Karst).rollup;
    let applied = |log: Log| {
        let mut system = system();
        apply_updates(&mut system, &[L1Receipt { success: true, logs: vec![log] }], &rollup, 1);
        system
    };
    for (kind, value, field, expected, too_large) in updates {
        let good = config_update(kind, &[value]);
        assert_eq!(field(&applied(good.clone())), expected, "type {kind}");
        let with_data = |data: Vec<u8>| {
            let mut log = good.clone();
            log.data = LogData::new_unchecked(good.topics().to_vec(), data.into());
            log
        };
        let with_topics = |topics: Vec<B256>| {
            let mut log = good.clone();
            log.data = LogData::new_unchecked(topics, good.data.data.clone());
            log
        };
        let data = good.data.data.to_vec();
        let changed = |at: usize, to: u8| {
            let mut data = data.clone();
            data[at] = to;
            data
        };
        let topics = good.topics().to_vec();
        let mut spoilt: Vec<Log> = vec![
            with_data(Vec::new()),
            with_data(data[..95].to_vec()),
            with_data([&data[..], &[0]].concat()),
            with_data([&data[..], &[0; 32]].concat()),
            // Offset and length.
            with_data(changed(31, 31)),
            with_data(changed(31, 64)),
            with_data(changed(0, 1)),
            with_data(changed(63, 31)),
            with_data(changed(63, 33)),
            with_data(changed(32, 1)),
            config_update(kind, &[value, value]),
            config_update(kind, &[]),
            // Topics: event, version, type.
            with_topics(Vec::new()),
            with_topics(topics[..2].to_vec()),
            with_topics([&topics[..], &[B256::ZERO]].concat()),
            with_topics(vec![B256::ZERO, topics[1], topics[2]]),
            with_topics(vec![topics[0], B256::with_last_byte(1), topics[2]]),
            with_topics(vec![topics[0], B256::repeat_byte(0x80), topics[2]]),
            with_topics(vec![topics[0], topics[1], topics[2] | first_byte()]),
            with_topics(vec![topics[0], topics[1], B256::with_last_byte(8)]),
            with_topics(vec![topics[0], topics[1], B256::with_last_byte(0xff)]),
            Log { address: Address::repeat_byte(9), ..good.clone() },
        ];
        spoilt.extend(too_large.map(|value| config_update(kind, &[value])));
        if kind == 4 {
            // One of the two is zero.
            spoilt.extend([config_update(4, &[U256::from(3)]), config_update(4, &[U256::from(100) << 32])]);
            assert_eq!(field(&applied(config_update(4, &[U256::ZERO]))), U256::ZERO, "both zero");
        }
        for (i, log) in spoilt.into_iter().enumerate() {
            assert_eq!(applied(log), system(), "type {kind}, spoilt {i}");
        }
        // Of a transaction that failed, nothing counts.
        let mut untouched = system();
        apply_updates(&mut untouched, &[L1Receipt { success: false, logs: vec![good.clone()] }], &rollup, 1);
        assert_eq!(untouched, system());
        // A spoilt one does not stand in the way of the next.
        let mut system = system();
        let bad = with_data(Vec::new());
        apply_updates(&mut system, &[L1Receipt { success: true, logs: vec![bad, good] }], &rollup, 1);
        assert_eq!(field(&system), expected);
    }
    // The unsafe block signer changes nothing.
    assert_eq!(applied(config_update(3, &[U256::from(5)])), system());
    assert_eq!(SYSTEM_CONFIG, rollup.l1_system_config_address);
}

fn first_byte() -> B256 {
    let mut word = B256::ZERO;
    word[0] = 1;
    word
}

/// The fee scalars (type 1): as they are before Ecotone; afterwards only in version 0 or 1 with clean padding, and without the
/// overhead. It goes by the timestamp of the L1 block.
#[test]
fn updates_of_the_fee_scalars() {
    let mut rollup = config(Fork::Delta).rollup;
    rollup.forks = ForkTimes::all_at_genesis(Fork::Delta);
    rollup.forks.set(Fork::Ecotone, Some(1000));
    let applied = |words: &[U256], time| {
        let mut system = system();
        let logs = vec![config_update(1, words)];
        apply_updates(&mut system, &[L1Receipt { success: true, logs }], &rollup, time);
        (U256::from_be_bytes(system.overhead.0), U256::from_be_bytes(system.scalar.0))
    };
    let old = (U256::from_be_bytes(system().overhead.0), U256::from_be_bytes(system().scalar.0));
    let version = |n: u64| U256::from(n) << 248;
    let overhead = U256::from(6);
    for scalar in [U256::from(5), version(1) | U256::from(5), version(2) | U256::from(5), U256::MAX, U256::ZERO] {
        assert_eq!(applied(&[overhead, scalar], 999), (overhead, scalar), "before Ecotone");
    }
    let zero = U256::ZERO;
    let cases = [
        (U256::from(5), true),
        (U256::from(u32::MAX), true),
        (U256::ONE << 32, false),
        (U256::ONE << 247, false),
        (version(1), true),
        (version(1) | U256::from(u64::MAX), true),
        (version(1) | U256::ONE << 64, false),
        (version(1) | U256::ONE << 247, false),
        (version(2), false),
        (version(255), false),
        (zero, true),
    ];
    for (scalar, fits) in cases {
        assert_eq!(applied(&[overhead, scalar], 1000), if fits { (zero, scalar) } else { old }, "{scalar:#x}");
    }
    for spoilt in [&[][..], &[overhead], &[overhead, zero, zero]] {
        assert_eq!([applied(spoilt, 999), applied(spoilt, 1000)], [old; 2]);
    }
}

/// Receipts of types that are not known are read by the best-effort rule; what is no receipt is left out.
#[test]
fn receipts_of_any_type() {
    let log = config_update(2, &[U256::from(8)]);
    let (legacy, _) = synthetic::receipt(vec![log.clone()]);
    let body = &legacy[1..];
    let rollup = config(Fork::Jovian).rollup;
    let gas_limit = |raw: &[u8]| {
        let mut system = system();
        let receipts: Vec<L1Receipt> = L1Receipt::decode(raw).into_iter().collect();
        apply_updates(&mut system, &receipts, &rollup, 1);
        system.gas_limit
    };
    for kind in 0..=255u8 {
        let raw = [&[kind][..], body].concat();
        // A first byte from 0x80 on is RLP, which this is not.
        assert_eq!(gas_limit(&raw) == 8, kind < 0x7f, "type {kind:#x}");
    }
    assert_eq!(gas_limit(body), 8, "legacy");
    for bad in [&legacy[..legacy.len() - 1], &[&legacy[..], &[0]].concat(), &[], &[2], &[2, 0xc0], &[2, 0x80]] {
        assert_eq!(L1Receipt::decode(bad), None, "{:?}", Bytes::copy_from_slice(&bad[..bad.len().min(8)]));
    }
}
