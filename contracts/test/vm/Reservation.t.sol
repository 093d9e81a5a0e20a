// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {InvalidMemoryProof} from "src/vm/MerkleMemory.sol";
import {Machine} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

contract ReservationTest is StepTest {
    uint64 private constant WORD = 0x8182838485868788;
    uint8 private constant HELD_32 = 1;
    uint8 private constant HELD_64 = 2;

    /// @notice A machine whose thread 3 holds a reservation of `status` at DATA + `unaligned`, before `opcode r9, (r8)`.
    function reserved(uint32 opcode, uint8 status, uint64 unaligned) private pure returns (Machine memory m) {
        m = machine(immediate(opcode, 8, 9, 0));
        m.running().r[8] = DATA + unaligned;
        m.write(DATA, WORD);
        (m.llStatus, m.llAddress, m.llOwner) = (status, DATA + unaligned, 3);
    }

    function none(Machine memory m) private pure {
        (m.llStatus, m.llAddress, m.llOwner) = (0, 0, 0);
    }

    function test_loadLinkedReserves() public {
        for (uint64 k = 0; k < 8; ++k) {
            Machine memory m = reserved(0x30, 0, k);
            (m.llAddress, m.llOwner) = (k, 99);
            Machine memory post = next(m);
            (post.llStatus, post.llAddress, post.llOwner) = (HELD_32, DATA + k, 3);
            post.running().r[9] = k < 4 ? 0xffffffff81828384 : 0xffffffff85868788;
            expectPost(m, witness(m, DATA), post);

            m = reserved(0x34, HELD_32, k);
            post = next(m);
            post.llStatus = HELD_64;
            post.running().r[9] = WORD;
            expectPost(m, witness(m, DATA), post);
        }
    }

    function test_loadLinkedToRegisterZeroReserves() public {
        Machine memory m = reserved(0x30, 0, 0);
        m.write(PC, uint64(immediate(0x30, 8, 0, 0)) << 32);
        Machine memory post = next(m);
        post.llStatus = HELD_32;
        expectPost(m, witness(m, DATA), post);
    }

    function test_storeConditionalSucceeds() public {
        for (uint64 k = 0; k < 8; ++k) {
            Machine memory m = reserved(0x38, HELD_32, k);
            m.running().r[9] = 0x1112131421222324;
            Machine memory post = next(m);
            none(post);
            post.write(DATA, k < 4 ? 0x2122232485868788 : 0x8182838421222324);
            post.running().r[9] = 1;
            expectPost(m, witness(m, DATA), post);

            m = reserved(0x3c, HELD_64, k);
            m.running().r[9] = 0x1112131421222324;
            post = next(m);
            none(post);
            post.write(DATA, 0x1112131421222324);
            post.running().r[9] = 1;
            expectPost(m, witness(m, DATA), post);
        }
    }

    function fails(Machine memory m) private {
        Machine memory post = next(m);
        post.running().r[9] = 0;
        // No proof of the word is needed, and a wrong one is not looked at.
        expectPost(m, witness(m), post);
        expectPost(m, bytes.concat(witness(m), new bytes(1920)), post);
    }

    function test_storeConditionalFailsAndKeepsTheReservation() public {
        fails(reserved(0x38, HELD_64, 0));
        fails(reserved(0x38, 0, 0));
        fails(reserved(0x3c, HELD_32, 0));
        fails(reserved(0x3c, 0, 0));
        Machine memory m = reserved(0x38, HELD_32, 0);
        m.llOwner = 4;
        fails(m);
        // The same aligned bytes, but not the same address.
        m = reserved(0x38, HELD_32, 0);
        m.llAddress = DATA + 1;
        fails(m);
        m = reserved(0x3c, HELD_64, 0);
        m.llAddress = DATA + 7;
        fails(m);
    }

    function test_storeConditionalNeedsItsProof() public {
        Machine memory m = reserved(0x38, HELD_32, 0);
        expectFault(m, witness(m), "MIPS64Memory: check that there is enough calldata");
        expectFault(m, bytes.concat(witness(m), new bytes(1920)), InvalidMemoryProof.selector);
    }

    /// @notice A plain store by any thread into the reserved word, also of the value it has, ends the reservation.
    function test_storesEndTheReservation() public {
        uint32[9] memory opcodes = [uint32(0x28), 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x3f, 0x3f];
        for (uint256 i = 0; i < opcodes.length; ++i) {
            Machine memory m = reserved(opcodes[i], i % 2 == 0 ? HELD_32 : HELD_64, 0);
            // The instruction stores zero into a word of zeros; the reservation is elsewhere in that word.
            m.running().r[9] = 0;
            m.write(DATA, 0);
            m.llAddress = DATA + 5;
            m.llOwner = 1234;
            Machine memory post = next(m);
            none(post);
            expectPost(m, witness(m, DATA), post);
        }
    }

    function test_storeNextToItKeepsTheReservation() public {
        Machine memory m = reserved(0x3f, HELD_64, 0);
        m.llAddress = DATA + 8;
        Machine memory post = next(m);
        post.write(DATA, m.running().r[9]);
        expectPost(m, witness(m, DATA), post);
        m.llAddress = DATA - 1;
        post.llAddress = DATA - 1;
        expectPost(m, witness(m, DATA), post);
    }

    function test_loadKeepsTheReservation() public {
        Machine memory m = reserved(0x37, HELD_64, 0);
        Machine memory post = next(m);
        post.running().r[9] = WORD;
        expectPost(m, witness(m, DATA), post);
    }
}
