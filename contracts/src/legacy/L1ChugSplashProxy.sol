// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Slots} from "src/universal/Slots.sol";

/// @dev What the proxy asks its owner, if that is a contract.
interface IUpgradeSwitch {
    function isUpgrading() external view returns (bool);
}

/// @title L1ChugSplashProxy
/// @notice Legacy proxy whose owner writes its slots and may even hand it the implementation's code. The L1StandardBridge
///         of old chains has one. Its own functions answer the owner, and the zero address so that they can be read by
///         eth_call; everybody else's call is delegated.
contract L1ChugSplashProxy {
    /// @dev Creation code that deploys whatever follows it: 13 bytes.
    bytes13 private constant DEPLOYER = 0x600d380380600d6000396000f3;

    modifier delegateUnlessOwner() {
        if (msg.sender != _owner() && msg.sender != address(0)) _delegate();
        _;
    }

    constructor(address _newOwner) {
        Slots.setAddress(Slots.PROXY_ADMIN, _newOwner);
    }

    receive() external payable {
        _delegate();
    }

    fallback() external payable {
        _delegate();
    }

    /// @notice Makes the implementation a new contract of this code, unless it has that code already.
    function setCode(bytes memory _code) external delegateUnlessOwner {
        bytes32 codeHash = keccak256(_code);
        if (_implementation().codehash == codeHash) return;

        bytes memory creation = abi.encodePacked(DEPLOYER, _code);
        address made;
        assembly ("memory-safe") {
            made := create(0, add(creation, 0x20), mload(creation))
        }
        require(made.codehash == codeHash, "L1ChugSplashProxy: code was not correctly deployed");
        Slots.setAddress(Slots.PROXY_IMPLEMENTATION, made);
    }

    function setStorage(bytes32 _key, bytes32 _value) external delegateUnlessOwner {
        Slots.setWord(_key, _value);
    }

    function setOwner(address _newOwner) external delegateUnlessOwner {
        Slots.setAddress(Slots.PROXY_ADMIN, _newOwner);
    }

    function getOwner() external delegateUnlessOwner returns (address) {
        return _owner();
    }

    function getImplementation() external delegateUnlessOwner returns (address) {
        return _implementation();
    }

    function _owner() private view returns (address) {
        return Slots.getAddress(Slots.PROXY_ADMIN);
    }

    function _implementation() private view returns (address) {
        return Slots.getAddress(Slots.PROXY_IMPLEMENTATION);
    }

    /// @dev Ends the call with the implementation's result. While the owner says that it is upgrading, refuses: the slots
    ///      may be half written.
    function _delegate() private {
        (bool answered, bytes memory answer) = _owner().staticcall(abi.encodeCall(IUpgradeSwitch.isUpgrading, ()));
        if (answered && answer.length == 32) {
            require(bytes32(answer) == 0, "L1ChugSplashProxy: system is currently being upgraded");
        }
        address target = _implementation();
        require(target != address(0), "L1ChugSplashProxy: implementation is not set yet");
        // Not memory-safe: the whole calldata overwrites memory from 0, and control never comes back to Solidity.
        assembly {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}
