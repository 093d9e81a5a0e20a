//! Positions in the tree of a dispute game: generalized indices and the moves between them.
//!
//! A position is `2^depth + index at depth` (specification, fault dispute game, "Position"). This module holds its whole
//! arithmetic; what stands at a position, and whether a move is allowed, is decided elsewhere.

use core::fmt;

use thiserror::Error;

/// A place in the tree of a game, as a generalized index between 1 and 2^127 − 1.
///
/// Depths 0 to 125 can hold claims; depth 126 exists only as the place where a step against the deepest claims would
/// stand. Every constructor checks this range, so no arithmetic below can overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u128);

/// Why a position does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PositionError {
    /// The generalized index is 0: no node has it.
    #[error("a generalized index of 0 names no position")]
    Zero,
    /// The position would be deeper than the 126 levels that the arithmetic of a game covers.
    #[error("a position at depth {0} is deeper than {max}", max = Position::MAX_DEPTH)]
    TooDeep(u32),
    /// The index is not one of the `2^depth` indices of that depth.
    #[error("index {index} does not exist at depth {depth}")]
    IndexOutOfRange {
        /// The depth that was asked for.
        depth: u32,
        /// The index that this depth does not have.
        index: u128,
    },
    /// A depth below which an ancestor was looked for is not above the position (contract error `ClaimAboveSplit`).
    #[error("position at depth {depth} is not below depth {bound}")]
    AboveBound {
        /// The position's own depth.
        depth: u32,
        /// The depth that it has to exceed.
        bound: u32,
    },
}

impl Position {
    /// The position of the root claim.
    pub const ROOT: Self = Self(1);
    /// The deepest level of the arithmetic: one below the deepest claims (contract constant `MAX_POSITION_BITLEN`).
    pub const MAX_DEPTH: u32 = 126;

    /// The position with this generalized index.
    pub const fn from_gindex(gindex: u128) -> Result<Self, PositionError> {
        if gindex == 0 {
            return Err(PositionError::Zero);
        }
        let depth = gindex.ilog2();
        if depth > Self::MAX_DEPTH { Err(PositionError::TooDeep(depth)) } else { Ok(Self(gindex)) }
    }

    /// The position number `index`, counted from the left, of the `2^depth` positions at `depth`.
    pub const fn new(depth: u32, index: u128) -> Result<Self, PositionError> {
        if depth > Self::MAX_DEPTH {
            return Err(PositionError::TooDeep(depth));
        }
        if index >> depth != 0 {
            return Err(PositionError::IndexOutOfRange { depth, index });
        }
        Ok(Self((1 << depth) | index))
    }

    /// The generalized index.
    pub const fn gindex(self) -> u128 {
        self.0
    }

    /// The level in the tree; 0 for the root.
    pub const fn depth(self) -> u32 {
        self.0.ilog2()
    }

    /// The index from the left among the positions of the same depth.
    pub const fn index_at_depth(self) -> u128 {
        self.0 - (1 << self.depth())
    }

    /// The position of a claim that attacks a claim here: it covers the left half of what is claimed.
    pub const fn attack(self) -> Result<Self, PositionError> {
        self.moved(true)
    }

    /// The position of a claim that defends a claim here: it covers the left half of the right neighbour's range.
    pub const fn defend(self) -> Result<Self, PositionError> {
        self.moved(false)
    }

    /// The position of an attack or a defence against a claim here: `(gindex | !is_attack) << 1`.
    pub const fn moved(self, is_attack: bool) -> Result<Self, PositionError> {
        let depth = self.depth() + 1;
        if depth > Self::MAX_DEPTH {
            return Err(PositionError::TooDeep(depth));
        }
        Ok(Self((self.0 | !is_attack as u128) << 1))
    }

    /// The position above; `None` for the root.
    pub const fn parent(self) -> Option<Self> {
        if self.0 == 1 { None } else { Some(Self(self.0 >> 1)) }
    }

    /// The right neighbour at the same depth; `None` for the last one.
    pub const fn right_neighbour(self) -> Option<Self> {
        let next = Self(self.0 + 1);
        if next.depth() == self.depth() { Some(next) } else { None }
    }

    /// The left neighbour at the same depth; `None` for the first one.
    pub const fn left_neighbour(self) -> Option<Self> {
        if self.index_at_depth() == 0 { None } else { Some(Self(self.0 - 1)) }
    }

    /// The right-most descendant at `depth`; the position itself when it stands at that depth.
    pub const fn right_index(self, depth: u32) -> Result<Self, PositionError> {
        if depth > Self::MAX_DEPTH {
            return Err(PositionError::TooDeep(depth));
        }
        let own = self.depth();
        if depth < own {
            return Err(PositionError::AboveBound { depth, bound: own });
        }
        let remaining = depth - own;
        Ok(Self((self.0 << remaining) | ((1 << remaining) - 1)))
    }

    /// The index, among the leaves at `depth`, of the last leaf that a claim here commits to.
    pub const fn trace_index(self, depth: u32) -> Result<u128, PositionError> {
        match self.right_index(depth) {
            Ok(leaf) => Ok(leaf.index_at_depth()),
            Err(error) => Err(error),
        }
    }

    /// The highest ancestor (or the position itself) that commits to the same trace index.
    pub const fn trace_ancestor(self) -> Self {
        let ancestor = self.0 >> self.0.trailing_ones();
        if ancestor == 0 { Self::ROOT } else { Self(ancestor) }
    }

