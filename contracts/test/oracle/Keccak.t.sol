// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";
import {Keccak, StateMatrix} from "src/oracle/Keccak.sol";

/// @notice Keccak in steps against the opcode, and its states against published commitments.
contract KeccakTest is Test {
    /// @notice Absorbs padded blocks and returns the commitment after each.
    function run(bytes memory padded, StateMatrix memory matrix) private pure returns (bytes32[] memory commitments) {
        commitments = new bytes32[](padded.length / 136);
        for (uint256 i = 0; i < commitments.length; ++i) {
            bytes memory part = new bytes(136);
            for (uint256 j = 0; j < 136; ++j) {
                part[j] = padded[136 * i + j];
            }
            Keccak.absorb(matrix, part);
            Keccak.permute(matrix);
            commitments[i] = keccak256(abi.encode(matrix.state));
        }
    }

    function digest(bytes memory data) private pure returns (bytes32) {
        StateMatrix memory matrix;
        run(Keccak.pad(data), matrix);
        return Keccak.squeeze(matrix);
    }

    function testFuzz_equalsTheOpcode(bytes memory data) public pure {
        assertEq(digest(data), keccak256(data));
    }

    function test_everyLengthUpToThreeBlocks() public pure {
        bytes memory all = new bytes(3 * 136);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = bytes1(uint8(7 * i + 1));
        }
        for (uint256 n = 0; n <= all.length; n += n % 136 > 2 && n % 136 < 130 ? 9 : 1) {
            bytes memory data = new bytes(n);
            for (uint256 i = 0; i < n; ++i) {
                data[i] = all[i];
            }
            assertEq(digest(data), keccak256(data));
        }
    }

    function test_padding() public pure {
        assertEq(Keccak.pad("").length, 136);
        assertEq(Keccak.pad(new bytes(135)).length, 136);
        assertEq(Keccak.pad(new bytes(135))[135], bytes1(0x81));
        assertEq(Keccak.pad(new bytes(136)).length, 272);
        assertEq(Keccak.pad(new bytes(134))[134], bytes1(0x01));
        assertEq(Keccak.pad(new bytes(134))[135], bytes1(0x80));
    }

    /// @notice Commitments of the zero state and of the state after the empty input's only block, as challengers compute them.
    function test_publishedCommitments() public pure {
        StateMatrix memory matrix;
        assertEq(
            keccak256(abi.encode(matrix.state)), 0xee0a1a26c607ab52c6308165995365f7951a185fccca4b76c847b8860d9fea7a
        );
        bytes32[] memory commitments = run(Keccak.pad(""), matrix);
        assertEq(commitments[0], 0xb87c3be3d5bf2230e08186014204ab2d4e5eb457ec9e95fd4a703f9f97b8c49a);
    }

    /// @notice All published cases: the commitment after each block.
    function test_allPublishedCommitments() public {
        string memory folder = vm.envOr("TRIBUNAL_REAL_DATA", string(""));
        if (bytes(folder).length == 0) {
            emit log("SKIPPED: TRIBUNAL_REAL_DATA is not set");
            vm.skip(true);
            return;
        }
        string memory json = vm.readFile(string.concat(folder, "/oracle/large-preimage-commitments.json"));
        uint256 cases;
        while (vm.keyExistsJson(json, string.concat("$[", vm.toString(cases), "]"))) {
            expectCase(json, string.concat("$[", vm.toString(cases), "]"));
            ++cases;
        }
        assertEq(cases, 103);
    }

    function expectCase(string memory json, string memory at) private pure {
        bytes32[] memory expected = vm.parseJsonBytes32Array(json, string.concat(at, ".commitments"));
        // The last leaf is padded, those before it are the input's blocks.
        bytes memory input = decode(json, string.concat(at, ".input"));
        StateMatrix memory matrix;
        bytes32[] memory commitments = run(Keccak.pad(input), matrix);
        assertEq(commitments.length + 1, expected.length);
        for (uint256 i = 0; i < commitments.length; ++i) {
            assertEq(commitments[i], expected[i + 1]);
        }
        bytes memory padded = Keccak.pad(input);
        bytes memory last = decode(json, string.concat(at, ".poststateLeaf"));
        for (uint256 i = 0; i < 136; ++i) {
            assertEq(padded[padded.length - 136 + i], last[i]);
        }
        assertEq(Keccak.squeeze(matrix), keccak256(input));
    }

    function decode(string memory json, string memory at) private pure returns (bytes memory out) {
        bytes memory text = bytes(vm.parseJsonString(json, at));
        if (keccak256(text) == keccak256("null")) return "";
        uint256 padding = text.length == 0 ? 0 : text[text.length - 2] == "=" ? 2 : text[text.length - 1] == "=" ? 1 : 0;
        out = new bytes(text.length / 4 * 3 - padding);
        for (uint256 i = 0; i < out.length; ++i) {
            uint256 bits = sextet(text[i / 3 * 4]) << 18 | sextet(text[i / 3 * 4 + 1]) << 12
                | sextet(text[i / 3 * 4 + 2]) << 6 | sextet(text[i / 3 * 4 + 3]);
            out[i] = bytes1(uint8(bits >> (16 - 8 * (i % 3))));
        }
    }

    function sextet(bytes1 character) private pure returns (uint256) {
        uint8 c = uint8(character);
        if (c >= 0x41 && c <= 0x5a) return c - 0x41;
        if (c >= 0x61 && c <= 0x7a) return c - 0x61 + 26;
        if (c >= 0x30 && c <= 0x39) return c - 0x30 + 52;
        return c == 0x2b ? 62 : c == 0x2f ? 63 : 0;
    }

    /// @notice What lies behind the state in memory stays.
    function test_permuteStaysWithinTheState() public pure {
        StateMatrix memory matrix;
        uint256[8] memory behind;
        for (uint256 i = 0; i < 8; ++i) {
            behind[i] = uint256(keccak256(abi.encode(i)));
        }
        Keccak.permute(matrix);
        for (uint256 i = 0; i < 8; ++i) {
            assertEq(behind[i], uint256(keccak256(abi.encode(i))));
        }
    }
}
