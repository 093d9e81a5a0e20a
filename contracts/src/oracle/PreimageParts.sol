// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {PreimageKey} from "src/oracle/PreimageKey.sol";

/// @notice The part's offset lies at or beyond the end of the stream.
error PartOffsetOOB();
/// @notice A KZG proof, or a Merkle proof of a leaf, does not hold.
error InvalidProof();

/// @title PreimageParts
/// @notice Parts of preimages, each proven when it is loaded. A preimage is read as a stream: its length as 8 bytes,
///         big-endian, then its data. A part is 32 bytes of the stream from an offset on, zero beyond the stream's end.
abstract contract PreimageParts {
    /// @notice Gas kept for the call of a precompile and what follows, in loadPrecompilePreimagePart.
    uint256 public constant PRECOMPILE_CALL_RESERVED_GAS = 100_000;

    /// @notice Length of a preimage's data.
    mapping(bytes32 key => uint256) public preimageLengths;
    mapping(bytes32 key => mapping(uint256 offset => bytes32)) public preimageParts;
    /// @notice Whether the part has been loaded.
    mapping(bytes32 key => mapping(uint256 offset => bool)) public preimagePartOk;

    /// @notice The part at `offset` and how many of its bytes belong to the stream.
    function readPreimage(bytes32 key, uint256 offset) external view returns (bytes32 data, uint256 length) {
        require(preimagePartOk[key][offset], "pre-image must exist");
        uint256 rest = preimageLengths[key] + 8 - offset;
        length = rest < 32 ? rest : 32;
        data = preimageParts[key][offset];
    }

    /// @notice Stores a part of a local preimage, under a key that belongs to the caller and the context alone.
    /// @param ident 1 L1 head, 2 agreed output root, 3 claimed output root, 4 L2 block number, 5 chain id.
    /// @param word The data, left-aligned; bytes after `size` are kept in the part but never read.
    /// @param size Bytes of data, at most 32.
    function loadLocalData(uint256 ident, bytes32 localContext, bytes32 word, uint256 size, uint256 partOffset)
        external
        returns (bytes32 key)
    {
        if (partOffset >= size + 8 || size > 32) revert PartOffsetOOB();
        key = PreimageKey.localize(PreimageKey.typed(bytes32(ident), PreimageKey.LOCAL), localContext);
        storePart(key, partOffset, partOfWord(size, word, partOffset), size);
    }

    /// @notice Stores a part of a preimage of keccak256.
    function loadKeccak256PreimagePart(uint256 partOffset, bytes calldata preimage) external {
        unchecked {
            if (partOffset >= preimage.length + 8) revert PartOffsetOOB();
        }
        bytes32 key;
        bytes32 part;
        assembly ("memory-safe") {
            // The stream. Nothing was written to memory yet: zeros follow.
            let stream := mload(0x40)
            mstore(stream, shl(192, preimage.length))
            calldatacopy(add(stream, 8), preimage.offset, preimage.length)
            // PreimageKey.typed, KECCAK256; written out, as this is the most frequent load.
            key := or(shr(8, shl(8, keccak256(add(stream, 8), preimage.length))), shl(248, 2))
            part := mload(add(stream, partOffset))
        }
        storePart(key, partOffset, part, preimage.length);
    }

    /// @notice Stores a part of a preimage of SHA-256. Fails without data if the precompile runs out of gas.
    function loadSha256PreimagePart(uint256 partOffset, bytes calldata preimage) external {
        unchecked {
            if (partOffset >= preimage.length + 8) revert PartOffsetOOB();
        }
        bytes32 key;
        bytes32 part;
        assembly ("memory-safe") {
            let stream := mload(0x40)
            mstore(stream, shl(192, preimage.length))
            calldatacopy(add(stream, 8), preimage.offset, preimage.length)
            if iszero(staticcall(gas(), 2, add(stream, 8), preimage.length, 0, 32)) { revert(0, 0) }
            // PreimageKey.typed, SHA256.
            key := or(shr(8, shl(8, mload(0))), shl(248, 4))
            part := mload(add(stream, partOffset))
        }
        storePart(key, partOffset, part, preimage.length);
    }

    /// @notice Stores a part of one field element of a blob: the value `y` of the committed polynomial at `z`.
    /// @param commitment KZG commitment; 48 bytes are read whatever length is declared.
    /// @param proof KZG opening proof; 48 bytes are read whatever length is declared.
    function loadBlobPreimagePart(
        uint256 z,
        uint256 y,
        bytes calldata commitment,
        bytes calldata proof,
        uint256 partOffset
    ) external {
        bytes32 hash;
        bool valid;
        assembly ("memory-safe") {
            let input := mload(0x40)
            calldatacopy(0, commitment.offset, 48)
            if iszero(staticcall(gas(), 2, 0, 48, input, 32)) {
                // ShaFailed(), which is no part of the ABI.
                mstore(0, 0xf9112969)
                revert(28, 4)
            }
            // The versioned hash of EIP-4844.
            mstore8(input, 1)
            mstore(add(input, 32), z)
            mstore(add(input, 64), y)
            calldatacopy(add(input, 96), commitment.offset, 48)
            calldatacopy(add(input, 144), proof.offset, 48)
            valid := staticcall(gas(), 10, input, 192, 0, 0)
            // The proof's place is free now: commitment ‖ z.
            mstore(add(input, 144), z)
            hash := keccak256(add(input, 96), 80)
        }
        if (!valid) revert InvalidProof();
        if (partOffset >= 32 + 8) revert PartOffsetOOB();
        storePart(PreimageKey.typed(hash, PreimageKey.BLOB), partOffset, partOfWord(32, bytes32(y), partOffset), 32);
    }

    /// @notice Stores a part of the result of a precompile: one byte, 1 for success, then the returned data.
    /// @param requiredGas What the call costs; the call must get it, so that want of gas is never taken for a failure.
    function loadPrecompilePreimagePart(
        uint256 partOffset,
        address precompile,
        uint64 requiredGas,
        bytes calldata input
    ) external {
        uint256 request;
        bytes32 hash;
        assembly ("memory-safe") {
            request := mload(0x40)
            mstore(request, shl(96, precompile))
            mstore(add(request, 20), shl(192, requiredGas))
            calldatacopy(add(request, 28), input.offset, input.length)
            hash := keccak256(request, add(input.length, 28))
        }
        // A call gets 63 of 64 parts of the gas; no memory may be added between here and the call.
        unchecked {
            if (gasleft() * 63 < uint256(requiredGas) * 64 + PRECOMPILE_CALL_RESERVED_GAS * 63) {
                assembly ("memory-safe") {
                    // NotEnoughGas(), which is no part of the ABI.
                    mstore(0, 0xdd629f86)
                    revert(28, 4)
                }
            }
        }
        bool success;
        uint256 size;
        assembly ("memory-safe") {
            success := staticcall(gas(), precompile, add(request, 28), input.length, 0, 0)
            size := add(returndatasize(), 1)
        }
        unchecked {
            if (partOffset >= size + 8) revert PartOffsetOOB();
        }
        bytes32 part;
        assembly ("memory-safe") {
            // The stream takes the place of the request. What of it reaches beyond the stream is part of what is stored, as
            // it is deployed, and never read: the length says what counts.
            mstore(request, or(shl(192, size), shl(184, success)))
            returndatacopy(add(request, 9), 0, returndatasize())
            part := mload(add(request, partOffset))
        }
        storePart(PreimageKey.typed(hash, PreimageKey.PRECOMPILE), partOffset, part, size);
    }

    /// @notice Marks a part as loaded.
    /// @param length Length of the preimage's data.
    function storePart(bytes32 key, uint256 offset, bytes32 part, uint256 length) internal {
        assembly ("memory-safe") {
            // Solidity's slots of preimagePartOk[key][offset], preimageParts[key][offset] and preimageLengths[key].
            mstore(0, key)
            mstore(32, preimagePartOk.slot)
            let parts := keccak256(0, 64)
            mstore(32, preimageLengths.slot)
            sstore(keccak256(0, 64), length)
            mstore(32, preimageParts.slot)
            mstore(32, keccak256(0, 64))
            mstore(0, offset)
            sstore(keccak256(0, 64), part)
            mstore(32, parts)
            sstore(keccak256(0, 64), 1)
        }
    }

    /// @notice The part at `offset` (at most 39) of a stream of a length and one word.
    function partOfWord(uint256 length, bytes32 word, uint256 offset) private pure returns (bytes32 part) {
        assembly ("memory-safe") {
            // The last 8 bytes of the word and the zeros behind it reach into the free memory pointer, which is less than
            // 2^64 and is put back.
            let free := mload(0x40)
            mstore(0, shl(192, length))
            mstore(8, word)
            mstore(40, 0)
            part := mload(offset)
            mstore(0x40, free)
        }
    }

    /// @notice The 32 bytes of `data` from `offset` on, zero beyond its end.
    /// @param offset Less than the length of `data`.
    function wordAt(bytes memory data, uint256 offset) internal pure returns (bytes32 word) {
        uint256 rest = data.length - offset;
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
        if (rest < 32) word &= ~bytes32(type(uint256).max >> (8 * rest));
    }
}
