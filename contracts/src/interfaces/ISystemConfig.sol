// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IResourceMetering} from "src/interfaces/IResourceMetering.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";

/// @notice What other contracts ask the chain's configuration.
interface ISystemConfig {
    function guardian() external view returns (address);
    function paused() external view returns (bool);
    function superchainConfig() external view returns (ISuperchainConfig);
    function resourceConfig() external view returns (IResourceMetering.ResourceConfig memory);
    function l2ChainId() external view returns (uint256);
    function isFeatureEnabled(bytes32 feature) external view returns (bool);
}
