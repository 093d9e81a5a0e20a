// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {ISafe, Operation} from "src/interfaces/ISafe.sol";
import {LivenessGuard} from "src/safe/LivenessGuard.sol";
import {LivenessModule} from "src/safe/LivenessModule.sol";
import {ITestSafe, SafeTest} from "test/safe/SafeTest.sol";

/// @notice Runs a second transaction of the Safe inside the first.
contract Reentrant {
    bytes private inner;
    ITestSafe private immutable SAFE;

    constructor(ITestSafe safe) {
        SAFE = safe;
    }

    function prepare(bytes calldata data) external {
        inner = data;
    }

    function run() external {
        (bool success,) = address(SAFE).call(inner);
        require(success, "the inner transaction failed");
    }
}

abstract contract LivenessTest is SafeTest {
    uint256 internal constant INTERVAL = 14 weeks;
    uint256 internal constant MIN_OWNERS = 8;
    ITestSafe internal safe;
    LivenessGuard internal guard;
    LivenessModule internal module;
    address[] internal owners;
    address internal fallbackOwner = makeAddr("fallback");

    function setUp() public virtual override {
        super.setUp();
        owners = makeOwners("owner", 13);
        safe = makeSafe(owners, 10);
        guard = new LivenessGuard(safe);
        module = new LivenessModule(safe, guard, INTERVAL, MIN_OWNERS, 75, fallbackOwner);
        exec(safe, owners, address(safe), abi.encodeCall(ISafe.setGuard, (address(guard))));
        exec(safe, owners, address(safe), abi.encodeCall(ITestSafe.enableModule, (address(module))));
    }

    /// @dev The owner before this one in the Safe's list.
    function previous(address owner) internal view returns (address before) {
        address[] memory list = safe.getOwners();
        before = SENTINEL;
        for (uint256 i = 0; i < list.length && list[i] != owner; i++) {
            before = list[i];
        }
    }

    function noop() internal {
        exec(safe, owners, address(0xdead), "");
    }

    function one(address a) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = a;
    }
}

