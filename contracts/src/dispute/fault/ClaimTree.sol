// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GameLife} from "src/dispute/fault/GameLife.sol";
import {Position} from "src/dispute/Position.sol";
import {BondDistributionMode, Claim, Clock, Hash, Proposal, currentTime, packClock} from "src/dispute/Types.sol";

/// @title ClaimTree
/// @notice The claims of a game, who countered whom, and what is owed to whom: all further storage of a game. Rules stand
///         in the contracts that inherit this one.
abstract contract ClaimTree is GameLife {
    /// @param parentIndex Index of the claim that this one counters; NO_PARENT for the root.
    /// @param counteredBy Whoever won against this claim, by a step or on resolution; zero if nobody has.
    /// @param claimant Who made the claim.
    /// @param bond Wei staked.
    /// @param clock Time used by the claimant's side, and when the claim stopped it.
    struct ClaimData {
        uint32 parentIndex;
        address counteredBy;
        address claimant;
        uint128 bond;
        Claim claim;
        Position position;
        Clock clock;
    }

    /// @notice How far the resolution of a subgame has come, when its children are too many for one transaction.
    /// @param initialCheckpointComplete The first page was processed.
    /// @param subgameIndex Number of children processed.
    /// @param leftmostPosition Left-most uncountered child so far; 2^128 - 1 if there is none.
    /// @param counteredBy Claimant of that child.
    struct ResolutionCheckpoint {
        bool initialCheckpointComplete;
        uint32 subgameIndex;
        Position leftmostPosition;
        address counteredBy;
    }

    uint32 internal constant NO_PARENT = type(uint32).max;

    /// @notice All claims in the order in which they were made; the root is 0.
    ClaimData[] public claimData;

    /// @notice Wei owed to each account by the result of the game.
    mapping(address => uint256) public normalModeCredit;

    /// @notice Claims made, by hash of claim, position and parent: none can be made twice.
    mapping(Hash => bool) public claims;

    /// @notice Indices of the claims that counter a claim.
    mapping(uint256 => uint256[]) public subgames;

    mapping(uint256 => bool) public resolvedSubgames;

    mapping(uint256 => ResolutionCheckpoint) public resolutionCheckpoints;

    /// @dev The anchor at the time of creation: agreed by both sides.
    Proposal internal _startingProposal;

    /// @notice Whether the game's type was the respected one when the game was created.
    bool public wasRespectedGameTypeWhenCreated;

    /// @notice Wei that each account has put into the game.
    mapping(address => uint256) public refundModeCredit;

    /// @notice Accounts whose credit is on its way through the delay of the bank.
    mapping(address => bool) public hasUnlockedCredit;

    BondDistributionMode public bondDistributionMode;

    event Move(uint256 indexed parentIndex, Claim indexed claim, address indexed claimant);

    /// @notice Root of the anchor.
    function startingRootHash() external view returns (Hash startingRootHash_) {
        startingRootHash_ = _startingProposal.root;
    }

    function claimDataLen() external view returns (uint256 len_) {
        len_ = claimData.length;
    }

    /// @dev Appends a claim that is backed by the value of the current call and returns its index. Each of its five slots
    ///      is written once.
    function _pushClaim(uint32 parentIndex, address claimant, Claim claim, Position position, Clock clock)
        internal
        returns (uint256 index)
    {
        index = claimData.length;
        ClaimData storage added = _claimAt(index);
        assembly ("memory-safe") {
            sstore(claimData.slot, add(index, 1))
            sstore(added.slot, parentIndex)
            sstore(add(added.slot, 1), claimant)
            sstore(add(added.slot, 2), callvalue())
            sstore(add(added.slot, 3), claim)
            sstore(add(added.slot, 4), or(shl(128, clock), position))
        }
    }

    /// @dev A claim whose index comes from the tree itself, so that nothing needs to be checked.
    function _claimAt(uint256 index) internal pure returns (ClaimData storage claim) {
        assembly ("memory-safe") {
            mstore(0, claimData.slot)
            claim.slot := add(keccak256(0, 32), mul(index, 5))
        }
    }

    /// @dev A clock that is stopped now.
    function _stopClock(uint64 secondsUsed) internal view returns (Clock) {
        return packClock(secondsUsed, currentTime());
    }

    /// @dev Hash of 64 bytes: the claim; position and parent index in a half word each.
    function _claimKey(Claim claim, Position position, uint256 parentIndex) internal pure returns (Hash) {
        return Hash.wrap(keccak256(abi.encodePacked(claim, position, uint128(parentIndex))));
    }
}
