// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test, Vm} from "forge-std/Test.sol";
import {PreimageOracle} from "src/oracle/PreimageOracle.sol";
import {MIPS64} from "src/vm/MIPS64.sol";
import {IPreimageOracle} from "src/oracle/IPreimageOracle.sol";
import {Cell, Machine, Model, ThreadModel} from "test/vm/Model.sol";

/// @title StepTest
/// @notice Runs one step of the contract on a machine given as a whole and compares with the machine expected after it.
abstract contract StepTest is Test {
    uint64 internal constant PC = 0x1008;
    uint64 internal constant DATA = 0x7fff_0000_0100;
    bytes32 internal constant CONTEXT = keccak256("context");

    PreimageOracle internal oracle;
    MIPS64 internal vm64;

    function setUp() public virtual {
        oracle = new PreimageOracle(0, 0);
        vm64 = new MIPS64(IPreimageOracle(address(oracle)), 8);
    }

    /// @notice One thread that stands before `insn`, every field different from every other.
    function machine(uint32 insn) internal pure returns (Machine memory m) {
        m.preimageKey = keccak256("key");
        m.preimageOffset = 11;
        m.heap = 0x1000_0000_0000;
        m.step = 12345;
        m.stepsSinceSwitch = 77;
        m.nextThreadId = 5;
        m.left = new ThreadModel[](1);
        m.left[0] = thread(3);
        m.write(PC, uint64(insn) << 32 | 0xdeadbeef);
    }

    function thread(uint64 id) internal pure returns (ThreadModel memory t) {
        t.id = id;
        t.pc = PC;
        t.nextPc = PC + 4;
        t.lo = 0x1111;
        t.hi = 0x2222;
        for (uint64 i = 1; i < 32; ++i) {
            t.r[i] = uint64(uint256(keccak256(abi.encode(id, i))));
        }
    }

    function stack(ThreadModel memory a) internal pure returns (ThreadModel[] memory s) {
        s = new ThreadModel[](1);
        s[0] = a;
    }

    function stack(ThreadModel memory a, ThreadModel memory b) internal pure returns (ThreadModel[] memory s) {
        s = new ThreadModel[](2);
        (s[0], s[1]) = (a, b);
    }

    // --- instructions ---------------------------------------------------------------------------------------------

    function special(uint32 funct, uint32 rs, uint32 rt, uint32 rd, uint32 sa) internal pure returns (uint32) {
        return rs << 21 | rt << 16 | rd << 11 | sa << 6 | funct;
    }

    function immediate(uint32 opcode, uint32 rs, uint32 rt, uint16 imm) internal pure returns (uint32) {
        return opcode << 26 | rs << 21 | rt << 16 | imm;
    }

    // --- calls ----------------------------------------------------------------------------------------------------

    function callWith(bytes memory state, bytes memory proof) internal pure returns (bytes memory) {
        return abi.encodeCall(MIPS64.step, (state, proof, CONTEXT));
    }

    /// @notice Thread and proof of the instruction.
    function witness(Machine memory m) internal pure returns (bytes memory) {
        return bytes.concat(m.threadWitness(), m.proof(m.running().pc));
    }

    /// @notice As `witness`, with the proof of a data word.
    function witness(Machine memory m, uint64 addr) internal pure returns (bytes memory) {
        return bytes.concat(witness(m), m.proof(addr));
    }

    function expectPost(Machine memory m, bytes memory proof, Machine memory post) internal returns (uint256 gas) {
        bytes memory data = callWith(m.encode(), proof);
        vm.recordLogs();
        gas = gasleft();
        (bool ok, bytes memory result) = address(vm64).call(data);
        gas -= gasleft();
        assertTrue(ok, string.concat("reverted: ", vm.toString(result)));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "number of logs");
        assertEq(logs[0].topics.length, 0, "topics of the log");
        assertEq(logs[0].data, post.encode(), "state after the step");
        assertEq(abi.decode(result, (bytes32)), post.hash(), "state hash");
    }

    function expectFault(Machine memory m, bytes memory proof, bytes4 selector) internal {
        expectRevert(callWith(m.encode(), proof), abi.encodePacked(selector));
    }

    function expectFault(Machine memory m, bytes memory proof, string memory reason) internal {
        expectRevert(callWith(m.encode(), proof), abi.encodeWithSignature("Error(string)", reason));
    }

    function expectRevert(bytes memory data, bytes memory reason) internal {
        (bool ok, bytes memory result) = address(vm64).call(data);
        assertFalse(ok, "expected a revert");
        assertEq(result, reason, "revert data");
    }

    /// @notice The machine after an instruction that goes on to the next: counters and program counter moved.
    function next(Machine memory m) internal pure returns (Machine memory post) {
        post = m.copy();
        unchecked {
            post.step += 1;
            post.stepsSinceSwitch += 1;
            ThreadModel memory t = post.running();
            (t.pc, t.nextPc) = (t.nextPc, t.nextPc + 4);
        }
    }

    /// @notice Runs `insn` with rs = r8, rt = r9 and expects r10 to become `result`.
    function expectRegister(uint32 insn, uint64 s, uint64 t, uint256 register, uint64 result) internal {
        Machine memory m = machine(insn);
        m.running().r[8] = s;
        m.running().r[9] = t;
        Machine memory post = next(m);
        if (register != 0) post.running().r[register] = result;
        expectPost(m, witness(m), post);
    }
}
