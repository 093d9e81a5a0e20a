// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Vault that holds the ether of one or more portals.
interface IETHLockbox {
    function lockETH() external payable;
    function unlockETH(uint256 value) external;
    function receiveLiquidity() external payable;
}
