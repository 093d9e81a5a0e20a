// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title CloneWithArgs
/// @notice Creates a minimal proxy that carries immutable arguments in its code and appends them, with their length, to
///         the calldata of each call that it forwards. A call with empty calldata is not forwarded: the proxy itself logs
///         `ReceiveETH(uint256)` and keeps the ether, so that a game can be paid within 2,300 gas.
///
///         The bytes are those of Solady's first clones with immutable arguments (v0.0.158); addresses of games depend
///         on every one of them. With L bytes of arguments and E = L + 2, the code has L + 100 bytes.
library CloneWithArgs {
    /// @dev keccak256("ReceiveETH(uint256)")
    bytes32 private constant RECEIVE_ETH_TOPIC = 0x9e4ac34f21c619cefc926c8bd93b54bf5a39c7ab2127a895af1cc0691d7e3dff;

    uint256 private constant PROXY_SIZE = 98;

    /// @notice Deploys a clone by CREATE2. A failed deployment reverts with `DeploymentFailed()`, arguments whose length
    ///         does not fit into the code burn all gas; neither is part of the caller's interface.
    function cloneDeterministic(address implementation, bytes memory args, bytes32 salt)
        internal
        returns (address clone)
    {
        bytes memory code = initCode(implementation, args);
        assembly ("memory-safe") {
            clone := create2(0, add(code, 0x20), mload(code), salt)
            if iszero(clone) {
                mstore(0x00, 0x30116425) // DeploymentFailed()
                revert(0x1c, 0x04)
            }
        }
    }

    /// @notice Creation code of a clone.
    function initCode(address implementation, bytes memory args) internal pure returns (bytes memory) {
        uint256 extra = args.length + 2;
        if (extra + PROXY_SIZE > type(uint16).max) {
            assembly ("memory-safe") {
                invalid()
            }
        }
        bytes memory receiver = abi.encodePacked(hex"36602c57343d527f", RECEIVE_ETH_TOPIC, hex"593da1005b");
        bytes memory forwarder = abi.encodePacked(
            hex"363d3d373d3d3d3d61",
            uint16(extra),
            hex"806062363936013d73",
            implementation,
            hex"5af43d3d93803e606057fd5bf3"
        );
        return abi.encodePacked(
            hex"61", uint16(PROXY_SIZE + extra), hex"3d81600a3d39f3", receiver, forwarder, args, uint16(extra)
        );
    }
}
