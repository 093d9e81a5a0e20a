//! Where a withdrawal stands: what is next, when it is possible, and why not now.

use crate::game::{Candidate, Flaw, find_game, flaw};
use crate::{Contracts, L2, Moment, ProofError, Withdrawal};
use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;
use chain::abi::{FaultDisputeGame, OptimismPortal2};
use chain::client::{ClientError, L1Client, view};
use primitives::GameStatus;
use serde::Serialize;

/// Most proofs of others that are looked at.
const MAX_SUBMITTERS: u64 = 32;

sol! {
    function numProofSubmitters(bytes32 withdrawalHash) external view returns (uint256);
    function proofSubmitters(bytes32 withdrawalHash, uint256 index) external view returns (address);
}

/// Why a step is not possible now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Obstacle {
    /// The guardian has paused withdrawals.
    Paused,
    /// No game that counts claims a block with the withdrawal.
    NoGame,
    /// The game was created in this very second.
    TooFresh {
        /// First second at which it can be done.
        from: u64,
    },
    /// The proof is too young.
    Maturity {
        /// First second at which it is old enough.
        from: u64,
    },
    /// The game is not decided.
    Unresolved {
        /// First second at which it can be, if nobody disputes it.
        earliest: u64,
    },
    /// The game was decided too recently.
    Airgap {
        /// First second at which it is final.
        from: u64,
    },
}

impl core::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::Paused => f.write_str("withdrawals are paused"),
            Self::NoGame => f.write_str("no proposal covers its block yet"),
            Self::TooFresh { from } => write!(f, "the game is of this second; possible from {}", Moment(from)),
            Self::Maturity { from } => write!(f, "the proof is not old enough before {}", Moment(from)),
            Self::Unresolved { earliest } => write!(f, "the game is not resolved; not before {}", Moment(earliest)),
            Self::Airgap { from } => write!(f, "the game's result is not final before {}", Moment(from)),
        }
    }
}

/// A proof on chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// Who proved it; finalization names this account.
    pub submitter: Address,
    /// The game.
    pub game: Address,
    /// When it was proven.
    pub at: u64,
}

/// What has been done and what is next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    /// It has to be proven.
    Prove {
        /// Against this game.
        #[serde(skip_serializing_if = "Option::is_none")]
        game: Option<Candidate>,
        /// It was proven before, against a game that does not count any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        again: Option<Flaw>,
    },
    /// It is proven and has to be finalized.
    Finalize {
        /// The proof to finalize with.
        proof: Proven,
    },
    /// It is done; what the call of the target led to is the target's concern.
    Finalized,
}

/// Where a withdrawal stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its stage.
    #[serde(flatten)]
    pub stage: Stage,
    /// Why the next step is not possible now; empty: it is.
    pub obstacles: Vec<Obstacle>,
}

impl Status {
    /// The next step can be taken now.
    pub fn is_possible(&self) -> bool {
        self.stage != Stage::Finalized && self.obstacles.is_empty()
    }

    /// First second at which the next step may be possible, as far as it is known.
    pub fn possible_from(&self) -> Option<u64> {
        let mut from = Some(0);
        for obstacle in &self.obstacles {
            from = match *obstacle {
                Obstacle::Paused | Obstacle::NoGame => None,
                Obstacle::TooFresh { from: at }
                | Obstacle::Maturity { from: at }
                | Obstacle::Unresolved { earliest: at }
                | Obstacle::Airgap { from: at } => from.map(|from: u64| from.max(at)),
            };
        }
        from
    }
}

