// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Guardian and pause switches that chains share.
interface ISuperchainConfig {
    function guardian() external view returns (address);
    function pause(address identifier) external;
    function paused(address identifier) external view returns (bool);
}
