// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Ownable} from "src/universal/Ownable.sol";

/// @title AddressManager
/// @notice Addresses by name, from before Bedrock. Today it holds the implementation of the one ResolvedDelegateProxy.
contract AddressManager is Ownable {
    /// @dev By hash of the name.
    mapping(bytes32 => address) private addresses;

    event AddressSet(string indexed name, address newAddress, address oldAddress);

    constructor() {
        _transferOwnership(msg.sender);
    }

    function setAddress(string memory _name, address _address) external onlyOwner {
        bytes32 key = keccak256(bytes(_name));
        address previous = addresses[key];
        addresses[key] = _address;
        emit AddressSet(_name, _address, previous);
    }

    function getAddress(string memory _name) external view returns (address) {
        return addresses[keccak256(bytes(_name))];
    }
}
