// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @notice Settings of the market for L2 gas bought on L1.
interface IResourceMetering {
    /// @param maxResourceLimit Most L2 gas that deposits of one L1 block may buy.
    /// @param elasticityMultiplier Limit divided by target.
    /// @param baseFeeMaxChangeDenominator Greatest change of the price in one block, as its inverse.
    /// @param minimumBaseFee Lowest price of L2 gas, wei.
    /// @param systemTxMaxGas Gas kept free for system transactions.
    /// @param maximumBaseFee Highest price of L2 gas, wei.
    struct ResourceConfig {
        uint32 maxResourceLimit;
        uint8 elasticityMultiplier;
        uint8 baseFeeMaxChangeDenominator;
        uint32 minimumBaseFee;
        uint32 systemTxMaxGas;
        uint128 maximumBaseFee;
    }
}
