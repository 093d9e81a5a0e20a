// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IL1Block} from "src/interfaces/IL1Block.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";

/// @title L1BlockNumber
/// @notice Legacy predeploy that answers every call with the number of the L1 block.
contract L1BlockNumber is ISemver {
    string public constant version = "1.1.3";

    receive() external payable {
        _return();
    }

    fallback() external payable {
        _return();
    }

    function getL1BlockNumber() public view returns (uint256) {
        return IL1Block(Predeploys.L1_BLOCK_ATTRIBUTES).number();
    }

    function _return() private view {
        uint256 answer = getL1BlockNumber();
        assembly ("memory-safe") {
            mstore(0x00, answer)
            return(0x00, 0x20)
        }
    }
}
