// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";

/// @title LegacyMessagePasser
/// @notice Records messages as chains did before Bedrock. Nothing on L1 reads them today.
contract LegacyMessagePasser is ISemver {
    string public constant version = "1.1.2";

    /// @notice By hash of the message and its sender.
    mapping(bytes32 => bool) public sentMessages;

    function passMessageToL1(bytes memory _message) external {
        sentMessages[keccak256(abi.encodePacked(_message, msg.sender))] = true;
    }
}
