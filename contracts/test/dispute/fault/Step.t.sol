// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    ClaimAboveSplit,
    DuplicateStep,
    GameNotInProgress,
    InvalidLocalIdent,
    InvalidParent,
    InvalidPrestate,
    ValidStep
} from "src/dispute/Errors.sol";
import {Position} from "src/dispute/Position.sol";
import {GameTest} from "test/dispute/GameTest.sol";
import {MockVM} from "test/Mocks.sol";

/// @notice Steps, and the local preimages that they read.
contract StepTest is GameTest {
    function tryStep(uint256 index, bool isAttack, bytes memory state, bytes memory proof) private {
        vm.prank(carol);
        game.step(index, isAttack, state, proof);
    }

    /// @notice A line of play down to a leaf, attacking where the bit of `path` at the depth is set; claims are states that
    ///         tests know, and roots of execution traces say what they must.
    function lineOfPlay(uint256 path) private returns (uint256 index) {
        for (uint256 depth = 1; depth <= MAX_DEPTH; depth++) {
            bool isAttack = (path >> depth) & 1 == 1 || depth == 1 || depth == SPLIT + 2;
            address who = depth % 2 == 1 ? bob : alice;
            if (depth != SPLIT + 1) {
                index = play(who, index, stateClaim(depth), isAttack);
                continue;
            }
            uint256 disputed = outputWithIndex(index, leafIndex(index, SPLIT) + (isAttack ? 0 : 1));
            uint8 status = depthOf(disputed) % 2 == depth % 2 ? 0 : 1;
            bytes32 claim = (keccak256(stateAt(depth)) << 8 >> 8) | bytes32(uint256(status) << 248);
            index = play(who, index, claim, isAttack);
        }
    }

    function depthOf(uint256 index) private view returns (uint256) {
        return Position.wrap(rawPosition(index)).depth();
    }

    /// @notice Index of the last entry of a trace with 2^depth entries that a claim commits to.
    function leafIndex(uint256 index, uint256 depth) private view returns (uint256) {
        Position position = Position.wrap(rawPosition(index));
        return (position.indexAtDepth() + 1) * 2 ** (depth - position.depth()) - 1;
    }

    /// @notice Of a single line of play, the highest claim at or above `from` that commits to output `leaf`.
    function outputWithIndex(uint256 from, uint256 leaf) private view returns (uint256 found) {
        found = type(uint256).max;
        for (uint256 i = from + 1; i > 0; i--) {
            if (depthOf(i - 1) <= SPLIT && leafIndex(i - 1, SPLIT) == leaf) found = i - 1;
        }
    }

    /// @notice The same for a state of the execution trace.
    function stateWithIndex(uint256 from, uint256 leaf) private view returns (uint256 found) {
        found = type(uint256).max;
        for (uint256 i = from + 1; i > SPLIT + 1; i--) {
            if (leafIndex(i - 1, MAX_DEPTH) == leaf) found = i - 1;
        }
    }

    /// @notice On the left edge: the state before the first instruction is the absolute prestate.
    function test_step_attack_first() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        stepper.setPostState(rawClaim(leaf));
        vm.expectRevert(ValidStep.selector);
        tryStep(leaf, true, PRESTATE_DATA, "proof");

        stepper.setPostState(rawClaim(leaf) ^ bytes32(uint256(1)));
        uint256 balance = carol.balance;
        tryStep(leaf, true, PRESTATE_DATA, "proof");
        assertEq(claimAt(leaf).counteredBy, carol);
        assertEq(carol.balance, balance);
        assertEq(stepper.lastState(), PRESTATE_DATA);
        assertEq(stepper.lastProof(), "proof");
    }

    /// @notice The status byte after the step counts, the one before does not.
    function test_step_statusBytes() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        stepper.setPostState(rawClaim(leaf) ^ bytes32(uint256(1) << 255));
        tryStep(leaf, true, PRESTATE_DATA, "");
        assertEq(claimAt(leaf).counteredBy, carol);
        assertEq(uint8(bytes1(PRESTATE)), 3);
        assertNotEq(keccak256(PRESTATE_DATA), PRESTATE);
    }

    function test_step_defend() external {
        // 128 (alice? no: depth 7 is bob's) then alice attacks to 256: she claims the state before 128's.
        uint256 parent = attackDownTo(MAX_DEPTH - 1);
        uint256 leaf = attack(alice, parent, stateClaim(MAX_DEPTH));
        bytes32 claimedByBob = rawClaim(parent);

        // Bob's claim 128 is not what follows from alice's state: her leaf is not refuted by that.
        stepper.setPostState(claimedByBob ^ bytes32(uint256(1)));
        vm.expectRevert(ValidStep.selector);
        tryStep(leaf, false, stateAt(MAX_DEPTH), "");

        stepper.setPostState(claimedByBob);
        vm.expectRevert(InvalidPrestate.selector);
        tryStep(leaf, false, stateAt(MAX_DEPTH - 1), "");
        tryStep(leaf, false, stateAt(MAX_DEPTH), "");
        assertEq(claimAt(leaf).counteredBy, carol);
    }

    function test_step_orderOfChecks() external {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        tryStep(99, true, "", "fault");
        vm.expectRevert(InvalidParent.selector);
        tryStep(0, true, "", "fault");
        uint256 leaf = attackDownTo(MAX_DEPTH);
        vm.expectRevert(InvalidParent.selector);
        tryStep(leaf - 1, true, "", "fault");
        vm.expectRevert(InvalidParent.selector);
        tryStep(leaf - 1, false, "", "fault");

        stepper.setPostState(bytes32(uint256(1)));
        tryStep(leaf, true, PRESTATE_DATA, "");
        vm.expectRevert(InvalidPrestate.selector);
        tryStep(leaf, true, "", "fault");
        vm.expectRevert(MockVM.MockFault.selector);
        tryStep(leaf, true, PRESTATE_DATA, "fault");
        stepper.setPostState(rawClaim(leaf));
        vm.expectRevert(ValidStep.selector);
        tryStep(leaf, true, PRESTATE_DATA, "");
        stepper.setPostState(bytes32(uint256(1)));
        vm.expectRevert(DuplicateStep.selector);
        tryStep(leaf, true, PRESTATE_DATA, "");

        resolveAll();
        vm.expectRevert(GameNotInProgress.selector);
        tryStep(99, true, "", "fault");
    }

    /// @notice No clock stops a step, and no bond is taken.
    function test_step_afterClocks() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        stepper.setPostState(bytes32(uint256(1)));
        expireClocks();
        tryStep(leaf, true, PRESTATE_DATA, "");
        assertEq(claimAt(leaf).counteredBy, carol);
    }

    /// @notice Any line of play, both directions of the step: which states the game compares, and the local context, by
    ///         definition over trace indices.
    function testFuzz_step(uint256 path, bool isAttack) external {
        uint256 leaf = lineOfPlay(path);
        uint256 index = leafIndex(leaf, MAX_DEPTH);
        uint256 traceLength = 2 ** (MAX_DEPTH - SPLIT);

        uint256 post = isAttack ? leaf : stateWithIndex(leaf, index + 1);
        bytes memory state;
        if (!isAttack) state = stateAt(MAX_DEPTH);
        else if (index % traceLength == 0) state = PRESTATE_DATA;
        else state = stateAt(depthOf(stateWithIndex(leaf, index - 1)));

        stepper.setPostState(rawClaim(post));
        bool sameSide = depthOf(post) % 2 == MAX_DEPTH % 2;
        vm.expectRevert(InvalidPrestate.selector);
        tryStep(leaf, isAttack, "another state", "");

        uint256 snapshot = vm.snapshotState();
        if (sameSide) vm.expectRevert(ValidStep.selector);
        tryStep(leaf, isAttack, state, "");
        assertEq(claimAt(leaf).counteredBy, sameSide ? address(0) : carol);
        if (!sameSide) assertEq(stepper.lastContext(), expectedContext(leaf));
        vm.revertToState(snapshot);

        stepper.setPostState(rawClaim(post) ^ bytes32(uint256(2)));
        if (!sameSide) vm.expectRevert(ValidStep.selector);
        tryStep(leaf, isAttack, state, "");
        assertEq(claimAt(leaf).counteredBy, sameSide ? carol : address(0));
        if (sameSide) assertEq(stepper.lastContext(), expectedContext(leaf));
    }

    /// @notice Indices of starting and disputed output; starting is 2^256 - 1 for the anchor.
    function outputs(uint256 leaf) private view returns (uint256 starting, uint256 disputed) {
        uint256 local = leafIndex(leaf, MAX_DEPTH) / 2 ** (MAX_DEPTH - SPLIT); // which output's derivation the trace is
        disputed = outputWithIndex(SPLIT, local);
        starting = local == 0 ? type(uint256).max : outputWithIndex(SPLIT, local - 1);
    }

    function expectedContext(uint256 leaf) private view returns (bytes32) {
        (uint256 starting, uint256 disputed) = outputs(leaf);
        bytes memory about = abi.encode(rawClaim(disputed), uint256(rawPosition(disputed)));
        if (starting == type(uint256).max) return keccak256(about);
        return keccak256(abi.encodePacked(rawClaim(starting), uint256(rawPosition(starting)), about));
    }

    function expectLoad(uint256 leaf, uint256 ident, bytes32 word, uint256 size) internal {
        game.addLocalData(ident, leaf, 7);
        assertEq(
            oracle.lastLoad(), abi.encode(address(game), ident, expectedContext(leaf), word, size, 7), "local data"
        );
    }

    /// @notice Local data that are numbers, in a sub-game about the output of a block.
    function expectNumbers(uint256 leaf, uint256 block_) internal virtual {
        expectLoad(leaf, 4, bytes32(block_ << 192), 8);
        expectLoad(leaf, 5, bytes32(CHAIN_ID << 192), 8);
    }

    function lastIdent() internal pure virtual returns (uint256) {
        return 5;
    }

    function testFuzz_addLocalData(uint256 path) external {
        uint256 leaf = lineOfPlay(path);
        (uint256 starting, uint256 disputed) = outputs(leaf);
        bytes32 startingClaim = starting == type(uint256).max ? ANCHOR_ROOT : rawClaim(starting);
        uint256 block_ = ANCHOR_NUMBER + leafIndex(disputed, SPLIT) + 1;
        if (block_ > NUMBER) block_ = NUMBER;

        for (uint256 i = SPLIT + 1; i <= leaf; i++) {
            expectLoad(i, 1, blockhash(block.number - 1), 32);
            expectLoad(i, 2, startingClaim, 32);
            expectLoad(i, 3, rawClaim(disputed), 32);
            expectNumbers(i, block_);
        }
    }

    function testFuzz_addLocalData_otherIdents(uint256 ident) external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        if (ident >= 1 && ident <= lastIdent()) {
            game.addLocalData(ident, leaf, 0);
            ident = 0;
        }
        vm.expectRevert(InvalidLocalIdent.selector);
        game.addLocalData(ident, leaf, 0);
    }

    function test_addLocalData_orderOfChecks() external {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        game.addLocalData(0, 50, 0);
        uint256 output = attackDownTo(SPLIT);
        vm.expectRevert(ClaimAboveSplit.selector);
        game.addLocalData(0, output, 0);
        uint256 below = attackDownTo(SPLIT + 1);
        vm.expectRevert(InvalidLocalIdent.selector);
        game.addLocalData(0, below, 0);
        game.addLocalData(1, below, 0);
        resolveAll();
        vm.expectRevert(GameNotInProgress.selector);
        game.addLocalData(0, 50, 0);
    }

    /// @notice Two execution sub-games about different outputs have different contexts: no data leaks from one to another.
    function test_contextsDiffer() external {
        uint256 output = attackDownTo(SPLIT);
        game.addLocalData(1, attack(bob, output, execRoot(1, 1)), 0);
        bytes memory first = oracle.lastLoad();
        game.addLocalData(1, defend(bob, output, execRoot(0, 1)), 0);
        assertNotEq(first, oracle.lastLoad());
        game.addLocalData(1, attack(bob, output, execRoot(2, 3)), 0);
        assertEq(first, oracle.lastLoad());
    }
}
