// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ClaimAboveSplit} from "src/dispute/Errors.sol";

// Positions in the game tree and the moves between them; pure arithmetic on generalized indices.

/// @notice A node of the binary game tree as a generalized index: the root is 1, the children of p are 2p and 2p + 1.
///         A claim at p commits to the trace up to and including the right-most leaf below p.
type Position is uint128;

using PositionArithmetic for Position global;
using {positionEq as ==} for Position global;

Position constant ROOT_POSITION = Position.wrap(1);

/// @dev Greatest number of bits below the leading one that a game may use, plus one: depths up to 125 leave room for the
///      virtual step below the deepest leaf.
uint256 constant MAX_POSITION_BITLEN = 126;

function positionEq(Position a, Position b) pure returns (bool) {
    return Position.unwrap(a) == Position.unwrap(b);
}

library PositionArithmetic {
    /// @notice Distance from the root: the index of the highest set bit (0 for the position 0, which is none).
    function depth(Position position) internal pure returns (uint256 depth_) {
        uint256 rest = Position.unwrap(position);
        assembly ("memory-safe") {
            depth_ := shl(6, gt(rest, 0xffffffffffffffff))
            depth_ := or(depth_, shl(5, gt(shr(depth_, rest), 0xffffffff)))
            depth_ := or(depth_, shl(4, gt(shr(depth_, rest), 0xffff)))
            depth_ := or(depth_, shl(3, gt(shr(depth_, rest), 0xff)))
            depth_ := or(depth_, shl(2, gt(shr(depth_, rest), 0xf)))
            depth_ := or(depth_, shl(1, gt(shr(depth_, rest), 0x3)))
            depth_ := or(depth_, gt(shr(depth_, rest), 0x1))
        }
    }

    /// @notice Number of positions to the left at the same depth.
    function indexAtDepth(Position position) internal pure returns (uint256) {
        return Position.unwrap(position) - (uint256(1) << depth(position));
    }

    /// @notice The position of a countering claim: an attack says "wrong already in the left half", a defence "right up
    ///         to here, look further right". Both are even.
    function move(Position position, bool isAttack) internal pure returns (Position) {
        uint128 p = Position.unwrap(position);
        return Position.wrap((isAttack ? p : p | 1) << 1);
    }

    /// @notice The position of the claim that a claim at this position counters. Every claim but the root has an even
    ///         position, and so has what it counters, unless that is the root.
    function countered(Position position) internal pure returns (Position) {
        uint128 p = (Position.unwrap(position) >> 1) & ~uint128(1);
        return Position.wrap(p == 0 ? 1 : p);
    }

    function parent(Position position) internal pure returns (Position) {
        return Position.wrap(Position.unwrap(position) >> 1);
    }

    /// @notice The neighbour on the right at the same depth.
    function next(Position position) internal pure returns (Position) {
        return Position.wrap(Position.unwrap(position) + 1);
    }

    /// @notice The neighbour on the left at the same depth.
    function previous(Position position) internal pure returns (Position) {
        return Position.wrap(Position.unwrap(position) - 1);
    }

    /// @notice The right-most descendant at `toDepth`, which must not be above the position.
    function rightIndex(Position position, uint256 toDepth) internal pure returns (Position) {
        uint256 levels = toDepth - depth(position);
        return Position.wrap(uint128((uint256(Position.unwrap(position)) << levels) | ((uint256(1) << levels) - 1)));
    }

    /// @notice Index of the last trace entry that a claim at this position commits to, in a trace with 2^toDepth entries.
    function traceIndex(Position position, uint256 toDepth) internal pure returns (uint256) {
        return Position.unwrap(rightIndex(position, toDepth)) - (uint256(1) << toDepth);
    }

    /// @notice The highest ancestor (or self) that commits to the same trace entry: all trailing ones cut off.
    function traceAncestor(Position position) internal pure returns (Position) {
        uint256 p = Position.unwrap(position);
        uint256 lowestZeroBit = ~p & (p + 1); // of 256 bits, so that 128 ones have one too
        uint256 ancestor = p / lowestZeroBit;
        return Position.wrap(ancestor == 0 ? 1 : uint128(ancestor));
    }

    /// @notice As traceAncestor, but not above depth `upperBound` + 1: the search stays within one execution trace.
    function traceAncestorBounded(Position position, uint256 upperBound) internal pure returns (Position ancestor) {
        if (depth(position) <= upperBound) revert ClaimAboveSplit();
        ancestor = traceAncestor(position);
        if (depth(ancestor) <= upperBound) ancestor = rightIndex(ancestor, upperBound + 1);
    }
}
