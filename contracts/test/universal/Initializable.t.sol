// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Test} from "forge-std/Test.sol";

import {Initializable} from "src/universal/Initializable.sol";
import {ReinitializableBase} from "src/universal/ReinitializableBase.sol";

contract Thing is Initializable, ReinitializableBase {
    uint256 public runs;

    constructor(uint8 version) ReinitializableBase(version) {}

    function initialize() external reinitializer(initVersion()) {
        runs++;
    }

    function initializeAs(uint8 version) external reinitializer(version) {
        runs++;
    }

    function nested() external reinitializer(9) {
        this.initializeAs(10);
    }

    function disable() external {
        _disableInitializers();
    }

    function disableInside() external reinitializer(9) {
        _disableInitializers();
    }
}

contract InitializableTest is Test {
    function test_onceForEachVersion() external {
        Thing thing = new Thing(2);
        assertEq(thing.initVersion(), 2);
        vm.expectEmit(address(thing));
        emit Initializable.Initialized(2);
        thing.initialize();
        vm.expectRevert("Initializable: contract is already initialized");
        thing.initialize();
        vm.expectRevert("Initializable: contract is already initialized");
        thing.initializeAs(1);
        thing.initializeAs(3);
        assertEq(thing.runs(), 2);
        assertEq(uint256(vm.load(address(thing), 0)), 3);
    }

    function test_notNested() external {
        Thing thing = new Thing(1);
        vm.expectRevert("Initializable: contract is already initialized");
        thing.nested();
        vm.expectRevert("Initializable: contract is initializing");
        thing.disableInside();
    }

    function test_disable() external {
        Thing thing = new Thing(1);
        vm.expectEmit(address(thing));
        emit Initializable.Initialized(255);
        thing.disable();
        vm.expectRevert("Initializable: contract is already initialized");
        thing.initializeAs(255);
        vm.recordLogs();
        thing.disable();
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_zeroVersion() external {
        vm.expectRevert(ReinitializableBase.ReinitializableBase_ZeroInitVersion.selector);
        new Thing(0);
        new Thing(1);
    }
}
