// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

struct ThreadModel {
    uint64 id;
    uint8 exitCode;
    uint8 exited;
    uint64 pc;
    uint64 nextPc;
    uint64 lo;
    uint64 hi;
    uint64[32] r;
}

/// @notice One aligned 8-byte word of memory.
struct Cell {
    uint64 addr;
    uint64 word;
}

/// @notice A machine as a whole: memory by its words, stacks by their threads (bottom first).
struct Machine {
    Cell[] cells;
    bytes32 preimageKey;
    uint64 preimageOffset;
    uint64 heap;
    uint8 llStatus;
    uint64 llAddress;
    uint64 llOwner;
    uint8 exitCode;
    uint8 exited;
    uint64 step;
    uint64 stepsSinceSwitch;
    uint8 traverseRight;
    ThreadModel[] left;
    ThreadModel[] right;
    uint64 nextThreadId;
}

using Model for Machine global;
using Model for ThreadModel global;

/// @title Model
/// @notice What the contract sees only by hashes, as plain data: encodes a machine, and builds its Merkle tree from the
///         leaves. Shares no code with the contract.
library Model {
    uint256 internal constant LEVELS = 59;

    function copy(Machine memory m) internal pure returns (Machine memory) {
        return abi.decode(abi.encode(m), (Machine));
    }

    function copy(ThreadModel memory t) internal pure returns (ThreadModel memory) {
        return abi.decode(abi.encode(t), (ThreadModel));
    }

    function running(Machine memory m) internal pure returns (ThreadModel memory) {
        ThreadModel[] memory active = m.traverseRight != 0 ? m.right : m.left;
        return active[active.length - 1];
    }

    // --- encoding -------------------------------------------------------------------------------------------------

    function encode(ThreadModel memory t) internal pure returns (bytes memory out) {
        out = abi.encodePacked(t.id, t.exitCode, t.exited, t.pc, t.nextPc, t.lo, t.hi);
        // In an array encodePacked pads each element to 32 bytes.
        for (uint256 i = 0; i < 32; ++i) {
            out = abi.encodePacked(out, t.r[i]);
        }
        require(out.length == 298, "model: thread size");
    }

    function encode(Machine memory m) internal pure returns (bytes memory out) {
        out = abi.encodePacked(
            memRoot(m.cells), m.preimageKey, m.preimageOffset, m.heap, m.llStatus, m.llAddress, m.llOwner
        );
        out = abi.encodePacked(out, m.exitCode, m.exited, m.step, m.stepsSinceSwitch, m.traverseRight);
        out =
            abi.encodePacked(out, stackRoot(m.left, m.left.length), stackRoot(m.right, m.right.length), m.nextThreadId);
        require(out.length == 188, "model: state size");
    }

    function hash(Machine memory m) internal pure returns (bytes32 digest) {
        digest = keccak256(encode(m));
        uint256 status = m.exited == 0 ? 3 : m.exitCode < 2 ? m.exitCode : 2;
        digest = bytes32((uint256(digest) << 8 >> 8) + (status << 248));
    }

    /// @notice Root of the lowest `count` threads.
    function stackRoot(ThreadModel[] memory threads, uint256 count) internal pure returns (bytes32 root) {
        root = keccak256(new bytes(64));
        for (uint256 i = 0; i < count; ++i) {
            root = keccak256(bytes.concat(root, keccak256(encode(threads[i]))));
        }
    }

    /// @notice The witness without memory proofs: running thread, root below it.
    function threadWitness(Machine memory m) internal pure returns (bytes memory) {
        ThreadModel[] memory active = m.traverseRight != 0 ? m.right : m.left;
        return bytes.concat(encode(active[active.length - 1]), stackRoot(active, active.length - 1));
    }

    // --- memory ---------------------------------------------------------------------------------------------------

    function read(Machine memory m, uint64 addr) internal pure returns (uint64) {
        for (uint256 i = 0; i < m.cells.length; ++i) {
            if (m.cells[i].addr == addr) return m.cells[i].word;
        }
        return 0;
    }

    function write(Machine memory m, uint64 addr, uint64 word) internal pure {
        require(addr % 8 == 0, "model: alignment");
        for (uint256 i = 0; i < m.cells.length; ++i) {
            if (m.cells[i].addr == addr) {
                m.cells[i].word = word;
                return;
            }
        }
        Cell[] memory more = new Cell[](m.cells.length + 1);
        for (uint256 i = 0; i < m.cells.length; ++i) {
            more[i] = m.cells[i];
        }
        more[m.cells.length] = Cell(addr, word);
        m.cells = more;
    }

    function memRoot(Cell[] memory cells) internal pure returns (bytes32) {
        return node(cells, zeros(), LEVELS, 0);
    }

    /// @notice Leaf and 59 siblings, from the bottom up.
    function proof(Machine memory m, uint64 addr) internal pure returns (bytes memory out) {
        bytes32[] memory empty = zeros();
        uint256 path = addr / 32;
        bytes32[] memory words = new bytes32[](LEVELS + 1);
        words[0] = node(m.cells, empty, 0, path);
        for (uint256 level = 0; level < LEVELS; ++level) {
            words[level + 1] = node(m.cells, empty, level, (path >> level) ^ 1);
        }
        return abi.encodePacked(words);
    }

    /// @notice Roots of empty trees of 0 to 59 levels.
    function zeros() internal pure returns (bytes32[] memory empty) {
        empty = new bytes32[](LEVELS + 1);
        for (uint256 i = 0; i < LEVELS; ++i) {
            empty[i + 1] = keccak256(bytes.concat(empty[i], empty[i]));
        }
    }

    function node(Cell[] memory cells, bytes32[] memory empty, uint256 level, uint256 index)
        internal
        pure
        returns (bytes32)
    {
        bool used;
        for (uint256 i = 0; i < cells.length; ++i) {
            used = used || uint256(cells[i].addr) >> (5 + level) == index;
        }
        if (!used) return empty[level];
        if (level > 0) {
            bytes32 left = node(cells, empty, level - 1, 2 * index);
            return keccak256(bytes.concat(left, node(cells, empty, level - 1, 2 * index + 1)));
        }
        uint64[4] memory words;
        for (uint256 i = 0; i < cells.length; ++i) {
            if (cells[i].addr / 32 == index) words[cells[i].addr % 32 / 8] = cells[i].word;
        }
        return bytes32(abi.encodePacked(words[0], words[1], words[2], words[3]));
    }
}
