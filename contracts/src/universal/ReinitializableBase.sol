// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title ReinitializableBase
/// @notice States the version that a contract's initializer runs as; an upgrade that must be initialized again raises it.
abstract contract ReinitializableBase {
    error ReinitializableBase_ZeroInitVersion();

    uint8 private immutable INIT_VERSION;

    constructor(uint8 _initVersion) {
        if (_initVersion == 0) revert ReinitializableBase_ZeroInitVersion();
        INIT_VERSION = _initVersion;
    }

    function initVersion() public view returns (uint8) {
        return INIT_VERSION;
    }
}
