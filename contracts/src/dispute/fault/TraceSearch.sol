// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ClaimAboveSplit, UnexpectedRootClaim} from "src/dispute/Errors.sol";
import {GameClocks} from "src/dispute/fault/GameClocks.sol";
import {Position} from "src/dispute/Position.sol";
import {Claim, Hash} from "src/dispute/Types.sol";

/// @title TraceSearch
/// @notice Finds the claims that an execution trace starts from and leads to, and hands them to the program as its local
///         preimages.
abstract contract TraceSearch is GameClocks {
    /// @dev What one execution sub-game is about. `startingPosition` 0 stands for the anchor.
    struct Disagreement {
        Claim starting;
        Position startingPosition;
        Claim disputed;
        Position disputedPosition;
    }

    /// @dev Statuses in the top byte of a VM state's hash.
    uint8 private constant VM_VALID = 0;
    uint8 private constant VM_INVALID = 1;
    uint8 private constant VM_PANIC = 2;

    /// @dev Local preimages by identifier.
    uint256 private constant L1_HEAD_HASH = 1;
    uint256 private constant STARTING_OUTPUT_ROOT = 2;
    uint256 private constant DISPUTED_OUTPUT_ROOT = 3;

    /// @notice Loads part of a local preimage into the oracle, for the execution sub-game in which a claim stands.
    /// @param _ident 1 L1 head, 2 starting root, 3 disputed root; from 4 on the kind of game says.
    /// @param _execLeafIdx Index of any claim below the split.
    /// @param _partOffset Offset into the length-prefixed preimage.
    function addLocalData(uint256 _ident, uint256 _execLeafIdx, uint256 _partOffset) external {
        _assertInProgress();
        Disagreement memory about = _findDisagreement(_execLeafIdx);

        bytes32 word;
        uint256 size = 32;
        if (_ident == L1_HEAD_HASH) {
            word = Hash.unwrap(l1Head());
        } else if (_ident == STARTING_OUTPUT_ROOT) {
            word = Claim.unwrap(about.starting);
        } else if (_ident == DISPUTED_OUTPUT_ROOT) {
            word = Claim.unwrap(about.disputed);
        } else {
            // Eight bytes, big-endian, at the left of a word.
            (word, size) = (bytes32(_localNumber(_ident, about.disputedPosition) << 192), 8);
        }
        vm().oracle().loadLocalData(_ident, _localContext(about), word, size, _partOffset);
    }

    /// @dev The claim at or above claim `start` that commits to the trace entry of `position`. `crossSplit`: among all
    ///      ancestors, else only among those of the same execution trace. Panics (0x32) if there is none.
    function _findTraceAncestor(Position position, uint256 start, bool crossSplit)
        internal
        view
        returns (ClaimData storage ancestor)
    {
        Position wanted = crossSplit ? position.traceAncestor() : position.traceAncestorBounded(SPLIT_DEPTH);
        ancestor = claimData[start];
        while (!(ancestor.position == wanted)) ancestor = claimData[ancestor.parentIndex];
    }

    /// @dev The status in an execution trace's root claim must fit to what its claimant says about the output root: the
    ///      program ends VALID if and only if the disputed output is right. Claims at depths of one parity come from one side.
    function _checkExecutionRoot(Claim execRoot, uint256 parentIndex, Position parentPosition, bool isAttack)
        internal
        view
    {
        ClaimData storage disputed = _findTraceAncestor(parentPosition.next(), parentIndex, true);
        bool mustFail = isAttack || disputed.position.depth() % 2 == SPLIT_DEPTH % 2;

        uint8 vmStatus = uint8(Claim.unwrap(execRoot)[0]);
        bool fits = mustFail ? vmStatus == VM_INVALID || vmStatus == VM_PANIC : vmStatus == VM_VALID;
        if (!fits) revert UnexpectedRootClaim(execRoot);
    }

    /// @dev Starting and disputed output of the execution trace in which claim `start` stands.
    function _findDisagreement(uint256 start) internal view returns (Disagreement memory about) {
        uint256 index = start;
        ClaimData storage claim = claimData[index];
        if (claim.position.depth() <= SPLIT_DEPTH) revert ClaimAboveSplit();

        // Up to the output root at the split (`claim`) and the root of the execution trace right below it.
        Position execRoot;
        while (claim.position.depth() > SPLIT_DEPTH) {
            execRoot = claim.position;
            index = claim.parentIndex;
            claim = claimData[index];
        }

        Position output = claim.position;
        bool isAttack = execRoot.parent() == output;
        if (!isAttack) {
            (about.starting, about.startingPosition) = (claim.claim, output);
            claim = _findTraceAncestor(output.next(), index, true);
            (about.disputed, about.disputedPosition) = (claim.claim, claim.position);
        } else {
            (about.disputed, about.disputedPosition) = (claim.claim, output);
            if (output.indexAtDepth() == 0) {
                about.starting = Claim.wrap(Hash.unwrap(_startingProposal.root));
            } else {
                claim = _findTraceAncestor(output.previous(), index, true);
                (about.starting, about.startingPosition) = (claim.claim, claim.position);
            }
        }
    }

    /// @dev Tells the local preimages of different execution sub-games apart. The anchor needs no mention: it is the same
    ///      for the whole game.
    function _localContext(Disagreement memory about) internal pure returns (bytes32) {
        return Position.unwrap(about.startingPosition) == 0
            ? keccak256(abi.encode(about.disputed, about.disputedPosition))
            : keccak256(abi.encode(about));
    }

    /// @dev The local preimages that are numbers of 64 bits, by identifiers from 4 on; fails for any other.
    function _localNumber(uint256 ident, Position disputedPosition) internal view virtual returns (uint256);
}
