// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {UnknownChainId} from "src/dispute/Errors.sol";
import {GameArgs} from "src/dispute/fault/GameArgs.sol";
import {Claim} from "src/dispute/Types.sol";
import {SuperRoot} from "src/libraries/SuperRoot.sol";

/// @title SuperGameArgs
/// @notice The arguments of a game about a super root: its extra data are the super root taken apart, whose length follows
///         from the length of all arguments.
abstract contract SuperGameArgs is GameArgs {
    /// @notice The proposed timestamp.
    function l2SequenceNumber() public pure returns (uint256 l2SequenceNumber_) {
        l2SequenceNumber_ = _argWord(EXTRA_DATA + SuperRoot.TIMESTAMP) >> 192;
    }

    /// @notice The proposed output root of one chain, the first of that id.
    function rootClaimByChainId(uint256 chainId) external pure returns (Claim rootClaim_) {
        uint256 end = _implementationArgs();
        for (uint256 at = EXTRA_DATA + SuperRoot.OUTPUTS; at < end; at += SuperRoot.OUTPUT_SIZE) {
            if (_argWord(at) == chainId) return Claim.wrap(bytes32(_argWord(at + 32)));
        }
        revert UnknownChainId();
    }

    function _implementationArgs() internal pure override returns (uint256) {
        return _argsLength() - _implementationArgsByteCount();
    }
}
