// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Calldata} from "src/vm/Calldata.sol";

/// @notice The first or second memory proof does not lead to the memory root.
error InvalidMemoryProof();
/// @notice The third memory proof does not lead to the root after the first write.
error InvalidSecondMemoryProof();

/// @title MerkleMemory
/// @notice Reads and writes aligned 8-byte words of the machine's memory by proofs in the call data: 32-byte leaves that
///         are not hashed, 59 levels above them. Clearing of the reservation is for Reservation.
library MerkleMemory {
    uint256 private constant LEVELS = 59;

    /// @notice The word at `addr`, which must be a multiple of 8, by the proof at `proof` in the call data.
    function read(bytes32 root, uint64 addr, uint256 proof) internal pure returns (uint64 word) {
        bool valid;
        (word, valid) = tryRead(root, addr, proof);
        if (!valid) revert InvalidMemoryProof();
    }

    /// @notice As `read`, but tells by `valid` whether the proof leads to the root; `word` counts only if it does.
    function tryRead(bytes32 root, uint64 addr, uint256 proof) internal pure returns (uint64 word, bool valid) {
        require(
            msg.data.length >= proof + Calldata.MEMORY_PROOF_SIZE, "MIPS64Memory: check that there is enough calldata"
        );
        uint256 leaf = leafAt(proof);
        word = uint64(leaf >> shiftOf(addr));
        valid = rootFrom(leaf, addr, proof) == root;
    }

    /// @notice The root after a write. The proof must have been checked by a read before.
    function rootAfterWrite(uint64 addr, uint256 proof, uint64 word) internal pure returns (bytes32) {
        uint256 shift = shiftOf(addr);
        uint256 leaf = leafAt(proof) & ~(uint256(type(uint64).max) << shift) | uint256(word) << shift;
        return rootFrom(leaf, addr, proof);
    }

    /// @notice Bits to the right of the word in its leaf.
    function shiftOf(uint64 addr) private pure returns (uint256) {
        unchecked {
            return 8 * (24 - uint256(addr & 31));
        }
    }

    function leafAt(uint256 proof) private pure returns (uint256 leaf) {
        assembly ("memory-safe") {
            leaf := calldataload(proof)
        }
    }

    function rootFrom(uint256 leaf, uint64 addr, uint256 proof) private pure returns (bytes32 node) {
        assembly ("memory-safe") {
            node := leaf
            let path := shr(5, addr)
            let end := add(proof, mul(32, LEVELS))
            // A node whose bit is 0 is the left child: it goes to byte 0 of the scratch space and its sibling to byte 32.
            for {} lt(proof, end) {} {
                proof := add(proof, 32)
                let place := shl(5, and(path, 1))
                mstore(place, node)
                mstore(xor(place, 32), calldataload(proof))
                node := keccak256(0, 64)
                path := shr(1, path)
            }
        }
    }
}
