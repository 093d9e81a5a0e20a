// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Initializable} from "openzeppelin-5/proxy/utils/Initializable.sol";

import {IL2ToL1MessagePasser} from "src/interfaces/IL2ToL1MessagePasser.sol";
import {Predeploys} from "src/libraries/Predeploys.sol";
import {SafeCall} from "src/libraries/SafeCall.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";

/// @title FeeVault
/// @notice Gathers one kind of fee of the chain. Anybody may send what is there to its recipient, on L2 or by a withdrawal
///         to L1. The initializer's flags are not in slot 0, unlike in other predeploys.
abstract contract FeeVault is ProxyAdminOwnedBase, Initializable {
    /// @dev Layer on which the recipient gets the fees.
    enum WithdrawalNetwork {
        L1,
        L2
    }

    /// @dev L1 gas for the recipient.
    uint256 private constant WITHDRAWAL_MIN_GAS = 400_000;

    /// @notice Wei sent out so far.
    uint256 public totalProcessed;

    /// @notice Least balance that can be sent, wei.
    uint256 public minWithdrawalAmount;

    address public recipient;
    WithdrawalNetwork public withdrawalNetwork;

    uint256[46] private __gap;

    /// @dev Old form of the event after it.
    event Withdrawal(uint256 value, address to, address from);
    event Withdrawal(uint256 value, address to, address from, WithdrawalNetwork withdrawalNetwork);
    event MinWithdrawalAmountUpdated(uint256 oldWithdrawalAmount, uint256 newWithdrawalAmount);
    event RecipientUpdated(address oldRecipient, address newRecipient);
    event WithdrawalNetworkUpdated(WithdrawalNetwork oldWithdrawalNetwork, WithdrawalNetwork newWithdrawalNetwork);

    constructor() {
        _disableInitializers();
    }

    receive() external payable {}

    function initialize(address _recipient, uint256 _minWithdrawalAmount, WithdrawalNetwork _withdrawalNetwork)
        external
        initializer
    {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        recipient = _recipient;
        minWithdrawalAmount = _minWithdrawalAmount;
        withdrawalNetwork = _withdrawalNetwork;
    }

    /// @notice Sends the whole balance to the recipient.
    function withdraw() external returns (uint256 value_) {
        value_ = address(this).balance;
        require(
            value_ >= minWithdrawalAmount,
            "FeeVault: withdrawal amount must be greater than minimum withdrawal amount"
        );
        totalProcessed += value_;
        (address to, WithdrawalNetwork network) = (recipient, withdrawalNetwork);
        emit Withdrawal(value_, to, msg.sender);
        emit Withdrawal(value_, to, msg.sender, network);

        if (network == WithdrawalNetwork.L2) {
            bool success = SafeCall.call(to, gasleft(), value_, "");
            require(success, "FeeVault: failed to send ETH to L2 fee recipient");
        } else {
            IL2ToL1MessagePasser passer = IL2ToL1MessagePasser(Predeploys.L2_TO_L1_MESSAGE_PASSER);
            passer.initiateWithdrawal{value: value_}(to, WITHDRAWAL_MIN_GAS, "");
        }
    }

    function setMinWithdrawalAmount(uint256 _newMinWithdrawalAmount) external {
        _assertOnlyProxyAdminOwner();
        uint256 previous = minWithdrawalAmount;
        minWithdrawalAmount = _newMinWithdrawalAmount;
        emit MinWithdrawalAmountUpdated(previous, _newMinWithdrawalAmount);
    }

    function setRecipient(address _newRecipient) external {
        _assertOnlyProxyAdminOwner();
        address previous = recipient;
        recipient = _newRecipient;
        emit RecipientUpdated(previous, _newRecipient);
    }

    function setWithdrawalNetwork(WithdrawalNetwork _newWithdrawalNetwork) external {
        _assertOnlyProxyAdminOwner();
        WithdrawalNetwork previous = withdrawalNetwork;
        withdrawalNetwork = _newWithdrawalNetwork;
        emit WithdrawalNetworkUpdated(previous, _newWithdrawalNetwork);
    }

    /// @notice Old name of `minWithdrawalAmount`.
    function MIN_WITHDRAWAL_AMOUNT() external view returns (uint256) {
        return minWithdrawalAmount;
    }

    /// @notice Old name of `recipient`.
    function RECIPIENT() external view returns (address) {
        return recipient;
    }

    /// @notice Old name of `withdrawalNetwork`.
    function WITHDRAWAL_NETWORK() external view returns (WithdrawalNetwork) {
        return withdrawalNetwork;
    }
}
