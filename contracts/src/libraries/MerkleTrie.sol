// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {RLPReader} from "src/libraries/RLPReader.sol";

/// @title MerkleTrie
/// @notice Reads one value from a secure Merkle Patricia trie (keys are hashes), given the nodes on the way to it.
///         A proof that does not hold reverts, with the reasons that deployed portals give.
library MerkleTrie {
    using RLPReader for bytes;
    using RLPReader for RLPReader.Item;

    uint256 private constant BRANCH_ITEMS = 17;
    uint256 private constant PATH_ITEMS = 2;

    /// @dev Nibbles of a key.
    uint256 private constant KEY_LENGTH = 64;

    /// @dev Shorter nodes stand in their parent as they are, others by their hash.
    uint256 private constant HASH_LENGTH = 32;

    /// @notice The value at `key`, never empty.
    /// @param key Hashed key.
    /// @param proof RLP of the nodes from the root to the value, and no more.
    function get(bytes32 key, bytes[] memory proof, bytes32 root) internal pure returns (bytes memory value) {
        uint256[] memory counts = new uint256[](proof.length);
        for (uint256 i = 0; i < proof.length; i++) {
            counts[i] = proof[i].toItem().countItems();
        }

        bytes memory id = abi.encodePacked(root);
        uint256 depth = 0;
        for (uint256 i = 0; i < proof.length; i++) {
            _checkNode(proof[i], id, depth);
            RLPReader.Item memory node = proof[i].toItem();
            RLPReader.Item memory next;
            if (counts[i] == BRANCH_ITEMS) {
                if (depth == KEY_LENGTH) {
                    value = node.itemAt(BRANCH_ITEMS - 1).readBytes();
                    require(value.length > 0, "MerkleTrie: value length must be greater than zero (branch)");
                    require(i == proof.length - 1, "MerkleTrie: value node must be last node in proof (branch)");
                    return value;
                }
                next = node.itemAt((uint256(key) >> (4 * (KEY_LENGTH - 1 - depth))) & 0xf);
                depth += 1;
            } else if (counts[i] == PATH_ITEMS) {
                (uint256 length, bool isLeaf) = _matchPath(node.itemAt(0).readBytes(), key, depth);
                depth += length;
                next = node.itemAt(1);
                if (isLeaf) {
                    value = next.readBytes();
                    require(value.length > 0, "MerkleTrie: value length must be greater than zero (leaf)");
                    require(i == proof.length - 1, "MerkleTrie: value node must be last node in proof (leaf)");
                    return value;
                }
            } else {
                revert("MerkleTrie: received an unparseable node");
            }
            id = next.length < HASH_LENGTH ? next.readRawBytes() : next.readBytes();
        }
        revert("MerkleTrie: ran out of proof elements");
    }

    /// @dev A node is what its parent, or for the first one the root, says.
    function _checkNode(bytes memory encoded, bytes memory id, uint256 depth) private pure {
        if (depth != 0 && encoded.length < HASH_LENGTH) {
            require(
                encoded.length == id.length && keccak256(encoded) == keccak256(id),
                "MerkleTrie: invalid internal node hash"
            );
            return;
        }
        bool same = id.length == HASH_LENGTH && keccak256(encoded) == bytes32(id);
        if (depth == 0) require(same, "MerkleTrie: invalid root hash");
        else require(same, "MerkleTrie: invalid large internal hash");
    }

    /// @dev Compares the path of a leaf or an extension with the rest of the key, as words with the first nibble on top.
    ///      The path's first nibble has a flag for leaves (2) and one for paths of an odd length (1).
    /// @return length Nibbles of the path.
    function _matchPath(bytes memory path, bytes32 key, uint256 depth)
        private
        pure
        returns (uint256 length, bool isLeaf)
    {
        uint256 prefix = uint8(path[0]) >> 4; // panics if there is none
        uint256 header = 2 - prefix % 2;
        length = 2 * path.length - header;
        uint256 rest = KEY_LENGTH - depth;

        uint256 word;
        assembly ("memory-safe") {
            // An odd path begins in the second nibble of the first byte, an even one in the second byte. Nibbles behind
            // the path do not count; of an odd path of 65 nibbles or more one is missing, but that is too long anyway.
            switch header
            case 1 { word := shl(4, mload(add(path, 0x20))) }
            default { word := mload(add(path, 0x21)) }
        }
        uint256 difference = (word ^ (uint256(key) << (4 * depth))) >> (256 - 4 * (length < rest ? length : rest));
        require(length <= rest && difference == 0, "MerkleTrie: path remainder must share all nibbles with key");

        isLeaf = prefix == 2 || prefix == 3;
        if (isLeaf) require(length == rest, "MerkleTrie: key remainder must be identical to path remainder");
        else require(prefix < 2, "MerkleTrie: received a node with an unknown prefix");
    }
}
