// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {LibRLP} from "solady/utils/LibRLP.sol";
import {Test} from "forge-std/Test.sol";

import {
    ContentLengthMismatch,
    EmptyItem,
    InvalidDataRemainder,
    InvalidHeader,
    UnexpectedList,
    UnexpectedString
} from "src/libraries/RLPErrors.sol";
import {RLPReader} from "src/libraries/RLPReader.sol";

contract RLPReaderTest is Test {
    using LibRLP for LibRLP.List;
    using RLPReader for RLPReader.Item;

    function list(bytes memory encoded) external pure returns (bytes[] memory raw) {
        RLPReader.Item[] memory items = RLPReader.toItem(encoded).readList();
        raw = new bytes[](items.length);
        for (uint256 i = 0; i < raw.length; i++) {
            raw[i] = items[i].readRawBytes();
        }
    }

    function str(bytes memory encoded) external pure returns (bytes memory) {
        return RLPReader.toItem(encoded).readBytes();
    }

    /// @notice What another library encodes comes back.
    function testFuzz_strings(bytes calldata content) external view {
        assertEq(this.str(LibRLP.encode(content)), content);
    }

    function testFuzz_lists(bytes[] calldata contents) external view {
        uint256 count = contents.length % 33;
        LibRLP.List memory encoded = LibRLP.p();
        for (uint256 i = 0; i < count && i < contents.length; i++) {
            encoded = encoded.p(contents[i]);
        }
        bytes[] memory items = this.list(encoded.encode());
        for (uint256 i = 0; i < items.length; i++) {
            assertEq(this.str(items[i]), contents[i]);
        }
    }

    function testFuzz_longString(uint16 length) external view {
        bytes memory content = new bytes(length);
        for (uint256 i = 0; i < length; i += 97) {
            content[i] = bytes1(uint8(i + 1));
        }
        assertEq(this.str(LibRLP.encode(content)), content);
    }

    function test_nestedList() external view {
        bytes memory encoded = LibRLP.p(bytes("a")).p(LibRLP.p(bytes("b")).p(bytes("c"))).encode();
        bytes[] memory items = this.list(encoded);
        assertEq(items.length, 2);
        assertEq(items[1], hex"c26263");
        assertEq(this.list(items[1]).length, 2);
        assertEq(this.list(hex"c0").length, 0);
    }

    function fails(bytes memory encoded, bytes4 reason) private {
        vm.expectRevert(reason);
        this.str(encoded);
    }

    function failsList(bytes memory encoded, bytes4 reason) private {
        vm.expectRevert(reason);
        this.list(encoded);
    }

    function test_badStrings() external {
        fails("", EmptyItem.selector);
        fails(hex"c0", UnexpectedList.selector);
        fails(hex"0101", InvalidDataRemainder.selector);
        fails(hex"8080", InvalidDataRemainder.selector);
        fails(hex"81", ContentLengthMismatch.selector);
        fails(hex"8201", ContentLengthMismatch.selector);
        fails(hex"8101", InvalidHeader.selector); // a byte stands for itself
        assertEq(this.str(hex"8180"), hex"80");
        fails(hex"b8", ContentLengthMismatch.selector);
        fails(hex"b800", InvalidHeader.selector);
        fails(hex"b837", InvalidHeader.selector); // 55 fits into the first byte
        fails(hex"b838", ContentLengthMismatch.selector);
        fails(abi.encodePacked(hex"b90038", new bytes(56)), InvalidHeader.selector); // leading zero
        assertEq(this.str(abi.encodePacked(hex"b838", new bytes(56))).length, 56);
        fails(hex"bfffffffffffffffff", ContentLengthMismatch.selector);
    }

    function test_badLists() external {
        failsList("", EmptyItem.selector);
        failsList(hex"80", UnexpectedString.selector);
        failsList(hex"00", UnexpectedString.selector);
        failsList(hex"c000", InvalidDataRemainder.selector);
        failsList(hex"c1", ContentLengthMismatch.selector);
        failsList(hex"c181", ContentLengthMismatch.selector); // item ends behind the list
        failsList(hex"f8", ContentLengthMismatch.selector);
        failsList(hex"f837", InvalidHeader.selector);
        failsList(hex"f800", InvalidHeader.selector);
        failsList(hex"ffffffffffffffffff", ContentLengthMismatch.selector);
        failsList(hex"c28101", InvalidHeader.selector);
    }

    function test_longestList() external {
        assertEq(this.list(abi.encodePacked(hex"e0", new bytes(32))).length, 32);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        this.list(abi.encodePacked(hex"e1", new bytes(33)));
    }

    /// @notice No byte string is read in two ways: what is accepted encodes back to itself.
    function testFuzz_canonical(bytes calldata encoded) external view {
        try this.str(encoded) returns (bytes memory content) {
            assertEq(LibRLP.encode(content), encoded);
        } catch {}
    }
}
