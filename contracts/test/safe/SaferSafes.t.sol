// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {JSONParserLib} from "solady/utils/JSONParserLib.sol";
import {ISafe, Operation} from "src/interfaces/ISafe.sol";
import {LivenessModule2} from "src/safe/LivenessModule2.sol";
import {SafeVersion, SemverComp_InvalidSemverParts} from "src/safe/SafeVersion.sol";
import {SaferSafes} from "src/safe/SaferSafes.sol";
import {TimelockGuard} from "src/safe/TimelockGuard.sol";
import {ITestSafe, SafeTest} from "test/safe/SafeTest.sol";

/// @notice Answers as a Safe of another version.
contract OtherVersion {
    string public VERSION;

    constructor(string memory version) {
        VERSION = version;
    }

    function isModuleEnabled(address) external pure returns (bool) {
        return true;
    }

    function getStorageAt(uint256, uint256) external view returns (bytes memory) {
        return abi.encode(msg.sender);
    }
}

contract Target {
    uint256 public count;

    function hit() external {
        count++;
    }

    function fail() external pure {
        revert("no");
    }
}

/// @notice Sabotage of R-32: cancelled transactions are forgotten, so that they can be scheduled again.
contract Forgetful is SaferSafes {
    function forget(ISafe safe, bytes32 hash) external {
        delete _currentSafeState(safe).scheduledTransactions[hash];
    }
}

/// @notice Sabotage of R-32: the rule that binds delay and response period is not checked.
contract Unbound is SaferSafes {
    function setPeriod(ISafe safe, uint256 period) external {
        _livenessSafeConfiguration[safe].livenessResponsePeriod = period;
    }

    function check(ISafe safe) external view {
        _checkCombinedConfig(safe);
    }
}

abstract contract SaferSafesTest is SafeTest {
    SaferSafes internal extension;
    ITestSafe internal safe;
    address[] internal owners;
    address internal fallbackOwner = makeAddr("fallback");
    Target internal target;

    uint256 internal constant PERIOD = 14 days;
    uint256 internal constant DELAY = 3 days;

    function setUp() public virtual override {
        super.setUp();
        extension = new SaferSafes();
        target = new Target();
        owners = makeOwners("owner", 5);
        safe = makeSafe(owners, 3);
    }

    function config(uint256 period, address owner) internal pure returns (LivenessModule2.ModuleConfig memory) {
        return LivenessModule2.ModuleConfig(period, owner);
    }

    function enable() internal {
        exec(safe, owners, address(safe), abi.encodeCall(ITestSafe.enableModule, (address(extension))));
    }

    function configure(uint256 period, address owner) internal {
        exec(
            safe, owners, address(extension), abi.encodeCall(extension.configureLivenessModule, (config(period, owner)))
        );
    }

    function setGuard(address guard) internal {
        exec(safe, owners, address(safe), abi.encodeCall(ISafe.setGuard, (guard)));
    }

    function configureDelay(uint256 delay) internal {
        exec(safe, owners, address(extension), abi.encodeCall(extension.configureTimelockGuard, (delay)));
    }

    function params(address to, bytes memory data)
        internal
        pure
        returns (TimelockGuard.ExecTransactionParams memory p)
    {
        p.to = to;
        p.data = data;
    }

    function schedule(address to, bytes memory data, uint256 nonce) internal returns (bytes32 hash) {
        hash = hashOf(safe, to, data, nonce);
        extension.scheduleTransaction(safe, nonce, params(to, data), sign(hash, owners, safe.getThreshold()));
    }

    function scheduleReverts(bytes4 reason, address to, bytes memory data, uint256 nonce) internal {
        bytes memory signatures = sign(hashOf(safe, to, data, nonce), owners, safe.getThreshold());
        vm.expectRevert(reason);
        extension.scheduleTransaction(safe, nonce, params(to, data), signatures);
    }

    function cancelReverts(bytes4 reason, bytes32 hash, uint256 nonce, uint256 count) internal {
        bytes memory signatures = cancelSignatures(hash, nonce, count);
        vm.expectRevert(reason);
        extension.cancelTransaction(safe, hash, nonce, signatures);
    }

    function cancel(bytes32 hash, uint256 nonce, uint256 count) internal {
        extension.cancelTransaction(safe, hash, nonce, cancelSignatures(hash, nonce, count));
    }

    function cancelSignatures(bytes32 hash, uint256 nonce, uint256 count) internal view returns (bytes memory) {
        bytes memory data = abi.encodeCall(extension.signCancellation, (hash));
        return sign(hashOf(safe, address(extension), data, nonce), owners, count);
    }
}

