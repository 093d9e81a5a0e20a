// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title CloneArgs
/// @notice Reads the immutable arguments that a clone (see CloneWithArgs) appends to the calldata of every call. They
///         are followed by two bytes with their length, those two included. Called directly, not through a clone, the
///         readers return garbage.
abstract contract CloneArgs {
    function _argWord(uint256 offset) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            let start := sub(calldatasize(), shr(240, calldataload(sub(calldatasize(), 2))))
            word := calldataload(add(start, offset))
        }
    }

    function _argAddress(uint256 offset) internal pure returns (address) {
        return address(uint160(_argWord(offset) >> 96));
    }

    function _argUint32(uint256 offset) internal pure returns (uint32) {
        return uint32(_argWord(offset) >> 224);
    }

    function _argBytes(uint256 offset, uint256 length) internal pure returns (bytes memory copy) {
        assembly ("memory-safe") {
            let start := sub(calldatasize(), shr(240, calldataload(sub(calldatasize(), 2))))
            copy := mload(0x40)
            mstore(copy, length)
            calldatacopy(add(copy, 32), add(start, offset), length)
            mstore(0x40, and(add(add(copy, length), 63), not(31)))
        }
    }

    /// @dev Bytes of all arguments.
    function _argsLength() internal pure returns (uint256 length) {
        assembly ("memory-safe") {
            length := sub(shr(240, calldataload(sub(calldatasize(), 2))), 2)
        }
    }
}
