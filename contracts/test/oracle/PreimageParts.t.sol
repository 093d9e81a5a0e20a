// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";
import {PreimageOracle} from "src/oracle/PreimageOracle.sol";
import {InvalidProof, PartOffsetOOB} from "src/oracle/PreimageParts.sol";

/// @notice Loaders of small preimages: keys, parts, bounds. A part is expected byte by byte from the stream.
contract PreimagePartsTest is Test {
    bytes32 private constant CONTEXT = keccak256("context");
    PreimageOracle internal oracle;

    function setUp() public virtual {
        oracle = new PreimageOracle(126_000, 86_400);
    }

    function typed(bytes32 hash, uint8 keyType) private pure returns (bytes32) {
        bytes memory key = abi.encodePacked(hash);
        key[0] = bytes1(keyType);
        return bytes32(key);
    }

    /// @notice The part of `stream` at `offset` must be loaded under `key`, and no other than those asked for.
    function expectPart(bytes32 key, bytes memory stream, uint256 offset) private view {
        expectPart(key, stream, "", offset);
    }

    /// @notice As above, with what lies behind the stream: from its own place on, these bytes are stored, and never count.
    function expectPart(bytes32 key, bytes memory stream, bytes memory behind, uint256 offset) private view {
        bytes memory part = new bytes(32);
        uint256 n = stream.length - offset < 32 ? stream.length - offset : 32;
        for (uint256 i = 0; i < 32; ++i) {
            if (i < n) part[i] = stream[offset + i];
            else if (offset + i >= 32 && offset + i < behind.length) part[i] = behind[offset + i];
        }
        assertEq(oracle.preimageLengths(key), stream.length - 8, "length");
        assertTrue(oracle.preimagePartOk(key, offset), "part is there");
        assertEq(oracle.preimageParts(key, offset), bytes32(part), "part");
        (bytes32 data, uint256 length) = oracle.readPreimage(key, offset);
        assertEq(data, bytes32(part), "read");
        assertEq(length, n, "bytes that count");
        assertFalse(oracle.preimagePartOk(key, offset + 1), "another part");
    }

    function test_constants() public {
        assertEq(oracle.version(), "1.1.5");
        assertEq(oracle.minProposalSize(), 126_000);
        assertEq(oracle.challengePeriod(), 86_400);
        assertEq(oracle.MIN_BOND_SIZE(), 0.25 ether);
        assertEq(oracle.KECCAK_TREE_DEPTH(), 16);
        assertEq(oracle.MAX_LEAF_COUNT(), 65_535);
        assertEq(oracle.PRECOMPILE_CALL_RESERVED_GAS(), 100_000);
        assertEq(PartOffsetOOB.selector, bytes4(0xfe254987));
        assertEq(InvalidProof.selector, bytes4(0x09bde339));
        new PreimageOracle(1, type(uint64).max);
        vm.expectRevert("PreimageOracle: challenge period too large");
        new PreimageOracle(1, uint256(type(uint64).max) + 1);
    }

    function test_readOfWhatIsNotThere() public {
        vm.expectRevert("pre-image must exist");
        oracle.readPreimage(keccak256("nothing"), 0);
    }

    // --- local ----------------------------------------------------------------------------------------------------

    function localKey(uint256 ident, address caller, bytes32 context) private pure returns (bytes32) {
        return typed(keccak256(abi.encode(typed(bytes32(ident), 1), caller, context)), 1);
    }

    function testFuzz_local(uint256 ident, bytes32 word, uint256 size, uint256 offset, address caller, bytes32 context)
        public
    {
        size %= 33;
        offset %= size + 8;
        // Data is left-aligned; whatever stands after it in the word is not cleared.
        bytes memory stream = abi.encodePacked(uint64(size), word);
        vm.prank(caller);
        bytes32 key = oracle.loadLocalData(ident, context, word, size, offset);
        assertEq(key, localKey(ident, caller, context), "key");
        bytes memory part = new bytes(32);
        for (uint256 i = 0; i < 32 && offset + i < 40; ++i) {
            part[i] = stream[offset + i];
        }
        (bytes32 data, uint256 length) = oracle.readPreimage(key, offset);
        assertEq(data, bytes32(part));
        assertEq(length, size + 8 - offset < 32 ? size + 8 - offset : 32);
        assertEq(oracle.preimageLengths(key), size);
    }

    function test_localIdentIsCutToItsKey() public {
        bytes32 a = oracle.loadLocalData(uint256(0xff) << 248 | 1, CONTEXT, 0, 32, 0);
        assertEq(a, oracle.loadLocalData(1, CONTEXT, 0, 32, 0));
        assertTrue(a != oracle.loadLocalData(2, CONTEXT, 0, 32, 0));
    }

    function test_localIsOverwritten() public {
        bytes32 key = oracle.loadLocalData(1, CONTEXT, bytes32("one"), 3, 8);
        oracle.loadLocalData(1, CONTEXT, bytes32("three"), 5, 8);
        (bytes32 data, uint256 length) = oracle.readPreimage(key, 8);
        assertEq(data, bytes32("three"));
        assertEq(length, 5);
    }

    function test_localBounds() public {
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadLocalData(1, CONTEXT, 0, 32, 40);
        oracle.loadLocalData(1, CONTEXT, 0, 32, 39);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadLocalData(1, CONTEXT, 0, 33, 0);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadLocalData(1, CONTEXT, 0, 0, 8);
        oracle.loadLocalData(1, CONTEXT, 0, 0, 7);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadLocalData(1, CONTEXT, 0, 4, type(uint256).max);
    }

    // --- keccak256 and SHA-256 ------------------------------------------------------------------------------------

    function testFuzz_keccak256(bytes calldata data, uint256 offset) public {
        offset %= data.length + 8;
        oracle.loadKeccak256PreimagePart(offset, data);
        expectPart(typed(keccak256(data), 2), abi.encodePacked(uint64(data.length), data), offset);
    }

    function testFuzz_sha256(bytes calldata data, uint256 offset) public {
        offset %= data.length + 8;
        oracle.loadSha256PreimagePart(offset, data);
        expectPart(typed(sha256(data), 4), abi.encodePacked(uint64(data.length), data), offset);
    }

    function testFuzz_hashedBounds(bytes calldata data, uint256 beyond) public {
        beyond = bound(beyond, data.length + 8, type(uint256).max);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadKeccak256PreimagePart(beyond, data);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadSha256PreimagePart(beyond, data);
    }

    function test_knownKeys() public {
        oracle.loadKeccak256PreimagePart(0, "");
        assertTrue(oracle.preimagePartOk(0x02d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470, 0));
        oracle.loadSha256PreimagePart(0, "");
        assertTrue(oracle.preimagePartOk(0x04b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, 0));
    }

    /// @notice A large preimage, below the size from which a proposal is needed, fits into a transaction.
    function test_gasOfALargePreimage() public {
        bytes memory data = new bytes(125_999);
        for (uint256 i = 0; i < data.length; i += 997) {
            data[i] = bytes1(uint8(i));
        }
        uint256 gas = gasleft();
        oracle.loadKeccak256PreimagePart(100_000, data);
        gas -= gasleft();
        expectPart(typed(keccak256(data), 2), abi.encodePacked(uint64(data.length), data), 100_000);
        assertLt(gas, 600_000);
    }

    // --- blob -----------------------------------------------------------------------------------------------------

    // A true case of c-kzg-4844's vectors for verify_kzg_proof.
    bytes private constant COMMITMENT =
        hex"b49d88afcd7f6c61a8ea69eff5f609d2432b47e7e4cd50b02cdddb4e0c1460517e8df02e4e64dc55e3d8ca192d57193a";
    bytes private constant PROOF =
        hex"a060b350ad63d61979b80b25258e7cc6caf781080222e0209b4a0b074decca874afc5c41de3313d8ed217d905e6ada43";
    uint256 private constant Z = 1;
    uint256 private constant Y = 0x443e7af5274b52214ea6c775908c54519fea957eecd98069165a8b771082fd51;

    function test_blob() public {
        bytes32 key = typed(keccak256(abi.encodePacked(COMMITMENT, Z)), 5);
        bytes memory stream = abi.encodePacked(uint64(32), Y);
        for (uint256 i = 0; i < 40; ++i) {
            oracle.loadBlobPreimagePart(Z, Y, COMMITMENT, PROOF, 39 - i);
            expectPartWithNext(key, stream, 39 - i);
        }
    }

    function expectPartWithNext(bytes32 key, bytes memory stream, uint256 offset) private view {
        bytes memory part = new bytes(32);
        for (uint256 i = 0; i < 32 && offset + i < 40; ++i) {
            part[i] = stream[offset + i];
        }
        (bytes32 data, uint256 length) = oracle.readPreimage(key, offset);
        assertEq(data, bytes32(part));
        assertEq(length, offset < 8 ? 32 : 40 - offset);
    }

    function test_blobBounds() public {
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadBlobPreimagePart(Z, Y, COMMITMENT, PROOF, 40);
        // The proof is judged first.
        vm.expectRevert(InvalidProof.selector);
        oracle.loadBlobPreimagePart(Z, Y + 1, COMMITMENT, PROOF, 40);
    }

    function test_blobProof() public {
        bytes memory commitment = bytes.concat(COMMITMENT);
        bytes memory proof = bytes.concat(PROOF);
        vm.expectRevert(InvalidProof.selector);
        oracle.loadBlobPreimagePart(Z - 1, Y, COMMITMENT, PROOF, 0);
        vm.expectRevert(InvalidProof.selector);
        oracle.loadBlobPreimagePart(Z, Y - 1, COMMITMENT, PROOF, 0);
        commitment[47] ^= 0x01;
        vm.expectRevert(InvalidProof.selector);
        oracle.loadBlobPreimagePart(Z, Y, commitment, PROOF, 0);
        proof[47] ^= 0x01;
        vm.expectRevert(InvalidProof.selector);
        oracle.loadBlobPreimagePart(Z, Y, COMMITMENT, proof, 0);
    }

    function test_blobTakes48BytesWhateverIsDeclared() public {
        oracle.loadBlobPreimagePart(Z, Y, bytes.concat(COMMITMENT, "more"), bytes.concat(PROOF, "more"), 8);
        bytes32 key = typed(keccak256(abi.encodePacked(COMMITMENT, Z)), 5);
        expectPartWithNext(key, abi.encodePacked(uint64(32), Y), 8);
    }

    // --- precompiles ----------------------------------------------------------------------------------------------

    function precompileKey(address at, uint64 gas, bytes memory input) private pure returns (bytes32) {
        return typed(keccak256(abi.encodePacked(at, gas, input)), 6);
    }

    function testFuzz_precompileIdentity(bytes calldata input, uint256 offset, uint64 gas) public {
        gas %= 1_000_000;
        offset %= input.length + 9;
        oracle.loadPrecompilePreimagePart(offset, address(4), gas, input);
        bytes memory stream = abi.encodePacked(uint64(input.length + 1), uint8(1), input);
        // The request lay where the stream is, and is longer.
        bytes memory request = abi.encodePacked(address(4), gas, input);
        expectPart(precompileKey(address(4), gas, input), stream, request, offset);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadPrecompilePreimagePart(input.length + 9, address(4), gas, input);
    }

    function test_precompileEcrecover() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(77, keccak256("message"));
        bytes memory input = abi.encode(keccak256("message"), v, r, s);
        oracle.loadPrecompilePreimagePart(0, address(1), 3000, input);
        oracle.loadPrecompilePreimagePart(8, address(1), 3000, input);
        bytes32 key = precompileKey(address(1), 3000, input);
        (bytes32 data, uint256 length) = oracle.readPreimage(key, 8);
        assertEq(length, 32);
        assertEq(data, bytes32(abi.encodePacked(uint8(1), abi.encode(vm.addr(77)))));
        // No signer: success without data.
        input = abi.encode(keccak256("message"), 99, r, s);
        oracle.loadPrecompilePreimagePart(0, address(1), 3000, input);
        expectPart(precompileKey(address(1), 3000, input), abi.encodePacked(uint64(1), uint8(1)), 0);
    }

    function test_precompileFailure() public {
        // A pairing of an input of the wrong length.
        oracle.loadPrecompilePreimagePart(0, address(8), 100_000, hex"01");
        expectPart(precompileKey(address(8), 100_000, hex"01"), abi.encodePacked(uint64(1), uint8(0)), 0);
    }

    function test_precompileGas() public {
        bytes memory input = new bytes(32);
        bytes memory notEnough = abi.encodePacked(bytes4(0xdd629f86));
        uint64 required = 1_000_000;
        bytes memory data = abi.encodeCall(oracle.loadPrecompilePreimagePart, (0, address(4), required, input));
        // 64/63 of what the call needs, 100,000, and what runs before the check.
        uint256 least = uint256(required) * 64 / 63 + 100_000;
        (bool ok, bytes memory result) = address(oracle).call{gas: least}(data);
        assertFalse(ok);
        assertEq(result, notEnough);
        (ok,) = address(oracle).call{gas: least + 3_000}(data);
        assertTrue(ok);
        // A failure for want of gas is never taken for a result.
        (ok, result) = address(oracle).call{gas: 90_000}(
            abi.encodeCall(oracle.loadPrecompilePreimagePart, (0, address(4), 0, input))
        );
        assertFalse(ok);
        assertEq(result, notEnough);
        data = abi.encodeCall(oracle.loadPrecompilePreimagePart, (0, address(4), type(uint64).max, input));
        (ok, result) = address(oracle).call(data);
        assertFalse(ok);
        assertEq(result, notEnough);
    }

    function test_precompileOfLargeInput() public {
        bytes memory input = new bytes(112_687);
        oracle.loadPrecompilePreimagePart(0, address(8), 21_000_000, input);
        expectPart(precompileKey(address(8), 21_000_000, input), abi.encodePacked(uint64(1), uint8(0)), 0);
    }

    /// @notice Each loader by itself: the last offset of a stream is its length less one.
    function test_boundOfEachLoader() public {
        bytes memory data = "12345";
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadKeccak256PreimagePart(13, data);
        oracle.loadKeccak256PreimagePart(12, data);
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadSha256PreimagePart(13, data);
        oracle.loadSha256PreimagePart(12, data);
        // The identity returns the data; the status comes before it.
        vm.expectRevert(PartOffsetOOB.selector);
        oracle.loadPrecompilePreimagePart(14, address(4), 100, data);
        oracle.loadPrecompilePreimagePart(13, address(4), 100, data);
    }
}
