// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ResourceMetering} from "src/L1/ResourceMetering.sol";
import {WithdrawalTest} from "test/L1/portal/WithdrawalTest.sol";

/// @notice The market for L2 gas against the formulas of the reference, in numbers that cannot overflow.
contract PortalMeteringTest is WithdrawalTest {
    uint256 private constant TARGET = 2_000_000;
    uint256 private constant LIMIT = 20_000_000;

    function buy(uint64 amount) private {
        vm.prank(alice, alice);
        portal.depositTransaction(target, 0, amount, false, "");
    }

    function store(uint128 price, uint64 bought, uint256 number) private {
        vm.store(
            address(portal), bytes32(uint256(1)), bytes32(number << 192 | uint256(bought) << 128 | uint256(price))
        );
    }

    /// @notice One block later: an eighth of how far the last one was from the target.
    function nextPrice(uint256 price, uint256 bought) private pure returns (uint256 next) {
        if (bought >= TARGET) next = price + price * (bought - TARGET) / (TARGET * 8);
        else next = price - price * (TARGET - bought) / (TARGET * 8);
        if (next < 1 gwei) next = 1 gwei;
    }

    function testFuzz_nextBlock(uint64 price, uint64 bought) external {
        price = uint64(bound(price, 1 gwei, 100 gwei));
        bought = uint64(bound(bought, 0, LIMIT));
        store(price, bought, 500);
        vm.roll(501);
        vm.fee(10_000 gwei); // L1's price is high: nothing is burned
        buy(21_000);
        (uint128 next, uint64 nowBought, uint64 number) = portal.params();
        assertEq(next, nextPrice(price, bought));
        assertEq(nowBought, 21_000);
        assertEq(number, 501);
    }

    /// @notice Empty blocks take an eighth each, to within rounding of the fixed-point power.
    function testFuzz_emptyBlocks(uint64 price, uint64 bought, uint256 blocks) external {
        price = uint64(bound(price, 1 gwei, 1000 gwei));
        bought = uint64(bound(bought, 0, LIMIT));
        blocks = bound(blocks, 2, 40);
        store(price, bought, 500);
        vm.roll(500 + blocks);
        vm.fee(10_000 gwei);
        buy(21_000);
        uint256 expected = nextPrice(price, bought) * 1e9;
        for (uint256 i = 1; i < blocks; i++) {
            expected = expected * 7 / 8;
        }
        expected /= 1e9;
        (uint128 next,,) = portal.params();
        if (expected <= 1 gwei) assertApproxEqAbs(next, 1 gwei, 2);
        else assertApproxEqAbs(next, expected, 2);
    }

    function testFuzz_sameBlock(uint64 first, uint64 second) external {
        first = uint64(bound(first, 21_000, LIMIT));
        second = uint64(bound(second, 21_000, LIMIT));
        vm.fee(10_000 gwei);
        buy(first);
        if (uint256(first) + second > LIMIT) vm.expectRevert(ResourceMetering.OutOfGas.selector);
        buy(second);
        (, uint64 bought,) = portal.params();
        assertEq(bought, uint256(first) + second > LIMIT ? first : first + second);
    }

    /// @notice What is bought is paid in L1 gas, less what the call itself cost.
    function testFuzz_burns(uint64 amount, uint64 price, uint64 l1Price) external {
        amount = uint64(bound(amount, 200_000, 3_000_000));
        price = uint64(bound(price, 1 gwei, 5 gwei));
        l1Price = uint64(bound(l1Price, 0, 20 gwei));
        store(price, 0, block.number);
        vm.fee(l1Price);
        uint256 cost = uint256(amount) * price / (l1Price > 1 gwei ? l1Price : 1 gwei);
        uint256 gasBefore = gasleft();
        buy(amount);
        uint256 used = gasBefore - gasleft();
        if (cost > 100_000) assertApproxEqAbs(used, cost, 40_000);
        else assertLt(used, 150_000);
    }

    function test_price_hasCeiling() external {
        vm.mockCall(
            address(systemConfig),
            abi.encodeWithSignature("resourceConfig()"),
            abi.encode(uint32(20_000_000), uint8(10), uint8(8), uint32(1 gwei), uint32(1_000_000), uint128(1.5 gwei))
        );
        store(1.4 gwei, uint64(LIMIT), 500);
        vm.roll(501);
        vm.fee(10_000 gwei);
        buy(21_000);
        (uint128 next,,) = portal.params();
        assertEq(next, 1.5 gwei);
    }

    /// @notice A deposit that finds no gas left in its block leaves no trace.
    function test_outOfGas_undoesEverything() external {
        uint256 before = address(portal).balance;
        vm.expectRevert(ResourceMetering.OutOfGas.selector);
        vm.prank(alice, alice);
        portal.depositTransaction{value: 1 ether}(target, 0, uint64(LIMIT + 1), false, "");
        assertEq(address(portal).balance, before);
    }
}
