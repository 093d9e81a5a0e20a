//! The claims of a game in the order in which the contract stores them, and the ways through the tree that they form.
//!
//! The tree knows which claim answers which and where each stands; which moves are allowed is in [`crate::rules`].

use alloy_primitives::Address;
use primitives::{Claim, Clock, Position};
use thiserror::Error;

use crate::RuleError;

/// One claim as the contract stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimData {
    /// Index of the claim that it answers; `None` for the root (`2^32 − 1` in the contract).
    pub parent_index: Option<u32>,
    /// Who countered it: set by a step, and by the resolution of its sub-game.
    pub countered_by: Option<Address>,
    /// Who made it.
    pub claimant: Address,
    /// Wei deposited with it.
    pub bond: u128,
    /// What is claimed.
    pub claim: Claim,
    /// Where.
    pub position: Position,
    /// Time used and time of the move.
    pub clock: Clock,
}

/// Why a list of claims is not the tree of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TreeError {
    /// There is no claim, or the first one is not a root at position 1.
    #[error("the first claim is not a root claim")]
    NoRoot,
    /// A claim answers none of the claims before it.
    #[error("claim {0} answers no claim before it")]
    UnknownParent(u32),
    /// A claim stands neither where an attack on its parent stands nor where a defence of it does.
    #[error("claim {0} is no move against its parent")]
    NotAMove(u32),
    /// More claims than the contract's indices can name.
    #[error("more claims than indices")]
    TooMany,
}

/// The claims of one game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimTree {
    claims: Vec<ClaimData>,
    children: Vec<Vec<u32>>,
}

impl ClaimTree {
    /// The tree of a game that has its root claim only.
    pub fn new(root: ClaimData) -> Result<Self, TreeError> {
        if root.parent_index.is_some() || root.position != Position::ROOT {
            return Err(TreeError::NoRoot);
        }
        Ok(Self { claims: vec![root], children: vec![Vec::new()] })
    }

    /// The tree of claims in the contract's order, each checked to be a move against an earlier one.
    pub fn from_claims(claims: impl IntoIterator<Item = ClaimData>) -> Result<Self, TreeError> {
        let mut claims = claims.into_iter();
        let mut tree = Self::new(claims.next().ok_or(TreeError::NoRoot)?)?;
        for claim in claims {
            tree.push(claim)?;
        }
        Ok(tree)
    }

    /// Appends a claim; its index is returned.
    pub fn push(&mut self, claim: ClaimData) -> Result<u32, TreeError> {
        let index = u32::try_from(self.claims.len()).ok().filter(|&i| i != u32::MAX).ok_or(TreeError::TooMany)?;
        let parent = claim.parent_index.ok_or(TreeError::UnknownParent(index))?;
        let above = self.claims.get(parent as usize).ok_or(TreeError::UnknownParent(index))?.position;
        if above.attack() != Ok(claim.position) && above.defend() != Ok(claim.position) {
            return Err(TreeError::NotAMove(index));
        }
        self.claims.push(claim);
        self.children.push(Vec::new());
        self.children[parent as usize].push(index);
        Ok(index)
    }

    /// Number of claims; never 0.
    #[allow(clippy::len_without_is_empty, reason = "a tree has a root")]
    pub fn len(&self) -> u32 {
        self.claims.len() as u32
    }

    /// The root claim.
    pub fn root(&self) -> &ClaimData {
        &self.claims[0]
    }

    /// The claim with this index.
    pub fn get(&self, index: u32) -> Result<&ClaimData, RuleError> {
        self.claims.get(index as usize).ok_or(RuleError::ClaimIndexOutOfBounds)
    }

    /// The claim with this index, to set who countered it.
    pub(crate) fn get_mut(&mut self, index: u32) -> Result<&mut ClaimData, RuleError> {
        self.claims.get_mut(index as usize).ok_or(RuleError::ClaimIndexOutOfBounds)
    }

