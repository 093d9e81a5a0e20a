// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {FeeVault} from "src/L2/FeeVault.sol";

/// @title SequencerFeeVault
/// @notice Gathers priority fees: as the coinbase of every block.
contract SequencerFeeVault is FeeVault, ISemver {
    string public constant version = "1.6.1";

    /// @notice Oldest name of the recipient.
    function l1FeeWallet() external view returns (address) {
        return recipient;
    }
}
