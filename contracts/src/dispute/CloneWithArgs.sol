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
    function initCode(address implementation, bytes memory args) internal pure returns (bytes memory code) {
        uint256 extra = args.length + 2;
        assembly ("memory-safe") {
            let size := add(extra, PROXY_SIZE)
            if gt(size, 0xffff) { invalid() }
            code := mload(0x40)
            let at := add(code, 32)
            // Creation, and the beginning of the branch for empty calldata, which logs the topic.
            mstore(at, shl(112, or(shl(120, or(0x610000, size)), 0x3d81600a3d39f336602c57343d527f)))
            mstore(add(at, 18), RECEIVE_ETH_TOPIC)
            // Its end, and the forwarder, in which the length of the arguments and the implementation stand.
            mstore(add(at, 50), shl(56, or(shl(72, or(0x593da1005b363d3d373d3d3d3d610000, extra)), 0x806062363936013d73)))
            mstore(add(at, 75), or(shl(96, implementation), 0x5af43d3d93803e606057fd5b))
            mstore8(add(at, 107), 0xf3)
            // The arguments and their length.
            mcopy(add(at, 108), add(args, 32), sub(extra, 2))
            mstore(add(at, add(extra, 106)), shl(240, extra))
            mstore(code, add(extra, 108))
            mstore(0x40, and(add(add(at, extra), 171), not(31)))
        }
    }
}
