// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    BlockNumberMatches,
    InvalidHeaderRLP,
    InvalidOutputRootProof,
    L2BlockNumberChallenged
} from "src/dispute/Errors.sol";
import {FaultGameArgs} from "src/dispute/fault/FaultGameArgs.sol";
import {GameLife} from "src/dispute/fault/GameLife.sol";
import {Claim} from "src/dispute/Types.sol";
import {OutputRoot} from "src/libraries/OutputRoot.sol";
import {RLPReader} from "src/libraries/RLPReader.sol";

/// @title BlockNumberChallenge
/// @notice Anyone may show by the block header that the root claim's output root belongs to another block number than
///         the one proposed. The root claim then loses, whatever the moves say; this needs neither bond nor clock.
abstract contract BlockNumberChallenge is FaultGameArgs, GameLife {
    using RLPReader for RLPReader.Item;

    /// @dev Place of the block number in a header's list.
    uint256 private constant HEADER_NUMBER_INDEX = 8;

    bool public l2BlockNumberChallenged;

    /// @notice Who showed that the number is wrong; gets the root bond.
    address public l2BlockNumberChallenger;

    /// @param _outputRootProof The root claim taken apart.
    /// @param _headerRLP Header of the block to which the root claim belongs.
    function challengeRootL2Block(OutputRoot.Proof calldata _outputRootProof, bytes calldata _headerRLP) external {
        _assertInProgress();
        if (l2BlockNumberChallenged) revert L2BlockNumberChallenged();

        if (OutputRoot.hash(_outputRootProof) != Claim.unwrap(rootClaim())) revert InvalidOutputRootProof();
        if (keccak256(_headerRLP) != _outputRootProof.latestBlockhash) revert InvalidHeaderRLP();
        if (_blockNumber(_headerRLP) == l2BlockNumber()) revert BlockNumberMatches();

        l2BlockNumberChallenger = msg.sender;
        l2BlockNumberChallenged = true;
    }

    function _blockNumber(bytes memory headerRLP) private pure returns (uint256) {
        RLPReader.Item[] memory header = RLPReader.toItem(headerRLP).readList();
        bytes memory number = header[HEADER_NUMBER_INDEX].readBytes();
        if (number.length > 32) revert InvalidHeaderRLP();
        // Right-aligned; bytes32 cuts or pads on the right. An empty string is 0.
        return number.length == 0 ? 0 : uint256(bytes32(number)) >> (8 * (32 - number.length));
    }
}
