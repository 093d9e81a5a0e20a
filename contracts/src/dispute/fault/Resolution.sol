// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ClaimAlreadyResolved, ClockNotExpired, OutOfOrderResolution} from "src/dispute/Errors.sol";
import {GameClocks} from "src/dispute/fault/GameClocks.sol";
import {Position} from "src/dispute/Position.sol";
import {GameStatus, Timestamp, currentTime} from "src/dispute/Types.sol";

/// @title Resolution
/// @notice Decides claims from the leaves up once their clocks have run out, and with the root claim the game. A claim is
///         countered if any of its children is left uncountered; its bond goes to the left-most of these, which stands for
///         the earliest disagreement.
abstract contract Resolution is GameClocks {
    Position private constant NO_POSITION = Position.wrap(type(uint128).max);

    /// @notice Children of a claim that its resolution has not looked at yet.
    function getNumToResolve(uint256 _claimIndex) external view returns (uint256 numRemainingChildren_) {
        numRemainingChildren_ = subgames[_claimIndex].length - resolutionCheckpoints[_claimIndex].subgameIndex;
    }

    /// @notice Resolves a claim all of whose children are resolved.
    /// @param _numToResolve Children to look at in this call; 0 in the first call: all.
    function resolveClaim(uint256 _claimIndex, uint256 _numToResolve) external {
        _assertInProgress();
        ClaimData storage claim = claimData[_claimIndex];
        if (_challengerDuration(claim) < MAX_CLOCK_DURATION) revert ClockNotExpired();
        if (resolvedSubgames[_claimIndex]) revert ClaimAlreadyResolved();

        uint256[] storage children = subgames[_claimIndex];
        if (children.length == 0 && _claimIndex != 0) {
            // Nobody moved against it: only a step can have countered it.
            resolvedSubgames[_claimIndex] = true;
            _payBond(claim, claim.counteredBy);
            return;
        }

        (bool complete, address winner) = _resolveChildren(children, resolutionCheckpoints[_claimIndex], _numToResolve);
        if (!complete) return;
        if (_claimIndex == 0) winner = _winnerAgainstRoot(winner);
        resolvedSubgames[_claimIndex] = true;
        _payBond(claim, winner);
        claim.counteredBy = winner;
    }

    /// @notice Ends the game after the root claim was resolved.
    function resolve() external returns (GameStatus status_) {
        _assertInProgress();
        if (!resolvedSubgames[0]) revert OutOfOrderResolution();

        status_ = _claimAt(0).counteredBy == address(0) ? GameStatus.DEFENDER_WINS : GameStatus.CHALLENGER_WINS;
        resolvedAt = Timestamp.wrap(currentTime());
        status = status_;
        emit Resolved(status_);
    }

    /// @dev Who countered the root claim, if that is not only for the moves against it (of which `byMoves` won) to say.
    function _winnerAgainstRoot(address byMoves) internal view virtual returns (address) {
        return byMoves;
    }

    /// @dev Looks at the next children.
    /// @return complete All have been looked at.
    /// @return winner Claimant of the left-most uncountered child so far, the earliest of equals; zero if there is none.
    function _resolveChildren(uint256[] storage children, ResolutionCheckpoint storage stored, uint256 limit)
        private
        returns (bool complete, address winner)
    {
        ResolutionCheckpoint memory checkpoint = stored;
        uint256 count = children.length;
        if (!checkpoint.initialCheckpointComplete) {
            checkpoint.initialCheckpointComplete = true;
            checkpoint.leftmostPosition = NO_POSITION;
            if (limit == 0) limit = count;
        }

        uint256 end = checkpoint.subgameIndex + limit;
        if (end > count) end = count;
        for (uint256 i = checkpoint.subgameIndex; i < end; i++) {
            uint256 childIndex = children[i];
            if (!resolvedSubgames[childIndex]) revert OutOfOrderResolution();
            ClaimData storage child = _claimAt(childIndex);
            if (child.counteredBy != address(0)) continue;
            Position position = child.position;
            if (Position.unwrap(position) < Position.unwrap(checkpoint.leftmostPosition)) {
                checkpoint.leftmostPosition = position;
                checkpoint.counteredBy = child.claimant;
            }
        }
        checkpoint.subgameIndex = uint32(end);
        _store(stored, checkpoint);
        return (end == count, checkpoint.counteredBy);
    }

    /// @dev Writes each of the two slots once.
    function _store(ResolutionCheckpoint storage stored, ResolutionCheckpoint memory checkpoint) private {
        uint256 low = uint256(checkpoint.subgameIndex) << 8 | 1; // the first page was processed
        low |= uint256(Position.unwrap(checkpoint.leftmostPosition)) << 40;
        address counteredBy = checkpoint.counteredBy;
        assembly ("memory-safe") {
            sstore(stored.slot, low)
            sstore(add(stored.slot, 1), counteredBy)
        }
    }

    /// @dev Credits a claim's bond to whoever countered it, else back to its claimant.
    function _payBond(ClaimData storage claim, address winner) private {
        normalModeCredit[winner == address(0) ? claim.claimant : winner] += claim.bond;
    }
}
