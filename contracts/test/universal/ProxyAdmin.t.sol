// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {IAddressManager} from "src/interfaces/IAddressManager.sol";
import {Ownable} from "src/universal/Ownable.sol";
import {Proxy} from "src/universal/Proxy.sol";
import {ProxyAdmin} from "src/universal/ProxyAdmin.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {Slots} from "src/universal/Slots.sol";

/// @notice Address manager and legacy proxy in one, as far as ProxyAdmin uses them.
contract Legacy is IAddressManager {
    address public owner;
    bytes32 public key;
    bytes32 public value;
    mapping(string => address) private addresses;

    constructor(address owner_) {
        owner = owner_;
    }

    function getAddress(string calldata name) external view returns (address) {
        return addresses[name];
    }

    function setAddress(string calldata name, address addr) external {
        require(msg.sender == owner);
        addresses[name] = addr;
    }

    function transferOwnership(address newOwner) external {
        require(msg.sender == owner);
        owner = newOwner;
    }

    function getOwner() external view returns (address) {
        return owner;
    }

    function setOwner(address newOwner) external {
        require(msg.sender == owner);
        owner = newOwner;
    }

    function getImplementation() external view returns (address) {
        return address(uint160(uint256(value)));
    }

    function setStorage(bytes32 key_, bytes32 value_) external {
        require(msg.sender == owner);
        (key, value) = (key_, value_);
    }

    receive() external payable {
        revert();
    }

    fallback() external payable {
        require(bytes4(msg.data) == 0xaabbccdd);
    }
}

/// @notice Lets a test ask the rules of ProxyAdminOwnedBase one by one.
contract Owned is ProxyAdminOwnedBase {
    function onlyOwner() external view {
        _assertOnlyProxyAdminOwner();
    }

    function onlyAdmin() external view {
        _assertOnlyProxyAdmin();
    }

    function onlyEither() external view {
        _assertOnlyProxyAdminOrProxyAdminOwner();
    }

    function sameOwner(address other) external view {
        _assertSharedProxyAdminOwner(other);
    }
}

