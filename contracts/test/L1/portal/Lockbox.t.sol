// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ETHLockbox} from "src/L1/ETHLockbox.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {PortalWithdrawals} from "src/L1/PortalWithdrawals.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {LockboxTest} from "test/L1/portal/LockboxTest.sol";
import {Refuser} from "test/Mocks.sol";

contract PortalLockboxTest is LockboxTest {
    function test_deposit_locks() external {
        vm.expectEmit(address(lockbox));
        emit ETHLockbox.ETHLocked(portalOf(), 2 ether);
        vm.prank(alice, alice);
        portal.depositTransaction{value: 2 ether}(target, 1, 21_000, false, "");
        assertEq(address(lockbox).balance, 502 ether);
        assertEq(address(portal).balance, 1000 ether);
    }

    function portalOf() private view returns (IOptimismPortal2) {
        return IOptimismPortal2(address(portal));
    }

    function test_deposit_withoutValue_locksNothing() external {
        vm.expectCall(address(lockbox), abi.encodeCall(lockbox.lockETH, ()), 0);
        vm.prank(alice, alice);
        portal.depositTransaction(target, 1, 21_000, false, "");
    }

    function test_deposit_featureOff_portalKeeps() external {
        vm.mockCall(address(systemConfig), abi.encodeCall(systemConfig.isFeatureEnabled, (FEATURE)), abi.encode(false));
        vm.prank(alice, alice);
        portal.depositTransaction{value: 2 ether}(target, 1, 21_000, false, "");
        assertEq(address(lockbox).balance, 500 ether);
    }

    function test_deposit_duringPause_locks() external {
        pauseAll();
        vm.prank(alice, alice);
        portal.depositTransaction{value: 2 ether}(target, 1, 21_000, false, "");
        assertEq(address(lockbox).balance, 502 ether);
    }

    function test_finalize_unlocks() external {
        (Sent memory sent,) = ready(target, 3 ether, 50_000, "");
        vm.expectEmit(address(lockbox));
        emit ETHLockbox.ETHUnlocked(portalOf(), 3 ether);
        finalize(sent);
        assertEq(target.balance, 3 ether);
        assertEq(address(lockbox).balance, 497 ether);
        assertEq(address(portal).balance, 1000 ether);
    }

    function test_finalize_withoutValue_unlocksNothing() external {
        (Sent memory sent,) = ready(target, 0, 50_000, "");
        vm.expectCall(address(lockbox), abi.encodePacked(lockbox.unlockETH.selector), 0);
        finalize(sent);
    }

    function test_finalize_failure_locksAgain() external {
        (Sent memory sent,) = ready(address(new Refuser()), 3 ether, 50_000, "");
        vm.expectEmit(address(lockbox));
        emit ETHLockbox.ETHLocked(portalOf(), 3 ether);
        finalize(sent);
        assertEq(address(lockbox).balance, 500 ether);
        assertEq(address(portal).balance, 1000 ether);
    }

    function test_finalize_moreThanTheLockboxHas_reverts() external {
        (Sent memory sent,) = ready(target, 501 ether, 50_000, "");
        vm.expectRevert(ETHLockbox.ETHLockbox_InsufficientBalance.selector);
        finalize(sent);
        vm.deal(address(lockbox), 501 ether);
        finalize(sent); // it was not used up
        assertEq(target.balance, 501 ether);
    }

    function test_finalize_featureOff_portalPays() external {
        (Sent memory sent,) = ready(target, 3 ether, 50_000, "");
        vm.mockCall(address(systemConfig), abi.encodeCall(systemConfig.isFeatureEnabled, (FEATURE)), abi.encode(false));
        finalize(sent);
        assertEq(address(lockbox).balance, 500 ether);
        assertEq(address(portal).balance, 997 ether);
    }

    function test_finalize_unauthorizedPortal_reverts() external {
        ETHLockbox other = deployLockbox(address(0));
        vm.deal(address(other), 10 ether);
        storeLockbox(address(other));
        (Sent memory sent,) = ready(target, 3 ether, 50_000, "");
        vm.expectRevert(ETHLockbox.ETHLockbox_Unauthorized.selector);
        finalize(sent);
    }

    function test_finalize_targetLockbox_reverts() external {
        Sent memory sent = send(address(lockbox), 0, 0, abi.encodeCall(lockbox.unlockETH, (1 ether)));
        (, uint256 index) = proposed(sent.root);
        vm.expectRevert(PortalWithdrawals.OptimismPortal_BadTarget.selector);
        prove(alice, sent, index);
    }

    function test_pause_byLockbox() external {
        asGuardian();
        superchainConfig.pause(address(portal));
        assertFalse(portal.paused());
        asGuardian();
        superchainConfig.pause(address(lockbox));
        assertTrue(portal.paused());
        assertTrue(lockbox.paused());
    }

    // Initialization

    function test_initialize_keepsLockbox() external {
        reinitialize(address(0));
        assertEq(address(portal.ethLockbox()), address(lockbox));
    }

    function test_initialize_replacesLockbox() external {
        reinitialize(address(0x10c));
        assertEq(address(portal.ethLockbox()), address(0x10c));
    }

    /// @notice An upgrade in the middle of a withdrawal must not open the door for others.
    function test_initialize_keepsSenderAndMetering() external {
        vm.store(address(portal), bytes32(uint256(50)), bytes32(uint256(uint160(sender))));
        bytes32 market = vm.load(address(portal), bytes32(uint256(1)));
        vm.roll(12_345);
        reinitialize(address(0));
        assertEq(portal.l2Sender(), sender);
        assertEq(vm.load(address(portal), bytes32(uint256(1))), market);
    }

    // Migration to a shared game

    function setInterop() private {
        setFeature("INTEROP", true);
    }

    function test_migrateLiquidity() external {
        setInterop();
        vm.expectEmit(address(portal));
        emit OptimismPortal2.ETHMigrated(address(lockbox), 1000 ether);
        vm.prank(owner);
        portal.migrateLiquidity();
        assertEq(address(portal).balance, 0);
        assertEq(address(lockbox).balance, 1500 ether);
    }

    function test_migrateLiquidity_nothing() external {
        setInterop();
        vm.deal(address(portal), 0);
        vm.prank(owner);
        portal.migrateLiquidity();
        assertEq(address(lockbox).balance, 500 ether);
    }

    function test_migrateLiquidity_withoutInterop_reverts() external {
        vm.expectRevert(OptimismPortal2.OptimismPortal_NotUsingInterop.selector);
        portal.migrateLiquidity(); // also before the caller is looked at
    }

    function test_migrateLiquidity_withoutLockbox_reverts() external {
        setInterop();
        vm.mockCall(address(systemConfig), abi.encodeCall(systemConfig.isFeatureEnabled, (FEATURE)), abi.encode(false));
        vm.expectRevert(OptimismPortal2.OptimismPortal_NotUsingInterop.selector);
        vm.prank(owner);
        portal.migrateLiquidity();
    }

    function testFuzz_migrateLiquidity_notOwner_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        setInterop();
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOwner.selector);
        vm.prank(who);
        portal.migrateLiquidity();
    }

    function migrate(address newLockbox, address newRegistry) private {
        vm.prank(owner);
        portal.migrateToSharedDisputeGame(IETHLockbox(newLockbox), IAnchorStateRegistry(newRegistry));
    }

    function test_migrateToSharedDisputeGame() external {
        setInterop();
        vm.expectEmit(address(portal));
        emit OptimismPortal2.PortalMigrated(
            IETHLockbox(address(lockbox)),
            IETHLockbox(address(0x10c)),
            IAnchorStateRegistry(address(registry)),
            IAnchorStateRegistry(address(0xa52))
        );
        migrate(address(0x10c), address(0xa52));
        assertEq(address(portal.ethLockbox()), address(0x10c));
        assertEq(address(portal.anchorStateRegistry()), address(0xa52));
    }

    /// @notice The same lockbox is fine: a chain may take to super roots alone.
    function test_migrateToSharedDisputeGame_sameLockbox() external {
        setInterop();
        migrate(address(lockbox), address(0xa52));
        assertEq(address(portal.ethLockbox()), address(lockbox));
    }

    function test_migrateToSharedDisputeGame_withoutInterop_reverts() external {
        pauseAll();
        vm.expectRevert(OptimismPortal2.OptimismPortal_NotUsingInterop.selector);
        portal.migrateToSharedDisputeGame(IETHLockbox(address(1)), IAnchorStateRegistry(address(2)));
    }

    function test_migrateToSharedDisputeGame_paused_reverts() external {
        setInterop();
        pauseAll();
        vm.expectRevert(PortalWithdrawals.OptimismPortal_CallPaused.selector);
        portal.migrateToSharedDisputeGame(IETHLockbox(address(1)), IAnchorStateRegistry(address(2)));
    }

    function testFuzz_migrateToSharedDisputeGame_notOwner_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        setInterop();
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOwner.selector);
        vm.prank(who);
        portal.migrateToSharedDisputeGame(IETHLockbox(address(1)), IAnchorStateRegistry(address(registry)));
    }

    function test_migrateToSharedDisputeGame_sameRegistry_reverts() external {
        setInterop();
        vm.expectRevert(OptimismPortal2.OptimismPortal_MigratingToSameRegistry.selector);
        migrate(address(0x10c), address(registry));
    }

    /// @notice Proofs of before name games that the new registry does not know.
    function test_migrateToSharedDisputeGame_oldProofs_refused() external {
        (Sent memory sent,) = ready(target, 3 ether, 50_000, "");
        setInterop();
        address other = makeAddr("registry");
        vm.mockCall(other, abi.encodeWithSignature("isGameClaimValid(address)"), abi.encode(false));
        migrate(address(lockbox), other);
        vm.expectRevert(PortalWithdrawals.OptimismPortal_InvalidRootClaim.selector);
        finalize(sent);
    }
}