contract LivenessGuardTest is LivenessTest {
    function test_constructorStampsAllOwners() external {
        skip(100);
        LivenessGuard made = new LivenessGuard(safe);
        for (uint256 i = 0; i < owners.length; i++) {
            assertEq(made.lastLive(owners[i]), block.timestamp);
        }
        assertEq(address(made.safe()), address(safe));
        assertEq(made.version(), "1.1.0");
        assertTrue(made.supportsInterface(0xe6d7a83a));
        assertFalse(made.supportsInterface(0x12345678));
    }

    function test_onlyTheSafe() external {
        vm.expectRevert("LivenessGuard: only Safe can call this function");
        guard.checkTransaction(address(0), 0, "", Operation.Call, 0, 0, 0, address(0), payable(0), "", address(0));
        vm.expectRevert("LivenessGuard: only Safe can call this function");
        guard.checkAfterExecution(0, true);
    }

    /// Of the signatures that count; the others stay as they were.
    function test_recordsTheSigners() external {
        uint256 before = block.timestamp;
        skip(1000);
        noop();
        for (uint256 i = 0; i < owners.length; i++) {
            assertEq(guard.lastLive(owners[i]), i < 10 ? block.timestamp : before, vm.toString(i));
        }
    }

    function testFuzz_showLiveness(uint256 which, address stranger) external {
        address owner = owners[which % owners.length];
        skip(1000);
        vm.expectEmit(address(guard));
        emit LivenessGuard.OwnerRecorded(owner);
        vm.prank(owner);
        guard.showLiveness();
        assertEq(guard.lastLive(owner), block.timestamp);
        vm.assume(!safe.isOwner(stranger));
        vm.prank(stranger);
        vm.expectRevert("LivenessGuard: only Safe owners may demonstrate liveness");
        guard.showLiveness();
    }

    /// R-31: signatures of each kind are assigned to who made them.
    function test_R31_kindsOfSignatures() external {
        skip(1000);
        bytes32 hash = hashOf(safe, address(0xdead), "", safe.nonce());
        bytes32 prefixed = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash));
        bytes memory all;
        vm.prank(owners[1]);
        safe.approveHash(hash);
        for (uint256 i = 0; i < 10; i++) {
            if (i == 0 || i == 1) {
                all = abi.encodePacked(all, bytes32(uint256(uint160(owners[i]))), bytes32(0), uint8(1));
            } else if (i == 2) {
                (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[owners[i]], prefixed);
                all = abi.encodePacked(all, r, s, v + 4);
            } else {
                (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[owners[i]], hash);
                all = abi.encodePacked(all, r, s, v);
            }
        }
        vm.prank(owners[0]); // sent by the first, approved by the second
        execWith(safe, address(0xdead), "", all);
        for (uint256 i = 0; i < 10; i++) {
            assertEq(guard.lastLive(owners[i]), block.timestamp, vm.toString(i));
        }
        assertLt(guard.lastLive(owners[10]), block.timestamp);
    }

    function test_newOwnersAreLive_removedOnesForgotten() external {
        address newcomer = makeAddr("newcomer");
        skip(1000);
        exec(safe, owners, address(safe), abi.encodeCall(ITestSafe.addOwnerWithThreshold, (newcomer, 10)));
        assertEq(guard.lastLive(newcomer), block.timestamp);
        bytes memory removal = abi.encodeCall(ISafe.removeOwner, (previous(newcomer), newcomer, 10));
        exec(safe, owners, address(safe), removal);
        assertEq(guard.lastLive(newcomer), 0);
        address other = makeAddr("other");
        bytes memory swap = abi.encodeCall(ISafe.swapOwner, (previous(owners[12]), owners[12], other));
        exec(safe, owners, address(safe), swap);
        assertEq(guard.lastLive(owners[12]), 0);
        assertEq(guard.lastLive(other), block.timestamp);
        // Nothing is left of the list between transactions (slot 1: its length).
        assertEq(uint256(vm.load(address(guard), bytes32(uint256(1)))), 0);
    }

    /// R-31: a transaction inside a transaction does not pass all owners off as new, and so as live.
    function test_R31_reentrantExecutionMarksOnlySigners() external {
        Reentrant reentrant = new Reentrant(safe);
        uint256 before = guard.lastLive(owners[12]);
        skip(1000);
        bytes memory outer = abi.encodeCall(Reentrant.run, ());
        uint256 nonce = safe.nonce();
        bytes memory innerSignatures = sign(hashOf(safe, address(0xdead), "", nonce + 1), owners, 10);
        reentrant.prepare(
            abi.encodeCall(
                ITestSafe.execTransaction,
                (address(0xdead), 0, "", Operation.Call, 0, 0, 0, address(0), payable(0), innerSignatures)
            )
        );
        exec(safe, owners, address(reentrant), outer);
        assertEq(safe.nonce(), nonce + 2, "both ran");
        assertEq(guard.lastLive(owners[0]), block.timestamp);
        assertEq(guard.lastLive(owners[12]), before, "an owner that signed nothing");
        assertEq(uint256(vm.load(address(guard), bytes32(uint256(1)))), 0);
    }

    /// An owner who joins inside a nested transaction is live; one who leaves there is forgotten.
    function test_R31_reentrantChangeOfOwners() external {
        Reentrant reentrant = new Reentrant(safe);
        address newcomer = makeAddr("newcomer");
        skip(1000);
        uint256 nonce = safe.nonce();
        bytes memory data = abi.encodeCall(ISafe.swapOwner, (previous(owners[12]), owners[12], newcomer));
        bytes memory innerSignatures = sign(hashOf(safe, address(safe), data, nonce + 1), owners, 10);
        reentrant.prepare(
            abi.encodeCall(
                ITestSafe.execTransaction,
                (address(safe), 0, data, Operation.Call, 0, 0, 0, address(0), payable(0), innerSignatures)
            )
        );
        exec(safe, owners, address(reentrant), abi.encodeCall(Reentrant.run, ()));
        assertEq(guard.lastLive(newcomer), block.timestamp);
        assertEq(guard.lastLive(owners[12]), 0);
    }
}

