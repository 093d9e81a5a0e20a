// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title PreimageKey
/// @notice Typed keys: the first byte is the type, the rest comes from a hash.
library PreimageKey {
    uint8 internal constant LOCAL = 1;
    uint8 internal constant KECCAK256 = 2;
    uint8 internal constant SHA256 = 4;
    uint8 internal constant BLOB = 5;
    uint8 internal constant PRECOMPILE = 6;

    /// @notice `hash` with its first byte replaced by the type.
    function typed(bytes32 hash, uint8 keyType) internal pure returns (bytes32 key) {
        assembly ("memory-safe") {
            key := or(shr(8, shl(8, hash)), shl(248, keyType))
        }
    }

    function typeOf(bytes32 key) internal pure returns (uint8) {
        return uint8(key[0]);
    }

    /// @notice The key under which the local key `key` of the calling contract is stored: each caller has its own, and one
    ///         set for each context.
    function localize(bytes32 key, bytes32 localContext) internal view returns (bytes32) {
        bytes32 hash;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, key)
            mstore(add(at, 32), caller())
            mstore(add(at, 64), localContext)
            hash := keccak256(at, 96)
        }
        return typed(hash, LOCAL);
    }
}
