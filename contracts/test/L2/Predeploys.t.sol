// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {L1Block} from "src/L2/L1Block.sol";
import {L2ProxyAdmin} from "src/L2/L2ProxyAdmin.sol";
import {WETH} from "src/L2/WETH.sol";
import {DeployerWhitelist} from "src/legacy/DeployerWhitelist.sol";
import {L1BlockNumber} from "src/legacy/L1BlockNumber.sol";
import {LegacyMessagePasser} from "src/legacy/LegacyMessagePasser.sol";
import {Proxy} from "src/universal/Proxy.sol";
import {BridgeTest} from "test/BridgeTest.sol";

contract WETHTest is BridgeTest {
    WETH private weth = new WETH();

    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);
    event Transfer(address indexed src, address indexed dst, uint256 wad);
    event Approval(address indexed src, address indexed guy, uint256 wad);

    function setUp() external {
        vm.etch(L1_BLOCK, address(new L1Block()).code);
        vm.deal(alice, 100 ether);
    }

    function deposit(uint256 amount) private {
        vm.prank(alice);
        weth.deposit{value: amount}();
    }

    function test_names() external {
        assertEq(weth.version(), "1.1.1");
        assertEq(weth.name(), "Wrapped Ether");
        assertEq(weth.symbol(), "WETH");
        assertEq(weth.decimals(), 18);
        vm.mockCall(L1_BLOCK, abi.encodeWithSignature("gasPayingTokenName()"), abi.encode("Gold"));
        vm.mockCall(L1_BLOCK, abi.encodeWithSignature("gasPayingTokenSymbol()"), abi.encode("AU"));
        assertEq(weth.name(), "Wrapped Gold");
        assertEq(weth.symbol(), "WAU");
    }

    function testFuzz_deposit(uint64 amount) external {
        vm.expectEmit(address(weth));
        emit Deposit(alice, amount);
        deposit(amount);
        assertEq(weth.balanceOf(alice), amount);
        assertEq(weth.totalSupply(), amount);
        assertEq(slotOf(address(weth), uint256(keccak256(abi.encode(alice, uint256(0))))), amount);
    }

    function test_deposit_byPlainEther() external {
        vm.startPrank(alice);
        (bool success,) = address(weth).call{value: 3}("");
        assertTrue(success);
        (success,) = address(weth).call{value: 4}(hex"12345678");
        assertTrue(success);
        assertEq(weth.balanceOf(alice), 7);
    }

    function testFuzz_withdraw(uint64 amount, uint64 taken) external {
        deposit(amount);
        vm.startPrank(alice);
        if (taken > amount) {
            vm.expectRevert(bytes(""));
            weth.withdraw(taken);
            taken = amount;
        }
        vm.expectEmit(address(weth));
        emit Withdrawal(alice, taken);
        weth.withdraw(taken);
        assertEq(weth.balanceOf(alice), amount - taken);
        assertEq(alice.balance, 100 ether - amount + taken);
    }

    function test_transfer() external {
        deposit(5);
        vm.expectEmit(address(weth));
        emit Transfer(alice, bob, 3);
        vm.prank(alice);
        assertTrue(weth.transfer(bob, 3));
        assertEq(weth.balanceOf(bob), 3);
    }

    function test_transfer_tooMuch_reverts() external {
        deposit(5);
        vm.expectRevert(bytes(""));
        vm.prank(alice);
        weth.transfer(bob, 6);
    }

    function test_transferFrom() external {
        deposit(5);
        vm.expectEmit(address(weth));
        emit Approval(alice, bob, 4);
        vm.prank(alice);
        assertTrue(weth.approve(bob, 4));
        vm.startPrank(bob);
        weth.transferFrom(alice, bob, 3);
        assertEq(weth.allowance(alice, bob), 1);
        vm.expectRevert(bytes(""));
        weth.transferFrom(alice, bob, 2);
    }

    function test_transferFrom_unlimited() external {
        deposit(5);
        vm.prank(alice);
        weth.approve(bob, type(uint256).max);
        vm.prank(bob);
        weth.transferFrom(alice, bob, 3);
        assertEq(weth.allowance(alice, bob), type(uint256).max);
    }

    /// @notice The sum of balances is what the contract holds.
    function testFuzz_solvent(uint256 seed) external {
        vm.deal(bob, 100 ether);
        for (uint256 i = 0; i < 12; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            (address who, address other) = seed % 2 == 0 ? (alice, bob) : (bob, alice);
            uint256 amount = (seed >> 8) % 1 ether;
            bool enough = amount <= weth.balanceOf(who);
            vm.startPrank(who);
            if (seed & 0x30 == 0 || !enough) weth.deposit{value: amount}();
            else if (seed & 0x10 == 0) weth.withdraw(amount);
            else weth.transfer(other, amount);
            vm.stopPrank();
            assertEq(weth.balanceOf(alice) + weth.balanceOf(bob), address(weth).balance);
        }
    }
}

contract Upgrade {
    address public immutable target;

    constructor(address target_) {
        target = target_;
    }

    function upgrade() external {
        (bool success,) = target.call(abi.encodeWithSignature("upgradeTo(address)", address(0x1234)));
        require(success, "not the admin");
    }
}

