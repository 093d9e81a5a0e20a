// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Slots} from "src/universal/Slots.sol";

/// @title Proxy
/// @notice Transparent EIP-1967 proxy. Its own functions answer the admin, and the zero address so that they can be read
///         by eth_call; everybody else's call is delegated to the implementation.
contract Proxy {
    event Upgraded(address indexed implementation);
    event AdminChanged(address previousAdmin, address newAdmin);

    modifier delegateUnlessAdmin() {
        if (msg.sender != Slots.getAddress(Slots.PROXY_ADMIN) && msg.sender != address(0)) _delegate();
        _;
    }

    constructor(address _admin) {
        _changeAdmin(_admin);
    }

    receive() external payable {
        _delegate();
    }

    fallback() external payable {
        _delegate();
    }

    function upgradeTo(address _implementation) external delegateUnlessAdmin {
        _setImplementation(_implementation);
    }

    /// @notice Sets the implementation and calls it in the same transaction, so that no one can initialize it in between.
    function upgradeToAndCall(address _implementation, bytes calldata _data)
        external
        payable
        delegateUnlessAdmin
        returns (bytes memory)
    {
        _setImplementation(_implementation);
        (bool success, bytes memory returned) = _implementation.delegatecall(_data);
        require(success, "Proxy: delegatecall to new implementation contract failed");
        return returned;
    }

    function changeAdmin(address _admin) external delegateUnlessAdmin {
        _changeAdmin(_admin);
    }

    function admin() external delegateUnlessAdmin returns (address) {
        return Slots.getAddress(Slots.PROXY_ADMIN);
    }

    function implementation() external delegateUnlessAdmin returns (address) {
        return Slots.getAddress(Slots.PROXY_IMPLEMENTATION);
    }

    function _setImplementation(address newImplementation) private {
        Slots.setAddress(Slots.PROXY_IMPLEMENTATION, newImplementation);
        emit Upgraded(newImplementation);
    }

    function _changeAdmin(address newAdmin) private {
        emit AdminChanged(Slots.getAddress(Slots.PROXY_ADMIN), newAdmin);
        Slots.setAddress(Slots.PROXY_ADMIN, newAdmin);
    }

    /// @dev Ends the call with the implementation's result.
    function _delegate() private {
        bytes32 slot = Slots.PROXY_IMPLEMENTATION;
        // Not memory-safe: the whole calldata overwrites memory from 0, and control never comes back to Solidity.
        assembly {
            let target := sload(slot)
            if target {
                calldatacopy(0, 0, calldatasize())
                let success := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
                returndatacopy(0, 0, returndatasize())
                if success { return(0, returndatasize()) }
                revert(0, returndatasize())
            }
        }
        revert("Proxy: implementation not initialized");
    }
}
