//! The chain made in process: derivation of its L1 gives the blocks that were built, with the program's own code and from recorded preimages alone.
#![allow(clippy::unwrap_used)]

use alloy_primitives::U256;
use challenger::RunInputs;
use devnet::liar::{Lie, LieStep};
use devnet::own_chain::{BLOCKS, OwnChain};
use devnet::recorded::Program;
use devnet::scenario::{Event, MoveKind, play};
use host::native::{Judgement, judge, output_span};
use host::{Boot, OfflineHost};
use mips64::Mips64;
use std::sync::{Arc, Mutex};
use vm::{Machine, PreimageStop, RunStop};

#[test]
fn derivation_gives_the_blocks_that_were_built() {
    let chain = OwnChain::make().unwrap();
    assert_eq!(chain.roots.len() as u64, BLOCKS);
    // A dozen of the users' and the L1 attributes in every block; three deposits in one.
    assert!(chain.transactions.iter().all(|count| *count >= 13), "{:?}", chain.transactions);
    assert_eq!(chain.transactions.iter().filter(|count| **count == 16).count(), 1);

    let boot = Boot {
        l1_head: chain.l1.head_info().hash,
        agreed_l2_output_root: chain.genesis_root,
        claimed_l2_output_root: chain.roots[BLOCKS as usize - 1],
        claimed_l2_block_number: BLOCKS,
        l2_chain_id: devnet::own_chain::L2_CHAIN_ID,
        rollup_config: None,
        l2_chain_config: None,
        l1_chain_config: None,
    };
    let store = Arc::new(chain.store);
    let host = OfflineHost::new(store.clone(), boot.clone());
    let span = output_span(&host, &chain.config, BLOCKS);
    assert_eq!(span.unknown, None);
    let roots: Vec<_> = span.blocks.iter().map(|block| block.output.hash()).collect();
    assert_eq!(roots, chain.roots);

    assert_eq!(judge(&host, &chain.config), Judgement::Valid);
    let wrong = OfflineHost::new(store.clone(), boot.with_claim(chain.roots[0], BLOCKS));
    assert_eq!(judge(&wrong, &chain.config), Judgement::Invalid { computed: Some(chain.roots[BLOCKS as usize - 1]) });
    // From a block in the middle, across the change of the L1 origin.
    let middle = Boot { agreed_l2_output_root: chain.roots[4], ..boot };
    let middle = middle.with_claim(chain.roots[5], 6);
    assert_eq!(judge(&OfflineHost::new(store, middle), &chain.config), Judgement::Valid);
}

#[test]
fn blocks_differ_and_fail_as_they_should() {
    let chain = OwnChain::make().unwrap();
    let again = OwnChain::make().unwrap();
    assert_eq!(chain.roots, again.roots, "the same every time");
    for pair in chain.headers.windows(2) {
        assert_eq!(pair[1].parent_hash, pair[0].seal());
        assert_ne!(pair[1].state_root, pair[0].state_root);
        assert_ne!(pair[1].withdrawals_root, pair[0].withdrawals_root, "every block has a withdrawal");
    }
}

/// The program reads a preimage of each kind; a dispute about a step in the middle of such a read needs that very part on L1.
#[test]
fn disputes_in_the_middle_of_reads() {
    let elf = include_bytes!("../../../guests/prestates/program.mips64.elf");
    const BLOCK: u64 = 8;
    for kind in ["local", "keccak", "blob", "precompile"] {
        let chain = OwnChain::make().unwrap();
        let program = Program::from_elf(elf, std::slice::from_ref(&chain.config)).unwrap();
        let mut input = chain.into_input(program);
        let at = |block: u64| input.outputs.at(U256::from(block)).unwrap().0;
        let inputs = RunInputs {
            l1_head: input.l1_head.hash_slow(),
            agreed: at(BLOCK - 1),
            claimed: at(BLOCK),
            claimed_block: BLOCK,
            chain_id: input.chain_id,
        };
        let mut machine: Mips64 = input.prestate.snapshot();
        let mut host = OfflineHost::new(input.store.clone(), inputs.boot());
        let stop = PreimageStop { offset: 16, ..PreimageStop::parse_type(kind).unwrap() };
        let stopped = machine.run(u64::MAX, &mut host, Some(&stop)).unwrap();
        assert_eq!(stopped, RunStop::Preimage, "the program reads no {kind} preimage");
        let index = machine.step() - 1;

        let lie = Lie { from_block: BLOCK, from_step: LieStep::Index(index), seed: index };
        let report = play(input, lie, Arc::new(Mutex::new(|_: Event<'_>| ()))).unwrap();
        let step = report.games[1].final_steps.iter().find(|step| step.step_index == index).unwrap();
        let (key, offset) = step.preimage.unwrap();
        let type_byte = stop.key_prefix[0];
        assert_eq!((key[0], offset), (type_byte, 16), "{kind}");
        let loads = if kind == "local" { MoveKind::AddLocalData } else { MoveKind::LoadPreimage };
        // A global preimage is loaded once for both games.
        assert!(report.games.iter().flat_map(|game| &game.moves).any(|m| m.kind == loads), "{kind}");
    }
}
