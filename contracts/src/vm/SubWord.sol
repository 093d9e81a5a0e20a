// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title SubWord
/// @notice Bytes of an aligned 8-byte word, sign extension, immediates. Addresses that are not multiples of the width are
///         rounded down to one; nothing here fails.
library SubWord {
    /// @notice Address of the 8-byte word that holds `addr`.
    function align(uint64 addr) internal pure returns (uint64) {
        return addr & ~uint64(7);
    }

    /// @notice The low 32 bits, sign-extended to 64.
    function signExtend32(uint64 value) internal pure returns (uint64) {
        return uint64(int64(int32(uint32(value))));
    }

    /// @notice The immediate of an instruction, its low 16 bits, sign-extended to 64.
    function signedImmediate(uint32 insn) internal pure returns (uint64) {
        return uint64(int64(int16(uint16(insn))));
    }

    /// @notice The `width` (1, 2, 4 or 8) bytes of `word` at `addr`, zero-extended.
    function select(uint64 word, uint64 addr, uint64 width) internal pure returns (uint64) {
        return (word >> shiftOf(addr, width)) & maskOf(width);
    }

    /// @notice The `width` (1, 2, 4 or 8) bytes of `word` at `addr`, sign-extended.
    function selectSigned(uint64 word, uint64 addr, uint64 width) internal pure returns (uint64) {
        unchecked {
            uint64 unused = 64 - 8 * width;
            return uint64(int64(select(word, addr, width) << unused) >> unused);
        }
    }

    /// @notice `word` with the `width` (1, 2, 4 or 8) bytes at `addr` replaced by the low bytes of `value`.
    function insert(uint64 word, uint64 addr, uint64 width, uint64 value) internal pure returns (uint64) {
        uint64 shift = shiftOf(addr, width);
        uint64 mask = maskOf(width);
        return word & ~(mask << shift) | (value & mask) << shift;
    }

    /// @notice Bits to the right of the `width` bytes at `addr` in their word: big-endian, the lowest address is leftmost.
    function shiftOf(uint64 addr, uint64 width) private pure returns (uint64) {
        unchecked {
            return 8 * (8 - width - (addr & 7 & ~(width - 1)));
        }
    }

    function maskOf(uint64 width) private pure returns (uint64) {
        unchecked {
            return type(uint64).max >> (64 - 8 * width);
        }
    }
}
