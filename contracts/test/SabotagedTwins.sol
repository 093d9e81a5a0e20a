// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

/// @notice Whether tests see the faults that they are about.
abstract contract SabotagedTwins is Test {
    /// @notice Runs a test over a subject that lacks nothing, where it has to pass, and over one that lacks a defence, where
    ///         it has to fail.
    /// @param make    Makes a test contract and sets it up, with the defence of that number out of action; 0 is none.
    /// @param missing The defence.
    /// @param test    Call of the test.
    /// @return twin The test contract that lacks the defence, after the test.
    function compare(function(uint256) internal returns (address) make, uint256 missing, bytes memory test)
        internal
        returns (address twin)
    {
        uint256 state = vm.snapshotState();
        (bool passed,) = make(0).call(test);
        assertTrue(passed, "the test fails without a fault");
        vm.revertToState(state);
        twin = make(missing);
        (passed,) = twin.call(test);
        assertFalse(passed, "the test does not see the fault");
    }
}
