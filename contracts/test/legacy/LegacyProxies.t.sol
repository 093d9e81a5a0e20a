// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IAddressManager} from "src/interfaces/IAddressManager.sol";
import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {L1CrossDomainMessenger} from "src/L1/L1CrossDomainMessenger.sol";
import {L1StandardBridge} from "src/L1/L1StandardBridge.sol";
import {ProtocolVersions} from "src/L1/ProtocolVersions.sol";
import {AddressManager} from "src/legacy/AddressManager.sol";
import {L1ChugSplashProxy} from "src/legacy/L1ChugSplashProxy.sol";
import {ResolvedDelegateProxy} from "src/legacy/ResolvedDelegateProxy.sol";
import {ProxyAdmin} from "src/universal/ProxyAdmin.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {Slots} from "src/universal/Slots.sol";
import {BridgeTest} from "test/BridgeTest.sol";

contract Implementation {
    uint256 public value;

    error Reason(uint256 number);

    function set(uint256 value_) external payable returns (uint256) {
        value = value_;
        return value_ + 1;
    }

    function fail(uint256 number) external pure {
        revert Reason(number);
    }

    function owner() external pure returns (string memory) {
        return "of the implementation";
    }

    receive() external payable {}
}

contract AddressManagerTest is BridgeTest {
    AddressManager private manager;

    event AddressSet(string indexed name, address newAddress, address oldAddress);

    function setUp() external {
        vm.prank(owner);
        manager = new AddressManager();
    }

    function test_owner() external {
        assertEq(manager.owner(), owner);
        vm.prank(owner);
        manager.transferOwnership(bob);
        assertEq(manager.owner(), bob);
    }

    function testFuzz_setAddress(string memory name, address a, address b) external {
        vm.startPrank(owner);
        vm.expectEmit(address(manager));
        emit AddressSet(name, a, address(0));
        manager.setAddress(name, a);
        vm.expectEmit(address(manager));
        emit AddressSet(name, b, a);
        manager.setAddress(name, b);
        assertEq(manager.getAddress(name), b);
        bytes32 slot = keccak256(abi.encode(keccak256(bytes(name)), uint256(1)));
        assertEq(slotOf(address(manager), uint256(slot)), uint160(b));
    }

    function test_getAddress_unknown() external view {
        assertEq(manager.getAddress("nothing"), address(0));
    }

    function testFuzz_setAddress_stranger_reverts(address who) external {
        vm.assume(who != owner);
        vm.expectRevert("Ownable: caller is not the owner");
        vm.prank(who);
        manager.setAddress("x", who);
    }
}

contract ResolvedDelegateProxyTest is BridgeTest {
    string private constant NAME = "OVM_L1CrossDomainMessenger";

    AddressManager private manager;
    address payable private proxy;

    function setUp() external {
        vm.startPrank(owner);
        manager = new AddressManager();
        proxy = payable(address(new ResolvedDelegateProxy(IAddressManager(address(manager)), NAME)));
        manager.setAddress(NAME, address(new Implementation()));
        vm.stopPrank();
        vm.deal(address(this), 10);
    }

    function test_delegates() external {
        assertEq(Implementation(proxy).set{value: 3}(6), 7);
        assertEq(Implementation(proxy).value(), 6);
        assertEq(proxy.balance, 3);
    }

    function test_bubblesReverts() external {
        vm.expectRevert(abi.encodeWithSelector(Implementation.Reason.selector, 9));
        Implementation(proxy).fail(9);
    }

    function test_plainEther() external {
        (bool success,) = proxy.call{value: 1}("");
        assertTrue(success);
    }

    function test_noTarget_reverts() external {
        vm.prank(owner);
        manager.setAddress(NAME, address(0));
        vm.expectRevert("ResolvedDelegateProxy: target address must be initialized");
        Implementation(proxy).value();
    }

    /// @notice The variables lie under the proxy's own address, where the messenger looks for them.
    function test_storageLayout() external view {
        bytes32 name = vm.load(proxy, keccak256(abi.encode(proxy, uint256(0))));
        assertEq(name, bytes32(bytes26(bytes(NAME))) | bytes32(uint256(52)));
        assertEq(slotOf(proxy, uint256(keccak256(abi.encode(proxy, uint256(1))))), uint160(address(manager)));
    }

    /// @notice The messenger behind its real proxy, under a ProxyAdmin that owns the address manager.
    function test_messenger() external {
        L1CrossDomainMessenger impl = new L1CrossDomainMessenger();
        vm.startPrank(owner);
        manager.transferOwnership(address(proxyAdmin));
        proxyAdmin.setProxyType(proxy, ProxyAdmin.ProxyType.RESOLVED);
        proxyAdmin.setImplementationName(proxy, NAME);
        proxyAdmin.setAddressManager(IAddressManager(address(manager)));
        proxyAdmin.upgradeAndCall(
            proxy,
            address(impl),
            abi.encodeCall(
                L1CrossDomainMessenger.initialize, (ISystemConfig(address(1)), IOptimismPortal2(address(2)))
            )
        );
        L1CrossDomainMessenger messenger = L1CrossDomainMessenger(proxy);
        assertEq(address(messenger.proxyAdmin()), address(proxyAdmin));
        assertEq(messenger.proxyAdminOwner(), owner);
        assertEq(address(messenger.portal()), address(2));
        assertEq(proxyAdmin.getProxyImplementation(proxy), address(impl));
        assertEq(proxyAdmin.getProxyAdmin(proxy), address(proxyAdmin));
    }

    function test_messenger_stranger_reverts() external {
        L1CrossDomainMessenger impl = new L1CrossDomainMessenger();
        vm.startPrank(owner);
        manager.setAddress(NAME, address(impl));
        manager.transferOwnership(address(proxyAdmin));
        vm.stopPrank();
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        L1CrossDomainMessenger(proxy).initialize(ISystemConfig(address(1)), IOptimismPortal2(address(2)));
    }
}

