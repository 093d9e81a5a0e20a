// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    ContentLengthMismatch,
    EmptyItem,
    InvalidDataRemainder,
    InvalidHeader,
    UnexpectedList,
    UnexpectedString
} from "src/libraries/RLPErrors.sol";

/// @title RLPReader
/// @notice Reads lists and strings of canonical RLP in memory, without copying what it does not return.
library RLPReader {
    /// @param pointer Memory address of the first byte.
    /// @param length Number of bytes, header included.
    struct Item {
        uint256 pointer;
        uint256 length;
    }

    // First bytes of an empty string and of one of 32 bytes.
    uint256 private constant EMPTY_STRING = 0x80;
    uint256 private constant HASH = 0xa0;

    /// @dev Most items that a list may have; a longer one panics (0x32). Headers and trie nodes have fewer.
    uint256 internal constant MAX_LIST_LENGTH = 32;

    /// @dev Longest content whose length stands in the first byte.
    uint256 private constant MAX_SHORT_LENGTH = 55;

    function toItem(bytes memory encoded) internal pure returns (Item memory item) {
        if (encoded.length == 0) revert EmptyItem();
        uint256 pointer;
        assembly ("memory-safe") {
            pointer := add(encoded, 0x20)
        }
        item = Item(pointer, encoded.length);
    }

    /// @notice The items of a list. Headers of items are checked, not what is inside.
    function readList(Item memory list) internal pure returns (Item[] memory items) {
        (uint256 offset, uint256 contentLength, bool isList) = _decodeHeader(list);
        if (!isList) revert UnexpectedString();
        if (offset + contentLength != list.length) revert InvalidDataRemainder();

        items = new Item[](MAX_LIST_LENGTH);
        uint256 count;
        for (; offset < list.length; count++) {
            Item memory item = Item(list.pointer + offset, list.length - offset);
            (uint256 headerLength, uint256 length,) = _decodeHeader(item);
            item.length = headerLength + length;
            items[count] = item;
            offset += item.length;
        }
        assembly ("memory-safe") {
            mstore(items, count)
        }
    }

    /// @notice Number of a list's items, checked as `readList` does.
    function countItems(Item memory list) internal pure returns (uint256 count) {
        (uint256 offset, uint256 contentLength, bool isList) = _decodeHeader(list);
        if (!isList) revert UnexpectedString();
        if (offset + contentLength != list.length) revert InvalidDataRemainder();

        uint256 pointer = list.pointer + offset;
        uint256 end = list.pointer + list.length;
        while (true) {
            (pointer, count) = _skip(pointer, end, count, MAX_LIST_LENGTH);
            if (pointer >= end) break;
            pointer += _itemLength(pointer, end);
            if (count == MAX_LIST_LENGTH) _panicOutOfBounds();
            count++;
        }
    }

    /// @notice One item of a list that `countItems` has checked and that has so many items.
    function itemAt(Item memory list, uint256 index) internal pure returns (Item memory item) {
        (uint256 offset,,) = _decodeHeader(list);
        uint256 pointer = list.pointer + offset;
        uint256 end = list.pointer + list.length;
        uint256 at;
        while (true) {
            (pointer, at) = _skip(pointer, end, at, index);
            item.length = _itemLength(pointer, end);
            if (at == index) break;
            pointer += item.length;
            at++;
        }
        item.pointer = pointer;
    }

    /// @notice The content of a string.
    function readBytes(Item memory item) internal pure returns (bytes memory content) {
        (uint256 offset, uint256 length, bool isList) = _decodeHeader(item);
        if (isList) revert UnexpectedList();
        if (offset + length != item.length) revert InvalidDataRemainder();
        content = _copy(item.pointer + offset, length);
    }

    /// @notice The whole item, header included.
    function readRawBytes(Item memory item) internal pure returns (bytes memory) {
        return _copy(item.pointer, item.length);
    }

    /// @return offset Bytes before the content.
    /// @return length Bytes of content.
    /// @return isList Whether the content is a list of items.
    function _decodeHeader(Item memory item) private pure returns (uint256 offset, uint256 length, bool isList) {
        if (item.length == 0) revert EmptyItem();
        uint256 prefix = _bigEndian(item.pointer, 1);
        if (prefix < 0x80) return (0, 1, false);

        isList = prefix >= 0xc0;
        length = prefix - (isList ? 0xc0 : 0x80);
        offset = 1;
        if (length <= MAX_SHORT_LENGTH) {
            if (item.length <= length) revert ContentLengthMismatch();
            bool isByte = !isList && length == 1;
            if (isByte && _bigEndian(item.pointer + 1, 1) < 0x80) revert InvalidHeader();
        } else {
            uint256 lengthOfLength = length - MAX_SHORT_LENGTH;
            if (item.length <= lengthOfLength) revert ContentLengthMismatch();
            if (_bigEndian(item.pointer + 1, 1) == 0) revert InvalidHeader();
            length = _bigEndian(item.pointer + 1, lengthOfLength);
            if (length <= MAX_SHORT_LENGTH) revert InvalidHeader();
            if (item.length <= lengthOfLength + length) revert ContentLengthMismatch();
            offset += lengthOfLength;
        }
    }

    /// @dev Passes hashes and empty strings, of which the nodes of tries consist and which their first byte tells, up to a
    ///      number of items.
    function _skip(uint256 pointer, uint256 end, uint256 count, uint256 most)
        private
        pure
        returns (uint256 newPointer, uint256 newCount)
    {
        assembly ("memory-safe") {
            for {} and(lt(pointer, end), lt(count, most)) { count := add(count, 1) } {
                let prefix := byte(0, mload(pointer))
                let length := add(1, shl(5, eq(prefix, HASH)))
                if iszero(or(eq(prefix, EMPTY_STRING), eq(prefix, HASH))) { break }
                if gt(add(pointer, length), end) { break }
                pointer := add(pointer, length)
            }
            newPointer := pointer
            newCount := count
        }
    }

    /// @dev Length, header included, of the item at a memory address in a list that ends at another one.
    function _itemLength(uint256 pointer, uint256 end) private pure returns (uint256) {
        (uint256 headerLength, uint256 length,) = _decodeHeader(Item(pointer, end - pointer));
        return headerLength + length;
    }

    /// @dev Number in the first `size` (1 to 8) bytes at a memory address.
    function _bigEndian(uint256 pointer, uint256 size) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, size)), mload(pointer))
        }
    }

    /// @dev What an array access beyond the end does.
    function _panicOutOfBounds() private pure {
        assembly ("memory-safe") {
            mstore(0x00, 0x4e487b71) // Panic(uint256)
            mstore(0x20, 0x32)
            revert(0x1c, 0x24)
        }
    }

    function _copy(uint256 pointer, uint256 length) private pure returns (bytes memory copy) {
        copy = new bytes(length);
        assembly ("memory-safe") {
            mcopy(add(copy, 0x20), pointer, length)
        }
    }
}
