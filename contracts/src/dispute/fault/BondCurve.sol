// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title BondCurve
/// @notice Price of a move: gas that grows geometrically from 400,000 at the root to about 300,000,000 at the deepest
///         claims, at 200 gwei. The roundings of the fixed-point routines are part of the interface: the last bond is
///         299,999,999 gas.
library BondCurve {
    uint256 private constant WAD = 1e18;
    uint256 private constant BASE_FEE = 200 gwei;
    uint256 private constant ROOT_GAS = 400_000;
    uint256 private constant DEEPEST_GAS = 300_000_000;

    /// @return Wei for a claim at `depth` in a game of `maxDepth`: ROOT_GAS * (DEEPEST_GAS / ROOT_GAS) ^ (depth / maxDepth).
    function bond(uint256 depth, uint256 maxDepth) internal pure returns (uint256) {
        uint256 lnRatio = uint256(FixedPointMathLib.lnWad(int256((DEEPEST_GAS / ROOT_GAS) * WAD)));
        uint256 lnStep = FixedPointMathLib.mulWad(lnRatio, FixedPointMathLib.divWad(WAD, maxDepth * WAD));
        int256 step = FixedPointMathLib.expWad(int256(lnStep));
        int256 growth = FixedPointMathLib.powWad(step, int256(depth * WAD));
        return BASE_FEE * FixedPointMathLib.mulWad(ROOT_GAS, uint256(growth));
    }
}
