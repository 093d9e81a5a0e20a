// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

import {IResourceMetering} from "src/interfaces/IResourceMetering.sol";
import {Initializable} from "src/universal/Initializable.sol";

/// @title ResourceMetering
/// @notice Market for L2 gas that is bought on L1, in the manner of EIP-1559: deposits of one block share a limit, and
///         the buyer pays by burning L1 gas.
abstract contract ResourceMetering is Initializable {
    /// @param prevBaseFee Price of L2 gas in wei, in the last block with a deposit.
    /// @param prevBoughtGas L2 gas bought in that block.
    /// @param prevBlockNum Number of that block.
    struct ResourceParams {
        uint128 prevBaseFee;
        uint64 prevBoughtGas;
        uint64 prevBlockNum;
    }

    ResourceParams public params;

    uint256[48] private __gap;

    error OutOfGas();

    /// @dev Sells `amount` gas for the function, whose own cost counts as payment.
    modifier metered(uint64 amount) {
        uint256 gasBefore = gasleft();
        _;
        _buy(amount, gasBefore);
    }

    function _resourceConfig() internal view virtual returns (IResourceMetering.ResourceConfig memory);

    function _initializeMetering() internal {
        if (params.prevBlockNum == 0) params = ResourceParams(1 gwei, 0, uint64(block.number));
    }

    function _buy(uint64 amount, uint256 gasBefore) private {
        IResourceMetering.ResourceConfig memory config = _resourceConfig();
        ResourceParams memory market = params;
        uint256 blocks = block.number - market.prevBlockNum;
        if (blocks > 0) market = ResourceParams(_nextBaseFee(market, config, blocks), 0, uint64(block.number));

        market.prevBoughtGas += amount;
        if (market.prevBoughtGas > config.maxResourceLimit) revert OutOfGas();
        params = market;

        uint256 l1BaseFee = block.basefee > 1 gwei ? block.basefee : 1 gwei;
        uint256 cost = uint256(amount) * market.prevBaseFee / l1BaseFee;
        uint256 used = gasBefore - gasleft();
        if (cost > used) _burnGas(cost - used);
    }

    /// @dev Moves the price by how far the last block with deposits was from the target, then down for each empty block.
    function _nextBaseFee(ResourceParams memory market, IResourceMetering.ResourceConfig memory config, uint256 blocks)
        private
        pure
        returns (uint128)
    {
        int256 target = int256(uint256(config.maxResourceLimit / config.elasticityMultiplier));
        int256 denominator = int256(uint256(config.baseFeeMaxChangeDenominator));
        int256 fee = int256(uint256(market.prevBaseFee));

        int256 excess = int256(uint256(market.prevBoughtGas)) - target;
        fee = _clamp(fee + fee * excess / (target * denominator), config);
        if (blocks > 1) {
            int256 decay = FixedPointMathLib.powWad(1e18 - 1e18 / denominator, int256(blocks - 1) * 1e18);
            fee = _clamp(fee * decay / 1e18, config);
        }
        return uint128(uint256(fee));
    }

    function _clamp(int256 fee, IResourceMetering.ResourceConfig memory config) private pure returns (int256) {
        int256 least = int256(uint256(config.minimumBaseFee));
        int256 most = int256(uint256(config.maximumBaseFee));
        // The floor first: as the limits are configured, the ceiling cannot be below it.
        if (fee < least) fee = least;
        return fee > most ? most : fee;
    }

    function _burnGas(uint256 amount) private view {
        unchecked {
            uint256 gasBefore = gasleft();
            while (gasBefore - gasleft() < amount) {}
        }
    }
}
