// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IAddressManager} from "src/interfaces/IAddressManager.sol";
import {IL1ChugSplashProxy} from "src/interfaces/IL1ChugSplashProxy.sol";
import {IProxy} from "src/interfaces/IProxy.sol";
import {Ownable} from "src/universal/Ownable.sol";
import {Slots} from "src/universal/Slots.sol";

/// @title ProxyAdmin
/// @notice The one admin of all proxies of a chain: its owner upgrades them, whichever of three kinds they are.
contract ProxyAdmin is Ownable {
    enum ProxyType {
        ERC1967,
        CHUGSPLASH,
        RESOLVED
    }

    /// @notice Kind of each proxy; ERC1967 where nothing was set.
    mapping(address => ProxyType) public proxyType;

    /// @notice Name under which the address manager keeps the implementation of a RESOLVED proxy.
    mapping(address => string) public implementationName;

    IAddressManager public addressManager;

    bool private upgrading;

    constructor(address _owner) {
        _transferOwnership(msg.sender);
        _transferOwnership(_owner);
    }

    function setProxyType(address _address, ProxyType _type) external onlyOwner {
        proxyType[_address] = _type;
    }

    function setImplementationName(address _address, string memory _name) external onlyOwner {
        implementationName[_address] = _name;
    }

    function setAddressManager(IAddressManager _address) external onlyOwner {
        addressManager = _address;
    }

    function setAddress(string memory _name, address _address) external onlyOwner {
        addressManager.setAddress(_name, _address);
    }

    /// @notice Legacy proxies refuse all calls while this is on.
    function setUpgrading(bool _upgrading) external onlyOwner {
        upgrading = _upgrading;
    }

    function isUpgrading() external view returns (bool) {
        return upgrading;
    }

    function getProxyImplementation(address _proxy) external view returns (address) {
        ProxyType kind = proxyType[_proxy];
        if (kind == ProxyType.ERC1967) return IProxy(_proxy).implementation();
        if (kind == ProxyType.CHUGSPLASH) return IL1ChugSplashProxy(_proxy).getImplementation();
        return addressManager.getAddress(implementationName[_proxy]);
    }

    function getProxyAdmin(address payable _proxy) external view returns (address) {
        ProxyType kind = proxyType[_proxy];
        if (kind == ProxyType.ERC1967) return IProxy(_proxy).admin();
        if (kind == ProxyType.CHUGSPLASH) return IL1ChugSplashProxy(_proxy).getOwner();
        return addressManager.owner();
    }

    function changeProxyAdmin(address payable _proxy, address _newAdmin) external onlyOwner {
        ProxyType kind = proxyType[_proxy];
        if (kind == ProxyType.ERC1967) IProxy(_proxy).changeAdmin(_newAdmin);
        else if (kind == ProxyType.CHUGSPLASH) IL1ChugSplashProxy(_proxy).setOwner(_newAdmin);
        else addressManager.transferOwnership(_newAdmin);
    }

    function upgrade(address payable _proxy, address _implementation) public onlyOwner {
        ProxyType kind = proxyType[_proxy];
        if (kind == ProxyType.ERC1967) {
            IProxy(_proxy).upgradeTo(_implementation);
        } else if (kind == ProxyType.CHUGSPLASH) {
            bytes32 word = bytes32(uint256(uint160(_implementation)));
            IL1ChugSplashProxy(_proxy).setStorage(Slots.PROXY_IMPLEMENTATION, word);
        } else {
            addressManager.setAddress(implementationName[_proxy], _implementation);
        }
    }

    function upgradeAndCall(address payable _proxy, address _implementation, bytes memory _data)
        external
        payable
        onlyOwner
    {
        if (proxyType[_proxy] == ProxyType.ERC1967) {
            IProxy(_proxy).upgradeToAndCall{value: msg.value}(_implementation, _data);
        } else {
            upgrade(_proxy, _implementation);
            (bool success,) = _proxy.call{value: msg.value}(_data);
            require(success, "ProxyAdmin: call to proxy after upgrade failed");
        }
    }
}
