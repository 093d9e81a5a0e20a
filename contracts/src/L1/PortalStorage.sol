// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {ResourceMetering} from "src/L1/ResourceMetering.sol";

/// @title PortalStorage
/// @notice The portal's variables at the slots of deployed portals. Spacers stand for what earlier versions kept there;
///         their slots may hold old values and must not be used again.
abstract contract PortalStorage is ResourceMetering {
    /// @param disputeGameProxy Game by whose root claim the withdrawal was proven.
    /// @param timestamp When.
    struct ProvenWithdrawal {
        IDisputeGame disputeGameProxy;
        uint64 timestamp;
    }

    /// @notice Who is sending on L2 while a withdrawal is executed; 0x…dEaD otherwise.
    address public l2Sender;

    mapping(bytes32 => bool) public finalizedWithdrawals;

    bytes32 private spacer_52_0_32;
    bool private spacer_53_0_1;
    address private spacer_53_1_20;
    address private spacer_54_0_20;

    ISystemConfig public systemConfig;

    address private spacer_56_0_20;

    /// @notice Proofs by withdrawal hash and submitter.
    mapping(bytes32 => mapping(address => ProvenWithdrawal)) public provenWithdrawals;

    bytes32 private spacer_58_0_32;
    uint32 private spacer_59_0_4;
    uint64 private spacer_59_4_8;

    /// @notice Who has proven a withdrawal, in order, repetitions included.
    mapping(bytes32 => address[]) public proofSubmitters;

    uint256 private spacer_61_0_32;

    IAnchorStateRegistry public anchorStateRegistry;

    IETHLockbox public ethLockbox;

    bool private spacer_63_20_1;
}
