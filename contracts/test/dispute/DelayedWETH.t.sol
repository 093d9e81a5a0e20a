// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {DelayedWETH} from "src/dispute/DelayedWETH.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {WETH98} from "src/universal/WETH98.sol";
import {Deployment} from "test/Deployment.sol";
import {Refuser} from "test/Mocks.sol";

contract DelayedWETHTest is Deployment {
    address private bank = makeAddr("a game");
    address private winner = makeAddr("winner");

    function setUp() public override {
        super.setUp();
        vm.deal(bank, 100 ether);
        vm.prank(bank);
        weth.deposit{value: 50 ether}();
    }

    function request() private view returns (uint256 amount, uint256 timestamp) {
        return weth.withdrawals(bank, winner);
    }

    function test_views() external view {
        assertEq(weth.version(), "1.5.1");
        assertEq(weth.delay(), WETH_DELAY);
        assertEq(address(weth.config()), address(superchainConfig));
        assertEq(address(weth.systemConfig()), address(systemConfig));
        assertEq(weth.name(), "Wrapped Ether");
        assertEq(weth.symbol(), "WETH");
        assertEq(weth.decimals(), 18);
        assertEq(weth.totalSupply(), 50 ether);
        assertEq(weth.initVersion(), 1);
    }

    function test_initialize() external {
        vm.prank(owner);
        vm.expectRevert("Initializable: contract is already initialized");
        weth.initialize(ISystemConfig(address(1)));
        DelayedWETH impl = new DelayedWETH(1);
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(ISystemConfig(address(1)));

        DelayedWETH made = DelayedWETH(newProxy());
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(made)), address(impl));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        made.initialize(ISystemConfig(address(1)));
        vm.prank(owner);
        made.initialize(ISystemConfig(address(1)));
        assertEq(address(made.systemConfig()), address(1));
    }

    function test_withdraw_orderOfChecks() external {
        vm.prank(guardian);
        superchainConfig.pause(address(0));
        vm.startPrank(bank);
        vm.expectRevert("DelayedWETH: contract is paused");
        weth.withdraw(winner, 1);
        vm.stopPrank();
        vm.prank(guardian);
        superchainConfig.unpause(address(0));

        vm.startPrank(bank);
        vm.expectRevert("DelayedWETH: insufficient unlocked withdrawal");
        weth.withdraw(winner, 1);
        vm.expectRevert("DelayedWETH: withdrawal not unlocked");
        weth.withdraw(winner, 0);
        weth.unlock(winner, 10 ether); // not gated by a pause, nor by the balance
        vm.expectRevert("DelayedWETH: insufficient unlocked withdrawal");
        weth.withdraw(winner, 10 ether + 1);
        skip(WETH_DELAY - 1);
        vm.expectRevert("DelayedWETH: withdrawal delay not met");
        weth.withdraw(winner, 10 ether);
        skip(1);
        weth.withdraw(winner, 4 ether);
        assertEq(bank.balance, 54 ether);
        weth.withdraw(winner, 6 ether);
        assertEq(bank.balance, 60 ether);
        assertEq(weth.balanceOf(bank), 40 ether);
        (uint256 amount,) = request();
        assertEq(amount, 0);
    }

    /// @notice Each announcement starts the delay of the whole sub-account again; others are not touched.
    function test_unlock_restartsDelay() external {
        vm.startPrank(bank);
        weth.unlock(winner, 1 ether);
        weth.unlock(owner, 1 ether);
        skip(WETH_DELAY - 1);
        weth.unlock(winner, 2 ether);
        (uint256 amount, uint256 at) = request();
        assertEq(amount, 3 ether);
        assertEq(at, block.timestamp);
        skip(1);
        weth.withdraw(owner, 1 ether);
        vm.expectRevert("DelayedWETH: withdrawal delay not met");
        weth.withdraw(winner, 1 ether);
        skip(WETH_DELAY - 1);
        weth.withdraw(winner, 3 ether);
    }

    function test_withdraw_ownSubAccount() external {
        vm.startPrank(bank);
        weth.unlock(bank, 1 ether);
        skip(WETH_DELAY);
        vm.expectEmit(address(weth));
        emit WETH98.Withdrawal(bank, 1 ether);
        weth.withdraw(1 ether);
    }

    /// @notice Announced but not there: refused without a reason.
    function test_withdraw_moreThanBalance() external {
        vm.startPrank(bank);
        weth.unlock(winner, 51 ether);
        skip(WETH_DELAY);
        vm.expectRevert(bytes(""));
        weth.withdraw(winner, 51 ether);
        weth.withdraw(winner, 50 ether);
    }

    function test_withdraw_ofAnotherAccount() external {
        vm.prank(bank);
        weth.unlock(winner, 1 ether);
        skip(WETH_DELAY);
        vm.prank(winner);
        vm.expectRevert("DelayedWETH: insufficient unlocked withdrawal");
        weth.withdraw(winner, 1 ether);
    }

    function test_unlock_whilePaused() external {
        vm.prank(guardian);
        superchainConfig.pause(address(portal));
        vm.prank(bank);
        weth.unlock(winner, 1 ether);
        skip(WETH_DELAY);
        vm.prank(bank);
        vm.expectRevert("DelayedWETH: contract is paused");
        weth.withdraw(winner, 1 ether);
        vm.prank(guardian);
        superchainConfig.unpause(address(portal));
        vm.prank(bank);
        weth.withdraw(winner, 1 ether);
    }

    function test_hold() external {
        vm.expectRevert("DelayedWETH: not owner");
        weth.hold(bank);
        vm.expectRevert("DelayedWETH: not owner");
        weth.hold(bank, 1);
        vm.startPrank(owner);
        vm.expectEmit(address(weth));
        emit WETH98.Approval(bank, owner, 3 ether);
        vm.expectEmit(address(weth));
        emit WETH98.Transfer(bank, owner, 3 ether);
        weth.hold(bank, 3 ether);
        assertEq(weth.balanceOf(owner), 3 ether);
        assertEq(weth.allowance(bank, owner), 0);
        weth.hold(bank);
        assertEq(weth.balanceOf(owner), 50 ether);
        assertEq(weth.balanceOf(bank), 0);
        vm.expectRevert(bytes(""));
        weth.hold(bank, 1);
    }

    function testFuzz_recover(uint256 wad) external {
        vm.expectRevert("DelayedWETH: not owner");
        weth.recover(wad);
        vm.prank(owner);
        weth.recover(wad);
        assertEq(owner.balance, wad < 50 ether ? wad : 50 ether);
        assertEq(weth.balanceOf(bank), 50 ether);
    }

    function test_recover_refused() external {
        address refuser = address(new Refuser());
        vm.prank(owner);
        proxyAdmin.transferOwnership(refuser);
        vm.prank(refuser);
        vm.expectRevert("DelayedWETH: recover failed");
        weth.recover(1);
    }

    function test_receiveAndFallbackDeposit() external {
        vm.startPrank(bank);
        vm.expectEmit(address(weth));
        emit WETH98.Deposit(bank, 1 ether);
        (bool success,) = address(weth).call{value: 1 ether}("");
        assertTrue(success);
        (success,) = address(weth).call{value: 2 ether}(hex"12345678");
        assertTrue(success);
        assertEq(weth.balanceOf(bank), 53 ether);
    }

    function testFuzz_transferFrom(uint128 allowed, uint128 wad, address spender) external {
        vm.assume(spender != bank && spender != winner && spender != address(proxyAdmin));
        vm.prank(bank);
        assertTrue(weth.approve(spender, allowed));
        vm.prank(spender);
        bool works = wad <= 50 ether && wad <= allowed;
        if (!works) vm.expectRevert(bytes(""));
        weth.transferFrom(bank, winner, wad);
        assertEq(weth.balanceOf(winner), works ? wad : 0);
        assertEq(weth.allowance(bank, spender), works ? allowed - wad : allowed);
        assertEq(weth.balanceOf(bank) + weth.balanceOf(winner), 50 ether);
    }

    function test_transfer_needsNoAllowance() external {
        vm.prank(bank);
        assertTrue(weth.transfer(winner, 1 ether));
        assertEq(weth.balanceOf(winner), 1 ether);
        vm.prank(bank);
        weth.approve(winner, type(uint256).max);
        vm.prank(winner);
        weth.transferFrom(bank, winner, 1 ether);
        assertEq(weth.allowance(bank, winner), type(uint256).max);
    }
}
