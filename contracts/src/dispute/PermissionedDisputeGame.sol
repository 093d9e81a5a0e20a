// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {GameArgs} from "src/dispute/fault/GameArgs.sol";
import {Players} from "src/dispute/fault/Players.sol";
import {Claim} from "src/dispute/Types.sol";

/// @title PermissionedDisputeGame
/// @notice A FaultDisputeGame that only one proposer may start, and in which only the proposer and one challenger play.
///         What decides and pays (resolution, local data, block number, closing) stays open to everybody.
contract PermissionedDisputeGame is FaultDisputeGame, Players {
    constructor(GameConstructorParams memory _params) FaultDisputeGame(_params) {}

    function version() external pure override returns (string memory) {
        return "2.4.0";
    }

    function initialize() public payable override {
        super.initialize();
        _assertFromProposer();
    }

    function move(Claim _disputed, uint256 _challengeIndex, Claim _claim, bool _isAttack)
        public
        payable
        override
        onlyPlayers
    {
        super.move(_disputed, _challengeIndex, _claim, _isAttack);
    }

    function step(uint256 _claimIndex, bool _isAttack, bytes calldata _stateData, bytes calldata _proof)
        public
        override
        onlyPlayers
    {
        super.step(_claimIndex, _isAttack, _stateData, _proof);
    }

    function _implementationArgsByteCount() internal pure override(GameArgs, Players) returns (uint256) {
        return super._implementationArgsByteCount();
    }
}
