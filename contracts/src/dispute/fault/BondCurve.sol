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

    /// @notice Logarithm of the factor from one depth to the next, the same for all claims of a game: of the
    ///         `maxDepth`-th root of DEEPEST_GAS / ROOT_GAS. WAD.
    function growth(uint256 maxDepth) internal pure returns (int256) {
        uint256 lnRatio = uint256(FixedPointMathLib.lnWad(int256((DEEPEST_GAS / ROOT_GAS) * WAD)));
        uint256 lnStep = FixedPointMathLib.mulWad(lnRatio, FixedPointMathLib.divWad(WAD, maxDepth * WAD));
        return FixedPointMathLib.lnWad(FixedPointMathLib.expWad(int256(lnStep)));
    }

    /// @return Wei for a claim at `depth`: ROOT_GAS * (DEEPEST_GAS / ROOT_GAS) ^ (depth / maxDepth).
    function bond(uint256 depth, int256 growth_) internal pure returns (uint256) {
        int256 factor = FixedPointMathLib.expWad(growth_ * int256(depth));
        return BASE_FEE * FixedPointMathLib.mulWad(ROOT_GAS, uint256(factor));
    }
}
