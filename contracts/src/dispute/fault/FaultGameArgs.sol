// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {UnknownChainId} from "src/dispute/Errors.sol";
import {GameArgs} from "src/dispute/fault/GameArgs.sol";
import {Claim} from "src/dispute/Types.sol";

/// @title FaultGameArgs
/// @notice The arguments of a game about one output root: its extra data are the L2 block number as one word.
abstract contract FaultGameArgs is GameArgs {
    function l2BlockNumber() public pure returns (uint256 l2BlockNumber_) {
        l2BlockNumber_ = _argWord(EXTRA_DATA);
    }

    function l2SequenceNumber() external pure returns (uint256 l2SequenceNumber_) {
        l2SequenceNumber_ = l2BlockNumber();
    }

    function l2ChainId() public pure returns (uint256 l2ChainId_) {
        l2ChainId_ = _chainId();
    }

    /// @notice The proposed output root of one chain; this game knows one chain.
    function rootClaimByChainId(uint256 chainId) external pure returns (Claim rootClaim_) {
        if (chainId != l2ChainId()) revert UnknownChainId();
        rootClaim_ = rootClaim();
    }

    function _implementationArgs() internal pure override returns (uint256) {
        return EXTRA_DATA + 32;
    }
}