contract L2ProxyAdminTest is BridgeTest {
    L2ProxyAdmin private admin;
    Proxy private proxy;

    function setUp() external {
        admin = new L2ProxyAdmin();
        vm.store(address(admin), 0, bytes32(uint256(uint160(owner)))); // as a genesis does
        proxy = new Proxy(address(admin));
    }

    function test_views() external view {
        assertEq(admin.version(), "1.0.0");
        assertEq(admin.owner(), owner);
    }

    function test_constructor_noOwner() external {
        assertEq(new L2ProxyAdmin().owner(), address(0));
    }

    function test_isProxyAdmin() external {
        vm.prank(owner);
        admin.upgrade(payable(address(proxy)), address(0x77));
        assertEq(admin.getProxyImplementation(address(proxy)), address(0x77));
    }

    function test_upgradePredeploys() external {
        address manager = address(new Upgrade(address(proxy)));
        vm.expectEmit(address(admin));
        emit L2ProxyAdmin.PredeploysUpgraded(manager);
        vm.prank(DEPOSITOR);
        admin.upgradePredeploys(manager);
        assertEq(admin.getProxyImplementation(address(proxy)), address(0x1234));
    }

    function testFuzz_upgradePredeploys_stranger_reverts(address who) external {
        vm.assume(who != DEPOSITOR);
        vm.expectRevert(L2ProxyAdmin.L2ProxyAdmin__Unauthorized.selector);
        vm.prank(who);
        admin.upgradePredeploys(address(0));
    }

    function test_upgradePredeploys_noCode_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(L2ProxyAdmin.L2ProxyAdmin__L2ContractsManagerNotDeployed.selector, bob));
        vm.prank(DEPOSITOR);
        admin.upgradePredeploys(bob);
    }

    function test_upgradePredeploys_failure_reverts() external {
        address manager = address(new Upgrade(address(new Proxy(bob))));
        bytes memory inner = abi.encodeWithSignature("Error(string)", "not the admin");
        vm.expectRevert(abi.encodeWithSelector(L2ProxyAdmin.L2ProxyAdmin__UpgradeFailed.selector, inner));
        vm.prank(DEPOSITOR);
        admin.upgradePredeploys(manager);
    }
}

contract LegacyPredeploysTest is BridgeTest {
    DeployerWhitelist private whitelist = new DeployerWhitelist();
    LegacyMessagePasser private passer = new LegacyMessagePasser();
    L1BlockNumber private number = new L1BlockNumber();

    function setUp() external {
        vm.etch(L1_BLOCK, address(new L1Block()).code);
        vm.prank(DEPOSITOR);
        L1Block(L1_BLOCK).setL1BlockValues(99, 0, 0, 0, 0, 0, 0, 0);
        vm.store(address(whitelist), 0, bytes32(uint256(uint160(owner))));
    }

    function test_versions() external view {
        assertEq(whitelist.version(), "1.1.2");
        assertEq(passer.version(), "1.1.2");
        assertEq(number.version(), "1.1.3");
    }

    function test_blockNumber() external {
        assertEq(number.getL1BlockNumber(), 99);
        (bool success, bytes memory answer) = address(number).call("");
        assertTrue(success);
        assertEq(answer, abi.encode(99));
        vm.deal(address(this), 1);
        (success, answer) = address(number).call{value: 1}(hex"01020304");
        assertTrue(success);
        assertEq(answer, abi.encode(99));
    }

    function testFuzz_passMessage(address who, bytes memory message) external {
        vm.prank(who);
        passer.passMessageToL1(message);
        bytes32 key = keccak256(bytes.concat(message, bytes20(who)));
        assertTrue(passer.sentMessages(key));
        assertEq(slotOf(address(passer), uint256(keccak256(abi.encode(key, uint256(0))))), 1);
    }

    function test_whitelist() external {
        assertFalse(whitelist.isDeployerAllowed(alice));
        vm.expectEmit(address(whitelist));
        emit DeployerWhitelist.WhitelistStatusChanged(alice, true);
        vm.prank(owner);
        whitelist.setWhitelistedDeployer(alice, true);
        assertTrue(whitelist.whitelist(alice));
        assertTrue(whitelist.isDeployerAllowed(alice));
        assertFalse(whitelist.isDeployerAllowed(bob));
    }

    function test_whitelist_setOwner() external {
        vm.expectEmit(address(whitelist));
        emit DeployerWhitelist.OwnerChanged(owner, bob);
        vm.prank(owner);
        whitelist.setOwner(bob);
        assertEq(whitelist.owner(), bob);
    }

    function test_whitelist_setOwnerZero_reverts() external {
        vm.expectRevert("DeployerWhitelist: can only be disabled via enableArbitraryContractDeployment");
        vm.prank(owner);
        whitelist.setOwner(address(0));
    }

    function test_whitelist_disable() external {
        vm.expectEmit(address(whitelist));
        emit DeployerWhitelist.WhitelistDisabled(owner);
        vm.prank(owner);
        whitelist.enableArbitraryContractDeployment();
        assertEq(whitelist.owner(), address(0));
        assertTrue(whitelist.isDeployerAllowed(bob));
    }

    function testFuzz_whitelist_stranger_reverts(address who) external {
        vm.assume(who != owner);
        bytes memory reason = "DeployerWhitelist: function can only be called by the owner of this contract";
        vm.startPrank(who);
        vm.expectRevert(reason);
        whitelist.setWhitelistedDeployer(who, true);
        vm.expectRevert(reason);
        whitelist.setOwner(who);
        vm.expectRevert(reason);
        whitelist.enableArbitraryContractDeployment();
    }
}
