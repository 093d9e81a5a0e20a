// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {GasPriceOracle} from "src/L2/GasPriceOracle.sol";
import {L1Block} from "src/L2/L1Block.sol";
import {BridgeTest} from "test/BridgeTest.sol";

contract GasPriceOracleTest is BridgeTest {
    GasPriceOracle private oracle = new GasPriceOracle();

    uint256 private constant BASE_FEE = 1000 gwei;
    uint256 private constant BLOB_FEE = 3;
    uint32 private constant SCALAR = 1368;
    uint32 private constant BLOB_SCALAR = 810_949;

    function setUp() external {
        vm.etch(L1_BLOCK, address(new L1Block()).code);
        vm.prank(DEPOSITOR);
        L1Block(L1_BLOCK).setL1BlockValues(1, 2, BASE_FEE, 0, 0, 0, 2100, 1_000_000);
    }

    function setJovianValues(uint32 scalar, uint32 blobScalar, uint256 fee, uint256 blobFee, uint32 operatorScalar, uint64 operatorConstant)
        private
    {
        bytes memory packed = abi.encodePacked(
            bytes4(0x3db6be2b), scalar, blobScalar, uint64(0), uint64(0), uint64(0), fee, blobFee, bytes32(0), bytes32(0)
        );
        vm.prank(DEPOSITOR);
        (bool success,) = L1_BLOCK.call(abi.encodePacked(packed, operatorScalar, operatorConstant, uint16(400)));
        assertTrue(success);
    }

    /// @notice Activates forks up to the given one: 1 Ecotone, 2 Fjord, 3 Isthmus, 4 Jovian.
    function activate(uint256 fork) private {
        vm.startPrank(DEPOSITOR);
        if (fork > 0) oracle.setEcotone();
        if (fork > 1) oracle.setFjord();
        if (fork > 2) oracle.setIsthmus();
        if (fork > 3) oracle.setJovian();
        vm.stopPrank();
        if (fork > 0) setJovianValues(SCALAR, BLOB_SCALAR, BASE_FEE, BLOB_FEE, 20, 7);
    }

    function calldataGas(bytes memory data) private pure returns (uint256 gas_) {
        for (uint256 i = 0; i < data.length; i++) {
            gas_ += data[i] == 0 ? 4 : 16;
        }
        gas_ += 1088;
    }

    function scaledFee() private pure returns (uint256) {
        return 16 * uint256(SCALAR) * BASE_FEE + uint256(BLOB_SCALAR) * BLOB_FEE;
    }

    /// @notice By the specification of Fjord: intercept and coefficient, at least 100 bytes.
    function estimated(uint256 size) private pure returns (uint256) {
        uint256 scaled = 836_500 * size;
        return scaled < 42_585_600 + 100_000_000 ? 100_000_000 : scaled - 42_585_600;
    }

    function test_views() external {
        vm.fee(77);
        assertEq(oracle.version(), "1.6.0");
        assertEq(oracle.gasPrice(), 77);
        assertEq(oracle.baseFee(), 77);
        assertEq(oracle.decimals(), 6);
        assertEq(oracle.DECIMALS(), 6);
        assertEq(oracle.l1BaseFee(), BASE_FEE);
        assertEq(oracle.overhead(), 2100);
        assertEq(oracle.scalar(), 1_000_000);
        activate(4);
        assertEq(oracle.baseFeeScalar(), SCALAR);
        assertEq(oracle.blobBaseFeeScalar(), BLOB_SCALAR);
        assertEq(oracle.blobBaseFee(), BLOB_FEE);
    }

    function test_storageLayout() external {
        activate(4);
        assertEq(slotOf(address(oracle), 0), 0x01010101);
    }

    // Forks

    function test_setEcotone() external {
        assertFalse(oracle.isEcotone());
        activate(1);
        assertTrue(oracle.isEcotone());
        assertEq(slotOf(address(oracle), 0), 1);
    }

    function test_setFjord() external {
        activate(2);
        assertTrue(oracle.isFjord());
        assertFalse(oracle.isIsthmus());
    }

    function test_setIsthmus() external {
        activate(3);
        assertTrue(oracle.isIsthmus());
        assertFalse(oracle.isJovian());
    }

    function test_setJovian() external {
        activate(4);
        assertTrue(oracle.isJovian());
    }

    function testFuzz_set_notDepositor_reverts(address who) external {
        vm.assume(who != DEPOSITOR);
        vm.startPrank(who);
        vm.expectRevert("GasPriceOracle: only the depositor account can set isEcotone flag");
        oracle.setEcotone();
        vm.expectRevert("GasPriceOracle: only the depositor account can set isFjord flag");
        oracle.setFjord();
        vm.expectRevert("GasPriceOracle: only the depositor account can set isIsthmus flag");
        oracle.setIsthmus();
        vm.expectRevert("GasPriceOracle: only the depositor account can set isJovian flag");
        oracle.setJovian();
    }

    function test_set_tooEarly_reverts() external {
        vm.startPrank(DEPOSITOR);
        vm.expectRevert("GasPriceOracle: Fjord can only be activated after Ecotone");
        oracle.setFjord();
        vm.expectRevert("GasPriceOracle: Isthmus can only be activated after Fjord");
        oracle.setIsthmus();
        vm.expectRevert("GasPriceOracle: Jovian can only be activated after Isthmus");
        oracle.setJovian();
    }

    function test_set_twice_reverts() external {
        activate(4);
        vm.startPrank(DEPOSITOR);
        vm.expectRevert("GasPriceOracle: Ecotone already active");
        oracle.setEcotone();
        vm.expectRevert("GasPriceOracle: Fjord already active");
        oracle.setFjord();
        vm.expectRevert("GasPriceOracle: Isthmus already active");
        oracle.setIsthmus();
        vm.expectRevert("GasPriceOracle: Jovian already active");
        oracle.setJovian();
    }

    function test_deprecated_reverts() external {
        activate(1);
        vm.expectRevert("GasPriceOracle: overhead() is deprecated");
        oracle.overhead();
        vm.expectRevert("GasPriceOracle: scalar() is deprecated");
        oracle.scalar();
    }

    // Bedrock

    function testFuzz_bedrock(bytes memory data) external view {
        assertEq(oracle.getL1GasUsed(data), calldataGas(data) + 2100);
        assertEq(oracle.getL1Fee(data), (calldataGas(data) + 2100) * BASE_FEE * 1_000_000 / 1e6);
    }

    function test_bedrock_knownAnswer() external view {
        assertEq(oracle.getL1GasUsed(hex"0001"), 4 + 16 + 1088 + 2100);
        assertEq(oracle.getL1Fee(hex"0001"), 3208 * 1000 gwei);
    }

    function test_bedrock_upperBound_reverts() external {
        vm.expectRevert("GasPriceOracle: getL1FeeUpperBound only supports Fjord");
        oracle.getL1FeeUpperBound(10);
    }

    // Ecotone

    function testFuzz_ecotone(bytes memory data) external {
        activate(1);
        assertEq(oracle.getL1GasUsed(data), calldataGas(data));
        assertEq(oracle.getL1Fee(data), calldataGas(data) * scaledFee() / 16e6);
    }

    function test_ecotone_upperBound_reverts() external {
        activate(1);
        vm.expectRevert("GasPriceOracle: getL1FeeUpperBound only supports Fjord");
        oracle.getL1FeeUpperBound(10);
    }

    /// @notice As on deployed chains, 16 times the scalar must fit into 32 bits.
    function test_hugeScalar_panics() external {
        activate(1);
        setJovianValues(1 << 28, 0, 1, 1, 0, 0);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        oracle.getL1Fee("");
        setJovianValues((1 << 28) - 1, 0, 1, 1, 0, 0);
        oracle.getL1Fee("");
    }

    // Fjord

    /// @notice A transaction that compresses to less than 100 bytes pays for 100.
    function test_fjord_minimum() external {
        activate(2);
        assertEq(oracle.getL1Fee(""), 100_000_000 * scaledFee() / 1e12);
        assertEq(oracle.getL1Fee(new bytes(1000)), 100_000_000 * scaledFee() / 1e12);
        assertEq(oracle.getL1GasUsed(""), 1600);
    }

    /// @notice Bytes without repetition: FastLZ has literals in runs of up to 32 with a byte for each run.
    function test_fjord_incompressible() external {
        activate(2);
        bytes memory data;
        for (uint256 i = 0; i < 10; i++) {
            data = abi.encodePacked(data, keccak256(abi.encode(i)));
        }
        uint256 size = 320 + 10 + 68;
        assertEq(oracle.getL1Fee(data), estimated(size) * scaledFee() / 1e12);
        assertEq(oracle.getL1GasUsed(data), estimated(size) * 16 / 1e6);
    }

    function testFuzz_fjord_upperBound(uint24 size) external {
        activate(2);
        uint256 whole = uint256(size) + 68;
        assertEq(oracle.getL1FeeUpperBound(size), estimated(whole + whole / 255 + 16) * scaledFee() / 1e12);
    }

    /// @notice No data costs more than the bound for its length.
    function testFuzz_fjord_bounded(bytes memory data) external {
        activate(2);
        assertLe(oracle.getL1Fee(data), oracle.getL1FeeUpperBound(data.length));
    }

    // Operator fee

    function testFuzz_operatorFee_none(uint256 gasUsed, uint256 fork) external {
        activate(bound(fork, 0, 2));
        assertEq(oracle.getOperatorFee(gasUsed), 0);
    }

    function testFuzz_operatorFee_isthmus(uint64 gasUsed, uint32 scalar, uint64 constant_) external {
        activate(3);
        setJovianValues(0, 0, 0, 0, scalar, constant_);
        assertEq(oracle.getOperatorFee(gasUsed), uint256(gasUsed) * scalar / 1e6 + constant_);
    }

    function test_operatorFee_isthmus_saturates() external {
        activate(3);
        setJovianValues(0, 0, 0, 0, 2, 5);
        assertEq(oracle.getOperatorFee(type(uint256).max), type(uint256).max / 1e6 + 5);
    }

    function testFuzz_operatorFee_jovian(uint64 gasUsed, uint32 scalar, uint64 constant_) external {
        activate(4);
        setJovianValues(0, 0, 0, 0, scalar, constant_);
        assertEq(oracle.getOperatorFee(gasUsed), uint256(gasUsed) * scalar * 100 + constant_);
    }

    function test_operatorFee_jovian_panics() external {
        activate(4);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        oracle.getOperatorFee(type(uint256).max);
    }
}
