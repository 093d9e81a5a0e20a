//! The verdict table: `tests/verdicts.txt` says for each cell (agreed block, L1 head, claimed block, claimed root) what the
//! specification decides. Every cell is judged natively; thirty of them, or all in a campaign, by the committed image in the
//! machine.

use crate::{whole_chain, witness::WitnessOracle};
use alloy_primitives::{B256, Bytes};
use preimage::{Hint, PreimageKey, PreimageOracle};
use primitives::chain_config::{ChainConfig, encode_chain_configs};
use program::{Boot, ProgramError, Verdict};
use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::OnceLock,
};
use vm::{ElfImage, Machine, PreimageSource, RunStop, SourceError};

/// What the table says about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Valid,
    Invalid,
    Unknown,
}

impl Answer {
    const fn exit_code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Unknown => 2,
        }
    }
}

struct Cell {
    line: String,
    boot: Boot,
    answer: Answer,
    reason: String,
    /// Blocks that have to be made, for the order in the machine.
    span: u64,
}

struct Recorded {
    config: ChainConfig,
    values: HashMap<PreimageKey, Bytes>,
    cells: Vec<Cell>,
}

/// The recorded chain with the cells; `None` (said loudly) where the data is not.
fn recorded() -> Option<&'static Recorded> {
    static RECORDED: OnceLock<Option<Recorded>> = OnceLock::new();
    let load = || {
        let chain = whole_chain::load("the verdict table")?;
        chain.execute_all();
        Some(Recorded { values: chain.values(), cells: cells(&chain), config: chain.config })
    };
    RECORDED.get_or_init(load).as_ref()
}

/// Reads the table.
fn cells(chain: &whole_chain::Chain) -> Vec<Cell> {
    let root_of = |number: &str| chain.l2[number.parse::<usize>().unwrap()].output_root;
    let lines = include_str!("../verdicts.txt").lines();
    let cells = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).map(|line| {
        let [agreed, head, claimed, root, verdict, reason] =
            line.split("; ").collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line}"));
        let root = match root.split_once(' ') {
            Some(("output", number)) => root_of(number),
            Some(("changed", number)) => {
                let mut root = root_of(number);
                root.0[31] ^= 1;
                root
            }
            None if root == "agreed" => root_of(agreed),
            None if root == "zero" => B256::ZERO,
            _ => panic!("{line}"),
        };
        let (agreed, claimed): (u64, u64) = (agreed.parse().unwrap(), claimed.parse().unwrap());
        Cell {
            boot: Boot {
                l1_head: chain.l1[head.parse::<usize>().unwrap()],
                agreed_output_root: chain.l2[agreed as usize].output_root,
                claimed_output_root: root,
                claimed_block_number: claimed,
                chain_id: chain.config.rollup.l2_chain_id,
            },
            answer: match verdict {
                "valid" => Answer::Valid,
                "invalid" => Answer::Invalid,
                "unknown" => Answer::Unknown,
                _ => panic!("{line}"),
            },
            reason: reason.to_owned(),
            line: line.to_owned(),
            span: claimed.saturating_sub(agreed),
        }
    });
    cells.collect()
}

fn answer(verdict: &Result<Verdict, ProgramError>) -> Answer {
    match verdict {
        Ok(Verdict::Valid) => Answer::Valid,
        Ok(Verdict::Invalid { .. }) => Answer::Invalid,
        Err(_) => Answer::Unknown,
    }
}

/// The cells whose answer by `judge` is not the table's.
fn wrong(cells: &[Cell], judge: impl Fn(&Boot) -> Answer) -> Vec<String> {
    let wrong = cells.iter().map(|cell| (judge(&cell.boot), cell)).filter(|(got, cell)| *got != cell.answer);
    wrong.map(|(got, cell)| format!("{got:?}: {}", cell.line)).collect()
}

#[test]
fn every_cell_of_the_verdict_table() {
    let Some(recorded) = recorded() else { return };
    let Recorded { config, values, cells } = recorded;
    assert!(cells.len() >= 200, "{} cells", cells.len());
    // Every reason is explained in the table and occurs, every answer too.
    let text = include_str!("../verdicts.txt");
    let reasons: BTreeSet<&str> = cells.iter().map(|cell| cell.reason.as_str()).collect();
    assert!(reasons.iter().all(|reason| text.contains(&format!("\n@ {reason}: "))), "{reasons:?}");
    let mut answers = BTreeMap::<Answer, usize>::new();
    cells.iter().for_each(|cell| *answers.entry(cell.answer).or_default() += 1);
    println!("{} cells: {answers:?}", cells.len());
    assert!(answers[&Answer::Valid] > 60 && answers[&Answer::Invalid] > 60 && answers[&Answer::Unknown] > 5);

    let judged = |boot: &Boot| program::judge_claim(WitnessOracle::new(values, boot), config, boot);
    let failures = wrong(cells, |boot| {
        let verdict = judged(boot);
        // Only a contradiction of the inputs may be unknown here: no preimage is missing.
        assert!(verdict.as_ref().err().is_none_or(|error| error.missing().is_none()), "{verdict:?}");
        answer(&verdict)
    });
    assert!(failures.is_empty(), "{} of {} cells: {failures:#?}", failures.len(), cells.len());
}

