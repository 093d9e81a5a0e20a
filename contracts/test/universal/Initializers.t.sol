// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ETHLockbox} from "src/L1/ETHLockbox.sol";
import {L1CrossDomainMessenger} from "src/L1/L1CrossDomainMessenger.sol";
import {L1ERC721Bridge} from "src/L1/L1ERC721Bridge.sol";
import {L1StandardBridge} from "src/L1/L1StandardBridge.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {ProtocolVersions} from "src/L1/ProtocolVersions.sol";
import {SuperchainConfig} from "src/L1/SuperchainConfig.sol";
import {SystemConfig} from "src/L1/SystemConfig.sol";
import {BaseFeeVault} from "src/L2/BaseFeeVault.sol";
import {L2CrossDomainMessenger} from "src/L2/L2CrossDomainMessenger.sol";
import {L2ERC721Bridge} from "src/L2/L2ERC721Bridge.sol";
import {L2StandardBridge} from "src/L2/L2StandardBridge.sol";
import {OptimismMintableERC721Factory} from "src/L2/OptimismMintableERC721Factory.sol";
import {OptimismMintableERC20Factory} from "src/universal/OptimismMintableERC20Factory.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {BridgeTest} from "test/BridgeTest.sol";

/// @dev Answers whatever an initializer asks.
contract Yes {
    fallback() external {
        assembly {
            return(0, 32)
        }
    }
}

/// @notice R-30: every initializer of the bridge, of an implementation, twice, by a stranger, and anew after an upgrade.
contract InitializersTest is BridgeTest {
    struct Case {
        string name;
        address implementation;
        bytes call;
        /// Slot and byte of the initializer's version.
        bytes32 slot;
        uint256 offset;
        bool anybody;
    }

    address private answer = address(new Yes());
    Case[] private cases;

    function add(string memory name, address impl, bytes memory call_) private {
        cases.push(Case(name, impl, call_, 0, 0, false));
    }

    function setUp() external {
        address[] memory none = new address[](0);
        add(
            "OptimismPortal2",
            address(new OptimismPortal2(1)),
            abi.encodeWithSignature("initialize(address,address,address)", answer, answer, address(0))
        );
        add("SuperchainConfig", address(new SuperchainConfig()), abi.encodeWithSignature("initialize(address)", alice));
        add(
            "ETHLockbox",
            address(new ETHLockbox()),
            abi.encodeWithSignature("initialize(address,address[])", answer, none)
        );
        bytes memory two = abi.encodeWithSignature("initialize(address,address)", answer, answer);
        add("L1StandardBridge", address(new L1StandardBridge()), two);
        add("L1ERC721Bridge", address(new L1ERC721Bridge()), two);
        add("L1CrossDomainMessenger", address(new L1CrossDomainMessenger()), two);
        cases[cases.length - 1].offset = 20;
        bytes memory one = abi.encodeWithSignature("initialize(address)", answer);
        add("L2CrossDomainMessenger", address(new L2CrossDomainMessenger()), one);
        cases[cases.length - 1].offset = 20;
        add("L2StandardBridge", address(new L2StandardBridge()), one);
        add("L2ERC721Bridge", address(new L2ERC721Bridge()), one);
        add("OptimismMintableERC20Factory", address(new OptimismMintableERC20Factory()), one);
        add(
            "OptimismMintableERC721Factory",
            address(new OptimismMintableERC721Factory()),
            abi.encodeWithSignature("initialize(address,uint256)", answer, 1)
        );
        cases[cases.length - 1].slot = bytes32(uint256(1));
        add(
            "BaseFeeVault",
            address(new BaseFeeVault()),
            abi.encodeWithSignature("initialize(address,uint256,uint8)", answer, 1, 0)
        );
        cases[cases.length - 1].slot = 0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00;
        add(
            "ProtocolVersions",
            address(new ProtocolVersions()),
            abi.encodeWithSignature("initialize(address,uint256,uint256)", alice, 1, 1)
        );
        cases[cases.length - 1].anybody = true;
    }

    function refused(address target, address who, bytes memory call_, bytes memory expected, string memory name) private {
        vm.prank(who);
        (bool success, bytes memory reason) = target.call(call_);
        assertFalse(success, name);
        assertEq(reason, expected, name);
    }

    function already(Case memory c) private pure returns (bytes memory) {
        return c.slot > bytes32(uint256(1))
            ? abi.encodeWithSignature("InvalidInitialization()")
            : abi.encodeWithSignature("Error(string)", "Initializable: contract is already initialized");
    }

    function initialize(address target, Case memory c) private {
        vm.prank(owner);
        (bool success, bytes memory reason) = target.call(c.call);
        assertTrue(success, string.concat(c.name, string(reason)));
    }

    function test_R30_implementations() external {
        for (uint256 i = 0; i < cases.length; i++) {
            refused(cases[i].implementation, owner, cases[i].call, already(cases[i]), cases[i].name);
        }
    }

    function test_R30_twice() external {
        for (uint256 i = 0; i < cases.length; i++) {
            address proxy = proxied(cases[i].implementation);
            initialize(proxy, cases[i]);
            refused(proxy, owner, cases[i].call, already(cases[i]), cases[i].name);
        }
    }

    function test_R30_strangers() external {
        for (uint256 i = 0; i < cases.length; i++) {
            if (cases[i].anybody) continue;
            refused(
                proxied(cases[i].implementation),
                bob,
                cases[i].call,
                abi.encodePacked(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector),
                cases[i].name
            );
        }
    }

    /// @notice The sabotaged twin: with the version forgotten, the second call goes through.
    function test_R30_sabotaged() external {
        for (uint256 i = 0; i < cases.length; i++) {
            address proxy = proxied(cases[i].implementation);
            initialize(proxy, cases[i]);
            uint256 word = uint256(vm.load(proxy, cases[i].slot));
            vm.store(proxy, cases[i].slot, bytes32(word & ~(uint256(0xff) << (8 * cases[i].offset))));
            initialize(proxy, cases[i]);
        }
    }

    /// @notice The version lies where deployed proxies have it, so that an upgrade in place is initialized once.
    function test_R30_versionSlots() external {
        for (uint256 i = 0; i < cases.length; i++) {
            address proxy = proxied(cases[i].implementation);
            initialize(proxy, cases[i]);
            uint256 version = uint256(vm.load(proxy, cases[i].slot)) >> (8 * cases[i].offset) & 0xff;
            assertGt(version, 0, cases[i].name);
            assertLe(version, 3, cases[i].name);
        }
    }

    /// @notice A proxy that an older version initialized can be initialized by this one, where that is higher.
    function test_R30_upgradeInPlace() external {
        for (uint256 i = 0; i < 6; i++) {
            address proxy = proxied(cases[i].implementation);
            bool first = keccak256(bytes(cases[i].name)) == keccak256("ETHLockbox");
            vm.store(proxy, 0, bytes32(uint256(1) << (8 * cases[i].offset)));
            if (first) refused(proxy, owner, cases[i].call, already(cases[i]), cases[i].name);
            else initialize(proxy, cases[i]);
        }
    }

    function test_R30_systemConfig() external {
        SystemConfig impl = new SystemConfig();
        assertEq(uint256(vm.load(address(impl), 0)), 255);
        assertEq(impl.initVersion(), 3);
    }
}
