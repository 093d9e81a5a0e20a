// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    AnchorRootNotFound,
    CannotDefendRootClaim,
    ClaimAlreadyExists,
    DuplicateStep,
    GameDepthExceeded,
    IncorrectBondAmount,
    InvalidChallengePeriod,
    InvalidClockExtension,
    InvalidDisputedClaimIndex,
    InvalidParent,
    InvalidPrestate,
    ValidStep
} from "src/dispute/Errors.sol";
import {BondCurve} from "src/dispute/fault/BondCurve.sol";
import {Payout} from "src/dispute/fault/Payout.sol";
import {Resolution} from "src/dispute/fault/Resolution.sol";
import {TraceSearch} from "src/dispute/fault/TraceSearch.sol";
import {Position, ROOT_POSITION} from "src/dispute/Position.sol";
import {Claim, Clock, Hash, Timestamp, currentTime} from "src/dispute/Types.sol";

/// @title Bisection
/// @notice A game over a trace of roots whose steps are executed by a VM: players bisect first over the roots, from the
///         split depth down over the states of the VM, until one instruction is left, which the VM contract executes. Its
///         start, moves and steps stand here, everything else in the contracts that it is made of. What the root claim
///         is about is for the contracts that inherit this one.
abstract contract Bisection is TraceSearch, Resolution, Payout {
    /// @notice Claims that the disputed claim is wrong already in the left half of what it commits to.
    /// @param _disputed The claim that stands at `_parentIndex`; guards against a reorg that put another one there.
    function attack(Claim _disputed, uint256 _parentIndex, Claim _claim) external payable {
        move(_disputed, _parentIndex, _claim, true);
    }

    /// @notice Claims that the disputed claim is right up to its own position, but its parent is wrong further right.
    function defend(Claim _disputed, uint256 _parentIndex, Claim _claim) external payable {
        move(_disputed, _parentIndex, _claim, false);
    }

    /// @notice Counters a claim by another one, backed by the bond that its position requires.
    function move(Claim _disputed, uint256 _challengeIndex, Claim _claim, bool _isAttack) public payable virtual {
        _assertInProgress();
        ClaimData storage parent = claimData[_challengeIndex];
        if (parent.claim != _disputed) revert InvalidDisputedClaimIndex();

        Position parentPosition = parent.position;
        Position position = parentPosition.move(_isAttack);
        uint256 depth = position.depth();

        // Nothing lies to the right of the root claim, nor of the root of an execution trace.
        bool isDefenceOfRoot = !_isAttack && (_challengeIndex == 0 || depth == SPLIT_DEPTH + 2);
        if (isDefenceOfRoot) revert CannotDefendRootClaim();
        if (_challengeIndex == 0) _assertRootOpen();
        if (depth > MAX_GAME_DEPTH) revert GameDepthExceeded();
        if (depth == SPLIT_DEPTH + 1) _checkExecutionRoot(_claim, _challengeIndex, parentPosition, _isAttack);
        if (msg.value != BondCurve.bond(depth, BOND_GROWTH)) revert IncorrectBondAmount();

        Clock clock = _clockOfMove(parent, depth);

        Hash key = _claimKey(_claim, position, _challengeIndex);
        if (claims[key]) revert ClaimAlreadyExists();
        claims[key] = true;

        subgames[_challengeIndex].push(_pushClaim(uint32(_challengeIndex), msg.sender, _claim, position, clock));
        _takeBond(msg.sender);
        emit Move(_challengeIndex, _claim, msg.sender);
    }

    /// @notice Counters a claim at the greatest depth by executing one instruction. Needs no bond and earns the claim's.
    /// @param _isAttack Whether the claim itself is the state after the instruction (and wrong), or the state before it
    ///        (and the one after it, an ancestor, is wrong).
    /// @param _stateData Packed VM state before the instruction.
    /// @param _proof What the VM needs to execute it.
    function step(uint256 _claimIndex, bool _isAttack, bytes calldata _stateData, bytes calldata _proof)
        public
        virtual
    {
        _assertInProgress();
        ClaimData storage claim = claimData[_claimIndex];
        Position position = claim.position;
        (Claim pre, Claim post, bool sameSide) = _statesOfStep(claim, position, _isAttack);

        // The status byte of a claimed state before the step proves nothing: it is not compared.
        if (keccak256(_stateData) << 8 != Claim.unwrap(pre) << 8) revert InvalidPrestate();

        bytes32 context = _localContext(_findDisagreement(claim, position));
        bool postIsRight = vm().step(_stateData, _proof, context) == Claim.unwrap(post);
        // A step may only show what hurts the side of the claim.
        if (sameSide == postIsRight) revert ValidStep();

        if (claim.counteredBy != address(0)) revert DuplicateStep();
        claim.counteredBy = msg.sender;
    }

    /// @notice Wei to be sent with a move to a position.
    function getRequiredBond(Position _position) external view returns (uint256 requiredBond_) {
        uint256 depth = _position.depth();
        if (depth > MAX_GAME_DEPTH) revert GameDepthExceeded();
        requiredBond_ = BondCurve.bond(depth, BOND_GROWTH);
    }

    /// @dev Fails when no more moves against the root claim are admitted.
    function _assertRootOpen() internal view virtual {}

    /// @dev Remembers the anchor, once and for all, and returns its number.
    function _startFromAnchor() internal returns (uint256) {
        (Hash root, uint256 number) = anchorStateRegistry().getAnchorRoot();
        if (Hash.unwrap(root) == 0) revert AnchorRootNotFound();
        (_startingProposal.root, _startingProposal.l2SequenceNumber) = (root, number);
        return number;
    }

    /// @dev Starts the game with the root claim of its creator.
    function _start() internal {
        address creator = gameCreator();
        _pushClaim(NO_PARENT, creator, rootClaim(), ROOT_POSITION, _stopClock(0));
        (initialized, createdAt) = (true, Timestamp.wrap(currentTime()));
        _takeBond(creator);
        wasRespectedGameTypeWhenCreated = anchorStateRegistry().respectedGameType() == gameType();
    }

    /// @dev The claims about the states before and after the instruction by which claim `claim` at `position` may be
    ///      countered, and whether the latter comes from the side of `claim`: claims at depths of the same parity do.
    function _statesOfStep(ClaimData storage claim, Position position, bool isAttack)
        private
        view
        returns (Claim pre, Claim post, bool sameSide)
    {
        Position stepPosition = position.move(isAttack);
        if (stepPosition.depth() != MAX_GAME_DEPTH + 1) revert InvalidParent();

        if (!isAttack) {
            Position after_ = position.next().traceAncestorBounded(SPLIT_DEPTH);
            post = _findAncestor(after_, claim.parentIndex, position.countered()).claim;
            return (claim.claim, post, (MAX_GAME_DEPTH - after_.depth()) % 2 == 0);
        }

        (post, sameSide) = (claim.claim, true);
        bool isFirst = stepPosition.indexAtDepth() % (1 << (MAX_GAME_DEPTH - SPLIT_DEPTH)) == 0;
        if (isFirst) return (absolutePrestate(), post, sameSide);
        Position before = position.previous().traceAncestorBounded(SPLIT_DEPTH);
        pre = _findAncestor(before, claim.parentIndex, position.countered()).claim;
    }

    /// @dev No extension may exceed a whole clock, also not the one that waits for a large preimage.
    function _checkClockExtensions() internal view {
        uint256 challengePeriod = vm().oracle().challengePeriod();
        if (challengePeriod > type(uint64).max) revert InvalidChallengePeriod();

        uint256 atSplit = uint256(CLOCK_EXTENSION) * 2;
        uint256 atLeaf = uint256(CLOCK_EXTENSION) + challengePeriod;
        if ((atSplit > atLeaf ? atSplit : atLeaf) > MAX_CLOCK_DURATION) revert InvalidClockExtension();
    }

    /// @dev Brings the value of the current call to the bank.
    function _takeBond(address from) private {
        refundModeCredit[from] += msg.value;
        weth().deposit{value: msg.value}();
    }
}
