// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {CrossDomainMessage} from "src/libraries/CrossDomainMessage.sol";
import {SafeCall} from "src/libraries/SafeCall.sol";
import {MessengerStorage} from "src/universal/MessengerStorage.sol";

/// @title CrossDomainMessenger
/// @notice Sends messages to its twin on the other layer and executes those that come from there. A message that fails
///         is kept and can be executed again by anybody, with more gas if need be.
abstract contract CrossDomainMessenger is MessengerStorage {
    /// @notice Version of nonces, in their top two bytes.
    uint16 public constant MESSAGE_VERSION = 1;

    // What relaying a message costs besides the call of its target; see `baseGas`.
    uint64 public constant RELAY_CONSTANT_OVERHEAD = 200_000;
    uint64 public constant MIN_GAS_DYNAMIC_OVERHEAD_NUMERATOR = 64;
    uint64 public constant MIN_GAS_DYNAMIC_OVERHEAD_DENOMINATOR = 63;
    uint64 public constant MIN_GAS_CALLDATA_OVERHEAD = 16;
    uint64 public constant FLOOR_CALLDATA_OVERHEAD = 40;
    uint64 public constant RELAY_CALL_OVERHEAD = 40_000;
    uint64 public constant RELAY_RESERVED_GAS = 40_000;
    uint64 public constant RELAY_GAS_CHECK_BUFFER = 5_000;
    uint64 public constant TX_BASE_GAS = 21_000;
    uint64 public constant ENCODING_OVERHEAD = 260;

    /// @dev Value of `xDomainMsgSender` outside of messages; not zero, for cheaper writes.
    address private constant NO_SENDER = 0x000000000000000000000000000000000000dEaD;

    /// @dev Transaction origin of gas estimations.
    address private constant ESTIMATION_ADDRESS = address(1);

    /// @param gasLimit The sender's `minGasLimit`.
    event SentMessage(address indexed target, address sender, bytes message, uint256 messageNonce, uint256 gasLimit);

    /// @dev Belongs to the SentMessage before it.
    event SentMessageExtension1(address indexed sender, uint256 value);
    event RelayedMessage(bytes32 indexed msgHash);
    event FailedRelayedMessage(bytes32 indexed msgHash);

    /// @notice Sends a message, with the call's ether, to an account on the other layer.
    /// @param _minGasLimit Gas that the target gets at least.
    function sendMessage(address _target, bytes calldata _message, uint32 _minGasLimit) external payable {
        uint256 nonce = messageNonce();
        bytes memory relayed =
            CrossDomainMessage.encodeV1(nonce, msg.sender, _target, msg.value, _minGasLimit, _message);
        _sendMessage(otherMessenger, baseGas(_message, _minGasLimit), msg.value, relayed);
        emit SentMessage(_target, msg.sender, _message, nonce, _minGasLimit);
        emit SentMessageExtension1(msg.sender, msg.value);
        unchecked {
            ++msgNonce;
        }
    }

    /// @notice Executes a message: called by the twin, with its value, the first time; by anybody afterwards. Does not
    ///         revert when the target's call fails, but keeps the message and its value.
    function relayMessage(
        uint256 _nonce,
        address _sender,
        address _target,
        uint256 _value,
        uint256 _minGasLimit,
        bytes calldata _message
    ) external payable {
        require(!paused(), "CrossDomainMessenger: paused");
        uint16 version = CrossDomainMessage.version(_nonce);
        require(version < 2, "CrossDomainMessenger: only version 0 or 1 messages are supported at this time");
        if (version == 0) _assertNotRelayedAsV0(_target, _sender, _message, _nonce);

        // Messages of both versions are known by the newer hash.
        bytes32 messageHash =
            keccak256(CrossDomainMessage.encodeV1(_nonce, _sender, _target, _value, _minGasLimit, _message));
        if (_isOtherMessenger()) {
            // A message comes from the twin only once, and with its value: the layers' protocol sees to it.
            assert(msg.value == _value);
            assert(!failedMessages[messageHash]);
        } else {
            require(msg.value == 0, "CrossDomainMessenger: value must be zero unless message is from a system address");
            require(failedMessages[messageHash], "CrossDomainMessenger: message cannot be replayed");
        }
        require(!_isUnsafeTarget(_target), "CrossDomainMessenger: cannot send message to blocked system address");
        require(!successfulMessages[messageHash], "CrossDomainMessenger: message has already been relayed");

        // Too little gas must not use the message up, and one message must not be executed within another.
        bool isEnough = SafeCall.hasMinGas(_minGasLimit, RELAY_RESERVED_GAS + RELAY_GAS_CHECK_BUFFER);
        if (!isEnough || xDomainMsgSender != NO_SENDER) {
            _keepFailed(messageHash);
            return;
        }

        xDomainMsgSender = _sender;
        bool success = SafeCall.call(_target, gasleft() - RELAY_RESERVED_GAS, _value, _message);
        xDomainMsgSender = NO_SENDER;
        if (success) {
            assert(!successfulMessages[messageHash]);
            successfulMessages[messageHash] = true;
            emit RelayedMessage(messageHash);
        } else {
            _keepFailed(messageHash);
        }
    }

    /// @notice Sender of the message that is being executed.
    function xDomainMessageSender() external view returns (address) {
        require(xDomainMsgSender != NO_SENDER, "CrossDomainMessenger: xDomainMessageSender is not set");
        return xDomainMsgSender;
    }

    /// @notice Old name of `otherMessenger`.
    function OTHER_MESSENGER() external view returns (address) {
        return otherMessenger;
    }

    /// @notice Nonce of the next message.
    function messageNonce() public view returns (uint256) {
        return (uint256(MESSAGE_VERSION) << 240) | msgNonce;
    }

    /// @notice Gas that the other layer's transaction needs for a message whose target gets `_minGasLimit`: execution
    ///         and calldata, or the floor price of the calldata alone (EIP-7623).
    function baseGas(bytes memory _message, uint32 _minGasLimit) public pure returns (uint64) {
        uint64 execution = RELAY_CONSTANT_OVERHEAD + RELAY_CALL_OVERHEAD + RELAY_RESERVED_GAS + RELAY_GAS_CHECK_BUFFER
            + (_minGasLimit * MIN_GAS_DYNAMIC_OVERHEAD_NUMERATOR) / MIN_GAS_DYNAMIC_OVERHEAD_DENOMINATOR;
        uint64 size = uint64(_message.length) + ENCODING_OVERHEAD;
        uint64 charged = execution + size * MIN_GAS_CALLDATA_OVERHEAD;
        uint64 least = size * FLOOR_CALLDATA_OVERHEAD;
        return TX_BASE_GAS + (charged > least ? charged : least);
    }

    function paused() public view virtual returns (bool) {
        return false;
    }

    function __CrossDomainMessenger_init(address twin) internal {
        // Not when an upgrade initializes again in the middle of a message.
        if (xDomainMsgSender == address(0)) xDomainMsgSender = NO_SENDER;
        otherMessenger = twin;
    }

    /// @dev Hands a message to the layer's own transport.
    function _sendMessage(address to, uint64 gasLimit, uint256 value, bytes memory data) internal virtual;

    /// @dev Whether the call comes from the twin.
    function _isOtherMessenger() internal view virtual returns (bool);

    /// @dev Whether a target is one that trusts the messenger.
    function _isUnsafeTarget(address target) internal view virtual returns (bool);

    function _assertNotRelayedAsV0(address target, address sender, bytes memory message, uint256 nonce) private view {
        bytes32 oldHash = CrossDomainMessage.hashV0(target, sender, message, nonce);
        require(!successfulMessages[oldHash], "CrossDomainMessenger: legacy withdrawal already relayed");
    }

    function _keepFailed(bytes32 messageHash) private {
        failedMessages[messageHash] = true;
        emit FailedRelayedMessage(messageHash);
        // An estimation must not find the little gas with which the message fails.
        if (tx.origin == ESTIMATION_ADDRESS) revert("CrossDomainMessenger: failed to relay message");
    }
}
