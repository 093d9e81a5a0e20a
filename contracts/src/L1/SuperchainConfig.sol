// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {Initializable} from "src/universal/Initializable.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";

/// @title SuperchainConfig
/// @notice The guardian and their pause switches: one for everything (identifier 0) and one for each chain. A pause ends
///         by itself after some three months; only `unpause` makes it usable again.
contract SuperchainConfig is ProxyAdminOwnedBase, Initializable, ReinitializableBase, ISemver {
    enum UpdateType {
        GUARDIAN
    }

    string public constant version = "2.4.2";

    uint256 private constant PAUSE_EXPIRY = 7_884_000;

    address public guardian;

    /// @notice When each switch was set; 0 if it is not.
    mapping(address => uint256) public pauseTimestamps;

    event Paused(address identifier);
    event Unpaused(address identifier);
    event ConfigUpdate(UpdateType indexed updateType, bytes data);

    error SuperchainConfig_OnlyGuardian();
    error SuperchainConfig_AlreadyPaused(address identifier);
    error SuperchainConfig_NotAlreadyPaused(address identifier);

    modifier onlyGuardian() {
        if (msg.sender != guardian) revert SuperchainConfig_OnlyGuardian();
        _;
    }

    constructor() ReinitializableBase(2) {
        _disableInitializers();
    }

    function initialize(address _guardian) external reinitializer(initVersion()) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        guardian = _guardian;
        emit ConfigUpdate(UpdateType.GUARDIAN, abi.encode(_guardian));
    }

    function pause(address _identifier) external onlyGuardian {
        if (!pausable(_identifier)) revert SuperchainConfig_AlreadyPaused(_identifier);
        _startPause(_identifier);
    }

    function unpause(address _identifier) external onlyGuardian {
        pauseTimestamps[_identifier] = 0;
        emit Unpaused(_identifier);
    }

    /// @notice Lets a pause, also an expired one, begin again.
    function extend(address _identifier) external onlyGuardian {
        if (pausable(_identifier)) revert SuperchainConfig_NotAlreadyPaused(_identifier);
        _startPause(_identifier);
    }

    function pauseExpiry() external pure returns (uint256) {
        return PAUSE_EXPIRY;
    }

    /// @notice Whether everything is paused.
    function paused() external view returns (bool) {
        return paused(address(0));
    }

    /// @notice Whether one switch is on; the one for everything is not included.
    function paused(address _identifier) public view returns (bool) {
        uint256 since = pauseTimestamps[_identifier];
        return since != 0 && block.timestamp < since + PAUSE_EXPIRY;
    }

    function pausable(address _identifier) public view returns (bool) {
        return pauseTimestamps[_identifier] == 0;
    }

    /// @notice When a pause ends or has ended; 0 if there is none.
    function expiration(address _identifier) public view returns (uint256) {
        uint256 since = pauseTimestamps[_identifier];
        return since == 0 ? 0 : since + PAUSE_EXPIRY;
    }

    function _startPause(address identifier) private {
        pauseTimestamps[identifier] = block.timestamp;
        emit Paused(identifier);
    }
}
