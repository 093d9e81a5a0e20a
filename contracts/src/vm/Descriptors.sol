// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IPreimageOracle} from "src/oracle/IPreimageOracle.sol";
import {PreimageKey} from "src/oracle/PreimageKey.sol";
import {Calldata} from "src/vm/Calldata.sol";
import {MerkleMemory} from "src/vm/MerkleMemory.sol";
import {Reservation} from "src/vm/Reservation.sol";
import {SubWord} from "src/vm/SubWord.sol";
import {VmState} from "src/vm/VmState.sol";

/// @title Descriptors
/// @notice read, write and fcntl. Every function returns the value and the error number (0: none) for the caller's
///         registers. Hints and output exist off-chain only.
library Descriptors {
    uint64 private constant STDIN = 0;
    uint64 private constant STDOUT = 1;
    uint64 private constant STDERR = 2;
    uint64 private constant HINT_READ = 3;
    uint64 private constant HINT_WRITE = 4;
    uint64 private constant PREIMAGE_READ = 5;
    uint64 private constant PREIMAGE_WRITE = 6;
    uint64 internal constant EVENTFD = 100;

    uint64 private constant F_GETFD = 1;
    uint64 private constant F_GETFL = 3;

    uint64 internal constant EBADF = 9;
    uint64 internal constant EAGAIN = 11;
    uint64 internal constant EINVAL = 22;

    function read(VmState state, IPreimageOracle oracle, bytes32 localContext, uint64 fd, uint64 addr, uint64 count)
        internal
        view
        returns (uint64 value, uint64 errno)
    {
        if (fd == STDIN) return (0, 0);
        if (fd == HINT_READ) return (count, 0);
        if (fd == PREIMAGE_READ) return (readPreimage(state, oracle, localContext, addr, count), 0);
        return (0, fd == EVENTFD ? EAGAIN : EBADF);
    }

    function write(VmState state, uint64 fd, uint64 addr, uint64 count)
        internal
        pure
        returns (uint64 value, uint64 errno)
    {
        if (fd == STDOUT || fd == STDERR || fd == HINT_WRITE) return (count, 0);
        if (fd == PREIMAGE_WRITE) return (writePreimageKey(state, addr, count), 0);
        return (0, fd == EVENTFD ? EAGAIN : EBADF);
    }

    function fcntl(uint64 fd, uint64 command) internal pure returns (uint64 value, uint64 errno) {
        if (command != F_GETFD && command != F_GETFL) return (0, EINVAL);
        if (fd > PREIMAGE_WRITE) return (0, EBADF);
        bool readOnly = fd == STDIN || fd == HINT_READ || fd == PREIMAGE_READ;
        // O_RDONLY is 0, O_WRONLY is 1; F_GETFD has no flags to tell.
        return (command == F_GETFD || readOnly ? 0 : 1, 0);
    }

    /// @notice Bytes of the current preimage to `addr`: no more than the oracle has at this offset, than fit into the word,
    ///         than are asked for. The word counts as written even when there are none.
    function readPreimage(VmState state, IPreimageOracle oracle, bytes32 localContext, uint64 addr, uint64 count)
        private
        view
        returns (uint64)
    {
        unchecked {
            uint64 aligned = SubWord.align(addr);
            uint64 word = MerkleMemory.read(state.memRoot(), aligned, Calldata.DATA_PROOF);
            bytes32 key = state.preimageKey();
            if (PreimageKey.typeOf(key) == PreimageKey.LOCAL) key = PreimageKey.localize(key, localContext);
            uint64 offset = state.preimageOffset();
            (bytes32 data, uint256 available) = oracle.readPreimage(key, offset);

            count = clip(addr, count);
            if (available < count) count = uint64(available);
            word = splice(word, uint64(uint256(data) >> 192), addr, count);
            Reservation.writeWord(state, aligned, Calldata.DATA_PROOF, word);
            state.setPreimageOffset(offset + count);
            return count;
        }
    }

    /// @notice Shifts bytes from `addr` into the right end of the preimage key and goes back to the preimage's start.
    function writePreimageKey(VmState state, uint64 addr, uint64 count) private pure returns (uint64) {
        unchecked {
            uint64 word = MerkleMemory.read(state.memRoot(), SubWord.align(addr), Calldata.DATA_PROOF);
            count = clip(addr, count);
            // The wanted bytes first, in 64 bits; then the others away.
            uint256 taken = uint256(word << (8 * (addr & 7))) >> (64 - 8 * count);
            state.setPreimageKey(bytes32(uint256(state.preimageKey()) << (8 * count) | taken));
            state.setPreimageOffset(0);
            return count;
        }
    }

    /// @notice No access crosses the end of the word that holds `addr`.
    function clip(uint64 addr, uint64 count) internal pure returns (uint64) {
        unchecked {
            uint64 space = 8 - (addr & 7);
            return count < space ? count : space;
        }
    }

    /// @notice `word` with the bytes from `addr` on replaced by the first `count` bytes of `data`.
    /// @param count At most `clip` of it.
    function splice(uint64 word, uint64 data, uint64 addr, uint64 count) private pure returns (uint64) {
        unchecked {
            uint64 place = 8 * (addr & 7);
            uint64 mask = firstBytes(count) >> place;
            return word & ~mask | (data >> place) & mask;
        }
    }

    /// @notice A word whose first `count` (0 to 8) bytes are ones.
    function firstBytes(uint64 count) internal pure returns (uint64) {
        unchecked {
            return ~(type(uint64).max >> (8 * count));
        }
    }
}
