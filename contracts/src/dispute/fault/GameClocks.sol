// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ClockTimeExceeded} from "src/dispute/Errors.sol";
import {ClaimTree} from "src/dispute/fault/ClaimTree.sol";
import {GameArgs} from "src/dispute/fault/GameArgs.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {Clock, Duration} from "src/dispute/Types.sol";

/// @title GameClocks
/// @notice Chess clocks: a side's clock runs while the other side's claim stands unanswered, and a claim inherits the
///         time that its grandparent's side had used.
abstract contract GameClocks is GameArgs, FaultGameConfig, ClaimTree {
    /// @notice Seconds that the side which may counter a claim has used up, at most the maximum.
    function getChallengerDuration(uint256 _claimIndex) public view returns (Duration duration_) {
        _assertInProgress();
        duration_ = Duration.wrap(_challengerDuration(claimData[_claimIndex]));
    }

    function _challengerDuration(ClaimData storage claim) internal view returns (uint64) {
        uint256 used = block.timestamp - claim.clock.stoppedAt();
        uint32 parentIndex = claim.parentIndex;
        if (parentIndex != NO_PARENT) used += _claimAt(parentIndex).clock.secondsUsed();
        return used > MAX_CLOCK_DURATION ? MAX_CLOCK_DURATION : uint64(used);
    }

    /// @dev Clock of a new claim at `depth` that counters claim `parent`. If little time is left on it, as much is given
    ///      back as whoever has to answer may need.
    function _clockOfMove(ClaimData storage parent, uint256 depth) internal view returns (Clock) {
        uint64 used = _challengerDuration(parent);
        if (used == MAX_CLOCK_DURATION) revert ClockTimeExceeded();

        uint64 mostUsed = MAX_CLOCK_DURATION - _extension(depth);
        return _stopClock(used > mostUsed ? mostUsed : used);
    }

    /// @dev The grandchild of a claim at this depth has at least so much time: to load a large preimage before a step, to
    ///      make the trace before the first claim about it, or to answer otherwise.
    function _extension(uint256 depth) private view returns (uint64) {
        if (depth == MAX_GAME_DEPTH - 1) return CLOCK_EXTENSION + uint64(vm().oracle().challengePeriod());
        if (depth == SPLIT_DEPTH - 1) return CLOCK_EXTENSION * 2;
        return CLOCK_EXTENSION;
    }
}
