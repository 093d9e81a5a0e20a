// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {ETHLockbox} from "src/L1/ETHLockbox.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {Proxy} from "src/universal/Proxy.sol";
import {ProxyAdmin} from "src/universal/ProxyAdmin.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {LockboxTest} from "test/L1/portal/LockboxTest.sol";

contract ETHLockboxTest is LockboxTest {
    bytes4 private immutable NOT_OWNER = ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOwner.selector;
    bytes4 private immutable NOT_SHARED = ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotSharedProxyAdminOwner.selector;
    bytes4 private immutable NOT_ADMIN =
        ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector;

    IOptimismPortal2 private door;

    function setUp() public override {
        super.setUp();
        door = IOptimismPortal2(address(portal));
    }

    /// @notice Gives a proxy of somebody else an implementation, so that it can say who owns it.
    function foreignPortal() private returns (OptimismPortal2 made) {
        ProxyAdmin other = new ProxyAdmin(bob);
        made = OptimismPortal2(payable(address(new Proxy(address(other)))));
        OptimismPortal2 impl = new OptimismPortal2(0);
        vm.prank(bob);
        other.upgrade(payable(address(made)), address(impl));
    }

    function test_views() external view {
        assertEq(lockbox.version(), "1.3.1");
        assertEq(lockbox.initVersion(), 1);
        assertEq(address(lockbox.systemConfig()), address(systemConfig));
        assertEq(address(lockbox.superchainConfig()), address(superchainConfig));
        assertTrue(lockbox.authorizedPortals(door));
        assertFalse(lockbox.authorizedLockboxes(IETHLockbox(address(lockbox))));
        assertFalse(lockbox.paused());
    }

    function test_storageLayout() external view {
        assertEq(uint256(vm.load(address(lockbox), 0)), uint256(uint160(address(systemConfig))) << 16 | 1);
        bytes32 slot = keccak256(abi.encode(address(portal), uint256(1)));
        assertEq(uint256(vm.load(address(lockbox), slot)), 1);
    }

    function test_initialize_implementation_reverts() external {
        ETHLockbox impl = new ETHLockbox();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(ISystemConfig(address(0)), new IOptimismPortal2[](0));
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        lockbox.initialize(ISystemConfig(address(0)), new IOptimismPortal2[](0));
    }

    function test_initialize_stranger_reverts() external {
        ETHLockbox made = ETHLockbox(newProxy());
        ETHLockbox impl = new ETHLockbox();
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(made)), address(impl));
        vm.expectRevert(NOT_ADMIN);
        made.initialize(ISystemConfig(address(systemConfig)), new IOptimismPortal2[](0));
        vm.prank(owner);
        made.initialize(ISystemConfig(address(systemConfig)), new IOptimismPortal2[](0));
    }

    function test_initialize_foreignPortal_reverts() external {
        ETHLockbox made = ETHLockbox(newProxy());
        ETHLockbox impl = new ETHLockbox();
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(made)), address(impl));
        IOptimismPortal2[] memory portals = new IOptimismPortal2[](2);
        portals[0] = door;
        portals[1] = IOptimismPortal2(address(foreignPortal()));
        vm.expectRevert(NOT_SHARED);
        vm.prank(owner);
        made.initialize(ISystemConfig(address(systemConfig)), portals);
    }

    function test_initialize_emits() external {
        ETHLockbox made = ETHLockbox(newProxy());
        ETHLockbox impl = new ETHLockbox();
        vm.expectEmit(address(made));
        emit ETHLockbox.PortalAuthorized(door);
        vm.prank(owner);
        upgrade(address(made), address(impl), lockboxInit(address(portal)));
    }

    function testFuzz_lockETH(uint96 amount) external {
        vm.deal(address(portal), amount);
        vm.expectEmit(address(lockbox));
        emit ETHLockbox.ETHLocked(door, amount);
        vm.prank(address(portal));
        lockbox.lockETH{value: amount}();
        assertEq(address(lockbox).balance, 500 ether + uint256(amount));
    }

    function testFuzz_lockETH_unauthorized_reverts(address who) external {
        vm.assume(who != address(portal) && who != address(proxyAdmin));
        vm.expectRevert(ETHLockbox.ETHLockbox_Unauthorized.selector);
        vm.prank(who);
        lockbox.lockETH();
    }

    function test_lockETH_paused() external {
        pauseAll();
        vm.prank(address(portal));
        lockbox.lockETH{value: 1}();
    }

    function testFuzz_unlockETH(uint256 amount) external {
        amount = bound(amount, 0, 500 ether);
        vm.expectEmit(address(lockbox));
        emit ETHLockbox.ETHUnlocked(door, amount);
        vm.prank(address(portal));
        lockbox.unlockETH(amount);
        assertEq(address(portal).balance, 1000 ether + amount);
        assertEq(address(lockbox).balance, 500 ether - amount);
    }

    /// @notice The portal takes it as a donation, not as a deposit.
    function test_unlockETH_noDeposit() external {
        vm.recordLogs();
        vm.prank(address(portal));
        lockbox.unlockETH(1 ether);
        assertEq(vm.getRecordedLogs().length, 1);
    }

    function test_unlockETH_paused_reverts() external {
        pauseAll();
        vm.expectRevert(ETHLockbox.ETHLockbox_Paused.selector);
        lockbox.unlockETH(501 ether); // also before the caller is looked at
    }

    function test_unlockETH_pausedBySwitchOfLockbox_reverts() external {
        asGuardian();
        superchainConfig.pause(address(lockbox));
        vm.expectRevert(ETHLockbox.ETHLockbox_Paused.selector);
        vm.prank(address(portal));
        lockbox.unlockETH(1);
    }

    function testFuzz_unlockETH_unauthorized_reverts(address who) external {
        vm.assume(who != address(portal) && who != address(proxyAdmin));
        vm.expectRevert(ETHLockbox.ETHLockbox_Unauthorized.selector);
        vm.prank(who);
        lockbox.unlockETH(501 ether); // also before the balance is looked at
    }

    function test_unlockETH_tooMuch_reverts() external {
        vm.store(address(portal), bytes32(uint256(50)), bytes32(uint256(1)));
        vm.expectRevert(ETHLockbox.ETHLockbox_InsufficientBalance.selector);
        vm.prank(address(portal));
        lockbox.unlockETH(500 ether + 1);
    }

    function testFuzz_unlockETH_withinWithdrawal_reverts(address l2Sender) external {
        vm.assume(l2Sender != address(0xdEaD));
        vm.store(address(portal), bytes32(uint256(50)), bytes32(uint256(uint160(l2Sender))));
        vm.expectRevert(ETHLockbox.ETHLockbox_NoWithdrawalTransactions.selector);
        vm.prank(address(portal));
        lockbox.unlockETH(1);
    }

    function test_authorizePortal() external {
        OptimismPortal2 second = secondPortal();
        vm.expectEmit(address(lockbox));
        emit ETHLockbox.PortalAuthorized(IOptimismPortal2(address(second)));
        vm.prank(owner);
        lockbox.authorizePortal(IOptimismPortal2(address(second)));
        assertTrue(lockbox.authorizedPortals(IOptimismPortal2(address(second))));
        // What one locks, another may take out.
        vm.deal(address(second), 5 ether);
        vm.prank(address(second));
        lockbox.lockETH{value: 5 ether}();
        vm.prank(address(portal));
        lockbox.unlockETH(505 ether);
    }

    function test_authorizePortal_again() external {
        vm.prank(owner);
        lockbox.authorizePortal(door);
        assertTrue(lockbox.authorizedPortals(door));
    }

    function testFuzz_authorizePortal_notOwner_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        vm.expectRevert(NOT_OWNER);
        vm.prank(who);
        lockbox.authorizePortal(IOptimismPortal2(address(this)));
    }

    function test_authorizePortal_otherOwner_reverts() external {
        IOptimismPortal2 other = IOptimismPortal2(address(foreignPortal()));
        vm.expectRevert(NOT_SHARED);
        vm.prank(owner);
        lockbox.authorizePortal(other);
    }

    function test_authorizePortal_otherSuperchainConfig_reverts() external {
        OptimismPortal2 second = secondPortal();
        vm.mockCall(address(second), abi.encodeWithSignature("superchainConfig()"), abi.encode(address(0xbad)));
        vm.expectRevert(ETHLockbox.ETHLockbox_DifferentSuperchainConfig.selector);
        vm.prank(owner);
        lockbox.authorizePortal(IOptimismPortal2(address(second)));
    }

    function test_authorizeLockbox() external {
        IETHLockbox second = IETHLockbox(address(deployLockbox(address(0))));
        vm.expectEmit(address(lockbox));
        emit ETHLockbox.LockboxAuthorized(second);
        vm.prank(owner);
        lockbox.authorizeLockbox(second);
        assertTrue(lockbox.authorizedLockboxes(second));
    }

    function testFuzz_authorizeLockbox_notOwner_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        vm.expectRevert(NOT_OWNER);
        vm.prank(who);
        lockbox.authorizeLockbox(IETHLockbox(address(this)));
    }

    function test_authorizeLockbox_otherOwner_reverts() external {
        IETHLockbox other = IETHLockbox(address(foreignPortal())); // whatever it is, it is not ours
        vm.expectRevert(NOT_SHARED);
        vm.prank(owner);
        lockbox.authorizeLockbox(other);
    }

    function test_migrateLiquidity() external {
        ETHLockbox second = deployLockbox(address(0));
        vm.startPrank(owner);
        second.authorizeLockbox(IETHLockbox(address(lockbox)));
        vm.expectEmit(address(second));
        emit ETHLockbox.LiquidityReceived(IETHLockbox(address(lockbox)), 500 ether);
        vm.expectEmit(address(lockbox));
        emit ETHLockbox.LiquidityMigrated(IETHLockbox(address(second)), 500 ether);
        lockbox.migrateLiquidity(IETHLockbox(address(second)));
        assertEq(address(lockbox).balance, 0);
        assertEq(address(second).balance, 500 ether);
    }

    function test_migrateLiquidity_notAuthorizedThere_reverts() external {
        ETHLockbox second = deployLockbox(address(0));
        vm.expectRevert(ETHLockbox.ETHLockbox_Unauthorized.selector);
        vm.prank(owner);
        lockbox.migrateLiquidity(IETHLockbox(address(second)));
    }

    function testFuzz_migrateLiquidity_notOwner_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        vm.expectRevert(NOT_OWNER);
        vm.prank(who);
        lockbox.migrateLiquidity(IETHLockbox(address(this)));
    }

    function test_migrateLiquidity_otherOwner_reverts() external {
        IETHLockbox other = IETHLockbox(address(foreignPortal()));
        vm.expectRevert(NOT_SHARED);
        vm.prank(owner);
        lockbox.migrateLiquidity(other);
    }

    function testFuzz_receiveLiquidity_unauthorized_reverts(address who) external {
        vm.assume(who != address(proxyAdmin));
        vm.expectRevert(ETHLockbox.ETHLockbox_Unauthorized.selector);
        vm.prank(who);
        lockbox.receiveLiquidity();
    }

    function test_plainEther_reverts() external {
        vm.prank(alice);
        (bool success,) = address(lockbox).call{value: 1}("");
        assertFalse(success);
    }
}
