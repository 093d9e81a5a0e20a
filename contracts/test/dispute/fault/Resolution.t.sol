// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ClaimAlreadyResolved, ClockNotExpired, GameNotInProgress, OutOfOrderResolution} from "src/dispute/Errors.sol";
import {GameLife} from "src/dispute/fault/GameLife.sol";
import {Position} from "src/dispute/Position.sol";
import {GameStatus, Timestamp} from "src/dispute/Types.sol";
import {GameTest} from "test/dispute/GameTest.sol";

contract ResolutionTest is GameTest {
    function checkpoint(uint256 index) private view returns (bool, uint32, uint128, address) {
        (bool complete, uint32 cursor, Position leftmost, address by) = game.resolutionCheckpoints(index);
        return (complete, cursor, Position.unwrap(leftmost), by);
    }

    function test_uncontestedRoot() external {
        skip(CLOCK - 1);
        vm.expectRevert(ClockNotExpired.selector);
        game.resolveClaim(0, 0);
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolve();
        skip(1);
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolve();
        game.resolveClaim(0, 0);
        assertTrue(game.resolvedSubgames(0));
        assertEq(game.normalModeCredit(alice), INIT_BOND);

        vm.expectEmit(address(game));
        emit GameLife.Resolved(GameStatus.DEFENDER_WINS);
        assertEq(uint8(game.resolve()), uint8(GameStatus.DEFENDER_WINS));
        assertEq(uint8(game.status()), uint8(GameStatus.DEFENDER_WINS));
        assertEq(Timestamp.unwrap(game.resolvedAt()), block.timestamp);
    }

    function test_counteredRoot() external {
        attack(bob, 0, claimOf(1));
        expireClocks();
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolveClaim(0, 0);
        game.resolveClaim(1, 0);
        game.resolveClaim(0, 0);
        vm.expectEmit(address(game));
        emit GameLife.Resolved(GameStatus.CHALLENGER_WINS);
        game.resolve();
        assertEq(claimAt(0).counteredBy, bob);
        assertEq(game.normalModeCredit(bob), INIT_BOND + claimAt(1).bond);
    }

    function test_orderOfChecks() external {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        game.resolveClaim(5, 0);
        attack(bob, 0, claimOf(1));
        skip(CLOCK - 1);
        attack(bob, 0, claimOf(2));
        skip(1);
        game.resolveClaim(1, 0);
        vm.expectRevert(ClaimAlreadyResolved.selector);
        game.resolveClaim(1, 0);
        // The root's clock has run out, claim 2 was made late: alice still has time for an answer.
        vm.expectRevert(ClockNotExpired.selector);
        game.resolveClaim(2, 0);
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolveClaim(0, 0);
        skip(CLOCK);
        game.resolveClaim(2, 0);
        game.resolveClaim(0, 0);
        vm.expectRevert(ClaimAlreadyResolved.selector);
        game.resolveClaim(0, 0);
        game.resolve();
        vm.expectRevert(GameNotInProgress.selector);
        game.resolveClaim(5, 0);
        vm.expectRevert(GameNotInProgress.selector);
        game.resolve();
    }

    /// @notice The left-most uncountered child wins, whenever it was made.
    function test_leftmostWins() external {
        uint256 a = attack(bob, 0, claimOf(1)); // 2
        uint256 right = defend(alice, a, claimOf(2)); // 6
        uint256 left = attack(carol, a, claimOf(3)); // 4
        resolveAll();
        assertEq(rawPosition(right), 6);
        assertEq(rawPosition(left), 4);
        assertEq(claimAt(a).counteredBy, carol);
        assertEq(game.normalModeCredit(carol), claimAt(left).bond + claimAt(a).bond);
        assertEq(game.normalModeCredit(alice), INIT_BOND + claimAt(right).bond);
        assertEq(uint8(game.status()), uint8(GameStatus.DEFENDER_WINS));
    }

    /// @notice Of two at the same position the earlier one wins; with the other rule the bond would go to carol.
    function test_tieGoesToEarliest() external {
        attack(bob, 0, claimOf(1));
        attack(carol, 0, claimOf(2));
        resolveAll();
        assertEq(claimAt(0).counteredBy, bob);
        assertEq(game.normalModeCredit(bob), INIT_BOND + claimAt(1).bond);
        assertEq(game.normalModeCredit(carol), claimAt(2).bond);
    }

    /// @notice A countered child cannot win, also if it is the left-most or the earliest.
    function test_counteredChildDoesNotWin() external {
        uint256 a = attack(bob, 0, claimOf(1));
        attack(carol, 0, claimOf(2));
        attack(alice, a, claimOf(3));
        resolveAll();
        assertEq(claimAt(0).counteredBy, carol);
        assertEq(game.normalModeCredit(alice), claimAt(a).bond + claimAt(3).bond);
        assertEq(game.normalModeCredit(bob), 0);
    }

    function test_steppedLeaf() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        stepper.setPostState(bytes32(uint256(1)));
        vm.prank(carol);
        game.step(leaf, true, PRESTATE_DATA, "");
        resolveAll();
        assertEq(game.normalModeCredit(carol), claimAt(leaf).bond);
        // Every second claim falls: 8 (stepped), 6, 4, 2, 0 are alice's.
        for (uint256 i = 0; i <= leaf; i++) {
            assertEq(claimAt(i).counteredBy != address(0), i % 2 == 0);
        }
        assertEq(uint8(game.status()), uint8(GameStatus.CHALLENGER_WINS));
        assertEq(game.normalModeCredit(alice), 0);
    }

    function test_unsteppedLeaf() external {
        attackDownTo(MAX_DEPTH);
        resolveAll();
        assertEq(uint8(game.status()), uint8(GameStatus.DEFENDER_WINS));
        assertEq(game.normalModeCredit(bob), 0);
    }

    /// @notice A step after the leaf's own resolution counts for its parent but moves no bond.
    function test_stepAfterResolutionOfLeaf() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        expireClocks();
        game.resolveClaim(leaf, 0);
        assertEq(game.normalModeCredit(alice), claimAt(leaf).bond);
        stepper.setPostState(bytes32(uint256(1)));
        vm.prank(carol);
        game.step(leaf, true, PRESTATE_DATA, "");
        for (uint256 i = leaf; i > 0; i--) {
            game.resolveClaim(i - 1, 0);
        }
        game.resolve();
        assertEq(uint8(game.status()), uint8(GameStatus.CHALLENGER_WINS));
        assertEq(game.normalModeCredit(carol), 0);
        assertEq(game.normalModeCredit(alice), claimAt(leaf).bond);
    }

    function test_pages() external {
        for (uint256 i = 1; i <= 5; i++) {
            attack(i == 2 ? carol : bob, 0, claimOf(i));
        }
        uint256 answered = attack(alice, 1, claimOf(9));
        expireClocks();
        game.resolveClaim(answered, 0);
        for (uint256 i = 1; i <= 5; i++) {
            game.resolveClaim(i, 0);
        }
        assertEq(game.getNumToResolve(0), 5);

        game.resolveClaim(0, 1); // claim 1 is countered
        (bool complete, uint32 cursor, uint128 leftmost, address by) = checkpoint(0);
        assertTrue(complete);
        assertEq(cursor, 1);
        assertEq(leftmost, type(uint128).max);
        assertEq(by, address(0));

        game.resolveClaim(0, 0); // only a first call takes 0 for all
        assertEq(game.getNumToResolve(0), 4);
        game.resolveClaim(0, 2);
        (, cursor, leftmost, by) = checkpoint(0);
        assertEq(cursor, 3);
        assertEq(leftmost, 2);
        assertEq(by, carol);
        assertFalse(game.resolvedSubgames(0));
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolve();

        game.resolveClaim(0, 100);
        assertEq(game.getNumToResolve(0), 0);
        assertTrue(game.resolvedSubgames(0));
        assertEq(claimAt(0).counteredBy, carol);
    }

    /// @notice However the pages are cut, the result is the same.
    function testFuzz_pages(uint8[6] calldata pages, uint256 answered) external {
        for (uint256 i = 1; i <= 6; i++) {
            attack(i % 2 == 0 ? carol : bob, 0, claimOf(i));
        }
        for (uint256 i = 1; i <= 6; i++) {
            if ((answered >> i) & 1 == 1) attack(alice, i, claimOf(10 + i));
        }
        expireClocks();
        for (uint256 i = game.claimDataLen() - 1; i > 0; i--) {
            game.resolveClaim(i, 0);
        }
        for (uint256 i = 0; i < 6 && !game.resolvedSubgames(0); i++) {
            game.resolveClaim(0, pages[i] % 4 + 1);
        }
        if (!game.resolvedSubgames(0)) game.resolveClaim(0, 6);

        address winner;
        for (uint256 i = 6; i > 0; i--) {
            if ((answered >> i) & 1 == 0) winner = i % 2 == 0 ? carol : bob;
        }
        assertEq(claimAt(0).counteredBy, winner);
    }

    function test_outOfOrderPageChangesNothing() external {
        attack(bob, 0, claimOf(1));
        attack(bob, 0, claimOf(2));
        expireClocks();
        game.resolveClaim(1, 0);
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolveClaim(0, 0);
        assertEq(game.getNumToResolve(0), 2);
        game.resolveClaim(0, 1);
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolveClaim(0, 1);
        game.resolveClaim(2, 0);
        game.resolveClaim(0, 1);
        assertTrue(game.resolvedSubgames(0));
    }

    /// @notice Random trees against a reference that decides them by recursion: status, winners, and no wei lost.
    function testFuzz_randomTree(uint256 seed) external {
        uint256 moves = 4 + seed % 14;
        for (uint256 i = 0; i < moves; i++) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 parent = random % game.claimDataLen();
            if (Position.wrap(rawPosition(parent)).depth() >= SPLIT) continue;
            bool isAttack = parent == 0 || (random >> 128) & 1 == 1;
            play([alice, bob, carol][(random >> 64) % 3], parent, keccak256(abi.encode(random)), isAttack);
        }
        uint256 total = weth.balanceOf(address(game));
        resolveAll();

        uint256 credits = game.normalModeCredit(alice) + game.normalModeCredit(bob) + game.normalModeCredit(carol);
        assertEq(credits, total, "credits");
        uint256 refunds = game.refundModeCredit(alice) + game.refundModeCredit(bob) + game.refundModeCredit(carol);
        assertEq(refunds, total, "refunds");
        for (uint256 i = 0; i < game.claimDataLen(); i++) {
            assertEq(claimAt(i).counteredBy, winnerAgainst(i), "winner");
        }
        bool defended = winnerAgainst(0) == address(0);
        assertEq(uint8(game.status()), uint8(defended ? GameStatus.DEFENDER_WINS : GameStatus.CHALLENGER_WINS));
    }

    /// @notice Who counters a claim: of its uncountered children the one furthest left, then the first made. Leaves are
    ///         uncountered (there are no steps here).
    function winnerAgainst(uint256 index) private view returns (address winner) {
        uint128 best = type(uint128).max;
        for (uint256 i = 1; i < game.claimDataLen(); i++) {
            if (claimAt(i).parentIndex != index || winnerAgainst(i) != address(0)) continue;
            if (rawPosition(i) < best) (best, winner) = (rawPosition(i), claimAt(i).claimant);
        }
    }
}
