// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

// Value types of dispute games. Each is one ABI word of the underlying type; the names exist so that the compiler
// refuses to mix them. Positions have rules of their own: see Position.sol.

/// @notice What a player asserts at a position: an output root, or the hash of a VM state with its status in the top byte.
type Claim is bytes32;

/// @notice A keccak256 hash that is not a claim.
type Hash is bytes32;

/// @notice Which kind of game: prover, program and rules. 0 Cannon, 1 permissioned Cannon, 8 Cannon with kona.
type GameType is uint32;

/// @notice Registry entry of a game: game type (4 bytes), creation time (8), address (20), from the top.
type GameId is bytes32;

/// @notice Seconds since the epoch.
type Timestamp is uint64;

/// @notice Seconds.
type Duration is uint64;

/// @notice A chess clock: seconds used in the high half, the time at which it was stopped in the low half.
type Clock is uint128;

enum GameStatus {
    IN_PROGRESS,
    CHALLENGER_WINS,
    DEFENDER_WINS
}

/// @notice How a closed game pays: by its result, or back to whoever paid in.
enum BondDistributionMode {
    UNDECIDED,
    NORMAL,
    REFUND
}

/// @notice An agreed state of the L2 chain: its root and its height (block number, or timestamp for super roots).
struct Proposal {
    Hash root;
    uint256 l2SequenceNumber;
}

using {claimEq as ==, claimNeq as !=} for Claim global;
using {gameTypeEq as ==} for GameType global;
using {secondsUsed, stoppedAt} for Clock global;
using {unpack} for GameId global;

function claimEq(Claim a, Claim b) pure returns (bool) {
    return Claim.unwrap(a) == Claim.unwrap(b);
}

function claimNeq(Claim a, Claim b) pure returns (bool) {
    return Claim.unwrap(a) != Claim.unwrap(b);
}

function gameTypeEq(GameType a, GameType b) pure returns (bool) {
    return GameType.unwrap(a) == GameType.unwrap(b);
}

function packClock(uint64 used, uint64 stopped) pure returns (Clock) {
    return Clock.wrap((uint128(used) << 64) | stopped);
}

function secondsUsed(Clock clock) pure returns (uint64) {
    return uint64(Clock.unwrap(clock) >> 64);
}

function stoppedAt(Clock clock) pure returns (uint64) {
    return uint64(Clock.unwrap(clock));
}

function packGameId(GameType gameType, uint64 createdAt, address game) pure returns (GameId) {
    return
        GameId.wrap(bytes32((uint256(GameType.unwrap(gameType)) << 224) | (uint256(createdAt) << 160) | uint160(game)));
}

function unpack(GameId id) pure returns (GameType gameType, Timestamp createdAt, address game) {
    uint256 word = uint256(GameId.unwrap(id));
    gameType = GameType.wrap(uint32(word >> 224));
    createdAt = Timestamp.wrap(uint64(word >> 160));
    game = address(uint160(word));
}

/// @notice The time of the current block as games store it.
function currentTime() view returns (uint64) {
    return uint64(block.timestamp);
}
