// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {GameType} from "src/dispute/Types.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {PortalWithdrawals} from "src/L1/PortalWithdrawals.sol";
import {Withdrawal} from "src/libraries/Withdrawal.sol";
import {WithdrawalTest} from "test/L1/portal/WithdrawalTest.sol";

/// @notice Does what it is told when it is called, and notes what the portal says meanwhile.
contract Recipient {
    OptimismPortal2 private immutable portal;

    address public senderSeen;
    bool public finalizedSeen;
    uint256 public gasSeen;
    bytes public dataSeen;
    bytes public reason;

    bytes private onEntry;
    bytes32 private hash;
    bool public refuses;
    bool public burns;

    constructor(OptimismPortal2 portal_) {
        portal = portal_;
    }

    function callOnEntry(bytes32 hash_, bytes memory call_) external {
        (hash, onEntry) = (hash_, call_);
    }

    function refuse(bool refuses_, bool burns_) external {
        (refuses, burns) = (refuses_, burns_);
    }

    receive() external payable {
        enter();
    }

    fallback() external payable {
        enter();
    }

    function enter() private {
        gasSeen = gasleft();
        senderSeen = portal.l2Sender();
        finalizedSeen = portal.finalizedWithdrawals(hash);
        dataSeen = msg.data;
        if (onEntry.length > 0) (, reason) = address(portal).call(onEntry);
        require(!refuses, "refused");
        while (burns) {}
    }
}

