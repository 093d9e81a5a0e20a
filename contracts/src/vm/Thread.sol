// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Packed} from "src/vm/Packed.sol";

/// @notice A thread: memory address of its 298 packed bytes.
type Thread is uint256;

using ThreadFields for Thread global;

/// @title ThreadFields
/// @notice Fields of a thread by their place in the witness, and the two ways in which its program counter moves.
library ThreadFields {
    uint256 internal constant SIZE = 298;

    uint256 private constant ID = 0;
    uint256 private constant EXIT_CODE = 8;
    uint256 private constant EXITED = 9;
    uint256 private constant PC = 10;
    uint256 private constant NEXT_PC = 18;
    uint256 private constant LO = 26;
    uint256 private constant HI = 34;
    uint256 private constant REGISTERS = 42;

    function fromCalldata(uint256 offset) internal pure returns (Thread) {
        return Thread.wrap(Packed.copyCalldata(offset, SIZE));
    }

    /// @notice A new thread with the registers and program counter of this one. It has no exit code.
    function clone(Thread t) internal pure returns (Thread copy) {
        copy = Thread.wrap(Packed.copy(Thread.unwrap(t), SIZE));
        Packed.setU8(Thread.unwrap(copy) + EXIT_CODE, 0);
    }

    function hash(Thread t) internal pure returns (bytes32) {
        return Packed.hash(Thread.unwrap(t), SIZE);
    }

    function id(Thread t) internal pure returns (uint64) {
        return Packed.getU64(Thread.unwrap(t) + ID);
    }

    function setId(Thread t, uint64 value) internal pure {
        Packed.setU64(Thread.unwrap(t) + ID, value);
    }

    function exited(Thread t) internal pure returns (bool) {
        return Packed.getU8(Thread.unwrap(t) + EXITED) != 0;
    }

    function setExited(Thread t, uint8 code) internal pure {
        Packed.setU8(Thread.unwrap(t) + EXIT_CODE, code);
        Packed.setU8(Thread.unwrap(t) + EXITED, 1);
    }

    function pc(Thread t) internal pure returns (uint64) {
        return Packed.getU64(Thread.unwrap(t) + PC);
    }

    function nextPc(Thread t) internal pure returns (uint64) {
        return Packed.getU64(Thread.unwrap(t) + NEXT_PC);
    }

    /// @notice Goes on to the next instruction.
    function advance(Thread t) internal pure {
        unchecked {
            t.advanceTo(t.nextPc() + 4);
        }
    }

    /// @notice Goes on to the next instruction, a delay slot, and from there to `target`.
    function advanceTo(Thread t, uint64 target) internal pure {
        Packed.setU64(Thread.unwrap(t) + PC, t.nextPc());
        Packed.setU64(Thread.unwrap(t) + NEXT_PC, target);
    }

    function lo(Thread t) internal pure returns (uint64) {
        return Packed.getU64(Thread.unwrap(t) + LO);
    }

    function setLo(Thread t, uint64 value) internal pure {
        Packed.setU64(Thread.unwrap(t) + LO, value);
    }

    function hi(Thread t) internal pure returns (uint64) {
        return Packed.getU64(Thread.unwrap(t) + HI);
    }

    function setHi(Thread t, uint64 value) internal pure {
        Packed.setU64(Thread.unwrap(t) + HI, value);
    }

    /// @param index 0 to 31.
    function register(Thread t, uint256 index) internal pure returns (uint64) {
        unchecked {
            return Packed.getU64(Thread.unwrap(t) + REGISTERS + 8 * index);
        }
    }

    /// @notice Writes a register; a write to register 0 is dropped.
    /// @param index 0 to 31.
    function setRegister(Thread t, uint256 index, uint64 value) internal pure {
        unchecked {
            if (index != 0) Packed.setU64(Thread.unwrap(t) + REGISTERS + 8 * index, value);
        }
    }
}