contract LivenessModuleTest is LivenessTest {
    function test_constructor() external {
        vm.expectRevert("LivenessModule: minOwners must be less than the number of owners");
        new LivenessModule(safe, guard, INTERVAL, 14, 75, fallbackOwner);
        vm.expectRevert("LivenessModule: thresholdPercentage must be greater than 0");
        new LivenessModule(safe, guard, INTERVAL, 8, 0, fallbackOwner);
        vm.expectRevert("LivenessModule: thresholdPercentage must be less than or equal to 100");
        new LivenessModule(safe, guard, INTERVAL, 8, 101, fallbackOwner);
        new LivenessModule(safe, guard, INTERVAL, 13, 100, fallbackOwner);
    }

    function test_views() external view {
        assertEq(module.version(), "1.3.1");
        assertEq(address(module.safe()), address(safe));
        assertEq(address(module.livenessGuard()), address(guard));
        assertEq(module.livenessInterval(), INTERVAL);
        assertEq(module.minOwners(), MIN_OWNERS);
        assertEq(module.thresholdPercentage(), 75);
        assertEq(module.fallbackOwner(), fallbackOwner);
        assertFalse(module.ownershipTransferredToFallback());
    }

    /// The lowest number that is at least 75%.
    function testFuzz_getRequiredThreshold(uint256 n) external view {
        n = bound(n, 1, 1000);
        uint256 m = module.getRequiredThreshold(n);
        assertGe(m * 100, n * 75);
        assertLt((m - 1) * 100, n * 75);
    }

    function test_canRemove_boundary() external {
        skip(INTERVAL);
        assertFalse(module.canRemove(owners[12]));
        skip(1);
        assertTrue(module.canRemove(owners[12]));
        vm.expectRevert("LivenessModule: the owner to remove must be an owner of the Safe");
        module.canRemove(fallbackOwner);
    }

    function test_removeOwners_refusals() external {
        vm.expectRevert("LivenessModule: arrays must be the same length");
        module.removeOwners(new address[](0), new address[](1));
        address before = previous(owners[12]);
        vm.expectRevert("LivenessModule: the owner to remove has signed recently");
        module.removeOwners(one(before), one(owners[12]));
        skip(INTERVAL + 1);
        bytes memory reason = abi.encodeWithSignature("Error(string)", "GS205");
        vm.expectRevert(abi.encodeWithSelector(LivenessModule.OwnerRemovalFailed.selector, string(reason)));
        module.removeOwners(one(owners[3]), one(owners[12]));
    }

    function test_removeOwners_oneSilent() external {
        skip(INTERVAL - 10);
        noop(); // the first ten sign
        vm.prank(owners[10]);
        guard.showLiveness();
        skip(11);
        address before = previous(owners[12]);
        vm.expectEmit(address(module));
        emit LivenessModule.RemovedOwner(owners[12]);
        module.removeOwners(one(before), one(owners[12]));
        assertEq(safe.getOwners().length, 12);
        assertEq(safe.getThreshold(), 9);
        before = previous(owners[0]);
        vm.expectRevert("LivenessModule: the owner to remove has signed recently");
        module.removeOwners(one(before), one(owners[0]));
    }

    function lists(uint256 count) private view returns (address[] memory before, address[] memory gone) {
        address[] memory list = safe.getOwners();
        before = new address[](count);
        gone = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            (before[i], gone[i]) = (SENTINEL, list[i]);
        }
    }

    /// A-50: down to the minimum, owners are removed one by one; below it all of them or none.
    function testFuzz_A50_belowTheMinimum(uint256 count) external {
        count = bound(count, 1, 13);
        skip(INTERVAL + 1);
        (address[] memory before, address[] memory gone) = lists(count);
        uint256 left = 13 - count;
        if (left == 1) {
            vm.expectRevert("LivenessModule: must transfer ownership to fallback owner");
        } else if (left > 0 && left < MIN_OWNERS) {
            vm.expectRevert(
                "LivenessModule: must remove all owners and transfer to fallback owner if numOwners < minOwners"
            );
        }
        module.removeOwners(before, gone);
        if (left == 0) {
            assertEq(safe.getOwners().length, 1);
            assertTrue(safe.isOwner(fallbackOwner));
            assertEq(safe.getThreshold(), 1);
            assertTrue(module.ownershipTransferredToFallback());
            vm.expectRevert(
                "LivenessModule: The safe has been shutdown, the LivenessModule and LivenessGuard should be removed or replaced."
            );
            module.removeOwners(before, gone);
        } else if (left >= MIN_OWNERS) {
            assertEq(safe.getOwners().length, left);
            assertEq(safe.getThreshold(), (left * 75 + 99) / 100);
        }
    }

    /// A live owner is never removed while enough owners are left.
    function testFuzz_liveOwnersStay(uint256 which) external {
        address live = owners[which % 13];
        skip(INTERVAL + 1);
        vm.prank(live);
        guard.showLiveness();
        address before = previous(live);
        vm.expectRevert("LivenessModule: the owner to remove has signed recently");
        module.removeOwners(one(before), one(live));
    }

    function test_guardReplaced() external {
        skip(INTERVAL - 100);
        LivenessGuard other = new LivenessGuard(safe);
        exec(safe, owners, address(safe), abi.encodeCall(ISafe.setGuard, (address(other))));
        skip(INTERVAL + 1);
        address before = previous(owners[12]);
        vm.expectRevert("LivenessModule: guard has been changed");
        module.removeOwners(one(before), one(owners[12]));
    }

    function test_thresholdMustFit() external {
        skip(INTERVAL + 1);
        // Nothing removed: the threshold of 10 is that of 13 owners.
        module.removeOwners(new address[](0), new address[](0));
        exec(safe, owners, address(safe), abi.encodeCall(ITestSafe.changeThreshold, (11)));
        vm.expectRevert("LivenessModule: Insufficient threshold for the number of owners");
        module.removeOwners(new address[](0), new address[](0));
    }
}
