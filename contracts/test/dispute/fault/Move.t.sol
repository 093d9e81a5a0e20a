// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    CannotDefendRootClaim,
    ClaimAlreadyExists,
    ClockTimeExceeded,
    GameDepthExceeded,
    GameNotInProgress,
    IncorrectBondAmount,
    InvalidDisputedClaimIndex,
    L2BlockNumberChallenged,
    UnexpectedRootClaim
} from "src/dispute/Errors.sol";
import {ClaimTree} from "src/dispute/fault/ClaimTree.sol";
import {Position} from "src/dispute/Position.sol";
import {Claim, Clock, Hash} from "src/dispute/Types.sol";
import {GameTest} from "test/dispute/GameTest.sol";

contract MoveTest is GameTest {
    bytes private constant OUT_OF_RANGE = abi.encodeWithSignature("Panic(uint256)", 0x32);

    function tryMove(uint256 index, bytes32 disputed, bytes32 claim, bool isAttack, uint256 value) private {
        vm.prank(bob);
        game.move{value: value}(Claim.wrap(disputed), index, Claim.wrap(claim), isAttack);
    }

    /// @notice As if someone had shown that the root claim's block number is wrong.
    function setL2BlockNumberChallenged() private {
        uint256 word = uint256(vm.load(address(game), 0));
        vm.store(address(game), 0, bytes32(word | 1 << (18 * 8)));
        assertTrue(game.l2BlockNumberChallenged());
    }

    function test_move_effects() external {
        skip(100);
        uint256 bond = game.getRequiredBond(Position.wrap(2));
        vm.expectEmit(address(game));
        emit ClaimTree.Move(0, Claim.wrap(claimOf(1)), bob);
        assertEq(attack(bob, 0, claimOf(1)), 1);

        ClaimTree.ClaimData memory made = claimAt(1);
        assertEq(made.parentIndex, 0);
        assertEq(made.counteredBy, address(0));
        assertEq(made.claimant, bob);
        assertEq(made.bond, bond);
        assertEq(Claim.unwrap(made.claim), claimOf(1));
        assertEq(rawPosition(1), 2);
        assertEq(Clock.unwrap(made.clock), uint128(100) << 64 | uint128(block.timestamp));
        assertEq(game.refundModeCredit(bob), bond);
        assertEq(weth.balanceOf(address(game)), INIT_BOND + bond);
        assertEq(game.subgames(0, 0), 1);
        assertEq(game.getNumToResolve(0), 1);

        // The key by hand: claim, position, index of the disputed claim.
        bytes32 key = keccak256(abi.encode(claimOf(1), uint256(2) << 128 | 0));
        assertTrue(game.claims(Hash.wrap(key)));
        assertFalse(game.claims(Hash.wrap(keccak256(abi.encode(root, uint256(1) << 128 | type(uint128).max)))));
    }

    function test_attackAndDefend_areMoves() external {
        uint256 bond = game.getRequiredBond(Position.wrap(2));
        vm.prank(bob);
        game.attack{value: bond}(Claim.wrap(root), 0, Claim.wrap(claimOf(1)));
        assertEq(rawPosition(1), 2);
        bond = game.getRequiredBond(Position.wrap(6));
        vm.prank(alice);
        game.defend{value: bond}(Claim.wrap(claimOf(1)), 1, Claim.wrap(claimOf(2)));
        assertEq(rawPosition(2), 6);
        assertEq(claimAt(2).parentIndex, 1);
    }

    function test_order_notInProgressBeforeIndex() external {
        vm.expectRevert(OUT_OF_RANGE);
        tryMove(9, root, claimOf(1), true, 0);
        resolveAll();
        vm.expectRevert(GameNotInProgress.selector);
        tryMove(9, root, claimOf(1), true, 0);
    }

    function test_order_disputedClaimBeforeDefenceOfRoot() external {
        vm.expectRevert(InvalidDisputedClaimIndex.selector);
        tryMove(0, claimOf(7), claimOf(1), false, 0);
        vm.expectRevert(CannotDefendRootClaim.selector);
        tryMove(0, root, claimOf(1), false, 0);
    }

    /// @notice A reorg that puts another claim at the index must not turn a good move into a bad one.
    function testFuzz_disputedClaimMustMatch(bytes32 other) external {
        vm.assume(other != root);
        uint256 bond = bondOf(0, true);
        vm.expectRevert(InvalidDisputedClaimIndex.selector);
        tryMove(0, other, claimOf(1), true, bond);
        tryMove(0, root, claimOf(1), true, bond);
    }

    function test_order_l2BlockNumber() external virtual {
        attack(bob, 0, claimOf(1));
        setL2BlockNumberChallenged();
        expireClocks();
        vm.expectRevert(CannotDefendRootClaim.selector);
        tryMove(0, root, claimOf(1), false, 0);
        vm.expectRevert(L2BlockNumberChallenged.selector);
        tryMove(0, root, claimOf(1), true, 0);
        // Other claims may still be countered.
        vm.expectRevert(IncorrectBondAmount.selector);
        tryMove(1, claimOf(1), claimOf(2), true, 0);
    }

    function test_order_depth() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        expireClocks();
        bytes32 disputed = rawClaim(leaf);
        vm.expectRevert(GameDepthExceeded.selector);
        tryMove(leaf, disputed, claimOf(77), true, 0);
        vm.expectRevert(GameDepthExceeded.selector);
        tryMove(leaf, disputed, claimOf(77), false, 0);
        disputed = rawClaim(leaf - 1);
        vm.expectRevert(IncorrectBondAmount.selector);
        tryMove(leaf - 1, disputed, claimOf(77), true, 0);
    }

    function test_order_executionRootBeforeBond() external {
        uint256 output = attackDownTo(SPLIT);
        expireClocks();
        bytes32 disputed = rawClaim(output);
        bytes32 bad = execRoot(0, 1);
        vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, bad));
        tryMove(output, disputed, bad, true, 0);
        vm.expectRevert(IncorrectBondAmount.selector);
        tryMove(output, disputed, execRoot(1, 1), true, 0);
    }

    function test_order_bondClockDuplicate() external {
        uint256 bond = bondOf(0, true);
        attack(bob, 0, claimOf(1));
        vm.expectRevert(ClaimAlreadyExists.selector);
        tryMove(0, root, claimOf(1), true, bond);
        skip(CLOCK - 1);
        vm.expectRevert(ClaimAlreadyExists.selector);
        tryMove(0, root, claimOf(1), true, bond);
        skip(1);
        vm.expectRevert(ClockTimeExceeded.selector);
        tryMove(0, root, claimOf(1), true, bond);
        vm.expectRevert(IncorrectBondAmount.selector);
        tryMove(0, root, claimOf(1), true, bond - 1);
        vm.expectRevert(IncorrectBondAmount.selector);
        tryMove(0, root, claimOf(1), true, bond + 1);
    }

    /// @notice A claim is a duplicate only with the same value, position and parent.
    function test_duplicates() external {
        attack(bob, 0, claimOf(1));
        attack(carol, 0, claimOf(2));
        attack(alice, 1, claimOf(1)); // other position
        attack(alice, 2, claimOf(1)); // same position as before, other parent
        defend(alice, 2, claimOf(1)); // same parent, other position
        assertEq(game.claimDataLen(), 6);
        uint256 bond = bondOf(2, true);
        vm.expectRevert(ClaimAlreadyExists.selector);
        tryMove(2, claimOf(2), claimOf(1), true, bond);
    }

    /// @notice The root of an execution trace cannot be defended, claims next to it can.
    function test_defenceOfExecutionRoot() external {
        uint256 root = attackDownTo(SPLIT + 1);
        bytes32 disputed = rawClaim(root);
        vm.expectRevert(CannotDefendRootClaim.selector);
        tryMove(root, disputed, claimOf(1), false, 0);
        uint256 below = attack(alice, root, claimOf(1));
        defend(bob, below, claimOf(2));
        assertEq(rawPosition(below + 1), 130);
    }

    /// @notice Status byte of a trace's root, by what it means: whoever makes it says VALID exactly if the disputed output
    ///         is a claim of their own side. The disputed output is found by trace index among the ancestors.
    function testFuzz_executionRootStatus(uint256 path, uint8 status, bool isAttack) external {
        uint256 index;
        for (uint256 d = 1; d <= SPLIT; d++) {
            bool attackThis = d == 1 || (path >> d) & 1 == 1;
            index = play(d % 2 == 1 ? bob : alice, index, claimOf(d), attackThis);
        }
        // The execution trace leads to the output of the leaf (attack) or to the one after it (defence).
        uint256 leaf = Position.wrap(rawPosition(index)).indexAtDepth();
        uint256 disputedLeaf = isAttack ? leaf : leaf + 1;
        uint256 disputedDepth = SPLIT;
        for (uint256 i = 0; i <= index; i++) {
            Position position = Position.wrap(rawPosition(i));
            uint256 lastBelow = (position.indexAtDepth() + 1) * 2 ** (SPLIT - position.depth()) - 1;
            if (lastBelow == disputedLeaf && position.depth() < disputedDepth) disputedDepth = position.depth();
        }
        bool ownSide = disputedDepth % 2 == (SPLIT + 1) % 2;
        bool fits = ownSide ? status == 0 : status == 1 || status == 2;

        bytes32 claim = execRoot(status, 99);
        bytes32 disputed = rawClaim(index);
        uint256 bond = bondOf(index, isAttack);
        if (!fits) vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, claim));
        tryMove(index, disputed, claim, isAttack, bond);
    }

    function test_executionRootStatus_cases() external {
        uint256 output = attackDownTo(SPLIT); // 16: the output after it is claim 8 of bob
        defend(bob, output, execRoot(0, 1));
        attack(bob, output, execRoot(1, 1));
        attack(bob, output, execRoot(2, 1));
        uint256 other = defend(alice, 3, claimOf(40)); // 18: the output after it is claim 4 of alice
        assertEq(rawPosition(other), 18);
        defend(bob, other, execRoot(1, 2));
        defend(bob, other, execRoot(2, 2));
        bytes32 bad = execRoot(0, 2);
        uint256 bond = bondOf(other, false);
        vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, bad));
        tryMove(other, claimOf(40), bad, false, bond);
    }

    /// @notice Roots of outputs carry no status: any first byte goes above the split.
    function testFuzz_anyClaimAboveSplit(bytes32 claim) external {
        attack(bob, 0, claim);
        assertEq(rawClaim(1), claim);
    }
}
