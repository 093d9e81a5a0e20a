// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Legacy proxy whose owner writes its slots directly.
interface IL1ChugSplashProxy {
    function getImplementation() external view returns (address);
    function getOwner() external view returns (address);
    function setOwner(address owner) external;
    function setStorage(bytes32 key, bytes32 value) external;
}