/// @notice Owner of a proxy that may say that it is upgrading.
contract Switch {
    bytes private answer = abi.encode(false);

    function setAnswer(bytes memory answer_) external {
        answer = answer_;
    }

    fallback() external {
        bytes memory a = answer;
        assembly {
            return(add(a, 0x20), mload(a))
        }
    }
}

contract L1ChugSplashProxyTest is BridgeTest {
    L1ChugSplashProxy private proxy;
    Implementation private implementation = new Implementation();

    function setUp() external {
        proxy = new L1ChugSplashProxy(owner);
        vm.prank(owner);
        proxy.setStorage(Slots.PROXY_IMPLEMENTATION, bytes32(uint256(uint160(address(implementation)))));
        vm.deal(address(this), 10);
    }

    function target() private view returns (Implementation) {
        return Implementation(payable(address(proxy)));
    }

    function test_delegates() external {
        assertEq(target().set{value: 3}(6), 7);
        assertEq(target().value(), 6);
        (bool success,) = address(proxy).call{value: 1}("");
        assertTrue(success);
        assertEq(address(proxy).balance, 4);
    }

    function test_bubblesReverts() external {
        vm.expectRevert(abi.encodeWithSelector(Implementation.Reason.selector, 9));
        target().fail(9);
    }

    function test_ownFunctions_ofOwnerAndZero() external {
        vm.prank(owner);
        assertEq(proxy.getOwner(), owner);
        vm.startPrank(address(0));
        assertEq(proxy.getOwner(), owner);
        assertEq(proxy.getImplementation(), address(implementation));
    }

    function testFuzz_ownFunctions_delegatedForOthers(address who) external {
        vm.assume(who != owner && who != address(0));
        vm.startPrank(who);
        vm.expectRevert(); // the implementation has none of them
        proxy.getOwner();
        vm.expectRevert();
        proxy.getImplementation();
        vm.expectRevert();
        proxy.setOwner(who);
        vm.expectRevert();
        proxy.setStorage(0, 0);
        vm.expectRevert();
        proxy.setCode("");
    }

    function test_setOwner() external {
        vm.prank(owner);
        proxy.setOwner(bob);
        assertEq(vm.load(address(proxy), Slots.PROXY_ADMIN), bytes32(uint256(uint160(bob))));
    }

    function testFuzz_setStorage(bytes32 key, bytes32 value) external {
        vm.prank(owner);
        proxy.setStorage(key, value);
        assertEq(vm.load(address(proxy), key), value);
    }

    function test_setCode() external {
        bytes memory code = address(implementation).code;
        vm.startPrank(owner);
        proxy.setCode(code);
        assertEq(proxy.getImplementation(), address(implementation)); // it has that code already
        proxy.setStorage(Slots.PROXY_IMPLEMENTATION, 0);
        proxy.setCode(code);
        address made = proxy.getImplementation();
        assertNotEq(made, address(implementation));
        assertEq(made.code, code);
        vm.stopPrank();
        assertEq(target().set(1), 2);
    }

    function test_setCode_notDeployable_reverts() external {
        vm.expectRevert("L1ChugSplashProxy: code was not correctly deployed");
        vm.prank(owner);
        proxy.setCode(hex"ef00");
    }

    function test_noImplementation_reverts() external {
        vm.prank(owner);
        proxy.setStorage(Slots.PROXY_IMPLEMENTATION, 0);
        vm.expectRevert("L1ChugSplashProxy: implementation is not set yet");
        target().value();
    }

    function test_upgrading_reverts() external {
        Switch owner_ = new Switch();
        vm.prank(owner);
        proxy.setOwner(address(owner_));
        assertEq(target().value(), 0);
        owner_.setAnswer(abi.encode(true));
        vm.expectRevert("L1ChugSplashProxy: system is currently being upgraded");
        target().value();
        owner_.setAnswer(abi.encode(uint256(1) << 255));
        vm.expectRevert("L1ChugSplashProxy: system is currently being upgraded");
        target().value();
        owner_.setAnswer(hex"01"); // no answer to the question
        assertEq(target().value(), 0);
        owner_.setAnswer(abi.encode(1, 1));
        assertEq(target().value(), 0);
    }

    /// @notice The bridge behind its real proxy.
    function test_bridge() external {
        L1StandardBridge impl = new L1StandardBridge();
        vm.prank(owner);
        proxy.setOwner(address(proxyAdmin));
        vm.startPrank(owner);
        proxyAdmin.setProxyType(address(proxy), ProxyAdmin.ProxyType.CHUGSPLASH);
        proxyAdmin.upgradeAndCall(
            payable(address(proxy)),
            address(impl),
            abi.encodeCall(
                L1StandardBridge.initialize, (ICrossDomainMessenger(address(1)), ISystemConfig(address(2)))
            )
        );
        L1StandardBridge bridge = L1StandardBridge(payable(address(proxy)));
        assertEq(address(bridge.messenger()), address(1));
        assertEq(bridge.proxyAdminOwner(), owner);
        proxyAdmin.setUpgrading(true);
        vm.stopPrank();
        vm.expectRevert("L1ChugSplashProxy: system is currently being upgraded");
        bridge.messenger();
    }
}

