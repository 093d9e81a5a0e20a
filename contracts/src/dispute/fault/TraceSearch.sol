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
        ClaimData storage leaf = claimData[_execLeafIdx];
        Disagreement memory about = _findDisagreement(leaf, leaf.position);

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

    /// @dev The claim at `wanted`, at or above the claim `index` at `position`. Positions of ancestors follow from each
    ///      other; only their indices are read. Panics (0x32) if there is none, by the index of the root's parent.
    function _findAncestor(Position wanted, uint256 index, Position position)
        internal
        view
        returns (ClaimData storage ancestor)
    {
        while (!(position == wanted)) {
            index = claimData[index].parentIndex;
            position = position.countered();
            if (index == NO_PARENT) return claimData[index];
        }
        ancestor = _claimAt(index);
    }

    /// @dev The status in an execution trace's root claim must fit to what its claimant says about the output root: the
    ///      program ends VALID if and only if the disputed output is right. Claims at depths of one parity come from one side.
    function _checkExecutionRoot(Claim execRoot, uint256 parentIndex, Position parentPosition, bool isAttack)
        internal
        view
    {
        Position disputed = parentPosition.next().traceAncestor();
        _findAncestor(disputed, parentIndex, parentPosition);
        bool mustFail = isAttack || disputed.depth() % 2 == SPLIT_DEPTH % 2;

        uint8 vmStatus = uint8(Claim.unwrap(execRoot)[0]);
        bool fits = mustFail ? vmStatus == VM_INVALID || vmStatus == VM_PANIC : vmStatus == VM_VALID;
        if (!fits) revert UnexpectedRootClaim(execRoot);
    }

    /// @dev Starting and disputed output of the execution trace in which claim `claim` at `position` stands.
    function _findDisagreement(ClaimData storage claim, Position position)
        internal
        view
        returns (Disagreement memory about)
    {
        uint256 levels = position.depth();
        if (levels <= SPLIT_DEPTH) revert ClaimAboveSplit();

        // Up to the output root at the split and the root of the execution trace right below it.
        Position execRoot;
        uint256 index;
        for (; levels > SPLIT_DEPTH; levels--) {
            execRoot = position;
            index = claim.parentIndex;
            position = position.countered();
            claim = _claimAt(index);
        }

        bool isAttack = execRoot.parent() == position;
        if (!isAttack) {
            (about.starting, about.startingPosition) = (claim.claim, position);
            about.disputedPosition = position.next().traceAncestor();
            about.disputed = _findAncestor(about.disputedPosition, index, position).claim;
        } else {
            (about.disputed, about.disputedPosition) = (claim.claim, position);
            if (position.indexAtDepth() == 0) {
                about.starting = Claim.wrap(Hash.unwrap(_startingProposal.root));
            } else {
                about.startingPosition = position.previous().traceAncestor();
                about.starting = _findAncestor(about.startingPosition, index, position).claim;
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