    /// The highest ancestor below depth `bound` that commits to the same trace index.
    ///
    /// Where the unbounded ancestor lies at or above `bound`, the answer is its right-most descendant at depth
    /// `bound + 1`: the root of the sub-tree whose last leaf this is. Fails with [`PositionError::AboveBound`] unless the
    /// position lies below `bound`.
    pub const fn trace_ancestor_bounded(self, bound: u32) -> Result<Self, PositionError> {
        if self.depth() <= bound {
            return Err(PositionError::AboveBound { depth: self.depth(), bound });
        }
        let ancestor = self.trace_ancestor();
        if ancestor.depth() <= bound { ancestor.right_index(bound + 1) } else { Ok(ancestor) }
    }

    /// Whether two positions lie at depths of the same parity: claims there belong to the same side of the game.
    pub const fn same_side(self, other: Self) -> bool {
        self.depth() % 2 == other.depth() % 2
    }
}

impl TryFrom<u128> for Position {
    type Error = PositionError;

    fn try_from(gindex: u128) -> Result<Self, PositionError> {
        Self::from_gindex(gindex)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.depth(), self.index_at_depth())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(gindex: u128) -> Position {
        Position::from_gindex(gindex).unwrap()
    }

    /// The rows that the specification's pictures of the game tree show.
    #[test]
    fn moves_of_the_specification() {
        assert_eq!(at(6).attack().unwrap(), at(12));
        assert_eq!(at(4).defend().unwrap(), at(10));
        assert_eq!(Position::ROOT.attack().unwrap(), at(2));
        assert_eq!(at(5).trace_index(4).unwrap(), at(2).trace_index(4).unwrap());
        assert_eq!(at(5).trace_ancestor(), at(2));
    }

    /// Every position of a small tree against definitions that walk the tree instead of shifting bits.
    #[test]
    fn agrees_with_walks_through_the_tree() {
        const DEPTH: u32 = 7;
        for gindex in 1u128..1 << (DEPTH + 1) {
            let position = at(gindex);
            let (mut depth, mut first) = (0, 1u128);
            while first * 2 <= gindex {
                first *= 2;
                depth += 1;
            }
            assert_eq!((position.depth(), position.index_at_depth()), (depth, gindex - first));
            assert_eq!(Position::new(depth, gindex - first).unwrap(), position);

            let mut leaf = gindex;
            for _ in depth..DEPTH {
                leaf = 2 * leaf + 1;
            }
            assert_eq!(position.right_index(DEPTH).unwrap(), at(leaf));
            assert_eq!(position.trace_index(DEPTH).unwrap(), leaf - (1 << DEPTH));

            let mut highest = position;
            let mut candidate = position;
            while let Some(parent) = candidate.parent() {
                if parent.trace_index(DEPTH).unwrap() == position.trace_index(DEPTH).unwrap() {
                    highest = parent;
                }
                candidate = parent;
            }
            assert_eq!(position.trace_ancestor(), highest);

            for bound in 0..DEPTH {
                let bounded = position.trace_ancestor_bounded(bound);
                if depth <= bound {
                    assert_eq!(bounded, Err(PositionError::AboveBound { depth, bound }));
                    continue;
                }
                let mut expected = position;
                let mut candidate = position;
                while let Some(parent) = candidate.parent().filter(|parent| parent.depth() > bound) {
                    if parent.trace_index(DEPTH).unwrap() == position.trace_index(DEPTH).unwrap() {
                        expected = parent;
                    }
                    candidate = parent;
                }
                assert_eq!(bounded.unwrap(), expected);
            }

            let attack = position.attack().unwrap();
            assert_eq!(attack.parent(), Some(position));
            let defend = position.defend().unwrap();
            assert_eq!(defend.gindex(), if gindex % 2 == 0 { 2 * (gindex + 1) } else { 2 * gindex });
        }
    }

    #[test]
    fn neighbours_stay_at_their_depth() {
        assert_eq!(at(4).left_neighbour(), None);
        assert_eq!(at(7).right_neighbour(), None);
        assert_eq!(at(5).left_neighbour(), Some(at(4)));
        assert_eq!(at(6).right_neighbour(), Some(at(7)));
        assert_eq!(Position::ROOT.right_neighbour(), None);
        assert_eq!(Position::ROOT.parent(), None);
    }

    #[test]
    fn extremes_are_errors_and_never_panics() {
        assert_eq!(Position::from_gindex(0), Err(PositionError::Zero));
        assert_eq!(Position::from_gindex(u128::MAX), Err(PositionError::TooDeep(127)));
        let deepest = at((1 << 127) - 1);
        assert_eq!(deepest.depth(), 126);
        assert_eq!(deepest.attack(), Err(PositionError::TooDeep(127)));
        assert_eq!(deepest.defend(), Err(PositionError::TooDeep(127)));
        assert_eq!(deepest.trace_ancestor(), Position::ROOT);
        assert_eq!(deepest.right_neighbour(), None);
        assert_eq!(deepest.right_index(200), Err(PositionError::TooDeep(200)));
        assert!(deepest.trace_index(3).is_err());
        assert_eq!(Position::new(200, 0), Err(PositionError::TooDeep(200)));
        assert_eq!(Position::new(2, 4), Err(PositionError::IndexOutOfRange { depth: 2, index: 4 }));
        assert_eq!(deepest.trace_ancestor_bounded(125).unwrap(), deepest);
        assert!(Position::ROOT.trace_ancestor_bounded(0).is_err());
    }
}
