// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {BaseFeeVault} from "src/L2/BaseFeeVault.sol";
import {FeeVault} from "src/L2/FeeVault.sol";
import {L1FeeVault} from "src/L2/L1FeeVault.sol";
import {L2ToL1MessagePasser} from "src/L2/L2ToL1MessagePasser.sol";
import {OperatorFeeVault} from "src/L2/OperatorFeeVault.sol";
import {SequencerFeeVault} from "src/L2/SequencerFeeVault.sol";
import {ISemver} from "src/interfaces/ISemver.sol";
import {ProxyAdminOwnedBase} from "src/universal/ProxyAdminOwnedBase.sol";
import {BridgeTest, Target} from "test/BridgeTest.sol";

/// @notice What holds for all four vaults.
abstract contract FeeVaultSuite is BridgeTest {
    uint256 internal constant MIN = 10 ether;
    bytes32 private constant INITIALIZABLE = 0xf0c57e16840df040f15088dc2f81fe391c3923bec73e23a9662efc9c229c6a00;

    FeeVault internal vault;
    address internal recipient = makeAddr("recipient");

    function implementation() internal virtual returns (address);
    function versionOf() internal pure virtual returns (string memory);

    function setUp() public {
        predeployed(PASSER, address(new L2ToL1MessagePasser()));
        vault = FeeVault(proxied(implementation()));
        vm.prank(owner);
        vault.initialize(recipient, MIN, FeeVault.WithdrawalNetwork.L1);
    }

    function setNetwork(FeeVault.WithdrawalNetwork network) private {
        vm.prank(owner);
        vault.setWithdrawalNetwork(network);
    }

    function test_views() external view {
        assertEq(ISemver(address(vault)).version(), versionOf());
        assertEq(vault.recipient(), recipient);
        assertEq(vault.RECIPIENT(), recipient);
        assertEq(vault.minWithdrawalAmount(), MIN);
        assertEq(vault.MIN_WITHDRAWAL_AMOUNT(), MIN);
        assertEq(uint8(vault.withdrawalNetwork()), 0);
        assertEq(uint8(vault.WITHDRAWAL_NETWORK()), 0);
        assertEq(vault.totalProcessed(), 0);
    }

    function test_storageLayout() external {
        setNetwork(FeeVault.WithdrawalNetwork.L2);
        assertEq(slotOf(address(vault), 0), 0);
        assertEq(slotOf(address(vault), 1), MIN);
        assertEq(slotOf(address(vault), 2), 1 << 160 | uint160(recipient));
        assertEq(uint256(vm.load(address(vault), INITIALIZABLE)), 1);
    }

    function test_initialize_twice_reverts() external {
        vm.expectRevert(abi.encodePacked(bytes4(0xf92ee8a9)));
        vm.prank(owner);
        vault.initialize(bob, 0, FeeVault.WithdrawalNetwork.L1);
    }

    function test_initialize_implementation_reverts() external {
        FeeVault impl = FeeVault(payable(implementation()));
        vm.expectRevert(abi.encodePacked(bytes4(0xf92ee8a9)));
        impl.initialize(bob, 0, FeeVault.WithdrawalNetwork.L1);
    }

    function testFuzz_initialize_stranger_reverts(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        FeeVault made = FeeVault(proxied(implementation()));
        vm.expectRevert(ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOrProxyAdminOwner.selector);
        vm.prank(who);
        made.initialize(bob, 0, FeeVault.WithdrawalNetwork.L1);
    }

    function test_receive() external {
        vm.deal(alice, 1);
        vm.prank(alice);
        (bool success,) = address(vault).call{value: 1}("");
        assertTrue(success);
    }

    function testFuzz_withdraw_toL1(uint96 extra) external {
        uint256 value = MIN + extra;
        vm.deal(address(vault), value);
        vm.expectEmit(address(vault));
        emit FeeVault.Withdrawal(value, recipient, alice);
        vm.expectEmit(address(vault));
        emit FeeVault.Withdrawal(value, recipient, alice, FeeVault.WithdrawalNetwork.L1);
        vm.expectCall(PASSER, value, abi.encodeCall(L2ToL1MessagePasser.initiateWithdrawal, (recipient, 400_000, "")));
        vm.prank(alice);
        assertEq(vault.withdraw(), value);
        assertEq(vault.totalProcessed(), value);
        assertEq(PASSER.balance, value);
    }

    function testFuzz_withdraw_toL2(uint96 extra) external {
        setNetwork(FeeVault.WithdrawalNetwork.L2);
        uint256 value = MIN + extra;
        vm.deal(address(vault), value);
        vm.expectEmit(address(vault));
        emit FeeVault.Withdrawal(value, recipient, alice);
        vm.expectEmit(address(vault));
        emit FeeVault.Withdrawal(value, recipient, alice, FeeVault.WithdrawalNetwork.L2);
        vm.prank(alice);
        assertEq(vault.withdraw(), value);
        assertEq(recipient.balance, value);
        assertEq(vault.totalProcessed(), value);
    }

    function testFuzz_withdraw_tooLittle_reverts(uint256 balance) external {
        vm.deal(address(vault), bound(balance, 0, MIN - 1));
        vm.expectRevert("FeeVault: withdrawal amount must be greater than minimum withdrawal amount");
        vault.withdraw();
    }

    function test_withdraw_nothing() external {
        vm.prank(owner);
        vault.setMinWithdrawalAmount(0);
        assertEq(vault.withdraw(), 0);
    }

    function test_withdraw_addsUp() external {
        vm.deal(address(vault), MIN);
        vault.withdraw();
        vm.deal(address(vault), MIN + 1);
        vault.withdraw();
        assertEq(vault.totalProcessed(), 2 * MIN + 1);
        assertEq(slotOf(address(vault), 0), 2 * MIN + 1);
    }

    function test_withdraw_refused_reverts() external {
        setNetwork(FeeVault.WithdrawalNetwork.L2);
        Target target = new Target();
        target.setMood(Target.Mood.REFUSES);
        vm.prank(owner);
        vault.setRecipient(address(target));
        vm.deal(address(vault), MIN);
        vm.expectRevert("FeeVault: failed to send ETH to L2 fee recipient");
        vault.withdraw();
        assertEq(vault.totalProcessed(), 0);
    }

    /// @notice A recipient that calls again finds an empty vault.
    function test_withdraw_reentered() external {
        setNetwork(FeeVault.WithdrawalNetwork.L2);
        Target target = new Target();
        target.callOnEntry(address(vault), abi.encodeCall(vault.withdraw, ()));
        vm.prank(owner);
        vault.setRecipient(address(target));
        vm.deal(address(vault), MIN);
        vault.withdraw();
        assertFalse(target.inner());
        assertEq(vault.totalProcessed(), MIN);
    }

    function testFuzz_setMinWithdrawalAmount(uint256 amount) external {
        vm.expectEmit(address(vault));
        emit FeeVault.MinWithdrawalAmountUpdated(MIN, amount);
        vm.prank(owner);
        vault.setMinWithdrawalAmount(amount);
        assertEq(vault.minWithdrawalAmount(), amount);
    }

    function testFuzz_setRecipient(address who) external {
        vm.expectEmit(address(vault));
        emit FeeVault.RecipientUpdated(recipient, who);
        vm.prank(owner);
        vault.setRecipient(who);
        assertEq(vault.recipient(), who);
    }

    function test_setWithdrawalNetwork() external {
        vm.expectEmit(address(vault));
        emit FeeVault.WithdrawalNetworkUpdated(FeeVault.WithdrawalNetwork.L1, FeeVault.WithdrawalNetwork.L2);
        setNetwork(FeeVault.WithdrawalNetwork.L2);
        vm.expectEmit(address(vault)); // an event without a change
        emit FeeVault.WithdrawalNetworkUpdated(FeeVault.WithdrawalNetwork.L2, FeeVault.WithdrawalNetwork.L2);
        setNetwork(FeeVault.WithdrawalNetwork.L2);
    }

    function testFuzz_setWithdrawalNetwork_noSuch_reverts(uint8 network) external {
        vm.assume(network > 1);
        vm.prank(owner);
        (bool success, bytes memory reason) =
            address(vault).call(abi.encodeWithSignature("setWithdrawalNetwork(uint8)", network));
        assertFalse(success);
        assertEq(reason, "");
    }

    function testFuzz_setters_notOwner_revert(address who) external {
        vm.assume(who != owner && who != address(proxyAdmin));
        bytes4 reason = ProxyAdminOwnedBase.ProxyAdminOwnedBase_NotProxyAdminOwner.selector;
        vm.startPrank(who);
        vm.expectRevert(reason);
        vault.setMinWithdrawalAmount(0);
        vm.expectRevert(reason);
        vault.setRecipient(who);
        vm.expectRevert(reason);
        vault.setWithdrawalNetwork(FeeVault.WithdrawalNetwork.L2);
    }
}

contract BaseFeeVaultTest is FeeVaultSuite {
    function implementation() internal override returns (address) {
        return address(new BaseFeeVault());
    }

    function versionOf() internal pure override returns (string memory) {
        return "1.6.1";
    }
}

contract L1FeeVaultTest is FeeVaultSuite {
    function implementation() internal override returns (address) {
        return address(new L1FeeVault());
    }

    function versionOf() internal pure override returns (string memory) {
        return "1.6.1";
    }
}

contract OperatorFeeVaultTest is FeeVaultSuite {
    function implementation() internal override returns (address) {
        return address(new OperatorFeeVault());
    }

    function versionOf() internal pure override returns (string memory) {
        return "1.1.1";
    }
}

contract SequencerFeeVaultTest is FeeVaultSuite {
    function implementation() internal override returns (address) {
        return address(new SequencerFeeVault());
    }

    function versionOf() internal pure override returns (string memory) {
        return "1.6.1";
    }

    function test_l1FeeWallet() external view {
        assertEq(SequencerFeeVault(payable(address(vault))).l1FeeWallet(), recipient);
    }
}
