// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title SafeSigners
/// @notice Who made the signatures that a Safe has accepted. Nothing is verified here.
library SafeSigners {
    /// @dev 65 bytes each: r, s, v.
    uint256 private constant SIGNATURE_BYTES = 65;

    /// @notice The makers of the first `count` signatures over `hash`.
    function first(uint256 count, bytes32 hash, bytes memory signatures)
        internal
        pure
        returns (address[] memory signers)
    {
        signers = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            bytes32 r;
            bytes32 s;
            uint8 v;
            assembly ("memory-safe") {
                let at := add(add(signatures, 32), mul(i, SIGNATURE_BYTES))
                r := mload(at)
                s := mload(add(at, 32))
                v := byte(0, mload(add(at, 64)))
            }
            signers[i] = _signer(hash, r, s, v);
        }
    }

    /// @dev v 0: a contract at address r; v 1: approved before or sent by r; above 30: over the prefixed hash, as wallets
    ///      sign messages, with v raised by 4.
    function _signer(bytes32 hash, bytes32 r, bytes32 s, uint8 v) private pure returns (address) {
        if (v <= 1) return address(uint160(uint256(r)));
        if (v <= 30) return ecrecover(hash, v, r, s);
        bytes32 prefixed = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash));
        return ecrecover(prefixed, v - 4, r, s);
    }
}
