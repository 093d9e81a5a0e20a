// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IPreimageOracle} from "src/oracle/IPreimageOracle.sol";
import {MIPS64} from "src/vm/MIPS64.sol";
import {InvalidMemoryProof} from "src/vm/MerkleMemory.sol";
import {Machine, Model, ThreadModel} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// @notice Encoding, hashes, checks of the witness and their order; the vectors of the specification of the machine.
contract WitnessTest is StepTest {
    uint32 private constant NOP = 0;

    function test_deployment() public {
        assertEq(address(vm64.oracle()), address(oracle));
        assertEq(vm64.stateVersion(), 8);
        assertEq(vm64.version(), "1.10.1");
        for (uint256 v = 0; v < 12; ++v) {
            if (v == 8) continue;
            vm.expectRevert(abi.encodePacked(bytes4(0x1f8b02a2)));
            new MIPS64(IPreimageOracle(address(0)), v);
        }
        new MIPS64(IPreimageOracle(address(0)), 8);
    }

    function test_selectors() public pure {
        assertEq(MIPS64.step.selector, bytes4(0xe14ced32));
        assertEq(MIPS64.oracle.selector, bytes4(0x7dc0d1d0));
        assertEq(MIPS64.stateVersion.selector, bytes4(0x1219a4e4));
        assertEq(MIPS64.InvalidExitedValue.selector, bytes4(0x0136cc76));
        assertEq(MIPS64.InvalidPC.selector, bytes4(0x3f8200bc));
        assertEq(InvalidMemoryProof.selector, bytes4(0x8e77b2b7));
    }

    /// @notice The model itself against the published vectors.
    function test_vectorsOfTheModel() public pure {
        bytes32[] memory zeros = Model.zeros();
        assertEq(zeros[7], 0xffd70157e48063fc33c97a050f7f640233bf646cc98d9524c6b92bcf3ab56f83);
        assertEq(zeros[59], 0x14af5385bcbb1e4738bbae8106046e6e2fca42875aa5c000c582587742bcc748);
        ThreadModel memory t;
        t.nextPc = 4;
        assertEq(keccak256(t.encode()), 0x142eef1e422e67c394d8fab4a0ce5c04ee405cb059176f719d9c2efb8e28d3a0);
        assertEq(Model.stackRoot(stack(t), 1), 0x505ea3064aed44444fa938e2d1385d799ec3b37386d433a611439aed796ea153);
        Machine memory m;
        m.left = stack(t);
        m.nextThreadId = 1;
        assertEq(Model.memRoot(m.cells), zeros[59]);
        assertEq(m.hash(), 0x035b096e17d7b97f6bbaa13d179958e729b70813e931dc90dbf4193372f3dc71);
        assertEq(initial().hash(), 0x03ce34fe7df81a3980e202b07c0132de5f33428ab044fd6fe938d7e16239edaf);
        assertEq(Model.memRoot(initial().cells), 0x6732d6b7b5f37a89690577724155612239a44c578b738650fe38560c71e4c4cc);
    }

    /// @notice The machine after loading an empty program: stack pages, registers, heap.
    function initial() private pure returns (Machine memory m) {
        uint64 sp = 0x7ffffffff000;
        ThreadModel memory t;
        t.nextPc = 4;
        t.r[29] = sp;
        m.left = stack(t);
        m.nextThreadId = 1;
        m.heap = 0x1000_0000_0000;
        uint64[10] memory words = [uint64(1), sp + 128, 0, sp + 96, 0, 6, 4096, 25, sp + 80, 0];
        for (uint64 i = 0; i < 10; ++i) {
            m.write(sp + 8 * i, words[i]);
        }
        bytes memory text = bytes.concat("4;byfairdiceroll", bytes32("GODEBUG=memprofilerate=0"), bytes16("op-program"));
        for (uint64 i = 0; i < 8; ++i) {
            uint64 word;
            for (uint64 j = 0; j < 8; ++j) {
                word = word << 8 | uint8(text[8 * i + j]);
            }
            m.write(sp + 80 + 8 * i, word);
        }
    }

    /// @notice The first step from the initial state executes a zero word, a no-op.
    function test_firstStepOfTheInitialState() public {
        Machine memory m = initial();
        expectPost(m, witness(m), next(m));
    }

    function test_exitedMachineStays() public {
        for (uint256 code = 0; code < 256; code += code < 4 ? 1 : 63) {
            Machine memory m = machine(NOP);
            (m.exited, m.exitCode) = (1, uint8(code));
            // No witness is looked at.
            expectPost(m, "", m);
            expectPost(m, new bytes(6090), m);
        }
    }

    function test_statusByte() public {
        Machine memory m = machine(NOP);
        (m.exited, m.exitCode) = (1, 0);
        assertEq(uint8(hashOf(m)[0]), 0);
        m.exitCode = 1;
        assertEq(uint8(hashOf(m)[0]), 1);
        m.exitCode = 2;
        assertEq(uint8(hashOf(m)[0]), 2);
        m.exitCode = 255;
        assertEq(uint8(hashOf(m)[0]), 2);
        m.exited = 0;
        m.exitCode = 1;
        bytes32 running = vm64.step(m.encode(), witness(m), CONTEXT);
        assertEq(uint8(running[0]), 3);
    }

    function hashOf(Machine memory m) private returns (bytes32) {
        return vm64.step(m.encode(), "", CONTEXT);
    }

    function test_exitedMachineWithoutThreads() public {
        Machine memory m = machine(NOP);
        m.exited = 1;
        m.left = new ThreadModel[](0);
        expectFault(m, "", "MIPS64: post-state active thread stack is empty");
    }

    function test_exitedValue() public {
        Machine memory m = machine(NOP);
        m.exited = 2;
        expectFault(m, witness(m), MIPS64.InvalidExitedValue.selector);
        m.left = new ThreadModel[](0);
        expectFault(m, "", MIPS64.InvalidExitedValue.selector);
    }

    function test_emptyActiveStack() public {
        Machine memory m = machine(NOP);
        (m.left, m.right) = (m.right, m.left);
        // Before the witness is looked at.
        expectFault(m, "", "MIPS64: active thread stack is empty");
        (m.left, m.right) = (m.right, m.left);
        m.traverseRight = 1;
        expectFault(m, "", "MIPS64: active thread stack is empty");
    }

    function test_shortThreadWitness() public {
        Machine memory m = machine(NOP);
        bytes memory full = m.threadWitness();
        uint256[4] memory lengths = [uint256(0), 288, 297, 320];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory short = new bytes(lengths[i]);
            for (uint256 j = 0; j < short.length; ++j) {
                short[j] = full[j];
            }
            expectFault(m, short, "MIPS64: insufficient calldata for thread witness");
        }
        // What counts is the call data, which the ABI fills up to words: 330 bytes and more suffice.
        expectFault(m, full, "MIPS64Memory: check that there is enough calldata");
    }

    function test_everyByteOfTheThreadCounts() public {
        Machine memory m = machine(NOP);
        bytes memory good = witness(m);
        for (uint256 i = 0; i < 330; i += i < 42 || i > 296 ? 1 : 7) {
            bytes memory bad = bytes.concat(good);
            bad[i] ^= 0x80;
            expectFault(m, bad, "MIPS64: invalid thread witness");
        }
        expectPost(m, good, next(m));
    }

    function test_threadOfTheOtherStack() public {
        Machine memory m = machine(NOP);
        m.right = stack(thread(9));
        bytes memory left = witness(m);
        m.traverseRight = 1;
        expectFault(m, left, "MIPS64: invalid thread witness");
    }

    function test_misalignedPc() public {
        for (uint64 k = 1; k < 4; ++k) {
            Machine memory m = machine(NOP);
            m.running().pc = PC + k;
            // Before the proof is looked at.
            expectFault(m, m.threadWitness(), MIPS64.InvalidPC.selector);
        }
    }

    function test_proofOfTheInstruction() public {
        Machine memory m = machine(NOP);
        expectFault(m, m.threadWitness(), "MIPS64Memory: check that there is enough calldata");
        expectFault(m, bytes.concat(m.threadWitness(), m.proof(PC + 32)), InvalidMemoryProof.selector);
        bytes memory good = witness(m);
        for (uint256 i = 330; i < good.length; i += 61) {
            bytes memory bad = bytes.concat(good);
            bad[i] ^= 0x10;
            expectFault(m, bad, InvalidMemoryProof.selector);
        }
    }

    function test_extraProofIsIgnored() public {
        Machine memory m = machine(NOP);
        expectPost(m, bytes.concat(witness(m), new bytes(3840), "more"), next(m));
    }

    function test_everyByteOfTheStateIsHashed() public {
        Machine memory m = machine(NOP);
        m.exited = 1;
        m.right = stack(thread(4));
        bytes32 before = vm64.step(m.encode(), "", CONTEXT);
        for (uint256 i = 0; i < 188; ++i) {
            if (i == 98) continue;
            bytes memory other = m.encode();
            other[i] ^= 0x04;
            assertTrue(vm64.step(other, "", CONTEXT) != before, "a changed state has the old hash");
        }
    }

    function test_offsetsOfTheCallData() public {
        Machine memory m = machine(NOP);
        bytes memory state = m.encode();
        bytes memory proof = witness(m);
        bytes memory good = callWith(state, proof);
        (bool ok, bytes memory result) = address(vm64).call(good);
        assertTrue(ok);
        assertEq(abi.decode(result, (bytes32)), next(m).hash());

        // The state at another place, one word later.
        bytes memory moved = bytes.concat(
            MIPS64.step.selector,
            bytes32(uint256(128)),
            bytes32(uint256(352)),
            CONTEXT,
            bytes32(0),
            bytes32(uint256(188)),
            state,
            new bytes(4)
        );
        expectRevert(bytes.concat(moved, bytes32(proof.length), proof, new bytes(32)), "");
        // A state one word shorter or longer moves the proof.
        expectRevert(callWith(new bytes(160), proof), "");
        expectRevert(callWith(bytes.concat(state, new bytes(5)), proof), "");
        // Lengths that fill the same number of words are not told apart: the caller binds the bytes by their hash.
        (ok, result) = address(vm64).call(callWith(bytes.concat(state, new bytes(4)), proof));
        assertTrue(ok);
        assertEq(abi.decode(result, (bytes32)), next(m).hash());
        // Call data that ends within the declared proof.
        assembly {
            mstore(good, sub(mload(good), 64))
        }
        expectRevert(good, "");
    }

    function test_stepIsNotPayable() public {
        Machine memory m = machine(NOP);
        bytes memory data = callWith(m.encode(), witness(m));
        (bool ok, bytes memory result) = address(vm64).call{value: 1}(data);
        assertFalse(ok);
        assertEq(result, "");
    }

    function test_stepCounterWraps() public {
        Machine memory m = machine(NOP);
        m.step = type(uint64).max;
        m.stepsSinceSwitch = 0;
        Machine memory post = next(m);
        assertEq(post.step, 0);
        expectPost(m, witness(m), post);
    }

    function test_pcWraps() public {
        Machine memory m = machine(NOP);
        m.running().pc = type(uint64).max - 7;
        m.running().nextPc = type(uint64).max - 3;
        Machine memory post = next(m);
        assertEq(post.running().nextPc, 0);
        expectPost(m, witness(m), post);
    }
}
