// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISafe} from "src/interfaces/ISafe.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {LivenessModule2} from "src/safe/LivenessModule2.sol";
import {TimelockGuard} from "src/safe/TimelockGuard.sol";

/// @title SaferSafes
/// @notice Liveness module and timelock guard in one contract, so that neither makes the other useless: an answer to a
///         challenge has to wait out the delay too.
contract SaferSafes is LivenessModule2, TimelockGuard, ISemver {
    string public constant version = "1.10.2";

    error SaferSafes_InsufficientLivenessResponsePeriod();

    /// @dev Only where both are enabled and configured is there anything to compare.
    function _checkCombinedConfig(ISafe _safe) internal view override(LivenessModule2, TimelockGuard) {
        if (!_isGuardEnabled(_safe) || !_safe.isModuleEnabled(address(this))) return;
        uint256 delay = _currentSafeState(_safe).timelockDelay;
        uint256 period = _livenessSafeConfiguration[_safe].livenessResponsePeriod;
        if (delay == 0 || period == 0) return;
        if (period < 2 * delay) revert SaferSafes_InsufficientLivenessResponsePeriod();
    }
}
