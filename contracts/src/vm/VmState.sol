// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Packed} from "src/vm/Packed.sol";

/// @notice The machine's state: memory address of its 188 packed bytes.
type VmState is uint256;

using VmStateFields for VmState global;

/// @title VmStateFields
/// @notice Fields of the state by their place in the witness, and the hash that a claim is. What the fields mean to each
///         other (stacks, reservation) is for ThreadStack and Reservation.
library VmStateFields {
    uint256 internal constant SIZE = 188;

    uint256 private constant MEM_ROOT = 0;
    uint256 private constant PREIMAGE_KEY = 32;
    uint256 private constant PREIMAGE_OFFSET = 64;
    uint256 private constant HEAP = 72;
    uint256 private constant LL_STATUS = 80;
    uint256 private constant LL_ADDRESS = 81;
    uint256 private constant LL_OWNER = 89;
    uint256 private constant EXIT_CODE = 97;
    uint256 private constant EXITED = 98;
    uint256 private constant STEP = 99;
    uint256 private constant STEPS_SINCE_SWITCH = 107;
    uint256 private constant TRAVERSE_RIGHT = 115;
    uint256 private constant LEFT_STACK = 116;
    uint256 private constant RIGHT_STACK = 148;
    uint256 private constant NEXT_THREAD_ID = 180;

    /// @notice VM status in the first byte of a state hash.
    uint256 private constant STATUS_VALID = 0;
    uint256 private constant STATUS_INVALID = 1;
    uint256 private constant STATUS_PANIC = 2;
    uint256 private constant STATUS_UNFINISHED = 3;

    function fromCalldata(uint256 offset) internal pure returns (VmState) {
        return VmState.wrap(Packed.copyCalldata(offset, SIZE));
    }

    /// @notice Logs the packed state without topics and returns its hash, the first byte replaced by the VM status.
    function publish(VmState s) internal returns (bytes32 digest) {
        uint256 at = VmState.unwrap(s);
        uint256 status = STATUS_UNFINISHED;
        if (s.exited() == 1) {
            uint8 code = s.exitCode();
            status = code == 0 ? STATUS_VALID : code == 1 ? STATUS_INVALID : STATUS_PANIC;
        }
        assembly ("memory-safe") {
            log0(at, SIZE)
        }
        digest = Packed.hash(at, SIZE) & ~bytes32(uint256(0xff) << 248) | bytes32(status << 248);
    }

    function memRoot(VmState s) internal pure returns (bytes32) {
        return Packed.getWord(VmState.unwrap(s) + MEM_ROOT);
    }

    function setMemRoot(VmState s, bytes32 value) internal pure {
        Packed.setWord(VmState.unwrap(s) + MEM_ROOT, value);
    }

    function preimageKey(VmState s) internal pure returns (bytes32) {
        return Packed.getWord(VmState.unwrap(s) + PREIMAGE_KEY);
    }

    function setPreimageKey(VmState s, bytes32 value) internal pure {
        Packed.setWord(VmState.unwrap(s) + PREIMAGE_KEY, value);
    }

    /// @notice Offset of the next read in the preimage's stream; counts the 8-byte length prefix.
    function preimageOffset(VmState s) internal pure returns (uint64) {
        return Packed.getU64(VmState.unwrap(s) + PREIMAGE_OFFSET);
    }

    function setPreimageOffset(VmState s, uint64 value) internal pure {
        Packed.setU64(VmState.unwrap(s) + PREIMAGE_OFFSET, value);
    }

    /// @notice Next free address for mmap.
    function heap(VmState s) internal pure returns (uint64) {
        return Packed.getU64(VmState.unwrap(s) + HEAP);
    }

    function setHeap(VmState s, uint64 value) internal pure {
        Packed.setU64(VmState.unwrap(s) + HEAP, value);
    }

    /// @notice The one LL/SC reservation: status (0 none, 1 ll, 2 lld), address as given, thread that holds it.
    function reservation(VmState s) internal pure returns (uint8 status, uint64 addr, uint64 owner) {
        uint256 at = VmState.unwrap(s);
        status = Packed.getU8(at + LL_STATUS);
        addr = Packed.getU64(at + LL_ADDRESS);
        owner = Packed.getU64(at + LL_OWNER);
    }

    function setReservation(VmState s, uint8 status, uint64 addr, uint64 owner) internal pure {
        uint256 at = VmState.unwrap(s);
        Packed.setU8(at + LL_STATUS, status);
        Packed.setU64(at + LL_ADDRESS, addr);
        Packed.setU64(at + LL_OWNER, owner);
    }

    function exitCode(VmState s) internal pure returns (uint8) {
        return Packed.getU8(VmState.unwrap(s) + EXIT_CODE);
    }

    function exited(VmState s) internal pure returns (uint8) {
        return Packed.getU8(VmState.unwrap(s) + EXITED);
    }

    function setExited(VmState s, uint8 code) internal pure {
        Packed.setU8(VmState.unwrap(s) + EXIT_CODE, code);
        Packed.setU8(VmState.unwrap(s) + EXITED, 1);
    }

    function step(VmState s) internal pure returns (uint64) {
        return Packed.getU64(VmState.unwrap(s) + STEP);
    }

    function setStep(VmState s, uint64 value) internal pure {
        Packed.setU64(VmState.unwrap(s) + STEP, value);
    }

    function stepsSinceSwitch(VmState s) internal pure returns (uint64) {
        return Packed.getU64(VmState.unwrap(s) + STEPS_SINCE_SWITCH);
    }

    function setStepsSinceSwitch(VmState s, uint64 value) internal pure {
        Packed.setU64(VmState.unwrap(s) + STEPS_SINCE_SWITCH, value);
    }

    function traverseRight(VmState s) internal pure returns (bool) {
        return Packed.getU8(VmState.unwrap(s) + TRAVERSE_RIGHT) != 0;
    }

    function flipDirection(VmState s) internal pure {
        Packed.setU8(VmState.unwrap(s) + TRAVERSE_RIGHT, s.traverseRight() ? 0 : 1);
    }

    /// @notice Root of the right or the left thread stack.
    function stack(VmState s, bool right) internal pure returns (bytes32) {
        return Packed.getWord(VmState.unwrap(s) + (right ? RIGHT_STACK : LEFT_STACK));
    }

    function setStack(VmState s, bool right, bytes32 root) internal pure {
        Packed.setWord(VmState.unwrap(s) + (right ? RIGHT_STACK : LEFT_STACK), root);
    }

    function nextThreadId(VmState s) internal pure returns (uint64) {
        return Packed.getU64(VmState.unwrap(s) + NEXT_THREAD_ID);
    }

    function setNextThreadId(VmState s, uint64 value) internal pure {
        Packed.setU64(VmState.unwrap(s) + NEXT_THREAD_ID, value);
    }
}
