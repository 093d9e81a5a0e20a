// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {ClaimAboveSplit} from "src/dispute/Errors.sol";
import {MAX_POSITION_BITLEN, Position, PositionArithmetic, ROOT_POSITION} from "src/dispute/Position.sol";

/// @notice Position arithmetic against slow definitions: a walk from the root down a binary tree.
contract PositionTest is Test {
    uint256 private constant DEEPEST = 125;

    /// @notice A position as depth and index, drawn from all depths alike.
    function draw(uint256 seed, uint256 most) private pure returns (Position position, uint256 depth, uint256 index) {
        depth = seed % (most + 1);
        index = uint256(keccak256(abi.encode(seed))) % (1 << depth);
        position = Position.wrap(uint128((1 << depth) + index));
    }

    /// @notice Last leaf at depth `to` below (depth, index): of 2^(to - depth) leaves each.
    function lastLeaf(uint256 depth, uint256 index, uint256 to) private pure returns (uint256) {
        return (index + 1) * 2 ** (to - depth) - 1;
    }

    function testFuzz_depthAndIndex(uint256 seed) external pure {
        (Position position, uint256 depth, uint256 index) = draw(seed, 127);
        assertEq(position.depth(), depth);
        assertEq(position.indexAtDepth(), index);
    }

    function test_depth_edges() external pure {
        for (uint256 d = 0; d < 128; d++) {
            assertEq(Position.wrap(uint128(1 << d)).depth(), d, "first");
            assertEq(Position.wrap(uint128((1 << (d + 1)) - 1)).depth(), d, "last");
        }
        assertEq(Position.wrap(0).depth(), 0);
        assertEq(Position.unwrap(ROOT_POSITION), 1);
        assertEq(MAX_POSITION_BITLEN, 126);
    }

    /// @notice An attack goes to the left child, a defence to the left child of the right neighbour.
    function testFuzz_move(uint256 seed) external pure {
        (Position position, uint256 depth, uint256 index) = draw(seed, DEEPEST);
        Position attacked = position.move(true);
        assertEq(attacked.depth(), depth + 1);
        assertEq(attacked.indexAtDepth(), 2 * index);
        assertEq(Position.unwrap(attacked.parent()), Position.unwrap(position));
        if (depth == 0 || index % 2 == 1) return;
        Position defended = position.move(false);
        assertEq(defended.depth(), depth + 1);
        assertEq(defended.indexAtDepth(), 2 * (index + 1));
        assertEq(Position.unwrap(defended.parent()), Position.unwrap(position.next()));
    }

    function testFuzz_neighbours(uint256 seed) external pure {
        (Position position,,) = draw(seed, DEEPEST);
        assertEq(Position.unwrap(position.next().previous()), Position.unwrap(position));
    }

    function testFuzz_traceIndex(uint256 seed, uint256 to) external pure {
        (Position position, uint256 depth, uint256 index) = draw(seed, DEEPEST);
        to = bound(to, depth, DEEPEST);
        uint256 leaf = lastLeaf(depth, index, to);
        assertEq(position.traceIndex(to), leaf);
        assertEq(Position.unwrap(position.rightIndex(to)), (1 << to) + leaf);
    }

    function testFuzz_rightIndex_aboveReverts(uint256 seed) external {
        (Position position, uint256 depth,) = draw(seed, DEEPEST);
        vm.assume(depth > 0);
        vm.expectRevert();
        this.rightIndex(position, depth - 1);
        this.rightIndex(position, depth);
    }

    function rightIndex(Position position, uint256 to) external pure returns (Position) {
        return position.rightIndex(to);
    }

    /// @notice The highest of all ancestors with the same last leaf, found by climbing.
    function testFuzz_traceAncestor(uint256 seed) external pure {
        (Position position, uint256 depth, uint256 index) = draw(seed, DEEPEST);
        uint256 leaf = lastLeaf(depth, index, DEEPEST);
        while (depth > 0 && lastLeaf(depth - 1, index / 2, DEEPEST) == leaf) (depth, index) = (depth - 1, index / 2);
        assertEq(Position.unwrap(position.traceAncestor()), (1 << depth) + index);
    }

    function test_traceAncestor_allOnes() external pure {
        assertEq(Position.unwrap(Position.wrap(type(uint128).max).traceAncestor()), 1);
        assertEq(Position.unwrap(ROOT_POSITION.traceAncestor()), 1);
        assertEq(Position.unwrap(Position.wrap(14).traceAncestor()), 14);
        assertEq(Position.unwrap(Position.wrap(11).traceAncestor()), 2);
    }

    /// @notice As above, but climbing stops below the bound.
    function testFuzz_traceAncestorBounded(uint256 seed, uint256 upper) external {
        (Position position, uint256 depth, uint256 index) = draw(seed, DEEPEST);
        upper = bound(upper, 0, DEEPEST);
        if (depth <= upper) {
            vm.expectRevert(ClaimAboveSplit.selector);
            this.bounded(position, upper);
            return;
        }
        uint256 leaf = lastLeaf(depth, index, DEEPEST);
        while (depth > upper + 1 && lastLeaf(depth - 1, index / 2, DEEPEST) == leaf) {
            (depth, index) = (depth - 1, index / 2);
        }
        assertEq(Position.unwrap(this.bounded(position, upper)), (1 << depth) + index);
    }

    function bounded(Position position, uint256 upper) external pure returns (Position) {
        return position.traceAncestorBounded(upper);
    }
}
