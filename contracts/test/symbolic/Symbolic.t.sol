// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {BondCurve} from "src/dispute/fault/BondCurve.sol";
import {Position} from "src/dispute/Position.sol";
import {Clock, GameId, GameType, Timestamp, packClock, packGameId} from "src/dispute/Types.sol";
import {LargePreimageMetadata} from "src/oracle/LargePreimageMetadata.sol";
import {PreimageKey} from "src/oracle/PreimageKey.sol";
import {SubWord} from "src/vm/SubWord.sol";

/// @notice Properties for all inputs, proven by halmos (`cargo xtask prove`, which pins its version). Positions are of depth
///         up to 125; claims but the root have even ones. Forge takes no part: the functions are no tests of its own.
contract Properties {
    function valid(Position position) private pure returns (uint256 p) {
        p = Position.unwrap(position);
        require(p != 0 && p < 1 << 126);
    }

    function ofClaim(Position position) private pure returns (uint256 p) {
        p = valid(position);
        require(p == 1 || p % 2 == 0);
    }

    // --- positions --------------------------------------------------------------------------------------------------

    function check_depthIsTheHighestBit(Position position) external pure {
        uint256 p = valid(position);
        uint256 depth = position.depth();
        assert(p >> depth == 1);
    }

    function check_indexAtDepthIsTheRest(Position position) external pure {
        uint256 p = valid(position);
        assert(position.indexAtDepth() + (uint256(1) << position.depth()) == p);
    }

    function check_attackIsTheLeftChild(Position position) external pure {
        uint256 p = valid(position);
        assert(Position.unwrap(position.move(true)) == 2 * p);
    }

    function check_defenceIsBesideTheParent(Position position) external pure {
        uint256 p = ofClaim(position);
        require(p != 1);
        assert(Position.unwrap(position.move(false)) == 2 * (p + 1));
    }

    function check_movesAreEven(Position position, bool isAttack) external pure {
        valid(position);
        assert(Position.unwrap(position.move(isAttack)) % 2 == 0);
    }

    function check_movesGoDownOneLevel(Position position, bool isAttack) external pure {
        valid(position);
        assert(position.move(isAttack).depth() == position.depth() + 1);
    }

    function check_attackAndDefenceDiffer(Position position) external pure {
        require(ofClaim(position) != 1);
        assert(Position.unwrap(position.move(true)) != Position.unwrap(position.move(false)));
    }

    /// @notice What makes the walk up the tree by arithmetic right.
    function check_counteredUndoesMove(Position position, bool isAttack) external pure {
        uint256 p = ofClaim(position);
        assert(Position.unwrap(position.move(isAttack).countered()) == p);
    }

    function check_parentOfChildren(Position position) external pure {
        uint256 p = valid(position);
        assert(Position.unwrap(Position.wrap(uint128(2 * p)).parent()) == p);
        assert(Position.unwrap(Position.wrap(uint128(2 * p + 1)).parent()) == p);
    }

    function check_nextAndPreviousAreInverse(Position position) external pure {
        uint256 p = valid(position);
        assert(Position.unwrap(position.next().previous()) == p);
    }

    // A division by a value that the solver does not know: beyond 2^12 it takes too long. What it says about trailing ones
    // does not depend on how many bits stand before them; forge tries the whole range (test/dispute/Position.t.sol).

    function small(Position position) private pure returns (uint256 p) {
        p = valid(position);
        require(p < 1 << 12);
    }

    function check_traceAncestorIsAnAncestor(Position position) external pure {
        uint256 p = small(position);
        Position ancestor = position.traceAncestor();
        uint256 levels = position.depth() - ancestor.depth();
        assert(p >> levels == Position.unwrap(ancestor));
    }

    function check_traceAncestorHasTheSameTraceIndex(Position position) external pure {
        small(position);
        uint256 depth = position.depth();
        assert(position.traceAncestor().traceIndex(depth) == position.traceIndex(depth));
    }

    function check_traceAncestorIsHighest(Position position) external pure {
        small(position);
        uint256 ancestor = Position.unwrap(position.traceAncestor());
        assert(ancestor == 1 || ancestor % 2 == 0);
    }

    function check_boundedAncestorStaysBelow(Position position) external pure {
        valid(position);
        require(position.depth() > 30);
        assert(position.traceAncestorBounded(30).depth() > 30);
    }

    function check_rightIndexIsADescendant(Position position) external pure {
        uint256 p = valid(position);
        uint256 depth = position.depth();
        require(depth <= 73);
        assert(Position.unwrap(position.rightIndex(73)) >> (73 - depth) == p);
    }

    // --- clocks, ids, keys ------------------------------------------------------------------------------------------

    function check_clockRoundTrip(uint64 used, uint64 stopped) external pure {
        Clock clock = packClock(used, stopped);
        assert(clock.secondsUsed() == used && clock.stoppedAt() == stopped);
    }

    /// @notice The extension: never more than the clock, and at least the extension is left.
    function check_extensionIsLeft(uint64 used, uint64 extension, uint64 max) external pure {
        require(extension <= max && used < max);
        uint64 most = max - extension;
        uint64 kept = used > most ? most : used;
        assert(max - kept >= extension && kept <= used);
    }

    function check_gameIdRoundTrip(uint32 gameType, uint64 at, address game) external pure {
        (GameType t, Timestamp time, address found) = packGameId(GameType.wrap(gameType), at, game).unpack();
        assert(GameType.unwrap(t) == gameType && Timestamp.unwrap(time) == at && found == game);
    }

    function check_keyHasItsType(bytes32 hash, uint8 keyType) external pure {
        bytes32 key = PreimageKey.typed(hash, keyType);
        assert(PreimageKey.typeOf(key) == keyType && uint248(uint256(key)) == uint248(uint256(hash)));
    }

    function check_keysOfTypesDiffer(bytes32 a, bytes32 b, uint8 x, uint8 y) external pure {
        require(x != y);
        assert(PreimageKey.typed(a, x) != PreimageKey.typed(b, y));
    }

    function check_metadataFieldsAreApart(bytes32 word, uint64 time, uint32 offset) external pure {
        LargePreimageMetadata before = LargePreimageMetadata.wrap(word);
        LargePreimageMetadata changed = before.withTimestamp(time).withPartOffset(offset);
        assert(changed.timestamp() == time && changed.partOffset() == offset);
        assert(changed.claimedSize() == before.claimedSize() && changed.blocksProcessed() == before.blocksProcessed());
        assert(changed.bytesProcessed() == before.bytesProcessed() && changed.countered() == before.countered());
    }

    function check_metadataSizes(bytes32 word, uint32 size, uint32 blocks, uint32 bytes_) external pure {
        LargePreimageMetadata before = LargePreimageMetadata.wrap(word);
        LargePreimageMetadata changed = before.withClaimedSize(size).withBlocksProcessed(blocks).withBytesProcessed(bytes_);
        assert(changed.claimedSize() == size && changed.blocksProcessed() == blocks && changed.bytesProcessed() == bytes_);
        assert(changed.timestamp() == before.timestamp() && changed.partOffset() == before.partOffset());
        assert(changed.withCountered().countered() && changed.withCountered().timestamp() == before.timestamp());
    }

    // --- bytes of words ---------------------------------------------------------------------------------------------

    function check_insertThenSelect(uint64 word, uint64 addr, uint64 value) external pure {
        assert(SubWord.select(SubWord.insert(word, addr, 4, value), addr, 4) == value & 0xffffffff);
    }

    function check_insertKeepsTheRest(uint64 word, uint64 addr, uint64 value) external pure {
        uint64 other = addr ^ 4;
        assert(SubWord.select(SubWord.insert(word, addr, 4, value), other, 4) == SubWord.select(word, other, 4));
    }

    function check_signExtension(uint64 value) external pure {
        uint64 extended = SubWord.signExtend32(value);
        uint64 high = extended >> 32;
        assert(uint32(extended) == uint32(value));
        assert(high == (value >> 31 & 1 == 1 ? 0xffffffff : 0));
    }

    // --- twins: properties that are wrong, of which the tool must say so ----------------------------------------------

    function check_twin_defenceOfAnyPosition(Position position) external pure {
        uint256 p = valid(position);
        assert(Position.unwrap(position.move(false)) == 2 * (p + 1));
    }

    /// @notice The walk up works for claims, which have even positions, and not for any.
    function check_twin_counteredOfAnyPosition(Position position, bool isAttack) external pure {
        uint256 p = valid(position);
        assert(Position.unwrap(position.move(isAttack).countered()) == p);
    }

    function check_twin_traceAncestorIsAbove(Position position) external pure {
        small(position);
        assert(position.traceAncestor().depth() < position.depth());
    }

    function check_twin_boundedAncestorAtTheBound(Position position) external pure {
        valid(position);
        require(position.depth() > 30);
        assert(position.traceAncestorBounded(30).depth() > 31);
    }

    function check_twin_clockHalvesExchanged(uint64 used, uint64 stopped) external pure {
        Clock clock = packClock(used, stopped);
        assert(clock.secondsUsed() == stopped);
    }

    function check_twin_gameIdForgetsTheType(uint32 gameType, uint64 at, address game) external pure {
        assert(GameId.unwrap(packGameId(GameType.wrap(gameType), at, game)) == GameId.unwrap(packGameId(GameType.wrap(0), at, game)));
    }

    function check_twin_keysOfOneTypeDiffer(bytes32 a, bytes32 b, uint8 x) external pure {
        require(a != b);
        assert(PreimageKey.typed(a, x) != PreimageKey.typed(b, x));
    }

    function check_twin_partOffsetMovesTheTime(bytes32 word, uint32 offset) external pure {
        LargePreimageMetadata before = LargePreimageMetadata.wrap(word);
        assert(before.withPartOffset(offset).timestamp() != before.timestamp());
    }

    function check_twin_insertIntoTheOtherHalf(uint64 word, uint64 addr, uint64 value) external pure {
        assert(SubWord.select(SubWord.insert(word, addr, 4, value), addr ^ 4, 4) == value & 0xffffffff);
    }
}

/// @notice The curve over all depths there are, which leaves nothing to be proven about them.
contract BondCurveProperties {
    function test_curveRisesByARootAtEachDepth() external pure {
        for (uint256 max = 4; max < 126; max++) {
            int256 growth = BondCurve.growth(max);
            uint256 last;
            for (uint256 depth = 0; depth <= max; depth++) {
                uint256 bond = BondCurve.bond(depth, growth);
                assert(bond > last && bond <= 60 ether && bond % 200 gwei == 0);
                last = bond;
            }
            assert(BondCurve.bond(0, growth) == 0.08 ether && last > 59.99 ether);
        }
    }
}
