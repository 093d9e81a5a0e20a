// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Machine} from "test/vm/Model.sol";
import {StepTest} from "test/vm/StepTest.sol";

/// @notice Gas of a step, without the transaction's own. The dearest step, three memory proofs and two writes, must stay
///         far below what a game can spend.
contract GasTest is StepTest {
    function measure(string memory name, Machine memory m, bytes memory proof, Machine memory post, uint256 limit)
        private
    {
        uint256 gas = expectPost(m, proof, post);
        emit log_named_uint(name, gas);
        assertLt(gas, limit, name);
    }

    function test_arithmetic() public {
        Machine memory m = machine(special(0x2d, 8, 9, 0, 0));
        measure("daddu", m, witness(m), next(m), 60_000);
        m = machine(special(0x1e, 8, 9, 0, 0));
        (m.running().r[8], m.running().r[9]) = (7, 2);
        Machine memory post = next(m);
        (post.running().lo, post.running().hi) = (3, 1);
        measure("ddiv", m, witness(m), post, 60_000);
    }

    function test_loadAndStore() public {
        Machine memory m = machine(immediate(0x37, 8, 0, 0));
        m.running().r[8] = DATA;
        measure("ld", m, witness(m, DATA), next(m), 100_000);
        m = machine(immediate(0x2d, 8, 9, 0));
        m.running().r[8] = DATA + 7;
        Machine memory post = next(m);
        post.write(DATA, m.running().r[9]);
        measure("sdr", m, witness(m, DATA), post, 120_000);
    }

    function test_syscalls() public {
        Machine memory m = machine(0x0c);
        (m.running().r[2], m.running().r[4], m.running().r[5]) = (5222, 0, DATA);
        Machine memory post = next(m);
        (post.running().r[2], post.running().r[7]) = (0, 0);
        measure("clock_gettime", m, bytes.concat(witness(m, DATA), m.proof(DATA + 8)), post, 200_000);

        bytes memory data = "preimage";
        oracle.loadKeccak256PreimagePart(8, data);
        m = machine(0x0c);
        (m.running().r[2], m.running().r[4], m.running().r[5], m.running().r[6]) = (5000, 5, DATA, 8);
        m.preimageKey = bytes32(uint256(keccak256(data)) << 8 >> 8 | 2 << 248);
        m.preimageOffset = 8;
        post = next(m);
        (post.running().r[2], post.running().r[7]) = (8, 0);
        post.preimageOffset = 16;
        post.write(DATA, uint64(bytes8("preimage")));
        measure("read of a preimage", m, witness(m, DATA), post, 140_000);
    }
}
