// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {InvalidClockExtension, InvalidSplitDepth, MaxDepthTooLarge} from "src/dispute/Errors.sol";
import {BondCurve} from "src/dispute/fault/BondCurve.sol";
import {MAX_POSITION_BITLEN} from "src/dispute/Position.sol";
import {Duration} from "src/dispute/Types.sol";

/// @title FaultGameConfig
/// @notice Depths, clocks and prices, the same for all games of one implementation.
abstract contract FaultGameConfig {
    /// @param maxGameDepth Depth of the deepest claims, each a single VM state.
    /// @param splitDepth Depth of the deepest claims that are output roots; below lie execution traces.
    /// @param clockExtension Least time that a player finds on the clock when it is their turn.
    /// @param maxClockDuration Time of each side.
    struct GameConstructorParams {
        uint256 maxGameDepth;
        uint256 splitDepth;
        Duration clockExtension;
        Duration maxClockDuration;
    }

    uint256 internal immutable MAX_GAME_DEPTH;
    uint256 internal immutable SPLIT_DEPTH;
    uint64 internal immutable CLOCK_EXTENSION;
    uint64 internal immutable MAX_CLOCK_DURATION;
    int256 internal immutable BOND_GROWTH;

    constructor(GameConstructorParams memory _params) {
        if (_params.maxGameDepth >= MAX_POSITION_BITLEN) revert MaxDepthTooLarge();

        // At least two levels on each side: the moves around the split have rules of their own.
        uint256 split = _params.splitDepth;
        if (split < 2 || split >= _params.maxGameDepth || split + 1 == _params.maxGameDepth) {
            revert InvalidSplitDepth();
        }

        uint256 longestExtension = uint256(Duration.unwrap(_params.clockExtension)) * 2;
        if (longestExtension > Duration.unwrap(_params.maxClockDuration)) revert InvalidClockExtension();

        MAX_GAME_DEPTH = _params.maxGameDepth;
        SPLIT_DEPTH = split;
        BOND_GROWTH = BondCurve.growth(_params.maxGameDepth);
        CLOCK_EXTENSION = Duration.unwrap(_params.clockExtension);
        MAX_CLOCK_DURATION = Duration.unwrap(_params.maxClockDuration);
    }

    function maxGameDepth() external view returns (uint256 maxGameDepth_) {
        maxGameDepth_ = MAX_GAME_DEPTH;
    }

    function splitDepth() external view returns (uint256 splitDepth_) {
        splitDepth_ = SPLIT_DEPTH;
    }

    function clockExtension() external view returns (Duration clockExtension_) {
        clockExtension_ = Duration.wrap(CLOCK_EXTENSION);
    }

    function maxClockDuration() external view returns (Duration maxClockDuration_) {
        maxClockDuration_ = Duration.wrap(MAX_CLOCK_DURATION);
    }
}
