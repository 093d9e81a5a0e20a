// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    AlreadyInitialized,
    BadExtraData,
    InvalidLocalIdent,
    L2BlockNumberChallenged,
    UnexpectedRootClaim
} from "src/dispute/Errors.sol";
import {Bisection} from "src/dispute/fault/Bisection.sol";
import {BlockNumberChallenge} from "src/dispute/fault/BlockNumberChallenge.sol";
import {FaultGameConfig} from "src/dispute/fault/FaultGameConfig.sol";
import {Position} from "src/dispute/Position.sol";
import {Hash} from "src/dispute/Types.sol";
import {ISemver} from "src/interfaces/ISemver.sol";

/// @title FaultDisputeGame
/// @notice A game about one output root: above the split a claim is the output root of an L2 block, below it the state of
///         a VM that derives one block. Used through clones of the factory only.
/// @dev The order of the bases is the order of their variables in storage.
contract FaultDisputeGame is BlockNumberChallenge, Bisection, ISemver {
    /// @dev Local preimages by identifier.
    uint256 private constant DISPUTED_L2_BLOCK_NUMBER = 4;
    uint256 private constant CHAIN_ID = 5;

    constructor(GameConstructorParams memory _params) FaultGameConfig(_params) {}

    function version() external pure virtual returns (string memory) {
        return "2.4.2";
    }

    /// @notice Starts the game with the root claim of its creator. Called by the factory right after cloning.
    function initialize() public payable virtual {
        if (initialized) revert AlreadyInitialized();

        // Selector, arguments, their length: nothing more, nothing less. Else one proposal could be made many times.
        uint256 argsByteCount = _implementationArgs() + _implementationArgsByteCount();
        if (msg.data.length != 4 + argsByteCount + 2) revert BadExtraData();

        uint256 anchorNumber = _startFromAnchor();
        uint256 number = l2BlockNumber();
        if (number <= anchorNumber || number > type(uint64).max) revert UnexpectedRootClaim(rootClaim());

        _checkClockExtensions();
        _start();
    }

    /// @notice The anchor from which both sides start.
    function startingOutputRoot() external view returns (Hash root, uint256 l2SequenceNumber) {
        return (_startingProposal.root, _startingProposal.l2SequenceNumber);
    }

    function startingBlockNumber() external view returns (uint256 startingBlockNumber_) {
        startingBlockNumber_ = _startingProposal.l2SequenceNumber;
    }

    function _assertRootOpen() internal view override {
        if (l2BlockNumberChallenged) revert L2BlockNumberChallenged();
    }

    function _winnerAgainstRoot(address byMoves) internal view virtual override returns (address) {
        return l2BlockNumberChallenged ? l2BlockNumberChallenger : byMoves;
    }

    function _localNumber(uint256 ident, Position disputedPosition) internal view override returns (uint256) {
        if (ident == DISPUTED_L2_BLOCK_NUMBER) return _disputedBlockNumber(disputedPosition);
        if (ident == CHAIN_ID) return l2ChainId();
        revert InvalidLocalIdent();
    }

    /// @dev Number of the block after which the disputed output is claimed; never beyond the proposal.
    function _disputedBlockNumber(Position disputedPosition) private view returns (uint256) {
        uint256 number = _startingProposal.l2SequenceNumber + disputedPosition.traceIndex(SPLIT_DEPTH) + 1;
        uint256 last = l2BlockNumber();
        return number < last ? number : last;
    }
}
