// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {LibCWIA} from "solady/utils/legacy/LibCWIA.sol";
import {Test, Vm} from "forge-std/Test.sol";

import {CloneArgs} from "src/dispute/CloneArgs.sol";
import {CloneWithArgs} from "src/dispute/CloneWithArgs.sol";

/// @notice Returns its calldata, or reverts with it.
contract Echo {
    fallback(bytes calldata data) external payable returns (bytes memory) {
        if (bytes4(data) == 0xdeadbeef) {
            assembly {
                calldatacopy(0, 0, calldatasize())
                revert(0, calldatasize())
            }
        }
        return data;
    }

    receive() external payable {
        revert("not forwarded");
    }
}

contract Reader is CloneArgs {
    function readAddress(uint256 offset) external pure returns (address) {
        return _argAddress(offset);
    }

    function readUint32(uint256 offset) external pure returns (uint32) {
        return _argUint32(offset);
    }

    function readWord(uint256 offset, uint256) external pure returns (uint256) {
        return _argWord(offset);
    }

    function readBytes(uint256 offset, uint256 length) external pure returns (bytes memory) {
        return _argBytes(offset, length);
    }
}

contract CloneWithArgsTest is Test {
    bytes32 private constant RECEIVE_ETH = 0x9e4ac34f21c619cefc926c8bd93b54bf5a39c7ab2127a895af1cc0691d7e3dff;

    Echo private echo = new Echo();
    Reader private reader = new Reader();

    function cloneOf(bytes memory args, bytes32 salt) external returns (address) {
        return CloneWithArgs.cloneDeterministic(address(echo), args, salt);
    }

    /// @notice The bytes of the interface's table, written out for two bytes of arguments.
    function test_bytes() external {
        bytes memory code = this.cloneOf(hex"abcd", 0).code;
        bytes memory expected = abi.encodePacked(
            hex"36602c57343d527f9e4ac34f21c619cefc926c8bd93b54bf5a39c7ab2127a895af1cc0691d7e3dff593da1005b",
            hex"363d3d373d3d3d3d610004806062363936013d73",
            address(echo),
            hex"5af43d3d93803e606057fd5bf3",
            hex"abcd0004"
        );
        assertEq(code, expected);
        assertEq(code.length, 102);
        bytes memory init = CloneWithArgs.initCode(address(echo), hex"abcd");
        assertEq(init, abi.encodePacked(hex"6100663d81600a3d39f3", expected));
    }

    /// @notice The same address as the library that wrote the format down gives.
    function testFuzz_equalsSolady(address implementation, bytes calldata args, bytes32 salt) external view {
        bytes memory init = CloneWithArgs.initCode(implementation, args);
        assertEq(init, LibCWIA.initCode(implementation, args));
        assertEq(init.length, args.length + 110);
        assertEq(
            vm.computeCreate2Address(salt, keccak256(init), address(this)),
            LibCWIA.predictDeterministicAddress(implementation, args, salt, address(this))
        );
    }

    /// @notice Every byte of arguments, implementation and salt is part of the address.
    function testFuzz_addressDependsOnAll(bytes32 args, bytes32 salt) external {
        address made = this.cloneOf(abi.encode(args), salt);
        bytes32 hash = keccak256(CloneWithArgs.initCode(address(echo), abi.encode(args)));
        assertEq(made, vm.computeCreate2Address(salt, hash, address(this)));
        assertNotEq(made, this.cloneOf(abi.encode(args ^ bytes32(uint256(1))), salt));
        assertNotEq(made, this.cloneOf(abi.encode(args), salt ^ bytes32(uint256(1))));
    }

    function testFuzz_forwards(bytes calldata data, bytes calldata args, uint64 value) external {
        vm.assume(data.length > 0 && bytes4(data) != 0xdeadbeef);
        address clone = this.cloneOf(args, 0);
        vm.deal(address(this), value);
        (bool success, bytes memory returned) = clone.call{value: value}(data);
        assertTrue(success);
        assertEq(returned, abi.encodePacked(data, args, uint16(args.length + 2)));
        assertEq(clone.balance, value);
    }

    function test_forwardsReverts() external {
        (bool success, bytes memory returned) = this.cloneOf(hex"01", 0).call(hex"deadbeef07");
        assertFalse(success);
        assertEq(returned, hex"deadbeef07010003");
    }

    /// @notice Plain ether stays in the proxy, within the gas of a transfer, with a log.
    function test_receivesEther() external {
        address payable clone = payable(this.cloneOf(hex"0102", 0));
        vm.deal(address(this), 5 ether);
        vm.recordLogs();
        clone.transfer(5 ether);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1);
        assertEq(logs[0].emitter, clone);
        assertEq(logs[0].topics.length, 1);
        assertEq(logs[0].topics[0], RECEIVE_ETH);
        assertEq(RECEIVE_ETH, keccak256("ReceiveETH(uint256)"));
        assertEq(logs[0].data, abi.encode(5 ether));
        assertEq(clone.balance, 5 ether);
    }

    function testFuzz_readers(address a, uint32 b, uint256 c, bytes calldata d) external {
        bytes memory args = abi.encodePacked(a, b, c, d);
        Reader clone = Reader(CloneWithArgs.cloneDeterministic(address(reader), args, 0));
        assertEq(clone.readAddress(0), a);
        assertEq(clone.readUint32(20), b);
        assertEq(clone.readWord(24, 7), c);
        assertEq(clone.readBytes(56, d.length), d);
    }

    function test_secondDeploymentFails() external {
        this.cloneOf(hex"01", bytes32(uint256(1)));
        vm.expectRevert(bytes4(0x30116425));
        this.cloneOf(hex"01", bytes32(uint256(1)));
        this.cloneOf(hex"01", bytes32(uint256(2)));
    }

    /// @notice A length that the two length bytes cannot hold burns all gas; below, the size limit of code applies.
    function test_tooLong() external {
        uint256 gasBefore = gasleft();
        try this.cloneOf{gas: 5_000_000}(new bytes(0xff9e - 2), 0) {
            revert("cloned");
        } catch (bytes memory reason) {
            assertEq(reason.length, 0);
        }
        assertGt(gasBefore - gasleft(), 4_900_000);
        CloneWithArgs.initCode(address(echo), new bytes(0xff9e - 3));
        this.cloneOf(new bytes(24_000), 0);
    }

    /// @notice The code lies where memory was free, and what is free afterwards begins behind it, at a whole word.
    function testFuzz_memory(bytes memory args) external view {
        uint256 before;
        uint256 start;
        uint256 free;
        assembly {
            before := mload(0x40)
        }
        bytes memory init = CloneWithArgs.initCode(address(echo), args);
        assembly {
            start := init
            free := mload(0x40)
        }
        assertEq(start, before);
        assertEq(free % 32, 0);
        assertGe(free, start + 32 + init.length);
        assertLe(free, start + 96 + init.length);
    }
}