contract PortalFinalizeTest is WithdrawalTest {
    Recipient private recipient;

    function setUp() public override {
        super.setUp();
        recipient = new Recipient(portal);
    }

    function refused(Sent memory sent, bytes4 reason) private {
        vm.expectRevert(reason);
        finalize(sent);
    }

    function checkRefused(Sent memory sent, bytes4 reason) private {
        vm.expectRevert(reason);
        portal.checkWithdrawal(sent.hash, alice);
        refused(sent, reason);
    }

    function test_finalize() external {
        (Sent memory sent,) = ready();
        portal.checkWithdrawal(sent.hash, alice);
        vm.expectEmit(address(portal));
        emit PortalWithdrawals.WithdrawalFinalized(sent.hash, true);
        finalize(sent);
        assertEq(target.balance, 1 ether);
        assertTrue(portal.finalizedWithdrawals(sent.hash));
        assertEq(portal.l2Sender(), address(0xdEaD));
    }

    function test_finalize_storageLayout() external {
        (Sent memory sent,) = ready();
        finalize(sent);
        assertEq(uint256(vm.load(address(portal), keccak256(abi.encode(sent.hash, uint256(51))))), 1);
    }

    function test_finalize_call() external {
        (Sent memory sent,) = ready(address(recipient), 3, 200_000, hex"c0ffee");
        recipient.callOnEntry(sent.hash, "");
        finalize(sent);
        assertEq(recipient.senderSeen(), sender);
        assertTrue(recipient.finalizedSeen());
        assertEq(recipient.dataSeen(), hex"c0ffee");
        assertEq(address(recipient).balance, 3);
    }

    function test_finalize_bySomebodyElse() external {
        (Sent memory sent,) = ready();
        vm.prank(bob);
        portal.finalizeWithdrawalTransactionExternalProof(sent.tx, alice);
        assertEq(target.balance, 1 ether);
    }

    function testFuzz_finalize_byAnybody(address who) external {
        vm.assume(who != address(proxyAdmin));
        (Sent memory sent,) = ready();
        vm.prank(who);
        portal.finalizeWithdrawalTransactionExternalProof(sent.tx, alice);
        assertTrue(portal.finalizedWithdrawals(sent.hash));
    }

    function test_finalize_somebodyElsesProof_reverts() external {
        (Sent memory sent,) = ready();
        vm.expectRevert(PortalWithdrawals.OptimismPortal_Unproven.selector);
        vm.prank(bob);
        portal.finalizeWithdrawalTransaction(sent.tx);
    }

    function test_finalize_twice_reverts() external {
        (Sent memory sent,) = ready();
        finalize(sent);
        checkRefused(sent, PortalWithdrawals.OptimismPortal_AlreadyFinalized.selector);
    }

    function test_finalize_twiceByAnotherProof_reverts() external {
        Sent memory sent = send();
        (FaultDisputeGame game, uint256 index) = proposed(sent.root);
        prove(alice, sent, index);
        prove(bob, sent, index);
        resolve(game);
        skip(MATURITY + 1);
        finalize(sent);
        vm.expectRevert(PortalWithdrawals.OptimismPortal_AlreadyFinalized.selector);
        portal.finalizeWithdrawalTransactionExternalProof(sent.tx, bob);
    }

    function test_finalize_unproven_reverts() external {
        checkRefused(send(), PortalWithdrawals.OptimismPortal_Unproven.selector);
    }

    function testFuzz_finalize_otherWithdrawal_reverts(uint256 field, uint256 flip) external {
        (Sent memory sent,) = ready();
        flip = bound(flip, 1, type(uint96).max);
        field %= 6;
        if (field == 0) sent.tx.nonce ^= flip;
        else if (field == 1) sent.tx.sender = address(uint160(sender) ^ uint160(flip));
        else if (field == 2) sent.tx.target = address(uint160(target) ^ uint160(flip));
        else if (field == 3) sent.tx.value ^= flip;
        else if (field == 4) sent.tx.gasLimit ^= flip;
        else sent.tx.data = abi.encode(flip);
        refused(sent, PortalWithdrawals.OptimismPortal_Unproven.selector);
    }

    /// @notice The registry may say so, but a proof that is not younger than its game does not count.
    function test_finalize_proofAsOldAsGame_reverts() external {
        (Sent memory sent, FaultDisputeGame game) = ready();
        (, uint64 at) = portal.provenWithdrawals(sent.hash, alice);
        vm.mockCall(address(game), abi.encodeWithSignature("createdAt()"), abi.encode(at));
        checkRefused(sent, PortalWithdrawals.OptimismPortal_InvalidProofTimestamp.selector);
        vm.mockCall(address(game), abi.encodeWithSignature("createdAt()"), abi.encode(at + 1));
        checkRefused(sent, PortalWithdrawals.OptimismPortal_InvalidProofTimestamp.selector);
    }

    function test_finalize_maturity() external {
        Sent memory sent = send();
        (FaultDisputeGame game,) = proposed(sent.root);
        resolve(game);
        skip(AIRGAP + 1);
        prove(alice, sent, 0);
        skip(MATURITY);
        checkRefused(sent, PortalWithdrawals.OptimismPortal_ProofNotOldEnough.selector);
        skip(1);
        finalize(sent);
    }

    /// @notice A later proof starts the submitter's time again.
    function test_finalize_reprovenTooLate_reverts() external {
        (Sent memory sent,) = ready();
        prove(alice, sent, 0);
        checkRefused(sent, PortalWithdrawals.OptimismPortal_ProofNotOldEnough.selector);
        skip(MATURITY + 1);
        finalize(sent);
    }

    function test_finalize_unresolved_reverts() external {
        Sent memory sent = send();
        (FaultDisputeGame game, uint256 index) = proposed(sent.root);
        prove(alice, sent, index);
        skip(MATURITY + 1);
        checkRefused(sent, PortalWithdrawals.OptimismPortal_InvalidRootClaim.selector);
        game.resolveClaim(0, 0);
        checkRefused(sent, PortalWithdrawals.OptimismPortal_InvalidRootClaim.selector);
        game.resolve();
        skip(AIRGAP);
        checkRefused(sent, PortalWithdrawals.OptimismPortal_InvalidRootClaim.selector);
        skip(1);
        finalize(sent);
    }

    function test_finalize_lostGame_reverts() external {
        Sent memory sent = send();
        (FaultDisputeGame game, uint256 index) = proposed(sent.root);
        prove(alice, sent, index);
        defeat(game);
        skip(MATURITY + AIRGAP);
        checkRefused(sent, PortalWithdrawals.OptimismPortal_InvalidRootClaim.selector);
    }

    function test_finalize_blacklisted_reverts() external {
        (Sent memory sent, FaultDisputeGame game) = ready();
        blacklist(game);
        checkRefused(sent, PortalWithdrawals.OptimismPortal_InvalidRootClaim.selector);
    }

    function test_finalize_retired_reverts() external {
        (Sent memory sent,) = ready();
        asGuardian();
        registry.updateRetirementTimestamp();
        checkRefused(sent, PortalWithdrawals.OptimismPortal_InvalidRootClaim.selector);
    }

    function test_finalize_typeChangedLater() external {
        (Sent memory sent,) = ready();
        asGuardian();
        registry.setRespectedGameType(GameType.wrap(1));
        finalize(sent);
    }

    /// @notice After its game was struck out, the withdrawal goes through with another one.
    function test_finalize_reprovenByAnotherGame() external {
        (Sent memory sent, FaultDisputeGame game) = ready();
        blacklist(game);
        mature(sent);
        finalize(sent);
        assertEq(target.balance, 1 ether);
    }

    function test_finalize_paused_reverts() external {
        (Sent memory sent,) = ready();
        pauseAll();
        refused(sent, PortalWithdrawals.OptimismPortal_CallPaused.selector);
        asGuardian();
        superchainConfig.unpause(address(0));
        finalize(sent);
    }

    /// @notice The registry holds no game for proper during a pause, so that the check fails too.
    function test_check_paused_reverts() external {
        (Sent memory sent,) = ready();
        pauseAll();
        vm.expectRevert(PortalWithdrawals.OptimismPortal_InvalidRootClaim.selector);
        portal.checkWithdrawal(sent.hash, alice);
    }

    function test_finalize_customGasToken_reverts() external {
        (Sent memory sent,) = ready();
        setFeature("CUSTOM_GAS_TOKEN", true);
        refused(sent, PortalWithdrawals.OptimismPortal_NotAllowedOnCGTMode.selector);
        (sent,) = ready(target, 0, 0, "");
        finalize(sent);
    }

    /// @notice A target that has become unsafe since the proof.
    function test_finalize_toLockbox_reverts() external {
        (Sent memory sent,) = ready();
        storeLockbox(target);
        refused(sent, PortalWithdrawals.OptimismPortal_BadTarget.selector);
    }

    function test_finalize_toPortal_reverts() external {
        Sent memory sent = send(address(portal), 0, 0, "");
        refused(sent, PortalWithdrawals.OptimismPortal_BadTarget.selector);
    }

    function test_finalize_orderOfChecks() external {
        (Sent memory sent,) = ready();
        pauseAll();
        setFeature("CUSTOM_GAS_TOKEN", true);
        vm.store(address(portal), bytes32(uint256(50)), bytes32(uint256(uint160(sender))));
        storeLockbox(target);
        refused(sent, PortalWithdrawals.OptimismPortal_CallPaused.selector);
        asGuardian();
        superchainConfig.unpause(address(0));
        refused(sent, PortalWithdrawals.OptimismPortal_NotAllowedOnCGTMode.selector);
        setFeature("CUSTOM_GAS_TOKEN", false);
        refused(sent, PortalWithdrawals.OptimismPortal_NoReentrancy.selector);
        vm.store(address(portal), bytes32(uint256(50)), bytes32(uint256(0xdEaD)));
        refused(sent, PortalWithdrawals.OptimismPortal_BadTarget.selector);
        storeLockbox(address(0));
        vm.expectRevert(PortalWithdrawals.OptimismPortal_Unproven.selector);
        portal.finalizeWithdrawalTransactionExternalProof(sent.tx, bob);
        finalize(sent);
    }

    /// @notice A recipient that refuses uses its withdrawal up; the ether stays in the portal.
    function test_finalize_refusingRecipient() external {
        (Sent memory sent,) = ready(address(recipient), 1 ether, 100_000, "");
        recipient.refuse(true, false);
        vm.expectEmit(address(portal));
        emit PortalWithdrawals.WithdrawalFinalized(sent.hash, false);
        finalize(sent);
        assertEq(address(portal).balance, 1000 ether);
        assertTrue(portal.finalizedWithdrawals(sent.hash));
        recipient.refuse(false, false);
        refused(sent, PortalWithdrawals.OptimismPortal_AlreadyFinalized.selector);
    }

    function test_finalize_burningRecipient() external {
        (Sent memory sent,) = ready(address(recipient), 0, 100_000, "");
        recipient.refuse(false, true);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction{gas: 3_000_000}(sent.tx);
        assertTrue(portal.finalizedWithdrawals(sent.hash));
        assertEq(portal.l2Sender(), address(0xdEaD));
    }

    function test_finalize_moreThanThePortalHas() external {
        (Sent memory sent,) = ready(target, 1001 ether, 0, "");
        vm.expectEmit(address(portal));
        emit PortalWithdrawals.WithdrawalFinalized(sent.hash, false);
        finalize(sent);
        assertEq(target.balance, 0);
    }

    function test_finalize_noCodeAtTarget() external {
        (Sent memory sent,) = ready(target, 0, 0, hex"01");
        vm.expectEmit(address(portal));
        emit PortalWithdrawals.WithdrawalFinalized(sent.hash, true);
        finalize(sent);
    }

    /// @notice Who estimates gas must see that the call fails.
    function test_finalize_estimation_reverts() external {
        (Sent memory sent,) = ready(address(recipient), 1 ether, 100_000, "");
        recipient.refuse(true, false);
        vm.expectRevert(PortalWithdrawals.OptimismPortal_GasEstimation.selector);
        vm.prank(alice, address(1));
        portal.finalizeWithdrawalTransaction(sent.tx);
        recipient.refuse(false, false);
        vm.prank(alice, address(1));
        portal.finalizeWithdrawalTransaction(sent.tx);
    }

    function test_finalize_tooLittleGas_reverts() external {
        (Sent memory sent,) = ready(address(recipient), 0, 2_000_000, "");
        vm.expectRevert("SafeCall: Not enough gas");
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction{gas: 2_100_000}(sent.tx);
        assertFalse(portal.finalizedWithdrawals(sent.hash));
    }

    /// @notice However much gas the transaction has: the withdrawal is refused, or its target gets what it asked for.
    function testFuzz_finalize_gas(uint256 gasLimit, uint256 gasGiven) external {
        gasLimit = bound(gasLimit, 150_000, 1_000_000);
        gasGiven = bound(gasGiven, 150_000, 1_600_000);
        (Sent memory sent,) = ready(address(recipient), 0, gasLimit, "");
        vm.prank(alice);
        try portal.finalizeWithdrawalTransaction{gas: gasGiven}(sent.tx) {
            assertGe(recipient.gasSeen() + 500, gasLimit);
            assertEq(recipient.senderSeen(), sender);
        } catch {
            assertFalse(portal.finalizedWithdrawals(sent.hash));
            assertEq(recipient.gasSeen(), 0);
        }
    }

    function reentering(bytes memory call_) private returns (bytes memory) {
        (Sent memory outer,) = ready(address(recipient), 1 ether, 500_000, "");
        recipient.callOnEntry(outer.hash, call_);
        finalize(outer);
        assertEq(recipient.senderSeen(), sender);
        assertTrue(portal.finalizedWithdrawals(outer.hash));
        return recipient.reason();
    }

    function test_finalize_reentered_byAnother() external {
        (Sent memory inner,) = ready();
        bytes memory reason = reentering(
            abi.encodeCall(portal.finalizeWithdrawalTransactionExternalProof, (inner.tx, alice))
        );
        assertEq(reason, abi.encodePacked(PortalWithdrawals.OptimismPortal_NoReentrancy.selector));
        assertFalse(portal.finalizedWithdrawals(inner.hash));
        assertEq(target.balance, 0);
        finalize(inner);
    }

    function test_finalize_reentered_byItself() external {
        Sent memory sent = send(address(recipient), 1 ether, 500_000, "");
        mature(sent);
        recipient.callOnEntry(
            sent.hash, abi.encodeCall(portal.finalizeWithdrawalTransactionExternalProof, (sent.tx, alice))
        );
        finalize(sent);
        assertEq(address(recipient).balance, 1 ether);
        assertEq(recipient.reason(), abi.encodePacked(PortalWithdrawals.OptimismPortal_NoReentrancy.selector));
    }

    /// @notice A withdrawal may start a deposit: it leaves under the recipient's alias.
    function test_finalize_reentered_byDeposit() external {
        bytes memory reason =
            reentering(abi.encodeCall(portal.depositTransaction, (target, 0, uint64(21_000), false, "")));
        assertEq(reason, "");
        (, uint64 bought,) = portal.params();
        assertEq(bought, 21_000);
    }

    /// @notice Anything may be proven within a withdrawal.
    function test_finalize_reentered_byProof() external {
        Sent memory other = send();
        (, uint256 index) = proposed(other.root);
        bytes memory reason = reentering(
            abi.encodeCall(portal.proveWithdrawalTransaction, (other.tx, index, other.output, other.proof))
        );
        assertEq(reason, "");
        assertEq(portal.numProofSubmitters(other.hash), 1);
    }

    /// @notice Zeros are data like any other.
    function test_finalize_zeroWithdrawal() external {
        storeLockbox(address(0x10c)); // so that the zero address is no bad target
        Withdrawal.Transaction memory nothing;
        Sent memory sent = included(nothing);
        mature(sent);
        finalize(sent);
        assertTrue(portal.finalizedWithdrawals(sent.hash));
    }

    /// @notice One bad recipient is in nobody's way.
    function test_finalize_manyWithOneBad() external {
        (Sent memory bad,) = ready(address(recipient), 1 ether, 50_000, "");
        recipient.refuse(true, false);
        (Sent memory good,) = ready(target, 2 ether, 50_000, "");
        finalize(bad);
        finalize(good);
        assertEq(target.balance, 2 ether);
        assertEq(address(portal).balance, 998 ether);
    }
}
