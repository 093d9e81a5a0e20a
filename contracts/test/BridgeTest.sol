// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {Proxy} from "src/universal/Proxy.sol";
import {ProxyAdmin} from "src/universal/ProxyAdmin.sol";
import {Slots} from "src/universal/Slots.sol";

/// @notice Says whether the chain is paused, and notes what it is asked for.
contract MockSystemConfig {
    bool public paused;
    address public superchainConfig = address(0x5c);

    function setPaused(bool paused_) external {
        paused = paused_;
    }
}

/// @notice An account that does with ether and calls what a test tells it.
contract Target {
    enum Mood {
        CALM,
        REFUSES,
        BURNS
    }

    Mood public mood;
    uint256 public calls;
    uint256 public gasSeen;
    uint256 public valueSeen;
    bytes public dataSeen;
    address private callee;
    bytes private onEntry;
    bool public inner;
    bytes public innerResult;

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function callOnEntry(address callee_, bytes memory call_) external {
        (callee, onEntry) = (callee_, call_);
    }

    receive() external payable {
        enter();
    }

    fallback() external payable {
        enter();
    }

    function enter() private {
        gasSeen = gasleft();
        calls++;
        (valueSeen, dataSeen) = (msg.value, msg.data);
        if (callee != address(0)) (inner, innerResult) = callee.call(onEntry);
        require(mood != Mood.REFUSES, "refused");
        while (mood == Mood.BURNS) {}
    }
}

/// @notice Proxies under one admin, and predeploys as they stand in a genesis.
abstract contract BridgeTest is Test {
    address internal constant L2_MESSENGER = 0x4200000000000000000000000000000000000007;
    address internal constant L2_BRIDGE = 0x4200000000000000000000000000000000000010;
    address internal constant L2_ERC721_BRIDGE = 0x4200000000000000000000000000000000000014;
    address internal constant L1_BLOCK = 0x4200000000000000000000000000000000000015;
    address internal constant PASSER = 0x4200000000000000000000000000000000000016;
    address internal constant DEPOSITOR = 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001;
    address internal constant UNSET_SENDER = 0x000000000000000000000000000000000000dEaD;

    address internal owner = makeAddr("owner");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    ProxyAdmin internal proxyAdmin = new ProxyAdmin(owner);

    /// @notice A proxy of `proxyAdmin` with an implementation, not initialized.
    function proxied(address impl) internal returns (address payable proxy) {
        proxy = payable(address(new Proxy(address(proxyAdmin))));
        vm.prank(owner);
        proxyAdmin.upgrade(proxy, impl);
    }

    /// @notice The same at a given address, with empty storage otherwise.
    function predeployed(address at, address impl) internal {
        vm.etch(at, address(new Proxy(address(proxyAdmin))).code);
        vm.store(at, Slots.PROXY_ADMIN, bytes32(uint256(uint160(address(proxyAdmin)))));
        vm.store(at, Slots.PROXY_IMPLEMENTATION, bytes32(uint256(uint160(impl))));
    }

    function aliasOf(address account) internal pure returns (address) {
        unchecked {
            return address(uint160(account) + uint160(0x1111000000000000000000000000000000001111));
        }
    }

    function slotOf(address account, uint256 slot) internal view returns (uint256) {
        return uint256(vm.load(account, bytes32(slot)));
    }
}
