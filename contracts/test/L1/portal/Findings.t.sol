// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {GameType} from "src/dispute/Types.sol";
import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {SuperchainConfig} from "src/L1/SuperchainConfig.sol";
import {LockboxTest} from "test/L1/portal/LockboxTest.sol";

/// @notice A recipient that enters the portal again; with `sabotage`, after having put out the guard against it.
contract Reentrant {
    OptimismPortal2 private immutable portal;
    bytes private call_;
    bytes32 private flag;
    bool private sabotage;
    uint256 public entries;
    VmStore private constant VM = VmStore(address(uint160(uint256(keccak256("hevm cheat code")))));

    constructor(OptimismPortal2 portal_) {
        portal = portal_;
    }

    function set(bytes memory again, bytes32 finalizedSlot, bool sabotage_) external {
        (call_, flag, sabotage) = (again, finalizedSlot, sabotage_);
    }

    receive() external payable {
        if (entries++ > 0) return;
        if (sabotage) {
            VM.store(address(portal), bytes32(uint256(50)), bytes32(uint256(0xdEaD)));
            VM.store(address(portal), flag, 0);
        }
        (bool success,) = address(portal).call(call_);
        success;
    }
}

interface VmStore {
    function store(address target, bytes32 slot, bytes32 value) external;
}

