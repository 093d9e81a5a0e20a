//! The picture of a game's tree: where each claim stands on a page, what it is about and how it ended, as data and as a
//! self-contained SVG document.
//!
//! Depth runs downwards, one row a level; each branch gets a column of its own, so that a single line of 74 claims and a
//! bush of freeloaders are both readable. What parties are called and which colours they have comes from the caller.

mod svg;

use alloy_primitives::Address;
use primitives::{Claim, Position};

use crate::resolution::forecast;
use crate::{ExecutionSubgame, GameView, instructions_before};

pub use svg::to_svg;

/// A party of the game, for the legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The account that it acts from.
    pub account: Address,
    /// What it is called.
    pub name: String,
    /// Its colour, as SVG knows it.
    pub colour: String,
}

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The root of an L2 block.
    Block(u64),
    /// The state of the machine in the run that leads to a block, after a number of instructions.
    State {
        /// The disputed block of the run.
        block: u64,
        /// How many instructions have run.
        instructions: u128,
    },
}

/// One claim in the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its index in the contract.
    pub index: u32,
    /// The claim that it answers.
    pub parent: Option<u32>,
    /// Whether it attacks that claim; false for the root.
    pub is_attack: bool,
    /// Where it stands in the tree.
    pub position: Position,
    /// Its value.
    pub claim: Claim,
    /// What it is about.
    pub subject: Subject,
    /// Who made it.
    pub claimant: Address,
    /// Wei deposited with it.
    pub bond: u128,
    /// Who counters it as things stand.
    pub countered_by: Option<Address>,
    /// Whether that happened by a step.
    pub stepped_on: bool,
    /// Its column, from 0.
    pub column: u32,
}

/// A tree laid out: the row of a claim is its depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The claims in the contract's order.
    pub nodes: Vec<Node>,
    /// The depth of the last claims about output roots.
    pub split_depth: u32,
    /// The depth of the claims that only a step can answer.
    pub max_depth: u32,
    /// The deepest claim there is.
    pub deepest: u32,
    /// How many columns are used.
    pub columns: u32,
}

/// Lays a game out.
pub fn layout(game: &GameView) -> Picture {
    let tree = &game.tree;
    let params = &game.config.params;
    let outcome = forecast(game);
    let columns = columns(game);
    let subject = |index: u32, position: Position| {
        if position.depth() <= params.split_depth {
            let block = position.trace_index(params.split_depth).map(|index| game.config.l2_block_at(index));
            return Subject::Block(block.map_or(0, |block| block.saturating_to()));
        }
        Subject::State {
            block: ExecutionSubgame::of_claim(&game.config, tree, index).map_or(0, |run| run.disputed_l2_block),
            instructions: instructions_before(&game.config, position).unwrap_or(0),
        }
    };
    let nodes: Vec<Node> = tree
        .iter()
        .map(|(index, claim)| Node {
            index,
            parent: claim.parent_index,
            is_attack: tree.is_attack(index).unwrap_or(false),
            position: claim.position,
            claim: claim.claim,
            subject: subject(index, claim.position),
            claimant: claim.claimant,
            bond: claim.bond,
            countered_by: outcome.countered_by[index as usize],
            stepped_on: claim.position.depth() == params.max_depth && claim.countered_by.is_some(),
            column: columns[index as usize],
        })
        .collect();
    Picture {
        split_depth: params.split_depth,
        max_depth: params.max_depth,
        deepest: nodes.iter().map(|node| node.position.depth()).max().unwrap_or(0),
        columns: columns.iter().max().map_or(1, |last| last + 1),
        nodes,
    }
}

/// The column of each claim: a claim stands above its first answer, every further answer opens a new column to the right
/// of all columns that its elder siblings' branches use.
fn columns(game: &GameView) -> Vec<u32> {
    let tree = &game.tree;
    // Columns that each branch needs; children come after their parents.
    let mut widths = vec![1u32; tree.len() as usize];
    for index in (0..tree.len()).rev() {
        let width = tree.children(index).iter().map(|&child| widths[child as usize]).fold(0, u32::saturating_add);
        widths[index as usize] = width.max(1);
    }
    let mut columns = vec![0u32; tree.len() as usize];
    for index in 0..tree.len() {
        let mut next = columns[index as usize];
        for &child in tree.children(index) {
            columns[child as usize] = next;
            next = next.saturating_add(widths[child as usize]);
        }
    }
    columns
}