/// Where a withdrawal of L2 block `since` stands, seen from the head of L1. `account`: whose proof is preferred; a proof of another
/// account serves as well.
pub fn status(
    l1: &dyn L1Client,
    l2: &dyn L2,
    contracts: &Contracts,
    withdrawal: &Withdrawal,
    since: u64,
    account: Address,
) -> Result<Status, ProofError> {
    let hash = withdrawal.hash();
    let portal = contracts.portal;
    if view(l1, portal, &OptimismPortal2::finalizedWithdrawalsCall { withdrawalHash: hash })? {
        return Ok(Status { stage: Stage::Finalized, obstacles: Vec::new() });
    }
    let now = l1.head()?.header.timestamp;
    let paused = view(l1, portal, &OptimismPortal2::pausedCall {})?;
    let pause = || paused.then_some(Obstacle::Paused);
    let mut again = None;
    let mut best: Option<(u64, Status)> = None;
    for submitter in submitters(l1, contracts, hash, account)? {
        let call = OptimismPortal2::provenWithdrawalsCall { withdrawalHash: hash, proofSubmitter: submitter };
        let proven = view(l1, portal, &call)?;
        if proven.timestamp == 0 {
            continue;
        }
        let proof = Proven { submitter, game: proven.game, at: proven.timestamp };
        match flaw(l1, contracts, proof.game)? {
            Some(flaw) => again = again.or(Some(flaw)),
            None => {
                let mut obstacles: Vec<Obstacle> = pause().into_iter().collect();
                obstacles.extend(waits(l1, contracts, &proof, now)?);
                let status = Status { stage: Stage::Finalize { proof }, obstacles };
                let from = status.possible_from().unwrap_or(u64::MAX);
                if best.as_ref().is_none_or(|(earliest, _)| from < *earliest) {
                    best = Some((from, status));
                }
            }
        }
    }
    if let Some((_, status)) = best {
        return Ok(status);
    }
    let game = find_game(l1, l2, contracts, withdrawal, since)?;
    let mut obstacles: Vec<Obstacle> = pause().into_iter().collect();
    match &game {
        None => obstacles.push(Obstacle::NoGame),
        Some(game) if game.created_at >= now => obstacles.push(Obstacle::TooFresh { from: game.created_at + 1 }),
        Some(_) => {}
    }
    Ok(Status { stage: Stage::Prove { game, again }, obstacles })
}

/// The account itself, then everyone else who proved it.
fn submitters(
    l1: &dyn L1Client,
    contracts: &Contracts,
    hash: alloy_primitives::B256,
    account: Address,
) -> Result<Vec<Address>, ClientError> {
    let count = view(l1, contracts.portal, &numProofSubmittersCall { withdrawalHash: hash })?;
    let mut all = vec![account];
    for index in 0..count.saturating_to::<u64>().min(MAX_SUBMITTERS) {
        let call = proofSubmittersCall { withdrawalHash: hash, index: U256::from(index) };
        let submitter = view(l1, contracts.portal, &call)?;
        if !all.contains(&submitter) {
            all.push(submitter);
        }
    }
    Ok(all)
}

/// What a proof against a game that counts still waits for. All comparisons of the contracts are strict.
fn waits(l1: &dyn L1Client, contracts: &Contracts, proof: &Proven, now: u64) -> Result<Vec<Obstacle>, ClientError> {
    let mut obstacles = Vec::new();
    let mature = proof.at.saturating_add(contracts.maturity).saturating_add(1);
    if now < mature {
        obstacles.push(Obstacle::Maturity { from: mature });
    }
    let game = proof.game;
    if view(l1, game, &FaultDisputeGame::statusCall {})? == GameStatus::InProgress as u8 {
        let created: u64 = view(l1, game, &FaultDisputeGame::createdAtCall {})?;
        let clock: u64 = view(l1, game, &FaultDisputeGame::maxClockDurationCall {}).unwrap_or(0);
        let airgap = contracts.airgap.saturating_add(1);
        let earliest = created.saturating_add(clock).max(now).saturating_add(airgap);
        obstacles.push(Obstacle::Unresolved { earliest });
        return Ok(obstacles);
    }
    let resolved: u64 = view(l1, game, &FaultDisputeGame::resolvedAtCall {})?;
    let final_from = resolved.saturating_add(contracts.airgap).saturating_add(1);
    if now < final_from {
        obstacles.push(Obstacle::Airgap { from: final_from });
    }
    Ok(obstacles)
}
