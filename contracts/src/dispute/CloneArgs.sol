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

    function _argBytes(uint256 offset, uint256 length) internal pure returns (bytes memory) {
        uint256 start = _argsStart() + offset;
        return msg.data[start:start + length];
    }

    /// @dev Bytes of all arguments.
    function _argsLength() internal pure returns (uint256 length) {
        assembly ("memory-safe") {
            length := sub(shr(240, calldataload(sub(calldatasize(), 2))), 2)
        }
    }

    function _argsStart() private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := sub(calldatasize(), shr(240, calldataload(sub(calldatasize(), 2))))
        }
    }
}
