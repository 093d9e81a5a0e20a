// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {BadAuth} from "src/dispute/Errors.sol";
import {GameArgs} from "src/dispute/fault/GameArgs.sol";

/// @title Players
/// @notice The two who play a permissioned game, from the last 40 bytes of its arguments.
abstract contract Players is GameArgs {
    modifier onlyPlayers() {
        if (msg.sender != proposer() && msg.sender != challenger()) revert BadAuth();
        _;
    }

    function proposer() public pure returns (address proposer_) {
        proposer_ = _argAddress(_implementationArg(124));
    }

    function challenger() public pure returns (address challenger_) {
        challenger_ = _argAddress(_implementationArg(144));
    }

    function _implementationArgsByteCount() internal pure virtual override returns (uint256) {
        return super._implementationArgsByteCount() + 40;
    }

    /// @dev The proposer must have signed the transaction; through which contract it came does not matter.
    function _assertFromProposer() internal view {
        if (tx.origin != proposer()) revert BadAuth();
    }
}
