// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Initializable} from "src/universal/Initializable.sol";
import {Ownable} from "src/universal/Ownable.sol";

/// @dev Slots 1 to 50 of contracts that once inherited a context base with room to grow.
abstract contract ContextGap {
    uint256[50] private __gap;
}

/// @title OwnableUpgradeable
/// @notice Initializable at slot 0, the owner at slot 51, the next free slot is 101: where deployed proxies have them.
abstract contract OwnableUpgradeable is Initializable, ContextGap, Ownable {
    uint256[49] private __gap;
}
