// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {CloneWithArgs} from "src/dispute/CloneWithArgs.sol";
import {
    AlreadyInitialized,
    AnchorRootNotFound,
    BadExtraData,
    InvalidChallengePeriod,
    InvalidClockExtension,
    InvalidSplitDepth,
    MaxDepthTooLarge,
    UnexpectedRootClaim,
    UnknownChainId
} from "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {ClaimTree} from "src/dispute/fault/ClaimTree.sol";
import {
    BondDistributionMode,
    Claim,
    Clock,
    Duration,
    GameStatus,
    GameType,
    Hash,
    Timestamp
} from "src/dispute/Types.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {GameTest} from "test/dispute/GameTest.sol";

/// @notice Constructor and initialize of FaultDisputeGame, and what a new game tells about itself.
contract CreationTest is GameTest {
    uint64 private constant MAX64 = type(uint64).max;

    function config(uint256 max, uint256 split, uint64 extension, uint64 clock) private returns (FaultDisputeGame) {
        return new FaultDisputeGame(
            FaultGameConfig.GameConstructorParams(max, split, Duration.wrap(extension), Duration.wrap(clock))
        );
    }

    /// @notice A clone that was not initialized.
    function bareClone(uint256 number, bytes memory surplus) private returns (FaultDisputeGame) {
        bytes memory args = abi.encodePacked(alice, ROOT, bytes32(uint256(5)), uint32(8), number, gameArgs(), surplus);
        bytes32 salt = keccak256(abi.encode(args, gasleft()));
        return FaultDisputeGame(CloneWithArgs.cloneDeterministic(address(implementation), args, salt));
    }

    function testFuzz_constructor_depths(uint8 max, uint8 split) external {
        bool tooDeep = max > 125;
        bool badSplit = split < 2 || uint256(split) + 1 >= max;
        if (tooDeep || badSplit) {
            vm.expectRevert(tooDeep ? MaxDepthTooLarge.selector : InvalidSplitDepth.selector);
            config(max, split, 1, 2);
            return;
        }
        FaultDisputeGame made = config(max, split, 1, 2);
        assertEq(made.maxGameDepth(), max);
        assertEq(made.splitDepth(), split);
    }

    function testFuzz_constructor_clocks(uint64 extension, uint64 clock) external {
        if (uint256(extension) * 2 > clock) {
            vm.expectRevert(InvalidClockExtension.selector);
            config(8, 4, extension, clock);
            (extension, clock) = (clock / 2, clock);
        }
        FaultDisputeGame made = config(8, 4, extension, clock);
        assertEq(Duration.unwrap(made.clockExtension()), extension);
        assertEq(Duration.unwrap(made.maxClockDuration()), clock);
    }

    function test_constructor_orderOfChecks() external {
        vm.expectRevert(MaxDepthTooLarge.selector);
        config(126, type(uint256).max, MAX64, 1);
        vm.expectRevert(InvalidSplitDepth.selector);
        config(125, type(uint256).max, MAX64, 1);
        vm.expectRevert(InvalidSplitDepth.selector);
        config(125, 124, MAX64, 1);
        vm.expectRevert(InvalidSplitDepth.selector);
        config(125, 1, MAX64, 1);
        vm.expectRevert(InvalidClockExtension.selector);
        config(125, 2, MAX64, MAX64);
        config(125, 123, MAX64 / 2, MAX64);
    }

    /// @notice Every later check is violated too while an earlier one reports.
    function test_initialize_orderOfChecks() external {
        oracle.setChallengePeriod(uint256(MAX64) + 1);
        bytes memory getAnchor = abi.encodeCall(AnchorStateRegistry.getAnchorRoot, ());
        vm.mockCall(address(registry), getAnchor, abi.encode(bytes32(0), ANCHOR_NUMBER));

        FaultDisputeGame made = bareClone(ANCHOR_NUMBER, hex"00");
        vm.expectRevert(BadExtraData.selector);
        made.initialize();

        made = bareClone(ANCHOR_NUMBER, "");
        vm.expectRevert(AnchorRootNotFound.selector);
        made.initialize();

        vm.clearMockedCalls();
        vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, ROOT));
        made.initialize();

        made = bareClone(uint256(MAX64) + 1, "");
        vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, ROOT));
        made.initialize();

        made = bareClone(MAX64, "");
        vm.expectRevert(InvalidChallengePeriod.selector);
        made.initialize();

        oracle.setChallengePeriod(MAX64);
        vm.expectRevert(InvalidClockExtension.selector);
        made.initialize();

        oracle.setChallengePeriod(CLOCK - EXTENSION + 1);
        vm.expectRevert(InvalidClockExtension.selector);
        made.initialize();

        oracle.setChallengePeriod(CLOCK - EXTENSION);
        made.initialize();

        (bool success, bytes memory reason) =
            address(made).call(abi.encodePacked(FaultDisputeGame.initialize.selector, hex"0011"));
        assertFalse(success);
        assertEq(reason, abi.encodePacked(AlreadyInitialized.selector));
    }

    /// @notice Calldata that is longer than selector, arguments and their length is refused as well.
    function testFuzz_initialize_surplusCalldata(bytes calldata surplus) external {
        FaultDisputeGame made = bareClone(NUMBER, "");
        (bool success, bytes memory reason) =
            address(made).call(abi.encodePacked(FaultDisputeGame.initialize.selector, surplus));
        assertEq(success, surplus.length == 0);
        if (!success) assertEq(reason, abi.encodePacked(BadExtraData.selector));
    }

    /// @notice One proposal has one encoding: exactly 32 bytes of extraData.
    function testFuzz_create_extraDataLength(uint256 length) external {
        bytes memory extra = new bytes(bound(length, 0, 4096));
        if (extra.length >= 32) extra[30] = 0xff;
        if (extra.length != 32) vm.expectRevert(BadExtraData.selector);
        vm.prank(alice);
        factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(ROOT), extra);
    }

    function testFuzz_create_blockNumber(uint256 seed, uint256 choice) external {
        uint256[6] memory edges = [0, ANCHOR_NUMBER, ANCHOR_NUMBER + 1, MAX64, uint256(MAX64) + 1, type(uint256).max];
        uint256 number = choice % 7 == 6 ? seed : edges[choice % 7];
        bytes32 root = keccak256(abi.encode(seed));
        if (number <= ANCHOR_NUMBER || number > MAX64) {
            vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, root));
        }
        vm.prank(alice);
        factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(root), abi.encode(number));
    }

    function test_initialize_rootClaim() external view {
        ClaimTree.ClaimData memory root = claimAt(0);
        assertEq(root.parentIndex, type(uint32).max);
        assertEq(root.counteredBy, address(0));
        assertEq(root.claimant, alice);
        assertEq(root.bond, INIT_BOND);
        assertEq(Claim.unwrap(root.claim), ROOT);
        assertEq(rawPosition(0), 1);
        assertEq(Clock.unwrap(root.clock), uint128(block.timestamp));
        assertEq(game.claimDataLen(), 1);
        assertEq(game.refundModeCredit(alice), INIT_BOND);
        assertEq(game.normalModeCredit(alice), 0);
        assertEq(weth.balanceOf(address(game)), INIT_BOND);
        assertEq(address(game).balance, 0);
    }

    function test_views() external view {
        assertEq(game.version(), "2.4.2");
        assertEq(Timestamp.unwrap(game.createdAt()), block.timestamp);
        assertEq(Timestamp.unwrap(game.resolvedAt()), 0);
        assertEq(uint8(game.status()), uint8(GameStatus.IN_PROGRESS));
        assertEq(uint8(game.bondDistributionMode()), uint8(BondDistributionMode.UNDECIDED));
        assertTrue(game.wasRespectedGameTypeWhenCreated());
        assertEq(game.gameCreator(), alice);
        assertEq(Claim.unwrap(game.rootClaim()), ROOT);
        assertEq(Hash.unwrap(game.l1Head()), blockhash(block.number - 1));
        assertEq(GameType.unwrap(game.gameType()), 8);
        assertEq(game.l2BlockNumber(), NUMBER);
        assertEq(game.l2SequenceNumber(), NUMBER);
        assertEq(game.extraData(), abi.encode(NUMBER));
        assertEq(Claim.unwrap(game.absolutePrestate()), PRESTATE);
        assertEq(address(game.vm()), address(stepper));
        assertEq(address(game.anchorStateRegistry()), address(registry));
        assertEq(address(game.weth()), address(weth));
        assertEq(game.l2ChainId(), CHAIN_ID);
        assertEq(game.startingBlockNumber(), ANCHOR_NUMBER);
        assertEq(Hash.unwrap(game.startingRootHash()), ANCHOR_ROOT);
        (Hash root, uint256 number) = game.startingOutputRoot();
        assertEq(Hash.unwrap(root), ANCHOR_ROOT);
        assertEq(number, ANCHOR_NUMBER);
        (GameType gameType, Claim rootClaim, bytes memory extra) = game.gameData();
        assertEq(GameType.unwrap(gameType), 8);
        assertEq(Claim.unwrap(rootClaim), ROOT);
        assertEq(extra, abi.encode(NUMBER));
    }

    function testFuzz_rootClaimByChainId(uint256 id) external {
        assertEq(Claim.unwrap(game.rootClaimByChainId(CHAIN_ID)), ROOT);
        vm.assume(id != CHAIN_ID);
        vm.expectRevert(UnknownChainId.selector);
        game.rootClaimByChainId(id);
    }

    /// @notice Whether the type was respected is decided at creation, for good.
    function test_wasRespected_isFixedAtCreation() external {
        vm.prank(guardian);
        registry.setRespectedGameType(GameType.wrap(1));
        assertTrue(game.wasRespectedGameTypeWhenCreated());
        FaultDisputeGame later = create(bytes32(uint256(2)), NUMBER);
        assertFalse(later.wasRespectedGameTypeWhenCreated());
        vm.prank(guardian);
        registry.setRespectedGameType(CANNON_KONA);
        assertFalse(later.wasRespectedGameTypeWhenCreated());
    }

    /// @notice The creator owns the root claim, not whoever signed the transaction.
    function test_creator_isSenderNotOrigin() external {
        vm.deal(carol, 1 ether);
        vm.prank(carol, bob);
        FaultDisputeGame made = FaultDisputeGame(
            address(factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(bytes32(uint256(9))), abi.encode(NUMBER)))
        );
        assertEq(made.gameCreator(), carol);
        assertEq(made.refundModeCredit(carol), INIT_BOND);
        assertEq(made.refundModeCredit(bob), 0);
    }

    function test_creationInCalm_doesNotDependOnPause() external {
        vm.prank(guardian);
        superchainConfig.pause(address(0));
        create(bytes32(uint256(3)), NUMBER);
    }

    /// @notice Slots as in 2.4.2.
    function test_storageLayout() external {
        attack(bob, 0, claimOf(1));
        uint256 word0 = uint256(vm.load(address(game), 0));
        assertEq(uint64(word0), block.timestamp);
        assertEq(word0 >> 64, 1 << 72, "initialized at byte 17");
        assertEq(uint256(vm.load(address(game), bytes32(uint256(2)))), 2);
        assertEq(vm.load(address(game), bytes32(uint256(8))), ANCHOR_ROOT);
        assertEq(uint256(vm.load(address(game), bytes32(uint256(9)))), ANCHOR_NUMBER);
        assertEq(uint256(vm.load(address(game), bytes32(uint256(10)))), 1);
        // Claim 1: five slots from keccak256(2) + 5.
        uint256 first = uint256(keccak256(abi.encode(2))) + 5;
        assertEq(uint256(vm.load(address(game), bytes32(first + 1))), uint160(bob));
        assertEq(uint256(vm.load(address(game), bytes32(first + 2))), bondOf(0, true));
        assertEq(vm.load(address(game), bytes32(first + 3)), claimOf(1));
        assertEq(uint128(uint256(vm.load(address(game), bytes32(first + 4)))), 2);
    }
}