    /// All claims with their indices, in the contract's order: parents before children.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, &ClaimData)> + ExactSizeIterator {
        self.claims.iter().enumerate().map(|(index, claim)| (index as u32, claim))
    }

    /// Indices of the claims that answer this one, in their order: the claim's sub-game. Empty for an unknown index.
    pub fn children(&self, index: u32) -> &[u32] {
        self.children.get(index as usize).map_or(&[], Vec::as_slice)
    }

    /// The claim itself and all claims above it, up to the root. Empty for an unknown index.
    pub fn path_to_root(&self, index: u32) -> impl Iterator<Item = (u32, &ClaimData)> {
        let entry = |index: u32| self.claims.get(index as usize).map(|claim| (index, claim));
        std::iter::successors(entry(index), move |(_, claim)| claim.parent_index.and_then(entry))
    }

    /// Whether the claim attacks its parent; `None` for the root and unknown indices.
    pub fn is_attack(&self, index: u32) -> Option<bool> {
        let claim = self.claims.get(index as usize)?;
        let parent = self.claims.get(claim.parent_index? as usize)?;
        Some(parent.position.attack() == Ok(claim.position))
    }

    /// The answer to `parent` with exactly this position and value, if it was given.
    pub fn find_answer(&self, parent: u32, position: Position, claim: Claim) -> Option<u32> {
        self.children(parent).iter().copied().find(|&child| {
            let child = &self.claims[child as usize];
            child.position == position && child.claim == claim
        })
    }

    /// The nearest claim at `position` on the way from `start` to the root.
    ///
    /// Fails as the contract does when there is none: the walk leaves the root for index `2^32 − 1`.
    pub fn find_on_path(&self, start: u32, position: Position) -> Result<u32, RuleError> {
        self.path_to_root(start)
            .find(|(_, claim)| claim.position == position)
            .map(|(index, _)| index)
            .ok_or(RuleError::ClaimIndexOutOfBounds)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::B256;

    use super::*;

    fn claim(parent_index: Option<u32>, gindex: u128) -> ClaimData {
        ClaimData {
            parent_index,
            countered_by: None,
            claimant: Address::ZERO,
            bond: 0,
            claim: Claim(B256::with_last_byte(gindex as u8)),
            position: Position::from_gindex(gindex).unwrap(),
            clock: Clock::default(),
        }
    }

    #[test]
    fn walks() {
        let tree =
            ClaimTree::from_claims([claim(None, 1), claim(Some(0), 2), claim(Some(1), 4), claim(Some(1), 6)]).unwrap();
        assert_eq!(tree.children(1), [2, 3]);
        assert_eq!(tree.is_attack(2), Some(true));
        assert_eq!(tree.is_attack(3), Some(false));
        assert_eq!(tree.is_attack(0), None);
        assert_eq!(tree.path_to_root(3).map(|(index, _)| index).collect::<Vec<_>>(), [3, 1, 0]);
        assert_eq!(tree.find_on_path(3, Position::ROOT), Ok(0));
        assert_eq!(tree.find_on_path(0, tree.get(1).unwrap().position), Err(RuleError::ClaimIndexOutOfBounds));
        let answer = tree.get(2).unwrap();
        assert_eq!(tree.find_answer(1, answer.position, answer.claim), Some(2));
        assert_eq!(tree.find_answer(1, answer.position, Claim::default()), None);
    }

    #[test]
    fn refuses_what_is_no_game() {
        assert_eq!(ClaimTree::from_claims([]), Err(TreeError::NoRoot));
        assert_eq!(ClaimTree::from_claims([claim(None, 2)]), Err(TreeError::NoRoot));
        assert_eq!(ClaimTree::from_claims([claim(None, 1), claim(Some(1), 2)]), Err(TreeError::UnknownParent(1)));
        assert_eq!(ClaimTree::from_claims([claim(None, 1), claim(None, 1)]), Err(TreeError::UnknownParent(1)));
        assert_eq!(ClaimTree::from_claims([claim(None, 1), claim(Some(0), 3)]), Err(TreeError::NotAMove(1)));
        let tree = ClaimTree::new(claim(None, 1)).unwrap();
        assert_eq!(tree.get(7), Err(RuleError::ClaimIndexOutOfBounds));
        assert!(tree.children(7).is_empty());
        assert_eq!(tree.path_to_root(7).count(), 0);
    }
}