contract ProtocolVersionsTest is BridgeTest {
    ProtocolVersions private versions;

    event ConfigUpdate(uint256 indexed version, ProtocolVersions.UpdateType indexed updateType, bytes data);

    function setUp() external {
        versions = ProtocolVersions(proxied(address(new ProtocolVersions())));
        versions.initialize(owner, 5, 6);
    }

    function test_views() external view {
        assertEq(versions.version(), "1.1.2");
        assertEq(versions.VERSION(), 0);
        assertEq(versions.owner(), owner);
        assertEq(versions.required(), 5);
        assertEq(versions.recommended(), 6);
        assertEq(versions.REQUIRED_SLOT(), 0x4aaefe95bd84fd3f32700cf3b7566bc944b73138e41958b5785826df2aecace0);
        assertEq(versions.RECOMMENDED_SLOT(), 0xe314dfc40f0025322aacc0ba8ef420b62fb3b702cf01e0cdf3d829117ac2ff1a);
        assertEq(vm.load(address(versions), versions.REQUIRED_SLOT()), bytes32(uint256(5)));
        assertEq(slotOf(address(versions), 51), uint160(owner));
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        versions.initialize(bob, 0, 0);
    }

    function test_initialize_ownerZero_reverts() external {
        ProtocolVersions made = ProtocolVersions(proxied(address(new ProtocolVersions())));
        vm.expectRevert("Ownable: new owner is the zero address");
        made.initialize(address(0), 0, 0);
    }

    function testFuzz_setRequired(uint256 value) external {
        vm.expectEmit(address(versions));
        emit ConfigUpdate(0, ProtocolVersions.UpdateType.REQUIRED_PROTOCOL_VERSION, abi.encode(value));
        vm.prank(owner);
        versions.setRequired(value);
        assertEq(versions.required(), value);
    }

    function testFuzz_setRecommended(uint256 value) external {
        vm.expectEmit(address(versions));
        emit ConfigUpdate(0, ProtocolVersions.UpdateType.RECOMMENDED_PROTOCOL_VERSION, abi.encode(value));
        vm.prank(owner);
        versions.setRecommended(value);
        assertEq(versions.recommended(), value);
    }

    function testFuzz_set_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        vm.startPrank(who);
        vm.expectRevert("Ownable: caller is not the owner");
        versions.setRequired(1);
        vm.expectRevert("Ownable: caller is not the owner");
        versions.setRecommended(1);
    }
}
