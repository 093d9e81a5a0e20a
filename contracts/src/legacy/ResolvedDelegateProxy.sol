// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IAddressManager} from "src/interfaces/IAddressManager.sol";

/// @title ResolvedDelegateProxy
/// @notice Legacy proxy that asks an address manager for its implementation. The L1CrossDomainMessenger of old chains
///         has one. No functions of its own: it is upgraded through the address manager.
contract ResolvedDelegateProxy {
    // Under the proxy's own address, so that they cannot meet the implementation's variables in slots 0 and 1.
    mapping(address => string) private implementationName;
    mapping(address => IAddressManager) private addressManager;

    constructor(IAddressManager _addressManager, string memory _implementationName) {
        addressManager[address(this)] = _addressManager;
        implementationName[address(this)] = _implementationName;
    }

    fallback() external payable {
        address target = addressManager[address(this)].getAddress(implementationName[address(this)]);
        require(target != address(0), "ResolvedDelegateProxy: target address must be initialized");
        (bool success, bytes memory returned) = target.delegatecall(msg.data);
        assembly ("memory-safe") {
            let data := add(returned, 0x20)
            if iszero(success) { revert(data, mload(returned)) }
            return(data, mload(returned))
        }
    }
}
