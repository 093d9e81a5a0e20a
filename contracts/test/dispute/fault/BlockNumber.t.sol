// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {LibRLP} from "solady/utils/LibRLP.sol";

import {
    BlockNumberMatches,
    GameNotInProgress,
    InvalidHeaderRLP,
    InvalidOutputRootProof,
    L2BlockNumberChallenged
} from "src/dispute/Errors.sol";
import {GameStatus} from "src/dispute/Types.sol";
import {OutputRoot} from "src/libraries/OutputRoot.sol";
import {UnexpectedList, UnexpectedString} from "src/libraries/RLPErrors.sol";
import {GameTest} from "test/dispute/GameTest.sol";

/// @notice Challenge of the block number by the header.
contract BlockNumberTest is GameTest {
    using LibRLP for LibRLP.List;

    /// @notice A header with 15 fields, encoded by another library.
    function headerOf(uint256 number) private pure returns (bytes memory) {
        LibRLP.List memory list = LibRLP.p(abi.encode("parent")).p(abi.encode("uncles")).p(abi.encodePacked(bytes20(0)));
        list =
            list.p(abi.encode("state")).p(abi.encode("txs")).p(abi.encode("receipts")).p(new bytes(256)).p(uint256(0));
        list = list.p(number).p(uint256(30_000_000)).p(uint256(21_000)).p(uint256(1_700_000_000)).p("extra");
        return list.p(abi.encode("mix")).p(abi.encodePacked(uint64(0))).encode();
    }

    function proofOf(bytes memory header) private pure returns (OutputRoot.Proof memory) {
        return OutputRoot.Proof(0, bytes32(uint256(1)), bytes32(uint256(2)), keccak256(header));
    }

    /// @notice A game whose root claim is the output root of the block with this header.
    function gameAbout(bytes memory header) private returns (OutputRoot.Proof memory proof) {
        proof = proofOf(header);
        game = create(
            keccak256(
                abi.encode(proof.version, proof.stateRoot, proof.messagePasserStorageRoot, proof.latestBlockhash)
            ),
            NUMBER
        );
    }

    function challenge(OutputRoot.Proof memory proof, bytes memory header) private {
        vm.prank(carol);
        game.challengeRootL2Block(proof, header);
    }

    function test_wrongNumber() external {
        bytes memory header = headerOf(NUMBER - 1);
        OutputRoot.Proof memory proof = gameAbout(header);
        challenge(proof, header);
        assertTrue(game.l2BlockNumberChallenged());
        assertEq(game.l2BlockNumberChallenger(), carol);
        vm.expectRevert(L2BlockNumberChallenged.selector);
        challenge(proof, header);

        // Nothing but the clock is left to wait for; the challenger gets the root bond.
        resolveAll();
        assertEq(uint8(game.status()), uint8(GameStatus.CHALLENGER_WINS));
        assertEq(game.normalModeCredit(carol), INIT_BOND);
        assertEq(game.normalModeCredit(alice), 0);
    }

    function testFuzz_anyOtherNumber(uint256 number) external {
        bytes memory header = headerOf(number);
        OutputRoot.Proof memory proof = gameAbout(header);
        if (number == NUMBER) vm.expectRevert(BlockNumberMatches.selector);
        challenge(proof, header);
        assertEq(game.l2BlockNumberChallenged(), number != NUMBER);
    }

    function test_rightNumber() external {
        bytes memory header = headerOf(NUMBER);
        OutputRoot.Proof memory proof = gameAbout(header);
        vm.expectRevert(BlockNumberMatches.selector);
        challenge(proof, header);
    }

    /// @notice A winning move against the root does not win the root bond from the challenger of the number.
    function test_rootBondGoesToNumberChallenger() external {
        bytes memory header = headerOf(NUMBER + 1);
        OutputRoot.Proof memory proof = gameAbout(header);
        uint256 first = attack(bob, 0, claimOf(1));
        uint256 bond = bondOf(0, true);
        challenge(proof, header);
        attack(alice, first, claimOf(2)); // deeper moves go on
        resolveAll();
        assertEq(claimAt(0).counteredBy, carol);
        assertEq(game.normalModeCredit(carol), INIT_BOND);
        assertEq(game.normalModeCredit(bob), 0);
        assertEq(game.normalModeCredit(alice), bond + claimAt(2).bond);
    }

    /// @notice Called between the resolution of the root claim and of the game: no contradiction, no second payment.
    function test_afterRootClaimIsResolved() external {
        bytes memory header = headerOf(NUMBER + 1);
        OutputRoot.Proof memory proof = gameAbout(header);
        expireClocks();
        game.resolveClaim(0, 0);
        challenge(proof, header);
        game.resolve();
        assertEq(uint8(game.status()), uint8(GameStatus.DEFENDER_WINS));
        assertEq(game.normalModeCredit(alice), INIT_BOND);
        assertEq(game.normalModeCredit(carol), 0);
    }

    function test_orderOfChecks() external {
        bytes memory header = headerOf(NUMBER);
        OutputRoot.Proof memory proof = gameAbout(header);
        OutputRoot.Proof memory other = proofOf(hex"00");
        vm.expectRevert(InvalidOutputRootProof.selector);
        challenge(other, hex"00");
        vm.expectRevert(InvalidHeaderRLP.selector);
        challenge(proof, hex"00");
        vm.expectRevert(BlockNumberMatches.selector);
        challenge(proof, header);

        header = headerOf(NUMBER + 1);
        proof = gameAbout(header);
        challenge(proof, header);
        vm.expectRevert(L2BlockNumberChallenged.selector);
        challenge(other, hex"00");
        resolveAll();
        vm.expectRevert(GameNotInProgress.selector);
        challenge(other, hex"00");
    }

    /// @notice What is no header: nothing is guessed from it.
    function test_malformedHeaders() external {
        bytes memory noList = hex"83010203";
        OutputRoot.Proof memory proof = gameAbout(noList);
        vm.expectRevert(UnexpectedString.selector);
        challenge(proof, noList);

        bytes memory shortList = hex"c8" hex"0101010101010101";
        proof = gameAbout(shortList);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        challenge(proof, shortList);

        bytes memory listInside = hex"c9" hex"0101010101010101" hex"c0";
        proof = gameAbout(listInside);
        vm.expectRevert(UnexpectedList.selector);
        challenge(proof, listInside);

        bytes memory long = abi.encodePacked(hex"ea0101010101010101a1", new bytes(33));
        long[10] = 0x01;
        proof = gameAbout(long);
        vm.expectRevert(InvalidHeaderRLP.selector);
        challenge(proof, long);

        bytes memory empty = hex"c9" // number 0
            hex"0101010101010101" hex"80";
        proof = gameAbout(empty);
        challenge(proof, empty);
        assertTrue(game.l2BlockNumberChallenged());
    }
}
