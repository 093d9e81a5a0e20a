// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";
import {StandardBridge} from "src/universal/StandardBridge.sol";

/// @title L1StandardBridge
/// @notice The bridge on L1: sends by deposits. Its first names for everything live on, as functions and as events.
contract L1StandardBridge is StandardBridge, ProxyAdminOwnedBase, ReinitializableBase, ISemver {
    string public constant version = "2.8.2";

    address private spacer_50_0_20;
    address private spacer_51_0_20;

    ISystemConfig public systemConfig;

    event ETHDepositInitiated(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ETHWithdrawalFinalized(address indexed from, address indexed to, uint256 amount, bytes extraData);
    event ERC20DepositInitiated(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event ERC20WithdrawalFinalized(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    constructor() ReinitializableBase(3) {
        _disableInitializers();
    }

    receive() external payable override onlyEOA {
        _initiateBridgeETH(msg.sender, msg.sender, msg.value, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    function initialize(ICrossDomainMessenger _messenger, ISystemConfig _systemConfig)
        external
        reinitializer(initVersion())
    {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        systemConfig = _systemConfig;
        __StandardBridge_init(_messenger, Predeploys.L2_STANDARD_BRIDGE);
    }

    /// @notice Old name of `bridgeETH`.
    function depositETH(uint32 _minGasLimit, bytes calldata _extraData) external payable onlyEOA {
        _initiateBridgeETH(msg.sender, msg.sender, msg.value, _minGasLimit, _extraData);
    }

    /// @notice Old name of `bridgeETHTo`.
    function depositETHTo(address _to, uint32 _minGasLimit, bytes calldata _extraData) external payable {
        _initiateBridgeETH(msg.sender, _to, msg.value, _minGasLimit, _extraData);
    }

    /// @notice Old name of `bridgeERC20`.
    function depositERC20(
        address _l1Token,
        address _l2Token,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external onlyEOA {
        _initiateBridgeERC20(_l1Token, _l2Token, msg.sender, msg.sender, _amount, _minGasLimit, _extraData);
    }

    /// @notice Old name of `bridgeERC20To`.
    function depositERC20To(
        address _l1Token,
        address _l2Token,
        address _to,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        _initiateBridgeERC20(_l1Token, _l2Token, msg.sender, _to, _amount, _minGasLimit, _extraData);
    }

    /// @notice Old name of `finalizeBridgeETH`.
    function finalizeETHWithdrawal(address _from, address _to, uint256 _amount, bytes calldata _extraData)
        external
        payable
    {
        finalizeBridgeETH(_from, _to, _amount, _extraData);
    }

    /// @notice Old name of `finalizeBridgeERC20`.
    function finalizeERC20Withdrawal(
        address _l1Token,
        address _l2Token,
        address _from,
        address _to,
        uint256 _amount,
        bytes calldata _extraData
    ) external {
        finalizeBridgeERC20(_l1Token, _l2Token, _from, _to, _amount, _extraData);
    }

    function superchainConfig() external view returns (ISuperchainConfig) {
        return systemConfig.superchainConfig();
    }

    /// @notice Old name of `otherBridge`.
    function l2TokenBridge() external view returns (address) {
        return otherBridge;
    }

    function paused() public view override returns (bool) {
        return systemConfig.paused();
    }

    function _emitETHBridgeInitiated(address from, address to, uint256 amount, bytes memory extraData)
        internal
        override
    {
        emit ETHDepositInitiated(from, to, amount, extraData);
        super._emitETHBridgeInitiated(from, to, amount, extraData);
    }

    function _emitETHBridgeFinalized(address from, address to, uint256 amount, bytes memory extraData)
        internal
        override
    {
        emit ETHWithdrawalFinalized(from, to, amount, extraData);
        super._emitETHBridgeFinalized(from, to, amount, extraData);
    }

    function _emitERC20BridgeInitiated(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal override {
        emit ERC20DepositInitiated(localToken, remoteToken, from, to, amount, extraData);
        super._emitERC20BridgeInitiated(localToken, remoteToken, from, to, amount, extraData);
    }

    function _emitERC20BridgeFinalized(
        address localToken,
        address remoteToken,
        address from,
        address to,
        uint256 amount,
        bytes memory extraData
    ) internal override {
        emit ERC20WithdrawalFinalized(localToken, remoteToken, from, to, amount, extraData);
        super._emitERC20BridgeFinalized(localToken, remoteToken, from, to, amount, extraData);
    }
}
