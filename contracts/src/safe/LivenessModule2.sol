// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISafe, Operation} from "src/interfaces/ISafe.sol";
import {SafeVersion} from "src/safe/SafeVersion.sol";

/// @title LivenessModule2
/// @notice A fallback owner may challenge a Safe to show that its owners still have their keys. If the Safe does not
///         answer in time, the fallback owner becomes its only owner. One contract serves any number of Safes.
abstract contract LivenessModule2 {
    struct ModuleConfig {
        uint256 livenessResponsePeriod;
        address fallbackOwner;
    }

    address private constant SENTINEL_OWNER = address(1);

    mapping(ISafe => ModuleConfig) internal _livenessSafeConfiguration;

    /// @notice When the running challenge of a Safe began; 0 if there is none.
    mapping(ISafe => uint256) public challengeStartTime;

    event ModuleConfigured(address indexed safe, uint256 livenessResponsePeriod, address fallbackOwner);
    event ModuleCleared(address indexed safe);
    event ChallengeStarted(address indexed safe, uint256 challengeStartTime);
    event ChallengeCancelled(address indexed safe);
    event ChallengeSucceeded(address indexed safe, address fallbackOwner);

    error LivenessModule2_ModuleNotEnabled();
    error LivenessModule2_ModuleNotConfigured();
    error LivenessModule2_InvalidVersion();
    error LivenessModule2_ChallengeAlreadyExists();
    error LivenessModule2_ChallengeDoesNotExist();
    /// @dev Part of the interface; nothing reverts with it, as a late answer is still an answer.
    error LivenessModule2_ResponsePeriodEnded();
    error LivenessModule2_ResponsePeriodActive();
    error LivenessModule2_UnauthorizedCaller();
    error LivenessModule2_InvalidResponsePeriod();
    error LivenessModule2_InvalidFallbackOwner();
    error LivenessModule2_ModuleStillEnabled();
    error LivenessModule2_OwnershipTransferFailed();

    /// @notice Called by a Safe that has enabled the module. Whoever can do that is live: a running challenge ends.
    function configureLivenessModule(ModuleConfig memory _config) external {
        ISafe safe = ISafe(msg.sender);
        if (_config.livenessResponsePeriod == 0) revert LivenessModule2_InvalidResponsePeriod();
        if (_config.fallbackOwner == address(0) || _config.fallbackOwner == address(safe)) {
            revert LivenessModule2_InvalidFallbackOwner();
        }
        if (!SafeVersion.isSupported(safe)) revert LivenessModule2_InvalidVersion();
        _requireModuleEnabled(safe);

        _livenessSafeConfiguration[safe] = _config;
        _cancelChallenge(safe);
        emit ModuleConfigured(address(safe), _config.livenessResponsePeriod, _config.fallbackOwner);
        _checkCombinedConfig(safe);
    }

    /// @notice Called by a Safe that has disabled the module before.
    function clearLivenessModule() external {
        ISafe safe = ISafe(msg.sender);
        _requireModuleConfigured(safe);
        if (safe.isModuleEnabled(address(this))) revert LivenessModule2_ModuleStillEnabled();

        delete _livenessSafeConfiguration[safe];
        _cancelChallenge(safe);
        emit ModuleCleared(address(safe));
    }

    function challenge(ISafe _safe) external {
        _requireFallbackOwner(_safe);
        if (challengeStartTime[_safe] != 0) revert LivenessModule2_ChallengeAlreadyExists();
        challengeStartTime[_safe] = block.timestamp;
        emit ChallengeStarted(address(_safe), block.timestamp);
    }

    /// @notice Called by the challenged Safe; counts until ownership has changed, also after the period.
    function respond() external {
        ISafe safe = ISafe(msg.sender);
        _requireModuleConfigured(safe);
        _requireModuleEnabled(safe);
        if (challengeStartTime[safe] == 0) revert LivenessModule2_ChallengeDoesNotExist();
        _cancelChallenge(safe);
    }

    /// @notice Makes the fallback owner the only owner of a Safe that left a challenge unanswered, and removes whatever
    ///         guard it has, which may be the reason that it could not answer. Without a timelock guard, transactions
    ///         that were signed earlier become executable; the caller should use up their nonces in the same batch.
    function changeOwnershipToFallback(ISafe _safe) external {
        _requireFallbackOwner(_safe);
        if (challengeStartTime[_safe] == 0) revert LivenessModule2_ChallengeDoesNotExist();
        if (block.timestamp < getChallengePeriodEnd(_safe)) revert LivenessModule2_ResponsePeriodActive();

        delete challengeStartTime[_safe];
        address fallbackOwner = _livenessSafeConfiguration[_safe].fallbackOwner;
        _makeOnlyOwner(_safe, fallbackOwner);
        _order(_safe, abi.encodeCall(ISafe.setGuard, (address(0))));
        emit ChallengeSucceeded(address(_safe), fallbackOwner);
    }

    function livenessSafeConfiguration(ISafe _safe) external view returns (ModuleConfig memory) {
        return _livenessSafeConfiguration[_safe];
    }

    /// @notice First second at which ownership can change; 0 without a challenge.
    function getChallengePeriodEnd(ISafe _safe) public view returns (uint256) {
        uint256 start = challengeStartTime[_safe];
        return start == 0 ? 0 : start + _livenessSafeConfiguration[_safe].livenessResponsePeriod;
    }

    /// @dev Reverts if what the Safe has configured elsewhere does not go with its liveness module.
    function _checkCombinedConfig(ISafe _safe) internal view virtual;

    /// @dev The first owner is removed as long as there is another. The last one is swapped; that swap fails without
    ///      harm if the last one is the fallback owner itself. What counts is the result.
    function _makeOnlyOwner(ISafe safe, address fallbackOwner) private {
        address[] memory owners = safe.getOwners();
        while (owners.length > 1) {
            _order(safe, abi.encodeCall(ISafe.removeOwner, (SENTINEL_OWNER, owners[0], 1)));
            owners = safe.getOwners();
        }
        _order(safe, abi.encodeCall(ISafe.swapOwner, (SENTINEL_OWNER, owners[0], fallbackOwner)));
        owners = safe.getOwners();
        if (owners.length != 1 || owners[0] != fallbackOwner) revert LivenessModule2_OwnershipTransferFailed();
    }

    /// @dev Lets the Safe call itself.
    function _order(ISafe safe, bytes memory data) private {
        safe.execTransactionFromModule(address(safe), 0, data, Operation.Call);
    }

    function _cancelChallenge(ISafe safe) private {
        if (challengeStartTime[safe] == 0) return;
        delete challengeStartTime[safe];
        emit ChallengeCancelled(address(safe));
    }

    function _requireFallbackOwner(ISafe safe) private view {
        _requireModuleConfigured(safe);
        _requireModuleEnabled(safe);
        if (msg.sender != _livenessSafeConfiguration[safe].fallbackOwner) {
            revert LivenessModule2_UnauthorizedCaller();
        }
    }

    function _requireModuleConfigured(ISafe safe) private view {
        if (_livenessSafeConfiguration[safe].fallbackOwner == address(0)) {
            revert LivenessModule2_ModuleNotConfigured();
        }
    }

    function _requireModuleEnabled(ISafe safe) private view {
        if (!safe.isModuleEnabled(address(this))) revert LivenessModule2_ModuleNotEnabled();
    }
}
