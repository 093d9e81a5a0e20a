// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {InvalidMemoryProof} from "src/vm/MerkleMemory.sol";
import {Machine} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// @notice Loads and stores. Expected values are put together byte by byte: memory is the bytes m[0..7], a register the
///         bytes r[0..7], both with the most significant byte first.
/// forge-config: default.fuzz.runs = 50
contract LoadStoreTest is StepTest {
    function at(uint64 word, uint256 i) private pure returns (uint8) {
        return uint8(bytes8(word)[i]);
    }

    function put(uint64 word, uint256 i, uint8 value) private pure returns (uint64) {
        uint64 shift = uint64(56 - 8 * i);
        return word - (uint64(at(word, i)) << shift) + (uint64(value) << shift);
    }

    /// @notice The bytes first … first + n - 1 of `word` as a number, extended by `fill` when the first has its high bit.
    function number(uint64 word, uint256 first, uint256 n, bool extend) private pure returns (uint64 value) {
        if (extend && at(word, first) >= 128) value = type(uint64).max;
        for (uint256 i = 0; i < n; ++i) {
            value = value << 8 | at(word, first + i);
        }
    }

    function access(uint32 opcode, uint64 ea, int16 offset, uint64 word, uint64 value)
        private
        pure
        returns (Machine memory m, Machine memory post)
    {
        m = machine(immediate(opcode, 8, 9, uint16(offset)));
        unchecked {
            m.running().r[8] = ea - uint64(int64(offset));
        }
        m.running().r[9] = value;
        m.write(ea / 8 * 8, word);
        m.write(ea / 8 * 8 ^ 8, ~word);
        post = next(m);
    }

    function load(uint32 opcode, uint64 ea, int16 offset, uint64 word, uint64 value, uint64 expected) private {
        (Machine memory m, Machine memory post) = access(opcode, ea, offset, word, value);
        post.running().r[9] = expected;
        expectPost(m, witness(m, ea), post);
    }

    function store(uint32 opcode, uint64 ea, int16 offset, uint64 word, uint64 value, uint64 expected) private {
        (Machine memory m, Machine memory post) = access(opcode, ea, offset, word, value);
        post.write(ea / 8 * 8, expected);
        expectPost(m, witness(m, ea), post);
    }

    function address_(uint64 seed) private pure returns (uint64 ea) {
        ea = uint64(uint256(keccak256(abi.encode(seed))));
        // Not the instruction's own words.
        if (ea >> 5 == PC >> 5) ea ^= 1 << 40;
    }

    function testFuzz_loads(uint64 seed, int16 offset, uint64 word, uint64 value) public {
        uint64 ea = address_(seed);
        uint256 k = ea % 8;
        load(0x20, ea, offset, word, value, number(word, k, 1, true));
        load(0x24, ea, offset, word, value, number(word, k, 1, false));
        load(0x21, ea, offset, word, value, number(word, k / 2 * 2, 2, true));
        load(0x25, ea, offset, word, value, number(word, k / 2 * 2, 2, false));
        load(0x23, ea, offset, word, value, number(word, k / 4 * 4, 4, true));
        load(0x27, ea, offset, word, value, number(word, k / 4 * 4, 4, false));
        load(0x37, ea, offset, word, value, word);
    }

    function testFuzz_unalignedLoads(uint64 seed, int16 offset, uint64 word, uint64 value) public {
        uint64 ea = address_(seed);
        uint256 k = ea % 8;
        uint256 q = ea % 4;
        uint256 half = k - q;
        uint64 expected = value;
        // lwl: memory from ea to the end of its 4 bytes goes to the left end of the lower half.
        for (uint256 i = q; i < 4; ++i) {
            expected = put(expected, 4 + i - q, at(word, half + i));
        }
        load(0x22, ea, offset, word, value, number(expected, 4, 4, true));
        // lwr: memory from the start of its 4 bytes to ea goes to the right end.
        expected = value;
        for (uint256 i = 0; i <= q; ++i) {
            expected = put(expected, 7 - q + i, at(word, half + i));
        }
        load(0x26, ea, offset, word, value, q == 3 ? number(expected, 4, 4, true) : expected);
        expected = value;
        for (uint256 i = k; i < 8; ++i) {
            expected = put(expected, i - k, at(word, i));
        }
        load(0x1a, ea, offset, word, value, expected);
        expected = value;
        for (uint256 i = 0; i <= k; ++i) {
            expected = put(expected, 7 - k + i, at(word, i));
        }
        load(0x1b, ea, offset, word, value, expected);
    }

    function testFuzz_stores(uint64 seed, int16 offset, uint64 word, uint64 value) public {
        uint64 ea = address_(seed);
        uint256 k = ea % 8;
        uint256[3] memory widths = [uint256(1), 2, 4];
        uint32[3] memory opcodes = [uint32(0x28), 0x29, 0x2b];
        for (uint256 j = 0; j < 3; ++j) {
            uint64 expected = word;
            for (uint256 i = 0; i < widths[j]; ++i) {
                expected = put(expected, k / widths[j] * widths[j] + i, at(value, 8 - widths[j] + i));
            }
            store(opcodes[j], ea, offset, word, value, expected);
        }
        store(0x3f, ea, offset, word, value, value);
    }

    function testFuzz_unalignedStores(uint64 seed, int16 offset, uint64 word, uint64 value) public {
        uint64 ea = address_(seed);
        uint256 k = ea % 8;
        uint256 q = ea % 4;
        uint256 half = k - q;
        uint64 expected = word;
        for (uint256 i = q; i < 4; ++i) {
            expected = put(expected, half + i, at(value, 4 + i - q));
        }
        store(0x2a, ea, offset, word, value, expected);
        expected = word;
        for (uint256 i = 0; i <= q; ++i) {
            expected = put(expected, half + i, at(value, 7 - q + i));
        }
        store(0x2e, ea, offset, word, value, expected);
        expected = word;
        for (uint256 i = k; i < 8; ++i) {
            expected = put(expected, i, at(value, i - k));
        }
        store(0x2c, ea, offset, word, value, expected);
        expected = word;
        for (uint256 i = 0; i <= k; ++i) {
            expected = put(expected, i, at(value, 7 - k + i));
        }
        store(0x2d, ea, offset, word, value, expected);
    }

    function test_loadToRegisterZero() public {
        Machine memory m = machine(immediate(0x37, 8, 0, 0));
        m.running().r[8] = DATA;
        m.write(DATA, 7);
        expectPost(m, witness(m, DATA), next(m));
    }

    function test_storeIntoTheInstructionItself() public {
        Machine memory m = machine(immediate(0x3f, 8, 9, 0));
        m.running().r[8] = PC;
        m.running().r[9] = 42;
        Machine memory post = next(m);
        post.write(PC, 42);
        expectPost(m, witness(m, PC), post);
    }

    function test_instructionFromTheLowHalf() public {
        Machine memory m = machine(0);
        m.running().pc = PC + 4;
        m.running().nextPc = PC + 8;
        m.write(PC, 0xffffffff00000000 | special(0x2d, 8, 9, 10, 0));
        Machine memory post = next(m);
        unchecked {
            post.running().r[10] = m.running().r[8] + m.running().r[9];
        }
        expectPost(m, witness(m), post);
    }

    function test_addressWraps() public {
        load(0x37, 0, -8, 77, 0, 77);
        load(0x37, type(uint64).max - 7, 8, 78, 0, 78);
    }

    function test_everyByteOfTheProofCounts() public {
        (Machine memory m,) = access(0x37, DATA, 0, 1, 2);
        bytes memory good = witness(m, DATA);
        for (uint256 i = 330; i < good.length; i += 97) {
            bytes memory bad = bytes.concat(good);
            bad[i] ^= 0x01;
            expectFault(m, bad, InvalidMemoryProof.selector);
        }
    }

    function test_proofOfAnotherAddress() public {
        (Machine memory m,) = access(0x37, DATA, 0, 1, 2);
        expectFault(m, witness(m, DATA + 32), InvalidMemoryProof.selector);
    }

    function test_missingProof() public {
        (Machine memory m,) = access(0x37, DATA, 0, 1, 2);
        expectFault(m, witness(m), "MIPS64Memory: check that there is enough calldata");
    }

    /// @notice Unknown opcodes from 0x20 on prove their word first.
    function test_unknownMemoryOpcodes() public {
        uint32[9] memory opcodes = [uint32(0x2f), 0x31, 0x32, 0x33, 0x35, 0x36, 0x39, 0x3a, 0x3b];
        for (uint256 i = 0; i < opcodes.length; ++i) {
            unknown(opcodes[i]);
        }
        unknown(0x3d);
        unknown(0x3e);
    }

    function unknown(uint32 opcode) private {
        (Machine memory m,) = access(opcode, DATA, 0, 1, 2);
        expectFault(m, witness(m, DATA), "MIPS64: invalid instruction");
        expectFault(m, witness(m), "MIPS64Memory: check that there is enough calldata");
        expectFault(m, witness(m, DATA + 32), InvalidMemoryProof.selector);
    }
}
