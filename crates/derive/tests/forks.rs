//! The table of forks: its values as the specifications of the forks have them, and a fork that is made up, which is one more
//! entry and nothing else.
#![allow(missing_docs, clippy::unwrap_used)]

mod synthetic;

use alloy_primitives::{B256, Bytes, b256};
use derive::{
    Critical, DeriveError,
    batch::{Batch, SingularBatch},
};
use primitives::rollup_config::{
    ExtraData, FORKS, Fork, ForkEntry, L1InfoFormat, PrecompileLimits, Rules, Upgrade, WithdrawalsRoot,
};
use synthetic::{Chain, GENESIS_TIME, channel, config, data, transaction};

const UPGRADE_TRANSACTION: B256 = b256!("00000000000000000000000000000000000000000000000000000000000000aa");

/// Every known fork, and one that is made up: an upgrade transaction with gas of its own, small channels, no set-code
/// transactions, another sequencer drift.
const WITH_LAGOON: [ForkEntry; 12] = {
    let karst = FORKS[10];
    let lagoon = ForkEntry {
        fork: Fork::Lagoon,
        upgrade: Upgrade {
            transactions: &[UPGRADE_TRANSACTION],
            gas: 1_000,
            refuses_batch_transactions: true,
            ..Upgrade::NONE
        },
        rules: Rules {
            max_rlp_bytes_per_channel: 600,
            set_code_transactions: false,
            max_sequencer_drift: Some(20),
            ..karst.rules
        },
    };
    let mut table = [lagoon; 12];
    let mut i = 0;
    while i < 11 {
        table[i] = FORKS[i];
        i += 1;
    }
    table
};

/// A chain on which Lagoon activates with the L2 block `activation`.
fn lagoon(activation: u64) -> Chain {
    let mut config = config(Fork::Karst);
    config.rollup.forks.set(Fork::Lagoon, Some(GENESIS_TIME + 2 * activation));
    config.rollup.forks = config.rollup.forks.with_table(&WITH_LAGOON);
    let mut chain = Chain::new(config);
    chain.l1_empty(3);
    chain
}

fn singular(batches: &[SingularBatch]) -> Vec<Batch> {
    batches.iter().cloned().map(Batch::Singular).collect()
}

#[test]
fn a_fork_without_an_entry_is_refused_when_it_activates() {
    let mut config = config(Fork::Karst);
    config.rollup.forks.set(Fork::Lagoon, Some(GENESIS_TIME + 4));
    let mut chain = Chain::new(config);
    chain.l1_empty(3);
    let batches = chain.batches(&[(0, vec![transaction("a")])]);
    chain.post(&[data(1, &singular(&batches))]);
    assert_eq!(chain.derive_to(1), 1, "the block before is derived");
    let (pipeline, safe) = (chain.pipeline.clone(), chain.safe_head());
    let error = pipeline.lock().unwrap().next_attributes(&mut chain, &safe).unwrap_err();
    assert!(matches!(error, DeriveError::Critical(Critical::UnknownFork(Fork::Lagoon))), "{error}");
}

#[test]
fn a_made_up_fork_is_one_more_entry() {
    // The activation block: upgrade transactions and their gas, no transactions of the batch.
    for (user, expected) in [(vec![], 3), (vec![transaction("b")], 1)] {
        let mut chain = lagoon(2);
        let mut batches = chain.batches(&[(0, vec![transaction("a")]), (0, vec![]), (0, vec![])]);
        batches[1].transactions = user;
        chain.post(&[data(1, &singular(&batches))]);
        assert_eq!(chain.derive(), expected);
        if expected == 3 {
            let upgrade = Bytes::from([&[0x7e], UPGRADE_TRANSACTION.as_slice()].concat());
            assert_eq!(chain.l2[2].transactions[1], upgrade);
            assert_eq!([1, 2, 3].map(|n| chain.l2[n].header.gas_limit), [30_000_000, 30_001_000, 30_000_000]);
        }
    }
    // A rule by the timestamp of the L2 block.
    for (activation, expected) in [(3, 1), (1, 0)] {
        let mut chain = lagoon(activation);
        let mut batches = chain.batches(&[(0, vec![])]);
        batches[0].transactions.push(Bytes::from_static(&[4, 1]));
        chain.post(&[data(1, &singular(&batches))]);
        assert_eq!(chain.derive(), expected, "set-code transaction, Lagoon with block {activation}");
    }
    // Rules by the timestamp of the L1 block: in the first one the channel is read whole, in the second it is clipped.
    for (activation, expected) in [(1_000, 2), (0, 1)] {
        let mut chain = if activation == 0 { genesis() } else { lagoon(activation) };
        let noise: String = (0..50).map(|i| char::from(b'a' + (i * i * 7 + i) as u8 % 26)).collect();
        let long = vec![transaction(&noise.repeat(12))];
        let batches = chain.batches(&[(0, vec![transaction("a")]), (0, long)]);
        let frames = channel(1, &singular(&batches), usize::MAX);
        assert!(frames[0].data.len() < 400, "the channel itself is short enough");
        chain.post(&[derive::frame::encode_frames(&frames)]);
        assert_eq!(chain.derive(), expected, "clipped channel, Lagoon with block {activation}");
    }
    // The drift goes by the L1 origin.
    for (activation, expected) in [(1_000, 11), (0, 10)] {
        let mut chain = if activation == 0 { genesis() } else { lagoon(activation) };
        let blocks: Vec<_> = (0..11).map(|_| (0, vec![transaction("a")])).collect();
        let mut alone = lagoon(1_000);
        let batches = alone.batches(&blocks);
        alone.derive();
        // The twin's genesis is the same, so its batches fit as far as they are accepted.
        let channels = batches.iter().zip(1..).map(|(batch, id)| data(id, &singular(std::slice::from_ref(batch))));
        chain.post(&channels.collect::<Vec<_>>());
        assert_eq!(chain.derive(), expected, "drift, Lagoon with block {activation}");
    }
}

