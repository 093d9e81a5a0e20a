// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IAddressManager} from "src/interfaces/IAddressManager.sol";
import {IProxyAdmin} from "src/interfaces/IProxyAdmin.sol";
import {Slots} from "src/universal/Slots.sol";

/// @title ProxyAdminOwnedBase
/// @notice Finds the ProxyAdmin of the proxy in whose storage it runs, and that admin's owner, and lets only them do
///         certain things.
abstract contract ProxyAdminOwnedBase {
    error ProxyAdminOwnedBase_NotSharedProxyAdminOwner();
    error ProxyAdminOwnedBase_NotProxyAdminOwner();
    error ProxyAdminOwnedBase_NotProxyAdmin();
    error ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner();
    error ProxyAdminOwnedBase_ProxyAdminNotFound();
    error ProxyAdminOwnedBase_NotResolvedDelegateProxy();

    /// @dev "OVM_L1CrossDomainMessenger" as a short string in storage: left-aligned, twice its length (26) in the last byte.
    bytes32 private constant RESOLVED_DELEGATE_PROXY_NAME =
        bytes32(bytes26("OVM_L1CrossDomainMessenger")) | bytes32(uint256(2 * 26));

    function proxyAdminOwner() public view returns (address) {
        return proxyAdmin().owner();
    }

    /// @notice From the EIP-1967 admin slot; where that is empty, the proxy must be the one legacy ResolvedDelegateProxy,
    ///         which keeps its name and address manager in mappings at slots 0 and 1 under its own address.
    function proxyAdmin() public view returns (IProxyAdmin) {
        address admin = Slots.getAddress(Slots.PROXY_ADMIN);
        if (admin != address(0)) return IProxyAdmin(admin);

        if (Slots.getWord(_ownMappingSlot(0)) != RESOLVED_DELEGATE_PROXY_NAME) {
            revert ProxyAdminOwnedBase_NotResolvedDelegateProxy();
        }
        address manager = Slots.getAddress(_ownMappingSlot(1));
        if (manager == address(0)) revert ProxyAdminOwnedBase_ProxyAdminNotFound();
        return IProxyAdmin(IAddressManager(manager).owner());
    }

    function _assertSharedProxyAdminOwner(address proxy) internal view {
        if (proxyAdminOwner() != ProxyAdminOwnedBase(proxy).proxyAdminOwner()) {
            revert ProxyAdminOwnedBase_NotSharedProxyAdminOwner();
        }
    }

    function _assertOnlyProxyAdminOwner() internal view {
        if (msg.sender != proxyAdminOwner()) revert ProxyAdminOwnedBase_NotProxyAdminOwner();
    }

    function _assertOnlyProxyAdmin() internal view {
        if (msg.sender != address(proxyAdmin())) revert ProxyAdminOwnedBase_NotProxyAdmin();
    }

    function _assertOnlyProxyAdminOrProxyAdminOwner() internal view {
        if (msg.sender != address(proxyAdmin()) && msg.sender != proxyAdminOwner()) {
            revert ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner();
        }
    }

    function _ownMappingSlot(uint256 mappingSlot) private view returns (bytes32) {
        return keccak256(abi.encode(address(this), mappingSlot));
    }
}
