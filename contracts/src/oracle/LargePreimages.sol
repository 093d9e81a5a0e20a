// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Keccak, StateMatrix} from "src/oracle/Keccak.sol";
import {LargePreimageMetadata} from "src/oracle/LargePreimageMetadata.sol";
import {PreimageKey} from "src/oracle/PreimageKey.sol";
import {InvalidProof, PartOffsetOOB, PreimageParts} from "src/oracle/PreimageParts.sol";

/// @title LargePreimages
/// @notice Keccak preimages too large for one transaction. A claimant posts the data block by block with the hash of
///         Keccak's state after each block; anyone can show one wrong state within the challenge period and takes the
///         bond; afterwards the digest stands and one part of the data can be read.
abstract contract LargePreimages is PreimageParts {
    error InvalidPreimage();
    error InvalidInputSize();
    error WrongStartingBlock();
    error StatesNotContiguous();
    error PostStateMatches();
    error TreeSizeOverflow();
    error AlreadyFinalized();
    error ActiveProposal();
    error BadProposal();
    error NotInitialized();
    error AlreadyInitialized();
    error NotEOA();
    error InsufficientBond();
    error BondTransferFailed();

    /// @notice A block of the padded input, its index, and the hash of Keccak's state after it.
    struct Leaf {
        bytes input;
        uint256 index;
        bytes32 stateCommitment;
    }

    struct ProposalKey {
        address claimant;
        uint256 uuid;
    }

    uint256 public constant MIN_BOND_SIZE = 0.25 ether;
    /// @notice Levels of the tree of leaves.
    uint256 public constant KECCAK_TREE_DEPTH = 16;
    /// @notice The last leaf of an incremental tree stays empty.
    uint256 public constant MAX_LEAF_COUNT = 2 ** KECCAK_TREE_DEPTH - 1;

    uint256 private immutable CHALLENGE_PERIOD;
    uint256 private immutable MIN_PROPOSAL_SIZE;

    /// @notice Roots of empty trees of height 0 to 15.
    bytes32[KECCAK_TREE_DEPTH] public zeroHashes;
    ProposalKey[] public proposals;
    /// @notice The left siblings on the way of the next leaf, as in the beacon chain's deposit contract.
    mapping(address claimant => mapping(uint256 uuid => bytes32[KECCAK_TREE_DEPTH])) public proposalBranches;
    mapping(address claimant => mapping(uint256 uuid => LargePreimageMetadata)) public proposalMetadata;
    mapping(address claimant => mapping(uint256 uuid => uint256)) public proposalBonds;
    /// @notice The part that is stored when the proposal stands.
    mapping(address claimant => mapping(uint256 uuid => bytes32)) public proposalParts;
    /// @notice L1 blocks in which leaves were added.
    mapping(address claimant => mapping(uint256 uuid => uint64[])) public proposalBlocks;

    /// @param minProposalSize_ Least size of a proposal, in bytes.
    /// @param challengePeriod_ Seconds; must fit into 64 bits, in which games compute their clocks.
    constructor(uint256 minProposalSize_, uint256 challengePeriod_) {
        require(challengePeriod_ <= type(uint64).max, "PreimageOracle: challenge period too large");
        MIN_PROPOSAL_SIZE = minProposalSize_;
        CHALLENGE_PERIOD = challengePeriod_;
        for (uint256 height = 1; height < KECCAK_TREE_DEPTH; ++height) {
            bytes32 below = zeroHashes[height - 1];
            zeroHashes[height] = keccak256(abi.encode(below, below));
        }
    }

    function challengePeriod() external view returns (uint256) {
        return CHALLENGE_PERIOD;
    }

    function minProposalSize() external view returns (uint256) {
        return MIN_PROPOSAL_SIZE;
    }

    function proposalCount() external view returns (uint256) {
        return proposals.length;
    }

    function proposalBlocksLen(address claimant, uint256 uuid) external view returns (uint256) {
        return proposalBlocks[claimant][uuid].length;
    }

    /// @notice Opens a proposal of the caller. The whole value sent is its bond.
    /// @param uuid The caller's choice, once only.
    /// @param partOffset The part that will be readable.
    /// @param claimedSize Bytes of the preimage.
    function initLPP(uint256 uuid, uint32 partOffset, uint32 claimedSize) external payable {
        if (msg.value < MIN_BOND_SIZE) revert InsufficientBond();
        if (msg.sender != tx.origin) revert NotEOA();
        if (partOffset >= claimedSize + 8) revert PartOffsetOOB();
        if (claimedSize < MIN_PROPOSAL_SIZE) revert InvalidInputSize();
        mapping(uint256 => LargePreimageMetadata) storage own = proposalMetadata[msg.sender];
        LargePreimageMetadata metadata = own[uuid];
        if (metadata.claimedSize() != 0) revert AlreadyInitialized();

        own[uuid] = metadata.withPartOffset(partOffset).withClaimedSize(claimedSize);
        ProposalKey storage added = proposals.push();
        (added.claimant, added.uuid) = (msg.sender, uuid);
        proposalBonds[msg.sender][uuid] = msg.value;
    }

    /// @notice Adds the next blocks of the caller's proposal. Ends with a log without topics of caller and call data, from
    ///         which challengers rebuild the tree.
    /// @param inputStartBlock Index of the first block; must be the number of blocks added before.
    /// @param input Whole blocks of 136 bytes; with `finalize`, whatever is left, unpadded.
    /// @param stateCommitments One for each block.
    /// @param finalize Pads the input and starts the challenge period.
    function addLeavesLPP(
        uint256 uuid,
        uint256 inputStartBlock,
        bytes calldata input,
        bytes32[] calldata stateCommitments,
        bool finalize
    ) external {
        LargePreimageMetadata metadata = proposalMetadata[msg.sender][uuid];
        if (msg.sender != tx.origin) revert NotEOA();
        if (metadata.claimedSize() == 0) revert NotInitialized();
        if (metadata.timestamp() != 0) revert AlreadyFinalized();
        if (metadata.blocksProcessed() != inputStartBlock) revert WrongStartingBlock();
        extractPart(metadata, uuid, input, finalize);

        uint256 blocks = addLeaves(uuid, inputStartBlock, finalize ? Keccak.pad(input) : input, stateCommitments);
        metadata = metadata.withBlocksProcessed(uint32(blocks))
            .withBytesProcessed(uint32(input.length + metadata.bytesProcessed()));
        if (finalize) {
            metadata = metadata.withTimestamp(uint64(block.timestamp));
            if (metadata.bytesProcessed() != metadata.claimedSize()) revert InvalidInputSize();
        }
        proposalBlocks[msg.sender][uuid].push(uint64(block.number));
        proposalMetadata[msg.sender][uuid] = metadata;

        bytes memory record = abi.encodePacked(msg.sender, msg.data);
        assembly ("memory-safe") {
            log0(add(record, 32), mload(record))
        }
    }

    /// @notice Shows that a block's state does not follow from the one before; the caller takes the bond.
    /// @param stateMatrix The state before, of which `preState` has the hash.
    function challengeLPP(
        address claimant,
        uint256 uuid,
        StateMatrix memory stateMatrix,
        Leaf calldata preState,
        bytes32[] calldata preStateProof,
        Leaf calldata postState,
        bytes32[] calldata postStateProof
    ) external {
        bytes32 root = getTreeRootLPP(claimant, uuid);
        requireLeaf(root, preState, preStateProof);
        requireLeaf(root, postState, postStateProof);
        if (commitmentOf(stateMatrix) != preState.stateCommitment) revert InvalidPreimage();
        if (preState.index + 1 != postState.index) revert StatesNotContiguous();
        counter(claimant, uuid, stateMatrix, postState);
    }

    /// @notice As challengeLPP, for the first block, before which the state is zero.
    function challengeFirstLPP(
        address claimant,
        uint256 uuid,
        Leaf calldata postState,
        bytes32[] calldata postStateProof
    ) external {
        requireLeaf(getTreeRootLPP(claimant, uuid), postState, postStateProof);
        if (postState.index != 0) revert StatesNotContiguous();
        StateMatrix memory zero;
        counter(claimant, uuid, zero, postState);
    }

    /// @notice Stores the part of a proposal that stood through its challenge period; the claimant gets the bond back.
    /// @param stateMatrix The state before the last block.
    /// @param preState The last block but one.
    /// @param postState The last block.
    function squeezeLPP(
        address claimant,
        uint256 uuid,
        StateMatrix memory stateMatrix,
        Leaf calldata preState,
        bytes32[] calldata preStateProof,
        Leaf calldata postState,
        bytes32[] calldata postStateProof
    ) external {
        LargePreimageMetadata metadata = proposalMetadata[claimant][uuid];
        if (metadata.countered()) revert BadProposal();
        if (metadata.timestamp() == 0 || block.timestamp - metadata.timestamp() <= CHALLENGE_PERIOD) {
            revert ActiveProposal();
        }
        bytes32 root = getTreeRootLPP(claimant, uuid);
        requireLeaf(root, preState, preStateProof);
        requireLeaf(root, postState, postStateProof);
        if (commitmentOf(stateMatrix) != preState.stateCommitment) revert InvalidPreimage();
        if (preState.index + 1 != postState.index || postState.index != metadata.blocksProcessed() - 1) {
            revert StatesNotContiguous();
        }
        Keccak.absorb(stateMatrix, postState.input);
        Keccak.permute(stateMatrix);
        settle(claimant, uuid, Keccak.squeeze(stateMatrix));
    }

    /// @notice Root of the tree of the leaves added so far.
    function getTreeRootLPP(address owner, uint256 uuid) public view returns (bytes32 root) {
        uint256 size = proposalMetadata[owner][uuid].blocksProcessed();
        for (uint256 height = 0; height < KECCAK_TREE_DEPTH; ++height) {
            root = size >> height & 1 == 1
                ? keccak256(abi.encode(proposalBranches[owner][uuid][height], root))
                : keccak256(abi.encode(root, zeroHashes[height]));
        }
    }

    /// @notice Keeps the proposal's part if it starts in this input. It must lie in one input as a whole, unless the
    ///         stream ends before the part does.
    function extractPart(LargePreimageMetadata metadata, uint256 uuid, bytes calldata input, bool finalize) private {
        uint256 offset = metadata.partOffset();
        uint256 processed = metadata.bytesProcessed();
        if (offset < 8) {
            if (processed != 0) return;
            bytes memory start = abi.encodePacked(uint64(metadata.claimedSize()), wordOf(input, 0));
            proposalParts[msg.sender][uuid] = wordAt(start, offset);
        } else if (offset - 8 >= processed && offset - 8 < processed + input.length) {
            uint256 relative = offset - 8 - processed;
            if (relative + 32 >= input.length && !finalize) revert PartOffsetOOB();
            proposalParts[msg.sender][uuid] = wordOf(input, relative);
        }
    }

    /// @notice Hashes the blocks into the incremental tree and returns how many there are now.
    function addLeaves(uint256 uuid, uint256 blocks, bytes memory padded, bytes32[] calldata commitments)
        private
        returns (uint256)
    {
        uint256 count = padded.length / Keccak.RATE;
        if (padded.length % Keccak.RATE != 0 || commitments.length != count) {
            assembly ("memory-safe") {
                // Not the selector of InvalidInputSize(), from which a digit is missing: so it is deployed.
                mstore(0, 0x07b1daf1)
                revert(28, 4)
            }
        }
        if (blocks + count > MAX_LEAF_COUNT) revert TreeSizeOverflow();
        bytes32[KECCAK_TREE_DEPTH] memory branch = proposalBranches[msg.sender][uuid];
        assembly ("memory-safe") {
            let leaf := mload(0x40)
            let input := add(padded, 32)
            for { let end := add(blocks, count) } lt(blocks, end) {} {
                mcopy(leaf, input, 136)
                mstore(add(leaf, 136), blocks)
                mstore(add(leaf, 168), calldataload(add(commitments.offset, shl(5, sub(count, sub(end, blocks))))))
                let node := keccak256(leaf, 200)
                input := add(input, 136)
                // The leaf makes `blocks` leaves: up to the lowest level on which the node is a left child. There is one
                // below the tree's height, since the last leaf stays empty.
                blocks := add(blocks, 1)
                let at := branch
                for { let rest := blocks } iszero(and(rest, 1)) { rest := shr(1, rest) } {
                    mstore(0, mload(at))
                    mstore(32, node)
                    node := keccak256(0, 64)
                    at := add(at, 32)
                }
                mstore(at, node)
            }
        }
        proposalBranches[msg.sender][uuid] = branch;
        return blocks;
    }

    function counter(address claimant, uint256 uuid, StateMatrix memory matrix, Leaf calldata postState) private {
        Keccak.absorb(matrix, postState.input);
        Keccak.permute(matrix);
        if (commitmentOf(matrix) == postState.stateCommitment) revert PostStateMatches();
        proposalMetadata[claimant][uuid] = proposalMetadata[claimant][uuid].withCountered();
        payBond(claimant, uuid, msg.sender);
    }

    function settle(address claimant, uint256 uuid, bytes32 digest) private {
        LargePreimageMetadata metadata = proposalMetadata[claimant][uuid];
        bytes32 key = PreimageKey.typed(digest, PreimageKey.KECCAK256);
        storePart(key, metadata.partOffset(), proposalParts[claimant][uuid], metadata.claimedSize());
        payBond(claimant, uuid, claimant);
    }

    function commitmentOf(StateMatrix memory matrix) private pure returns (bytes32) {
        return keccak256(abi.encode(matrix));
    }

    /// @notice Fails unless the leaf is in the tree. 16 words are read as the proof whatever length is declared.
    function requireLeaf(bytes32 root, Leaf calldata leaf, bytes32[] calldata proof) private pure {
        bytes32 node = keccak256(abi.encodePacked(leaf.input, leaf.index, leaf.stateCommitment));
        for (uint256 height = 0; height < KECCAK_TREE_DEPTH; ++height) {
            bytes32 sibling;
            assembly ("memory-safe") {
                sibling := calldataload(add(proof.offset, shl(5, height)))
            }
            node = leaf.index >> height & 1 == 1 ? hashPair(sibling, node) : hashPair(node, sibling);
        }
        if (node != root) revert InvalidProof();
    }

    /// @notice A second call for the same proposal pays nothing and does not fail.
    function payBond(address claimant, uint256 uuid, address to) private {
        uint256 bond = proposalBonds[claimant][uuid];
        proposalBonds[claimant][uuid] = 0;
        (bool sent,) = to.call{value: bond}("");
        if (!sent) revert BondTransferFailed();
    }

    /// @notice The 32 bytes of `data` from `offset` on, zero beyond its end.
    function wordOf(bytes calldata data, uint256 offset) private pure returns (bytes32) {
        uint256 end = offset + 32 < data.length ? offset + 32 : data.length;
        return bytes32(data[offset:end]);
    }

    function hashPair(bytes32 left, bytes32 right) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(32, right)
            digest := keccak256(0, 64)
        }
    }
}
