// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {GameStatus} from "src/dispute/Types.sol";
import {LockboxTest} from "test/L1/portal/LockboxTest.sol";
import {Target} from "test/BridgeTest.sol";

/// @notice Random life of withdrawals, and a model of the rules in the words of the specification. Honest withdrawals were
///         sent on L2; forged ones were not, and can only be proven by games about dishonest roots.
contract PortalHandler is LockboxTest {
    struct Life {
        bool forged;
        uint256 value;
        // By which game alice proved it, and when; 0 if she did not.
        uint256 provenBy;
        uint256 provenAt;
        bool done;
    }

    struct GameLife {
        FaultDisputeGame game;
        uint256 withdrawal;
        uint256 createdAt;
        uint256 resolvedAt;
        bool lost;
        bool blacklisted;
    }

    Life[] public lives;
    GameLife[] public games;
    Sent[] private sents;
    Target public recipient;

    uint256 public retiredAt;
    uint256 public pausedAt;
    uint256 public deposited;
    uint256 public paid;
    uint256 public finalized;
    uint256 public refusedThoughAllowed;
    uint256 public acceptedThoughForbidden;
    uint256 public constant FUNDS = 500 ether;

    function setUp() public override {
        super.setUp();
        recipient = new Target();
        retiredAt = START;
        for (uint256 i = 0; i < 6; i++) {
            Sent memory made = send(address(recipient), i * 1 ether, 300_000, "");
            lives.push(Life(i % 3 == 2, made.tx.value, 0, 0, false));
            sents.push();
            (sents[i].tx, sents[i].hash, sents[i].output, sents[i].root) = (made.tx, made.hash, made.output, made.root);
            sents[i].proof.push(made.proof[0]);
        }
    }

    function count() external view returns (uint256) {
        return lives.length;
    }

    function isPaused() public view returns (bool) {
        return pausedAt != 0 && block.timestamp < pausedAt + 7_884_000;
    }

    function doPropose(uint256 which) external {
        which %= lives.length;
        (FaultDisputeGame made,) = propose(sents[which].root);
        games.push(GameLife(made, which, block.timestamp, 0, false, false));
    }

    /// @notice Games about dishonest roots are defeated, as long as there is one honest challenger; others stand.
    function doResolve(uint256 which) external {
        if (games.length == 0) return;
        GameLife storage life = games[which % games.length];
        if (life.resolvedAt != 0) return;
        if (lives[life.withdrawal].forged && block.timestamp < life.createdAt + CLOCK) defeat(life.game);
        else resolve(life.game);
        life.resolvedAt = block.timestamp;
        life.lost = life.game.status() == GameStatus.CHALLENGER_WINS;
    }

    function doProve(uint256 which) external {
        if (games.length == 0) return;
        uint256 index = which % games.length;
        GameLife memory life = games[index];
        bool proper = !life.blacklisted && life.createdAt > retiredAt && !isPaused();
        bool allowed = proper && !life.lost && block.timestamp > life.createdAt;
        Sent memory sent = sents[life.withdrawal];
        vm.prank(alice);
        (bool success,) = address(portal).call(
            abi.encodeCall(portal.proveWithdrawalTransaction, (sent.tx, index, sent.output, sent.proof))
        );
        note(success, allowed);
        if (!success) return;
        (lives[life.withdrawal].provenBy, lives[life.withdrawal].provenAt) = (index, block.timestamp);
    }

    function doFinalize(uint256 which, bool refuses) external {
        which %= lives.length;
        Life storage life = lives[which];
        bool allowed = !life.done && life.provenAt != 0 && block.timestamp - life.provenAt > MATURITY && !isPaused();
        if (allowed) {
            GameLife memory game = games[life.provenBy];
            allowed = !game.blacklisted && game.createdAt > retiredAt && game.resolvedAt != 0 && !game.lost
                && block.timestamp - game.resolvedAt > AIRGAP;
        }
        recipient.setMood(refuses ? Target.Mood.REFUSES : Target.Mood.CALM);
        uint256 before = address(recipient).balance;
        vm.prank(alice);
        (bool success,) = address(portal).call(abi.encodeCall(portal.finalizeWithdrawalTransaction, (sents[which].tx)));
        note(success, allowed);
        if (!success) return;
        life.done = true;
        finalized++;
        paid += address(recipient).balance - before;
        assertEq(address(recipient).balance - before, refuses ? 0 : life.value);
    }

    function doDeposit(uint64 value) external {
        address carol = makeAddr("carol");
        vm.deal(carol, value);
        vm.roll(block.number + 1);
        vm.prank(carol, carol);
        portal.depositTransaction{value: value}(bob, 0, 21_000, false, "");
        deposited += value;
    }

    function doBlacklist(uint256 which) external {
        if (games.length == 0) return;
        GameLife storage life = games[which % games.length];
        blacklist(life.game);
        life.blacklisted = true;
    }

    function doRetire() external {
        asGuardian();
        registry.updateRetirementTimestamp();
        retiredAt = block.timestamp;
    }

    function doPause() external {
        if (pausedAt != 0) return;
        asGuardian();
        superchainConfig.pause(address(lockbox));
        pausedAt = block.timestamp;
    }

    function doUnpause() external {
        asGuardian();
        superchainConfig.unpause(address(lockbox));
        pausedAt = 0;
    }

    function doWait(uint256 time) external {
        skip(time % 9 days);
    }

    /// @notice The straight way of one withdrawal, which random acts alone would seldom find.
    function doLive(uint256 which) external {
        which %= lives.length;
        if (lives[which].forged || lives[which].done || isPaused()) return;
        skip(1);
        this.doPropose(which);
        skip(1);
        this.doProve(games.length - 1);
        this.doResolve(games.length - 1);
        skip(MATURITY + 1);
        this.doFinalize(which, false);
        assertTrue(lives[which].done);
    }

    function note(bool success, bool allowed) private {
        if (success && !allowed) acceptedThoughForbidden++;
        if (!success && allowed) refusedThoughAllowed++;
    }

    function balances() external view returns (uint256 inPortal, uint256 inLockbox) {
        return (address(portal).balance, address(lockbox).balance);
    }

    function senderSlot() external view returns (address) {
        return portal.l2Sender();
    }

    function isFinalized(uint256 which) external view returns (bool) {
        return portal.finalizedWithdrawals(sents[which].hash);
    }

    /// @notice Has the registry hold every game for valid.
    function sabotage() external {
        vm.mockCall(address(registry), abi.encodeWithSignature("isGameClaimValid(address)"), abi.encode(true));
    }
}

