//! What the scenario tells at its end: as data, to be printed or written as JSON.

use super::Account;
use crate::parties::Parties;
use alloy_primitives::{Address, B256, U256};
use chain::{GameReader, Receipt};
use game::solver::Action;
use game::{GameView, instructions_before};
use primitives::{GameStatus, Position};
use serde::Serialize;

/// How a game stands or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Not decided.
    InProgress,
    /// The root claim fell.
    ChallengerWins,
    /// The root claim stands.
    DefenderWins,
}

impl From<GameStatus> for Verdict {
    fn from(status: GameStatus) -> Self {
        match status {
            GameStatus::InProgress => Self::InProgress,
            GameStatus::ChallengerWins => Self::ChallengerWins,
            GameStatus::DefenderWins => Self::DefenderWins,
        }
    }
}

impl core::fmt::Display for Verdict {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::InProgress => "IN_PROGRESS",
            Self::ChallengerWins => "CHALLENGER_WINS",
            Self::DefenderWins => "DEFENDER_WINS",
        })
    }
}

/// Kind of a transaction in a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveKind {
    /// The root claim, made with the game.
    Create,
    /// Attack of a claim.
    Attack,
    /// Defence of a claim.
    Defend,
    /// A local input put into the oracle.
    AddLocalData,
    /// A preimage's part put into the oracle.
    LoadPreimage,
    /// One instruction executed on L1.
    Step,
    /// Refutation of the block number.
    ChallengeL2Block,
    /// A subgame resolved.
    ResolveClaim,
    /// The game decided.
    Resolve,
    /// The payout decided.
    CloseGame,
    /// A credit unlocked or paid.
    ClaimCredit,
}

impl MoveKind {
    /// The function of the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Attack => "attack",
            Self::Defend => "defend",
            Self::AddLocalData => "addLocalData",
            Self::LoadPreimage => "loadPreimagePart",
            Self::Step => "step",
            Self::ChallengeL2Block => "challengeRootL2Block",
            Self::ResolveClaim => "resolveClaim",
            Self::Resolve => "resolve",
            Self::CloseGame => "closeGame",
            Self::ClaimCredit => "claimCredit",
        }
    }

    /// Whether it is a part of the dispute itself, before resolution.
    pub const fn is_move(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Attack | Self::Defend | Self::AddLocalData | Self::LoadPreimage | Self::Step
        )
    }
}

/// One transaction of a game.
#[derive(Clone, Debug, Serialize)]
pub struct MoveRow {
    /// Who.
    pub party: String,
    /// What.
    pub kind: MoveKind,
    /// Claim that was made, or the one that the transaction is about.
    pub claim_index: Option<u32>,
    /// Claim that is answered.
    pub parent_index: Option<u32>,
    /// Depth of the claim.
    pub depth: Option<u32>,
    /// Generalized index of the claim's position, decimal.
    pub position: Option<String>,
    /// The L2 block that the claim is about, above the split.
    pub l2_block: Option<u64>,
    /// The trace index of the state that the claim is about, below the split.
    pub step_index: Option<u64>,
    /// The claimed value.
    pub claim: Option<B256>,
    /// Bond, wei.
    pub bond: u128,
    /// Gas used.
    pub gas: u64,
    /// Timestamp of the L1 block.
    pub timestamp: u64,
}

/// The instruction that was executed on L1.
#[derive(Clone, Debug, Serialize)]
pub struct FinalStep {
    /// Claim that it countered.
    pub claim_index: u32,
    /// Whether it attacked the claim.
    pub is_attack: bool,
    /// L2 block in whose derivation it stands.
    pub l2_block: u64,
    /// Trace index of the state after it.
    pub step_index: u64,
    /// Steps of the honest run.
    pub run_steps: u64,
    /// Program counter.
    pub pc: u64,
    /// Instruction word.
    pub word: u32,
    /// Disassembled.
    pub instruction: String,
    /// Function that it belongs to.
    pub function: Option<String>,
    /// Key and offset of the preimage that it reads.
    pub preimage: Option<(B256, u64)>,
    /// Gas of the step.
    pub gas: u64,
}

/// A pass of the machine.
#[derive(Clone, Debug, Serialize)]
pub struct RunRow {
    /// Claimed block of the run.
    pub l2_block: u64,
    /// Steps to the exit.
    pub steps: u64,
    /// Exit code.
    pub exit_code: u8,
    /// Wall time, seconds.
    pub seconds: f64,
}

/// Time of a part.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// The part.
    pub part: String,
    /// Wall time, seconds.
    pub seconds: f64,
}

