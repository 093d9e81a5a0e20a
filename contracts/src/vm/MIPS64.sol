// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IPreimageOracle} from "src/oracle/IPreimageOracle.sol";
import {Arithmetic} from "src/vm/Arithmetic.sol";
import {Branches} from "src/vm/Branches.sol";
import {Calldata} from "src/vm/Calldata.sol";
import {LoadStore} from "src/vm/LoadStore.sol";
import {MerkleMemory} from "src/vm/MerkleMemory.sol";
import {Reservation} from "src/vm/Reservation.sol";
import {SubWord} from "src/vm/SubWord.sol";
import {Syscalls} from "src/vm/Syscalls.sol";
import {Thread} from "src/vm/Thread.sol";
import {ThreadStack} from "src/vm/ThreadStack.sol";
import {VmState, VmStateFields} from "src/vm/VmState.sol";

/// @title MIPS64
/// @notice One step of Cannon's multithreaded 64-bit MIPS machine, state version 8, from a witness in the call data. A
///         revert means that there is no next state: the witness is wrong, or the machine faults.
contract MIPS64 {
    error InvalidExitedValue();
    error InvalidPC();
    /// @notice Part of the interface; nothing raises it.
    error InvalidRMWInstruction();
    error UnsupportedStateVersion();

    string public constant version = "1.10.1";

    /// @notice Steps after which a thread is preempted.
    uint64 private constant QUANTUM = 100_000;
    uint256 private constant SUPPORTED_STATE_VERSION = 8;
    uint32 private constant FUNCT_SYSCALL = 0x0c;

    IPreimageOracle private immutable ORACLE;
    uint256 private immutable STATE_VERSION;

    /// @param oracle_ Answers the reads of preimages; not checked.
    /// @param stateVersion_ Must be 8.
    constructor(IPreimageOracle oracle_, uint256 stateVersion_) {
        if (stateVersion_ != SUPPORTED_STATE_VERSION) revert UnsupportedStateVersion();
        ORACLE = oracle_;
        STATE_VERSION = stateVersion_;
    }

    function oracle() external view returns (IPreimageOracle) {
        return ORACLE;
    }

    function stateVersion() external view returns (uint256) {
        return STATE_VERSION;
    }

    /// @notice Executes one step, logs the packed state after it (without topics) and returns its hash.
    /// @param stateData The packed state before, 188 bytes. That it is the state of a claim is for the caller to check.
    /// @param proof Running thread (298 bytes), root of its stack without it, memory proofs of 1,920 bytes each.
    /// @param localContext Which of the caller's sets of local preimages is read.
    function step(bytes calldata stateData, bytes calldata proof, bytes32 localContext)
        external
        returns (bytes32 postState)
    {
        uint256 stateOffset;
        uint256 proofOffset;
        assembly ("memory-safe") {
            stateOffset := stateData.offset
            proofOffset := proof.offset
        }
        require(stateOffset == Calldata.STATE && proofOffset == Calldata.THREAD);

        VmState state = VmStateFields.fromCalldata(Calldata.STATE);
        if (state.exited() > 1) revert InvalidExitedValue();
        // A machine that has exited stays as it is: a trace is as long as a game needs it.
        if (state.exited() == 0) advance(state, localContext);
        postState = state.publish();
        require(!ThreadStack.activeIsEmpty(state), "MIPS64: post-state active thread stack is empty");
    }

    function advance(VmState state, bytes32 localContext) private view {
        unchecked {
            require(!ThreadStack.activeIsEmpty(state), "MIPS64: active thread stack is empty");
            Thread thread = ThreadStack.running(state);
            state.setStep(state.step() + 1);
            if (thread.exited()) return ThreadStack.pop(state);
            if (state.stepsSinceSwitch() >= QUANTUM) return ThreadStack.preempt(state, thread);
            state.setStepsSinceSwitch(state.stepsSinceSwitch() + 1);
            execute(state, thread, fetch(state, thread), localContext);
        }
    }

    function fetch(VmState state, Thread thread) private pure returns (uint32 insn) {
        uint64 pc = thread.pc();
        if (pc & 3 != 0) revert InvalidPC();
        uint64 word = MerkleMemory.read(state.memRoot(), SubWord.align(pc), Calldata.FETCH_PROOF);
        return uint32(SubWord.select(word, pc, 4));
    }

    function execute(VmState state, Thread thread, uint32 insn, bytes32 localContext) private view {
        uint32 opcode = insn >> 26;
        if (opcode == 0 && insn & 63 == FUNCT_SYSCALL) {
            return Syscalls.execute(state, thread, ORACLE, localContext);
        }
        if (Branches.handles(opcode)) Branches.execute(thread, insn, opcode);
        else if (LoadStore.handles(opcode)) accessMemory(state, thread, insn, opcode);
        else Arithmetic.execute(thread, insn, opcode);
        ThreadStack.replaceRunning(state, thread);
    }

    function accessMemory(VmState state, Thread thread, uint32 insn, uint32 opcode) private pure {
        unchecked {
            uint64 addr = thread.register((insn >> 21) & 31) + SubWord.signedImmediate(insn);
            uint256 rt = (insn >> 16) & 31;
            if (opcode == Reservation.LL || opcode == Reservation.LLD) {
                Reservation.loadLinked(state, thread, rt, addr, opcode == Reservation.LLD);
            } else if (opcode == Reservation.SC || opcode == Reservation.SCD) {
                Reservation.storeConditional(state, thread, rt, addr, opcode == Reservation.SCD);
            } else {
                LoadStore.execute(state, thread, opcode, rt, addr);
            }
        }
    }
}
