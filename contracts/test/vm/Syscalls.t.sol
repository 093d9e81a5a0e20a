// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {InvalidMemoryProof, InvalidSecondMemoryProof} from "src/vm/MerkleMemory.sol";
import {Machine, ThreadModel} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// @notice Every system call except read, write and fcntl.
/// forge-config: default.fuzz.runs = 50
contract SyscallsTest is StepTest {
    uint64 internal constant MAX = type(uint64).max;
    uint64 internal constant EBADF = 9;
    uint64 internal constant EAGAIN = 11;
    uint64 internal constant EINVAL = 22;

    function call(uint64 number, uint64 a0, uint64 a1, uint64 a2) internal pure returns (Machine memory m) {
        // The code field of the instruction is ignored.
        m = machine(0xabcd << 6 | 0x0c);
        ThreadModel memory t = m.running();
        (t.r[2], t.r[4], t.r[5], t.r[6]) = (number, a0, a1, a2);
    }

    function returned(Machine memory m, uint64 value) internal pure returns (Machine memory post) {
        post = next(m);
        (post.running().r[2], post.running().r[7]) = (value, 0);
    }

    function failed(Machine memory m, uint64 errno) internal pure returns (Machine memory post) {
        post = next(m);
        (post.running().r[2], post.running().r[7]) = (errno, MAX);
    }

    /// @notice The machine after a yield: the only thread has changed sides.
    function yielded(Machine memory m) internal pure returns (Machine memory post) {
        post = returned(m, 0);
        (post.left, post.right) = (post.right, post.left);
        post.traverseRight = 1;
        post.stepsSinceSwitch = 0;
    }

    function expectValue(uint64 number, uint64 a0, uint64 a1, uint64 value) private {
        Machine memory m = call(number, a0, a1, 7);
        expectPost(m, witness(m), returned(m, value));
    }

    function expectErrno(uint64 number, uint64 a0, uint64 a1, uint64 errno) private {
        Machine memory m = call(number, a0, a1, 7);
        expectPost(m, witness(m), failed(m, errno));
    }

    function isKnown(uint64 number) private pure returns (bool) {
        uint16[17] memory active =
            [5000, 5001, 5002, 5009, 5012, 5023, 5034, 5038, 5055, 5058, 5205, 5070, 5178, 5194, 5222, 5284, 5313];
        for (uint256 i = 0; i < active.length; ++i) {
            if (active[i] == number) return true;
        }
        return isNoop(number);
    }

    function isNoop(uint64 number) private pure returns (bool) {
        uint16[31] memory noops = [
            5003,
            5004,
            5005,
            5008,
            5010,
            5011,
            5013,
            5014,
            5015,
            5016,
            5026,
            5027,
            5036,
            5061,
            5087,
            5095,
            5100,
            5102,
            5129,
            5196,
            5208,
            5216,
            5217,
            5220,
            5225,
            5247,
            5257,
            5272,
            5285,
            5287,
            5297
        ];
        for (uint256 i = 0; i < noops.length; ++i) {
            if (noops[i] == number) return true;
        }
        return false;
    }

    function test_everyNumber() public {
        uint256 noops;
        uint256 free;
        assembly {
            free := mload(0x40)
        }
        for (uint64 number = 4990; number < 5530; ++number) {
            // Each machine takes the memory of the one before.
            assembly {
                mstore(0x40, free)
            }
            if (isNoop(number)) {
                expectValue(number, MAX, MAX, 0);
                ++noops;
            } else if (!isKnown(number)) {
                expectUnknown(number);
            }
        }
        assertEq(noops, 31);
        uint64[9] memory others =
            [uint64(0), 3, 4003, 6003, 5003 + (1 << 32), 5003 + (1 << 63), 5003 + 256, 1 << 16, MAX];
        for (uint256 i = 0; i < others.length; ++i) {
            expectUnknown(others[i]);
        }
    }

    function testFuzz_unknownNumber(uint64 number) public {
        vm.assume(!isKnown(number));
        expectUnknown(number);
    }

    function expectUnknown(uint64 number) private {
        Machine memory m = call(number, 1, 2, 3);
        expectFault(m, witness(m), "MIPS64: unimplemented syscall");
    }

    function test_simpleCalls() public {
        expectErrno(5002, 1, 2, EBADF);
        expectValue(5012, 1, 2, 0x4000_0000_0000);
        expectValue(5038, 1, 2, 0);
        expectValue(5178, 1, 2, 3);
        expectErrno(5284, 1, 0x7f, EINVAL);
        expectErrno(5284, 1, 0, EINVAL);
        expectValue(5284, 1, 0x80, 100);
        expectValue(5284, 1, MAX, 100);
    }

    function test_yields() public {
        for (uint256 i = 0; i < 2; ++i) {
            Machine memory m = call(i == 0 ? 5023 : 5034, 1, 2, 3);
            (m.llStatus, m.llAddress, m.llOwner) = (1, 8, 3);
            expectPost(m, witness(m), yielded(m));
        }
    }

    // --- mmap -----------------------------------------------------------------------------------------------------

    function mapped(uint64 heap, uint64 size, bool fits) private {
        Machine memory m = call(5009, 0, size, 7);
        m.heap = heap;
        Machine memory post = fits ? returned(m, heap) : failed(m, EINVAL);
        if (fits) post.heap = uint64(uint256(heap) + (uint256(size) + 4095) / 4096 * 4096);
        expectPost(m, witness(m), post);
    }

    function test_mmap() public {
        uint64 heap = 0x1000_0000_0000;
        mapped(heap, 0, true);
        mapped(heap, 1, true);
        mapped(heap, 4096, true);
        mapped(heap, 4097, true);
        mapped(heap, 0x5000_0000_0000, true);
        mapped(heap, 0x5000_0000_0001, false);
        mapped(heap, MAX, false);
        mapped(heap, MAX - 4095, false);
        mapped(heap, MAX - 4096, false);
        mapped(MAX - 4095, 8192, false);
        mapped(0x6000_0000_0001, 0, false);
    }

    function testFuzz_mmap(uint64 heap, uint64 size) public {
        heap >>= heap % 32;
        size >>= size % 32;
        mapped(heap, size, uint256(heap) + (uint256(size) + 4095) / 4096 * 4096 <= 0x6000_0000_0000);
    }

    function test_mmapOfAnAddressIsNotChecked() public {
        expectValue(5009, 1, MAX, 1);
        expectValue(5009, MAX, 0, MAX);
    }

    // --- threads --------------------------------------------------------------------------------------------------

    function test_clone() public {
        for (uint8 side = 0; side < 2; ++side) {
            Machine memory m = call(5055, 0x50f00, 0x777000, 7);
            m.running().nextPc = 0x9990;
            ThreadModel memory child = m.running().copy();
            (child.id, child.pc, child.nextPc) = (5, 0x9990, 0x9994);
            (child.r[29], child.r[2], child.r[7]) = (0x777000, 0, 0);
            if (side == 1) (m.left, m.right, m.traverseRight) = (m.right, m.left, 1);
            Machine memory post = returned(m, 5);
            if (side == 0) post.left = stack(post.left[0], child);
            else post.right = stack(post.right[0], child);
            post.nextThreadId = 6;
            post.stepsSinceSwitch = 0;
            expectPost(m, witness(m), post);
        }
    }

    function test_cloneWithOtherFlagsEndsTheMachine() public {
        uint64[5] memory flags = [uint64(0), 0x50f01, 0x50e00, 0x50f00 | 1 << 32, MAX];
        for (uint256 i = 0; i < flags.length; ++i) {
            Machine memory m = call(5055, flags[i], 1, 2);
            Machine memory post = m.copy();
            post.step += 1;
            post.stepsSinceSwitch += 1;
            (post.exited, post.exitCode) = (1, 2);
            expectPost(m, witness(m), post);
        }
    }

    function ended(Machine memory m, bool all) private pure returns (Machine memory post) {
        post = m.copy();
        post.step += 1;
        post.stepsSinceSwitch += 1;
        uint8 code = uint8(m.running().r[4] % 256);
        if (all) (post.exited, post.exitCode) = (1, code);
        if (m.running().r[2] == 5058) (post.running().exited, post.running().exitCode) = (1, code);
    }

    function testFuzz_exitOfTheLastThread(uint64 code) public {
        Machine memory m = call(5058, code, 1, 2);
        expectPost(m, witness(m), ended(m, true));
        (m.left, m.right, m.traverseRight) = (m.right, m.left, 1);
        expectPost(m, witness(m), ended(m, true));
    }

    function testFuzz_exitOfOneOfTwoThreads(uint64 code) public {
        Machine memory m = call(5058, code, 1, 2);
        m.right = stack(thread(8));
        expectPost(m, witness(m), ended(m, false));
        m.right = new ThreadModel[](0);
        m.left = stack(thread(8), m.left[0]);
        expectPost(m, witness(m), ended(m, false));
        (m.left, m.right, m.traverseRight) = (m.right, m.left, 1);
        expectPost(m, witness(m), ended(m, false));
    }

    function testFuzz_exitGroup(uint64 code) public {
        Machine memory m = call(5205, code, 1, 2);
        m.right = stack(thread(8));
        expectPost(m, witness(m), ended(m, true));
    }

    // --- futex ----------------------------------------------------------------------------------------------------

    function test_futexWait() public {
        for (uint64 k = 0; k < 8; ++k) {
            uint64 value = k < 4 ? 0x91929394 : 0x95969798;
            // Only the low half of the expected value counts.
            Machine memory m = call(5194, DATA + k, 128, 0xffffffff00000000 | value);
            m.write(DATA, 0x9192939495969798);
            expectPost(m, witness(m, DATA), yielded(m));
            m.running().r[6] = value + 1;
            expectPost(m, witness(m, DATA), failed(m, EAGAIN));
            expectFault(m, witness(m, DATA + 32), InvalidMemoryProof.selector);
            expectFault(m, witness(m), "MIPS64Memory: check that there is enough calldata");
        }
    }

    function test_futexWake() public {
        Machine memory m = call(5194, DATA, 129, 7);
        expectPost(m, witness(m), yielded(m));
    }

    function test_futexOther() public {
        uint64[5] memory operations = [uint64(0), 1, 127, 130, 128 + (1 << 32)];
        for (uint256 i = 0; i < 5; ++i) {
            expectErrno(5194, DATA, operations[i], EINVAL);
        }
    }

    // --- clock_gettime --------------------------------------------------------------------------------------------

    /// @notice Proof of the instruction and of both words, the second after the first write.
    function clockWitness(Machine memory m, uint64 first, uint64 seconds_) private pure returns (bytes memory) {
        Machine memory between = m.copy();
        between.write(first, seconds_);
        unchecked {
            return bytes.concat(witness(m, first), between.proof(first + 8));
        }
    }

    function clock(uint64 id, uint64 addr, uint64 step, uint64 seconds_, uint64 nanoseconds) private {
        Machine memory m = call(5222, id, addr, 7);
        m.step = step - 1;
        m.write(addr / 8 * 8, 0xa1);
        (m.llStatus, m.llAddress, m.llOwner) = (2, 1, 3);
        Machine memory post = returned(m, 0);
        post.write(addr / 8 * 8, seconds_);
        unchecked {
            post.write(addr / 8 * 8 + 8, nanoseconds);
        }
        expectPost(m, clockWitness(m, addr / 8 * 8, seconds_), post);
    }

    function testFuzz_clock(uint64 step, uint64 k) public {
        vm.assume(step > 0);
        clock(1, DATA + k % 32, step, step / 10_000_000, step % 10_000_000 * 100);
        clock(0, DATA + k % 32, step, 0, 0);
    }

    function test_clockAcrossLeaves() public {
        clock(1, DATA + 24, 10_000_001, 1, 100);
        clock(1, DATA + 31, 19_999_999, 1, 999_999_900);
        // Into the code, where the machine goes on with what it has fetched.
        clock(0, PC + 24, 5, 0, 0);
    }

    function test_clockAcrossTheEndOfMemory() public {
        Machine memory m = call(5222, 1, MAX, 7);
        m.step = 20_000_000;
        Machine memory post = returned(m, 0);
        post.write(MAX - 7, 2);
        post.write(0, 100);
        expectPost(m, clockWitness(m, MAX - 7, 2), post);
    }

    function test_clockEndsReservations() public {
        for (uint64 i = 0; i < 3; ++i) {
            Machine memory m = call(5222, 0, DATA, 7);
            (m.llStatus, m.llAddress, m.llOwner) = (2, DATA + 8 * i + 3, 3);
            Machine memory post = returned(m, 0);
            if (i < 2) (post.llStatus, post.llAddress, post.llOwner) = (0, 0, 0);
            expectPost(m, clockWitness(m, DATA, 0), post);
        }
    }

    function test_clockProofs() public {
        Machine memory m = call(5222, 1, DATA, 7);
        m.step = 30_000_000;
        bytes memory good = clockWitness(m, DATA, 3);
        // Against the root before the first write.
        expectFault(m, bytes.concat(witness(m, DATA), m.proof(DATA + 8)), InvalidSecondMemoryProof.selector);
        expectFault(m, witness(m, DATA), "MIPS64Memory: check that there is enough calldata");
        expectFault(m, witness(m), "MIPS64Memory: check that there is enough calldata");
        bytes memory bad = bytes.concat(good);
        bad[330 + 1920] ^= 0x01;
        expectFault(m, bad, InvalidMemoryProof.selector);
        bad = bytes.concat(good);
        bad[330 + 2 * 1920 + 500] ^= 0x01;
        expectFault(m, bad, InvalidSecondMemoryProof.selector);
    }

    function test_otherClocks() public {
        uint64[4] memory clocks = [uint64(2), 3, 1 << 32, MAX];
        for (uint256 i = 0; i < 4; ++i) {
            expectErrno(5222, clocks[i], DATA, EINVAL);
        }
    }

    // --- getrandom ------------------------------------------------------------------------------------------------

    function random(uint64 addr, uint64 count, uint64 step, uint64 word, uint64 expected, uint64 n) private {
        Machine memory m = call(5313, addr, count, 7);
        unchecked {
            m.step = step - 1;
        }
        m.write(addr / 8 * 8, word);
        (m.llStatus, m.llAddress, m.llOwner) = (2, addr, 3);
        Machine memory post = returned(m, n);
        post.write(addr / 8 * 8, expected);
        (post.llStatus, post.llAddress, post.llOwner) = (0, 0, 0);
        expectPost(m, witness(m, addr), post);
    }

    function test_getrandom() public {
        // Outputs of splitmix64 for the steps 0, 1, 2.
        random(DATA, 8, 0, MAX, 0xe220a8397b1dcdaf, 8);
        random(DATA, MAX, 1, 0, 0x910a2dec89025cc1, 8);
        random(DATA, 5, 2, MAX, 0x975835de1cffffff, 5);
        random(DATA + 3, 100, 1, MAX, 0xffffffec89025cc1, 5);
        random(DATA + 3, 2, 1, 0, 0x000000ec89000000, 2);
        random(DATA + 7, 8, 1, 0, 0x00000000000000c1, 1);
        // Nothing asked for is still a write.
        random(DATA, 0, 1, 77, 77, 0);
        random(DATA + 5, 0, 1, 77, 77, 0);
    }

    function test_getrandomNeedsItsProof() public {
        Machine memory m = call(5313, DATA, 0, 7);
        expectFault(m, witness(m), "MIPS64Memory: check that there is enough calldata");
        expectFault(m, bytes.concat(witness(m), new bytes(1920)), InvalidMemoryProof.selector);
    }
}
