// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {L2ERC721Bridge} from "src/L2/L2ERC721Bridge.sol";
import {OptimismMintableERC721} from "src/L2/OptimismMintableERC721.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {MockMessenger} from "test/universal/BridgeSuite.sol";
import {Collection, ERC721BridgeSuite} from "test/universal/ERC721BridgeSuite.sol";

/// @notice Has the remote token, but reports the interface of before October 2024.
contract OldMintable {
    address public constant remoteToken = address(0x4e407e);

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x74259ebf;
    }
}

contract L2ERC721BridgeTest is ERC721BridgeSuite {
    L2ERC721Bridge private l2;
    OptimismMintableERC721 private collection;

    function setUp() external {
        vm.etch(L2_MESSENGER, address(new MockMessenger()).code);
        messenger = MockMessenger(payable(L2_MESSENGER));
        predeployed(L2_ERC721_BRIDGE, address(new L2ERC721Bridge()));
        l2 = L2ERC721Bridge(L2_ERC721_BRIDGE);
        twin = makeAddr("bridge on L1");
        vm.prank(owner);
        l2.initialize(twin);
        collection = new OptimismMintableERC721(address(l2), 1, REMOTE, "Mintable", "M");
        (bridge, local) = (l2, address(collection));
    }

    function give(address to, uint256 id) internal override {
        vm.prank(address(l2));
        collection.safeMint(to, id);
    }

    function keep(uint256) internal override {}

    function test_views() external view {
        assertEq(l2.version(), "1.10.1");
        assertEq(l2.proxyAdminOwner(), owner);
        assertEq(slotOf(address(l2), 0), 1);
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        l2.initialize(bob);
    }

    function test_initialize_implementation_reverts() external {
        L2ERC721Bridge impl = new L2ERC721Bridge();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(bob);
    }

    function testFuzz_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        L2ERC721Bridge made = L2ERC721Bridge(proxied(address(new L2ERC721Bridge())));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(twin);
    }

    function test_bridgeERC721_burns() external {
        give(alice, 1);
        vm.prank(alice, alice);
        l2.bridgeERC721(local, REMOTE, 1, 0, "");
        assertEq(collection.totalSupply(), 0);
    }

    function test_bridgeERC721_remoteZero_reverts() external {
        vm.expectRevert("L2ERC721Bridge: remote token cannot be address(0)");
        vm.prank(alice, alice);
        l2.bridgeERC721(local, address(0), 1, 0, "");
    }

    /// @notice Not even with the owner's approval.
    function test_bridgeERC721_notOwner_reverts() external {
        give(alice, 1);
        vm.prank(alice);
        collection.setApprovalForAll(bob, true);
        vm.expectRevert("L2ERC721Bridge: Withdrawal is not being initiated by NFT owner");
        vm.prank(bob, bob);
        l2.bridgeERC721(local, address(0xbad), 1, 0, "");
    }

    function test_bridgeERC721_otherRemote_reverts() external {
        give(alice, 1);
        vm.expectRevert("L2ERC721Bridge: remote token does not match given value");
        vm.prank(alice, alice);
        l2.bridgeERC721(local, address(0xbad), 1, 0, "");
    }

    function test_finalize_localIsBridge_reverts() external {
        bytes memory self = abi.encodeCall(l2.finalizeBridgeERC721, (address(l2), REMOTE, alice, bob, 1, ""));
        executeRefused(self, "L2ERC721Bridge: local token cannot be self");
    }

    function test_finalize_notMintable_reverts() external {
        bytes memory plain =
            abi.encodeCall(l2.finalizeBridgeERC721, (address(new Collection()), REMOTE, alice, bob, 1, ""));
        executeRefused(plain, "L2ERC721Bridge: local token interface is not compliant");
    }

    function test_finalize_oldInterface_reverts() external {
        bytes memory old =
            abi.encodeCall(l2.finalizeBridgeERC721, (address(new OldMintable()), REMOTE, alice, bob, 1, ""));
        executeRefused(old, "L2ERC721Bridge: local token interface is not compliant");
    }

    function test_finalize_otherRemote_reverts() external {
        bytes memory other = abi.encodeCall(l2.finalizeBridgeERC721, (local, address(0xbad), alice, bob, 1, ""));
        executeRefused(other, "L2ERC721Bridge: wrong remote token for Optimism Mintable ERC721 local token");
    }

    function test_finalize_existing_reverts() external {
        give(alice, 1);
        executeRefused(message(alice, bob, 1, "", true), "ERC721: token already minted");
    }
}
