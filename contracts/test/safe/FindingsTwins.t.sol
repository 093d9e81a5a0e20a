// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {LivenessGuard} from "src/safe/LivenessGuard.sol";
import {SabotagedTwins} from "test/SabotagedTwins.sol";
import {LivenessGuardTest} from "test/safe/Liveness.t.sol";

/// @notice What is out of action in a guard.
enum Missing {
    NOTHING,
    KINDS_OF_SIGNATURES,
    DEPTH_OF_TRANSACTIONS,
    CHANGES_OF_OWNERS
}

/// @notice Stands in the place of a guard, whose functions cannot be overridden, and hands every call on to its code, in the
///         same storage, but without one of its defences.
contract DefencelessGuard {
    address private immutable CODE;
    Missing private immutable MISSING;

    constructor(address code, Missing missing) {
        (CODE, MISSING) = (code, missing);
    }

    fallback() external {
        bytes memory data = msg.data;
        bool starts = msg.sig == LivenessGuard.checkTransaction.selector;
        bool ends = msg.sig == LivenessGuard.checkAfterExecution.selector;
        if (MISSING == Missing.KINDS_OF_SIGNATURES && starts) _allOverTheHash(data);
        if (MISSING == Missing.CHANGES_OF_OWNERS && ends) return;
        if (MISSING == Missing.DEPTH_OF_TRANSACTIONS && ends) {
            // Each end is taken for that of the outermost transaction: the guard's only transient word says 1.
            assembly ("memory-safe") {
                tstore(0, 1)
            }
        }
        (bool success, bytes memory result) = CODE.delegatecall(data);
        assembly ("memory-safe") {
            if success { return(add(result, 32), mload(result)) }
            revert(add(result, 32), mload(result))
        }
    }

    /// @dev Makes every signature, in the tenth argument, one over the hash itself.
    function _allOverTheHash(bytes memory data) private pure {
        uint256 at;
        uint256 length;
        assembly ("memory-safe") {
            at := add(4, mload(add(data, 324)))
            length := mload(add(add(data, 32), at))
        }
        for (uint256 i = 64; i < length; i += 65) {
            uint8 v = uint8(data[at + 32 + i]);
            if (v <= 1) data[at + 32 + i] = bytes1(uint8(27));
            if (v > 30) data[at + 32 + i] = bytes1(v - 4);
        }
    }
}

/// @notice The tests of the guard, over one that lacks something. No test contract: it takes an argument.
contract Defenceless is LivenessGuardTest {
    Missing private immutable MISSING;

    constructor(Missing missing) {
        MISSING = missing;
    }

    function setUp() public override {
        super.setUp();
        address code = address(new LivenessGuard(safe));
        vm.etch(address(guard), address(new DefencelessGuard(code, MISSING)).code);
    }
}

/// @notice Each test of R-31 sees the fault that it is about: over a guard that lacks the defence it fails, over one that
///         lacks nothing it does not.
contract SafeFindingsTwins is SabotagedTwins {
    LivenessGuardTest private t;

    function make(uint256 missing) private returns (address) {
        Defenceless made = new Defenceless(Missing(missing));
        made.setUp();
        return address(made);
    }

    function check(Missing missing, bytes memory test) private {
        compare(make, uint256(missing), test);
    }

    function test_R31_kindsOfSignatures_sabotaged() external {
        check(Missing.KINDS_OF_SIGNATURES, abi.encodeCall(t.test_R31_kindsOfSignatures, ()));
    }

    function test_R31_reentrantExecution_sabotaged() external {
        check(Missing.DEPTH_OF_TRANSACTIONS, abi.encodeCall(t.test_R31_reentrantExecutionMarksOnlySigners, ()));
    }

    function test_R31_reentrantChangeOfOwners_sabotaged() external {
        check(Missing.CHANGES_OF_OWNERS, abi.encodeCall(t.test_R31_reentrantChangeOfOwners, ()));
    }
}
