// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Branches} from "src/vm/Branches.sol";
import {SubWord} from "src/vm/SubWord.sol";
import {Thread} from "src/vm/Thread.sol";

/// @title Arithmetic
/// @notice SPECIAL (except syscall), SPECIAL2 and the immediate instructions. 32-bit results are always sign-extended,
///         those of unsigned operations too; overflow wraps; division by zero is a fault.
library Arithmetic {
    uint32 private constant SPECIAL = 0x00;
    uint32 private constant ADDI = 0x08;
    uint32 private constant ADDIU = 0x09;
    uint32 private constant SLTI = 0x0a;
    uint32 private constant SLTIU = 0x0b;
    uint32 private constant ANDI = 0x0c;
    uint32 private constant ORI = 0x0d;
    uint32 private constant XORI = 0x0e;
    uint32 private constant LUI = 0x0f;
    uint32 private constant DADDI = 0x18;
    uint32 private constant DADDIU = 0x19;
    uint32 private constant SPECIAL2 = 0x1c;

    uint32 private constant SLL = 0x00;
    uint32 private constant SRL = 0x02;
    uint32 private constant SRA = 0x03;
    uint32 private constant SLLV = 0x04;
    uint32 private constant SRLV = 0x06;
    uint32 private constant SRAV = 0x07;
    uint32 private constant JR = 0x08;
    uint32 private constant JALR = 0x09;
    uint32 private constant MOVZ = 0x0a;
    uint32 private constant MOVN = 0x0b;
    uint32 private constant SYNC = 0x0f;
    uint32 private constant MFHI = 0x10;
    uint32 private constant MTHI = 0x11;
    uint32 private constant MFLO = 0x12;
    uint32 private constant MTLO = 0x13;
    uint32 private constant DSLLV = 0x14;
    uint32 private constant DSRLV = 0x16;
    uint32 private constant DSRAV = 0x17;
    uint32 private constant MULT = 0x18;
    uint32 private constant MULTU = 0x19;
    uint32 private constant DIV = 0x1a;
    uint32 private constant DIVU = 0x1b;
    uint32 private constant DMULT = 0x1c;
    uint32 private constant DMULTU = 0x1d;
    uint32 private constant DDIV = 0x1e;
    uint32 private constant DDIVU = 0x1f;
    uint32 private constant ADD = 0x20;
    uint32 private constant ADDU = 0x21;
    uint32 private constant SUB = 0x22;
    uint32 private constant SUBU = 0x23;
    uint32 private constant AND = 0x24;
    uint32 private constant OR = 0x25;
    uint32 private constant XOR = 0x26;
    uint32 private constant NOR = 0x27;
    uint32 private constant SLT = 0x2a;
    uint32 private constant SLTU = 0x2b;
    uint32 private constant DADD = 0x2c;
    uint32 private constant DADDU = 0x2d;
    uint32 private constant DSUB = 0x2e;
    uint32 private constant DSUBU = 0x2f;
    uint32 private constant DSLL = 0x38;
    uint32 private constant DSRL = 0x3a;
    uint32 private constant DSRA = 0x3b;
    uint32 private constant DSLL32 = 0x3c;
    uint32 private constant DSRL32 = 0x3e;
    uint32 private constant DSRA32 = 0x3f;

    uint32 private constant MUL = 0x02;
    uint32 private constant CLZ = 0x20;
    uint32 private constant CLO = 0x21;
    uint32 private constant DCLZ = 0x24;
    uint32 private constant DCLO = 0x25;

    function execute(Thread thread, uint32 insn, uint32 opcode) internal pure {
        uint64 s = thread.register((insn >> 21) & 31);
        uint256 rt = (insn >> 16) & 31;
        uint64 t = thread.register(rt);
        uint256 rd = (insn >> 11) & 31;
        uint32 funct = insn & 63;

        if (opcode == SPECIAL) {
            if (funct == JR) return Branches.jump(thread, s, 0);
            if (funct == JALR) return Branches.jump(thread, s, rd);
            if (funct == MOVZ) thread.setRegister(rd, t == 0 ? s : thread.register(rd));
            else if (funct == MOVN) thread.setRegister(rd, t != 0 ? s : thread.register(rd));
            else if (funct == MFHI) thread.setRegister(rd, thread.hi());
            else if (funct == MFLO) thread.setRegister(rd, thread.lo());
            else if (isHiLo(funct)) writeHiLo(thread, funct, s, t, rd);
            else if (isShift(funct)) thread.setRegister(rd, shift(funct, (insn >> 6) & 31, s, t));
            else thread.setRegister(rd, combine(funct, s, t));
        } else if (opcode == SPECIAL2) {
            thread.setRegister(rd, special2(funct, s, t));
        } else {
            thread.setRegister(rt, immediate(opcode, insn, s));
        }
        thread.advance();
    }

    /// @notice Two registers, one result.
    function combine(uint32 funct, uint64 s, uint64 t) private pure returns (uint64) {
        unchecked {
            if (funct == ADD || funct == ADDU) return SubWord.signExtend32(s + t);
            if (funct == SUB || funct == SUBU) return SubWord.signExtend32(s - t);
            if (funct == AND) return s & t;
            if (funct == OR) return s | t;
            if (funct == XOR) return s ^ t;
            if (funct == NOR) return ~(s | t);
            if (funct == SLT) return int64(s) < int64(t) ? 1 : 0;
            if (funct == SLTU) return s < t ? 1 : 0;
            if (funct == DADD || funct == DADDU) return s + t;
            if (funct == DSUB || funct == DSUBU) return s - t;
            // The canonical sync has rd = 0; another rd receives rs.
            if (funct == SYNC) return s;
            revert("MIPS64: invalid instruction");
        }
    }

    /// @notice A register and the immediate, which the logical operations take zero-extended and all others sign-extended.
    function immediate(uint32 opcode, uint32 insn, uint64 s) private pure returns (uint64) {
        unchecked {
            uint64 signed = SubWord.signedImmediate(insn);
            uint64 plain = insn & 0xffff;
            if (opcode == ADDI || opcode == ADDIU) return SubWord.signExtend32(s + signed);
            if (opcode == SLTI) return int64(s) < int64(signed) ? 1 : 0;
            if (opcode == SLTIU) return s < signed ? 1 : 0;
            if (opcode == ANDI) return s & plain;
            if (opcode == ORI) return s | plain;
            if (opcode == XORI) return s ^ plain;
            if (opcode == LUI) return SubWord.signExtend32(plain << 16);
            if (opcode == DADDI || opcode == DADDIU) return s + signed;
            revert("MIPS64: invalid instruction");
        }
    }

    function isShift(uint32 funct) private pure returns (bool) {
        return funct <= SRAV && funct != 1 && funct != 5 || funct == DSLLV || funct == DSRLV || funct == DSRAV
            || funct >= DSLL && funct != 0x39 && funct != 0x3d;
    }

    /// @notice Shifts of `t` by the instruction's `amount` or by register `s`. A rotate, which differs in bits that are
    ///         ignored, is executed as the shift.
    function shift(uint32 funct, uint32 amount, uint64 s, uint64 t) private pure returns (uint64) {
        uint64 by32 = s & 31;
        uint64 by64 = s & 63;
        if (funct == SLL) return SubWord.signExtend32(t << amount);
        if (funct == SRL) return SubWord.signExtend32(uint32(t) >> amount);
        if (funct == SRA) return uint64(int64(int32(uint32(t)) >> amount));
        if (funct == SLLV) return SubWord.signExtend32(t << by32);
        if (funct == SRLV) return SubWord.signExtend32(uint32(t) >> by32);
        if (funct == SRAV) return uint64(int64(int32(uint32(t)) >> by32));
        if (funct == DSLLV) return t << by64;
        if (funct == DSRLV) return t >> by64;
        if (funct == DSRAV) return uint64(int64(t) >> by64);
        if (funct == DSLL) return t << amount;
        if (funct == DSRL) return t >> amount;
        if (funct == DSRA) return uint64(int64(t) >> amount);
        if (funct == DSLL32) return t << (amount + 32);
        if (funct == DSRL32) return t >> (amount + 32);
        // DSRA32, by `isShift`.
        return uint64(int64(t) >> (amount + 32));
    }

    function isHiLo(uint32 funct) private pure returns (bool) {
        return funct == MTHI || funct == MTLO || funct >= MULT && funct <= DDIVU;
    }

    /// @notice Instructions that write HI and LO. Their reserved rd field, where it is not 0, names a register to be zeroed.
    function writeHiLo(Thread thread, uint32 funct, uint64 s, uint64 t, uint256 rd) private pure {
        if (funct == MTHI) {
            thread.setHi(s);
        } else if (funct == MTLO) {
            thread.setLo(s);
        } else {
            (uint64 hi, uint64 lo) = funct == MULT || funct == MULTU || funct == DMULT || funct == DMULTU
                ? multiply(funct, s, t)
                : divide(funct, s, t);
            thread.setHi(hi);
            thread.setLo(lo);
        }
        thread.setRegister(rd, 0);
    }

    function multiply(uint32 funct, uint64 s, uint64 t) private pure returns (uint64 hi, uint64 lo) {
        unchecked {
            if (funct == MULT || funct == MULTU) {
                uint64 product = funct == MULT
                    ? uint64(int64(int32(uint32(s))) * int64(int32(uint32(t))))
                    : uint64(uint32(s)) * uint64(uint32(t));
                return (SubWord.signExtend32(product >> 32), SubWord.signExtend32(product));
            }
            uint128 wide = funct == DMULT ? uint128(int128(int64(s)) * int128(int64(t))) : uint128(s) * uint128(t);
            return (uint64(wide >> 64), uint64(wide));
        }
    }

    /// @notice Remainder in HI, quotient in LO, truncating. Twice the width is used so that MIN / -1 gives MIN.
    function divide(uint32 funct, uint64 s, uint64 t) private pure returns (uint64 hi, uint64 lo) {
        unchecked {
            bool narrow = funct == DIV || funct == DIVU;
            require(narrow ? uint32(t) != 0 : t != 0, "MIPS64: division by zero");
            if (funct == DIV) {
                (int64 a, int64 b) = (int32(uint32(s)), int32(uint32(t)));
                (hi, lo) = (uint64(a % b), uint64(a / b));
            } else if (funct == DDIV) {
                (int128 a, int128 b) = (int64(s), int64(t));
                (hi, lo) = (uint64(uint128(a % b)), uint64(uint128(a / b)));
            } else if (funct == DIVU) {
                (hi, lo) = (uint32(s) % uint32(t), uint32(s) / uint32(t));
            } else {
                (hi, lo) = (s % t, s / t);
            }
            if (narrow) (hi, lo) = (SubWord.signExtend32(hi), SubWord.signExtend32(lo));
        }
    }

    function special2(uint32 funct, uint64 s, uint64 t) private pure returns (uint64) {
        unchecked {
            if (funct == MUL) return SubWord.signExtend32(s * t);
            // The 32-bit counts look at the upper half of a word whose lower half ends the run.
            if (funct == CLZ) return leadingZeros(s << 32 | 0x80000000);
            if (funct == CLO) return leadingZeros(~s << 32 | 0x80000000);
            if (funct == DCLZ) return leadingZeros(s);
            if (funct == DCLO) return leadingZeros(~s);
            revert("MIPS64: invalid instruction");
        }
    }

    function leadingZeros(uint64 value) private pure returns (uint64 count) {
        unchecked {
            if (value == 0) return 64;
            while (int64(value) >= 0) {
                value <<= 1;
                ++count;
            }
        }
    }
}
