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
        store(key, partOffset, abi.encodePacked(uint64(size), word), size);
    }

    /// @notice Stores a part of a preimage of keccak256.
    function loadKeccak256PreimagePart(uint256 partOffset, bytes calldata preimage) external {
        bytes memory stream = streamOf(partOffset, preimage);
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(add(stream, 40), sub(mload(stream), 8))
        }
        store(PreimageKey.typed(hash, PreimageKey.KECCAK256), partOffset, stream, preimage.length);
    }

    /// @notice Stores a part of a preimage of SHA-256. Fails without data if the precompile runs out of gas.
    function loadSha256PreimagePart(uint256 partOffset, bytes calldata preimage) external {
        bytes memory stream = streamOf(partOffset, preimage);
        bytes32 hash;
        assembly ("memory-safe") {
            if iszero(staticcall(gas(), 2, add(stream, 40), sub(mload(stream), 8), 0, 32)) { revert(0, 0) }
            hash := mload(0)
        }
        store(PreimageKey.typed(hash, PreimageKey.SHA256), partOffset, stream, preimage.length);
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
        bytes memory input = new bytes(192);
        assembly ("memory-safe") {
            let data := add(input, 32)
            calldatacopy(0, commitment.offset, 48)
            if iszero(staticcall(gas(), 2, 0, 48, data, 32)) {
                // ShaFailed(), which is no part of the ABI.
                mstore(0, 0xf9112969)
                revert(28, 4)
            }
            // The versioned hash of EIP-4844.
            mstore8(data, 1)
            mstore(add(data, 32), z)
            mstore(add(data, 64), y)
            calldatacopy(add(data, 96), commitment.offset, 48)
            calldatacopy(add(data, 144), proof.offset, 48)
        }
        bool valid;
        assembly ("memory-safe") {
            valid := staticcall(gas(), 10, add(input, 32), 192, 0, 0)
        }
        if (!valid) revert InvalidProof();
        if (partOffset >= 32 + 8) revert PartOffsetOOB();

        bytes32 hash;
        assembly ("memory-safe") {
            // The proof's place is free now: commitment ‖ z.
            mstore(add(input, 176), z)
            hash := keccak256(add(input, 128), 80)
        }
        store(PreimageKey.typed(hash, PreimageKey.BLOB), partOffset, abi.encodePacked(uint64(32), y), 32);
    }

    /// @notice Stores a part of the result of a precompile: one byte, 1 for success, then the returned data.
    /// @param requiredGas What the call costs; the call must get it, so that want of gas is never taken for a failure.
    function loadPrecompilePreimagePart(
        uint256 partOffset,
        address precompile,
        uint64 requiredGas,
        bytes calldata input
    ) external {
        bytes memory request = abi.encodePacked(precompile, requiredGas, input);
        bytes32 key = PreimageKey.typed(keccak256(request), PreimageKey.PRECOMPILE);
        // A call gets 63 of 64 parts of the gas; no memory may be added between here and the call.
        if (gasleft() * 63 < uint256(requiredGas) * 64 + PRECOMPILE_CALL_RESERVED_GAS * 63) {
            assembly ("memory-safe") {
                // NotEnoughGas(), which is no part of the ABI.
                mstore(0, 0xdd629f86)
                revert(28, 4)
            }
        }
        bool success;
        uint256 size;
        assembly ("memory-safe") {
            success := staticcall(gas(), precompile, add(request, 60), sub(mload(request), 28), 0, 0)
            size := add(returndatasize(), 1)
        }
        if (partOffset >= size + 8) revert PartOffsetOOB();

        bytes memory stream = new bytes(8 + size);
        assembly ("memory-safe") {
            let data := add(stream, 32)
            mstore(data, or(shl(192, size), shl(184, success)))
            returndatacopy(add(data, 9), 0, returndatasize())
        }
        store(key, partOffset, stream, size);
    }

    /// @notice Marks a part as loaded.
    /// @param length Length of the preimage's data, which may be less than what `stream` holds of it.
    function store(bytes32 key, uint256 offset, bytes memory stream, uint256 length) private {
        storePart(key, offset, wordAt(stream, offset), length);
    }

    function storePart(bytes32 key, uint256 offset, bytes32 part, uint256 length) internal {
        preimagePartOk[key][offset] = true;
        preimageParts[key][offset] = part;
        preimageLengths[key] = length;
    }

    function streamOf(uint256 partOffset, bytes calldata data) private pure returns (bytes memory) {
        if (partOffset >= data.length + 8) revert PartOffsetOOB();
        return abi.encodePacked(uint64(data.length), data);
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
