// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title IPreimageOracle
/// @notice What the machine and the games need of the oracle; the whole interface is that of PreimageOracle.
interface IPreimageOracle {
    /// @notice The part of a preimage's stream (8 bytes of length, then data) at `offset`, and how many of its bytes count.
    function readPreimage(bytes32 key, uint256 offset) external view returns (bytes32 data, uint256 length);

    /// @notice Stores a part of a local preimage of the caller.
    function loadLocalData(uint256 ident, bytes32 localContext, bytes32 word, uint256 size, uint256 partOffset)
        external
        returns (bytes32 key);

    /// @notice Seconds for which a large preimage proposal can be challenged.
    function challengePeriod() external view returns (uint256);
}