contract LivenessModule2Test is SaferSafesTest {
    function ready() internal {
        enable();
        configure(PERIOD, fallbackOwner);
    }

    function test_version() external view {
        assertEq(extension.version(), "1.10.2");
    }

    function test_configure_order() external {
        vm.startPrank(address(safe));
        vm.expectRevert(LivenessModule2.LivenessModule2_InvalidResponsePeriod.selector);
        extension.configureLivenessModule(config(0, address(0)));
        vm.expectRevert(LivenessModule2.LivenessModule2_InvalidFallbackOwner.selector);
        extension.configureLivenessModule(config(1, address(0)));
        vm.expectRevert(LivenessModule2.LivenessModule2_InvalidFallbackOwner.selector);
        extension.configureLivenessModule(config(1, address(safe)));
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotEnabled.selector);
        extension.configureLivenessModule(config(1, fallbackOwner));
        vm.stopPrank();
        address old = address(new OtherVersion("1.3.0"));
        vm.prank(old);
        vm.expectRevert(LivenessModule2.LivenessModule2_InvalidVersion.selector);
        extension.configureLivenessModule(config(1, fallbackOwner));
    }

    function test_configure_storesAndEmits() external {
        enable();
        vm.expectEmit(address(extension));
        emit LivenessModule2.ModuleConfigured(address(safe), PERIOD, fallbackOwner);
        configure(PERIOD, fallbackOwner);
        LivenessModule2.ModuleConfig memory c = extension.livenessSafeConfiguration(safe);
        assertEq(c.livenessResponsePeriod, PERIOD);
        assertEq(c.fallbackOwner, fallbackOwner);
        bytes32 slot = keccak256(abi.encode(safe, 0));
        assertEq(uint256(vm.load(address(extension), slot)), PERIOD);
        assertEq(extension.getChallengePeriodEnd(safe), 0);
    }

    function test_configure_cancelsAChallenge() external {
        ready();
        vm.prank(fallbackOwner);
        extension.challenge(safe);
        vm.expectEmit(address(extension));
        emit LivenessModule2.ChallengeCancelled(address(safe));
        configure(PERIOD + 1, fallbackOwner);
        assertEq(extension.challengeStartTime(safe), 0);
    }

    function test_clear() external {
        vm.startPrank(address(safe));
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotConfigured.selector);
        extension.clearLivenessModule();
        vm.stopPrank();
        ready();
        vm.prank(address(safe));
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleStillEnabled.selector);
        extension.clearLivenessModule();
        vm.prank(fallbackOwner);
        extension.challenge(safe);
        exec(safe, owners, address(safe), abi.encodeCall(ITestSafe.disableModule, (SENTINEL, address(extension))));
        vm.expectEmit(address(extension));
        emit LivenessModule2.ChallengeCancelled(address(safe));
        vm.expectEmit(address(extension));
        emit LivenessModule2.ModuleCleared(address(safe));
        exec(safe, owners, address(extension), abi.encodeCall(extension.clearLivenessModule, ()));
        assertEq(extension.livenessSafeConfiguration(safe).fallbackOwner, address(0));
        assertEq(extension.challengeStartTime(safe), 0);
    }

    function test_challenge_order() external {
        vm.startPrank(fallbackOwner);
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotConfigured.selector);
        extension.challenge(safe);
        vm.stopPrank();
        ready();
        vm.expectRevert(LivenessModule2.LivenessModule2_UnauthorizedCaller.selector);
        extension.challenge(safe);
        vm.startPrank(fallbackOwner);
        vm.expectEmit(address(extension));
        emit LivenessModule2.ChallengeStarted(address(safe), block.timestamp);
        extension.challenge(safe);
        assertEq(extension.getChallengePeriodEnd(safe), block.timestamp + PERIOD);
        vm.expectRevert(LivenessModule2.LivenessModule2_ChallengeAlreadyExists.selector);
        extension.challenge(safe);
        vm.stopPrank();
        exec(safe, owners, address(safe), abi.encodeCall(ITestSafe.disableModule, (SENTINEL, address(extension))));
        vm.prank(fallbackOwner);
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotEnabled.selector);
        extension.challenge(safe);
    }

    function test_respond_order() external {
        vm.prank(address(safe));
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotConfigured.selector);
        extension.respond();
        ready();
        vm.prank(address(safe));
        vm.expectRevert(LivenessModule2.LivenessModule2_ChallengeDoesNotExist.selector);
        extension.respond();
        exec(safe, owners, address(safe), abi.encodeCall(ITestSafe.disableModule, (SENTINEL, address(extension))));
        vm.prank(address(safe));
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotEnabled.selector);
        extension.respond();
    }

    /// A-50: an answer counts as long as ownership has not changed, also a late one.
    function test_A50_respond_alsoAfterThePeriod(uint256 wait) external {
        wait = bound(wait, 0, 10 * PERIOD);
        ready();
        vm.prank(fallbackOwner);
        extension.challenge(safe);
        skip(wait);
        exec(safe, owners, address(extension), abi.encodeCall(extension.respond, ()));
        vm.prank(fallbackOwner);
        vm.expectRevert(LivenessModule2.LivenessModule2_ChallengeDoesNotExist.selector);
        extension.changeOwnershipToFallback(safe);
    }

    function test_changeOwnership_order() external {
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotConfigured.selector);
        extension.changeOwnershipToFallback(safe);
        ready();
        vm.expectRevert(LivenessModule2.LivenessModule2_UnauthorizedCaller.selector);
        extension.changeOwnershipToFallback(safe);
        vm.startPrank(fallbackOwner);
        vm.expectRevert(LivenessModule2.LivenessModule2_ChallengeDoesNotExist.selector);
        extension.changeOwnershipToFallback(safe);
        extension.challenge(safe);
        skip(PERIOD - 1);
        vm.expectRevert(LivenessModule2.LivenessModule2_ResponsePeriodActive.selector);
        extension.changeOwnershipToFallback(safe);
        skip(1);
        vm.expectEmit(address(extension));
        emit LivenessModule2.ChallengeSucceeded(address(safe), fallbackOwner);
        extension.changeOwnershipToFallback(safe);
        assertOnlyOwner();
        assertEq(extension.challengeStartTime(safe), 0);
        // A new challenge is possible: the configuration stays.
        extension.challenge(safe);
    }

    function test_changeOwnership_moduleDisabledMeanwhile() external {
        ready();
        vm.prank(fallbackOwner);
        extension.challenge(safe);
        exec(safe, owners, address(safe), abi.encodeCall(ITestSafe.disableModule, (SENTINEL, address(extension))));
        skip(PERIOD);
        vm.prank(fallbackOwner);
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotEnabled.selector);
        extension.changeOwnershipToFallback(safe);
    }

    function test_changeOwnership_removesAnyGuard() external {
        ready();
        SaferSafes other = new SaferSafes();
        setGuard(address(other));
        succeed();
        assertEq(abi.decode(safe.getStorageAt(guardSlot(), 1), (address)), address(0));
        assertOnlyOwner();
    }

    /// The fallback owner may be an owner already, first, last or between.
    function testFuzz_changeOwnership_ofAnyOwners(uint256 count, uint256 threshold, uint256 place) external {
        count = bound(count, 1, 14);
        threshold = bound(threshold, 1, count);
        owners = makeOwners("fuzz", count);
        if (place % 3 == 0) fallbackOwner = owners[place % count];
        safe = makeSafe(owners, threshold);
        ready();
        succeed();
        assertOnlyOwner();
    }

    function succeed() internal {
        vm.startPrank(fallbackOwner);
        extension.challenge(safe);
        skip(PERIOD);
        extension.changeOwnershipToFallback(safe);
        vm.stopPrank();
    }

    function assertOnlyOwner() internal view {
        assertEq(safe.getOwners().length, 1);
        assertTrue(safe.isOwner(fallbackOwner));
        assertEq(safe.getThreshold(), 1);
    }

    function guardSlot() internal pure returns (uint256) {
        return uint256(keccak256("guard_manager.guard.address"));
    }

    /// Nobody but the fallback owner starts or ends a challenge; nobody but the Safe answers.
    function testFuzz_strangers(address stranger) external {
        vm.assume(stranger != fallbackOwner && stranger != address(safe));
        ready();
        vm.prank(stranger);
        vm.expectRevert(LivenessModule2.LivenessModule2_UnauthorizedCaller.selector);
        extension.challenge(safe);
        vm.prank(fallbackOwner);
        extension.challenge(safe);
        skip(PERIOD);
        vm.startPrank(stranger);
        vm.expectRevert(LivenessModule2.LivenessModule2_UnauthorizedCaller.selector);
        extension.changeOwnershipToFallback(safe);
        vm.expectRevert();
        extension.respond();
    }

    /// One contract, many Safes: what one does says nothing about another.
    function test_SafesAreApart() external {
        ready();
        ITestSafe second = makeSafe(owners, 2);
        vm.prank(fallbackOwner);
        extension.challenge(safe);
        assertEq(extension.challengeStartTime(second), 0);
        vm.prank(fallbackOwner);
        vm.expectRevert(LivenessModule2.LivenessModule2_ModuleNotConfigured.selector);
        extension.challenge(second);
    }
}

