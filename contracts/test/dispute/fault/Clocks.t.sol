// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ClockTimeExceeded, GameNotInProgress} from "src/dispute/Errors.sol";
import {Claim, Duration} from "src/dispute/Types.sol";
import {GameTest} from "test/dispute/GameTest.sol";

contract ClocksTest is GameTest {
    function challengerTime(uint256 index) private view returns (uint64) {
        return Duration.unwrap(game.getChallengerDuration(index));
    }

    function extensionAt(uint256 depth) private pure returns (uint64) {
        if (depth == MAX_DEPTH - 1) return EXTENSION + PERIOD;
        if (depth == SPLIT - 1) return 2 * EXTENSION;
        return EXTENSION;
    }

    function test_challengerDuration() external {
        assertEq(challengerTime(0), 0);
        skip(10);
        assertEq(challengerTime(0), 10);
        attack(bob, 0, claimOf(1)); // bob used 10
        skip(20);
        assertEq(challengerTime(0), 30);
        assertEq(challengerTime(1), 20); // alice's time; the root clock had none on it
        attack(alice, 1, claimOf(2)); // alice used 20
        skip(5);
        assertEq(challengerTime(2), 15); // bob: 10 of claim 1 and 5
        skip(CLOCK);
        assertEq(challengerTime(2), CLOCK);
        assertEq(challengerTime(0), CLOCK);
    }

    function test_challengerDuration_reverts() external {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        game.getChallengerDuration(1);
        resolveAll();
        vm.expectRevert(GameNotInProgress.selector);
        game.getChallengerDuration(0);
        vm.expectRevert(GameNotInProgress.selector);
        game.getChallengerDuration(1);
    }

    /// @notice At every depth: a clock with more than MAX - E used is set back to MAX - E, one with less stays.
    function test_extension_boundaries() external {
        uint256 parent;
        for (uint256 depth = 1; depth <= MAX_DEPTH; depth++) {
            uint256 snapshot = vm.snapshotState();
            uint64 edge = CLOCK - extensionAt(depth);
            uint64[5] memory used = [edge - 1, edge, edge + 1, CLOCK - 1, CLOCK];
            for (uint256 i = 0; i < used.length; i++) {
                skip(used[i]); // the parent's parent has used nothing
                bytes32 claim = depth == SPLIT + 1 ? execRoot(1, 5) : claimOf(5);
                if (used[i] == CLOCK) {
                    bytes32 disputed = rawClaim(parent);
                    uint256 bond = bondOf(parent, true);
                    vm.prank(bob);
                    vm.expectRevert(ClockTimeExceeded.selector);
                    game.attack{value: bond}(Claim.wrap(disputed), parent, Claim.wrap(claim));
                } else {
                    uint256 made = attack(bob, parent, claim);
                    assertEq(usedOf(made), used[i] > edge ? edge : used[i], "used");
                }
                vm.revertToState(snapshot);
                snapshot = vm.snapshotState();
            }
            parent = attack(depth % 2 == 1 ? bob : alice, parent, depth == SPLIT + 1 ? execRoot(1, 6) : claimOf(depth));
        }
    }

    /// @notice The oracle's period is read at each move.
    function test_extension_followsOracle() external {
        uint256 parent = attackDownTo(MAX_DEPTH - 2);
        oracle.setChallengePeriod(5);
        skip(CLOCK - 1);
        assertEq(usedOf(attack(bob, parent, claimOf(1))), CLOCK - EXTENSION - 5);
    }

    /// @notice A whole line of play against a model: each side has one clock.
    function testFuzz_lineOfPlay(uint32[8] calldata waits) external {
        uint64[2] memory used; // by side: 0 bob (odd depths), 1 alice
        uint256 parent;
        for (uint256 depth = 1; depth <= MAX_DEPTH; depth++) {
            uint256 wait = waits[depth - 1] % (CLOCK / 2 + 5000);
            skip(wait);
            uint256 side = (depth - 1) % 2;
            uint256 total = used[side] + wait;
            assertEq(challengerTime(parent), total < CLOCK ? total : CLOCK);
            bytes32 claim = depth == SPLIT + 1 ? execRoot(1, 5) : claimOf(depth);
            if (total >= CLOCK) {
                bytes32 disputed = rawClaim(parent);
                uint256 bond = bondOf(parent, true);
                vm.prank(bob);
                vm.expectRevert(ClockTimeExceeded.selector);
                game.attack{value: bond}(Claim.wrap(disputed), parent, Claim.wrap(claim));
                return;
            }
            uint64 most = CLOCK - extensionAt(depth);
            used[side] = uint64(total) > most ? most : uint64(total);
            parent = attack(side == 0 ? bob : alice, parent, claim);
            assertEq(usedOf(parent), used[side]);
        }
    }

    /// @notice Clocks of one subgame say nothing about another's.
    function test_subgamesDoNotShareClocks() external {
        skip(1000);
        uint256 a = attack(bob, 0, claimOf(1));
        skip(500);
        uint256 b = attack(carol, 0, claimOf(2));
        attack(alice, a, claimOf(3));
        skip(100);
        assertEq(challengerTime(b), 100);
        assertEq(usedOf(a), 1000);
        assertEq(usedOf(b), 1500);
    }
}
