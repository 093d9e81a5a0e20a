// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {L1CrossDomainMessenger} from "src/L1/L1CrossDomainMessenger.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {MockSystemConfig} from "test/BridgeTest.sol";
import {MessengerSuite} from "test/universal/MessengerSuite.sol";

/// @notice Takes deposits, and says whose withdrawal it executes.
contract MockPortal {
    address public l2Sender = 0x000000000000000000000000000000000000dEaD;

    function setL2Sender(address sender) external {
        l2Sender = sender;
    }

    function depositTransaction(address, uint256, uint64, bool, bytes calldata) external payable {}
}

contract L1CrossDomainMessengerTest is MessengerSuite {
    MockSystemConfig private config = new MockSystemConfig();
    MockPortal private portal = new MockPortal();
    L1CrossDomainMessenger private l1;

    function setUp() external {
        l1 = L1CrossDomainMessenger(proxied(address(new L1CrossDomainMessenger())));
        vm.prank(owner);
        l1.initialize(ISystemConfig(address(config)), IOptimismPortal2(address(portal)));
        (messenger, twin) = (l1, L2_MESSENGER);
    }

    function asTwin(uint256 value, bytes memory call_) internal override returns (bool success, bytes memory answer) {
        vm.deal(address(portal), value);
        vm.store(address(portal), 0, bytes32(uint256(uint160(L2_MESSENGER)))); // no call: one may be expected
        vm.prank(address(portal));
        (success, answer) = address(messenger).call{value: value, gas: GAS}(call_);
        vm.store(address(portal), 0, bytes32(uint256(uint160(UNSET_SENDER))));
    }

    function blockedTargets() internal view override returns (address, address) {
        return (address(messenger), address(portal));
    }

    function expectTransport(uint256 value, uint64 gasLimit, bytes memory data) internal override {
        vm.expectCall(
            address(portal), value, abi.encodeCall(portal.depositTransaction, (L2_MESSENGER, value, gasLimit, false, data))
        );
    }

    function test_views() external view {
        assertEq(l1.version(), "2.11.1");
        assertEq(l1.initVersion(), 3);
        assertEq(address(l1.portal()), address(portal));
        assertEq(address(l1.PORTAL()), address(portal));
        assertEq(address(l1.systemConfig()), address(config));
        assertEq(address(l1.superchainConfig()), address(0x5c));
        assertEq(address(l1.proxyAdmin()), address(proxyAdmin));
        assertFalse(l1.paused());
    }

    function test_storageLayout_ofL1() external view {
        assertEq(slotOf(address(l1), 0), 3 << 160);
        assertEq(slotOf(address(l1), 252), uint160(address(portal)));
        assertEq(slotOf(address(l1), 254), uint160(address(config)));
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        l1.initialize(ISystemConfig(address(0)), IOptimismPortal2(address(0)));
    }

    function test_initialize_implementation_reverts() external {
        L1CrossDomainMessenger impl = new L1CrossDomainMessenger();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(ISystemConfig(address(0)), IOptimismPortal2(address(0)));
    }

    function testFuzz_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        L1CrossDomainMessenger made = L1CrossDomainMessenger(proxied(address(new L1CrossDomainMessenger())));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(ISystemConfig(address(0)), IOptimismPortal2(address(0)));
    }

    /// @notice An upgrade in the middle of a message leaves its sender in place.
    function test_initialize_keepsSender() external {
        vm.store(address(l1), 0, 0);
        vm.store(address(l1), bytes32(uint256(204)), bytes32(uint256(uint160(alice))));
        vm.prank(owner);
        l1.initialize(ISystemConfig(address(config)), IOptimismPortal2(address(portal)));
        assertEq(l1.xDomainMessageSender(), alice);
    }

    function test_relay_paused_reverts() external {
        config.setPaused(true);
        assertTrue(l1.paused());
        deliveryRefused(message(), 0, text("CrossDomainMessenger: paused"));
    }

    function test_replay_paused_reverts() external {
        Message memory m = message();
        failed(m);
        config.setPaused(true);
        vm.expectRevert("CrossDomainMessenger: paused");
        replay(m);
        config.setPaused(false);
        replay(m);
    }

    function test_sendMessage_paused() external {
        config.setPaused(true);
        l1.sendMessage(bob, "", 0);
    }

    /// @notice A withdrawal by somebody else than the twin.
    function testFuzz_relay_otherL2Sender_reverts(address who) external {
        vm.assume(who != L2_MESSENGER);
        portal.setL2Sender(who);
        vm.expectRevert("CrossDomainMessenger: message cannot be replayed");
        vm.prank(address(portal));
        replay(message());
    }

    /// @notice Somebody who calls while the portal executes a withdrawal of the twin.
    function testFuzz_relay_notPortal_reverts(address who) external {
        vm.assume(who != address(portal) && who != address(proxyAdmin));
        portal.setL2Sender(L2_MESSENGER);
        vm.expectRevert("CrossDomainMessenger: message cannot be replayed");
        vm.prank(who);
        replay(message());
    }
}
