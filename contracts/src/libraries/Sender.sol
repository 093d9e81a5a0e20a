// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title Sender
/// @notice Under which address the caller is known on L2.
library Sender {
    /// @dev Added to the address of an L1 contract, so that it cannot pass for an L2 contract at the same address.
    uint160 internal constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// @notice The caller, or its alias if it is a contract. An account with delegated code (EIP-7702) is none.
    function onL2() internal view returns (address) {
        return isEOA() ? msg.sender : toAlias(msg.sender);
    }

    function isEOA() internal view returns (bool) {
        if (msg.sender == tx.origin) return true;
        if (msg.sender.code.length != 23) return false;
        uint256 designator;
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(caller(), 29, 0, 3)
            designator := mload(0)
        }
        return designator == 0xef0100;
    }

    function toAlias(address l1Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l1Address) + ALIAS_OFFSET);
        }
    }

    /// @notice The L1 contract behind an alias.
    function undoAlias(address l2Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l2Address) - ALIAS_OFFSET);
        }
    }
}
