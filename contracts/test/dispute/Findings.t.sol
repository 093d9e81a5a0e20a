// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    AlreadyInitialized,
    BadExtraData,
    ClaimAlreadyExists,
    ClaimAlreadyResolved,
    ClockNotExpired,
    ClockTimeExceeded,
    DuplicateStep,
    GameNotInProgress,
    GamePaused,
    IncorrectBondAmount,
    InvalidDisputedClaimIndex,
    InvalidLocalIdent,
    InvalidParent,
    InvalidSplitDepth,
    L2BlockNumberChallenged,
    OutOfOrderResolution,
    UnexpectedRootClaim
} from "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {Position} from "src/dispute/Position.sol";
import {BondDistributionMode, Claim, Duration, GameStatus, GameType, Hash} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {GameTest} from "test/dispute/GameTest.sol";

/// @notice Creates games on behalf of whoever calls: a relayer.
contract Relayer {
    function forward(address to, bytes calldata data) external payable {
        (bool ok, bytes memory result) = to.call{value: msg.value}(data);
        require(ok, string(result));
    }

    receive() external payable {}
}

/// @notice Public findings and attacks on games, bank and registry (docs/findings.md): what was possible elsewhere once.
contract GameFindingsTest is GameTest {
    /// @notice No claim resolves a second before the other side's clock has run out, wherever it stands.
    function test_R01_A05_clockOfTheOtherSide() external {
        attack(bob, 0, claimOf(1));
        skip(100_000);
        attack(alice, 1, claimOf(2));
        skip(CLOCK - 1);
        for (uint256 i = 0; i < 3; i++) {
            if (uint64(Duration.unwrap(game.getChallengerDuration(i))) == CLOCK) continue;
            vm.expectRevert(ClockNotExpired.selector);
            game.resolveClaim(i, 0);
        }
        // Bob's side used nothing: claim 2 can be answered in the last second, and then alice has the extension.
        uint256 last = attack(bob, 2, claimOf(3));
        assertEq(usedOf(last), CLOCK - 2 * EXTENSION);
        skip(1);
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolveClaim(2, 0);
        // Alice had used 100,000 seconds before: that much earlier her clock runs out.
        skip(CLOCK - 100_000 - 2);
        assertEq(uint64(Duration.unwrap(game.getChallengerDuration(last))), CLOCK - 1);
        skip(1);
        uint256 bond = bondOf(last, true);
        bytes32 claim = claimOf(3);
        vm.prank(alice);
        vm.expectRevert(ClockTimeExceeded.selector);
        game.attack{value: bond}(Claim.wrap(claim), last, Claim.wrap(claimOf(4)));
    }

    /// @notice Nothing but steps, which then count for the parent only, touches a resolved sub-game; pages hold its size.
    function test_R02_R16_A07_resolvedIsResolved() external {
        attack(bob, 0, claimOf(1));
        for (uint256 i = 0; i < 40; i++) {
            attack(alice, 1, claimOf(100 + i));
        }
        expireClocks();
        vm.expectRevert(OutOfOrderResolution.selector);
        game.resolveClaim(1, 0);
        for (uint256 i = 2; i < 42; i++) {
            game.resolveClaim(i, 0);
        }
        for (uint256 page = 0; page < 8; page++) {
            assertFalse(game.resolvedSubgames(1));
            game.resolveClaim(1, 5);
        }
        assertTrue(game.resolvedSubgames(1));
        bytes32 before = keccak256(abi.encode(claimAt(1), game.normalModeCredit(alice), game.normalModeCredit(bob)));
        vm.expectRevert(ClaimAlreadyResolved.selector);
        game.resolveClaim(1, 0);
        uint256 bond = bondOf(1, true);
        vm.prank(alice);
        vm.expectRevert(ClockTimeExceeded.selector);
        game.attack{value: bond}(Claim.wrap(claimOf(1)), 1, Claim.wrap(claimOf(7)));
        vm.expectRevert(InvalidParent.selector);
        game.step(1, true, PRESTATE_DATA, "");
        assertEq(before, keccak256(abi.encode(claimAt(1), game.normalModeCredit(alice), game.normalModeCredit(bob))));
        game.resolveClaim(0, 0);
        game.resolve();
        vm.expectRevert(GameNotInProgress.selector);
        game.step(1, true, PRESTATE_DATA, "");
    }

    function testFuzz_R03_extraDataHasOneLength(uint256 length) external {
        length = bound(length, 0, 4096);
        bytes memory extra = new bytes(length);
        if (length >= 32) extra[31] = 0xff;
        if (length >= 31) extra[30] = 0xff;
        vm.prank(alice, alice);
        if (length != 32) vm.expectRevert(BadExtraData.selector);
        factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(ROOT), extra);
    }

    function testFuzz_R03_uuidIsInjective(bytes32 a, bytes32 b, bytes memory x, bytes memory y) external view {
        bool same = a == b && keccak256(x) == keccak256(y);
        Hash first = factory.getGameUUID(CANNON_KONA, Claim.wrap(a), x);
        assertEq(same, Hash.unwrap(first) == Hash.unwrap(factory.getGameUUID(CANNON_KONA, Claim.wrap(b), y)));
        assertTrue(Hash.unwrap(first) != Hash.unwrap(factory.getGameUUID(GameType.wrap(9), Claim.wrap(a), x)));
    }

    /// @notice Types that differ by a multiple of 256 are different types.
    function test_R04_gameTypesAreNotCut() external {
        GameType other = GameType.wrap(8 + 256);
        vm.startPrank(owner);
        factory.setImplementation(other, IDisputeGame(address(implementation)), gameArgs());
        factory.setInitBond(other, INIT_BOND);
        vm.stopPrank();
        vm.prank(alice, alice);
        IDisputeGame made = factory.create{value: INIT_BOND}(other, Claim.wrap(ROOT), abi.encode(NUMBER));
        assertFalse(made.wasRespectedGameTypeWhenCreated());
        assertEq(GameType.unwrap(made.gameType()), 264);
    }

    /// @notice Whatever number is proposed: refused, or a game like any other that does not hold up others.
    function test_R05_A13_blockNumbers() external {
        uint256[6] memory numbers =
            [uint256(0), ANCHOR_NUMBER, ANCHOR_NUMBER + 1, type(uint64).max, uint256(1) << 64, type(uint256).max];
        for (uint256 i = 0; i < 6; i++) {
            bool refused = numbers[i] <= ANCHOR_NUMBER || numbers[i] > type(uint64).max;
            bytes32 claim = bytes32(0x5000 + i);
            if (refused) vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, claim));
            FaultDisputeGame made = create(claim, numbers[i]);
            if (refused) continue;
            game = made;
            attack(bob, 0, claimOf(1)); // it can be beaten
            resolveAll();
            assertEq(uint8(game.status()), uint8(GameStatus.CHALLENGER_WINS));
        }
        create(bytes32(uint256(0x6000)), ANCHOR_NUMBER + 2);
    }

    /// @notice The bond belongs to whoever called the factory, not to who signed.
    function test_R06_creatorOwnsTheBond() external {
        Relayer relayer = new Relayer();
        bytes memory call = abi.encodeCall(factory.create, (CANNON_KONA, Claim.wrap(bytes32("r")), abi.encode(NUMBER)));
        vm.prank(carol, carol);
        relayer.forward{value: INIT_BOND}(address(factory), call);
        (,, IDisputeGame made) = factory.gameAtIndex(factory.gameCount() - 1);
        game = FaultDisputeGame(address(made));
        assertEq(claimAt(0).claimant, address(relayer));
        assertEq(game.refundModeCredit(carol), 0);
        assertEq(game.refundModeCredit(address(relayer)), INIT_BOND);
    }

    /// @notice After a reorg put another claim in the place, the move reverts; and the game itself has another address.
    function test_R07_A53_movesNameWhatTheyDispute() external {
        uint256 bond = bondOf(0, true);
        uint256 state = vm.snapshotState();
        attack(bob, 0, claimOf(1));
        vm.revertToState(state);
        attack(carol, 0, claimOf(2));
        uint256 next = bondOf(1, true);
        vm.prank(alice);
        vm.expectRevert(InvalidDisputedClaimIndex.selector);
        game.attack{value: next}(Claim.wrap(claimOf(1)), 1, Claim.wrap(claimOf(3)));
        assertGt(bond, 0);

        state = vm.snapshotState();
        address first = address(create(bytes32("x"), NUMBER));
        vm.revertToState(state);
        vm.roll(block.number + 1);
        assertTrue(address(create(bytes32("x"), NUMBER)) != first);
    }

    /// @notice Whoever has to step has time for a large preimage: the extension and the oracle's period, asked when moving.
    function test_R11_timeForALargePreimage() external {
        uint256 index = attackDownTo(MAX_DEPTH - 2);
        skip(CLOCK - 1);
        index = attack(bob, index, claimOf(77));
        assertGe(CLOCK - usedOf(index), EXTENSION + PERIOD);
        oracle.setChallengePeriod(CLOCK);
        vm.expectRevert();
        create(bytes32("long period"), NUMBER);
    }

    /// @notice An implementation with these depths and clocks.
    function configured(FaultGameConfig.GameConstructorParams memory params) internal virtual returns (FaultDisputeGame) {
        return new FaultDisputeGame(params);
    }

    /// @notice Every small pair of depths: refused, or a line of play down to the step without a panic.
    function test_R14_depths() external {
        for (uint256 max = 0; max < 8; max++) {
            for (uint256 split = 0; split < 8; split++) {
                FaultGameConfig.GameConstructorParams memory params =
                    FaultGameConfig.GameConstructorParams(max, split, Duration.wrap(EXTENSION), Duration.wrap(CLOCK));
                if (split < 2 || split + 1 >= max) {
                    vm.expectRevert(InvalidSplitDepth.selector);
                    configured(params);
                    continue;
                }
                IDisputeGame impl = IDisputeGame(address(configured(params)));
                vm.prank(owner);
                factory.setImplementation(CANNON_KONA, impl, gameArgs());
                game = create(keccak256(abi.encode(max, split)), NUMBER);
                uint256 index;
                for (uint256 d = 1; d <= max; d++) {
                    index = attack(bob, index, d == split + 1 ? execRoot(1, d) : claimOf(d));
                }
                game.step(index, true, PRESTATE_DATA, "");
                game.addLocalData(4, index, 0);
                resolveAll();
            }
        }
    }

    /// @notice Between the root's resolution and the game's, the block number can still be challenged; the result is the
    ///         one that the moves gave, and its bond is paid once.
    function test_R15_blockNumberBetweenResolutions() external {
        expireClocks();
        game.resolveClaim(0, 0);
        vm.store(address(game), 0, bytes32(uint256(vm.load(address(game), 0)) | 1 << (18 * 8)));
        assertTrue(game.l2BlockNumberChallenged());
        vm.expectRevert(ClaimAlreadyResolved.selector);
        game.resolveClaim(0, 0);
        game.resolve();
        assertEq(uint8(game.status()), uint8(GameStatus.DEFENDER_WINS));
        assertEq(game.normalModeCredit(alice), INIT_BOND);
    }

    /// @notice Equal positions: the earlier claim wins, in pages and at once. (`>` and `>=` are not the same.)
    function test_R17_A01_leftmostThenEarliest() external {
        attack(bob, 0, claimOf(1));
        attack(carol, 0, claimOf(2));
        resolveAll();
        assertEq(claimAt(0).counteredBy, bob);
        assertEq(game.normalModeCredit(bob), INIT_BOND + claimAt(1).bond);
        assertEq(game.normalModeCredit(carol), claimAt(2).bond);
    }

    /// @notice One second before and after each threshold of each extension.
    function test_R19_A06_extensionThresholds() external {
        for (uint256 depth = 1; depth <= MAX_DEPTH; depth++) {
            uint256 extension = depth == MAX_DEPTH - 1 ? EXTENSION + PERIOD : depth == SPLIT - 1 ? 2 * EXTENSION : EXTENSION;
            for (uint256 i = 0; i < 3; i++) {
                game = create(keccak256(abi.encode(depth, i)), NUMBER);
                uint256 parent = depth == 1 ? 0 : attackDownTo(depth - 1);
                uint256 waited = CLOCK - extension - 1 + i;
                skip(waited);
                uint256 index = attack(bob, parent, depth == SPLIT + 1 ? execRoot(1, depth) : claimOf(depth));
                assertEq(usedOf(index), i == 2 ? CLOCK - extension : waited);
            }
        }
    }

    /// @notice An anchor that is blacklisted or retired later stays; new games are made, resolved and anchored.
    function test_R26_A45_disownedAnchor() external {
        resolveAll();
        skip(AIRGAP + 1);
        game.closeGame();
        assertEq(address(registry.anchorGame()), address(game));
        vm.startPrank(guardian);
        registry.blacklistDisputeGame(IDisputeGame(address(game)));
        registry.updateRetirementTimestamp();
        vm.stopPrank();
        skip(1);
        game = create(bytes32("fresh"), NUMBER + 1);
        resolveAll();
        skip(AIRGAP + 1);
        game.closeGame();
        assertEq(address(registry.anchorGame()), address(game));
    }

    /// @notice Neither a pause nor a caller who gives too little gas decides how a game pays.
    function test_R27_A48_modeCannotBeForced() external {
        resolveAll();
        skip(AIRGAP + 1);
        vm.prank(guardian);
        superchainConfig.pause(address(0));
        vm.expectRevert(GamePaused.selector);
        game.claimCredit(alice);
        vm.prank(guardian);
        superchainConfig.unpause(address(0));
        for (uint256 gas = 20_000; gas < 260_000; gas += 1_111) {
            uint256 state = vm.snapshotState();
            (bool closed,) = address(game).call{gas: gas}(abi.encodeCall(game.closeGame, ()));
            if (closed) {
                // The anchor's update may be starved; the mode never is.
                assertEq(uint8(game.bondDistributionMode()), uint8(BondDistributionMode.NORMAL));
            } else {
                assertEq(uint8(game.bondDistributionMode()), uint8(BondDistributionMode.UNDECIDED));
            }
            vm.revertToState(state);
        }
    }

    function test_A03_duplicates() external {
        attack(bob, 0, claimOf(1));
        uint256 bond = bondOf(0, true);
        vm.prank(carol);
        vm.expectRevert(ClaimAlreadyExists.selector);
        game.attack{value: bond}(Claim.wrap(root), 0, Claim.wrap(claimOf(1)));
        attack(alice, 1, claimOf(2));
        // The same claim under another parent is another claim.
        attack(carol, attack(carol, 0, claimOf(9)), claimOf(2));
    }

    function test_A08_A16_stepsOnlyWhereTheyMayBe() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        vm.expectRevert(InvalidParent.selector);
        game.step(leaf - 1, true, PRESTATE_DATA, "");
        game.step(leaf, true, PRESTATE_DATA, "");
        vm.expectRevert(DuplicateStep.selector);
        game.step(leaf, true, PRESTATE_DATA, "");
        // A status that does not fit, and a hash of zeros, which says VALID.
        game = create(bytes32("other"), NUMBER);
        uint256 output = attackDownTo(SPLIT);
        bytes32 disputed = rawClaim(output);
        uint256 bond = bondOf(output, true);
        for (uint8 status = 0; status < 5; status++) {
            bytes32 claim = status == 4 ? bytes32(0) : execRoot(status, 1);
            bool fits = status == 1 || status == 2;
            vm.prank(bob);
            if (!fits) vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, claim));
            game.attack{value: bond}(Claim.wrap(disputed), output, Claim.wrap(claim));
        }
    }

    function testFuzz_A09_exactBonds(uint256 value) external {
        uint256 bond = bondOf(0, true);
        value = bound(value, 0, 2 * bond);
        vm.prank(bob);
        if (value != bond) vm.expectRevert(IncorrectBondAmount.selector);
        game.attack{value: value}(Claim.wrap(root), 0, Claim.wrap(claimOf(1)));
    }

    /// @notice The first to step earns the bond, whoever that is; the second is told.
    function test_A11_stepIsFrontRun() external {
        uint256 leaf = attackDownTo(MAX_DEPTH);
        vm.prank(carol);
        game.step(leaf, true, PRESTATE_DATA, "");
        vm.prank(bob);
        vm.expectRevert(DuplicateStep.selector);
        game.step(leaf, true, PRESTATE_DATA, "");
        assertEq(claimAt(leaf).counteredBy, carol);
    }

    function testFuzz_A18_localIdents(uint256 ident) external {
        uint256 leaf = attackDownTo(SPLIT + 1);
        vm.assume(ident == 0 || ident > 5);
        vm.expectRevert(InvalidLocalIdent.selector);
        game.addLocalData(ident, leaf, 0);
    }

    /// @notice A proposal made early by somebody else leaves its neighbours free.
    function test_A19_neighbours() external {
        create(bytes32("taken"), NUMBER + 5);
        vm.expectRevert();
        create(bytes32("taken"), NUMBER + 5);
        create(bytes32("taken"), NUMBER + 6);
        create(bytes32("other"), NUMBER + 5);
    }

    /// @notice What happens in one sub-game changes no clock and no credit in another.
    function test_A23_subgamesAreApart() external {
        attack(bob, 0, claimOf(1));
        attack(carol, 0, claimOf(2));
        skip(1_000);
        bytes32 before = keccak256(abi.encode(claimAt(2)));
        attack(alice, 1, claimOf(3));
        skip(500);
        attack(bob, 3, claimOf(4));
        assertEq(before, keccak256(abi.encode(claimAt(2))));
        assertEq(Duration.unwrap(game.getChallengerDuration(2)), 1_500);
    }

    /// @notice A recipient that refuses holds up nobody else.
    function test_A43_refusingRecipient() external {
        vm.etch(bob, hex"5f5ffd"); // reverts
        attack(bob, 0, claimOf(1));
        attack(carol, 0, claimOf(2));
        resolveAll();
        skip(AIRGAP + 1);
        game.claimCredit(bob);
        game.claimCredit(carol);
        skip(WETH_DELAY);
        vm.expectRevert();
        game.claimCredit(bob);
        uint256 before = carol.balance;
        game.claimCredit(carol);
        assertEq(carol.balance - before, claimAt(2).bond);
        assertEq(weth.balanceOf(address(game)), game.credit(bob));
    }

    /// @notice A game of the second in which all were retired is retired, in whichever order the two came.
    function test_A44_sameSecond() external {
        FaultDisputeGame before = create(bytes32("before"), NUMBER);
        vm.prank(guardian);
        registry.updateRetirementTimestamp();
        FaultDisputeGame after_ = create(bytes32("after"), NUMBER);
        assertTrue(registry.isGameRetired(IDisputeGame(address(before))));
        assertTrue(registry.isGameRetired(IDisputeGame(address(after_))));
        skip(1);
        assertFalse(registry.isGameRetired(IDisputeGame(address(create(bytes32("later"), NUMBER)))));
    }

    function test_A46_anchorOnlyForward() external {
        FaultDisputeGame older = create(bytes32("older"), NUMBER - 1);
        FaultDisputeGame equal = create(bytes32("equal"), NUMBER);
        resolveAll();
        older.resolveClaim(0, 0);
        older.resolve();
        equal.resolveClaim(0, 0);
        equal.resolve();
        skip(AIRGAP + 1);
        game.closeGame();
        vm.expectRevert(AnchorStateRegistry.AnchorStateRegistry_InvalidAnchorGame.selector);
        registry.setAnchorState(IDisputeGame(address(older)));
        vm.expectRevert(AnchorStateRegistry.AnchorStateRegistry_InvalidAnchorGame.selector);
        registry.setAnchorState(IDisputeGame(address(equal)));
    }

    /// @notice Implementation and clone alike: nobody initializes again.
    function test_R30_initializeOnce() external {
        vm.expectRevert(AlreadyInitialized.selector);
        game.initialize();
        vm.expectRevert();
        implementation.initialize();
        vm.expectRevert();
        factory.initialize(carol);
        ISystemConfig config = weth.systemConfig();
        vm.expectRevert();
        weth.initialize(config);
    }
}
