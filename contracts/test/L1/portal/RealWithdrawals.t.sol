// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {console} from "forge-std/console.sol";

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {PortalWithdrawals} from "src/L1/PortalWithdrawals.sol";
import {OutputRoot} from "src/libraries/OutputRoot.sol";
import {Withdrawal} from "src/libraries/Withdrawal.sol";
import {WithdrawalTest} from "test/L1/portal/WithdrawalTest.sol";

/// @notice A withdrawal of OP Mainnet and its proof as recorded from the chain, against a game about its output root.
contract RealWithdrawalsTest is WithdrawalTest {
    string private json;

    function load() private returns (bool) {
        string memory folder = vm.envOr("TRIBUNAL_REAL_DATA", string(""));
        if (bytes(folder).length == 0) {
            console.log("SKIPPED: TRIBUNAL_REAL_DATA is not set");
            return false;
        }
        json = vm.readFile(string.concat(folder, "/withdrawals/withdrawal-op-mainnet-4529.json"));
        return true;
    }

    function recorded() private view returns (Sent memory sent) {
        sent.tx = Withdrawal.Transaction(
            vm.parseJsonUint(json, ".withdrawal.nonce"),
            vm.parseJsonAddress(json, ".withdrawal.sender"),
            vm.parseJsonAddress(json, ".withdrawal.target"),
            vm.parseJsonUint(json, ".withdrawal.value"),
            vm.parseJsonUint(json, ".withdrawal.gasLimit"),
            vm.parseJsonBytes(json, ".withdrawal.data")
        );
        sent.output = OutputRoot.Proof(
            vm.parseJsonBytes32(json, ".outputRootProof.version"),
            vm.parseJsonBytes32(json, ".outputRootProof.stateRoot"),
            vm.parseJsonBytes32(json, ".outputRootProof.messagePasserStorageRoot"),
            vm.parseJsonBytes32(json, ".outputRootProof.latestBlockhash")
        );
        sent.proof = vm.parseJsonBytesArray(json, ".withdrawalProof");
        sent.hash = vm.parseJsonBytes32(json, ".expected.withdrawalHash");
        sent.root = vm.parseJsonBytes32(json, ".expected.outputRoot");
    }

    function test_knownAnswers() external {
        if (!load()) return;
        Sent memory sent = recorded();
        assertEq(Withdrawal.hash(sent.tx), sent.hash);
        assertEq(OutputRoot.hash(sent.output), sent.root);
        assertEq(Withdrawal.storageSlot(sent.hash), vm.parseJsonBytes32(json, ".expected.storageSlot"));
    }

    function test_proveAndFinalize() external {
        if (!load()) return;
        Sent memory sent = recorded();
        (FaultDisputeGame game, uint256 index) = proposed(sent.root);
        uint256 gasBefore = gasleft();
        prove(alice, sent, index);
        console.log("gas of a proof of %d nodes: %d", sent.proof.length, gasBefore - gasleft());
        assertEq(portal.numProofSubmitters(sent.hash), 1);

        resolve(game);
        skip(MATURITY + 1);
        vm.expectCall(sent.tx.target, sent.tx.value, sent.tx.data);
        vm.expectEmit(address(portal));
        emit PortalWithdrawals.WithdrawalFinalized(sent.hash, true);
        finalize(sent);
    }

    /// @notice The sabotaged twin: with any one bit of the proof flipped, it does not hold.
    function testFuzz_flippedBit_reverts(uint256 which, uint256 at) external {
        if (!load()) return;
        Sent memory sent = recorded();
        (, uint256 index) = proposed(sent.root);
        bytes memory node = sent.proof[which % sent.proof.length];
        at %= node.length * 8;
        node[at / 8] ^= bytes1(uint8(1 << (at % 8)));
        vm.expectRevert();
        prove(alice, sent, index);
    }

    function testFuzz_flippedWithdrawal_reverts(uint256 at) external {
        if (!load()) return;
        Sent memory sent = recorded();
        (, uint256 index) = proposed(sent.root);
        at %= sent.tx.data.length * 8;
        sent.tx.data[at / 8] ^= bytes1(uint8(1 << (at % 8)));
        vm.expectRevert();
        prove(alice, sent, index);
    }
}