/// @notice Public findings (R-) and attacks (A-) that concern the portal. Each test of a defence has a twin in which that
///         defence is out of action; there, the same attack must succeed, so that the test is known to notice.
contract PortalFindingsTest is LockboxTest {
    Sent private sent;
    FaultDisputeGame private game;
    uint256 private index;

    function setUp() public override {
        super.setUp();
        Sent memory made = send(target, 1 ether, 100_000, "");
        keep(made);
        (game, index) = proposed(made.root);
    }

    function keep(Sent memory made) private {
        (sent.tx, sent.hash, sent.output, sent.root) = (made.tx, made.hash, made.output, made.root);
        delete sent.proof;
        sent.proof.push(made.proof[0]);
    }

    // The attacks: whether they succeed.

    function canProve() private returns (bool success) {
        vm.prank(alice);
        (success,) = address(portal).call(
            abi.encodeCall(portal.proveWithdrawalTransaction, (sent.tx, index, sent.output, sent.proof))
        );
    }

    function canFinalizeBy(address submitter) private returns (bool success) {
        (success,) =
            address(portal).call(abi.encodeCall(portal.finalizeWithdrawalTransactionExternalProof, (sent.tx, submitter)));
        assertEq(success, portal.finalizedWithdrawals(sent.hash));
    }

    function canFinalize() private returns (bool) {
        return canFinalizeBy(alice);
    }

    function matured() private {
        prove(alice, sent, index);
        resolve(game);
        skip(MATURITY + 1);
    }

    function sabotageRegistry(string memory predicate) private {
        bytes memory call = abi.encodeWithSignature(string.concat(predicate, "(address)"), address(game));
        vm.mockCall(address(registry), call, abi.encode(true));
    }

    // R-04: a game type cut to a byte passes for another one.

    function typed(uint32 gameType) private {
        vm.mockCall(address(game), abi.encodeWithSignature("gameType()"), abi.encode(gameType));
        vm.mockCall(address(game), abi.encodePacked(IDisputeGame.rootClaimByChainId.selector), abi.encode(sent.root));
        vm.mockCall(address(game), abi.encodeWithSignature("rootClaim()"), abi.encode(keccak256("something else")));
    }

    function testFuzz_R04_typeIsNotCut(uint24 k) external {
        vm.assume(k != 0);
        uint8[4] memory types = [4, 5, 7, 9];
        for (uint256 i = 0; i < 4; i++) {
            typed(uint32(k) << 8 | types[i]);
            assertFalse(canProve());
        }
    }

    function test_R04_sabotaged() external {
        typed(uint8(uint32(0x0100_0004) & 0xff)); // what a cut would leave
        assertTrue(canProve());
    }

    // R-07: a reorganization of L1 puts another game at the index.

    function test_R07_otherGameAtIndex() external {
        (, index) = proposed(keccak256("dishonest"));
        assertFalse(canProve());
    }

    function test_R07_sabotaged() external {
        (FaultDisputeGame other, uint256 otherIndex) = proposed(keccak256("dishonest"));
        index = otherIndex;
        vm.mockCall(address(other), abi.encodeWithSignature("rootClaim()"), abi.encode(sent.root));
        assertTrue(canProve());
    }

    /// @notice A proof holds on to the game, not to its index.
    function test_R07_provenGameSwapped() external {
        matured();
        vm.mockCall(address(factory), abi.encodeWithSignature("gameAtIndex(uint256)"), abi.encode(8, 1, address(0xbad)));
        assertTrue(canFinalize());
    }

    // R-28: an administrative act lifts a pause, or makes one.

    function test_R28_featureSwitchDuringPause() external {
        asGuardian();
        superchainConfig.pause(address(lockbox));
        assertTrue(portal.paused());
        vm.prank(owner);
        (bool success,) = address(systemConfig).call(abi.encodeCall(systemConfig.setFeature, (FEATURE, false)));
        assertFalse(success);
        assertTrue(portal.paused());
    }

    function test_R28_featureSwitchDuringPause_sabotaged() external {
        asGuardian();
        superchainConfig.pause(address(lockbox));
        bytes32 slot = keccak256(abi.encode(FEATURE, uint256(109)));
        vm.store(address(systemConfig), slot, 0); // as if it had been let through
        assertFalse(portal.paused());
    }

    function migrate() private returns (bool success) {
        address other = address(deployLockbox(address(0)));
        vm.prank(owner);
        (success,) = address(portal).call(
            abi.encodeCall(
                portal.migrateToSharedDisputeGame, (IETHLockbox(other), IAnchorStateRegistry(address(0xa52)))
            )
        );
    }

    function test_R28_migrationDuringPause() external {
        setFeature("INTEROP", true);
        asGuardian();
        superchainConfig.pause(address(lockbox));
        assertFalse(migrate());
        assertTrue(portal.paused());
    }

    function test_R28_migrationDuringPause_sabotaged() external {
        setFeature("INTEROP", true);
        asGuardian();
        superchainConfig.pause(address(lockbox));
        vm.mockCall(address(systemConfig), abi.encodeWithSignature("paused()"), abi.encode(false));
        assertTrue(migrate());
        vm.clearMockedCalls();
        assertFalse(portal.paused()); // the pause is gone
    }

    function test_R28_extendDoesNotPause() external {
        asGuardian();
        (bool success,) = address(superchainConfig).call(abi.encodeCall(superchainConfig.extend, (address(0))));
        assertFalse(success);
        assertFalse(portal.paused());
    }

    function test_R28_extendDoesNotPause_sabotaged() external {
        vm.store(address(superchainConfig), keccak256(abi.encode(address(0), uint256(1))), bytes32(uint256(1)));
        asGuardian();
        superchainConfig.extend(address(0));
        assertTrue(portal.paused());
    }

    // R-29, A-41: proofs and withdrawals by games that do not count.

    function test_R29_finalizedAgain() external {
        matured();
        assertTrue(canFinalize());
        assertTrue(canProve());
        skip(MATURITY + 1);
        uint256 before = target.balance;
        vm.prank(alice);
        (bool again,) = address(portal).call(abi.encodeCall(portal.finalizeWithdrawalTransaction, (sent.tx)));
        assertFalse(again);
        assertEq(target.balance, before);
    }

    function test_R29_finalizedAgain_sabotaged() external {
        matured();
        assertTrue(canFinalize());
        vm.store(address(portal), keccak256(abi.encode(sent.hash, uint256(51))), 0);
        assertTrue(canFinalize());
        assertEq(target.balance, 2 ether);
    }

    function test_A41_blacklisted() external {
        blacklist(game);
        assertFalse(canProve());
    }

    function test_A41_blacklisted_sabotaged() external {
        blacklist(game);
        sabotageRegistry("isGameProper");
        assertTrue(canProve());
    }

    function test_A41_blacklistedAfterProof() external {
        matured();
        blacklist(game);
        assertFalse(canFinalize());
    }

    function test_A41_blacklistedAfterProof_sabotaged() external {
        matured();
        blacklist(game);
        sabotageRegistry("isGameClaimValid");
        assertTrue(canFinalize());
    }

    function test_A41_retired() external {
        asGuardian();
        registry.updateRetirementTimestamp();
        assertFalse(canProve());
    }

    function test_A41_retired_sabotaged() external {
        asGuardian();
        registry.updateRetirementTimestamp();
        vm.mockCall(address(registry), abi.encodeWithSignature("isGameProper(address)"), abi.encode(true));
        assertTrue(canProve());
    }

    function test_A41_unregistered() external {
        // A game about a dishonest root that nobody's factory made, put at the index.
        vm.mockCall(address(factory), abi.encodeWithSignature("games(uint32,bytes32,bytes)"), abi.encode(0, 0));
        assertFalse(canProve());
    }

    function test_A41_unregistered_sabotaged() external {
        vm.mockCall(address(factory), abi.encodeWithSignature("games(uint32,bytes32,bytes)"), abi.encode(0, 0));
        sabotageRegistry("isGameProper");
        assertTrue(canProve());
    }

    function notRespected() private {
        asGuardian();
        registry.setRespectedGameType(GameType.wrap(0));
        (game, index) = proposed(sent.root);
    }

    function test_A41_notRespected() external {
        notRespected();
        assertFalse(canProve());
    }

    function test_A41_notRespected_sabotaged() external {
        notRespected();
        sabotageRegistry("isGameRespected");
        assertTrue(canProve());
    }

    function test_A41_challengerWon() external {
        defeat(game);
        assertFalse(canProve());
    }

    function test_A41_challengerWon_sabotaged() external {
        defeat(game);
        vm.mockCall(address(game), abi.encodeWithSignature("status()"), abi.encode(2));
        assertTrue(canProve());
    }

    function test_A41_challengerWonAfterProof() external {
        prove(alice, sent, index);
        defeat(game);
        skip(MATURITY + AIRGAP);
        assertFalse(canFinalize());
    }

    function test_A41_challengerWonAfterProof_sabotaged() external {
        prove(alice, sent, index);
        defeat(game);
        skip(MATURITY + AIRGAP);
        vm.mockCall(address(game), abi.encodeWithSignature("status()"), abi.encode(2));
        assertTrue(canFinalize());
    }

    function test_A41_unresolved() external {
        prove(alice, sent, index);
        skip(MATURITY + AIRGAP + CLOCK);
        assertFalse(canFinalize());
    }

    function test_A41_unresolved_sabotaged() external {
        prove(alice, sent, index);
        skip(MATURITY + AIRGAP + CLOCK);
        sabotageRegistry("isGameClaimValid");
        assertTrue(canFinalize());
    }

    function test_A41_airgap() external {
        prove(alice, sent, index);
        skip(MATURITY);
        resolve(game);
        skip(AIRGAP);
        assertFalse(canFinalize());
    }

    function test_A41_airgap_sabotaged() external {
        prove(alice, sent, index);
        skip(MATURITY);
        resolve(game);
        skip(AIRGAP);
        vm.mockCall(address(game), abi.encodeWithSignature("resolvedAt()"), abi.encode(block.timestamp - AIRGAP - 1));
        assertTrue(canFinalize());
    }

    function test_A41_otherSubmitter() external {
        matured();
        assertFalse(canFinalizeBy(bob));
    }

    function test_A41_otherSubmitter_sabotaged() external {
        matured();
        bytes32 inner = keccak256(abi.encode(sent.hash, uint256(57)));
        bytes32 proven = vm.load(address(portal), keccak256(abi.encode(alice, inner)));
        vm.store(address(portal), keccak256(abi.encode(bob, inner)), proven); // as if proofs were not per submitter
        assertTrue(canFinalizeBy(bob));
    }

    /// @notice Somebody else's proof by a bad game takes nothing from a good one.
    function test_A41_othersReproof() external {
        matured();
        (FaultDisputeGame bad, uint256 badIndex) = proposed(sent.root);
        prove(bob, sent, badIndex);
        blacklist(bad);
        assertTrue(canFinalizeBy(alice));
    }

    function test_A41_reproofRestarts() external {
        matured();
        assertTrue(canProve());
        assertFalse(canFinalize());
    }

    function test_A41_reproofRestarts_sabotaged() external {
        matured();
        bytes32 slot = keccak256(abi.encode(alice, keccak256(abi.encode(sent.hash, uint256(57)))));
        bytes32 old = vm.load(address(portal), slot);
        assertTrue(canProve());
        vm.store(address(portal), slot, old); // as if the first proof's time counted
        assertTrue(canFinalize());
    }

    // A-42: a proof in the block in which its game was made.

    function test_A42_creationBlock() external {
        (game, index) = propose(sent.root);
        assertFalse(canProve());
    }

    function test_A42_creationBlock_sabotaged() external {
        (game, index) = propose(sent.root);
        vm.mockCall(address(game), abi.encodeWithSignature("createdAt()"), abi.encode(block.timestamp - 1));
        assertTrue(canProve());
    }

    // A-43: re-entry. The recipient finalizes its own withdrawal within itself.

    function reenter(bool sabotage) private returns (uint256 paid) {
        Reentrant recipient = new Reentrant(portal);
        (Sent memory own,) = ready(address(recipient), 1 ether, 900_000, "");
        recipient.set(
            abi.encodeCall(portal.finalizeWithdrawalTransactionExternalProof, (own.tx, alice)),
            keccak256(abi.encode(own.hash, uint256(51))),
            sabotage
        );
        portal.finalizeWithdrawalTransactionExternalProof(own.tx, alice);
        return address(recipient).balance;
    }

    function test_A43_reentrancy() external {
        assertEq(reenter(false), 1 ether);
    }

    function test_A43_reentrancy_sabotaged() external {
        assertEq(reenter(true), 2 ether);
    }

    /// @notice Within a withdrawal nobody gets at the lockbox, not even by the portal.
    function unlockWithinWithdrawal() private returns (bool success) {
        vm.store(address(portal), bytes32(uint256(50)), bytes32(uint256(uint160(sender))));
        vm.prank(address(portal));
        (success,) = address(lockbox).call(abi.encodeCall(lockbox.unlockETH, (500 ether)));
    }

    function test_A43_lockboxWithinWithdrawal() external {
        assertFalse(unlockWithinWithdrawal());
    }

    function test_A43_lockboxWithinWithdrawal_sabotaged() external {
        vm.mockCall(address(portal), abi.encodeWithSignature("l2Sender()"), abi.encode(address(0xdEaD)));
        assertTrue(unlockWithinWithdrawal());
    }

    // A-44: a game and its retirement in one second.

    function test_A44_sameSecond() external {
        (game, index) = propose(sent.root);
        asGuardian();
        registry.updateRetirementTimestamp();
        skip(1);
        assertFalse(canProve());
        asGuardian();
        registry.updateRetirementTimestamp();
        (game, index) = propose(sent.root); // the other order
        skip(1);
        assertFalse(canProve());
    }

    function test_A44_sameSecond_sabotaged() external {
        (game, index) = propose(sent.root);
        asGuardian();
        registry.updateRetirementTimestamp();
        skip(1);
        vm.mockCall(address(game), abi.encodeWithSignature("createdAt()"), abi.encode(block.timestamp));
        skip(1);
        assertTrue(canProve());
    }

    // A-47: pauses one after another.

    function test_A47_onePauseIsBounded() external {
        matured();
        asGuardian();
        superchainConfig.pause(address(lockbox));
        skip(7_884_000 - 1);
        assertFalse(canFinalize());
        skip(1);
        assertTrue(canFinalize());
    }

    function test_A47_onePauseIsBounded_sabotaged() external {
        matured();
        asGuardian();
        superchainConfig.pause(address(lockbox));
        skip(7_884_000 - 1);
        asGuardian();
        superchainConfig.extend(address(lockbox)); // a pause that does not end
        skip(1);
        assertFalse(canFinalize());
    }

    /// @notice An expired pause cannot be used again before it is lifted.
    function test_A47_expiredIsNotPausable() external {
        asGuardian();
        superchainConfig.pause(address(0));
        skip(7_884_000);
        asGuardian();
        vm.expectRevert(
            abi.encodeWithSelector(SuperchainConfig.SuperchainConfig_AlreadyPaused.selector, address(0))
        );
        superchainConfig.pause(address(0));
    }

    function test_A47_localThenGlobal() external {
        matured();
        vm.startPrank(guardian);
        superchainConfig.pause(address(lockbox));
        skip(7_884_000 - 1);
        superchainConfig.pause(address(0));
        vm.stopPrank();
        skip(7_884_000 - 1);
        assertFalse(canFinalize());
        skip(1);
        assertTrue(canFinalize()); // twice at most
    }

    // A-52: a malicious guardian delays, and nothing else.

    function testFuzz_A52_guardianDelaysOnly(uint256 seed) external {
        matured();
        for (uint256 i = 0; i < 6; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.startPrank(guardian);
            if (seed % 5 == 0) registry.blacklistDisputeGame(IDisputeGame(address(game)));
            else if (seed % 5 == 1) registry.updateRetirementTimestamp();
            else if (seed % 5 == 2) registry.setRespectedGameType(GameType.wrap(uint32(seed >> 32)));
            else if (seed % 5 == 3) superchainConfig.unpause(address(lockbox));
            else if (superchainConfig.pausable(address(lockbox))) superchainConfig.pause(address(lockbox));
            else superchainConfig.unpause(address(lockbox));
            vm.stopPrank();
            // Nothing moves, and no one else can make use of it.
            assertEq(address(lockbox).balance, 500 ether);
            assertFalse(canFinalizeBy(guardian));
        }
        // When the guardian has been replaced, a new game suffices.
        vm.startPrank(guardian);
        superchainConfig.unpause(address(lockbox));
        registry.setRespectedGameType(CANNON_KONA);
        vm.stopPrank();
        skip(1);
        Sent memory again = sent;
        mature(again);
        assertTrue(canFinalize());
    }

    function testFuzz_A52_guardianHasNoOtherPower(bytes4 selector, uint256 a, uint256 b) external {
        uint256 before = address(lockbox).balance + address(portal).balance;
        bytes memory call = abi.encodePacked(selector, a, b);
        vm.startPrank(guardian);
        (bool success,) = address(portal).call(call);
        (success,) = address(lockbox).call(call);
        assertEq(address(lockbox).balance + address(portal).balance, before);
    }
}
