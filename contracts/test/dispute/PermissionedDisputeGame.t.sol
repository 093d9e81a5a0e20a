// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {BadAuth, BadExtraData, GameNotInProgress, InvalidParent, UnexpectedRootClaim} from "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {PermissionedDisputeGame} from "src/dispute/PermissionedDisputeGame.sol";
import {Claim, GameStatus, GameType} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {GameTest} from "test/dispute/GameTest.sol";

/// @notice Alice proposes, bob challenges, carol may not play.
contract PermissionedDisputeGameTest is GameTest {
    GameType private constant PERMISSIONED = GameType.wrap(1);

    PermissionedDisputeGame private gated;

    function setUp() public override {
        super.setUp();
        PermissionedDisputeGame impl = new PermissionedDisputeGame(gameParams());
        vm.startPrank(owner);
        factory.setImplementation(PERMISSIONED, IDisputeGame(address(impl)), abi.encodePacked(gameArgs(), alice, bob));
        factory.setInitBond(PERMISSIONED, INIT_BOND);
        vm.stopPrank();
        gated = propose(alice, alice, ROOT, NUMBER);
        game = FaultDisputeGame(address(gated));
    }

    function propose(address sender, address origin, bytes32 root, uint256 number)
        private
        returns (PermissionedDisputeGame)
    {
        vm.prank(sender, origin);
        return PermissionedDisputeGame(
            address(factory.create{value: INIT_BOND}(PERMISSIONED, Claim.wrap(root), abi.encode(number)))
        );
    }

    function test_views() external view {
        assertEq(gated.version(), "2.4.0");
        assertEq(gated.proposer(), alice);
        assertEq(gated.challenger(), bob);
        assertEq(gated.l2ChainId(), CHAIN_ID);
        assertEq(GameType.unwrap(gated.gameType()), 1);
    }

    /// @notice The signer counts, not the sender; and it is asked last.
    function test_initialize_origin() external {
        vm.expectRevert(BadAuth.selector);
        propose(alice, carol, bytes32(uint256(1)), NUMBER);
        vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, bytes32(uint256(1))));
        propose(alice, carol, bytes32(uint256(1)), ANCHOR_NUMBER);
        assertEq(propose(carol, alice, bytes32(uint256(1)), NUMBER).gameCreator(), carol);
    }

    /// @notice The arguments of the other kind of game have another length.
    function test_initialize_argsLength() external {
        vm.startPrank(owner);
        factory.setImplementation(PERMISSIONED, factory.gameImpls(PERMISSIONED), gameArgs());
        vm.stopPrank();
        vm.expectRevert(BadExtraData.selector);
        propose(alice, alice, bytes32(uint256(1)), NUMBER);
        vm.startPrank(owner);
        factory.setImplementation(CANNON_KONA, factory.gameImpls(CANNON_KONA), abi.encodePacked(gameArgs(), alice, bob));
        vm.stopPrank();
        vm.prank(alice);
        vm.expectRevert(BadExtraData.selector);
        factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(bytes32(uint256(2))), abi.encode(NUMBER));
    }

    function testFuzz_onlyPlayersMove(address caller) external {
        vm.assume(caller != alice && caller != bob);
        uint256 bond = bondOf(0, true);
        vm.deal(caller, bond);
        vm.prank(caller);
        vm.expectRevert(BadAuth.selector);
        gated.attack{value: bond}(Claim.wrap(ROOT), 0, Claim.wrap(claimOf(1)));
        attack(bob, 0, claimOf(1));
        attack(alice, 1, claimOf(2));
    }

    /// @notice Before anything else, also after the end of the game.
    function test_orderOfChecks() external {
        vm.startPrank(carol);
        vm.expectRevert(BadAuth.selector);
        gated.step(99, true, "", "");
        vm.expectRevert(BadAuth.selector);
        gated.defend(Claim.wrap(0), 99, Claim.wrap(0));
        vm.stopPrank();
        vm.prank(bob);
        vm.expectRevert(InvalidParent.selector);
        gated.step(0, true, "", "");

        resolveAll();
        vm.prank(carol);
        vm.expectRevert(BadAuth.selector);
        gated.move(Claim.wrap(0), 99, Claim.wrap(0), true);
        vm.prank(bob);
        vm.expectRevert(GameNotInProgress.selector);
        gated.move(Claim.wrap(0), 99, Claim.wrap(0), true);
    }

    function test_restIsOpen() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        stepper.setPostState(bytes32(uint256(1)));
        vm.prank(bob);
        gated.step(leaf, true, PRESTATE_DATA, "");
        vm.startPrank(carol);
        gated.addLocalData(1, leaf, 0);
        resolveAll();
        assertEq(uint8(gated.status()), uint8(GameStatus.CHALLENGER_WINS));
        skip(AIRGAP + 1);
        gated.closeGame();
        uint256 before = bob.balance;
        gated.claimCredit(bob);
        skip(WETH_DELAY);
        gated.claimCredit(bob);
        assertGt(bob.balance, before);
    }
}
