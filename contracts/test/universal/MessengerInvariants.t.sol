// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {L2CrossDomainMessenger} from "src/L2/L2CrossDomainMessenger.sol";
import {L2ToL1MessagePasser} from "src/L2/L2ToL1MessagePasser.sol";
import {BridgeTest, Target} from "test/BridgeTest.sol";

/// @notice Random messages to moody targets. The model: a message is executed at most once; one that was not is kept with
///         its value.
contract MessengerHandler is BridgeTest {
    struct Message {
        uint256 value;
        uint256 minGasLimit;
        bool executed;
    }

    L2CrossDomainMessenger public messenger = L2CrossDomainMessenger(L2_MESSENGER);
    Target public target = new Target();
    address public twin = makeAddr("twin");
    Message[] public messages;
    uint256 public executions;
    uint256 public kept;
    uint256 public sent;
    uint256 public lost;

    function setUp() external {
        predeployed(PASSER, address(new L2ToL1MessagePasser()));
        predeployed(L2_MESSENGER, address(new L2CrossDomainMessenger()));
        vm.prank(owner);
        messenger.initialize(twin);
    }

    function count() external view returns (uint256) {
        return messages.length;
    }

    function encode(uint256 index) public view returns (bytes memory) {
        Message memory m = messages[index];
        return abi.encodeCall(
            messenger.relayMessage, (1 << 240 | index, alice, address(target), m.value, m.minGasLimit, abi.encode(index))
        );
    }

    function call(address from, uint256 index, uint256 value, uint256 gasGiven) private {
        Message storage m = messages[index];
        uint256 before = target.calls();
        vm.deal(from, value);
        vm.prank(from);
        (bool success,) = address(messenger).call{value: value, gas: gasGiven}(encode(index));
        bool ran = target.calls() == before + 1;
        if (ran && m.executed) lost++; // executed twice
        if (ran) {
            m.executed = true;
            executions++;
            kept -= m.value;
        }
        if (from != bob && !success) lost++; // the twin's call must never fail
        bytes32 hash = keccak256(encode(index));
        if (!messenger.successfulMessages(hash) && !messenger.failedMessages(hash)) lost++;
    }

    function deliver(uint64 value, uint256 minGasLimit, uint8 mood) external {
        target.setMood(Target.Mood(mood % 3));
        minGasLimit = minGasLimit % 1_000_000;
        messages.push(Message(value, minGasLimit, false));
        kept += value;
        call(aliasOf(twin), messages.length - 1, value, 1_200_000);
    }

    function replay(uint256 index, uint256 gasGiven, uint8 mood) external {
        if (messages.length == 0) return;
        target.setMood(Target.Mood(mood % 3));
        call(bob, index % messages.length, 0, 100_000 + gasGiven % 1_500_000);
    }

    function send(uint64 value) external {
        vm.deal(alice, value);
        vm.prank(alice);
        messenger.sendMessage{value: value}(bob, "", 0);
        sent++;
    }

    /// @notice Every kept message can be executed by anybody with enough gas.
    function replayAll() external {
        target.setMood(Target.Mood.CALM);
        for (uint256 i = 0; i < messages.length; i++) {
            if (!messages[i].executed) call(bob, i, 0, 3_000_000);
            assertTrue(messages[i].executed);
        }
    }
}

contract MessengerInvariants is Test {
    MessengerHandler private handler;

    function setUp() external {
        handler = new MessengerHandler();
        handler.setUp();
        bytes4[] memory selectors = new bytes4[](4);
        selectors[0] = handler.deliver.selector;
        selectors[1] = handler.replay.selector;
        selectors[2] = handler.send.selector;
        selectors[3] = handler.replayAll.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// @notice No message is lost or executed twice.
    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 50
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_nothingLost() external view {
        assertEq(handler.lost(), 0);
    }

    /// @notice The messenger holds the value of the messages it keeps, and of no others.
    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 50
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_valueKept() external view {
        assertEq(address(handler.messenger()).balance, handler.kept());
        assertEq(handler.messenger().messageNonce(), 1 << 240 | handler.sent());
    }

    /// @notice What the model says was executed, the messenger says too.
    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 50
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_marks() external view {
        for (uint256 i = 0; i < handler.count(); i++) {
            (,, bool executed) = handler.messages(i);
            assertEq(handler.messenger().successfulMessages(keccak256(handler.encode(i))), executed);
        }
    }

    /// @notice The sabotaged twin: a messenger that forgets what it executed is found out.
    function test_sabotaged() external {
        handler.deliver(5, 50_000, 1);
        handler.replay(0, 1_000_000, 0);
        assertEq(handler.lost(), 0);
        bytes32 slot = keccak256(abi.encode(keccak256(handler.encode(0)), uint256(203)));
        vm.store(address(handler.messenger()), slot, 0);
        vm.deal(address(handler.messenger()), 5);
        vm.expectRevert(); // the model's own books run below zero
        handler.replay(0, 1_000_000, 0);
    }
}
