// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {L2StandardBridge} from "src/L2/L2StandardBridge.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {StandardBridge} from "src/universal/StandardBridge.sol";
import {BridgeSuite, LegacyToken, MockMessenger} from "test/universal/BridgeSuite.sol";

contract L2StandardBridgeTest is BridgeSuite {
    address private constant ETHER = 0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000;

    L2StandardBridge private l2;

    function setUp() external {
        vm.etch(L2_MESSENGER, address(new MockMessenger()).code);
        messenger = MockMessenger(payable(L2_MESSENGER));
        predeployed(L2_BRIDGE, address(new L2StandardBridge()));
        l2 = L2StandardBridge(payable(L2_BRIDGE));
        twin = makeAddr("bridge on L1");
        vm.prank(owner);
        l2.initialize(twin);
        bridge = l2;
        prepare();
    }

    function expectETHInitiated(address from, address to, uint256 amount, bytes memory data) internal override {
        vm.expectEmit(address(l2));
        emit L2StandardBridge.WithdrawalInitiated(address(0), ETHER, from, to, amount, data);
        vm.expectEmit(address(l2));
        emit StandardBridge.ETHBridgeInitiated(from, to, amount, data);
    }

    function expectETHFinalized(address from, address to, uint256 amount, bytes memory data) internal override {
        vm.expectEmit(address(l2));
        emit L2StandardBridge.DepositFinalized(address(0), ETHER, from, to, amount, data);
        vm.expectEmit(address(l2));
        emit StandardBridge.ETHBridgeFinalized(from, to, amount, data);
    }

    function expectERC20Initiated(address local, address remote, address from, address to, uint256 amount, bytes memory data)
        internal
        override
    {
        vm.expectEmit(address(l2));
        emit L2StandardBridge.WithdrawalInitiated(remote, local, from, to, amount, data);
        vm.expectEmit(address(l2));
        emit StandardBridge.ERC20BridgeInitiated(local, remote, from, to, amount, data);
    }

    function expectERC20Finalized(address local, address remote, address from, address to, uint256 amount, bytes memory data)
        internal
        override
    {
        vm.expectEmit(address(l2));
        emit L2StandardBridge.DepositFinalized(remote, local, from, to, amount, data);
        vm.expectEmit(address(l2));
        emit StandardBridge.ERC20BridgeFinalized(local, remote, from, to, amount, data);
    }

    function test_views() external view {
        assertEq(l2.version(), "1.13.2");
        assertEq(l2.l1TokenBridge(), twin);
        assertEq(l2.proxyAdminOwner(), owner);
        assertEq(slotOf(L2_BRIDGE, 0), 1);
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        l2.initialize(bob);
    }

    function test_initialize_implementation_reverts() external {
        L2StandardBridge impl = new L2StandardBridge();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(bob);
    }

    function testFuzz_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        L2StandardBridge made = L2StandardBridge(proxied(address(new L2StandardBridge())));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(twin);
    }

    // The first names

    function test_withdraw_ether() external {
        expectETHInitiated(alice, alice, 5, DATA);
        expectSent(ethMessage(alice, alice, 5, DATA), 7, 5);
        vm.prank(alice, alice);
        l2.withdraw{value: 5}(ETHER, 5, 7, DATA);
    }

    function testFuzz_withdraw_etherOtherValue_reverts(uint64 value, uint64 amount) external {
        vm.assume(value != amount);
        vm.expectRevert("StandardBridge: bridging ETH must include sufficient ETH value");
        vm.prank(alice, alice);
        l2.withdraw{value: value}(ETHER, amount, 0, "");
    }

    function test_withdrawTo_ether() external {
        expectETHInitiated(address(this), bob, 5, DATA);
        expectSent(ethMessage(address(this), bob, 5, DATA), 7, 5);
        l2.withdrawTo{value: 5}(ETHER, bob, 5, 7, DATA);
    }

    function test_withdraw_byContract_reverts() external {
        vm.expectRevert("StandardBridge: function can only be called from an EOA");
        l2.withdraw{value: 5}(ETHER, 5, 0, "");
    }

    function test_withdraw_token() external {
        mintTo(alice, 10);
        expectERC20Initiated(address(mintable), REMOTE, alice, alice, 5, DATA);
        expectSent(erc20Message(REMOTE, address(mintable), alice, alice, 5, DATA), 7, 0);
        vm.prank(alice, alice);
        l2.withdraw(address(mintable), 5, 7, DATA);
        assertEq(mintable.balanceOf(alice), 5);
    }

    function test_withdrawTo_token() external {
        mintTo(address(this), 10);
        expectERC20Initiated(address(mintable), REMOTE, address(this), bob, 5, DATA);
        l2.withdrawTo(address(mintable), bob, 5, 7, DATA);
    }

    function test_withdraw_legacyToken() external {
        LegacyToken legacy = new LegacyToken(REMOTE);
        legacy.mint(alice, 10);
        expectERC20Initiated(address(legacy), REMOTE, alice, alice, 5, DATA);
        vm.prank(alice, alice);
        l2.withdraw(address(legacy), 5, 7, DATA);
    }

    function test_withdraw_tokenWithValue_reverts() external {
        mintTo(alice, 10);
        vm.expectRevert("StandardBridge: cannot send value");
        vm.prank(alice, alice);
        l2.withdraw{value: 1}(address(mintable), 5, 7, DATA);
    }

    /// @notice A token without a remote one has to be named by `bridgeERC20`.
    function test_withdraw_plainToken_reverts() external {
        vm.expectRevert();
        vm.prank(alice, alice);
        l2.withdraw(address(token), 5, 7, DATA);
    }
}
