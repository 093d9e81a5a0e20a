// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IBigStepper} from "src/interfaces/IBigStepper.sol";
import {IPreimageOracle} from "src/oracle/IPreimageOracle.sol";

/// @notice Remembers the last local preimage that it was given.
contract MockOracle is IPreimageOracle {
    uint256 public challengePeriod;
    bytes public lastLoad;

    constructor(uint256 period) {
        challengePeriod = period;
    }

    function setChallengePeriod(uint256 period) external {
        challengePeriod = period;
    }

    function readPreimage(bytes32, uint256) external pure returns (bytes32, uint256) {
        revert("no preimages here");
    }

    function loadLocalData(uint256 ident, bytes32 context, bytes32 word, uint256 size, uint256 partOffset)
        external
        returns (bytes32)
    {
        lastLoad = abi.encode(msg.sender, ident, context, word, size, partOffset);
        return bytes32(0);
    }
}

/// @notice A machine whose one instruction has the result that a test sets.
contract MockVM is IBigStepper {
    IPreimageOracle public oracle;
    bytes32 public postState;
    bytes32 public lastContext;
    bytes public lastState;
    bytes public lastProof;

    error MockFault();

    constructor(IPreimageOracle oracle_) {
        oracle = oracle_;
    }

    function setPostState(bytes32 value) external {
        postState = value;
    }

    /// @dev The proof "fault" makes the machine revert.
    function step(bytes calldata stateData, bytes calldata proof, bytes32 context) external returns (bytes32) {
        if (keccak256(proof) == keccak256("fault")) revert MockFault();
        (lastState, lastProof, lastContext) = (stateData, proof, context);
        return postState;
    }
}

/// @notice An account that refuses ether.
contract Refuser {
    receive() external payable {
        revert("no");
    }
}
