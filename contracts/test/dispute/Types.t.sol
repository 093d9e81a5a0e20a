// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {Claim, Clock, GameId, GameType, Timestamp, packClock, packGameId} from "src/dispute/Types.sol";

contract TypesTest is Test {
    function testFuzz_clock(uint64 used, uint64 stopped) external pure {
        Clock clock = packClock(used, stopped);
        assertEq(Clock.unwrap(clock), uint128(bytes16(abi.encodePacked(used, stopped))));
        assertEq(clock.secondsUsed(), used);
        assertEq(clock.stoppedAt(), stopped);
    }

    function testFuzz_gameId(uint32 gameType, uint64 createdAt, address game) external pure {
        GameId id = packGameId(GameType.wrap(gameType), createdAt, game);
        assertEq(GameId.unwrap(id), bytes32(abi.encodePacked(gameType, createdAt, game)));
        (GameType t, Timestamp c, address g) = id.unpack();
        assertEq(GameType.unwrap(t), gameType);
        assertEq(Timestamp.unwrap(c), createdAt);
        assertEq(g, game);
    }

    function testFuzz_comparison(bytes32 a, bytes32 b) external pure {
        assertEq(Claim.wrap(a) == Claim.wrap(b), a == b);
        assertEq(Claim.wrap(a) != Claim.wrap(b), a != b);
        assertTrue(Claim.wrap(a) == Claim.wrap(a));
    }

    /// @notice Types that differ by 256 are different: nothing is cut to a byte.
    function testFuzz_gameTypesDiffer(uint32 t, uint8 k) external pure {
        vm.assume(k != 0);
        unchecked {
            assertFalse(GameType.wrap(t) == GameType.wrap(t + uint32(k) * 256));
        }
    }
}
