// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {L1StandardBridge} from "src/L1/L1StandardBridge.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {StandardBridge} from "src/universal/StandardBridge.sol";
import {MockSystemConfig} from "test/BridgeTest.sol";
import {BridgeSuite, MockMessenger} from "test/universal/BridgeSuite.sol";

contract L1StandardBridgeTest is BridgeSuite {
    MockSystemConfig private config = new MockSystemConfig();
    L1StandardBridge private l1;

    function setUp() external {
        messenger = new MockMessenger();
        l1 = L1StandardBridge(proxied(address(new L1StandardBridge())));
        vm.prank(owner);
        l1.initialize(ICrossDomainMessenger(address(messenger)), ISystemConfig(address(config)));
        (bridge, twin) = (l1, L2_BRIDGE);
        prepare();
    }

    function expectETHInitiated(address from, address to, uint256 amount, bytes memory data) internal override {
        vm.expectEmit(address(l1));
        emit L1StandardBridge.ETHDepositInitiated(from, to, amount, data);
        vm.expectEmit(address(l1));
        emit StandardBridge.ETHBridgeInitiated(from, to, amount, data);
    }

    function expectETHFinalized(address from, address to, uint256 amount, bytes memory data) internal override {
        vm.expectEmit(address(l1));
        emit L1StandardBridge.ETHWithdrawalFinalized(from, to, amount, data);
        vm.expectEmit(address(l1));
        emit StandardBridge.ETHBridgeFinalized(from, to, amount, data);
    }

    function expectERC20Initiated(address local, address remote, address from, address to, uint256 amount, bytes memory data)
        internal
        override
    {
        vm.expectEmit(address(l1));
        emit L1StandardBridge.ERC20DepositInitiated(local, remote, from, to, amount, data);
        vm.expectEmit(address(l1));
        emit StandardBridge.ERC20BridgeInitiated(local, remote, from, to, amount, data);
    }

    function expectERC20Finalized(address local, address remote, address from, address to, uint256 amount, bytes memory data)
        internal
        override
    {
        vm.expectEmit(address(l1));
        emit L1StandardBridge.ERC20WithdrawalFinalized(local, remote, from, to, amount, data);
        vm.expectEmit(address(l1));
        emit StandardBridge.ERC20BridgeFinalized(local, remote, from, to, amount, data);
    }

    function test_views() external view {
        assertEq(l1.version(), "2.8.2");
        assertEq(l1.initVersion(), 3);
        assertEq(l1.l2TokenBridge(), L2_BRIDGE);
        assertEq(address(l1.systemConfig()), address(config));
        assertEq(address(l1.superchainConfig()), address(0x5c));
        assertEq(l1.proxyAdminOwner(), owner);
    }

    function test_storageLayout_ofL1() external view {
        assertEq(slotOf(address(l1), 0), 3);
        assertEq(slotOf(address(l1), 52), uint160(address(config)));
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        l1.initialize(ICrossDomainMessenger(address(0)), ISystemConfig(address(0)));
    }

    function test_initialize_implementation_reverts() external {
        L1StandardBridge impl = new L1StandardBridge();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(ICrossDomainMessenger(address(0)), ISystemConfig(address(0)));
    }

    function testFuzz_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        L1StandardBridge made = L1StandardBridge(proxied(address(new L1StandardBridge())));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(ICrossDomainMessenger(address(0)), ISystemConfig(address(0)));
    }

    // The first names

    function test_depositETH() external {
        expectETHInitiated(alice, alice, 5, DATA);
        expectSent(ethMessage(alice, alice, 5, DATA), 7, 5);
        vm.prank(alice, alice);
        l1.depositETH{value: 5}(7, DATA);
    }

    function test_depositETH_byContract_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from an EOA");
        l1.depositETH{value: 5}(7, DATA);
    }

    function test_depositETHTo() external {
        expectETHInitiated(address(this), bob, 5, DATA);
        expectSent(ethMessage(address(this), bob, 5, DATA), 7, 5);
        l1.depositETHTo{value: 5}(bob, 7, DATA);
    }

    function test_depositERC20() external {
        expectERC20Initiated(address(token), REMOTE, alice, alice, 5, DATA);
        expectSent(erc20Message(REMOTE, address(token), alice, alice, 5, DATA), 7, 0);
        vm.prank(alice, alice);
        l1.depositERC20(address(token), REMOTE, 5, 7, DATA);
    }

    function test_depositERC20_byContract_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from an EOA");
        l1.depositERC20(address(token), REMOTE, 5, 7, DATA);
    }

    function test_depositERC20To() external {
        expectERC20Initiated(address(token), REMOTE, alice, bob, 5, DATA);
        expectSent(erc20Message(REMOTE, address(token), alice, bob, 5, DATA), 7, 0);
        vm.prank(alice);
        l1.depositERC20To(address(token), REMOTE, bob, 5, 7, DATA);
    }

    function test_finalizeETHWithdrawal() external {
        expectETHFinalized(alice, bob, 5, DATA);
        execute(5, abi.encodeCall(l1.finalizeETHWithdrawal, (alice, bob, 5, DATA)));
        assertEq(bob.balance, 5);
    }

    function test_finalizeETHWithdrawal_notTwin_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from the other bridge");
        l1.finalizeETHWithdrawal(alice, bob, 0, "");
    }

    function test_finalizeERC20Withdrawal() external {
        expectERC20Finalized(address(mintable), REMOTE, alice, bob, 5, DATA);
        execute(0, abi.encodeCall(l1.finalizeERC20Withdrawal, (address(mintable), REMOTE, alice, bob, 5, DATA)));
        assertEq(mintable.balanceOf(bob), 5);
    }

    function test_finalizeERC20Withdrawal_notTwin_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from the other bridge");
        l1.finalizeERC20Withdrawal(address(mintable), REMOTE, alice, bob, 5, "");
    }

    // The pause

    function test_finalizeBridgeETH_paused_reverts() external {
        config.setPaused(true);
        assertTrue(l1.paused());
        executeRefused(1, ethMessage(alice, bob, 2, ""), "StandardBridge: paused"); // before the value is looked at
    }

    function test_finalizeBridgeERC20_paused_reverts() external {
        config.setPaused(true);
        executeRefused(0, erc20Message(address(mintable), address(0xbad), alice, bob, 5, ""), "StandardBridge: paused");
    }

    function test_initiation_paused() external {
        config.setPaused(true);
        vm.startPrank(alice, alice);
        l1.bridgeETH{value: 1}(0, "");
        l1.bridgeERC20(address(token), REMOTE, 1, 0, "");
    }
}
