// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {FeeVault} from "src/L2/FeeVault.sol";

/// @title L1FeeVault
/// @notice Gathers what users pay for the data of their transactions on L1.
contract L1FeeVault is FeeVault, ISemver {
    string public constant version = "1.6.1";
}
