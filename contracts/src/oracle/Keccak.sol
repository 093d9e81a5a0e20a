// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice The 25 lanes of Keccak-f[1600], lane (x, y) at x + 5 y.
struct StateMatrix {
    uint64[25] state;
}

/// @title Keccak
/// @notice Keccak-256 in steps, block by block, from FIPS 202 with Keccak's own padding: what the opcode does at once, so
///         that a single wrong block of a large preimage can be shown.
library Keccak {
    /// @notice Bytes of a block.
    uint256 internal constant RATE = 136;

    bytes private constant ROUND_CONSTANTS = hex"00000000000000010000000000008082800000000000808a8000000080008000"
        hex"000000000000808b000000008000000180000000800080818000000000008009"
        hex"000000000000008a00000000000000880000000080008009000000008000000a"
        hex"000000008000808b800000000000008b80000000000080898000000000008003"
        hex"80000000000080028000000000000080000000000000800a800000008000000a"
        hex"8000000080008081800000000000808000000000800000018000000080008008";

    /// @notice XORs a block into the state; `permute` has to follow.
    /// @param block_ 136 bytes; any other length reverts without data.
    function absorb(StateMatrix memory matrix, bytes memory block_) internal pure {
        require(block_.length == RATE);
        uint64[25] memory lanes = matrix.state;
        unchecked {
            for (uint256 i = 0; i < RATE / 8; ++i) {
                uint64 lane;
                assembly ("memory-safe") {
                    lane := shr(192, mload(add(add(block_, 32), mul(8, i))))
                }
                lanes[i] ^= reverseBytes(lane);
            }
        }
    }

    /// @notice The 24 rounds of Keccak-f[1600].
    function permute(StateMatrix memory matrix) internal pure {
        uint64[25] memory lanes = matrix.state;
        bytes memory constants = ROUND_CONSTANTS;
        assembly ("memory-safe") {
            function rotl(value, by) -> rotated {
                rotated := and(or(shl(by, value), shr(sub(64, by), value)), 0xffffffffffffffff)
            }
            // Parity of column x.
            function parity(at) -> p {
                p := xor(xor(mload(at), mload(add(at, 160))), xor(mload(add(at, 320)), mload(add(at, 480))))
                p := xor(p, mload(add(at, 640)))
            }
            for { let round := 0 } lt(round, 192) { round := add(round, 8) } {
                // theta: what each column changes by
                let d0
                let d1
                let d2
                let d3
                let d4
                {
                    let p0 := parity(lanes)
                    let p1 := parity(add(lanes, 32))
                    let p2 := parity(add(lanes, 64))
                    let p3 := parity(add(lanes, 96))
                    let p4 := parity(add(lanes, 128))
                    d0 := xor(p4, rotl(p1, 1))
                    d1 := xor(p0, rotl(p2, 1))
                    d2 := xor(p1, rotl(p3, 1))
                    d3 := xor(p2, rotl(p4, 1))
                    d4 := xor(p3, rotl(p0, 1))
                }
                mstore(lanes, xor(mload(lanes), d0))
                // rho and pi, with that change: each lane goes to the next place of the walk, rotated
                let a := xor(mload(add(lanes, 32)), d1)
                let b
                b := xor(mload(add(lanes, 320)), d0)
                mstore(add(lanes, 320), and(or(shl(1, a), shr(63, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 224)), d2)
                mstore(add(lanes, 224), and(or(shl(3, b), shr(61, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 352)), d1)
                mstore(add(lanes, 352), and(or(shl(6, a), shr(58, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 544)), d2)
                mstore(add(lanes, 544), and(or(shl(10, b), shr(54, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 576)), d3)
                mstore(add(lanes, 576), and(or(shl(15, a), shr(49, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 96)), d3)
                mstore(add(lanes, 96), and(or(shl(21, b), shr(43, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 160)), d0)
                mstore(add(lanes, 160), and(or(shl(28, a), shr(36, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 512)), d1)
                mstore(add(lanes, 512), and(or(shl(36, b), shr(28, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 256)), d3)
                mstore(add(lanes, 256), and(or(shl(45, a), shr(19, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 672)), d1)
                mstore(add(lanes, 672), and(or(shl(55, b), shr(9, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 768)), d4)
                mstore(add(lanes, 768), and(or(shl(2, a), shr(62, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 128)), d4)
                mstore(add(lanes, 128), and(or(shl(14, b), shr(50, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 480)), d0)
                mstore(add(lanes, 480), and(or(shl(27, a), shr(37, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 736)), d3)
                mstore(add(lanes, 736), and(or(shl(41, b), shr(23, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 608)), d4)
                mstore(add(lanes, 608), and(or(shl(56, a), shr(8, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 416)), d3)
                mstore(add(lanes, 416), and(or(shl(8, b), shr(56, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 384)), d2)
                mstore(add(lanes, 384), and(or(shl(25, a), shr(39, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 64)), d2)
                mstore(add(lanes, 64), and(or(shl(43, b), shr(21, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 640)), d0)
                mstore(add(lanes, 640), and(or(shl(62, a), shr(2, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 448)), d4)
                mstore(add(lanes, 448), and(or(shl(18, b), shr(46, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 704)), d2)
                mstore(add(lanes, 704), and(or(shl(39, a), shr(25, a)), 0xffffffffffffffff))
                a := xor(mload(add(lanes, 288)), d4)
                mstore(add(lanes, 288), and(or(shl(61, b), shr(3, b)), 0xffffffffffffffff))
                b := xor(mload(add(lanes, 192)), d1)
                mstore(add(lanes, 192), and(or(shl(20, a), shr(44, a)), 0xffffffffffffffff))
                mstore(add(lanes, 32), and(or(shl(44, b), shr(20, b)), 0xffffffffffffffff))
                // chi
                for { let row := lanes } lt(row, add(lanes, 800)) { row := add(row, 160) } {
                    let first := mload(row)
                    let second := mload(add(row, 32))
                    let third := mload(add(row, 64))
                    let fourth := mload(add(row, 96))
                    let fifth := mload(add(row, 128))
                    mstore(row, xor(first, and(not(second), third)))
                    mstore(add(row, 32), xor(second, and(not(third), fourth)))
                    mstore(add(row, 64), xor(third, and(not(fourth), fifth)))
                    mstore(add(row, 96), xor(fourth, and(not(fifth), first)))
                    mstore(add(row, 128), xor(fifth, and(not(first), second)))
                }
                // iota
                mstore(lanes, xor(mload(lanes), shr(192, mload(add(add(constants, 32), round)))))
            }
        }
    }

    /// @notice The digest, from the state after the last block.
    function squeeze(StateMatrix memory matrix) internal pure returns (bytes32) {
        uint64[25] memory lanes = matrix.state;
        return bytes32(
            uint256(reverseBytes(lanes[0])) << 192 | uint256(reverseBytes(lanes[1])) << 128
                | uint256(reverseBytes(lanes[2])) << 64 | uint256(reverseBytes(lanes[3]))
        );
    }

    /// @notice `data` with Keccak's padding (1, zeros, 1): a multiple of 136 bytes, longer than `data`.
    function pad(bytes memory data) internal pure returns (bytes memory padded) {
        uint256 missing = RATE - data.length % RATE;
        padded = bytes.concat(data, new bytes(missing));
        padded[data.length] = 0x01;
        padded[padded.length - 1] |= 0x80;
    }

    function reverseBytes(uint64 v) private pure returns (uint64) {
        v = (v & 0x00ff00ff00ff00ff) << 8 | v >> 8 & 0x00ff00ff00ff00ff;
        v = (v & 0x0000ffff0000ffff) << 16 | v >> 16 & 0x0000ffff0000ffff;
        return v << 32 | v >> 32;
    }
}
