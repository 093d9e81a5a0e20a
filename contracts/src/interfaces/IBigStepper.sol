// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IPreimageOracle} from "src/oracle/IPreimageOracle.sol";

/// @notice A virtual machine that executes one instruction.
interface IBigStepper {
    /// @param stateData Packed state before the step.
    /// @param proof Memory proofs and whatever else the step reads.
    /// @param localContext Tells the local preimages of one execution sub-game from those of another.
    /// @return postState Hash of the state after the step, its status in the top byte.
    function step(bytes calldata stateData, bytes calldata proof, bytes32 localContext)
        external
        returns (bytes32 postState);

    function oracle() external view returns (IPreimageOracle);
}
