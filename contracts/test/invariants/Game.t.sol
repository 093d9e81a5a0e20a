// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GameChecks} from "test/invariants/GameChecks.sol";
import {GameHandler} from "test/invariants/GameHandler.sol";

/// @notice Stateful invariants of games, bank, registry and factory, after random sequences that forge chooses. That each
///         of them can fail is for GameTwins to show.
contract GameInvariants is GameChecks {
    function setUp() public override {
        super.setUp();
        startHandler();
        bytes4[] memory selectors = new bytes4[](16);
        // More moves than anything else.
        for (uint256 i = 0; i < 5; i++) {
            selectors[i] = GameHandler.move.selector;
        }
        selectors[5] = GameHandler.repeatMove.selector;
        selectors[6] = GameHandler.reorg.selector;
        selectors[7] = GameHandler.step.selector;
        selectors[8] = GameHandler.resolveClaim.selector;
        selectors[9] = GameHandler.resolveAll.selector;
        selectors[10] = GameHandler.closeGame.selector;
        selectors[11] = GameHandler.claimCredit.selector;
        selectors[12] = GameHandler.wait.selector;
        selectors[13] = GameHandler.guardianActs.selector;
        selectors[14] = GameHandler.createGame.selector;
        selectors[15] = GameHandler.finishOther.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    function invariant_clocksEqualTheModel() external view {
        assertEq(clocksOff(), "");
    }

    function invariant_extensionIsLeft() external view {
        assertEq(clocksExceeded(), "");
    }

    function invariant_treeEqualsTheModel() external view {
        assertEq(treeOff(), "");
    }

    function invariant_noClaimTwice() external view {
        assertEq(duplicates(), "");
    }

    function invariant_resolutionEqualsTheModel() external view {
        assertEq(resolutionOff(), "");
    }

    function invariant_childrenResolveFirst() external view {
        assertEq(resolvedTooEarly(), "");
    }

    function invariant_resolvedClaimsStay() external view {
        assertEq(resolvedChanged(), "");
    }

    function invariant_bondsLieOnTheCurve() external view {
        assertEq(bondsOff(), "");
    }

    function invariant_refundsAreDeposits() external view {
        assertEq(depositsOff(), "");
    }

    function invariant_creditsAreResolvedBonds() external view {
        assertEq(creditsOff(), "");
    }

    function invariant_bankHoldsDepositsLessPayments() external view {
        assertEq(bankOff(), "");
    }

    function invariant_bankIsSolvent() external view {
        assertEq(bankInsolvent(), "");
    }

    function invariant_paymentsFollowTheRules() external view {
        assertEq(payoutsOff(), "");
    }

    function invariant_unbeatenSideLosesNothing() external view {
        assertEq(winnersLose(), "");
    }

    function invariant_noMistakeOnTheWay() external view {
        assertEq(mistakesMade(), "");
    }

    function invariant_modeIsDecidedOnce() external view {
        assertEq(modeOff(), "");
    }

    function invariant_anchorIsMonotone() external view {
        assertEq(anchorOff(), "");
    }

    function invariant_predicatesEqualTheModel() external view {
        assertEq(predicatesOff(), "");
    }

    function invariant_disownedStaysDisowned() external view {
        assertEq(disowningOff(), "");
    }

    function invariant_listIsABijection() external view {
        assertEq(listOff(), "");
    }

    function invariant_argumentsOfAGameStay() external view {
        assertEq(cloneChanged(), "");
    }

    /// @notice The sequences reach what the invariants are about.
    function test_sequencesReachPayments() external {
        for (uint256 i = 0; i < 1_500 && handler.payments() < 2; i++) {
            act(uint256(keccak256(abi.encode("reach", i))) % (1 << 64));
        }
        assertGt(handler.moves(), 20);
        assertGt(handler.resolutions(), 10);
        assertGt(handler.payments(), 1);
        assertEq(string.concat(handler.mistakes(), payoutsOff(), creditsOff(), resolutionOff(), bankOff()), "");
    }
}
