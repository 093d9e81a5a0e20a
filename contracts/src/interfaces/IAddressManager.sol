// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Legacy registry of addresses by name, which some proxies ask for their implementation.
interface IAddressManager {
    function owner() external view returns (address);
    function getAddress(string calldata name) external view returns (address);
    function setAddress(string calldata name, address addr) external;
    function transferOwnership(address owner) external;
}
