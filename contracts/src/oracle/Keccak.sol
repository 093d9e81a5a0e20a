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

    /// @notice The walk of rho and pi: byte i is the lane that receives the lane before it in the walk, rotated.
    bytes32 private constant LANES = 0x0a070b111203051008151804_0f17130d0c02140e16090601_0000000000000000;
    /// @notice The rotations of that walk.
    bytes32 private constant ROTATIONS = 0x0103060a0f151c242d37020e_1b293808192b3e12273d142c_0000000000000000;
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
        // Parities of the 5 columns.
        uint64[5] memory parity;
        assembly ("memory-safe") {
            function rotl(value, by) -> rotated {
                rotated := and(or(shl(by, value), shr(sub(64, by), value)), 0xffffffffffffffff)
            }
            for { let round := 0 } lt(round, 192) { round := add(round, 8) } {
                // theta
                for { let x := 0 } lt(x, 160) { x := add(x, 32) } {
                    let at := add(lanes, x)
                    let p := xor(xor(mload(at), mload(add(at, 160))), xor(mload(add(at, 320)), mload(add(at, 480))))
                    mstore(add(parity, x), xor(p, mload(add(at, 640))))
                }
                for { let x := 0 } lt(x, 160) { x := add(x, 32) } {
                    let left := mload(add(parity, mod(add(x, 128), 160)))
                    let change := xor(left, rotl(mload(add(parity, mod(add(x, 32), 160))), 1))
                    for { let at := add(lanes, x) } lt(at, add(lanes, 800)) { at := add(at, 160) } {
                        mstore(at, xor(mload(at), change))
                    }
                }
                // rho and pi
                let carried := mload(add(lanes, 32))
                for { let i := 0 } lt(i, 24) { i := add(i, 1) } {
                    let at := add(lanes, shl(5, byte(i, LANES)))
                    let next := mload(at)
                    mstore(at, rotl(carried, byte(i, ROTATIONS)))
                    carried := next
                }
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
