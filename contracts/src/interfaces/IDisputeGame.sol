// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Claim, GameStatus, GameType, Hash, Timestamp} from "src/dispute/Types.sol";

/// @notice What factory, registry and portal use of every dispute game, whatever its rules.
interface IDisputeGame {
    event Resolved(GameStatus indexed status);

    function initialize() external payable;
    function resolve() external returns (GameStatus);

    function createdAt() external view returns (Timestamp);
    function resolvedAt() external view returns (Timestamp);
    function status() external view returns (GameStatus);
    function wasRespectedGameTypeWhenCreated() external view returns (bool);

    function gameType() external view returns (GameType);
    function gameCreator() external view returns (address);
    function rootClaim() external view returns (Claim);
    function rootClaimByChainId(uint256 chainId) external view returns (Claim);
    function l1Head() external view returns (Hash);
    function l2SequenceNumber() external view returns (uint256);
    function extraData() external view returns (bytes memory);
    function gameData() external view returns (GameType, Claim, bytes memory);
}
