// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {OptimismMintableERC721} from "src/L2/OptimismMintableERC721.sol";
import {OptimismMintableERC721Factory} from "src/L2/OptimismMintableERC721Factory.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {BridgeTest} from "test/BridgeTest.sol";

contract OptimismMintableERC721Test is BridgeTest {
    address private constant REMOTE = 0xabCDEF1234567890ABcDEF1234567890aBCDeF12;

    address private bridge = makeAddr("bridge");
    OptimismMintableERC721 private token = new OptimismMintableERC721(bridge, 1, REMOTE, "Collection", "C");
    OptimismMintableERC721Factory private factory;

    function setUp() external {
        factory = OptimismMintableERC721Factory(proxied(address(new OptimismMintableERC721Factory())));
        vm.prank(owner);
        factory.initialize(bridge, 11155111);
    }

    function test_views() external view {
        assertEq(token.version(), "1.3.2");
        assertEq(token.remoteChainId(), 1);
        assertEq(token.REMOTE_CHAIN_ID(), 1);
        assertEq(token.remoteToken(), REMOTE);
        assertEq(token.REMOTE_TOKEN(), REMOTE);
        assertEq(token.bridge(), bridge);
        assertEq(token.BRIDGE(), bridge);
        assertEq(token.baseTokenURI(), "ethereum:0xabcdef1234567890abcdef1234567890abcdef12@1/tokenURI?uint256=");
    }

    function test_tokenURI() external {
        vm.prank(bridge);
        token.safeMint(alice, 42);
        assertEq(token.tokenURI(42), "ethereum:0xabcdef1234567890abcdef1234567890abcdef12@1/tokenURI?uint256=42");
    }

    function testFuzz_supportsInterface(bytes4 id) external view {
        bool known = id == 0xaecafc23 || id == 0x01ffc9a7 || id == 0x80ac58cd || id == 0x5b5e139f || id == 0x780e9d63;
        assertEq(token.supportsInterface(id), known);
    }

    function test_supportsInterface_known() external view {
        assertTrue(token.supportsInterface(0xaecafc23));
        assertTrue(token.supportsInterface(0x01ffc9a7));
        assertTrue(token.supportsInterface(0x80ac58cd));
        assertTrue(token.supportsInterface(0x780e9d63));
        assertFalse(token.supportsInterface(0x74259ebf));
    }

    function testFuzz_safeMint(uint256 id) external {
        vm.expectEmit(address(token));
        emit OptimismMintableERC721.Mint(alice, id);
        vm.prank(bridge);
        token.safeMint(alice, id);
        assertEq(token.ownerOf(id), alice);
        assertEq(token.tokenByIndex(0), id);
    }

    function testFuzz_safeMint_stranger_reverts(address who) external {
        vm.assume(who != bridge);
        vm.expectRevert("OptimismMintableERC721: only bridge can call this function");
        vm.prank(who);
        token.safeMint(alice, 1);
    }

    function test_burn() external {
        vm.startPrank(bridge);
        token.safeMint(alice, 1);
        vm.expectEmit(address(token));
        emit OptimismMintableERC721.Burn(bob, 1); // the account is taken as it is given
        token.burn(bob, 1);
        assertEq(token.totalSupply(), 0);
    }

    function testFuzz_burn_stranger_reverts(address who) external {
        vm.assume(who != bridge);
        vm.expectRevert("OptimismMintableERC721: only bridge can call this function");
        vm.prank(who);
        token.burn(alice, 1);
    }

    function test_constructor_bridgeZero_reverts() external {
        vm.expectRevert("OptimismMintableERC721: bridge cannot be address(0)");
        new OptimismMintableERC721(address(0), 0, address(0), "", "");
    }

    function test_constructor_chainZero_reverts() external {
        vm.expectRevert("OptimismMintableERC721: remote chain id cannot be zero");
        new OptimismMintableERC721(bridge, 0, address(0), "", "");
    }

    function test_constructor_remoteZero_reverts() external {
        vm.expectRevert("OptimismMintableERC721: remote token cannot be address(0)");
        new OptimismMintableERC721(bridge, 1, address(0), "", "");
    }

    // Factory

    function test_factory_views() external view {
        assertEq(factory.version(), "1.5.1");
        assertEq(factory.bridge(), bridge);
        assertEq(factory.BRIDGE(), bridge);
        assertEq(factory.remoteChainID(), 11155111);
        assertEq(factory.REMOTE_CHAIN_ID(), 11155111);
        assertEq(slotOf(address(factory), 1), uint256(uint160(bridge)) << 16 | 1);
        assertEq(slotOf(address(factory), 2), 11155111);
    }

    function test_factory_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        factory.initialize(bob, 1);
    }

    function testFuzz_factory_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        OptimismMintableERC721Factory made =
            OptimismMintableERC721Factory(proxied(address(new OptimismMintableERC721Factory())));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(bridge, 1);
    }

    function testFuzz_factory_create(address remote, string memory name, string memory symbol) external {
        vm.assume(remote != address(0));
        bytes memory creation = abi.encodePacked(
            type(OptimismMintableERC721).creationCode, abi.encode(bridge, 11155111, remote, name, symbol)
        );
        bytes32 salt = keccak256(abi.encode(remote, name, symbol));
        address expected = vm.computeCreate2Address(salt, keccak256(creation), address(factory));
        vm.expectEmit(address(factory));
        emit OptimismMintableERC721Factory.OptimismMintableERC721Created(expected, remote, alice);
        vm.prank(alice);
        assertEq(factory.createOptimismMintableERC721(remote, name, symbol), expected);
        assertTrue(factory.isOptimismMintableERC721(expected));
        assertEq(slotOf(address(factory), uint256(keccak256(abi.encode(expected, uint256(0))))), 1);
    }

    function test_factory_create_twice_reverts() external {
        factory.createOptimismMintableERC721(REMOTE, "A", "B");
        vm.expectRevert(bytes(""));
        factory.createOptimismMintableERC721(REMOTE, "A", "B");
    }

    function test_factory_create_remoteZero_reverts() external {
        vm.expectRevert("OptimismMintableERC721Factory: L1 token address cannot be address(0)");
        factory.createOptimismMintableERC721(address(0), "A", "B");
    }
}
