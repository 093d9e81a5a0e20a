// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Writes RLP, the plain way.
library Rlp {
    function str(bytes memory content) internal pure returns (bytes memory) {
        if (content.length == 1 && uint8(content[0]) < 0x80) return content;
        return bytes.concat(header(0x80, content.length), content);
    }

    function list(bytes memory items) internal pure returns (bytes memory) {
        return bytes.concat(header(0xc0, items.length), items);
    }

    function header(uint8 base, uint256 length) internal pure returns (bytes memory) {
        if (length <= 55) return abi.encodePacked(uint8(base + length));
        if (length < 256) return abi.encodePacked(base + 56, uint8(length));
        return abi.encodePacked(base + 57, uint16(length));
    }
}

/// @notice Builds Merkle Patricia tries by their definition in the yellow paper (appendix D): a set of keys and values
///         becomes a leaf, an extension or a branch. Keys are taken as they are, not hashed.
library Trie {
    /// @return encoded The node for keys that agree up to `depth` nibbles.
    function node(bytes32[] memory keys, bytes[] memory values, uint256 depth)
        internal
        pure
        returns (bytes memory encoded)
    {
        if (keys.length == 1) {
            return Rlp.list(bytes.concat(Rlp.str(path(keys[0], depth, 64, true)), Rlp.str(values[0])));
        }
        uint256 shared = depth;
        while (agree(keys, shared)) shared++;
        if (shared > depth) {
            bytes memory child = reference_(node(keys, values, shared));
            return Rlp.list(bytes.concat(Rlp.str(path(keys[0], depth, shared, false)), child));
        }
        for (uint256 nibble = 0; nibble < 16; nibble++) {
            (bytes32[] memory subKeys, bytes[] memory subValues) = select(keys, values, depth, nibble);
            bytes memory child =
                subKeys.length == 0 ? bytes(hex"80") : reference_(node(subKeys, subValues, depth + 1));
            encoded = bytes.concat(encoded, child);
        }
        return Rlp.list(bytes.concat(encoded, hex"80"));
    }

    function rootOf(bytes32[] memory keys, bytes[] memory values) internal pure returns (bytes32) {
        return keccak256(node(keys, values, 0));
    }

    /// @return proof Nodes on the way to `key`, also those that stand inside of their parents.
    function prove(bytes32[] memory keys, bytes[] memory values, bytes32 key)
        internal
        pure
        returns (bytes[] memory proof)
    {
        bytes[] memory all = new bytes[](65);
        uint256 count;
        uint256 depth;
        while (true) {
            all[count++] = node(keys, values, depth);
            if (keys.length == 1) break;
            if (agree(keys, depth)) {
                while (agree(keys, depth)) depth++;
            } else {
                (keys, values) = select(keys, values, depth, nibbleAt(key, depth));
                depth++;
            }
        }
        proof = new bytes[](count);
        for (uint256 i = 0; i < count; i++) {
            proof[i] = all[i];
        }
    }

    /// @notice A trie with one key: a single leaf.
    function single(bytes32 key, bytes memory value) internal pure returns (bytes32 root, bytes[] memory proof) {
        proof = new bytes[](1);
        proof[0] = Rlp.list(bytes.concat(Rlp.str(path(key, 0, 64, true)), Rlp.str(value)));
        root = keccak256(proof[0]);
    }

    /// @notice Nibbles [from, to) of a key with their prefix (hex-prefix encoding).
    function path(bytes32 key, uint256 from, uint256 to, bool isLeaf) internal pure returns (bytes memory encoded) {
        uint256 count = to - from;
        uint8 flag = (isLeaf ? 2 : 0) + uint8(count % 2);
        uint256 at = from;
        uint8 second = count % 2 == 1 ? uint8(nibbleAt(key, at++)) : 0;
        encoded = abi.encodePacked(flag << 4 | second);
        for (; at < to; at += 2) {
            encoded = abi.encodePacked(encoded, uint8(nibbleAt(key, at) << 4 | nibbleAt(key, at + 1)));
        }
    }

    function nibbleAt(bytes32 key, uint256 index) internal pure returns (uint256) {
        uint8 octet = uint8(key[index / 2]);
        return index % 2 == 0 ? octet >> 4 : octet & 0xf;
    }

    /// @notice How a parent names a node: by its hash, or as it is when shorter than that.
    function reference_(bytes memory encoded) internal pure returns (bytes memory) {
        return encoded.length < 32 ? encoded : Rlp.str(abi.encodePacked(keccak256(encoded)));
    }

    function agree(bytes32[] memory keys, uint256 depth) private pure returns (bool) {
        for (uint256 i = 1; i < keys.length; i++) {
            if (nibbleAt(keys[i], depth) != nibbleAt(keys[0], depth)) return false;
        }
        return true;
    }

    function select(bytes32[] memory keys, bytes[] memory values, uint256 depth, uint256 nibble)
        private
        pure
        returns (bytes32[] memory subKeys, bytes[] memory subValues)
    {
        uint256 count;
        for (uint256 i = 0; i < keys.length; i++) {
            if (nibbleAt(keys[i], depth) == nibble) count++;
        }
        (subKeys, subValues) = (new bytes32[](count), new bytes[](count));
        count = 0;
        for (uint256 i = 0; i < keys.length; i++) {
            if (nibbleAt(keys[i], depth) == nibble) (subKeys[count], subValues[count++]) = (keys[i], values[i]);
        }
    }
}
