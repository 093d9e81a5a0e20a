// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GameNotInProgress} from "src/dispute/Errors.sol";
import {GameStatus, Timestamp} from "src/dispute/Types.sol";

/// @title GameLife
/// @notice When a game was created and resolved, and how it stands. First in storage (slot 0).
abstract contract GameLife {
    Timestamp public createdAt;
    Timestamp public resolvedAt;
    GameStatus public status;

    /// @dev Guards `initialize`. A clone has no constructor.
    bool internal initialized;

    event Resolved(GameStatus indexed status);

    function _assertInProgress() internal view {
        if (status != GameStatus.IN_PROGRESS) revert GameNotInProgress();
    }
}
