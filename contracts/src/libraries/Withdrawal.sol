// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title Withdrawal
/// @notice A message from L2 to L1, as the L2ToL1MessagePasser records it by its hash.
library Withdrawal {
    /// @param nonce Version in the top two bytes, counter below.
    /// @param sender Account that sent it on L2.
    /// @param target Account that is called on L1.
    /// @param value Wei sent along.
    /// @param gasLimit L1 gas that the target gets at least.
    /// @param data Calldata.
    struct Transaction {
        uint256 nonce;
        address sender;
        address target;
        uint256 value;
        uint256 gasLimit;
        bytes data;
    }

    function hash(Transaction memory tx_) internal pure returns (bytes32) {
        return keccak256(abi.encode(tx_.nonce, tx_.sender, tx_.target, tx_.value, tx_.gasLimit, tx_.data));
    }

    /// @notice Slot of `sentMessages[withdrawalHash]`, a mapping at slot 0 of the L2ToL1MessagePasser.
    function storageSlot(bytes32 withdrawalHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(withdrawalHash, uint256(0)));
    }
}
