// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {ILegacyMintableERC20} from "src/interfaces/IOptimismMintableERC20.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {StandardBridge} from "src/universal/StandardBridge.sol";

/// @title L2StandardBridge
/// @notice The bridge on L2: sends by withdrawals. Its first names for everything live on, as functions and as events;
///         in those, ether is a token at an address of its own.
contract L2StandardBridge is StandardBridge, ProxyAdminOwnedBase, ISemver {
    event WithdrawalInitiated(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event DepositFinalized(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );

    constructor() {
        _disableInitializers();
    }

    receive() external payable override onlyEOA {
        _initiateBridgeETH(msg.sender, msg.sender, msg.value, RECEIVE_DEFAULT_GAS_LIMIT, "");
    }

    function initialize(address _otherBridge) external reinitializer(1) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        __StandardBridge_init(ICrossDomainMessenger(Predeploys.L2_CROSS_DOMAIN_MESSENGER), _otherBridge);
    }

    /// @notice Old form of `bridgeETH` and `bridgeERC20`.
    function withdraw(address _l2Token, uint256 _amount, uint32 _minGasLimit, bytes calldata _extraData)
        external
        payable
        onlyEOA
    {
        _initiateWithdrawal(_l2Token, msg.sender, _amount, _minGasLimit, _extraData);
    }

    /// @notice Old form of `bridgeETHTo` and `bridgeERC20To`.
    function withdrawTo(address _l2Token, address _to, uint256 _amount, uint32 _minGasLimit, bytes calldata _extraData)
        external
        payable
    {
        _initiateWithdrawal(_l2Token, _to, _amount, _minGasLimit, _extraData);
    }

    function version() external pure virtual returns (string memory) {
        return "1.13.2";
    }

    /// @notice Old name of `otherBridge`.
    function l1TokenBridge() external view returns (address) {
        return otherBridge;
    }

    function _initiateWithdrawal(address l2Token, address to, uint256 amount, uint32 minGasLimit, bytes memory data)
        private
    {
        if (l2Token == Predeploys.LEGACY_ERC20_ETH) {
            _initiateBridgeETH(msg.sender, to, amount, minGasLimit, data);
        } else {
            address l1Token = ILegacyMintableERC20(l2Token).l1Token();
            _initiateBridgeERC20(l2Token, l1Token, msg.sender, to, amount, minGasLimit, data);
        }
    }

    function _emitETHBridgeInitiated(address from, address to, uint256 amount, bytes memory extraData)
        internal
        override
    {
        emit WithdrawalInitiated(address(0), Predeploys.LEGACY_ERC20_ETH, from, to, amount, extraData);
        super._emitETHBridgeInitiated(from, to, amount, extraData);
    }

    function _emitETHBridgeFinalized(address from, address to, uint256 amount, bytes memory extraData)
        internal
        override
    {
        emit DepositFinalized(address(0), Predeploys.LEGACY_ERC20_ETH, from, to, amount, extraData);
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
        emit WithdrawalInitiated(remoteToken, localToken, from, to, amount, extraData);
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
        emit DepositFinalized(remoteToken, localToken, from, to, amount, extraData);
        super._emitERC20BridgeFinalized(localToken, remoteToken, from, to, amount, extraData);
    }
}
