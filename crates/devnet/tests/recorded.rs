//! Disputes over recorded data of public chains, with the real program. Needs the data folder and the committed image of the program; loudly skipped without.
#![allow(clippy::unwrap_used)]

use devnet::liar::{Lie, LieStep};
use devnet::recorded::{Program, config, input};
use devnet::scenario::{Event, Report, Verdict, play};
use host::Witness;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

fn elf() -> Option<Vec<u8>> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/prestates/program.mips64.elf");
    let path = std::env::var_os("TRIBUNAL_PROGRAM_ELF").map_or(committed, PathBuf::from);
    let image = std::fs::read(&path).ok();
    if image.is_none() {
        eprintln!("SKIPPED: no program image at {}", path.display());
    }
    image
}

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("TRIBUNAL_REAL_DATA").map(PathBuf::from).filter(|p| p.is_dir());
    if folder.is_none() {
        eprintln!("SKIPPED: TRIBUNAL_REAL_DATA is not set or no folder: no dispute over recorded data");
    }
    folder
}

fn dispute(folder: &str, block: Option<u64>, step: LieStep, seed: u64) -> Option<Report> {
    let folder = data()?.join(folder);
    let elf = elf()?;
    let witness = Witness::load(&folder).unwrap();
    let config = config(&witness).unwrap();
    let program = Program::from_elf(&elf, std::slice::from_ref(&config)).unwrap();
    let input = input("recorded", witness, &config, program).unwrap();
    let lie = Lie { from_block: block.unwrap_or(input.claimed_block), from_step: step, seed };
    let head = input.l1_head.hash_slow();
    let report = play(input, lie, Arc::new(Mutex::new(|_: Event<'_>| ()))).unwrap();
    assert_eq!(report.games[0].verdict, Verdict::ChallengerWins);
    assert_eq!(report.games[1].verdict, Verdict::DefenderWins);
    for game in &report.games {
        assert!(game.final_steps.iter().any(|step| step.l2_block == lie.from_block));
        assert_eq!(game.view.as_ref().unwrap().config.l1_head, head, "the games' L1 head is the recorded one");
    }
    Some(report)
}

#[test]
fn isthmus_block_of_a_devnet() {
    dispute("devnet-901901/witnesses/isthmus-86", None, LieStep::Index(1_000_000), 1);
}

/// The program runs from a block in the middle of the span, whose data the witness itself does not hold.
#[test]
fn a_block_in_the_middle_of_a_span() {
    dispute("devnet-901901/witnesses/jovian-125-139", Some(132), LieStep::Anywhere(4), 4);
}

/// The claimed block is not on L1: the last derivable one stands for it.
#[test]
fn a_block_that_is_not_on_l1() {
    dispute("devnet-901901/witnesses/not-on-l1-140", Some(137), LieStep::Last, 5);
}

#[test]
fn op_sepolia_block() {
    dispute("op-sepolia-16491249", None, LieStep::Index(123_456_789), 1);
}
