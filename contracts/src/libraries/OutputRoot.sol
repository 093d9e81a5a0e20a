// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title OutputRoot
/// @notice Commitment to the state of an L2 chain after one block.
library OutputRoot {
    /// @param version 0.
    /// @param stateRoot State root of the block.
    /// @param messagePasserStorageRoot Storage root of the L2ToL1MessagePasser.
    /// @param latestBlockhash Hash of the block.
    struct Proof {
        bytes32 version;
        bytes32 stateRoot;
        bytes32 messagePasserStorageRoot;
        bytes32 latestBlockhash;
    }

    function hash(Proof memory proof) internal pure returns (bytes32) {
        return keccak256(abi.encode(proof));
    }
}
