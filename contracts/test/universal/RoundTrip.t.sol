// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Vm} from "forge-std/Vm.sol";

import {FaultDisputeGame} from "src/dispute/FaultDisputeGame.sol";
import {ICrossDomainMessenger} from "src/interfaces/ICrossDomainMessenger.sol";
import {IOptimismPortal2} from "src/interfaces/IOptimismPortal2.sol";
import {ISystemConfig} from "src/interfaces/ISystemConfig.sol";
import {L1CrossDomainMessenger} from "src/L1/L1CrossDomainMessenger.sol";
import {L1ERC721Bridge} from "src/L1/L1ERC721Bridge.sol";
import {L1StandardBridge} from "src/L1/L1StandardBridge.sol";
import {L2CrossDomainMessenger} from "src/L2/L2CrossDomainMessenger.sol";
import {L2ERC721Bridge} from "src/L2/L2ERC721Bridge.sol";
import {L2StandardBridge} from "src/L2/L2StandardBridge.sol";
import {L2ToL1MessagePasser} from "src/L2/L2ToL1MessagePasser.sol";
import {OptimismMintableERC721} from "src/L2/OptimismMintableERC721.sol";
import {Withdrawal} from "src/libraries/Withdrawal.sol";
import {CrossDomainMessenger} from "src/universal/CrossDomainMessenger.sol";
import {OptimismMintableERC20} from "src/universal/OptimismMintableERC20.sol";
import {Proxy} from "src/universal/Proxy.sol";
import {Slots} from "src/universal/Slots.sol";
import {Target} from "test/BridgeTest.sol";
import {WithdrawalTest} from "test/L1/portal/WithdrawalTest.sol";
import {Token} from "test/universal/BridgeSuite.sol";
import {Collection} from "test/universal/ERC721BridgeSuite.sol";

