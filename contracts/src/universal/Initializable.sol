// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// @title Initializable
/// @notice Lets an initializer run once for each version, in a proxy's storage. Slot 0: the version (byte 0) and whether
///         an initializer is running (byte 1). Strings are those of OpenZeppelin 4.
abstract contract Initializable {
    uint8 private _initialized;
    bool private _initializing;

    event Initialized(uint8 version);

    /// @dev Runs the function if no initializer of this version or a later one has run.
    modifier reinitializer(uint8 version) {
        require(!_initializing && _initialized < version, "Initializable: contract is already initialized");
        _initialized = version;
        _initializing = true;
        _;
        _initializing = false;
        emit Initialized(version);
    }

    /// @dev For the constructor of an implementation: it must never be initialized itself.
    function _disableInitializers() internal {
        require(!_initializing, "Initializable: contract is initializing");
        if (_initialized < type(uint8).max) {
            _initialized = type(uint8).max;
            emit Initialized(type(uint8).max);
        }
    }
}