contract SafeVersionTest is SaferSafesTest {
    function supported(string memory text) external pure returns (bool) {
        return SafeVersion.isSupported(text);
    }

    function test_versions() external view {
        string[5] memory good = ["1.4.1", "1.4.1-beta.4", "1.4.1+build", "1.4.1-rc.1+b.2", "01.4.1"];
        for (uint256 i = 0; i < good.length; i++) {
            assertTrue(this.supported(good[i]), good[i]);
        }
        string[6] memory bad = ["1.4.0", "1.3.0", "1.5.0", "2.4.1", "1.41.1", "1.4.11"];
        for (uint256 i = 0; i < bad.length; i++) {
            assertFalse(this.supported(bad[i]), bad[i]);
        }
    }

    function test_malformed() external {
        string[4] memory short = ["", "1", "1.4", "x"];
        for (uint256 i = 0; i < short.length; i++) {
            vm.expectRevert(SemverComp_InvalidSemverParts.selector);
            this.supported(short[i]);
        }
        string[5] memory text = ["a.4.1", "1.b.1", "1.4.c", "1..1", "1.4."];
        for (uint256 i = 0; i < text.length; i++) {
            vm.expectRevert(JSONParserLib.ParsingFailed.selector);
            this.supported(text[i]);
        }
    }
}

