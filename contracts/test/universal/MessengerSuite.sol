// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {CrossDomainMessenger} from "src/universal/CrossDomainMessenger.sol";
import {BridgeTest, Target} from "test/BridgeTest.sol";

/// @notice What holds for the messengers of both layers. The test of a layer says how its twin is heard.
abstract contract MessengerSuite is BridgeTest {
    struct Message {
        uint256 nonce;
        address sender;
        address target;
        uint256 value;
        uint256 minGasLimit;
        bytes data;
    }

    CrossDomainMessenger internal messenger;
    address internal twin;
    Target internal target = new Target();

    /// @notice Calls the messenger as its twin does.
    function asTwin(uint256 value, bytes memory call_) internal virtual returns (bool success, bytes memory answer);

    /// @notice Targets that no message may have.
    function blockedTargets() internal view virtual returns (address, address);

    /// @notice Expects the layer's transport to be called.
    function expectTransport(uint256 value, uint64 gasLimit, bytes memory data) internal virtual;

    function message(bytes memory data) internal view returns (Message memory) {
        return Message(1 << 240 | 7, alice, address(target), 0, 50_000, data);
    }

    function message() internal view returns (Message memory) {
        return message(hex"c0ffee");
    }

    function encode(Message memory m) internal pure returns (bytes memory) {
        return bytes.concat(hex"d764ad0b", abi.encode(m.nonce, m.sender, m.target, m.value, m.minGasLimit, m.data));
    }

    function hashOf(Message memory m) internal pure returns (bytes32) {
        return keccak256(encode(m));
    }

    function deliver(Message memory m) internal {
        (bool success, bytes memory reason) = asTwin(m.value, encode(m));
        assertTrue(success, string(reason));
    }

    function deliveryRefused(Message memory m, uint256 value, bytes memory expected) internal {
        (bool success, bytes memory reason) = asTwin(value, encode(m));
        assertFalse(success);
        assertEq(reason, expected);
    }

    function text(string memory reason) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("Error(string)", reason);
    }

    function panic(uint256 code) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("Panic(uint256)", code);
    }

    function replay(Message memory m) internal {
        messenger.relayMessage(m.nonce, m.sender, m.target, m.value, m.minGasLimit, m.data);
    }

    function failed(Message memory m) internal returns (bytes32 hash) {
        target.setMood(Target.Mood.REFUSES);
        deliver(m);
        target.setMood(Target.Mood.CALM);
        hash = hashOf(m);
        assertTrue(messenger.failedMessages(hash));
    }

    /// @dev Of one delivery, so that targets that burn gas do not burn all of a test's.
    uint256 internal constant GAS = 2_000_000;

    // Views

    function test_constants() external view {
        assertEq(messenger.MESSAGE_VERSION(), 1);
        assertEq(messenger.RELAY_CONSTANT_OVERHEAD(), 200_000);
        assertEq(messenger.RELAY_CALL_OVERHEAD(), 40_000);
        assertEq(messenger.RELAY_RESERVED_GAS(), 40_000);
        assertEq(messenger.RELAY_GAS_CHECK_BUFFER(), 5000);
        assertEq(messenger.MIN_GAS_DYNAMIC_OVERHEAD_NUMERATOR(), 64);
        assertEq(messenger.MIN_GAS_DYNAMIC_OVERHEAD_DENOMINATOR(), 63);
        assertEq(messenger.MIN_GAS_CALLDATA_OVERHEAD(), 16);
        assertEq(messenger.FLOOR_CALLDATA_OVERHEAD(), 40);
        assertEq(messenger.ENCODING_OVERHEAD(), 260);
        assertEq(messenger.TX_BASE_GAS(), 21_000);
    }

    function test_otherMessenger() external view {
        assertEq(messenger.otherMessenger(), twin);
        assertEq(messenger.OTHER_MESSENGER(), twin);
    }

    function test_xDomainMessageSender_reverts() external {
        vm.expectRevert("CrossDomainMessenger: xDomainMessageSender is not set");
        messenger.xDomainMessageSender();
    }

    function test_storageLayout() external {
        assertEq(slotOf(address(messenger), 0) >> 168, 0);
        assertGt(slotOf(address(messenger), 0) >> 160, 0); // byte 20: the initializer's version
        assertEq(slotOf(address(messenger), 204), 0xdEaD);
        assertEq(slotOf(address(messenger), 207), uint160(twin));
        Message memory m = message();
        bytes32 hash = failed(m);
        assertEq(slotOf(address(messenger), uint256(keccak256(abi.encode(hash, uint256(206))))), 1);
        replay(m);
        assertEq(slotOf(address(messenger), uint256(keccak256(abi.encode(hash, uint256(203))))), 1);
        messenger.sendMessage(bob, "", 0);
        assertEq(slotOf(address(messenger), 205), 1);
    }

    /// @notice The formula of the reference, in unbounded numbers.
    function testFuzz_baseGas(uint16 length, uint32 minGasLimit) external view {
        uint256 execution = 200_000 + 40_000 + 40_000 + 5000 + uint256(minGasLimit) * 64 / 63;
        uint256 size = uint256(length) + 260;
        uint256 charged = execution + 16 * size;
        uint256 least = 40 * size;
        assertEq(messenger.baseGas(new bytes(length), minGasLimit), 21_000 + (charged > least ? charged : least));
    }

    function test_baseGas_knownAnswers() external view {
        assertEq(messenger.baseGas("", 0), 310_160);
        assertEq(messenger.baseGas("", type(uint32).max), 4_363_451_539);
        assertEq(messenger.baseGas(new bytes(100_000), 0), 21_000 + 40 * 100_260);
    }

    // Sending

    function testFuzz_sendMessage(address to, bytes memory data, uint32 minGasLimit, uint96 value) external {
        vm.deal(alice, value);
        uint256 nonce = 1 << 240;
        Message memory m = Message(nonce, alice, to, value, minGasLimit, data);
        expectTransport(value, messenger.baseGas(data, minGasLimit), encode(m));
        vm.expectEmit(address(messenger));
        emit CrossDomainMessenger.SentMessage(to, alice, data, nonce, minGasLimit);
        vm.expectEmit(address(messenger));
        emit CrossDomainMessenger.SentMessageExtension1(alice, value);
        vm.prank(alice);
        messenger.sendMessage{value: value}(to, data, minGasLimit);
        assertEq(messenger.messageNonce(), nonce + 1);
    }

    function test_sendMessage_twice() external {
        messenger.sendMessage(bob, "", 0);
        messenger.sendMessage(bob, "", 0);
        assertEq(messenger.messageNonce(), 1 << 240 | 2);
    }

    function test_sendMessage_nonceWraps() external {
        vm.store(address(messenger), bytes32(uint256(205)), bytes32(uint256(type(uint240).max)));
        messenger.sendMessage(bob, "", 0);
        assertEq(messenger.messageNonce(), 1 << 240);
    }

    /// @notice Nothing is checked about targets when sending.
    function test_sendMessage_blockedTarget() external {
        (address a, address b) = blockedTargets();
        messenger.sendMessage(a, "", 0);
        messenger.sendMessage(b, "", 0);
    }

    // Delivery by the twin

    function test_relay() external {
        Message memory m = message();
        vm.expectEmit(address(messenger));
        emit CrossDomainMessenger.RelayedMessage(hashOf(m));
        deliver(m);
        assertEq(target.calls(), 1);
        assertEq(target.dataSeen(), m.data);
        assertTrue(messenger.successfulMessages(hashOf(m)));
        assertFalse(messenger.failedMessages(hashOf(m)));
    }

    function testFuzz_relay_value(uint96 value) external {
        Message memory m = message();
        m.value = value;
        deliver(m);
        assertEq(address(target).balance, value);
        assertEq(target.valueSeen(), value);
    }

    function testFuzz_relay_sender(address from) external {
        vm.assume(from != UNSET_SENDER);
        Message memory m = message();
        m.sender = from;
        target.callOnEntry(address(messenger), abi.encodeCall(messenger.xDomainMessageSender, ()));
        deliver(m);
        assertEq(target.innerResult(), abi.encode(from));
        vm.expectRevert("CrossDomainMessenger: xDomainMessageSender is not set");
        messenger.xDomainMessageSender();
    }

    function test_relay_noCode() external {
        Message memory m = message();
        (m.target, m.value) = (makeAddr("nobody"), 3);
        deliver(m);
        assertEq(m.target.balance, 3);
    }

    function test_relay_zeros() external {
        deliver(Message(1 << 240, address(0), address(0), 0, 0, ""));
        assertTrue(messenger.successfulMessages(hashOf(Message(1 << 240, address(0), address(0), 0, 0, ""))));
    }

    function test_relay_wrongValue_panics() external {
        Message memory m = message();
        m.value = 2;
        deliveryRefused(m, 1, panic(1));
        deliveryRefused(m, 3, panic(1));
    }

    function test_relay_twice_reverts() external {
        Message memory m = message();
        deliver(m);
        deliveryRefused(m, 0, text("CrossDomainMessenger: message has already been relayed"));
        assertEq(target.calls(), 1);
    }

    /// @notice A failed message comes back by replay only.
    function test_relay_afterFailure_panics() external {
        Message memory m = message();
        failed(m);
        deliveryRefused(m, 0, panic(1));
    }

    function testFuzz_relay_version_reverts(uint16 version, uint240 counter) external {
        vm.assume(version > 1);
        Message memory m = message();
        m.nonce = uint256(version) << 240 | counter;
        deliveryRefused(
            m, 0, text("CrossDomainMessenger: only version 0 or 1 messages are supported at this time")
        );
    }

    function test_relay_version0() external {
        Message memory m = message();
        m.nonce = 7;
        deliver(m);
        assertTrue(messenger.successfulMessages(hashOf(m))); // by the newer hash
    }

    function test_relay_version0_relayedBefore_reverts() external {
        Message memory m = message();
        m.nonce = 7;
        bytes32 old = keccak256(bytes.concat(hex"cbd4ece9", abi.encode(m.target, m.sender, m.data, m.nonce)));
        bytes32 slot = keccak256(abi.encode(old, uint256(203)));
        vm.store(address(messenger), slot, bytes32(uint256(1)));
        deliveryRefused(m, 0, text("CrossDomainMessenger: legacy withdrawal already relayed"));
        m.nonce = 1 << 240 | 7; // of today's version: another message
        deliver(m);
    }

    function test_relay_blockedTarget_reverts() external {
        Message memory m = message();
        (address a, address b) = blockedTargets();
        m.target = a;
        deliveryRefused(m, 0, text("CrossDomainMessenger: cannot send message to blocked system address"));
        m.target = b;
        deliveryRefused(m, 0, text("CrossDomainMessenger: cannot send message to blocked system address"));
    }

    // Failure and replay

    function test_relay_failure() external {
        Message memory m = message();
        m.value = 5;
        target.setMood(Target.Mood.REFUSES);
        vm.expectEmit(address(messenger));
        emit CrossDomainMessenger.FailedRelayedMessage(hashOf(m));
        deliver(m);
        assertFalse(messenger.successfulMessages(hashOf(m)));
        assertEq(address(messenger).balance, 5); // kept for the replay
    }

    function test_replay() external {
        Message memory m = message();
        m.value = 5;
        bytes32 hash = failed(m);
        vm.expectEmit(address(messenger));
        emit CrossDomainMessenger.RelayedMessage(hash);
        replay(m);
        assertEq(address(target).balance, 5);
        assertTrue(messenger.successfulMessages(hash));
        assertTrue(messenger.failedMessages(hash)); // stays
    }

    function testFuzz_replay_byAnybody(address who) external {
        vm.assume(who != address(proxyAdmin) && aliasOf(twin) != who);
        Message memory m = message();
        failed(m);
        vm.prank(who);
        replay(m);
        assertTrue(messenger.successfulMessages(hashOf(m)));
    }

    function test_replay_failsAgain() external {
        Message memory m = message();
        bytes32 hash = failed(m);
        target.setMood(Target.Mood.REFUSES);
        vm.expectEmit(address(messenger));
        emit CrossDomainMessenger.FailedRelayedMessage(hash);
        replay(m);
        target.setMood(Target.Mood.CALM);
        replay(m);
        assertTrue(messenger.successfulMessages(hash));
    }

    function test_replay_twice_reverts() external {
        Message memory m = message();
        failed(m);
        replay(m);
        vm.expectRevert("CrossDomainMessenger: message has already been relayed");
        replay(m);
    }

    function test_replay_unknown_reverts() external {
        vm.expectRevert("CrossDomainMessenger: message cannot be replayed");
        replay(message());
    }

    function test_replay_neverFailed_reverts() external {
        deliver(message());
        vm.expectRevert("CrossDomainMessenger: message cannot be replayed");
        replay(message());
    }

    function test_replay_withValue_reverts() external {
        Message memory m = message();
        failed(m);
        vm.expectRevert("CrossDomainMessenger: value must be zero unless message is from a system address");
        messenger.relayMessage{value: 1}(m.nonce, m.sender, m.target, m.value, m.minGasLimit, m.data);
    }

    function testFuzz_replay_changed_reverts(uint256 field, uint256 flip) external {
        Message memory m = message();
        failed(m);
        flip = bound(flip, 1, type(uint64).max);
        field %= 6;
        if (field == 0) m.nonce ^= flip;
        else if (field == 1) m.sender = address(uint160(m.sender) ^ uint160(flip));
        else if (field == 2) m.target = address(uint160(m.target) ^ uint160(flip));
        else if (field == 3) m.value ^= flip;
        else if (field == 4) m.minGasLimit ^= flip;
        else m.data = abi.encode(flip);
        vm.expectRevert("CrossDomainMessenger: message cannot be replayed");
        replay(m);
    }

    /// @notice A replay is paid from what the message brought. What is not there cannot be spent.
    function test_replay_valueGone() external {
        Message memory m = message();
        m.value = 5;
        failed(m);
        vm.deal(address(messenger), 4);
        replay(m);
        assertFalse(messenger.successfulMessages(hashOf(m)));
    }

    // Gas

    function test_relay_tooLittleGas_isKept() external {
        Message memory m = message();
        m.minGasLimit = 50_000_000_000;
        vm.expectEmit(address(messenger));
        emit CrossDomainMessenger.FailedRelayedMessage(hashOf(m));
        deliver(m);
        assertEq(target.calls(), 0);
        assertTrue(messenger.failedMessages(hashOf(m)));
    }

    function test_relay_burningTarget_isKept() external {
        Message memory m = message();
        target.setMood(Target.Mood.BURNS);
        deliver(m);
        assertEq(target.calls(), 0); // undone with the call
        assertTrue(messenger.failedMessages(hashOf(m)));
        target.setMood(Target.Mood.CALM);
        replay(m);
        assertTrue(messenger.successfulMessages(hashOf(m)));
    }

    /// @notice With whatever gas a replay is made: it reverts, keeps the message, or the target gets its minimum.
    function testFuzz_replay_gas(uint256 minGasLimit, uint256 gasGiven) external {
        Message memory m = message();
        m.minGasLimit = bound(minGasLimit, 90_000, 1_000_000);
        gasGiven = bound(gasGiven, 100_000, 1_600_000);
        bytes32 hash = failed(m);
        uint256 callsBefore = target.calls();
        try messenger.relayMessage{gas: gasGiven}(m.nonce, m.sender, m.target, m.value, m.minGasLimit, m.data) {
            assertEq(messenger.successfulMessages(hash), target.calls() == callsBefore + 1);
            if (target.calls() > callsBefore) assertGe(target.gasSeen() + 500, m.minGasLimit);
        } catch {
            assertFalse(messenger.successfulMessages(hash));
        }
        assertTrue(messenger.failedMessages(hash));
    }

    /// @notice The messenger with the gas that `baseGas` asks for hands its target the minimum, whatever the message.
    function testFuzz_baseGas_suffices(uint256 minGasLimit, uint256 length) external {
        Message memory m = message(new bytes(bound(length, 0, 2000)));
        m.minGasLimit = bound(minGasLimit, 200_000, 2_000_000);
        bytes32 hash = failed(m);
        uint256 gasForCall = messenger.baseGas(m.data, uint32(m.minGasLimit)) - 21_000 - 16 * (m.data.length + 260);
        messenger.relayMessage{gas: gasForCall}(m.nonce, m.sender, m.target, m.value, m.minGasLimit, m.data);
        assertGe(target.gasSeen() + 500, m.minGasLimit);
        if (m.minGasLimit > 1_700_000) assertTrue(messenger.successfulMessages(hash));
    }

    // Re-entry

    /// @notice A message within a message is kept, not executed.
    function test_relay_reentered_isKept() external {
        Message memory inner = message("inner");
        failed(inner);
        Message memory outer = message("outer");
        outer.minGasLimit = 500_000;
        target.callOnEntry(address(messenger), encode(inner));
        deliver(outer);
        assertTrue(messenger.successfulMessages(hashOf(outer)));
        assertFalse(messenger.successfulMessages(hashOf(inner)));
        target.callOnEntry(address(0), "");
        replay(inner);
        assertTrue(messenger.successfulMessages(hashOf(inner)));
    }

    /// @notice A message that replays itself is executed once, and the outer call counts.
    function test_replay_reenteredByItself() external {
        Message memory m = message();
        m.minGasLimit = 500_000;
        m.value = 1;
        failed(m);
        vm.deal(address(messenger), 10);
        target.callOnEntry(address(messenger), encode(m));
        uint256 before = target.calls();
        replay(m);
        assertTrue(messenger.successfulMessages(hashOf(m)));
        assertEq(target.calls(), before + 1);
        assertEq(address(target).balance, 1);
    }

    /// @notice Targets may send messages.
    function test_relay_sendingTarget() external {
        target.callOnEntry(address(messenger), abi.encodeCall(messenger.sendMessage, (bob, "", 0)));
        Message memory m = message();
        m.minGasLimit = 600_000;
        deliver(m);
        assertTrue(target.inner());
        assertEq(messenger.messageNonce(), 1 << 240 | 1);
    }

    // Estimation

    function test_replay_estimation_reverts() external {
        Message memory m = message();
        failed(m);
        target.setMood(Target.Mood.REFUSES);
        vm.expectRevert("CrossDomainMessenger: failed to relay message");
        vm.prank(alice, address(1));
        replay(m);
        target.setMood(Target.Mood.CALM);
        vm.prank(alice, address(1));
        replay(m);
    }

    function test_replay_estimationWithTooLittleGas_reverts() external {
        Message memory m = message();
        m.minGasLimit = 50_000_000_000;
        deliver(m);
        vm.expectRevert("CrossDomainMessenger: failed to relay message");
        vm.prank(alice, address(1));
        replay(m);
    }

    /// @notice A message of every kind is either executed once or kept, and its value is where it belongs.
    function testFuzz_neverLost(uint256 seed, uint96 value) external {
        Message memory m = message(abi.encode(seed));
        m.value = value;
        m.minGasLimit = seed % 5 == 0 ? 50_000_000_000 : 50_000;
        target.setMood(Target.Mood(seed % 3));
        deliver(m);
        bytes32 hash = hashOf(m);
        assertTrue(messenger.successfulMessages(hash) != messenger.failedMessages(hash));
        assertEq(address(messenger).balance, messenger.failedMessages(hash) ? value : 0);
        assertEq(address(target).balance, messenger.failedMessages(hash) ? 0 : value);
    }
}
