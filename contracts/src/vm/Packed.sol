// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title Packed
/// @notice Big-endian fields at any byte address of memory, and blocks of call data copied into memory. The state and a
///         thread stay in memory in the very bytes that are hashed, so nothing is ever encoded or decoded as a whole.
library Packed {
    /// @notice Copies `size` bytes of call data into fresh memory. A full word may be read or rewritten at every byte
    ///         of the block: it is followed by 32 bytes that belong to it.
    function copyCalldata(uint256 offset, uint256 size) internal pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := mload(0x40)
            mstore(0x40, and(add(add(at, size), 63), not(31)))
            calldatacopy(at, offset, size)
        }
    }

    /// @notice Copies a block of memory that was made by `copyCalldata` into fresh memory, with the same slack.
    function copy(uint256 from, uint256 size) internal pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := mload(0x40)
            mstore(0x40, and(add(add(at, size), 63), not(31)))
            mcopy(at, from, size)
        }
    }

    function hash(uint256 at, uint256 size) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(at, size)
        }
    }

    function getWord(uint256 at) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := mload(at)
        }
    }

    function setWord(uint256 at, bytes32 value) internal pure {
        assembly ("memory-safe") {
            mstore(at, value)
        }
    }

    function getU64(uint256 at) internal pure returns (uint64 value) {
        assembly ("memory-safe") {
            value := shr(192, mload(at))
        }
    }

    function setU64(uint256 at, uint64 value) internal pure {
        assembly ("memory-safe") {
            mstore(at, or(shl(192, value), shr(64, shl(64, mload(at)))))
        }
    }

    function getU8(uint256 at) internal pure returns (uint8 value) {
        assembly ("memory-safe") {
            value := byte(0, mload(at))
        }
    }

    function setU8(uint256 at, uint8 value) internal pure {
        assembly ("memory-safe") {
            mstore8(at, value)
        }
    }
}
