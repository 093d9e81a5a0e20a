// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {GameStatus, GameType, Hash, Proposal} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "src/interfaces/IDisputeGameFactory.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {AnchorStateRegistry} from "src/registry/AnchorStateRegistry.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {GameTest} from "test/dispute/GameTest.sol";

/// @notice Says it is a game that the factory made.
contract Impostor {
    IDisputeGame private immutable original;

    constructor(IDisputeGame original_) {
        original = original_;
    }

    fallback(bytes calldata data) external returns (bytes memory) {
        (bool success, bytes memory returned) = address(original).staticcall(data);
        require(success);
        return returned;
    }
}

contract AnchorStateRegistryTest is GameTest {
    bytes4 private immutable INVALID = AnchorStateRegistry.AnchorStateRegistry_InvalidAnchorGame.selector;
    bytes4 private immutable UNAUTHORIZED = AnchorStateRegistry.AnchorStateRegistry_Unauthorized.selector;

    IDisputeGame private self;

    function setUp() public override {
        super.setUp();
        self = IDisputeGame(address(game));
    }

    function finish(FaultDisputeGame which) private returns (IDisputeGame) {
        game = which;
        resolveAll();
        skip(AIRGAP + 1);
        return IDisputeGame(address(which));
    }

    function asGuardian() private {
        vm.prank(guardian);
    }

    function newRegistry(address caller) private returns (AnchorStateRegistry made) {
        made = AnchorStateRegistry(newProxy());
        AnchorStateRegistry impl = new AnchorStateRegistry(AIRGAP);
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(made)), address(impl));
        vm.prank(caller);
        initialize(made, ANCHOR_ROOT, ANCHOR_NUMBER);
    }

    function initialize(AnchorStateRegistry target, bytes32 root, uint256 number) private {
        target.initialize(
            ISystemConfig(address(systemConfig)),
            IDisputeGameFactory(address(factory)),
            Proposal(Hash.wrap(root), number),
            CANNON_KONA
        );
    }

    /// @notice Lets the registry be initialized again, as an upgrade would.
    function reinitialize(bytes32 root, uint256 number) private {
        bytes32 word = vm.load(address(registry), 0);
        vm.store(address(registry), 0, bytes32(uint256(word) >> 8 << 8));
        vm.prank(owner);
        initialize(registry, root, number);
    }

    function expectAnchor(bytes32 root, uint256 number) private view {
        (Hash anchorRoot, uint256 anchorNumber) = registry.getAnchorRoot();
        assertEq(Hash.unwrap(anchorRoot), root);
        assertEq(anchorNumber, number);
        (anchorRoot, anchorNumber) = registry.anchors(GameType.wrap(77));
        assertEq(Hash.unwrap(anchorRoot), root);
        assertEq(anchorNumber, number);
    }

    function test_initialState() external view {
        expectAnchor(ANCHOR_ROOT, ANCHOR_NUMBER);
        assertEq(registry.version(), "3.9.0");
        assertEq(registry.initVersion(), 1);
        assertEq(registry.disputeGameFinalityDelaySeconds(), AIRGAP);
        assertEq(GameType.unwrap(registry.respectedGameType()), 8);
        assertEq(registry.retirementTimestamp(), START);
        assertEq(address(registry.systemConfig()), address(systemConfig));
        assertEq(address(registry.superchainConfig()), address(superchainConfig));
        assertEq(address(registry.disputeGameFactory()), address(factory));
        assertEq(address(registry.anchorGame()), address(0));
        assertFalse(registry.paused());
        assertEq(Hash.unwrap(registry.getStartingAnchorRoot().root), ANCHOR_ROOT);
    }

    function test_initialize_access() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        initialize(registry, ANCHOR_ROOT, 1);
        assertEq(newRegistry(owner).retirementTimestamp(), block.timestamp);
        assertEq(newRegistry(address(proxyAdmin)).retirementTimestamp(), block.timestamp);

        AnchorStateRegistry made = AnchorStateRegistry(newProxy());
        AnchorStateRegistry impl = new AnchorStateRegistry(AIRGAP);
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(made)), address(impl));
        vm.prank(alice);
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        initialize(made, ANCHOR_ROOT, 1);
    }

    /// @notice Guard before access: also strangers are told that it is done.
    function test_initialize_guardFirst() external {
        vm.prank(alice);
        vm.expectRevert("Initializable: contract is already initialized");
        initialize(registry, ANCHOR_ROOT, 1);
    }

    function test_reinitialize() external {
        reinitialize(bytes32(uint256(1)), 5); // no anchor game yet: anything goes, also backwards
        expectAnchor(bytes32(uint256(1)), 5);
        assertEq(registry.retirementTimestamp(), START);

        registry.setAnchorState(finish(game));
        reinitialize(bytes32(uint256(1)), 5); // unchanged: the game stays
        expectAnchor(ROOT, NUMBER);

        bytes32 word = vm.load(address(registry), 0);
        vm.store(address(registry), 0, bytes32(uint256(word) >> 8 << 8));
        vm.startPrank(owner);
        vm.expectRevert(INVALID);
        initialize(registry, bytes32(uint256(2)), NUMBER);
        vm.expectRevert(INVALID);
        initialize(registry, bytes32(uint256(1)), 6);
        initialize(registry, bytes32(uint256(2)), NUMBER + 1);
        vm.stopPrank();
        expectAnchor(bytes32(uint256(2)), NUMBER + 1);
        assertEq(address(registry.anchorGame()), address(0));
    }

    function testFuzz_guardianOnly(address caller) external {
        vm.assume(caller != guardian && caller != address(proxyAdmin));
        vm.startPrank(caller);
        vm.expectRevert(UNAUTHORIZED);
        registry.setRespectedGameType(GameType.wrap(1));
        vm.expectRevert(UNAUTHORIZED);
        registry.updateRetirementTimestamp();
        vm.expectRevert(UNAUTHORIZED);
        registry.blacklistDisputeGame(self);
    }

    function test_guardianActs() external {
        asGuardian();
        vm.expectEmit(address(registry));
        emit AnchorStateRegistry.RespectedGameTypeSet(GameType.wrap(1));
        registry.setRespectedGameType(GameType.wrap(1));
        assertEq(GameType.unwrap(registry.respectedGameType()), 1);

        asGuardian();
        vm.expectEmit(address(registry));
        emit AnchorStateRegistry.DisputeGameBlacklisted(self);
        registry.blacklistDisputeGame(self);
        assertTrue(registry.disputeGameBlacklist(self));
        assertTrue(registry.isGameBlacklisted(self));
        assertFalse(registry.isGameProper(self));

        skip(5);
        asGuardian();
        vm.expectEmit(address(registry));
        emit AnchorStateRegistry.RetirementTimestampSet(block.timestamp);
        registry.updateRetirementTimestamp();
        assertEq(registry.retirementTimestamp(), block.timestamp);
    }

    function test_registered() external {
        assertTrue(registry.isGameRegistered(self));
        assertTrue(registry.isGameProper(self));
        IDisputeGame impostor = IDisputeGame(address(new Impostor(self)));
        assertFalse(registry.isGameRegistered(impostor));
        assertFalse(registry.isGameProper(impostor));
    }

    function test_contractThatIsNoGame() external {
        vm.expectRevert();
        registry.isGameRegistered(IDisputeGame(address(weth)));
        vm.expectRevert();
        registry.setAnchorState(IDisputeGame(address(weth)));
    }

    /// @notice A game of the same second is retired, one of the next is not.
    function test_retired_sameBlock() external {
        asGuardian();
        registry.updateRetirementTimestamp();
        assertTrue(registry.isGameRetired(self));
        IDisputeGame same = IDisputeGame(address(create(bytes32(uint256(1)), NUMBER)));
        assertTrue(registry.isGameRetired(same));
        skip(1);
        IDisputeGame next = IDisputeGame(address(create(bytes32(uint256(2)), NUMBER)));
        assertFalse(registry.isGameRetired(next));
        assertTrue(registry.isGameProper(next));
        assertFalse(registry.isGameProper(self));
    }

    function test_respected_isOfCreation() external {
        asGuardian();
        registry.setRespectedGameType(GameType.wrap(1));
        assertTrue(registry.isGameRespected(self));
        assertFalse(registry.isGameRespected(IDisputeGame(address(create(bytes32(uint256(1)), NUMBER)))));
    }

    function test_resolvedAndFinalized() external {
        assertFalse(registry.isGameResolved(self));
        assertFalse(registry.isGameFinalized(self));
        resolveAll();
        assertTrue(registry.isGameResolved(self));
        skip(AIRGAP);
        assertFalse(registry.isGameFinalized(self));
        assertFalse(registry.isGameClaimValid(self));
        skip(1);
        assertTrue(registry.isGameFinalized(self));
        assertTrue(registry.isGameClaimValid(self));
    }

    /// @notice Both what a game says about its end must agree.
    function test_resolved_needsTimeAndStatus() external {
        bytes memory resolvedAt = abi.encodeCall(IDisputeGame.resolvedAt, ());
        bytes memory status = abi.encodeCall(IDisputeGame.status, ());
        vm.mockCall(address(game), resolvedAt, abi.encode(1));
        assertFalse(registry.isGameResolved(self));
        vm.mockCall(address(game), status, abi.encode(GameStatus.CHALLENGER_WINS));
        assertTrue(registry.isGameResolved(self));
        vm.mockCall(address(game), resolvedAt, abi.encode(0));
        assertFalse(registry.isGameResolved(self));
    }

    function test_proper_paused() external {
        asGuardian();
        superchainConfig.pause(address(portal));
        assertTrue(registry.paused());
        assertFalse(registry.isGameProper(self));
        asGuardian();
        superchainConfig.unpause(address(portal));
        assertTrue(registry.isGameProper(self));
    }

    /// @notice Valid only if every single condition holds: each is broken alone.
    function test_claimValid_eachCondition() external {
        finish(game);
        assertTrue(registry.isGameClaimValid(self));
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < 6; i++) {
            if (i == 0) {
                asGuardian();
                registry.blacklistDisputeGame(self);
            } else if (i == 1) {
                asGuardian();
                registry.updateRetirementTimestamp();
            } else if (i == 2) {
                asGuardian();
                superchainConfig.pause(address(0));
            } else if (i == 3) {
                vm.mockCall(
                    address(game), abi.encodeCall(IDisputeGame.wasRespectedGameTypeWhenCreated, ()), abi.encode(false)
                );
            } else if (i == 4) {
                bytes memory wins = abi.encode(GameStatus.CHALLENGER_WINS);
                vm.mockCall(address(game), abi.encodeCall(IDisputeGame.status, ()), wins);
            } else {
                vm.mockCall(address(game), abi.encodeCall(IDisputeGame.resolvedAt, ()), abi.encode(block.timestamp));
            }
            assertFalse(registry.isGameClaimValid(self));
            vm.expectRevert(INVALID);
            registry.setAnchorState(self);
            vm.clearMockedCalls();
            vm.revertToState(snapshot);
            snapshot = vm.snapshotState();
        }
        registry.setAnchorState(self);
    }

    function test_setAnchorState_mustBeNewer() external {
        FaultDisputeGame first = game;
        FaultDisputeGame equal = create(bytes32(uint256(1)), NUMBER);
        FaultDisputeGame newer = create(bytes32(uint256(2)), NUMBER + 1);
        vm.expectRevert(INVALID);
        registry.setAnchorState(self);
        finish(first);
        game = equal;
        equal.resolveClaim(0, 0);
        equal.resolve();
        newer.resolveClaim(0, 0);
        newer.resolve();
        skip(AIRGAP + 1);

        vm.expectEmit(address(registry));
        emit AnchorStateRegistry.AnchorUpdated(self);
        vm.prank(carol); // anyone may
        registry.setAnchorState(self);
        expectAnchor(ROOT, NUMBER);
        vm.expectRevert(INVALID);
        registry.setAnchorState(self);
        vm.expectRevert(INVALID);
        registry.setAnchorState(IDisputeGame(address(equal)));
        registry.setAnchorState(IDisputeGame(address(newer)));
        expectAnchor(bytes32(uint256(2)), NUMBER + 1);
        assertEq(registry.getStartingAnchorRoot().l2SequenceNumber, ANCHOR_NUMBER);
    }

    /// @notice The anchor survives what the guardian does to its game, and new games can still be made, won and anchored.
    function test_blacklistedAnchorStaysAndProgressGoesOn() external {
        registry.setAnchorState(finish(game));
        asGuardian();
        registry.blacklistDisputeGame(self);
        asGuardian();
        registry.updateRetirementTimestamp();
        expectAnchor(ROOT, NUMBER);
        skip(1);
        FaultDisputeGame next = create(bytes32(uint256(2)), NUMBER + 1);
        assertEq(next.startingBlockNumber(), NUMBER);
        registry.setAnchorState(finish(next));
        expectAnchor(bytes32(uint256(2)), NUMBER + 1);
    }

    /// @notice Running games keep the anchor they started from.
    function test_runningGameKeepsItsAnchor() external {
        FaultDisputeGame running = create(bytes32(uint256(2)), NUMBER + 1);
        registry.setAnchorState(finish(game));
        assertEq(running.startingBlockNumber(), ANCHOR_NUMBER);
        assertEq(Hash.unwrap(running.startingRootHash()), ANCHOR_ROOT);
    }
}
