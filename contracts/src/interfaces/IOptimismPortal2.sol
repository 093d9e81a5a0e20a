// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IDisputeGameFactory} from "src/interfaces/IDisputeGameFactory.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";

/// @notice What the chain's configuration, its messenger and its lockbox use of the portal.
interface IOptimismPortal2 {
    function disputeGameFactory() external view returns (IDisputeGameFactory);
    function ethLockbox() external view returns (IETHLockbox);
    function superchainConfig() external view returns (ISuperchainConfig);
    function l2Sender() external view returns (address);
    function donateETH() external payable;
    function depositTransaction(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes memory data)
        external
        payable;
}
