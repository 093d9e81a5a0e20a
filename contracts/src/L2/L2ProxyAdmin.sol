// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {ProxyAdmin} from "src/universal/ProxyAdmin.sol";

/// @dev Code that upgrades predeploys, run in the admin's place.
interface IL2ContractsManager {
    function upgrade() external;
}

/// @title L2ProxyAdmin
/// @notice Admin of all predeploys; owned by the alias of L1's owner. The depositor may have it run the code of a network
///         upgrade.
contract L2ProxyAdmin is ProxyAdmin, ISemver {
    string public constant version = "1.0.0";

    event PredeploysUpgraded(address indexed l2ContractsManager);

    error L2ProxyAdmin__Unauthorized();
    error L2ProxyAdmin__L2ContractsManagerNotDeployed(address l2ContractsManager);
    error L2ProxyAdmin__UpgradeFailed(bytes data);

    constructor() ProxyAdmin(address(0)) {}

    function upgradePredeploys(address _l2ContractsManager) external {
        if (msg.sender != Predeploys.DEPOSITOR_ACCOUNT) revert L2ProxyAdmin__Unauthorized();
        if (_l2ContractsManager.code.length == 0) {
            revert L2ProxyAdmin__L2ContractsManagerNotDeployed(_l2ContractsManager);
        }
        (bool success, bytes memory data) =
            _l2ContractsManager.delegatecall(abi.encodeCall(IL2ContractsManager.upgrade, ()));
        if (!success) revert L2ProxyAdmin__UpgradeFailed(data);
        emit PredeploysUpgraded(_l2ContractsManager);
    }
}
