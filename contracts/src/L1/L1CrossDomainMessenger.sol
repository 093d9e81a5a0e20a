// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {CrossDomainMessenger} from "src/universal/CrossDomainMessenger.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";

/// @title L1CrossDomainMessenger
/// @notice The messenger on L1: sends by deposits, and is called by the portal when one of its twin's withdrawals is
///         finalized.
contract L1CrossDomainMessenger is CrossDomainMessenger, ProxyAdminOwnedBase, ReinitializableBase, ISemver {
    string public constant version = "2.11.1";

    address private spacer_251_0_20;

    IOptimismPortal2 public portal;

    address private spacer_253_0_20;

    ISystemConfig public systemConfig;

    constructor() ReinitializableBase(3) {
        _disableInitializers();
    }

    function initialize(ISystemConfig _systemConfig, IOptimismPortal2 _portal) external reinitializer(initVersion()) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        systemConfig = _systemConfig;
        portal = _portal;
        __CrossDomainMessenger_init(Predeploys.L2_CROSS_DOMAIN_MESSENGER);
    }

    function superchainConfig() external view returns (ISuperchainConfig) {
        return systemConfig.superchainConfig();
    }

    /// @notice Old name of `portal`.
    function PORTAL() external view returns (IOptimismPortal2) {
        return portal;
    }

    function paused() public view override returns (bool) {
        return systemConfig.paused();
    }

    function _sendMessage(address to, uint64 gasLimit, uint256 value, bytes memory data) internal override {
        portal.depositTransaction{value: value}(to, value, gasLimit, false, data);
    }

    function _isOtherMessenger() internal view override returns (bool) {
        return msg.sender == address(portal) && portal.l2Sender() == otherMessenger;
    }

    function _isUnsafeTarget(address target) internal view override returns (bool) {
        return target == address(this) || target == address(portal);
    }
}
