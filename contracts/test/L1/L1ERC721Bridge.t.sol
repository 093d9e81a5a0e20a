// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {L1ERC721Bridge} from "src/L1/L1ERC721Bridge.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {MockSystemConfig} from "test/BridgeTest.sol";
import {MockMessenger} from "test/universal/BridgeSuite.sol";
import {Collection, ERC721BridgeSuite} from "test/universal/ERC721BridgeSuite.sol";

contract L1ERC721BridgeTest is ERC721BridgeSuite {
    MockSystemConfig private config = new MockSystemConfig();
    L1ERC721Bridge private l1;
    Collection private collection = new Collection();

    function setUp() external {
        messenger = new MockMessenger();
        l1 = L1ERC721Bridge(proxied(address(new L1ERC721Bridge())));
        vm.prank(owner);
        l1.initialize(ICrossDomainMessenger(address(messenger)), ISystemConfig(address(config)));
        (bridge, twin, local) = (l1, L2_ERC721_BRIDGE, address(collection));
    }

    function give(address to, uint256 id) internal override {
        collection.give(to, id);
        vm.prank(to);
        collection.approve(address(bridge), id);
    }

    function keep(uint256 id) internal override {
        give(alice, id);
        vm.prank(alice, alice);
        bridge.bridgeERC721(local, REMOTE, id, 0, "");
    }

    function test_views() external view {
        assertEq(l1.version(), "2.9.1");
        assertEq(l1.initVersion(), 3);
        assertEq(address(l1.systemConfig()), address(config));
        assertEq(address(l1.superchainConfig()), address(0x5c));
        assertEq(slotOf(address(l1), 0), 3);
        assertEq(slotOf(address(l1), 51), uint160(address(config)));
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        l1.initialize(ICrossDomainMessenger(address(0)), ISystemConfig(address(0)));
    }

    function test_initialize_implementation_reverts() external {
        L1ERC721Bridge impl = new L1ERC721Bridge();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(ICrossDomainMessenger(address(0)), ISystemConfig(address(0)));
    }

    function testFuzz_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        L1ERC721Bridge made = L1ERC721Bridge(proxied(address(new L1ERC721Bridge())));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(ICrossDomainMessenger(address(0)), ISystemConfig(address(0)));
    }

    function test_bridgeERC721_keeps() external {
        keep(1);
        assertEq(collection.ownerOf(1), address(l1));
        assertTrue(l1.deposits(local, REMOTE, 1));
        bytes32 slot = keccak256(abi.encode(local, uint256(49)));
        slot = keccak256(abi.encode(uint256(1), keccak256(abi.encode(REMOTE, slot))));
        assertEq(slotOf(address(l1), uint256(slot)), 1);
    }

    function test_bridgeERC721_remoteZero_reverts() external {
        give(alice, 1);
        vm.expectRevert("L1ERC721Bridge: remote token cannot be address(0)");
        vm.prank(alice, alice);
        l1.bridgeERC721(local, address(0), 1, 0, "");
    }

    function test_bridgeERC721_notApproved_reverts() external {
        collection.give(alice, 1);
        vm.expectRevert("ERC721: caller is not token owner nor approved");
        vm.prank(alice, alice);
        l1.bridgeERC721(local, REMOTE, 1, 0, "");
    }

    function test_bridgeERC721_notOwner_reverts() external {
        give(alice, 1);
        vm.expectRevert("ERC721: transfer from incorrect owner");
        vm.prank(bob, bob);
        l1.bridgeERC721(local, REMOTE, 1, 0, "");
    }

    function test_finalize_clears() external {
        keep(1);
        execute(message(alice, bob, 1, "", true));
        assertFalse(l1.deposits(local, REMOTE, 1));
        executeRefused(message(alice, bob, 1, "", true), "L1ERC721Bridge: Token ID is not escrowed in the L1 Bridge");
    }

    function test_finalize_notKept_reverts() external {
        executeRefused(message(alice, bob, 1, "", true), "L1ERC721Bridge: Token ID is not escrowed in the L1 Bridge");
    }

    function test_finalize_otherRemote_reverts() external {
        keep(1);
        bytes memory other = abi.encodeCall(l1.finalizeBridgeERC721, (local, address(0xbad), alice, bob, 1, ""));
        executeRefused(other, "L1ERC721Bridge: Token ID is not escrowed in the L1 Bridge");
    }

    /// @notice A token that somebody sent to the bridge without it is nobody's to claim.
    function test_finalize_sentDirectly_reverts() external {
        collection.give(address(l1), 1);
        executeRefused(message(alice, bob, 1, "", true), "L1ERC721Bridge: Token ID is not escrowed in the L1 Bridge");
    }

    function test_finalize_localIsBridge_reverts() external {
        bytes memory self = abi.encodeCall(l1.finalizeBridgeERC721, (address(l1), REMOTE, alice, bob, 1, ""));
        executeRefused(self, "L1ERC721Bridge: local token cannot be self");
    }

    function test_finalize_paused_reverts() external {
        keep(1);
        config.setPaused(true);
        assertTrue(l1.paused());
        executeRefused(message(alice, bob, 1, "", true), "L1ERC721Bridge: paused");
        bytes memory self = abi.encodeCall(l1.finalizeBridgeERC721, (address(l1), REMOTE, alice, bob, 1, ""));
        executeRefused(self, "L1ERC721Bridge: paused");
        config.setPaused(false);
        execute(message(alice, bob, 1, "", true));
    }

    function test_initiation_paused() external {
        config.setPaused(true);
        keep(1);
    }
}
