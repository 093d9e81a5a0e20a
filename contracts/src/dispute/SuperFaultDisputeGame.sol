// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    AlreadyInitialized,
    BadExtraData,
    GamePaused,
    InvalidLocalIdent,
    UnexpectedRootClaim
} from "src/dispute/Errors.sol";
import {Bisection} from "src/dispute/fault/Bisection.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {SuperGameArgs} from "src/dispute/fault/SuperGameArgs.sol";
import {Position} from "src/dispute/Position.sol";
import {BondDistributionMode, Claim, Hash} from "src/dispute/Types.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {SuperRoot} from "src/libraries/SuperRoot.sol";

/// @title SuperFaultDisputeGame
/// @notice A game about a super root, the states of several chains at one time: above the split a claim is a super root, or
///         a state on the way from one to the next, 128 of them for each second. Used through clones of the factory only.
contract SuperFaultDisputeGame is SuperGameArgs, Bisection, ISemver {
    /// @dev What is right when L1 holds too little data. It has no block that could be proposed.
    bytes32 private constant INVALID_ROOT = keccak256("invalid");

    /// @dev Local preimages by identifier.
    uint256 private constant PROPOSAL_TIMESTAMP = 4;

    error NoChainIdNeeded();
    error SuperFaultDisputeGameInvalidRootClaim();

    constructor(GameConstructorParams memory _params) FaultGameConfig(_params) {}

    function version() external pure virtual returns (string memory) {
        return "0.7.2";
    }

    /// @notice Starts the game with the root claim of its creator. Called by the factory right after cloning.
    function initialize() public payable virtual {
        if (initialized) revert AlreadyInitialized();

        uint256 others = 4 + EXTRA_DATA + _implementationArgsByteCount() + 2;
        if (msg.data.length < others || !SuperRoot.hasLength(msg.data.length - others)) revert BadExtraData();

        bytes32 root = Claim.unwrap(rootClaim());
        if (root == INVALID_ROOT) revert SuperFaultDisputeGameInvalidRootClaim();
        if (SuperRoot.hash(extraData()) != root) revert BadExtraData();

        uint256 anchorTimestamp = _startFromAnchor();
        _checkClockExtensions();
        if (_chainId() != 0) revert NoChainIdNeeded();
        if (l2SequenceNumber() <= anchorTimestamp) revert UnexpectedRootClaim(rootClaim());

        _start();
    }

    /// @notice The anchor from which both sides start.
    function startingProposal() external view returns (Hash root, uint256 l2SequenceNumber) {
        return (_startingProposal.root, _startingProposal.l2SequenceNumber);
    }

    /// @notice Timestamp of the anchor.
    function startingSequenceNumber() external view returns (uint256 startingSequenceNumber_) {
        startingSequenceNumber_ = _startingProposal.l2SequenceNumber;
    }

    /// @dev As for other games, but a pause also stops what is paid by a closed game.
    function _close() internal override returns (BondDistributionMode) {
        if (anchorStateRegistry().paused()) revert GamePaused();
        return super._close();
    }

    function _localNumber(uint256 ident, Position) internal pure override returns (uint256) {
        if (ident != PROPOSAL_TIMESTAMP) revert InvalidLocalIdent();
        return l2SequenceNumber();
    }
}
