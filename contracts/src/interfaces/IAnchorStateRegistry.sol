// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GameType, Hash} from "src/dispute/Types.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "src/interfaces/IDisputeGameFactory.sol";

/// @notice What games and the portal ask the registry.
interface IAnchorStateRegistry {
    function getAnchorRoot() external view returns (Hash root, uint256 l2SequenceNumber);
    function respectedGameType() external view returns (GameType);
    function retirementTimestamp() external view returns (uint64);
    function disputeGameFactory() external view returns (IDisputeGameFactory);
    function disputeGameBlacklist(IDisputeGame game) external view returns (bool);
    function disputeGameFinalityDelaySeconds() external view returns (uint256);
    function paused() external view returns (bool);
    function isGameFinalized(IDisputeGame game) external view returns (bool);
    function isGameRespected(IDisputeGame game) external view returns (bool);
    function isGameClaimValid(IDisputeGame game) external view returns (bool);
    function isGameProper(IDisputeGame game) external view returns (bool);
    function setAnchorState(IDisputeGame game) external;
}
