// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Machine} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// forge-config: default.fuzz.runs = 50
contract BranchesTest is StepTest {
    uint64 private constant MAX = type(uint64).max;

    /// @notice Runs a branch with offset -3 and expects it taken or not; `link` tells whether r31 is written.
    function branch(uint32 opcode, uint32 rt, uint64 s, uint64 t, bool taken, bool link) private {
        Machine memory m = machine(immediate(opcode, 8, rt, uint16(uint256(int256(-3)))));
        (m.running().r[8], m.running().r[9]) = (s, t);
        Machine memory post = next(m);
        if (taken) post.running().nextPc = PC + 4 - 12;
        if (link) post.running().r[31] = PC + 8;
        expectPost(m, witness(m), post);
    }

    function testFuzz_branches(uint64 s, uint64 t) public {
        bool negative = s >> 63 == 1;
        branch(4, 9, s, t, s == t, false);
        branch(4, 9, s, s, true, false);
        branch(5, 9, s, t, s != t, false);
        branch(5, 9, s, s, false, false);
        branch(6, 9, s, t, negative || s == 0, false);
        branch(7, 9, s, t, !negative && s != 0, false);
        branch(1, 0x00, s, t, negative, false);
        branch(1, 0x01, s, t, !negative, false);
        branch(1, 0x10, s, t, negative, true);
        branch(1, 0x11, s, t, !negative, true);
    }

    function test_branchesAtZero() public {
        branch(6, 0, 0, 0, true, false);
        branch(7, 0, 0, 0, false, false);
        branch(1, 0x00, 0, 0, false, false);
        branch(1, 0x01, 0, 0, true, false);
        branch(1, 0x10, 0, 0, false, true);
        branch(1, 0x11, 0, 0, true, true);
        // The comparison has 64 bits.
        branch(4, 9, 1 << 32, 0, false, false);
        branch(7, 9, 1 << 32, 0, true, false);
    }

    function test_linkIsWrittenAfterTheComparison() public {
        // bltzal r31: taken by the old, negative value.
        Machine memory m = machine(immediate(1, 31, 0x10, 4));
        m.running().r[31] = MAX;
        Machine memory post = next(m);
        post.running().nextPc = PC + 4 + 16;
        post.running().r[31] = PC + 8;
        expectPost(m, witness(m), post);
    }

    function test_otherCodesOfRegimmAreNeverTaken() public {
        for (uint32 rt = 0; rt < 32; ++rt) {
            if (rt < 2 || rt == 0x10 || rt == 0x11) continue;
            branch(1, rt, MAX, 0, false, false);
            branch(1, rt, 0, 0, false, false);
        }
    }

    function testFuzz_jumps(uint32 index, uint64 region) public {
        index %= 1 << 26;
        region = region & 0xfffffffff0000000;
        for (uint32 opcode = 2; opcode < 4; ++opcode) {
            Machine memory m = machine(0);
            m.running().pc = region + 0x100;
            m.running().nextPc = region + 0x104;
            m.write(region + 0x100, uint64(opcode << 26 | index) << 32);
            Machine memory post = next(m);
            post.running().nextPc = region + 4 * uint64(index);
            if (opcode == 3) post.running().r[31] = region + 0x108;
            expectPost(m, witness(m), post);
        }
    }

    function test_jumpTakesTheRegionOfItsDelaySlot() public {
        Machine memory m = machine(0);
        m.running().pc = 0x1fffffffc;
        m.running().nextPc = 0x200000000;
        m.write(0x1fffffff8, 2 << 26 | 5);
        Machine memory post = next(m);
        post.running().nextPc = 0x200000014;
        expectPost(m, witness(m), post);
    }

    function testFuzz_jumpRegister(uint64 target) public {
        for (uint32 funct = 8; funct < 10; ++funct) {
            Machine memory m = machine(special(funct, 8, 0, 10, 0));
            m.running().r[8] = target;
            Machine memory post = next(m);
            post.running().nextPc = target;
            if (funct == 9) post.running().r[10] = PC + 8;
            expectPost(m, witness(m), post);
        }
        // jalr r8, r8: the target is the old value.
        Machine memory same = machine(special(9, 8, 0, 8, 0));
        same.running().r[8] = target;
        Machine memory after_ = next(same);
        after_.running().nextPc = target;
        after_.running().r[8] = PC + 8;
        expectPost(same, witness(same), after_);
    }

    function test_jalrWithoutLink() public {
        Machine memory m = machine(special(9, 8, 0, 0, 0));
        Machine memory post = next(m);
        post.running().nextPc = m.running().r[8];
        expectPost(m, witness(m), post);
    }

    function test_noneMayStandInADelaySlot() public {
        uint32[10] memory insns = [
            immediate(1, 8, 0, 4),
            immediate(1, 8, 0x1f, 4),
            immediate(4, 8, 9, 4),
            immediate(5, 8, 9, 4),
            immediate(6, 8, 0, 4),
            immediate(7, 8, 0, 4),
            uint32(2 << 26),
            uint32(3 << 26),
            special(8, 8, 0, 0, 0),
            special(9, 8, 0, 10, 0)
        ];
        for (uint256 i = 0; i < insns.length; ++i) {
            Machine memory m = machine(insns[i]);
            m.running().nextPc = PC + 8;
            expectFault(m, witness(m), i < 6 ? "MIPS64: branch in delay slot" : "MIPS64: jump in delay slot");
        }
    }

    function test_delaySlotGoesToTheTarget() public {
        Machine memory m = machine(special(0x2d, 8, 9, 0, 0));
        m.running().nextPc = 0x5550;
        Machine memory post = next(m);
        assertEq(post.running().pc, 0x5550);
        assertEq(post.running().nextPc, 0x5554);
        expectPost(m, witness(m), post);
    }
}
