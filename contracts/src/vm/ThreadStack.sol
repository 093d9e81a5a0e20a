// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Calldata} from "src/vm/Calldata.sol";
import {Thread, ThreadFields} from "src/vm/Thread.sol";
import {VmState} from "src/vm/VmState.sol";

/// @title ThreadStack
/// @notice The two stacks of threads, each an onion of hashes: push(root, thread) = K(root ‖ K(thread)). The last thread
///         pushed on the active stack is running; its bytes, and the root below it, are in the call data.
library ThreadStack {
    /// @notice Root of an empty stack, keccak256 of 64 zero bytes.
    bytes32 internal constant EMPTY = 0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5;

    /// @notice True when the stack that is being traversed holds no thread.
    function activeIsEmpty(VmState state) internal pure returns (bool) {
        return state.stack(state.traverseRight()) == EMPTY;
    }

    /// @notice The running thread from the call data, checked against the root of the active stack.
    function running(VmState state) internal pure returns (Thread thread) {
        require(msg.data.length >= Calldata.MEMORY_PROOFS, "MIPS64: insufficient calldata for thread witness");
        thread = ThreadFields.fromCalldata(Calldata.THREAD);
        require(push(innerRoot(), thread) == state.stack(state.traverseRight()), "MIPS64: invalid thread witness");
    }

    /// @notice Puts the running thread back with its changes.
    function replaceRunning(VmState state, Thread thread) internal pure {
        state.setStack(state.traverseRight(), push(innerRoot(), thread));
    }

    /// @notice Moves the running thread, with its changes, to the other stack.
    function preempt(VmState state, Thread thread) internal pure {
        bool other = !state.traverseRight();
        state.setStack(other, push(state.stack(other), thread));
        pop(state);
    }

    /// @notice Removes the running thread. When its stack is then empty the other one is traversed.
    function pop(VmState state) internal pure {
        state.setStack(state.traverseRight(), innerRoot());
        if (activeIsEmpty(state)) state.flipDirection();
        state.setStepsSinceSwitch(0);
    }

    /// @notice Puts a new thread above the running one; the new one runs next.
    function pushNew(VmState state, Thread thread) internal pure {
        bool active = state.traverseRight();
        state.setStack(active, push(state.stack(active), thread));
        state.setStepsSinceSwitch(0);
    }

    /// @notice True when the running thread is the only one in both stacks.
    function runningIsLast(VmState state) internal pure returns (bool) {
        return innerRoot() == EMPTY && state.stack(!state.traverseRight()) == EMPTY;
    }

    function push(bytes32 root, Thread thread) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(root, thread.hash()));
    }

    function innerRoot() private pure returns (bytes32 root) {
        uint256 offset = Calldata.INNER_ROOT;
        assembly ("memory-safe") {
            root := calldataload(offset)
        }
    }
}
