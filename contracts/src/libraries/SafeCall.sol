// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title SafeCall
/// @notice Calls to accounts that nobody has to trust: what they return is not copied, so that they cannot make the
///         caller pay for memory, and whether enough gas is left for them is checked before the call.
library SafeCall {
    /// @dev Gas that a call itself may cost, apart from what it passes on: cold account, value, new account.
    uint256 private constant CALL_OVERHEAD = 40_000;

    /// @param gasLimit Most gas that is passed on; less if 63/64 of what is left is less.
    function call(address target, uint256 gasLimit, uint256 value, bytes memory data) internal returns (bool success) {
        assembly ("memory-safe") {
            success := call(gasLimit, target, value, add(data, 0x20), mload(data), 0, 0)
        }
    }

    /// @notice Passes on all gas, but refuses unless that is at least `minGas`: a caller could otherwise make the call
    ///         fail by sending too little.
    function callWithMinGas(address target, uint256 minGas, uint256 value, bytes memory data)
        internal
        returns (bool success)
    {
        require(hasMinGas(minGas, 0), "SafeCall: Not enough gas");
        success = call(target, gasleft(), value, data);
    }

    /// @notice Whether a call made now gets `minGas`, with `reserved` left over afterwards. A call gets at most 63/64 of
    ///         the gas (EIP-150). Sums wrap: a `minGas` near 2^256 is the sender's own fault.
    function hasMinGas(uint256 minGas, uint256 reserved) internal view returns (bool) {
        unchecked {
            return gasleft() * 63 >= minGas * 64 + (CALL_OVERHEAD + reserved) * 63;
        }
    }
}