/// The twins: programs with the faults that others had are found out by the table.
#[test]
fn the_verdict_table_finds_faults() {
    let Some(Recorded { cells, .. }) = recorded() else { return };
    // What is right, without a program: the table itself.
    let right: HashMap<Question, Answer> = cells.iter().map(|cell| (key(&cell.boot), cell.answer)).collect();
    let faulty = |fault: &dyn Fn(&Boot) -> Option<Answer>| {
        wrong(cells, |boot| fault(boot).unwrap_or_else(|| right[&key(boot)])).len()
    };
    assert_eq!(faulty(&|_| None), 0);
    // Equal roots taken for a trace that has ended, whatever the block.
    let equal = |boot: &Boot| (boot.claimed_output_root == boot.agreed_output_root).then_some(Answer::Valid);
    assert!(faulty(&equal) > 10, "{}", faulty(&equal));
    // The zero root accepted.
    let zero = |boot: &Boot| boot.claimed_output_root.is_zero().then_some(Answer::Valid);
    assert!(faulty(&zero) > 10, "{}", faulty(&zero));
    // Missing data taken for an invalid claim.
    let hasty = |boot: &Boot| (right[&key(boot)] == Answer::Unknown).then_some(Answer::Invalid);
    assert!(faulty(&hasty) > 5, "{}", faulty(&hasty));
}

/// The cells with these reasons, judged.
fn judge_reasons(reasons: &[&str]) -> usize {
    let Some(Recorded { config, values, cells }) = recorded() else { return usize::MAX };
    let chosen = cells.iter().filter(|cell| reasons.contains(&cell.reason.as_str()));
    let judged = chosen.map(|cell| {
        let verdict = program::judge_claim(WitnessOracle::new(values, &cell.boot), config, &cell.boot);
        assert_eq!(answer(&verdict), cell.answer, "{}", cell.line);
    });
    judged.count()
}

/// equal roots are a trace that has ended only where nothing can be derived.
#[test]
fn r40_equal_roots_are_no_trace_extension() {
    assert!(judge_reasons(&["agreed_bad", "none_ok", "same_ok"]) > 50);
}

/// no zero root, whatever is left to derive.
#[test]
fn r41_the_zero_root_is_never_right() {
    assert!(judge_reasons(&["zero"]) >= 20);
}

/// R-56, the program's part: what cannot be told is no verdict, neither natively nor as an exit code.
#[test]
fn r56_unknown_is_no_verdict() {
    assert!(judge_reasons(&["origin"]) > 10);
    let Some(Recorded { config, values, cells }) = recorded() else { return };
    let section = encode_chain_configs(core::slice::from_ref(config));
    let cell = cells.iter().find(|cell| cell.reason == "block_ok").unwrap();
    let mut oracle = WitnessOracle::new(values, &cell.boot);
    assert_eq!(program::run(&mut oracle, &section), 0);
    for missing in oracle.asked.clone().into_iter().step_by(29) {
        let mut oracle = WitnessOracle::new(values, &cell.boot);
        oracle.changed.insert(missing, Bytes::new());
        assert_eq!(program::run(&mut oracle, &section), program::EXIT_UNKNOWN, "{missing}");
    }
}

/// What a claim asks, as a key.
type Question = (B256, B256, B256, u64);

fn key(boot: &Boot) -> Question {
    (boot.l1_head, boot.agreed_output_root, boot.claimed_output_root, boot.claimed_block_number)
}

/// A [`WitnessOracle`] as the machine's host.
pub(crate) struct Served<'a>(pub(crate) WitnessOracle<'a>);

impl PreimageSource for Served<'_> {
    fn preimage(&mut self, key: B256) -> Result<Bytes, SourceError> {
        let missing = || SourceError::Missing(key);
        let key = PreimageKey::from_bytes(key.0).map_err(|_| missing())?;
        self.0.get(&key).map_err(|_| missing())
    }

    fn hint(&mut self, hint: &[u8]) -> Result<(), SourceError> {
        if let Some(hint) = core::str::from_utf8(hint).ok().and_then(|text| Hint::parse(text).ok()) {
            self.0.hint(&hint).map_err(|error| SourceError::Failed(error.to_string()))?;
        }
        Ok(())
    }
}

#[test]
fn cells_of_the_verdict_table_in_the_machine() {
    let Some(Recorded { config, values, cells }) = recorded() else { return };
    let campaign = std::env::var_os("TRIBUNAL_CAMPAIGN").is_some();
    let mut chosen: Vec<&Cell> = cells.iter().collect();
    if !campaign {
        // The cells with few blocks to make; every reason, then by chance.
        chosen.retain(|cell| cell.span <= 2 || cell.answer == Answer::Unknown);
        chosen.shuffle(&mut SmallRng::seed_from_u64(6));
        let mut reasons = BTreeSet::new();
        chosen.sort_by_key(|cell| !reasons.insert(cell.reason.clone()));
        chosen.truncate(30);
        assert_eq!(chosen.len(), 30);
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../guests/prestates/program.mips64.elf");
    let file = std::fs::read(file).unwrap();
    let mut image = ElfImage::parse(&file).unwrap();
    image.set_chain_configs(&encode_chain_configs(core::slice::from_ref(config))).unwrap();
    let mut start = mips64::Mips64::new(mips64::State::from_elf(&image).unwrap());
    let mut steps = 0;
    for cell in &chosen {
        let mut machine = start.snapshot();
        let mut host = Served(WitnessOracle::new(values, &cell.boot));
        assert_eq!(machine.run(u64::MAX, &mut host, None).unwrap(), RunStop::Exited, "{}", cell.line);
        assert_eq!(machine.exit_code(), Some(cell.answer.exit_code()), "{}", cell.line);
        steps += machine.step();
    }
    println!("{} cells in {steps} steps", chosen.len());
}
