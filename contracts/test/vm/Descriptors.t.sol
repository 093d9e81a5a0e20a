// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {InvalidMemoryProof} from "src/vm/MerkleMemory.sol";
import {Machine, ThreadModel} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// @notice read, write and fcntl, with the real oracle.
contract DescriptorsTest is StepTest {
    uint64 private constant MAX = type(uint64).max;
    uint64 private constant READ = 5000;
    uint64 private constant WRITE = 5001;
    uint64 private constant FCNTL = 5070;
    uint64 private constant EBADF = 9;
    uint64 private constant EAGAIN = 11;
    uint64 private constant EINVAL = 22;

    function call(uint64 number, uint64 a0, uint64 a1, uint64 a2) private pure returns (Machine memory m) {
        m = machine(0x0c);
        ThreadModel memory t = m.running();
        (t.r[2], t.r[4], t.r[5], t.r[6]) = (number, a0, a1, a2);
    }

    function result(Machine memory m, uint64 value, uint64 errno) private pure returns (Machine memory post) {
        post = next(m);
        (post.running().r[2], post.running().r[7]) = errno == 0 ? (value, uint64(0)) : (errno, MAX);
    }

    function plain(uint64 number, uint64 fd, uint64 a1, uint64 value, uint64 errno) private {
        Machine memory m = call(number, fd, a1, 1234567);
        expectPost(m, witness(m), result(m, value, errno));
    }

    function test_plainReads() public {
        plain(READ, 0, DATA, 0, 0);
        plain(READ, 3, DATA, 1234567, 0);
        plain(READ, 100, DATA, 0, EAGAIN);
        uint64[9] memory bad = [uint64(1), 2, 4, 6, 7, 99, 101, 5 + (1 << 32), MAX];
        for (uint256 i = 0; i < bad.length; ++i) {
            plain(READ, bad[i], DATA, 0, EBADF);
        }
    }

    function test_plainWrites() public {
        plain(WRITE, 1, DATA, 1234567, 0);
        plain(WRITE, 2, DATA, 1234567, 0);
        plain(WRITE, 4, DATA, 1234567, 0);
        plain(WRITE, 100, DATA, 0, EAGAIN);
        uint64[9] memory bad = [uint64(0), 3, 5, 7, 99, 101, 1 + (1 << 32), 6 + (1 << 32), MAX];
        for (uint256 i = 0; i < bad.length; ++i) {
            plain(WRITE, bad[i], DATA, 0, EBADF);
        }
    }

    function test_fcntl() public {
        uint64[7] memory flags = [uint64(0), 1, 1, 0, 1, 0, 1];
        for (uint64 fd = 0; fd < 7; ++fd) {
            plain(FCNTL, fd, 1, 0, 0);
            plain(FCNTL, fd, 3, flags[fd], 0);
        }
        uint64[4] memory bad = [uint64(7), 100, 1 << 32, MAX];
        for (uint256 i = 0; i < bad.length; ++i) {
            plain(FCNTL, bad[i], 1, 0, EBADF);
            plain(FCNTL, bad[i], 3, 0, EBADF);
            plain(FCNTL, bad[i], 2, 0, EINVAL);
        }
        uint64[5] memory commands = [uint64(0), 2, 4, 1 + (1 << 32), MAX];
        for (uint256 i = 0; i < commands.length; ++i) {
            plain(FCNTL, 1, commands[i], 0, EINVAL);
        }
    }

    // --- write of a preimage key ----------------------------------------------------------------------------------

    function testFuzz_writeKey(uint64 k, uint64 count, uint64 word, bytes32 key) public {
        k %= 8;
        if (count % 2 == 0) count %= 10;
        uint64 n = count < 8 - k ? count : 8 - k;
        Machine memory m = call(WRITE, 6, DATA + k, count);
        m.preimageKey = key;
        m.write(DATA, word);
        (m.llStatus, m.llAddress, m.llOwner) = (2, DATA, 3);

        bytes memory stream = abi.encodePacked(key, word);
        // The key moves left by n bytes; bytes k … k + n - 1 of the word follow.
        bytes memory expected = new bytes(32);
        for (uint256 i = 0; i < 32; ++i) {
            expected[i] = i + n < 32 ? stream[i + n] : stream[32 + k + (i + n - 32)];
        }
        Machine memory post = result(m, n, 0);
        post.preimageKey = bytes32(expected);
        post.preimageOffset = 0;
        expectPost(m, witness(m, DATA), post);
    }

    function test_writeKeyNeedsItsProof() public {
        Machine memory m = call(WRITE, 6, DATA, 0);
        expectFault(m, witness(m), "MIPS64Memory: check that there is enough calldata");
        expectFault(m, bytes.concat(witness(m), new bytes(1920)), InvalidMemoryProof.selector);
    }

    // --- read of a preimage ---------------------------------------------------------------------------------------

    function keccakKey(bytes memory data) private pure returns (bytes32) {
        return bytes32(uint256(keccak256(data)) << 8 >> 8 | 2 << 248);
    }

    function reading(bytes32 key, uint64 offset, uint64 addr, uint64 count) private pure returns (Machine memory m) {
        m = call(READ, 5, addr, count);
        m.preimageKey = key;
        m.preimageOffset = offset;
        m.write(addr / 8 * 8, 0xb1b2b3b4b5b6b7b8);
        (m.llStatus, m.llAddress, m.llOwner) = (1, addr, 3);
    }

    /// @notice The machine after a read of `n` bytes of `stream`.
    function read(Machine memory m, bytes memory stream, uint64 n) private pure returns (Machine memory post) {
        uint64 addr = m.running().r[5];
        bytes memory word = abi.encodePacked(m.read(addr / 8 * 8));
        for (uint256 i = 0; i < n; ++i) {
            word[addr % 8 + i] = stream[m.preimageOffset + i];
        }
        post = result(m, n, 0);
        post.preimageOffset += n;
        post.write(addr / 8 * 8, uint64(bytes8(word)));
        (post.llStatus, post.llAddress, post.llOwner) = (0, 0, 0);
    }

    function testFuzz_readKeccak(bytes memory data, uint64 offset, uint64 k, uint64 count) public {
        bytes memory stream = abi.encodePacked(uint64(data.length), data);
        offset %= uint64(stream.length);
        k %= 8;
        if (count % 2 == 0) count %= 10;
        uint64 n = uint64(stream.length) - offset;
        if (n > 8 - k) n = 8 - k;
        if (n > count) n = count;
        oracle.loadKeccak256PreimagePart(offset, data);
        Machine memory m = reading(keccakKey(data), offset, DATA + k, count);
        expectPost(m, witness(m, DATA), read(m, stream, n));
    }

    function test_readByThePage() public {
        bytes memory data = "a preimage of forty-one bytes, give or take";
        bytes memory stream = abi.encodePacked(uint64(data.length), data);
        Machine memory m = reading(keccakKey(data), 0, DATA + 5, 3);
        oracle.loadKeccak256PreimagePart(0, data);
        expectPost(m, witness(m, DATA), read(m, stream, 3));
        m = reading(keccakKey(data), 3, DATA, MAX);
        oracle.loadKeccak256PreimagePart(3, data);
        expectPost(m, witness(m, DATA), read(m, stream, 8));
        // The last three bytes.
        m = reading(keccakKey(data), uint64(stream.length) - 3, DATA, 8);
        oracle.loadKeccak256PreimagePart(stream.length - 3, data);
        expectPost(m, witness(m, DATA), read(m, stream, 3));
    }

    function test_readOfTheEmptyPreimage() public {
        oracle.loadKeccak256PreimagePart(0, "");
        Machine memory m = reading(keccakKey(""), 0, DATA, 100);
        expectPost(m, witness(m, DATA), read(m, new bytes(8), 8));
        m.preimageOffset = 8;
        expectFault(m, witness(m, DATA), "pre-image must exist");
    }

    function test_readOfNothing() public {
        bytes memory data = "some data";
        oracle.loadKeccak256PreimagePart(9, data);
        Machine memory m = reading(keccakKey(data), 9, DATA, 0);
        expectPost(m, witness(m, DATA), read(m, "", 0));
    }

    function test_readNeedsThePart() public {
        bytes memory data = "some data";
        Machine memory m = reading(keccakKey(data), 0, DATA, 8);
        expectFault(m, witness(m, DATA), "pre-image must exist");
        oracle.loadKeccak256PreimagePart(1, data);
        expectFault(m, witness(m, DATA), "pre-image must exist");
        oracle.loadKeccak256PreimagePart(0, data);
        expectPost(m, witness(m, DATA), read(m, abi.encodePacked(uint64(9), data), 8));
        // At the end, where there is no part.
        m.preimageOffset = 17;
        expectFault(m, witness(m, DATA), "pre-image must exist");
        // The memory comes first.
        expectFault(m, witness(m), "MIPS64Memory: check that there is enough calldata");
        expectFault(m, witness(m, DATA + 32), InvalidMemoryProof.selector);
    }

    function test_readLocal() public {
        bytes32 plainKey = bytes32(uint256(1) << 248 | 4);
        Machine memory m = reading(plainKey, 8, DATA, 8);
        bytes memory stream = abi.encodePacked(uint64(8), uint64(0x6162636465666768));

        // Neither of another caller nor of another context.
        vm.prank(address(0xbeef));
        oracle.loadLocalData(4, CONTEXT, bytes32(bytes8(0x6162636465666768)), 8, 8);
        oracle.loadLocalData(4, keccak256("other"), bytes32(bytes8(0x6162636465666768)), 8, 8);
        expectFault(m, witness(m, DATA), "pre-image must exist");

        bytes32 key = oracle.loadLocalData(4, CONTEXT, bytes32(bytes8(0x6162636465666768)), 8, 8);
        bytes32 hash = keccak256(abi.encodePacked(plainKey, bytes32(uint256(uint160(address(this)))), CONTEXT));
        assertEq(key, bytes32(uint256(hash) << 8 >> 8 | 1 << 248));
        expectPost(m, witness(m, DATA), read(m, stream, 8));

        // The caller is the contract that calls step.
        vm.prank(address(0xbeef));
        vm64.step(m.encode(), witness(m, DATA), CONTEXT);
        vm.prank(address(0xdead));
        vm.expectRevert("pre-image must exist");
        vm64.step(m.encode(), witness(m, DATA), CONTEXT);
    }

    /// @notice Only type 1 is localised.
    function test_otherTypesAreAskedForAsTheyAre() public {
        for (uint256 keyType = 0; keyType < 8; ++keyType) {
            if (keyType == 1) continue;
            bytes32 key = bytes32(keyType << 248 | 4);
            Machine memory m = reading(key, 0, DATA, 8);
            vm.mockCall(
                address(oracle),
                abi.encodeCall(oracle.readPreimage, (key, 0)),
                abi.encode(bytes32(uint256(77) << 192), uint256(32))
            );
            expectPost(m, witness(m, DATA), read(m, abi.encodePacked(uint64(77)), 8));
        }
    }
}
