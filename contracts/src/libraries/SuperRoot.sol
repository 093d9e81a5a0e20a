// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

error Encoding_EmptySuperRoot();
error Encoding_InvalidSuperRootEncoding();
error Encoding_InvalidSuperRootVersion();

/// @title SuperRoot
/// @notice Commitment to the states of all chains of a set at one time: the hash of version byte 1, timestamp (8 bytes), and
///         chain id (32 bytes) with output root (32 bytes) of each chain. That chain ids ascend is for the program to check.
library SuperRoot {
    uint8 internal constant VERSION = 1;
    /// @notice Where the timestamp stands.
    uint256 internal constant TIMESTAMP = 1;
    /// @notice Where the outputs begin.
    uint256 internal constant OUTPUTS = 9;
    /// @notice Bytes of one chain's id and output root.
    uint256 internal constant OUTPUT_SIZE = 64;

    /// @notice Whether `length` bytes can be those of a super root of at least one chain.
    function hasLength(uint256 length) internal pure returns (bool) {
        return length >= OUTPUTS + OUTPUT_SIZE && (length - OUTPUTS) % OUTPUT_SIZE == 0;
    }

    /// @notice Hash of an encoded super root.
    function hash(bytes memory encoded) internal pure returns (bytes32) {
        if (encoded.length < OUTPUTS) revert Encoding_InvalidSuperRootEncoding();
        if (uint8(encoded[0]) != VERSION) revert Encoding_InvalidSuperRootVersion();
        if (encoded.length == OUTPUTS) revert Encoding_EmptySuperRoot();
        if (!hasLength(encoded.length)) revert Encoding_InvalidSuperRootEncoding();
        return keccak256(encoded);
    }
}
