//! Which game a withdrawal is proven against: one whose claim is true, that counts, and that is done soonest.

use crate::proof::output_root;
use crate::{Contracts, L2, ProofError, Withdrawal};
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::sol;
use chain::abi::{AnchorStateRegistry, DisputeGameFactory, FaultDisputeGame};
use chain::client::{BlockInfo, ClientError, L1Client, view};
use primitives::{GameStatus, GameType};
use serde::Serialize;

sol! {
    function l2SequenceNumber() external view returns (uint256);
    function rootClaimByChainId(uint256 chainId) external view returns (bytes32);
}

/// Most games that are looked at, from the newest back.
const MAX_GAMES: u64 = 20_000;

/// A game that a withdrawal can be proven against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Index in the factory.
    pub index: u64,
    /// The game.
    pub game: Address,
    /// L2 block that it is about.
    pub l2_block: u64,
    /// Output root of that block that it claims.
    pub claim: B256,
    /// When it was created.
    pub created_at: u64,
}

/// Why a game does not count, now and for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Not of this factory.
    Unregistered,
    /// Its type did not count when it was created.
    NotRespected,
    /// The guardian took it out of account.
    Blacklisted,
    /// The guardian took all games of its time out of account.
    Retired,
    /// Its claim was refuted.
    ChallengerWins,
}

impl core::fmt::Display for Flaw {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Unregistered => "its game is not of this chain's factory",
            Self::NotRespected => "the type of its game did not count when the game was created",
            Self::Blacklisted => "its game was blacklisted",
            Self::Retired => "its game was retired",
            Self::ChallengerWins => "the claim of its game was refuted",
        })
    }
}

/// What is wrong with a game; `None`: it counts, or will.
pub fn flaw(l1: &dyn L1Client, contracts: &Contracts, game: Address) -> Result<Option<Flaw>, ClientError> {
    let at = contracts.registry;
    if !view(l1, at, &AnchorStateRegistry::isGameRegisteredCall { game })? {
        return Ok(Some(Flaw::Unregistered));
    }
    if view(l1, at, &AnchorStateRegistry::isGameBlacklistedCall { game })? {
        return Ok(Some(Flaw::Blacklisted));
    }
    if view(l1, at, &AnchorStateRegistry::isGameRetiredCall { game })? {
        return Ok(Some(Flaw::Retired));
    }
    if !view(l1, at, &AnchorStateRegistry::isGameRespectedCall { game })? {
        return Ok(Some(Flaw::NotRespected));
    }
    let refuted = view(l1, game, &FaultDisputeGame::statusCall {})? == GameStatus::ChallengerWins as u8;
    Ok(refuted.then_some(Flaw::ChallengerWins))
}

/// Block of this chain that a game is about, and the output root that it claims for it. `None`: a block that the chain cannot have, or, of a
/// game over the roots of several chains, no claim for this one.
fn claimed(
    l1: &dyn L1Client,
    l2: &dyn L2,
    head: &BlockInfo,
    kind: u32,
    game: Address,
) -> Result<Option<(u64, B256)>, ProofError> {
    // Whoever made the game is a stranger: an answer that makes no sense is no game, and only a node that fails is an error.
    let sense = |answer: ClientError| match answer {
        ClientError::Transport(_) => Err(ProofError::Client(answer)),
        _ => Ok(None),
    };
    let sequence = match view(l1, game, &l2SequenceNumberCall {}) {
        Ok(sequence) => sequence,
        Err(error) => return sense(error),
    };
    let Ok(sequence) = u64::try_from(sequence) else { return Ok(None) };
    if !GameType(kind).is_super_game() {
        return match view(l1, game, &FaultDisputeGame::rootClaimCall {}) {
            Ok(claim) => Ok(Some((sequence, claim))),
            Err(error) => sense(error),
        };
    }
    let Some(block) = block_at(l2, head, sequence)? else { return Ok(None) };
    match view(l1, game, &rootClaimByChainIdCall { chainId: U256::from(l2.chain_id()) }) {
        Ok(claim) => Ok(Some((block, claim))),
        Err(error) => sense(error),
    }
}

/// The last block of a chain at a time: its blocks come at equal distances.
fn block_at(l2: &dyn L2, head: &BlockInfo, time: u64) -> Result<Option<u64>, ProofError> {
    let Some(before) = head.header.number.checked_sub(1) else { return Ok(None) };
    let parent = l2.block(before)?.ok_or(ProofError::NoBlock(before))?.header.timestamp;
    let distance = head.header.timestamp.saturating_sub(parent).max(1);
    let Some(back) = head.header.timestamp.checked_sub(time).map(|age| age.div_ceil(distance)) else { return Ok(None) };
    let Some(number) = head.header.number.checked_sub(back) else { return Ok(None) };
    let Some(block) = l2.block(number)? else { return Ok(None) };
    let from = block.header.timestamp;
    Ok((from..from.saturating_add(distance)).contains(&time).then_some(number))
}

/// The oldest game that can be used for a withdrawal of L2 block `since`: registered, respected, neither blacklisted nor retired nor lost,
/// about a block that has the withdrawal, and with the output root that the user's own node has for that block.
///
/// Games of other accounts may claim anything; a claim that the node does not confirm is passed over.
pub fn find_game(
    l1: &dyn L1Client,
    l2: &dyn L2,
    contracts: &Contracts,
    withdrawal: &Withdrawal,
    since: u64,
) -> Result<Option<Candidate>, ProofError> {
    let l1_error = |error: ClientError| ProofError::Client(error);
    let factory = contracts.factory;
    let count: u64 = view(l1, factory, &DisputeGameFactory::gameCountCall {}).map_err(l1_error)?.saturating_to();
    let born = l2.block(since)?.ok_or(ProofError::NoBlock(since))?.header.timestamp;
    let head = l2.head()?;
    let mut found = None;
    let mut untold = None;
    for index in (count.saturating_sub(MAX_GAMES)..count).rev() {
        let at = DisputeGameFactory::gameAtIndexCall { index: U256::from(index) };
        let entry = view(l1, factory, &at).map_err(l1_error)?;
        // No true claim about the withdrawal's block is older than the block.
        if entry.timestamp_ < born {
            break;
        }
        let game = entry.proxy_;
        let Some((l2_block, claim)) = claimed(l1, l2, &head, entry.gameType_, game)? else { continue };
        if l2_block < since || l2_block > head.header.number || flaw(l1, contracts, game).map_err(l1_error)?.is_some() {
            continue;
        }
        match output_root(l2, l2_block, withdrawal.slot()) {
            Ok((output, _)) if output.hash() == claim => {
                found = Some(Candidate { index, game, l2_block, claim, created_at: entry.timestamp_ });
            }
            Ok(_) => {}
            // A node may have thrown away the state of one block and still have that of another.
            Err(error) => untold = untold.or(Some(error)),
        }
    }
    match (found, untold) {
        (None, Some(error)) => Err(error),
        (found, _) => Ok(found),
    }
}
