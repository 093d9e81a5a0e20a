// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {CloneArgs} from "src/dispute/CloneArgs.sol";
import {Claim, GameType, Hash} from "src/dispute/Types.sol";
import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IBigStepper} from "src/interfaces/IBigStepper.sol";
import {IDelayedWETH} from "src/interfaces/IDelayedWETH.sol";

/// @title GameArgs
/// @notice What is fixed for one game when the factory clones it: creator, root claim, L1 head and game type (bytes 0 to
///         87), the extra data of the proposal (from 88), the arguments that the factory keeps for the game type. How long
///         the extra data are is for the kind of game to say.
abstract contract GameArgs is CloneArgs {
    /// @dev Where the extra data begin.
    uint256 internal constant EXTRA_DATA = 88;

    /// @notice Who called the factory; owner of the root claim and its bond.
    function gameCreator() public pure returns (address creator_) {
        creator_ = _argAddress(0);
    }

    /// @notice The disputed root.
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

    /// @notice What tells proposals with the same root apart.
    function extraData() public pure returns (bytes memory extraData_) {
        extraData_ = _argBytes(EXTRA_DATA, _implementationArgs() - EXTRA_DATA);
    }

    /// @notice Hash of the VM state before the first instruction: program and chain configuration.
    function absolutePrestate() public pure returns (Claim absolutePrestate_) {
        absolutePrestate_ = Claim.wrap(bytes32(_argWord(_implementationArgs())));
    }

    function vm() public pure returns (IBigStepper vm_) {
        vm_ = IBigStepper(_argAddress(_implementationArg(32)));
    }

    function anchorStateRegistry() public pure returns (IAnchorStateRegistry registry_) {
        registry_ = IAnchorStateRegistry(_argAddress(_implementationArg(52)));
    }

    function weth() public pure returns (IDelayedWETH weth_) {
        weth_ = IDelayedWETH(_argAddress(_implementationArg(72)));
    }

    function gameData() external pure returns (GameType, Claim, bytes memory) {
        uint256 length = _implementationArgs() - EXTRA_DATA;
        // The answer is encoded here: whoever asks about many games (isGameRegistered) pays for each copy.
        assembly ("memory-safe") {
            let start := sub(calldatasize(), shr(240, calldataload(sub(calldatasize(), 2))))
            let answer := mload(0x40)
            mstore(answer, shr(224, calldataload(add(start, 84))))
            mstore(add(answer, 32), calldataload(add(start, 20)))
            mstore(add(answer, 64), 96)
            mstore(add(answer, 96), length)
            mstore(add(add(answer, 128), length), 0)
            calldatacopy(add(answer, 128), add(start, EXTRA_DATA), length)
            return(answer, add(128, and(add(length, 31), not(31))))
        }
    }

    /// @dev The chain that the game is about; games about several chains have 0 here.
    function _chainId() internal pure returns (uint256) {
        return _argWord(_implementationArg(92));
    }

    /// @dev Where one of the arguments that the factory keeps stands.
    function _implementationArg(uint256 offset) internal pure returns (uint256) {
        unchecked {
            return _implementationArgs() + offset;
        }
    }

    /// @dev Where the arguments that the factory keeps begin.
    function _implementationArgs() internal pure virtual returns (uint256);

    /// @dev Bytes of the arguments that the factory keeps.
    function _implementationArgsByteCount() internal pure virtual returns (uint256) {
        return 124;
    }
}
