// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {OptimismMintableERC20} from "src/universal/OptimismMintableERC20.sol";
import {OptimismMintableERC20Factory} from "src/universal/OptimismMintableERC20Factory.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {BridgeTest} from "test/BridgeTest.sol";

contract OptimismMintableERC20Test is BridgeTest {
    address private constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;
    address private constant REMOTE = address(0x4e407e);

    address private bridge = makeAddr("bridge");
    OptimismMintableERC20 private token = new OptimismMintableERC20(bridge, REMOTE, "Token", "TKN", 6);
    OptimismMintableERC20Factory private factory;

    function setUp() external {
        factory = OptimismMintableERC20Factory(proxied(address(new OptimismMintableERC20Factory())));
        vm.prank(owner);
        factory.initialize(bridge);
    }

    function test_views() external view {
        assertEq(token.version(), "1.4.1");
        assertEq(token.name(), "Token");
        assertEq(token.symbol(), "TKN");
        assertEq(token.decimals(), 6);
        assertEq(token.remoteToken(), REMOTE);
        assertEq(token.REMOTE_TOKEN(), REMOTE);
        assertEq(token.l1Token(), REMOTE);
        assertEq(token.bridge(), bridge);
        assertEq(token.BRIDGE(), bridge);
        assertEq(token.l2Bridge(), bridge);
        assertEq(token.PERMIT2(), PERMIT2);
    }

    function testFuzz_supportsInterface(bytes4 id) external view {
        bool known = id == 0x01ffc9a7 || id == 0x1d1d8b63 || id == 0xec4fc8e3;
        assertEq(token.supportsInterface(id), known);
    }

    function test_supportsInterface_known() external view {
        assertTrue(token.supportsInterface(0x01ffc9a7));
        assertTrue(token.supportsInterface(0x1d1d8b63));
        assertTrue(token.supportsInterface(0xec4fc8e3));
        assertFalse(token.supportsInterface(0xffffffff));
    }

    function testFuzz_mint(address to, uint256 amount) external {
        vm.assume(to != address(0));
        vm.expectEmit(address(token));
        emit Transfer(address(0), to, amount);
        vm.expectEmit(address(token));
        emit OptimismMintableERC20.Mint(to, amount);
        vm.prank(bridge);
        token.mint(to, amount);
        assertEq(token.balanceOf(to), amount);
        assertEq(slotOf(address(token), 2), amount);
    }

    event Transfer(address indexed from, address indexed to, uint256 value);

    function testFuzz_mint_stranger_reverts(address who) external {
        vm.assume(who != bridge);
        vm.expectRevert("OptimismMintableERC20: only bridge can mint and burn");
        vm.prank(who);
        token.mint(alice, 1);
    }

    function testFuzz_burn(uint256 minted, uint256 amount) external {
        amount = bound(amount, 0, minted);
        vm.startPrank(bridge);
        token.mint(alice, minted);
        vm.expectEmit(address(token));
        emit Transfer(alice, address(0), amount);
        vm.expectEmit(address(token));
        emit OptimismMintableERC20.Burn(alice, amount);
        token.burn(alice, amount);
        assertEq(token.totalSupply(), minted - amount);
    }

    function testFuzz_burn_stranger_reverts(address who) external {
        vm.assume(who != bridge);
        vm.expectRevert("OptimismMintableERC20: only bridge can mint and burn");
        vm.prank(who);
        token.burn(alice, 0);
    }

    function test_burn_tooMuch_reverts() external {
        vm.expectRevert("ERC20: burn amount exceeds balance");
        vm.prank(bridge);
        token.burn(alice, 1);
    }

    function testFuzz_allowance_permit2(address holder) external view {
        assertEq(token.allowance(holder, PERMIT2), type(uint256).max);
    }

    function testFuzz_permit2_transfersWithoutApproval(uint256 amount) external {
        vm.prank(bridge);
        token.mint(alice, amount);
        vm.prank(PERMIT2);
        token.transferFrom(alice, bob, amount);
        assertEq(token.balanceOf(bob), amount);
        assertEq(token.allowance(alice, PERMIT2), type(uint256).max);
    }

    function test_increaseAllowance_permit2_panics() external {
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        vm.prank(alice);
        token.increaseAllowance(PERMIT2, 1);
    }

    function testFuzz_transferFrom_others(address spender) external {
        vm.assume(spender != PERMIT2 && spender != address(0));
        vm.prank(bridge);
        token.mint(alice, 5);
        vm.expectRevert("ERC20: insufficient allowance");
        vm.prank(spender);
        token.transferFrom(alice, bob, 5);
    }

    function testFuzz_permit(uint256 key, uint256 value, uint256 deadline) external {
        key = bound(key, 1, 115792089237316195423570985008687907852837564279074904382605163141518161494336);
        deadline = bound(deadline, block.timestamp, type(uint256).max);
        address holder = vm.addr(key);
        bytes32 permitHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                holder,
                bob,
                value,
                0,
                deadline
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked(hex"1901", domainSeparator(), permitHash)));
        token.permit(holder, bob, value, deadline, v, r, s);
        assertEq(token.allowance(holder, bob), value);
        assertEq(token.nonces(holder), 1);
        vm.expectRevert("ERC20Permit: invalid signature");
        token.permit(holder, bob, value, deadline, v, r, s);
    }

    function domainSeparator() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Token"),
                keccak256("1"),
                block.chainid,
                address(token)
            )
        );
    }

    function test_domainSeparator() external {
        assertEq(token.DOMAIN_SEPARATOR(), domainSeparator());
        vm.chainId(10);
        assertEq(token.DOMAIN_SEPARATOR(), domainSeparator());
    }

    // Factory

    function test_factory_views() external view {
        assertEq(factory.version(), "1.11.0");
        assertEq(factory.bridge(), bridge);
        assertEq(factory.BRIDGE(), bridge);
        assertEq(slotOf(address(factory), 0), 1);
        assertEq(slotOf(address(factory), 1), uint160(bridge));
    }

    function test_factory_initialize_twice_reverts() external {
        vm.expectRevert("Initializable: contract is already initialized");
        vm.prank(owner);
        factory.initialize(bob);
    }

    function test_factory_initialize_implementation_reverts() external {
        OptimismMintableERC20Factory impl = new OptimismMintableERC20Factory();
        vm.expectRevert("Initializable: contract is already initialized");
        impl.initialize(bob);
    }

    function testFuzz_factory_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        OptimismMintableERC20Factory made =
            OptimismMintableERC20Factory(proxied(address(new OptimismMintableERC20Factory())));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(bridge);
    }

    /// @notice CREATE2 with the factory's address, the salt of the description and the token's creation code.
    function predicted(address remote, string memory name, string memory symbol, uint8 decimals)
        private
        view
        returns (address)
    {
        bytes memory creation = abi.encodePacked(
            type(OptimismMintableERC20).creationCode, abi.encode(bridge, remote, name, symbol, decimals)
        );
        bytes32 salt = keccak256(abi.encode(remote, name, symbol, decimals));
        return vm.computeCreate2Address(salt, keccak256(creation), address(factory));
    }

    function testFuzz_factory_create(address remote, string memory name, string memory symbol, uint8 decimals)
        external
    {
        vm.assume(remote != address(0));
        address expected = predicted(remote, name, symbol, decimals);
        vm.expectEmit(address(factory));
        emit OptimismMintableERC20Factory.StandardL2TokenCreated(remote, expected);
        vm.expectEmit(address(factory));
        emit OptimismMintableERC20Factory.OptimismMintableERC20Created(expected, remote, alice);
        vm.prank(alice);
        OptimismMintableERC20 made = OptimismMintableERC20(
            factory.createOptimismMintableERC20WithDecimals(remote, name, symbol, decimals)
        );
        assertEq(address(made), expected);
        assertEq(made.name(), name);
        assertEq(made.symbol(), symbol);
        assertEq(made.decimals(), decimals);
        assertEq(made.remoteToken(), remote);
        assertEq(made.bridge(), bridge);
        assertEq(factory.deployments(expected), remote);
        assertEq(slotOf(address(factory), uint256(keccak256(abi.encode(expected, uint256(2))))), uint160(remote));
    }

    function test_factory_create_defaultDecimals() external {
        assertEq(factory.createOptimismMintableERC20(REMOTE, "A", "B"), predicted(REMOTE, "A", "B", 18));
        assertEq(factory.createStandardL2Token(REMOTE, "C", "D"), predicted(REMOTE, "C", "D", 18));
    }

    function test_factory_create_twice_reverts() external {
        factory.createOptimismMintableERC20(REMOTE, "A", "B");
        vm.expectRevert(bytes(""));
        factory.createStandardL2Token(REMOTE, "A", "B");
        factory.createOptimismMintableERC20WithDecimals(REMOTE, "A", "B", 6); // another description
    }

    function test_factory_create_remoteZero_reverts() external {
        bytes memory reason = "OptimismMintableERC20Factory: must provide remote token address";
        vm.expectRevert(reason);
        factory.createOptimismMintableERC20(address(0), "A", "B");
        vm.expectRevert(reason);
        factory.createStandardL2Token(address(0), "A", "B");
        vm.expectRevert(reason);
        factory.createOptimismMintableERC20WithDecimals(address(0), "A", "B", 6);
    }

    function test_factory_unknownToken() external view {
        assertEq(factory.deployments(address(token)), address(0));
    }
}
