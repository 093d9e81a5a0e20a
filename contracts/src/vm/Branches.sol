// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {SubWord} from "src/vm/SubWord.sol";
import {Thread} from "src/vm/Thread.sol";

/// @title Branches
/// @notice Jumps and branches. All have a delay slot and none may stand in one; whether a step stands in one is seen from
///         nextPC alone.
library Branches {
    uint32 private constant REGIMM = 0x01;
    uint32 private constant J = 0x02;
    uint32 private constant JAL = 0x03;
    uint32 private constant BEQ = 0x04;
    uint32 private constant BNE = 0x05;
    uint32 private constant BLEZ = 0x06;
    uint32 private constant BGTZ = 0x07;

    uint256 private constant BLTZ = 0x00;
    uint256 private constant BGEZ = 0x01;
    uint256 private constant BLTZAL = 0x10;
    uint256 private constant BGEZAL = 0x11;

    uint256 private constant RA = 31;

    function handles(uint32 opcode) internal pure returns (bool) {
        return opcode >= REGIMM && opcode <= BGTZ;
    }

    function execute(Thread thread, uint32 insn, uint32 opcode) internal pure {
        unchecked {
            if (opcode == J || opcode == JAL) {
                // The target lies in the 256 MiB region of the delay slot; the upper half of the address stays.
                uint64 region = thread.nextPc() & 0xfffffffff0000000;
                jump(thread, region | uint64(insn & 0x03ffffff) << 2, opcode == JAL ? RA : 0);
                return;
            }
            require(thread.nextPc() == thread.pc() + 4, "MIPS64: branch in delay slot");
            uint256 rt = (insn >> 16) & 31;
            bool taken = isTaken(thread, insn, opcode, rt);
            // The link is written whether or not the branch is taken, and after the register was compared.
            if (opcode == REGIMM && (rt == BLTZAL || rt == BGEZAL)) thread.setRegister(RA, thread.pc() + 8);
            if (taken) thread.advanceTo(thread.pc() + 4 + (SubWord.signedImmediate(insn) << 2));
            else thread.advance();
        }
    }

    /// @notice Jumps to `target`; register `link` (0: none) receives the address after the delay slot.
    function jump(Thread thread, uint64 target, uint256 link) internal pure {
        unchecked {
            uint64 pc = thread.pc();
            require(thread.nextPc() == pc + 4, "MIPS64: jump in delay slot");
            thread.advanceTo(target);
            thread.setRegister(link, pc + 8);
        }
    }

    function isTaken(Thread thread, uint32 insn, uint32 opcode, uint256 rt) private pure returns (bool) {
        uint64 s = thread.register((insn >> 21) & 31);
        if (opcode == BEQ) return s == thread.register(rt);
        if (opcode == BNE) return s != thread.register(rt);
        if (opcode == BLEZ) return int64(s) <= 0;
        if (opcode == BGTZ) return int64(s) > 0;
        if (rt == BLTZ || rt == BLTZAL) return int64(s) < 0;
        if (rt == BGEZ || rt == BGEZAL) return int64(s) >= 0;
        // Every other code of REGIMM is a branch that is never taken.
        return false;
    }
}
