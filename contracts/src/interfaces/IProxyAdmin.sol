// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Administrator of proxies, itself owned.
interface IProxyAdmin {
    function owner() external view returns (address);
}
