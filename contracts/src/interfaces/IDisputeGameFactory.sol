// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Claim, GameType, Timestamp} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";

/// @notice The part of the factory by which a registry checks where a game comes from, and the portal finds one.
interface IDisputeGameFactory {
    function gameAtIndex(uint256 index) external view returns (GameType, Timestamp, IDisputeGame);
    function games(GameType gameType, Claim rootClaim, bytes calldata extraData)
        external
        view
        returns (IDisputeGame, Timestamp);
}
