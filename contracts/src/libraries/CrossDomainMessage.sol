// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title CrossDomainMessage
/// @notice The two encodings of a message between messengers: a call of `relayMessage` in its form of before Bedrock
///         (version 0) and of today (version 1). Messages are known by the hash of that call.
library CrossDomainMessage {
    /// @dev Version in the top two bytes of a nonce.
    function version(uint256 nonce) internal pure returns (uint16) {
        return uint16(nonce >> 240);
    }

    function hashV0(address target, address sender, bytes memory message, uint256 nonce)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encodeWithSignature("relayMessage(address,address,bytes,uint256)", target, sender, message, nonce)
        );
    }

    function encodeV1(
        uint256 nonce,
        address sender,
        address target,
        uint256 value,
        uint256 minGasLimit,
        bytes memory message
    ) internal pure returns (bytes memory) {
        return abi.encodeWithSignature(
            "relayMessage(uint256,address,address,uint256,uint256,bytes)",
            nonce,
            sender,
            target,
            value,
            minGasLimit,
            message
        );
    }
}
