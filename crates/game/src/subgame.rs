//! Execution sub-games: which two output roots one runs between, what its program reads, and which instruction a
//! position in it is about.

use alloy_primitives::{B256, U256, keccak256};
use primitives::{Claim, Position};

use crate::{ClaimTree, GameConfig, RuleError};

/// The run of the program that the claims below one claim at the split depth are about.
///
/// Two sub-games with equal values have the same trace, wherever they stand in the tree: a provider can use it as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutionSubgame {
    /// The root that the program starts from (local input 2).
    pub agreed: Claim,
    /// Where that claim stands; `None` when it is the game's anchor.
    pub agreed_position: Option<Position>,
    /// The L2 block of the agreed root.
    pub agreed_l2_block: u64,
    /// The root that the program checks (local input 3).
    pub disputed: Claim,
    /// Where that claim stands.
    pub disputed_position: Position,
    /// The L2 block that it is claimed for (local input 4).
    pub disputed_l2_block: u64,
}

/// One of the five inputs that a game gives to its program, as the preimage oracle stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalData {
    /// The value, left-aligned.
    pub word: B256,
    /// How many of its bytes count: 32 or 8.
    pub size: u8,
}

impl ExecutionSubgame {
    /// The sub-game that a claim below the split depth belongs to.
    pub fn of_claim(config: &GameConfig, tree: &ClaimTree, index: u32) -> Result<Self, RuleError> {
        let split = config.params.split_depth;
        if tree.get(index)?.position.depth() <= split {
            return Err(RuleError::ClaimAboveSplit);
        }
        let (root, _) = tree
            .path_to_root(index)
            .find(|(_, claim)| claim.position.depth() == split + 1)
            .ok_or(RuleError::ClaimIndexOutOfBounds)?;
        let leaf = tree.get(root)?.parent_index.ok_or(RuleError::ClaimIndexOutOfBounds)?;
        Self::of_move(config, tree, leaf, tree.is_attack(root) == Some(true))
    }

    /// The sub-game that a move against a claim at the split depth opens.
    pub fn of_move(config: &GameConfig, tree: &ClaimTree, leaf: u32, is_attack: bool) -> Result<Self, RuleError> {
        let block = |position: Position| -> Result<u64, RuleError> {
            let index = position.trace_index(config.params.split_depth).map_err(|_| RuleError::ArithmeticPanic)?;
            u64::try_from(config.l2_block_at(index)).map_err(|_| RuleError::ArithmeticPanic)
        };
        let own = tree.get(leaf)?;
        let neighbour = if is_attack { own.position.left_neighbour() } else { own.position.right_neighbour() };
        let other = match neighbour {
            Some(position) => Some(tree.get(tree.find_on_path(leaf, position.trace_ancestor())?)?),
            None if is_attack => None,
            None => return Err(RuleError::ClaimIndexOutOfBounds),
        };
        let (agreed, disputed) = if is_attack { (other, own) } else { (Some(own), other.unwrap_or(own)) };
        Ok(Self {
            agreed: agreed.map_or(Claim(config.starting.root), |claim| claim.claim),
            agreed_position: agreed.map(|claim| claim.position),
            agreed_l2_block: match agreed {
                Some(claim) => block(claim.position)?,
                None => u64::try_from(config.starting.l2_sequence_number).map_err(|_| RuleError::ArithmeticPanic)?,
            },
            disputed: disputed.claim,
            disputed_position: disputed.position,
            disputed_l2_block: block(disputed.position)?,
        })
    }

    /// The key under which the preimage oracle keeps the local inputs of this sub-game.
    pub fn local_context(&self) -> B256 {
        let word = |position: Position| U256::from(position.gindex()).to_be_bytes::<32>();
        let mut bytes = Vec::with_capacity(128);
        if let Some(position) = self.agreed_position {
            bytes.extend_from_slice(self.agreed.0.as_slice());
            bytes.extend_from_slice(&word(position));
        }
        bytes.extend_from_slice(self.disputed.0.as_slice());
        bytes.extend_from_slice(&word(self.disputed_position));
        keccak256(bytes)
    }

    /// The local input number `ident`, 1 to 5: L1 head, agreed root, disputed root, disputed block, chain.
    pub fn local_data(&self, config: &GameConfig, ident: u64) -> Result<LocalData, RuleError> {
        let number = |value: u64| {
            let mut word = B256::ZERO;
            word[..8].copy_from_slice(&value.to_be_bytes());
            LocalData { word, size: 8 }
        };
        Ok(match ident {
            1 => LocalData { word: config.l1_head, size: 32 },
            2 => LocalData { word: self.agreed.0, size: 32 },
            3 => LocalData { word: self.disputed.0, size: 32 },
            4 => number(self.disputed_l2_block),
            5 => number(config.l2_chain_id),
            _ => return Err(RuleError::InvalidLocalIdent),
        })
    }
}

/// How many instructions have run in the state that a claim at `position`, below the split depth, commits to; at least 1.
pub fn instructions_before(config: &GameConfig, position: Position) -> Result<u128, RuleError> {
    let params = &config.params;
    if position.depth() <= params.split_depth {
        return Err(RuleError::ClaimAboveSplit);
    }
    let index = position.trace_index(params.max_depth).map_err(|_| RuleError::GameDepthExceeded)?;
    Ok(index % (1u128 << params.execution_depth()) + 1)
}
