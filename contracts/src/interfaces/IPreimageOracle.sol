// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice What a game needs of the preimage oracle.
interface IPreimageOracle {
    /// @notice Seconds for which a large preimage proposal can be challenged.
    function challengePeriod() external view returns (uint256);

    function loadLocalData(uint256 ident, bytes32 localContext, bytes32 word, uint256 size, uint256 partOffset)
        external
        returns (bytes32 key);
}