contract PortalInvariants is Test {
    PortalHandler private handler;

    function setUp() external {
        handler = new PortalHandler();
        handler.setUp();
        bytes4[] memory selectors = new bytes4[](11);
        selectors[0] = handler.doPropose.selector;
        selectors[1] = handler.doResolve.selector;
        selectors[2] = handler.doProve.selector;
        selectors[3] = handler.doFinalize.selector;
        selectors[4] = handler.doDeposit.selector;
        selectors[5] = handler.doBlacklist.selector;
        selectors[6] = handler.doRetire.selector;
        selectors[7] = handler.doPause.selector;
        selectors[8] = handler.doUnpause.selector;
        selectors[9] = handler.doWait.selector;
        selectors[10] = handler.doLive.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// @notice No withdrawal without a valid game, no proof by a game that does not count.
    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 60
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_nothingForbidden() external view {
        assertEq(handler.acceptedThoughForbidden(), 0);
    }

    /// @notice What the rules allow is never refused.
    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 60
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_nothingRefused() external view {
        assertEq(handler.refusedThoughAllowed(), 0);
    }

    /// @notice Ether is conserved between users, portal and lockbox, to the wei.
    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 60
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_etherConserved() external view {
        (uint256 inPortal, uint256 inLockbox) = handler.balances();
        assertEq(inPortal, 1000 ether);
        assertEq(inLockbox, handler.FUNDS() + handler.deposited() - handler.paid());
    }

    /// @notice Outside of a withdrawal nobody sends on L2, and what was done stays done.
    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 60
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_idle() external view {
        assertEq(handler.senderSlot(), address(0xdEaD));
        for (uint256 i = 0; i < handler.count(); i++) {
            (,,,, bool done) = handler.lives(i);
            assertEq(handler.isFinalized(i), done);
        }
    }

    /// @notice The sabotaged twin: with a registry that holds every game for valid, the model notices.
    function test_sabotaged() external {
        handler.doPropose(2);
        vm.warp(block.timestamp + 1);
        handler.doProve(0);
        handler.doResolve(0);
        vm.warp(block.timestamp + 30 days);
        handler.doFinalize(2, false);
        assertEq(handler.acceptedThoughForbidden(), 0);
        handler.sabotage();
        handler.doFinalize(2, false);
        assertEq(handler.acceptedThoughForbidden(), 1);
    }
}
