//! Full disputes over a small guest that reads every kind of preimage: both games, at every kind of place to lie at, through the contracts.
#![allow(clippy::unwrap_used)]

mod adversaries;
mod guest;
#[path = "../support/watched.rs"]
mod watched;

use alloy_consensus::Header;
use challenger::{OutputRoots, RunInputs, Runs};
use devnet::liar::{Lie, LieStep};
use devnet::scenario::{Input, MoveKind, Report, ScenarioError, Verdict, play};
use std::sync::{Arc, Mutex};
use vm::Symbols;

pub(crate) const AGREED: u64 = 100;
pub(crate) const BLOCKS: usize = 5;

pub(crate) fn input() -> Input {
    let toy = guest::toy(BLOCKS);
    Input {
        name: "toy chain".into(),
        prestate: guest::machine(&toy.keys),
        symbols: Symbols::default(),
        store: Arc::new(toy.store),
        outputs: Arc::new(OutputRoots::new(AGREED, toy.roots)),
        agreed_root: toy.agreed,
        claimed_block: AGREED + BLOCKS as u64,
        chain_id: 901,
        l1_chain_id: 900,
        l1_head: Header {
            number: 5_000,
            timestamp: 1_750_000_000,
            gas_limit: 30_000_000,
            base_fee_per_gas: Some(1_000_000_000),
            ..Default::default()
        },
        l1_ancestors: Vec::new(),
        l1_state: None,
    }
}

fn dispute(lie: Lie) -> Result<Report, ScenarioError> {
    play(input(), lie, Arc::new(Mutex::new(|_: devnet::scenario::Event<'_>| ())))
}

fn decided(lie: Lie) -> Report {
    let report = dispute(lie).unwrap_or_else(|e| panic!("{lie:?}: {e}"));
    assert_eq!(report.games[0].verdict, Verdict::ChallengerWins, "{lie:?}");
    assert_eq!(report.games[1].verdict, Verdict::DefenderWins, "{lie:?}");
    for game in &report.games {
        assert!(
            game.moves.iter().any(|m| m.kind == MoveKind::Step && m.party == "honest"),
            "{lie:?}: decided without a step"
        );
        assert!(
            game.final_steps.iter().any(|s| s.l2_block == lie.from_block),
            "{lie:?}: not decided at the lie's block"
        );
        if let LieStep::Index(index) = lie.from_step {
            // Where the truth is defended the honest side steps on the very instruction. Where a lie is defeated it has the last word, and steps on what the liar puts beside it: the
            // same instruction or the one before it.
            let places = if game.number == 2 { index..=index } else { index.saturating_sub(1)..=index };
            assert!(game.final_steps.iter().any(|s| places.contains(&s.step_index)), "{lie:?}: {:?}", game.final_steps);
        }
    }
    report
}

/// Steps of the true run.
fn run_steps() -> u64 {
    let input = input();
    let roots = &input.outputs;
    let claimed = roots.at(alloy_primitives::U256::from(AGREED + 1)).unwrap().0;
    let mut runs = Runs::new(input.prestate, input.store);
    let inputs = RunInputs {
        agreed: input.agreed_root,
        claimed,
        claimed_block: AGREED + 1,
        chain_id: 901,
        ..Default::default()
    };
    let trace = runs.trace(&inputs).unwrap();
    assert_eq!(trace.exit_code(), 0);
    let wrong = RunInputs { claimed: input.agreed_root, ..inputs };
    assert_eq!(runs.trace(&wrong).unwrap().exit_code(), 1);
    trace.end()
}

#[test]
fn the_first_and_the_last_step() {
    decided(Lie { from_block: AGREED + 3, from_step: LieStep::Index(0), seed: 1 });
    decided(Lie { from_block: AGREED + 3, from_step: LieStep::Last, seed: 2 });
    let last = run_steps() - 1;
    decided(Lie { from_block: AGREED + 3, from_step: LieStep::Index(last), seed: 3 });
    decided(Lie { from_block: AGREED + 3, from_step: LieStep::Index(last - 1), seed: 4 });
}

#[test]
fn every_block() {
    for block in 1..=BLOCKS as u64 {
        decided(Lie { from_block: AGREED + block, from_step: LieStep::Index(1234), seed: block });
    }
}

#[test]
fn every_kind_of_preimage() {
    // The first steps hold all reads; a step in each read is found by what the report says of it.
    let mut kinds = std::collections::BTreeSet::new();
    for index in 0..3000 {
        if kinds.len() == 5 {
            break;
        }
        if let Some(kind) = reads_at(index)
            && kinds.insert(kind)
        {
            let report = decided(Lie { from_block: AGREED + 2, from_step: LieStep::Index(index), seed: index });
            let read = report.games[1].final_steps.iter().find(|s| s.step_index == index).unwrap().preimage.unwrap();
            assert_eq!(read.0[0], kind);
        }
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), [1, 2, 4, 5, 6]);
}

/// Type of the preimage that the step reads, from a run of its own.
fn reads_at(index: u64) -> Option<u8> {
    use std::sync::OnceLock;
    static TRACE: OnceLock<Arc<vm::Trace<mips64::Mips64>>> = OnceLock::new();
    let trace = TRACE.get_or_init(|| {
        let input = input();
        let at = |block: u64| input.outputs.at(alloy_primitives::U256::from(block)).unwrap().0;
        let inputs = RunInputs {
            agreed: at(AGREED + 1),
            claimed: at(AGREED + 2),
            claimed_block: AGREED + 2,
            chain_id: 901,
            ..Default::default()
        };
        Runs::new(input.prestate, input.store.clone()).trace(&inputs).unwrap()
    });
    trace.step_witness(index).unwrap().preimage.map(|read| read.key[0])
}

#[test]
fn lies_outside_of_the_dispute_are_usage_errors() {
    for block in [AGREED, AGREED + BLOCKS as u64 + 1] {
        let error = dispute(Lie { from_block: block, from_step: LieStep::Last, seed: 0 }).unwrap_err();
        assert!(error.is_usage(), "{error}");
    }
    let error = dispute(Lie { from_block: AGREED + 1, from_step: LieStep::Index(1 << 40), seed: 0 }).unwrap_err();
    assert!(error.is_usage(), "{error}");
}
