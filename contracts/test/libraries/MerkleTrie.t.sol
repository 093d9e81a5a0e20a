// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {MerkleTrie} from "src/libraries/MerkleTrie.sol";
import {
    ContentLengthMismatch,
    EmptyItem,
    InvalidDataRemainder,
    InvalidHeader,
    UnexpectedList,
    UnexpectedString
} from "src/libraries/RLPErrors.sol";
import {Rlp, Trie} from "test/libraries/Trie.sol";

contract TrieReader {
    function get(bytes32 key, bytes[] memory proof, bytes32 root) external pure returns (bytes memory) {
        return MerkleTrie.get(key, proof, root);
    }
}

contract MerkleTrieTest is Test {
    bytes32 private constant KEY = bytes32(uint256(0x1234) << 240 | 0x5678);

    TrieReader private trie = new TrieReader();

    function nodes(bytes memory a) private pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = a;
    }

    function nodes(bytes memory a, bytes memory b) private pure returns (bytes[] memory list) {
        list = new bytes[](2);
        (list[0], list[1]) = (a, b);
    }

    function leaf(bytes memory path, bytes memory value) private pure returns (bytes memory) {
        return Rlp.list(bytes.concat(Rlp.str(path), Rlp.str(value)));
    }

    /// @notice A branch with one child, and a value of its own.
    function branch(uint256 nibble, bytes memory child, bytes memory value) private pure returns (bytes memory items) {
        for (uint256 i = 0; i < 16; i++) {
            items = bytes.concat(items, i == nibble ? child : bytes(hex"80"));
        }
        return Rlp.list(bytes.concat(items, Rlp.str(value)));
    }

    function refused(bytes[] memory proof, string memory reason) private {
        vm.expectRevert(bytes(reason));
        trie.get(KEY, proof, keccak256(proof[0]));
    }

    function randomTrie(uint256 seed, uint256 count, uint256 shared)
        private
        pure
        returns (bytes32[] memory keys, bytes[] memory values)
    {
        (keys, values) = (new bytes32[](count), new bytes[](count));
        for (uint256 i = 0; i < count; i++) {
            uint256 tail = uint256(keccak256(abi.encode(seed, i))) >> (4 * shared);
            uint256 head = shared == 0 ? 0 : seed << (256 - 4 * shared);
            keys[i] = bytes32(head | tail);
            values[i] = i % 3 == 0 ? bytes(hex"01") : abi.encodePacked(keccak256(abi.encode(i)), i % 2 == 0 ? "x" : "");
        }
    }

    /// @notice Every key of a trie that was built by the definition is found, with its value.
    function testFuzz_get(uint256 seed, uint256 count, uint256 shared) external view {
        (bytes32[] memory keys, bytes[] memory values) = randomTrie(seed, bound(count, 1, 5), bound(shared, 0, 40));
        bytes32 root = Trie.rootOf(keys, values);
        for (uint256 i = 0; i < keys.length; i++) {
            assertEq(trie.get(keys[i], Trie.prove(keys, values, keys[i]), root), values[i]);
        }
    }

    /// @notice With long common prefixes the leaves stand inside of their branch.
    function testFuzz_get_inlineNodes(uint256 seed, uint256 shared) external view {
        shared = bound(shared, 58, 61);
        bytes32[] memory keys = new bytes32[](2);
        bytes[] memory values = new bytes[](2);
        uint256 head = seed << (256 - 4 * shared);
        (keys[0], keys[1]) = (bytes32(head), bytes32(head | (1 << (4 * (63 - shared)))));
        (values[0], values[1]) = (bytes(hex"01"), bytes(hex"8002"));
        bytes[] memory proof = Trie.prove(keys, values, keys[1]);
        assertEq(proof.length, 3);
        assertLt(proof[2].length, 32);
        assertEq(trie.get(keys[1], proof, Trie.rootOf(keys, values)), values[1]);
    }

    /// @notice One flipped bit anywhere in a proof, its key or its root makes it fail.
    function testFuzz_get_flippedBit(uint256 seed, uint256 which, uint256 at) external {
        (bytes32[] memory keys, bytes[] memory values) = randomTrie(seed, 3, 2);
        bytes32 root = Trie.rootOf(keys, values);
        bytes[] memory proof = Trie.prove(keys, values, keys[0]);
        bytes memory chosen = proof[which % proof.length];
        at = at % (chosen.length * 8);
        chosen[at / 8] ^= bytes1(uint8(1 << (at % 8)));
        vm.expectRevert();
        trie.get(keys[0], proof, root);
        chosen[at / 8] ^= bytes1(uint8(1 << (at % 8)));
        vm.expectRevert();
        trie.get(keys[0] ^ bytes32(1 << (at % 256)), proof, root);
        vm.expectRevert("MerkleTrie: invalid root hash");
        trie.get(keys[0], proof, root ^ bytes32(1 << (at % 256)));
        assertEq(trie.get(keys[0], proof, root), values[0]);
    }

    function test_get_single() external view {
        (bytes32 root, bytes[] memory proof) = Trie.single(KEY, hex"01");
        assertEq(proof[0].length, 36);
        assertEq(trie.get(KEY, proof, root), hex"01");
    }

    function test_get_emptyProof_reverts() external {
        vm.expectRevert("MerkleTrie: ran out of proof elements");
        trie.get(KEY, new bytes[](0), 0);
    }

    function test_get_endsInBranch_reverts() external {
        refused(nodes(branch(1, Rlp.str(abi.encodePacked(KEY)), "")), "MerkleTrie: ran out of proof elements");
    }

    function test_get_wrongRoot_reverts() external {
        (, bytes[] memory proof) = Trie.single(KEY, hex"01");
        vm.expectRevert("MerkleTrie: invalid root hash");
        trie.get(KEY, proof, 0);
    }

    function test_get_wrongHashInside_reverts() external {
        bytes memory child = leaf(Trie.path(KEY, 1, 64, true), hex"01");
        bytes memory parent = branch(1, Rlp.str(abi.encodePacked(keccak256("another"))), "");
        refused(nodes(parent, child), "MerkleTrie: invalid large internal hash");
    }

    function test_get_wrongInlineNode_reverts() external {
        bytes memory parent = branch(1, leaf(hex"20", hex"01"), "");
        refused(nodes(parent, leaf(hex"20", hex"02")), "MerkleTrie: invalid internal node hash");
    }

    /// @notice A short node is never taken by its hash.
    function test_get_shortNodeByHash_reverts() external {
        bytes memory child = leaf(hex"20", hex"01");
        bytes memory parent = branch(1, Rlp.str(abi.encodePacked(keccak256(child))), "");
        refused(nodes(parent, child), "MerkleTrie: invalid internal node hash");
    }

    /// @notice Before the first nibble every node counts as the root.
    function test_get_emptyExtension_reverts() external {
        bytes memory child = leaf(Trie.path(KEY, 0, 64, true), hex"01");
        bytes memory parent = Rlp.list(bytes.concat(Rlp.str(hex"00"), Rlp.str(abi.encodePacked(keccak256("else")))));
        refused(nodes(parent, child), "MerkleTrie: invalid root hash");
        parent = Rlp.list(bytes.concat(Rlp.str(hex"00"), Rlp.str(abi.encodePacked(keccak256(child)))));
        assertEq(trie.get(KEY, nodes(parent, child), keccak256(parent)), hex"01");
    }

    function test_get_otherPath_reverts() external {
        bytes memory wrong = leaf(Trie.path(KEY ^ bytes32(uint256(1)), 0, 64, true), hex"01");
        refused(nodes(wrong), "MerkleTrie: path remainder must share all nibbles with key");
    }

    function test_get_otherOddPath_reverts() external {
        bytes memory child = leaf(Trie.path(KEY ^ bytes32(uint256(1)), 1, 64, true), hex"01");
        bytes memory parent = branch(1, Rlp.str(abi.encodePacked(keccak256(child))), "");
        refused(nodes(parent, child), "MerkleTrie: path remainder must share all nibbles with key");
    }

    function test_get_pathTooLong_reverts() external {
        bytes memory path = bytes.concat(Trie.path(KEY, 0, 64, true), hex"00");
        refused(nodes(leaf(path, hex"01")), "MerkleTrie: path remainder must share all nibbles with key");
        path = bytes.concat(bytes1(0x31), abi.encodePacked(KEY << 4), hex"00");
        refused(nodes(leaf(path, hex"01")), "MerkleTrie: path remainder must share all nibbles with key");
    }

    function test_get_leafTooShort_reverts() external {
        bytes memory short = leaf(Trie.path(KEY, 0, 62, true), hex"01");
        refused(nodes(short), "MerkleTrie: key remainder must be identical to path remainder");
    }

    function test_get_unknownPrefix_reverts() external {
        for (uint8 prefix = 4; prefix < 16; prefix++) {
            bytes memory path = Trie.path(KEY, 0, prefix % 2 == 0 ? 4 : 3, false);
            path[0] = bytes1(uint8(path[0]) & 0x0f | prefix << 4);
            refused(nodes(leaf(path, hex"01")), "MerkleTrie: received a node with an unknown prefix");
        }
    }

    function test_get_emptyPath_panics() external {
        bytes[] memory proof = nodes(leaf("", hex"01"));
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        trie.get(KEY, proof, keccak256(proof[0]));
    }

    function test_get_emptyLeafValue_reverts() external {
        refused(
            nodes(leaf(Trie.path(KEY, 0, 64, true), "")), "MerkleTrie: value length must be greater than zero (leaf)"
        );
    }

    function test_get_elementsBehindLeaf_reverts() external {
        bytes memory first = leaf(Trie.path(KEY, 0, 64, true), hex"01");
        refused(nodes(first, first), "MerkleTrie: value node must be last node in proof (leaf)");
    }

    /// @notice An extension over the whole key leads to a branch that holds the value.
    function valueInBranch(bytes memory value) private pure returns (bytes memory extension, bytes memory last) {
        last = branch(16, "", value);
        extension = Rlp.list(bytes.concat(Rlp.str(Trie.path(KEY, 0, 64, false)), Trie.reference_(last)));
    }

    function test_get_valueInBranch() external view {
        (bytes memory extension, bytes memory last) = valueInBranch(hex"0102030405060708090a0b0c0d0e0f1011");
        assertEq(
            trie.get(KEY, nodes(extension, last), keccak256(extension)), hex"0102030405060708090a0b0c0d0e0f1011"
        );
    }

    function test_get_emptyBranchValue_reverts() external {
        (bytes memory extension, bytes memory last) = valueInBranch("");
        refused(nodes(extension, last), "MerkleTrie: value length must be greater than zero (branch)");
    }

    function test_get_elementsBehindBranch_reverts() external {
        (bytes memory extension, bytes memory last) = valueInBranch(hex"01");
        bytes[] memory proof = new bytes[](3);
        (proof[0], proof[1], proof[2]) = (extension, last, last);
        refused(proof, "MerkleTrie: value node must be last node in proof (branch)");
    }

    function test_get_unparseableNode_reverts() external {
        for (uint256 count = 0; count < 20; count++) {
            if (count == 2 || count == 17) continue;
            bytes memory items = new bytes(count); // each item is the byte 0
            refused(nodes(Rlp.list(items)), "MerkleTrie: received an unparseable node");
        }
    }

    function test_get_branchWithListAsChild_reverts() external {
        bytes memory long = Rlp.list(bytes.concat(Rlp.str(new bytes(31)), hex"01"));
        bytes[] memory proof = nodes(branch(1, long, ""), long);
        vm.expectRevert(UnexpectedList.selector);
        trie.get(KEY, proof, keccak256(proof[0]));
    }

    /// @notice All nodes are parsed before the first one is compared with the root.
    function malformed(bytes memory bad, bytes4 reason) private {
        (, bytes[] memory proof) = Trie.single(KEY, hex"01");
        proof = nodes(proof[0], bad);
        vm.expectRevert(reason);
        trie.get(KEY, proof, 0);
    }

    function test_get_malformedRlp_reverts() external {
        malformed("", EmptyItem.selector);
        malformed(hex"80", UnexpectedString.selector);
        malformed(hex"c180ff", InvalidDataRemainder.selector);
        malformed(hex"c3", ContentLengthMismatch.selector);
        malformed(hex"c28100", InvalidHeader.selector);
        malformed(hex"c1c1", ContentLengthMismatch.selector);
        malformed(hex"f800", InvalidHeader.selector);
    }

    function test_get_longList_panics() external {
        bytes[] memory proof = nodes(Rlp.list(new bytes(33)));
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        trie.get(KEY, proof, 0);
        proof = nodes(Rlp.list(new bytes(32)));
        vm.expectRevert("MerkleTrie: invalid root hash");
        trie.get(KEY, proof, 0);
    }
}
