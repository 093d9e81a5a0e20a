// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IL2ToL1MessagePasser} from "src/interfaces/IL2ToL1MessagePasser.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {Sender} from "src/libraries/Sender.sol";
import {CrossDomainMessenger} from "src/universal/CrossDomainMessenger.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";

/// @title L2CrossDomainMessenger
/// @notice The messenger on L2: sends by withdrawals, and is called by deposits of its twin's alias.
contract L2CrossDomainMessenger is CrossDomainMessenger, ProxyAdminOwnedBase, ISemver {
    string public constant version = "2.2.1";

    constructor() {
        _disableInitializers();
    }

    function initialize(address _l1CrossDomainMessenger) external reinitializer(1) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        __CrossDomainMessenger_init(_l1CrossDomainMessenger);
    }

    /// @notice Old name of `otherMessenger`.
    function l1CrossDomainMessenger() external view returns (address) {
        return otherMessenger;
    }

    function _sendMessage(address to, uint64 gasLimit, uint256 value, bytes memory data) internal override {
        IL2ToL1MessagePasser(Predeploys.L2_TO_L1_MESSAGE_PASSER).initiateWithdrawal{value: value}(to, gasLimit, data);
    }

    function _isOtherMessenger() internal view override returns (bool) {
        return Sender.undoAlias(msg.sender) == otherMessenger;
    }

    function _isUnsafeTarget(address target) internal view override returns (bool) {
        return target == address(this) || target == Predeploys.L2_TO_L1_MESSAGE_PASSER;
    }
}
