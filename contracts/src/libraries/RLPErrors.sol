// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

// Reasons for which RLP is refused.

/// @dev Nothing where an item should be.
error EmptyItem();
/// @dev A list where a string was expected.
error UnexpectedList();
/// @dev A string where a list was expected.
error UnexpectedString();
/// @dev Bytes are left over behind the item.
error InvalidDataRemainder();
/// @dev The item ends before its content does.
error ContentLengthMismatch();
/// @dev Not the shortest encoding.
error InvalidHeader();