contract TimelockGuardTest is SaferSafesTest {
    bytes internal hit;

    function setUp() public override {
        super.setUp();
        hit = abi.encodeCall(Target.hit, ());
    }

    function ready() internal {
        setGuard(address(extension));
        configureDelay(DELAY);
    }

    function bring(bytes32 hash) internal {
        bytes memory signatures = sign(hash, owners, safe.getThreshold());
        vm.prank(owners[0]);
        execWith(safe, address(target), hit, signatures);
    }

    function test_interfaces() external view {
        assertTrue(extension.supportsInterface(0xe6d7a83a));
        assertTrue(extension.supportsInterface(0x01ffc9a7));
        assertFalse(extension.supportsInterface(0xffffffff));
        extension.timelockDelay(safe);
    }

    function test_configure_order() external {
        address old = address(new OtherVersion("1.4.2"));
        vm.prank(old);
        vm.expectRevert(TimelockGuard.TimelockGuard_InvalidVersion.selector);
        extension.configureTimelockGuard(0);
        vm.prank(address(safe));
        vm.expectRevert(TimelockGuard.TimelockGuard_GuardNotEnabled.selector);
        extension.configureTimelockGuard(0);
        setGuard(address(extension));
        vm.startPrank(address(safe));
        vm.expectRevert(TimelockGuard.TimelockGuard_InvalidTimelockDelay.selector);
        extension.configureTimelockGuard(0);
        vm.expectRevert(TimelockGuard.TimelockGuard_InvalidTimelockDelay.selector);
        extension.configureTimelockGuard(365 days + 1);
        extension.configureTimelockGuard(365 days);
        assertEq(extension.timelockDelay(safe), 365 days);
    }

    function test_configure_emits() external {
        setGuard(address(extension));
        vm.expectEmit(address(extension));
        emit TimelockGuard.CancellationThresholdUpdated(safe, 0, 1);
        vm.expectEmit(address(extension));
        emit TimelockGuard.GuardConfigured(safe, DELAY);
        configureDelay(DELAY);
        assertEq(extension.cancellationThreshold(safe), 1);
    }

    function test_unconfiguredGuardLetsEverythingPass() external {
        setGuard(address(extension));
        exec(safe, owners, address(target), hit);
        assertEq(target.count(), 1);
    }

    function test_schedule_order() external {
        bytes memory none;
        vm.expectRevert(TimelockGuard.TimelockGuard_GuardNotEnabled.selector);
        extension.scheduleTransaction(safe, 0, params(address(target), hit), none);
        setGuard(address(extension));
        vm.expectRevert(TimelockGuard.TimelockGuard_GuardNotConfigured.selector);
        extension.scheduleTransaction(safe, 0, params(address(target), hit), none);
        configureDelay(DELAY);
        vm.expectRevert("GS020");
        extension.scheduleTransaction(safe, 0, params(address(target), hit), none);
        uint256 nonce = safe.nonce();
        bytes32 hash = hashOf(safe, address(target), hit, nonce);
        vm.expectEmit(address(extension));
        emit TimelockGuard.TransactionScheduled(safe, hash, block.timestamp + DELAY);
        schedule(address(target), hit, nonce);
        scheduleReverts(TimelockGuard.TimelockGuard_TransactionAlreadyScheduled.selector, address(target), hit, nonce);
        TimelockGuard.ScheduledTransaction memory t = extension.scheduledTransaction(safe, hash);
        assertEq(t.txHash, hash);
        assertEq(uint8(t.state), 1);
        assertEq(t.nonce, nonce);
        assertEq(t.params.to, address(target));
        assertEq(t.params.data, hit);
        TimelockGuard.ScheduledTransaction[] memory pending = extension.pendingTransactions(safe);
        assertEq(pending.length, 1);
        assertEq(pending[0].txHash, hash);
    }

    function test_execute_order() external {
        ready();
        uint256 nonce = safe.nonce();
        bytes32 hash = hashOf(safe, address(target), hit, nonce);
        bytes memory signatures = sign(hash, owners, 3);
        vm.expectRevert(TimelockGuard.TimelockGuard_NotOwner.selector);
        execWith(safe, address(target), hit, signatures);
        vm.prank(owners[4]);
        vm.expectRevert(TimelockGuard.TimelockGuard_TransactionNotScheduled.selector);
        execWith(safe, address(target), hit, signatures);
        schedule(address(target), hit, nonce);
        skip(DELAY - 1);
        vm.prank(owners[4]);
        vm.expectRevert(TimelockGuard.TimelockGuard_TransactionNotReady.selector);
        execWith(safe, address(target), hit, signatures);
        skip(1);
        vm.expectEmit(address(extension));
        emit TimelockGuard.CancellationThresholdUpdated(safe, 1, 1);
        vm.expectEmit(address(extension));
        emit TimelockGuard.TransactionExecuted(safe, hash);
        vm.prank(owners[4]);
        execWith(safe, address(target), hit, signatures);
        assertEq(target.count(), 1);
        assertEq(uint8(extension.scheduledTransaction(safe, hash).state), 3);
        assertEq(extension.pendingTransactions(safe).length, 0);
        cancelReverts(TimelockGuard.TimelockGuard_TransactionAlreadyExecuted.selector, hash, 0, 1);
    }

    /// A call that fails uses the transaction up all the same, as it uses up the nonce.
    function test_execute_failedCallCounts() external {
        ready();
        bytes memory data = abi.encodeCall(Target.fail, ());
        uint256 nonce = safe.nonce();
        bytes32 hash = safe.getTransactionHash(
            address(target), 0, data, Operation.Call, 100_000, 0, 0, address(0), address(0), nonce
        );
        TimelockGuard.ExecTransactionParams memory p = params(address(target), data);
        p.safeTxGas = 100_000;
        extension.scheduleTransaction(safe, nonce, p, sign(hash, owners, 3));
        skip(DELAY);
        bytes memory signatures = sign(hash, owners, 3);
        vm.prank(owners[0]);
        bool success = safe.execTransaction(
            address(target), 0, data, Operation.Call, 100_000, 0, 0, address(0), payable(0), signatures
        );
        assertFalse(success);
        assertEq(uint8(extension.scheduledTransaction(safe, hash).state), 3);
    }

    function test_cancel_order() external {
        ready();
        uint256 nonce = safe.nonce();
        bytes32 hash = hashOf(safe, address(target), hit, nonce);
        cancelReverts(TimelockGuard.TimelockGuard_TransactionNotScheduled.selector, hash, nonce, 1);
        schedule(address(target), hit, nonce);
        vm.expectRevert("GS020");
        extension.cancelTransaction(safe, hash, nonce, "");
        vm.expectEmit(address(extension));
        emit TimelockGuard.CancellationThresholdUpdated(safe, 1, 2);
        vm.expectEmit(address(extension));
        emit TimelockGuard.TransactionCancelled(safe, hash);
        cancel(hash, nonce, 1);
        cancelReverts(TimelockGuard.TimelockGuard_TransactionAlreadyCancelled.selector, hash, nonce, 2);
        skip(DELAY);
        bytes memory signatures = sign(hash, owners, 3);
        vm.prank(owners[0]);
        vm.expectRevert(TimelockGuard.TimelockGuard_TransactionAlreadyCancelled.selector);
        execWith(safe, address(target), hit, signatures);
        assertEq(extension.pendingTransactions(safe).length, 0);
    }

    /// Each cancellation in a row needs one owner more, up to min(n - t + 1, t); an execution resets it.
    function test_cancel_thresholdRisesAndResets() external {
        ready();
        uint256 nonce = safe.nonce();
        assertEq(extension.maxCancellationThreshold(safe), 3);
        for (uint256 i = 0; i < 5; i++) {
            uint256 needed = i < 3 ? i + 1 : 3;
            assertEq(extension.cancellationThreshold(safe), needed);
            bytes32 hash = schedule(address(target), hit, nonce + i);
            if (needed > 1) {
                bytes memory few = cancelSignatures(hash, nonce, needed - 1);
                vm.expectRevert("GS020");
                extension.cancelTransaction(safe, hash, nonce, few);
            }
            cancel(hash, nonce, needed);
        }
        bytes memory other = abi.encodeWithSignature("count()");
        bytes32 last = schedule(address(target), other, nonce);
        skip(DELAY);
        bytes memory signatures = sign(last, owners, 3);
        vm.prank(owners[0]);
        execWith(safe, address(target), other, signatures);
        assertEq(extension.cancellationThreshold(safe), 1);
    }

    function testFuzz_maxCancellationThreshold(uint256 count, uint256 threshold) external {
        count = bound(count, 1, 20);
        threshold = bound(threshold, 1, count);
        ITestSafe made = makeSafe(makeOwners("fuzz", count), threshold);
        uint256 blocking = count - threshold + 1;
        assertEq(extension.maxCancellationThreshold(made), blocking < threshold ? blocking : threshold);
    }

    function test_clear_dropsEverything() external {
        ready();
        vm.prank(address(safe));
        vm.expectRevert(TimelockGuard.TimelockGuard_GuardStillEnabled.selector);
        extension.clearTimelockGuard();
        bytes memory removal = abi.encodeCall(ISafe.setGuard, (address(0)));
        bytes32 hash = schedule(address(safe), removal, safe.nonce());
        skip(DELAY);
        bytes memory signatures = sign(hash, owners, 3);
        vm.prank(owners[0]);
        execWith(safe, address(safe), removal, signatures);
        assertEq(extension.timelockDelay(safe), DELAY, "until it is cleared");
        exec(safe, owners, address(extension), abi.encodeCall(extension.clearTimelockGuard, ()));
        assertEq(extension.timelockDelay(safe), 0);
        assertEq(extension.cancellationThreshold(safe), 0);
        assertEq(uint8(extension.scheduledTransaction(safe, hash).state), 0);
    }

    function test_signCancellation_onlySpeaks() external {
        vm.expectEmit(address(extension));
        emit TimelockGuard.Message("This function is not meant to be called, did you mean to call cancelTransaction?");
        extension.signCancellation(bytes32(0));
    }

    /// R-32: the signatures that scheduled a transaction do not bring it back after it was cancelled.
    function test_R32_cancelledStaysCancelled() external {
        ready();
        uint256 nonce = safe.nonce();
        bytes32 hash = schedule(address(target), hit, nonce);
        cancel(hash, nonce, 1);
        scheduleReverts(TimelockGuard.TimelockGuard_TransactionAlreadyScheduled.selector, address(target), hit, nonce);
    }

    /// Its sabotaged twin: a guard that forgets lets the same signatures through.
    function test_R32_sabotaged() external {
        Forgetful forgetful = new Forgetful();
        extension = forgetful;
        ready();
        uint256 nonce = safe.nonce();
        bytes32 hash = schedule(address(target), hit, nonce);
        cancel(hash, nonce, 1);
        forgetful.forget(safe, hash);
        schedule(address(target), hit, nonce);
        skip(DELAY);
        bring(hash);
        assertEq(target.count(), 1, "what the real guard prevents");
    }

    /// R-32: signatures that cancel on one guard say nothing on another.
    function test_R32_cancellationIsBoundToTheGuard() external {
        ready();
        uint256 nonce = safe.nonce();
        bytes32 hash = schedule(address(target), hit, nonce);
        SaferSafes other = new SaferSafes();
        bytes memory data = abi.encodeCall(other.signCancellation, (hash));
        bytes memory signatures = sign(hashOf(safe, address(other), data, nonce), owners, 1);
        vm.expectRevert("GS026");
        extension.cancelTransaction(safe, hash, nonce, signatures);
    }

    /// A-51: two levels of Safes. The child approves the hash; its approval holds for the parent, this nonce, this call alone.
    function test_A51_nestedSafe() external {
        address[] memory parents = new address[](1);
        parents[0] = address(safe);
        ITestSafe parent = makeSafe(parents, 1);
        bytes memory setup = abi.encodeCall(ISafe.setGuard, (address(extension)));
        byApproval(parent, address(parent), setup);
        byApproval(parent, address(extension), abi.encodeCall(extension.configureTimelockGuard, (DELAY)));

        uint256 nonce = parent.nonce();
        bytes32 hash = hashOf(parent, address(target), hit, nonce);
        vm.expectRevert("GS025");
        extension.scheduleTransaction(parent, nonce, params(address(target), hit), approval());
        exec(safe, owners, address(parent), abi.encodeCall(ITestSafe.approveHash, (hash)));
        extension.scheduleTransaction(parent, nonce, params(address(target), hit), approval());
        // The approval is of that hash: another nonce is another transaction.
        vm.expectRevert("GS025");
        extension.scheduleTransaction(parent, nonce + 1, params(address(target), hit), approval());
        skip(DELAY);
        vm.expectRevert(TimelockGuard.TimelockGuard_NotOwner.selector);
        execWith(parent, address(target), hit, approval());
        bytes memory run = abi.encodeCall(
            ITestSafe.execTransaction,
            (address(target), 0, hit, Operation.Call, 0, 0, 0, address(0), payable(0), approval())
        );
        exec(safe, owners, address(parent), run);
        assertEq(target.count(), 1);
    }

    function approval() internal view returns (bytes memory) {
        return abi.encodePacked(bytes32(uint256(uint160(address(safe)))), bytes32(0), uint8(1));
    }

    function byApproval(ITestSafe parent, address to, bytes memory data) internal {
        bytes32 hash = hashOf(parent, to, data, parent.nonce());
        exec(safe, owners, address(parent), abi.encodeCall(ITestSafe.approveHash, (hash)));
        execWith(parent, to, data, approval());
    }

    /// No transaction runs before its delay, whatever the delay.
    function testFuzz_delay(uint256 delay, uint256 wait) external {
        delay = bound(delay, 1, 365 days);
        wait = bound(wait, 0, 2 * delay);
        setGuard(address(extension));
        configureDelay(delay);
        bytes32 hash = schedule(address(target), hit, safe.nonce());
        skip(wait);
        bytes memory signatures = sign(hash, owners, 3);
        vm.prank(owners[0]);
        if (wait < delay) vm.expectRevert(TimelockGuard.TimelockGuard_TransactionNotReady.selector);
        execWith(safe, address(target), hit, signatures);
        assertEq(target.count(), wait < delay ? 0 : 1);
    }

    /// Only owners bring transactions, whoever has the signatures.
    function testFuzz_strangersBringNothing(address stranger) external {
        vm.assume(!safe.isOwner(stranger));
        ready();
        bytes32 hash = schedule(address(target), hit, safe.nonce());
        skip(DELAY);
        bytes memory signatures = sign(hash, owners, 3);
        vm.prank(stranger);
        vm.expectRevert(TimelockGuard.TimelockGuard_NotOwner.selector);
        execWith(safe, address(target), hit, signatures);
    }
}

