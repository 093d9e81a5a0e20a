// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title Slots
/// @notice Reads and writes single words at storage slots that no state variable owns.
library Slots {
    /// @dev EIP-1967: keccak256("eip1967.proxy.admin") - 1
    bytes32 internal constant PROXY_ADMIN = 0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103;

    /// @dev EIP-1967: keccak256("eip1967.proxy.implementation") - 1
    bytes32 internal constant PROXY_IMPLEMENTATION = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    function getWord(bytes32 slot) internal view returns (bytes32 value) {
        assembly ("memory-safe") {
            value := sload(slot)
        }
    }

    function setWord(bytes32 slot, bytes32 value) internal {
        assembly ("memory-safe") {
            sstore(slot, value)
        }
    }

    function getAddress(bytes32 slot) internal view returns (address value) {
        assembly ("memory-safe") {
            value := sload(slot)
        }
    }

    function setAddress(bytes32 slot, address value) internal {
        setWord(slot, bytes32(uint256(uint160(value))));
    }

    function getUint(bytes32 slot) internal view returns (uint256 value) {
        assembly ("memory-safe") {
            value := sload(slot)
        }
    }

    function setUint(bytes32 slot, uint256 value) internal {
        assembly ("memory-safe") {
            sstore(slot, value)
        }
    }
}
