// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Packed description of a large preimage proposal, from the high end: timestamp (64 bits; when its last block was
///         added, 0 before), part offset (32), claimed size (32), blocks processed (32, with the padding), bytes
///         processed (32, without), countered (64).
type LargePreimageMetadata is bytes32;

using LargePreimageMetadataFields for LargePreimageMetadata global;

/// @title LargePreimageMetadataFields
library LargePreimageMetadataFields {
    uint256 private constant TIMESTAMP = 192;
    uint256 private constant PART_OFFSET = 160;
    uint256 private constant CLAIMED_SIZE = 128;
    uint256 private constant BLOCKS_PROCESSED = 96;
    uint256 private constant BYTES_PROCESSED = 64;

    function timestamp(LargePreimageMetadata m) internal pure returns (uint64) {
        return uint64(uint256(LargePreimageMetadata.unwrap(m)) >> TIMESTAMP);
    }

    function withTimestamp(LargePreimageMetadata m, uint64 value) internal pure returns (LargePreimageMetadata) {
        return replace(m, TIMESTAMP, type(uint64).max, value);
    }

    function partOffset(LargePreimageMetadata m) internal pure returns (uint32) {
        return uint32(uint256(LargePreimageMetadata.unwrap(m)) >> PART_OFFSET);
    }

    function withPartOffset(LargePreimageMetadata m, uint32 value) internal pure returns (LargePreimageMetadata) {
        return replace(m, PART_OFFSET, type(uint32).max, value);
    }

    function claimedSize(LargePreimageMetadata m) internal pure returns (uint32) {
        return uint32(uint256(LargePreimageMetadata.unwrap(m)) >> CLAIMED_SIZE);
    }

    function withClaimedSize(LargePreimageMetadata m, uint32 value) internal pure returns (LargePreimageMetadata) {
        return replace(m, CLAIMED_SIZE, type(uint32).max, value);
    }

    function blocksProcessed(LargePreimageMetadata m) internal pure returns (uint32) {
        return uint32(uint256(LargePreimageMetadata.unwrap(m)) >> BLOCKS_PROCESSED);
    }

    function withBlocksProcessed(LargePreimageMetadata m, uint32 value) internal pure returns (LargePreimageMetadata) {
        return replace(m, BLOCKS_PROCESSED, type(uint32).max, value);
    }

    function bytesProcessed(LargePreimageMetadata m) internal pure returns (uint32) {
        return uint32(uint256(LargePreimageMetadata.unwrap(m)) >> BYTES_PROCESSED);
    }

    function withBytesProcessed(LargePreimageMetadata m, uint32 value) internal pure returns (LargePreimageMetadata) {
        return replace(m, BYTES_PROCESSED, type(uint32).max, value);
    }

    function countered(LargePreimageMetadata m) internal pure returns (bool) {
        return uint64(uint256(LargePreimageMetadata.unwrap(m))) != 0;
    }

    function withCountered(LargePreimageMetadata m) internal pure returns (LargePreimageMetadata) {
        return replace(m, 0, type(uint64).max, 1);
    }

    function replace(LargePreimageMetadata m, uint256 shift, uint256 mask, uint256 value)
        private
        pure
        returns (LargePreimageMetadata)
    {
        uint256 rest = uint256(LargePreimageMetadata.unwrap(m)) & ~(mask << shift);
        return LargePreimageMetadata.wrap(bytes32(rest | value << shift));
    }
}
