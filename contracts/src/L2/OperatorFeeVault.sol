// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {FeeVault} from "src/L2/FeeVault.sol";

/// @title OperatorFeeVault
/// @notice Gathers the operator fee (since Isthmus).
contract OperatorFeeVault is FeeVault, ISemver {
    string public constant version = "1.1.1";
}
