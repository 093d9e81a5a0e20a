// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Calldata} from "src/vm/Calldata.sol";
import {MerkleMemory} from "src/vm/MerkleMemory.sol";
import {Reservation} from "src/vm/Reservation.sol";
import {SubWord} from "src/vm/SubWord.sol";
import {Thread} from "src/vm/Thread.sol";
import {VmState} from "src/vm/VmState.sol";

/// @title LoadStore
/// @notice Loads and stores except ll, lld, sc, scd. Every opcode from 0x20 on, known or not, first proves the word that it
///         addresses: a missing proof is reported before an unknown opcode.
library LoadStore {
    uint32 private constant LDL = 0x1a;
    uint32 private constant LDR = 0x1b;
    uint32 private constant LB = 0x20;
    uint32 private constant LH = 0x21;
    uint32 private constant LWL = 0x22;
    uint32 private constant LW = 0x23;
    uint32 private constant LBU = 0x24;
    uint32 private constant LHU = 0x25;
    uint32 private constant LWR = 0x26;
    uint32 private constant LWU = 0x27;
    uint32 private constant SB = 0x28;
    uint32 private constant SH = 0x29;
    uint32 private constant SWL = 0x2a;
    uint32 private constant SW = 0x2b;
    uint32 private constant SDL = 0x2c;
    uint32 private constant SDR = 0x2d;
    uint32 private constant SWR = 0x2e;
    uint32 private constant LD = 0x37;
    uint32 private constant SD = 0x3f;

    uint64 private constant ONES = type(uint64).max;
    uint64 private constant ONES_32 = type(uint32).max;

    function handles(uint32 opcode) internal pure returns (bool) {
        return opcode >= LB || opcode == LDL || opcode == LDR;
    }

    function execute(VmState state, Thread thread, uint32 opcode, uint256 rt, uint64 addr) internal pure {
        uint64 word = MerkleMemory.read(state.memRoot(), SubWord.align(addr), Calldata.DATA_PROOF);
        uint64 value = thread.register(rt);
        if (opcode < SB || opcode == LD) {
            thread.setRegister(rt, load(opcode, addr, word, value));
        } else {
            word = store(opcode, addr, word, value);
            Reservation.writeWord(state, SubWord.align(addr), Calldata.DATA_PROOF, word);
        }
        thread.advance();
    }

    /// @notice The register after a load.
    /// @param word Memory at the aligned address.
    /// @param old The register before, of which lwl, lwr, ldl, ldr keep a part.
    function load(uint32 opcode, uint64 addr, uint64 word, uint64 old) private pure returns (uint64) {
        unchecked {
            if (opcode == LB) return SubWord.selectSigned(word, addr, 1);
            if (opcode == LH) return SubWord.selectSigned(word, addr, 2);
            if (opcode == LW) return SubWord.selectSigned(word, addr, 4);
            if (opcode == LBU) return SubWord.select(word, addr, 1);
            if (opcode == LHU) return SubWord.select(word, addr, 2);
            if (opcode == LWU) return SubWord.select(word, addr, 4);
            if (opcode == LD) return word;

            if (opcode == LWL) {
                uint64 skipped = 8 * (addr & 3);
                uint64 loaded = SubWord.select(word, addr, 4) << skipped;
                return SubWord.signExtend32(loaded | (old & ~(ONES << skipped)));
            }
            if (opcode == LWR) {
                uint64 unused = 24 - 8 * (addr & 3);
                uint64 kept = old & ONES_32 & ~(ONES_32 >> unused);
                uint64 low = SubWord.select(word, addr, 4) >> unused | kept;
                // Only a load that reaches bit 31 extends it; otherwise the upper half of the register stays.
                return unused == 0 ? SubWord.signExtend32(low) : old & ~ONES_32 | low;
            }
            if (opcode == LDL) {
                uint64 skipped = 8 * (addr & 7);
                return word << skipped | (old & ~(ONES << skipped));
            }
            // LDR: `handles` admits no other opcode below 0x28.
            uint64 right = 56 - 8 * (addr & 7);
            return word >> right | (old & ~(ONES >> right));
        }
    }

    /// @notice The word of memory after a store.
    function store(uint32 opcode, uint64 addr, uint64 word, uint64 value) private pure returns (uint64) {
        unchecked {
            if (opcode == SB) return SubWord.insert(word, addr, 1, value);
            if (opcode == SH) return SubWord.insert(word, addr, 2, value);
            if (opcode == SW) return SubWord.insert(word, addr, 4, value);
            if (opcode == SD) return value;

            if (opcode == SWL) {
                uint64 skipped = 8 * (addr & 3);
                uint64 kept = SubWord.select(word, addr, 4) & ~(ONES_32 >> skipped);
                return SubWord.insert(word, addr, 4, (value & ONES_32) >> skipped | kept);
            }
            if (opcode == SWR) {
                uint64 unused = 24 - 8 * (addr & 3);
                uint64 kept = SubWord.select(word, addr, 4) & ~(ONES << unused);
                return SubWord.insert(word, addr, 4, value << unused | kept);
            }
            if (opcode == SDL) {
                uint64 skipped = 8 * (addr & 7);
                return value >> skipped | (word & ~(ONES >> skipped));
            }
            if (opcode == SDR) {
                uint64 unused = 56 - 8 * (addr & 7);
                return value << unused | (word & ~(ONES << unused));
            }
            revert("MIPS64: invalid instruction");
        }
    }
}
