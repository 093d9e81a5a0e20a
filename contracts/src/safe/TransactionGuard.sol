// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISafe, ITransactionGuard} from "src/interfaces/ISafe.sol";

/// @title TransactionGuard
/// @notice What every guard shares: the interface ids that a Safe asks for before it accepts a guard, and where a Safe
///         keeps it.
abstract contract TransactionGuard is ITransactionGuard {
    /// @dev keccak256("guard_manager.guard.address"), a slot of the Safe.
    uint256 private constant GUARD_SLOT = 0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8;

    bytes4 private constant ERC165 = 0x01ffc9a7;

    function supportsInterface(bytes4 interfaceId) external view virtual returns (bool) {
        return interfaceId == type(ITransactionGuard).interfaceId || interfaceId == ERC165;
    }

    function _guardOf(ISafe safe) internal view returns (address) {
        return abi.decode(safe.getStorageAt(GUARD_SLOT, 1), (address));
    }
}
