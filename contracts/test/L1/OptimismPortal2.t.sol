// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GameType} from "src/dispute/Types.sol";
import {IAnchorStateRegistry} from "src/interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "src/interfaces/IDisputeGame.sol";
import {IETHLockbox} from "src/interfaces/IETHLockbox.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {OptimismPortal2} from "src/L1/OptimismPortal2.sol";
import {PortalWithdrawals} from "src/L1/PortalWithdrawals.sol";
import {ResourceMetering} from "src/L1/ResourceMetering.sol";
import {Sender} from "src/libraries/Sender.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {Deployment} from "test/Deployment.sol";

contract Lockbox is IETHLockbox {
    function lockETH() external payable {}
    function receiveLiquidity() external payable {}
    function unlockETH(uint256) external {}
}

contract OptimismPortal2Test is Deployment {
    address private alice = makeAddr("alice");
    address private to = makeAddr("to");

    function setUp() public override {
        super.setUp();
        vm.deal(alice, 1000 ether);
        vm.deal(address(this), 1000 ether);
        vm.fee(1 gwei);
    }

    function expectDeposit(address from, address target, bytes memory opaqueData) private {
        vm.expectEmit(address(portal));
        emit OptimismPortal2.TransactionDeposited(from, target, 0, opaqueData);
    }

    function freshPortal() private returns (OptimismPortal2 made) {
        made = OptimismPortal2(newProxy());
        OptimismPortal2 impl = new OptimismPortal2(604_800);
        vm.prank(owner);
        proxyAdmin.upgrade(payable(address(made)), address(impl));
    }

    function initialize(OptimismPortal2 target, address lockbox) private {
        vm.prank(owner);
        target.initialize(
            ISystemConfig(address(systemConfig)), IAnchorStateRegistry(address(registry)), IETHLockbox(lockbox)
        );
    }

    function test_views() external {
        assertEq(portal.version(), "5.6.1");
        assertEq(portal.initVersion(), 3);
        assertEq(portal.l2Sender(), address(0xdEaD));
        assertEq(address(portal.systemConfig()), address(systemConfig));
        assertEq(address(portal.anchorStateRegistry()), address(registry));
        assertEq(address(portal.superchainConfig()), address(superchainConfig));
        assertEq(address(portal.disputeGameFactory()), address(factory));
        assertEq(portal.guardian(), guardian);
        assertEq(portal.proofMaturityDelaySeconds(), 604_800);
        assertEq(portal.disputeGameFinalityDelaySeconds(), AIRGAP);
        assertEq(GameType.unwrap(portal.respectedGameType()), 8);
        assertEq(portal.respectedGameTypeUpdatedAt(), START);
        assertEq(portal.numProofSubmitters(0), 0);
        assertFalse(portal.paused());
        assertFalse(portal.disputeGameBlacklist(IDisputeGame(to)));
        vm.prank(guardian);
        registry.blacklistDisputeGame(IDisputeGame(to));
        assertTrue(portal.disputeGameBlacklist(IDisputeGame(to)));
    }

    function test_initialize() external {
        OptimismPortal2 made = freshPortal();
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        made.initialize(ISystemConfig(to), IAnchorStateRegistry(to), IETHLockbox(to));
        vm.expectRevert(OptimismPortal2.OptimismPortal_InvalidLockboxState.selector);
        initialize(made, address(0x10c));
        vm.startPrank(owner);
        systemConfig.setFeature("INTEROP", true);
        vm.stopPrank();
        vm.expectRevert(OptimismPortal2.OptimismPortal_InvalidInteropState.selector);
        initialize(made, address(0x10c));
        vm.prank(owner);
        systemConfig.setFeature("ETH_LOCKBOX", true);
        vm.expectRevert(OptimismPortal2.OptimismPortal_InvalidLockboxState.selector);
        initialize(made, address(0));
        initialize(made, address(0x10c));
        assertEq(address(made.ethLockbox()), address(0x10c));
        (uint128 fee, uint64 bought, uint64 number) = made.params();
        assertEq(fee, 1 gwei);
        assertEq(bought, 0);
        assertEq(number, block.number);
        vm.expectRevert("Initializable: contract is already initialized");
        initialize(made, address(0x10c));
    }

    /// @notice The data that derivation reads, byte by byte.
    function testFuzz_deposit(uint64 mint, uint256 value, uint64 gas, bytes calldata data) external {
        gas = uint64(bound(gas, 21_000 + 40 * data.length, 1_000_000 + 40 * data.length));
        bytes memory opaque = bytes.concat(bytes32(uint256(mint)), bytes32(value), bytes8(gas), hex"00", data);
        vm.prank(alice, alice);
        expectDeposit(alice, to, opaque);
        portal.depositTransaction{value: mint}(to, value, gas, false, data);
        assertEq(address(portal).balance, mint);
        assertEq(opaque.length, 73 + data.length);
    }

    function test_deposit_creation() external {
        vm.startPrank(alice, alice);
        vm.expectRevert(PortalWithdrawals.OptimismPortal_BadTarget.selector);
        portal.depositTransaction(to, 0, 0, true, new bytes(120_001));
        expectDeposit(alice, address(0), abi.encodePacked(uint256(0), uint256(7), uint64(60_000), uint8(1), hex"60"));
        portal.depositTransaction(address(0), 7, 60_000, true, hex"60");
    }

    function test_deposit_orderOfChecks() external {
        vm.prank(owner);
        systemConfig.setFeature("CUSTOM_GAS_TOKEN", true);
        vm.startPrank(alice, alice);
        vm.expectRevert(PortalWithdrawals.OptimismPortal_NotAllowedOnCGTMode.selector);
        portal.depositTransaction{value: 1}(to, 0, 0, true, new bytes(120_001));
        vm.expectRevert(PortalWithdrawals.OptimismPortal_BadTarget.selector);
        portal.depositTransaction(to, 0, 0, true, new bytes(120_001));
        vm.expectRevert(OptimismPortal2.OptimismPortal_GasLimitTooLow.selector);
        portal.depositTransaction(to, 0, 0, false, new bytes(120_001));
        vm.expectRevert(OptimismPortal2.OptimismPortal_CalldataTooLarge.selector);
        portal.depositTransaction(to, 0, 5_000_000, false, new bytes(120_001));
        vm.expectRevert(ResourceMetering.OutOfGas.selector);
        portal.depositTransaction(to, 0, 20_000_001, false, "");
        portal.depositTransaction(to, 0, 5_000_000, false, new bytes(120_000));
    }

    function test_deposit_minimumGas() external {
        assertEq(portal.minimumGasLimit(0), 21_000);
        assertEq(portal.minimumGasLimit(100), 25_000);
        vm.startPrank(alice, alice);
        vm.expectRevert(OptimismPortal2.OptimismPortal_GasLimitTooLow.selector);
        portal.depositTransaction(to, 0, 21_039, false, hex"00");
        portal.depositTransaction(to, 0, 21_040, false, hex"00");
    }

    /// @notice A contract is known by its alias; an account with delegated code is not a contract.
    function test_deposit_sender() external {
        bytes memory opaque = abi.encodePacked(uint256(0), uint256(0), uint64(21_000), uint8(0));
        uint160 offset = uint160(0x1111000000000000000000000000000000001111);
        address aliased = address(uint160((uint256(uint160(address(this))) + offset) % 2 ** 160));
        expectDeposit(aliased, to, opaque);
        portal.depositTransaction(to, 0, 21_000, false, "");

        vm.etch(alice, abi.encodePacked(hex"ef0100", address(1)));
        vm.prank(alice, to);
        expectDeposit(alice, to, opaque);
        portal.depositTransaction(to, 0, 21_000, false, "");

        vm.etch(alice, abi.encodePacked(hex"600000", address(1))); // of the same length, but a contract
        vm.prank(alice, to);
        expectDeposit(Sender.toAlias(alice), to, opaque);
        portal.depositTransaction(to, 0, 21_000, false, "");
    }

    function test_alias_wraps() external pure {
        assertEq(
            Sender.toAlias(address(type(uint160).max)), address(uint160(0x1111000000000000000000000000000000001110))
        );
        assertEq(Sender.toAlias(address(0)), 0x1111000000000000000000000000000000001111);
    }

    function test_receive() external {
        vm.prank(alice, alice);
        expectDeposit(alice, alice, abi.encodePacked(uint256(5 ether), uint256(5 ether), uint64(100_000), uint8(0)));
        (bool success,) = address(portal).call{value: 5 ether}("");
        assertTrue(success);
    }

    function test_donate() external {
        vm.recordLogs();
        portal.donateETH{value: 3 ether}();
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(address(portal).balance, 3 ether);
    }

    /// @notice Deposits go on during a pause.
    function test_deposit_paused() external {
        vm.prank(guardian);
        superchainConfig.pause(address(0));
        portal.depositTransaction{value: 1}(to, 1, 21_000, false, "");
    }

    function test_deposit_lockbox() external {
        Lockbox lockbox = new Lockbox();
        vm.prank(owner);
        systemConfig.setFeature("ETH_LOCKBOX", true);
        portal.depositTransaction{value: 1}(to, 1, 21_000, false, ""); // none set: the portal keeps it
        vm.store(address(portal), bytes32(uint256(63)), bytes32(uint256(uint160(address(lockbox)))));
        assertEq(address(portal.ethLockbox()), address(lockbox));
        portal.depositTransaction{value: 2}(to, 1, 21_000, false, "");
        assertEq(address(lockbox).balance, 2);
        assertEq(address(portal).balance, 1);
    }

    function params() private view returns (uint128 fee, uint64 bought, uint64 number) {
        return portal.params();
    }

    /// @notice Price after a full block, an empty one, and a floor: 1/8 of (bought - target)/target up, then down.
    function test_metering_price() external {
        vm.roll(200);
        vm.startPrank(alice, alice);
        portal.depositTransaction(to, 0, 20_000_000, false, "");
        (uint128 fee, uint64 bought, uint64 number) = params();
        assertEq(fee, 1 gwei);
        assertEq(bought, 20_000_000);
        assertEq(number, 200);
        vm.expectRevert(ResourceMetering.OutOfGas.selector);
        portal.depositTransaction(to, 0, 21_000, false, "");

        vm.roll(201); // bought ten times the target of 2,000,000: + 9/8
        portal.depositTransaction(to, 0, 21_000, false, "");
        (fee, bought,) = params();
        assertEq(fee, 2.125 gwei);
        assertEq(bought, 21_000);

        vm.roll(202); // 21,000 bought: - (1,979,000 / 2,000,000) / 8, truncated towards zero
        portal.depositTransaction(to, 0, 21_000, false, "");
        (fee,,) = params();
        assertEq(fee, 2.125 gwei - uint256(2.125 gwei) * 1_979_000 / 16_000_000);

        vm.roll(203);
        portal.depositTransaction(to, 0, 20_000_000, false, "");
        (uint256 before,,) = params();
        vm.roll(206); // two empty blocks: (7/8)^2
        portal.depositTransaction(to, 0, 21_000, false, "");
        (fee,,) = params();
        assertApproxEqAbs(fee, (before + before * 9 / 8) * 49 / 64, 5);

        before = fee;
        vm.roll(208); // one empty block after one with nearly nothing bought: 7/8
        portal.depositTransaction(to, 0, 21_000, false, "");
        (fee,,) = params();
        assertApproxEqAbs(fee, (before - before * 1_979_000 / 16_000_000) * 7 / 8, 5);

        vm.roll(100_000);
        portal.depositTransaction(to, 0, 21_000, false, "");
        (fee,,) = params();
        assertEq(fee, 1 gwei);
    }

    /// @notice The price is paid in burnt L1 gas: at equal prices, as much as is bought.
    function test_metering_burnsGas() external {
        vm.startPrank(alice, alice);
        uint256 gasBefore = gasleft();
        portal.depositTransaction(to, 0, 3_000_000, false, "");
        uint256 used = gasBefore - gasleft();
        assertGt(used, 3_000_000);
        assertLt(used, 3_100_000);

        vm.fee(100 gwei); // L1 gas is dear: a hundredth suffices, less than the call costs by itself
        gasBefore = gasleft();
        portal.depositTransaction(to, 0, 3_000_000, false, "");
        used = gasBefore - gasleft();
        assertLt(used, 100_000);
    }

    function test_storageLayout() external view {
        assertEq(uint256(vm.load(address(portal), bytes32(uint256(0)))), 3);
        assertEq(uint256(vm.load(address(portal), bytes32(uint256(50)))), 0xdEaD);
        assertEq(uint256(vm.load(address(portal), bytes32(uint256(55)))), uint160(address(systemConfig)));
        assertEq(uint256(vm.load(address(portal), bytes32(uint256(62)))), uint160(address(registry)));
        assertEq(uint256(vm.load(address(portal), bytes32(uint256(1)))), 100 << 192 | 1 gwei);
    }
}
