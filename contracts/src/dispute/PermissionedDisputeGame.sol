// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {BadAuth} from "src/dispute/Errors.sol";
import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {Claim} from "src/dispute/Types.sol";

/// @title PermissionedDisputeGame
/// @notice A FaultDisputeGame that only one proposer may start, and in which only the proposer and one challenger play.
///         What decides and pays (resolution, local data, block number, closing) stays open to everybody.
contract PermissionedDisputeGame is FaultDisputeGame {
    modifier onlyPlayers() {
        if (msg.sender != proposer() && msg.sender != challenger()) revert BadAuth();
        _;
    }

    constructor(GameConstructorParams memory _params) FaultDisputeGame(_params) {}

    function version() external pure override returns (string memory) {
        return "2.4.0";
    }

    /// @notice The proposer must have signed the transaction; through which contract it came does not matter.
    function initialize() public payable override {
        super.initialize();
        if (tx.origin != proposer()) revert BadAuth();
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

    function proposer() public pure returns (address proposer_) {
        proposer_ = _argAddress(super._argsByteCount());
    }

    function challenger() public pure returns (address challenger_) {
        challenger_ = _argAddress(super._argsByteCount() + 20);
    }

    function _argsByteCount() internal pure override returns (uint256) {
        return super._argsByteCount() + 40;
    }
}
