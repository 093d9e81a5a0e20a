// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {Initializable} from "src/universal/Initializable.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";

/// @title ETHLockbox
/// @notice Vault for the ether of one or more portals, so that chains of one set can pay each other's withdrawals.
contract ETHLockbox is ProxyAdminOwnedBase, Initializable, ReinitializableBase, ISemver {
    string public constant version = "1.3.1";

    /// @dev The portal's `l2Sender` outside of withdrawals.
    address private constant NO_L2_SENDER = 0x000000000000000000000000000000000000dEaD;

    ISystemConfig public systemConfig;

    /// @notice Portals that may put ether in and take it out.
    mapping(IOptimismPortal2 => bool) public authorizedPortals;

    /// @notice Lockboxes that may hand their ether over to this one.
    mapping(IETHLockbox => bool) public authorizedLockboxes;

    event ETHLocked(IOptimismPortal2 indexed portal, uint256 amount);
    event ETHUnlocked(IOptimismPortal2 indexed portal, uint256 amount);
    event PortalAuthorized(IOptimismPortal2 indexed portal);
    event LockboxAuthorized(IETHLockbox indexed lockbox);
    event LiquidityMigrated(IETHLockbox indexed lockbox, uint256 amount);
    event LiquidityReceived(IETHLockbox indexed lockbox, uint256 amount);

    error ETHLockbox_Unauthorized();
    error ETHLockbox_Paused();
    error ETHLockbox_InsufficientBalance();
    error ETHLockbox_NoWithdrawalTransactions();
    error ETHLockbox_DifferentSuperchainConfig();

    constructor() ReinitializableBase(1) {
        _disableInitializers();
    }

    function initialize(ISystemConfig _systemConfig, IOptimismPortal2[] calldata _portals)
        external
        reinitializer(initVersion())
    {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        systemConfig = _systemConfig;
        for (uint256 i = 0; i < _portals.length; i++) {
            _authorizePortal(_portals[i]);
        }
    }

    /// @notice A portal's deposit. Goes on during a pause.
    function lockETH() external payable {
        IOptimismPortal2 portal = IOptimismPortal2(msg.sender);
        if (!authorizedPortals[portal]) revert ETHLockbox_Unauthorized();
        emit ETHLocked(portal, msg.value);
    }

    /// @notice Gives a portal the ether for a withdrawal that it is about to execute.
    function unlockETH(uint256 _value) external {
        if (paused()) revert ETHLockbox_Paused();
        IOptimismPortal2 portal = IOptimismPortal2(msg.sender);
        if (!authorizedPortals[portal]) revert ETHLockbox_Unauthorized();
        if (_value > address(this).balance) revert ETHLockbox_InsufficientBalance();
        // The call of a withdrawal comes from the portal too, with whatever data its sender on L2 chose.
        if (portal.l2Sender() != NO_L2_SENDER) revert ETHLockbox_NoWithdrawalTransactions();
        portal.donateETH{value: _value}();
        emit ETHUnlocked(portal, _value);
    }

    /// @notice Takes another lockbox's ether.
    function receiveLiquidity() external payable {
        IETHLockbox lockbox = IETHLockbox(msg.sender);
        if (!authorizedLockboxes[lockbox]) revert ETHLockbox_Unauthorized();
        emit LiquidityReceived(lockbox, msg.value);
    }

    /// @notice Hands all ether over to another lockbox, which must have authorized this one. Has to happen in one
    ///         transaction with the portals' move, which could not pay withdrawals in between.
    function migrateLiquidity(IETHLockbox _lockbox) external {
        _assertOnlyProxyAdminOwner();
        _assertSharedProxyAdminOwner(address(_lockbox));
        uint256 balance = address(this).balance;
        _lockbox.receiveLiquidity{value: balance}();
        emit LiquidityMigrated(_lockbox, balance);
    }

    function authorizePortal(IOptimismPortal2 _portal) external {
        _assertOnlyProxyAdminOwner();
        _authorizePortal(_portal);
    }

    function authorizeLockbox(IETHLockbox _lockbox) external {
        _assertOnlyProxyAdminOwner();
        _assertSharedProxyAdminOwner(address(_lockbox));
        authorizedLockboxes[_lockbox] = true;
        emit LockboxAuthorized(_lockbox);
    }

    function paused() public view returns (bool) {
        return systemConfig.paused();
    }

    function superchainConfig() public view returns (ISuperchainConfig) {
        return systemConfig.superchainConfig();
    }

    /// @dev Portals that share a vault share its owner and the pause.
    function _authorizePortal(IOptimismPortal2 portal) private {
        _assertSharedProxyAdminOwner(address(portal));
        if (portal.superchainConfig() != superchainConfig()) revert ETHLockbox_DifferentSuperchainConfig();
        authorizedPortals[portal] = true;
        emit PortalAuthorized(portal);
    }
}