contract ProxyAdminTest is Test {
    address private owner = makeAddr("owner");
    address private user = makeAddr("user");
    ProxyAdmin private admin = new ProxyAdmin(owner);
    address payable private proxy = payable(address(new Proxy(address(admin))));
    Legacy private legacy = new Legacy(address(admin));

    function ofKind(ProxyAdmin.ProxyType kind) private returns (address payable) {
        if (kind == ProxyAdmin.ProxyType.ERC1967) return proxy;
        vm.startPrank(owner);
        admin.setProxyType(address(legacy), kind);
        admin.setImplementationName(address(legacy), "name");
        admin.setAddressManager(legacy);
        vm.stopPrank();
        return payable(address(legacy));
    }

    function test_constructor() external {
        vm.expectEmit();
        emit Ownable.OwnershipTransferred(address(this), owner);
        assertEq(new ProxyAdmin(owner).owner(), owner);
    }

    function testFuzz_onlyOwner(address caller) external {
        vm.assume(caller != owner);
        bytes[10] memory calls = [
            abi.encodeCall(ProxyAdmin.setProxyType, (proxy, ProxyAdmin.ProxyType.RESOLVED)),
            abi.encodeCall(ProxyAdmin.setImplementationName, (proxy, "n")),
            abi.encodeCall(ProxyAdmin.setAddressManager, (legacy)),
            abi.encodeCall(ProxyAdmin.setAddress, ("n", user)),
            abi.encodeCall(ProxyAdmin.setUpgrading, (true)),
            abi.encodeCall(ProxyAdmin.changeProxyAdmin, (proxy, user)),
            abi.encodeCall(ProxyAdmin.upgrade, (proxy, user)),
            abi.encodeCall(ProxyAdmin.upgradeAndCall, (proxy, user, "")),
            abi.encodeCall(Ownable.transferOwnership, (user)),
            abi.encodeCall(Ownable.renounceOwnership, ())
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            vm.prank(caller);
            (bool success, bytes memory reason) = address(admin).call(calls[i]);
            assertFalse(success);
            assertEq(reason, abi.encodeWithSignature("Error(string)", "Ownable: caller is not the owner"));
        }
    }

    function test_ownership() external {
        vm.startPrank(owner);
        vm.expectRevert("Ownable: new owner is the zero address");
        admin.transferOwnership(address(0));
        admin.transferOwnership(user);
        vm.stopPrank();
        vm.prank(user);
        admin.renounceOwnership();
        assertEq(admin.owner(), address(0));
    }

    function test_upgrade_eachKind() external {
        for (uint8 kind = 0; kind < 3; kind++) {
            address payable which = ofKind(ProxyAdmin.ProxyType(kind));
            vm.prank(owner);
            admin.upgrade(which, address(this));
            assertEq(admin.getProxyImplementation(which), address(this));
            assertEq(admin.getProxyAdmin(which), address(admin));
        }
        assertEq(legacy.key(), Slots.PROXY_IMPLEMENTATION);
    }

    function test_changeProxyAdmin_eachKind() external {
        for (uint8 kind = 0; kind < 3; kind++) {
            uint256 snapshot = vm.snapshotState();
            address payable which = ofKind(ProxyAdmin.ProxyType(kind));
            vm.prank(owner);
            admin.changeProxyAdmin(which, user);
            // The proxy no longer answers its former admin.
            bytes32 slot = vm.load(which, Slots.PROXY_ADMIN);
            assertEq(kind == 0 ? address(uint160(uint256(slot))) : admin.getProxyAdmin(which), user);
            vm.revertToState(snapshot);
        }
    }

    function test_upgradeAndCall() external {
        Owned impl = new Owned();
        vm.deal(owner, 1 ether);
        vm.prank(owner);
        admin.upgradeAndCall(proxy, address(impl), abi.encodeCall(ProxyAdminOwnedBase.proxyAdminOwner, ()));
        assertEq(admin.getProxyImplementation(proxy), address(impl));

        address payable which = ofKind(ProxyAdmin.ProxyType.CHUGSPLASH);
        vm.startPrank(owner);
        admin.upgradeAndCall{value: 5}(which, user, hex"aabbccdd");
        assertEq(which.balance, 5);
        vm.expectRevert("ProxyAdmin: call to proxy after upgrade failed");
        admin.upgradeAndCall(which, user, hex"00000000");
    }

    function test_small() external {
        vm.startPrank(owner);
        assertFalse(admin.isUpgrading());
        admin.setUpgrading(true);
        assertTrue(admin.isUpgrading());
        admin.setAddressManager(legacy);
        admin.setAddress("n", user);
        assertEq(legacy.getAddress("n"), user);
        admin.setImplementationName(user, "n");
        assertEq(admin.implementationName(user), "n");
        assertEq(address(admin.addressManager()), address(legacy));
    }

    function owned() private returns (Owned) {
        Owned impl = new Owned();
        vm.prank(owner);
        admin.upgrade(proxy, address(impl));
        return Owned(proxy);
    }

    function test_ownedBase() external {
        Owned o = owned();
        assertEq(address(o.proxyAdmin()), address(admin));
        assertEq(o.proxyAdminOwner(), owner);
        vm.prank(owner);
        o.onlyOwner();
        vm.prank(owner);
        o.onlyEither();
        vm.prank(owner);
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdmin.selector);
        o.onlyAdmin();
        vm.startPrank(user);
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOwner.selector);
        o.onlyOwner();
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        o.onlyEither();
        vm.stopPrank();
        o.sameOwner(address(o));

        Proxy foreign = new Proxy(address(new ProxyAdmin(user)));
        address impl = admin.getProxyImplementation(proxy);
        vm.store(address(foreign), Slots.PROXY_IMPLEMENTATION, bytes32(uint256(uint160(impl))));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotSharedProxyAdminOwner.selector);
        o.sameOwner(address(foreign));
    }

    /// @notice Without an admin slot only the one legacy proxy is known, by name and address manager in its mappings.
    function test_ownedBase_legacyProxy() external {
        Owned o = new Owned();
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotResolvedDelegateProxy.selector);
        o.proxyAdmin();
        bytes32 name = 0x4f564d5f4c3143726f7373446f6d61696e4d657373656e676572000000000034;
        vm.store(address(o), keccak256(abi.encode(address(o), uint256(0))), name);
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_ProxyAdminNotFound.selector);
        o.proxyAdmin();
        vm.store(address(o), keccak256(abi.encode(address(o), uint256(1))), bytes32(uint256(uint160(address(legacy)))));
        assertEq(address(o.proxyAdmin()), address(admin));
        assertEq(o.proxyAdminOwner(), owner);
    }
}
