// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";

/// @title DeployerWhitelist
/// @notice Legacy predeploy: who might deploy contracts in the first days of a chain. Nothing asks it today.
contract DeployerWhitelist is ISemver {
    string public constant version = "1.1.2";

    address public owner;
    mapping(address => bool) public whitelist;

    event OwnerChanged(address oldOwner, address newOwner);
    event WhitelistStatusChanged(address deployer, bool whitelisted);
    event WhitelistDisabled(address oldOwner);

    modifier onlyOwner() {
        require(msg.sender == owner, "DeployerWhitelist: function can only be called by the owner of this contract");
        _;
    }

    function setWhitelistedDeployer(address _deployer, bool _isWhitelisted) external onlyOwner {
        whitelist[_deployer] = _isWhitelisted;
        emit WhitelistStatusChanged(_deployer, _isWhitelisted);
    }

    function setOwner(address _owner) external onlyOwner {
        require(_owner != address(0), "DeployerWhitelist: can only be disabled via enableArbitraryContractDeployment");
        emit OwnerChanged(owner, _owner);
        owner = _owner;
    }

    /// @notice Gives up the ownership, with which everybody may deploy.
    function enableArbitraryContractDeployment() external onlyOwner {
        emit WhitelistDisabled(owner);
        owner = address(0);
    }

    function isDeployerAllowed(address _deployer) external view returns (bool) {
        return owner == address(0) || whitelist[_deployer];
    }
}