/// @notice Both layers with all real contracts in one state. The test carries deposits and withdrawals across, as
///         derivation and users do: from the events alone.
contract RoundTripTest is WithdrawalTest {
    address private constant L2_MESSENGER = 0x4200000000000000000000000000000000000007;
    address private constant L2_BRIDGE = 0x4200000000000000000000000000000000000010;
    address private constant L2_ERC721_BRIDGE = 0x4200000000000000000000000000000000000014;
    address private constant PASSER = 0x4200000000000000000000000000000000000016;
    bytes32 private constant DEPOSITED = 0xb3813568d9991fc951961fcb4c784893574240a28925604d09fc577c55bb7c32;
    bytes32 private constant PASSED = 0x02a52367d10742d8032712c1bb8e0144ff1ec5ffda1ed7d70bb05a2744955054;

    L1CrossDomainMessenger private messenger;
    L1StandardBridge private bridge;
    L1ERC721Bridge private erc721Bridge;
    Token private token;
    OptimismMintableERC20 private l2Token;

    function setUp() public override {
        super.setUp();
        messenger = L1CrossDomainMessenger(newProxy());
        bridge = L1StandardBridge(newProxy());
        erc721Bridge = L1ERC721Bridge(newProxy());
        address[3] memory impls =
            [address(new L1CrossDomainMessenger()), address(new L1StandardBridge()), address(new L1ERC721Bridge())];
        ISystemConfig config = ISystemConfig(address(systemConfig));
        ICrossDomainMessenger ours = ICrossDomainMessenger(address(messenger));
        vm.startPrank(owner);
        upgrade(
            address(messenger),
            impls[0],
            abi.encodeCall(L1CrossDomainMessenger.initialize, (config, IOptimismPortal2(address(portal))))
        );
        upgrade(address(bridge), impls[1], abi.encodeCall(L1StandardBridge.initialize, (ours, config)));
        upgrade(address(erc721Bridge), impls[2], abi.encodeCall(L1ERC721Bridge.initialize, (ours, config)));
        vm.stopPrank();

        predeploy(PASSER, address(new L2ToL1MessagePasser()), "");
        predeploy(
            L2_MESSENGER,
            address(new L2CrossDomainMessenger()),
            abi.encodeCall(L2CrossDomainMessenger.initialize, (address(messenger)))
        );
        predeploy(
            L2_BRIDGE,
            address(new L2StandardBridge()),
            abi.encodeCall(L2StandardBridge.initialize, (address(bridge)))
        );
        predeploy(
            L2_ERC721_BRIDGE,
            address(new L2ERC721Bridge()),
            abi.encodeCall(L2ERC721Bridge.initialize, (address(erc721Bridge)))
        );
        token = new Token();
        token.give(alice, 1000);
        l2Token = new OptimismMintableERC20(L2_BRIDGE, address(token), "Token", "TKN", 18);
    }

    function predeploy(address at, address impl, bytes memory init) private {
        vm.etch(at, address(new Proxy(address(proxyAdmin))).code);
        vm.store(at, Slots.PROXY_ADMIN, bytes32(uint256(uint160(address(proxyAdmin)))));
        vm.store(at, Slots.PROXY_IMPLEMENTATION, bytes32(uint256(uint160(impl))));
        if (init.length == 0) return;
        vm.prank(owner);
        (bool success,) = at.call(init);
        assertTrue(success);
    }

    function slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; i++) {
            part[i - from] = data[i];
        }
    }

    function find(bytes32 topic) private returns (Vm.Log memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == topic) return logs[i];
        }
        revert("no such event");
    }

    /// @notice Executes on L2 the deposit that was recorded: mints, then sends.
    function carryDeposit() private returns (bool success) {
        Vm.Log memory log = find(DEPOSITED);
        address from = address(uint160(uint256(log.topics[1])));
        bytes memory opaque = abi.decode(log.data, (bytes));
        uint256 mint = uint256(bytes32(slice(opaque, 0, 32)));
        uint256 value = uint256(bytes32(slice(opaque, 32, 64)));
        uint256 gasLimit = uint64(bytes8(slice(opaque, 64, 72)));
        vm.deal(from, from.balance + mint);
        vm.recordLogs();
        vm.prank(from, from);
        (success,) = address(uint160(uint256(log.topics[2]))).call{value: value, gas: gasLimit}(
            slice(opaque, 73, opaque.length)
        );
    }

    function recordedWithdrawal() private returns (Sent memory) {
        Vm.Log memory log = find(PASSED);
        (uint256 value, uint256 gasLimit, bytes memory data, bytes32 hash) =
            abi.decode(log.data, (uint256, uint256, bytes, bytes32));
        Sent memory sent = included(
            Withdrawal.Transaction(
                uint256(log.topics[1]),
                address(uint160(uint256(log.topics[2]))),
                address(uint160(uint256(log.topics[3]))),
                value,
                gasLimit,
                data
            )
        );
        assertEq(sent.hash, hash);
        assertTrue(L2ToL1MessagePasser(payable(PASSER)).sentMessages(hash));
        return sent;
    }

    /// @notice Proposes, proves, waits and finalizes the withdrawal that was recorded.
    function carryWithdrawal() private {
        Sent memory sent = recordedWithdrawal();
        mature(sent);
        finalize(sent);
    }

    function test_message_toL2() external {
        Target target_ = new Target();
        vm.recordLogs();
        vm.prank(alice);
        messenger.sendMessage{value: 3}(address(target_), hex"c0ffee", 100_000);
        assertEq(address(portal).balance, 1000 ether + 3);
        assertTrue(carryDeposit());
        assertEq(target_.dataSeen(), hex"c0ffee");
        assertEq(target_.valueSeen(), 3);
    }

    function test_message_toL1() external {
        Target target_ = new Target();
        vm.recordLogs();
        vm.prank(alice);
        L2CrossDomainMessenger(L2_MESSENGER).sendMessage{value: 3}(address(target_), hex"c0ffee", 100_000);
        carryWithdrawal();
        assertEq(target_.dataSeen(), hex"c0ffee");
        assertEq(target_.valueSeen(), 3);
    }

    /// @notice The gas that the sender asked for suffices on the other side, for messages of any size.
    function testFuzz_message_toL2_gas(uint256 length, uint256 minGasLimit) external {
        Target target_ = new Target();
        vm.recordLogs();
        bytes memory data = new bytes(bound(length, 0, 3000));
        minGasLimit = bound(minGasLimit, 200_000, 2_000_000);
        messenger.sendMessage(address(target_), data, uint32(minGasLimit));
        assertTrue(carryDeposit());
        if (target_.calls() == 1) assertGe(target_.gasSeen() + 500, minGasLimit);
        else assertGt(data.length, 2000); // storing so much takes more than was asked for
    }

    function test_failedMessage_replayedOnL2() external {
        Target target_ = new Target();
        target_.setMood(Target.Mood.REFUSES);
        vm.recordLogs();
        vm.prank(alice);
        messenger.sendMessage{value: 3}(address(target_), hex"c0ffee", 100_000);
        assertTrue(carryDeposit());
        assertEq(L2_MESSENGER.balance, 3);
        target_.setMood(Target.Mood.CALM);
        L2CrossDomainMessenger(L2_MESSENGER).relayMessage(
            1 << 240, alice, address(target_), 3, 100_000, hex"c0ffee"
        );
        assertEq(address(target_).balance, 3);
    }

    /// @notice The withdrawal is used up at once, the message inside of it is not.
    function test_failedMessage_replayedOnL1() external {
        Target target_ = new Target();
        target_.setMood(Target.Mood.REFUSES);
        vm.recordLogs();
        vm.prank(alice);
        L2CrossDomainMessenger(L2_MESSENGER).sendMessage{value: 3}(address(target_), hex"c0ffee", 100_000);
        carryWithdrawal();
        assertEq(address(messenger).balance, 3);
        target_.setMood(Target.Mood.CALM);
        messenger.relayMessage(1 << 240, alice, address(target_), 3, 100_000, hex"c0ffee");
        assertEq(address(target_).balance, 3);
    }

    function testFuzz_ether(uint96 amount) external {
        vm.deal(alice, uint256(amount) + 100 ether); // alice proposes too
        vm.recordLogs();
        vm.prank(alice, alice);
        bridge.bridgeETHTo{value: amount}(bob, 200_000, "");
        assertTrue(carryDeposit());
        assertEq(bob.balance, amount);
        vm.recordLogs();
        vm.prank(bob, bob);
        L2StandardBridge(payable(L2_BRIDGE)).bridgeETHTo{value: amount}(target, 200_000, "");
        carryWithdrawal();
        assertEq(target.balance, amount);
        assertEq(address(portal).balance, 1000 ether);
    }

    function testFuzz_token(uint256 amount) external {
        amount = bound(amount, 0, 1000);
        vm.startPrank(alice, alice);
        token.approve(address(bridge), amount);
        vm.recordLogs();
        bridge.bridgeERC20To(address(token), address(l2Token), bob, amount, 300_000, "");
        vm.stopPrank();
        assertTrue(carryDeposit());
        assertEq(l2Token.balanceOf(bob), amount);
        vm.recordLogs();
        vm.prank(bob, bob);
        L2StandardBridge(payable(L2_BRIDGE)).withdraw(address(l2Token), amount, 300_000, "");
        carryWithdrawal();
        assertEq(token.balanceOf(bob), amount);
        assertEq(l2Token.totalSupply(), 0);
        assertEq(bridge.deposits(address(token), address(l2Token)), 0);
    }

    /// @notice A token of L2, kept there, with its stand-in on L1.
    function test_tokenOfL2() external {
        OptimismMintableERC20 standIn = new OptimismMintableERC20(address(bridge), address(token), "T", "T", 18);
        vm.startPrank(alice, alice);
        token.approve(L2_BRIDGE, 100);
        vm.recordLogs();
        L2StandardBridge(payable(L2_BRIDGE)).bridgeERC20(address(token), address(standIn), 100, 300_000, "");
        vm.stopPrank();
        carryWithdrawal();
        assertEq(standIn.balanceOf(alice), 100);
        vm.recordLogs();
        vm.prank(alice, alice);
        bridge.bridgeERC20(address(standIn), address(token), 60, 300_000, "");
        assertTrue(carryDeposit());
        assertEq(token.balanceOf(alice), 960);
        assertEq(standIn.totalSupply(), 40);
    }

    function test_singleToken() external {
        Collection collection = new Collection();
        OptimismMintableERC721 standIn =
            new OptimismMintableERC721(L2_ERC721_BRIDGE, block.chainid, address(collection), "C", "C");
        collection.give(alice, 7);
        vm.startPrank(alice, alice);
        collection.approve(address(erc721Bridge), 7);
        vm.recordLogs();
        erc721Bridge.bridgeERC721(address(collection), address(standIn), 7, 400_000, "");
        vm.stopPrank();
        assertTrue(carryDeposit());
        assertEq(standIn.ownerOf(7), alice);
        vm.recordLogs();
        vm.prank(alice, alice);
        L2ERC721Bridge(L2_ERC721_BRIDGE).bridgeERC721To(address(standIn), address(collection), bob, 7, 400_000, "");
        carryWithdrawal();
        assertEq(collection.ownerOf(7), bob);
    }

    function test_plainEther() external {
        vm.recordLogs();
        vm.prank(alice, alice);
        (bool success,) = address(bridge).call{value: 5}("");
        assertTrue(success);
        uint256 before = alice.balance;
        assertTrue(carryDeposit());
        assertEq(alice.balance, before + 5);
    }

    /// @notice A deposit by anybody, straight to L2's messenger, is not the twin's.
    function test_forgedMessage_toL2() external {
        bytes memory call_ = abi.encodeCall(
            CrossDomainMessenger.relayMessage, (1 << 240, address(bridge), bob, 0, 0, hex"c0ffee")
        );
        vm.recordLogs();
        vm.prank(alice, alice);
        portal.depositTransaction(L2_MESSENGER, 0, 1_000_000, false, call_);
        assertFalse(carryDeposit());
    }

    /// @notice A withdrawal by anybody, straight to L1's messenger, is not the twin's either.
    function test_forgedMessage_toL1() external {
        bytes memory call_ = abi.encodeCall(
            CrossDomainMessenger.relayMessage, (1 << 240, L2_BRIDGE, bob, 0, 0, hex"c0ffee")
        );
        vm.recordLogs();
        vm.prank(alice);
        L2ToL1MessagePasser(payable(PASSER)).initiateWithdrawal(address(messenger), 1_000_000, call_);
        Sent memory sent = recordedWithdrawal();
        mature(sent);
        finalize(sent);
        assertFalse(messenger.successfulMessages(keccak256(call_)));
        assertFalse(messenger.failedMessages(keccak256(call_)));
    }

    /// @notice Nor can the twin be made to deliver to the portal, whose calls others trust.
    function test_messageToPortal_neverExecuted() external {
        vm.recordLogs();
        vm.prank(alice);
        L2CrossDomainMessenger(L2_MESSENGER).sendMessage(
            address(portal), abi.encodeCall(portal.depositTransaction, (bob, 0, uint64(100_000), false, "")), 500_000
        );
        (, uint64 boughtBefore,) = portal.params();
        carryWithdrawal();
        (, uint64 bought,) = portal.params();
        assertEq(bought, boughtBefore);
    }

    function test_paused_thenReplayed() external {
        vm.recordLogs();
        vm.prank(alice);
        L2CrossDomainMessenger(L2_MESSENGER).sendMessage(bob, hex"c0ffee", 100_000);
        Sent memory sent = recordedWithdrawal();
        FaultDisputeGame game = mature(sent);
        assertEq(address(game).code.length > 0, true);
        pauseAll();
        vm.expectRevert();
        finalize(sent);
        asGuardian();
        superchainConfig.unpause(address(0));
        finalize(sent);
        assertTrue(messenger.successfulMessages(keccak256(sent.tx.data)));
    }
}
