// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {LargePreimages} from "src/oracle/LargePreimages.sol";

/// @title PreimageOracle
/// @notice The data that a disputed step may read, proven to belong to its key. Small preimages are loaded in one
///         transaction (PreimageParts), large ones by a proposal (LargePreimages).
contract PreimageOracle is LargePreimages {
    string public constant version = "1.1.5";

    /// @param minProposalSize Least size of a large preimage proposal in bytes; 126,000 on mainnet.
    /// @param challengePeriod Seconds for which such a proposal can be challenged; 86,400 on mainnet.
    constructor(uint256 minProposalSize, uint256 challengePeriod) LargePreimages(minProposalSize, challengePeriod) {}
}
