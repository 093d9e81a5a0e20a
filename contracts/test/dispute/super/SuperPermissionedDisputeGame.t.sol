// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {BadAuth, BadExtraData, InvalidParent, UnexpectedRootClaim} from "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {SuperPermissionedDisputeGame} from "src/dispute/SuperPermissionedDisputeGame.sol";
import {Claim, GameStatus, GameType} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {SuperGame} from "test/dispute/super/SuperGame.sol";

/// @notice Type 5: alice proposes, bob challenges, carol may not play.
contract SuperPermissionedDisputeGameTest is SuperGame {
    GameType private constant SUPER_PERMISSIONED = GameType.wrap(5);

    SuperPermissionedDisputeGame private gated;

    function setUp() public override {
        super.setUp();
        SuperPermissionedDisputeGame impl = new SuperPermissionedDisputeGame(gameParams());
        install(IDisputeGame(address(impl)), abi.encodePacked(superArgs(0), alice, bob));
        gated = proposeGated(alice, alice, encode(ROOT, NUMBER));
        game = FaultDisputeGame(address(gated));
    }

    function install(IDisputeGame impl, bytes memory args) private {
        vm.startPrank(owner);
        factory.setImplementation(SUPER_PERMISSIONED, impl, args);
        factory.setInitBond(SUPER_PERMISSIONED, INIT_BOND);
        vm.stopPrank();
    }

    function proposeGated(address sender, address origin, bytes memory superRoot)
        private
        returns (SuperPermissionedDisputeGame)
    {
        Claim claim = Claim.wrap(keccak256(superRoot));
        vm.prank(sender, origin);
        return SuperPermissionedDisputeGame(
            address(factory.create{value: INIT_BOND}(SUPER_PERMISSIONED, claim, superRoot))
        );
    }

    function test_views() external view {
        assertEq(gated.version(), "0.7.0");
        assertEq(gated.proposer(), alice);
        assertEq(gated.challenger(), bob);
        assertEq(gated.l2SequenceNumber(), NUMBER);
        assertEq(gated.extraData(), encode(ROOT, NUMBER));
        assertEq(address(gated.vm()), address(stepper));
        assertFalse(gated.wasRespectedGameTypeWhenCreated());
    }

    function test_initialize_origin() external {
        vm.expectRevert(BadAuth.selector);
        proposeGated(alice, carol, encode(ROOT, NUMBER + 1));
        bytes memory old = encode(ROOT, ANCHOR_NUMBER);
        vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, keccak256(old)));
        proposeGated(alice, carol, old);
        assertEq(proposeGated(carol, alice, encode(ROOT, NUMBER + 1)).gameCreator(), carol);
    }

    /// @notice Arguments of the other kind of game shift the super root's end by 40 bytes, which is no multiple of 64.
    function test_initialize_argsLength() external {
        install(factory.gameImpls(SUPER_PERMISSIONED), superArgs(0));
        vm.expectRevert(BadExtraData.selector);
        proposeGated(alice, alice, encode(ROOT, NUMBER + 1));
        IDisputeGame open = factory.gameImpls(SUPER_CANNON_KONA);
        install(open, abi.encodePacked(superArgs(0), alice, bob));
        vm.expectRevert(BadExtraData.selector);
        proposeGated(alice, alice, encode(ROOT, NUMBER + 1));
    }

    function testFuzz_onlyPlayers(address caller) external {
        vm.assume(caller != alice && caller != bob);
        uint256 bond = bondOf(0, true);
        vm.deal(caller, bond);
        vm.startPrank(caller);
        vm.expectRevert(BadAuth.selector);
        gated.attack{value: bond}(Claim.wrap(root), 0, Claim.wrap(claimOf(1)));
        vm.expectRevert(BadAuth.selector);
        gated.defend(Claim.wrap(0), 99, Claim.wrap(0));
        vm.expectRevert(BadAuth.selector);
        gated.step(99, true, "", "");
        vm.stopPrank();
        attack(bob, 0, claimOf(1));
        attack(alice, 1, claimOf(2));
        vm.prank(bob);
        vm.expectRevert(InvalidParent.selector);
        gated.step(0, true, "", "");
    }

    function test_restIsOpen() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        stepper.setPostState(bytes32(uint256(1)));
        vm.prank(bob);
        gated.step(leaf, true, PRESTATE_DATA, "");
        vm.startPrank(carol);
        gated.addLocalData(4, leaf, 0);
        resolveAll();
        assertEq(uint8(gated.status()), uint8(GameStatus.CHALLENGER_WINS));
        skip(AIRGAP + 1);
        gated.closeGame();
        vm.stopPrank();
        assertGt(collect(bob), 0);
    }
}
