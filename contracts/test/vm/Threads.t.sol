// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Machine, ThreadModel} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// @notice Scheduling: quantum, removal of exited threads, order of threads.
contract ThreadsTest is StepTest {
    uint64 private constant QUANTUM = 100_000;
    uint32 private constant NOP = 0;

    function test_quantumPreemptsWithoutAnInstruction() public {
        Machine memory m = machine(NOP);
        m.left = stack(thread(3), thread(4));
        m.stepsSinceSwitch = QUANTUM;
        // Nothing is fetched: neither the address of the instruction nor its proof matters.
        m.running().pc = 2;
        Machine memory post = m.copy();
        post.step += 1;
        post.stepsSinceSwitch = 0;
        post.left = stack(m.left[0]);
        post.right = stack(m.left[1]);
        expectPost(m, m.threadWitness(), post);
        m.stepsSinceSwitch = type(uint64).max;
        expectPost(m, m.threadWitness(), post);
    }

    function test_oneStepBeforeTheQuantum() public {
        Machine memory m = machine(NOP);
        m.stepsSinceSwitch = QUANTUM - 1;
        expectPost(m, witness(m), next(m));
    }

    function test_quantumWithOneThreadFlipsTheDirection() public {
        Machine memory m = machine(NOP);
        m.stepsSinceSwitch = QUANTUM;
        Machine memory post = m.copy();
        post.step += 1;
        post.stepsSinceSwitch = 0;
        post.traverseRight = 1;
        (post.left, post.right) = (new ThreadModel[](0), m.left);
        expectPost(m, m.threadWitness(), post);

        // And back.
        post.stepsSinceSwitch = QUANTUM;
        Machine memory back = m.copy();
        back.step += 2;
        back.stepsSinceSwitch = 0;
        expectPost(post, post.threadWitness(), back);
    }

    function test_preemptionFromTheRightStack() public {
        Machine memory m = machine(NOP);
        m.traverseRight = 1;
        m.right = stack(thread(4), thread(5));
        m.stepsSinceSwitch = QUANTUM;
        Machine memory post = m.copy();
        post.step += 1;
        post.stepsSinceSwitch = 0;
        post.left = stack(m.left[0], m.right[1]);
        post.right = stack(m.right[0]);
        expectPost(m, m.threadWitness(), post);
    }

    function test_preemptionKeepsTheReservation() public {
        Machine memory m = machine(NOP);
        (m.llStatus, m.llAddress, m.llOwner) = (1, DATA, 3);
        m.stepsSinceSwitch = QUANTUM;
        Machine memory post = m.copy();
        post.step += 1;
        post.stepsSinceSwitch = 0;
        post.traverseRight = 1;
        (post.left, post.right) = (post.right, post.left);
        expectPost(m, m.threadWitness(), post);
    }

    function test_exitedThreadIsRemoved() public {
        Machine memory m = machine(NOP);
        m.left = stack(thread(3), thread(4));
        // Any value but 0 counts, and the quantum does not matter.
        for (uint8 exited = 1; exited < 3; ++exited) {
            m.running().exited = exited;
            m.stepsSinceSwitch = exited == 1 ? 77 : QUANTUM;
            Machine memory post = m.copy();
            post.step += 1;
            post.stepsSinceSwitch = 0;
            post.left = stack(m.left[0]);
            expectPost(m, m.threadWitness(), post);
        }
    }

    function test_lastExitedThreadOfASideTurnsTheDirection() public {
        for (uint8 side = 0; side < 2; ++side) {
            Machine memory m = machine(NOP);
            m.left = stack(thread(3));
            m.right = stack(thread(4));
            m.traverseRight = side;
            m.running().exited = 1;
            Machine memory post = m.copy();
            post.step += 1;
            post.stepsSinceSwitch = 0;
            post.traverseRight = 1 - side;
            if (side == 0) post.left = new ThreadModel[](0);
            else post.right = new ThreadModel[](0);
            expectPost(m, m.threadWitness(), post);
        }
    }

    function test_removalOfTheLastThreadIsAFault() public {
        Machine memory m = machine(NOP);
        m.running().exited = 1;
        expectFault(m, m.threadWitness(), "MIPS64: post-state active thread stack is empty");
    }

    /// @notice Threads 0 to 3, each step a preemption: 0 1 2 3 3 2 1 0 0 1 …
    function test_orderOfThreads() public {
        Machine memory m = machine(NOP);
        m.left = new ThreadModel[](4);
        for (uint64 i = 0; i < 4; ++i) {
            m.left[3 - i] = thread(i);
        }
        uint64[10] memory order = [uint64(0), 1, 2, 3, 3, 2, 1, 0, 0, 1];
        for (uint256 i = 0; i < order.length; ++i) {
            assertEq(m.running().id, order[i], "running thread");
            m.stepsSinceSwitch = QUANTUM;
            Machine memory post = preempted(m);
            expectPost(m, m.threadWitness(), post);
            m = post;
        }
    }

    function preempted(Machine memory m) private pure returns (Machine memory post) {
        post = m.copy();
        post.step += 1;
        post.stepsSinceSwitch = 0;
        bool right = m.traverseRight != 0;
        (ThreadModel[] memory from, ThreadModel[] memory to) = right ? (m.right, m.left) : (m.left, m.right);
        ThreadModel[] memory less = new ThreadModel[](from.length - 1);
        ThreadModel[] memory more = new ThreadModel[](to.length + 1);
        for (uint256 i = 0; i < less.length; ++i) {
            less[i] = from[i];
        }
        for (uint256 i = 0; i < to.length; ++i) {
            more[i] = to[i];
        }
        more[to.length] = from[less.length];
        (post.left, post.right) = right ? (more, less) : (less, more);
        if (less.length == 0) post.traverseRight = right ? 0 : 1;
    }
}