/// One game.
#[derive(Clone, Debug, Serialize)]
pub struct GameReport {
    /// 1 or 2.
    pub number: u8,
    /// What it is about.
    pub title: String,
    /// The game's address.
    pub address: Address,
    /// The root claim.
    pub root_claim: B256,
    /// How it ended.
    pub verdict: Verdict,
    /// Every transaction.
    pub moves: Vec<MoveRow>,
    /// The executed instructions; the last one decided the game.
    pub final_steps: Vec<FinalStep>,
    /// Gas of all transactions.
    pub gas: u64,
    /// The tree as it stood before resolution; not a part of the JSON.
    #[serde(skip)]
    pub view: Option<GameView>,
}

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was disputed.
    pub name: String,
    /// Agreed block.
    pub agreed_block: u64,
    /// Claimed block.
    pub claimed_block: u64,
    /// First block that the liar lies about.
    pub lie_at_block: u64,
    /// First wrong step of the liar's runs.
    pub lie_at_step: String,
    /// The seed.
    pub seed: u64,
    /// Both games.
    pub games: Vec<GameReport>,
    /// Every party's payments; expected and found balances are equal.
    pub accounts: Vec<Account>,
    /// Passes of the machine.
    pub runs: Vec<RunRow>,
    /// Time of each part.
    pub timings: Vec<Timing>,
    /// L1 blocks made.
    pub l1_blocks: u64,
}

/// The row of the root claim.
pub(super) fn root_row(parties: &Parties, game: &GameReader, receipt: &Receipt) -> MoveRow {
    let position = Position::ROOT;
    MoveRow {
        party: parties.role(receipt.from).unwrap_or("?").into(),
        kind: MoveKind::Create,
        claim_index: Some(0),
        parent_index: None,
        depth: Some(0),
        position: Some(position.gindex().to_string()),
        l2_block: u64::try_from(game.config.l2_block_number).ok(),
        step_index: None,
        claim: Some(game.config.root_claim.0),
        bond: 80_000_000_000_000_000,
        gas: receipt.gas_used,
        timestamp: receipt.timestamp,
    }
}

/// The row of a performed action.
pub(super) fn row(party: &str, game: &GameReader, done: &challenger::Performed) -> MoveRow {
    let mut row = MoveRow {
        party: party.into(),
        kind: MoveKind::Resolve,
        claim_index: None,
        parent_index: None,
        depth: None,
        position: None,
        l2_block: None,
        step_index: None,
        claim: None,
        bond: u128::try_from(done.value).unwrap_or(u128::MAX),
        gas: done.receipt.gas_used,
        timestamp: done.receipt.timestamp,
    };
    match &done.action {
        Action::Move { parent, is_attack, position, claim, .. } => {
            row.kind = if *is_attack { MoveKind::Attack } else { MoveKind::Defend };
            row.claim_index = done.claim_index;
            row.parent_index = Some(*parent);
            row.depth = Some(position.depth());
            row.position = Some(position.gindex().to_string());
            row.claim = Some(claim.0);
            (row.l2_block, row.step_index) = meaning(game, *position);
        }
        Action::AddLocalData { claim, .. } => (row.kind, row.claim_index) = (MoveKind::AddLocalData, Some(*claim)),
        Action::LoadPreimage { claim, .. } => (row.kind, row.claim_index) = (MoveKind::LoadPreimage, Some(*claim)),
        Action::Step { claim, .. } => (row.kind, row.claim_index) = (MoveKind::Step, Some(*claim)),
        Action::ChallengeL2BlockNumber(_) => (row.kind, row.claim_index) = (MoveKind::ChallengeL2Block, Some(0)),
        Action::ResolveClaim { claim, .. } => (row.kind, row.claim_index) = (MoveKind::ResolveClaim, Some(*claim)),
        Action::Resolve => row.kind = MoveKind::Resolve,
        Action::CloseGame => row.kind = MoveKind::CloseGame,
        Action::ClaimCredit { .. } => row.kind = MoveKind::ClaimCredit,
    }
    row
}

/// What a position is about: an L2 block above the split, a trace index below it.
fn meaning(game: &GameReader, position: Position) -> (Option<u64>, Option<u64>) {
    let config = &game.config;
    if position.depth() <= config.params.split_depth {
        let block = position.trace_index(config.params.split_depth).ok().map(|index| config.l2_block_at(index));
        (block.and_then(|b: U256| u64::try_from(b).ok()), None)
    } else {
        let index = instructions_before(config, position).ok().and_then(|n| u64::try_from(n - 1).ok());
        (None, index)
    }
}
