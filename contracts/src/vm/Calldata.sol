// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title Calldata
/// @notice Where the parts of a step's witness lie in the call data of `step(bytes,bytes,bytes32)`. The places are those
///         of the canonical ABI encoding of a state of 161 to 192 bytes; `step` refuses any other.
library Calldata {
    /// @notice Selector, three heads, length of the state.
    uint256 internal constant STATE = 4 + 3 * 32 + 32;
    /// @notice State padded to 6 words, length of the proof.
    uint256 internal constant THREAD = STATE + 6 * 32 + 32;
    /// @notice After the 298 bytes of the running thread: root of the active stack without it.
    uint256 internal constant INNER_ROOT = THREAD + 298;
    uint256 internal constant MEMORY_PROOFS = INNER_ROOT + 32;
    /// @notice A leaf and its 59 siblings.
    uint256 internal constant MEMORY_PROOF_SIZE = 60 * 32;

    /// @notice Proof of the fetched instruction.
    uint256 internal constant FETCH_PROOF = MEMORY_PROOFS;
    /// @notice Proof of the word that the instruction reads or writes.
    uint256 internal constant DATA_PROOF = MEMORY_PROOFS + MEMORY_PROOF_SIZE;
    /// @notice Proof of the second word that clock_gettime writes.
    uint256 internal constant SECOND_DATA_PROOF = MEMORY_PROOFS + 2 * MEMORY_PROOF_SIZE;
}
