// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {SafeCall} from "src/libraries/SafeCall.sol";

contract Caller {
    function call(address target, uint256 gasLimit, uint256 value, bytes memory data) external payable returns (bool) {
        return SafeCall.call(target, gasLimit, value, data);
    }

    function callWithMinGas(address target, uint256 minGas, uint256 value, bytes memory data)
        external
        payable
        returns (bool)
    {
        return SafeCall.callWithMinGas(target, minGas, value, data);
    }

    function hasMinGas(uint256 minGas, uint256 reserved) external view returns (bool, uint256) {
        return (SafeCall.hasMinGas(minGas, reserved), gasleft());
    }
}

/// @notice Notes with how much gas it was called; returns a megabyte to those who copy it.
contract GasMeter {
    uint256 public gasAtEntry;
    bytes public received;

    receive() external payable {}

    fallback() external payable {
        gasAtEntry = gasleft();
        received = msg.data;
    }
}

contract Flooder {
    receive() external payable {}

    fallback() external payable {
        assembly {
            return(0, 1000000)
        }
    }
}

contract SafeCallTest is Test {
    Caller private caller = new Caller();
    GasMeter private meter = new GasMeter();

    function test_call_passesDataAndValue() external {
        assertTrue(caller.call{value: 5}(address(meter), 1_000_000, 5, hex"c0ffee"));
        assertEq(meter.received(), hex"c0ffee");
        assertEq(address(meter).balance, 5);
        assertLe(meter.gasAtEntry(), 1_000_000 + 2300);
        assertGt(meter.gasAtEntry(), 999_000);
    }

    function test_call_failure() external {
        vm.mockCallRevert(address(meter), bytes(hex"01"), bytes("reason"));
        assertFalse(caller.call(address(meter), gasleft(), 0, hex"01"));
        assertFalse(caller.call(address(meter), gasleft(), 1, "")); // no such balance
    }

    function test_call_noCode() external {
        assertTrue(caller.call{value: 1}(makeAddr("nobody"), 0, 1, hex"01"));
        assertEq(makeAddr("nobody").balance, 1);
    }

    /// @notice What a target returns is not copied: the caller pays for no memory.
    function test_call_returnsNotCopied() external {
        address flooder = address(new Flooder());
        uint256 gasBefore = gasleft();
        assertTrue(caller.call(flooder, gasleft(), 0, hex"01"));
        uint256 once = gasBefore - gasleft(); // the target's own expansion of a megabyte
        gasBefore = gasleft();
        (bool success, bytes memory copied) = flooder.call(hex"01");
        assertTrue(success);
        assertEq(copied.length, 1_000_000);
        assertLt(once + 1_000_000, gasBefore - gasleft());
    }

    function test_callWithMinGas_reverts() external {
        vm.expectRevert("SafeCall: Not enough gas");
        caller.callWithMinGas{gas: 500_000}(address(meter), 500_000, 0, hex"01");
    }

    /// @notice Whenever the call is made, it gets what was asked for.
    function testFuzz_callWithMinGas(uint256 minGas, uint256 gasGiven) external {
        minGas = bound(minGas, 50_000, 2_000_000);
        gasGiven = bound(gasGiven, 60_000, 3_000_000);
        try caller.callWithMinGas{gas: gasGiven}(address(meter), minGas, 0, hex"01") returns (bool success) {
            assertTrue(success);
            assertGe(meter.gasAtEntry() + 100, minGas); // what its dispatcher used
        } catch (bytes memory reason) {
            assertEq(reason, abi.encodeWithSignature("Error(string)", "SafeCall: Not enough gas"));
            assertLt(gasGiven * 63, minGas * 64 + 63 * 50_000);
        }
    }

    /// @notice 63 gas >= 64 minGas + 63 (40,000 + reserved), wrapping.
    function testFuzz_hasMinGas(uint256 minGas, uint256 reserved, uint256 gasGiven) external view {
        gasGiven = bound(gasGiven, 100_000, 30_000_000);
        minGas = bound(minGas, 0, 40_000_000);
        reserved = bound(reserved, 0, 100_000);
        (bool enough, uint256 left) = caller.hasMinGas{gas: gasGiven}(minGas, reserved);
        uint256 needed = minGas * 64 + 63 * (40_000 + reserved);
        if (left * 63 >= needed) assertTrue(enough);
        else if ((left + 200) * 63 < needed) assertFalse(enough); // between the two reads of the gas
    }

    function test_hasMinGas_wraps() external view {
        (bool enough,) = caller.hasMinGas(1 << 250, 0); // times 64: 0
        assertTrue(enough);
        (enough,) = caller.hasMinGas(1 << 249, 0);
        assertFalse(enough);
    }
}
