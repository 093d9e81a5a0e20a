// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {CloneArgs} from "src/dispute/CloneArgs.sol";
import {UnknownChainId} from "src/dispute/Errors.sol";
import {Claim, GameType, Hash} from "src/dispute/Types.sol";
import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IBigStepper} from "src/interfaces/IBigStepper.sol";
import {IDelayedWETH} from "src/interfaces/IDelayedWETH.sol";

/// @title FaultGameArgs
/// @notice What is fixed for one game when the factory clones it: the proposal (bytes 0 to 119) and the arguments that
///         the factory keeps for the game type (from 120).
abstract contract FaultGameArgs is CloneArgs {
    /// @notice Who called the factory; owner of the root claim and its bond.
    function gameCreator() public pure returns (address creator_) {
        creator_ = _argAddress(0);
    }

    /// @notice The disputed output root.
    function rootClaim() public pure returns (Claim rootClaim_) {
        rootClaim_ = Claim.wrap(bytes32(_argWord(20)));
    }

    /// @notice Hash of the L1 block before the one in which the game was created; no later L1 data counts.
    function l1Head() public pure returns (Hash l1Head_) {
        l1Head_ = Hash.wrap(bytes32(_argWord(52)));
    }

    function gameType() public pure returns (GameType gameType_) {
        gameType_ = GameType.wrap(_argUint32(84));
    }

    /// @notice What tells proposals with the same root apart: the L2 block number as one word.
    function extraData() public pure returns (bytes memory extraData_) {
        extraData_ = _argBytes(88, 32);
    }

    function l2BlockNumber() public pure returns (uint256 l2BlockNumber_) {
        l2BlockNumber_ = _argWord(88);
    }

    function l2SequenceNumber() external pure returns (uint256 l2SequenceNumber_) {
        l2SequenceNumber_ = l2BlockNumber();
    }

    /// @notice Hash of the VM state before the first instruction: program and chain configuration.
    function absolutePrestate() public pure returns (Claim absolutePrestate_) {
        absolutePrestate_ = Claim.wrap(bytes32(_argWord(120)));
    }

    function vm() public pure returns (IBigStepper vm_) {
        vm_ = IBigStepper(_argAddress(152));
    }

    function anchorStateRegistry() public pure returns (IAnchorStateRegistry registry_) {
        registry_ = IAnchorStateRegistry(_argAddress(172));
    }

    function weth() public pure returns (IDelayedWETH weth_) {
        weth_ = IDelayedWETH(_argAddress(192));
    }

    function l2ChainId() public pure returns (uint256 l2ChainId_) {
        l2ChainId_ = _argWord(212);
    }

    function gameData() external pure returns (GameType gameType_, Claim rootClaim_, bytes memory extraData_) {
        gameType_ = gameType();
        rootClaim_ = rootClaim();
        extraData_ = extraData();
    }

    /// @notice The proposed output root of one chain; this game knows one chain.
    function rootClaimByChainId(uint256 _chainId) external pure returns (Claim rootClaim_) {
        if (_chainId != l2ChainId()) revert UnknownChainId();
        rootClaim_ = rootClaim();
    }

    /// @dev Bytes of arguments that a clone must carry, so that each proposal has exactly one encoding.
    function _argsByteCount() internal pure virtual returns (uint256) {
        return 244;
    }
}
