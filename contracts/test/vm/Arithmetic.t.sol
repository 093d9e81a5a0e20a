// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Machine} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// @notice SPECIAL, SPECIAL2 and immediates. Expected values are computed in 256 bits from the mathematical definition.
/// forge-config: default.fuzz.runs = 50
contract ArithmeticTest is StepTest {
    uint64 private constant MAX = type(uint64).max;
    uint64 private constant MIN64 = 1 << 63;
    uint64 private constant MIN32 = 0xffffffff80000000;

    /// @notice The 64-bit pattern of a 32-bit result.
    function sx(uint256 value) private pure returns (uint64) {
        value %= 2 ** 32;
        return uint64(value < 2 ** 31 ? value : value + 2 ** 64 - 2 ** 32);
    }

    function signed(uint64 value) private pure returns (int256) {
        return value < MIN64 ? int256(uint256(value)) : int256(uint256(value)) - 2 ** 64;
    }

    function signed32(uint64 value) private pure returns (int256) {
        return signed(sx(value));
    }

    function low64(int256 value) private pure returns (uint64) {
        return uint64(uint256(value) % 2 ** 64);
    }

    /// @notice floor(value / 2^amount)
    function floorShift(int256 value, uint256 amount) private pure returns (int256) {
        int256 divisor = int256(2 ** amount);
        return value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
    }

    function r3(uint32 funct, uint64 s, uint64 t, uint64 expected) private {
        expectRegister(special(funct, 8, 9, 10, 0), s, t, 10, expected);
    }

    function imm(uint32 opcode, uint16 value, uint64 s, uint64 expected) private {
        expectRegister(immediate(opcode, 8, 10, value), s, 0, 10, expected);
    }

    function testFuzz_threeRegisters(uint64 s, uint64 t) public {
        uint256 sum = uint256(s) + t;
        uint256 difference = 2 ** 64 + uint256(s) - t;
        r3(0x20, s, t, sx(sum));
        r3(0x21, s, t, sx(sum));
        r3(0x22, s, t, sx(difference));
        r3(0x23, s, t, sx(difference));
        r3(0x2c, s, t, uint64(sum % 2 ** 64));
        r3(0x2d, s, t, uint64(sum % 2 ** 64));
        r3(0x2e, s, t, uint64(difference % 2 ** 64));
        r3(0x2f, s, t, uint64(difference % 2 ** 64));
        r3(0x2a, s, t, signed(s) < signed(t) ? 1 : 0);
        r3(0x2b, s, t, s < t ? 1 : 0);
        r3(0x0f, s, t, s);
        r3(0x0a, s, t == 0 ? 1 : t, uint64(uint256(keccak256(abi.encode(uint64(3), uint64(10))))));
        r3(0x0a, s, 0, s);
        r3(0x0b, s, t == 0 ? 1 : t, s);
        r3(0x0b, s, 0, uint64(uint256(keccak256(abi.encode(uint64(3), uint64(10))))));
        expectRegister(special(0x3c, 8, 9, 10, 0), s, t, 10, uint64(uint256(t) * 2 ** 32 % 2 ** 64));
    }

    function testFuzz_logic(uint64 s, uint64 t) public {
        uint64[4] memory bits;
        for (uint256 i = 0; i < 64; ++i) {
            uint64 bit = uint64(1) << uint64(i);
            (bool a, bool b) = (s & bit != 0, t & bit != 0);
            if (a && b) bits[0] |= bit;
            if (a || b) bits[1] |= bit;
            if (a != b) bits[2] |= bit;
            if (!a && !b) bits[3] |= bit;
        }
        for (uint32 i = 0; i < 4; ++i) {
            r3(0x24 + i, s, t, bits[i]);
        }
    }

    function testFuzz_shifts(uint64 s, uint64 t, uint8 amount) public {
        uint32 sa = amount % 32;
        uint256 low = t % 2 ** 32;
        uint32[6] memory functs = [uint32(0x00), 0x02, 0x03, 0x38, 0x3a, 0x3b];
        uint64[6] memory expected = [
            sx(low << sa),
            sx(low >> sa),
            low64(floorShift(signed32(t), sa)),
            uint64((uint256(t) << sa) % 2 ** 64),
            uint64(uint256(t) / 2 ** sa),
            low64(floorShift(signed(t), sa))
        ];
        // The rs field, reserved, makes a rotate of a right shift; it is executed as the shift.
        for (uint256 i = 0; i < 6; ++i) {
            expectRegister(special(functs[i], i % 2 == 0 ? 0 : 1, 9, 10, sa), s, t, 10, expected[i]);
        }
        expectRegister(special(0x3c, 0, 9, 10, sa), s, t, 10, uint64((uint256(t) << (sa + 32)) % 2 ** 64));
        expectRegister(special(0x3e, 0, 9, 10, sa), s, t, 10, uint64(uint256(t) / 2 ** (sa + 32)));
        expectRegister(special(0x3f, 0, 9, 10, sa), s, t, 10, low64(floorShift(signed(t), sa + 32)));
    }

    function testFuzz_shiftsByRegister(uint64 s, uint64 t) public {
        uint256 low = t % 2 ** 32;
        r3(0x04, s, t, sx(low << (s % 32)));
        r3(0x06, s, t, sx(low >> (s % 32)));
        r3(0x07, s, t, low64(floorShift(signed32(t), s % 32)));
        r3(0x14, s, t, uint64((uint256(t) << (s % 64)) % 2 ** 64));
        r3(0x16, s, t, uint64(uint256(t) >> (s % 64)));
        r3(0x17, s, t, low64(floorShift(signed(t), s % 64)));
        // rotrv and drotrv: the sa field is ignored.
        expectRegister(special(0x06, 8, 9, 10, 1), s, t, 10, sx(low >> (s % 32)));
        expectRegister(special(0x16, 8, 9, 10, 1), s, t, 10, uint64(uint256(t) >> (s % 64)));
    }

    function testFuzz_immediates(uint64 s, uint16 value) public {
        int256 v = int16(value);
        imm(0x08, value, s, sx(uint256(signed(s) + v)));
        imm(0x09, value, s, sx(uint256(signed(s) + v)));
        imm(0x0a, value, s, signed(s) < v ? 1 : 0);
        imm(0x0b, value, s, s < low64(v) ? 1 : 0);
        imm(0x0c, value, s, s & value);
        imm(0x0d, value, s, s | value);
        imm(0x0e, value, s, s ^ value);
        imm(0x0f, value, s, sx(uint256(value) * 65536));
        imm(0x18, value, s, low64(signed(s) + v));
        imm(0x19, value, s, low64(signed(s) + v));
    }

    function hiLo(uint32 funct, uint64 s, uint64 t, uint64 hi, uint64 lo) private {
        Machine memory m = machine(special(funct, 8, 9, 0, 0));
        m.running().r[8] = s;
        m.running().r[9] = t;
        Machine memory post = next(m);
        (post.running().hi, post.running().lo) = (hi, lo);
        expectPost(m, witness(m), post);
    }

    function testFuzz_multiply(uint64 s, uint64 t) public {
        uint256 product = uint256(signed32(s) * signed32(t));
        hiLo(0x18, s, t, sx(product >> 32), sx(product));
        product = (uint256(s) % 2 ** 32) * (t % 2 ** 32);
        hiLo(0x19, s, t, sx(product >> 32), sx(product));
        product = uint256(signed(s) * signed(t));
        hiLo(0x1c, s, t, uint64(product >> 64 & MAX), uint64(product & MAX));
        product = uint256(s) * t;
        hiLo(0x1d, s, t, uint64(product >> 64), uint64(product & MAX));
        expectRegister(7 << 28 | special(0x02, 8, 9, 10, 0), s, t, 10, sx(uint256(s) * t));
    }

    function testFuzz_divide(uint64 s, uint64 t) public {
        if (t % 2 ** 32 == 0) ++t;
        hiLo(0x1a, s, t, sx(uint256(signed32(s) % signed32(t))), sx(uint256(signed32(s) / signed32(t))));
        hiLo(0x1b, s, t, sx(s % 2 ** 32 % (t % 2 ** 32)), sx(s % 2 ** 32 / (t % 2 ** 32)));
        hiLo(0x1e, s, t, low64(signed(s) % signed(t)), low64(signed(s) / signed(t)));
        hiLo(0x1f, s, t, s % t, s / t);
    }

    function test_divideLeastByMinusOne() public {
        hiLo(0x1a, MIN32, MAX, 0, MIN32);
        hiLo(0x1e, MIN64, MAX, 0, MIN64);
        // -7 / 2 truncates towards zero, the remainder has the sign of the dividend.
        hiLo(0x1a, MAX - 6, 2, MAX, MAX - 2);
        hiLo(0x1e, MAX - 6, 2, MAX, MAX - 2);
    }

    function test_divisionByZeroIsAFault() public {
        for (uint32 funct = 0x1a; funct < 0x20; ++funct) {
            if (funct == 0x1c || funct == 0x1d) continue;
            Machine memory m = machine(special(funct, 8, 9, 0, 0));
            // For the 32-bit instructions the low half decides.
            m.running().r[9] = funct < 0x1c ? 0xffffffff00000000 : 0;
            expectFault(m, witness(m), "MIPS64: division by zero");
            m.running().r[9] = 1;
            (bool ok,) = address(vm64).call(callWith(m.encode(), witness(m)));
            assertTrue(ok, "division by one");
        }
    }

    function test_moveHiLo() public {
        expectRegister(special(0x10, 0, 0, 10, 0), 5, 6, 10, 0x2222);
        expectRegister(special(0x12, 0, 0, 10, 0), 5, 6, 10, 0x1111);
        hiLo(0x11, 5, 6, 5, 0x1111);
        hiLo(0x13, 5, 6, 0x2222, 5);
    }

    function test_reservedDestinationOfHiLoIsZeroed() public {
        uint32[10] memory functs = [uint32(0x11), 0x13, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f];
        for (uint256 i = 0; i < functs.length; ++i) {
            Machine memory m = machine(special(functs[i], 8, 9, 10, 0));
            (m.running().r[8], m.running().r[9]) = (1, 1);
            Machine memory post = next(m);
            post.running().r[10] = 0;
            bool product = functs[i] == 0x18 || functs[i] == 0x19 || functs[i] == 0x1c || functs[i] == 0x1d;
            if (functs[i] == 0x11) post.running().hi = 1;
            else if (functs[i] == 0x13) post.running().lo = 1;
            else (post.running().hi, post.running().lo) = (product ? 0 : 0, 1);
            expectPost(m, witness(m), post);
        }
    }

    function testFuzz_countLeading(uint64 s) public {
        // Spread the lengths of the runs.
        s >>= s % 64;
        uint64[4] memory counts = [run(s, 32, false), run(s, 32, true), run(s, 64, false), run(s, 64, true)];
        uint32[4] memory functs = [uint32(0x20), 0x21, 0x24, 0x25];
        for (uint256 i = 0; i < 4; ++i) {
            expectRegister(7 << 28 | special(functs[i], 8, 9, 10, 0), s, 0, 10, counts[i]);
            uint64 ones = i % 2 == 0 ? 0 : MAX;
            expectRegister(7 << 28 | special(functs[i], 8, 9, 10, 0), ones, 0, 10, i < 2 ? 32 : 64);
        }
        expectRegister(7 << 28 | special(0x21, 8, 9, 10, 0), ~s, 0, 10, counts[0]);
        expectRegister(7 << 28 | special(0x25, 8, 9, 10, 0), ~s, 0, 10, counts[2]);
    }

    function run(uint64 value, uint256 width, bool ones) private pure returns (uint64 count) {
        while (count < width && (uint256(value) >> (width - 1 - count) & 1 == 1) == ones) ++count;
    }

    function test_registerZeroIsNeverWritten() public {
        expectRegister(special(0x2d, 8, 9, 0, 0), 5, 6, 0, 0);
        expectRegister(immediate(0x19, 8, 0, 7), 5, 6, 0, 0);
        expectRegister(special(0x10, 0, 0, 0, 0), 5, 6, 0, 0);
    }

    function test_unknownInstructionsAreFaults() public {
        uint32[17] memory functs = [
            uint32(0x01), 0x05, 0x0d, 0x0e, 0x15, 0x28, 0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x39, 0x3d
        ];
        for (uint256 i = 0; i < functs.length; ++i) {
            expectUnknown(special(functs[i], 8, 9, 10, 0));
        }
        uint32[11] memory opcodes = [uint32(0x10), 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x1d, 0x1e, 0x1f];
        for (uint256 i = 0; i < opcodes.length; ++i) {
            expectUnknown(immediate(opcodes[i], 8, 9, 4));
        }
        for (uint32 funct = 0; funct < 64; ++funct) {
            if (funct == 0x02 || funct == 0x20 || funct == 0x21 || funct == 0x24 || funct == 0x25) continue;
            expectUnknown(7 << 28 | special(funct, 8, 9, 10, 0));
        }
    }

    function expectUnknown(uint32 insn) private {
        Machine memory m = machine(insn);
        expectFault(m, witness(m), "MIPS64: invalid instruction");
    }
}
