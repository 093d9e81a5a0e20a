// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Initializable} from "src/universal/Initializable.sol";

/// @dev The address manager of a proxy that held it in slot 0; the initializer's flags come behind it.
abstract contract LegacySlot0 {
    address private spacer_0_0_20;
}

/// @dev Slots of bases and maps that messengers once had. They may hold old values and must not be used again.
abstract contract LegacySlots1To202 {
    uint256[50] private spacer_1_0_1600;
    address private spacer_51_0_20;
    uint256[49] private spacer_52_0_1568;
    bool private spacer_101_0_1;
    uint256[49] private spacer_102_0_1568;
    uint256 private spacer_151_0_32;
    uint256[49] private spacer_152_0_1568;
    mapping(bytes32 => bool) private spacer_201_0_32;
    mapping(bytes32 => bool) private spacer_202_0_32;
}

/// @title MessengerStorage
/// @notice The messenger's variables at the slots of deployed messengers.
abstract contract MessengerStorage is LegacySlot0, Initializable, LegacySlots1To202 {
    /// @notice Messages that were executed, by hash.
    mapping(bytes32 => bool) public successfulMessages;

    /// @dev Sender of the message that is being executed; 0x…dEaD otherwise.
    address internal xDomainMsgSender;

    uint240 internal msgNonce;

    /// @notice Messages that failed at least once, by hash; stays true when one succeeds later.
    mapping(bytes32 => bool) public failedMessages;

    /// @dev Declared as an address, for the getters' sake.
    address public otherMessenger;

    uint256[43] private __gap;
}