/// Lagoon from genesis on.
fn genesis() -> Chain {
    let mut config = config(Fork::Lagoon);
    config.rollup.forks = config.rollup.forks.with_table(&WITH_LAGOON);
    let mut chain = Chain::new(config);
    chain.l1_empty(3);
    chain
}

/// The values by fork, from the specification's constants tables and the pages of the forks, not from the table.
#[test]
fn the_table_has_the_values_of_the_specification() {
    assert!(FORKS.iter().zip(Fork::ALL).all(|(entry, fork)| entry.fork == fork), "in order, none left out");
    let since = |first: Fork, fork: Fork| fork >= first;
    for ForkEntry { fork, upgrade, rules } in FORKS {
        let is = |first| since(first, fork);
        // derivation.md, fjord/derivation.md.
        assert_eq!(rules.max_rlp_bytes_per_channel, if is(Fork::Fjord) { 100_000_000 } else { 10_000_000 });
        assert_eq!(rules.max_channel_bank_size, if is(Fork::Fjord) { 1_000_000_000 } else { 100_000_000 });
        assert_eq!(rules.max_sequencer_drift, is(Fork::Fjord).then_some(1800));
        assert_eq!(rules.brotli, is(Fork::Fjord));
        // canyon/overview.md, delta, ecotone/derivation.md, granite/derivation.md, holocene/derivation.md.
        assert_eq!(rules.reads_all_channels, is(Fork::Canyon));
        assert_eq!(rules.span_batches, is(Fork::Delta));
        assert_eq!((rules.blobs, rules.ecotone_scalar), (is(Fork::Ecotone), is(Fork::Ecotone)));
        assert_eq!(rules.granite_channel_timeout, is(Fork::Granite));
        assert_eq!(rules.strict_order, is(Fork::Holocene));
        // isthmus/derivation.md, regolith/overview.md, deposits.md.
        assert_eq!(rules.set_code_transactions, is(Fork::Isthmus));
        assert_eq!(rules.system_transactions, !is(Fork::Regolith));
        assert_eq!(rules.deposit_nonce_in_root, is(Fork::Canyon));
        let formats = [
            (Fork::Jovian, L1InfoFormat::Jovian),
            (Fork::Isthmus, L1InfoFormat::Isthmus),
            (Fork::Ecotone, L1InfoFormat::Ecotone),
            (Fork::Bedrock, L1InfoFormat::Bedrock),
        ];
        assert_eq!(rules.l1_info, formats.iter().find(|(first, _)| is(*first)).unwrap().1);
        // exec-engine.md and the execution pages of the forks. Delta has no rules of the EVM.
        assert_eq!(rules.evm, if fork == Fork::Delta { Fork::Canyon } else { fork });
        assert_eq!(rules.canyon_base_fee, is(Fork::Canyon));
        let extra = match fork {
            _ if is(Fork::Jovian) => ExtraData::MinBaseFee,
            _ if is(Fork::Holocene) => ExtraData::Eip1559,
            _ => ExtraData::Empty,
        };
        assert_eq!(rules.extra_data, extra);
        let withdrawals = match fork {
            _ if is(Fork::Isthmus) => WithdrawalsRoot::MessagePasser,
            _ if is(Fork::Canyon) => WithdrawalsRoot::Empty,
            _ => WithdrawalsRoot::Absent,
        };
        assert_eq!(rules.withdrawals_root, withdrawals);
        assert_eq!(rules.beacon_root, is(Fork::Ecotone));
        assert_eq!(rules.history_contract, is(Fork::Isthmus));
        assert_eq!(rules.da_footprint, is(Fork::Jovian));
        let max = usize::MAX;
        let [bn256_pairing, bls_g1_msm, bls_g2_msm, bls_pairing] = match fork {
            _ if is(Fork::Karst) => [57_600, 288_960, 278_784, 156_672],
            _ if is(Fork::Jovian) => [81_984, 288_960, 278_784, 156_672],
            _ if is(Fork::Isthmus) => [112_687, 513_760, 488_448, 235_008],
            _ if is(Fork::Granite) => [112_687, max, max, max],
            _ => [max; 4],
        };
        let limits = PrecompileLimits { bn256_pairing, bls_g1_msm, bls_g2_msm, bls_pairing };
        assert_eq!(rules.precompile_limits, limits, "{fork}");
        // The derivation pages: how many transactions, and from Jovian on nothing beside them.
        let transactions = match fork {
            Fork::Ecotone => 6,
            Fork::Fjord => 3,
            Fork::Isthmus => 8,
            Fork::Jovian => 5,
            Fork::Karst => 31,
            _ => 0,
        };
        assert_eq!(upgrade.transactions.len(), transactions);
        assert_eq!(upgrade.refuses_batch_transactions, is(Fork::Jovian));
        assert_eq!(upgrade.sets_create2_deployer, fork == Fork::Canyon);
        assert_eq!(upgrade.gas > 0, fork == Fork::Karst);
    }
}
