// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GameDepthExceeded} from "src/dispute/Errors.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {Position} from "src/dispute/Position.sol";
import {Duration} from "src/dispute/Types.sol";
import {Deployment} from "test/Deployment.sol";

/// @notice Bonds of a game of mainnet's depth against published figures.
contract BondsTest is Deployment {
    function bond(uint256 depth) private view returns (uint256) {
        return implementation.getRequiredBond(Position.wrap(uint128(1 << depth)));
    }

    function test_exactFigures() external view {
        uint256[2][6] memory gasAt = [
            [uint256(0), 400_000],
            [uint256(1), 437_970],
            [uint256(30), 6_075_639],
            [uint256(31), 6_652_370],
            [uint256(72), 273_991_351],
            [uint256(73), 299_999_999]
        ];
        for (uint256 i = 0; i < gasAt.length; i++) {
            assertEq(bond(gasAt[i][0]), gasAt[i][1] * 200 gwei);
        }
        assertEq(bond(0), INIT_BOND);
    }

    /// @notice One claim at each depth.
    function test_sumOfOneChain() external view {
        uint256 sum;
        for (uint256 d = 0; d <= 73; d++) {
            sum += bond(d);
        }
        assertEq(sum / 1e12, 691_234_694);
    }

    /// @notice Neither side of the tree is dearer, and each level costs 750^(1/73) = 1.09492.. times the one above.
    function testFuzz_dependsOnDepthOnly(uint256 depth, uint256 index) external view {
        depth = bound(depth, 0, 73);
        index = index % (1 << depth);
        uint256 here = implementation.getRequiredBond(Position.wrap(uint128((1 << depth) + index)));
        assertEq(here, bond(depth));
        if (depth < 73) assertApproxEqRel(bond(depth + 1) * 1e9 / here, 1_094_924_000, 1e13);
    }

    function test_tooDeep() external {
        bond(73);
        vm.expectRevert(GameDepthExceeded.selector);
        implementation.getRequiredBond(Position.wrap(uint128(1 << 74)));
        vm.expectRevert(GameDepthExceeded.selector);
        implementation.getRequiredBond(Position.wrap(type(uint128).max));
    }
}
