// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    BondTransferFailed,
    GameNotFinalized,
    GameNotResolved,
    GamePaused,
    NoCreditToClaim
} from "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {Payout} from "src/dispute/fault/Payout.sol";
import {BondDistributionMode, Claim, GameStatus, GameType, Hash} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {GameTest} from "test/dispute/GameTest.sol";
import {Refuser} from "test/Mocks.sol";

/// @notice closeGame and claimCredit.
contract PayoutTest is GameTest {
    IDisputeGame private self;

    function setUp() public virtual override {
        super.setUp();
        self = IDisputeGame(address(game));
    }

    function expectMode(BondDistributionMode mode) private view {
        assertEq(uint8(game.bondDistributionMode()), uint8(mode));
    }

    function anchorGame() private view returns (address) {
        return address(registry.anchorGame());
    }

    function pauseChain() private {
        vm.prank(guardian);
        superchainConfig.pause(address(0));
    }

    function unpauseChain() private {
        vm.prank(guardian);
        superchainConfig.unpause(address(0));
    }

    /// @notice Bob wins against alice; the airgap has passed.
    function lostGame() private {
        attack(bob, 0, claimOf(1));
        resolveAll();
        skip(AIRGAP + 1);
    }

    function wonGame() private {
        resolveAll();
        skip(AIRGAP + 1);
    }

    function test_closeGame_orderOfChecks() external {
        pauseChain();
        vm.expectRevert(GamePaused.selector);
        game.closeGame();
        unpauseChain();
        vm.expectRevert(GameNotResolved.selector);
        game.closeGame();
        resolveAll();
        vm.expectRevert(GameNotFinalized.selector);
        game.closeGame();
        skip(AIRGAP);
        vm.expectRevert(GameNotFinalized.selector);
        game.closeGame();
        skip(1);
        pauseChain();
        vm.expectRevert(GamePaused.selector);
        game.closeGame();
        vm.expectRevert(GamePaused.selector);
        game.claimCredit(alice);
        unpauseChain();
        vm.expectEmit(address(game));
        emit Payout.GameClosed(BondDistributionMode.NORMAL);
        game.closeGame();
        expectMode(BondDistributionMode.NORMAL);

        // Closed is closed: no event any more, and the pause counts only where a kind of game says so.
        pauseChain();
        vm.recordLogs();
        bytes memory refusal = whenClosedAndPaused();
        if (refusal.length > 0) vm.expectRevert(refusal);
        game.closeGame();
        assertEq(vm.getRecordedLogs().length, 0);
    }

    /// @notice What a closed game answers to another closing during a pause; empty: nothing.
    function whenClosedAndPaused() internal pure virtual returns (bytes memory) {
        return "";
    }

    function test_closeGame_setsAnchor() external {
        wonGame();
        assertEq(anchorGame(), address(0));
        vm.expectEmit(address(registry));
        emit AnchorStateRegistry.AnchorUpdated(self);
        game.closeGame();
        assertEq(anchorGame(), address(game));
        (Hash anchor, uint256 number) = registry.getAnchorRoot();
        assertEq(Hash.unwrap(anchor), root);
        assertEq(number, NUMBER);
    }

    function test_closeGame_lostGameIsNoAnchor() external {
        lostGame();
        game.closeGame();
        assertEq(anchorGame(), address(0));
        expectMode(BondDistributionMode.NORMAL);
    }

    /// @notice An older game still pays, although it cannot become the anchor.
    function test_closeGame_olderThanAnchor() external {
        FaultDisputeGame older = create(bytes32(uint256(0x01d)), NUMBER - 1);
        wonGame();
        older.resolveClaim(0, 0);
        older.resolve();
        skip(AIRGAP + 1);
        game.closeGame();
        older.closeGame();
        assertEq(anchorGame(), address(game));
        assertEq(uint8(older.bondDistributionMode()), uint8(BondDistributionMode.NORMAL));
    }

    function test_blacklistedGameRefunds() external {
        lostGame();
        vm.prank(guardian);
        registry.blacklistDisputeGame(self);
        vm.expectEmit(address(game));
        emit Payout.GameClosed(BondDistributionMode.REFUND);
        game.closeGame();
        expectMode(BondDistributionMode.REFUND);
        assertEq(game.credit(alice), INIT_BOND);
        assertEq(game.credit(bob), claimAt(1).bond);
        assertEq(collect(alice), INIT_BOND);
        assertEq(collect(bob), claimAt(1).bond);
        assertEq(weth.balanceOf(address(game)), 0);
    }

    function test_retiredGameRefunds() external {
        lostGame();
        vm.prank(guardian);
        registry.updateRetirementTimestamp();
        game.closeGame();
        expectMode(BondDistributionMode.REFUND);
        assertEq(anchorGame(), address(0));
    }

    /// @notice Disowned after it was closed: the mode stays.
    function test_blacklistedTooLate() external {
        lostGame();
        game.closeGame();
        vm.prank(guardian);
        registry.blacklistDisputeGame(self);
        assertEq(collect(bob), INIT_BOND + claimAt(1).bond);
    }

    /// @notice Games of a type that is not respected pay by their result all the same.
    function test_notRespectedGamePays() external {
        vm.prank(guardian);
        registry.setRespectedGameType(GameType.wrap(1));
        game = create(bytes32(uint256(5)), NUMBER);
        lostGame();
        game.closeGame();
        expectMode(BondDistributionMode.NORMAL);
    }

    function test_refundModeGivesNothingToSteppers() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        stepper.setPostState(bytes32(uint256(1)));
        vm.prank(carol);
        game.step(leaf, true, PRESTATE_DATA, "");
        resolveAll();
        skip(AIRGAP + 1);
        assertEq(game.credit(carol), claimAt(leaf).bond);
        vm.prank(guardian);
        registry.blacklistDisputeGame(self);
        game.claimCredit(carol);
        assertEq(game.credit(carol), 0);
        vm.expectRevert(NoCreditToClaim.selector);
        game.claimCredit(carol);
        assertEq(collect(alice), staked(alice));
        assertEq(collect(bob), staked(bob));
        assertEq(weth.totalSupply(), 0);
    }

    /// @notice All that an account put in.
    function staked(address who) private view returns (uint256 sum) {
        for (uint256 i = 0; i < game.claimDataLen(); i++) {
            if (claimAt(i).claimant == who) sum += claimAt(i).bond;
        }
    }

    function test_claimCredit_twoCalls() external {
        lostGame();
        uint256 amount = INIT_BOND + claimAt(1).bond;
        assertEq(game.credit(bob), amount);
        assertFalse(game.hasUnlockedCredit(bob));
        vm.prank(carol); // anyone may
        game.claimCredit(bob);
        expectMode(BondDistributionMode.NORMAL);
        assertTrue(game.hasUnlockedCredit(bob));
        (uint256 announced, uint256 at) = weth.withdrawals(address(game), bob);
        assertEq(announced, amount);
        assertEq(at, block.timestamp);

        skip(WETH_DELAY - 1);
        vm.expectRevert("DelayedWETH: withdrawal delay not met");
        game.claimCredit(bob);
        skip(1);
        uint256 before = bob.balance;
        game.claimCredit(bob);
        assertEq(bob.balance - before, amount);
        assertEq(game.credit(bob), 0);
        assertEq(game.refundModeCredit(bob), 0);
        assertEq(address(game).balance, 0);
        assertEq(weth.balanceOf(address(game)), 0);
        vm.expectRevert(NoCreditToClaim.selector);
        game.claimCredit(bob);
    }

    function test_claimCredit_pausedAfterUnlock() external {
        lostGame();
        game.claimCredit(bob);
        skip(WETH_DELAY);
        pauseChain();
        bytes memory refusal = whenClosedAndPaused();
        bytes memory ofBank = abi.encodeWithSignature("Error(string)", "DelayedWETH: contract is paused");
        vm.expectRevert(refusal.length > 0 ? refusal : ofBank);
        game.claimCredit(bob);
        unpauseChain();
        game.claimCredit(bob);
    }

    /// @notice Without credit the first call succeeds and the second does not.
    function test_claimCredit_nothingToClaim() external {
        lostGame();
        game.claimCredit(alice);
        assertTrue(game.hasUnlockedCredit(alice));
        vm.expectRevert(NoCreditToClaim.selector);
        game.claimCredit(alice);
    }

    function test_claimCredit_refusingRecipient() external {
        address refuser = address(new Refuser());
        vm.deal(refuser, 10 ether);
        attack(refuser, 0, claimOf(1));
        resolveAll();
        skip(AIRGAP + 1);
        game.claimCredit(refuser);
        skip(WETH_DELAY);
        vm.expectRevert(BondTransferFailed.selector);
        game.claimCredit(refuser);
        assertEq(game.credit(refuser), INIT_BOND + claimAt(1).bond);
    }

    /// @notice A recipient that calls back gets nothing twice.
    function test_claimCredit_reentrancy() external {
        Reentrant thief = new Reentrant();
        vm.deal(address(thief), 10 ether);
        attack(address(thief), 0, claimOf(1));
        attack(bob, 0, claimOf(2));
        resolveAll();
        skip(AIRGAP + 1);
        thief.aim(game);
        game.claimCredit(address(thief));
        skip(WETH_DELAY);
        uint256 before = address(thief).balance;
        game.claimCredit(address(thief));
        assertEq(address(thief).balance - before, INIT_BOND + claimAt(1).bond);
        assertEq(thief.reason(), abi.encodePacked(NoCreditToClaim.selector));
        assertEq(collect(bob), claimAt(2).bond);
    }

    function test_credit_beforeClosing() external {
        attack(bob, 0, claimOf(1));
        assertEq(game.credit(bob), 0);
        resolveAll();
        assertEq(game.credit(bob), INIT_BOND + claimAt(1).bond);
    }

    /// @notice Pauses at any time in between neither decide the mode nor cost anything in the end.
    function test_pauseNeverDecidesTheMode() external {
        lostGame();
        pauseChain();
        for (uint256 i = 0; i < 3; i++) {
            vm.expectRevert(GamePaused.selector);
            game.closeGame();
            skip(1 days);
        }
        unpauseChain();
        assertEq(collect(bob), INIT_BOND + claimAt(1).bond);
        assertEq(uint8(game.status()), uint8(GameStatus.CHALLENGER_WINS));
    }

    /// @notice If the registry's update of the anchor fails, bonds are paid.
    function test_failingAnchorUpdateIsIgnored() external {
        wonGame();
        vm.mockCallRevert(address(registry), abi.encodeCall(AnchorStateRegistry.setAnchorState, (self)), "broken");
        game.closeGame();
        expectMode(BondDistributionMode.NORMAL);
        assertEq(anchorGame(), address(0));
        vm.clearMockedCalls();
        registry.setAnchorState(self);
        assertEq(anchorGame(), address(game));
    }
}

/// @notice Claims again when it is paid.
contract Reentrant {
    FaultDisputeGame private game;
    bytes public reason;

    function aim(FaultDisputeGame target) external {
        game = target;
    }

    receive() external payable {
        try game.claimCredit(address(this)) {}
        catch (bytes memory why) {
            reason = why;
        }
    }
}
