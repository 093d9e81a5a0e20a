// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Functions with which a proxy answers its admin.
interface IProxy {
    function admin() external view returns (address);
    function implementation() external view returns (address);
    function upgradeTo(address implementation) external;
    function upgradeToAndCall(address implementation, bytes calldata data) external payable returns (bytes memory);
    function changeAdmin(address admin) external;
}
