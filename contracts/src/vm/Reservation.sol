// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Calldata} from "src/vm/Calldata.sol";
import {MerkleMemory} from "src/vm/MerkleMemory.sol";
import {SubWord} from "src/vm/SubWord.sol";
import {Thread} from "src/vm/Thread.sol";
import {VmState} from "src/vm/VmState.sol";

/// @title Reservation
/// @notice ll, lld, sc, scd, and every write of memory: the machine has one reservation, and any write into its word ends it.
library Reservation {
    uint32 internal constant LL = 0x30;
    uint32 internal constant LLD = 0x34;
    uint32 internal constant SC = 0x38;
    uint32 internal constant SCD = 0x3c;

    uint8 private constant NONE = 0;
    uint8 private constant HELD_32 = 1;
    uint8 private constant HELD_64 = 2;

    /// @notice Writes the word at `addr`, a multiple of 8, and ends a reservation of that word. The proof must have been
    ///         checked by a read before.
    function writeWord(VmState state, uint64 addr, uint256 proof, uint64 word) internal pure {
        state.setMemRoot(MerkleMemory.rootAfterWrite(addr, proof, word));
        (, uint64 reserved,) = state.reservation();
        // Whether one is held is not asked: without one, address 0 "is reserved" and clearing changes nothing.
        if (addr == SubWord.align(reserved)) state.setReservation(NONE, 0, 0);
    }

    /// @notice ll and lld: loads and reserves. The address is kept as it is, the access is aligned.
    function loadLinked(VmState state, Thread thread, uint256 rt, uint64 addr, bool double) internal pure {
        uint64 word = MerkleMemory.read(state.memRoot(), SubWord.align(addr), Calldata.DATA_PROOF);
        thread.setRegister(rt, SubWord.selectSigned(word, addr, double ? 8 : 4));
        state.setReservation(double ? HELD_64 : HELD_32, addr, thread.id());
        thread.advance();
    }

    /// @notice sc and scd: store if the reservation is this thread's, of this address and width. A failure changes
    ///         nothing but rt = 0 and needs no memory proof; the reservation stays.
    function storeConditional(VmState state, Thread thread, uint256 rt, uint64 addr, bool double) internal pure {
        (uint8 status, uint64 reserved, uint64 owner) = state.reservation();
        bool holds = status == (double ? HELD_64 : HELD_32) && owner == thread.id() && reserved == addr;
        if (holds) {
            uint64 aligned = SubWord.align(addr);
            uint64 word = MerkleMemory.read(state.memRoot(), aligned, Calldata.DATA_PROOF);
            word = SubWord.insert(word, addr, double ? 8 : 4, thread.register(rt));
            writeWord(state, aligned, Calldata.DATA_PROOF, word);
        }
        thread.setRegister(rt, holds ? 1 : 0);
        thread.advance();
    }
}
