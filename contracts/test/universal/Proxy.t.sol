// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {Proxy} from "src/universal/Proxy.sol";
import {Slots} from "src/universal/Slots.sol";

interface ITarget {
    function set(uint256 value) external payable returns (uint256);
    function get() external view returns (uint256);
    function fail() external;
    function admin() external view returns (address);
}

contract Target {
    uint256 private value;

    error Failed(uint256 code);

    function set(uint256 value_) external payable returns (uint256) {
        value = value_;
        return value_ + 1;
    }

    function get() external view returns (uint256) {
        return value;
    }

    function fail() external pure {
        revert Failed(7);
    }

    /// @dev Hidden behind the proxy's own function for the admin only.
    function admin() external pure returns (address) {
        return address(0x7a26e7);
    }

    receive() external payable {
        value = msg.value;
    }
}

contract ProxyTest is Test {
    address private admin = makeAddr("admin");
    address private user = makeAddr("user");
    Target private target = new Target();
    Proxy private proxy = new Proxy(admin);

    function setUp() external {
        vm.prank(admin);
        proxy.upgradeTo(address(target));
        vm.deal(user, 10 ether);
        vm.deal(admin, 10 ether);
    }

    function test_slots() external view {
        assertEq(Slots.PROXY_ADMIN, bytes32(uint256(keccak256("eip1967.proxy.admin")) - 1));
        assertEq(Slots.PROXY_IMPLEMENTATION, bytes32(uint256(keccak256("eip1967.proxy.implementation")) - 1));
        assertEq(vm.load(address(proxy), Slots.PROXY_ADMIN), bytes32(uint256(uint160(admin))));
        assertEq(vm.load(address(proxy), Slots.PROXY_IMPLEMENTATION), bytes32(uint256(uint160(address(target)))));
    }

    function test_events() external {
        vm.expectEmit();
        emit Proxy.AdminChanged(address(0), admin);
        Proxy made = new Proxy(admin);
        vm.startPrank(admin);
        vm.expectEmit(address(made));
        emit Proxy.Upgraded(address(target));
        made.upgradeTo(address(target));
        vm.expectEmit(address(made));
        emit Proxy.AdminChanged(admin, user);
        made.changeAdmin(user);
    }

    function testFuzz_delegates(address caller, uint256 value, uint64 wei_) external {
        vm.assume(caller != admin && caller != address(0));
        vm.deal(caller, wei_);
        vm.prank(caller);
        assertEq(ITarget(address(proxy)).set{value: wei_}(value % 1e30), value % 1e30 + 1);
        assertEq(ITarget(address(proxy)).get(), value % 1e30);
        assertEq(target.get(), 0);
        assertEq(address(proxy).balance, wei_);
    }

    function test_delegatesPlainEther() external {
        vm.prank(user);
        (bool success,) = address(proxy).call{value: 3}("");
        assertTrue(success);
        assertEq(ITarget(address(proxy)).get(), 3);
    }

    function test_revertsBubble() external {
        vm.expectRevert(abi.encodeWithSelector(Target.Failed.selector, 7));
        ITarget(address(proxy)).fail();
    }

    /// @notice The zero address reads as the admin does: no account has it, but eth_call does by default.
    function test_whoIsAnswered() external {
        vm.prank(admin);
        assertEq(proxy.admin(), admin);
        vm.prank(address(0));
        assertEq(proxy.admin(), admin);
        vm.prank(address(0));
        assertEq(proxy.implementation(), address(target));
        vm.prank(user);
        assertEq(proxy.admin(), address(0x7a26e7));
    }

    function testFuzz_othersCannotUpgrade(address caller) external {
        vm.assume(caller != admin && caller != address(0));
        bytes[4] memory calls = [
            abi.encodeCall(Proxy.upgradeTo, (user)),
            abi.encodeCall(Proxy.upgradeToAndCall, (user, "")),
            abi.encodeCall(Proxy.changeAdmin, (user)),
            abi.encodeCall(Proxy.implementation, ())
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            vm.prank(caller);
            (bool success,) = address(proxy).call(calls[i]);
            assertFalse(success); // the target has no such function
        }
        assertEq(vm.load(address(proxy), Slots.PROXY_IMPLEMENTATION), bytes32(uint256(uint160(address(target)))));
        assertEq(vm.load(address(proxy), Slots.PROXY_ADMIN), bytes32(uint256(uint160(admin))));
    }

    function test_upgradeToAndCall() external {
        Proxy made = new Proxy(admin);
        vm.startPrank(admin);
        bytes memory returned = made.upgradeToAndCall{value: 2}(address(target), abi.encodeCall(Target.set, (41)));
        assertEq(abi.decode(returned, (uint256)), 42);
        assertEq(address(made).balance, 2);
        vm.expectRevert("Proxy: delegatecall to new implementation contract failed");
        made.upgradeToAndCall(address(target), abi.encodeCall(Target.fail, ()));
        vm.stopPrank();
        assertEq(ITarget(address(made)).get(), 41);
    }

    function test_noImplementation() external {
        Proxy made = new Proxy(admin);
        vm.expectRevert("Proxy: implementation not initialized");
        ITarget(address(made)).get();
        vm.expectRevert("Proxy: implementation not initialized");
        made.implementation();
    }
}
