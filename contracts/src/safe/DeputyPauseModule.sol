// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ECDSA} from "openzeppelin-5/utils/cryptography/ECDSA.sol";
import {EIP712} from "openzeppelin-5/utils/cryptography/EIP712.sol";
import {ISafe, Operation} from "src/interfaces/ISafe.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";

/// @title DeputyPauseModule
/// @notice Module of the guardian's Safe: one key, the deputy's, can pause, by a signature that anyone may bring. Each
///         signature holds for one pause, one module and one chain. The foundation's Safe appoints the deputy.
contract DeputyPauseModule is ISemver, EIP712 {
    string public constant version = "3.0.0";

    bytes32 private constant PAUSE_MESSAGE_TYPEHASH = keccak256("PauseMessage(bytes32 nonce,address identifier)");
    bytes32 private constant DEPUTY_AUTH_MESSAGE_TYPEHASH = keccak256("DeputyAuthMessage(address deputy)");

    ISafe private immutable GUARDIAN_SAFE;
    ISafe private immutable FOUNDATION_SAFE;
    ISuperchainConfig private immutable SUPERCHAIN_CONFIG;

    address public deputy;
    mapping(bytes32 => bool) public usedNonces;

    event DeputySet(address indexed deputy);
    event PauseTriggered(address indexed deputy, bytes32 nonce, address identifier);

    error DeputyPauseModule_InvalidDeputy();
    error DeputyPauseModule_Unauthorized();
    error DeputyPauseModule_NonceAlreadyUsed();
    error DeputyPauseModule_ExecutionFailed(string reason);
    error DeputyPauseModule_SuperchainNotPaused();
    error DeputyPauseModule_NotFromSafe();

    constructor(
        ISafe _guardianSafe,
        ISafe _foundationSafe,
        ISuperchainConfig _superchainConfig,
        address _deputy,
        bytes memory _deputySignature
    ) EIP712("DeputyPauseModule", "1") {
        GUARDIAN_SAFE = _guardianSafe;
        FOUNDATION_SAFE = _foundationSafe;
        SUPERCHAIN_CONFIG = _superchainConfig;
        _setDeputy(_deputy, _deputySignature);
    }

    /// @notice Pauses what the identifier names, on the deputy's signature over nonce and identifier.
    function pause(bytes32 _nonce, address _identifier, bytes memory _signature) external {
        bytes32 message = keccak256(abi.encode(PAUSE_MESSAGE_TYPEHASH, _nonce, _identifier));
        if (ECDSA.recover(_hashTypedDataV4(message), _signature) != deputy) revert DeputyPauseModule_Unauthorized();
        if (usedNonces[_nonce]) revert DeputyPauseModule_NonceAlreadyUsed();
        usedNonces[_nonce] = true;

        (bool success, bytes memory reason) = GUARDIAN_SAFE.execTransactionFromModuleReturnData(
            address(SUPERCHAIN_CONFIG), 0, abi.encodeCall(ISuperchainConfig.pause, (_identifier)), Operation.Call
        );
        if (!success) revert DeputyPauseModule_ExecutionFailed(string(reason));
        if (!SUPERCHAIN_CONFIG.paused(_identifier)) revert DeputyPauseModule_SuperchainNotPaused();
        emit PauseTriggered(deputy, _nonce, _identifier);
    }

    /// @notice Appoints another deputy, who shows by a signature that the key is at hand.
    function setDeputy(address _deputy, bytes memory _deputySignature) external {
        if (msg.sender != address(FOUNDATION_SAFE)) revert DeputyPauseModule_NotFromSafe();
        _setDeputy(_deputy, _deputySignature);
    }

    function guardianSafe() external view returns (ISafe guardianSafe_) {
        guardianSafe_ = GUARDIAN_SAFE;
    }

    function foundationSafe() external view returns (ISafe foundationSafe_) {
        foundationSafe_ = FOUNDATION_SAFE;
    }

    function superchainConfig() external view returns (ISuperchainConfig superchainConfig_) {
        superchainConfig_ = SUPERCHAIN_CONFIG;
    }

    function pauseMessageTypehash() external pure returns (bytes32 pauseMessageTypehash_) {
        pauseMessageTypehash_ = PAUSE_MESSAGE_TYPEHASH;
    }

    function deputyAuthMessageTypehash() external pure returns (bytes32 deputyAuthMessageTypehash_) {
        deputyAuthMessageTypehash_ = DEPUTY_AUTH_MESSAGE_TYPEHASH;
    }

    function _setDeputy(address newDeputy, bytes memory signature) private {
        bytes32 message = keccak256(abi.encode(DEPUTY_AUTH_MESSAGE_TYPEHASH, newDeputy));
        if (ECDSA.recover(_hashTypedDataV4(message), signature) != newDeputy) revert DeputyPauseModule_InvalidDeputy();
        deputy = newDeputy;
        emit DeputySet(newDeputy);
    }
}
