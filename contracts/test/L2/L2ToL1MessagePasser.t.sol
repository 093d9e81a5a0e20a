// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {L2ToL1MessagePasser} from "src/L2/L2ToL1MessagePasser.sol";

contract L2ToL1MessagePasserTest is Test {
    L2ToL1MessagePasser private passer = new L2ToL1MessagePasser();
    address private alice = makeAddr("alice");

    function setUp() external {
        vm.deal(alice, 1000 ether);
    }

    function hashOf(uint256 nonce, address target, uint256 value, uint256 gas, bytes memory data)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(nonce, alice, target, value, gas, data));
    }

    function expectMessage(uint256 counter, address target, uint256 value, uint256 gas, bytes memory data)
        private
        returns (bytes32 hash)
    {
        uint256 nonce = 1 << 240 | counter;
        hash = hashOf(nonce, target, value, gas, data);
        vm.expectEmit(address(passer));
        emit L2ToL1MessagePasser.MessagePassed(nonce, alice, target, value, gas, data, hash);
    }

    function testFuzz_initiate(address target, uint64 value, uint256 gas, bytes calldata data) external {
        for (uint256 i = 0; i < 3; i++) {
            assertFalse(passer.sentMessages(hashOf(1 << 240 | i, target, value, gas, data)));
            bytes32 hash = expectMessage(i, target, value, gas, data);
            vm.prank(alice);
            passer.initiateWithdrawal{value: value}(target, gas, data);
            assertTrue(passer.sentMessages(hash));
            // The slot that is proven on L1: mapping at slot 0.
            assertEq(uint256(vm.load(address(passer), keccak256(abi.encode(hash, uint256(0))))), 1);
        }
        assertEq(passer.messageNonce(), 1 << 240 | 3);
        assertEq(address(passer).balance, uint256(value) * 3);
    }

    function test_receive() external {
        expectMessage(0, alice, 5, 100_000, "");
        vm.prank(alice);
        (bool success,) = address(passer).call{value: 5}("");
        assertTrue(success);
    }

    function test_burn() external {
        vm.prank(alice);
        passer.initiateWithdrawal{value: 7 ether}(alice, 0, "");
        vm.expectEmit(address(passer));
        emit L2ToL1MessagePasser.WithdrawerBalanceBurnt(7 ether);
        passer.burn();
        assertEq(address(passer).balance, 0);
    }

    function test_nonceWraps() external {
        vm.store(address(passer), bytes32(uint256(1)), bytes32(uint256(type(uint240).max)));
        vm.prank(alice);
        passer.initiateWithdrawal(alice, 0, "");
        assertEq(passer.messageNonce(), 1 << 240);
    }

    function test_views() external view {
        assertEq(passer.version(), "1.2.0");
        assertEq(passer.MESSAGE_VERSION(), 1);
        assertEq(passer.messageNonce(), 1 << 240);
    }
}
