// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GameType} from "src/dispute/Types.sol";
import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "src/interfaces/IDisputeGameFactory.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {IResourceMetering} from "src/interfaces/IResourceMetering.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {PortalWithdrawals} from "src/L1/PortalWithdrawals.sol";
import {Features} from "src/libraries/Features.sol";
import {Sender} from "src/libraries/Sender.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";

/// @title OptimismPortal2
/// @notice The door between L1 and the L2 chain. A deposit is an event that the L2 executes as a transaction;
///         withdrawals are in PortalWithdrawals.
contract OptimismPortal2 is PortalWithdrawals, ReinitializableBase, ProxyAdminOwnedBase, ISemver {
    uint256 private constant DEPOSIT_VERSION = 0;
    uint64 private constant RECEIVE_DEFAULT_GAS_LIMIT = 100_000;
    uint256 private constant MAX_DEPOSIT_DATA = 120_000;

    event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData);
    event ETHMigrated(address indexed lockbox, uint256 balance);
    event PortalMigrated(
        IETHLockbox oldLockbox,
        IETHLockbox newLockbox,
        IAnchorStateRegistry oldAnchorStateRegistry,
        IAnchorStateRegistry newAnchorStateRegistry
    );

    error OptimismPortal_CalldataTooLarge();
    error OptimismPortal_GasLimitTooLow();
    error OptimismPortal_InvalidInteropState();
    error OptimismPortal_InvalidLockboxState();
    error OptimismPortal_MigratingToSameRegistry();
    error OptimismPortal_NotUsingInterop();

    /// @param _proofMaturityDelaySeconds Time between proof and finalization of a withdrawal.
    constructor(uint256 _proofMaturityDelaySeconds)
        PortalWithdrawals(_proofMaturityDelaySeconds)
        ReinitializableBase(3)
    {
        _disableInitializers();
    }

    /// @notice Plain ether is a deposit to the same account on L2.
    receive() external payable {
        depositTransaction(msg.sender, msg.value, RECEIVE_DEFAULT_GAS_LIMIT, false, "");
    }

    /// @param _ethLockbox Zero keeps the one that is set.
    function initialize(ISystemConfig _systemConfig, IAnchorStateRegistry _anchorStateRegistry, IETHLockbox _ethLockbox)
        external
        reinitializer(initVersion())
    {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        systemConfig = _systemConfig;
        anchorStateRegistry = _anchorStateRegistry;
        if (address(_ethLockbox) != address(0)) ethLockbox = _ethLockbox;

        bool lockboxEnabled = _systemConfig.isFeatureEnabled(Features.ETH_LOCKBOX);
        if (_systemConfig.isFeatureEnabled(Features.INTEROP) && !lockboxEnabled) {
            revert OptimismPortal_InvalidInteropState();
        }
        if (lockboxEnabled != (address(ethLockbox) != address(0))) revert OptimismPortal_InvalidLockboxState();

        if (l2Sender == address(0)) l2Sender = NO_L2_SENDER;
        _initializeMetering();
    }

    /// @notice Takes ether without a deposit.
    function donateETH() external payable {}

    /// @notice Moves all ether into the lockbox of a chain that joins others.
    function migrateLiquidity() external {
        if (!_isUsingInterop()) revert OptimismPortal_NotUsingInterop();
        _assertOnlyProxyAdminOwner();
        uint256 balance = address(this).balance;
        ethLockbox.lockETH{value: balance}();
        emit ETHMigrated(address(ethLockbox), balance);
    }

    /// @notice Puts the portal under the registry and the lockbox that several chains share. Proofs of before do not hold
    ///         there. Not during a pause: it is bound to the old lockbox and would end.
    function migrateToSharedDisputeGame(IETHLockbox _newLockbox, IAnchorStateRegistry _newAnchorStateRegistry) external {
        if (!_isUsingInterop()) revert OptimismPortal_NotUsingInterop();
        _assertNotPaused();
        _assertOnlyProxyAdminOwner();
        if (anchorStateRegistry == _newAnchorStateRegistry) revert OptimismPortal_MigratingToSameRegistry();
        emit PortalMigrated(ethLockbox, _newLockbox, anchorStateRegistry, _newAnchorStateRegistry);
        ethLockbox = _newLockbox;
        anchorStateRegistry = _newAnchorStateRegistry;
    }

    function version() external pure virtual returns (string memory) {
        return "5.6.1";
    }

    function proofMaturityDelaySeconds() external view returns (uint256) {
        return PROOF_MATURITY_DELAY_SECONDS;
    }

    function paused() external view returns (bool) {
        return systemConfig.paused();
    }

    function guardian() external view returns (address) {
        return systemConfig.guardian();
    }

    function superchainConfig() external view returns (ISuperchainConfig) {
        return systemConfig.superchainConfig();
    }

    function disputeGameFactory() external view returns (IDisputeGameFactory) {
        return anchorStateRegistry.disputeGameFactory();
    }

    function disputeGameFinalityDelaySeconds() external view returns (uint256) {
        return anchorStateRegistry.disputeGameFinalityDelaySeconds();
    }

    function disputeGameBlacklist(IDisputeGame _disputeGame) external view returns (bool) {
        return anchorStateRegistry.disputeGameBlacklist(_disputeGame);
    }

    function respectedGameType() external view returns (GameType) {
        return anchorStateRegistry.respectedGameType();
    }

    /// @notice Old name of the retirement timestamp.
    function respectedGameTypeUpdatedAt() external view returns (uint64) {
        return anchorStateRegistry.retirementTimestamp();
    }

    /// @notice Sends a transaction to L2, with the call's ether minted there to the sender.
    /// @param _to Target; ignored, but zero, for a creation.
    /// @param _value Wei sent along on L2; independent of what is minted.
    /// @param _gasLimit L2 gas, bought here.
    function depositTransaction(address _to, uint256 _value, uint64 _gasLimit, bool _isCreation, bytes memory _data)
        public
        payable
        metered(_gasLimit)
    {
        _assertValueAllowed(msg.value);
        if (msg.value > 0 && _isUsingLockbox()) ethLockbox.lockETH{value: msg.value}();

        if (_isCreation && _to != address(0)) revert OptimismPortal_BadTarget();
        if (_gasLimit < minimumGasLimit(uint64(_data.length))) revert OptimismPortal_GasLimitTooLow();
        if (_data.length > MAX_DEPOSIT_DATA) revert OptimismPortal_CalldataTooLarge();

        bytes memory opaqueData = abi.encodePacked(msg.value, _value, _gasLimit, _isCreation, _data);
        emit TransactionDeposited(Sender.onL2(), _to, DEPOSIT_VERSION, opaqueData);
    }

    /// @notice Least L2 gas for a deposit with so many bytes of data, so that filling L2 blocks is not cheap.
    function minimumGasLimit(uint64 _byteCount) public pure returns (uint64) {
        return _byteCount * 40 + 21_000;
    }

    function _isUsingInterop() private view returns (bool) {
        return systemConfig.isFeatureEnabled(Features.INTEROP) && systemConfig.isFeatureEnabled(Features.ETH_LOCKBOX);
    }

    function _resourceConfig() internal view override returns (IResourceMetering.ResourceConfig memory) {
        return systemConfig.resourceConfig();
    }
}
