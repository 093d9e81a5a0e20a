// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {ClaimTree} from "src/dispute/fault/ClaimTree.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {Position} from "src/dispute/Position.sol";
import {Claim, Clock, Duration} from "src/dispute/Types.sol";
import {Deployment} from "test/Deployment.sol";

/// @notice A small game (depth 8, split at 4) of alice about block 1000 + 12, and short words for playing it.
abstract contract GameTest is Deployment {
    uint256 internal constant MAX_DEPTH = 8;
    uint256 internal constant SPLIT = 4;
    uint64 internal constant EXTENSION = 10_800;
    uint64 internal constant CLOCK = 302_400;
    uint64 internal constant PERIOD = 86_400;
    uint256 internal constant NUMBER = ANCHOR_NUMBER + 12;
    bytes32 internal constant ROOT = bytes32(uint256(0x1007));

    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");

    FaultDisputeGame internal game;
    /// @notice The root claim of `game` as it was set up.
    bytes32 internal root;

    function gameParams() internal pure virtual override returns (FaultGameConfig.GameConstructorParams memory) {
        return FaultGameConfig.GameConstructorParams(MAX_DEPTH, SPLIT, Duration.wrap(EXTENSION), Duration.wrap(CLOCK));
    }

    function setUp() public virtual override {
        super.setUp();
        vm.deal(alice, 10_000 ether);
        vm.deal(bob, 10_000 ether);
        vm.deal(carol, 10_000 ether);
        game = create(ROOT, NUMBER);
        root = Claim.unwrap(game.rootClaim());
    }

    function create(bytes32 output, uint256 number) internal virtual returns (FaultDisputeGame) {
        vm.prank(alice, alice);
        return
            FaultDisputeGame(
                address(factory.create{value: INIT_BOND}(CANNON_KONA, Claim.wrap(output), abi.encode(number)))
            );
    }

    function claimAt(uint256 index) internal view returns (ClaimTree.ClaimData memory data) {
        (data.parentIndex, data.counteredBy, data.claimant, data.bond, data.claim, data.position, data.clock) =
            game.claimData(index);
    }

    function rawClaim(uint256 index) internal view returns (bytes32) {
        return Claim.unwrap(claimAt(index).claim);
    }

    function rawPosition(uint256 index) internal view returns (uint128) {
        return Position.unwrap(claimAt(index).position);
    }

    function usedOf(uint256 index) internal view returns (uint64) {
        return uint64(Clock.unwrap(claimAt(index).clock) >> 64);
    }

    function bondOf(uint256 parentIndex, bool isAttack) internal view returns (uint256) {
        uint128 position = rawPosition(parentIndex);
        return game.getRequiredBond(Position.wrap((isAttack ? position : position | 1) << 1));
    }

    /// @notice A move with the right bond; returns the new claim's index.
    function play(address who, uint256 parentIndex, bytes32 claim, bool isAttack) internal returns (uint256) {
        Claim disputed = claimAt(parentIndex).claim;
        uint256 bond = bondOf(parentIndex, isAttack);
        vm.prank(who, who);
        game.move{value: bond}(disputed, parentIndex, Claim.wrap(claim), isAttack);
        return game.claimDataLen() - 1;
    }

    function attack(address who, uint256 parentIndex, bytes32 claim) internal returns (uint256) {
        return play(who, parentIndex, claim, true);
    }

    function defend(address who, uint256 parentIndex, bytes32 claim) internal returns (uint256) {
        return play(who, parentIndex, claim, false);
    }

    /// @notice Attacks the last claim, bob and alice in turn, until there is one at `depth`; returns its index. Roots of
    ///         execution traces say INVALID.
    function attackDownTo(uint256 depth) internal returns (uint256 index) {
        index = game.claimDataLen() - 1;
        for (uint256 d = claimAt(index).position.depth() + 1; d <= depth; d++) {
            index = attack(d % 2 == 1 ? bob : alice, index, d == SPLIT + 1 ? execRoot(1, d) : claimOf(d));
        }
    }

    function claimOf(uint256 salt) internal pure returns (bytes32) {
        return keccak256(abi.encode("claim", salt));
    }

    /// @notice Root of an execution trace with a status.
    function execRoot(uint8 status, uint256 salt) internal pure returns (bytes32) {
        return bytes32(uint256(status) << 248 | (uint256(claimOf(salt)) >> 8));
    }

    /// @notice Packed VM state that a test claims at a depth, and its hash with status UNFINISHED.
    function stateAt(uint256 depth) internal pure returns (bytes memory) {
        return abi.encode("state", depth);
    }

    function stateClaim(uint256 depth) internal pure returns (bytes32) {
        return (keccak256(stateAt(depth)) << 8 >> 8) | bytes32(uint256(3) << 248);
    }

    function expireClocks() internal {
        skip(CLOCK);
    }

    /// @notice Resolves everything from the last claim up.
    function resolveAll() internal {
        expireClocks();
        for (uint256 i = game.claimDataLen(); i > 0; i--) {
            game.resolveClaim(i - 1, 0);
        }
        game.resolve();
    }

    /// @notice Claims an account's credit after the delay and returns what it was paid.
    function collect(address who) internal returns (uint256) {
        game.claimCredit(who);
        skip(WETH_DELAY);
        uint256 before = who.balance;
        game.claimCredit(who);
        return who.balance - before;
    }
}
