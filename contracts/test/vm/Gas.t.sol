// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {MIPS64} from "src/vm/MIPS64.sol";
import {GasTable} from "test/GasTable.sol";
import {Machine, ThreadModel} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// @notice Gas of a step by class of instruction (snapshots/MIPS64.step.json), never more than the target's medians.
contract GasTest is StepTest, GasTable {
    uint256 private constant ALU = 33_605;
    uint256 private constant SHIFT = 32_628;
    uint256 private constant MULT_DIV = 33_723;
    uint256 private constant BRANCH = 32_241;

    function row(string memory name, uint256 target, Machine memory m, bytes memory proof) private {
        bytes memory data = callWith(m.encode(), proof);
        measureAgainst("MIPS64.step", name, target, address(0x57e9), address(vm64), 0, data);
    }

    /// @notice An instruction on r8 and r9 that accesses no memory.
    function plain(string memory name, uint256 target, uint32 insn) private {
        Machine memory m = machine(insn);
        (m.running().r[8], m.running().r[9]) = (0x1234_5678_9abc_def0, 0xffff_ffff_0000_0007);
        row(name, target, m, witness(m));
    }

    /// @notice An access by `opcode` to `DATA + at`.
    function access(string memory name, uint256 target, uint32 opcode, uint16 at) private {
        Machine memory m = machine(immediate(opcode, 8, 9, at));
        m.running().r[8] = DATA;
        m.write(DATA, 0x8899_aabb_ccdd_eeff);
        row(name, target, m, witness(m, DATA));
    }

    function systemCall(uint64 number, uint64 a0, uint64 a1, uint64 a2) private pure returns (Machine memory m) {
        m = machine(0x0c);
        ThreadModel memory t = m.running();
        (t.r[2], t.r[4], t.r[5], t.r[6]) = (number, a0, a1, a2);
    }

    /// forge-config: default.isolate = true
    function test_gas_arithmetic() public noneDearer {
        plain("add", ALU, special(0x20, 8, 9, 10, 0));
        plain("subu", ALU, special(0x23, 8, 9, 10, 0));
        plain("nor", ALU, special(0x27, 8, 9, 10, 0));
        plain("sltu", ALU, special(0x2b, 8, 9, 10, 0));
        plain("daddu", ALU, special(0x2d, 8, 9, 10, 0));
        plain("dsubu", ALU, special(0x2f, 8, 9, 10, 0));
        plain("addi", ALU, immediate(0x08, 8, 9, 77));
        plain("slti", ALU, immediate(0x0a, 8, 9, 77));
        plain("xori", ALU, immediate(0x0e, 8, 9, 77));
        plain("lui", ALU, immediate(0x0f, 0, 9, 77));
        plain("daddiu", ALU, immediate(0x19, 8, 9, 77));
        plain("movz", ALU, special(0x0a, 8, 9, 10, 0));
        plain("movn", ALU, special(0x0b, 8, 9, 10, 0));
        plain("mfhi", ALU, special(0x10, 0, 0, 10, 0));
        plain("mtlo", ALU, special(0x13, 8, 0, 0, 0));
        plain("sync", ALU, special(0x0f, 0, 0, 0, 0));
        plain("clz", ALU, 0x1c << 26 | special(0x20, 8, 0, 10, 0));
        plain("dclo", ALU, 0x1c << 26 | special(0x25, 8, 0, 10, 0));
        Machine memory m = machine(0x1c << 26 | special(0x24, 8, 0, 10, 0));
        m.running().r[8] = 1;
        row("dclz of 1", ALU, m, witness(m));
    }

    /// forge-config: default.isolate = true
    function test_gas_shifts() public noneDearer {
        plain("sll", SHIFT, special(0x00, 0, 9, 10, 5));
        plain("srav", SHIFT, special(0x07, 8, 9, 10, 0));
        plain("dsrlv", SHIFT, special(0x16, 8, 9, 10, 0));
        plain("dsll", SHIFT, special(0x38, 0, 9, 10, 5));
        plain("dsra32", SHIFT, special(0x3f, 0, 9, 10, 5));
    }

    /// forge-config: default.isolate = true
    function test_gas_multiplyAndDivide() public noneDearer {
        plain("mul", MULT_DIV, 0x1c << 26 | special(0x02, 8, 9, 10, 0));
        plain("mult", MULT_DIV, special(0x18, 8, 9, 0, 0));
        plain("multu", MULT_DIV, special(0x19, 8, 9, 0, 0));
        plain("div", MULT_DIV, special(0x1a, 8, 9, 0, 0));
        plain("divu", MULT_DIV, special(0x1b, 8, 9, 0, 0));
        plain("dmult", MULT_DIV, special(0x1c, 8, 9, 0, 0));
        plain("dmultu", MULT_DIV, special(0x1d, 8, 9, 0, 0));
        plain("ddiv", MULT_DIV, special(0x1e, 8, 9, 0, 0));
        plain("ddivu", MULT_DIV, special(0x1f, 8, 9, 0, 0));
    }

    /// forge-config: default.isolate = true
    function test_gas_branches() public noneDearer {
        plain("j", BRANCH, 0x02 << 26 | 0x400);
        plain("jal", BRANCH, 0x03 << 26 | 0x400);
        plain("jr", BRANCH, special(0x08, 8, 0, 0, 0));
        plain("jalr", BRANCH, special(0x09, 8, 0, 31, 0));
        plain("beq", BRANCH, immediate(0x04, 8, 9, 7));
        plain("bne", BRANCH, immediate(0x05, 8, 9, 7));
        plain("blez", BRANCH, immediate(0x06, 8, 0, 7));
        plain("bgtz", BRANCH, immediate(0x07, 8, 0, 7));
        plain("bltz", BRANCH, immediate(0x01, 8, 0x00, 7));
        plain("bgezal", BRANCH, immediate(0x01, 8, 0x11, 7));
    }

    /// forge-config: default.isolate = true
    function test_gas_loads() public noneDearer {
        access("ld", 44_769, 0x37, 0);
        access("lw", 45_456, 0x23, 4);
        access("lwu", 45_456, 0x27, 4);
        access("lb", 45_105, 0x20, 3);
        access("lhu", 45_105, 0x25, 2);
        access("lwl", 45_550, 0x22, 1);
        access("lwr", 45_550, 0x26, 1);
        access("ldl", 44_499, 0x1a, 3);
        access("ldr", 44_499, 0x1b, 3);
        access("ll", 43_718, 0x30, 0);
        access("lld", 43_852, 0x34, 0);
    }

    /// forge-config: default.isolate = true
    function test_gas_stores() public noneDearer {
        access("sd", 56_316, 0x3f, 0);
        access("sw", 56_812, 0x2b, 4);
        access("sb", 56_622, 0x28, 3);
        access("sh", 56_622, 0x29, 2);
        access("swl", 56_604, 0x2a, 1);
        access("swr", 56_604, 0x2e, 1);
        access("sdl", 56_722, 0x2c, 3);
        access("sdr", 56_722, 0x2d, 3);
        access("sc, failed", 31_186, 0x38, 0);
        for (uint32 wide = 0; wide < 2; ++wide) {
            Machine memory m = machine(immediate(wide == 0 ? 0x38 : 0x3c, 8, 9, 0));
            m.running().r[8] = DATA;
            (m.llStatus, m.llAddress, m.llOwner) = (uint8(1 + wide), DATA, 3);
            row(wide == 0 ? "sc" : "scd", wide == 0 ? 55_049 : 55_288, m, witness(m, DATA));
        }
    }

    /// forge-config: default.isolate = true
    function test_gas_preimages() public noneDearer {
        bytes memory preimage = "a preimage of more than 8 bytes";
        oracle.loadKeccak256PreimagePart(0, preimage);
        oracle.loadKeccak256PreimagePart(8, preimage);
        for (uint64 at = 0; at <= 8; at += 8) {
            Machine memory read = systemCall(5000, 5, DATA, 8);
            read.preimageKey = bytes32(uint256(keccak256(preimage)) << 8 >> 8 | 2 << 248);
            read.preimageOffset = at;
            row(at == 0 ? "read preimage, first" : "read preimage, next", 65_642, read, witness(read, DATA));
        }
        Machine memory m = systemCall(5001, 6, DATA, 8);
        row("write preimage key", 43_699, m, witness(m, DATA));
        m = systemCall(5001, 4, DATA, 8);
        row("write hint", 31_926, m, witness(m));
        m = systemCall(5000, 3, DATA, 8);
        row("hint acknowledgement", 32_050, m, witness(m));
        m = systemCall(5001, 1, DATA, 8);
        row("write stdout", 31_912, m, witness(m));
    }

    /// forge-config: default.isolate = true
    function test_gas_systemCalls() public noneDearer {
        Machine memory m = systemCall(5009, 0, 4096, 0);
        row("mmap", 31_655, m, witness(m));
        m = systemCall(5011, 0, 0, 0);
        row("munmap (does nothing)", 32_343, m, witness(m));
        m = systemCall(5297, 0, 0, 0);
        row("prlimit64 (does nothing)", 32_343, m, witness(m));
        m = systemCall(5194, DATA, 128, 0);
        row("futex wait", 43_853, m, witness(m, DATA));
        m = systemCall(5194, DATA, 129, 1);
        row("futex wake", 31_044, m, witness(m));
        m = systemCall(5222, 1, DATA, 0);
        row("clock_gettime", 77_766, m, bytes.concat(witness(m, DATA), m.proof(DATA + 8)));
        m = systemCall(5313, DATA, 8, 0);
        row("getrandom", 55_921, m, witness(m, DATA));
        m = systemCall(5055, 0x50f00, DATA, 0);
        row("clone", 41_308, m, witness(m));
        m = systemCall(5023, 0, 0, 0);
        row("sched_yield", 31_014, m, witness(m));
    }

    /// forge-config: default.isolate = true
    function test_gas_threads() public noneDearer {
        Machine memory m = machine(0);
        m.stepsSinceSwitch = 100_000;
        row("preemption", 16_578, m, witness(m));
        m = machine(0);
        m.left = stack(thread(7), thread(3));
        m.running().exited = 1;
        row("exited thread", 12_916, m, witness(m));
    }
}