/// @notice The two together: the period is at least twice the delay, in whatever order they are set.
contract CombinedRuleTest is SaferSafesTest {
    bytes4 private immutable TOO_SHORT = SaferSafes.SaferSafes_InsufficientLivenessResponsePeriod.selector;

    function test_livenessFirst() external {
        enable();
        configure(2 * DELAY - 1, fallbackOwner);
        setGuard(address(extension));
        vm.prank(address(safe));
        vm.expectRevert(TOO_SHORT);
        extension.configureTimelockGuard(DELAY);
        configure(2 * DELAY, fallbackOwner);
        configureDelay(DELAY);
    }

    function test_delayFirst() external {
        enable();
        setGuard(address(extension));
        configureDelay(DELAY);
        vm.startPrank(address(safe));
        vm.expectRevert(TOO_SHORT);
        extension.configureLivenessModule(config(2 * DELAY - 1, fallbackOwner));
        extension.configureLivenessModule(config(2 * DELAY, fallbackOwner));
    }

    function testFuzz_rule(uint256 period, uint256 delay, bool livenessFirst) external {
        period = bound(period, 1, 1000 days);
        delay = bound(delay, 1, 365 days);
        enable();
        setGuard(address(extension));
        vm.startPrank(address(safe));
        if (livenessFirst) extension.configureLivenessModule(config(period, fallbackOwner));
        else extension.configureTimelockGuard(delay);
        if (period < 2 * delay) vm.expectRevert(TOO_SHORT);
        if (livenessFirst) extension.configureTimelockGuard(delay);
        else extension.configureLivenessModule(config(period, fallbackOwner));
    }

    /// R-32, sabotaged: a state that breaks the rule is one that the check refuses.
    function test_R32_ruleIsChecked_sabotaged() external {
        Unbound unbound = new Unbound();
        extension = unbound;
        enable();
        setGuard(address(extension));
        vm.startPrank(address(safe));
        extension.configureLivenessModule(config(2 * DELAY, fallbackOwner));
        extension.configureTimelockGuard(DELAY);
        unbound.check(safe);
        unbound.setPeriod(safe, 2 * DELAY - 1);
        vm.expectRevert(TOO_SHORT);
        unbound.check(safe);
    }

    /// An answer that waits out the delay still comes in time.
    function test_answerThroughTheTimelock() external {
        enable();
        setGuard(address(extension));
        vm.startPrank(address(safe));
        extension.configureLivenessModule(config(2 * DELAY, fallbackOwner));
        extension.configureTimelockGuard(DELAY);
        vm.stopPrank();
        vm.prank(fallbackOwner);
        extension.challenge(safe);
        skip(DELAY - 1);
        bytes memory answer = abi.encodeCall(extension.respond, ());
        bytes32 hash = schedule(address(extension), answer, safe.nonce());
        skip(DELAY);
        bytes memory signatures = sign(hash, owners, 3);
        vm.prank(owners[0]);
        execWith(safe, address(extension), answer, signatures);
        assertEq(extension.challengeStartTime(safe), 0);
    }
}
