// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IDisputeGameFactory} from "src/interfaces/IDisputeGameFactory.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";

/// @notice What the chain's configuration asks the portal.
interface IOptimismPortal2 {
    function disputeGameFactory() external view returns (IDisputeGameFactory);
    function ethLockbox() external view returns (IETHLockbox);
}
