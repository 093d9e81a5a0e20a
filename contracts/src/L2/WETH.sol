// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IL1Block} from "src/interfaces/IL1Block.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {WETH98} from "src/universal/WETH98.sol";

/// @title WETH
/// @notice The chain's own coin as a token, named after it. Stands at its address without a proxy.
contract WETH is WETH98, ISemver {
    string public constant version = "1.1.1";

    function name() external pure override returns (string memory name_) {
        name_ = string.concat("Wrapped ", IL1Block(Predeploys.L1_BLOCK_ATTRIBUTES).gasPayingTokenName());
    }

    function symbol() external pure override returns (string memory symbol_) {
        symbol_ = string.concat("W", IL1Block(Predeploys.L1_BLOCK_ATTRIBUTES).gasPayingTokenSymbol());
    }
}
