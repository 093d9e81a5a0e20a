// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice The bank that holds a game's bonds.
interface IDelayedWETH {
    function deposit() external payable;
    function unlock(address guy, uint256 wad) external;
    function withdraw(address guy, uint256 wad) external;
}
