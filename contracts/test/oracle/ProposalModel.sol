// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Keccak, StateMatrix} from "src/oracle/Keccak.sol";
import {LargePreimages} from "src/oracle/LargePreimages.sol";

/// @notice A proposal of a large preimage as plain data: blocks, Keccak's states, the tree of leaves from the bottom.
abstract contract ProposalModel {
    struct Proposal {
        bytes data;
        bytes padded;
        /// Keccak's states before each block and after the last.
        StateMatrix[] states;
        /// As posted; a lie changes one.
        bytes32[] commitments;
    }

    function honest(uint256 size) internal pure returns (Proposal memory p) {
        p.data = new bytes(size);
        for (uint256 i = 0; i < size; ++i) {
            p.data[i] = bytes1(uint8(uint256(keccak256(abi.encode(i)))));
        }
        p.padded = Keccak.pad(p.data);
        uint256 blocks = p.padded.length / 136;
        p.states = new StateMatrix[](blocks + 1);
        p.commitments = new bytes32[](blocks);
        for (uint256 i = 0; i < blocks; ++i) {
            StateMatrix memory matrix = abi.decode(abi.encode(p.states[i]), (StateMatrix));
            Keccak.absorb(matrix, slice(p.padded, 136 * i, 136));
            Keccak.permute(matrix);
            p.states[i + 1] = matrix;
            p.commitments[i] = keccak256(abi.encode(matrix));
        }
    }

    function slice(bytes memory data, uint256 start, uint256 length) internal pure returns (bytes memory out) {
        out = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            out[i] = data[start + i];
        }
    }

    function leaf(Proposal memory p, uint256 i) internal pure returns (LargePreimages.Leaf memory) {
        return LargePreimages.Leaf(slice(p.padded, 136 * i, 136), i, p.commitments[i]);
    }

    /// @notice A leaf as the lowest node of the tree.
    function leafNode(Proposal memory p, uint256 index) internal pure virtual returns (bytes32) {
        LargePreimages.Leaf memory l = leaf(p, index);
        return keccak256(abi.encodePacked(l.input, l.index, l.stateCommitment));
    }

    function node(Proposal memory p, uint256 level, uint256 index) internal pure returns (bytes32) {
        if (index << level >= p.commitments.length) return zero(level);
        if (level == 0) return leafNode(p, index);
        return pair(node(p, level - 1, 2 * index), node(p, level - 1, 2 * index + 1));
    }

    function pair(bytes32 left, bytes32 right) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(32, right)
            hash := keccak256(0, 64)
        }
    }

    function zero(uint256 level) internal pure returns (bytes32 hash) {
        for (uint256 i = 0; i < level; ++i) {
            hash = pair(hash, hash);
        }
    }

    function proof(Proposal memory p, uint256 index) internal pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](16);
        for (uint256 level = 0; level < 16; ++level) {
            siblings[level] = node(p, level, (index >> level) ^ 1);
        }
    }
}
