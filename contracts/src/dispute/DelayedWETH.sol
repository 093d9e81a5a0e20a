// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISemver} from "src/interfaces/ISemver.sol";
import {ISuperchainConfig} from "src/interfaces/ISuperchainConfig.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {Initializable} from "src/universal/Initializable.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";
import {WETH98} from "src/universal/WETH98.sol";

/// @title DelayedWETH
/// @notice Holds the bonds of games. A game announces each payment, and the ether leaves only after a delay in which the
///         owner of the ProxyAdmin can take it back if the game has gone wrong.
contract DelayedWETH is Initializable, ProxyAdminOwnedBase, ReinitializableBase, WETH98, ISemver {
    /// @param amount Wei announced and not withdrawn.
    /// @param timestamp Time of the latest announcement.
    struct WithdrawalRequest {
        uint256 amount;
        uint256 timestamp;
    }

    string public constant version = "1.5.1";

    uint256 private immutable DELAY_SECONDS;

    /// @notice Announcements by account (a game) and sub-account (whom it pays).
    mapping(address => mapping(address => WithdrawalRequest)) public withdrawals;

    ISystemConfig public systemConfig;

    constructor(uint256 _delay) ReinitializableBase(1) {
        DELAY_SECONDS = _delay;
        _disableInitializers();
    }

    function initialize(ISystemConfig _systemConfig) external reinitializer(initVersion()) {
        _assertOnlyProxyAdminOrProxyAdminOwner();
        systemConfig = _systemConfig;
    }

    /// @notice Announces a withdrawal. The delay of everything announced for this sub-account starts again.
    function unlock(address _guy, uint256 _wad) external {
        WithdrawalRequest storage request = withdrawals[msg.sender][_guy];
        request.timestamp = block.timestamp;
        request.amount += _wad;
    }

    /// @notice Takes up to `_wad` wei out of the contract, whoever they belong to.
    function recover(uint256 _wad) external {
        _checkOwner();
        uint256 amount = _wad < address(this).balance ? _wad : address(this).balance;
        (bool success,) = msg.sender.call{value: amount}("");
        require(success, "DelayedWETH: recover failed");
    }

    /// @notice Takes an account's whole balance.
    function hold(address _guy) external {
        hold(_guy, balanceOf(_guy));
    }

    function delay() external view returns (uint256) {
        return DELAY_SECONDS;
    }

    function config() external view returns (ISuperchainConfig) {
        return systemConfig.superchainConfig();
    }

    function withdraw(uint256 _wad) public override {
        withdraw(msg.sender, _wad);
    }

    /// @notice Pays an announced withdrawal out to the caller.
    function withdraw(address _guy, uint256 _wad) public {
        require(!systemConfig.paused(), "DelayedWETH: contract is paused");
        WithdrawalRequest storage request = withdrawals[msg.sender][_guy];
        require(request.amount >= _wad, "DelayedWETH: insufficient unlocked withdrawal");
        require(request.timestamp > 0, "DelayedWETH: withdrawal not unlocked");
        require(request.timestamp + DELAY_SECONDS <= block.timestamp, "DelayedWETH: withdrawal delay not met");
        request.amount -= _wad;
        super.withdraw(_wad);
    }

    /// @notice Moves part of an account's balance to the caller.
    function hold(address _guy, uint256 _wad) public {
        _checkOwner();
        _approve(_guy, msg.sender, _wad);
        transferFrom(_guy, msg.sender, _wad);
    }

    function _checkOwner() private view {
        require(msg.sender == proxyAdminOwner(), "DelayedWETH: not owner");
    }
}
