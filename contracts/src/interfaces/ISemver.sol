// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Contracts state the version of the interface and rules that they keep to.
interface ISemver {
    function version() external view returns (string memory);
}
