// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    AlreadyInitialized,
    AnchorRootNotFound,
    BadExtraData,
    GamePaused,
    InvalidChallengePeriod,
    InvalidClockExtension,
    UnexpectedRootClaim,
    UnknownChainId
} from "src/dispute/Errors.sol";
import {SuperFaultDisputeGame} from "src/dispute/SuperFaultDisputeGame.sol";
import {BondDistributionMode, Claim, GameType, Hash} from "src/dispute/Types.sol";
import {Encoding_InvalidSuperRootVersion} from "src/libraries/SuperRoot.sol";
import {SuperGame} from "test/dispute/super/SuperGame.sol";

/// @notice What is a super game's own: creation, its arguments, and that a pause stops closed games too.
contract SuperFaultDisputeGameTest is SuperGame {
    SuperFaultDisputeGame private sup;

    function setUp() public override {
        super.setUp();
        sup = SuperFaultDisputeGame(address(game));
    }

    function test_views() external view {
        bytes memory superRoot = encode(ROOT, NUMBER);
        assertEq(superRoot.length, 9 + 2 * 64);
        assertEq(sup.version(), "0.7.2");
        assertEq(sup.gameCreator(), alice);
        assertEq(Claim.unwrap(sup.rootClaim()), keccak256(superRoot));
        assertEq(Hash.unwrap(sup.l1Head()), blockhash(block.number - 1));
        assertEq(GameType.unwrap(sup.gameType()), 9);
        assertEq(sup.extraData(), superRoot);
        assertEq(sup.l2SequenceNumber(), NUMBER);
        assertEq(Claim.unwrap(sup.absolutePrestate()), PRESTATE);
        assertEq(address(sup.vm()), address(stepper));
        assertEq(address(sup.anchorStateRegistry()), address(registry));
        assertEq(address(sup.weth()), address(weth));
        (GameType gameType, Claim claim, bytes memory extraData) = sup.gameData();
        assertEq(abi.encode(gameType, claim, extraData), abi.encode(9, keccak256(superRoot), superRoot));
        (Hash anchor, uint256 number) = sup.startingProposal();
        assertEq(Hash.unwrap(anchor), ANCHOR_ROOT);
        assertEq(Hash.unwrap(sup.startingRootHash()), ANCHOR_ROOT);
        assertEq(number, ANCHOR_NUMBER);
        assertEq(sup.startingSequenceNumber(), ANCHOR_NUMBER);
        assertTrue(sup.wasRespectedGameTypeWhenCreated());
    }

    /// @notice Known answer: version 1, timestamp 2^32 + 5, one chain 10 with output root 0x11…11, hashed by the formula of
    ///         the specification with another implementation of Keccak.
    function test_superRoot_knownAnswer() external {
        bytes memory superRoot = abi.encodePacked(hex"01", hex"0000000100000005", uint256(10), bytes32(uint256(type(uint256).max / 15)));
        assertEq(superRoot.length, 73);
        SuperFaultDisputeGame made =
            proposeAs(0x63094f061d519d38751384ded76ca05bd5001affe44c89dc36084a02dacd144d, superRoot);
        assertEq(made.l2SequenceNumber(), (1 << 32) + 5);
    }

    /// @notice Slots as in the target; unlike other games nothing about a block number.
    function test_storage() external {
        uint256 slot0 = uint256(vm.load(address(sup), 0));
        assertEq(uint64(slot0), block.timestamp);
        assertEq(slot0 >> 136, 1); // initialized
        assertEq(uint256(vm.load(address(sup), bytes32(uint256(1)))), 1); // claimData
        assertEq(vm.load(address(sup), bytes32(uint256(7))), ANCHOR_ROOT);
        assertEq(uint256(vm.load(address(sup), bytes32(uint256(8)))), ANCHOR_NUMBER);
        assertEq(uint256(vm.load(address(sup), bytes32(uint256(9)))), 1); // wasRespected
        assertEq(uint256(vm.load(address(sup), keccak256(abi.encode(alice, 10)))), INIT_BOND); // refundModeCredit
        attack(bob, 0, claimOf(1));
        resolveAll();
        assertEq(uint256(vm.load(address(sup), keccak256(abi.encode(bob, 2)))), sup.normalModeCredit(bob));
        assertEq(uint256(vm.load(address(sup), keccak256(abi.encode(1, 5)))), 1); // resolvedSubgames
        skip(AIRGAP + 1);
        sup.claimCredit(bob);
        assertEq(uint256(vm.load(address(sup), keccak256(abi.encode(bob, 11)))), 1); // hasUnlockedCredit
        assertEq(uint256(vm.load(address(sup), bytes32(uint256(12)))), 1); // NORMAL
    }

    function test_rootClaimByChainId() external {
        assertEq(Claim.unwrap(sup.rootClaimByChainId(CHAIN_ID)), ROOT);
        assertEq(Claim.unwrap(sup.rootClaimByChainId(OTHER_CHAIN)), keccak256(abi.encode("other", ROOT)));
        vm.expectRevert(UnknownChainId.selector);
        sup.rootClaimByChainId(0);
        // The arguments behind the super root are no chain.
        vm.expectRevert(UnknownChainId.selector);
        sup.rootClaimByChainId(uint256(PRESTATE));
        // Neither order nor duplicates are checked: the first counts.
        bytes memory odd = abi.encodePacked(uint8(1), uint64(NUMBER), uint256(5), ROOT, uint256(2), bytes32("b"));
        odd = abi.encodePacked(odd, uint256(5), bytes32("c"));
        assertEq(Claim.unwrap(propose(odd).rootClaimByChainId(5)), ROOT);
    }

    function testFuzz_rootClaimByChainId(uint8 chains, uint256 asked) external {
        uint256 count = bound(chains, 1, 127);
        bytes memory superRoot = abi.encodePacked(uint8(1), uint64(NUMBER));
        for (uint256 i = 0; i < count; i++) {
            superRoot = abi.encodePacked(superRoot, i * 3, keccak256(abi.encode(i)));
        }
        SuperFaultDisputeGame made = propose(superRoot);
        assertEq(made.extraData(), superRoot);
        assertEq(address(made.weth()), address(weth));
        asked = bound(asked, 0, 400);
        if (asked % 3 == 0 && asked < 3 * count) {
            assertEq(Claim.unwrap(made.rootClaimByChainId(asked)), keccak256(abi.encode(asked / 3)));
        } else {
            vm.expectRevert(UnknownChainId.selector);
            made.rootClaimByChainId(asked);
        }
    }

    function testFuzz_initialize_length(uint256 length) external {
        length = bound(length, 0, 600);
        bytes memory superRoot = new bytes(length);
        if (length > 0) superRoot[0] = 0x01;
        if (length > 8) superRoot[7] = 0xff; // timestamp
        bool fits = length >= 73 && (length - 9) % 64 == 0;
        if (!fits) vm.expectRevert(BadExtraData.selector);
        propose(superRoot);
    }

    /// @notice Every byte of the super root is bound by the root claim.
    function testFuzz_initialize_tamperedSuperRoot(uint256 at, uint8 change) external {
        bytes memory superRoot = encode(ROOT, NUMBER + 1);
        bytes32 claim = keccak256(superRoot);
        at = bound(at, 0, superRoot.length - 1);
        vm.assume(change != 0);
        superRoot[at] ^= bytes1(change);
        vm.expectRevert(at == 0 ? Encoding_InvalidSuperRootVersion.selector : BadExtraData.selector);
        proposeAs(claim, superRoot);
    }

    /// @notice Each check in the presence of all that come after it.
    function test_initialize_order() external {
        bytes32 invalid = keccak256("invalid");
        assertEq(invalid, 0xffd7db0f9d5cdeb49c4c9eba649d4dc6d852d64671e65488e57f58584992ac68);
        bytes memory old = encode(ROOT, ANCHOR_NUMBER);
        bytes memory versionTwo = encode(ROOT, ANCHOR_NUMBER);
        versionTwo[0] = 0x02;
        oracle.setChallengePeriod(uint256(type(uint64).max) + 1);
        vm.store(address(registry), bytes32(uint256(3)), 0); // the anchor's root
        setArgs(superArgs(CHAIN_ID));

        vm.expectRevert(BadExtraData.selector);
        proposeAs(invalid, "short");
        vm.expectRevert(SuperFaultDisputeGame.SuperFaultDisputeGameInvalidRootClaim.selector);
        proposeAs(invalid, versionTwo);
        vm.expectRevert(Encoding_InvalidSuperRootVersion.selector);
        proposeAs(ROOT, versionTwo);
        vm.expectRevert(BadExtraData.selector);
        proposeAs(ROOT, old);
        vm.expectRevert(AnchorRootNotFound.selector);
        propose(old);
        vm.store(address(registry), bytes32(uint256(3)), ANCHOR_ROOT);
        vm.expectRevert(InvalidChallengePeriod.selector);
        propose(old);
        oracle.setChallengePeriod(CLOCK);
        vm.expectRevert(InvalidClockExtension.selector);
        propose(old);
        oracle.setChallengePeriod(PERIOD);
        vm.expectRevert(SuperFaultDisputeGame.NoChainIdNeeded.selector);
        propose(old);
        setArgs(superArgs(0));
        vm.expectRevert(abi.encodeWithSelector(UnexpectedRootClaim.selector, keccak256(old)));
        propose(old);
        propose(encode(ROOT, ANCHOR_NUMBER + 1));
        vm.expectRevert(AlreadyInitialized.selector);
        sup.initialize();
    }

    /// @notice A timestamp is 64 bits wide: the greatest is one like any other.
    function test_initialize_greatestTimestamp() external {
        assertEq(propose(encode(ROOT, type(uint64).max)).l2SequenceNumber(), type(uint64).max);
    }

    /// @notice Other games keep paying through a pause once they are closed as far as the bank lets them; these do not.
    function test_closeGame_pauseFirst() external {
        resolveAll();
        skip(AIRGAP + 1);
        sup.closeGame();
        sup.closeGame();
        assertEq(uint8(sup.bondDistributionMode()), uint8(BondDistributionMode.NORMAL));
        (Hash anchor, uint256 number) = registry.getAnchorRoot();
        assertEq(Hash.unwrap(anchor), root);
        assertEq(number, NUMBER);

        vm.prank(guardian);
        superchainConfig.pause(address(0));
        vm.expectRevert(GamePaused.selector);
        sup.closeGame();
        vm.expectRevert(GamePaused.selector);
        sup.claimCredit(alice);
        vm.prank(guardian);
        superchainConfig.unpause(address(0));
        sup.claimCredit(alice);
    }

    function setArgs(bytes memory args) private {
        vm.startPrank(owner);
        factory.setImplementation(SUPER_CANNON_KONA, factory.gameImpls(SUPER_CANNON_KONA), args);
        vm.stopPrank();
    }
}
