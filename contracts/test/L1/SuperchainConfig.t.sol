// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {SuperchainConfig} from "src/L1/SuperchainConfig.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {Deployment} from "test/Deployment.sol";

contract SuperchainConfigTest is Deployment {
    uint256 private constant EXPIRY = 7_884_000;
    address private constant ID = address(0x1d);

    function test_views() external view {
        assertEq(superchainConfig.version(), "2.4.2");
        assertEq(superchainConfig.initVersion(), 2);
        assertEq(superchainConfig.guardian(), guardian);
        assertEq(superchainConfig.pauseExpiry(), EXPIRY);
        assertFalse(superchainConfig.paused());
    }

    function test_initialize() external {
        SuperchainConfig impl = new SuperchainConfig();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(owner);
        SuperchainConfig made = SuperchainConfig(newProxy());
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(made)), address(impl));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        made.initialize(owner);
        vm.prank(owner);
        vm.expectEmit(address(made));
        emit SuperchainConfig.ConfigUpdate(SuperchainConfig.UpdateType.GUARDIAN, abi.encode(guardian));
        made.initialize(guardian);
        assertEq(uint256(vm.load(address(made), 0)), uint256(uint160(guardian)) << 16 | 2);
    }

    function test_pauseUnpauseExtend() external {
        vm.startPrank(guardian);
        vm.expectRevert(abi.encodeWithSelector(SuperchainConfig.SuperchainConfig_NotAlreadyPaused.selector, ID));
        superchainConfig.extend(ID);
        assertEq(superchainConfig.expiration(ID), 0);
        assertTrue(superchainConfig.pausable(ID));

        vm.expectEmit(address(superchainConfig));
        emit SuperchainConfig.Paused(ID);
        superchainConfig.pause(ID);
        assertTrue(superchainConfig.paused(ID));
        assertFalse(superchainConfig.paused()); // another switch
        assertFalse(superchainConfig.pausable(ID));
        assertEq(superchainConfig.pauseTimestamps(ID), block.timestamp);
        assertEq(superchainConfig.expiration(ID), block.timestamp + EXPIRY);
        vm.expectRevert(abi.encodeWithSelector(SuperchainConfig.SuperchainConfig_AlreadyPaused.selector, ID));
        superchainConfig.pause(ID);

        skip(EXPIRY - 1);
        assertTrue(superchainConfig.paused(ID));
        skip(1);
        assertFalse(superchainConfig.paused(ID));
        // Expired, yet it must be lifted before it can be used again.
        vm.expectRevert(abi.encodeWithSelector(SuperchainConfig.SuperchainConfig_AlreadyPaused.selector, ID));
        superchainConfig.pause(ID);
        vm.expectEmit(address(superchainConfig));
        emit SuperchainConfig.Paused(ID);
        superchainConfig.extend(ID);
        assertTrue(superchainConfig.paused(ID));

        vm.expectEmit(address(superchainConfig));
        emit SuperchainConfig.Unpaused(ID);
        superchainConfig.unpause(ID);
        assertFalse(superchainConfig.paused(ID));
        superchainConfig.unpause(ID); // never refused
        superchainConfig.pause(ID);
    }

    function test_globalPause() external {
        vm.prank(guardian);
        superchainConfig.pause(address(0));
        assertTrue(superchainConfig.paused());
        assertFalse(superchainConfig.paused(ID)); // consumers combine the two
        assertTrue(systemConfig.paused());
    }

    function testFuzz_guardianOnly(address caller) external {
        vm.assume(caller != guardian && caller != address(proxyAdmin));
        vm.startPrank(caller);
        bytes4 reason = SuperchainConfig.SuperchainConfig_OnlyGuardian.selector;
        vm.expectRevert(reason);
        superchainConfig.pause(ID);
        vm.expectRevert(reason);
        superchainConfig.unpause(ID);
        vm.expectRevert(reason);
        superchainConfig.extend(ID);
    }
}
