// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title Features
/// @notice Names of the optional parts of a chain, left-aligned ASCII.
library Features {
    /// @dev The portal's ether lies in a lockbox.
    bytes32 internal constant ETH_LOCKBOX = "ETH_LOCKBOX";
    bytes32 internal constant CUSTOM_GAS_TOKEN = "CUSTOM_GAS_TOKEN";
    bytes32 internal constant INTEROP = "INTEROP";
}
